"""Certified bounds: the real value of an expression at a point as an interval that surely contains it.

Rigorous as far as mpmath's interval arithmetic is. Functions that mpmath has no interval form of are monotone on the
intervals used here; their ends are computed with spare digits and widened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sympy
from mpmath import iv, mp

SPARE_DIGITS = 15


class Undefined(Exception):
    """The expression surely has no real value at the point."""


class Unclear(Exception):
    """The interval is too wide to tell, or the expression holds something without an interval form."""


def enclose(expr: Any, point: Mapping[Any, Any] | None = None, digits: int = 40) -> Any:
    """An mpmath interval around the value of `expr` where each symbol of `point` has its exact value.

    Raises Undefined or Unclear.
    """
    with _precision(digits):
        values = {symbol: _at(value, {}) for symbol, value in (point or {}).items()}
        return _at(expr, values)


def over(expr: Any, symbol: Any, low: Any, high: Any, digits: int = 30) -> Any:
    """Bounds of `expr` for all values of `symbol` in [low, high] (mpmath numbers). A function with jumps is Unclear across one.

    Raises Undefined where it surely has no value anywhere in there, or Unclear.
    """
    with _precision(digits):
        return _at(expr, {symbol: iv.mpf([low, high])})


def between(expr: Any, symbol: Any, low: Any, high: Any, digits: int = 60) -> Any:
    """As `over`, for ends that are exact numbers."""
    with _precision(digits):
        ends = _at(low, {}), _at(high, {})
        return _at(expr, {symbol: iv.mpf([ends[0].a, ends[1].b])})


@contextmanager
def _precision(digits: int) -> Iterator[None]:
    before = iv.dps, mp.dps
    iv.dps, mp.dps = digits, digits + SPARE_DIGITS
    try:
        yield
    finally:
        iv.dps, mp.dps = before


def _at(expr: Any, values: Mapping[Any, Any]) -> Any:
    if expr.is_Rational:
        return iv.mpf(int(expr.p)) / int(expr.q)
    if expr.is_Symbol:
        if expr not in values:
            raise Unclear(str(expr))
        return values[expr]
    if expr is sympy.pi:
        return +iv.pi
    if expr is sympy.E:
        return iv.exp(1)
    if expr.is_Add:
        return sum((_at(a, values) for a in expr.args[1:]), _at(expr.args[0], values))
    if expr.is_Mul:
        result = _at(expr.args[0], values)
        for factor in expr.args[1:]:
            result = result * _at(factor, values)
        return result
    if expr.is_Pow:
        return _power(expr.base, expr.exp, values)
    handler = FUNCTIONS.get(type(expr))
    if handler is None:
        raise Unclear(type(expr).__name__)
    return handler(*(_at(a, values) for a in expr.args))


def _power(base: Any, exponent: Any, values: Mapping[Any, Any]) -> Any:
    bottom = _at(base, values)
    if exponent.is_Integer:
        return bottom ** int(exponent) if exponent > 0 else _inverse(bottom ** int(-exponent))
    top = _at(exponent, values)
    if bottom.b < 0:
        raise Undefined("a negative number to a power that is not an integer")
    if bottom.a > 0:
        return iv.exp(top * iv.log(bottom))
    if bottom.b == 0:
        if top.a > 0:
            return iv.mpf(0)
        if top.b < 0:
            raise Undefined("a division by zero")
        raise Unclear("zero to the power zero")
    if bottom.a == 0 and top.a > 0:
        return iv.mpf([0, iv.exp(top * iv.log(iv.mpf(bottom.b))).b])
    raise Unclear("a power near zero")


def _inverse(x: Any) -> Any:
    if x.a == 0 and x.b == 0:
        raise Undefined("a division by zero")
    if x.a <= 0 <= x.b:
        raise Unclear("a division near zero")
    return 1 / x


def _log(x: Any, base: Any = None) -> Any:
    if base is not None:
        return _log(x) * _inverse(_log(base))
    if x.b <= 0:
        raise Undefined("the logarithm of a number that is not positive")
    if x.a <= 0:
        raise Unclear("a logarithm near zero")
    return iv.log(x)


def _rising(function: Callable[[Any], Any], low: float | None = None, high: float | None = None) -> Callable[[Any], Any]:
    """An increasing function on [low, high], from its values at the ends."""

    def handler(x: Any) -> Any:
        if (low is not None and x.b < low) or (high is not None and x.a > high):
            raise Undefined("outside the domain of an inverse function")
        if (low is not None and x.a < low) or (high is not None and x.b > high):
            raise Unclear("at the edge of a domain")
        room = mp.mpf(10) ** (-mp.dps + 5)
        ends = [function(mp.mpf(x.a)), function(mp.mpf(x.b))]
        return iv.mpf([ends[0] - room * (1 + abs(ends[0])), ends[1] + room * (1 + abs(ends[1]))])

    return handler


def _abs(x: Any) -> Any:
    return x if x.a >= 0 else -x if x.b <= 0 else iv.mpf([0, max(-x.a, x.b)])


def _sign(x: Any) -> Any:
    if x.a > 0:
        return iv.mpf(1)
    if x.b < 0:
        return iv.mpf(-1)
    if x.a == x.b == 0:
        return iv.mpf(0)
    raise Unclear("a sign near zero")


def _step(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def handler(x: Any) -> Any:
        low, high = function(mp.mpf(x.a)), function(mp.mpf(x.b))
        if low != high:
            raise Unclear("at a step")
        return iv.mpf(low)

    return handler


def _sinh(x: Any) -> Any:
    return (iv.exp(x) - iv.exp(-x)) / 2


def _cosh(x: Any) -> Any:
    return (iv.exp(x) + iv.exp(-x)) / 2


def _max(*xs: Any) -> Any:
    return iv.mpf([max(x.a for x in xs), max(x.b for x in xs)])


def _min(*xs: Any) -> Any:
    return iv.mpf([min(x.a for x in xs), min(x.b for x in xs)])


FUNCTIONS: dict[type, Callable[..., Any]] = {
    sympy.exp: lambda x: iv.exp(x),
    sympy.log: _log,
    sympy.sin: lambda x: iv.sin(x),
    sympy.cos: lambda x: iv.cos(x),
    sympy.tan: lambda x: iv.sin(x) * _inverse(iv.cos(x)),
    sympy.cot: lambda x: iv.cos(x) * _inverse(iv.sin(x)),
    sympy.sec: lambda x: _inverse(iv.cos(x)),
    sympy.csc: lambda x: _inverse(iv.sin(x)),
    sympy.asin: _rising(mp.asin, -1, 1),
    sympy.acos: lambda x: -_rising(lambda t: -mp.acos(t), -1, 1)(x),
    sympy.atan: _rising(mp.atan),
    sympy.acot: lambda x: _rising(mp.atan)(_inverse(x)),
    sympy.asec: lambda x: -_rising(lambda t: -mp.acos(t), -1, 1)(_inverse(x)),
    sympy.acsc: lambda x: _rising(mp.asin, -1, 1)(_inverse(x)),
    sympy.sinh: _sinh,
    sympy.cosh: _cosh,
    sympy.tanh: lambda x: _sinh(x) / _cosh(x),
    sympy.coth: lambda x: _cosh(x) * _inverse(_sinh(x)),
    sympy.sech: lambda x: 1 / _cosh(x),
    sympy.csch: lambda x: _inverse(_sinh(x)),
    sympy.asinh: _rising(mp.asinh),
    sympy.acosh: _rising(mp.acosh, 1),
    sympy.atanh: _rising(mp.atanh, -1, 1),
    sympy.erf: _rising(mp.erf),
    sympy.Abs: _abs,
    sympy.sign: _sign,
    sympy.floor: _step(mp.floor),
    sympy.ceiling: _step(mp.ceil),
    sympy.Max: _max,
    sympy.Min: _min,
}
