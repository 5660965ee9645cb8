"""Areas under a curve and between two curves: the integral of the size, split where the sign may change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.build import NotBuildable
from phi4web.verify.checks import calculus
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, plain, shown, undecided
from phi4web.verify.checks.bound import gap_inside
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.evaluate import judge_value
from phi4web.verify.checks.inequality import sorted_points, zeros
from phi4web.verify.checks.stretch import below, zeros_between
from phi4web.verify.checks.tangent import in_degrees
from phi4web.verify.latex.ast import Func, Integral, Node, Num, Sym, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "the curves' distance integrated between the points where they meet"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on an area. `others`: the ends; without them the area that two polynomials enclose. Raises Unfit or NoMethod."""
    if not statement.others:
        return _enclosed(statement, answer)
    if any(in_degrees(statement.node, end) for end in statement.others):
        return undecided(METHOD, "the ends may be in degrees or in radians")
    name = statement.variable or "x"
    low, high = statement.others
    whole = Integral(statement.node, Sym(name), low, high)
    ends = [Ring(()).build(e) for e in statement.others]
    if gap_inside(whole) or not all(e.is_finite for e in ends) or not _sign(ends[1] - ends[0]) > 0:
        return undecided(METHOD, "the curve has no value somewhere between the ends, or these are not in order")
    signs = _signs(statement.node, name, *ends)
    if statement.style == "under" and -1 in signs:
        return undecided(METHOD, "the curve goes below the axis; whether that part counts as negative is not said")
    if not signs <= {1, -1}:
        return undecided(METHOD, "the curves are the same between the ends")
    node = whole if len(signs) < 2 else Integral(Func("abs", (statement.node,)), Sym(name), low, high)
    found = calculus.integral(node)
    if found is None or found[0] is None or found[0].is_infinite:
        return undecided(METHOD, "no finite value was found")
    value = sympy.Abs(found[0])
    verdict = judge_value(value, answer, statement, "the area", Ring(()))
    if found[1]:
        return replace(verdict, method=METHOD, evidence=f"{verdict.evidence or ''} {found[2]}".strip())
    return undecided(METHOD, "the integral has no proof") if verdict.status in ("verified", "refuted") else verdict


def _signs(node: Node, name: str, low: Any, high: Any) -> set[int]:
    """The signs that a formula has between two numbers, by one point of every cell."""
    ring = Ring((node, Sym(name)))
    try:
        inside = [z for z in sorted_points(zeros(node, Num(0), name)) if _sign(z - low) > 0 and _sign(high - z) > 0]
    except (NoMethod, NotBuildable, Undefined, *GAVE_UP):
        found = zeros_between(ring.build(node), ring[name], low, high)
        inside = [z for z in found if below(low, z) and below(z, high)]
    points = [low, *inside, high]
    middles = [(a + b) / 2 for a, b in zip(points, points[1:], strict=False)]
    return {_sign(ring.build(node).subs(ring[name], m)) for m in middles}


def _sign(value: Any) -> int:
    """1 or -1; 0 for what is zero. Raises Unclear where bounds cannot tell."""
    if value == 0:
        return 0
    bounds = enclose(value, digits=40)
    if bounds.a <= 0 <= bounds.b:
        raise Unclear
    return 1 if bounds.a > 0 else -1


def _enclosed(statement: Statement, answer: Node) -> Verdict:
    """Two polynomials meet at the real zeros of their difference; between each two neighbours its sign does not change."""
    name = statement.variable or "x"
    ring = Ring((statement.node, Sym(name)))
    x, gap = ring[name], ring.build(statement.node)
    if not gap.is_polynomial(x) or any(symbols(part) for part, _ in needs_of(statement.node)):
        raise NoMethod("areas that polynomials enclose, or with the ends given")
    poly = sympy.Poly(gap, x)
    if poly.degree() < 2 or not all(c.is_Rational for c in poly.coeffs()):
        raise NoMethod("polynomials with rational coefficients that meet twice")
    meet = list(dict.fromkeys(sympy.real_roots(poly)))
    if len(meet) < 2 or any(r.has(sympy.CRootOf) for r in meet):  # SymPy would write code to work out such a root
        raise NoMethod("polynomials that meet at two points or more which can be written down")
    inverse = sympy.integrate(gap, x)
    area = sum(
        (sympy.Abs(sympy.expand(inverse.subs(x, b) - inverse.subs(x, a))) for a, b in zip(meet, meet[1:], strict=False)), sympy.S.Zero
    )
    verdict = judge_value(sympy.simplify(area), answer, statement, f"the area where {plain(statement.node)} is not zero", Ring(()))
    return verdict if verdict.status != "verified" else _told(verdict, meet, name)


def _told(verdict: Verdict, meet: list[Any], name: str) -> Verdict:
    places = ", ".join(shown(m) for m in meet)
    return replace(verdict, method=METHOD, evidence=f"{verdict.evidence} They meet at {name} = {places} and nowhere else.")
