"""A formula in letters that the question gives away, such as f(g(x)) or the nth term of a sequence: the answer must be the same."""

from __future__ import annotations

from dataclasses import replace

from phi4web.verdict import Verdict
from phi4web.verify.checks import rewrite
from phi4web.verify.checks.base import Ring, Unfit, plain, refuted, told_apart, undecided, verified
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.conditions import added
from phi4web.verify.checks.defined import POSITIVE, needs_of
from phi4web.verify.checks.derivative import expression_of, judge
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Func, Node, Sym, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "compared with the formula of the question by algebra"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style: "composed", or "nth term". Raises Unfit for what is no formula in the letters of the question."""
    if statement.style == "composed":
        if answer == statement.node:
            return verified("exact", METHOD, "It is what the functions give when one is put into the other.")
        return rewrite.check(replace(statement, kind="rewrite", style="simplify"), answer)
    claimed = expression_of(answer, statement)
    if statement.style == "single logarithm":
        return _logarithm(statement, claimed)
    letters = symbols(statement.node) | symbols(claimed)
    if letters != symbols(statement.node):
        raise Unfit("a formula in the letters of the question")
    if any(symbols(part) for part, _ in needs_of(claimed)) and not any(symbols(part) for part, _ in needs_of(statement.node)):
        return undecided(METHOD, "the answer, as written, may not have a value everywhere")
    ring = Ring((statement.node, claimed))
    result = compare(ring.build(statement.node), ring.build(claimed), [ring[n] for n in sorted(letters)])
    return judge(result, METHOD, "the formula", "the answer", claimed)


def _logarithm(statement: Statement, claimed: Node) -> Verdict:
    """One logarithm, equal to the question wherever that has a value, and defined there."""
    if symbols(claimed) - symbols(statement.node):
        raise Unfit("a formula in the letters of the question")
    known = {part for part, allowed in needs_of(statement.node) if allowed == POSITIVE}
    positive = all(Sym(n) in known for n in symbols(statement.node))
    ring = Ring((statement.node, claimed), positive=positive)
    question, made = ring.build(statement.node), ring.build(claimed)
    if symbols(statement.node):
        letters = [ring[n] for n in sorted(symbols(statement.node))]
        verdict = judge(
            compare(question, made, letters, positive=positive, where=statement.node), METHOD, "the question", "the answer", claimed
        )
        if verdict.status == "verified" and (missing := added(statement.node, claimed)):
            return undecided(METHOD, f"the answer has a value only where {missing[0]}")
    else:
        zero = number_is_zero(question - made)
        if zero is False:
            return refuted(METHOD, "The values are {} and {}.".format(*told_apart(question, made)))
        if zero is None:
            return undecided(METHOD, "no proof was found")
        verdict = verified("exact", METHOD, f"{plain(claimed)} has the value of the question.")
    if verdict.status == "verified" and not (isinstance(claimed, Func) and claimed.name in ("log", "ln")):
        return undecided(METHOD, f"{plain(claimed)} is equal to the question, but it is not a single logarithm")
    return verdict
