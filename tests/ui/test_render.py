"""A cell as HTML: what each state shows, in which words, and that nothing untrusted gets through."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import get_args

import pytest

from phi4web.notebook import ENDED, Cell, RunState
from phi4web.ui import render
from phi4web.ui.progress import TICKER_CHARS, Moment, ticker_of
from phi4web.ui.render import cell_view, head, slot
from phi4web.ui.thought import text_of
from phi4web.ui.verdicts import verdict_panel
from phi4web.ui.words import REASONS
from phi4web.verdict import WAY_OUT, Reason, StepMark, Verdict, could_not_check
from tests.ui.values import CONSISTENT, REFUTED, STEPS, UNCHECKED, VERIFIED, attempt, run

NOW = Moment(110.0)
EVIL = "<script>alert(1)</script>\"'><img src=x>"


@pytest.mark.parametrize(
    ("verdict", "glyph", "word"),
    [(VERIFIED, "✓", "Verified"), (CONSISTENT, "≈", "Consistent"), (REFUTED, "✗", "Refuted"), (UNCHECKED, "?", "Could not check")],
)
def test_every_status_has_its_glyph_its_word_and_its_class(verdict: Verdict, glyph: str, word: str) -> None:
    panel = verdict_panel(verdict)
    assert f'<i class="glyph">{glyph}</i> {word}</b>' in panel
    assert f'class="verdict {verdict.status}"' in panel


def test_the_verdict_says_what_was_checked_how_and_what_was_not() -> None:
    panel = verdict_panel(VERIFIED)
    assert re.findall("<dt>(.*?)</dt>", panel) == ["Read as", "Claim", "Method", "Evidence", "Not checked"]
    assert "x in the real numbers" in panel
    assert "the working, the wording" in panel


def test_agreement_at_points_is_never_called_verified() -> None:
    panel = verdict_panel(CONSISTENT)
    assert "numeric only · 24 points" in panel
    assert "erified" not in panel


def test_a_refutation_opens_with_its_counterexample_and_says_it_once() -> None:
    assert verdict_panel(REFUTED).count("at x = 3 the left side is 9") == 1


def test_only_a_counterexample_offers_another_try_with_it() -> None:
    assert 'data-do="retry"' in verdict_panel(REFUTED)
    assert 'data-do="retry"' not in verdict_panel(replace(REFUTED, witness=None))
    assert 'data-do="retry"' not in verdict_panel(VERIFIED)


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_has_words_and_a_way_out(reason: Reason) -> None:
    panel = verdict_panel(could_not_check(reason, "some detail"))
    assert REASONS[reason] in panel
    assert escape(WAY_OUT[reason]) in panel
    assert "some detail" in panel


def test_steps_are_marked_and_their_coverage_is_said() -> None:
    shown = render.result(run(tries=(attempt(verdict=replace(VERIFIED, steps=STEPS)),)))
    assert "2 of 3 steps checked" in shown
    assert "same solutions as the line above" in shown
    assert "may add solutions: x = -1" in shown
    assert "1 step of the working" in shown


def test_an_answer_alone_has_no_table_of_steps_but_a_line_of_somebodys_own_has() -> None:
    alone = attempt(verdict=replace(VERIFIED, steps=(StepMark("42", "?", "the start: taken as given"),)))
    assert 'class="stepped"' not in render.result(run(tries=(alone,)))
    assert 'class="stepped"' in render.result(replace(run(tries=(alone,)), model=""))


def test_values_that_may_be_missed_are_listed_as_not_checked() -> None:
    assert "whether there are other solutions" in verdict_panel(replace(VERIFIED, completeness="not_shown"))


@pytest.mark.parametrize("state", get_args(RunState))
def test_every_state_has_a_thought_line_with_stop_only_while_it_goes_on(state: RunState) -> None:
    shown = slot("c1", run(state, message="why", thought="so"), NOW)
    assert f'data-state="{state}"' in shown
    assert ('data-do="stop"' in shown) is (state not in ENDED)
    assert ("data-live=" in shown) is (state not in ENDED)
    assert ('aria-busy="true"' in shown) is (state not in ENDED)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "queued"}, "Waiting, 2nd in line"),
        ({"state": "loading", "message": "Loading the model 40%"}, "Loading the model 40%"),
        ({"state": "reading"}, "Try 1 of 8 · Reading the problem"),
        ({"state": "thinking", "thought_tokens": 1804}, '1,804<span class="wide"> tokens</span>'),
        ({"state": "thinking"}, '<span class="wide">Thinking </span>0:09'),
        ({"state": "checking"}, "Checking with computer algebra"),
        ({"state": "stopped", "thought": "so", "message": "Stopped by you."}, "Stopped by you."),
        ({"state": "done"}, "Thought for 1.5 s · 7 tokens"),
    ],
)
def test_the_thought_line_says_what_is_going_on(changes: dict[str, object], words: str) -> None:
    assert words in slot("c1", run(**changes), replace(NOW, place=2))  # type: ignore[arg-type]


def test_a_long_thought_is_not_sent_until_it_is_opened() -> None:
    long = run(tries=(attempt(thought="secret " * 1000),))
    view = cell_view(Cell("c1", runs=(long,)), long, NOW)
    assert "secret" not in view.slot + view.result + view.head + view.solution
    assert 'data-load="thought:run1:0"' in view.slot
    assert text_of(long, "thought", 0).startswith("secret")


def test_every_try_can_be_read() -> None:
    two = run(tries=(attempt(1, REFUTED, solution="first"), attempt(2, solution="second")))
    shown = render.tries_line(two)
    assert "Try 2 of 8 passed the check" in shown
    assert [text_of(two, "solution", n) for n in (1, 2)] == ["first", "second"]
    assert 'data-load="solution:run1:1"' in shown
    assert 'data-load="solution:run1:2"' in shown


def test_no_passing_try_is_said_plainly() -> None:
    assert "None of 2 tries passed" in render.tries_line(run(tries=(attempt(1, REFUTED), attempt(2, REFUTED))))


def test_the_timing_line_has_seconds_speed_first_token_model_quant_and_seed() -> None:
    assert "4.0 s · 46 tok/s · first token 40 ms · Phi-4-mini-reasoning 3.8B · nf4 · seed 1" in render.timing_line(run())


def test_a_failed_run_says_why_in_its_cell() -> None:
    assert 'role="alert">Out of memory.' in render.result(run("failed", message="Out of memory."))


def test_while_a_run_goes_on_the_solution_streams_and_the_verdict_waits() -> None:
    going = run("answering", solution="It is $x = 2$ and $y")
    assert render.shown_solution(going) == "It is \\(x = 2\\) and "
    assert render.result(going) == ""


def test_the_ticker_is_the_last_complete_sentence_in_one_line() -> None:
    assert ticker_of("First this. Then that.\nAnd now some") == "Then that."
    assert ticker_of("") == ""
    assert len(ticker_of("word " * 200)) <= TICKER_CHARS


def test_earlier_runs_can_be_leafed_through() -> None:
    cell = Cell("c1", "x", runs=(run(), run(), run()), shown=1)
    shown = head(cell, cell.run)
    assert "2/3" in shown
    assert 'data-at="0"' in shown
    assert 'data-at="2"' in shown


def test_nothing_untrusted_becomes_markup_anywhere_in_a_cell() -> None:
    verdict = Verdict("refuted", EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, detail=EVIL, grade="incorrect", grade_note=EVIL, steps=STEPS)
    evil = attempt(1, verdict, thought=EVIL, solution=EVIL, answer=EVIL)
    for state in get_args(RunState):
        one = run(state, tries=(evil, evil), message=EVIL, thought=EVIL, solution=EVIL, model=EVIL, quant=EVIL)
        view = cell_view(Cell("c1", EVIL, runs=(one, one)), one, replace(NOW, ticker=EVIL))
        for part in (view.head, view.slot, view.result, view.solution):
            assert "<script" not in part
            assert "<img" not in part


def test_a_try_that_was_stopped_gets_no_verdict() -> None:
    stopped = run("stopped", tries=(attempt(stop="cancelled"),))
    assert "verdict" not in render.result(stopped)
    assert "verdict" in render.result(run(tries=(attempt(),)))
