"""Differential equations: the answer put in, its starting values compared, and no other solution left by them."""

from __future__ import annotations

import re
from typing import Any

import sympy

from phi4web.verdict import Verdict, could_not_check
from phi4web.verify.build import to_sympy
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, shown, undecided, verified
from phi4web.verify.checks.compare import SAMPLES, Comparison, compare, hole_of
from phi4web.verify.checks.defined import defined_at
from phi4web.verify.checks.derivative import point_words
from phi4web.verify.checks.domain import never_ends, seamless, whole_solution
from phi4web.verify.checks.evaluate import NOT_NUMBERS
from phi4web.verify.checks.initial_values import Equation, Start, equation_of, where_general, where_unique
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Call, Deriv, Mul, Node, Rel, Sym, rebuild, symbols, walk
from phi4web.verify.problem.statement import Statement

PUT_IN = "the answer put into the equation, and its starting values compared"
CONSTANT = re.compile(r"[CcKkAB](_\d)?")
NEARBY = sympy.Rational(1, 1000)


def formula_of(answer: Node, names: set[str]) -> Node:
    """The right side of y = ..., y(x) = ..., a_n = ...; a bare formula as it is."""
    if isinstance(answer, Rel) and answer.ops == ("=",):
        left, right = answer.args
        if (isinstance(left, Sym) and left.name in names) or (isinstance(left, Call) and left.name in names and not left.primes):
            answer = right
    if isinstance(answer, NOT_NUMBERS) or any(isinstance(n, Call | Deriv) for n in walk(answer)) or symbols(answer) & names:
        raise Unfit(f"{min(names)} = a formula")
    return answer


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on a solution, or on a family of them with constants. Raises Unfit or NoMethod."""
    x_name = statement.variable or "x"
    claimed = formula_of(answer, {"y"})
    constants = sorted(symbols(claimed) - {x_name})
    if not all(CONSTANT.fullmatch(c) for c in constants) or set(constants) & symbols(statement.node):
        raise Unfit(f"a formula in {x_name} and constants C")
    node, order = _with_marks(statement.node, x_name)
    equation = equation_of(node, x_name, order)
    env = {x_name: equation.x} | {n: sympy.Symbol(n, real=True) for n in constants}
    y = to_sympy(claimed, env)
    left, right = _sides(equation, y)
    result = compare(left, right, sorted(env.values(), key=str))
    starts = [_start(condition) for condition in statement.others]
    if result.outcome == "differ":
        return _wrong(equation, result, left - right, [s for s, _ in starts])
    if result.outcome != "same":
        return undecided(PUT_IN, "it fits as far as computed, but no proof was found")
    ends = starts and equation.coefficients() is None  # solutions may end where the equation goes on
    if not (seamless(claimed) if ends else whole_solution(node, claimed, x_name)):
        return undecided(PUT_IN, "it fits, but the answer may jump, or end, where the equation goes on")
    if hole := hole_of(y.subs({env[c]: 1 for c in constants}), claimed, Ring((claimed, Sym(x_name))), equation.x):
        return undecided(PUT_IN, f"it fits, but the answer as written has no value at {point_words(hole)}")
    if equation.is_regular() and not never_ends(node, claimed, x_name):
        return undecided(PUT_IN, "it fits, but the answer may have no value where the equation has a solution")
    everywhere = statement.domain.numbers == "real"
    if not starts:
        return _within(_general(equation, y, [env[c] for c in constants]), everywhere)
    if not all(defined_at(claimed, {x_name: s.place}) for s, _ in starts):
        return undecided(PUT_IN, "it fits, but that the answer as written has a value at the start is not shown")
    fault = next((f for start, value in starts if (f := _fault(start, value, y, equation.x))), None)
    return fault or _within(_particular(equation, [s for s, _ in starts], claimed, y), everywhere)


def _within(verdict: Verdict, everywhere: bool) -> Verdict:
    """A solution on an interval does not answer a question about every real number."""
    if not everywhere or verdict.status != "verified" or (verdict.domain or "").startswith(("every real", "where")):
        return verdict
    return could_not_check("incomplete", f"shown only {verdict.domain}, and the question names all real numbers", method=PUT_IN)


def _sides(equation: Equation, y: Any) -> tuple[Any, Any]:
    """Both sides with the answer put in."""
    ring = {str(s): s for s in (equation.x, *equation.marks)}
    values = {mark: sympy.diff(y, equation.x, k) for k, mark in enumerate(equation.marks)}
    left, right = (to_sympy(side, ring).subs(values) for side in equation.node.args)
    return left, right


def _wrong(equation: Equation, result: Comparison, gap: Any, starts: list[Start]) -> Verdict:
    """Solutions of an equation that is not linear may end, so that the answer must fail around the start, or everywhere."""
    said = f"Put in, at {point_words(result.at)} the left side is {shown(result.first)}, the right side {shown(result.second)}."
    if equation.coefficients() is not None:
        return refuted(PUT_IN, said)
    if starts:
        at, before, after = (gap.subs(equation.x, starts[0].place + step) for step in (0, -NEARBY, NEARBY))
        fails = number_is_zero(at) is False or (number_is_zero(before) is False and number_is_zero(after) is False)
    else:
        points = [dict.fromkeys(gap.free_symbols, sympy.Rational(s.numerator, s.denominator)) for s in SAMPLES]
        fails = not any(number_is_zero(gap.subs(point)) for point in points)
    return refuted(PUT_IN, said) if fails else undecided(PUT_IN, f"it holds in part only. {said}")


def _with_marks(node: Node, x_name: str) -> tuple[Rel, int]:
    """The equation with y, y', y'' as D0, D1, D2, and its order. Raises NoMethod."""
    orders = [0]

    def change(n: Node) -> Node:
        match n:
            case Call("y", args, primes, False) if args in ((), (Sym(x_name),)):
                orders.append(primes)
                return Sym(f"D{primes}")
            case Call("y", (factor,), 0, False) if "D0" in symbols(factor):  # y(1 - y) is a product
                return Mul((Sym("D0"), factor))
            case Deriv(Sym("D0" | "y"), ((_, k),), False):
                orders.append(k)
                return Sym(f"D{k}")
            case Sym("y"):
                return Sym("D0")
        return n

    marked = rebuild(node, change)
    if any(isinstance(n, Call | Deriv) for n in walk(marked)) or max(orders) == 0 or not isinstance(marked, Rel):
        raise NoMethod("equations in y, y' and so on")
    return marked, max(orders)


def _start(condition: Node) -> tuple[Start, Any]:
    """y(0) = 1 or y'(0) = 2, and the value. Raises NoMethod."""
    match condition:
        case Rel(("=",), (Call("y", (place,), primes, False), value)):
            return Start(to_sympy(place, {}), primes), to_sympy(value, {})
    raise NoMethod("starting values such as y(0) = 1")


def _fault(start: Start, wanted: Any, y: Any, x: Any) -> Verdict | None:
    found = sympy.diff(y, x, start.order).subs(x, start.place)
    if found.free_symbols:
        return undecided(PUT_IN, "constants are left, though starting values are given")
    zero = number_is_zero(sympy.simplify(found - wanted))
    if zero is False:
        return refuted(PUT_IN, f"The starting value is {shown(found)} in the answer, not {shown(wanted)}.")
    return None if zero else undecided(PUT_IN, "a starting value could not be settled")


def _particular(equation: Equation, starts: list[Start], claimed: Node, y: Any) -> Verdict:
    """Verified only where no other solution has the same values."""
    where = where_unique(equation, starts, claimed, y)
    if where is None:
        said = "the equation and the values given hold, but other solutions may have the same values"
        return could_not_check("incomplete", said, method=PUT_IN, completeness="not_shown")
    said = "The equation and every value given hold, and only one solution has these values."
    return verified("exact", PUT_IN, said, domain=where, completeness="complete")


def _general(equation: Equation, y: Any, constants: list[Any]) -> Verdict:
    """Of a linear equation of order n, what is linear in n independent constants is every solution."""
    order = equation.order
    rows = [[sympy.diff(y, c, 1, equation.x, k) if k else sympy.diff(y, c) for c in constants] for k in range(order)]
    if len(constants) != order or function_is_zero(sympy.Matrix(rows).det()):
        said = f"it solves the equation, but a general solution of order {order} has {order} independent constants"
        return could_not_check("incomplete", said, method=PUT_IN, completeness="not_shown")
    linear = all(function_is_zero(sympy.diff(y, a, b)) for a in constants for b in constants)
    if equation.coefficients() is None or not linear:
        said = "it solves the equation, but whether its constants reach every solution is not shown"
        return could_not_check("incomplete", said, method=PUT_IN, completeness="not_shown")
    said = f"The equation is linear and holds, with {order} independent constants."
    return verified("exact", PUT_IN, said, domain=where_general(equation), completeness="complete")
