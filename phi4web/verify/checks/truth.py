"""Is an inequality, or a condition made of several, true at an exact real number? True and False are proven; None: not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from phi4web.verify.build import NotBuildable, to_sympy
from phi4web.verify.checks.defined import defined_at
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import And, Const, Neg, Node, Or, Rel, Sym, symbols

DIGITS = 50


def holds(condition: Node, variable: str, value: Any) -> bool | None:
    """Whether the condition is true where `variable` has the exact value. A side without a real value makes it false."""
    if isinstance(condition, Rel) and (there := defined_at(condition, {variable: value})) is not True:
        return there
    match condition:
        case And(args):
            return _all([holds(a, variable, value) for a in args])
        case Or(args):
            outcomes = [holds(a, variable, value) for a in args]
            return True if True in outcomes else None if None in outcomes else False
        case Rel(ops, args):
            pairs = zip(args, ops, args[1:], strict=False)
            return _all([_related(a, op, b, variable, value) for a, op, b in pairs])
    return None


def _all(outcomes: Sequence[bool | None]) -> bool | None:
    return False if False in outcomes else None if None in outcomes else True


def _related(left: Node, op: str, right: Node, variable: str, value: Any) -> bool | None:
    if isinstance(left, Neg) and left.arg == Const("inf") and op in ("<", "<="):
        return True
    if right == Const("inf") and op in ("<", "<="):
        return True
    x = sympy.Symbol(variable, real=True)
    try:
        a, b = (to_sympy(side, {variable: x}) for side in (left, right))
    except NotBuildable:
        return None
    sides = []
    for side in (a, b):
        try:
            sides.append(enclose(side, {x: value}, DIGITS))
        except Undefined:
            return False
        except (Unclear, OverflowError, ZeroDivisionError):
            return None
    return _ordered(sides[0] - sides[1], op, (a - b).subs(x, value))


def _ordered(bounds: Any, op: str, exact: Any) -> bool | None:
    sign = 1 if bounds.a > 0 else -1 if bounds.b < 0 else 0 if number_is_zero(exact) else None
    if sign is None:
        return None
    table = {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0, "!=": sign != 0}
    return table.get(op)


def range_of(conditions: Sequence[Node], variable: str) -> tuple[Any, Any] | None:
    """The bounded range [low, high] that holds every number fulfilling the conditions; None when they leave one side open."""
    low, high = [], []
    for condition in conditions:
        if not isinstance(condition, Rel):
            continue
        for a, op, b in zip(condition.args, condition.ops, condition.args[1:], strict=False):
            first, second = (a, b) if op in ("<", "<=") else (b, a)
            if op not in ("<", "<=", ">", ">="):
                continue
            if isinstance(second, Sym) and not symbols(first):
                low.append(to_sympy(first, {}))
            elif isinstance(first, Sym) and not symbols(second):
                high.append(to_sympy(second, {}))
    finite = [v for v in (*low, *high) if not v.is_infinite]
    if not low or not high or len(finite) < len(low) + len(high):
        return None
    return max(low, key=lambda v: sympy.N(v, 30)), min(high, key=lambda v: sympy.N(v, 30))
