"""Answers written as decimals: what they claim, and whether an exact value rounds to them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import sympy

from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Mul, Neg, Node, Num, Percent, Pow
from phi4web.verify.problem.statement import Rounding

FEWEST_DIGITS = 3  # a decimal with fewer digits says too little, unless the question asked for it


@dataclass(frozen=True, slots=True)
class Written:
    """A decimal as written: its value and the worth of one unit in its last place."""

    value: Fraction
    unit: Fraction

    @property
    def digits(self) -> int:
        """How many digits count."""
        return len(str(abs(self.value) // self.unit).lstrip("0")) if self.unit and self.value else 1

    def __str__(self) -> str:
        """The decimal with all its places."""
        places = max(0, len(str(self.unit.denominator)) - 1)
        sign, size = "-" if self.value < 0 else "", abs(self.value)
        whole = str(int(size * 10**places)).rjust(places + 1, "0")
        return sign + (f"{whole[:-places]}.{whole[-places:]}" if places else whole)

    def rational(self) -> Any:
        return sympy.Rational(self.value.numerator, self.value.denominator)


def as_written(node: Node, integers: bool = False) -> Written | None:
    """The decimal that a node is: 0.75, -1.5, 2.5%, 9.836 × 10^-1. None for anything else. `integers`: 7 counts too."""
    if isinstance(node, Neg):
        inner = as_written(node.arg, integers)
        return Written(-inner.value, inner.unit) if inner else None
    if isinstance(node, Percent):
        inner = as_written(node.arg, integers)
        return Written(inner.value / 100, inner.unit / 100) if inner else None
    if isinstance(node, Num):
        if node.places is None and not (integers and node.den == 1):
            return None
        return Written(Fraction(node.num, node.den), Fraction(1, 10 ** (node.places or 0)))
    if isinstance(node, Mul) and len(node.args) == 2:
        return _scientific(*node.args)
    return None


def as_asked(node: Node, rounding: Rounding | None) -> Written | None:
    """The same where the question may ask for whole numbers, tens or few digits: then 10 may stand for anything near it."""
    written = as_written(node, integers=rounding is not None)
    if written is None or rounding is None or written.unit != 1:
        return written
    left = len(str(abs(int(written.value)))) - rounding.digits if rounding.digits is not None else -(rounding.places or 0)
    unit = Fraction(10) ** max(0, left)
    return Written(written.value, unit) if written.value % unit == 0 else written


def _scientific(head: Node, power: Node) -> Written | None:
    if not isinstance(power, Pow) or power.base != Num(10):
        return None
    exponent = (
        -power.exp.arg.num
        if isinstance(power.exp, Neg) and isinstance(power.exp.arg, Num)
        else power.exp.num
        if isinstance(power.exp, Num)
        else None
    )
    front = as_written(head, integers=True)
    if exponent is None or front is None or abs(exponent) > 300:
        return None
    scale = Fraction(10) ** exponent
    return Written(front.value * scale, front.unit * scale)


Rounds = Literal["exact", "rounded", "wrong", "unclear"]


def rounds_to(value: Any, written: Written) -> Rounds:
    """Whether the exact real number `value` is the decimal, rounds to it, or surely does not."""
    gap = value - written.rational()
    zero = number_is_zero(gap)
    if zero:
        return "exact"
    half = sympy.Rational(written.unit.numerator, 2 * written.unit.denominator)
    try:
        bounds, limit = enclose(sympy.Abs(gap), digits=60), enclose(half, digits=60)
    except (Unclear, Undefined):
        return "unclear"
    if bounds.b < limit.a:
        return "rounded"
    if bounds.a > limit.b:
        return "wrong"
    # a tie goes away from zero, as taught in schools; nobody is refuted for the other custom
    away = gap.is_Rational and abs(gap) == half and abs(written.rational()) > abs(value)
    return "rounded" if away else "unclear"


def rounding_unit(value: Any, rounding: Rounding | None) -> int | None:
    """Ten, a hundred, ... when that is what a rational number is to be rounded to. None: to a whole number, or finer."""
    if rounding is None:
        return None
    if rounding.digits is not None:
        before = len(str(int(abs(value)))) if abs(value) >= 1 else 0
        return int(10 ** (before - rounding.digits)) if before > rounding.digits > 0 else None
    return int(10**-rounding.places) if rounding.places is not None and rounding.places < 0 else None


def fits(written: Written, rounding: Rounding | None, value: Any = None) -> bool:
    """Whether a decimal has as many places or digits as the question asked for (or enough, when it asked for none).

    `value`: what is rounded, where it is known. 0.0785 to one digit is 0.08: digits count from the value's first one, not from that of 0.1.
    """
    if rounding is None:
        return written.digits >= FEWEST_DIGITS
    if rounding.places is not None:
        return (
            written.unit == Fraction(1, 10) ** rounding.places if rounding.places >= 0 else written.unit <= Fraction(10) ** -rounding.places
        )
    if rounding.digits is None or not written.value:
        return False
    finer = written.digits - rounding.digits
    power_of_ten = abs(written.value / written.unit) == 10 ** (written.digits - 1)
    return (finer == 0 or (finer == 1 and power_of_ten)) and _carried(written, rounding.digits, value)


def _carried(written: Written, digits: int, value: Any) -> bool:
    """Whether a value just below 0.1 or 10 rounds to it in its own, finer digits. True for every other decimal."""
    count = abs(written.value / written.unit)
    if written.digits > digits or count != 10 ** (written.digits - 1):
        return True
    if value is None:
        return False
    edge = abs(written.value) - written.unit / 20
    try:
        return bool(enclose(sympy.Abs(value) - sympy.Rational(edge.numerator, edge.denominator), digits=60).a >= 0)
    except (Unclear, Undefined):
        return False


def to_digits(written: Written) -> str:
    return "to 1 digit" if written.digits == 1 else f"to {written.digits} digits"
