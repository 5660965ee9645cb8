"""The prime factors of a whole number: each once, each as often as it divides, or as a product."""

from __future__ import annotations

from collections import Counter

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks import integers
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, undecided, verified
from phi4web.verify.checks.integers import LARGEST, METHOD
from phi4web.verify.latex.ast import And, Listing, Mul, Node, Num, Pow, Set_
from phi4web.verify.problem.statement import Statement


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a list of primes. Raises Unfit or NoMethod."""
    if statement.style == "list":
        return _listed({n.num for n in statement.others if isinstance(n, Num)}, answer)
    value = Ring(()).build(statement.node)
    if not value.is_Integer or not 1 < value < LARGEST:
        raise NoMethod(f"whole numbers from 2 to {LARGEST}")
    if isinstance(answer, Mul | Pow):
        return integers.STYLES["prime factorization"](int(value), statement, answer)
    given = _numbers(answer)
    wanted = {int(p): int(k) for p, k in sympy.factorint(int(value)).items()}
    strange = next((n for n in given if n not in wanted), None)
    if strange is not None:
        return refuted(METHOD, f"{strange} is no prime factor of {value}.")
    missing = next((p for p in wanted if p not in given), None)
    if missing is not None:
        return refuted(METHOD, f"{missing} is a prime factor of {value}, but is not in the answer.")
    if len(set(given)) != len(given) and Counter(given) != wanted:
        return undecided(METHOD, "some factors stand there more than once, but not as often as they divide")
    return verified("exact", METHOD, f"Every prime factor of {value} is there, and nothing else.", completeness="complete")


def _numbers(answer: Node) -> list[int]:
    items = answer.items if isinstance(answer, Listing | Set_) else answer.args if isinstance(answer, And) else (answer,)
    given = [n.num for n in items if isinstance(n, Num) and n.den == 1 and n.places is None]
    if len(given) != len(items):
        raise Unfit("a list of whole numbers")
    return given


def _listed(wanted: set[int], answer: Node) -> Verdict:
    """All numbers of a kind, each of them found by our own search."""
    given = _numbers(answer)
    strange = next((n for n in given if n not in wanted), None)
    if strange is not None:
        return refuted(METHOD, f"{strange} does not belong to the numbers asked for.")
    missing = min(wanted - set(given), default=None)
    if missing is not None:
        return refuted(METHOD, f"{missing} is missing in the answer.")
    if len(set(given)) != len(given):
        return undecided(METHOD, "a number stands there more than once")
    return verified("exact", METHOD, f"All {len(wanted)} numbers are there, and no other.", completeness="complete")
