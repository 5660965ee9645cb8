"""Is an answer written in the form that was asked for? Each test gives the fault in words, or None."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import gcd
from typing import Any

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from phi4web.verify.build import NotBuildable
from phi4web.verify.checks.base import GAVE_UP, Ring
from phi4web.verify.latex.ast import Add, Deriv, Div, Func, Integral, Limit, Mul, Neg, Node, Num, Pow, Prod, Sum, symbols, walk

MOST_FACTORED = 2000  # a radicand larger than this is not searched for squares
UNFINISHED = (Deriv, Integral, Limit, Sum, Prod)


def fault_of(style: str, form: frozenset[str], answer: Node, ring: Ring) -> str | None:
    """What keeps the answer from being in the form asked for."""
    if any(isinstance(n, UNFINISHED) for n in walk(answer)):
        return "it is not worked out"
    tests = [TESTS[style], *(FORMS[name] for name in sorted(form) if name in FORMS)]
    return next((fault for test in tests if (fault := test(answer, ring))), None)


def simplified(node: Node, ring: Ring) -> str | None:
    """Like terms collected, fractions reduced, radicals as small as they get."""
    return like_terms(node, ring) or _one_fraction_each(node, ring) or radicals(node) or _plain_numbers(node)


def expanded(node: Node, ring: Ring) -> str | None:
    """A sum of products, like terms collected."""
    for part in walk(node):
        factors = part.args if isinstance(part, Mul) else (part.base,) if isinstance(part, Pow) and _whole(part.exp) else ()
        if any(isinstance(_bare(f), Add) for f in factors) and not isinstance(part, Pow):
            return "a product of sums is left"
        if factors and isinstance(part, Pow) and isinstance(_bare(factors[0]), Add):
            return "a power of a sum is left"
        if isinstance(part, Neg) and isinstance(part.arg, Add):
            return "a bracket is left"
    return like_terms(node, ring) or _plain_numbers(node)


def factored(node: Node, ring: Ring) -> str | None:
    """A product of factors that can't be split over the rationals, common number factors taken out."""
    units, fractions = 0, False
    factors = list(_factors(node))
    for factor in factors:
        value = ring.build(factor)
        if not value.free_symbols:
            units += 1
            continue
        try:
            poly = sympy.Poly(value, *sorted(value.free_symbols, key=str))
        except sympy.PolynomialError:
            return "a factor is no polynomial"
        if value.has(sympy.I):
            return "a factor has complex coefficients"
        fractions = fractions or (poly.domain.is_QQ and any(c.q != 1 for c in poly.coeffs()))
        if not poly.domain.is_Numerical or not poly.domain.is_Exact:
            return "a factor is no polynomial with rational coefficients"
        if fault := _reducible(poly, alone=len(factors) == 1):
            return fault
    if units and fractions:
        return "a number factor stands beside a factor with fractions"
    return "several number factors are left" if units > 1 else like_terms(node, ring)


def _reducible(poly: Any, alone: bool) -> str | None:
    if not poly.domain.is_QQ and not poly.domain.is_ZZ:
        return None if poly.total_degree() == 1 else "a factor has irrational coefficients and is not linear"
    content, parts = poly.factor_list()
    if len(parts) > 1 or (parts and parts[0][1] > 1):
        return f"{str(poly.as_expr()).replace('**', '^').replace('*', '')} can be factored further"
    if poly.domain.is_ZZ and abs(content) != 1:
        return "a common number factor is left"
    return None


def _factors(node: Node) -> Iterator[Node]:
    match node:
        case Mul(args):
            for arg in args:
                yield from _factors(arg)
        case Neg(arg):
            yield from _factors(arg)
        case Pow(base, exponent) if _whole(exponent):
            yield from _factors(base)
        case Div(num, den) if not symbols(den):
            yield from _factors(num)
            yield den
        case _:
            yield node


def rationalized(node: Node, ring: Ring) -> str | None:
    """No root in a denominator, be it one below a root: sqrt(1/2)."""
    for part in walk(node):
        if _is_root(part) and any(isinstance(n, Div) and not symbols(n) for n in walk(_below(part))):
            return "a fraction is left under a root"
        if isinstance(part, Pow) and isinstance(part.exp, Neg) and _is_root(Pow(part.base, part.exp.arg)):
            return "a root is left in a denominator"
        bottom = part.den if isinstance(part, Div) else part.base if isinstance(part, Pow) and isinstance(part.exp, Neg) else None
        if bottom is not None and any(_is_root(n) for n in walk(bottom)):
            return "a root is left in a denominator"
    return like_terms(node, ring)


def partial_fractions(node: Node, ring: Ring) -> str | None:
    """Each denominator a power of one factor that can't be split, each fraction proper."""
    for term in node.args if isinstance(node, Add) else (node,):
        top, bottom = sympy.fraction(ring.build(term))
        letters = sorted(bottom.free_symbols, key=str)
        if not letters:
            continue
        parts = sympy.factor_list(bottom)[1]
        if len(letters) > 1 or len(parts) != 1:
            return "a denominator has several factors"
        if sympy.degree(top, letters[0]) >= sympy.degree(parts[0][0], letters[0]):
            return "a numerator has too high a degree"
    return None


def like_terms(node: Node, ring: Ring) -> str | None:
    """Whether SymPy's own sum has fewer terms, or its product fewer factors, than is written."""
    for part in walk(node):
        if isinstance(part, Add):
            terms = list(_terms(part))
            if len(sympy.Add.make_args(ring.build(part))) < len(terms) and not _mixed_number(part):
                return "like terms are not combined"
        if isinstance(part, Mul):
            bases = [_base(f) for f in part.args]
            letters = [b for b in bases if symbols(b)]
            if len(set(letters)) < len(letters):
                return "powers of one base are not combined"
            if sum(isinstance(_bare(f), Num) for f in part.args) > 1:
                return "numbers are not multiplied out"
    return None


def _terms(node: Node) -> Iterator[Node]:
    if isinstance(node, Add):
        for arg in node.args:
            yield from _terms(arg)
    elif isinstance(node, Neg):
        yield from _terms(node.arg)
    else:
        yield node


def _mixed_number(node: Add) -> bool:
    return len(node.args) == 2 and isinstance(node.args[0], Num) and isinstance(node.args[1], Div)


def _base(node: Node) -> Node:
    node = _bare(node)
    return node.base if isinstance(node, Pow) else node


def _bare(node: Node) -> Node:
    return _bare(node.arg) if isinstance(node, Neg) else node


def _whole(node: Node) -> bool:
    return isinstance(node, Num) and node.den == 1


def _below(root: Node) -> Node:
    return root.args[0] if isinstance(root, Func) else root.base if isinstance(root, Pow) else root


def _is_root(node: Node) -> bool:
    if isinstance(node, Func):
        return node.name in ("sqrt", "root")
    return isinstance(node, Pow) and isinstance(_bare(node.exp), Div)


def _one_fraction_each(node: Node, ring: Ring) -> str | None:
    """Fractions reduced, and none inside another."""
    for part in walk(node):
        if not isinstance(part, Div):
            continue
        if any(isinstance(n, Div) and symbols(n) for side in (part.num, part.den) for n in walk(side) if not _in_power(side, n)):
            return "a fraction stands in a fraction"
        if fault := reduced(part, ring):
            return fault
    return None


def _in_power(side: Node, inner: Node) -> bool:
    return any(isinstance(n, Pow) and any(m is inner for m in walk(n.exp)) for n in walk(side))


def reduced(node: Div, ring: Ring) -> str | None:
    """Whether top and bottom have no common factor."""
    if isinstance(_bare(node.num), Num) and isinstance(_bare(node.den), Num):
        top, bottom = _bare(node.num), _bare(node.den)
        assert isinstance(top, Num)
        assert isinstance(bottom, Num)
        whole = top.den == bottom.den == 1
        return "the fraction is not in lowest terms" if whole and (gcd(top.num, bottom.num) > 1 or bottom.num == 1) else None
    top, bottom = ring.build(node.num), ring.build(node.den)
    common = _common(top, bottom)
    return "the fraction can be reduced" if common else None


def _common(top: Any, bottom: Any) -> bool:
    """A common factor with a letter in it, or a common whole number."""
    try:
        a, b = (sympy.Poly(side, *sorted(top.free_symbols | bottom.free_symbols, key=str), domain="QQ") for side in (top, bottom))
    except BasePolynomialError:
        return _common_numbers(top, bottom) or _shared_power(top, bottom)
    if a.gcd(b).total_degree() > 0:
        return True
    return _common_numbers(top, bottom)


def _shared_power(top: Any, bottom: Any) -> bool:
    bases = [{f.as_base_exp()[0] for f in sympy.Mul.make_args(side) if f.free_symbols} for side in (top, bottom)]
    return bool(bases[0] & bases[1])


def _common_numbers(top: Any, bottom: Any) -> bool:
    shared = [sympy.Integer(0), sympy.Integer(0)]
    for k, side in enumerate((top, bottom)):
        for term in sympy.Add.make_args(sympy.expand(side)):
            number = term.as_coeff_Mul()[0]
            if not number.is_Integer:
                return False
            shared[k] = sympy.igcd(shared[k], number)
    return bool(sympy.igcd(*shared) > 1)


def radicals(node: Node) -> str | None:
    """No whole number under a root that has a factor which can come out."""
    for part in walk(node):
        if not (isinstance(part, Func) and part.name in ("sqrt", "root")):
            continue
        n = 2 if part.name == "sqrt" else part.args[1].num if isinstance(part.args[1], Num) else 0
        inner = _bare(part.args[0])
        numbers = [inner, *(inner.args if isinstance(inner, Mul) else ())]
        if n >= 2 and any(isinstance(m, Num) and m.den == 1 and has_power(m.num, n) for m in numbers):
            return "a factor can be taken out of a root"
    return None


def has_power(number: int, n: int) -> bool:
    """Whether a perfect nth power above 1 divides the number, as far as small primes tell."""
    limit = min(int(number ** (1 / n)) + 1, MOST_FACTORED)
    return any(number % k**n == 0 for k in range(2, limit + 1))


def _plain_numbers(node: Node) -> str | None:
    """No arithmetic of bare numbers left, except powers and fractions."""
    for part in walk(node):
        if isinstance(part, Add | Mul) and sum(isinstance(_bare(a), Num) for a in part.args) > 1 and not _scientific(part):
            return "arithmetic is left to do"
        if isinstance(part, Func) and part.name in ("sqrt", "root", "abs", "factorial") and isinstance(part.args[0], Num):
            n = 2 if part.name == "sqrt" else part.args[1].num if part.name == "root" and isinstance(part.args[1], Num) else 0
            root = round(part.args[0].num ** (1 / n)) if n else 0
            if n == 0 or (part.args[0].den == 1 and root**n == part.args[0].num):
                return "arithmetic is left to do"
        if isinstance(part, Func) and not symbols(part) and _is_rational(part):
            return "arithmetic is left to do"
    return None


def _is_rational(node: Func) -> bool:
    """Whether a function of numbers is a plain number: log_2(8), sin(pi/6)."""
    try:
        return bool(Ring(()).build(node).is_Rational)
    except NotBuildable:
        return False


def _scientific(node: Node) -> bool:
    return isinstance(node, Mul) and len(node.args) == 2 and isinstance(node.args[1], Pow)


def positive_exponents(node: Node, ring: Ring) -> str | None:
    negative = any(isinstance(n, Pow) and isinstance(n.exp, Neg) for n in walk(node))
    return "an exponent is negative" if negative else None


def as_fraction(node: Node, ring: Ring) -> str | None:
    bare = _bare(node)
    if isinstance(bare, Div):
        return reduced(bare, ring)
    return None if isinstance(bare, Num) and bare.den == 1 and bare.places is None else "it is not one fraction"


def as_scientific(node: Node, ring: Ring) -> str | None:
    bare = _bare(node)
    if isinstance(bare, Mul) and len(bare.args) == 2 and isinstance(bare.args[1], Pow) and bare.args[1].base == Num(10):
        head = _bare(bare.args[0])
        if isinstance(head, Num) and 1 <= head.num / head.den < 10:
            return None
    return "it is not in scientific notation"


def lowest_terms(node: Node, ring: Ring) -> str | None:
    return _one_fraction_each(node, ring) or radicals(node)


def anything(node: Node, ring: Ring) -> str | None:
    return None


Test = Callable[[Node, Ring], "str | None"]
TESTS: dict[str, Test] = {
    "": anything,
    "simplify": simplified,
    "expand": expanded,
    "factor": factored,
    "rationalize": rationalized,
    "partial fractions": partial_fractions,
}
FORMS: dict[str, Test] = {
    "positive exponents": positive_exponents,
    "fraction": as_fraction,
    "scientific": as_scientific,
    "lowest": lowest_terms,
}


def is_form_fault(style: str, form: frozenset[str], answer: Node, ring: Ring) -> str | None:
    """As `fault_of`; a formula that can't be built has no fault that can be told."""
    try:
        return fault_of(style, form, answer, ring)
    except (NotBuildable, *GAVE_UP):
        return "its form could not be judged"
