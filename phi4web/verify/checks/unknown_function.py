"""Differential equations and recurrences: the answer put in, its first values compared, its constants counted."""

from __future__ import annotations

import re
from typing import Any

import sympy

from phi4web.verdict import Verdict, could_not_check
from phi4web.verify.build import to_sympy
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, shown, undecided, verified
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.derivative import point_words
from phi4web.verify.checks.domain import whole_solution
from phi4web.verify.checks.evaluate import NOT_NUMBERS, judge_value
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Call, Deriv, Node, Rel, Sym, rebuild, symbols, walk
from phi4web.verify.problem.statement import Statement

PUT_IN = "the answer put into the equation, and its starting values compared"
TERMS = "the terms worked out one by one"
CONSTANT = re.compile(r"[CcKkAB](_\d)?")
TERM = re.compile(r"([a-zA-Z])_(n|\d+)([+-]\d+)?")
FIRST_TERMS = 6
MOST_TERMS = 2000


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style of the question. Raises Unfit or NoMethod."""
    return {"differential": _differential, "recurrence": _recurrence, "term": _term}[statement.style](statement, answer)


def _formula(answer: Node, names: set[str]) -> Node:
    """The right side of y = ..., y(x) = ..., a_n = ...; a bare formula as it is."""
    if isinstance(answer, Rel) and answer.ops == ("=",):
        left, right = answer.args
        if (isinstance(left, Sym) and left.name in names) or (isinstance(left, Call) and left.name in names and not left.primes):
            answer = right
    if isinstance(answer, NOT_NUMBERS) or any(isinstance(n, Call | Deriv) for n in walk(answer)) or symbols(answer) & names:
        raise Unfit(f"{min(names)} = a formula")
    return answer


def _differential(statement: Statement, answer: Node) -> Verdict:
    x_name = statement.variable or "x"
    claimed = _formula(answer, {"y"})
    constants = sorted(symbols(claimed) - {x_name})
    if not all(CONSTANT.fullmatch(c) for c in constants) or set(constants) & symbols(statement.node):
        raise Unfit(f"a formula in {x_name} and constants C")
    env = {n: sympy.Symbol(n, real=True) for n in (x_name, *constants)}
    x, y = env[x_name], to_sympy(claimed, env)
    node, order = _with_marks(statement.node)
    assert isinstance(node, Rel)
    marks = {f"D{k}": sympy.Symbol(f"D{k}", real=True) for k in range(order + 1)}
    values = {marks[f"D{k}"]: sympy.diff(y, x, k) for k in range(order + 1)}
    left, right = (to_sympy(side, {**env, **marks}).subs(values) for side in node.args)
    result = compare(left, right, sorted(env.values(), key=str))
    if result.outcome == "differ":
        return refuted(
            PUT_IN, f"Put in, at {point_words(result.at)} the left side is {shown(result.first)}, the right side {shown(result.second)}."
        )
    if result.outcome != "same":
        return undecided(PUT_IN, "it fits as far as computed, but no proof was found")
    if not whole_solution(node, claimed, x_name):
        return undecided(PUT_IN, "it fits, but the answer may jump, or end, where the equation goes on")
    for condition in statement.others:
        fault = _start(condition, y, x, order)
        if fault:
            return fault
    return _general(statement, y, x, [env[c] for c in constants], order)


def _with_marks(node: Node) -> tuple[Node, int]:
    """The equation with y, y', y'' as D0, D1, D2, and its order. Raises NoMethod."""
    orders = [0]

    def change(n: Node) -> Node:
        match n:
            case Call("y", args, primes, False) if len(args) <= 1:
                orders.append(primes)
                return Sym(f"D{primes}")
            case Deriv(Sym("D0" | "y"), ((_, k),), False):
                orders.append(k)
                return Sym(f"D{k}")
            case Sym("y"):
                return Sym("D0")
        return n

    marked = rebuild(node, change)
    if any(isinstance(n, Call | Deriv) for n in walk(marked)) or max(orders) == 0:
        raise NoMethod("equations in y, y' and so on")
    return marked, max(orders)


def _start(condition: Node, y: Any, x: Any, order: int) -> Verdict | None:
    """y(0) = 1 or y'(0) = 2"""
    match condition:
        case Rel(("=",), (Call("y", (place,), primes, False), value)):
            found = sympy.diff(y, x, primes).subs(x, to_sympy(place, {}))
            wanted = to_sympy(value, {})
            zero = number_is_zero(sympy.simplify(found - wanted)) if not found.free_symbols else False
            if found.free_symbols:
                return undecided(PUT_IN, "constants are left, though starting values are given")
            if zero is False:
                return refuted(PUT_IN, f"The starting value is {shown(found)} in the answer, not {shown(wanted)}.")
            return None if zero else undecided(PUT_IN, "a starting value could not be settled")
    raise NoMethod("starting values such as y(0) = 1")


def _general(statement: Statement, y: Any, x: Any, constants: list[Any], order: int) -> Verdict:
    if statement.others:
        if len(statement.others) < order:
            raise NoMethod("as many starting values as the order")
        return verified("exact", PUT_IN, "The equation and every starting value hold.", completeness="not_shown")
    rows = [[sympy.diff(y, c, 1, x, k) if k else sympy.diff(y, c) for c in constants] for k in range(order)]
    independent = len(constants) == order and not function_is_zero(sympy.Matrix(rows).det())
    if not independent:
        said = f"it solves the equation, but a general solution of order {order} has {order} independent constants"
        return could_not_check("incomplete", said, method=PUT_IN, completeness="not_shown")
    if not all(function_is_zero(sympy.diff(y, a, b)) for a in constants for b in constants):
        said = "it solves the equation, but whether its constants reach every solution is not shown"
        return could_not_check("incomplete", said, method=PUT_IN, completeness="not_shown")
    said = f"The equation holds, with {order} independent constants."
    return verified("exact", PUT_IN, said, domain="where the answer is defined", completeness="not_shown")


def _steps(statement: Statement) -> tuple[str, Rel, dict[int, Node], int]:
    """(letter, recurrence, starting terms, how far back it looks). Raises NoMethod."""
    starts: dict[int, Node] = {}
    rule: Rel | None = None
    for part in (statement.node, *statement.others):
        if isinstance(part, Rel) and part.ops == ("=",) and isinstance(part.args[0], Sym) and (m := TERM.fullmatch(part.args[0].name)):
            if m.group(2) != "n" and not m.group(3) and not symbols(part.args[1]):
                starts[int(m.group(2))] = part.args[1]
            elif m.group(2) == "n" and rule is None:
                rule = part
            else:
                raise NoMethod("one recurrence with starting terms")
    if rule is None or not starts:
        raise NoMethod("one recurrence with starting terms")
    assert isinstance(rule.args[0], Sym)
    letter = rule.args[0].name[0]
    offsets = [_offset(n.name, letter) for n in walk(rule) if isinstance(n, Sym) and n.name != "n"]
    if None in offsets:
        raise NoMethod("a recurrence in one sequence")
    top = _offset(rule.args[0].name, letter) or 0
    back = top - min(o for o in offsets if o is not None)
    known = sorted(starts)
    if (
        not 1 <= back <= len(known)
        or known != list(range(known[0], known[0] + len(known)))
        or top != max(o for o in offsets if o is not None)
    ):
        raise NoMethod("as many starting terms as the recurrence looks back")
    return letter, rule, starts, back


def _offset(name: str, letter: str) -> int | None:
    found = TERM.fullmatch(name)
    return int(found.group(3) or 0) if found and found.group(1) == letter and found.group(2) == "n" else None


def _terms(statement: Statement, last: int) -> dict[int, Any]:
    """Every term from the first known one to `last`, exact."""
    letter, rule, starts, _ = _steps(statement)
    terms: dict[int, Any] = {k: to_sympy(v, {}) for k, v in starts.items()}
    left = rule.args[0]
    assert isinstance(left, Sym)
    top = _offset(left.name, letter) or 0
    for index in range(max(terms) + 1, last + 1):
        n = index - top
        env: dict[str, Any] = {"n": sympy.Integer(n)}
        for part in walk(rule.args[1]):
            if isinstance(part, Sym) and part.name != "n":
                env[part.name] = terms[n + (_offset(part.name, letter) or 0)]
        terms[index] = sympy.expand(to_sympy(rule.args[1], env))
    return terms


def _term(statement: Statement, answer: Node) -> Verdict:
    """One term, such as a_5."""
    assert isinstance(statement.point, Sym)
    found = TERM.fullmatch(statement.point.name)
    if not found or found.group(2) == "n" or int(found.group(2)) > MOST_TERMS or statement.point.name[0] != _steps(statement)[0]:
        raise NoMethod(f"terms up to number {MOST_TERMS}")
    terms = _terms(statement, int(found.group(2)))
    if int(found.group(2)) not in terms:
        raise NoMethod("terms after the first")
    return judge_value(terms[int(found.group(2))], answer, statement, statement.point.name, Ring(()))


def _recurrence(statement: Statement, answer: Node) -> Verdict:
    letter, rule, starts, back = _steps(statement)
    claimed = _formula(answer, {f"{letter}_n", letter})
    if symbols(claimed) - {"n"}:
        raise Unfit("a formula in n")
    n = sympy.Symbol("n", integer=True, positive=True)
    formula = to_sympy(claimed, {"n": n})
    terms = _terms(statement, max(starts) + FIRST_TERMS)
    for index, value in sorted(terms.items()):
        if number_is_zero(sympy.expand(formula.subs(n, index) - value)) is False:
            given = shown(sympy.simplify(formula.subs(n, index)))
            return refuted(PUT_IN, f"Term {index} is {shown(value)}, the answer gives {given}.")
    env: dict[str, Any] = {"n": n}
    for part in walk(rule):
        if isinstance(part, Sym) and part.name != "n":
            env[part.name] = formula.subs(n, n + (_offset(part.name, letter) or 0))
    gap = to_sympy(rule.args[0], env) - to_sympy(rule.args[1], env)
    exact = all(number_is_zero(sympy.expand(formula.subs(n, k) - terms[k])) for k in sorted(terms)[:back])
    if exact and (function_is_zero(gap) or function_is_zero(sympy.powsimp(sympy.expand(gap)))):
        said = f"The starting terms agree, and the recurrence holds for every n; {len(terms)} terms were compared too."
        return verified("exact", PUT_IN, said, domain=f"every whole n ≥ {min(starts)}")
    return undecided(PUT_IN, f"{len(terms)} terms agree, but the step was not proven")
