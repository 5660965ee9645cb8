"""Is the answer the reference? Typed first, exact first, with relative tolerance and never an absolute one; and why.

grade(reference readings, answer readings) -> Graded(grade, note); grade_texts for two texts; same(a, b): proved equality, to group tries.
A grade says nothing about whether the reference is right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from phi4web.errors import ParseFailure
from phi4web.verdict import Grade
from phi4web.verify.grade.compare import compare
from phi4web.verify.grade.number_words import in_digits
from phi4web.verify.grade.values import Outcome
from phi4web.verify.hidden import MESSAGE, composed, is_disguised
from phi4web.verify.latex import Context, Node, Parse, parse, to_latex
from phi4web.verify.latex.ast import Add, Div, Interval, Num, Set_, Tuple_, walk
from phi4web.verify.problem import has_dotted_decimal

# Second readings that a reference may be taken in. Its other ambiguities are settled: what it says first is what it means.
PAIR = "pair_or_interval"
SLASH = "product_after_slash"
THOUSANDS = "thousands"  # 1,234 as one number
ENGINEERS = "engineers_j"  # j as the imaginary unit
TIME = re.compile(r"\d{1,2}:[0-5]\d")
_REFERENCE_READINGS = frozenset((PAIR,))


class Graded(NamedTuple):
    """`note`: why, one line. `form`: True when the answer is worked out; an integral that equals the reference isn't."""

    grade: Grade
    note: str
    form: bool = True


def grade(reference: Sequence[Parse], answer: Sequence[Parse]) -> Graded:
    """Correct if any reading of the answer is the reference; incorrect if the likeliest readings certainly differ.

    What a slash covers, as in 1/2x, is read in the same way on both sides; the grade must hold for both ways.
    """
    plain = _grade(_with_slashes(reference, False), _with_slashes(answer, False))
    if not any(SLASH in p.notes for p in (*reference, *answer)):
        return plain
    other = _grade(_with_slashes(reference, True), _with_slashes(answer, True))
    return plain if plain.grade == other.grade else Graded("could_not_check", "what follows the slash can be read in two ways")


def _with_slashes(readings: Sequence[Parse], product_below: bool) -> Sequence[Parse]:
    return tuple(p for p in readings if (SLASH in p.notes) == product_below) or readings


def _grade(reference: Sequence[Parse], answer: Sequence[Parse]) -> Graded:
    first: Outcome | None = None
    both_pairs = all(any(PAIR in p.notes for p in readings) for readings in (reference, answer))
    for expected in reference:
        if expected is not reference[0] and not set(expected.notes) <= _REFERENCE_READINGS:
            continue
        for given in answer:
            if both_pairs and (PAIR in expected.notes) != (PAIR in given.notes):
                continue  # two points or two intervals: [1, 2] is not (1, 2)
            if THOUSANDS in given.notes and isinstance(answer[0].node, Tuple_ | Interval | Set_):
                continue  # (1,234) is a pair
            outcome = compare(expected.node, given.node)
            if outcome.equal and ENGINEERS in given.notes and not any(isinstance(n, Add) for n in walk(given.node)):
                return Graded("could_not_check", "j may be the imaginary unit, or another letter")
            if outcome.equal:
                return Graded("correct", outcome.note or "equal")
            first = first or outcome
    assert first is not None
    if first.note.startswith("equal in value"):
        return Graded("incorrect", first.note, form=False)
    return Graded("incorrect" if first.equal is False else "could_not_check", first.note or "different")


def grade_texts(reference: str, answer: str | None) -> Graded:
    """The same for texts. No answer is incorrect; equal texts are correct even if nobody can read them."""
    if answer is None or not answer.strip():
        return Graded("incorrect", "there is no answer")
    reference, answer = (in_digits(composed(text)) for text in (reference, answer))
    if is_disguised(reference) or is_disguised(answer):
        return Graded("could_not_check", MESSAGE)
    same_text = _bare(reference) == _bare(answer)
    try:
        expected = parse(reference)
    except ParseFailure as error:
        if same_text:
            return Graded("correct", "the same text")
        return Graded("could_not_check", f"the reference can't be read: {error.message}")
    if any(_divides_by_zero(p.node) for p in expected):
        return Graded("could_not_check", "the reference divides by zero, so it has no value")
    if same_text:
        return Graded("correct", "the same text")
    try:
        given = parse(answer, context=Context(decimal_comma=True))
    except ParseFailure as error:
        return Graded("could_not_check", f"the answer can't be read: {error.message}")
    found = grade(expected, given)
    doubt = _doubt(reference, answer, expected, given) if found.grade == "correct" else None
    return found if doubt is None else Graded("could_not_check", doubt)


def _doubt(reference: str, answer: str, expected: Sequence[Parse], given: Sequence[Parse]) -> str | None:
    """Words for something in two equal answers that may be meant for two things, or None."""
    cut_off = [has_dotted_decimal(text) and r"\overline" not in to_latex(p[0].node) for text, p in ((reference, expected), (answer, given))]
    if cut_off[0] != cut_off[1]:
        return "a decimal with dots after it repeats, or was cut off"
    if any(TIME.fullmatch(text.strip(" $")) for text in (reference, answer)):
        return "times of day, or ratios"
    return None


def same(a: Node, b: Node) -> bool | None:
    """Proved equal, proved different, or None. Never true on numbers alone, so that groups of equals can be joined."""
    outcome = compare(a, b, prove=True)
    return None if outcome.equal and not outcome.exact else outcome.equal


def _divides_by_zero(node: Node) -> bool:
    return any(isinstance(n, Div) and isinstance(n.den, Num) and n.den.num == 0 for n in walk(node))


def _bare(text: str) -> str:
    """Without spaces, but 1 1/2 is not 11/2; without a full stop, but .5 is not 5; and 2² is not 22."""
    folded = unicodedata.normalize("NFC", text).replace("$", "").replace("\\left", "").replace("\\right", "")
    joined = re.sub(r"(?<!,)\s+(?!\d)|(?<![\d,])\s+", "", " ".join(folded.split()))
    return joined.removesuffix(".").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
