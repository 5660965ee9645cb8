"""Areas, lengths and volumes of figures with a name and all their sizes: the area of a circle with radius 5 cm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from phi4web.verify.latex.ast import Add, Const, Div, Func, Mul, Neg, Node, Num, Parse, Pow, Sym
from phi4web.verify.latex.words import UNITS
from phi4web.verify.problem.forms.arithmetic import is_arithmetic
from phi4web.verify.problem.forms.common import ASK, VALUE, Asked, form, read_formula, statement, unconditional
from phi4web.verify.problem.statement import Statement

PI = Const("pi")
Rule = Callable[..., Node]


@dataclass(frozen=True, slots=True)
class Size:
    """What is measured: the names of the sizes that it takes, in order; how; and how many times a length multiplies itself in it."""

    names: tuple[str, ...]
    rule: Rule
    power: int


def _times(*nodes: Node) -> Node:
    return Mul(nodes)


def _square(node: Node) -> Node:
    return Pow(node, Num(2))


def _half(node: Node) -> Node:
    return Div(node, Num(2))


def _third(*nodes: Node) -> Node:
    return Div(Mul(nodes), Num(3))


R, D, S, L, W, H, B = ("radius",), ("diameter",), ("side",), "length", "width", "height", "base"
SIZES: dict[tuple[str, str], tuple[Size, ...]] = {
    ("area", "circle"): (Size(R, lambda r: _times(PI, _square(r)), 2), Size(D, lambda d: _times(PI, _square(_half(d))), 2)),
    ("circumference", "circle"): (Size(R, lambda r: _times(Num(2), PI, r), 1), Size(D, lambda d: _times(PI, d), 1)),
    ("area", "square"): (Size(S, _square, 2),),
    ("perimeter", "square"): (Size(S, lambda s: _times(Num(4), s), 1),),
    ("diagonal", "square"): (Size(S, lambda s: _times(s, Func("sqrt", (Num(2),))), 1),),
    ("area", "rectangle"): (Size((L, W), _times, 2), Size((B, H), _times, 2), Size(("side", "side"), _times, 2)),
    ("perimeter", "rectangle"): (Size((L, W), lambda a, b: _times(Num(2), Add((a, b))), 1),),
    ("diagonal", "rectangle"): (Size((L, W), lambda a, b: Func("sqrt", (Add((_square(a), _square(b))),)), 1),),
    ("area", "triangle"): (Size((B, H), lambda b, h: _half(_times(b, h)), 2),),
    ("area", "trapezoid"): (Size(("bases", "bases", H), lambda a, b, h: _half(_times(Add((a, b)), h)), 2),),
    ("area", "parallelogram"): (Size((B, H), _times, 2),),
    ("area", "equilateral triangle"): (Size(S, lambda s: Div(_times(Func("sqrt", (Num(3),)), _square(s)), Num(4)), 2),),
    ("perimeter", "equilateral triangle"): (Size(S, lambda s: _times(Num(3), s), 1),),
    ("hypotenuse", "right triangle"): (Size(("legs", "legs"), lambda a, b: Func("sqrt", (Add((_square(a), _square(b))),)), 1),),
    ("area", "right triangle"): (
        Size(("legs", "legs"), lambda a, b: _half(_times(a, b)), 2),
        Size((B, H), lambda b, h: _half(_times(b, h)), 2),
    ),
    ("volume", "cube"): (Size(S, lambda s: Pow(s, Num(3)), 3),),
    ("surface area", "cube"): (Size(S, lambda s: _times(Num(6), _square(s)), 2),),
    ("volume", "sphere"): (Size(R, lambda r: _third(Num(4), PI, Pow(r, Num(3))), 3),),
    ("surface area", "sphere"): (Size(R, lambda r: _times(Num(4), PI, _square(r)), 2),),
    ("volume", "cylinder"): (Size(("radius", H), lambda r, h: _times(PI, _square(r), h), 3),),
    ("volume", "cone"): (Size(("radius", H), lambda r, h: _third(PI, _square(r), h), 3),),
    ("volume", "rectangular prism"): (Size((L, W, H), _times, 3),),
}
ALIASES = {"edge": "side", "side length": "side", "edge length": "side", "sides": "side", "sides of length": "side", "leg lengths": "legs"}
FIGURES = {
    "right-angled triangle": "right triangle",
    "cuboid": "rectangular prism",
    "trapezium": "trapezoid",
    "box": "rectangular prism",
    "rectangular box": "rectangular prism",
}
LENGTHS = sorted((u for u, unit in UNITS.items() if unit in ("cm", "mm", "km", "m", "in", "ft", "yd", "mi", "unit")), key=len, reverse=True)
UNIT = "|".join(map(re.escape, LENGTHS))
NAMES = "|".join(sorted({n for sizes in SIZES.values() for s in sizes for n in s.names} | ALIASES.keys(), key=len, reverse=True))
ONE_SIZE = re.compile(
    rf" ?(?:and |its |of )*(?P<name>{NAMES}) (?:(?:is|of|equal to|equals) )?<(?P<first>\d+)>(?: (?P<unit>{UNIT}))?"
    rf"(?: and <(?P<second>\d+)>(?: (?P<also>{UNIT}))?)?"
)
WITH_UNIT = re.compile(rf"(?:[a-z]\s*=\s*)?(?P<value>.*?[^a-z\s])\s*(?P<unit>{UNIT})")


def _read(asked: Asked) -> dict[str, list[tuple[Node, str]]] | None:
    """The sizes by name, each with its unit. None: a word is left over, or a size is no number."""
    said = asked.found.groupdict()
    words, found, at = said.get("sizes") or f" {said['named']} {said['values']}", dict[str, list[tuple[Node, str]]](), 0
    while at < len(words):
        part = ONE_SIZE.match(words, at)
        if part is None:
            return None
        name, at = ALIASES.get(part.group("name"), part.group("name")), part.end()
        for place, unit in (("first", "unit"), ("second", "also")):
            if part.group(place) is None:
                continue
            size = _size(asked.question.formulas[int(part.group(place))], part.group(unit))
            if size is None:
                return None
            found.setdefault(name, []).append(size)
    return found


def _size(text: str, unit: str | None) -> tuple[Node, str] | None:
    """(5, "cm") of "5" before the word cm, or of "5 cm"."""
    inside = WITH_UNIT.fullmatch(text.strip())
    if inside and unit is None:
        text, unit = inside.group("value"), inside.group("unit")
    readings = read_formula(text)
    if len(readings) != 1 or not is_arithmetic(readings[0].node) or isinstance(readings[0].node, Neg):
        return None
    return readings[0].node, UNITS.get(unit or "", "")


def _measured(asked: Asked) -> Iterator[Statement]:
    """The value, with the unit as its style."""
    figure = asked.found.group("figure")
    sizes = SIZES.get((asked.found.group("measure"), FIGURES.get(figure, figure)), ())
    given = _read(asked) if sizes else None
    if not given or asked.conditions.variable or not unconditional(asked, rounding=True):
        return
    units = {u for found in given.values() for _, u in found}
    for size in sizes:
        if sorted(size.names) != sorted(n for n, found in given.items() for _ in found) or len(units) != 1:
            continue
        left = {n: [v for v, _ in found] for n, found in given.items()}
        unit = next(iter(units))
        style = (unit or "unit") + (f"^{size.power}" if size.power > 1 else "")
        node = size.rule(*(left[n].pop(0) for n in size.names))
        form_ = asked.conditions.form | {"rough"}
        yield statement(
            asked, "conversion", Parse(node), variable=None, style=style, form=form_, called=Sym(asked.found.group("measure")[0].upper())
        )


FIGURE = "|".join(sorted({f for _, f in SIZES} | FIGURES.keys(), key=len, reverse=True))
MEASURE = "|".join(sorted({m for m, _ in SIZES}, key=len, reverse=True))
SIZED = r"(?P<sizes> .+)"
OF_FIGURE = rf"(?P<figure>{FIGURE}) (?:with|whose|having|that has|if|when|of){SIZED}"
VALUES = rf"(?P<values><\d+>(?: (?:{UNIT}))?(?: and <\d+>(?: (?:{UNIT}))?)?)"
MEASURED = rf"{ASK}{VALUE}(?: its)? (?P<measure>{MEASURE})(?: of (?P=figure))?"
FORMS = (
    form(rf"(?P<named>{NAMES}) of (?P<figure>{FIGURE}) (?:is|are) {VALUES} {MEASURED}", _measured),
    form(rf"(?P<figure>{FIGURE}) (?:has|with|having){SIZED} {MEASURED}", _measured),
    form(rf"(?:{ASK}{VALUE} )?(?:length of )?(?P<measure>{MEASURE}) of {OF_FIGURE}", _measured),
)
