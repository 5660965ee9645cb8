"""The verdict panel: what was checked, how, and what was not. Pure: a Verdict goes in, HTML comes out, every text escaped."""

from __future__ import annotations

from html import escape

from phi4web.ui.markup import button
from phi4web.ui.maths import formula, prose
from phi4web.ui.steps import coverage, tally, unchecked, wrong_line
from phi4web.ui.words import REASONS, VERDICTS, count
from phi4web.verdict import WAY_OUT, Verdict


def verdict_panel(verdict: Verdict, *, again: bool = False, retry: bool = True) -> str:
    """The glyph, the word and the border say the status; the rows say what was checked, how, and what was not.

    `again` offers to check once more; `retry` to tell the model a counterexample.
    """
    sign, word = VERDICTS[verdict.status]
    rows = "".join(f"<dt>{name}</dt><dd>{content}</dd>" for name, content in _rows(verdict) if content)
    more = button("recheck", "Check again", "Check again, without the model", "plain") if again else ""
    if retry and verdict.status == "refuted" and verdict.witness:
        more = button(
            "retry", "Try again with this evidence", "Try again with this evidence: the model is told the counterexample", "plain"
        )
    return (
        f'<details class="verdict {verdict.status}" open><summary><b><i class="glyph">{sign}</i> {word}</b> {_headline(verdict)}</summary>'
        f"<dl>{rows}</dl>{more}</details>"
    )


def _headline(verdict: Verdict) -> str:
    match verdict.status:
        case "could_not_check":
            parts = [REASONS[verdict.reason] if verdict.reason else "", coverage(verdict.steps)]
        case "refuted":
            parts = ["counterexample" if verdict.witness else verdict.strength or "", verdict.witness or "", coverage(verdict.steps)]
        case "consistent":
            parts = ["numeric only", verdict.strength or "", coverage(verdict.steps)]
        case _:
            parts = [verdict.strength or "", coverage(verdict.steps)]
    wrong = wrong_line(verdict)
    shown = [prose(p) for p in parts if p] + ([f'<strong class="bad">✗ {escape(wrong)}</strong>'] if wrong else [])
    return " · ".join(shown)


def _rows(verdict: Verdict) -> list[tuple[str, str]]:
    reading = f'<span class="scroll">{formula(verdict.reading)}</span>' if verdict.reading else ""
    if reading and verdict.domain:
        reading += f", {prose(verdict.domain)}"
    return [
        ("Read as", reading),
        ("Claim", f'<span class="scroll">{formula(verdict.answer)}</span>' if verdict.answer else ""),
        ("Method", prose(verdict.method or "")),
        ("Evidence", prose(verdict.evidence or "") if verdict.evidence != verdict.witness else ""),
        ("Witness", prose(verdict.witness or "") if verdict.status != "refuted" else ""),  # a refutation opens with it
        ("Steps", escape(tally(verdict.steps))),
        ("Why", escape(verdict.detail or "")),
        ("What to do", escape(WAY_OUT[verdict.reason]) if verdict.reason else ""),
        ("Not checked", escape(_not_checked(verdict))),
        ("Reference", _grade(verdict)),
    ]


def _not_checked(verdict: Verdict) -> str:
    answer = ["the answer"] if verdict.status == "could_not_check" else []
    others = ["whether there are other solutions"] if verdict.completeness == "not_shown" else []
    unread = unchecked(verdict.steps)
    working = f"{count(unread, 'step')} of the working" if unread else "" if coverage(verdict.steps) else "the working"
    return ", ".join([*answer, *others, *([working] if working else []), "the wording"])


def _grade(verdict: Verdict) -> str:
    words = {
        "correct": "agrees with the given answer",
        "incorrect": "differs from the given answer",
        "could_not_check": "could not be compared",
    }
    note = f" ({escape(verdict.grade_note)})" if verdict.grade_note else ""
    return words[verdict.grade] + note if verdict.grade else ""
