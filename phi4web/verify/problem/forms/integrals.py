"""Integrate x^2 dx. Find the antiderivative of cos x."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from phi4web.verify.latex.ast import Call, Deriv, Integral, Listing, Parse, Rel, walk
from phi4web.verify.problem.forms.common import (
    ASK,
    FUNCTION,
    FUNCTION_LETTERS,
    Asked,
    M,
    body,
    form,
    main_variable,
    read_formula,
    statement,
    unconditional,
)
from phi4web.verify.problem.statement import Statement

EVERY_ONE = "constant of integration"  # the answer must have one
WITH_DX = re.compile(r"(.*\S)\s*(?:\\[,;! ])?\s*\bd([a-z])", re.DOTALL)


def antiderivative_of(asked: Asked, parsed: Parse, variable: str | None = None) -> Iterator[Statement]:
    """The statement about one integrand, or about f(x) = integrand."""
    expression, argument, names = body(parsed.node)
    said = asked.conditions.variable
    inner = expression
    if isinstance(inner, Integral) and inner.lo is None and variable is None:
        expression, variable = inner.expr, inner.var.name
    if expression is None or not unconditional(asked) or (variable and said not in (None, variable)):
        return
    chosen = variable or said or argument or main_variable(expression)
    if (
        chosen is None
        or (argument and argument != chosen)
        or any(isinstance(n, Call | Integral | Deriv | Rel | Listing) for n in walk(expression))
    ):
        return
    general = frozenset({EVERY_ONE}) if re.search(r"\b(?:general|all|every|family)\b", asked.found.string) else frozenset()
    yield statement(asked, "antiderivative", replace(parsed, node=expression), variable=chosen, names=names, form=general)


def _integrate(asked: Asked) -> Iterator[Statement]:
    """integrate x^2, with or without dx"""
    text = asked.text(1)
    written = WITH_DX.fullmatch(text)
    if written and "int" not in text and "∫" not in text:
        for parsed in read_formula(written.group(1)):
            yield from antiderivative_of(asked, parsed, written.group(2))
        return
    for parsed in asked.readings(1, FUNCTION_LETTERS):
        yield from antiderivative_of(asked, parsed)


KIND = r"(?:most general |general )?(?:indefinite )?(?:integral|antiderivative|anti-derivative|primitive)"
FORMS = (
    form(rf"(?:integrate|antidifferentiate){FUNCTION} {M}", _integrate),
    form(rf"(?:{ASK} )?{KIND}{FUNCTION} {M}", _integrate),
)
