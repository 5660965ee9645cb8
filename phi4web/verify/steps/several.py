"""Equations in several letters: their factors, what follows from a few of them together, and a point that only one of two fits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import sympy
from sympy import QQ, Poly

from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.checks.base import shown
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.reading import places
from phi4web.verify.steps.solutions import FAILURES, UNKNOWN, Unsolved

MOST_LETTERS = 5
MOST_LINES = 8
MOST_DEGREE = 8
_SMALL = (1, 2, 3, 5)


def factors(line: Node) -> frozenset[Any]:
    """The irreducible factors over the rationals of left − right, without denominators. Raises Unsolved."""
    poly = _polynomial(line, make_env(a.symbols(line)))
    return frozenset(f.monic().as_expr() for f, _ in poly.factor_list()[1])


def _polynomial(line: Node, env: Any) -> Poly:
    if not (isinstance(line, a.Rel) and line.ops == ("=",)):
        raise Unsolved("not one equation")
    names = sorted(a.symbols(line))
    if not names or len(names) > MOST_LETTERS:
        raise Unsolved("no equation to compare")
    try:
        left, right = (to_sympy(side, env) for side in line.args)
        top = sympy.fraction(sympy.together(left - right))[0]
        poly = Poly(sympy.expand(top), *[env[n] for n in names], domain=QQ)
    except (NotBuildable, TooLarge, sympy.PolynomialError, sympy.CoercionFailed, *FAILURES) as problem:
        raise Unsolved(UNKNOWN) from problem
    if poly.is_zero or poly.total_degree() > MOST_DEGREE:
        raise Unsolved("no equation to compare")
    return poly


# -- lines taken together ---------------------------------------------------------------------------------------------------------


def together(lines: Iterable[Node], line: Node) -> str | None:
    """What a few equations say about another: "" when it follows from them, a witness when it contradicts their only solution.

    None: neither was shown. The equations must not contradict each other.
    """
    known = [part for one in lines for part in _equations(one)][-MOST_LINES:]
    asked = _equations(line)
    names = sorted(frozenset[str]().union(*(a.symbols(n) for n in known)))
    if not known or not asked or len(names) > MOST_LETTERS or not all(a.symbols(part) <= set(names) for part in asked):
        return None
    env = make_env(frozenset(names))
    try:
        basis = sympy.groebner([_polynomial(n, env).as_expr() for n in known], *[env[n] for n in names], order="lex", domain=QQ)
        if basis.exprs == [sympy.Integer(1)]:
            return None
        if all(basis.reduce(_polynomial(part, env).as_expr())[1] == 0 for part in asked):
            return ""
    except (Unsolved, sympy.PolynomialError, sympy.CoercionFailed, *FAILURES):
        return None
    point = _only_point(basis, [env[n] for n in names])
    rough = places(*known, *asked) is not None
    return None if point is None else next((w for part in asked if (w := _fails(part, env, point, rough))), None)


def _equations(line: Node) -> tuple[Node, ...]:
    parts = line.args if isinstance(line, a.And) else line.items if isinstance(line, a.Listing) else (line,)
    letters = [a.symbols(part) for part in parts]
    alternatives = len(parts) > 1 and isinstance(line, a.Listing) and len(set(letters)) < len(letters)  # x = 2, x = 3
    fit = not alternatives and all(isinstance(part, a.Rel) and part.ops == ("=",) and a.symbols(part) for part in parts)
    return tuple(parts) if fit and not any(isinstance(n, a.PlusMinus) for n in a.walk(line)) else ()


def _only_point(basis: Any, symbols: list[Any]) -> dict[Any, Any] | None:
    """The solution, when the equations have just one and it is rational."""
    if len(basis.exprs) != len(symbols) or any(Poly(e, *symbols).total_degree() != 1 for e in basis.exprs):
        return None
    solved = sympy.linsolve(basis.exprs, *symbols)
    values = next(iter(solved), ())
    return dict(zip(symbols, values, strict=True)) if values and all(v.is_Rational for v in values) else None


def _fails(line: Node, env: Any, point: dict[Any, Any], rough: bool = False) -> str | None:
    """The point with both sides of the line there, when they differ; `rough`: by more than roundings do."""
    assert isinstance(line, a.Rel)
    left, right = (to_sympy(side, env).subs(point) for side in line.args)
    if not (left.is_Rational and right.is_Rational) or left == right:
        return None
    if rough and 20 * abs(left - right) <= max(abs(left), abs(right)):
        return None
    used = {env[name] for name in a.symbols(line)}
    at = ", ".join(f"{s} = {shown(v)}" for s, v in point.items() if s in used)
    return f"at {at}, {shown(left)} ≠ {shown(right)}"


# -- one line rewritten -----------------------------------------------------------------------------------------------------------


def only_above(before: Node, after: Node) -> str | None:
    """A point in small numbers that fits the first equation and not the second, as words; None when none was found."""
    names = sorted(a.symbols(before))
    env = make_env(frozenset(names))
    if places(before, after) is not None:
        return None  # the difference may be a rounding
    try:
        poly = _polynomial(before, env)
        for name in reversed(names):
            if poly.degree(env[name]) != 1:
                continue
            others = [env[n] for n in names if n != name]
            for values in product(_SMALL, repeat=len(others)):
                point = dict(zip(others, map(sympy.Integer, values), strict=True))
                slope, rest = Poly(poly.as_expr().subs(point), env[name]).all_coeffs()[-2:] or (0, 0)
                witness = _fails(after, env, point | {env[name]: -rest / slope}) if slope else None
                if witness and _fails(before, env, point | {env[name]: -rest / slope}) is None:
                    return witness
    except (Unsolved, NotBuildable, TooLarge, sympy.PolynomialError, *FAILURES):
        return None
    return None


def root_of(after: Node) -> Node | None:
    """v² = R for a line v = √R; None for another line."""
    match after:
        case a.Rel(("=",), (a.Sym() as name, a.Func("sqrt", (inside,)))) if name.name not in a.symbols(inside):
            return a.Rel(("=",), (a.Pow(name, a.Num(2)), inside))
        case _:
            return None
