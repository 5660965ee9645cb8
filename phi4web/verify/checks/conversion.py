"""The same number in another form or unit: a decimal, a percentage, a mixed number, an angle, 5 km in metres."""

from __future__ import annotations

from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Ring, Unfit, plain, undecided
from phi4web.verify.checks.evaluate import METHOD, NOT_NUMBERS, doubtful_part, judge_value, parts_of
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Add, Degree, Div, Mul, Neg, Node, Num, Percent, Pow, Quantity, Ratio, Rel, Sym, symbols, walk
from phi4web.verify.latex.words import UNITS
from phi4web.verify.problem.statement import Statement

FORMS = frozenset({"decimal", "fraction", "mixed number", "percent", "radians", "degrees", "ratio"})
HALF = sympy.Rational(1, 2)
ROUGH = sympy.Rational(1, 25)  # a factor learnt at school, such as 0.6 miles for a km or 3.14 for π, may be this far off


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a value in the form, or in the unit, that the style names. Raises Unfit for what is no number."""
    if doubt := doubtful_part(statement.node):
        return undecided(METHOD, doubt)
    value = Ring(()).build(statement.node)
    if value.has(sympy.zoo, sympy.nan, sympy.oo):
        return undecided(METHOD, "the question has no finite value")
    answer = _last_side(answer, value, statement.style)
    bare = _without_unit(statement.style, answer)
    if bare is None:
        return undecided(METHOD, f"the answer is not in the unit that the question asks for ({statement.style})")
    verdict = judge_value(value, parts_of(bare)[0], statement, "the number", Ring(()))
    if verdict.status == "refuted" and (doubt := _meant_otherwise(statement, value, bare, answer)):
        return undecided(METHOD, doubt)
    fault = _fault(statement.style, bare, answer)
    return undecided(METHOD, fault) if verdict.status == "verified" and fault else verdict


def _last_side(answer: Node, value: Any, style: str) -> Node:
    """The result of a chain such as 20/80 = 0.25 = 25%, whose sides all must be the value. Raises Unfit for any other chain."""
    if not isinstance(answer, Rel):
        return answer
    if set(answer.ops) != {"="}:
        raise Unfit("a number")
    for side in answer.args[:-1]:
        if symbols(side) or any(isinstance(n, NOT_NUMBERS) for n in walk(side)):
            raise Unfit("the result by itself")
        made = Ring(()).build(side)
        if not (number_is_zero(made - value) or (style == "percent" and number_is_zero(100 * made - value))):
            raise Unfit("the result by itself")
    return answer.args[-1]


def _without_unit(style: str, answer: Node) -> Node | None:
    """The number of an answer in the unit asked for, or without one; None: it has another unit."""
    match answer:
        case Ratio((a, b)) if style == "ratio":
            return Div(a, b)
        case _ if style == "ratio":
            raise Unfit("a ratio such as 2:3")
        case Percent(arg):
            return arg if style == "percent" else answer
        case Div(num, Percent(den)) if style == "percent":  # 200/79%
            return Div(num, den)
        case Add((Num() as whole, Div(Num() as num, Percent(Num() as den)))) if style == "percent":  # 66 2/3%
            return Add((whole, Div(num, den)))
        case Degree(arg):
            return arg if style == "degrees" else None
        case Quantity(value, unit):
            fits = _named(unit) == style or (unit, style) in MEANT or unit.replace("units", "unit") == style
            return value if fits else None
        case Div(top, Sym(below)) if "/" in style and _named(below) == style.partition("/")[2]:
            return _without_unit(style.partition("/")[0], top)
        case Mul((*rest, Sym(unit))) if _named(unit) == style:
            return rest[0] if len(rest) == 1 else Mul(tuple(rest))
        case Mul((*rest, Pow(Sym(unit), Num(power)))) if f"{_named(unit)}^{power}" == style:
            return rest[0] if len(rest) == 1 else Mul(tuple(rest))
    if symbols(answer):
        raise Unfit("a number")
    return answer


MEANT = {("percent", "percent"), ("deg", "degrees"), ("rad", "radians")}


def _named(unit: str) -> str:
    return UNITS.get(unit, unit)


def _meant_otherwise(statement: Statement, value: Any, bare: Node, answer: Node) -> str | None:
    """Words where a wrong number may be a right one in another way of writing."""
    claimed = Ring(()).build(bare)
    if statement.style == "percent" and not isinstance(answer, Percent) and sympy.simplify(100 * claimed - value) == 0:
        return "the answer is the share itself; write it as a percentage"
    unit = statement.style not in FORMS
    if unit and claimed.is_Integer and not value.is_Integer and abs(sympy.N(claimed - value, 20)) <= HALF:
        return "the answer may be rounded to a whole number, which the question does not ask for"
    if "rough" in statement.form and claimed.is_Rational and abs(sympy.N(claimed - value, 20)) <= abs(sympy.N(value, 20)) * ROUGH:
        return "the answer is near; it may have been made with a rounded factor"
    return None


def _fault(style: str, bare: Node, answer: Node) -> str | None:
    """What is wrong with the form of a right value."""
    inner = bare.arg if isinstance(bare, Neg) else bare
    match style:
        case "decimal":
            fine = isinstance(inner, Num)
        case "ratio":
            fine = _lowest(inner)
        case "fraction":
            fine = isinstance(inner, Num | Div) and not (isinstance(inner, Num) and inner.places) and _lowest(inner)
        case "mixed number":
            fine = isinstance(inner, Num) and inner.den == 1 or (isinstance(inner, Add) and _proper(inner))
        case "percent" | "degrees" | "radians":
            fine = not any(isinstance(n, Degree | Percent) for n in walk(bare))
        case _:
            fine = True
    return None if fine else f"{plain(answer)} has the right value, but it is not written as a {style}"


def _lowest(node: Node) -> bool:
    match node:
        case Div(Num(p, 1, None), Num(q, 1, None)):
            return bool(sympy.gcd(p, q) == 1)
    return isinstance(node, Num) and node.den == 1


def _proper(node: Add) -> bool:
    match node.args:
        case (Num(_, 1, None), Div(Num(p, 1, None), Num(q, 1, None))):
            return bool(p < q and sympy.gcd(p, q) == 1)
    return False
