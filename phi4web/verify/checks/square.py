"""A quadratic with its square completed: equal by algebra, and written as a(x - h)^2 + k."""

from __future__ import annotations

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Ring, Unfit, plain, undecided
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.derivative import expression_of, judge
from phi4web.verify.latex.ast import Add, Div, Func, Mul, Neg, Node, Num, Pow, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "the answer multiplied out and compared with the question"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a completed square. Raises Unfit for what is no formula in the letter of the question."""
    claimed = expression_of(answer, statement)
    name = statement.variable or "x"
    if symbols(claimed) != {name}:
        raise Unfit(f"a formula in {name}")
    if any(symbols(part) for part, _ in needs_of(claimed)):
        return undecided(METHOD, "the answer has a division or root that a completed square does not have")
    ring = Ring((statement.node, claimed))
    verdict = judge(compare(ring.build(statement.node), ring.build(claimed), [ring[name]]), METHOD, "the question", "the answer", claimed)
    if verdict.status == "verified" and not _is_completed(claimed, name):
        return undecided(METHOD, f"{plain(claimed)} is equal to the question, but it is not one square and a number")
    return verdict


def _is_completed(node: Node, name: str) -> bool:
    """One square of a linear formula, perhaps with a factor, and numbers."""
    terms = node.args if isinstance(node, Add) else (node,)
    lettered = [t for t in terms if symbols(t)]
    return len(lettered) == 1 and _is_square(lettered[0], name)


def _is_square(term: Node, name: str) -> bool:
    match term:
        case Neg(arg):
            return _is_square(arg, name)
        case Mul(args):
            lettered = [a for a in args if symbols(a)]
            return len(lettered) == 1 and _is_square(lettered[0], name)
        case Div(num, den):
            return not symbols(den) and _is_square(num, name)
        case Pow(base, Num(2, 1)):
            return _is_linear(base, name)
    return False


def _is_linear(node: Node, name: str) -> bool:
    terms = node.args if isinstance(node, Add) else (node,)
    roots = any(isinstance(n, Func) and symbols(t) for t in terms for n in walk(t))
    return sum(1 for t in terms if symbols(t)) == 1 and not roots and not any(isinstance(t, Pow) for t in terms)
