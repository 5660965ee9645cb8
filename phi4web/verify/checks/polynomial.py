"""An equation as one squarefree polynomial over the rationals, its isolated roots, and who is in the domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import QQ, Poly

from phi4web.verify.checks.base import NoMethod, Ring, shown, shown_decimal, told_apart
from phi4web.verify.checks.defined import tame
from phi4web.verify.checks.enclose import enclose
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Div, Neg, Node, Num, Pow, Rel, Sym, symbols, walk
from phi4web.verify.problem.statement import Domain, Statement

ROOT_WIDTH = QQ(1, 10**40)
MOST_DEGREE = 60
DIGITS = 60


@dataclass(frozen=True, slots=True)
class Root:
    """A real root between two rationals; equal ends: that rational is the root."""

    low: Any
    high: Any

    def decimal(self) -> str:
        text = shown_decimal((self.low + self.high) / 2)
        return text if self.low == self.high else text + "…"

    def holds(self, value: Any) -> bool:
        """Whether a number that is known to be a root is this one."""
        if value.has(sympy.I):
            real, imaginary = value.as_real_imag()
            if number_is_zero(imaginary) is not True:
                return False
            value = real
        bounds = enclose(value, digits=DIGITS)
        return bool(bounds.b >= enclose(self.low, digits=DIGITS).a and bounds.a <= enclose(self.high, digits=DIGITS).b)


@dataclass(frozen=True, slots=True)
class Equation:
    """left = right, and `poly`: squarefree, over the rationals, without the roots that a denominator forbids.

    `poly` is zero when every x is a solution.
    """

    left: Any
    right: Any
    x: Any
    poly: Poly
    forbidden: Poly

    def sides_at(self, value: Any) -> str:
        """The two sides in numbers, for people."""
        left, right = (sympy.simplify(side.subs(self.x, value)) for side in (self.left, self.right))
        texts = told_apart(left, right)
        return f"the left side is {texts[0]} and the right side is {texts[1]}"

    def is_root(self, value: Any) -> bool | None:
        return _vanishes(self.poly, self.x, value)

    def is_forbidden(self, value: Any) -> bool | None:
        return _vanishes(self.forbidden, self.x, value)

    def real_roots(self) -> tuple[Root, ...]:
        if self.poly.degree() < 1:
            return ()
        intervals = self.poly.intervals(eps=ROOT_WIDTH)
        return tuple(Root(_rational(low), _rational(high)) for (low, high), _ in intervals)

    def name(self, root: Root) -> str:
        """A real root in words: exact when a factor of degree one or two has it."""
        for value in self.short_roots():
            if root.holds(value):
                return f"{self.x} = {shown(value)}"
        return f"{self.x} ≈ {root.decimal()}"

    def short_roots(self) -> Iterator[Any]:
        """The exact roots, real and complex, of the factors of degree one and two."""
        for factor, _ in self.poly.factor_list()[1]:
            if factor.degree() <= 2:
                yield from sympy.roots(factor)


def _vanishes(poly: Poly, x: Any, value: Any) -> bool | None:
    if value.is_Rational:
        return bool(poly.eval(value) == 0)
    return number_is_zero(sympy.expand(poly.as_expr().subs(x, value)))


def _rational(value: Any) -> Any:
    return sympy.Rational(int(value.p), int(value.q))


def read_equation(statement: Statement) -> Equation:
    """Clear the denominators. Raises NoMethod for what is no polynomial or rational equation in one letter over the rationals."""
    node = statement.node
    if not isinstance(node, Rel) or node.ops != ("=",) or symbols(node) != {statement.variable}:
        raise NoMethod("equations in one unknown")
    if not tame(node):
        raise NoMethod("polynomial and rational equations with rational coefficients")
    ring = Ring((node,), real=False)
    x = ring[statement.variable or "x"]
    left, right = (ring.build(side) for side in node.args)
    top, bottom = sympy.fraction(sympy.together(left - right))
    forbidden = _polynomial(bottom, x)
    for denominator in denominators(node):
        over, under = sympy.fraction(sympy.together(ring.build(denominator)))
        forbidden = forbidden * _polynomial(over, x) * _polynomial(under, x)
    if forbidden.is_zero:
        raise NoMethod("equations without a division by zero")
    poly = _polynomial(top, x)
    if poly.is_zero:
        return Equation(left, right, x, poly, forbidden)
    free = poly.sqf_part()
    return Equation(left, right, x, free.quo(free.gcd(forbidden)).monic(), forbidden)


def denominators(node: Node) -> Iterator[Node]:
    """What must not be zero: simplification could cancel it unseen."""
    for part in walk(node):
        if isinstance(part, Div):
            yield part.den
        elif isinstance(part, Pow) and (isinstance(part.exp, Neg) or part.exp == Num(0)):
            yield part.base


def _polynomial(expr: Any, x: Any) -> Poly:
    try:
        poly = Poly(expr, x, domain=QQ)
    except (sympy.PolynomialError, sympy.CoercionFailed) as problem:
        raise NoMethod("polynomial and rational equations with rational coefficients") from problem
    if poly.degree() > MOST_DEGREE:
        raise NoMethod(f"equations of degree {MOST_DEGREE} or less")
    return poly


def in_domain(equation: Equation, roots: Sequence[Root], domain: Domain) -> tuple[Root, ...]:
    """The real roots in the domain that the question names. Raises NoMethod when a root can't be told from a bound."""
    kept = [r for r in roots if all(_holds(c, r) for c in domain.conditions)]
    if domain.numbers in ("integer", "rational"):
        linear = [v for v in equation.short_roots() if v.is_Rational and (v.is_Integer or domain.numbers == "rational")]
        kept = [r for r in kept if any(r.low <= v <= r.high for v in linear)]
    return tuple(kept)


def _holds(condition: Node, root: Root) -> bool:
    """An inequality such as 0 <= x < 1."""
    assert isinstance(condition, Rel)
    ends = [root if isinstance(a, Sym) else _bound(a) for a in condition.args]
    return all(_ordered(a, op, b) for a, op, b in zip(ends, condition.ops, ends[1:], strict=False))


def _bound(node: Node) -> Root:
    value = Ring(()).build(node)
    if not value.is_Rational and value not in (sympy.oo, -sympy.oo):
        raise NoMethod("bounds that are rational numbers")
    return Root(value, value)


def _ordered(a: Root, op: str, b: Root) -> bool:
    if op in (">", ">="):
        return _ordered(b, {">": "<", ">=": "<="}[op], a)
    if a.high < b.low:
        return True
    if a.low > b.high:
        return False
    if a.low == a.high == b.low == b.high:
        return op == "<="
    raise NoMethod("bounds that are clearly apart from the roots")
