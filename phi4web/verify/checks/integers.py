"""Whole numbers: prime factors, primality, divisors, digits in another base."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, undecided, verified
from phi4web.verify.checks.exact import exact_value
from phi4web.verify.latex.ast import BaseNum, Listing, Mul, Node, Num, Pow, Set_, Special
from phi4web.verify.problem.statement import Statement

METHOD = "exact arithmetic with whole numbers"
LARGEST = 10**18  # of a number to be factored
MOST_DIVISORS = 5000


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style of the question. Raises Unfit or NoMethod."""
    value = Ring(()).build(statement.node)
    if not value.is_Integer or not 0 < value < LARGEST:
        raise NoMethod(f"whole numbers from 1 to {LARGEST}")
    return STYLES[statement.style](int(value), statement, answer)


def _factorization(number: int, statement: Statement, answer: Node) -> Verdict:
    factors = list(_factors(answer))
    total = 1
    for base, exponent in factors:
        total *= base**exponent
    if total != number:
        return refuted(METHOD, f"The product of the answer is {total}, not {number}.")
    composite = next((b for b, _ in factors if not sympy.isprime(b)), None)
    if composite is not None:
        return undecided(METHOD, f"the product is right, but {composite} is not prime")
    if any(exponent == 0 for _, exponent in factors):
        return undecided(METHOD, "the product is right, but one of the primes is not in it")
    return verified("exact", METHOD, f"The product is {number}, and each factor is prime.")


def _factors(node: Node) -> Iterator[tuple[int, int]]:
    match node:
        case Mul(args):
            for arg in args:
                yield from _factors(arg)
        case Pow(Num(base, 1, None), Num(exponent, 1, None)) if exponent <= 64:
            yield base, exponent
        case Num(base, 1, None):
            yield base, 1
        case _:
            raise Unfit("a product of powers of primes")


def _prime(number: int, statement: Statement, answer: Node) -> Verdict:
    if not isinstance(answer, Special) or answer.name not in ("yes", "no", "true", "false"):
        raise Unfit("yes or no")
    prime = bool(sympy.isprime(number))
    reason = (
        f"{number} is prime" if prime else f"{number} = {min(sympy.factorint(number), default=1)} · …" if number > 1 else "1 is no prime"
    )
    if prime == (answer.name in ("yes", "true")):
        return verified("exact", METHOD, reason + ".")
    return refuted(METHOD, reason + ".")


def _divisors(number: int, statement: Statement, answer: Node) -> Verdict:
    items = answer.items if isinstance(answer, Listing | Set_) else (answer,)
    given = [exact_value(i) for i in items]
    if any(g is None for g in given):
        raise Unfit("a list of whole numbers")
    if sympy.divisor_count(number) > MOST_DIVISORS:
        raise NoMethod("numbers with fewer divisors")
    wanted = set(sympy.divisors(number))
    for value in given:
        if value not in wanted and -value not in wanted if value is not None else True:
            return refuted(METHOD, f"{value} does not divide {number}.")
    missing = sorted(wanted - set(given))
    if missing:
        return refuted(METHOD, f"{missing[0]} divides {number}, but is not in the answer.")
    if any(v is not None and v < 0 for v in given) and len({*given}) != 2 * len(wanted):
        return undecided(METHOD, "some negative divisors are given, but not all")
    return verified("exact", METHOD, f"All {len(wanted)} positive divisors are there.", completeness="complete")


def _base(number: int, statement: Statement, answer: Node) -> Verdict:
    """The digits in the base that `others` names; without a subscript the digits stand as a plain number."""
    base = Ring(()).build(statement.others[0])
    if not base.is_Integer or not 2 <= base <= 10:
        raise NoMethod("bases from 2 to 10")
    if isinstance(answer, BaseNum):
        value, same = int(answer.digits, answer.base), answer.base == base
    elif isinstance(answer, Num) and answer.den == 1 and answer.places is None:
        digits = str(answer.num)
        if any(int(d) >= base for d in digits):
            return refuted(METHOD, f"{digits} has digits that base {base} does not have.")
        value, same = int(digits, int(base)), True
    else:
        raise Unfit(f"digits in base {base}")
    if value != number:
        return refuted(METHOD, f"In base ten the answer is {value}, not {number}.")
    if not same:
        return undecided(METHOD, "the value is right, but in another base")
    return verified("exact", METHOD, f"In base ten the answer is {number}.")


STYLES: dict[str, Callable[[int, Statement, Node], Verdict]] = {
    "prime factorization": _factorization,
    "prime": _prime,
    "divisors": _divisors,
    "base": _base,
}
