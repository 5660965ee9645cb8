"""The real solutions of one line in one letter, complete or not at all.

Completeness does not rest on a solver: every radical and absolute value is eliminated by a resultant, so that the roots of the
polynomial that is left are a superset of the solutions, and each of them is then substituted into the line itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sympy
from sympy import QQ, Poly

from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.checks.base import Unfit, shown, shown_decimal
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.polynomial import denominators
from phi4web.verify.checks.roots import both_signs, claims_of
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.transcendental import power_values, without_logs

MOST_DEGREE = 24
MOST_RADICALS = 4
Bound = Literal["root", "logarithm", "odd power"]
FAILURES = (ArithmeticError, NotImplementedError, AttributeError, TypeError, ValueError, AssertionError, RecursionError)
UNKNOWN = "no way to find all solutions of this kind of line"


class Unsolved(Exception):
    """The solutions can't be found with a proof that none is missing."""


@dataclass(frozen=True, slots=True)
class Solutions:
    """Distinct exact real numbers. `everything`: all numbers where the line is defined. `double`: roots counted more than once."""

    values: tuple[Any, ...] = ()
    everything: bool = False
    double: tuple[Any, ...] = ()


def solutions(line: Node, name: str) -> Solutions:
    """All real solutions of an equation, or the values that a line such as x = 2 or x = 3 lists. Raises Unsolved."""
    try:
        return _solutions(line, name)
    except (NotBuildable, TooLarge, Unfit, sympy.PolynomialError, sympy.CoercionFailed, Unclear, Undefined) as problem:
        raise Unsolved(UNKNOWN) from problem
    except FAILURES as problem:
        raise Unsolved(UNKNOWN) from problem


def _solutions(line: Node, name: str) -> Solutions:
    if isinstance(line, a.Or | a.Listing | a.And) and all(isinstance(part, a.Rel) for part in _parts(line)):
        if isinstance(line, a.And) and not all(_gives_value(part, name) for part in line.args):
            raise Unsolved("several conditions at once")
        found = [_solutions(part, name) for part in _parts(line)]
        return Solutions(_distinct([v for s in found for v in s.values]), any(s.everything for s in found))
    if isinstance(line, a.Rel) and line.ops == ("=",) and sum(isinstance(n, a.PlusMinus) for n in a.walk(line)) == 1:
        signed = [_solutions(one, name) for one in both_signs(line)]
        return Solutions(_distinct([v for s in signed for v in s.values]), any(s.everything for s in signed))
    if isinstance(line, a.Rel) and line.ops == ("=",) and a.symbols(line) == {name} and not _lists_values(line, name):
        return _equation(line, name)
    claim = claims_of(line, name)
    if claim.everything or claim.signs_doubtful:
        raise Unsolved("not a list of values")
    return Solutions(_distinct([_number(node) for node in claim.values]))


def _parts(line: Node) -> tuple[Node, ...]:
    return line.items if isinstance(line, a.Listing) else line.args  # type: ignore[union-attr]


def _gives_value(part: Node, name: str) -> bool:
    return isinstance(part, a.Rel) and part.ops == ("=",) and part.args[0] == a.Sym(name) and not a.symbols(part.args[1])


def _lists_values(line: a.Rel, name: str) -> bool:
    return _gives_value(line, name)


def _number(node: Node) -> Any:
    value = to_sympy(node, {})
    if not isinstance(value, sympy.Expr) or value.has(sympy.I) or value.is_infinite:
        raise Unsolved("not a real number")
    enclose(value)
    return value


def _equation(line: a.Rel, name: str) -> Solutions:
    env = make_env(frozenset((name,)), real=True)
    x = env[name]
    left, right = (to_sympy(side, env) for side in line.args)
    if any(isinstance(n, a.Const) and n.name == "i" for n in a.walk(line)):
        raise Unsolved("complex numbers")
    forbidden = [to_sympy(d, env) for d in denominators(line)]
    bounds = list(_bounds(line, env))
    isolated = _isolated(left - right, x)
    if isolated is not None:
        return Solutions(tuple(v for v in isolated if _defined(v, x, forbidden, bounds)))
    if (powers := power_values(left - right, x)) is not None:
        return Solutions(tuple(v for v in powers if _defined(v, x, forbidden, bounds)))
    poly, eliminated = _without_functions(left - right, x)
    if poly.is_zero:
        if forbidden or bounds:
            raise Unsolved("both sides are equal, but not everywhere defined")
        return Solutions(everything=True)
    kept = [v for v in _real_roots(poly) if _defined(v, x, forbidden, bounds) and (not eliminated or _solves(left, right, x, v))]
    counted = _double(left - right, x, kept) if left.is_polynomial(x) and right.is_polynomial(x) else ()
    return Solutions(_distinct(kept), double=counted)


def _bounds(line: Node, env: dict[str, Any]) -> Iterator[tuple[Any, Bound]]:
    """What must not be negative, or zero in a logarithm: SymPy may simplify the root or the logarithm away."""
    for part in a.walk(line):
        root = isinstance(part, a.Func) and part.name in ("sqrt", "root")
        if isinstance(part, a.Func) and part.name == "root" and isinstance(part.args[1], a.Num) and part.args[1].num % 2:
            continue
        if isinstance(part, a.Func) and (root or part.name in ("ln", "log")) and a.symbols(part.args[0]):
            yield to_sympy(part.args[0], env), "root" if root else "logarithm"
        elif isinstance(part, a.Pow) and isinstance(part.exp, a.Div) and a.symbols(part.base):
            odd = isinstance(part.exp.den, a.Num) and part.exp.den.num % 2 == 1
            yield to_sympy(part.base, env), "odd power" if odd else "root"


def _defined(value: Any, x: Any, forbidden: list[Any], bounds: list[tuple[Any, Bound]]) -> bool:
    if any(_is_zero(d, x, value) for d in forbidden):
        return False
    for expr, kind in bounds:
        at = expr.subs(x, value)
        if number_is_zero(at):
            if kind == "logarithm":
                return False
            continue
        size = enclose(at)
        if size.a <= 0 <= size.b:
            raise Unsolved("a root or logarithm that may not be defined")
        if size.b < 0 and kind == "odd power":
            raise Unsolved("a power of a negative number, which has a real value or none")
        if size.b < 0:
            return False
    return True


def _isolated(difference: Any, x: Any) -> tuple[Any, ...] | None:
    """The solutions of a·x = c, a·b^(px+q) = c and a·ln(px + q) = c, which have one at most. None: it is not of this form."""
    if not difference.has(x):
        return None
    rest, part = difference.as_independent(x, as_Add=True)
    factor, core = part.as_independent(x, as_Add=False)
    value = -rest / factor
    if core == x:
        enclose(value)
        return (value,)
    if isinstance(core, sympy.log) and len(core.args) == 1:
        inner, target = core.args[0], sympy.exp(value)
    elif (isinstance(core, sympy.exp) or core.is_Pow) and not core.as_base_exp()[0].has(x):
        base, inner = core.as_base_exp()
        if not base.is_positive or base == 1:
            return None
        if number_is_zero(value) or enclose(value).b < 0:
            return ()
        target = sympy.log(value) / sympy.log(base)
    else:
        return None
    if not inner.is_polynomial(x) or sympy.degree(inner, x) != 1:
        return None
    slope = sympy.diff(inner, x)
    return (sympy.simplify((target - inner.subs(x, 0)) / slope),)


def _is_zero(expr: Any, x: Any, value: Any) -> bool:
    zero = number_is_zero(expr.subs(x, value))
    if zero is None:
        raise Unsolved("a denominator that may be zero")
    return zero


def _solves(left: Any, right: Any, x: Any, value: Any) -> bool:
    """Whether the value makes both sides real and equal."""
    for side in (left, right):
        try:
            enclose(side, {x: value})
        except Undefined:
            return False
        except Unclear:
            pass
    difference = (left - right).subs(x, value)
    if difference.is_real is False:
        return False
    zero = number_is_zero(difference)
    if zero is None:
        raise Unsolved("a root that could not be substituted")
    return zero


def _superset(difference: Any, x: Any) -> tuple[Poly, bool]:
    """A polynomial over the rationals that is zero wherever the difference is, and whether it may have more roots."""
    eliminated = False
    top = sympy.fraction(sympy.together(difference))[0]
    for _ in range(MOST_RADICALS):
        inner = next(_radicals(top, x), None)
        if inner is None:
            break
        eliminated = True
        base, order = inner
        t = sympy.Dummy("t")
        top = _with(top, base, order, t)
        condition = t**2 - base**2 if order == 0 else t**order - base
        top = sympy.resultant(sympy.fraction(sympy.together(top))[0], sympy.fraction(sympy.together(condition))[0], t)
        top = sympy.fraction(sympy.together(top))[0]
    poly = Poly(sympy.expand(top), x, domain=QQ)
    if poly.degree() > MOST_DEGREE:
        raise Unsolved("too high a degree")
    return poly, eliminated


def _without_functions(difference: Any, x: Any) -> tuple[Poly, bool]:
    free = without_logs(difference, x)
    return _superset(difference, x) if free is None else (_superset(free, x)[0], True)


def _radicals(expr: Any, x: Any) -> Iterator[tuple[Any, int]]:
    """Innermost roots as (radicand, order) and absolute values as (inside, 0)."""
    roots = [p for p in expr.atoms(sympy.Pow) if p.exp.is_Rational and not p.exp.is_Integer]
    sizes = list(expr.atoms(sympy.Abs))
    hard = [p.base for p in roots] + [s.args[0] for s in sizes]
    for base in sorted(set(hard), key=sympy.count_ops):
        inside = [p for p in (*base.atoms(sympy.Pow), *base.atoms(sympy.Abs)) if not (p.is_Pow and p.exp.is_Integer)]
        if not inside:
            orders = [int(p.exp.q) for p in roots if p.base == base]
            yield base, int(sympy.ilcm(1, *orders)) if orders else 0


def _with(expr: Any, base: Any, order: int, t: Any) -> Any:
    if order == 0:
        return expr.replace(lambda e: isinstance(e, sympy.Abs) and e.args[0] == base, lambda e: t)
    return expr.replace(
        lambda e: e.is_Pow and e.base == base and e.exp.is_Rational and not e.exp.is_Integer,
        lambda e: t ** int(e.exp * order),
    )


def _real_roots(poly: Poly) -> list[Any]:
    """Every real root once, exact."""
    if poly.degree() < 1:
        return []
    found: list[Any] = []
    for factor, _ in poly.factor_list()[1]:
        if factor.degree() <= 2:
            found += [r for r in sympy.roots(factor) if r.is_real]
        elif factor.count_roots():
            found += sympy.real_roots(factor)
    return found


def named(value: Any) -> str:
    """A solution for people. A root without a formula is shown by its decimals, from exact bounds alone."""
    return shown_decimal(value.eval_rational(n=12)) + "…" if isinstance(value, sympy.CRootOf) else shown(value)


def _double(difference: Any, x: Any, values: list[Any]) -> tuple[Any, ...]:
    poly = Poly(sympy.expand(difference), x)
    return tuple(v for v in values if v.is_Rational and poly.diff(x).eval(v) == 0)


def _distinct(values: list[Any]) -> tuple[Any, ...]:
    kept: list[Any] = []
    for value in values:
        if not any(same_number(value, other) for other in kept):
            kept.append(value)
    return tuple(kept)


def same_number(x: Any, y: Any) -> bool:
    """Raises Unsolved when two numbers can't be told apart nor proven equal."""
    if x == y:
        return True
    if isinstance(x, sympy.CRootOf) and isinstance(y, sympy.CRootOf):
        return False  # roots of irreducible polynomials: another polynomial or another index is another number
    if isinstance(x, sympy.CRootOf) or isinstance(y, sympy.CRootOf):
        root, other = (x, y) if isinstance(x, sympy.CRootOf) else (y, x)
        if number_is_zero(root.poly.as_expr().subs(root.poly.gen, other)) is False:
            return False
        raise Unsolved("two numbers that could not be told apart")
    zero = number_is_zero(x - y)
    if zero is None:
        raise Unsolved("two numbers that could not be told apart")
    return zero
