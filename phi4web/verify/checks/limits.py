"""Limits by the rules of calculus, each step exact: continuity, Taylor coefficients, and which kind of growth wins.

A route beside SymPy's own limits, which use another method. What the rules do not reach is Unknown, and never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from phi4web.verify.checks.base import GAVE_UP
from phi4web.verify.checks.enclose import Unclear, Undefined
from phi4web.verify.checks.zero import number_is_zero, to_sin_cos

T = sympy.Symbol("t_0", positive=True)
HIGHEST = 8  # Taylor coefficients looked at
MOST_DEPTH = 8
BOUNDED = sympy.Symbol("bounded")  # no limit, but between two bounds


class Unknown(Exception):
    """The rules here do not decide this limit."""


def exact_limit(expr: Any, x: Any, point: Any, side: str) -> Any:
    """The limit at a number or at ±oo from one side, ±oo where it grows without bound. None: not decided."""
    sign = 1 if side == "+" else -1
    place = point + sign * T
    if point.is_infinite:
        place = 1 / T if point == sympy.oo else -1 / T
    try:
        near = _tidy(expr.subs(x, place))
        value = None if near.has(sympy.I) else _limit(near, 0)
    except (Unknown, Unclear, Undefined, RecursionError, *GAVE_UP):
        return None
    return None if value == BOUNDED else value


def _tidy(expr: Any) -> Any:
    """Roots of fractions taken apart, with T positive: sqrt(1/t^2 + 1/t) as sqrt(1 + t)/t."""

    def opened(power: Any) -> Any:
        base, exponent = power.args
        return sympy.expand_power_base(sympy.factor(sympy.together(base)) ** exponent)

    expr = to_sin_cos(expr).replace(sympy.Abs, _without_size)
    return expr.replace(lambda e: e.is_Pow and e.exp.is_Rational and not e.exp.is_Integer and e.base.has(T), opened)


def _without_size(inner: Any) -> Any:
    """|u| as u or -u, whichever it is near 0."""
    try:
        sign = _sign(_limit(inner, 0)) or _side(inner, 0)
    except (Unknown, Unclear, Undefined, *GAVE_UP):
        return sympy.Abs(inner)
    return sign * inner


def _limit(expr: Any, depth: int) -> Any:
    if not expr.has(T):
        return _number(expr)
    if depth > MOST_DEPTH:
        raise Unknown
    for rule in (_composed, _taylor, _growth, _termwise):
        try:
            return rule(expr, depth + 1)
        except Unknown:
            continue
    raise Unknown


def _number(value: Any) -> Any:
    if value.is_infinite and value in (sympy.oo, -sympy.oo):
        return value
    if value.is_real is not True or value.has(sympy.zoo, sympy.nan):
        raise Unknown
    return value


def _sign(value: Any) -> int:
    """Of a number or ±oo; 0 with a proof. Raises Unknown."""
    if value in (sympy.oo, -sympy.oo):
        return 1 if value == sympy.oo else -1
    if value == BOUNDED:
        raise Unknown
    zero = number_is_zero(value)
    if zero is None:
        raise Unknown
    return 0 if zero else 1 if sympy.N(value, 30) > 0 else -1


def _composed(expr: Any, depth: int) -> Any:
    """By continuity, and the rules for infinite values."""
    if expr == T:
        return sympy.Integer(0)
    if expr.is_Add:
        return _sum([_limit(a, depth) for a in expr.args])
    if expr.is_Mul:
        return _product([_limit(a, depth) for a in expr.args])
    if expr.is_Pow or isinstance(expr, sympy.exp):
        base, exponent = (sympy.E, expr.args[0]) if isinstance(expr, sympy.exp) else expr.args
        return _power(base, exponent, depth)
    rule = FUNCTIONS.get(type(expr))
    if rule is None:
        raise Unknown
    return rule(_limit(expr.args[0], depth), expr.args[0], depth)


def _sum(values: list[Any]) -> Any:
    infinite = {v for v in values if v in (sympy.oo, -sympy.oo)}
    if len(infinite) > 1:
        raise Unknown
    if infinite:
        return infinite.pop()
    if BOUNDED in values:
        return BOUNDED
    return sympy.Add(*values)


def _product(values: list[Any]) -> Any:
    signs = [None if v == BOUNDED else _sign(v) for v in values]
    infinite = any(v in (sympy.oo, -sympy.oo) for v in values)
    if infinite and (0 in signs or None in signs):
        raise Unknown
    if 0 in signs:
        return sympy.Integer(0)
    if None in signs:
        return BOUNDED
    if not infinite:
        return sympy.Mul(*values)
    return sympy.oo * sympy.Mul(*(s for s in signs if s))


def _power(base: Any, exponent: Any, depth: int) -> Any:
    if base.is_number and base.is_negative and exponent.has(T):
        return _product([BOUNDED, _power(-base, exponent, depth)]) if base != -1 else BOUNDED
    if exponent.has(T) and not (base.is_number and base.is_positive):
        return _exponential(_limit(exponent * sympy.log(base), depth))
    if exponent.has(T):
        return _exponential(_limit(exponent, depth), base)
    if not exponent.is_Rational:
        return _exponential(_limit(exponent * sympy.log(base), depth))
    return _rational_power(_limit(base, depth), exponent, base, depth)


def _exponential(rate: Any, base: Any = sympy.E) -> Any:
    if rate == BOUNDED:
        return BOUNDED
    if rate in (sympy.oo, -sympy.oo):
        growth = _sign(sympy.log(base)) * _sign(rate)
        return (sympy.oo if growth > 0 else sympy.Integer(0)) if growth else _indeterminate()
    return base**rate


def _rational_power(value: Any, exponent: Any, base: Any, depth: int) -> Any:
    if value == BOUNDED:
        if exponent > 0 and exponent.is_Integer:
            return BOUNDED
        raise Unknown
    sign = _sign(value)
    if value.is_infinite:
        if sign < 0 and not exponent.is_Integer:
            raise Unknown
        return (sympy.oo * sign ** int(exponent) if exponent.is_Integer else sympy.oo) if exponent > 0 else sympy.Integer(0)
    if sign == 0:
        side = 1 if exponent.is_Integer and int(exponent) % 2 == 0 else _side(base, depth)
        if side < 0 and not exponent.is_Integer:
            raise Unknown
        return sympy.Integer(0) if exponent > 0 else sympy.oo * side
    if sign < 0 and not exponent.is_Integer:
        raise Unknown
    return value**exponent


def _side(expr: Any, depth: int) -> int:
    """Whether an expression that tends to 0 does so from above or from below. Raises Unknown."""
    if expr.is_positive or expr.is_negative:
        return 1 if expr.is_positive else -1
    return _sign(_leading(expr)[1])


def _indeterminate() -> Any:
    raise Unknown


def _continuous(function: Any) -> Callable[[Any, Any, int], Any]:
    def rule(value: Any, inner: Any, depth: int) -> Any:
        if value == BOUNDED or value.is_infinite:
            raise Unknown
        return _number(function(value))

    return rule


def _wave(function: Any) -> Callable[[Any, Any, int], Any]:
    def rule(value: Any, inner: Any, depth: int) -> Any:
        return BOUNDED if value == BOUNDED or value.is_infinite else function(value)

    return rule


def _logarithm(value: Any, inner: Any, depth: int) -> Any:
    sign = _sign(value)
    if value == sympy.oo:
        return sympy.oo
    if sign == 0 and _side(inner, depth) > 0:
        return -sympy.oo
    return sympy.log(value) if sign > 0 else _indeterminate()


def _levelling(function: Any, end: Any) -> Callable[[Any, Any, int], Any]:
    """arctan and tanh: a limit at infinity."""

    def rule(value: Any, inner: Any, depth: int) -> Any:
        if value == BOUNDED:
            return BOUNDED
        return end * _sign(value) if value.is_infinite else function(value)

    return rule


def _size(value: Any, inner: Any, depth: int) -> Any:
    return value if value == BOUNDED else sympy.oo if value.is_infinite else sympy.Abs(value)


def _signum(value: Any, inner: Any, depth: int) -> Any:
    return sympy.Integer(_sign(value) or _side(inner, depth))


FUNCTIONS: dict[Any, Callable[[Any, Any, int], Any]] = {
    sympy.sin: _wave(sympy.sin),
    sympy.cos: _wave(sympy.cos),
    sympy.log: _logarithm,
    sympy.atan: _levelling(sympy.atan, sympy.pi / 2),
    sympy.tanh: _levelling(sympy.tanh, sympy.Integer(1)),
    sympy.erf: _levelling(sympy.erf, sympy.Integer(1)),
    sympy.Abs: _size,
    sympy.sign: _signum,
    **{f: _continuous(f) for f in (sympy.tan, sympy.cot, sympy.sec, sympy.csc, sympy.asin, sympy.acos, sympy.sinh, sympy.cosh)},
}
# analytic everywhere on the real line
ENTIRE = (sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.atan, sympy.tanh, sympy.asinh, sympy.erf)
WITHOUT_BREAKS: tuple[Any, ...] = (*ENTIRE, sympy.asin, sympy.acos, sympy.Abs)


def _taylor(expr: Any, depth: int) -> Any:
    """Of a quotient of two functions that are analytic at 0, the first coefficients that are not zero."""
    order, coefficient = _leading(expr)
    if order > 0:
        return sympy.Integer(0)
    return coefficient if order == 0 else sympy.oo * _sign(coefficient)


def _leading(expr: Any) -> tuple[Any, Any]:
    """(n, c) of c·t^n, n rational. Raises Unknown."""
    roots = {p.exp.q for p in expr.atoms(sympy.Pow) if p.base == T and p.exp.is_Rational}
    step = sympy.ilcm(1, 1, *roots)
    top, bottom = sympy.fraction(sympy.together(expr.subs(T, T**step) if step > 1 else expr))
    high, first = _first_coefficient(top)
    low, second = _first_coefficient(bottom)
    return sympy.Rational(high - low, step), sympy.simplify(first / second)


def _first_coefficient(expr: Any) -> tuple[int, Any]:
    if not _analytic(expr):
        raise Unknown
    current = expr
    for order in range(HIGHEST + 1):
        value = current.subs(T, 0)
        zero = number_is_zero(value)
        if zero is None:
            raise Unknown
        if not zero:
            return order, value / sympy.factorial(order)
        current = sympy.diff(current, T)
    raise Unknown


def _analytic(expr: Any) -> bool:
    """Whether an expression surely has a Taylor series at 0."""
    if not expr.has(T) or expr == T:
        return True
    if not all(_analytic(a) for a in expr.args):
        return False
    if expr.is_Add or expr.is_Mul or isinstance(expr, ENTIRE):
        return True
    if expr.is_Pow:
        return _analytic_power(*expr.args)
    start = expr.args[0].subs(T, 0)
    if isinstance(expr, sympy.log):
        return _sign(start) > 0
    if isinstance(expr, sympy.tan | sympy.sec):
        return number_is_zero(sympy.cos(start)) is False
    if isinstance(expr, sympy.asin | sympy.acos):
        return _sign(1 - start**2) > 0
    return False


def _analytic_power(base: Any, exponent: Any) -> bool:
    if exponent.is_Integer and exponent >= 0:
        return True
    start = base.subs(T, 0)
    if exponent.is_Integer:
        return number_is_zero(start) is False
    return _sign(start) > 0


def _growth(expr: Any, depth: int) -> Any:
    """A product: e^(1/t) outgrows every power of t, and every power outgrows logarithms."""
    rate, logs, rest = sympy.Integer(0), sympy.Integer(1), sympy.Integer(1)
    for factor in sympy.Mul.make_args(sympy.powsimp(expr, combine="exp")):
        base, exponent = (sympy.E, factor.args[0]) if isinstance(factor, sympy.exp) else factor.as_base_exp()
        if exponent.has(T) and base.is_number and base.is_positive:
            rate += exponent * sympy.log(base)
        elif isinstance(base, sympy.log) and exponent.is_Rational and base.args[0].has(T) and _leading(base.args[0])[0] != 0:
            logs *= factor  # of a power of t, so that it grows without bound
        else:
            rest *= factor
    if rate == 0 and logs == 1:
        raise Unknown
    order, coefficient = _leading(rest)
    speed, weight = _leading(rate) if rate != 0 else (sympy.Integer(0), sympy.Integer(0))
    if speed < 0:
        if _sign(weight) < 0:
            return sympy.Integer(0)
        return sympy.oo * _sign(coefficient) * _eventual_sign(logs, depth)
    if rate == 0 and order > 0:
        return sympy.Integer(0)
    if rate == 0 and order < 0:
        return sympy.oo * _sign(coefficient) * _eventual_sign(logs, depth)
    raise Unknown


def _eventual_sign(logs: Any, depth: int) -> int:
    return 1 if logs == 1 else _sign(_limit(logs, depth)) or _indeterminate()


def _termwise(expr: Any, depth: int) -> Any:
    """A sum, multiplied out; or one whose first term outgrows all others."""
    opened = sympy.expand(expr)
    if opened != expr:
        return _limit(opened, depth)
    if not expr.is_Add:
        raise Unknown
    for term in expr.args:
        size = _limit(term, depth)
        others = [_limit(sympy.powsimp(other / term), depth) for other in expr.args if other != term]
        if size in (sympy.oo, -sympy.oo) and all(v != BOUNDED and _sign(v) == 0 for v in others):
            return size
    raise Unknown


def unbroken(expr: Any, x: Any, low: Any, high: Any) -> bool:
    """Whether a real expression surely is continuous between two ends: nothing is divided by, or a logarithm of, what is zero inside."""
    for part in sympy.preorder_traversal(expr):
        if part.is_Pow and part.exp.is_number and part.exp.is_negative:
            fine = _never_zero(part.base, x, low, high)
        elif isinstance(part, sympy.log):
            fine = _never_zero(part.args[0], x, low, high)
        else:
            fine = not part.is_Function or isinstance(part, WITHOUT_BREAKS) or not part.has(x)
        if not fine:
            return False
    return True


def _never_zero(part: Any, x: Any, low: Any, high: Any) -> bool:
    """No zero strictly between the ends."""
    if isinstance(part, sympy.Abs):
        part = part.args[0]
    if not part.has(x):
        return number_is_zero(part) is False
    if part.is_positive or part.is_negative:
        return True
    if not part.is_polynomial(x) or not all(e.is_Rational or e.is_infinite for e in (low, high)):
        return False
    poly = sympy.Poly(part, x)
    if not all(c.is_Rational for c in poly.coeffs()):
        return False
    ends = [None if e.is_infinite else e for e in (low, high)]
    at_ends = sum(1 for e in ends if e is not None and poly.eval(e) == 0)
    return bool(poly.sqf_part().count_roots(*ends) == at_ends)
