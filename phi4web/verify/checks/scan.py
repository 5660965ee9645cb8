"""Zeros of one real function on a range, by interval arithmetic: none left out, or one surely there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy
from mpmath import mp

from phi4web.verify.checks.enclose import Unclear, Undefined, enclose, over

MOST_PIECES = 4000
STEPS = 400  # of a search for a change of sign
REACH = 40


class Curve:
    """A function with its first three derivatives, made once."""

    def __init__(self, expr: Any, x: Any) -> None:
        self.x = x
        self.orders = [expr]
        for _ in range(3):
            self.orders.append(sympy.diff(self.orders[-1], x))

    def on(self, order: int, low: Any, high: Any) -> Any:
        """Bounds of a derivative on [low, high]. Raises Undefined (nowhere defined there) or Unclear."""
        return over(self.orders[order], self.x, low, high)

    def no_zero(self, low: Any, high: Any) -> bool:
        try:
            bounds = self.on(0, low, high)
        except Undefined:
            return True
        except (Unclear, OverflowError, ZeroDivisionError):
            return False
        return bool(bounds.a > 0 or bounds.b < 0)

    def one_zero(self, root: Any, low: Any, high: Any) -> bool:
        """Whether the exact zero `root`, inside [low, high], is the only one there."""
        for order in (1, 2, 3):
            try:
                bounds = self.on(order, low, high)
            except (Undefined, Unclear, OverflowError, ZeroDivisionError):
                return False
            if bounds.a > 0 or bounds.b < 0:
                return True
            at_root = self.orders[order].subs(self.x, root)
            if order == 3 or not _is_zero(at_root):
                return False
        return False


def _is_zero(value: Any) -> bool:
    from phi4web.verify.checks.zero import number_is_zero

    return number_is_zero(value) is True


def complete_on(curve: Curve, low: Any, high: Any, roots: Sequence[Any]) -> bool:
    """Whether `roots`, exact zeros, are all the zeros on [low, high] (exact numbers). False: not proven."""
    ends = [_middle(low), _middle(high)]
    marks = sorted((_middle(r), k) for k, r in enumerate(roots))
    pieces = 0
    todo = [(ends[0] - mp.mpf(10) ** -12, ends[1] + mp.mpf(10) ** -12)]
    while todo:
        a, b = todo.pop()
        pieces += 1
        if pieces > MOST_PIECES:
            return False
        inside = [k for m, k in marks if a - mp.mpf(10) ** -9 <= m <= b + mp.mpf(10) ** -9]
        if not inside and curve.no_zero(a, b):
            continue
        if len(inside) == 1 and curve.one_zero(roots[inside[0]], a - mp.mpf(10) ** -9, b + mp.mpf(10) ** -9):
            continue
        if b - a < mp.mpf(10) ** -10:
            return False
        middle = a + (b - a) * mp.mpf("0.5078125")
        todo += [(a, middle), (middle, b)]
    return True


def _middle(value: Any) -> Any:
    return mp.mpf(enclose(sympy.sympify(value), digits=30).mid)


def surely_a_zero(curve: Curve, low: Any, high: Any, away_from: Sequence[Any]) -> tuple[Any, Any] | None:
    """Two points near each other where the function has opposite signs, defined in between, with none of `away_from` there."""
    marks = [_middle(r) for r in away_from]
    before: tuple[Any, int] | None = None
    for point in _grid(low, high):
        sign = _sign_at(curve, point)
        if before and sign and before[1] * sign < 0 and not any(before[0] <= m <= point for m in marks):
            found = _narrowed(curve, before[0], point, before[1])
            if found and not any(found[0] <= m <= found[1] for m in marks):
                return found
        before = (point, sign) if sign else None
    return None


def _grid(low: Any, high: Any) -> Iterator[Any]:
    a, b = mp.mpf(low), mp.mpf(high)
    for k in range(STEPS + 1):
        yield a + (b - a) * (k + mp.mpf("0.0137")) / (STEPS + 1)


def _sign_at(curve: Curve, point: Any) -> int:
    try:
        bounds = curve.on(0, point, point)
    except (Undefined, Unclear, OverflowError, ZeroDivisionError):
        return 0
    return 1 if bounds.a > 0 else -1 if bounds.b < 0 else 0


def _narrowed(curve: Curve, a: Any, b: Any, left_sign: int) -> tuple[Any, Any] | None:
    """Bisection down to a short piece on which the function is bounded, so that it has no jump to infinity."""
    for _ in range(60):
        middle = (a + b) / 2
        sign = _sign_at(curve, middle)
        if not sign:
            return None
        a, b = (middle, b) if sign == left_sign else (a, middle)
        if b - a < mp.mpf(10) ** -12:
            break
    try:
        curve.on(0, a, b)
    except (Undefined, Unclear, OverflowError, ZeroDivisionError):
        return None
    return (a, b)
