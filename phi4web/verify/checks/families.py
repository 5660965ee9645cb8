"""Families of solutions such as x = pi/6 + 2 pi k for every whole k, and the period of the equation they solve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from phi4web.verify.checks.base import Ring
from phi4web.verify.checks.roots import Claim
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import symbols

MOST_VALUES = 48


@dataclass(frozen=True, slots=True)
class Families:
    """(start, step) pairs; step 0: one value."""

    items: tuple[tuple[Any, Any], ...]

    def within(self, period: Any) -> list[Any] | None:
        """The distinct values in [0, period), exact; None when there are too many."""
        values: list[Any] = []
        for start, step in self.items:
            count = sympy.simplify(period / step)
            if not count.is_Integer or abs(count) > MOST_VALUES:
                return None
            for k in range(abs(int(count))):
                value = sympy.simplify(start + k * step)
                value = sympy.expand(value - period * sympy.floor(sympy.N(value / period, 30)))
                if not any(number_is_zero(value - v) is True or number_is_zero(value - v - period) is True for v in values):
                    values.append(value)
        return values


def families_of(claim: Claim, x: Any) -> Families | None:
    """The families of an answer with a parameter; None when it has none."""
    if not any(symbols(node) for node in claim.values):
        return None
    items = []
    for node in claim.values:
        ring = Ring((node,))
        value = ring.build(node)
        names = sorted(symbols(node))
        if len(names) != 1:
            return Families(())
        k = ring[names[0]]
        poly = sympy.Poly(sympy.expand(value), k)
        if poly.degree() != 1:
            return Families(())
        step, start = poly.all_coeffs()
        items.append((start, step))
    return Families(tuple(items))


def whole_period(expr: Any, x: Any, families: Families) -> Any:
    """A common period of the expression and of all families, proven; None when none is known."""
    if not families.items:
        return None
    arguments = [f.args[0] for f in expr.atoms(sympy.Function)]
    rates = [sympy.diff(a, x) for a in arguments if a.has(x)]
    if not rates or not all(r.is_Rational and r != 0 for r in rates) or expr.subs(dict.fromkeys(expr.atoms(sympy.Function), 1)).has(x):
        return None
    if not {type(f) for f in expr.atoms(sympy.Function) if f.has(x)} <= {sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc}:
        return None
    period = 2 * sympy.pi * sympy.ilcm(1, *(r.q for r in rates)) / sympy.igcd(0, *(r.p for r in rates))
    for _, step in families.items:
        ratio = sympy.simplify(step / period)
        if not ratio.is_Rational or ratio == 0:
            return None
        period = period * abs(ratio.p)
    return period
