"""Do starting values leave only one solution of a differential equation? Shown by the theorems on linear and smooth equations.

An equation is given with x, and D0, D1, ... for y, y', ...
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import sympy

from phi4web.verify.checks.base import Ring, shown
from phi4web.verify.checks.conditions import in_words, joined
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.domain import smooth_at
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Node, Rel, Sym, rebuild, symbols

MOST_CHOICES = 50


@dataclass(frozen=True, slots=True)
class Start:
    """The derivative of this order at this place is given."""

    place: Any
    order: int


@dataclass(frozen=True, slots=True)
class Equation:
    """left - right of a differential equation of some order in real symbols, and the equation as written."""

    node: Rel
    difference: Any
    x: Any
    marks: tuple[Any, ...]  # D0, D1, ... up to the order

    @property
    def order(self) -> int:
        return len(self.marks) - 1

    def coefficients(self) -> list[Any] | None:
        """What stands before y, y', ... and then by itself, when the equation is linear. None: it is not."""
        names = {str(m) for m in self.marks}
        if any(symbols(part) & names for part, _ in needs_of(self.node)) or not self.difference.is_polynomial(*self.marks):
            return None
        poly = sympy.Poly(self.difference, *self.marks)
        if poly.total_degree() != 1:
            return None
        found = [poly.coeff_monomial(m) for m in (*self.marks, 1)]
        return found if found[-2] != 0 else None

    def is_regular(self) -> bool:
        """Linear, with a number before the highest derivative: its solutions go on wherever its formulas are defined."""
        found = self.coefficients()
        return found is not None and not found[-2].free_symbols

    def leading(self) -> Any:
        """What stands before the highest derivative; None when the equation is not of degree one in it."""
        factor = sympy.diff(self.difference, self.marks[-1])
        return None if factor.has(self.marks[-1]) or factor == 0 else sympy.simplify(factor)


def equation_of(node: Rel, x_name: str, order: int) -> Equation:
    ring = Ring((node, Sym(x_name), *(Sym(f"D{k}") for k in range(order + 1))))
    left, right = (ring.build(side) for side in node.args)
    return Equation(node, left - right, ring[x_name], tuple(ring[f"D{k}"] for k in range(order + 1)))


def where_unique(equation: Equation, starts: Sequence[Start], claimed: Node, solution: Any) -> str | None:
    """In words where the solution is the only one with these starting values. None: that is not shown."""
    place = next((s.place for s in starts if _all_orders(s.place, starts, equation.order)), None)
    if place is not None and smooth_at(claimed, {str(equation.x): place}):
        return _around(equation, place, claimed, solution)
    whole = not in_words(needs_of(claimed)) and _fixes_constants(equation, starts)
    return f"every real {equation.x}" if whole else None


def where_general(equation: Equation) -> str:
    """In words on which intervals the general solution of a linear equation is one."""
    conditions = _conditions(equation)
    return f"on each interval where {joined(conditions)}" if conditions else "where the answer is defined"


def _all_orders(place: Any, starts: Iterable[Start], order: int) -> bool:
    return set(range(order)) <= {s.order for s in starts if number_is_zero(s.place - place)}


def _around(equation: Equation, place: Any, claimed: Node, solution: Any) -> str | None:
    """Smooth at the start, and the highest derivative can be solved for there: one solution, as long as that stays so."""
    point = {equation.x: place}
    if equation.coefficients() is None:
        point |= {mark: sympy.diff(solution, equation.x, k).subs(equation.x, place) for k, mark in enumerate(equation.marks)}
    leading = equation.leading()
    if leading is None or number_is_zero(sympy.simplify(leading.subs(point))) is not False:
        return None
    if not all(smooth_at(side, {str(s): v for s, v in point.items()}) for side in equation.node.args):
        return None
    conditions = [*(["the answer is defined"] if in_words(needs_of(claimed)) else []), *_conditions(equation)]
    if not conditions:
        return f"every real {equation.x}"
    return f"on the interval around {equation.x} = {shown(place)} where {joined(conditions)}"


def _conditions(equation: Equation) -> list[str]:
    """What must hold along a solution so that the equation is smooth and can be solved for its highest derivative."""
    names = {str(mark): "y" + "'" * k for k, mark in enumerate(equation.marks)}

    def named(node: Node) -> Node:
        return rebuild(node, lambda n: Sym(names.get(n.name, n.name)) if isinstance(n, Sym) else n)

    found = in_words([(named(part), allowed) for part, allowed in needs_of(equation.node) if symbols(part)], strict=True)
    leading = equation.leading()
    if leading is not None and leading.free_symbols:
        text = str(leading.subs({m: sympy.Symbol(names[str(m)]) for m in equation.marks})).replace("**", "^").replace("*", " ")
        found = [*found, f"{text} ≠ 0"]
    return list(dict.fromkeys(found))


def _fixes_constants(equation: Equation, starts: Sequence[Start]) -> bool:
    """Constant coefficients: whether the values at several places leave no multiple of the solutions of the homogeneous equation."""
    found = equation.coefficients()
    if found is None or any(c.free_symbols for c in found[:-1]) or any(True for _ in needs_of(equation.node)):
        return False
    r = sympy.Dummy("r")
    roots = sympy.roots(sympy.Poly(found[-2::-1], r))
    if sum(roots.values()) != equation.order:
        return False
    basis = [equation.x**k * sympy.exp(root * equation.x) for root, times in roots.items() for k in range(times)]
    rows = [[sympy.diff(f, equation.x, s.order).subs(equation.x, s.place) for f in basis] for s in starts]
    choices = islice(combinations(rows, equation.order), MOST_CHOICES)
    return any(number_is_zero(sympy.expand_complex(sympy.Matrix(chosen).det())) is False for chosen in choices)
