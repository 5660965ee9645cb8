"""What percent of 80 is 20? 30 is 20% of what number? Convert 3/8 to a decimal, 0.45 to a percent, 180 degrees to radians."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from phi4web.verify.latex.ast import Add, Const, Degree, Div, Mul, Neg, Node, Num, Parse, Percent, Ratio, symbols, walk
from phi4web.verify.problem.forms.arithmetic import is_arithmetic
from phi4web.verify.problem.forms.common import ASK, Asked, Handler, M, form, group, statement, unconditional
from phi4web.verify.problem.polynomial import coefficients
from phi4web.verify.problem.statement import NotUnderstood, Statement

HUNDRED = Num(100)


def _one_number(node: Node) -> bool:
    """A number, a fraction or a percentage, so that no word can belong to a part of it only."""
    bare = node.arg if isinstance(node, Percent) else node
    return isinstance(bare, Num) or (isinstance(bare, Div) and isinstance(bare.num, Num) and isinstance(bare.den, Num))


def of_two(rule: Callable[[Node, Node], Node], style: str = "") -> Handler:
    """A question about the groups "part" and "whole". `style` "percent": the answer counts hundredths."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for part, whole in product(asked.readings("part"), asked.readings("whole")):
            if _one_number(part.node) and _one_number(whole.node) and asked.conditions.variable is None and unconditional(asked, True):
                made = Parse(rule(part.node, whole.node), part.notes + whole.notes)
                yield statement(asked, "conversion" if style else "evaluate", made, style=style, variable=None)

    return handler


def _change(part: Node, whole: Node) -> Node:
    """A growth; a loss has a sign that people leave out."""
    before, after = coefficients(whole, ""), coefficients(part, "")
    if not before or not after or after[0] < before[0]:
        raise NotUnderstood("not_understood", "a percentage change that is a loss may be written with or without its sign")
    return _growth(part, whole)


def _whole_of(part: Node, share: Node) -> Node:
    """30 is 20% of 150, and 1/5 of it. "30 is 3 of what number" is no question."""
    if isinstance(share, Num) and share.den == 1:
        raise NotUnderstood("not_understood", "a share that is neither a percentage nor a fraction")
    return Div(part, share)


def _whole_of_percent(part: Node, share: Node) -> Node:
    """30 is 20 percent of 150"""
    return Div(part, Percent(share))


def _growth(part: Node, whole: Node) -> Node:
    return Mul((HUNDRED, Div(Add((part, Neg(whole))), whole)))


def to_form(style: str, change: Callable[[Node], Node] = lambda n: n) -> Handler:
    """The same number written in another way."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings("given"):
            if asked.found.groupdict().get("share") and not isinstance(parsed.node, Percent):
                continue  # the percent 12.5 is 12.5%, or not
            if style == "decimal" and isinstance(parsed.node, Num) and parsed.node.den == 1:
                continue  # 1011 may be meant in another base
            plain = is_arithmetic(parsed.node) and not symbols(parsed.node) and asked.conditions.variable is None
            if plain and unconditional(asked, rounding=True) and asked.conditions.form <= {"lowest", "exact"}:
                changed = replace(parsed, node=change(parsed.node))
                exact = asked.conditions.form & {"exact"}
                yield statement(asked, "conversion", changed, style=style, variable=None, form=exact, one=False)

    return handler


def _bare(asked: Asked) -> bool:
    return unconditional(asked) and asked.conditions.variable is None


def _ratio(asked: Asked) -> Iterator[Statement]:
    """simplify 12:18"""
    for parsed in asked.readings(1):
        match parsed.node:
            case Ratio((Num(_, 1, None) as a, Num(_, 1, None) as b)) if (
                a != Num(0) != b and unconditional(asked) and not asked.conditions.variable
            ):
                yield statement(asked, "conversion", Parse(Div(a, b)), style="ratio", told=("ratio in lowest terms", (parsed.node,)))


def _as_said(asked: Asked) -> Iterator[Statement]:
    """write 0.00045 in scientific notation, or as a fraction: the clause says what"""
    if asked.conditions.form & {"scientific", "fraction"}:
        for parsed in asked.readings("given"):
            if asked.found.group("share") and not isinstance(parsed.node, Percent):
                continue
            if is_arithmetic(parsed.node) and asked.conditions.variable is None and unconditional(asked, rounding=True):
                yield statement(asked, "evaluate", parsed, variable=None)


def _turned(node: Node) -> Node:
    """Degrees, with or without the sign, as a number in radians."""
    match node:
        case Degree(angle) | Neg(Degree(angle)) if not _has_degrees(angle):
            size: Node = Neg(angle) if isinstance(node, Neg) else angle
        case _ if not _has_degrees(node):
            size = node
        case _:
            raise NotUnderstood("not_understood", "an angle that is worked out from others")
    return Div(Mul((size, Const("pi"))), Num(180))


def _has_degrees(node: Node) -> bool:
    return any(isinstance(n, Degree) for n in walk(node))


def _in_degrees(node: Node) -> Node:
    return Div(Mul((node, Num(180))), Const("pi"))


def _no_sign(handler: Handler) -> Handler:
    """Where radians are given a ° would say otherwise."""

    def checked(asked: Asked) -> Iterator[Statement]:
        if not any(_has_degrees(p.node) for p in asked.readings("given")):
            yield from handler(asked)

    return checked


PART, WHOLE = group("part"), group("whole")
THING = r"(?:number|fraction|decimal|mixed number|improper fraction|(?P<share>percent|percentage)|angle)"
GIVEN = group("given")
CHANGE = rf"(?:convert|write|express|change|rewrite|turn)(?: {THING})?"
TO = r"(?:to|into|as|in)"
PERCENT = r"(?:percent|percentage|per cent)"
IS = r"(?:is|equals)"
FORMS = (
    form(rf"(?:{ASK} )?(?:what )?{PERCENT} of {WHOLE} {IS} {PART}", of_two(lambda p, w: Mul((HUNDRED, Div(p, w))), "percent")),
    form(rf"{PART} {IS} what {PERCENT} of {WHOLE}", of_two(lambda p, w: Mul((HUNDRED, Div(p, w))), "percent")),
    form(rf"(?:what is|find|express|write|give) {PART} as {PERCENT} of {WHOLE}", of_two(lambda p, w: Mul((HUNDRED, Div(p, w))), "percent")),
    form(rf"(?:{ASK} )?{PERCENT} increase from {WHOLE} to {PART}", of_two(_growth, "percent")),
    form(rf"(?:{ASK} )?{PERCENT} change from {WHOLE} to {PART}", of_two(_change, "percent")),
    form(rf"(?:{ASK} )?{PERCENT} decrease from {WHOLE} to {PART}", of_two(lambda p, w: Neg(_growth(p, w)), "percent")),
    form(rf"{PART} {IS} {WHOLE} of what(?: number)?", of_two(_whole_of)),
    form(rf"(?:what number is )?{WHOLE} of what number {IS} {PART}", of_two(_whole_of)),
    form(rf"{PART} {IS} {WHOLE} {PERCENT} of what(?: number)?", of_two(_whole_of_percent)),
    form(rf"{WHOLE} {PERCENT} of what number {IS} {PART}", of_two(_whole_of_percent)),
    form(rf"{CHANGE} {GIVEN}(?: {TO}) (?:decimal|decimal form|decimal number)", to_form("decimal")),
    form(rf"{CHANGE} {GIVEN}(?: {TO}) {PERCENT}", to_form("percent", lambda n: Mul((HUNDRED, n)))),
    form(rf"{CHANGE} {GIVEN}(?: {TO}) mixed (?:number|fraction)", to_form("mixed number")),
    form(rf"{CHANGE} {GIVEN}(?: {TO}) improper fraction", to_form("fraction")),
    form(rf"{CHANGE} {GIVEN} {TO} (?:simplified |simplest |common )?fraction", to_form("fraction")),
    form(rf"what is {GIVEN} as decimal", to_form("decimal")),
    form(rf"what is {GIVEN} as (?:simplified )?fraction", to_form("fraction")),
    form(rf"what is {GIVEN} as {PERCENT}", to_form("percent", lambda n: Mul((HUNDRED, n)))),
    form(rf"{CHANGE} {GIVEN}(?: (?:degrees?|deg))? {TO} radians?", to_form("radians", _turned)),
    form(rf"{CHANGE} {GIVEN}(?: (?:radians?|rad))? {TO} degrees?", _no_sign(to_form("degrees", _in_degrees))),
    form(rf"(?:simplify|reduce)(?: ratio)? {M}", _ratio),
    form(rf"{CHANGE} {GIVEN}", _as_said),
)  # fmt: skip
