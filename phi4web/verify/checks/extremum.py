"""The greatest or least value of a smooth function on a closed interval: at an end, or where its derivative is zero."""

from __future__ import annotations

from functools import reduce
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import NoMethod, Ring, undecided
from phi4web.verify.checks.calculus import continuous
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.domain import ANALYTIC
from phi4web.verify.checks.enclose import enclose
from phi4web.verify.checks.evaluate import judge_value
from phi4web.verify.checks.stretch import defined_throughout, zeros_between
from phi4web.verify.checks.tangent import in_degrees
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Func, Node, Sym, symbols, walk
from phi4web.verify.problem.statement import Statement

SMOOTH = ANALYTIC - {"root"}
METHOD = "the values at both ends and at every real zero of the derivative, compared exactly"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on the value. Raises Unfit for what is no number, NoMethod where a zero of the derivative may be missing."""
    name = statement.variable or "x"
    ring = Ring((statement.node, Sym(name)))
    x, curve = ring[name], ring.build(statement.node)
    low, high = (ring.build(e) for e in statement.others)
    if any(in_degrees(statement.node, end) for end in statement.others):
        return undecided(METHOD, "the ends may be in degrees or in radians")
    if not (low.is_finite and high.is_finite) or not _less(low, high):
        return undecided(METHOD, "the interval has no two finite ends in order")
    inside = [r for r in _turns(statement.node, curve, x, low, high) if _less(low, r) and _less(r, high)]
    values = [curve.subs(x, place) for place in (low, *inside, high)]
    best = reduce(lambda a, b: b if _less(a, b) == (statement.style == "maximum") else a, values)
    return judge_value(best, answer, statement, f"the {statement.style}", Ring(()))


def _turns(node: Node, curve: Any, x: Any, low: Any, high: Any) -> list[Any]:
    """Every zero of the derivative between the ends, perhaps with others."""
    slope = sympy.diff(curve, x)
    if curve.is_polynomial(x) and not any(symbols(part) for part, _ in needs_of(node)):
        return _zeros(sympy.Poly(slope, x))
    smooth = {n.name for n in walk(node) if isinstance(n, Func) and symbols(n)} <= SMOOTH
    if not smooth or not defined_throughout(node, x.name, low, high) or not continuous(slope, x, low, high):
        raise NoMethod("functions that are smooth between the ends")
    return zeros_between(slope, x, low, high)


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
