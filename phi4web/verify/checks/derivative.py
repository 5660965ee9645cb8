"""Derivatives: differentiate ourselves, and compare with the answer at points and by proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks import evaluate
from phi4web.verify.checks.base import Ring, Unfit, consistent, refuted, shown, shown_decimal, undecided, verified
from phi4web.verify.checks.compare import DIGITS, SAMPLES, Comparison, compare, hole_of
from phi4web.verify.checks.conditions import differing, in_words, joined
from phi4web.verify.checks.defined import NOT_ZERO, fulfilled, needs_of
from phi4web.verify.checks.domain import CORNERED, follows, hole_beside, smooth_at
from phi4web.verify.checks.polynomial import denominators
from phi4web.verify.checks.task import real_powers
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Call, Deriv, Func, Node, Num, Rel, Sym, symbols, walk
from phi4web.verify.problem.statement import Statement

IMPLICIT = "differentiated as an implicit function, then compared with the answer"
ODD_ROOTS = "an odd root of a negative number may be real, which is not said, and then they may differ"
METHOD = "differentiated by SymPy, then compared with the answer"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a derivative as a function, or at a point. Raises Unfit for an answer that is no expression."""
    if statement.style == "implicit":
        return _implicit(statement, answer)
    claimed_node = expression_of(answer, statement)
    ring = Ring((statement.node, claimed_node, Sym(statement.variable or "x")))
    x = ring[statement.variable or "x"]
    derivative = sympy.diff(ring.build(statement.node).doit(), x, statement.order)
    if statement.point is not None:
        place = ring.build(statement.point)
        if smooth_at(statement.node, {x.name: place}) is not True:
            return undecided(METHOD, "whether the function, as written, has a derivative at that point is not proven")
        return _at_point(statement, derivative.subs(x, place), claimed_node, ring)
    if symbols(claimed_node) - symbols(statement.node) - {statement.variable}:
        raise Unfit("an expression in the letters of the question")
    claimed = ring.build(claimed_node)
    result = compare(derivative, claimed, sorted(ring.env.values(), key=str), where=statement.node)
    result = replace(result, gap=result.gap or hole_of(derivative, claimed_node, ring, x) or _gap(statement.node, claimed_node, ring, x))
    if result.outcome != "differ" and result.gap and smooth_at(statement.node, _exact(result.gap)):
        return undecided(METHOD, f"the answer has no value at {point_words(result.gap)}, where the derivative has one")
    verdict = judge(result, METHOD, "the derivative", "the answer", claimed_node)
    if verdict.status not in ("verified", "consistent"):
        return verdict
    if not same_with_real_roots(statement.node, claimed_node, ring, lambda f: _slope(f, x, statement.order)):
        return undecided(METHOD, ODD_ROOTS)
    if hole := hole_beside(statement.node, claimed_node, x.name, sorted(ring.env), smooth_at):
        return undecided(METHOD, f"the answer has no value at {point_words(hole)}, where the derivative has one")
    conditions = differing(statement.node, claimed_node)
    cornered = any(isinstance(n, Func) and n.name in CORNERED and symbols(n) for n in walk(statement.node))
    return replace(
        verdict, domain=f"where {joined(conditions)}" if conditions else "where the function has a derivative" if cornered else None
    )


def _slope(value: Any, x: Any, order: int) -> Any:
    """The derivative where the sign in a real root does not change."""
    return sympy.diff(value, x, order).replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)


def same_with_real_roots(question: Node, answer: Node, ring: Ring, change: Callable[[Any], Any] = lambda f: f) -> bool:
    """Whether no sample point tells the two apart when x^(1/3) is the real root for negative x too. `change`: made to the question."""
    asked, given = real_powers(question), real_powers(answer)
    if (asked, given) == (question, answer):
        return True
    return compare(change(ring.build(asked)), ring.build(given), sorted(ring.env.values(), key=str), where=asked).outcome != "differ"


def _gap(function: Node, answer: Node, ring: Ring, x: Any) -> dict[Any, Fraction] | None:
    """A sample point where the function is smooth and where x leaves the answer, as written, without a value; a/a is for the domain."""
    needs = [need for need in needs_of(answer) if x.name in symbols(need[0])]
    letters = sorted(ring.env.values(), key=str)
    for start in range(len(SAMPLES) if needs else 0):
        point = {s: SAMPLES[(start + 7 * k) % len(SAMPLES)] for k, s in enumerate(letters)}
        others_vary = all(value != 0 for s, value in point.items() if s != x)
        if others_vary and fulfilled(iter(needs), _exact(point)) is False and smooth_at(function, _exact(point)):
            return point
    return None


def _exact(point: dict[Any, Any]) -> dict[str, Any]:
    return {str(s): sympy.Rational(f.numerator, f.denominator) for s, f in point.items()}


def _implicit(statement: Statement, answer: Node) -> Verdict:
    """dy/dx on a curve F(x, y) = 0: minus the slope in x over the slope in y; a witness must lie on the curve."""
    claimed_node = expression_of(answer, statement)
    node = statement.node
    if not isinstance(node, Rel) or symbols(claimed_node) - symbols(node):
        raise Unfit("an expression in the letters of the question")
    ring = Ring((node, claimed_node))
    x, y = ring[statement.variable or "x"], ring[min(statement.names)]
    curve = ring.build(node.args[0]) - ring.build(node.args[1])
    slope = -sympy.diff(curve, x) / sympy.diff(curve, y)
    claimed = ring.build(claimed_node)
    result = compare(slope, claimed, sorted(ring.env.values(), key=str))
    if result.outcome in ("same", "agree") and (hole := _hole(slope, claimed_node, ring)) is not None:
        return undecided(IMPLICIT, f"the answer has no value where {shown(hole)} = 0, where the derivative may have one")
    facts = list(needs_of(node))
    fewer = in_words(n for n in needs_of(claimed_node) if n[1] != NOT_ZERO and not follows(n, facts))
    if result.outcome in ("same", "agree") and fewer:
        return undecided(IMPLICIT, f"the answer has a value only where {fewer[0]}, which the question does not say")
    if result.outcome != "differ":
        return judge(result, IMPLICIT, "the derivative", "the answer", claimed_node)
    for point in _on(curve, x, y):
        gap = sympy.simplify((slope - claimed).subs(point))
        if gap.is_finite and number_is_zero(gap) is False:
            words = ", ".join(f"{s} = {shown(v)}" for s, v in point.items())
            values = [shown(sympy.simplify(side.subs(point))) for side in (slope, claimed)]
            return refuted(IMPLICIT, f"At {words}, a point of the curve, the derivative is {values[0]}, the answer gives {values[1]}.")
    return undecided(IMPLICIT, "not equal everywhere; on the curve itself nothing was settled")


def _hole(slope: Any, answer: Node, ring: Ring) -> Any:
    """A factor of the answer's denominators that is none of the slope's; None: none was found."""
    bottom = sympy.fraction(sympy.together(slope))[1]
    for denominator in denominators(answer):
        value = ring.build(denominator)
        if value.is_polynomial() and bottom.is_polynomial():
            for factor, _ in sympy.factor_list(value)[1]:
                if sympy.rem(bottom, factor, *sorted(factor.free_symbols, key=str)) != 0:
                    return factor
    return None


def _on(curve: Any, x: Any, y: Any) -> Iterator[dict[Any, Any]]:
    """A few exact real points of the curve."""
    for place in (0, 1, 2, 3, sympy.Rational(1, 2), -1, -2):
        line = curve.subs(x, place)
        if line.is_polynomial(y) and line.has(y):
            for root in sympy.roots(line, y):
                if root.is_real:
                    yield {x: sympy.sympify(place), y: root}


def expression_of(answer: Node, statement: Statement) -> Node:
    """The expression that an answer is, without "f'(x) =" or "dy/dx =" before it. Raises Unfit for anything else."""
    if isinstance(answer, Rel) and answer.ops == ("=",):
        left, right = answer.args
        named = isinstance(left, Call) and (not statement.names or left.name in statement.names | {"y", "F"})
        if named or isinstance(left, Deriv) or (isinstance(left, Sym) and left.name in {"y", "f", "F"} - symbols(statement.node)):
            answer = right
    if isinstance(answer, evaluate.NOT_NUMBERS) or any(isinstance(n, Call | Deriv) for n in walk(answer)):
        raise Unfit("an expression")
    return answer


def _at_point(statement: Statement, value: Any, answer: Node, ring: Ring) -> Verdict:
    if value.has(sympy.zoo, sympy.nan, sympy.oo) or value.free_symbols:
        return undecided(METHOD, "the derivative has no value at that point")
    return evaluate.judge_value(value, answer, statement, "the derivative at the point", ring)


def judge(result: Comparison, method: str, first: str, second: str, answer: Node) -> Verdict:
    """Words for a comparison of two functions."""
    domain = f"only where the answer is defined, for example not at {point_words(result.gap)}" if result.gap else None
    if result.outcome == "differ":
        if any(isinstance(n, Num) and n.places is not None for n in walk(answer)) and near(result):
            return undecided(method, "the answer is near; its decimals may be rounded")
        where = f"at {point_words(result.at)} " if result.at else ""
        return refuted(
            method,
            f"{where}{first} is {shown_decimal(result.first)}, {second} gives {shown_decimal(result.second)}".strip().capitalize() + ".",
        )
    if result.outcome == "same":
        return verified(
            "exact", method, f"The difference is zero by algebra; {result.points} points agree to {DIGITS} digits.", domain=domain
        )
    if result.outcome == "agree":
        return consistent(result.points, method, f"Equal at {result.points} points to {DIGITS} digits; no proof was found.", domain=domain)
    return undecided(method, "too few points where both are defined")


def near(result: Comparison) -> bool:
    """Within one percent at the point where they differ."""
    return bool(abs(result.first.mid - result.second.mid).b <= abs(result.first.mid).b / 100)


def point_words(point: dict[Any, Any] | None) -> str:
    return ", ".join(f"{symbol} = {shown(value)}" for symbol, value in (point or {}).items())
