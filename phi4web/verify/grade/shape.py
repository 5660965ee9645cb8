"""What kind of answer is it? A node is brought to one of a few shapes; only like shapes are compared. Knows nothing of SymPy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.latex.expand import alternatives
from phi4web.verify.latex.plain import plain

Kind = Literal["value", "values", "sequence", "tuple", "matrix", "set", "assign", "relation", "piecewise", "ratio", "residue", "words"]


@dataclass(frozen=True, slots=True)
class Shape:
    """`parts`: what the kind holds, in order. `label`: the x of x = 2. `unit`: None without one.

    `claims`: pairs that a chain such as 2·3 = 6 says are equal. `rounded`: it was followed by ≈.
    """

    kind: Kind
    parts: tuple[Node, ...]
    source: Node
    label: str | None = None
    unit: str | None = None
    claims: tuple[tuple[Node, Node], ...] = ()
    names: tuple[str, ...] = ()


def shape(node: Node) -> Shape:
    match node:
        case a.Text(text):
            return Shape("words", (a.Text(_words(text)),), node)
        case a.Special():
            return _special(node)
        case a.Rel():
            return _relation(node)
        case a.And(args) | a.Or(args):
            return _logic(node, args)
        case a.Listing(items):
            return _listing(node, items)
        case a.Set_(items):
            return _values(node, items)
        case a.Tuple_(items):
            return Shape("tuple", items, node)
        case a.Matrix():
            return Shape("matrix", (node,), node)
        case a.Interval() | a.SetOp() | a.SetBuilder() | a.NamedSet():
            return Shape("set", (node,), node)
        case a.Piecewise():
            return Shape("piecewise", (node,), node)
        case a.Ratio(items):
            return Shape("ratio", items, node)
        case a.Func("pmod", args):
            return Shape("residue", args, node)
        case _:
            return _value(node)


def _value(node: Node) -> Shape:
    match node:
        case a.Quantity(value, unit):
            return replace(shape(value), unit=unit, source=node)
        case a.Neg(a.Quantity(value, unit)):
            return replace(shape(a.Neg(value)), unit=unit, source=node)
        case a.Degree(arg):
            return Shape("value", (arg,), node, unit="deg")
        case a.Percent(arg):
            return Shape("value", (a.Div(arg, a.Num(100)),), node, unit="%")
    values = alternatives(node)
    if len(values) > 1:
        return Shape("values", values, node)
    return Shape("value", (node,), node)


def _special(node: a.Special) -> Shape:
    if node.name == "no_solution":
        return Shape("values", (), node)
    if node.name == "all_reals":
        return Shape("set", (a.NamedSet("R"),), node)
    return Shape("words", (a.Text(node.name),), node)


def _values(node: Node, items: tuple[Node, ...], label: str | None = None) -> Shape:
    if any(isinstance(item, a.Dots) for item in items):
        return Shape("sequence", items, node, label)
    if isinstance(node, a.Set_) and any(isinstance(item, a.Set_ | a.Special) for item in items):
        return Shape("words", (a.Text(plain(node)),), node)  # a set with a set in it
    inner = [shape(item) for item in items]
    units = {s.unit for s in inner}
    flat = tuple(value for s in inner for value in (s.parts if s.kind in ("value", "values") else (s.source,)))
    return Shape("values", flat, node, label, unit=units.pop() if len(units) == 1 else None)


def _label(node: Node) -> str | None:
    return plain(node) if isinstance(node, a.Sym | a.Call | a.Deriv | a.Func) and _is_name(node) else None


def _is_name(node: Node) -> bool:
    return isinstance(node, a.Sym | a.Call) or (isinstance(node, a.Deriv) and isinstance(node.expr, a.Sym | a.Call))


def _relation(node: a.Rel) -> Shape:
    ops, args = node.ops, node.args
    if isinstance(args[-1], a.Ratio) and isinstance(args[-1].items[-1], a.Interval | a.SetOp):  # 1 < x < 2 : (1, 2) says it twice
        return Shape("set", (a.And((a.Rel(ops, (*args[:-1], args[-1].items[0])), args[-1].items[-1])),), node)
    if "~" in ops:  # the exact part stands before the rounded one; if nothing but a name does, the rounded one is the answer
        cut = ops.index("~")
        exact = args[0] if cut == 0 else a.Rel(ops[:cut], args[: cut + 1])
        return shape(exact if _label(args[0]) is None or cut > 0 else args[1])
    label = _label(args[0])
    if ops == ("=",) and (named := _named_tuple(node, *args)):
        return named
    if set(ops) == {"="}:
        return _equation(node, label)
    if ops == ("in",) and label:
        return replace(shape(args[1]), label=label)
    if ops == ("==",) and isinstance(args[1], a.Func) and args[1].name == "pmod":
        return Shape("residue", args[1].args, node, label)
    if set(ops) <= {"<", "<=", ">", ">=", "!="}:
        return Shape("set", (node,), node)
    return Shape("relation", args, node)


def _named_tuple(node: a.Rel, left: Node, right: Node) -> Shape | None:
    """(x, y) = (1, 2) as x = 1, y = 2."""
    if not (isinstance(left, a.Tuple_) and isinstance(right, a.Tuple_) and len(left.items) == len(right.items)):
        return None
    names = tuple(item.name for item in left.items if isinstance(item, a.Sym))
    return Shape("assign", right.items, node, names=names) if len(set(names)) == len(left.items) else None


def _equation(node: a.Rel, label: str | None) -> Shape:
    args = node.args
    if label and not (len(args) == 2 and _mentions(args[1], args[0])):
        claims = tuple(zip(args[1:], args[2:], strict=False))
        return replace(shape(args[-1]), label=label, claims=claims, source=node)
    closed = not any(a.symbols(arg) or _has_call(arg) for arg in args)
    if closed or len(args) > 2:
        return replace(shape(args[-1]), claims=tuple(zip(args, args[1:], strict=False)), source=node)
    end = _label(args[1])
    if end and not _mentions(args[0], args[1]):  # 40/3 = a
        return replace(shape(args[0]), label=end, source=node)
    return Shape("relation", args, node)


def _mentions(node: Node, name: Node) -> bool:
    return any(n == name for n in a.walk(node))


def _has_call(node: Node) -> bool:
    return any(isinstance(n, a.Call | a.Deriv) for n in a.walk(node))


def _logic(node: Node, args: tuple[Node, ...]) -> Shape:
    parts = [shape(arg) for arg in args]
    if all(p.kind == "set" for p in parts) or (any(p.kind == "set" for p in parts) and isinstance(node, a.Or)):
        return Shape("set", (node,), node)
    if isinstance(node, a.Or):
        labels = {p.label for p in parts}
        if len(labels) == 1 and all(p.kind in ("value", "values") for p in parts):
            return _values(node, tuple(v for p in parts for v in p.parts), labels.pop())
        return Shape("relation", args, node)
    return _listing(node, args)


def _listing(node: Node, items: tuple[Node, ...]) -> Shape:
    parts = [shape(item) for item in items]
    if all(p.kind == "set" and isinstance(p.source, a.Rel) for p in parts):
        return Shape("set", (a.And(items),), node)
    labels = [p.label for p in parts]
    if all(labels) and all(p.kind == "value" for p in parts):
        if len(set(labels)) == 1:
            return _values(node, tuple(p.parts[0] for p in parts), labels[0])
        if len(set(labels)) == len(labels):
            return Shape("assign", tuple(p.parts[0] for p in parts), node, names=tuple(str(name) for name in labels))
    if all(p.kind == "values" and p.label for p in parts) and len(set(labels)) == 1:
        return _values(node, tuple(v for p in parts for v in p.parts), labels[0])
    return _values(node, items)


def _words(text: str) -> str:
    return " ".join(w for w in text.lower().strip(" .()[]'\"").replace("-", " ").split() if w not in ("the", "a", "an"))


def letters(node: Node) -> str | None:
    """cab for the product c·a·b, which may have been meant as a word."""
    parts = node.args if isinstance(node, a.Mul) else (node,)
    names = [p.name if isinstance(p, a.Sym | a.Const) and len(p.name) == 1 else "" for p in parts]
    return "".join(names) if all(names) else None
