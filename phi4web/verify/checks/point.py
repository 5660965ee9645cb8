"""A point of a curve whose exact coordinates the question gives away: an inflection point."""

from __future__ import annotations

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Ring
from phi4web.verify.checks.functions import pair
from phi4web.verify.latex.ast import Node
from phi4web.verify.problem.statement import Statement

METHOD = "the coordinates by exact arithmetic"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on one point. Raises Unfit for what is no point."""
    return pair(statement, answer, tuple(Ring(()).build(n) for n in statement.others), METHOD)
