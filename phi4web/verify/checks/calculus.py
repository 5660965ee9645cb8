"""Definite integrals and limits as exact values: by computer algebra, with a second look by numbers or certified bounds."""

from __future__ import annotations

from typing import Any

import sympy
from mpmath import mp

from phi4web.verify.build import NotBuildable
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, shown
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.enclose import Unclear, Undefined, over
from phi4web.verify.checks.inequality import boundaries, sorted_points
from phi4web.verify.checks.limits import exact_limit, unbroken
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Const, Integral, Limit, Neg, Node, Num, Rel, symbols

MOST_PIECES = 300
CLOSE = mp.mpf(10) ** -10
FLOAT_DIGITS = 120
NEARER = (3, 5, 7, 9)  # powers of ten
Found = tuple[Any, bool, str]


def integral(node: Integral) -> Found | None:
    """(value, proven, words) of a definite integral; value None or ±oo: it diverges."""
    if node.lo is None or node.hi is None or symbols(node.lo) or symbols(node.hi):
        raise NoMethod("integrals between two numbers")
    ring = Ring((node.expr, node.var))
    x = ring[node.var.name]
    integrand = ring.build(node.expr)
    low, high = _end(node.lo), _end(node.hi)
    if number_is_zero(low - high) if low.is_finite and high.is_finite else False:
        return sympy.Integer(0), True, "The ends are the same."
    if low.is_infinite and low > 0 or high.is_infinite and high < 0 or _above(low, high):
        turned = integral(Integral(node.expr, node.var, node.hi, node.lo))
        return turned and (None if turned[0] is None else -turned[0], turned[1], turned[2])
    if integrand == 0 or not integrand.has(x):
        return ((high - low) * integrand, True, "The integrand is constant.") if (high - low).is_finite else None
    if integrand.has(sympy.Abs) and (found := _by_pieces(node, integrand, x, low, high)):
        return found
    inverse = sympy.integrate(integrand, x)
    if inverse.has(sympy.Integral) or inverse.has(sympy.I) or not function_is_zero(sympy.diff(inverse, x) - integrand):
        return _by_numbers(integrand, x, low, high)
    if low.is_finite and high.is_finite and continuous(inverse, x, low, high) and continuous(integrand, x, low, high):
        value = sympy.simplify(inverse.subs(x, high) - inverse.subs(x, low))
        return value, True, f"{_words(inverse)} has the integrand as derivative and is continuous between the ends."
    return _improper(node, inverse, integrand, x, low, high)


def _by_pieces(node: Integral, integrand: Any, x: Any, low: Any, high: Any) -> Found | None:
    """Absolute values opened between their zeros, where their sign is that of one point."""
    if not (low.is_finite and high.is_finite):
        return None
    inner = [a.args[0] for a in integrand.atoms(sympy.Abs)]
    if not all(i.is_polynomial(x) for i in inner):
        return None
    roots = [r for i in inner for r in sympy.real_roots(sympy.Poly(i, x))]
    if any(r.has(sympy.CRootOf) for r in roots):  # SymPy would write code to work out such a root
        return None
    zeros = sorted_points([r for r in roots if _between(low, r, high)])
    total: Any = sympy.Integer(0)
    ends = [low, *zeros, high]
    for left, right in zip(ends, ends[1:], strict=False):
        middle = (left + right) / 2
        piece = integrand.subs({sympy.Abs(i): i if sympy.N(i.subs(x, middle), 30) > 0 else -i for i in inner})
        inverse = sympy.integrate(piece, x)
        if inverse.has(sympy.Integral) or not function_is_zero(sympy.diff(inverse, x) - piece):
            return None
        if not continuous(inverse, x, left, right):
            return None
        total += inverse.subs(x, right) - inverse.subs(x, left)
    return sympy.simplify(total), True, f"Split at {len(zeros)} zeros of the absolute values, each piece by its antiderivative."


def _end(node: Node) -> Any:
    if node == Const("inf"):
        return sympy.oo
    return -sympy.oo if isinstance(node, Neg) and node.arg == Const("inf") else Ring(()).build(node)


def _above(low: Any, high: Any) -> bool:
    return bool(low.is_finite and high.is_finite and sympy.N(low, 30) > sympy.N(high, 30))


def continuous(expr: Any, x: Any, low: Any, high: Any) -> bool:
    """Bounded and without a jump on [low, high], by certified bounds on a cover of it."""
    a, b = (mp.mpf(str(sympy.N(e, 30))) for e in (low, high))
    room = mp.mpf(10) ** -18 * (1 + abs(a) + abs(b))
    todo, pieces = [(a - room, b + room)], 0
    if _at_edge(expr, x, low, high):
        return False
    while todo:
        left, right = todo.pop()
        pieces += 1
        if pieces > MOST_PIECES or right - left < mp.mpf(10) ** -6:
            return False
        try:
            over(expr, x, left, right)
        except Undefined:
            return False
        except (Unclear, OverflowError, ZeroDivisionError):
            middle = left + (right - left) * mp.mpf("0.4921875")
            todo += [(left, middle), (middle, right)]
    return True


def _at_edge(expr: Any, x: Any, low: Any, high: Any) -> bool:
    return any(expr.subs(x, e).has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo) for e in (low, high))


def _improper(node: Integral, inverse: Any, integrand: Any, x: Any, low: Any, high: Any) -> Found | None:
    """Split at every point where the integrand may end; one-sided limits of the antiderivative there."""
    try:
        marks = sorted_points(boundaries(Rel((">",), (node.expr, Num(0))), node.var.name))
    except (NoMethod, NotBuildable, *GAVE_UP):
        if any(symbols(part) for part, _ in needs_of(node.expr)):
            return None
        marks = []
    inverse = inverse.replace(sympy.log, lambda u: sympy.log(sympy.Abs(u)))  # the same derivative, and real
    inside = [m for m in marks if _between(low, m, high) and _bad(integrand, inverse, x, m)]
    ends = [low, *inside, high]
    total: Any = sympy.Integer(0)
    proven = True
    for left, right in zip(ends, ends[1:], strict=False):
        first = sympy.limit(inverse, x, left, "+" if left.is_finite else "-")
        last = sympy.limit(inverse, x, right, "-")
        if any(not isinstance(v, sympy.Expr) or v.has(sympy.AccumBounds, sympy.Limit, sympy.nan) for v in (first, last)):
            return None
        sure = [same_limit(first, exact_limit(inverse, x, left, "+")), same_limit(last, exact_limit(inverse, x, right, "-"))]
        proven = proven and all(sure) and unbroken(inverse, x, left, right)
        if first.is_infinite or last.is_infinite:
            known = sure[0] if first.is_infinite else sure[1]
            return _diverging(inverse, x, left, right, first, last, len(ends) == 2, known and unbroken(inverse, x, left, right))
        total += last - first
    numeric = _quadrature(integrand, x, ends)
    value = sympy.simplify(total)
    if numeric is None or abs(numeric - mp.mpmathify(sympy.N(value, 30))) > mp.mpf(10) ** -7 * (1 + abs(numeric)):
        return None
    if not proven:
        return value, False, "SymPy's value and numeric integration agree to 7 digits; no proof."
    return value, True, f"{_words(inverse)} has the integrand as derivative; its limits at the ends and numeric integration agree."


def _between(low: Any, mark: Any, high: Any) -> bool:
    return bool(sympy.N(low, 30) < sympy.N(mark, 30) < sympy.N(high, 30))


def _bad(integrand: Any, inverse: Any, x: Any, mark: Any) -> bool:
    values = (integrand.subs(x, mark), inverse.subs(x, mark))
    return any(v.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo) or v.is_real is not True for v in values)


def _diverging(inverse: Any, x: Any, left: Any, right: Any, first: Any, last: Any, one_piece: bool, proven: bool) -> Found:
    where = left if first.is_infinite else right
    words = f"The antiderivative {_words(inverse)} grows without bound near {x} = {shown_end(where)}, so the integral diverges."
    value = last - first
    return (value if one_piece and isinstance(value, sympy.Expr) and value.is_infinite else None), proven, words


def shown_end(value: Any) -> str:
    return "∞" if value == sympy.oo else "-∞" if value == -sympy.oo else shown(value)


def _quadrature(integrand: Any, x: Any, ends: list[Any]) -> Any:
    before = mp.dps
    try:
        mp.dps = 25
        points = [mp.inf if e == sympy.oo else -mp.inf if e == -sympy.oo else mp.mpf(str(sympy.N(e, 30))) for e in ends]
        if -mp.inf in points and mp.inf in points and len(points) == 2:
            points.insert(1, mp.mpf(0))
        total = mp.quad(lambda t: mp.mpmathify(sympy.N(integrand.subs(x, sympy.Float(str(t), 30)), 25)), points, maxdegree=7)
        return total if mp.im(total) == 0 else None
    except (*GAVE_UP, KeyError):
        return None
    finally:
        mp.dps = before


def _by_numbers(integrand: Any, x: Any, low: Any, high: Any) -> Found | None:
    """Without an antiderivative of our own: SymPy's value, if it has one, and numbers. Never proven."""
    value = sympy.integrate(integrand, (x, low, high))
    if value.has(sympy.Integral, sympy.nan, sympy.zoo) or value.is_infinite or value.has(sympy.I):
        return None
    numeric = _quadrature(integrand, x, [low, high])
    if numeric is None or abs(numeric - mp.mpmathify(sympy.N(value, 30))) > CLOSE * (1 + abs(numeric)):
        return None
    return value, False, "SymPy's value and numeric integration agree to 10 digits; no proof."


def limit(node: Limit) -> Found | None:
    """(value, proven, words) of a limit; value None: the two sides differ, so there is none."""
    if symbols(node.point):
        raise NoMethod("limits at a number or at infinity")
    ring = Ring((node.expr, node.var))
    if set(ring.env) != {node.var.name}:
        raise NoMethod("limits without other letters")
    x = ring[node.var.name]
    expr, point = ring.build(node.expr), _end(node.point)
    sides = ["-"] if point == sympy.oo else ["+"] if point == -sympy.oo else [*node.side]
    values = [_one_side(expr, x, point, side) for side in sides]
    if any(v is None for v in values):
        return None
    proven = all(same_limit(v, exact_limit(expr, x, point, side)) for v, side in zip(values, sides, strict=True))
    if len(values) == 2 and values[0] != values[1]:
        same = values[0].is_finite and values[1].is_finite and number_is_zero(values[0] - values[1])
        if same is None:
            return None
        if not same:
            words = f"From above the limit is {shown_end(values[0])}, from below it is {shown_end(values[1])}."
            return None, proven, words
    words = f"Values near the point tend to {shown_end(values[0])}" + (" from both sides" if len(values) == 2 else "")
    return values[0], proven, f"By the rules of calculus, step by step. {words}." if proven else f"{words}, as SymPy says; no proof."


def same_limit(value: Any, exact: Any) -> bool:
    """Whether two routes gave the same limit."""
    if exact is None or value.is_infinite or exact.is_infinite:
        return exact is not None and bool(value == exact)
    return bool(number_is_zero(value - exact))


def _one_side(expr: Any, x: Any, point: Any, side: str) -> Any:
    """The limit from one side, when computer algebra and values nearby agree."""
    value = sympy.limit(expr, x, point, side)
    if not isinstance(value, sympy.Expr) or value.has(sympy.AccumBounds, sympy.Limit, sympy.nan, sympy.zoo, sympy.I):
        return None
    gaps = []
    for power in NEARER:
        near = _near(expr, x, point, side, power)
        if near is None:
            return None
        gaps.append(near)
    return value if _tends(gaps, value) else None


def _near(expr: Any, x: Any, point: Any, side: str, power: int) -> Any:
    # floats of many digits: exact numbers here could make a power of a billion digits
    if point.is_infinite:
        place = sympy.Float(10**power, FLOAT_DIGITS) * (1 if point == sympy.oo else -1)
    else:
        place = sympy.N(point, FLOAT_DIGITS) + sympy.Float(10, FLOAT_DIGITS) ** -power * (1 if side == "+" else -1)
    value = sympy.N(expr.subs(x, place), 60)
    return value if value.is_real and value.is_finite else None


def _tends(near: list[Any], value: Any) -> bool:
    if value.is_infinite:
        sign = 1 if value == sympy.oo else -1
        return all(sign * v > 0 for v in near[1:]) and all(abs(b) > abs(a) for a, b in zip(near, near[1:], strict=False))
    gaps = [abs(v - sympy.N(value, 60)) for v in near]
    small = sympy.Float("1e-2") * (1 + abs(sympy.N(value, 20)))
    return bool(gaps[-1] < small and all(b <= a or b < sympy.Float("1e-40") for a, b in zip(gaps, gaps[1:], strict=False)))


def _words(expr: Any) -> str:
    text = str(expr).replace("**", "^").replace("*", "·")
    return text if len(text) <= 60 else "The antiderivative found"
