"""Limits by the rules of calculus: right where they decide, and silent elsewhere."""

import pytest
import sympy

from phi4web.verify.checks.limits import exact_limit, unbroken

x = sympy.Symbol("x", real=True)
oo = sympy.oo
DECIDED = [
    (sympy.sin(x) / x, 0, "+", 1),
    (x * sympy.log(x), 0, "+", 0),
    (sympy.exp(-1 / x), 0, "-", oo),
    (sympy.tan(x), sympy.pi / 2, "-", oo),
    (sympy.sqrt(x**2 + 1) / x, -oo, "+", -1),
    (sympy.log(x) ** 2 / sympy.sqrt(x), oo, "-", 0),
    (sympy.exp(x) - x**3, oo, "-", oo),
    (sympy.cos(x) ** (1 / x**2), 0, "+", sympy.exp(-sympy.Rational(1, 2))),
    (x * sympy.sin(1 / x), 0, "+", 0),
    (sympy.log(sympy.Abs(x - 1)), 1, "-", -oo),
]
OPEN = [
    (sympy.sin(1 / x), 0, "+"),
    (sympy.sin(x), oo, "-"),
    (sympy.floor(x), 2, "-"),
    (sympy.sqrt(x), 0, "-"),
    (sympy.log(x), 0, "-"),
    (x * sympy.sin(x), oo, "-"),
]


@pytest.mark.parametrize(("expr", "point", "side", "value"), DECIDED)
def test_the_rules_give_the_limit(expr, point, side, value):
    assert sympy.simplify(exact_limit(expr, x, sympy.sympify(point), side) - value) in (0, sympy.nan)  # oo - oo is nan
    assert exact_limit(expr, x, sympy.sympify(point), side).is_infinite == (value in (oo, -oo))


@pytest.mark.parametrize(("expr", "point", "side"), OPEN)
def test_what_has_no_limit_or_no_rule_gets_none(expr, point, side):
    assert exact_limit(expr, x, sympy.sympify(point), side) is None


@pytest.mark.parametrize(
    ("expr", "low", "high", "expected"),
    [
        (1 / x, 0, 1, True),
        (1 / x, -1, 1, False),
        (sympy.log(sympy.Abs(x)), -1, 1, False),
        (sympy.atan(1 / x), -1, 1, False),
        (sympy.floor(x), 0, oo, False),
        (sympy.atan(sympy.tan(x)), 0, 10, False),
        (1 / (x**2 - 2), -1, 1, True),
        (1 / (x**2 - 2), 1, 2, False),
    ],
)
def test_a_break_between_the_ends_is_seen(expr, low, high, expected):
    assert unbroken(expr, x, sympy.sympify(low), sympy.sympify(high)) is expected
