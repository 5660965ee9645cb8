"""The integral of x^2 from 0 to 1. The limit of sin(x)/x as x approaches 0. The sum of k from k = 1 to 10."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import Call, Deriv, Integral, Limit, Listing, Matrix, Node, Parse, Prod, Rel, Sum, Sym, symbols, walk
from phi4web.verify.problem.forms.common import (
    ASK,
    FUNCTION,
    VALUE,
    Asked,
    body,
    form,
    group,
    main_variable,
    read_formula,
    statement,
    unconditional,
)
from phi4web.verify.problem.forms.integrals import WITH_DX
from phi4web.verify.problem.statement import Domain, Statement

CALCULUS = (Integral, Limit, Sum, Prod)


def value_of(asked: Asked, parsed: Parse) -> Iterator[Statement]:
    """The statement about a closed formula with an integral, limit, sum or product, or about a sum up to a letter."""
    node = parsed.node
    if any(isinstance(n, Call | Rel | Listing | Deriv | Matrix) for n in walk(node)) or not any(
        isinstance(n, CALCULUS) for n in walk(node)
    ):
        return
    if any(isinstance(n, Integral) and n.lo is None for n in walk(node)) or not unconditional(asked, rounding=True):
        return
    upper = node.hi.name if isinstance(node, Sum | Prod) and isinstance(node.hi, Sym) else None
    if asked.conditions.variable in (None, *(n.var.name for n in walk(node) if isinstance(n, CALCULUS))) and symbols(node) <= {upper}:
        yield statement(asked, "value", parsed, variable=None, domain=Domain())


def bounded(asked: Asked) -> Iterator[Statement]:
    """integrate x^2 (dx) from 0 to 1"""
    text = asked.text("inner")
    written = WITH_DX.fullmatch(text) if "int" not in text and "∫" not in text else None
    readings = read_formula(written.group(1)) if written else asked.readings("inner", frozenset("fgh"))
    for parsed, low, high in product(readings, asked.readings("low"), asked.readings("high")):
        expression, argument, _ = body(parsed.node)
        if expression is None:
            continue
        if isinstance(parsed.node, Integral) and parsed.node.lo is None:
            expression, argument = parsed.node.expr, parsed.node.var.name
        names = [_named_end(low.node), _named_end(high.node)]
        said = {v for v in (written.group(2) if written else None, argument, asked.conditions.variable, names[0][0], names[1][0]) if v}
        variable = next(iter(said)) if len(said) == 1 else main_variable(expression) if not said else None
        if variable and names[0][1] is not None and names[1][1] is not None:
            whole = Integral(expression, Sym(variable), names[0][1], names[1][1])
            yield from value_of(asked, Parse(whole, parsed.notes))


def _written(asked: Asked) -> Iterator[Statement]:
    """∫ (2x + 1) dx from 1 to 3"""
    if asked.text("inner").lstrip().startswith(("∫", "\\int")):
        yield from bounded(asked)


def _limit_sign(asked: Asked) -> Iterator[Statement]:
    """lim (1 + 1/n)^n as n approaches infinity"""
    inner = re.fullmatch(r"(?:\\?lim|limit)\b(?![\s_]*(?:[a-z]\s*(?:->|→|\\to)|_))(.+)", asked.text("inner").strip(), re.DOTALL)
    side = asked.found.groupdict().get("side") or ""
    sign = "+" if re.search("right|above", side) else "-" if re.search("left|below", side) else "+-"
    for parsed, (name, point) in product(read_formula(inner.group(1)), _places(asked)) if inner else ():
        yield from value_of(asked, Parse(Limit(parsed.node, Sym(name), point, sign), parsed.notes))  # type: ignore[arg-type]


def _named_end(node: Node) -> tuple[str | None, Node | None]:
    """(x, 0) of x = 0, (None, 0) of 0."""
    if isinstance(node, Rel):
        left = node.args[0]
        return (left.name, node.args[1]) if node.ops == ("=",) and isinstance(left, Sym) else (None, None)
    return None, node


def _limit(asked: Asked) -> Iterator[Statement]:
    """the limit of f as x approaches a (from the left)"""
    side = asked.found.groupdict().get("side") or ""
    sign = "+" if re.search("right|above", side) else "-" if re.search("left|below", side) else "+-"
    for parsed, place in product(asked.readings("inner", frozenset("fgh")), _places(asked)):
        expression, argument, _ = body(parsed.node)
        name, point = place
        if expression is not None and argument in (None, name):
            yield from value_of(asked, Parse(Limit(expression, Sym(name), point, sign), parsed.notes))  # type: ignore[arg-type]


def _places(asked: Asked) -> Iterator[tuple[str, Node]]:
    """(x, 0) of "x approaches 0" and of "x -> 0"."""
    if asked.found.groupdict().get("point") is None:
        for parsed in asked.readings("place"):
            match parsed.node:
                case Rel(("->",), (Sym(name), point)):
                    yield name, point
        return
    for letter, target in product(asked.readings("letter"), asked.readings("point")):
        if isinstance(letter.node, Sym):
            yield letter.node.name, target.node


def _sum(asked: Asked) -> Iterator[Statement]:
    """the sum of k^2 from k = 1 to 10"""
    make = Prod if asked.found.group("what").startswith("product") else Sum
    for parsed, low, high in product(asked.readings("inner"), asked.readings("low"), asked.readings("high")):
        name, start = _named_end(low.node)
        _, end = _named_end(high.node)
        if name and start is not None and end is not None and not isinstance(parsed.node, Rel):
            yield from value_of(asked, Parse(make(parsed.node, Sym(name), start, end), parsed.notes))


INNER = group("inner")
FROM_TO = rf"(?:from|between) {group('low')} (?:to|and) {group('high')}"
INTEGRAL = r"(?:definite |improper )?integral"
AS = rf"as {group('letter')} (?:approaches|tends to|goes to|nears|gets close to) {group('point')}"
SIDE = r"(?: from (?P<side>left|right|above|below|right side|left side))?"
FORMS = (
    form(rf"(?:{ASK}{VALUE} )?{INTEGRAL}{FUNCTION} {INNER} {FROM_TO}", bounded),
    form(rf"integrate{FUNCTION} {INNER} {FROM_TO}", bounded),
    form(rf"(?:{ASK}{VALUE} )?{INNER} {FROM_TO}", _written),
    form(rf"(?:{ASK}{VALUE} )?{INNER} {AS}{SIDE}", _limit_sign),
    form(rf"(?:{ASK}{VALUE} )?limit{FUNCTION} {INNER} {AS}{SIDE}", _limit),
    form(rf"(?:{ASK}{VALUE} )?limit{FUNCTION} {INNER} as {group('place')}{SIDE}", _limit),
    form(rf"(?:{ASK}{VALUE} )?limit {AS}{SIDE} (?:of|for){FUNCTION} {INNER}", _limit),
    form(rf"(?:{ASK}{VALUE} )?(?P<what>sum|product) of {INNER} (?:from|for) {group('low')} to {group('high')}", _sum),
)
