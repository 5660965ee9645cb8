"""Solve y' = 2y with y(0) = 1. Solve a_n = 2a_{n-1} + 1, a_1 = 1. Find a_5."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import And, Call, Deriv, Listing, Node, Parse, Rel, Sym, symbols, walk
from phi4web.verify.problem.forms.common import Asked, form, group, read_formula, statement
from phi4web.verify.problem.statement import Domain, Statement

TERM = re.compile(r"[a-zA-Z]_(n|\d+)([+-]\d+)?")
Y = frozenset("y")
VARIABLES = frozenset("xtsuz")  # of y, when the question does not write d/dx


def _parts(asked: Asked) -> Iterator[tuple[Node, ...]]:
    """The relations of the sentence, with y(0) as a value of y."""
    said = asked.conditions
    if said.domain not in (Domain(), Domain("real")) or said.rounding or said.form:
        return
    texts = [asked.text(k) for k in ("first", "second", "third") if asked.found.groupdict().get(k)]
    for chosen in product(*(_as_function(read_formula(t, Y)) for t in texts)):
        parts = tuple(q for p in chosen for q in _split(p.node))
        if all(isinstance(p, Rel) and p.ops == ("=",) for p in parts):
            yield parts


def _as_function(readings: tuple[Parse, ...]) -> tuple[Parse, ...]:
    """y(0) is a value and no product."""
    kept = tuple(r for r in readings if any(isinstance(n, Call) and n.name == "y" for n in walk(r.node)))
    return kept or readings


def _split(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing) else node.args if isinstance(node, And) else (node,)


def _differential(asked: Asked) -> Iterator[Statement]:
    for parts in _parts(asked):
        equation, *rest = parts
        derived = [n for n in walk(equation) if (isinstance(n, Call) and n.name == "y" and n.primes and not n.args) or isinstance(n, Deriv)]
        starts = all(
            isinstance(r, Rel) and isinstance(r.args[0], Call) and r.args[0].name == "y" and len(r.args[0].args) == 1 for r in rest
        )
        written = {v.name for n in derived if isinstance(n, Deriv) for v, _ in n.by}
        by = written | (symbols(equation) - {"y"})
        if not written and not by <= VARIABLES:  # in y' = a y the letter may be a number
            continue
        if derived and starts and len(by) <= 1 and asked.conditions.variable in (None, "y", *by):
            named = next(iter(by), "x")
            yield statement(asked, "sequence", Parse(equation), style="differential", others=tuple(rest), variable=named, names=Y)


def _terms(parts: tuple[Node, ...]) -> bool:
    """Whether these are a recurrence and first terms, and nothing else."""
    left = [p.args[0] for p in parts if isinstance(p, Rel)]
    named = all(isinstance(s, Sym) and TERM.fullmatch(s.name) for s in left)
    return named and any(isinstance(s, Sym) and "_n" in s.name for s in left) and len(parts) > 1


def _recurrence(asked: Asked) -> Iterator[Statement]:
    for parts in _parts(asked):
        if _terms(parts):
            yield statement(asked, "sequence", Parse(parts[0]), style="recurrence", others=parts[1:], variable=None)


def _term(asked: Asked) -> Iterator[Statement]:
    for parts, wanted in product(_parts(asked), asked.readings("wanted")):
        if not _terms(parts) or not isinstance(wanted.node, Sym) or not TERM.fullmatch(wanted.node.name):
            continue
        general = wanted.node.name.endswith("_n")
        style = "recurrence" if general else "term"
        yield statement(asked, "sequence", Parse(parts[0]), style=style, others=parts[1:], variable=None, point=wanted.node)


JOIN = r"(?: (?:and|with|where|if|given(?: that)?|subject to|such that))?(?: initial conditions?)?"
GIVEN = rf"{group('first')}(?:{JOIN} {group('second')})?(?:{JOIN} {group('third')})?"
FIND = r"(?:find|what is|compute|determine|give|calculate)"
CLOSED = r"(?: (?:closed form|closed formula|explicit formula|formula|general term|value)(?: for| of)?)?"
DIFFERENTIAL = r"(?:first order |second order |linear |separable )?(?:differential equation|ode|initial value problem|ivp)"
WHERE = r"(?:if|given(?: that)?|where|when|for)(?: sequence)?"
FORMS = (
    form(rf"(?:solve|find general solution (?:of|to)|find solution (?:of|to))(?: {DIFFERENTIAL})? {GIVEN}", _differential),
    form(rf"(?:solve|find closed form (?:of|for))(?: (?:recurrence|recurrence relation|recursion))? {GIVEN}", _recurrence),
    form(rf"{FIND}{CLOSED} {group('wanted')} {WHERE} {GIVEN}", _term),
    form(rf"{WHERE} {GIVEN} {FIND}{CLOSED} {group('wanted')}", _term),
)
