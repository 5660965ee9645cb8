"""Is it zero? Answers True only with a proof, False only with a certified bound, and None otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from phi4web.verify.checks.enclose import Unclear, Undefined, enclose

MOST_OPERATIONS = 400  # an expression longer than this is not simplified, only evaluated
MOST_DEGREE = 40
PROOF_DIGITS = 120


def number_is_zero(value: Any) -> bool | None:
    """Whether an exact number, real or complex, is zero."""
    if value.is_Rational:
        return bool(value == 0)
    if value.has(sympy.zoo, sympy.nan, sympy.oo) or value.free_symbols:
        return None
    parts = value.as_real_imag() if value.has(sympy.I) else (value,)
    known = [_real_is_zero(part) for part in parts]
    return False if False in known else None if None in known else True


def _real_is_zero(value: Any) -> bool | None:
    if value.is_Rational:
        return bool(value == 0)
    near = False
    for digits in (30, PROOF_DIGITS):
        try:
            bounds = enclose(value, digits=digits)
        except (Unclear, Undefined):
            continue
        if bounds.a > 0 or bounds.b < 0:
            return False
        near = True
    return True if near and any(proves(value) for proves in NUMBER_PROOFS) else None


def _by_minimal_polynomial(value: Any) -> bool:
    if value.count_ops() > 60:
        return False
    x = sympy.Dummy("x")
    try:
        return bool(sympy.minimal_polynomial(value, x) == x)
    except (NotImplementedError, sympy.SympifyError, ValueError, BasePolynomialError):
        return False


def _top(value: Any) -> Any:
    """The numerator. SymPy's way to clear roots from a denominator would read numbers from text, which no worker may do."""
    return sympy.expand(sympy.fraction(sympy.together(value))[0])


NUMBER_PROOFS: tuple[Callable[[Any], bool], ...] = (
    lambda v: bool(sympy.expand(v) == 0),
    lambda v: bool(sympy.expand(_top(v)) == 0),
    _by_minimal_polynomial,
    lambda v: bool(sympy.simplify(_top(v)) == 0),
)


def function_is_zero(difference: Any) -> bool:
    """A proof that an expression in real symbols is zero wherever it is defined. False only means: not proven."""
    if difference == 0:
        return True
    if difference.count_ops() > MOST_OPERATIONS:
        return False
    try:
        return any(result == 0 for result in _simpler(difference))
    except (ArithmeticError, NotImplementedError, ValueError, TypeError, AttributeError, BasePolynomialError):
        return False  # SymPy gave up on this form, which proves nothing


def _simpler(d: Any) -> Iterator[Any]:
    """Ever more costly forms of the same function."""
    yield sympy.expand(d)
    yield sympy.cancel(sympy.together(d))
    if d.has(sympy.tan, sympy.cot, sympy.sec, sympy.csc):
        d = to_sin_cos(d)
        yield sympy.cancel(sympy.together(d))
    if d.has(sympy.sin, sympy.cos):
        yield _over_circle(d)
    if d.has(sympy.sinh, sympy.cosh, sympy.tanh, sympy.coth, sympy.sech, sympy.csch):
        yield sympy.cancel(sympy.together(sympy.expand(d.rewrite(sympy.exp))))
    if d.has(sympy.Abs, sympy.sign):
        yield _over_absolute_values(d)
    if d.has(sympy.log):
        yield sympy.cancel(sympy.together(sympy.expand_log(d)))
    yield sympy.simplify(_top(d))


def to_sin_cos(d: Any) -> Any:
    sin, cos = sympy.sin, sympy.cos
    return (
        d.replace(sympy.tan, lambda a: sin(a) / cos(a))
        .replace(sympy.cot, lambda a: cos(a) / sin(a))
        .replace(sympy.sec, lambda a: 1 / cos(a))
        .replace(sympy.csc, lambda a: 1 / sin(a))
    )


def _over_circle(d: Any) -> Any:
    """The numerator with every sin²(a) written as 1 − cos²(a), double angles opened."""
    top = sympy.expand(sympy.expand_trig(sympy.fraction(sympy.together(d))[0]))
    for angle in {f.args[0] for f in top.atoms(sympy.sin)}:
        s, c = sympy.sin(angle), sympy.cos(angle)
        top = sympy.rem(top, s**2 + c**2 - 1, s) if top.is_polynomial(s) else top
        top = sympy.expand(top)
    return top


def _over_absolute_values(d: Any) -> Any:
    """The numerator with sign(a) written as |a|/a, and every |a|² as a². Holds where no a is zero."""
    d = d.replace(sympy.sign, lambda a: sympy.Abs(a) / a)
    top = sympy.expand(sympy.fraction(sympy.together(d))[0])
    for size in top.atoms(sympy.Abs):
        top = sympy.expand(sympy.rem(top, size**2 - size.args[0] ** 2, size)) if top.is_polynomial(size) else top
    return top
