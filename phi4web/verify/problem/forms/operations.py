"""Arithmetic in whole sentences: add a and b, subtract a from b, what does a + b equal, 5 times 9 plus 3, the logarithm to a base."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

from phi4web.verify.latex.ast import (
    Add,
    Call,
    Div,
    Dots,
    Func,
    Interval,
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
    Rel,
    Set_,
    SetOp,
    Special,
    Text,
    Tuple_,
    symbols,
    walk,
)  # fmt: skip
from phi4web.verify.problem.forms.arithmetic import by_shape, is_arithmetic
from phi4web.verify.problem.forms.common import (
    ASK,
    VALUE,
    Asked,
    Handler,
    M,
    form,
    group,
    is_bracketed,
    read_formula,
    statement,
    unconditional,
)
from phi4web.verify.problem.forms.matrices import matrix_value
from phi4web.verify.problem.forms.numbers import is_one_value, lowered_by, raised_by, worked
from phi4web.verify.problem.forms.rewrites import rewriting
from phi4web.verify.problem.polynomial import coefficients
from phi4web.verify.problem.statement import Statement

Rule = Callable[..., Node]
NO_VALUE = (Interval, Set_, SetOp, Special, Text, Dots, PlusMinus)
MOST_TERMS = 50
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?|[+-]?\d+/\d+")


def together(rule: Rule, style: str, turned: bool = False) -> Handler:
    """One operation on two formulas or on a list, each formula taken as a whole. `style`: what is done where letters are in it."""

    def handler(asked: Asked) -> Iterator[Statement]:
        places = [k for k in range(1, asked.found.re.groups + 1) if asked.found.group(k)]
        for chosen in product(*(asked.readings(k) for k in places)):
            if rule in (_product, Div) and not _is_clear([asked.text(k) for k in places], [p.node for p in chosen]):
                continue
            items = [n for p in chosen for n in (p.node.items if isinstance(p.node, Listing) else (p.node,))]
            items = items[::-1] if turned else items
            if 2 <= len(items) <= MOST_TERMS and not any(isinstance(n, Rel | Listing | Call) for i in items for n in walk(i)):
                yield from _made(asked, rule, style, items, tuple(n for p in chosen for n in p.notes))

    return handler


def _is_clear(texts: list[str], nodes: list[Node]) -> bool:
    """Whether no word can belong to a part of a formula only, as in "the product of 2 and 3 + 4"; of two sums it can't."""
    if all(isinstance(n, Add) and symbols(n) for n in nodes):
        return True
    last = nodes[-1]
    of_letters = bool(symbols(last)) and not isinstance(last, Add)
    return all(is_bracketed(t) or is_one_value(n, False) or symbols(n) for t, n in zip(texts[:-1], nodes[:-1], strict=True)) and (
        is_bracketed(texts[-1]) or is_one_value(last, False) and not isinstance(last, Add) or of_letters
    )


def _made(asked: Asked, rule: Rule, style: str, items: list[Node], notes: tuple[str, ...]) -> Iterator[Statement]:
    if any(isinstance(i, Matrix | Tuple_) for i in items):
        if len(items) == 2 and all(isinstance(i, Matrix) for i in items):
            yield from matrix_value(asked, Parse(rule(*items), notes))
        elif rule in (_sum, _difference) and all(isinstance(i, Tuple_) for i in items):
            yield from matrix_value(
                asked, Parse(rule(*(Matrix(tuple((c,) for c in i.items)) for i in items if isinstance(i, Tuple_))), notes)
            )
        return
    if any(isinstance(n, NO_VALUE) for i in items for n in walk(i)):
        return
    shares = [isinstance(i, Percent) for i in items]
    if rule in (_sum, _difference) and any(shares) and not all(shares):
        return  # ten percent of what stands beside it, or ten hundredths
    node = rule(*items)
    if any(symbols(i) for i in items):
        yield from rewriting(asked, Parse(node, notes), style)
    elif is_arithmetic(node) and asked.conditions.variable is None and unconditional(asked, rounding=True):
        simplest = "simplify" if re.search(r" and (?:simplify|reduce)", asked.found.group()) else ""
        yield statement(asked, "evaluate", Parse(node, notes), style=simplest)


def _sum(*items: Node) -> Node:
    return Add(items)


def _product(*items: Node) -> Node:
    return Mul(items)


def _difference(a: Node, b: Node) -> Node:
    return Add((a, Neg(b)))


def _changed(a: Node, p: Node, rule: Rule) -> tuple[Node, ...]:
    """50 and 10%, more or less; 20% more than 30% may be 36% or 50%, and 5 more than 30% is no question."""
    return () if isinstance(a, Percent) else (rule(a, p),)


def _asked(asked: Asked) -> Iterator[Statement]:
    """what does 15 + 27 equal?"""
    for parsed in asked.readings(1):
        yield from by_shape(asked, parsed)


def _chain(asked: Asked) -> Iterator[Statement]:
    """5 times 9 plus 3: products first, and from left to right; both readings are kept"""
    words = re.findall(r"<\d+>|[a-z]+", asked.found.group("chain").replace("divided by", "over").replace("multiplied by", "times"))
    texts = [asked.question.formulas[int(w[1:-1])] for w in words[::2]]
    if not all(NUMBER.fullmatch(t.strip()) for t in texts) or asked.conditions.variable or not unconditional(asked, rounding=True):
        return
    values = [read_formula(t)[0].node for t in texts]
    for node in dict.fromkeys((_by_rank(values, words[1::2]), _from_left(values, words[1::2]))):
        yield statement(asked, "evaluate", Parse(node))


def _joined(a: Node, word: str, b: Node) -> Node:
    return {"plus": Add((a, b)), "minus": _difference(a, b), "times": Mul((a, b)), "over": Div(a, b)}[word]


def _from_left(values: list[Node], words: list[str]) -> Node:
    node = values[0]
    for word, value in zip(words, values[1:], strict=True):
        node = _joined(node, word, value)
    return node


def _by_rank(values: list[Node], words: list[str]) -> Node:
    terms, between = [values[0]], []
    for word, value in zip(words, values[1:], strict=True):
        if word in ("times", "over"):
            terms[-1] = _joined(terms[-1], word, value)
        else:
            terms.append(value)
            between.append(word)
    return _from_left(terms, between)


def _squares(asked: Asked) -> Iterator[Statement]:
    """5 squared plus 12 squared"""
    power = {"squared": Num(2), "cubed": Num(3)}
    for a, b in product(asked.readings("first"), asked.readings("second")):
        if (
            isinstance(a.node, Num)
            and isinstance(b.node, Num)
            and asked.conditions.variable is None
            and unconditional(asked, rounding=True)
        ):
            powers = Pow(a.node, power[asked.found.group("one")]), Pow(b.node, power[asked.found.group("two")])
            yield statement(asked, "evaluate", Parse(_joined(powers[0], asked.found.group("word"), powers[1])))


def _compared(asked: Asked) -> Iterator[Statement]:
    """which is bigger, 2/3 or 3/5?"""
    name = "max" if asked.found.group("word") in ("bigger", "larger", "greater", "largest", "greatest", "biggest", "maximum") else "min"
    for chosen in product(*(asked.readings(k) for k in ("first", "second"))):
        items = [n for p in chosen for n in (p.node.items if isinstance(p.node, Listing) else (p.node,))]
        values = [coefficients(i, "") for i in items]
        sizes = sorted(v[0] if v else Fraction(0) for v in values if v is not None)
        apart = len(sizes) == len(items) > 1 and (sizes[-1] > sizes[-2] if name == "max" else sizes[0] < sizes[1])
        if apart and asked.conditions.variable is None and unconditional(asked):
            yield statement(asked, "evaluate", Parse(Func(name, tuple(items))))


def _last_digit(asked: Asked) -> Iterator[Statement]:
    """the units digit of 7^4: the remainder by ten"""
    for parsed in asked.readings(1):
        node = parsed.node.base if isinstance(parsed.node, Pow) else parsed.node
        whole = isinstance(node, Num) and node.den == 1 and node.places is None
        if whole and is_arithmetic(parsed.node) and _counts(parsed.node) and asked.conditions.variable is None and unconditional(asked):
            yield statement(asked, "evaluate", Parse(Func("mod", (parsed.node, Num(10)))))


def _counts(node: Node) -> bool:
    """A power with a whole exponent, or no power."""
    return not isinstance(node, Pow) or (isinstance(node.exp, Num) and node.exp.den == 1 and node.exp.places is None)


def _rest_of_power(asked: Asked) -> Iterator[Statement]:
    """the remainder when 2^10 is divided by 7"""
    for top, below in product(asked.readings(1), asked.readings(2)):
        match top.node, below.node:
            case Pow(Num(_, 1, None), Num(_, 1, None)), Num(_, 1, None) if asked.conditions.variable is None and unconditional(asked):
                yield statement(asked, "evaluate", Parse(Func("mod", (top.node, below.node)), top.notes + below.notes))


def _raised(asked: Asked) -> Iterator[Statement]:
    """2 to the 5th power"""
    yield from worked(lambda a: Pow(a, Num(int(asked.found.group("order")))), single=True)(replace(asked, found=_first_group(asked)))


def _first_group(asked: Asked) -> re.Match[str]:
    found = re.search(M, asked.found.group())
    assert found is not None
    return found


def _logarithm(asked: Asked) -> Iterator[Statement]:
    """the log base 2 of 8"""
    for base, inner in product(asked.readings("base"), asked.readings("inner")):
        whole = is_bracketed(asked.text("inner")) or not isinstance(inner.node, Add)
        if whole and not symbols(base.node) | symbols(inner.node) and unconditional(asked, rounding=True) and is_arithmetic(inner.node):
            yield statement(asked, "evaluate", Parse(Func("log", (inner.node, base.node))), variable=None)


GIVEN = rf"{M}(?:(?: and)? {M})?(?:(?: and)? {M})?"
KIND = (
    r"(?: (?:numbers?|fractions?|polynomials?|expressions?|integers?|decimals?|binomials?|monomials?|matrix|matrices|vectors?"
    r"|complex numbers?))?"
)
SIMPLIFY = r"(?: and (?:simplify|reduce))?"
WHAT = rf"(?:{ASK}{VALUE} )?"
BIGGER, SMALLER = "bigger|larger|greater", "smaller|less|lesser"
BIGGEST, SMALLEST = "biggest|largest|greatest|maximum", "smallest|least|minimum"
TWO = rf"{group('first')} (?:or|and) {group('second')}"
POWER = "squared|cubed"
STEP = r"(?:plus|minus|times|over|divided by|multiplied by)"
FORMS = (
    form(rf"add{KIND} {GIVEN}(?: together)?{SIMPLIFY}", together(_sum, "simplify")),
    form(rf"add{KIND} {M} to {M}{SIMPLIFY}", together(_sum, "simplify")),
    form(rf"(?:{ASK} )?sum of{KIND} {GIVEN}", together(_sum, "simplify")),
    form(rf"subtract{KIND} {M} from {M}{SIMPLIFY}", together(_difference, "simplify", turned=True)),
    form(rf"take{KIND} {M} (?:away )?from {M}", together(_difference, "simplify", turned=True)),
    form(rf"multiply{KIND} {M} (?:by|and|with|times) {M}(?: together)?{SIMPLIFY}", together(_product, "expand")),
    form(rf"(?:{ASK} )?product of{KIND} {GIVEN}", together(_product, "expand")),
    form(rf"divide{KIND} {M} by {M}{SIMPLIFY}", together(Div, "simplify")),
    form(rf"what (?:does|do|would) {M} (?:equal|equal to|make|come to|add up to|evaluate to)", _asked),
    form(rf"what is {M} equal to", _asked),
    form(rf"what is {M} simplified", _asked),
    form(rf"{WHAT}(?P<chain>{M}(?: {STEP} {M}){{2,8}})", _chain),
    form(rf"{WHAT}{group('first')} (?P<one>{POWER}) (?P<word>plus|minus|times|over) {group('second')} (?P<two>{POWER})", _squares),
    form(rf"which (?:number |fraction |one |of these )?is (?P<word>{BIGGER}|{SMALLER}) {TWO}", _compared),
    form(rf"{WHAT}(?P<word>{BIGGEST}|{SMALLEST}) of {TWO}", _compared),
    form(rf"{WHAT}(?:units|unit|ones|last) digit of {M}", _last_digit),
    form(rf"{WHAT}remainder (?:when|of|if) {M}(?: is)? divided by {M}", _rest_of_power),
    form(rf"{WHAT}cube of {M}", worked(lambda a: Pow(a, Num(3)))),
    form(rf"{WHAT}square of {M}", worked(lambda a: Pow(a, Num(2)))),
    form(rf"{WHAT}{M} raised to(?: power(?: of)?)? {M}(?: power)?", worked(Pow, single=True)),
    form(rf"{WHAT}{M} (?:raised )?to (?P<order>\d+)(?:st|nd|rd|th)(?: power)?", _raised),
    form(rf"{WHAT}half of {M}", worked(lambda a: Div(a, Num(2)))),
    form(rf"{WHAT}(?:double|twice) {M}", worked(lambda a: Mul((Num(2), a)), single=True)),
    form(rf"{WHAT}{M} less than {M}", worked(lambda a, b: _changed(b, a, lowered_by), single=True)),
    form(rf"{WHAT}{M} more than {M}", worked(lambda a, b: _changed(b, a, raised_by), single=True)),
    form(rf"{WHAT}(?:log|logarithm)(?: to| with)? base <(?P<base>\d+)> of <(?P<inner>\d+)>", _logarithm),
)
