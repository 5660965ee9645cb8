"""Definite integrals, limits, sums and products without free letters: an exact value by computer algebra, seen a second way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks import calculus, series
from phi4web.verify.checks.base import NoMethod, Ring, plain, refuted, shown, undecided, verified
from phi4web.verify.checks.bound import gap_inside
from phi4web.verify.checks.evaluate import doubtful_part, judge_value, parts_of
from phi4web.verify.latex.ast import (
    Add,
    Const,
    Degree,
    Div,
    Func,
    Integral,
    Limit,
    Mul,
    Neg,
    Node,
    Pow,
    Prod,
    Rel,
    Special,
    Sum,
    symbols,
    walk,
)
from phi4web.verify.problem.statement import Statement

METHODS = {
    Integral: "the antiderivative found, differentiated again, and its ends put in",
    Limit: "the limit by the rules of calculus, by computer algebra, and by values nearer and nearer to the point",
    Sum: "the terms added up, or the series by a closed form of its partial sums, by computer algebra and by numbers",
    Prod: "the factors multiplied out, or the product by computer algebra and by numbers",
}
# what numbers alone show
NUMERIC = {Integral: "to 7 digits", Limit: "4 points", Sum: "to 12 digits", Prod: "to 12 digits"}
ENDLESS = ("dne", "undefined")
ANGLES = frozenset(("arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc"))  # whose values may be in degrees


@dataclass(frozen=True, slots=True)
class Value:
    """`exact`: finite, or ±oo, or None where there surely is none. `proven` False: only numbers agree."""

    exact: Any
    proven: bool
    words: str


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on one value. Raises Unfit or NoMethod."""
    method = next((m for kind, m in METHODS.items() if _has(statement.node, kind)), "computer algebra")
    free = symbols(statement.node)
    if doubt := doubtful_part(statement.node) or gap_inside(statement.node):
        return undecided(method, doubt)
    if free:
        return series.closed_form(statement, answer, method)
    value = value_of(statement.node)
    if value is None:
        return undecided(method, "computer algebra and numbers gave no common result")
    claims_none = isinstance(answer, Special) and answer.name in ENDLESS
    infinite = _infinite(answer)
    if value.exact is None or value.exact.is_infinite:
        return _endless(statement.node, value, answer, claims_none, infinite, method)
    if claims_none or infinite is not None:
        return refuted(method, f"The value is {shown(value.exact)}.") if value.proven else undecided(method, "it seems to have a value")
    if any(isinstance(n, Degree) for n in walk(answer)) and not any(
        isinstance(n, Degree) or (isinstance(n, Func) and n.name in ANGLES) for n in walk(statement.node)
    ):
        return undecided(method, "the answer is an angle in degrees, and the question asks for a number")
    verdict = judge_value(value.exact, answer, statement, plain(statement.node), Ring(()))
    return _weighed(verdict, value, statement, method)


def _has(node: Node, kind: type) -> bool:
    return any(isinstance(n, kind) for n in walk(node))


def _weighed(verdict: Verdict, value: Value, statement: Statement, method: str) -> Verdict:
    """The verdict of the value with our own method; without a proof no more than consistent."""
    from dataclasses import replace

    if value.proven:
        return replace(verdict, method=method, evidence=f"{verdict.evidence or ''} {value.words}".strip())
    if verdict.status == "verified" or (verdict.status == "could_not_check" and "no proof" in (verdict.detail or "")):
        strength = next((s for kind, s in NUMERIC.items() if _has(statement.node, kind)), None)
        return Verdict("consistent", strength=strength, method=method, evidence=value.words)
    return undecided(method, "the answer seems to differ from the numeric value") if verdict.status == "refuted" else verdict


def _infinite(answer: Node) -> Any:
    if isinstance(answer, Rel) and set(answer.ops) == {"="}:
        return _infinite(answer.args[-1])
    if answer == Const("inf"):
        return sympy.oo
    return -sympy.oo if isinstance(answer, Neg) and answer.arg == Const("inf") else None


def _endless(node: Node, value: Value, answer: Node, claims_none: bool, infinite: Any, method: str) -> Verdict:
    if not value.proven:
        return undecided(method, "it seems to have no finite value, which is not proven")
    if claims_none and isinstance(node, Limit) and value.exact is not None:
        return undecided(method, "the limit is infinite; whether that counts as none is a matter of words")
    if claims_none or (infinite is not None and infinite == value.exact):
        return verified("exact", method, value.words)
    if infinite is not None and value.exact is None and not isinstance(node, Limit):
        return undecided(method, f"{value.words} Whether that is an infinite value was not looked at.")
    if infinite is None:
        parts_of(answer)  # raises Unfit for what is no number
    return refuted(method, value.words)


def value_of(node: Node) -> Value | None:
    """The value of a formula that may hold integrals, limits, sums and products. None: not found. Raises NoMethod."""
    match node:
        case Integral():
            return _made(calculus.integral(node))
        case Limit():
            return _made(calculus.limit(node))
        case Sum() | Prod():
            return _made(series.total(node))
        case Neg(arg):
            return _combined([arg], lambda v: -v[0])
        case Add(args):
            return _combined(list(args), lambda v: sympy.Add(*v))
        case Mul(args):
            return _combined(list(args), lambda v: sympy.Mul(*v))
        case Div(num, den):
            return _combined([num, den], lambda v: v[0] / v[1])
        case Pow(base, exponent):
            return _combined([base, exponent], lambda v: v[0] ** v[1])
    if any(_has(node, kind) for kind in METHODS):
        raise NoMethod("integrals, limits and sums that stand alone or in a sum or product")
    return Value(Ring(()).build(node), True, "")


def _made(found: tuple[Any, bool, str] | None) -> Value | None:
    return None if found is None else Value(*found)


def _combined(nodes: list[Node], rule: Any) -> Value | None:
    values = [value_of(n) for n in nodes]
    if any(v is None or v.exact is None or v.exact.is_infinite for v in values):
        return None
    known = [v for v in values if v is not None]
    total = rule([v.exact for v in known])
    if total.has(sympy.zoo, sympy.nan):
        return None
    return Value(total, all(v.proven for v in known), " ".join(v.words for v in known if v.words))
