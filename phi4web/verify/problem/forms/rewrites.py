"""Simplify (x^2-1)/(x-1). Expand (x+1)^2. Factor x^2 - 4 completely. Rationalise the denominator of 1/sqrt(2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from phi4web.verify.latex.ast import (
    Add,
    Call,
    Deriv,
    Div,
    Dots,
    Func,
    Integral,
    Limit,
    Listing,
    Matrix,
    Mul,
    Neg,
    Node,
    Num,
    Parse,
    Pow,
    Prod,
    Rel,
    Sum,
    symbols,
    walk,
)
from phi4web.verify.problem.forms.common import Asked, Handler, M, form, group, is_bracketed, is_made_by, statement
from phi4web.verify.problem.statement import Domain, Statement

NO_FORMULA = (Call, Deriv, Dots, Integral, Limit, Listing, Matrix, Prod, Rel, Sum)


def rewriting(asked: Asked, parsed: Parse, style: str) -> Iterator[Statement]:
    """The statement about one expression to be written in another way; without letters and style "simplify": a value."""
    node = parsed.node
    said = asked.conditions
    if any(isinstance(n, NO_FORMULA) for n in walk(node)) or said.rounding is not None or said.domain.conditions:
        return
    if said.domain.numbers not in ("unsaid", "real") or (said.variable and said.variable not in symbols(node)):
        return
    if style == "factor" and said.domain.numbers != "unsaid":
        return  # x^2 - 2 has factors over the real numbers only
    if not symbols(node) and style in ("simplify", "expand", "rationalize"):
        yield statement(asked, "evaluate", parsed, style=style, variable=None, domain=Domain())
    elif symbols(node):
        yield statement(asked, "rewrite", parsed, style=style)


def by_style(style: str) -> Handler:
    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1):
            yield from rewriting(asked, parsed, style)

    return handler


def _multiplied(asked: Asked) -> Iterator[Statement]:
    """find the product of A and B; a product or power of sums is multiplied out, other expressions are simplified"""
    for parsed in asked.readings(1):
        if is_made_by("product", parsed.node):
            yield from rewriting(asked, parsed, "simplify" if _has_division(parsed.node) else "expand")


def _power_of(asked: Asked) -> Iterator[Statement]:
    """find the square of (x + 1)(x - 1); without "of" the formula is the square"""
    word, of = (asked.found.group(name) for name in ("power", "of"))
    exponent = Num(2) if word == "square" else Num(3)
    for parsed in asked.readings("given"):
        is_power = isinstance(parsed.node, Pow) and parsed.node.exp == exponent
        whole = is_bracketed(asked.text("given")) or not isinstance(parsed.node, Add | Neg | Pow)
        node = parsed.node if is_power and not of else Pow(parsed.node, exponent) if of and whole and symbols(parsed.node) else None
        if node is not None:
            yield from rewriting(asked, replace(parsed, node=node), "simplify" if _has_division(node) else "expand")


def worded(style: str) -> Handler:
    """add 1/2 + 1/3; multiply (x + 1)(x + 2): the formula has in it what the word says"""

    def handler(asked: Asked) -> Iterator[Statement]:
        word = asked.found.group().split()[0]
        several = word not in ("add", "subtract", "multiply", "divide") or asked.found.group().startswith("add or")
        for parsed in asked.readings(1):
            if several or any(is_made_by(word, n) for n in walk(parsed.node)):
                yield from rewriting(asked, parsed, style)

    return handler


def _result(asked: Asked) -> Iterator[Statement]:
    """find the quotient of (x^2 - 1)/(x - 1)"""
    word = asked.found.group("named")
    for parsed in asked.readings("given"):
        if word not in ("quotient", "sum", "difference") or is_made_by(word, parsed.node):
            yield from rewriting(asked, parsed, "simplify")


def _has_division(node: Node) -> bool:
    return any(isinstance(n, Div) and symbols(n) for n in walk(node))


def _single_logarithm(asked: Asked) -> Iterator[Statement]:
    """write log 2 + log 5 as a single logarithm"""
    for parsed in asked.readings(1):
        logs = sum(isinstance(n, Func) and n.name in ("log", "ln") for n in walk(parsed.node))
        if logs > 1 or (logs == 1 and isinstance(parsed.node, Mul)):
            for made in rewriting(asked, parsed, "expand"):
                yield replace(made, kind="formula", style="single logarithm", one=False)


KIND = r"(?: (?:algebraic|rational|radical|complex|polynomial|numerical))?"
NOUN = r"(?: (?:expressions?|fractions?|polynomials?|trinomials?|binomials?|quadratics?|radicals?|quotients?|products?|number))?"
WHAT = rf"(?: (?:each|following|given))*{KIND}{NOUN}(?: of)?"
SINGLE = r"(?:as|into|to) (?:single|one) (?:logarithm|log|natural logarithm)"
BY = r"(?:by grouping|using difference of (?:two )?squares)"
FULLY = r"(?: (?:fully|completely|out|further|if possible|as far as possible|as much as possible))?"
AND_SIMPLIFY = r"(?: and (?:simplify|combine like terms|collect like terms|reduce))?(?: completely)?"
OPERATE = r"add|subtract|add or subtract|perform(?: indicated)? operations?|divide|combine"
MULTIPLY = r"expand|multiply|multiply out|distribute|remove (?:brackets|parentheses)(?: in| from)?"
PARTS = r"partial fractions?(?: decomposition| expansion)?(?: of| for)?"
WORK_OUT = r"solve|evaluate|calculate|compute|find|work out"
RESULT = r"(?: (?P<named>expression|quotient|sum|difference|result|value))?"
GIVEN = group("given")
FORMS = (
    form(rf"(?:simplify|reduce|combine like terms|collect like terms){FULLY}{WHAT}(?: in)? {M}{FULLY}", by_style("simplify")),
    form(rf"(?:{OPERATE}){AND_SIMPLIFY}{WHAT} {M}{AND_SIMPLIFY}", worded("simplify")),
    form(rf"(?:{MULTIPLY}){FULLY}{AND_SIMPLIFY}{WHAT} {M}{AND_SIMPLIFY}{FULLY}", worded("expand")),
    form(rf"(?:find|compute|calculate|determine) product(?: of)? {M}{AND_SIMPLIFY}", _multiplied),
    form(rf"(?:find|compute|calculate|determine) (?P<power>square|cube)(?P<of> of)? {GIVEN}{AND_SIMPLIFY}", _power_of),
    form(rf"(?:fully |completely )?factor(?:ise|ize)?{FULLY}{WHAT}(?: {BY})? {M}{FULLY}(?: {BY})?", by_style("factor")),
    form(rf"(?:find|what is|give) (?:complete )?factori[sz]ation(?: of)?{WHAT} {M}", by_style("factor")),
    form(rf"rationali[sz]e(?: denominators?)?(?: of| in)?{AND_SIMPLIFY}{WHAT} {M}{AND_SIMPLIFY}", by_style("rationalize")),
    form(rf"(?:write|express|condense|combine|rewrite|simplify){WHAT} {M} {SINGLE}", _single_logarithm),
    form(rf"(?:find|give|compute|what is|determine) {PARTS}{WHAT} {M}", by_style("partial fractions")),
    form(
        rf"(?:decompose|express|write|split|resolve|expand){WHAT} {M} (?:into|in|as|as sum of|using) partial fractions",
        by_style("partial fractions"),
    ),
)
# these words are tried after the forms for numbers
LAST = (form(rf"(?:{WORK_OUT}){RESULT}(?: of)? {GIVEN}", _result),)
