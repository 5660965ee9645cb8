"""Integrals, limits, sums and products whose inside, as written, has no value somewhere on the way, though algebra cancels that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from phi4web.verify.build import NotBuildable
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, plain
from phi4web.verify.checks.defined import NOT_ZERO, Need, fulfilled, needs_of
from phi4web.verify.checks.enclose import Unclear, Undefined
from phi4web.verify.checks.inequality import cells, sorted_points, zeros
from phi4web.verify.latex.ast import Const, Integral, Limit, Neg, Node, Num, Prod, Sum, symbols, walk

FIRST_TERMS = 40
FRACTIONS = tuple(sympy.Rational(n, 24) for n in range(1, 24))
NEAR = (4, 8)  # powers of ten


def gap_inside(node: Node) -> str | None:
    """Words for a part that has no value where the integral, limit, sum or product needs one; None when none was found."""
    for part in walk(node):
        if not isinstance(part, Integral | Limit | Sum | Prod) or symbols(part.expr) - {part.var.name}:
            continue
        if any(n == Const("inf") for n in walk(part.expr)):
            return "infinity is no number to compute with"
        needs = [n for n in needs_of(part.expr) if symbols(n[0])]
        if needs and any(_fails(needs, part.var.name, place) for place in _places(part, needs)):
            return f"{plain(part.expr)}, as written, does not have a value wherever one is needed"
    return None


def _fails(needs: list[Need], name: str, place: Any) -> bool:
    return fulfilled(iter(needs), {name: place}) is False


def _places(node: Integral | Limit | Sum | Prod, needs: list[Need]) -> Iterator[Any]:
    if isinstance(node, Limit):
        yield from _near(node)
    elif node.lo is not None and node.hi is not None and not symbols(node.lo):
        low = _end(node.lo)
        high = _end(node.hi) if not symbols(node.hi) else sympy.oo
        if isinstance(node, Integral):
            yield from _between(min(low, high), max(low, high), needs, node.var.name)
        elif low.is_Integer:
            yield from _whole(int(low), high, needs, node.var.name)


def _near(node: Limit) -> Iterator[Any]:
    point = _end(node.point)
    if point.is_infinite:
        yield from (sympy.sign(point) * sympy.Integer(10) ** k for k in NEAR)
        return
    for side in node.side:
        for k in NEAR:
            yield point + (1 if side == "+" else -1) * sympy.Rational(1, 10**k)


def _between(low: Any, high: Any, needs: list[Need], name: str) -> Iterator[Any]:
    """One point between each two zeros of the parts, inside the range."""
    found = _zeros(needs, name)
    if found is not None:
        ends = sorted_points([*(p for p in found if low < p < high), *(e for e in (low, high) if e.is_finite)])
        yield from (c for c in cells(ends) if low < c < high)
    elif low.is_finite and high.is_finite:
        yield from (low + (high - low) * f for f in FRACTIONS)
    else:
        start = low if low.is_finite else high if high.is_finite else sympy.Integer(0)
        offsets = [sympy.Rational(n, 7) for n in range(1, 60)]
        yield from (v for o in offsets for v in (start + o, start - o) if low < v < high)


def _whole(low: int, high: Any, needs: list[Need], name: str) -> Iterator[Any]:
    """The first terms, and every whole zero of a part that must not be zero."""
    yield from (sympy.Integer(k) for k in range(low, low + FIRST_TERMS) if k <= high)
    for value in _zeros([n for n in needs if n[1] == NOT_ZERO], name) or ():
        if value.is_Integer and low <= value <= high:
            yield value


def _zeros(needs: list[Need], name: str) -> list[Any] | None:
    try:
        return sorted_points([z for part, _ in needs for z in zeros(part, Num(0), name)])
    except (NoMethod, NotBuildable, Unclear, Undefined, *GAVE_UP):
        return None


def _end(node: Node) -> Any:
    if node == Const("inf"):
        return sympy.oo
    return -sympy.oo if isinstance(node, Neg) and node.arg == Const("inf") else Ring(()).build(node)
