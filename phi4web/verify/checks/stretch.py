"""One function between two numbers: all its zeros there, with a proof that there is no other, and whether it is defined throughout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring
from phi4web.verify.checks.defined import NOT_ZERO, needs_of
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.scan import Curve, complete_on
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Node, symbols

STEP = sympy.pi / 12  # zeros of sines and cosines are looked for at multiples of this
MOST_STEPS = 200
LONGEST = 60  # operations of a function that is solved


def zeros_between(expr: Any, x: Any, low: Any, high: Any) -> list[Any]:
    """Every zero on [low, high], in order. Raises NoMethod where one may be missing."""
    found: list[Any] = []
    for value in _guesses(expr, x, low, high):
        inside = below(low, value) is not False and below(value, high) is not False
        if inside and number_is_zero(expr.subs(x, value)) and not any(number_is_zero(value - v) for v in found):
            found.append(value)
    if not complete_on(Curve(expr, x), low, high, found):
        raise NoMethod("functions whose zeros between the ends can all be found")
    return sorted(found, key=lambda v: enclose(v, digits=30).mid)


def _guesses(expr: Any, x: Any, low: Any, high: Any) -> Iterator[Any]:
    """Numbers that may be zeros; which are, and that none is missing, is proven afterwards."""
    if expr.has(sympy.sin, sympy.cos, sympy.tan):
        first, last = (int(sympy.floor(sympy.N(end / STEP, 20))) for end in (low, high))
        yield from (k * STEP for k in range(first, min(last, first + MOST_STEPS) + 1))
    elif expr.count_ops() <= LONGEST:
        try:
            solved = sympy.solve(expr, x)
        except (*GAVE_UP, RuntimeError):
            solved = []
        yield from (v for v in solved if not v.free_symbols and v.is_real and not v.has(sympy.CRootOf))


def below(a: Any, b: Any) -> bool | None:
    """Whether a < b; None: they are equal, or nearly so."""
    gap = enclose(b - a, digits=40)
    return True if gap.a > 0 else False if gap.b < 0 else None


def defined_throughout(node: Node, name: str, low: Any, high: Any) -> bool:
    """Whether every part of the formula, as written, has a value on all of [low, high], away from where it ends."""
    for part, allowed in needs_of(node):
        if not symbols(part):
            continue
        ring = Ring((part,))
        expr, x = ring.build(part), ring[name]
        try:
            if not complete_on(Curve(expr, x), low, high, []):
                return False
            if allowed != NOT_ZERO and not enclose(expr.subs(x, (low + high) / 2), digits=30).a > 0:
                return False
        except (Unclear, Undefined):
            return False
    return True
