"""One equation over the real numbers: its sides, who solves it, and who is in the domain of the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from phi4web.verify.checks.base import NoMethod, Ring, told_apart
from phi4web.verify.checks.defined import defined_at
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.truth import holds
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Const, Div, Func, Neg, Node, Num, Pow, Rel, rebuild, symbols, walk
from phi4web.verify.problem.statement import Statement

DIGITS = 50

DOMAIN = "{} in the real numbers"


@dataclass(frozen=True, slots=True)
class Task:
    """left = right over the real numbers. `known`: exact solutions of the answer that were proven."""

    statement: Statement
    node: Rel
    left: Any
    right: Any
    x: Any

    @property
    def difference(self) -> Any:
        return self.left - self.right

    def domain(self) -> str:
        words = DOMAIN.format(self.x)
        return words + (", within the bounds of the question" if self.statement.domain.conditions else "")


def read(statement: Statement, odd_roots: bool = True) -> Task:
    """`odd_roots`: x^(1/3) of a negative number is the real root; otherwise it has no real value. Raises NoMethod."""
    node = statement.node
    if not isinstance(node, Rel) or node.ops != ("=",) or symbols(node) != {statement.variable}:
        raise NoMethod("equations in one unknown")
    if statement.domain.numbers not in ("unsaid", "real", "integer", "rational") or any(n == Const("i") for n in walk(node)):
        raise NoMethod("equations of this kind over the real numbers")
    changed = real_powers(node) if odd_roots else node
    assert isinstance(changed, Rel)
    node = changed
    ring = Ring((node,))
    left, right = (ring.build(side) for side in node.args)
    return Task(statement, node, left, right, ring[statement.variable or "x"])


def real_powers(node: Node) -> Node:
    """x^(2/3) as the square of the real cube root, which is what a question over the real numbers means."""

    def change(n: Node) -> Node:
        if isinstance(n, Pow) and symbols(n.base) and (power := _odd_root(n.exp)) is not None:
            root = Func("root", (n.base, Num(power[1])))
            whole: Node = root if abs(power[0]) == 1 else Pow(root, Num(abs(power[0])))
            return whole if power[0] > 0 else Div(Num(1), whole)
        return n

    return rebuild(node, change)


def _odd_root(node: Node) -> tuple[int, int] | None:
    if isinstance(node, Neg):
        inner = _odd_root(node.arg)
        return (-inner[0], inner[1]) if inner else None
    if isinstance(node, Div) and isinstance(node.num, Num) and isinstance(node.den, Num) and node.num.den == node.den.den == 1:
        value = sympy.Rational(node.num.num, node.den.num)
        return (int(value.p), int(value.q)) if value.q % 2 and value.q > 1 else None
    return None


def inside(task: Task, value: Any) -> bool | None:
    numbers = task.statement.domain.numbers
    if numbers in ("integer", "rational"):
        whole = value.is_Integer if numbers == "integer" else value.is_Rational
        if not whole:
            return False if value.is_Rational or value.is_rational is False else None
    if task.statement.domain.positive and number_is_zero(value) is True:
        return False
    outcomes = [holds(c, task.statement.variable or "x", value) for c in task.statement.domain.conditions]
    return False if False in outcomes else None if None in outcomes else True


def solves(task: Task, value: Any) -> tuple[bool | None, str | None]:
    """Whether a value solves the equation over the reals; with words why not. (None, words): it would over the complex numbers."""
    there = defined_at(task.node, {task.statement.variable or "x": value})
    if there is None:
        return None, None
    sides = []
    for side, name in ((task.left, "left"), (task.right, "right")):
        try:
            sides.append(enclose(side, {task.x: value}, DIGITS))
        except Undefined as why:
            complex_zero = number_is_zero(task.difference.subs(task.x, value))
            said = f"the {name} side has no real value ({why})"
            return (False if complex_zero is False or task.statement.domain.numbers == "real" else None), said
        except Unclear:
            sides.append(None)
    if None not in sides and (sides[0].b < sides[1].a or sides[1].b < sides[0].a):
        texts = told_apart(*sides)
        return False, f"the left side is {texts[0]} and the right side is {texts[1]}"
    if None in sides and not all(_defined(side.subs(task.x, value)) for side in (task.left, task.right)):
        return None, None
    exact = [side.subs(task.x, value) for side in (task.left, task.right)]
    if not there:
        zero = number_is_zero(exact[0] - exact[1])
        return (
            False if zero is False or task.statement.domain.numbers == "real" else None
        ), "a part of the equation has no real value there"
    return (True, None) if number_is_zero(exact[0] - exact[1]) or _same_logarithm(*exact) else (None, None)


def _same_logarithm(a: Any, b: Any) -> bool:
    """A proof for two positive numbers made of powers."""
    if not (a.is_positive and b.is_positive):
        return False
    gap = sympy.expand_log(sympy.log(a), force=True) - sympy.expand_log(sympy.log(b), force=True)
    return bool(sympy.simplify(gap) == 0)


def _defined(value: Any) -> bool:
    return not value.has(sympy.zoo, sympy.nan, sympy.oo) and value.is_real is True
