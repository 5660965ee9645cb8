"""Sets of real numbers as answers write them: intervals, unions, chains such as 1 < x <= 3, lists. Who is in, and where the ends are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from phi4web.verify.build import to_sympy
from phi4web.verify.checks.base import Unfit
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.truth import holds
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import (
    And,
    Const,
    Interval,
    Listing,
    NamedSet,
    Neg,
    Node,
    Num,
    Or,
    PlusMinus,
    Ratio,
    Rel,
    Set_,
    SetBuilder,
    SetOp,
    Special,
    Sym,
    symbols,
    walk,
)

MOST_ENDS = 40


def same_sets(answer: Node, variable: str) -> tuple[Node, ...]:
    """The sets that an answer names: usually one; of "-2 <= n <= 4 : [-2, 4]" both. Raises Unfit for what is no set of numbers."""
    if isinstance(answer, Rel) and isinstance(answer.args[-1], Ratio) and len(answer.args[-1].items) == 2:
        last, other = answer.args[-1].items
        parts: tuple[Node, ...] = (Rel(answer.ops, (*answer.args[:-1], last)), other)
    else:
        parts = (answer,)
    return tuple(_checked(_tidy(p, variable), variable) for p in parts)


def _tidy(node: Node, variable: str) -> Node:
    match node:
        case Listing(items):
            return Or(tuple(_tidy(i, variable) for i in items))
        case Rel(("in",), (Sym(name), inner)) if name == variable:
            return inner
        case Rel(("=",), (Sym(name), inner)) if name == variable and isinstance(inner, Interval | SetOp | Set_ | NamedSet):
            return inner
    return node


def _checked(node: Node, variable: str) -> Node:
    """The node, when each part is a set or a comparison of the variable with a number."""
    match node:
        case Rel(ops, args):
            solved = set(ops) <= {"<", "<=", ">", ">=", "!=", "="} and all(isinstance(a, Sym) or not symbols(a) for a in args)
            own = {a.name for a in args if isinstance(a, Sym)} == {variable}
            if any(_is_endless(a) for a in args) and not set(ops) <= {"<", ">"}:
                raise Unfit("a set whose infinite ends are open, such as [2, ∞)")
            if solved and own and not any(isinstance(n, PlusMinus) for n in walk(node)):
                return node
        case And(parts) | Or(parts) | SetOp(_, parts):
            for part in parts:
                _checked(part, variable)
            return node
        case SetBuilder(Sym(name), condition):
            _checked(condition, name)
            return node
        case Set_(items) if not any(symbols(i) for i in items):
            return node
        case Interval(lo, hi, lo_closed, hi_closed) if not symbols(lo) and not symbols(hi):
            if (lo_closed and _is_endless(lo)) or (hi_closed and _is_endless(hi)):
                raise Unfit("a set whose infinite ends are open, such as [2, ∞)")
            return node
        case NamedSet("R") | Special("no_solution" | "all_reals"):
            return node
    raise Unfit(f"a set of numbers, such as {variable} < 2 or [1, 3)")


def _is_endless(node: Node) -> bool:
    return node in (Const("inf"), Neg(Const("inf")))


def ends_of(node: Node) -> list[Any]:
    """The exact finite numbers at which membership may change."""
    found: list[Any] = []
    for value in _ends(node):
        if not value.is_infinite and not any(number_is_zero(value - v) for v in found):
            found.append(value)
    if len(found) > MOST_ENDS:
        raise Unfit(f"at most {MOST_ENDS} ends")
    return found


def _ends(node: Node) -> Iterator[Any]:
    match node:
        case Rel(_, args):
            yield from (to_sympy(a, {}) for a in args if not isinstance(a, Sym))
        case And(parts) | Or(parts) | SetOp(_, parts):
            for part in parts:
                yield from _ends(part)
        case SetBuilder(_, condition):
            yield from _ends(condition)
        case Set_(items):
            yield from (to_sympy(i, {}) for i in items)
        case Interval(lo, hi):
            yield from (to_sympy(e, {}) for e in (lo, hi))


def is_in(node: Node, variable: str, value: Any) -> bool | None:
    """Whether an exact real number is in the set. None: not known."""
    match node:
        case Special("no_solution"):
            return False
        case Special("all_reals") | NamedSet("R"):
            return True
        case And(parts) | SetOp("intersection", parts):
            return every([is_in(p, variable, value) for p in parts])
        case Or(parts) | SetOp("union", parts):
            return some([is_in(p, variable, value) for p in parts])
        case SetOp("minus", (first, *rest)):
            return every([is_in(first, variable, value), *(_not(is_in(r, variable, value)) for r in rest)])
        case SetBuilder(Sym(name), condition):
            return is_in(condition, name, value)
        case Set_(items):
            return some([_equal(to_sympy(i, {}), value) for i in items])
        case Interval(lo, hi, lo_closed, hi_closed):
            return every([_below(to_sympy(lo, {}), value, lo_closed), _below(value, to_sympy(hi, {}), hi_closed)])
    return holds(node, variable, value)


def every(outcomes: list[bool | None]) -> bool | None:
    return False if False in outcomes else None if None in outcomes else True


def some(outcomes: list[bool | None]) -> bool | None:
    return True if True in outcomes else None if None in outcomes else False


def _not(outcome: bool | None) -> bool | None:
    return None if outcome is None else not outcome


def _equal(a: Any, b: Any) -> bool | None:
    return number_is_zero(a - b)


def _below(a: Any, b: Any, closed: bool) -> bool | None:
    if a == -sympy.oo or b == sympy.oo:
        return True
    if a == sympy.oo or b == -sympy.oo:
        return False
    try:
        gap = enclose(b - a, digits=50)
    except (Unclear, Undefined):
        return None
    if gap.a > 0:
        return True
    if gap.b < 0:
        return False
    zero = number_is_zero(b - a)
    return closed if zero else None


def has_decimals(node: Node) -> bool:
    return any(isinstance(n, Num) and n.places is not None for n in walk(node))


def is_backwards(node: Node) -> bool:
    """Whether an interval in it has no number inside: (2, -2), or (2, 2]."""
    return any(
        isinstance(n, Interval) and _below(to_sympy(n.lo, {}), to_sympy(n.hi, {}), n.lo_closed and n.hi_closed) is False for n in walk(node)
    )
