"""Solution sets in every notation, as SymPy sets of real numbers: intervals, inequalities, and/or, set-builder, excluded points."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import S

from phi4web.verify.build import NotBuildable, make_env, to_sympy
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!=", "=": "="}


class Backwards(NotBuildable):
    """An interval whose left end is not left of its right end."""


def solution_set(node: Node) -> tuple[str | None, Any]:
    """The variable, if the notation names one, and the set. Raises NotBuildable for what isn't a solved set in one real variable."""
    names = {name for n in a.walk(node) for name in _variable(n)}
    if len(names) > 1:
        raise NotBuildable("more than one variable")
    return (names.pop() if names else None), _set(node)


def _variable(node: Node) -> frozenset[str]:
    if isinstance(node, a.Rel):
        return a.symbols(node)
    return frozenset((node.element.name,)) if isinstance(node, a.SetBuilder) and isinstance(node.element, a.Sym) else frozenset()


def _set(node: Node) -> Any:
    match node:
        case a.Interval(lo, hi, lo_closed, hi_closed):
            if (lo_closed and _number(lo).is_infinite) or (hi_closed and _number(hi).is_infinite):
                raise NotBuildable("infinity is no number of a set; its end must be open")
            return _interval(_number(lo), _number(hi), lo_closed, hi_closed)
        case a.SetOp(op, args):
            return _combined(op, [_set(arg) for arg in args])
        case a.SetBuilder(a.Sym() | a.Rel() as element, condition):
            inside = _set(condition)
            return inside if isinstance(element, a.Sym) else sympy.Intersection(_set(element), inside)
        case a.Rel():
            return sympy.Intersection(*_links(node))
        case a.And(args):
            return sympy.Intersection(*(_set(arg) for arg in args))
        case a.Or(args) | a.Listing(args):
            return sympy.Union(*(_set(arg) for arg in args))
        case a.Set_(items):
            return sympy.FiniteSet(*(_number(item) for item in items))
        case a.Special("all_reals"):
            return S.Reals
        case a.Special("no_solution"):
            return S.EmptySet
        case _:
            return to_sympy(node, {}) if isinstance(node, a.NamedSet) else sympy.FiniteSet(_number(node))


def _interval(lo: Any, hi: Any, lo_closed: bool, hi_closed: bool) -> Any:
    found = sympy.Interval(lo, hi, not lo_closed, not hi_closed)
    if found is S.EmptySet:
        raise Backwards("an interval that ends before it starts")
    return found


def _combined(op: str, sets: list[Any]) -> Any:
    if op == "union":
        return sympy.Union(*sets)
    if op == "intersection":
        return sympy.Intersection(*sets)
    left = sets[0]
    for right in sets[1:]:
        left = sympy.Complement(left, right)
    return left


def _links(node: a.Rel) -> list[Any]:
    """One set for each link of a chain: the variable must stand alone on one side of each."""
    found = []
    for op, x, y in zip(node.ops, node.args, node.args[1:], strict=False):
        if isinstance(x, a.Sym) and not a.symbols(y):
            found.append(_side(op, y))
        elif isinstance(y, a.Sym) and not a.symbols(x):
            found.append(_side(_FLIPPED.get(op, ""), x))
        else:
            found.append(_solved(op, x, y))
    return found


def _solved(op: str, x: Node, y: Node) -> Any:
    """An inequality such as |x| < 2 or 2x < 4: polynomials and absolute values of low degree in one variable."""
    names = a.symbols(x) | a.symbols(y)
    if len(names) != 1 or op not in _FLIPPED or a.size(x) + a.size(y) > 40:
        raise NotBuildable("the inequality isn't solved")
    env = make_env(names, real=True)
    variable = next(iter(env.values()))
    difference = to_sympy(x, env) - to_sympy(y, env)
    bare = difference.replace(sympy.Abs, lambda inner: inner)
    if not bare.is_polynomial(variable) or sympy.degree(bare, variable) > 4:
        raise NotBuildable("the inequality isn't solved")
    relation = {"<": difference < 0, "<=": difference <= 0, ">": difference > 0, ">=": difference >= 0, "=": sympy.Eq(difference, 0)}
    if op == "!=":
        return sympy.Complement(S.Reals, sympy.solveset(difference, variable, S.Reals))
    return sympy.solveset(relation[op], variable, S.Reals)


def _side(op: str, bound: Node) -> Any:
    if op in ("in", "notin"):
        inner = _set(bound)
        return inner if op == "in" else sympy.Complement(S.Reals, inner)
    value = _number(bound)
    match op:
        case "<" | "<=":
            return sympy.Interval(-S.Infinity, value, True, op == "<")
        case ">" | ">=":
            return sympy.Interval(value, S.Infinity, op == ">", True)
        case "=":
            return sympy.FiniteSet(value)
        case "!=":
            return sympy.Complement(S.Reals, sympy.FiniteSet(value))
    raise NotBuildable(f"the relation {op} doesn't describe a set")


def _number(node: Node) -> Any:
    value = to_sympy(node, make_env(a.symbols(node), real=True))
    if not isinstance(value, sympy.Expr) or value.is_real is False and not value.is_infinite:
        raise NotBuildable("an end of an interval isn't a real number")
    return value


def equal_sets(x: Any, y: Any) -> bool | None:
    """Exact: the same pieces with the same ends. None when SymPy can't tell."""
    if x == y:
        return True
    try:
        first, second = _pieces(x), _pieces(y)
    except (TypeError, NotImplementedError):
        return None
    if first is None or second is None:
        return None
    if len(first) != len(second):
        return False
    verdicts = [_same_piece(p, q) for p, q in zip(first, second, strict=True)]
    return False if False in verdicts else None if None in verdicts else True


def _pieces(value: Any) -> list[Any] | None:
    """Intervals and points from left to right; None for any other kind of set."""
    parts = value.args if isinstance(value, sympy.Union) else [value]
    flat: list[Any] = []
    for part in parts:
        if isinstance(part, sympy.FiniteSet):
            flat.extend(sympy.FiniteSet(p) for p in part.args)
        elif isinstance(part, sympy.Interval):
            flat.append(part)
        elif part is S.Reals:
            flat.append(sympy.Interval(-S.Infinity, S.Infinity))
        elif part is not S.EmptySet:
            return None
    return sorted(flat, key=lambda s: float(s.inf)) if all(s.inf.is_number for s in flat) else None


def _same_piece(p: Any, q: Any) -> bool | None:
    if isinstance(p, sympy.FiniteSet) != isinstance(q, sympy.FiniteSet):
        return False
    if isinstance(p, sympy.Interval) and (p.left_open != q.left_open or p.right_open != q.right_open):
        return False
    ends = [_same_number(p.inf, q.inf), _same_number(p.sup, q.sup)]
    return False if False in ends else None if None in ends else True


def _same_number(x: Any, y: Any) -> bool | None:
    if x == y:
        return True
    if x.is_infinite or y.is_infinite or (x.is_Rational and y.is_Rational):
        return False
    difference = (x - y).evalf(40, maxn=200)
    if abs(difference) > sympy.Float("1e-30") * max(abs(x.evalf(20)), 1):
        return False
    return True if sympy.simplify(x - y) == 0 else None
