"""The complex solutions of a polynomial equation, or of a list of values with i in it; complete or not at all."""

from __future__ import annotations

import sympy
from sympy import QQ, Poly

from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.checks.base import Unfit
from phi4web.verify.checks.roots import both_signs, claims_of
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.reading import is_value
from phi4web.verify.steps.solutions import FAILURES, UNKNOWN, Solutions, Unsolved

MOST_DEGREE = 8


def complex_solutions(line: Node, name: str) -> Solutions:
    """All complex solutions. Raises Unsolved."""
    try:
        parts = line.args if isinstance(line, a.Or) else (line,)
        values = [v for part in parts for one in both_signs(part) for v in _of_one(one, name)]
    except (NotBuildable, TooLarge, Unfit, sympy.PolynomialError, sympy.CoercionFailed, *FAILURES) as problem:
        raise Unsolved(UNKNOWN) from problem
    return Solutions(tuple(dict.fromkeys(values)))


def _of_one(line: Node, name: str) -> list[sympy.Expr]:
    env = make_env(frozenset((name,)))
    z = env[name]
    if isinstance(line, a.Rel) and line.ops == ("=",) and all(is_value(side) for side in line.args) and a.symbols(line) == {name}:
        left, right = (sympy.expand(to_sympy(side, env)) for side in line.args)
        return _roots(sympy.expand(left - right), z)
    claim = claims_of(line, name)
    if claim.everything or claim.signs_doubtful:
        raise Unsolved("not a list of values")
    return [sympy.expand(to_sympy(node, env)) for node in claim.values]


def _roots(difference: sympy.Expr, z: sympy.Symbol) -> list[sympy.Expr]:
    """Exact roots: of a linear equation, or of one with rational coefficients whose factors are quadratic at most."""
    if not difference.is_polynomial(z):
        raise Unsolved(UNKNOWN)
    if sympy.degree(difference, z) == 1:
        slope = difference.coeff(z, 1)
        return [sympy.expand(sympy.radsimp(-difference.coeff(z, 0) / slope))]
    poly = Poly(difference, z, domain=QQ)
    factors = [f for f, _ in poly.factor_list()[1]]
    if poly.degree() > MOST_DEGREE or any(f.degree() > 2 for f in factors):
        raise Unsolved("too high a degree")
    return [sympy.expand(root) for f in factors for root in sympy.roots(f)]
