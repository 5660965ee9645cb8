"""Convert 5 km to m. How many minutes are in 2.5 hours? Read from the whole text, because units are letters too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from phi4web.errors import ParseFailure
from phi4web.verify.latex import parse
from phi4web.verify.latex.ast import Add, Div, Listing, Mul, Neg, Node, Num, symbols
from phi4web.verify.latex.words import UNITS
from phi4web.verify.problem.statement import Statement

METRIC, IMPERIAL = "metric", "imperial"
# what a unit measures, how many of the first one it is, and its system: between systems the factors learnt at school are rounded
SCALES: dict[str, tuple[str, Fraction, str]] = {
    "mm": ("length", Fraction(1), METRIC),
    "cm": ("length", Fraction(10), METRIC),
    "m": ("length", Fraction(1000), METRIC),
    "km": ("length", Fraction(10**6), METRIC),
    "in": ("length", Fraction(254, 10), IMPERIAL),
    "ft": ("length", Fraction(3048, 10), IMPERIAL),
    "yd": ("length", Fraction(9144, 10), IMPERIAL),
    "mi": ("length", Fraction(1609344), IMPERIAL),
    "mg": ("mass", Fraction(1), METRIC),
    "g": ("mass", Fraction(1000), METRIC),
    "kg": ("mass", Fraction(10**6), METRIC),
    "lb": ("mass", Fraction(45359237, 100), IMPERIAL),
    "oz": ("mass", Fraction(45359237, 1600), IMPERIAL),
    "s": ("time", Fraction(1), METRIC),
    "min": ("time", Fraction(60), METRIC),
    "h": ("time", Fraction(3600), METRIC),
    "day": ("time", Fraction(86400), METRIC),
    "week": ("time", Fraction(604800), METRIC),
    "ml": ("volume", Fraction(1), METRIC),
    "l": ("volume", Fraction(1000), METRIC),
    "m/s": ("speed", Fraction(18), METRIC),
    "km/h": ("speed", Fraction(5), METRIC),
    "mph": ("speed", Fraction(1609344 * 5, 10**6), IMPERIAL),
    "cent": ("money", Fraction(1), METRIC),
    "$": ("money", Fraction(100), METRIC),
}
TEMPERATURES = {
    "°c": "C",
    "celsius": "C",
    "degrees celsius": "C",
    "c": "C",
    "°f": "F",
    "fahrenheit": "F",
    "degrees fahrenheit": "F",
    "f": "F",
}
NAMES = {alias.lower(): unit for alias, unit in UNITS.items() if unit in SCALES} | {u: u for u in SCALES} | {"sec": "s", "hrs": "h"}
UNIT = "|".join(re.escape(n) for n in sorted({*NAMES, *TEMPERATURES} - {"$"}, key=len, reverse=True))
NUMBER = r"(?P<number>[-−]?[\d.,/ ½¼¾]*[\d½¼¾])"
OTHER_UNITS = frozenset(("Mm", "Mg", "MG", "MM", "M", "G", "S", "H", "IN"))  # capitals that say something else, or shout
HAVE = r"(?:are there in|are in|is in|is|are|in|make up|make|there are in)"
SENTENCES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:convert|change|express|write)\s+{NUMBER}\s*(?P<of>{UNIT})\s+(?:to|into|in|as)\s+(?P<to>{UNIT})",
        rf"what is\s+{NUMBER}\s*(?P<of>{UNIT})\s+in\s+(?P<to>{UNIT})",
        rf"how many\s+(?P<to>{UNIT})\s+{HAVE}\s+(?:{NUMBER}|(?P<single>an?|one))\s*(?P<of>{UNIT})",
    )
)


def conversion_of(text: str) -> Iterator[Statement]:
    """The statements of a question that is nothing but a conversion; none for any other text."""
    tidy = text.strip().rstrip("?.! ").strip()
    for sentence in SENTENCES:
        found = sentence.fullmatch(tidy)
        if found and not {found.group("of"), found.group("to")} & OTHER_UNITS:
            single = found.groupdict().get("single")
            for value in [Num(1)] if single else _values(found.group("number")):
                yield from _converted(value, found.group("of").lower(), found.group("to").lower())
            return


def _values(text: str) -> list[Node]:
    try:
        return [p.node for p in parse(text.strip()) if not symbols(p.node) and not isinstance(p.node, Listing)]
    except ParseFailure:
        return []


def _converted(value: Node, of: str, to: str) -> Iterator[Statement]:
    if of in TEMPERATURES and to in TEMPERATURES:
        pair = TEMPERATURES[of], TEMPERATURES[to]
        if pair == ("C", "F"):
            node: Node = Add((Mul((value, Div(Num(9), Num(5)))), Num(32)))
        elif pair == ("F", "C"):
            node = Mul((Add((value, Neg(Num(32)))), Div(Num(5), Num(9))))
        else:
            return
        yield Statement("conversion", node, style=f"°{pair[1]}")
    elif of in NAMES and to in NAMES:
        (kind, size, system), (other, unit, target) = SCALES[NAMES[of]], SCALES[NAMES[to]]
        if kind == other and NAMES[of] != NAMES[to]:
            ratio = size / unit
            rough = frozenset({"rough"}) if system != target else frozenset()
            factor = Num(ratio.numerator) if ratio.denominator == 1 else Div(Num(ratio.numerator), Num(ratio.denominator))
            yield Statement("conversion", Mul((value, factor)), style=NAMES[to], form=rough)
