"""Tangents, areas, averages, Taylor polynomials and greatest values on an interval: what calculus says about one curve, or two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import (
    Add,
    Call,
    Const,
    Deriv,
    Div,
    Integral,
    Limit,
    Listing,
    Mul,
    Neg,
    Node,
    Num,
    Parse,
    Pow,
    Rel,
    Sum,
    Sym,
    Tuple_,
    symbols,
    walk,
)
from phi4web.verify.problem.clauses import COUNTS
from phi4web.verify.problem.forms.arithmetic import by_shape
from phi4web.verify.problem.forms.common import (
    ASK,
    FUNCTION_LETTERS,
    VALUE,
    Asked,
    Handler,
    body,
    form,
    group,
    main_variable,
    read_formula,
    statement,
    unconditional,
)
from phi4web.verify.problem.forms.derivatives import ORDERS
from phi4web.verify.problem.forms.values import FROM_TO, INNER, INTEGRAL, bounded, value_of
from phi4web.verify.problem.statement import Domain, Statement

NO_CURVE = (Call, Deriv, Integral, Limit, Listing, Rel, Sum)
Curve = tuple[Node, str, tuple[str, ...]]  # the expression, its letter, the notes of the reading
HEAD = re.compile(
    r"(?:\\?lim(?:it)?\b.*(?:->|→|\\to\b|\\rightarrow\b).*|\\[dt]?frac ?\{ ?d(?:\^\d)? ?\} ?\{ ?d ?[a-z](?:\^\d)? ?\}|d\s?/\s?d[a-z])",
    re.DOTALL,
)


def _curves(asked: Asked, place: str) -> Iterator[Curve]:
    """x^2, y = x^2 or f(x) = x^2; of y = 4 the letter is empty. Not x = 3, which is no function of x."""
    for parsed in asked.readings(place, FUNCTION_LETTERS):
        expression, argument, names = body(parsed.node)
        if expression is None or any(isinstance(n, NO_CURVE) for n in walk(expression)) or "x" in names:
            continue
        constant = "" if names and not symbols(expression) else None
        name = argument or asked.conditions.variable or main_variable(expression) or constant
        if name is not None and symbols(expression) <= {name} and asked.conditions.variable in (None, name):
            yield expression, name, parsed.notes


def touching(style: str) -> Handler:
    """The tangent or normal line at x = 1 or at a point of the curve, or the slope there."""

    def handler(asked: Asked) -> Iterator[Statement]:
        if not unconditional(asked, rounding=style == "slope") or asked.conditions.variable:
            return
        for (expression, name, notes), at in product(_curves(asked, "given"), asked.readings("at")):
            match at.node:
                case Rel(("=",), (Sym(letter), place)) if letter == name and not symbols(place):
                    others: tuple[Node, ...] = ()
                case Tuple_((place, height)) if not symbols(place) | symbols(height):
                    others = (height,)
                case _:
                    continue
            if name not in ("", "y"):
                parsed = Parse(expression, notes)
                several = asked.found.group("through") is not None or asked.question.one  # a tangent elsewhere may go through it too
                more = {"style": style, "variable": name, "point": place, "others": others, "domain": Domain(), "one": several}
                yield statement(asked, "tangent", parsed, **more)

    return handler


def _under(asked: Asked) -> Iterator[Statement]:
    """the area under a curve from x = 0 to x = 3"""
    for (expression, name, notes), low, high in product(_curves(asked, "given"), _ends(asked, "low"), _ends(asked, "high")):
        if name and low[0] in (None, name) and high[0] in (None, name) and unconditional(asked, rounding=True):
            yield statement(
                asked, "area", Parse(expression, notes), style="under", variable=name, others=(low[1], high[1]), domain=Domain()
            )


def _ends(asked: Asked, place: str) -> Iterator[tuple[str | None, Node]]:
    for parsed in asked.readings(place):
        match parsed.node:
            case Rel(("=",), (Sym(name), value)) if not symbols(value):
                yield name, value
            case node if not isinstance(node, Rel | Listing) and not symbols(node):
                yield None, node


def _under_over(asked: Asked) -> Iterator[Statement]:
    """the area under a curve on [0, 3]; the average value of a function there"""
    ends = _interval(asked)
    if ends is None or asked.conditions.form:
        return
    for expression, name, notes in _curves(asked, "given"):
        if asked.found.group("what").startswith("average"):
            mean = Div(Integral(expression, Sym(name), *ends), Add((ends[1], Neg(ends[0]))))
            yield statement(asked, "value", Parse(mean, notes), variable=None, domain=Domain())
        else:
            yield statement(asked, "area", Parse(expression, notes), style="under", variable=name, others=ends, domain=Domain())


def _turned(asked: Asked) -> Iterator[Statement]:
    """the volume when the region under a curve turns about the x-axis: π times the integral of the square"""
    for (expression, name, notes), low, high in product(_curves(asked, "given"), _ends(asked, "low"), _ends(asked, "high")):
        if name == "x" and {low[0], high[0]} <= {None, "x"}:
            node = Mul((Const("pi"), Integral(Pow(expression, Num(2)), Sym(name), low[1], high[1])))
            yield from value_of(asked, Parse(node, notes))


def _interval(asked: Asked) -> tuple[Node, Node] | None:
    """The ends of the closed interval that is the only condition of the question."""
    match asked.conditions.domain:
        case Domain("unsaid" | "real", (Rel(("<=", "<="), (low, Sym(), high)),), _, False) if not symbols(low) | symbols(high):
            return low, high
    return None


def _between(asked: Asked) -> Iterator[Statement]:
    """the area between two curves that meet, or between two numbers; the x-axis is the curve y = 0"""
    groups = asked.found.groupdict()
    bounded = groups.get("low") is not None
    second: list[Curve] = list(_curves(asked, "second")) if groups.get("second") else [(Num(0), "", ())]
    for (f, one, notes), (g, other, more) in product(_curves(asked, "given"), second):
        name = one or other
        if not name or not {one, other} <= {"", name} or not unconditional(asked, rounding=True):
            continue
        node = f if g == Num(0) else Add((f, Neg(g)))
        for low, high in product(_ends(asked, "low"), _ends(asked, "high")) if bounded else [((None, Num(0)), (None, Num(0)))]:
            ends = (low[1], high[1]) if bounded else ()
            if {low[0], high[0]} <= {None, name}:
                parsed = Parse(node, notes + more)
                yield statement(asked, "area", parsed, style="between", variable=name, others=ends, domain=Domain())


def extremum(style: str) -> Handler:
    """The greatest or least value on a closed interval."""

    def handler(asked: Asked) -> Iterator[Statement]:
        ends = _interval(asked)
        if ends is None or asked.conditions.form:
            return
        for expression, name, notes in _curves(asked, "given"):
            yield statement(asked, "extremum", Parse(expression, notes), style=style, variable=name, others=ends, domain=Domain())

    return handler


def _taylor(asked: Asked) -> Iterator[Statement]:
    """the Taylor polynomial of degree 3 for sin x at x = 0; Maclaurin is at 0"""
    said = asked.found.groupdict()
    word = said.get("order") or said.get("terms") or ""
    linear = "linear" in asked.found.group()
    order = 1 if linear else ORDERS.get(word) or COUNTS.get(word) or (_whole(asked, "count") if said.get("count") else None)
    if order is None or not 0 < order <= 20 or not unconditional(asked) or asked.conditions.variable:
        return
    for expression, name, notes in _curves(asked, "given"):
        places = list(_ends(asked, "at")) if said.get("at") else [(None, Num(0))] if said.get("who") == "maclaurin" else []
        for letter, place in places:
            if said.get("who") == "maclaurin" and place != Num(0):
                continue
            if name and letter in (None, name, "a", "c") and symbols(expression) == {name}:
                style = (
                    ("nonzero terms" if said.get("nonzero") else "terms")
                    if said.get("terms") or "terms of" in asked.found.group()
                    else "degree"
                )
                parsed = Parse(expression, notes)
                yield statement(asked, "taylor", parsed, style=style, variable=name, order=order, point=place, domain=Domain())


def _whole(asked: Asked, place: str) -> int | None:
    node = asked.readings(place)[0].node
    return node.num if isinstance(node, Num) and node.den == 1 and node.places is None else None


def _sign_first(asked: Asked) -> Iterator[Statement]:
    """∫ from 0 to 2 of (3x² + 1) dx"""
    if asked.text("sign").strip() in ("∫", "\\int"):
        yield from bounded(asked)


def _headed(asked: Asked) -> Iterator[Statement]:
    """lim x->2 of x^2 + 1; d/dx of x^2"""
    head = asked.text("head").strip()
    if HEAD.fullmatch(head):
        for parsed in read_formula(f"{head} ({asked.text('inner')})"):
            yield from by_shape(asked, parsed) if "lim" not in head else value_of(asked, parsed)


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|write|evaluate|work out)"
GIVEN, AT = group("given"), group("at")
CURVE = r"(?: (?:curve|curves|graph of|graph|graphs of|graphs|function|functions|parabola|line|lines|equation))*"
ON = r"(?:to|of|for|on)"
PLACE = rf"(?:at|when|where|(?P<through>that passes through|through))(?: point)?(?: where)? {AT}"
ENDS = rf"(?:from|between) {group('low')} (?:to|and) {group('high')}"
REGION = r"area(?: of)?(?: (?:finite )?region)?(?: (?:enclosed|bounded|contained|trapped|that lies|which lies))?"
BETWEEN = rf"{GIVE} {REGION} (?:between|by){CURVE} {GIVEN}"
AXIS = r"x-axis"
BIGGEST = r"(?:absolute |global )?(?:maximum|largest|greatest|highest|max)(?: value)?"
LEAST = r"(?:absolute |global )?(?:minimum|smallest|least|lowest|min)(?: value)?"
SOLID = r"volume(?: of(?: solid)?)?(?: (?:of revolution|obtained|formed|generated|made|when|if))*(?: by)?"
TURNING = r"(?:rotating|revolving|rotation of|turning)"
REGION_OF = r"(?:(?:region |area )?(?:under|below|bounded by)|region|curve|graph of)(?: (?:curve|graph of|graph))?"
WHO = r"(?P<who>taylor|maclaurin)"
NTH = rf"(?P<order>{'|'.join(ORDERS)})"
COUNT = group("count")
CENTRED = rf"(?:(?:centered |centred |expanded )?(?:at|about|around|near)(?: point)? {AT})"
FORMS = (
    form(rf"{GIVE} (?:equation (?:of|for) )?tangent(?: line)?(?: {ON}{CURVE})? {GIVEN} {PLACE}", touching("tangent line")),
    form(rf"{GIVE} (?:equation (?:of|for) )?normal(?: line)?(?: {ON}{CURVE})? {GIVEN} {PLACE}", touching("normal line")),
    form(rf"{GIVE} (?:slope|gradient)(?: of)?(?: tangent(?: line)?)?(?: {ON})?{CURVE} {GIVEN} {PLACE}", touching("slope")),
    form(rf"{GIVE} area (?:of region )?(?:under|below|beneath){CURVE} {GIVEN} {ENDS}", _under),
    form(rf"{GIVE} (?P<what>area) (?:of region )?(?:under|below|beneath){CURVE} {GIVEN}", _under_over),
    form(rf"{GIVE} (?P<what>average)(?: value)?(?: of)?{CURVE} {GIVEN}", _under_over),
    form(rf"{BETWEEN} (?:and )?(?:{AXIS} )?{ENDS}", _between),
    form(rf"{BETWEEN} and {AXIS}(?: {ENDS})?", _between),
    form(rf"{GIVE} {REGION} (?:between|by) {AXIS} and{CURVE} {GIVEN}", _between),
    form(rf"{BETWEEN} and{CURVE} {group('second')}(?: {ENDS})?", _between),
    form(rf"{GIVE} {SOLID} {TURNING} (?:{REGION_OF} )?{GIVEN} {ENDS} (?:about|around) {AXIS}", _turned),
    form(rf"{GIVE} {SOLID} {TURNING} (?:{REGION_OF} )?{GIVEN} (?:about|around) {AXIS} {ENDS}", _turned),
    form(rf"{GIVE} {BIGGEST}(?: of| for)?{CURVE} {GIVEN}", extremum("maximum")),
    form(rf"{GIVE} {LEAST}(?: of| for)?{CURVE} {GIVEN}", extremum("minimum")),
    form(rf"{GIVE} (?:linear approximation|linearization|linearisation) (?:of|for|to){CURVE} {GIVEN} {CENTRED}", _taylor),
    form(rf"{GIVE} {WHO} polynomial(?: of)? (?:degree|order) {COUNT} (?:of|for){CURVE} {GIVEN}(?: {CENTRED})?", _taylor),
    form(rf"{GIVE} {NTH}[- ](?:degree|order) {WHO} polynomial(?: of| for){CURVE} {GIVEN}(?: {CENTRED})?", _taylor),
    form(
        rf"{GIVE} first (?:(?P<terms>{'|'.join(COUNTS)})|{COUNT}) (?P<nonzero>nonzero |non-zero )?terms of {WHO} (?:series|expansion)"
        rf"(?: of| for){CURVE} {GIVEN}(?: {CENTRED})?",
        _taylor,
    ),
    form(rf"(?:{ASK}{VALUE} )?{INTEGRAL} {FROM_TO} of {INNER}", bounded),
    form(rf"integrate {FROM_TO} {INNER}", bounded),
    form(rf"(?:{ASK}{VALUE} )?{group('sign')} {FROM_TO} of {INNER}", _sign_first),
    form(rf"(?:{ASK}{VALUE} )?{group('head')} of {INNER}", _headed),
)
