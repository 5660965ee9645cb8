"""Find f(3) if f(x) = x^2 + 1. The inverse, domain, vertex of a function. A quadratic equation with given solutions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from phi4web.verify.latex.ast import (
    And,
    Call,
    Deriv,
    Div,
    Func,
    Integral,
    Limit,
    Listing,
    Matrix,
    Node,
    Num,
    Parse,
    Pow,
    Prod,
    Rel,
    Sum,
    Sym,
    rebuild,
    symbols,
    walk,
)
from phi4web.verify.problem.forms.common import (
    ASK,
    FUNCTION_LETTERS,
    VALUE,
    Asked,
    Handler,
    M,
    body,
    form,
    group,
    main_variable,
    read_formula,
    statement,
)  # fmt: skip
from phi4web.verify.problem.forms.rewrites import rewriting
from phi4web.verify.problem.statement import Domain, NotUnderstood, Statement

EVERYWHERE = frozenset(("sin", "cos", "exp", "abs", "arctan", "sinh", "cosh", "tanh", "arcsinh", "root"))
NO_BODY = (Call, Deriv, Integral, Limit, Listing, Matrix, Prod, Rel, Sum)
COMPOSED = re.compile(r"\(\s*([a-z])\s*(?:∘|\\circ|o)\s*([a-z])\s*\)\s*\(\s*([^()]+?)\s*\)")  # (f∘g)(x)
TOGETHER = re.compile(r"\(\s*([a-z])\s*([-+−*/·])\s*([a-z])\s*\)\s*\(\s*([^()]+?)\s*\)")  # (f + g)(x)
MOST_DEPTH = 6  # of calls in calls
ANYWHERE = Rel(("<=",), (Num(0), Num(0)))


def _plain(asked: Asked) -> bool:
    said = asked.conditions
    return said.domain in (Domain(), Domain("real")) and said.rounding is None and not said.form


def about(style: str) -> Handler:
    """A question about one function of one letter."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1, FUNCTION_LETTERS):
            expression, argument, names = body(parsed.node)
            if expression is None or any(isinstance(n, NO_BODY) for n in walk(expression)) or not _plain(asked):
                continue
            variable = argument or asked.conditions.variable or main_variable(expression)
            if variable and asked.conditions.variable in (None, variable) and symbols(expression) == {variable}:
                named = replace(parsed, node=expression)
                yield statement(asked, "function", named, style=style, variable=variable, names=names)

    return handler


def _domain(asked: Asked) -> Iterator[Statement]:
    """The domain: where no denominator is zero, no even root negative, and every logarithm has a positive argument."""
    for found in about("domain")(asked):
        conditions = list(_conditions(found.node))
        node: Node = And(tuple(conditions)) if len(conditions) > 1 else conditions[0] if conditions else ANYWHERE
        yield replace(found, kind="inequality", node=node, domain=Domain("real"))


def _conditions(expression: Node) -> Iterator[Node]:
    for part in walk(expression):
        match part:
            case Div(_, den) if symbols(den):
                yield Rel(("!=",), (den, Num(0)))
            case Func("sqrt", (inner,)) if symbols(inner):
                yield Rel((">=",), (inner, Num(0)))
            case Func("root", (inner, Num(n, 1))) if symbols(inner) and n % 2 == 0:
                yield Rel((">=",), (inner, Num(0)))
            case Func("ln" | "log", (inner, *_)) if symbols(inner):
                yield Rel((">",), (inner, Num(0)))
            case Func(name, _) if symbols(part) and name not in EVERYWHERE:
                raise NotUnderstood("no_method", f"there is none for the domain of {name}")
            case Pow(base, exponent) if symbols(part) and not (isinstance(exponent, Num) and exponent.den == 1 and exponent.num > 0):
                if symbols(base):  # roots written as powers have several customs
                    raise NotUnderstood("no_method", "there is none for the domain of such a power; write it as a root or a fraction")


def _inverse_called(asked: Asked) -> Iterator[Statement]:
    """find f^{-1}(x) if f(x) = 4x - 3"""
    for parsed in asked.readings("first", FUNCTION_LETTERS):
        expression, argument, names = body(parsed.node)
        if expression is None or argument is None or any(isinstance(n, NO_BODY) for n in walk(expression)) or not _plain(asked):
            continue
        for wanted in asked.readings("wanted", names):
            match wanted.node:
                case Call(name, (Sym(letter),), 0, True) if {name} == names and letter == argument and symbols(expression) == {letter}:
                    named = replace(parsed, node=expression)
                    yield statement(asked, "function", named, style="inverse", variable=letter, names=names)


def value_at(asked: Asked) -> Iterator[Statement]:
    """find f(g(2)) if f(x) = ... and g(x) = ..."""
    definitions = [asked.readings(k, FUNCTION_LETTERS) for k in ("first", "second") if asked.found.groupdict().get(k)]
    for chosen in product(*definitions):
        table = _table([p.node for p in chosen])
        if table is None:
            continue
        text = COMPOSED.sub(r"\1(\2(\3))", asked.text("wanted"))
        text = TOGETHER.sub(r"(\1(\4)) \2 (\3(\4))", text)
        for wanted in read_formula(text, frozenset(table)):
            node = _worked(wanted.node, table)
            if node is not None and any(isinstance(n, Call) for n in walk(wanted.node)):
                for found in _value(asked, Parse(node, (*wanted.notes, *(n for p in chosen for n in p.notes)))):
                    yield replace(found, called=wanted.node)


def _value(asked: Asked, parsed: Parse) -> Iterator[Statement]:
    if asked.conditions.domain != Domain() or asked.conditions.variable is not None:
        return
    if symbols(parsed.node):
        yield from (replace(s, kind="formula", style="composed") for s in rewriting(asked, parsed, "simplify"))
    else:
        yield statement(asked, "evaluate", parsed)


def _table(definitions: Sequence[Node]) -> dict[str, tuple[str, Node]] | None:
    """name: (argument, expression)"""
    table: dict[str, tuple[str, Node]] = {}
    for node in definitions:
        expression, argument, names = body(node)
        if expression is None or argument is None or len(names) != 1 or any(isinstance(n, NO_BODY) for n in walk(expression)):
            return None
        if symbols(expression) - {argument}:
            return None
        table[next(iter(names))] = (argument, expression)
    return table if len(table) == len(definitions) else None


def _worked(node: Node, table: dict[str, tuple[str, Node]], depth: int = 0) -> Node | None:
    """The formula with every call replaced by what the function says."""
    if depth > MOST_DEPTH or isinstance(node, Rel | Listing):
        return None
    calls = [n for n in walk(node) if isinstance(n, Call)]
    if any(c.primes or c.inverse or len(c.args) != 1 or c.name not in table for c in calls):
        return None

    def change(n: Node) -> Node:
        if not isinstance(n, Call):
            return n
        argument, expression = table[n.name]
        return rebuild(expression, lambda m: n.args[0] if m == Sym(argument) else m)

    return rebuild(node, change)


def _with_roots(asked: Asked) -> Iterator[Statement]:
    """a quadratic equation with the solutions 2 and 3; with 1 ± sqrt(2)"""
    groups = [asked.readings(k) for k in (1, 2) if asked.found.re.groups >= k and asked.found.group(k)]
    for chosen in product(*groups):
        nodes = tuple(p.node for p in chosen)
        if _plain(asked) and not any(symbols(n) for n in nodes):
            yield statement(asked, "function", Parse(nodes[0] if len(nodes) == 1 else Listing(nodes)), style="with roots", variable=None)


def common(style: str) -> Handler:
    """The least common multiple of expressions with letters, or of whole numbers."""

    def handler(asked: Asked) -> Iterator[Statement]:
        groups = [asked.readings(k) for k in range(1, asked.found.re.groups + 1) if asked.found.group(k)]
        for chosen in product(*groups):
            nodes = [n for p in chosen for n in (p.node.items if isinstance(p.node, Listing) else (p.node,))]
            if len(nodes) < 2 or not _plain(asked) or any(isinstance(n, NO_BODY) for node in nodes for n in walk(node)):
                continue
            if any(symbols(n) for n in nodes):
                yield statement(asked, "function", Parse(nodes[0]), style=style, others=tuple(nodes[1:]), variable=None)
            elif all(isinstance(n, Num) and n.den == 1 for n in nodes):
                name = "lcm" if style == "least common multiple" else "gcd"
                yield statement(asked, "evaluate", Parse(Func(name, tuple(nodes))), variable=None)

    return handler


def _vertex(asked: Asked) -> Iterator[Statement]:
    """Of a parabola that opens up or down; one that opens sideways, x = y^2, has its coordinates the other way round."""
    if not asked.text(1).lstrip("$ ").startswith(("x =", "x=")):
        yield from about("vertex")(asked)


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|write|identify)"
OF = r"(?: of| for)?(?: (?:function|parabola|quadratic function|quadratic|graph of|graph))?"
DEFINED = rf"{group('first')}(?: and {group('second')})?"
SUPPOSE = r"(?:if|given(?: that)?|let|suppose(?: that)?|for|when|where|consider)"
SEVERAL = rf"{M}(?:(?: and)? {M})?(?:(?: and)? {M})?"
LEAST = r"(?:least common (?:multiple|denominator)|lcm|lcd|lowest common (?:multiple|denominator)|smallest common multiple)"
GREATEST = r"(?:greatest common (?:divisor|factor)|gcd|gcf|hcf|highest common factor)"
ROOTED = r"(?:with|whose|having|that has) (?:(?:solutions?|roots?|zeros?)(?: are| is)?)"
FORMS = (
    form(rf"{GIVE} inverse(?: function)?{OF} {M}", about("inverse")),
    form(rf"{GIVE} (?:natural )?domain{OF} {M}", _domain),
    form(rf"{GIVE} (?:coordinates of )?vertex{OF} {M}", _vertex),
    form(rf"{GIVE} (?:local |relative )?(?:minimum|smallest|least)(?: value)?{OF} {M}", about("minimum")),
    form(rf"{GIVE} (?:local |relative )?(?:maximum|largest|greatest)(?: value)?{OF} {M}", about("maximum")),
    form(rf"{ASK}{VALUE} {group('wanted')} {SUPPOSE} {group('first')}", _inverse_called),
    form(rf"{SUPPOSE} {group('first')} (?:then )?(?:{ASK}{VALUE}) {group('wanted')}", _inverse_called),
    form(rf"{ASK}{VALUE} {group('wanted')} {SUPPOSE} {DEFINED}", value_at),
    form(rf"{SUPPOSE} {DEFINED} (?:then )?(?:{ASK}{VALUE}) {group('wanted')}", value_at),
    form(rf"{DEFINED} (?:then )?(?:{ASK}{VALUE}) {group('wanted')}", value_at),
    form(rf"(?:{GIVE}) quadratic equation {ROOTED} {M}(?: and {M})?", _with_roots),
    form(rf"(?:{GIVE} )?{LEAST}(?: of)? {SEVERAL}", common("least common multiple")),
    form(rf"(?:{GIVE} )?{GREATEST}(?: of)? {SEVERAL}", common("greatest common divisor")),
)
