"""What is the derivative of x^2? Find f''(1) if f(x) = x^3. If y = sin x, find dy/dx."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from phi4web.verify.latex.ast import Call, Deriv, Listing, Node, Parse, Rel, Sym, symbols, walk
from phi4web.verify.problem.forms.common import (
    ASK,
    FUNCTION,
    FUNCTION_LETTERS,
    VALUE,
    Asked,
    body,
    form,
    group,
    main_variable,
    statement,
    unconditional,
)
from phi4web.verify.problem.statement import Statement

ORDERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
DERIVATIVE = rf"(?:(?P<order>{'|'.join(ORDERS)}) )?(?:order )?(?:partial )?derivative"
AT = group("point")
GIVEN, WANTED = group("given"), group("wanted")
SUPPOSE = r"(?:if|given(?: that)?|let|suppose(?: that)?|for|consider)(?: function)?"
PARTIAL = re.compile(
    r"\\[dt]?frac ?\{ ?\\partial ?([a-z]) ?\} ?\{ ?\\partial ?([a-z]) ?\}"
    r"|(?:∂|\\partial) ?([a-z]) ?/ ?(?:∂|\\partial) ?([a-z])"
)
HIGHER = re.compile(
    r"\\[dt]?frac ?\{ ?d\^\{?([2-9])\}? ?([a-z]) ?\} ?\{ ?d ?([a-z])\^\{?([2-9])\}? ?\}"
    r"|d\^?\{?([2-9²³])\}? ?([a-z]) ?/ ?d ?([a-z])\^?\{?([2-9²³])\}?"
)
DY_DX = re.compile(r"\\[dt]?frac ?\{ ?d ?([a-z]) ?\} ?\{ ?d ?([a-z]) ?\}|d ?([a-z]) ?/ ?d ?([a-z])")


def derivative_of(
    asked: Asked, parsed: Parse, variable: str | None = None, order: int = 1, point: Node | None = None
) -> Iterator[Statement]:
    """The statement about one expression, or about f(x) = expression."""
    expression, argument, names = body(parsed.node)
    said = asked.conditions.variable
    if expression is None or not unconditional(asked, rounding=point is not None) or (variable and said not in (None, variable)):
        return
    chosen = variable or said or argument or main_variable(expression)
    if chosen is not None and symbols(expression) and not argument and chosen not in symbols(expression):
        return  # the derivative of π r² by t is not asked for as 0
    if chosen is None or (argument and argument != chosen) or any(isinstance(n, Call | Deriv | Rel | Listing) for n in walk(expression)):
        return
    yield statement(asked, "derivative", replace(parsed, node=expression), variable=chosen, order=order, point=point, names=names)


def _differentiate(asked: Asked) -> Iterator[Statement]:
    """the (second) derivative of M (at x = 2)"""
    words = asked.found.groupdict()
    order = ORDERS[words.get("order") or "first"]
    for parsed in asked.readings("given", FUNCTION_LETTERS):
        for name, point in _point(asked):
            yield from derivative_of(asked, parsed, name, order, point)


def _point(asked: Asked) -> Iterator[tuple[str | None, Node | None]]:
    """(variable, value) of "at x = 2" or "at 2"; (None, None) when the question has no such words."""
    if asked.found.groupdict().get("point") is None:
        yield None, None
        return
    for parsed in asked.readings("point"):
        node = parsed.node
        if isinstance(node, Rel) and node.ops == ("=",) and isinstance(node.args[0], Sym) and not symbols(node.args[1]):
            yield node.args[0].name, node.args[1]
        elif not isinstance(node, Rel | Listing) and not symbols(node):
            yield None, node


def _primed(asked: Asked) -> Iterator[Statement]:
    """find f'(x) if f(x) = ...; find dy/dx if y = ..."""
    for parsed in asked.readings("given", FUNCTION_LETTERS):
        ratio = DY_DX.fullmatch(asked.text("wanted"))
        yield from _ratio(asked, parsed, ratio) if ratio else _primes(asked, parsed)


def _higher(asked: Asked) -> Iterator[Statement]:
    """find d^2y/dx^2 if y = x^3"""
    found = HIGHER.fullmatch(asked.text("wanted").strip())
    if found is None:
        return
    order, top, bottom, same = (a or b for a, b in zip(found.groups()[:4], found.groups()[4:], strict=True))
    for parsed in asked.readings("given", FUNCTION_LETTERS):
        _, argument, names = body(parsed.node)
        if order == same and {top} == names and argument in (None, bottom):
            yield from derivative_of(asked, parsed, bottom, int(unicodedata.digit(order)))


def _ratio(asked: Asked, parsed: Parse, ratio: re.Match[str]) -> Iterator[Statement]:
    top, bottom = ratio.group(1) or ratio.group(3), ratio.group(2) or ratio.group(4)
    _, argument, names = body(parsed.node)
    if {top} == names and argument in (None, bottom):
        yield from derivative_of(asked, parsed, bottom)
        return
    curve = not names and isinstance(parsed.node, Rel) and parsed.node.ops == ("=",) and symbols(parsed.node) == {top, bottom}
    if curve and unconditional(asked) and not any(isinstance(n, Call | Deriv | Listing) for n in walk(parsed.node)):
        yield statement(asked, "derivative", parsed, variable=bottom, style="implicit", names=frozenset({top or ""}))


def _partial(asked: Asked) -> Iterator[Statement]:
    """find ∂f/∂x if f(x, y) = ..., or if z = ..."""
    ratio = PARTIAL.fullmatch(asked.text("wanted").strip())
    if ratio is None:
        return
    top, bottom = ratio.group(1) or ratio.group(3), ratio.group(2) or ratio.group(4)
    for parsed in asked.readings("given", frozenset({top})):
        match parsed.node:
            case Rel(("=",), (Call(name, args, 0, False), expression)) if name == top and Sym(bottom) in args and len(args) > 1:
                letters = frozenset(a.name for a in args if isinstance(a, Sym))
            case Rel(("=",), (Sym(name), expression)) if name == top:
                letters = symbols(expression) | {bottom}
            case _:
                continue
        if symbols(expression) <= letters and top not in symbols(expression) and bottom in symbols(expression):
            yield from derivative_of(asked, replace(parsed, node=expression), bottom)


def _primes(asked: Asked, parsed: Parse) -> Iterator[Statement]:
    expression, argument, names = body(parsed.node)
    if expression is None or not names:
        return
    inner = argument or main_variable(expression)
    for wanted in asked.readings("wanted", names):
        call = wanted.node
        if not isinstance(call, Call) or not call.primes or call.inverse or {call.name} != names or len(call.args) > 1:
            continue
        at = call.args[0] if call.args and call.args[0] != Sym(inner or "") else None
        if at is None or not symbols(at):
            yield from derivative_of(asked, parsed, inner, call.primes, at)


IMPLICIT = r"(?:by|using) implicit differentiation"
FORMS = (
    form(rf"(?:{ASK}{VALUE} )?{DERIVATIVE}{FUNCTION} {GIVEN}(?: at(?: point)? {AT})?", _differentiate),
    form(rf"(?:differentiate|derive){FUNCTION} {GIVEN}(?: at(?: point)? {AT})?", _differentiate),
    form(rf"{SUPPOSE} {GIVEN} (?:then )?(?:{ASK} (?:its )?{DERIVATIVE}|differentiate)", _differentiate),
    form(rf"{ASK}{VALUE} {WANTED} (?:if|when|for|given(?: that)?|where|of|with) {GIVEN}(?: {IMPLICIT})?", _primed),
    form(
        rf"(?:use implicit differentiation to )?(?:{ASK}{VALUE}) {WANTED} (?:{IMPLICIT} )?(?:if|when|for|given(?: that)?|where|of) {GIVEN}",
        _primed,
    ),
    form(rf"{SUPPOSE} {GIVEN} (?:then )?{ASK}{VALUE} {WANTED}", _primed),
    form(rf"{ASK}{VALUE} {WANTED} (?:if|when|for|given(?: that)?|where|of|with) {GIVEN}", _higher),
    form(rf"{SUPPOSE} {GIVEN} (?:then )?{ASK}{VALUE} {WANTED}", _higher),
    form(rf"{ASK}{VALUE} {WANTED} (?:if|when|for|given(?: that)?|where|of|with) {GIVEN}", _partial),
    form(rf"{SUPPOSE} {GIVEN} (?:then )?{ASK}{VALUE} {WANTED}", _partial),
    form(rf"{ASK}{VALUE} {WANTED} {GIVEN}", _primed),
    form(rf"{GIVEN} {ASK}{VALUE} {WANTED}", _primed),
)
