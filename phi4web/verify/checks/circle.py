"""The equation of a circle: the answer must be the same polynomial equation, up to a factor that is a number."""

from __future__ import annotations

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Ring, Unfit, refuted, undecided, verified
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.sets import has_decimals
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Node, Rel, Sym, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "the polynomials of both equations compared, coefficient by coefficient"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on an equation in x and y. Raises Unfit for anything else."""
    node = statement.node
    if not isinstance(node, Rel) or not isinstance(answer, Rel) or answer.ops != ("=",) or not symbols(answer) <= {"x", "y"}:
        raise Unfit("an equation in x and y")
    if not symbols(answer) or any(symbols(part) for part, _ in needs_of(answer)):
        return undecided(METHOD, "the answer has a division or root, or no letter")
    ring = Ring((node, answer, Sym("x"), Sym("y")))
    x, y = ring["x"], ring["y"]
    wanted, given = (ring.build(r.args[0]) - ring.build(r.args[1]) for r in (node, answer))
    if not given.is_polynomial(x, y):
        return undecided(METHOD, "the answer is no polynomial equation")
    claimed = sympy.Poly(given, x, y)
    if claimed.total_degree() > 2:
        return undecided(METHOD, "the answer has a higher degree than the equation of a circle")
    factor = claimed.coeff_monomial(x**2)
    zero = [number_is_zero(c) for c in sympy.Poly(sympy.expand(given - factor * wanted), x, y).coeffs()]
    if number_is_zero(factor) is False and all(z is True for z in zero):
        return verified("exact", METHOD, "Both are the same polynomial, up to a factor.")
    if False in zero and not has_decimals(answer):
        return refuted(METHOD, "The answer is the equation of another curve.")
    return undecided(METHOD, "whether the equations are the same could not be told")
