"""Has a formula, as written, a real value at a point? Looks at every part, since algebra may cancel what forbids it: x/x at 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy

from phi4web.verify.build import NotBuildable, to_sympy
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose, over
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Add, Const, Div, Func, Mul, Neg, Node, Num, Pow, symbols, walk

DIGITS = 50
POSITIVE, NOT_NEGATIVE, NOT_ZERO = (1,), (0, 1), (-1, 1)  # the signs that are allowed
Need = tuple[Node, tuple[int, ...]]


def defined_at(node: Node, point: Mapping[str, Any]) -> bool | None:
    """Whether no part of the formula is undefined over the reals where each letter has its exact value. None: not known."""
    return fulfilled(needs_of(node), point)


def fulfilled(needs: Iterator[Need], point: Mapping[str, Any]) -> bool | None:
    """Whether every part has one of its allowed signs at a point. None: not known."""
    outcomes = [_fulfilled(need, point) for need in needs]
    return False if False in outcomes else None if None in outcomes else True


def defined_over(node: Node, name: str, low: Any, high: Any) -> bool:
    """Whether the formula surely is defined for every value of its letter between two mpmath numbers."""
    x = sympy.Symbol(name, real=True)
    for part, allowed in needs_of(node):
        try:
            bounds = over(to_sympy(part, {name: x}), x, low, high)
        except (Undefined, Unclear, NotBuildable, OverflowError, ZeroDivisionError):
            return False
        if not ((bounds.a > 0 and 1 in allowed) or (bounds.b < 0 and -1 in allowed) or (bounds.a >= 0 and allowed == NOT_NEGATIVE)):
            return False
    return True


def defined_from(node: Node, name: str, start: int) -> bool:
    """Whether the formula, as written, surely has a real value where its letter is any whole number from `start` on."""
    n = sympy.Symbol(f"{name}_0", integer=True, nonnegative=True) + start
    for part in walk(node):
        if isinstance(part, Pow) and symbols(part.exp) and not symbols(part.base):
            if not _has_powers(part, name, n):
                return False
        elif not all(_always(to_sympy(inner, {name: n}), allowed) for inner, allowed in _needs(part)):
            return False
    return True


def _has_powers(power: Pow, name: str, n: Any) -> bool:
    """(-1)^n but not (-1)^(n/2), and not 0^n."""
    base, exponent = to_sympy(power.base, {}), to_sympy(power.exp, {name: n})
    return bool(base.is_positive or (number_is_zero(base) is False and exponent.is_integer))


def _always(value: Any, allowed: tuple[int, ...]) -> bool:
    """Whether a value with a letter that is 0, 1, 2, ... surely has one of the signs allowed."""
    if {POSITIVE: value.is_positive, NOT_NEGATIVE: value.is_nonnegative, NOT_ZERO: value.is_nonzero}[allowed]:
        return True
    if not value.free_symbols:
        zero = number_is_zero(value)
        return zero is not None and (0 if zero else 1 if sympy.N(value, 30) > 0 else -1) in allowed
    letter = next(iter(value.free_symbols))
    if not value.is_polynomial(letter):
        return False
    poly = sympy.Poly(value, letter)
    if not all(c.is_Rational for c in poly.coeffs()):
        return False
    if allowed == NOT_ZERO:
        return not any(root.is_Integer and root >= 0 for root in poly.ground_roots())
    return bool(poly.LC() > 0 and poly.count_roots(0) == 0)


def tame(node: Node) -> bool:
    """Whether the formula is made of rational operations only, as far as its letters go."""
    return not any(
        symbols(n) and (isinstance(n, Func) or (isinstance(n, Pow) and (symbols(n.exp) or not _whole(n.exp)))) for n in walk(node)
    )


def _whole(node: Node) -> bool:
    return _whole(node.arg) if isinstance(node, Neg) else isinstance(node, Num) and node.den == 1


def needs_of(node: Node) -> Iterator[Need]:
    """Each part that must have one of some signs, numbers that plainly are positive left out."""
    for part in walk(node):
        for inner, allowed in _needs(part):
            if not (isinstance(inner, Const) and inner.name in ("e", "pi")) and not (isinstance(inner, Num) and inner.num > 0):
                yield inner, allowed


def _needs(part: Node) -> Iterator[Need]:
    match part:
        case Div(_, den):
            yield den, NOT_ZERO
        case Pow(base, exponent):
            yield from _of_power(base, exponent)
        case Func(name, (inner, *rest)):
            yield from _of_function(name, inner, rest)


def _of_power(base: Node, exponent: Node) -> Iterator[Need]:
    value = rational(exponent)
    if value is None:
        yield base, POSITIVE
    elif value.is_Integer:
        if value <= 0:
            yield base, NOT_ZERO
    else:
        yield base, NOT_NEGATIVE if value > 0 else POSITIVE


def rational(node: Node) -> Any:
    """The value of a whole number, a fraction or its opposite; None for anything else."""
    match node:
        case Num(num, den):
            return sympy.Rational(num, den)
        case Neg(arg):
            inner = rational(arg)
            return None if inner is None else -inner
        case Div(num, den):
            top, bottom = rational(num), rational(den)
            return None if top is None or not bottom else top / bottom
    return None


def _of_function(name: str, inner: Node, rest: list[Node]) -> Iterator[Need]:
    one = Num(1)
    match name:
        case "sqrt":
            yield inner, NOT_NEGATIVE
        case "root":
            index = rational(rest[0])
            if index is None or index.p % 2 == 0 or index.q != 1:
                yield inner, NOT_NEGATIVE
        case "ln" | "log":
            yield inner, POSITIVE
            for base in rest:
                yield base, POSITIVE
                yield Add((base, Neg(one))), NOT_ZERO
        case "arcsin" | "arccos" | "arctanh":
            allowed = POSITIVE if name == "arctanh" else NOT_NEGATIVE
            yield Add((one, inner)), allowed
            yield Add((one, Neg(inner))), allowed
        case "arccosh":
            yield Add((inner, Neg(one))), NOT_NEGATIVE
        case "arcsec" | "arccsc":
            yield Add((Mul((inner, inner)), Neg(one))), NOT_NEGATIVE
        case "tan" | "sec":
            yield Func("cos", (inner,)), NOT_ZERO
        case "cot" | "csc":
            yield Func("sin", (inner,)), NOT_ZERO
        case "coth" | "csch":
            yield inner, NOT_ZERO
        case "mod":
            yield rest[0], NOT_ZERO
        case "factorial":
            yield inner, NOT_NEGATIVE


def _fulfilled(need: Need, point: Mapping[str, Any]) -> bool | None:
    node, allowed = need
    letters = {name: sympy.Symbol(name, real=True) for name in point}
    try:
        expr = to_sympy(node, letters)
        values = {letters[n]: v for n, v in point.items()}
        bounds = enclose(expr, values, DIGITS)
    except Undefined:
        return False
    except (Unclear, NotBuildable, OverflowError, ZeroDivisionError, AttributeError):
        return None
    sign = 1 if bounds.a > 0 else -1 if bounds.b < 0 else 0 if number_is_zero(expr.subs(values)) else None
    return None if sign is None else sign in allowed
