"""Marked steps as HTML: the table with its gutter, how many were checked, and what came of somebody's own working.

Pure: marks go in, strings come out, every text escaped. A line that is taken as given (the start, a definition) is no step.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from phi4web.ui.maths import formula
from phi4web.ui.words import MARKS, VERDICTS, count
from phi4web.verdict import Mark, StepMark, Verdict

GIVEN = "taken as given"
OPEN_STEPS = 12  # a longer table is folded
Steps = tuple[StepMark, ...]


def is_given(step: StepMark) -> bool:
    return step.mark == "?" and step.words.endswith(GIVEN)


def unchecked(steps: Steps) -> int:
    return sum(step.mark == "?" and not is_given(step) for step in steps)


def coverage(steps: Steps) -> str:
    """5 of 6 steps checked"""
    total = sum(not is_given(step) for step in steps)
    return f"{total - unchecked(steps)} of {count(total, 'step')} checked" if total else ""


def tally(steps: Steps) -> str:
    """5 of 6 steps checked: 4 ⇔, 1 ⇒"""
    marks: list[Mark] = [step.mark for step in steps if not is_given(step)]
    found = ", ".join(f"{marks.count(mark)} {mark}" for mark in MARKS if mark in marks and mark != "?")
    return f"{coverage(steps)}: {found}" if found else coverage(steps)


def words_of(step: StepMark) -> str:
    """What the mark says, with the witness where there is one."""
    told = step.words or MARKS[step.mark][1]
    return f"{told}: {step.witness}" if step.witness and step.witness not in told else told


def wrong_line(verdict: Verdict) -> str:
    """line 3 does not follow: at x = 2, 2 ≠ 3; empty where no step is wrong. Lines are those of the table."""
    at = verdict.first_wrong
    return f"line {at + 1}: {words_of(verdict.steps[at])}" if at is not None and at < len(verdict.steps) else ""


def table(steps: Steps) -> str:
    """A row a line: mark, formula, words. The words of a mark are in its name too, for those who do not see the row whole."""
    if not steps:
        return ""
    rows = "".join(map(_row, steps))
    state = " open" if len(steps) <= OPEN_STEPS else ""
    return (
        f'<details class="stepped"{state}><summary>Steps, each against the line above</summary><div class="wide-box">'
        f'<table class="steps"><caption class="hidden">Steps, each against the line above</caption>{rows}</table></div></details>'
    )


def _row(step: StepMark) -> str:
    css, told = MARKS[step.mark][0], words_of(step)
    sign = "" if is_given(step) else step.mark
    return (
        f'<tr class="{css}-row"><td class="glyph {css}" title="{escape(told)}"><span aria-hidden="true">{sign}</span>'
        f'<span class="hidden">{escape(told)}</span></td>'
        f'<td><span class="scroll">{formula(step.latex)}</span></td><td aria-hidden="true">{escape(told)}</td></tr>'
    )


# ---- somebody's own working


@dataclass(frozen=True, slots=True)
class Outcome:
    """`css` is also the kind of border; `told` goes on after the word."""

    glyph: str
    css: str
    word: str
    told: str


def outcome(verdict: Verdict) -> Outcome:
    """What came of the lines: the worst of their marks decides."""
    steps = verdict.steps
    if verdict.first_wrong is not None:
        return Outcome(*_status("refuted"), wrong_line(verdict))
    if not any(not is_given(step) for step in steps):
        return Outcome(*_status("could_not_check"), "there is no step to check: write one formula a line")
    if unchecked(steps):
        at = next(n for n, step in enumerate(steps, 1) if step.mark == "?" and not is_given(step))
        return Outcome(*_status("could_not_check"), f"line {at}: {words_of(steps[at - 1])}")
    if any(step.mark in "⇒⇐" for step in steps):
        at = next(n for n, step in enumerate(steps, 1) if step.mark in "⇒⇐")
        return Outcome(steps[at - 1].mark, "one_way", "Follows one way", f"line {at}: {words_of(steps[at - 1])}")
    return Outcome(*_status("verified"), "every line follows from the one above, and back")


def _status(status: str) -> tuple[str, str, str]:
    sign, word = VERDICTS[status]  # type: ignore[index]
    return sign, status, word


def working_panel(verdict: Verdict) -> str:
    """In the place of the verdict, where there was no question and so no answer to judge."""
    found = outcome(verdict)
    rest = f"{count(unchecked(verdict.steps), 'step')}, " if unchecked(verdict.steps) else ""
    rows = [
        ("Steps", tally(verdict.steps)),
        ("Method", "computer algebra, each line against the one above; no model was used"),
        ("Not checked", f"{rest}whether the first line says what you meant"),
    ]
    told = "".join(f"<dt>{name}</dt><dd>{escape(content)}</dd>" for name, content in rows if content)
    return (
        f'<details class="verdict {found.css}" open><summary><b><i class="glyph">{found.glyph}</i> {found.word}</b> {escape(found.told)}'
        f"</summary><dl>{told}</dl></details>"
    )
