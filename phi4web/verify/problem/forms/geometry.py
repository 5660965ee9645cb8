"""The slope of the line through (1, 2) and (3, 8). The distance between two points. The midpoint. The line through two points."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import Add, Div, Func, Mul, Neg, Node, Num, Parse, Pow, Rel, Sym, Tuple_, rebuild, symbols
from phi4web.verify.problem.forms.common import Asked, Handler, M, form, group, statement
from phi4web.verify.problem.statement import Domain, Statement


def _minus(a: Node, b: Node) -> Node:
    return Add((a, Neg(b)))


def _points(asked: Asked) -> Iterator[tuple[Tuple_, Tuple_]]:
    """Both points; each of two or more numbers, the same number of them."""
    if asked.conditions.domain != Domain() or asked.conditions.form:
        return
    for first, second in product(asked.readings(1), asked.readings(2)):
        a, b = first.node, second.node
        if isinstance(a, Tuple_) and isinstance(b, Tuple_) and len(a.items) == len(b.items) and not symbols(a) | symbols(b):
            yield a, b


def _slope(asked: Asked) -> Iterator[Statement]:
    for a, b in _points(asked):
        if len(a.items) == 2:
            (ax, ay), (bx, by) = a.items, b.items
            yield statement(asked, "evaluate", Parse(Div(_minus(by, ay), _minus(bx, ax))), variable=None)


def _distance(asked: Asked) -> Iterator[Statement]:
    for a, b in _points(asked):
        squares = tuple(Pow(_minus(q, p), Num(2)) for p, q in zip(a.items, b.items, strict=True))
        yield statement(asked, "evaluate", Parse(Func("sqrt", (Add(squares),))), variable=None, style="simplify")


def of_points(style: str) -> Handler:
    def handler(asked: Asked) -> Iterator[Statement]:
        for a, b in _points(asked):
            if style == "midpoint" or len(a.items) == 2:
                yield statement(asked, "function", Parse(a), style=style, others=(a, b), variable=None)

    return handler


def _through(asked: Asked) -> Iterator[Statement]:
    """the line with slope m through a point: a second point is one step along"""
    for slope, point in product(asked.readings("slope"), asked.readings("point")):
        node, m = point.node, slope.node
        if isinstance(m, Rel) and m.ops == ("=",) and m.args[0] == Sym("m"):
            m = m.args[1]
        if isinstance(node, Tuple_) and len(node.items) == 2 and not symbols(node) | symbols(m) and not isinstance(m, Rel):
            other = Tuple_((Add((node.items[0], Num(1))), Add((node.items[1], m))))
            yield statement(asked, "function", Parse(node), style="line", others=(node, other), variable=None)


def beside(turned: bool) -> Handler:
    """The line through a point, parallel to a given one or at right angles to it."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for point, given in product(asked.readings("point"), asked.readings("line")):
            slope = _slope_of(given.node, turned)
            if slope is not None and isinstance(point.node, Tuple_) and len(point.node.items) == 2 and not symbols(point.node):
                (x, y), (along, up) = point.node.items, slope
                told = (f"line through a point, {'perpendicular' if turned else 'parallel'} to a line", (point.node, given.node))
                other = Tuple_((Add((x, along)), Add((y, up))))
                yield statement(asked, "function", Parse(point.node), style="line", others=(point.node, other), variable=None, told=told)

    return handler


def _slope_of(node: Node, turned: bool) -> tuple[Node, Node] | None:
    """The direction (along, up) of a line given by a linear equation, or the one at right angles to it."""
    if not isinstance(node, Rel) or node.ops != ("=",) or not symbols(node) <= {"x", "y"} or not symbols(node) or not _linear(node):
        return None
    difference = _minus(*node.args)
    origin, along, up = (_at(difference, x, y) for x, y in ((0, 0), (1, 0), (0, 1)))
    right, rise = _minus(along, origin), _minus(up, origin)
    return (right, rise) if turned else (Neg(rise), right)


def _with_intercept(asked: Asked) -> Iterator[Statement]:
    """the line with slope 3 and y-intercept -2"""
    for slope, height in product(asked.readings("slope"), asked.readings("height")):
        m, b = slope.node, height.node
        b = b.items[1] if isinstance(b, Tuple_) and len(b.items) == 2 and b.items[0] == Num(0) else b
        if not symbols(m) | symbols(b) and not isinstance(m, Rel | Tuple_) and not isinstance(b, Rel | Tuple_):
            points = (Tuple_((Num(0), b)), Tuple_((Num(1), Add((b, m)))))
            yield statement(
                asked,
                "function",
                Parse(points[0]),
                style="line",
                others=points,
                variable=None,
                told=("line with slope and y-intercept", (m, b)),
            )


def slope_of(turned: bool) -> Handler:
    """The slope of a line given by a linear equation, or of one at right angles to it."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1):
            node = parsed.node
            if not isinstance(node, Rel) or node.ops != ("=",) or not {"y"} <= symbols(node) <= {"x", "y"}:
                continue
            difference = _minus(*node.args)
            origin, along, up = (_at(difference, x, y) for x, y in ((0, 0), (1, 0), (0, 1)))
            if not _linear(node):
                continue
            right, rise = _minus(along, origin), _minus(up, origin)
            slope = Div(rise, right) if turned else Neg(Div(right, rise))
            yield statement(asked, "evaluate", Parse(slope), variable=None, called=Sym("m"))

    return handler


def _at(node: Node, x: int, y: int) -> Node:
    values: dict[Node, Node] = {Sym("x"): Num(x), Sym("y"): Num(y)}
    return rebuild(node, lambda n: values.get(n, n))


def _linear(node: Node) -> bool:
    """Sums of numbers, x, y, and products of one of these with numbers."""
    match node:
        case Rel(_, parts) | Add(parts):
            return all(_linear(p) for p in parts)
        case Neg(arg):
            return _linear(arg)
        case Mul(factors):
            return all(_linear(f) for f in factors) and sum(1 for f in factors if symbols(f)) <= 1
        case Div(num, den):
            return _linear(num) and not symbols(den)
        case Sym():
            return True
    return not symbols(node)


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|write)"
PASSING = r"(?:that )?(?:passes |passing |going |goes |which passes )?(?:through|between|joining|connecting|containing|of)(?: points?)?"
TWO = rf"{M}(?: and)? {M}"
LINE = r"(?: of)?(?: line| straight line| line segment| segment)?"
LINE_OF = r"(?: equation(?: of| for)?(?: line| straight line| line segment| segment)?|(?: line| straight line))"
POINT = group("point")
SLOPE = group("slope")
THE_LINE = r"(?: line| graph of| line with equation)?"
GIVEN_LINE = r"(?:to )?(?:(?:line |given line |graph of )(?:with equation )?)?(?:given )?(?:line )?(?:with equation )?"
FORMS = (
    form(rf"{GIVE} (?:slope|gradient){LINE} {PASSING} {TWO}", _slope),
    form(rf"{GIVE} distance (?:between|from)(?: points?)? {M} (?:and|to) {M}", _distance),
    form(rf"how far(?: apart)? (?:are|is)(?: points?)? {M} (?:and|from) {M}", _distance),
    form(rf"{GIVE} length(?: of)?(?: line)? segment (?:between|from|joining|with endpoints)(?: points?)? {M} (?:and|to) {M}", _distance),
    form(
        rf"{GIVE} midpoint{LINE}(?: (?:of|between|joining|with endpoints|connecting|from))?(?: points?)? {M} (?:and|to) {M}",
        of_points("midpoint"),
    ),
    form(rf"{GIVE}{LINE_OF} {PASSING} {TWO}", of_points("line")),
    form(rf"{GIVE}{LINE_OF} (?:with|of) (?:slope|gradient) {SLOPE} (?:and )?{PASSING} {POINT}", _through),
    form(rf"{GIVE}{LINE_OF} {PASSING} {POINT} (?:with|and|of)(?: having)? (?:slope|gradient) {SLOPE}", _through),
    *(
        form(rf"{GIVE}{LINE_OF} {joined}", beside(turned))
        for word, turned in (("parallel", False), ("perpendicular", True))
        for joined in (
            rf"(?:that is |which is )?{word} to{THE_LINE} {group('line')} (?:and |that )?{PASSING} {POINT}",
            rf"(?:that is |which is )?{PASSING} {POINT} (?:and |that is |which is )*{word} to{THE_LINE} {group('line')}",
        )
    ),
    form(
        rf"{GIVE}{LINE_OF} (?:with|of|that has|having) (?:slope|gradient) {SLOPE} and y-intercept "
        rf"{group('height')}",
        _with_intercept,
    ),
    form(rf"{GIVE} (?:slope|gradient){LINE}(?: that is)?(?: parallel)? {GIVEN_LINE}{M}", slope_of(turned=False)),
    form(rf"{GIVE} perpendicular slope (?:of|to|for) {GIVEN_LINE}{M}", slope_of(turned=True)),
    form(rf"{GIVE} (?:slope|gradient){LINE}(?: that is)? perpendicular {GIVEN_LINE}{M}", slope_of(turned=True)),
)
