"""Inequalities in one letter: the set of numbers that fit a line, and how it changes from one line to the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy
from sympy import S

from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.checks.polynomial import denominators
from phi4web.verify.grade.sets import equal_sets, solution_set
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.solutions import FAILURES, UNKNOWN, Unsolved, named

MOST_DEGREE = 8
_PROBES = tuple(sympy.Rational(n, d) for d in (1, 2, 7) for k in range(30) for n in ((k, -k) if k else (0,)))


def is_inequality(line: Node) -> bool:
    return any(isinstance(n, a.Rel) and set(n.ops) & {"<", "<=", ">", ">=", "!="} or isinstance(n, a.Interval) for n in a.walk(line))


def compared(before: Node, after: Node, name: str) -> tuple[str | None, str | None]:
    """A number that fits only the first line, and one that fits only the second. None: there is none. Raises Unsolved."""
    try:
        first, second = _region(before, name), _region(after, name)
        if equal_sets(first, second):
            return None, None
        lost, added = _point(first, second), _point(second, first)
        if (lost is None and first.is_subset(second) is not True) or (added is None and second.is_subset(first) is not True):
            raise Unsolved("the sets could not be compared")
    except (NotBuildable, TooLarge, sympy.PolynomialError, *FAILURES) as problem:
        raise Unsolved(UNKNOWN) from problem
    if lost is None and added is None:
        raise Unsolved("the sets could not be compared")
    return None if lost is None else named(lost), None if added is None else named(added)


def _region(node: Node, name: str) -> Any:
    match node:
        case a.And(args):
            return sympy.Intersection(*(_region(arg, name) for arg in args))
        case a.Or(args) | a.Listing(args):
            return sympy.Union(*(_region(arg, name) for arg in args))
        case a.Rel(ops, args) if len(ops) > 1:
            links = (a.Rel((op,), (x, y)) for op, x, y in zip(ops, args, args[1:], strict=False))
            return sympy.Intersection(*(_region(link, name) for link in links))
        case a.Rel((op,), _) if op in ("<", "<=", ">", ">=") and any(name in a.symbols(d) for d in denominators(node)):
            return _of_fractions(node, op, name)
        case a.Rel():
            _check_degree(node, name)
    return solution_set(node)[1]


def _check_degree(line: a.Rel, name: str) -> None:
    """Raises Unsolved when an end of the solutions would have no formula: the factors must be of degree two or less."""
    if set(line.ops) & {"in", "notin"}:
        return
    x = sympy.Symbol(name)
    left, right = (to_sympy(side, {name: x}) for side in line.args)
    difference = (left - right).replace(sympy.Abs, lambda inner: inner)
    _roots(sympy.fraction(sympy.together(difference))[0], x, only_count=True)


def _roots(expr: Any, x: Any, only_count: bool = False) -> list[Any]:
    factors = [f for f, _ in sympy.factor_list(expr, x)[1]]
    if any(sympy.degree(f, x) > 2 for f in factors) or len(factors) > MOST_DEGREE:
        raise Unsolved("too high a degree")
    return [] if only_count else [r for f in factors for r in sympy.roots(f, x) if r.is_real]


def _of_fractions(line: a.Rel, op: str, name: str) -> Any:
    """The cells between the zeros of numerator and denominators, each tried at one rational number."""
    env = make_env(frozenset((name,)), real=True)
    x = env[name]
    left, right = (to_sympy(side, env) for side in line.args)
    bottoms = [to_sympy(d, env) for d in denominators(line)]
    top, bottom = sympy.fraction(sympy.together(left - right))
    if not all(e.is_polynomial(x) and sympy.degree(e, x) <= MOST_DEGREE for e in (top, bottom, *bottoms)):
        raise Unsolved(UNKNOWN)
    poles = {r for e in (bottom, *bottoms) for r in _roots(e, x)}
    zeros = set(_roots(top, x)) - poles
    edges = sorted(poles | zeros, key=lambda r: sympy.N(r, 30))
    wanted = 1 if op[0] == ">" else -1
    parts = [sympy.FiniteSet(*zeros)] if len(op) == 2 else []
    for low, high in zip([-S.Infinity, *edges], [*edges, S.Infinity], strict=True):
        sample = _between(low, high)
        if ((left - right).subs(x, sample) > 0) == (wanted > 0):
            parts.append(sympy.Interval.open(low, high))
    return sympy.Union(*parts)


def _between(low: Any, high: Any) -> Any:
    if low.is_infinite or high.is_infinite:
        return S.Zero if low.is_infinite and high.is_infinite else sympy.floor(high) - 1 if low.is_infinite else sympy.ceiling(low) + 1
    middle = sympy.Rational(str(sympy.N((low + high) / 2, 20)))
    if not (low < middle) == S.true == (middle < high):
        raise Unsolved("two ends that lie too near")
    return middle


def _point(inside: Any, outside: Any) -> Any:
    """A simple number in one set and not in the other."""
    for value in (*_ends(inside), *_ends(outside), *_PROBES):
        if inside.contains(value) == S.true and outside.contains(value) == S.false:
            return value
    return None


def _ends(region: Any) -> Iterator[Any]:
    for part in region.args if isinstance(region, sympy.Union) else (region,):
        if isinstance(part, sympy.Interval):
            yield from (end for end in (part.start, part.end) if end.is_finite)
        elif isinstance(part, sympy.FiniteSet):
            yield from part.args
