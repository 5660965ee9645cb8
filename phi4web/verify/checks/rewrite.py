"""Simplify, expand, factor and the like: the answer equals the question wherever that is defined, and has the form asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.build import NotBuildable, to_sympy
from phi4web.verify.checks.base import Ring, Unfit, consistent, plain, refuted, shown, undecided, verified
from phi4web.verify.checks.compare import SAMPLES, Comparison, compare
from phi4web.verify.checks.conditions import added, joined, lost
from phi4web.verify.checks.defined import defined_at, needs_of
from phi4web.verify.checks.derivative import ODD_ROOTS, expression_of, judge, point_words, same_with_real_roots
from phi4web.verify.checks.domain import defined_where, hole_beside
from phi4web.verify.checks.form import is_form_fault
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Const, Div, Func, Node, Pow, Rel, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "the answer compared with the question at points and by algebra, and its form looked at"
MOST_LETTERS = 5
MOST_SIGN_CASES = 32
SAMPLED = 12


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a rewritten expression. Raises Unfit for an answer that is no expression in the letters of the question."""
    if isinstance(answer, Rel) and answer.ops == ("=",) and answer.args[0] == statement.node:
        answer = answer.args[1]
    claimed_node = expression_of(answer, statement)
    if symbols(claimed_node) - symbols(statement.node):
        raise Unfit("an expression in the letters of the question")
    if len(symbols(statement.node)) > MOST_LETTERS:
        return undecided(METHOD, f"more than {MOST_LETTERS} letters")
    verdict = _equal(statement, claimed_node)
    ring = Ring((statement.node, claimed_node))
    if verdict.status == "verified" and not (statement.domain.positive or same_with_real_roots(statement.node, claimed_node, ring)):
        return undecided(METHOD, ODD_ROOTS)
    if verdict.status not in ("verified", "consistent"):
        return verdict
    if claimed_node == statement.node and not _irreducible(statement, ring):
        return undecided(METHOD, "the answer is the question again")
    fault = is_form_fault(statement.style, statement.form, claimed_node, ring)
    if fault:
        return undecided(METHOD, f"{plain(claimed_node)} is equal to the question, but {fault}")
    return verdict


def _irreducible(statement: Statement, ring: Ring) -> bool:
    """A polynomial that can't be factored is its own factorisation."""
    return statement.style == "factor" and is_form_fault("factor", statement.form, statement.node, ring) is None


def _equal(statement: Statement, answer: Node) -> Verdict:
    positive = statement.domain.positive
    ring = Ring((statement.node, answer), positive=positive)
    first, second = ring.build(statement.node), ring.build(answer)
    letters = sorted(ring.env.values(), key=str)
    if any(n == Const("i") for n in (*walk(statement.node), *walk(answer))):
        return _complex(first, second, letters)
    result = compare(first, second, letters, positive, where=None if positive else statement.node)
    if result.outcome == "differ":
        return _differing(statement, answer, result, first, second, letters)
    if result.outcome in ("agree", "unknown") and (cases := sign_cases(first, second, letters, statement.node)):
        result = replace(result, outcome="same", points=cases)
    if not positive and any(isinstance(n, Pow) and symbols(n.base) and symbols(n.exp) for n in (*walk(statement.node), *walk(answer))):
        return undecided(METHOD, "equal for positive letters, but a letter to the power of a letter needs not be a real number for others")
    gap = result.gap or _gap(statement, answer, letters)
    names = [str(x) for x in letters]
    gap = gap or next(filter(None, (hole_beside(statement.node, answer, n, names, defined_at) for n in names)), None)
    if gap and not positive:
        return undecided(METHOD, f"the answer has no value at {point_words(gap)}, where the question has one")
    verdict = judge(result, METHOD, "the question", "the answer", answer)
    return replace(verdict, domain=_where(statement, answer))


def _gap(statement: Statement, answer: Node, letters: list[Any]) -> dict[Any, Any] | None:
    """A point where the question, as written, is defined and the answer is not."""
    if not any(True for _ in needs_of(answer)):
        return None
    for start in range(SAMPLED):
        point = {s: SAMPLES[(start + 7 * k) % len(SAMPLES)] for k, s in enumerate(letters)}
        exact = {str(s): sympy.Rational(f.numerator, f.denominator) for s, f in point.items()}
        if defined_at(answer, exact) is False and defined_at(statement.node, exact):
            return point
    return None


def _where(statement: Statement, answer: Node) -> str | None:
    """Words for a domain that is smaller than the answer shows."""
    if statement.domain.positive:
        return "all letters positive, as the question says"
    more, fewer = _added(statement.node, answer), lost(statement.node, answer)
    return f"where {joined([*more, *fewer])}" + ("" if more else ", as in the question") if more or fewer else None


def _added(question: Node, answer: Node) -> list[str]:
    """Conditions of the answer that may not hold wherever the question is defined; none where that is proven."""
    letters = symbols(question)
    if len(letters) == 1 and defined_where(question, answer, next(iter(letters))):
        return []
    return added(question, answer)


def _differing(statement: Statement, answer: Node, result: Comparison, first: Any, second: Any, letters: list[Any]) -> Verdict:
    """A certified difference; but textbooks take letters under an even root as positive without saying so."""
    if not statement.domain.positive and _has_even_root(statement.node) and _case_holds(first, second, letters, [1] * len(letters)):
        at = ", ".join(f"{s} = {shown(v)}" for s, v in (result.at or {}).items())
        return undecided(METHOD, f"equal when all letters are positive, which the question does not say; not equal at {at}")
    return judge(result, METHOD, "the question", "the answer", answer)


def _has_even_root(node: Node) -> bool:
    return any(
        (isinstance(n, Func) and n.name in ("sqrt", "root", "ln", "log", "abs")) or (isinstance(n, Pow) and isinstance(n.exp, Div))
        for n in walk(node)
    )


def sign_cases(first: Any, second: Any, letters: list[Any], where: Node) -> int:
    """How many sign cases were proven, when every case in which the question is defined was; otherwise 0."""
    if not letters or 2 ** len(letters) > MOST_SIGN_CASES:
        return 0
    proven = 0
    for signs in product((1, -1), repeat=len(letters)):
        if _undefined(where, letters, signs):
            continue
        if not _case_holds(first, second, letters, signs):
            return 0
        proven += 1
    return proven


def _undefined(where: Node, letters: list[Any], signs: Any) -> bool:
    """Whether the question surely has no value anywhere with these signs."""
    fresh = {str(s): sign * sympy.Symbol(f"{s}_p", positive=True) for s, sign in zip(letters, signs, strict=True)}
    for part, allowed in needs_of(where):
        try:
            value = to_sympy(part, fresh)
        except NotBuildable:
            continue
        sign = 1 if value.is_positive else -1 if value.is_negative else 0 if value.is_zero else None
        if sign is not None and sign not in allowed:
            return True
    return False


def _case_holds(first: Any, second: Any, letters: list[Any], signs: Any) -> bool:
    fresh = {s: sign * sympy.Symbol(f"{s}_p", positive=True) for s, sign in zip(letters, signs, strict=True)}
    difference = first.xreplace(fresh).doit() - second.xreplace(fresh).doit()
    return function_is_zero(sympy.powsimp(sympy.expand_power_base(difference))) or function_is_zero(difference)


def _complex(first: Any, second: Any, letters: list[Any]) -> Verdict:
    """Formulas with i: proven by algebra, refuted by an exact value at a point."""
    if function_is_zero(first - second):
        return verified("exact", METHOD, "The difference is zero by algebra.")
    agreeing = 0
    for value in SAMPLES[:8]:
        point = {s: sympy.Rational(value.numerator + k, value.denominator) for k, s in enumerate(letters)}
        zero = number_is_zero(sympy.expand_complex((first - second).subs(point)))
        if zero is False:
            where = ", ".join(f"{s} = {v}" for s, v in point.items())
            a, b = (shown(sympy.simplify(side.subs(point))) for side in (first, second))
            return refuted(METHOD, f"At {where} the question is {a}, the answer gives {b}." if where else f"The value is {a}, not {b}.")
        agreeing += zero is True
    if agreeing >= 6:
        return consistent(agreeing, METHOD, f"Equal at {agreeing} points; no proof was found.")
    return undecided(METHOD, "no proof was found")
