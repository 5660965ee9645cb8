"""Arithmetic in words, and whole numbers: 7 times 8, the square root of 144, the remainder, 10 choose 3, primes, divisors, bases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product

from phi4web.verify.latex.ast import (
    Add,
    BaseNum,
    Call,
    Const,
    Deriv,
    Div,
    Func,
    Integral,
    Limit,
    Listing,
    Matrix,
    Mul,
    Neg,
    Node,
    Num,
    Parse,
    Percent,
    PlusMinus,
    Pow,
    Prod,
    Rel,
    Sum,
    Tuple_,
    symbols,
    walk,
)
from phi4web.verify.problem.forms.common import ASK, VALUE, Asked, Handler, M, form, is_bracketed, statement, unconditional
from phi4web.verify.problem.statement import Statement

NO_VALUE = (Matrix, Tuple_, Call, Rel, Listing, Limit, Sum, Prod, Integral, Deriv)


def worked(
    rule: Callable[..., Node | tuple[Node, ...]], whole: bool = False, style: str = "", single: bool = False, plain: bool = False
) -> Handler:
    """A value made of the numbers of the sentence, or several where the words have several meanings. `whole`: of whole numbers only.

    In "5 + 3 times 2" the words could belong to a part of a formula only: each must be one value; `single`: one without a sign or slash.
    `plain`: a percentage beside a number that is none may be a share of it.
    """

    def handler(asked: Asked) -> Iterator[Statement]:
        if asked.conditions.variable is not None or not unconditional(asked, rounding=True):
            return
        groups = [asked.readings(k) for k in range(1, asked.found.re.groups + 1) if asked.found.group(k)]
        texts = [asked.text(k) for k in range(1, asked.found.re.groups + 1) if asked.found.group(k)]
        for chosen in product(*groups):
            nodes = [p.node for p in chosen]
            if not all(is_bracketed(t) or is_one_value(n, single) for t, n in zip(texts, nodes, strict=True)):
                continue
            if any(symbols(n) or any(isinstance(m, NO_VALUE) for m in walk(n)) for n in nodes):
                continue
            if plain and len({isinstance(n, Percent) for n in nodes}) > 1:
                continue
            if not whole or all(_is_whole(n) for n in nodes):
                made = rule(*nodes)
                for node in made if isinstance(made, tuple) else (made,):
                    yield statement(asked, "evaluate", Parse(node, tuple(n for p in chosen for n in p.notes)), style=style)

    return handler


def is_one_value(node: Node, single: bool) -> bool:
    if isinstance(node, Add):
        return not single and len(node.args) == 2 and isinstance(node.args[0], Num) and _is_fraction(node.args[1])  # 2 1/2
    if isinstance(node, Neg):
        return not single and is_one_value(node.arg, single)
    return (
        not isinstance(node, Mul | Div | Pow | PlusMinus) if single else _is_fraction(node) or not isinstance(node, Mul | Div | PlusMinus)
    )


def _is_fraction(node: Node) -> bool:
    return isinstance(node, Div) and isinstance(node.num, Num) and isinstance(node.den, Num)


def _is_whole(node: Node) -> bool:
    return isinstance(node, Num) and node.den == 1 and node.places is None


def of_complex(name: str) -> Handler:
    """The size, or the conjugate, of a + bi as a whole."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1):
            node = parsed.node
            plain = not symbols(node) and not any(isinstance(n, NO_VALUE) for n in walk(node)) and asked.conditions.variable is None
            if plain and any(n == Const("i") for n in walk(node)) and unconditional(asked, rounding=True):
                yield statement(asked, "evaluate", Parse(Func(name, (node,)), parsed.notes))

    return handler


def _to_power(asked: Asked) -> Iterator[Statement]:
    """10 to the power of -2"""
    for base, exponent in product(asked.readings(1), asked.readings(2)):
        below = exponent.node.arg if isinstance(exponent.node, Neg) else exponent.node
        if (
            isinstance(base.node, Num)
            and isinstance(below, Num)
            and asked.conditions.variable is None
            and unconditional(asked, rounding=True)
        ):
            yield statement(asked, "evaluate", Parse(Pow(base.node, exponent.node)))


def about(style: str) -> Handler:
    """A question about one whole number."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1):
            if _is_whole(parsed.node) and asked.conditions.variable is None and unconditional(asked):
                yield statement(asked, "integers", parsed, style=style, one=False)

    return handler


def in_base(base: int | None) -> Handler:
    """Digits of a whole number, in base ten or as 1011_2, in another base."""

    def handler(asked: Asked) -> Iterator[Statement]:
        targets = [Num(base)] if base else [p.node for p in asked.readings(2)]
        for parsed, target in product(asked.readings(1), targets):
            if not (_is_whole(parsed.node) or isinstance(parsed.node, BaseNum)) or not _is_whole(target) or not unconditional(asked):
                continue
            if target == Num(10):
                yield statement(asked, "evaluate", parsed, variable=None)
            else:
                yield statement(asked, "integers", parsed, style="base", others=(target,), variable=None)

    return handler


def _from_binary(asked: Asked) -> Iterator[Statement]:
    """1011 of base two in base ten; what has other digits was written in another base."""
    digits = asked.text(1).strip().removesuffix("_2").removesuffix("_{2}")
    if re.fullmatch("[01]{1,60}", digits) and asked.conditions.variable is None and unconditional(asked):
        yield statement(asked, "evaluate", Parse(BaseNum(digits, 2)), variable=None)


def _combinations_by_letter(asked: Asked) -> Iterator[Statement]:
    """5C2, C(5, 2) and 5P2"""
    found = BY_LETTER.fullmatch(asked.text(1).strip())
    if found is None or asked.conditions.variable is not None or not unconditional(asked, rounding=True):
        return
    n, letter, k = (found.group("n") or found.group("m"), found.group("what") or found.group("name"), found.group("k") or found.group("l"))
    name = "binom" if letter == "C" else "perm"
    yield statement(asked, "evaluate", Parse(Func(name, (Num(int(n)), Num(int(k))))))


def _changed_by_percent(asked: Asked) -> Iterator[Statement]:
    """10 minus 5 percent: of the ten, or five hundredths; both readings are kept"""
    for first, second in product(asked.readings(1), asked.readings(3)):
        if not (is_one_value(first.node, True) and is_one_value(second.node, True)) or symbols(first.node) | symbols(second.node):
            return
        share = Percent(second.node)
        change = _minus(Num(1), share) if asked.found.group(2) in ("minus", "less") else Add((Num(1), share))
        apart = _minus(first.node, share) if asked.found.group(2) in ("minus", "less") else Add((first.node, share))
        if asked.conditions.variable is None and unconditional(asked, rounding=True):
            yield statement(asked, "evaluate", Parse(Mul((first.node, change)), first.notes))
            yield statement(asked, "evaluate", Parse(apart, first.notes))


def _shared(a: Node, b: Node, change: Node) -> tuple[Node, ...]:
    """a + change, and where b is a percentage and a is none: that share of a as well."""
    plain = Add((a, change))
    return (plain, Mul((a, Add((Num(1), change))))) if isinstance(b, Percent) and not isinstance(a, Percent) else (plain,)


def _minus(a: Node, b: Node) -> Node:
    return Add((a, Neg(b)))


def raised_by(a: Node, p: Node) -> Node:
    """a and p more; where p is a percentage, that share of a."""
    return Mul((a, Add((Num(1), p)))) if isinstance(p, Percent) else Add((a, p))


def lowered_by(a: Node, p: Node) -> Node:
    """a and p less; where p is a percentage, that share of a."""
    return Mul((a, _minus(Num(1), p))) if isinstance(p, Percent) else _minus(a, p)


BY_LETTER = re.compile(r"(?P<n>\d{1,4})\s?(?P<what>[CP])\s?(?P<k>\d{1,4})|(?P<name>[CP])\((?P<m>\d{1,4}),\s?(?P<l>\d{1,4})\)")
TEN = r"(?:decimal|base ten|base 10|decimal number)"
WHAT = rf"(?:{ASK}{VALUE} )?"
TAKEN = rf"of {M} (?:things |items |objects )?(?:taken |chosen )?{M} at time"
COMBINATIONS, PERMUTATIONS = rf"(?:number of )?combinations {TAKEN}", rf"(?:number of )?permutations {TAKEN}"
INTO_PRIMES = r"(?: into (?:primes|prime factors|product of primes))?"
CHANGE = r"(?:convert|write|express|change|rewrite)"
FACTORS = r"(?:prime factori[sz]ation|prime factors form)"
PERCENT = r"(?:percent|per cent)"
FORMS = (
    form(rf"{WHAT}{M}", _combinations_by_letter),
    form(rf"{WHAT}{M} (plus|minus|less) {M} {PERCENT}", _changed_by_percent),
    form(rf"{WHAT}decrease {M} by {M} {PERCENT}", worked(lambda a, p: Mul((a, _minus(Num(1), Percent(p)))))),
    form(rf"{WHAT}increase {M} by {M} {PERCENT}", worked(lambda a, p: Mul((a, Add((Num(1), Percent(p))))))),
    form(rf"{WHAT}{M} plus {M}", worked(lambda a, b: _shared(a, b, b))),
    form(rf"{WHAT}{M} minus {M}", worked(lambda a, b: _shared(a, b, Neg(b)))),
    form(rf"{WHAT}{M} (?:times|multiplied by) {M}", worked(lambda a, b: Mul((a, b)))),
    form(rf"{WHAT}{M} (?:divided by|over) {M}", worked(Div)),
    form(rf"{WHAT}sum of {M} and {M}", worked(lambda a, b: Add((a, b)), plain=True)),
    form(rf"{WHAT}difference (?:of|between) {M} and {M}", worked(lambda a, b: (_minus(a, b), Func("abs", (_minus(a, b),))), plain=True)),
    form(rf"{WHAT}product of {M} and {M}", worked(lambda a, b: Mul((a, b)))),
    form(rf"{WHAT}quotient of {M} and {M}", worked(Div)),
    form(rf"{WHAT}(?:square root|principal square root) of {M}", worked(lambda a: Func("sqrt", (a,)), style="simplify")),
    form(rf"{WHAT}cube root of {M}", worked(lambda a: Func("root", (a, Num(3))), style="simplify")),
    form(rf"{WHAT}(?:absolute value|modulus|magnitude) of {M}", worked(lambda a: Func("abs", (a,)))),
    form(rf"{WHAT}(?:absolute value|modulus|magnitude)(?: of)?(?: complex number)? {M}", of_complex("abs")),
    form(rf"{WHAT}(?:complex )?conjugate(?: of)?(?: complex number)? {M}", of_complex("conj")),
    form(rf"{WHAT}{M} to power(?: of)? {M}", _to_power),
    form(rf"{WHAT}(?:opposite|additive inverse) of {M}", worked(Neg, single=True)),
    form(rf"{WHAT}reciprocal of {M}", worked(lambda a: Div(Num(1), a))),
    form(rf"{WHAT}{M} squared", worked(lambda a: Pow(a, Num(2)), single=True)),
    form(rf"{WHAT}{M} cubed", worked(lambda a: Pow(a, Num(3)), single=True)),
    form(rf"{WHAT}{M} to power(?: of)? {M}", worked(Pow, single=True)),
    form(rf"{WHAT}{M} factorial", worked(lambda a: Func("factorial", (a,)), whole=True, single=True)),
    form(rf"{WHAT}factorial of {M}", worked(lambda a: Func("factorial", (a,)), whole=True)),
    form(rf"{WHAT}{M} choose {M}", worked(lambda n, k: Func("binom", (n, k)), whole=True)),
    form(rf"{WHAT}{COMBINATIONS}", worked(lambda n, k: Func("binom", (n, k)), whole=True)),
    form(rf"{WHAT}{PERMUTATIONS}", worked(lambda n, k: Func("perm", (n, k)), whole=True)),
    form(rf"{WHAT}remainder (?:when|of|if) {M}(?: is)? divided by {M}", worked(lambda a, m: Func("mod", (a, m)), whole=True)),
    form(rf"{WHAT}{M} modulo {M}", worked(lambda a, m: Func("mod", (a, m)), whole=True)),
    form(rf"{WHAT}decrease {M} by {M}", worked(lowered_by)),
    form(rf"{WHAT}{M} increased by {M}", worked(raised_by)),
    form(rf"{WHAT}{M} (?:decreased|reduced) by {M}", worked(lowered_by)),
    form(rf"{WHAT}increase {M} by {M}", worked(raised_by)),
    form(rf"{WHAT}{FACTORS}(?: of)?(?: number)? {M}", about("prime factorization")),
    form(rf"(?:write|express) {M} as product of (?:its )?(?:prime factors|primes|powers of primes)", about("prime factorization")),
    form(rf"(?:prime factori[sz]e|factor|factori[sz]e) {M}{INTO_PRIMES}", about("prime factorization")),
    form(rf"is {M} (?:prime|prime number)", about("prime")),
    form(rf"(?:find|list|what are|give) (?:all )?(?:positive )?(?:divisors|factors) of {M}", about("divisors")),
    form(rf"{CHANGE} {M}(?: from (?:decimal|base ten))? (?:to|in|into) base {M}", in_base(None)),
    form(rf"{CHANGE} {M}(?: from (?:decimal|base ten))? (?:to|in|into) binary", in_base(2)),
    form(rf"(?:what is|find|give) {M} in binary", in_base(2)),
    form(rf"{CHANGE} {M}(?: from (?:decimal|base ten))? (?:to|in|into) octal", in_base(8)),
    form(rf"{CHANGE}(?: number)? {M} from binary (?:to|in|into) {TEN}", _from_binary),
    form(rf"{CHANGE}(?: from)? binary(?: number)? {M} (?:to|in|into) {TEN}", _from_binary),
)  # fmt: skip
