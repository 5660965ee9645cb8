"""Equations with sines that may be meant in degrees, though no ° is written: sin x = 1/2 with 30, or for 0 <= x < 360."""

from __future__ import annotations

from dataclasses import replace

from phi4web.verify.latex.ast import Const, Degree, Func, Node, Num, rebuild, symbols, walk
from phi4web.verify.problem.conventions import LIKELY_DEGREES, TRIG
from phi4web.verify.problem.statement import Statement


def in_degrees(statement: Statement, answer: Node) -> Statement | None:
    """The question with its angles in degrees; None where nothing hints at them, or π or ° settle it."""
    said = (statement.node, *statement.domain.conditions, answer)
    if any(n == Const("pi") or isinstance(n, Degree) for node in said for n in walk(node)):
        return None
    if not any(_is_likely(n) for node in said[1:] for n in walk(node)):
        return None
    turned = rebuild(statement.node, _turned)
    return replace(statement, node=turned) if turned != statement.node else None


def _is_likely(node: Node) -> bool:
    return isinstance(node, Num) and node.den == 1 and abs(node.num) >= LIKELY_DEGREES


def _turned(node: Node) -> Node:
    match node:
        case Func(name, (angle,)) if name in TRIG and symbols(angle):
            return Func(name, (Degree(angle),))
    return node
