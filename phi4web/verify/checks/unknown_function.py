"""Recurrences: the answer put in for every n, the starting terms compared; and single terms, worked out one by one."""

from __future__ import annotations

import re
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.build import to_sympy
from phi4web.verify.checks import differential
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, shown, undecided, verified
from phi4web.verify.checks.defined import defined_from
from phi4web.verify.checks.differential import formula_of
from phi4web.verify.checks.evaluate import judge_value
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Add, Node, Num, Rel, Sym, rebuild, symbols, walk
from phi4web.verify.problem.statement import Statement

PUT_IN = "the answer put into the recurrence, and its starting terms compared"
TERM = re.compile(r"([a-zA-Z])_(n|\d+)([+-]\d+)?")
FIRST_TERMS = 6
MOST_TERMS = 2000


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style of the question. Raises Unfit or NoMethod."""
    return {"differential": differential.check, "recurrence": _recurrence, "term": _term}[statement.style](statement, answer)


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


def _rule_defined(rule: Rel, letter: str, claimed: Node, first: int) -> bool:
    """Whether the recurrence, as written, has a value for every term from number `first` on, with the answer put in."""
    assert isinstance(rule.args[0], Sym)
    top = _offset(rule.args[0].name, letter) or 0

    def put_in(node: Node) -> Node:
        if not isinstance(node, Sym) or (offset := _offset(node.name, letter)) is None:
            return node
        return rebuild(claimed, lambda n: Add((n, Num(offset))) if n == Sym("n") and offset else n)

    return defined_from(rebuild(rule.args[1], put_in), "n", first - top)


def _recurrence(statement: Statement, answer: Node) -> Verdict:
    letter, rule, starts, back = _steps(statement)
    claimed = formula_of(answer, {f"{letter}_n", letter})
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
    if not (defined_from(claimed, "n", min(starts)) and _rule_defined(rule, letter, claimed, min(starts) + back)):
        return undecided(PUT_IN, f"{len(terms)} terms agree, but the answer or the recurrence may have no value for some n")
    exact = all(number_is_zero(sympy.expand(formula.subs(n, k) - terms[k])) for k in sorted(terms)[:back])
    if exact and (function_is_zero(gap) or function_is_zero(sympy.powsimp(sympy.expand(gap)))):
        said = f"The starting terms agree, and the recurrence holds for every n; {len(terms)} terms were compared too."
        return verified("exact", PUT_IN, said, domain=f"every whole n ≥ {min(starts)}")
    return undecided(PUT_IN, f"{len(terms)} terms agree, but the step was not proven")
