"""Has a formula, as written, a real value at a point? Looks at every part, since algebra may cancel what forbids it: x/x at 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy

from phi4web.verify.build import NotBuildable, to_sympy
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Add, Div, Func, Neg, Node, Num, Pow, symbols, walk

DIGITS = 50
POSITIVE, NOT_NEGATIVE, NOT_ZERO = (1,), (0, 1), (-1, 1)  # the signs that are allowed
Need = tuple[Node, tuple[int, ...]]


def defined_at(node: Node, point: Mapping[str, Any]) -> bool | None:
    """Whether no part of the formula is undefined over the reals where each letter has its exact value. None: not known."""
    outcomes = [_fulfilled(need, point) for need in needs_of(node)]
    return False if False in outcomes else None if None in outcomes else True


def tame(node: Node) -> bool:
    """Whether the formula is made of rational operations only, as far as its letters go."""
    return not any(
        symbols(n) and (isinstance(n, Func) or (isinstance(n, Pow) and (symbols(n.exp) or not _whole(n.exp)))) for n in walk(node)
    )


def _whole(node: Node) -> bool:
    return _whole(node.arg) if isinstance(node, Neg) else isinstance(node, Num) and node.den == 1


def needs_of(node: Node) -> Iterator[Need]:
    """Each part with letters that must have one of some signs."""
    for part in walk(node):
        match part:
            case Div(_, den) if symbols(den):
                yield den, NOT_ZERO
            case Pow(base, exponent) if symbols(part) and not (_whole(exponent) and not isinstance(exponent, Neg) and exponent != Num(0)):
                yield base, NOT_ZERO if _whole(exponent) else NOT_NEGATIVE if _positive(exponent) else POSITIVE
            case Func("sqrt", (inner,)) if symbols(inner):
                yield inner, NOT_NEGATIVE
            case Func("root", (inner, Num(n, 1))) if symbols(inner) and n % 2 == 0:
                yield inner, NOT_NEGATIVE
            case Func("ln" | "log", (inner, *base)) if symbols(part):
                yield inner, POSITIVE
                for b in base:
                    yield b, POSITIVE
            case Func("arcsin" | "arccos", (inner,)) if symbols(inner):
                yield Add((Num(1), inner)), NOT_NEGATIVE
                yield Add((Num(1), Neg(inner))), NOT_NEGATIVE
            case Func("tan" | "sec", (inner,)) if symbols(inner):
                yield Func("cos", (inner,)), NOT_ZERO
            case Func("cot" | "csc", (inner,)) if symbols(inner):
                yield Func("sin", (inner,)), NOT_ZERO


def _positive(exponent: Node) -> bool:
    return isinstance(exponent, Div) and isinstance(exponent.num, Num) and isinstance(exponent.den, Num)


def _fulfilled(need: Need, point: Mapping[str, Any]) -> bool | None:
    node, allowed = need
    letters = {name: sympy.Symbol(name, real=True) for name in point}
    try:
        expr = to_sympy(node, letters)
        values = {letters[n]: v for n, v in point.items()}
        bounds = enclose(expr, values, DIGITS)
    except Undefined:
        return False
    except (Unclear, NotBuildable, OverflowError, ZeroDivisionError):
        return None
    sign = 1 if bounds.a > 0 else -1 if bounds.b < 0 else 0 if number_is_zero(expr.subs(values)) else None
    return None if sign is None else sign in allowed
