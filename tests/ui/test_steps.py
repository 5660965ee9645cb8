"""Marked steps: each row says its mark in words too, a given line is no step, and the worst mark decides."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from phi4web.ui import steps
from phi4web.ui.verdicts import verdict_panel
from phi4web.verdict import Mark, StepMark, could_not_check
from tests.ui.values import VERIFIED

START = StepMark("2x + 6 = 10", "?", "the start: taken as given")
SAME = StepMark("x + 3 = 5", "⇔", "same solutions as the line above")
MORE = StepMark("x^2 = 1", "⇒", "follows, but may add solutions", "x = -1")
LESS = StepMark("x = 1", "⇐", "loses solutions", "x = -1")
WRONG = StepMark("x = 3", "✗", "does not follow", "at x = 2, 2 ≠ 3")
UNREAD = StepMark("so clearly", "?", "not checked: could not read this line")
EQUAL = StepMark("x^2 + 2x + 1", "✓", "equal to the line above")


@pytest.mark.parametrize(
    ("step", "css", "words"),
    [
        (EQUAL, "good", "equal to the line above"),
        (SAME, "good", "same solutions as the line above"),
        (MORE, "amber", "follows, but may add solutions: x = -1"),
        (LESS, "amber", "loses solutions: x = -1"),
        (WRONG, "bad", "does not follow: at x = 2, 2 ≠ 3"),
        (UNREAD, "quiet", "not checked: could not read this line"),
    ],
)
def test_every_mark_has_its_glyph_its_colour_and_its_words(step: StepMark, css: str, words: str) -> None:
    shown = steps.table((step,))
    assert f'class="glyph {css}" title="{words}"><span aria-hidden="true">{step.mark}</span><span class="hidden">{words}</span>' in shown
    assert "<math" in shown


def test_a_line_taken_as_given_is_no_step_and_has_no_mark() -> None:
    assert steps.coverage((START, SAME)) == "1 of 1 step checked"
    assert '<span aria-hidden="true"></span>' in steps.table((START,))


def test_the_panel_counts_the_marks_and_lists_only_what_was_not_checked() -> None:
    panel = verdict_panel(replace(VERIFIED, steps=(START, SAME, MORE, UNREAD)))
    rows = dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", panel))
    assert rows["Steps"] == "2 of 3 steps checked: 1 ⇔, 1 ⇒"
    assert rows["Not checked"] == "1 step of the working, the wording"
    checked = dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", verdict_panel(replace(VERIFIED, steps=(START, SAME)))))
    assert checked["Not checked"] == "the wording"


def test_a_wrong_step_is_said_beside_a_right_answer() -> None:
    panel = verdict_panel(replace(VERIFIED, steps=(START, WRONG), first_wrong=1))
    assert "✗ line 2: does not follow: at x = 2, 2 ≠ 3" in panel.partition("</summary>")[0]


@pytest.mark.parametrize(
    ("lines", "mark", "css", "told"),
    [
        ((START, SAME), "✓", "verified", "every line follows"),
        ((START, WRONG), "✗", "refuted", "line 2: does not follow: at x = 2, 2 ≠ 3"),
        ((START, UNREAD, SAME), "?", "could_not_check", "line 2: not checked"),
        ((START, SAME, MORE), "⇒", "one_way", "line 3: follows, but may add solutions: x = -1"),
        ((START, LESS), "⇐", "one_way", "line 2: loses solutions: x = -1"),
        ((START,), "?", "could_not_check", "no step to check"),
        ((), "?", "could_not_check", "no step to check"),
    ],
)
def test_the_worst_mark_decides_what_becomes_of_somebodys_working(lines: tuple[StepMark, ...], mark: Mark, css: str, told: str) -> None:
    wrong = next((i for i, step in enumerate(lines) if step.mark == "✗"), None)
    found = steps.outcome(could_not_check("no_problem", steps=lines, first_wrong=wrong))
    assert (found.glyph, found.css) == (mark, css)
    assert told in found.told


def test_a_long_table_is_folded() -> None:
    assert '<details class="stepped" open>' in steps.table((SAME,) * 12)
    assert '<details class="stepped">' in steps.table((SAME,) * 13)
