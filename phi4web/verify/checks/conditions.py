"""What a formula needs so that it has a real value, in words: "x ≥ 0 and x - 1 ≠ 0"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phi4web.verify.checks.base import plain
from phi4web.verify.checks.defined import NOT_NEGATIVE, NOT_ZERO, POSITIVE, Need, needs_of
from phi4web.verify.checks.domain import follows, split_need
from phi4web.verify.latex.ast import Node, symbols

ORDER = {POSITIVE: "> 0", NOT_NEGATIVE: "≥ 0", NOT_ZERO: "≠ 0"}
MOST_IN_WORDS = 4
Signs = dict[Node, frozenset[int]]


def in_words(needs: Iterable[Need], strict: bool = False) -> list[str]:
    """Each need that some real letters break, as a condition. `strict`: with some room, so that a root is smooth there."""
    return _said(_merged(needs, strict))


def lost(question: Node, answer: Node) -> list[str]:
    """Conditions under which the question is defined, and which the answer does not show by itself."""
    return _said(_beyond(_merged(needs_of(question)), _merged(needs_of(answer))))


def differing(question: Node, answer: Node) -> list[str]:
    """Conditions that only one of two formulas shows."""
    first, second = _merged(needs_of(question)), _merged(needs_of(answer))
    return list(dict.fromkeys((*_said(_beyond(second, first)), *_said(_beyond(first, second)))))


def added(question: Node, answer: Node) -> list[str]:
    """Conditions that the answer makes and that do not follow from those of the question."""
    facts = [n for need in needs_of(question) for n in split_need(need)]
    return _said({part: signs for part, signs in _merged(needs_of(answer)).items() if not follows((part, tuple(sorted(signs))), facts)})


def joined(conditions: Sequence[str]) -> str:
    """ "x ≥ 0, y ≥ 0 and x - 1 ≠ 0"; of a long list only that there are more."""
    shown = list(conditions[:MOST_IN_WORDS])
    if len(conditions) > MOST_IN_WORDS:
        shown.append("every other part is defined")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _merged(needs: Iterable[Need], strict: bool = False) -> Signs:
    """The signs that each part with letters may have; parts that always have them are left out."""
    merged: Signs = {}
    for need in needs:
        for part, allowed in split_need(need):
            if symbols(part) and not follows((part, allowed), ()):
                signs = POSITIVE if strict and allowed == NOT_NEGATIVE else allowed
                merged[part] = merged.get(part, frozenset((-1, 0, 1))) & frozenset(signs)
    return merged


def _beyond(first: Signs, second: Signs) -> Signs:
    """What the first asks and the second does not ask as well."""
    return {part: signs for part, signs in first.items() if not (part in second and second[part] <= signs)}


def _said(signs: Signs) -> list[str]:
    return [f"{plain(part)} {ORDER[tuple(sorted(allowed))]}" for part, allowed in signs.items()]
