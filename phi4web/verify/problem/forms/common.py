"""What the sentence forms share: a matched sentence, its formulas, and the words that many forms have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from phi4web.errors import ParseFailure
from phi4web.verify.latex import parse
from phi4web.verify.latex.ast import (
    Add,
    Call,
    Context,
    Div,
    Listing,
    Mul,
    Neg,
    Node,
    Parse,
    Pow,
    Prod,
    Rel,
    Sum,
    Sym,
    symbols,
    walk,
)
from phi4web.verify.problem.clauses import Conditions
from phi4web.verify.problem.conventions import with_conventions
from phi4web.verify.problem.statement import Domain, Kind, NotUnderstood, Statement
from phi4web.verify.problem.words import Question

MOST_READINGS = 4  # more: the formula is too ambiguous to say anything about
FUNCTION_LETTERS = frozenset("fgh")
M = r"<(\d+)>"
WHAT_IS = r"what(?: is|'s| are)|whats"
ASK = rf"(?:{WHAT_IS}|compute|calculate|evaluate|find|work out|determine|give|state|tell|simplify|solve|do|get|how much is|obtain)"
THING = r"(?:expression|number(?! of)|calculation|arithmetic)"
VALUE = rf"(?: (?:numerical )?(?:values?|results?|answers?)(?: of| to)?)?(?: {THING})?(?: of)?"
FUNCTION = r"(?: of)?(?: (?:function|expression))?"


def group(name: str) -> str:
    """The place of a formula, with a name for its group."""
    return M.replace("(", f"(?P<{name}>")


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence under a match: what the handlers get."""

    question: Question
    conditions: Conditions
    found: re.Match[str]

    def text(self, group: int | str) -> str:
        """The formula that a group of the match stands for, as written."""
        return self.question.formulas[int(self.found.group(group))]

    def readings(self, group: int | str, functions: frozenset[str] = frozenset()) -> tuple[Parse, ...]:
        return read_formula(self.text(group), functions)

    def about(self, variable: str) -> Asked:
        """The same with the variable named."""
        return replace(self, conditions=replace(self.conditions, variable=variable))


Handler = Callable[[Asked], Iterator[Statement]]
Form = tuple[re.Pattern[str], Handler]


def form(pattern: str, handler: Handler) -> Form:
    return re.compile(pattern), handler


def read_formula(text: str, functions: frozenset[str] = frozenset()) -> tuple[Parse, ...]:
    """The readings of a formula of the question. Raises NotUnderstood when there is none, or too many."""
    try:
        readings = parse(text, context=Context(functions=functions))
    except ParseFailure as problem:
        raise NotUnderstood("not_understood", f"{shortened(text)} ({problem.message})") from problem
    readings = with_conventions(text, readings)
    if len(readings) > MOST_READINGS:
        raise NotUnderstood("not_understood", f"{shortened(text)} can be read in {len(readings)} ways")
    return readings


def is_made_by(word: str, node: Node) -> bool:
    """Whether a formula is what its name says: a sum for "sum", a product or power for "multiply"."""
    node = node.arg if isinstance(node, Neg) and word not in ("sum", "difference") else node
    if word in ("add", "sum"):
        return isinstance(node, Add | Sum)
    if word in ("subtract", "difference"):
        return isinstance(node, Add) and any(isinstance(term, Neg) for term in node.args[1:])
    if word in ("divide", "quotient"):
        return isinstance(node, Div)
    products = any(isinstance(n, Mul | Prod) or (isinstance(n, Pow) and isinstance(n.base, Add)) for n in walk(node))
    return products and (word == "multiply" or not isinstance(node, Add))


def is_bracketed(text: str) -> bool:
    """Whether one pair of round brackets holds the whole formula."""
    inner = text.strip().removeprefix("\\left")
    if not inner.startswith("(") or not inner.endswith(")"):
        return False
    depth = 0
    for k, c in enumerate(inner):
        depth += (c == "(") - (c == ")")
        if depth == 0 and k < len(inner) - 1:
            return False
    return True


def shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def statement(asked: Asked, kind: Kind, parsed: Parse, **more: Any) -> Statement:
    """A statement with the conditions of the question."""
    said = asked.conditions
    plain = Statement(
        kind,
        parsed.node,
        variable=said.variable,
        domain=said.domain,
        rounding=said.rounding,
        notes=parsed.notes,
        form=said.form,
        one=asked.question.one,
    )
    return replace(plain, **more)


def unconditional(asked: Asked, rounding: bool = False) -> bool:
    """Whether the question has no condition that its class has no use for: a domain, or a rounding unless that is fine."""
    said = asked.conditions
    return said.domain in (Domain(), Domain("real")) and (rounding or said.rounding is None) and (rounding or not said.form)


def body(node: Node) -> tuple[Node | None, str | None, frozenset[str]]:
    """(expression, argument letter, names): of x^2, of f(x) = x^2, and of y = x^2. (None, ...) for anything else."""
    if not isinstance(node, Rel):
        return (None if isinstance(node, Listing) else node), None, frozenset()
    if node.ops != ("=",):
        return None, None, frozenset()
    left, right = node.args
    if isinstance(left, Call) and not left.primes and not left.inverse and len(left.args) == 1 and isinstance(left.args[0], Sym):
        return right, left.args[0].name, frozenset((left.name,))
    if isinstance(left, Sym) and left.name not in symbols(right):
        return right, None, frozenset((left.name,))
    return None, None, frozenset()


def main_variable(expression: Node) -> str | None:
    """The letter that an expression is about when nobody says it: the only one, or x or t among parameters."""
    names = symbols(expression)
    if len(names) == 1:
        return next(iter(names))
    likely = [n for n in ("x", "t") if n in names]
    return likely[0] if len(likely) == 1 and names - {"x", "t"} <= set("abckmnpqr") else None
