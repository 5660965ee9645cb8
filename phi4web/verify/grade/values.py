"""Are two formulas equal? Exact where it can be proved; else numbers at two precisions with relative tolerance, and a witness if not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy import S

from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.latex.expand import real_roots
from phi4web.verify.latex.plain import plain

DIGITS = 130
POINTS = 8
_SEEDS = [
    sympy.Rational(p, q)
    for p, q in ((7, 5), (-13, 11), (22, 9), (5, 13), (-17, 6), (31, 8), (-4, 9), (53, 12), (19, 7), (-29, 10), (3, 17), (43, 15))
]
_WHOLE = [sympy.Integer(n) for n in (3, 5, 2, 7, 4, 6, 9, 8)]
_UNWORKED = (a.Integral, a.Limit, a.Sum, a.Prod, a.Deriv)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`equal` None: undecided. `exact`: proved, not only seen in numbers. `note`: why, in words of ours."""

    equal: bool | None
    note: str = ""
    exact: bool = True


EQUAL = Outcome(True)


def equal_values(x: Node, y: Node, prove: bool = False) -> Outcome:
    """Compares two formulas whose symbols are real numbers. `prove`: try harder for an exact proof."""
    if x == y:
        return EQUAL
    x, y = _shared_harmonic(_opaque(x), _opaque(y))
    y = _renamed_parameter(x, y)
    names = a.symbols(x) | a.symbols(y)
    try:
        env = make_env(frozenset(names), real=True)
        left, right = to_sympy(x, env), to_sympy(y, env)
    except (NotBuildable, TooLarge) as error:
        return Outcome(None, error.message)
    if not (isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr)):
        return Outcome(None, "not numbers")
    outcome = _functions(left, right, prove) if names else _numbers(left, right, prove)
    if outcome.equal is False and len(env) == 1 and _is_periodic(x) and names <= frozenset("klmn") and _same_family(left, right):
        return Outcome(True, "the same values for all whole numbers")
    if outcome.equal is False and (rooted := (real_roots(x), real_roots(y))) != (x, y):
        return _with_real_roots(rooted, env, outcome, prove)
    return outcome


def _with_real_roots(rooted: tuple[Node, Node], env: dict[str, Any], before: Outcome, prove: bool) -> Outcome:
    try:
        left, right = to_sympy(rooted[0], env), to_sympy(rooted[1], env)
    except (NotBuildable, TooLarge):
        return before
    second = _numbers(left, right, prove) if not env else _functions(left, right, prove)
    return Outcome(True, "with real roots", second.exact) if second.equal else before


def worked_out(node: Node) -> bool:
    """Is it an answer, or still an integral, sum, limit or derivative to work out?"""
    return not any(isinstance(n, _UNWORKED) for n in a.walk(node))


def decimals(node: Node) -> bool:
    return any(isinstance(n, a.Num) and n.places is not None for n in a.walk(node))


# -- numbers --------------------------------------------------------------------------------------------------------------------


def _numbers(left: Any, right: Any, prove: bool) -> Outcome:
    if left == right:
        return EQUAL
    if left.is_Rational and right.is_Rational:
        return Outcome(False, f"{_short(left)} is not {_short(right)}")
    if left.is_infinite or right.is_infinite:
        return Outcome(left == right or None if left.is_infinite and right.is_infinite else False, "one is infinite")
    open_work = (left - right).has(sympy.Integral, sympy.Limit, sympy.Sum, sympy.Product)
    for digits in (25,) if open_work else (40, DIGITS):  # more digits of an integral take seconds
        near = _near(_digits(left, digits), _digits(right, digits), digits - 10)
        if near is None:
            return Outcome(None, "no digits could be worked out")
        if not near:
            return Outcome(False, f"{_shown(left)} is not {_shown(right)}")
    if open_work:
        return Outcome(True, "equal to 15 digits", exact=False)
    if _certainly_not_zero(left - right):
        return Outcome(False, "they differ by very little, but certainly")
    if prove and _is_zero(left - right):
        return EQUAL
    return Outcome(True, f"equal to {DIGITS - 10} digits", exact=False)


def _digits(value: Any, digits: int, at: dict[Any, Any] | None = None) -> Any:
    """The value as a SymPy number with that many digits, or None."""
    try:
        found = value.evalf(digits, subs=at, maxn=4 * digits) if at else value.evalf(digits, maxn=4 * digits)
    except Exception:  # SymPy's numeric code raises many kinds outside a function's domain
        return None
    return (
        found
        if found.is_number and not found.has(S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity) and _has_digits(found)
        else None
    )


def _has_digits(value: Any) -> bool:
    re, im = value.as_real_imag()
    return all(part.is_Float or part.is_Rational for part in (re, im))


def _near(x: Any, y: Any, digits: int) -> bool | None:
    if x is None or y is None:
        return None
    scale = max(abs(x), abs(y))
    if scale == 0:
        return True
    return bool(abs(x - y) <= scale * sympy.Rational(1, 10**digits))


def _certainly_not_zero(difference: Any) -> bool:
    """A difference with true digits of its own, however small: SymPy marks digits that it can't vouch for by a precision of 1."""
    found = _digits(difference, 20)
    parts = found.as_real_imag() if found is not None else ()
    return any(part != 0 and (part.is_Rational or (part.is_Float and part._prec > 1)) for part in parts)


def _is_zero(value: Any) -> bool:
    """Proved to be zero, by exact algebra alone."""
    if value.is_zero:
        return True
    for step in (sympy.expand, sympy.radsimp, sympy.cancel, sympy.trigsimp, sympy.simplify):
        if sympy.count_ops(value) > 400:
            return False
        try:
            if step(value) == 0:
                return True
        except Exception:  # a rewriting that does not apply proves nothing
            continue
    if value.is_number and value.is_algebraic:
        x = sympy.Dummy()
        return bool(sympy.minimal_polynomial(value, x) == x)
    return False


def _shown(value: Any) -> str:
    digits = _digits(value, 12)
    return str(digits) if digits is not None else "the other"


def _short(value: Any) -> str:
    if value.p.bit_length() + value.q.bit_length() > 130:
        return _shown(value)
    return str(value.p) if value.q == 1 else f"{value.p}/{value.q}"


# -- functions ------------------------------------------------------------------------------------------------------------------


def _functions(left: Any, right: Any, prove: bool) -> Outcome:
    if left == right:
        return EQUAL
    difference = left - right
    if difference == 0 or (sympy.count_ops(difference) < 300 and _expanded(difference) == 0):
        return EQUAL
    if difference.has(sympy.Integral, sympy.Derivative, sympy.Limit):
        left, right = left.doit(), right.doit()
    outcome = _sampled(left, right)
    if outcome.equal and prove and _is_zero(left - right):
        return EQUAL
    return outcome


def _expanded(value: Any) -> Any:
    try:
        return sympy.expand(value)
    except Exception:
        return value


def points(names: list[Any], whole: bool) -> list[dict[Any, Any]]:
    """Values for the symbols: fractions of both signs, none special; positive integers where the formula needs them."""
    seeds = _WHOLE if whole else _SEEDS
    return [{name: seeds[(k + 5 * i + i * k) % len(seeds)] for i, name in enumerate(names)} for k in range(POINTS)]


def needs_integers(*values: Any) -> bool:
    heads = (sympy.Sum, sympy.Product, sympy.factorial, sympy.factorial2, sympy.binomial, sympy.harmonic, sympy.ff, sympy.Mod)
    for value in values:
        if value.has(*heads):
            return True
        if any(p.base.is_negative and p.exp.free_symbols for p in value.atoms(sympy.Pow) if p.base.is_number):
            return True
    return False


def _sampled(left: Any, right: Any) -> Outcome:
    names = sorted(left.free_symbols | right.free_symbols, key=str)
    agreed = 0
    for at in points(names, needs_integers(left, right)):
        x, y = _at(left, at), _at(right, at)
        near = _near(x, y, 18)
        if near is False:
            where = ", ".join(f"{name} = {value}" for name, value in at.items())
            return Outcome(False, f"they differ at {where}"[:200])
        agreed += near is True
    return (
        Outcome(True, f"equal at {agreed} points", exact=False)
        if agreed >= 3
        else Outcome(None, "no points in common where both have a value")
    )


def _at(value: Any, at: dict[Any, Any]) -> Any:
    if value.has(sympy.Sum, sympy.Product, sympy.Piecewise):
        value = value.subs(at).doit()
        return _digits(value, 30)
    return _digits(value, 30, at)


# -- a constant of integration, a factor ----------------------------------------------------------------------------------------


def differ_by_constant(x: Node, y: Node) -> Outcome:
    """Is x - y a constant? By exact algebra on the derivatives, else at points."""
    names = a.symbols(x) | a.symbols(y)
    try:
        env = make_env(frozenset(names), real=True)
        difference = to_sympy(x, env) - to_sympy(y, env)
        slopes = [sympy.diff(difference, s) for s in sorted(difference.free_symbols, key=str)]
    except (NotBuildable, TooLarge) as error:
        return Outcome(None, error.message)
    outcomes = [_functions(slope, S.Zero, False) if slope.free_symbols else Outcome(bool(slope == 0)) for slope in slopes]
    if all(o.equal for o in outcomes):
        return Outcome(True, "equal up to the constant", all(o.exact for o in outcomes))
    return Outcome(False if any(o.equal is False for o in outcomes) else None, "they differ by more than a constant")


def proportional(x: Node, y: Node, positive: bool = False) -> Outcome:
    """Is x = k·y for a constant k that isn't zero (or is positive)? Then x = 0 and y = 0 say the same."""
    x, y = _opaque(x), _opaque(y)
    names = a.symbols(x) | a.symbols(y)
    try:
        env = make_env(frozenset(names), real=True)
        left, right = to_sympy(x, env), to_sympy(y, env)
    except (NotBuildable, TooLarge) as error:
        return Outcome(None, error.message)
    if left == 0 or right == 0:
        return Outcome(bool(left == right))
    ratio = sympy.cancel(left / right) if sympy.count_ops(left) + sympy.count_ops(right) < 200 else left / right
    if ratio.is_number:
        return Outcome(bool(ratio.is_positive) if positive else bool(ratio.is_nonzero), "a multiple of it")
    return _constant_ratio(left, right, names, positive)


def _constant_ratio(left: Any, right: Any, names: frozenset[str], positive: bool) -> Outcome:
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    first: Any = None
    for at in points(symbols, needs_integers(left, right)):
        x, y = _at(left, at), _at(right, at)
        if x is None or y is None or y == 0:
            continue
        ratio = x / y
        if first is not None and not _near(first, ratio, 15):
            return Outcome(False, "not the same equation")
        first = ratio
    if first is None or first == 0:
        return Outcome(None, "no points where both sides have a value")
    return Outcome(bool(first > 0) if positive and first.is_real else True, "a multiple of it", exact=False)


# -- unknown functions ----------------------------------------------------------------------------------------------------------


def _opaque(node: Node) -> Node:
    """f(x), y'' and dy/dx as symbols of their own: equal only to themselves."""

    def change(n: Node) -> Node:
        if isinstance(n, a.Call):
            return a.Sym(f"call:{plain(n)}")
        if isinstance(n, a.Deriv) and isinstance(n.expr, a.Sym):
            return a.Sym(f"call:{n.expr.name}{chr(39) * sum(k for _, k in n.by)}" if len(n.by) == 1 else f"call:{plain(n)}")
        return n

    return a.rebuild(node, change)


def _renamed_parameter(x: Node, y: Node) -> Node:
    """π/3 + 2nπ in the letter of π/3 + 2kπ: of a family over the integers the letter doesn't matter."""
    mine, theirs = a.symbols(x) - a.symbols(y), a.symbols(y) - a.symbols(x)
    if not (_is_periodic(x) and len(mine) == len(theirs) == 1 and mine | theirs <= frozenset("klmn")):
        return y
    old, new = next(iter(theirs)), next(iter(mine))
    return a.rebuild(y, lambda n: a.Sym(new) if n == a.Sym(old) else n)


def _is_periodic(node: Node) -> bool:
    return any(n == a.Const("pi") or isinstance(n, a.Degree) for n in a.walk(node))


def _same_family(left: Any, right: Any) -> bool:
    """5π/4 - kπ and π/4 + kπ: over the integers the same step either way, and starts that lie whole steps apart."""
    k = next(iter(left.free_symbols | right.free_symbols))
    steps = [sympy.diff(side, k) for side in (left, right)]
    if any(step.free_symbols or step == 0 for step in steps):
        return False
    ratio, apart = (sympy.simplify(v) for v in (steps[0] / steps[1], (left - right).subs(k, 0) / steps[1]))
    return bool(abs(ratio) == 1 and apart.is_Integer)


def _shared_harmonic(x: Node, y: Node) -> tuple[Node, Node]:
    """H_n is the harmonic number where the other side is a sum."""
    if not any(isinstance(n, a.Sum) for side in (x, y) for n in a.walk(side)):
        return x, y

    def change(n: Node) -> Node:
        if isinstance(n, a.Sym) and n.name.startswith("H_") and len(n.name) == 3:
            index: Node = a.Num(int(n.name[2])) if n.name[2].isdigit() else a.Sym(n.name[2])
            return a.Func("harmonic", (index,))
        return n

    return a.rebuild(x, change), a.rebuild(y, change)
