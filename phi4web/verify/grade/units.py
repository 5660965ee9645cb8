"""Units of answers: when 50 mm is 5 cm, when 3 h is 3 hours, and when apples may not be oranges. Knows nothing of SymPy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from phi4web.verify.grade.shape import Shape
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.words import UNITS

KNOWN = frozenset(UNITS.values())
# how many of the first unit of a row one of each is
SCALES: tuple[dict[str, Fraction], ...] = (
    {"mm": Fraction(1), "cm": Fraction(10), "m": Fraction(1000), "km": Fraction(10**6)},
    {"in": Fraction(1), "ft": Fraction(12), "yd": Fraction(36), "mi": Fraction(63360)},
    {"mg": Fraction(1), "g": Fraction(1000), "kg": Fraction(10**6)},
    {"s": Fraction(1), "min": Fraction(60), "h": Fraction(3600), "day": Fraction(86400), "week": Fraction(604800)},
    {"ml": Fraction(1), "l": Fraction(1000)},
    {"cent": Fraction(1), "$": Fraction(100)},
    {"km/h": Fraction(5), "m/s": Fraction(18)},
)
LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def in_unit_of(x: Shape, y: Shape) -> Shape:
    """`y` in the unit of `x` where both measure the same: 50 mm as 5 cm, and 3 h with the letter read as hours."""
    y = _with_letter(y, x.unit)
    factor = _factor(y.unit, x.unit)
    return y if factor is None else replace(y, unit=x.unit, parts=(a.Mul((a.Num(factor.numerator, factor.denominator), y.parts[0])),))


def spelled_out(x: Shape) -> Shape:
    """42 thousand as 42000, and 3 million dollars as 3000000 dollars."""
    first, _, rest = (x.unit or "").partition(" ")
    if first.lower() not in LARGE:
        return x
    return replace(x, unit=UNITS.get(rest, rest) or None, parts=(a.Mul((x.parts[0], a.Num(LARGE[first.lower()]))),))


def _with_letter(y: Shape, unit: str | None) -> Shape:
    value = y.parts[0]
    if y.unit is not None or unit is None or not isinstance(value, a.Mul) or not isinstance(value.args[-1], a.Sym):
        return y
    letter, rest = UNITS.get(value.args[-1].name), value.args[:-1]
    if letter is None or (letter != unit and _factor(letter, unit) is None):
        return y
    return replace(y, unit=letter, parts=(rest[0] if len(rest) == 1 else a.Mul(rest),))


def _factor(unit: str | None, wanted: str | None) -> Fraction | None:
    """How many of the wanted unit one unit is; None for the same unit and for two that do not measure the same."""
    if unit is None or wanted is None or unit == wanted:
        return None
    (one, _, power), (other, _, same) = unit.partition("^"), wanted.partition("^")
    scale = next((s for s in SCALES if one in s and other in s), None)
    if scale is None or power != same or not (power or "1").isdigit():
        return None
    return (scale[one] / scale[other]) ** int(power or "1")


def clash(x: str | None, y: str | None) -> str:
    """Why two units can't be the same; empty where they may be."""
    if x is None or y is None or x == y or "%" in (x, y):
        return ""
    if x.partition("^")[0] in KNOWN or y.partition("^")[0] in KNOWN:
        return f"the units differ: {x} and {y}"
    return ""


def other_things(x: str | None, y: str | None) -> bool:
    """Whether two names of things counted differ in more than an ending: apples and oranges, which may be fruit."""
    if x is None or y is None or "%" in (x, y):
        return False
    return _stem(x) != _stem(y)


def _stem(name: str) -> str:
    return " ".join(word.removesuffix("s") for word in name.lower().split())
