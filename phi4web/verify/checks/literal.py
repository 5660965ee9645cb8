"""Equations with other letters, solved for one: the answer put in, and the degree in the unknown counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from phi4web.verdict import Verdict, could_not_check
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, undecided, verified
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.conditions import in_words, joined
from phi4web.verify.checks.defined import NOT_ZERO, needs_of, tame
from phi4web.verify.checks.derivative import judge
from phi4web.verify.checks.evaluate import NOT_NUMBERS
from phi4web.verify.checks.roots import both_signs
from phi4web.verify.checks.zero import function_is_zero
from phi4web.verify.latex.ast import Listing, Node, Or, PlusMinus, Rel, Sym, rebuild, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "the answer put into the equation, and the solutions counted by degree"
DOMAIN = "where no denominator, and no factor of the unknown, is zero"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on one letter in terms of the others. Raises Unfit or NoMethod."""
    node = statement.node
    if not isinstance(node, Rel) or node.ops != ("=",) or statement.domain.conditions:
        raise NoMethod("equations")
    name = statement.variable or "x"
    values = [v for item in _items(answer) for v in both_signs(_value(item, name))]
    if any(name in symbols(v) or symbols(v) - symbols(node) for v in values):
        raise Unfit(f"{name} in terms of the other letters")
    ring = Ring((node, *values))
    x = ring[name]
    left, right = (ring.build(side) for side in node.args)
    letters = sorted((s for n, s in ring.env.items() if n != name), key=str)
    claimed = [ring.build(v) for v in values]
    for value, shape in zip(claimed, values, strict=True):
        result = compare(left.subs(x, value), right.subs(x, value), letters)
        if result.outcome == "differ" and not tame(node):
            return undecided(METHOD, "put in, both sides are not equal for all letters; whether some of them are ruled out is not known")
        if result.outcome != "same":
            return judge(result, METHOD, "the left side", "the right side", shape)
    verdict = _counted(left - right, x, claimed)
    signs = _signs(node, values, name)
    return replace(verdict, domain=f"{DOMAIN}; where {joined(signs)}") if signs and verdict.status == "verified" else verdict


def _signs(equation: Node, values: list[Node], name: str) -> list[str]:
    """What roots and logarithms of the answer, or of the equation with the answer put in, need: a ≥ 0."""

    def put_in(value: Node) -> Node:
        return rebuild(equation, lambda n: value if n == Sym(name) else n)

    needs = [need for formula in (*values, *map(put_in, values)) for need in needs_of(formula) if need[1] != NOT_ZERO]
    return list(dict.fromkeys(in_words(needs)))


def _counted(difference: Any, x: Any, claimed: list[Any]) -> Verdict:
    top = sympy.numer(sympy.together(difference))
    if not top.is_polynomial(x):
        return could_not_check("incomplete", "the answer solves it, but others may be missing", method=METHOD, completeness="not_shown")
    degree = sympy.degree(top, x)
    distinct: list[Any] = []
    for value in claimed:
        if not any(function_is_zero(value - v) for v in distinct):
            distinct.append(value)
    if degree == len(distinct):
        said = f"Put in, both sides are equal; the equation has degree {degree} in {x}, so there is no other solution."
        return verified("exact", METHOD, said, domain=DOMAIN, completeness="complete")
    if degree > len(distinct):
        said = f"the answer solves it, but the equation has degree {degree} in {x}, so others may be missing"
        return could_not_check("incomplete", said, method=METHOD, completeness="not_shown")
    return undecided(METHOD, "the solutions could not be counted")


def _items(answer: Node) -> tuple[Node, ...]:
    match answer:
        case Or(items) | Listing(items):
            return items
    return (answer,)


def _value(item: Node, name: str) -> Node:
    match item:
        case Rel(("=",), (Sym(left), value)) if left == name:
            item = value
        case Rel(("=",), (value, Sym(right))) if right == name:
            item = value
    if isinstance(item, NOT_NUMBERS) and not isinstance(item, PlusMinus):
        raise Unfit(f"{name} in terms of the other letters")
    if any(isinstance(n, NOT_NUMBERS) and not isinstance(n, PlusMinus) for n in walk(item)):
        raise Unfit(f"{name} in terms of the other letters")
    return item
