"""A formula in letters that the question gives away, such as f(g(x)) or the nth term of a sequence: the answer must be the same."""

from __future__ import annotations

from dataclasses import replace

from phi4web.verdict import Verdict
from phi4web.verify.checks import rewrite
from phi4web.verify.checks.base import Ring, Unfit, undecided, verified
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.derivative import expression_of, judge
from phi4web.verify.latex.ast import Node, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "compared with the formula of the question by algebra"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style: "composed", or "nth term". Raises Unfit for what is no formula in the letters of the question."""
    if statement.style == "composed":
        if answer == statement.node:
            return verified("exact", METHOD, "It is what the functions give when one is put into the other.")
        return rewrite.check(replace(statement, kind="rewrite", style="simplify"), answer)
    claimed = expression_of(answer, statement)
    letters = symbols(statement.node) | symbols(claimed)
    if letters != symbols(statement.node):
        raise Unfit("a formula in the letters of the question")
    if any(symbols(part) for part, _ in needs_of(claimed)) and not any(symbols(part) for part, _ in needs_of(statement.node)):
        return undecided(METHOD, "the answer, as written, may not have a value everywhere")
    ring = Ring((statement.node, claimed))
    result = compare(ring.build(statement.node), ring.build(claimed), [ring[n] for n in sorted(letters)])
    return judge(result, METHOD, "the formula", "the answer", claimed)
