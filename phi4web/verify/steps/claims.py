"""Two sides of one link: are they equal as numbers, or as functions of their letters?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import sympy

from phi4web.verify import checks
from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.checks.base import shown, shown_decimal, told_apart
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.decimals import as_written, rounds_to
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.exact import exact_value
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.problem import Statement
from phi4web.verify.steps.reading import has, places, without_degrees

Answer = Literal["true", "false", "unknown"]
NUMERIC_FAILURES = (ArithmeticError, NotImplementedError, AttributeError, TypeError, ValueError, AssertionError, RecursionError)
UNWORKED = (a.Integral, a.Limit, a.Sum, a.Prod, a.Deriv)
MOST_LETTERS = 4
LOST_CONSTANT = "one antiderivative of many: + C is missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """`witness`: both values, of a false claim, with the point where the letters have them. `words`: what "true" or "unknown" rests on."""

    answer: Answer
    witness: str = ""
    words: str = ""


UNKNOWN = Finding("unknown")


def numbers(left: Node, right: Node, op: str = "=") -> Finding:
    """Whether a claim without letters holds. False only with exact values or certified bounds."""
    finding = _numbers(left, right, op)
    if finding.answer != "true" and (has(left, a.Degree) or has(right, a.Degree)) and not _turns(left, right):
        plain = _numbers(without_degrees(left), without_degrees(right), op)
        return plain
    return finding


def _turns(left: Node, right: Node) -> bool:
    return has(left, a.Func) or has(right, a.Func)


def _numbers(left: Node, right: Node, op: str) -> Finding:
    first, second = exact_value(left), exact_value(right)
    if first is not None and second is not None:
        return _ordered(first, second, op, left, right)
    try:
        x, y = to_sympy(left, {}), to_sympy(right, {})
    except (NotBuildable, TooLarge) as gate:
        return Finding("unknown", words=gate.message)
    if isinstance(x, sympy.MatrixBase) or isinstance(y, sympy.MatrixBase):
        return _matrices(x, y) if op == "=" else UNKNOWN
    if not (isinstance(x, sympy.Expr) and isinstance(y, sympy.Expr)):
        return UNKNOWN
    return _exact(x, y, op, left, right)


def _ordered(x: Fraction, y: Fraction, op: str, left: Node, right: Node) -> Finding:
    holds = {"=": x == y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "!=": x != y}.get(op)
    if holds is None:
        return UNKNOWN
    if holds:
        return Finding("true")
    if op == "=" and (rounded := _rounded(left, right)):
        return rounded
    return Finding("false", _differ(x, y) if op == "=" else _not_so(x, y, op))


_NOT = {"<": "is not less than", "<=": "is greater than", ">": "is not greater than", ">=": "is less than", "!=": "is equal to"}


def _not_so(x: Any, y: Any, op: str) -> str:
    return f"{shown(x)} {_NOT[op]} {shown(y)}"


def _differ(x: Any, y: Any) -> str:
    numbers = (sympy.Rational(v.numerator, v.denominator) if isinstance(v, Fraction) else v for v in (x, y))
    return " ≠ ".join(told_apart(*numbers))


def _exact(x: Any, y: Any, op: str, left: Node, right: Node) -> Finding:
    open_work = has(left, *UNWORKED) or has(right, *UNWORKED)
    try:
        if open_work:
            x, y = x.doit(), y.doit()
        difference = x - y
        zero = number_is_zero(difference)
        if op in ("=", "!=") or zero is None:
            return _equality(x, y, zero, op, left, right, open_work)
        bounds = enclose(difference, digits=60)
    except (*NUMERIC_FAILURES, sympy.PolynomialError, Unclear, Undefined):
        return UNKNOWN
    sign = 0 if zero else 1 if bounds.a > 0 else -1
    return _ordered(Fraction(sign), Fraction(0), op, left, right) if not open_work else UNKNOWN


def _equality(x: Any, y: Any, zero: bool | None, op: str, left: Node, right: Node, open_work: bool) -> Finding:
    if zero is None or op not in ("=", "!="):
        return UNKNOWN
    if zero == (op == "="):
        return Finding("true", words="worked out by SymPy" if open_work else "")
    if open_work:
        return _refuted(left, right)  # SymPy's one route alone refutes nothing
    if op == "=" and (rounded := _rounded(left, right)):
        return rounded
    return Finding("false", _differ(x, y) if op == "=" else f"both are {shown(x)}")


def _refuted(left: Node, right: Node) -> Finding:
    """False where the check of an answer refutes it: that has two routes."""
    task, answer = (left, right) if has(left, *UNWORKED) else (right, left)
    if has(answer, *UNWORKED):
        return UNKNOWN
    try:
        verdict = checks.check(Statement("value" if isinstance(task, UNWORKED) else "evaluate", task), answer)
    except (checks.NoMethod, checks.Unfit, NotBuildable, TooLarge):
        return UNKNOWN
    if verdict.status != "refuted" or not verdict.witness:
        return UNKNOWN
    return Finding("false", re.sub(r"^The value is (.+), the answer is (.+)\.$", r"\1 ≠ \2", verdict.witness))


def _rounded(left: Node, right: Node) -> Finding | None:
    """A claim with decimals in it that is not exactly true may be rounded: said so, and never called wrong when it is near."""
    if not any(isinstance(n, a.Num) and n.places for side in (left, right) for n in a.walk(side)):
        return None
    try:
        x, y = (sympy.N(to_sympy(side, {}), 20) for side in (left, right))
        near = bool(abs(x - y) <= abs(x) / 50)
    except (NotBuildable, TooLarge, *NUMERIC_FAILURES):
        near = True
    return Finding("unknown", words="the two sides are near, but not equal: rounded") if near else None


def approximates(left: Node, right: Node) -> Finding:
    """Whether left ≈ right: the decimal on one side rounds the other, or is near enough to be meant so."""
    for value, decimal in ((left, right), (right, left)):
        written = as_written(decimal, integers=True)
        if written is None:
            continue
        try:
            exact = to_sympy(value, {})
            outcome = rounds_to(exact, written)
        except (NotBuildable, TooLarge, *NUMERIC_FAILURES):
            continue
        if outcome in ("exact", "rounded"):
            return Finding("true", words=f"rounds to {written}")
    return _far_off(left, right) or Finding("unknown", words="no rounding of the line above")


def _far_off(left: Node, right: Node) -> Finding | None:
    """Nobody rounds by a third."""
    try:
        x, y = (sympy.N(to_sympy(side, {}), 20) for side in (left, right))
        far = bool(3 * abs(x - y) > max(abs(x), abs(y)))
    except (NotBuildable, TooLarge, *NUMERIC_FAILURES):
        return None
    return Finding("false", f"{shown_decimal(x)} is not near {shown_decimal(y)}") if far else None


def _matrices(x: Any, y: Any) -> Finding:
    if not (isinstance(x, sympy.MatrixBase) and isinstance(y, sympy.MatrixBase)) or x.shape != y.shape:
        return UNKNOWN
    for row in range(x.rows):
        for column in range(x.cols):
            zero = number_is_zero(x[row, column] - y[row, column])
            if zero is False:
                return Finding("false", f"row {row + 1}, column {column + 1}: {_differ(x[row, column], y[row, column])}")
            if zero is None:
                return UNKNOWN
    return Finding("true")


def functions(left: Node, right: Node) -> Finding:
    """Whether two expressions in letters are equal wherever both are defined. False comes with a point, and may be a condition."""
    names = a.symbols(left) | a.symbols(right)
    if len(names) > MOST_LETTERS:
        return UNKNOWN
    try:
        env = make_env(names, real=True)
        x, y = to_sympy(left, env), to_sympy(right, env)
        if isinstance(x, sympy.MatrixBase) or isinstance(y, sympy.MatrixBase):
            same = isinstance(x, sympy.MatrixBase) and isinstance(y, sympy.MatrixBase) and x.shape == y.shape
            return Finding("true") if same and all(function_is_zero(d) for d in x - y) else UNKNOWN
        if not (isinstance(x, sympy.Expr) and isinstance(y, sympy.Expr)):
            return UNKNOWN
        if variables := _integrated(x) | _integrated(y):
            return _antiderivatives(x, y, variables, env)
        x, y = (v.doit() if v.has(sympy.Derivative) else v for v in (x, y))
        return _compared(x, y, [env[name] for name in sorted(names)], rough=places(left, right) is not None)
    except (NotBuildable, TooLarge) as gate:
        return Finding("unknown", words=gate.message)
    except (*NUMERIC_FAILURES, sympy.PolynomialError, Unclear, Undefined):
        return UNKNOWN


def _integrated(expr: Any) -> set[Any]:
    """The variables of the indefinite integrals in it."""
    return {i.limits[0][0] for i in expr.atoms(sympy.Integral) if len(i.limits) == 1 and len(i.limits[0]) == 1}


def _antiderivatives(x: Any, y: Any, variables: set[Any], env: Mapping[str, Any]) -> Finding:
    """Sides with ∫ f dx in them are equal up to a constant when their derivatives are equal."""
    if len(variables) > 1:
        return UNKNOWN
    variable = variables.pop()
    first, second = (sympy.diff(side, variable) for side in (x, y))
    if first.has(sympy.Integral) or second.has(sympy.Integral):
        return UNKNOWN
    found = _compared(first, second, [s for s in env.values() if first.has(s) or second.has(s)])
    if found.answer == "true":
        lost = not _integrated(y) and x.free_symbols - {variable} == y.free_symbols - {variable}
        return Finding("true", words=LOST_CONSTANT if lost else "up to a constant")
    return replace(found, witness=f"the derivatives differ: {found.witness}") if found.answer == "false" else found


def _compared(x: Any, y: Any, letters: list[Any], rough: bool = False) -> Finding:
    """`rough`: there are decimals in it, so that what is near may be rounded."""
    if x.has(sympy.I) or y.has(sympy.I):
        return Finding("true") if function_is_zero(x - y) else UNKNOWN
    result = compare(x, y, letters)
    if result.outcome == "same":
        gap = result.gap and ", ".join(f"{s} = {shown(v)}" for s, v in result.gap.items())
        return Finding("true", words=f"not defined at {gap}" if gap else "")
    if result.outcome == "differ":
        positive = compare(x, y, letters, positive=True)
        if positive.outcome != "differ":
            return Finding("unknown", words="equal when all letters are positive")
        if rough and _are_near(positive.first, positive.second):
            return Finding("unknown", words="the two sides are near, but not equal: rounded")
        at = ", ".join(f"{s} = {shown(v)}" for s, v in (positive.at or {}).items())
        return Finding("false", f"at {at}, {' ≠ '.join(told_apart(positive.first, positive.second))}")
    return Finding("unknown", words="no proof was found")


def _are_near(x: Any, y: Any) -> bool:
    """Whether two enclosed numbers differ by less than one in fifty."""
    return bool(abs(x.mid - y.mid) <= abs(x.mid) / 50)
