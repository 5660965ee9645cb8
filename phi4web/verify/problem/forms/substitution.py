"""Evaluate 3x^2 - 2x + 1 when x = 2. If a = 3 and b = 4, what is a^2 + b^2? The letters get their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import And, Listing, Node, Parse, Rel, Sym, Tuple_, rebuild, symbols
from phi4web.verify.problem.forms.arithmetic import is_arithmetic
from phi4web.verify.problem.forms.common import ASK, VALUE, Asked, form, group, statement, unconditional
from phi4web.verify.problem.statement import Statement

GIVENS = ("first", "second", "third")


def _values(node: Node) -> dict[str, Node] | None:
    """{x: 2} of x = 2; None for anything but letters set equal to numbers."""
    parts = node.args if isinstance(node, And) else node.items if isinstance(node, Listing) else (node,)
    table: dict[str, Node] = {}
    for part in parts:
        match part:
            case Rel(("=",), (Sym(name), value)) if is_arithmetic(value) and not isinstance(value, Tuple_) and name not in table:
                table[name] = value
            case _:
                return None
    return table


def _substituted(asked: Asked) -> Iterator[Statement]:
    given = [asked.readings(k) for k in GIVENS if asked.found.groupdict().get(k)]
    if asked.conditions.variable is not None or not unconditional(asked, rounding=True):
        return
    for wanted, *chosen in product(asked.readings("wanted"), *given):
        table: dict[str, Node] = {}
        for parsed in chosen:
            values = _values(parsed.node)
            if values is None or values.keys() & table.keys():
                return
            table |= values
        if symbols(wanted.node) != table.keys() or isinstance(wanted.node, Sym):
            continue
        put_in = rebuild(wanted.node, lambda n, table=table: table.get(n.name, n) if isinstance(n, Sym) else n)  # type: ignore[misc]
        if is_arithmetic(put_in):
            notes = tuple(n for p in (wanted, *chosen) for n in p.notes)
            yield statement(asked, "evaluate", Parse(put_in, notes), variable=None, called=wanted.node)


WANTED = group("wanted")
GIVEN = rf"{group('first')}(?:(?: and)? {group('second')})?(?:(?: and)? {group('third')})?"
WHEN = r"(?:when|if|for|where|at|given(?: that)?|with|using|let)"
FORMS = (
    form(rf"{ASK}{VALUE} {WANTED} {WHEN} {GIVEN}", _substituted),
    form(rf"{ASK}{VALUE} {WANTED} {GIVEN}", _substituted),
    form(rf"(?:{WHEN}|suppose(?: that)?) {GIVEN} (?:then )?{ASK}{VALUE} {WANTED}", _substituted),
)
