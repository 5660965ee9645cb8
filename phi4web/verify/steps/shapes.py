"""What a line looks like: a value, several values, a bound, a formula solved for a letter."""

from __future__ import annotations

from phi4web.verify.checks.exact import exact_value
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.reading import is_closed


def lists_values(node: Node) -> bool:
    return isinstance(node, a.Rel) and node.ops == ("=",) and isinstance(node.args[0], a.Sym) and is_closed(node.args[1])


def is_solved(node: Node) -> bool:
    """x = 2, or x = 1/2 or x = -3: values with nothing left to be worked out."""
    parts = node.items if isinstance(node, a.Listing) else node.args if isinstance(node, a.Or) else (node,)
    return all(lists_values(part) and exact_value(part.args[1]) is not None and _is_plain(part.args[1]) for part in parts)  # type: ignore[union-attr]


def _is_plain(value: Node) -> bool:
    inside = value.arg if isinstance(value, a.Neg) else value
    return isinstance(inside, a.Num) or (isinstance(inside, a.Div) and isinstance(inside.num, a.Num) and isinstance(inside.den, a.Num))


def names_a_number(node: Node, others: frozenset[str]) -> bool:
    """a = 2, b = 3: names for numbers, which say nothing about the other letters."""
    parts = node.items if isinstance(node, a.Listing) else node.args if isinstance(node, a.And) else (node,)
    return all(lists_values(part) for part in parts) and not a.symbols(node) & others


def solved_for(node: Node) -> str | None:
    return node.args[0].name if isinstance(node, a.Rel) and isinstance(node.args[0], a.Sym) else None


def is_bound(node: Node) -> bool:
    """x > 2: nothing is left to be solved, so another bound under it is a condition of its own."""
    return isinstance(node, a.Rel) and len(node.args) == 2 and node.ops[0] in ("<", "<=", ">", ">=") and isinstance(node.args[0], a.Sym)


def may_be_cases(one: Node, two: Node) -> bool:
    """x - 2 = 0 and x - 3 = 0, or 2x - 3 = 7 and 2x - 3 = -7."""
    alike = isinstance(one, a.Rel) and isinstance(two, a.Rel) and len(one.args) == len(two.args) == 2
    return not alike or one.args[0] == two.args[0] or one.args[1] == two.args[1]  # type: ignore[union-attr]
