"""Solve x^2 - 5x + 6 = 0. Find all real roots of x^3 - x. If 2x + 3 = 7, what is x?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from phi4web.verify.latex.ast import And, Call, Deriv, Listing, Node, Num, Or, Parse, Rel, Set_, Sym, symbols, walk
from phi4web.verify.problem.forms.common import FUNCTION_LETTERS, VALUE, Asked, M, form, group, read_formula, statement
from phi4web.verify.problem.statement import Statement

ORDER = frozenset({"<", "<=", ">", ">="})
KINDS = r"absolute value|exponential|logarithmic|radical|trigonometric|trig|literal|following|polynomial|quadratic|linear|cubic|rational"
EACH = rf"(?:(?:{KINDS}|simultaneous|compound) )*(?:equations?|inequality|inequalities|inequation)"
SORT = rf"(?:{EACH}|(?:linear )?system(?: of(?: linear)? equations)?|formula|polynomial|quadratic"
EQUATION = rf"(?: in)?(?: each)?(?: of)?(?: {SORT}|proportion|function))?"
METHODS = (
    r"factoring|factorising|factorizing|factorisation|factorization|completing square|quadratic formula|any method|hand|substitution"
    r"|elimination|substitution method|elimination method|graphing|algebra|algebraically"
)
METHOD = rf"(?: (?:by|using|with|by using) (?:{METHODS}))?"
NUMBERS = r"(?: (real|complex|integer|rational))?"
ROOTS = (
    rf"(?: all| both)?(?: (?:possible|exact|distinct|different))?{NUMBERS}(?: number)? ?(?:solutions?|roots?|zeros?|zeroes|solution set)"
)
VALUES = r"(?: all)?(?: (?:possible|exact))?(?: (?P<numbers>real|complex|integer|rational))? ?(?:values?|numbers?|value\(s\))"
LETS = r"that satisf(?:y|ies)|satisfying|which satisf(?:y|ies)|that makes?|that solves?"
HOLDS = rf"(?:(?:such|so) that|for which|{LETS}|if|when|where|in|given(?: that)?|from)"
FIND = r"(?:find|determine|give|compute|calculate|what(?: is| are)|state|list|obtain)"
SUPPOSE = r"(?:if|given(?: that)?|suppose(?: that)?|let)"


def equation_of(asked: Asked, parsed: Parse, numbers: str | None = None) -> Iterator[Statement]:
    """The statement about one equation with one unknown, named or alone. `numbers`: the set that "real roots" names."""
    node = parsed.node
    if any(isinstance(n, Call | Deriv) for n in walk(node)):
        return
    if isinstance(node, And | Or | Listing) or (isinstance(node, Rel) and (set(node.ops) & ORDER or len(node.ops) > 1)):
        yield from conditions_of(asked, parsed, numbers)
        return
    if not isinstance(node, Rel) or node.ops != ("=",):
        return
    names = symbols(node)
    variable = asked.conditions.variable or (next(iter(names)) if len(names) == 1 else None)
    domain = asked.conditions.domain
    if variable is None or variable not in names or (numbers and domain.numbers not in ("unsaid", numbers)):
        return
    if domain.positive:
        if names != {variable}:
            return
        domain = replace(domain, positive=False, conditions=(*domain.conditions, Rel((">",), (Sym(variable), Num(0)))))
    every = re.search(r"\ball\b", asked.found.string) is not None
    domain = replace(domain, all_asked=every, numbers=numbers or domain.numbers)  # type: ignore[arg-type]
    yield statement(asked, "solve", parsed, variable=variable, domain=domain)


def conditions_of(asked: Asked, parsed: Parse, numbers: str | None = None) -> Iterator[Statement]:
    """An inequality in one letter, or a system of as many equations as letters, or more."""
    node = parsed.node
    parts = node.args if isinstance(node, And | Or) else node.items if isinstance(node, Listing) else (node,)
    if not all(isinstance(p, Rel) and set(p.ops) <= ORDER | {"=", "!="} for p in parts):
        return
    names = symbols(node)
    domain = asked.conditions.domain
    named = asked.conditions.variable
    if domain.positive or (numbers and domain.numbers not in ("unsaid", numbers)):
        return
    domain = replace(domain, numbers=numbers or domain.numbers)  # type: ignore[arg-type]
    if len(names) == 1 and not isinstance(node, Listing) and named in (None, *names):
        if any(set(p.ops) & ORDER for p in parts if isinstance(p, Rel)):
            yield statement(asked, "inequality", parsed, variable=next(iter(names)), domain=domain)
        return
    plain = named is None and not domain.conditions and domain.numbers in ("unsaid", "real") and not isinstance(node, Or)
    if plain and 1 < len(names) <= len(parts) and all(isinstance(p, Rel) and p.ops == ("=",) for p in parts):
        yield statement(asked, "system", replace(parsed, node=And(parts)), variables=tuple(sorted(names)), domain=domain)


def _system(asked: Asked) -> Iterator[Statement]:
    """solve x + y = 3 and x - y = 1"""
    groups = [asked.readings(k) for k in range(1, asked.found.re.groups + 1) if asked.found.group(k)]
    for chosen in product(*groups):
        parts = tuple(
            q
            for p in chosen
            for q in (p.node.args if isinstance(p.node, And) else p.node.items if isinstance(p.node, Listing) else (p.node,))
        )
        yield from conditions_of(asked, Parse(And(parts), tuple(n for p in chosen for n in p.notes)))


def _parts(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, And) else node.items if isinstance(node, Listing) else (node,)


def _either(asked: Asked) -> Iterator[Statement]:
    for first, second in product(asked.readings(1), asked.readings(2)):
        yield from conditions_of(asked, Parse(Or((first.node, second.node)), first.notes + second.notes))


def _values_where(asked: Asked) -> Iterator[Statement]:
    """for what values of x is x^2 > 4?"""
    for name, parsed in product(asked.readings(1), asked.readings(2)):
        if isinstance(name.node, Sym) and asked.conditions.variable in (None, name.node.name):
            yield from equation_of(asked.about(name.node.name), parsed)


def _solve(asked: Asked) -> Iterator[Statement]:
    for parsed in asked.readings(1):
        braced = isinstance(parsed.node, Set_) and len(parsed.node.items) > 1 and all(isinstance(i, Rel) for i in parsed.node.items)
        yield from equation_of(
            asked, replace(parsed, node=Listing(parsed.node.items)) if braced and isinstance(parsed.node, Set_) else parsed
        )


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


CURVES = r"(?: (?:lines?|curves?|graphs?|graphs? of|parabolas?|functions?|circles?))*"
MEETING = r"(?:(?:all )?points? of intersection|(?:all )?intersections?(?: points?)?|where)"
LETTER, GIVEN = group("letter"), group("equation")
FORMS = (
    form(rf"solve{EQUATION}{METHOD} {M}{METHOD}", _solve),
    form(rf"{M} solve(?: it)?", _solve),
    form(rf"(?:use|using|by) (?:{METHODS}) (?:to )?solve{EQUATION} {M}", _solve),
    form(rf"{FIND} {MEETING} of{CURVES} {M} (?:and|with){CURVES} {M}", _system),
    form(rf"where (?:do|does){CURVES} {M} (?:and|with){CURVES} {M} (?:intersect|meet|cross)", _system),
    form(rf"{GIVEN} (?:then )?(?:{FIND}|solve for){VALUE} {LETTER}", _unknown),
    form(rf"solve{EQUATION}{METHOD} {M}(?: and)? {M}(?:(?: and)? {M})?{METHOD}", _system),
    form(rf"solve simultaneously {M}(?:(?: and)? {M})?(?:(?: and)? {M})?", _system),
    form(rf"solve {M}(?: and)? {M} simultaneously", _system),
    form(rf"(?:make|rearrange to make) {group('letter')} subject(?: of)?{EQUATION} {group('equation')}", _unknown),
    form(rf"(?:rearrange|rewrite|solve){EQUATION} {group('equation')} (?:to make|for|making) {group('letter')}(?: subject)?", _unknown),
    form(rf"solve{EQUATION} {M} or {M}", _either),
    form(rf"for (?:what|which) values? of {M} (?:is|does|are) {M}(?: true| hold)?", _values_where),
    form(rf"(?:find|determine|give|what is) solution(?: set)?s?(?: of| to)?{EQUATION} {M}(?: and)? {M}", _system),
    form(rf"{FIND}{ROOTS}(?: of| to| for)?{EQUATION} {M}{METHOD}", _roots),
    form(rf"(?:{FIND}|for what|for which){VALUES} ?(?:of|for)? {LETTER} {HOLDS}(?: equation)? {GIVEN}", _unknown),
    form(rf"(?:{FIND}|solve for)(?: all)? {LETTER} {HOLDS}(?: equation)? {GIVEN}", _unknown),
    form(rf"(?:{FIND}|solve for) {LETTER} {GIVEN}", _unknown),
    form(rf"{FIND}{VALUES} of {LETTER} {GIVEN}", _unknown),
    form(rf"what{VALUES} of {LETTER} (?:satisf(?:y|ies)|makes?|solves?|is solution (?:of|to))(?: equation)? {GIVEN}(?: true)?", _unknown),
    form(rf"{SUPPOSE} {GIVEN} (?:then )?(?:{FIND}|solve for){VALUE} {LETTER}", _unknown),
)  # fmt: skip
