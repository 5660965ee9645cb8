"""Whole numbers in sentences: how many divisors, prime factors, ways to choose; and yes or no about numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import isqrt

from phi4web.verify.latex.ast import Degree, Func, Node, Num, Parse, Pow, Rel
from phi4web.verify.problem.conventions import TRIG
from phi4web.verify.problem.forms.arithmetic import is_arithmetic
from phi4web.verify.problem.forms.common import ASK, VALUE, Asked, Handler, M, form, group, statement, unconditional
from phi4web.verify.problem.forms.numbers import worked
from phi4web.verify.problem.statement import Statement

MOST = 10**10  # of a number whose divisors are counted
COMPARED = frozenset({"=", "<", "<=", ">", ">=", "!="})


def _whole(asked: Asked) -> Iterator[tuple[Parse, int]]:
    for parsed in asked.readings("given" if "given" in asked.found.groupdict() else 1):
        node = parsed.node
        if isinstance(node, Num) and node.den == 1 and node.places is None and asked.conditions.variable is None and unconditional(asked):
            yield parsed, node.num


def _divisors(asked: Asked) -> Iterator[Statement]:
    """How many divisors a number has, by trial."""
    for _, number in _whole(asked):
        if 0 < number <= MOST:
            count, k = 0, 1
            while k * k <= number:
                count += (number % k == 0) * (2 - (k * k == number))
                k += 1
            yield statement(asked, "evaluate", Parse(Num(count)), told=("number of positive divisors", (Num(number),)))


def _prime_factors(asked: Asked) -> Iterator[Statement]:
    for parsed, number in _whole(asked):
        if asked.found.group("distinct") is None:
            yield statement(asked, "primes", parsed, style="prime factors", one=False)
        elif 1 < number <= MOST:
            found, told = tuple(Num(p) for p in _primes_in(number)), ("different prime factors of", (parsed.node,))
            yield statement(asked, "primes", parsed, style="list", others=found, one=False, told=told)


def _primes_in(number: int) -> Iterator[int]:
    """Each prime divisor once."""
    k = 2
    while k * k <= number:
        if number % k == 0:
            yield k
            while number % k == 0:
                number //= k
        k += 1
    if number > 1:
        yield number


def claimed(rule: Callable[..., Node]) -> Handler:
    """Yes or no about one or two whole numbers."""

    def handler(asked: Asked) -> Iterator[Statement]:
        numbers = [p.node for k in range(1, asked.found.re.groups + 1) for p in asked.readings(k)]
        plain = asked.conditions.variable is None and unconditional(asked) and len(numbers) == asked.found.re.groups
        if plain and all(isinstance(n, Num) and n.den == 1 and n.places is None and n.num > 0 for n in numbers):
            yield statement(asked, "claim", Parse(rule(*numbers)), one=False)

    return handler


def _holds(asked: Asked) -> Iterator[Statement]:
    """is 2/3 > 3/5?"""
    for parsed in asked.readings(1):
        node = parsed.node
        plain = unconditional(asked) and asked.conditions.variable is None
        if plain and isinstance(node, Rel) and set(node.ops) <= COMPARED and all(is_arithmetic(a) for a in node.args):
            yield statement(asked, "claim", parsed)


def _in_degrees(asked: Asked) -> Iterator[Statement]:
    """cos 60 degrees"""
    if not re.fullmatch(r"(?:\\?(?:sin|cos|tan|cot|sec|csc)\s*\(?\s*\d+(?:\.\d+)?\)?)", asked.text(1).strip()):
        return
    for parsed in asked.readings(1):
        match parsed.node:
            case Func(name, (Num() as angle,)) if name in TRIG and not asked.conditions.variable and unconditional(asked, rounding=True):
                yield statement(asked, "evaluate", Parse(Func(name, (Degree(angle),))))


def _remainder(a: Node, m: Node) -> Node:
    return Func("mod", (a, m))


def _is_zero(node: Node) -> Node:
    return Rel(("=",), (node, Num(0)))


def listed(rule: Callable[[int], bool]) -> Handler:
    """All whole numbers of a kind below a number, or between two of which neither is of that kind."""

    def handler(asked: Asked) -> Iterator[Statement]:
        ends = [_sole(asked, k) for k in range(1, asked.found.re.groups + 1)]
        if None in ends or asked.conditions.variable is not None or not unconditional(asked):
            return
        low, high = (0, ends[0]) if len(ends) == 1 else ends
        if low is None or high is None or not low < high <= MOST_LISTED or (len(ends) == 2 and (rule(low) or rule(high))):
            return
        found = tuple(Num(n) for n in range(low, high) if rule(n))
        told = ("prime numbers " + ("below" if len(ends) == 1 else "between"), tuple(Num(e) for e in ends if e is not None))
        if found:
            yield statement(asked, "primes", Parse(Num(high)), style="list", others=found, variable=None, one=False, told=told)

    return handler


def _sole(asked: Asked, place: int) -> int | None:
    readings = asked.readings(place)
    node = readings[0].node
    return node.num if len(readings) == 1 and isinstance(node, Num) and node.den == 1 and node.places is None else None


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % k for k in range(2, int(n**0.5) + 1))


MOST_LISTED = 1000
GIVEN = group("given")
LIST = r"(?:list|find|write|give|what are)(?: all)?"
BELOW = r"(?:less than|below|under|smaller than) " + M
THINGS = (
    r"(?:people|persons|students|children|players|books|items|objects|things|cards|balls|members"
    r"|friends)"
)
COUNTED = rf"{M}(?: (?:different |distinct )?{THINGS})?"
CAN = r"(?:in )?how many(?: different)? ways(?: (?:we|i|one))?(?: (?:are there|there are|is it possible))?(?: to)?"
CHOOSE = worked(lambda k, n: Func("binom", (n, k)), whole=True)
DIVISORS = r"(?:positive )?(?:divisors|factors)"
FORMS = (
    form(rf"how many {DIVISORS} does(?: number)? {M} have", _divisors),
    form(rf"{ASK}(?: total)? number of {DIVISORS} of {M}", _divisors),
    form(rf"(?:{ASK} )?(?:all )?(?P<distinct>distinct |different )?prime factors of {GIVEN}", _prime_factors),
    form(rf"list (?:all )?(?P<distinct>distinct |different )?prime factors of {GIVEN}", _prime_factors),
    form(rf"is {M} (?:divisible by|multiple of) {M}", claimed(lambda a, b: _is_zero(_remainder(a, b)))),
    form(rf"is {M} (?:factor|divisor) of {M}", claimed(lambda a, b: _is_zero(_remainder(b, a)))),
    form(rf"is {M} even(?: number)?", claimed(lambda a: _is_zero(_remainder(a, Num(2))))),
    form(rf"is {M} perfect square", claimed(lambda n: Rel(("=",), (Pow(Num(isqrt(n.num)), Num(2)), n)))),
    form(rf"is {M} odd(?: number)?", claimed(lambda a: Rel(("=",), (_remainder(a, Num(2)), Num(1))))),
    form(rf"(?:is|true or false|is it true that) {M}(?: true| correct)?(?: true or false)?", _holds),
    form(rf"{CAN} (?:choose|select|pick) {COUNTED} (?:from|out of|from among) {COUNTED}", CHOOSE),
    form(
        rf"(?:in )?how many(?: different)? ways {COUNTED} be (?:arranged|ordered|lined up)(?: in (?:line|row))?",
        worked(lambda n: Func("factorial", (n,)), whole=True),
    ),
    form(rf"(?:in )?how many(?: different)? ways {COUNTED} be (?:chosen|selected|picked) (?:from|out of|from among) {COUNTED}", CHOOSE),
    form(rf"how many permutations (?:are there )?(?:of|are there for) {COUNTED}", worked(lambda n: Func("factorial", (n,)), whole=True)),
    form(rf"{LIST} prime numbers {BELOW}", listed(_is_prime)),
    form(rf"{LIST} prime numbers between {M} and {M}", listed(_is_prime)),
    form(rf"(?:{ASK}{VALUE} )?{M} (?:degrees|degree|deg)", _in_degrees),
)  # fmt: skip
