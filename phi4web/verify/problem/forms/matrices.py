"""The inverse, transpose, product, eigenvalues or determinant of a matrix, and products of vectors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from phi4web.verify.latex.ast import Add, Call, Div, Func, Listing, Matrix, Mul, Node, Num, Parse, Pow, Rel, Tuple_, symbols, walk
from phi4web.verify.problem.forms.common import ASK, VALUE, Asked, Handler, M, form, statement, unconditional
from phi4web.verify.problem.statement import Domain, Statement

SCALAR = ("det", "trace", "rank", "dot", "norm")


def of_matrix(style: str) -> Handler:
    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1):
            node = parsed.node.args[1] if isinstance(parsed.node, Rel) and parsed.node.ops == ("=",) else parsed.node
            if isinstance(node, Matrix) and not symbols(node) and unconditional(asked) and asked.conditions.domain == Domain():
                made: Node = Func("transpose", (node,)) if style == "transpose" else node
                yield statement(asked, "matrix", Parse(made, parsed.notes), style=style, variable=None)

    return handler


def number_of(name: str) -> Handler:
    """A number made of one matrix, or of two vectors."""

    def handler(asked: Asked) -> Iterator[Statement]:
        groups = [asked.readings(k) for k in range(1, asked.found.re.groups + 1) if asked.found.group(k)]
        for chosen in product(*groups):
            nodes = tuple(_column(p.node) for p in chosen)
            if all(isinstance(n, Matrix) for n in nodes) and not any(symbols(n) for n in nodes) and unconditional(asked, rounding=True):
                kind = "evaluate" if name in SCALAR else "matrix"
                yield statement(asked, kind, Parse(Func(name, nodes)), variable=None, style="" if kind == "evaluate" else name)  # type: ignore[arg-type]

    return handler


def _column(node: Node) -> Node:
    return Matrix(tuple((i,) for i in node.items)) if isinstance(node, Tuple_) else node


def result(asked: Asked) -> Iterator[Statement]:
    """compute A B for matrices of numbers"""
    for parsed in asked.readings(1):
        yield from matrix_value(asked, parsed)


def matrix_value(asked: Asked, parsed: Parse) -> Iterator[Statement]:
    """A sum, product or power of matrices of numbers; a product of vectors is a number."""
    node = parsed.node
    if not any(isinstance(n, Matrix) for n in walk(node)) or isinstance(node, Matrix | Listing | Rel) or symbols(node):
        return
    if any(isinstance(n, Call) for n in walk(node)) or not unconditional(asked, rounding=True) or asked.conditions.variable:
        return
    if not (isinstance(node, Func) and node.name in SCALAR):
        yield statement(asked, "matrix", parsed, style="entries", variable=None)


def _unit_vector(asked: Asked) -> Iterator[Statement]:
    for parsed in asked.readings(1):
        match parsed.node:
            case Tuple_(items) if not symbols(parsed.node) and unconditional(asked) and asked.conditions.variable is None:
                size = Func("sqrt", (Add(tuple(Pow(i, Num(2)) for i in items)),))
                node = Matrix(tuple((Div(i, size),) for i in items))
                told = ("unit vector in the direction of", (parsed.node,))
                yield statement(asked, "matrix", Parse(node, parsed.notes), style="entries", variable=None, told=told)


def _dotted(asked: Asked) -> Iterator[Statement]:
    """the dot product ⟨1, 2⟩ · ⟨3, 4⟩"""
    for parsed in asked.readings(1):
        match parsed.node:
            case Mul((Tuple_() as a, Tuple_() as b)) if not symbols(parsed.node) and unconditional(asked, rounding=True):
                yield statement(asked, "evaluate", Parse(Func("dot", (_column(a), _column(b))), parsed.notes), variable=None)


def _multiplied(asked: Asked) -> Iterator[Statement]:
    for first, second in product(asked.readings(1), asked.readings(2)):
        if isinstance(first.node, Matrix) and isinstance(second.node, Matrix):
            yield from matrix_value(asked, Parse(Mul((first.node, second.node))))


GIVE = rf"(?:{ASK}{VALUE})"
OF = r"(?: of)?(?: matrix| matrices| vectors?)?"
FORMS = (
    form(rf"(?:{GIVE} )?inverse(?: matrix)?{OF} {M}", of_matrix("inverse matrix")),
    form(rf"invert{OF} {M}", of_matrix("inverse matrix")),
    form(rf"(?:{GIVE} )?transpose{OF} {M}", of_matrix("transpose")),
    form(rf"(?:{GIVE} )?(?:all )?eigenvalues{OF} {M}", of_matrix("eigenvalues")),
    form(rf"(?:{GIVE} )?(?:determinant|det){OF} {M}", number_of("det")),
    form(rf"(?:{GIVE} )?(?:magnitude|norm|length) of(?: vector)? {M}", number_of("norm")),
    form(rf"(?:{GIVE} )?(?:dot|scalar|inner) product(?: of)? {M}", _dotted),
    form(rf"(?:{GIVE} )?unit vector (?:in direction of|in same direction as|parallel to|along|of)(?: vector)? {M}", _unit_vector),
    form(rf"(?:{GIVE} )?trace{OF} {M}", number_of("trace")),
    form(rf"(?:{GIVE} )?rank{OF} {M}", number_of("rank")),
    form(rf"(?:{GIVE} )?(?:dot|scalar|inner) product{OF} {M}(?: and)? {M}", number_of("dot")),
    form(rf"(?:{GIVE} )?(?:cross|vector) product{OF} {M}(?: and)? {M}", number_of("cross")),
    form(rf"(?:{GIVE} )?product{OF} {M}(?: and)? {M}", _multiplied),
    form(rf"(?:{ASK}{VALUE} )?{M}", result),
)
