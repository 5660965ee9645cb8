"""Are two real functions the same? Sample points first, for a certified difference; then a proof."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import sympy

from phi4web.verify.build import to_sympy
from phi4web.verify.checks.base import Ring
from phi4web.verify.checks.defined import NOT_NEGATIVE, POSITIVE, defined_at, needs_of
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.polynomial import denominators
from phi4web.verify.checks.zero import function_is_zero
from phi4web.verify.latex.ast import Node

DIGITS = 40
ENOUGH_POINTS = 20
QUICK_POINTS = 4
# small and easy to read first, then both signs, fractions and no pattern that a periodic function could share
SAMPLES = tuple(
    Fraction(p)
    for p in re.findall(
        r"\S+",
        "1 2 3 -1 0 1/2 -2 5 -1/2 1/3 -3 7/3 -5/3 17/10 -13/7 29/11 -41/9 3/8 -2/9 53/6 -71/8 "
        "31/100 -17/100 97/13 -113/10 211/9 19/2 1/50 -1/70 401/7 -307/6",
    )
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two functions compare.

    "same": proven. "agree": equal at `points` points to DIGITS digits, no proof. "differ": certified at `at`, with both values.
    "unknown": too few points where both are defined. `gap`: a point where only the first is defined.
    """

    outcome: Literal["same", "agree", "differ", "unknown"]
    points: int = 0
    at: dict[Any, Fraction] | None = None
    first: Any = None
    second: Any = None
    gap: dict[Any, Fraction] | None = None


def compare(first: Any, second: Any, symbols: Sequence[Any], positive: bool = False, where: Node | None = None) -> Comparison:
    """Compare two expressions in real symbols. Never says "differ" without certified bounds, nor "same" without a proof.

    `positive`: only where all symbols are positive. `where`: only where this formula, as written, is defined.
    """
    count, gap = 0, None
    proven = False
    chosen = (p for p in _points(symbols) if not positive or min(p.values(), default=1) > 0)
    for number, point in enumerate(chosen):
        if number == QUICK_POINTS:
            proven = function_is_zero(first - second) or (where is not None and _zero_where(first - second, where, symbols))
            if proven and gap is not None:
                break
        if where is not None and defined_at(where, _exact(point)) is not True:
            continue
        a = _value(first, point)
        b = _value(second, point)
        if a is None or isinstance(a, Undefined):
            continue
        if isinstance(b, Undefined):
            gap = gap or point
        if b is None or isinstance(b, Undefined):
            continue
        if a.b < b.a or b.b < a.a:
            return Comparison("differ", at=point, first=a, second=b)
        count += 1
        if proven and count >= QUICK_POINTS:
            break
    if proven and count:
        return Comparison("same", count, gap=gap)
    return Comparison("agree" if count >= ENOUGH_POINTS else "unknown", count, gap=gap)


def _zero_where(difference: Any, where: Node, symbols: Sequence[Any]) -> bool:
    """A proof that uses what the formula needs: |u| is u where u must not be negative."""
    env = {str(s): s for s in symbols}
    for part, allowed in needs_of(where):
        if allowed not in (POSITIVE, NOT_NEGATIVE):
            continue
        known = to_sympy(part, env)
        for size in difference.atoms(sympy.Abs):
            ratio = sympy.cancel(size.args[0] / known) if known != 0 else sympy.Integer(0)
            if ratio.is_number and ratio.is_positive:
                difference = difference.xreplace({size: size.args[0]})
    return function_is_zero(difference)


def _exact(point: dict[Any, Fraction]) -> dict[str, Any]:
    return {str(s): sympy.Rational(f.numerator, f.denominator) for s, f in point.items()}


def gap_of(first: Any, second: Any, symbols: Sequence[Any]) -> dict[Any, Fraction] | None:
    """A sample point where `first` has a value and `second` surely has none."""
    for point in _points(symbols):
        if isinstance(_value(second, point), Undefined) and not isinstance(_value(first, point), Undefined | None):
            return point
    return None


def hole_of(first: Any, second: Node, ring: Ring, x: Any) -> dict[Any, Fraction] | None:
    """A rational point where `first` has a value, but a denominator of the formula `second` is zero, cancelled or not."""
    for denominator in denominators(second):
        top = sympy.fraction(sympy.together(ring.build(denominator)))[0]
        if not top.is_polynomial(x) or top.free_symbols != {x}:
            continue
        for root in sympy.roots(top, x, filter="Q"):
            point = {x: Fraction(int(root.p), int(root.q))}
            if not isinstance(_value(first, point), Undefined | None):
                return point
    return None


def _points(symbols: Sequence[Any]) -> Iterator[dict[Any, Fraction]]:
    for start in range(len(SAMPLES)):
        yield {s: SAMPLES[(start + 7 * k) % len(SAMPLES)] for k, s in enumerate(symbols)}


def _value(expr: Any, point: dict[Any, Fraction]) -> Any:
    """An interval narrow enough to mean something, an Undefined, or None."""
    try:
        bounds = enclose(expr, {s: sympy.Rational(f.numerator, f.denominator) for s, f in point.items()}, DIGITS)
    except Undefined as reason:
        return reason
    except (Unclear, OverflowError, ZeroDivisionError):
        return None
    size = max(abs(bounds.a), abs(bounds.b))
    return bounds if bounds.delta <= size * 10 ** (-DIGITS // 2) or bounds.delta < 10 ** (-DIGITS) else None
