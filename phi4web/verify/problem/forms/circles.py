"""The radius and the center of a circle given by its equation, and the equation of a circle with a given center and radius."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from phi4web.verify.latex.ast import Add, Div, Func, Mul, Neg, Node, Num, Parse, Pow, Rel, Sym, Tuple_, rebuild, symbols
from phi4web.verify.problem.forms.arithmetic import is_arithmetic
from phi4web.verify.problem.forms.common import Asked, form, group, statement
from phi4web.verify.problem.polynomial import coefficients, number
from phi4web.verify.problem.statement import Domain, Statement

Circle = tuple[Fraction, Fraction, Fraction]  # the center's coordinates, the square of the radius


def _circle(node: Node) -> Circle | None:
    """Of x² + y² + Dx + Ey + F = 0, or a multiple of it. None: no circle, or one that is a point or empty."""
    if not isinstance(node, Rel) or node.ops != ("=",) or symbols(node) != {"x", "y"} or not all(_degree(a) <= 2 for a in node.args):
        return None
    gap = Add((node.args[0], Neg(node.args[1])))
    rows = [coefficients(rebuild(gap, lambda n, y=y: Num(y) if n == Sym("y") else n), "x") for y in range(4)]  # type: ignore[misc]
    columns = [coefficients(rebuild(gap, lambda n, x=x: Num(x) if n == Sym("x") else n), "y") for x in range(4)]  # type: ignore[misc]
    if any(r is None or len(r) != 3 for r in (*rows, *columns)):
        return None
    known = [r for r in (*rows, *columns) if r is not None]
    (f, d, a), (_, e, c) = known[0], known[4]
    alike = all(r[1:] == (d, a) for r in known[:4]) and all(r[1:] == (e, c) for r in known[4:])
    if a != c or not alike:
        return None
    x, y = -d / (2 * a), -e / (2 * a)
    square = x * x + y * y - f / a
    return (x, y, square) if square > 0 else None


def _degree(node: Node) -> int:
    """In x and y together; 9 for what is no polynomial."""
    match node:
        case Num():
            return 0
        case Sym():
            return 1
        case Neg(arg):
            return _degree(arg)
        case Add(args):
            return max(map(_degree, args))
        case Mul(args):
            return sum(map(_degree, args))
        case Div(num, den) if not symbols(den):
            return _degree(num)
        case Pow(base, Num(exponent, 1, None)):
            return _degree(base) * exponent
    return 9 if symbols(node) else 0


def _radius(asked: Asked) -> Iterator[Statement]:
    for parsed, (_, _, square) in _circles(asked):
        node, told = Func("sqrt", (number(square),)), ("radius of", (parsed.node,))
        yield statement(asked, "evaluate", Parse(node), variable=None, called=Sym("r"), style="simplify", told=told)


def _center(asked: Asked) -> Iterator[Statement]:
    for parsed, (x, y, _) in _circles(asked):
        others = (number(x), number(y))
        yield statement(asked, "point", parsed, style="center", others=others, variable=None, told=("center of", (parsed.node,)))


def _circles(asked: Asked) -> Iterator[tuple[Parse, Circle]]:
    if asked.conditions.domain not in (Domain(), Domain("real")) or asked.conditions.variable or asked.conditions.form:
        return
    for parsed in asked.readings(1):
        circle = _circle(parsed.node)
        if circle is not None:
            yield parsed, circle


def _equation(asked: Asked) -> Iterator[Statement]:
    """The circle with center (1, 2) and radius 3."""
    if asked.conditions.variable is not None:
        return
    for center, radius in product(asked.readings("center"), asked.readings("radius")):
        match center.node, radius.node:
            case Tuple_((a, b)), Num() | Func("sqrt", _) as r if not symbols(center.node) and is_arithmetic(r):
                squares = tuple(Pow(Add((Sym(n), Neg(c))), Num(2)) for n, c in (("x", a), ("y", b)))
                node = Rel(("=",), (Add(squares), Pow(r, Num(2))))
                told = ("circle with center and radius", (center.node, r))
                yield statement(asked, "circle", Parse(node), style="circle", variable=None, told=told)


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|write)"
OF = r"(?: (?:of|for))?(?: circle)?(?: with equation| given by| whose equation is)?"
CENTER, RADIUS = group("center"), group("radius")
WITH = r"(?:with|whose|having|that has)"
A_CIRCLE = rf"{GIVE} (?:standard )?(?:equation|form)(?: of| for)?(?: equation of)? circle {WITH}"
AT_CENTER, OF_RADIUS = rf"(?:center|centre)(?: at| is)? {CENTER}", rf"radius(?: is| of)? {RADIUS}"
FORMS = (
    form(rf"{GIVE} radius{OF} <(\d+)>", _radius),
    form(rf"{GIVE} (?:center|centre){OF} <(\d+)>", _center),
    form(rf"{A_CIRCLE} {AT_CENTER} and {OF_RADIUS}", _equation),
    form(rf"{A_CIRCLE} {OF_RADIUS} and {AT_CENTER}", _equation),
)
