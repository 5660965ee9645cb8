"""The greatest or least value of a polynomial on a closed interval: at an end, or where its derivative is zero."""

from __future__ import annotations

from functools import reduce
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import NoMethod, Ring, undecided
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.enclose import enclose
from phi4web.verify.checks.evaluate import judge_value
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Node, Sym, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "the values at both ends and at every real zero of the derivative, compared exactly"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on the value. Raises Unfit for what is no number, NoMethod for what is no polynomial."""
    name = statement.variable or "x"
    ring = Ring((statement.node, Sym(name)))
    x, curve = ring[name], ring.build(statement.node)
    low, high = (ring.build(e) for e in statement.others)
    if not curve.is_polynomial(x) or any(symbols(part) for part, _ in needs_of(statement.node)):
        raise NoMethod("greatest and least values of polynomials")
    if not (low.is_finite and high.is_finite) or not _less(low, high):
        return undecided(METHOD, "the interval has no two finite ends in order")
    inside = [r for r in _zeros(sympy.Poly(sympy.diff(curve, x), x)) if _less(low, r) and _less(r, high)]
    values = [curve.subs(x, place) for place in (low, *inside, high)]
    best = reduce(lambda a, b: b if _less(a, b) == (statement.style == "maximum") else a, values)
    return judge_value(best, answer, statement, f"the {statement.style}", Ring(()))


def _zeros(derivative: Any) -> list[Any]:
    """Every real zero. Raises NoMethod where one cannot be written down."""
    if derivative.degree() < 1 or not all(c.is_Rational for c in derivative.coeffs()):
        if derivative.degree() < 1:
            return []
        raise NoMethod("polynomials with rational coefficients")
    found = sympy.real_roots(derivative)
    if any(r.has(sympy.CRootOf) for r in found):  # SymPy would write code to work out such a root
        raise NoMethod("polynomials whose derivative has zeros that can be written down")
    return list(dict.fromkeys(found))


def _less(a: Any, b: Any) -> bool:
    """Raises Unclear where bounds cannot tell two numbers apart that are not proven equal."""
    if number_is_zero(b - a):
        return False
    gap = enclose(b - a, digits=50)
    if gap.a > 0 or gap.b < 0:
        return bool(gap.a > 0)
    raise NoMethod("numbers that can be told apart")
