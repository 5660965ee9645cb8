"""Polynomials in one letter with rational coefficients, read off a formula exactly. Knows no words and no SymPy."""

from __future__ import annotations

from fractions import Fraction

from phi4web.verify.latex.ast import Add, Div, Mul, Neg, Node, Num, Percent, Pow, Rel, Sym

MOST_DEGREE = 30
Coefficients = tuple[Fraction, ...]  # the constant first, no zero at the end; () is the zero polynomial


def coefficients(node: Node, name: str) -> Coefficients | None:
    """None: no polynomial, another letter in it, or a degree above MOST_DEGREE."""
    match node:
        case Num(num, den):
            return trimmed((Fraction(num, den),))
        case Sym(letter):
            return (Fraction(0), Fraction(1)) if letter == name else None
        case Neg(arg):
            return _scaled(coefficients(arg, name), Fraction(-1))
        case Percent(arg):
            return _scaled(coefficients(arg, name), Fraction(1, 100))
        case Add(args):
            total: Coefficients | None = ()
            for arg in args:
                total = _added(total, coefficients(arg, name))
            return total
        case Mul(args):
            made: Coefficients | None = (Fraction(1),)
            for arg in args:
                made = _multiplied(made, coefficients(arg, name))
            return made
        case Div(num, den):
            below = coefficients(den, name)
            return _scaled(coefficients(num, name), 1 / below[0]) if below is not None and len(below) == 1 else None
        case Pow(base, Num(exponent, 1, None)) if 0 < exponent <= MOST_DEGREE:
            inner = coefficients(base, name)
            made = (Fraction(1),)
            for _ in range(exponent):
                made = _multiplied(made, inner)
            return made
    return None


def of_equation(node: Node, name: str) -> Coefficients | None:
    """The polynomial that is zero: left minus right, or the formula itself."""
    if isinstance(node, Rel):
        return coefficients(Add((node.args[0], Neg(node.args[1]))), name) if node.ops == ("=",) else None
    return coefficients(node, name)


def trimmed(values: Coefficients) -> Coefficients:
    end = len(values)
    while end and values[end - 1] == 0:
        end -= 1
    return values[:end]


def derived(values: Coefficients) -> Coefficients:
    return tuple(k * c for k, c in enumerate(values))[1:]


def number(value: Fraction) -> Node:
    """The fraction as a formula."""
    size = Num(abs(value.numerator), value.denominator)
    return Neg(size) if value < 0 else size


def formula(values: Coefficients, name: str) -> Node:
    """The polynomial as a sum, the highest power first."""
    terms = [_term(c, k, name) for k, c in reversed(list(enumerate(values))) if c]
    return Num(0) if not terms else terms[0] if len(terms) == 1 else Add(tuple(terms))


def _term(value: Fraction, power: int, name: str) -> Node:
    if not power:
        return number(value)
    letter: Node = Sym(name) if power == 1 else Pow(Sym(name), Num(power))
    size: Node = letter if abs(value) == 1 else Mul((number(abs(value)), letter))
    return Neg(size) if value < 0 else size


def greatest_common_divisor(a: Coefficients, b: Coefficients) -> Coefficients:
    """By Euclid's algorithm, with leading coefficient 1."""
    while b:
        a, b = b, remainder(a, b)
    return tuple(c / a[-1] for c in a) if a else a


def divided(a: Coefficients, b: Coefficients) -> tuple[Coefficients, Coefficients]:
    """(quotient, remainder); b must not be zero."""
    rest, parts = list(a), [Fraction(0)] * max(0, len(a) - len(b) + 1)
    for k in reversed(range(len(parts))):
        parts[k] = rest[k + len(b) - 1] / b[-1]
        for j, c in enumerate(b):
            rest[k + j] -= parts[k] * c
    return trimmed(tuple(parts)), trimmed(tuple(rest))


def remainder(a: Coefficients, b: Coefficients) -> Coefficients:
    return divided(a, b)[1]


def _scaled(values: Coefficients | None, factor: Fraction) -> Coefficients | None:
    return None if values is None else trimmed(tuple(factor * c for c in values))


def _added(a: Coefficients | None, b: Coefficients | None) -> Coefficients | None:
    if a is None or b is None:
        return None
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    return trimmed(tuple(c + (short[k] if k < len(short) else 0) for k, c in enumerate(long)))


def _multiplied(a: Coefficients | None, b: Coefficients | None) -> Coefficients | None:
    if a is None or b is None or len(a) + len(b) > MOST_DEGREE + 2:
        return None
    made = [Fraction(0)] * max(0, len(a) + len(b) - 1)
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            made[i + j] += p * q
    return trimmed(tuple(made))


def combined(a: Coefficients | None, b: Coefficients, c: Coefficients, d: Coefficients) -> Coefficients | None:
    """a·b + c·d; None when the degree is too high."""
    return _added(_multiplied(a, b), _multiplied(c, d))


def is_square_free(values: Coefficients) -> bool:
    """Whether all roots, complex ones too, are different."""
    return len(greatest_common_divisor(values, derived(values))) == 1


def distinct_real_roots(values: Coefficients) -> int:
    """How many different real numbers are roots, by Sturm's theorem."""
    chain = [values, derived(values)]
    while chain[-1]:
        chain.append(tuple(-c for c in remainder(chain[-2], chain[-1])))
    ends = [p for p in chain if p]
    return _changes([p[-1] * (-1) ** (len(p) - 1) for p in ends]) - _changes([p[-1] for p in ends])


def _changes(signs: list[Fraction]) -> int:
    return sum(1 for a, b in zip(signs, signs[1:], strict=False) if (a < 0) != (b < 0))
