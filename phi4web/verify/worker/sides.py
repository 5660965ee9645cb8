"""The other sides of an answer such as ∫ x² dx = 9: what computer algebra has to work out must be equal to the side that was judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from phi4web.verify.build import NotBuildable, TooLarge
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, Unfit, plain
from phi4web.verify.checks.bound import gap_inside
from phi4web.verify.checks.enclose import Unclear, Undefined
from phi4web.verify.checks.evaluate import doubtful_part, judge_value
from phi4web.verify.checks.value import value_of
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import (
    Call,
    Const,
    Deriv,
    Integral,
    Interval,
    Limit,
    Neg,
    Node,
    Prod,
    Rel,
    SetBuilder,
    SetOp,
    Sum,
    Sym,
    Text,
    symbols,
    walk,
)
from phi4web.verify.latex.expand import without_units
from phi4web.verify.problem import Statement

WORKED = (Deriv, Integral, Limit, Prod, Sum)
SETS = (Interval, SetBuilder, SetOp)
NAMES = (Sym, Call, Text)
EQUAL = frozenset(("=", "~"))
ANTIDERIVATIVES = frozenset(("derivative", "antiderivative", "differential"))  # whose checks read such sides themselves


def unchecked_side(statement: Statement, answer: Node) -> str | None:
    """Words for a side with an integral, a limit, a sum, a product or ∞ that is not proven equal to the side next to it, or None."""
    for one, two in _pairs(statement, answer):
        if not (is_to_do(one) or is_to_do(two)):
            continue
        if symbols(one) | symbols(two) or any(isinstance(n, Call) for side in (one, two) for n in walk(side)):
            if statement.kind in ANTIDERIVATIVES:
                continue
            return f"the left side of the answer, {plain(one)}, was not checked"
        same = _are_same(one, two, statement)
        if same is not True:
            return f"the answer says {plain(one)} = {plain(two)}, which is not so" if same is False else _words(one, two)
    return None


def _words(one: Node, two: Node) -> str:
    side = one if is_to_do(one) else two
    return f"the left side of the answer, {plain(side)}, was not checked"


def _pairs(statement: Statement, answer: Node) -> Iterator[tuple[Node, Node]]:
    """Neighbours in the chains of an answer, without the names of what is asked: a letter, f(2), the question's own expression."""
    for chain in walk(answer):
        if not isinstance(chain, Rel) or not set(chain.ops) <= EQUAL:
            continue
        sides = [without_units(side) for side in chain.args]
        while len(sides) > 1 and (isinstance(sides[0], NAMES) or sides[0] in (statement.node, statement.called)):
            sides = sides[1:]
        sides = [side for side in sides if side != statement.node] if statement.kind == "value" else sides
        yield from zip(sides, sides[1:], strict=False)


def is_to_do(side: Node) -> bool:
    """Whether a side is a task itself: an integral, a limit, a sum, a product or a derivative, or holds infinity."""
    parts = list(walk(side))
    return any(isinstance(n, WORKED) or n == Const("inf") for n in parts) and not any(isinstance(n, SETS) for n in parts)


def _are_same(one: Node, two: Node, statement: Statement) -> bool | None:
    """Whether two sides without letters are proven equal, or different. A decimal may be the rounded value. None: neither."""
    try:
        left, right = _value(one), _value(two)
        if left is None or right is None:
            return None
        if left.is_infinite or right.is_infinite:
            return bool(left == right)
        zero = number_is_zero(left - right)
        if zero is True or is_to_do(two):
            return zero
        status = judge_value(left, two, statement, "the left side", Ring(())).status
        return True if status == "verified" else False if status == "refuted" else None
    except (NotBuildable, TooLarge, NoMethod, Unfit, Unclear, Undefined, *GAVE_UP):
        return None


def _value(side: Node) -> Any:
    """The exact value by a proof; ±oo where the side is endless. None: not known, or there is none."""
    if side in (Const("inf"), Neg(Const("inf"))):
        return Ring(()).build(side)
    if doubtful_part(side) or gap_inside(side):
        return None
    found = value_of(side)
    return found.exact if found is not None and found.proven else None


_NAMED = re.compile(r"\W{0,9}(?:the\s{1,9})?(area|sum|limit|integral|derivative)\s{0,9}(?:=|:|is\b|equals\b)", re.I)
_ASKED = {
    "area": r"area|region|∫|\\int|integ|enclosed|bounded",
    "sum": r"sum|add|plus|\+|total|series|∑|Σ|altogether|how m",
    "limit": r"lim|approach|tend|→|->",
    "integral": r"∫|int",
    "derivative": r"deriv|differen|d\s*/\s*d|\\[dt]?frac\s*\{\s*d|['′]|slope|rate|tangent|gradient",
}


def other_name(problem: str, answer: str) -> str | None:
    """Words for an answer such as sum = 4 to a question that asks for no sum, or None."""
    named = _NAMED.match(answer[:60])
    if named is None or re.search(_ASKED[named.group(1).lower()], problem, re.I):
        return None
    return f"the answer names the {named.group(1).lower()}, which the question does not ask for"
