"""Infinite series by proof: partial sums in closed form and their limit, and series that textbooks name.

A route beside SymPy's own summation. None: these classes do not hold the series.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy.concrete.gosper import gosper_term

from phi4web.verify.checks.base import GAVE_UP
from phi4web.verify.checks.limits import exact_limit
from phi4web.verify.checks.zero import function_is_zero, number_is_zero

MOST_LEFT_OUT = 50  # terms before the first one


def exact_sum(term: Any, k: Any, low: int) -> Any:
    """The sum from `low` to infinity, as an exact number. None: not found."""
    for route in ROUTES:
        try:
            value = route(term, k, low)
        except GAVE_UP:
            continue
        if value is not None:
            return value
    return None


def surely_diverges(term: Any, k: Any) -> bool:
    """The terms do not tend to 0, or are no smaller than a multiple of 1/k."""
    x = sympy.Symbol(k.name, real=True)
    smooth = term.replace(lambda e: e.is_Pow and e.base == -1, lambda e: sympy.Integer(1)).xreplace({k: x})
    limit = exact_limit(smooth, x, sympy.oo, "-")
    if limit is not None and (limit.is_infinite or number_is_zero(limit) is False):
        return True
    if smooth != term.xreplace({k: x}):
        return False
    beside = exact_limit(smooth * x, x, sympy.oo, "-")
    return beside is not None and bool(beside.is_infinite or number_is_zero(beside) is False)


def _telescoping(term: Any, k: Any, low: int) -> Any:
    """F with F(k+1) - F(k) = term, by Gosper's method and checked again; geometric series are among them."""
    factor = gosper_term(term, k)
    if factor is None:
        return None
    whole = sympy.simplify(factor * term)
    step = sympy.combsimp(sympy.powsimp(sympy.expand_power_exp((whole.subs(k, k + 1) - whole) / term)))
    if not function_is_zero(step - 1):
        return None
    x = sympy.Symbol(k.name, real=True)
    last = exact_limit(sympy.powsimp(whole.xreplace({k: x})), x, sympy.oo, "-")
    first = whole.subs(k, low)
    return None if last is None or last.is_infinite or not first.is_finite else sympy.simplify(last - first)


def _without(term: Any, k: Any, start: int, low: int, value: Any) -> Any:
    """The sum from `low` when the one from `start` is known."""
    if not 0 <= low - start <= MOST_LEFT_OUT:
        return None
    return sympy.simplify(value - sympy.Add(*(term.subs(k, n) for n in range(start, low))))


def _powers(term: Any, k: Any, low: int) -> Any:
    """c/k^s with s even: Euler's values."""
    for s in (2, 4, 6, 8):
        c = sympy.cancel(term * k**s)
        if not c.has(k):
            value = (-1) ** (s // 2 + 1) * sympy.bernoulli(s) * (2 * sympy.pi) ** s / (2 * sympy.factorial(s))
            return _without(term, k, 1, low, c * value)
    return None


def _exponential(term: Any, k: Any, low: int) -> Any:
    """P(k) r^k / k!: with falling factorials, each of which sums to r^j e^r."""
    ratio = sympy.combsimp(term * sympy.factorial(k))
    rate, rest = _geometric(ratio, k)
    if not rest.is_polynomial(k):
        return None
    left, total = sympy.Poly(rest, k), sympy.Integer(0)
    for j in range(left.degree() + 1):  # P(k) = c0 + c1 k + c2 k(k-1) + ...
        left, c = left.div(sympy.Poly(k - j, k))
        total += c.as_expr() * rate**j
        if left.is_zero:
            break
    return _without(term, k, 0, low, total * sympy.exp(rate))


def _geometric(term: Any, k: Any) -> tuple[Any, Any]:
    """(r, rest) of r^k · rest."""
    rate, rest = sympy.Integer(1), sympy.Integer(1)
    for factor in sympy.Mul.make_args(sympy.expand_power_exp(sympy.powdenest(term))):
        base, exponent = factor.as_base_exp()
        slope = sympy.diff(exponent, k) if exponent.has(k) else sympy.Integer(0)
        if slope != 0 and not slope.has(k) and not base.has(k):
            rate, rest = rate * base**slope, rest * base ** sympy.expand(exponent - slope * k)
        else:
            rest *= factor
    return sympy.simplify(rate), sympy.simplify(rest)


def _logarithmic(term: Any, k: Any, low: int) -> Any:
    """c r^k/k with -1 <= r < 1: the series of the logarithm."""
    rate, rest = _geometric(term, k)
    c = sympy.simplify(rest * k)
    if c.has(k) or not (rate.is_real and -1 <= rate < 1):
        return None
    return _without(term, k, 1, low, -c * sympy.log(1 - rate))


def _leibniz(term: Any, k: Any, low: int) -> Any:
    """c (-1)^k/(2k+1)"""
    rate, rest = _geometric(term, k)
    c = sympy.simplify(rest * (2 * k + 1))
    return None if c.has(k) or rate != -1 else _without(term, k, 0, low, c * sympy.pi / 4)


ROUTES: tuple[Callable[[Any, Any, int], Any], ...] = (_telescoping, _powers, _exponential, _logarithmic, _leibniz)
