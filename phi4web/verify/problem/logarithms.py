"""log without a base: ten in arithmetic and equations, ten or e where calculus or e itself is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from phi4web.verify.latex.ast import Const, Func, Node, Num, rebuild, walk
from phi4web.verify.problem.statement import Statement

CALCULUS = frozenset({"derivative", "antiderivative", "tangent", "extremum", "taylor", "area"})


def log_readings(statement: Statement, answer: Node) -> Iterator[tuple[Statement, Node]]:
    """The question and the answer with every bare log given one base, the same in both; one pair for each base kept."""
    nodes = [*walk(statement.node), *walk(answer)]
    if not any(_is_bare(n) for n in nodes):
        yield statement, answer
        return
    natural_too = statement.kind in CALCULUS or any(n == Const("e") for n in nodes)
    for natural in (False, True) if natural_too else (False,):
        yield replace(statement, node=_with_base(statement.node, natural)), _with_base(answer, natural)


def _is_bare(node: Node) -> bool:
    return isinstance(node, Func) and node.name == "log" and len(node.args) == 1


def _with_base(node: Node, natural: bool) -> Node:
    def change(n: Node) -> Node:
        if not _is_bare(n):
            return n
        assert isinstance(n, Func)
        return Func("ln", n.args) if natural else Func("log", (*n.args, Num(10)))

    return rebuild(node, change)
