"""Rewrites on the AST that several checks need. All are exact and say nothing about truth."""

from __future__ import annotations

from phi4web.verify.latex.ast import (
    And,
    Div,
    Func,
    Listing,
    Neg,
    Node,
    Num,
    Or,
    PlusMinus,
    Pow,
    Quantity,
    Rel,
    rebuild,
    walk,
)


def signs(node: Node) -> tuple[Node, ...]:
    """Both values of a formula with ±, which share one sign; the formula alone if it has none."""
    if not any(isinstance(n, PlusMinus) for n in walk(node)):
        return (node,)

    def chosen(positive: bool) -> Node:
        def change(n: Node) -> Node:
            if isinstance(n, PlusMinus):
                return n.arg if n.flipped != positive else Neg(n.arg)
            return n

        return rebuild(node, change)

    return chosen(True), chosen(False)


def alternatives(node: Node) -> tuple[Node, ...]:
    """The values that an answer lists: of a list, a set-like "or", and of ±, flat and in order."""
    if isinstance(node, Listing | Or):
        items = node.items if isinstance(node, Listing) else node.args
        return tuple(value for item in items for value in alternatives(item))
    if isinstance(node, And) or not any(isinstance(n, PlusMinus) for n in walk(node)):
        return (node,)
    return tuple(value for signed in signs(node) for value in alternatives(signed))


def without_units(node: Node) -> Node:
    """The bare number of a quantity at the top, also behind a sign or on the right of x = ...; degrees and percent stay."""
    if isinstance(node, Quantity):
        return without_units(node.value)
    if isinstance(node, Neg):
        return Neg(without_units(node.arg))
    if isinstance(node, Rel):
        return Rel(node.ops, tuple(without_units(arg) for arg in node.args))
    return node


def real_roots(node: Node) -> Node:
    """x^{p/q} with an odd q read as the real root: (-8)^{1/3} is -2."""

    def change(n: Node) -> Node:
        if not isinstance(n, Pow):
            return n
        negative, exp = (True, n.exp.arg) if isinstance(n.exp, Neg) else (False, n.exp)
        if not (isinstance(exp, Div) and isinstance(exp.num, Num) and isinstance(exp.den, Num)):
            return n
        if exp.den.num % 2 == 0 or exp.den.den != 1 or exp.num.den != 1 or exp.den.num == 1:
            return n
        root: Node = Func("root", (n.base, exp.den))
        power = root if exp.num == Num(1) else Pow(root, exp.num)
        return Div(Num(1), power) if negative else power

    return rebuild(node, change)
