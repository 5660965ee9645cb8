"""Independent routes to a verdict, one module per class of question. Runs only where SymPy may: in a worker process."""

from __future__ import annotations

from collections.abc import Callable

from phi4web.verdict import Verdict
from phi4web.verify.checks import (
    antiderivative,
    area,
    circle,
    claim,
    conversion,
    derivative,
    equation,
    evaluate,
    extremum,
    formula,
    functions,
    inequality,
    integers,
    matrices,
    point,
    primes,
    rewrite,
    square,
    system,
    tangent,
    taylor,
    unknown_function,
    value,
)
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Unfit, undecided
from phi4web.verify.checks.enclose import Unclear, Undefined
from phi4web.verify.latex.ast import Node
from phi4web.verify.problem import Statement

ROUTES: dict[str, Callable[[Statement, Node], Verdict]] = {
    "evaluate": evaluate.check,
    "solve": equation.check,
    "derivative": derivative.check,
    "antiderivative": antiderivative.check,
    "rewrite": rewrite.check,
    "inequality": inequality.check,
    "system": system.check,
    "value": value.check,
    "function": functions.check,
    "integers": integers.check,
    "matrix": matrices.check,
    "sequence": unknown_function.check,
    "conversion": conversion.check,
    "square": square.check,
    "point": point.check,
    "tangent": tangent.check,
    "extremum": extremum.check,
    "taylor": taylor.check,
    "area": area.check,
    "claim": claim.check,
    "primes": primes.check,
    "formula": formula.check,
    "circle": circle.check,
}


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on one reading of the question and one of the answer. Raises Unfit, NoMethod or BadInput (size, nothing to build)."""
    try:
        return ROUTES[statement.kind](statement, answer)
    except (*GAVE_UP, AssertionError, Unclear, Undefined):
        return undecided("computer algebra", "the algebra could not be carried through")


__all__ = ["NoMethod", "Unfit", "check"]
