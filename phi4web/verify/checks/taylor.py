"""Taylor polynomials: every derivative at the point by exact arithmetic, the sum compared with the answer."""

from __future__ import annotations

from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, undecided
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.derivative import expression_of, judge
from phi4web.verify.checks.domain import smooth_at
from phi4web.verify.checks.tangent import in_degrees
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Call, Node, Rel, Sym, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "every derivative at the point, added up and compared with the answer"
MOST_TERMS = 45


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a Taylor polynomial, or on the first terms of a series. Raises Unfit or NoMethod."""
    name = statement.variable or "x"
    claimed = _polynomial(answer, statement)
    if statement.point is None:
        raise NoMethod("Taylor polynomials at a point")
    if in_degrees(statement.node, statement.point):
        return undecided(METHOD, "the point may be in degrees or in radians")
    if symbols(claimed) - {name}:
        raise Unfit(f"a polynomial in {name}")
    if any(symbols(part) for part, _ in needs_of(claimed)):
        return undecided(METHOD, "the answer has a division or root that a polynomial does not have")
    ring = Ring((statement.node, claimed, Sym(name)))
    x, place = ring[name], ring.build(statement.point)
    if smooth_at(statement.node, {name: place}) is not True:
        return undecided(METHOD, "whether the function, as written, has every derivative at that point is not proven")
    wanted = _sums(ring.build(statement.node), x, place, statement)
    if len(wanted) != 1:
        return undecided(METHOD, "whether terms that are zero count is not said; ask for nonzero terms, or for a degree")
    return judge(compare(wanted[0], ring.build(claimed), [x]), METHOD, "the polynomial", "the answer", claimed)


def _polynomial(answer: Node, statement: Statement) -> Node:
    """The right side of P(x) = ..., T_3(x) = ... or f(x) ≈ ..."""
    if isinstance(answer, Rel) and len(answer.args) == 2 and set(answer.ops) <= {"=", "~"}:
        left = answer.args[0]
        named = isinstance(left, Call) and not left.primes and not left.inverse and left.args == (Sym(statement.variable or "x"),)
        near = answer.ops == ("~",) and (left == statement.node or named)
        if near or (named and isinstance(left, Call) and left.name[0] in "PTpL" and left.name not in statement.names):
            answer = answer.args[1]
    if isinstance(answer, Rel):
        raise Unfit("a polynomial by itself, or after P(x) =")
    return expression_of(answer, statement)


def _sums(function: Any, x: Any, place: Any, statement: Statement) -> list[Any]:
    """The polynomial of the degree asked for; or of the first terms, with and without those that are zero where they differ."""
    if statement.style == "degree":
        return [sympy.Add(*(c * (x - place) ** k for k, c in _terms(function, x, place, statement.order + 1)))]
    terms = list(_terms(function, x, place, MOST_TERMS))
    every = sympy.Add(*(c * (x - place) ** k for k, c in terms[: statement.order]))
    counted = [(k, c) for k, c in terms if number_is_zero(c) is False][: statement.order]
    if len(counted) < statement.order or any(number_is_zero(c) is None for _, c in terms):
        raise NoMethod("series with enough terms that are not zero")
    shown = sympy.Add(*(c * (x - place) ** k for k, c in counted))
    return [shown] if statement.style == "nonzero terms" or shown == every else [every, shown]


def _terms(function: Any, x: Any, place: Any, count: int) -> list[tuple[int, Any]]:
    found, derivative = [], function
    for k in range(count):
        found.append((k, sympy.simplify(derivative.subs(x, place)) / sympy.factorial(k)))
        derivative = sympy.diff(derivative, x)
        if derivative.count_ops() > 2000:
            raise NoMethod("functions with short derivatives")
    return found
