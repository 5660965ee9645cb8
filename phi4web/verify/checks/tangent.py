"""Lines at a point of a curve: the tangent, the normal and the slope, from the exact value and derivative there."""

from __future__ import annotations

from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, shown, undecided, verified
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.domain import smooth_at
from phi4web.verify.checks.evaluate import judge_value
from phi4web.verify.checks.sets import has_decimals
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Func, Node, Num, Rel, Sym, symbols, walk
from phi4web.verify.problem.conventions import LIKELY_DEGREES, TRIG
from phi4web.verify.problem.statement import Statement

METHOD = "the value and the derivative at the point, put into the answer"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a line or a slope. Raises Unfit or NoMethod."""
    name = statement.variable or "x"
    if statement.point is None:
        raise NoMethod("a point of the curve")
    if in_degrees(statement.node, statement.point):
        return undecided(METHOD, "the point may be in degrees or in radians; write 30° or pi/6")
    ring = Ring((statement.node, Sym(name)))
    place, curve = ring.build(statement.point), ring.build(statement.node)
    if smooth_at(statement.node, {name: place}) is not True:
        return undecided(METHOD, "whether the curve, as written, has a tangent at that point is not proven")
    height, slope = curve.subs(ring[name], place), sympy.diff(curve, ring[name]).subs(ring[name], place)
    if statement.others and number_is_zero(ring.build(statement.others[0]) - height) is not True:
        return undecided(METHOD, "the point of the question is not shown to be on the curve")
    if statement.style == "slope":
        return judge_value(slope, answer, statement, "the slope at the point", Ring(()))
    return _line(statement, answer, name, (place, height, slope))


def in_degrees(node: Node, place: Node) -> bool:
    """Whether a whole number in a sine, cosine or tangent is large enough to be meant in degrees."""
    turning = any(isinstance(n, Func) and n.name in TRIG and symbols(n) for n in walk(node))
    return turning and any(isinstance(n, Num) and n.den == 1 and n.num >= LIKELY_DEGREES for n in walk(place)) and not symbols(place)


def _line(statement: Statement, answer: Node, name: str, there: tuple[Any, Any, Any]) -> Verdict:
    """The answer A·x + B·y + C = 0 must hold at the point, and so must its direction."""
    if not isinstance(answer, Rel) or answer.ops != ("=",) or not symbols(answer) <= {name, "y"} or not symbols(answer):
        raise Unfit(f"an equation in {name} and y")
    if any(symbols(part) for part, _ in needs_of(answer)):
        return undecided(METHOD, "the answer has a division or root that a line does not have")
    ring = Ring((answer, Sym(name), Sym("y")))
    x, y = ring[name], ring["y"]
    difference = ring.build(answer.args[0]) - ring.build(answer.args[1])
    if not difference.is_polynomial(x, y) or sympy.Poly(difference, x, y).total_degree() != 1:
        return undecided(METHOD, f"the answer is not linear in {name} and y")
    place, height, slope = there
    along = sympy.diff(difference, x) + slope * sympy.diff(difference, y)
    across = slope * sympy.diff(difference, x) - sympy.diff(difference, y)
    through = number_is_zero(difference.subs({x: place, y: height}))
    turned = number_is_zero(along if statement.style == "tangent line" else across)
    if False in (through, turned) and has_decimals(answer):
        return undecided(METHOD, "the numbers of the answer may be rounded")
    if through is False:
        return refuted(METHOD, f"The point ({shown(place)}, {shown(height)}) of the curve is not on the line of the answer.")
    if turned is False:
        what = "slope" if statement.style == "tangent line" else "direction"
        return refuted(METHOD, f"The curve has the slope {shown(slope)} there, and the line of the answer has another {what}.")
    if not (through and turned):
        return undecided(METHOD, "the answer agrees as far as computed, but no proof was found")
    return verified(
        "exact", METHOD, f"The line goes through ({shown(place)}, {shown(height)}), where the slope of the curve is {shown(slope)}."
    )
