"""Solve x^2 - 5x + 6 = 0. Find all real roots of x^3 - x. If 2x + 3 = 7, what is x?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from phi4web.verify.latex.ast import Call, Node, Num, Parse, Rel, Sym, symbols, walk
from phi4web.verify.problem.forms.common import FUNCTION_LETTERS, VALUE, Asked, M, form, read_formula, statement
from phi4web.verify.problem.statement import Statement

KINDS = r"absolute value|exponential|logarithmic|radical|trigonometric|trig|literal|following|polynomial|quadratic|linear|cubic|rational"
SORT = rf"(?:(?:{KINDS}) equations?|equations?|formula|polynomial|quadratic"
EQUATION = rf"(?: in)?(?: each)?(?: of)?(?: {SORT}|proportion|function))?"
METHODS = r"factoring|factorising|factorizing|completing square|(?:using )?quadratic formula|any method|hand"
METHOD = rf"(?: by (?:{METHODS}))?"
NUMBERS = r"(?: (real|complex|integer|rational))?"
ROOTS = rf"(?: all)?(?: (?:possible|exact|distinct|different))?{NUMBERS}(?: number)? ?(?:solutions?|roots?|zeros?|zeroes|solution set)"
VALUES = r"(?: all)?(?: (?:possible|exact))?(?: (?P<numbers>real|complex|integer|rational))? ?(?:values?|numbers?|value\(s\))"
LETS = r"that satisf(?:y|ies)|satisfying|which satisf(?:y|ies)|that makes?|that solves?"
HOLDS = rf"(?:(?:such|so) that|for which|{LETS}|if|when|where|in|given(?: that)?|from)"
FIND = r"(?:find|determine|give|compute|calculate|what(?: is| are)|state|list|obtain)"
SUPPOSE = r"(?:if|given(?: that)?|suppose(?: that)?|let)"


def equation_of(asked: Asked, parsed: Parse, numbers: str | None = None) -> Iterator[Statement]:
    """The statement about one equation with one unknown, named or alone. `numbers`: the set that "real roots" names."""
    node = parsed.node
    if not isinstance(node, Rel) or node.ops != ("=",):
        return
    names = symbols(node)
    variable = asked.conditions.variable or (next(iter(names)) if len(names) == 1 else None)
    domain = asked.conditions.domain
    if variable is None or variable not in names or (numbers and domain.numbers not in ("unsaid", numbers)):
        return
    every = re.search(r"\ball\b", asked.found.string) is not None
    domain = replace(domain, all_asked=every, numbers=numbers or domain.numbers)  # type: ignore[arg-type]
    yield statement(asked, "solve", parsed, variable=variable, domain=domain)


def _solve(asked: Asked) -> Iterator[Statement]:
    for parsed in asked.readings(1):
        yield from equation_of(asked, parsed)


def _roots(asked: Asked) -> Iterator[Statement]:
    """Roots of an equation, or zeros of an expression or function."""
    for parsed in asked.readings(2, FUNCTION_LETTERS):
        yield from equation_of(asked, replace(parsed, node=_zeros_of(parsed.node)), asked.found.group(1))


def _zeros_of(node: Node) -> Node:
    if not isinstance(node, Rel):
        return Rel(("=",), (node, Num(0)))
    function = node.ops == ("=",) and isinstance(node.args[0], Call) and not any(isinstance(n, Call) for n in walk(node.args[1]))
    return Rel(("=",), (node.args[1], Num(0))) if function else node


def _unknown(asked: Asked) -> Iterator[Statement]:
    """find x if 2x + 3 = 7; the values of x for which ..."""
    numbers = asked.found.groupdict().get("numbers")
    for name, parsed in product(asked.readings("letter"), read_formula(asked.text("equation"))):
        if isinstance(name.node, Sym) and asked.conditions.variable in (None, name.node.name):
            yield from equation_of(asked.about(name.node.name), parsed, numbers)


LETTER, GIVEN = M.replace("(", "(?P<letter>"), M.replace("(", "(?P<equation>")
FORMS = (
    form(rf"solve{EQUATION}{METHOD} {M}{METHOD}", _solve),
    form(rf"{FIND}{ROOTS}(?: of| to| for)?{EQUATION} {M}{METHOD}", _roots),
    form(rf"(?:{FIND}|for what|for which){VALUES} ?(?:of|for)? {LETTER} {HOLDS}(?: equation)? {GIVEN}", _unknown),
    form(rf"(?:{FIND}|solve for)(?: all)? {LETTER} {HOLDS}(?: equation)? {GIVEN}", _unknown),
    form(rf"{SUPPOSE} {GIVEN} (?:then )?(?:{FIND}|solve for){VALUE} {LETTER}", _unknown),
)  # fmt: skip
