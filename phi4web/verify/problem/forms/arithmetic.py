"""What is 12 + 30? 15% of 80. And any bare formula, whose class is in its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from phi4web.verify.latex.ast import (
    Add,
    And,
    Call,
    Const,
    Deriv,
    Div,
    Dots,
    Integral,
    Interval,
    Limit,
    Listing,
    Mul,
    NamedSet,
    Node,
    Num,
    Or,
    Parse,
    Percent,
    Prod,
    Rel,
    Set_,
    SetBuilder,
    SetOp,
    Special,
    Sum,
    Text,
    Tuple_,
    symbols,
    walk,
)  # fmt: skip
from phi4web.verify.problem.forms.common import (
    ASK,
    VALUE,
    Asked,
    M,
    form,
    group,
    is_bracketed,
    is_made_by,
    read_formula,
    statement,
    unconditional,
)
from phi4web.verify.problem.forms.derivatives import derivative_of
from phi4web.verify.problem.forms.equations import equation_of
from phi4web.verify.problem.forms.integrals import antiderivative_of
from phi4web.verify.problem.forms.values import CALCULUS, value_of
from phi4web.verify.problem.statement import Statement

NO_VALUE = (
    Call, Rel, Listing, Limit, Sum, Prod, Integral, Deriv, Interval, Set_, SetOp, SetBuilder, NamedSet, Special, Text, Dots, Tuple_,
    And, Or,
)  # fmt: skip


def by_shape(asked: Asked, parsed: Parse) -> Iterator[Statement]:
    """The statement that a formula by itself asks for."""
    node = parsed.node
    if isinstance(node, Deriv) and symbols(node.expr) and node.by[0][0].name not in symbols(node.expr):
        return  # the derivative of y by x is not asked for as 0
    if isinstance(node, Deriv) and len(node.by) == 1:
        yield from derivative_of(asked, replace(parsed, node=node.expr), node.by[0][0].name, node.by[0][1])
    elif isinstance(node, Deriv) and node.partial and unconditional(asked) and not any(isinstance(n, Call | Rel) for n in walk(node)):
        inner = Deriv(node.expr, node.by[1:], node.partial)
        name, order = node.by[0]
        yield statement(asked, "derivative", replace(parsed, node=inner), variable=name.name, order=order)
    elif isinstance(node, Integral) and node.lo is None:
        yield from antiderivative_of(asked, replace(parsed, node=node.expr), node.var.name)
    elif isinstance(node, Rel | And | Or | Listing):
        yield from equation_of(asked, parsed)
    elif any(isinstance(n, CALCULUS) for n in walk(node)):
        yield from value_of(asked, parsed)
    elif is_arithmetic(node):
        yield from _value(asked, parsed)


def is_arithmetic(node: Node) -> bool:
    """One value to work out, without letters."""
    return not symbols(node) and not any(isinstance(n, NO_VALUE) for n in walk(node))


def _value(asked: Asked, parsed: Parse) -> Iterator[Statement]:
    if asked.conditions.variable is None and unconditional(asked, rounding=True):
        yield statement(asked, "evaluate", parsed)


def _formula(asked: Asked) -> Iterator[Statement]:
    for parsed in asked.readings(1):
        yield from by_shape(asked, parsed)


def _named(asked: Asked) -> Iterator[Statement]:
    """find the integral ∫_0^1 x dx; the product 2 · 3: a formula of the kind that its name says"""
    word, how = asked.found.group("what"), asked.found.group("how") or ""
    if word != "series" and asked.found.group("all"):
        return
    for parsed in asked.readings("named"):
        node = parsed.node
        kinds = {"integral": Integral, "limit": Limit, "series": Sum}
        fits = any(isinstance(n, kinds[word]) for n in walk(node)) if word in kinds else is_made_by(word, node)
        ends = node.hi if isinstance(node, Sum | Prod) else None
        endless = isinstance(ends, Const) and ends.name == "inf"
        if fits and not (how.startswith("infinite") and not endless) and not (how.startswith("finite") and endless):
            yield from by_shape(asked, parsed)


def _rounded(asked: Asked) -> Iterator[Statement]:
    """round 3.14159 to 2 decimal places: the clause says how far"""
    if asked.conditions.rounding is not None:
        yield from _formula(asked)


def _open_sum(asked: Asked) -> Iterator[Statement]:
    """2 + 2 = and 2 + 2 = ?"""
    text = asked.text(1).rstrip("? ")
    if text.endswith("="):
        for parsed in read_formula(text.removesuffix("=").strip()):
            if is_arithmetic(parsed.node):
                yield from _value(asked, parsed)


def _share(asked: Asked) -> Iterator[Statement]:
    """15% of 80, and 1/3 of 12. "3 of 12" is no product."""
    for part, whole in product(asked.readings(1), asked.readings(2)):
        if isinstance(part.node, Percent | Div) or (isinstance(part.node, Num) and part.node.places):
            yield from _product(asked, part, whole)


def _share_of_share(asked: Asked) -> Iterator[Statement]:
    """10% of 20% of 500"""
    for part, inner, whole in product(*(asked.readings(k) for k in (1, 2, 3))):
        if isinstance(part.node, Percent | Div) and isinstance(inner.node, Percent | Div) and isinstance(whole.node, Num):
            yield from _product(asked, part, replace(whole, node=Mul((inner.node, whole.node))))


def _percent_in_words(asked: Asked) -> Iterator[Statement]:
    for part, whole in product(asked.readings(1), asked.readings(2)):
        yield from _product(asked, replace(part, node=Percent(part.node)), whole)


def _product(asked: Asked, part: Parse, whole: Parse) -> Iterator[Statement]:
    if not is_arithmetic(part.node) or not is_arithmetic(whole.node):
        return
    notes = part.notes + whole.notes
    yield from _value(asked, Parse(Mul((part.node, whole.node)), notes))
    if isinstance(whole.node, Add) and not is_bracketed(asked.text(2)):  # 20% of 50 + 30: of both, or of the first
        first, *rest = whole.node.args
        yield from _value(asked, Parse(Add((Mul((part.node, first)), *rest)), notes))


HOW = "definite|improper|infinite|finite|one-sided"
NAMES = "integral|limit|series|sum|product|quotient|difference"
FORMS = (
    form(rf"(?:{ASK}{VALUE} )?{M}", _open_sum),
    form(rf"(?:{ASK}{VALUE} )?{M}", _formula),
    form(
        rf"{ASK}{VALUE}(?P<all> sum of)? (?:(?P<how>{HOW}) )?(?P<what>{NAMES})(?: of)?(?: (?:fractions|numbers))? {group('named')}", _named
    ),
    form(rf"(?:round|approximate|estimate){VALUE} {M}", _rounded),
    form(rf"(?:{ASK}{VALUE} )?{M} of {M}", _share),
    form(rf"(?:{ASK}{VALUE} )?{M} of {M} of {M}", _share_of_share),
    form(rf"(?:{ASK}{VALUE} )?{M} (?:percent|per cent) of {M}", _percent_in_words),
)
