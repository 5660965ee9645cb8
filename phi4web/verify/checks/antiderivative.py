"""Indefinite integrals: differentiate the answer. The constant drops out, so any one of the family is right."""

from __future__ import annotations

from dataclasses import replace

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Ring, Unfit, undecided
from phi4web.verify.checks.compare import compare, gap_of, hole_of
from phi4web.verify.checks.conditions import differing, joined
from phi4web.verify.checks.derivative import expression_of, judge, point_words
from phi4web.verify.checks.domain import continuous_where, with_absolute_logarithms
from phi4web.verify.latex.ast import Add, Integral, Node, Rel, Sym, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "the answer differentiated, then compared with the integrand"
CONSTANTS = frozenset({"C", "c", "K", "k", "C_1", "c_1", "C_0"})
NO_CONSTANT = " Up to the constant of integration, which the answer leaves out."


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on an antiderivative. Raises Unfit for an answer that is no expression."""
    if isinstance(answer, Rel) and len(answer.args) == 2 and isinstance(answer.args[0], Integral):
        answer = answer.args[1]
    claimed_node, constant = without_constant(expression_of(answer, statement), statement)
    if any(isinstance(n, Integral) for n in walk(claimed_node)):
        raise Unfit("an expression without an integral sign")
    if symbols(claimed_node) - symbols(statement.node) - {statement.variable}:
        raise Unfit("an expression in the letters of the question")
    ring = Ring((statement.node, claimed_node, Sym(statement.variable or "x")))
    claimed = ring.build(claimed_node)
    derivative = sympy.diff(claimed, ring[statement.variable or "x"])
    letters = sorted(ring.env.values(), key=str)
    integrand = ring.build(statement.node)
    result = compare(integrand, derivative, letters, where=statement.node)
    x = ring[statement.variable or "x"]
    result = replace(result, gap=result.gap or gap_of(integrand, claimed, letters) or hole_of(integrand, claimed_node, ring, x))
    if result.outcome == "differ" and len(letters) > 1 and compare(integrand, derivative, letters, positive=True).outcome != "differ":
        return undecided(METHOD, f"equal when all letters are positive, which the question does not say; not at {point_words(result.at)}")
    verdict = judge(result, METHOD, "the integrand", "the derivative of the answer", claimed_node)
    if verdict.status == "verified" and not _reaches(statement.node, claimed_node, x.name):
        at = f", for example not at {point_words(result.gap)}" if result.gap else ""
        return undecided(METHOD, f"its derivative is right, but the answer may not be continuous wherever the integrand is{at}")
    if verdict.status in ("verified", "consistent"):
        verdict = replace(verdict, domain=_domain(statement.node, claimed_node, x.name))
    if verdict.status in ("verified", "consistent") and not constant:
        return replace(verdict, evidence=(verdict.evidence or "") + NO_CONSTANT)
    return verdict


def _domain(integrand: Node, answer: Node, name: str) -> str | None:
    """What only one of both asks: x > 0 of ln x beside 1/x, a > 0 of √a; with other letters at least that there is something."""
    if conditions := differing(integrand, answer):
        return f"where {joined(conditions)}"
    return "for values of the other letters where the answer is defined" if symbols(answer) - {name} else None


def _reaches(integrand: Node, answer: Node, name: str) -> bool:
    """Whether the answer is continuous wherever the integrand is defined, if ln u may stand for ln|u|."""
    if continuous_where(integrand, answer, name):
        return True
    meant = with_absolute_logarithms(answer)
    return meant is not None and continuous_where(integrand, meant, name) is True


def without_constant(answer: Node, statement: Statement) -> tuple[Node, bool]:
    """The answer without its "+ C", and whether it had one. Only a letter that stands alone as a term, and nowhere else."""
    if not isinstance(answer, Add):
        return answer, False
    free = CONSTANTS - symbols(statement.node) - {statement.variable}
    kept = tuple(a for a in answer.args if not (isinstance(a, Sym) and a.name in free))
    if len(kept) != len(answer.args) - 1:
        return answer, False
    return (kept[0] if len(kept) == 1 else Add(kept)), True
