"""Yes or no: whether a statement about numbers holds, by exact arithmetic."""

from __future__ import annotations

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Unfit, plain, refuted, undecided, verified
from phi4web.verify.checks.evaluate import doubtful_part
from phi4web.verify.checks.truth import holds
from phi4web.verify.latex.ast import Node, Special
from phi4web.verify.problem.statement import Statement

METHOD = "both sides worked out exactly"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on yes or no. Raises Unfit for any other answer."""
    if not isinstance(answer, Special) or answer.name not in ("yes", "no", "true", "false"):
        raise Unfit("yes or no")
    if doubt := doubtful_part(statement.node):
        return undecided(METHOD, doubt)
    true = holds(statement.node, "x", sympy.Integer(0))
    if true is None:
        return undecided(METHOD, "whether it holds could not be told")
    said = f"{plain(statement.node)} {'holds' if true else 'does not hold'}."
    return verified("exact", METHOD, said) if true == (answer.name in ("yes", "true")) else refuted(METHOD, said)
