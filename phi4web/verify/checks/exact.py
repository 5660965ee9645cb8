"""Rational arithmetic straight from the formula, without SymPy: the second route for whole numbers and fractions."""

from __future__ import annotations

from fractions import Fraction

from phi4web.verify.latex.ast import Add, Div, Func, Mul, Neg, Node, Num, Percent, Pow

MOST_BITS = 40_000  # of a power; more is left to SymPy's gates


def divides_by_zero(node: Node) -> bool:
    """Whether rational arithmetic meets a division by zero."""
    try:
        _value(node)
    except ZeroDivisionError:
        return True
    except _Other:
        pass
    return False


def exact_value(node: Node) -> Fraction | None:
    """The value, or None for what is not rational arithmetic, divides by zero or is too large."""
    try:
        return _value(node)
    except (ZeroDivisionError, _Other):
        return None


class _Other(Exception):
    pass


def _value(node: Node) -> Fraction:
    match node:
        case Num(num, den):
            return Fraction(num, den)
        case Neg(arg):
            return -_value(arg)
        case Percent(arg):
            return _value(arg) / 100
        case Add(args):
            return sum((_value(a) for a in args), Fraction(0))
        case Mul(args):
            result = Fraction(1)
            for arg in args:
                result *= _value(arg)
            return result
        case Div(num, den):
            return _value(num) / _value(den)
        case Pow(base, exponent):
            return _power(_value(base), _value(exponent))
        case Func("abs", (arg,)):
            return abs(_value(arg))
        case _:
            raise _Other


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator != 1 or size * abs(exponent) > MOST_BITS:
        raise _Other
    return base ** int(exponent)
