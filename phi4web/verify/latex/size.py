"""How large would the exact value get? An estimate from below the leaves up, made before anything is worked out."""

from __future__ import annotations

from math import inf, lgamma, log, log10

from phi4web.errors import BadInput
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node

MAX_DIGITS = 10_000
MAX_FACTORIAL = 3_000
MAX_BINOMIAL = 10_000
MAX_TERMS = 100_000
MAX_NODES = 2_000
MAX_DEPTH = 100
MAX_ITEMS = 64
MAX_SIDE = 10
MAX_EXPONENT = 100_000  # of a symbol
MAX_EXPANDED = 5_000  # terms of a power of a sum


class TooLarge(BadInput):
    """Evaluating the formula could take too long or too much memory."""


def check_size(node: Node) -> None:
    """Raises TooLarge when exact evaluation could exceed the limits above."""
    _check_shape(node)
    _digits(node, {})


def _check_shape(node: Node) -> None:
    count, todo = 0, [(node, 1)]
    while todo:
        top, depth = todo.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise TooLarge("the formula has too many parts")
        below = list(a.children(top))
        limit = MAX_SIDE * MAX_SIDE if isinstance(top, a.Matrix) else MAX_ITEMS * 2
        if len(below) > limit or (isinstance(top, a.Matrix) and max(len(top.rows), len(top.rows[0])) > MAX_SIDE):
            raise TooLarge("a list or matrix has too many entries")
        todo.extend((child, depth + 1) for child in below)


def _digits(node: Node, bound: dict[str, float]) -> float | None:
    """log10 of the larger of numerator and denominator, at most; None for a formula with free symbols. `bound`: of bound variables."""
    match node:
        case a.Num(num, den):
            return max(log10(max(num, 1)) if num < 10**300 else len(str(num)), log10(den) if den < 10**300 else len(str(den)))
        case a.BaseNum(digits, base):
            return len(digits) * log10(base)
        case a.Sym(name):
            return bound.get(name)
        case a.Const(name):
            return inf if name == "inf" else 0.5
        case a.Pow(base, exp):
            return _power(base, exp, bound)
        case a.Func(name, args):
            return _function(name, args, bound)
        case a.Sum(expr, var, lo, hi) | a.Prod(expr, var, lo, hi):
            return _series(node, expr, var, lo, hi, bound)
        case _:
            return _together([_digits(child, bound) for child in a.children(node)])


def _together(parts: list[float | None]) -> float | None:
    known = [p for p in parts if p is not None and p != inf]
    total = sum(known)
    if total > MAX_DIGITS * 2:
        raise TooLarge("the exact value has too many digits")
    return None if len(known) < len(parts) else total


def _exponent_size(exp: Node, bound: dict[str, float]) -> float | None:
    """An upper bound of |exp|: exact for a fraction, from its digits for any other constant."""
    size = _digits(exp, bound)
    inner = exp.arg if isinstance(exp, a.Neg) else exp
    if isinstance(inner, a.Div) and isinstance(inner.num, a.Num):
        size = _digits(inner.num, bound)
    if isinstance(inner, a.Num) and inner.den != 1:
        return float(max(1, inner.num // inner.den + 1)) if inner.num < 10**300 else inf
    return None if size is None else 10**size if size < 300 else inf


def _power(base: Node, exp: Node, bound: dict[str, float]) -> float | None:
    digits, times = _digits(base, bound), _exponent_size(exp, bound)
    if times is None:
        return None
    if digits is None:
        _check_expansion(base, times)
        return None
    if max(digits, 0.31 if digits else 0.0) * times > MAX_DIGITS and digits != inf:
        raise TooLarge("a power has too many digits to work out exactly")
    return digits * times if digits != inf else inf


def _check_expansion(base: Node, times: float) -> None:
    if times > MAX_EXPONENT:
        raise TooLarge("a power is too high")
    if isinstance(base, a.Add):
        terms, count = 1.0, len(base.args)
        for k in range(1, count):
            terms *= (times + k) / k
        if terms > MAX_EXPANDED:
            raise TooLarge("a power of a sum has too many terms")


def _function(name: str, args: tuple[Node, ...], bound: dict[str, float]) -> float | None:
    sizes = [_digits(arg, bound) for arg in args]
    first = sizes[0]
    if first is None or first == inf:
        return None
    value = 10**first if first < 300 else inf
    if name in ("factorial", "factorial2", "gamma", "perm"):
        _limit(value, MAX_FACTORIAL, name)
        return lgamma(value + 1) / log(10)
    if name == "binom":
        _limit(value, MAX_BINOMIAL, name)
        return value * 0.302
    if name in ("zeta", "harmonic"):
        _limit(value, 1_000, name)
        return value
    if name == "totient":
        _limit(value, 1e15, name)
    if name in ("exp", "sinh", "cosh"):
        _limit(value, MAX_DIGITS * 2, name)
        return value * 0.44
    return _together(sizes)


def _limit(value: float, most: float, name: str) -> None:
    if value > most * 1.000001:
        raise TooLarge(f"the number in {name} is too large")


def _series(node: Node, expr: Node, var: a.Sym, lo: Node, hi: Node, bound: dict[str, float]) -> float | None:
    low, high = _digits(lo, bound), _digits(hi, bound)
    if low is None or high is None or inf in (low, high):
        _digits(expr, {k: v for k, v in bound.items() if k != var.name})
        return None
    last = max(low, high)
    terms = 10**last if last < 300 else inf
    if terms > MAX_TERMS:
        raise TooLarge("a sum or product has too many terms")
    each = _digits(expr, bound | {var.name: last})
    if each is not None and each * terms > 5_000_000:
        raise TooLarge("a sum or product is too long to work out exactly")
    return None if each is None else each * terms if isinstance(node, a.Prod) else each + last
