"""Inequalities in one unknown: every boundary point and one point of every cell between them, in the question and in the answer."""

from __future__ import annotations

from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.build import NotBuildable
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, refuted, shown, undecided, verified
from phi4web.verify.checks.candidates import algebraic, eliminated, exponential_solutions, exponentials, logarithmic_solutions
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.sets import ends_of, every, has_decimals, is_backwards, is_in, same_sets
from phi4web.verify.checks.task import real_powers
from phi4web.verify.checks.truth import holds
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import And, Const, Div, Func, Listing, Neg, Node, Num, Or, Pow, Rel, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "every boundary and one point between each two, in the question and in the answer"
TAME = frozenset({"sqrt", "root", "abs", "exp", "ln", "log"})  # continuous wherever they are defined
DIGITS = 40
PROBES = tuple(
    sympy.Rational(p, q) for p, q in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (5, 1), (-5, 1), (10, 1), (-10, 1), (100, 1))
)


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on the solution set of an inequality. Raises Unfit or NoMethod."""
    if statement.domain.numbers not in ("unsaid", "real"):
        raise NoMethod("inequalities over the real numbers")
    name = statement.variable or "x"
    if isinstance(answer, Listing):
        return _listed(statement, answer, name)
    if any(isinstance(n, Pow) and n.exp == Num(0) for n in walk(statement.node)):
        return undecided(METHOD, "zero to the power zero has no agreed value")
    asked = real_powers(statement.node)
    verdict = _check(statement, asked, answer, name)
    if verdict.status == "verified" and is_backwards(answer):
        return undecided(METHOD, "an interval of the answer ends before it starts")
    if statement.domain.numbers != "unsaid" or asked == statement.node or verdict.status not in ("verified", "refuted"):
        return verdict
    if _check(statement, statement.node, answer, name).status == verdict.status:
        return verdict
    return undecided(METHOD, "whether an odd root of a negative number is a real number is not said")


def _check(statement: Statement, asked: Node, answer: Node, name: str) -> Verdict:
    claimed = same_sets(answer, name)
    ends = [e for part in claimed for e in ends_of(part)]
    try:
        points = sorted_points([*boundaries(asked, name), *ends])
    except (NoMethod, NotBuildable, *GAVE_UP):
        points = None
    rounded = any(has_decimals(part) for part in claimed)
    for value in [*(points or sorted_points(ends)), *cells(points or sorted_points(ends)), *PROBES]:
        outcome = _at(statement, asked, claimed, name, value)
        if isinstance(outcome, Verdict):
            if rounded and outcome.status == "refuted" and any(_near(value, e) for e in ends):
                return undecided(METHOD, "the ends may be rounded decimals")
            return outcome
    if points is None:
        return undecided(METHOD, "no difference was found, but not every boundary of the question could be found")
    count = len(points)
    said = f"{count} boundary points and {count + 1} cells between them agree with the answer."
    return verified("exact", METHOD, said, domain=f"{name} in the real numbers", completeness="complete")


def _listed(statement: Statement, answer: Listing, name: str) -> Verdict:
    """Conditions side by side: "or" unless that is every number, "and" unless that is none; both when both make sense."""
    ways: list[Node] = []
    for node in (Or(answer.items), And(answer.items)):
        (part,) = same_sets(node, name)
        inside = [is_in(part, name, v) for v in cells(sorted_points(ends_of(part)))]
        if not all(inside) if isinstance(node, Or) else any(inside):
            ways.append(node)
    verdicts = [check(statement, node) for node in ways]
    if not verdicts or len({v.status for v in verdicts}) > 1:
        return undecided(METHOD, "whether the conditions are joined by and or by or is not said")
    return verdicts[0]


def _near(value: Any, end: Any) -> bool:
    """Within one percent, which a rounded end may be."""
    return bool(abs(sympy.N(value - end, 20)) <= max(1, abs(sympy.N(end, 20))) / 100)


def _at(statement: Statement, asked: Node, claimed: tuple[Node, ...], name: str, value: Any) -> Verdict | None:
    """None when question and answer agree at a number; otherwise the verdict."""
    true = every([holds(asked, name, value), *(holds(c, name, value) for c in statement.domain.conditions)])
    for part in claimed:
        inside = is_in(part, name, value)
        if true is None or inside is None:
            return undecided(METHOD, f"whether {name} = {shown(value)} belongs to the solutions could not be told")
        if true and not inside:
            return refuted(METHOD, f"{name} = {shown(value)} is a solution, but the answer leaves it out.")
        if inside and not true:
            return refuted(METHOD, f"{name} = {shown(value)} is in the answer, but it is no solution.")
    return None


def boundaries(node: Node, name: str) -> list[Any]:
    """Exact numbers that surely hold every point where the truth of the condition changes. Raises NoMethod."""
    if isinstance(node, And | Or):
        return [v for part in node.args for v in boundaries(part, name)]
    if not isinstance(node, Rel) or not set(node.ops) <= {"<", "<=", ">", ">=", "=", "!="}:
        raise NoMethod("inequalities")
    found: list[Any] = []
    for left, right in zip(node.args, node.args[1:], strict=False):
        if Const("inf") in (left, right) or (isinstance(left, Neg) and left.arg == Const("inf")):
            continue
        if symbols(left) | symbols(right):
            found += zeros(left, right, name)
    for part in walk(node):
        found += _edges(part, name)
    return found


def _edges(part: Node, name: str) -> list[Any]:
    """Where a part of the formula ends to be defined."""
    inner: Node | None = None
    match part:
        case Div(_, den) if symbols(den):
            inner = den
        case Pow(base, Neg()) if symbols(base):
            inner = base
        case Pow(base, exponent) if symbols(base) and (symbols(exponent) or isinstance(exponent, Div)):
            inner = base
        case Func(function, (inside, *_)) if symbols(inside):
            if function not in TAME:
                raise NoMethod("inequalities with powers, roots, absolute values, exponentials and logarithms")
            inner = inside if function in ("sqrt", "root", "ln", "log") else None
    return zeros(inner, Num(0), name) if inner is not None else []


def zeros(left: Node, right: Node, name: str) -> list[Any]:
    """Exact numbers among which every real solution of left = right is. Raises NoMethod."""
    ring = Ring((left, right))
    x = ring[name] if name in ring.env else sympy.Symbol(name, real=True)
    difference = ring.build(left) - ring.build(right)
    if not difference.has(x):
        return []
    try:
        return _exact(left, right, x)
    except (NoMethod, *GAVE_UP):
        pass
    try:
        return _real(exponential_solutions(exponentials(difference, x)))
    except (NoMethod, *GAVE_UP):
        return _real(logarithmic_solutions(difference, x))


def _exact(left: Node, right: Node, x: Any) -> list[Any]:
    poly = eliminated(left, right, x)
    roots = sympy.roots(poly)
    if len(roots) == poly.degree():
        return _real(list(roots))
    if algebraic(left, right, x):
        raise NoMethod("inequalities whose boundaries have a short form")
    return []


def _real(values: list[Any]) -> list[Any]:
    kept = []
    for value in values:
        real, imaginary = value.as_real_imag()
        zero = number_is_zero(imaginary)
        if zero is None:
            raise NoMethod("boundaries that are clearly real")
        if zero:
            kept.append(value if not value.has(sympy.I) else real)
    return kept


def sorted_points(values: list[Any]) -> list[Any]:
    """Distinct exact numbers in order. Raises NoMethod when two can't be told apart."""
    kept: list[Any] = []
    for value in values:
        if any(number_is_zero(value - v) for v in kept):
            continue
        kept.append(value)
    try:
        return sorted(kept, key=lambda v: enclose(v, digits=DIGITS).mid)
    except (Unclear, Undefined) as problem:
        raise NoMethod("boundaries with certified bounds") from problem


def cells(points: list[Any]) -> list[Any]:
    """A rational number in each gap between the points, and beyond both ends."""
    if not points:
        return [sympy.Integer(0)]
    middles = [_rational(v) for v in points]
    between = [_between(a, b) for a, b in zip(points, points[1:], strict=False)]
    return [sympy.floor(middles[0]) - 1, *between, sympy.ceiling(middles[-1]) + 1]


def _rational(value: Any) -> Any:
    return value if value.is_Rational else sympy.Rational(str(sympy.N(value, 30)))


def _between(a: Any, b: Any) -> Any:
    """A short rational strictly between."""
    low, high = _rational(a), _rational(b)
    gap = (high - low) / 4
    for scale in (1, 2, 10, 100, 10**4, 10**8, 10**16, 10**24):
        candidate = sympy.ceiling((low + gap) * scale) / sympy.Integer(scale)
        if low + gap <= candidate <= high - gap:
            return candidate
    raise NoMethod("boundaries that are not that near each other")
