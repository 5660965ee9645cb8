"""What a formula needs so that it has a real value, in words: "x ≥ 0 and x - 1 ≠ 0"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phi4web.verify.checks.base import plain
from phi4web.verify.checks.defined import NOT_NEGATIVE, NOT_ZERO, POSITIVE, Need, needs_of
from phi4web.verify.checks.domain import follows, split_need
from phi4web.verify.latex.ast import Node, symbols

ORDER = {(-1,): "< 0", (0,): "= 0", POSITIVE: "> 0", NOT_NEGATIVE: "≥ 0", (-1, 0): "≤ 0", NOT_ZERO: "≠ 0"}
MOST_IN_WORDS = 4


def in_words(needs: Iterable[Need], strict: bool = False) -> list[str]:
    """Each need that some real letters break, as a condition. `strict`: with some room, so that a root is smooth there."""
    merged: dict[Node, frozenset[int]] = {}
    for need in needs:
        for part, allowed in split_need(need):
            if symbols(part) and not follows((part, allowed), ()):
                signs = POSITIVE if strict and allowed == NOT_NEGATIVE else allowed
                merged[part] = merged.get(part, frozenset((-1, 0, 1))) & frozenset(signs)
    return [f"{plain(part)} {ORDER.get(tuple(sorted(signs)), 'is impossible')}" for part, signs in merged.items()]


def lost(question: Node, answer: Node) -> list[str]:
    """Conditions under which the question is defined, and which the answer does not show by itself."""
    kept = _split(answer)
    return in_words(n for n in _split(question) if not _same(n, kept))


def differing(question: Node, answer: Node) -> list[str]:
    """Conditions that only one of two formulas shows."""
    first, second = _split(question), _split(answer)
    return in_words([n for n in second if not _same(n, first)] + [n for n in first if not _same(n, second)])


def added(question: Node, answer: Node) -> list[str]:
    """Conditions that the answer makes and that do not follow from those of the question."""
    facts = _split(question)
    return in_words(n for n in _split(answer) if not follows(n, facts))


def joined(conditions: Sequence[str]) -> str:
    """ "x ≥ 0, y ≥ 0 and x - 1 ≠ 0"; of a long list only that there are more."""
    shown = list(conditions[:MOST_IN_WORDS])
    if len(conditions) > MOST_IN_WORDS:
        shown.append("every other part is defined")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _split(node: Node) -> list[Need]:
    return [n for need in needs_of(node) for n in split_need(need)]


def _same(need: Need, kept: Iterable[Need]) -> bool:
    return any(part == need[0] and set(allowed) <= set(need[1]) for part, allowed in kept)
