"""Derivatives: differentiate ourselves, and compare with the answer at points and by proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks import evaluate
from phi4web.verify.checks.base import Ring, Unfit, consistent, refuted, shown, shown_decimal, undecided, verified
from phi4web.verify.checks.compare import DIGITS, Comparison, compare, hole_of
from phi4web.verify.latex.ast import Call, Deriv, Node, Num, Rel, Sym, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "differentiated by SymPy, then compared with the answer"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a derivative as a function, or at a point. Raises Unfit for an answer that is no expression."""
    claimed_node = expression_of(answer, statement)
    ring = Ring((statement.node, claimed_node, Sym(statement.variable or "x")))
    x = ring[statement.variable or "x"]
    derivative = sympy.diff(ring.build(statement.node), x, statement.order)
    if statement.point is not None:
        return _at_point(statement, derivative.subs(x, ring.build(statement.point)), claimed_node, ring)
    if symbols(claimed_node) - symbols(statement.node) - {statement.variable}:
        raise Unfit("an expression in the letters of the question")
    claimed = ring.build(claimed_node)
    result = compare(derivative, claimed, sorted(ring.env.values(), key=str))
    result = replace(result, gap=result.gap or hole_of(derivative, claimed_node, ring, x))
    return judge(result, METHOD, "the derivative", "the answer", claimed_node)


def expression_of(answer: Node, statement: Statement) -> Node:
    """The expression that an answer is, without "f'(x) =" or "dy/dx =" before it. Raises Unfit for anything else."""
    if isinstance(answer, Rel) and answer.ops == ("=",):
        left, right = answer.args
        named = isinstance(left, Call) and (not statement.names or left.name in statement.names | {"y", "F"})
        if named or isinstance(left, Deriv) or (isinstance(left, Sym) and left.name in {"y", "f", "F"} - symbols(statement.node)):
            answer = right
    if isinstance(answer, evaluate.NOT_NUMBERS) or any(isinstance(n, Call | Deriv) for n in walk(answer)):
        raise Unfit("an expression")
    return answer


def _at_point(statement: Statement, value: Any, answer: Node, ring: Ring) -> Verdict:
    if value.has(sympy.zoo, sympy.nan, sympy.oo) or value.free_symbols:
        return undecided(METHOD, "the derivative has no value at that point")
    return evaluate.judge_value(value, answer, statement, "the derivative at the point", ring)


def judge(result: Comparison, method: str, first: str, second: str, answer: Node) -> Verdict:
    """Words for a comparison of two functions."""
    domain = f"only where the answer is defined, so not at {point_words(result.gap)}" if result.gap else None
    if result.outcome == "differ":
        if any(isinstance(n, Num) and n.places is not None for n in walk(answer)) and near(result):
            return undecided(method, "the answer is near; its decimals may be rounded")
        where = f"at {point_words(result.at)} " if result.at else ""
        return refuted(
            method,
            f"{where}{first} is {shown_decimal(result.first)}, {second} gives {shown_decimal(result.second)}".strip().capitalize() + ".",
        )
    if result.outcome == "same":
        return verified(
            "exact", method, f"The difference is zero by algebra; {result.points} points agree to {DIGITS} digits.", domain=domain
        )
    if result.outcome == "agree":
        return consistent(result.points, method, f"Equal at {result.points} points to {DIGITS} digits; no proof was found.", domain=domain)
    return undecided(method, "too few points where both are defined")


def near(result: Comparison) -> bool:
    """Within one percent at the point where they differ."""
    return bool(abs(result.first.mid - result.second.mid).b <= abs(result.first.mid).b / 100)


def point_words(point: dict[Any, Any] | None) -> str:
    return ", ".join(f"{symbol} = {shown(value)}" for symbol, value in (point or {}).items())
