"""Evaluate 3x^2 - 2x + 1 when x = 2. If a = 3 and b = 4, what is a^2 + b^2? The letters get their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import And, Func, Listing, Matrix, Mul, Node, Parse, Rel, Sym, Tuple_, rebuild, symbols
from phi4web.verify.problem.forms.arithmetic import is_arithmetic
from phi4web.verify.problem.forms.common import ASK, VALUE, Asked, body, form, group, statement, unconditional
from phi4web.verify.problem.forms.matrices import matrix_value
from phi4web.verify.problem.polynomial import number, of_equation
from phi4web.verify.problem.statement import Statement

DOT = re.compile(r"[·⋅∙•]|\\cdot|\bdot\b")
GIVENS = ("first", "second", "third")


def _values(node: Node) -> dict[str, Node] | None:
    """{x: 2} of x = 2; None for anything but letters set equal to numbers."""
    parts = node.args if isinstance(node, And) else node.items if isinstance(node, Listing) else (node,)
    table: dict[str, Node] = {}
    for part in parts:
        match part:
            case Rel(("=",), (Sym(name), Tuple_() | Matrix() as value)) if not symbols(value) and name not in table:
                table[name] = Matrix(tuple((i,) for i in value.items)) if isinstance(value, Tuple_) else value
            case Rel(("=",), (Sym(name), value)) if is_arithmetic(value) and name not in table:
                table[name] = value
            case Rel(("=",), _) if len(symbols(part)) == 1 and (found := _solved(part)) and found[0] not in table:
                table[found[0]] = found[1]
            case _:
                return None
    return table


def _solved(equation: Node) -> tuple[str, Node] | None:
    """(x, 4) of 3x = 12, which is linear."""
    name = next(iter(symbols(equation)))
    values = of_equation(equation, name)
    return (name, number(-values[0] / values[1])) if values is not None and len(values) == 2 else None


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
        expression, argument, _ = body(wanted.node)
        if expression is None or symbols(expression) != table.keys() or isinstance(expression, Sym) or argument not in (None, *table):
            continue
        put_in = rebuild(expression, lambda n, table=table: table.get(n.name, n) if isinstance(n, Sym) else n)  # type: ignore[misc]
        notes = tuple(n for p in (wanted, *chosen) for n in p.notes)
        if any(isinstance(v, Matrix) for v in table.values()):
            yield from _of_matrices(asked, put_in, notes)
        elif is_arithmetic(put_in):
            yield statement(asked, "evaluate", Parse(put_in, notes), variable=None, called=expression)


def _of_matrices(asked: Asked, node: Node, notes: tuple[str, ...]) -> Iterator[Statement]:
    """A + B and A B; of two columns the product with a dot is a number."""
    match node:
        case Mul((Matrix(first) as a, Matrix(second) as b)) if len(first[0]) == len(second[0]) == 1 and len(first) > 1:
            if DOT.search(asked.text("wanted")):
                yield statement(asked, "evaluate", Parse(Func("dot", (a, b)), notes), variable=None)
        case Func("abs", (Matrix(rows),)) if len(rows[0]) == 1:
            yield statement(asked, "evaluate", Parse(Func("norm", node.args), notes), variable=None)
        case _:
            yield from matrix_value(asked, Parse(node, notes))


WANTED = group("wanted")
VECTORS = r"(?: (?:vectors|matrices|matrix|vector))?"
GIVEN = rf"{group('first')}(?:(?: and)? {group('second')})?(?:(?: and)? {group('third')})?"
WHEN = r"(?:when|if|for|where|at|given(?: that)?|with|using|let)"
FORMS = (
    form(rf"{ASK}{VALUE} {WANTED} {WHEN} {GIVEN}", _substituted),
    form(rf"{ASK}{VALUE} {WANTED} {GIVEN}", _substituted),
    form(rf"(?:(?:{WHEN}|suppose(?: that)?){VECTORS} )?{GIVEN} (?:then )?{ASK}{VALUE} {WANTED}", _substituted),
)
