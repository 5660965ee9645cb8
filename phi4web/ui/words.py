"""Words and glyphs of the page: one place, so that every tab says the same thing in the same way."""

from __future__ import annotations

from phi4web.errors import UnknownModel
from phi4web.models import find
from phi4web.verdict import Mark, Reason, Status

# status -> glyph, word; the CSS class is the status itself, and its border style says it a third time
VERDICTS: dict[Status, tuple[str, str]] = {
    "verified": ("✓", "Verified"),
    "consistent": ("≈", "Consistent"),
    "refuted": ("✗", "Refuted"),
    "could_not_check": ("?", "Could not check"),
}

REASONS: dict[Reason, str] = {
    "no_problem": "there was no question to check against",
    "no_answer": "no final answer was found",
    "truncated": "the thought never ended, so there is no answer",
    "unreadable_answer": "the answer is not a formula that the checker can read",
    "not_understood": "part of the question was not understood",
    "proof": "this is a proof in words; there is nothing to compute",
    "no_method": "there is no independent route for this kind of question",
    "undecided": "the check ran and could decide neither way",
    "incomplete": "every given value holds, but others may be missing",
    "too_large": "the formula is over a size limit",
    "timeout": "the check took longer than its time",
    "checker_failed": "the checker stopped and was restarted",
    "stopped": "the check was stopped",
}

# mark -> CSS class; the words of a step come from the checker, these stand in where it gave none
MARKS: dict[Mark, tuple[str, str]] = {
    "✓": ("good", "equal to the line above"),
    "⇔": ("good", "same solutions as the line above"),
    "⇒": ("amber", "follows, but may add solutions"),
    "⇐": ("amber", "loses solutions"),
    "?": ("quiet", "not checked"),
    "✗": ("bad", "does not follow"),
}


def duration(seconds: float) -> str:
    """40 ms · 4.2 s · 44 s · 3 min 10 s"""
    if seconds < 0.095:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def clock(seconds: float) -> str:
    """0:38"""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def model_label(model: str, quant: str | None = None) -> str:
    """The short name of a model, with its quant."""
    try:
        name = find(model).label
    except UnknownModel:
        name = model
    return f"{name} · {quant}" if quant else name
