"""A finite list that surely holds every real solution of an equation with roots, absolute values, exponentials or logarithms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import QQ, Poly

from phi4web.verify.checks.base import NoMethod
from phi4web.verify.checks.polynomial import MOST_DEGREE, ROOT_WIDTH, Root
from phi4web.verify.latex.ast import Add, Div, Func, Mul, Neg, Node, Num, Pow, Sym

MOST_GENERATORS = 4
MOST_POWER = 12
U = sympy.Symbol("u", positive=True)


@dataclass
class Algebra:
    """A formula as a rational function of x and new letters, each bound by a polynomial relation."""

    x: Any
    letters: list[Any] = field(default_factory=list)
    relations: list[Any] = field(default_factory=list)
    bottoms: list[Any] = field(default_factory=list)

    def build(self, node: Node) -> Any:
        match node:
            case Num(num, den):
                return sympy.Rational(num, den)
            case Sym():
                return self.x
            case Neg(arg):
                return -self.build(arg)
            case Add(args):
                return sympy.Add(*(self.build(a) for a in args))
            case Mul(args):
                return sympy.Mul(*(self.build(a) for a in args))
            case Div(num, den):
                return self.build(num) / self._bottom(self.build(den))
            case Func("sqrt", (inner,)):
                return self._new(inner, 2)
            case Func("root", (inner, Num(n, 1))):
                return self._new(inner, n)
            case Func("abs", (inner,)):
                value = self.build(inner)
                return self._letter(lambda s: s**2 - value**2)
            case Pow(base, exponent):
                return self._power(base, exponent)
            case _:
                raise NoMethod("equations with powers, roots and absolute values")

    def _bottom(self, value: Any) -> Any:
        if value == 0:
            raise NoMethod("equations without a division by zero")
        self.bottoms.append(value)
        return value

    def _power(self, base: Node, exponent: Node) -> Any:
        power = _rational(exponent)
        if power is None or abs(power.p) > MOST_POWER or power.q > MOST_POWER:
            raise NoMethod("equations with small rational powers")
        inner = self.build(base) if power.q == 1 else self._new(base, power.q)
        return inner**power.p if power.p >= 0 else 1 / self._bottom(inner) ** -power.p

    def _new(self, inner: Node, n: int) -> Any:
        if not 2 <= n <= MOST_POWER:
            raise NoMethod("equations with small roots")
        value = self.build(inner)
        return self._letter(lambda s: s**n - value)

    def _letter(self, relation: Any) -> Any:
        if len(self.letters) == MOST_GENERATORS:
            raise NoMethod(f"equations with at most {MOST_GENERATORS} roots or absolute values")
        letter = sympy.Symbol(f"s{len(self.letters)}")
        self.letters.append(letter)
        self.relations.append(relation(letter))
        return letter


def _rational(node: Node) -> Any:
    match node:
        case Num(num, den):
            return sympy.Rational(num, den)
        case Neg(arg):
            inner = _rational(arg)
            return None if inner is None else -inner
        case Div(num, den):
            top, bottom = _rational(num), _rational(den)
            return None if top is None or not bottom else top / bottom
    return None


def algebraic(left: Node, right: Node, x: Any) -> tuple[Root, ...]:
    """Every real solution is among these. Raises NoMethod."""
    poly = eliminated(left, right, x)
    if poly.degree() < 1:
        return ()
    return tuple(Root(_number(a), _number(b)) for (a, b), _ in poly.intervals(eps=ROOT_WIDTH))


def _number(value: Any) -> Any:
    return sympy.Rational(int(value.p), int(value.q))


def eliminated(left: Node, right: Node, x: Any) -> Poly:
    """A polynomial that is zero at every solution; squarefree."""
    algebra = Algebra(x)
    difference = sympy.together(algebra.build(left) - algebra.build(right))
    current = sympy.fraction(difference)[0]
    for letter, relation in zip(reversed(algebra.letters), reversed(algebra.relations), strict=True):
        top = sympy.fraction(sympy.together(relation))[0]
        if not current.has(letter):
            continue
        if sympy.degree(current, letter) * sympy.degree(top, letter) > MOST_DEGREE:
            raise NoMethod("equations of a smaller degree")
        current = sympy.resultant(sympy.expand(current), sympy.expand(top), letter)
        if current != 0 and current.free_symbols:
            current = sympy.sqf_part(current)
    try:
        poly = Poly(current, x, domain=QQ)
    except (sympy.PolynomialError, sympy.CoercionFailed) as problem:
        raise NoMethod("equations with rational coefficients") from problem
    if poly.is_zero or poly.degree() > MOST_DEGREE:
        raise NoMethod("equations that lead to one polynomial of small degree")
    return poly.sqf_part()


@dataclass(frozen=True, slots=True)
class Exponentials:
    """Sum of coefficient · exp(rate · x) = 0, rates as vectors over logarithms of primes and over 1 (for e)."""

    terms: dict[tuple[tuple[Any, Any], ...], Any]

    def rate(self, key: tuple[tuple[Any, Any], ...]) -> Any:
        return sympy.Add(*(a * (1 if p == 1 else sympy.log(p)) for p, a in key))

    def most_zeros(self) -> int | None:
        """By the rule of signs: a sum of exponentials has no more real zeros than changes of sign, ordered by rate."""
        ordered = sorted(self.terms.items(), key=lambda t: sympy.N(self.rate(t[0]), 30))
        signs = [sympy.sign(sympy.N(c, 30)) for _, c in ordered]
        if any(s == 0 for s in signs):
            return None
        return sum(1 for a, b in zip(signs, signs[1:], strict=False) if a != b)


def exponentials(difference: Any, x: Any) -> Exponentials:
    """Read an expression as a sum of exponentials of linear exponents. Raises NoMethod."""
    terms: dict[tuple[tuple[Any, Any], ...], Any] = {}
    for term in sympy.Add.make_args(sympy.expand(sympy.numer(sympy.together(difference)), force=False)):
        coefficient: Any = sympy.Integer(1)
        rate: dict[Any, Any] = {}
        for factor in sympy.Mul.make_args(term):
            if not factor.has(x):
                coefficient *= factor
                continue
            coefficient *= _exponential(factor, x, rate)
        key = tuple(sorted(((p, a) for p, a in rate.items() if a != 0), key=str))
        terms[key] = terms.get(key, 0) + coefficient
    kept = {k: c for k, c in terms.items() if c != 0}
    if not kept:
        raise NoMethod("equations that are not identities")
    return Exponentials(kept)


def _exponential(factor: Any, x: Any, rate: dict[Any, Any]) -> Any:
    """Add the rate of one factor b^(p x + q) to `rate`, and return b^q."""
    base, exponent = (sympy.E, factor.args[0]) if isinstance(factor, sympy.exp) else factor.as_base_exp()
    if base.has(x) or not exponent.is_polynomial(x) or sympy.degree(exponent, x) != 1:
        raise NoMethod("equations with exponents that are linear")
    p, q = Poly(exponent, x).all_coeffs()
    if not p.is_Rational:
        raise NoMethod("equations with rational exponents")
    if base == sympy.E:
        rate[1] = rate.get(1, 0) + p
    elif base.is_Rational and base > 0:
        for prime, power in sympy.factorrat(base).items():
            rate[prime] = rate.get(prime, 0) + p * power
    else:
        raise NoMethod("equations with positive rational bases")
    return base**q


def exponential_solutions(sum_: Exponentials) -> list[Any]:
    """All real solutions, exact, when the rates are multiples of one rate and the polynomial in it splits. Raises NoMethod."""
    keys = list(sum_.terms)
    first = next((k for k in keys if k), None)
    if first is None:
        return []
    unit = dict(first)
    scales = [_multiple(dict(k), unit) for k in keys]
    if any(s is None for s in scales):
        if len(keys) == 2:
            return _two_terms(sum_)
        raise NoMethod("equations with one base")
    step = sympy.ilcm(1, *(s.q for s in scales))
    lowest = min(s * step for s in scales)
    poly = sympy.Add(*(c * U ** int(s * step - lowest) for s, c in zip(scales, sum_.terms.values(), strict=True)))
    return [sympy.log(u) * step / sum_.rate(first) for u in _positive_roots(poly)]


def _two_terms(sum_: Exponentials) -> list[Any]:
    (k1, c1), (k2, c2) = sum_.terms.items()
    ratio = -c2 / c1
    if not ratio.is_positive:
        return []
    return [sympy.log(ratio) / (sum_.rate(k1) - sum_.rate(k2))]


def _multiple(vector: dict[Any, Any], unit: dict[Any, Any]) -> Any:
    """r with vector = r · unit, or None."""
    if not vector:
        return sympy.Integer(0)
    if set(vector) != set(unit):
        return None
    ratios = {vector[p] / unit[p] for p in unit}
    return ratios.pop() if len(ratios) == 1 else None


def _positive_roots(poly: Any) -> Iterator[Any]:
    found = sympy.roots(poly, U)
    plain = sympy.Symbol("w")
    found = sympy.roots(poly.subs(U, plain), plain)
    if sum(found.values()) != sympy.degree(poly.subs(U, plain), plain):
        raise NoMethod("exponential equations that lead to a simple polynomial")
    for root in found:
        if root.is_positive:
            yield root
        elif root.is_positive is None and root.is_real is not False:
            raise NoMethod("exponential equations with clear roots")


def logarithmic_solutions(difference: Any, x: Any) -> list[Any]:
    """A list that holds every real solution of an equation linear in logarithms, or a polynomial in one. Raises NoMethod."""
    logs = sorted((a for a in difference.atoms(sympy.log) if a.has(x)), key=str)
    letters = [sympy.Symbol(f"L{k}") for k in range(len(logs))]
    replaced = sympy.expand(difference.subs(dict(zip(logs, letters, strict=True))))
    if not logs or replaced.has(x) or not replaced.is_polynomial(*letters):
        raise NoMethod("equations with logarithms by themselves")
    if len(logs) == 1:
        poly = sympy.Poly(replaced, letters[0])
        values = sympy.roots(poly)
        if sum(values.values()) != poly.degree():
            raise NoMethod("equations with simple logarithms")
        return [r for t in values if t.is_real is not False for r in _solved(logs[0].args[0] - sympy.exp(t), x)]
    poly = sympy.Poly(replaced, *letters)
    if poly.total_degree() != 1:
        raise NoMethod("equations that are linear in logarithms")
    weights = [poly.coeff_monomial(s) for s in letters]
    ratios = [sympy.simplify(w / weights[0]) for w in weights]
    if not all(r.is_Rational for r in ratios):
        raise NoMethod("logarithms with bases that fit together")
    scale = sympy.ilcm(1, *(r.q for r in ratios))
    product = sympy.Mul(*(log.args[0] ** int(r * scale) for log, r in zip(logs, ratios, strict=True)))
    constant = sympy.exp(sympy.expand(sympy.simplify(-poly.coeff_monomial(1) * scale / weights[0])))
    return _solved(product - constant, x)


def _solved(expr: Any, x: Any) -> list[Any]:
    """All complex roots of a rational function, exact. Raises NoMethod."""
    top = sympy.numer(sympy.together(expr))
    if not top.is_polynomial(x):
        raise NoMethod("equations that lead to a polynomial")
    poly = sympy.Poly(top, x)
    roots = sympy.roots(poly)
    if poly.is_zero or sum(roots.values()) != poly.degree():
        raise NoMethod("equations that lead to a simple polynomial")
    return list(roots)
