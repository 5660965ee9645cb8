"""The range of a function, the period and amplitude of a wave: from a number times a known function of a linear formula, plus a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from phi4web.verify.latex.ast import Add, Const, Div, Func, Mul, Neg, Node, Num, Parse, Pow, Rel, Sym, symbols
from phi4web.verify.problem.forms.common import FUNCTION_LETTERS, Asked, M, body, form, main_variable, statement, unconditional
from phi4web.verify.problem.forms.functions import ANYWHERE
from phi4web.verify.problem.polynomial import Coefficients, coefficients, number
from phi4web.verify.problem.statement import Domain, Statement

Y = Sym("y")
WAVES = ("sin", "cos")


@dataclass(frozen=True, slots=True)
class Stretched:
    """factor · inner + shift, where only `inner` has the letter. `factor` is not zero."""

    factor: Fraction
    inner: Node
    shift: Fraction


def _stretched(node: Node, name: str) -> Stretched | None:
    factor, shift = Fraction(1), Fraction(0)
    terms = node.args if isinstance(node, Add) else (node,)
    lettered = [t for t in terms if symbols(t)]
    for term in terms:
        if not symbols(term):
            value = _constant(term)
            if value is None:
                return None
            shift += value
    if len(lettered) != 1:
        return None
    inner = lettered[0]
    while isinstance(inner, Neg | Mul | Div):
        step = _opened(inner)
        if step is None:
            break
        inner, factor = step[0], factor * step[1]
    return Stretched(factor, inner, shift) if factor else None


def _opened(node: Neg | Mul | Div) -> tuple[Node, Fraction] | None:
    """The one factor with the letter, and the number beside it."""
    match node:
        case Neg(arg):
            return arg, Fraction(-1)
        case Div(num, den) if symbols(num) and not symbols(den):
            below = _constant(den)
            return (num, 1 / below) if below else None
        case Div(num, den) if symbols(den) and not symbols(num) and num != Num(1):
            above = _constant(num)
            return (Div(Num(1), den), above) if above else None
        case Mul(args):
            lettered = [a for a in args if symbols(a)]
            numbers = [_constant(a) for a in args if not symbols(a)]
            if len(lettered) == 1 and None not in numbers:
                made = Fraction(1)
                for n in numbers:
                    made *= n or 0
                return lettered[0], made
    return None


def _constant(node: Node) -> Fraction | None:
    values = coefficients(node, "")
    return None if values is None else values[0] if values else Fraction(0)


def _linear(node: Node, name: str) -> bool:
    values = coefficients(node, name)
    return values is not None and len(values) == 2


def _range_of(node: Node, name: str) -> Node | None:
    """The condition on y that says which values a function of all real numbers has. None: not one of the known kinds."""
    values = coefficients(node, name)
    if values is not None:
        return _of_polynomial(values)
    found = _stretched(node, name)
    if found is None:
        return None
    shift, factor = found.shift, found.factor
    match found.inner:
        case Func("sin" | "cos", (inner,)) if _linear(inner, name):
            return Rel(("<=", "<="), (number(shift - abs(factor)), Y, number(shift + abs(factor))))
        case Func("abs" | "sqrt", (inner,)) if _linear(inner, name):
            return Rel((">=",) if factor > 0 else ("<=",), (Y, number(shift)))
        case Func("exp", (inner,)) if _linear(inner, name):
            return Rel((">",) if factor > 0 else ("<",), (Y, number(shift)))
        case Pow(Const("e") | Num() as base, inner) if _linear(inner, name) and (isinstance(base, Const) or 0 < base.num != base.den):
            return Rel((">",) if factor > 0 else ("<",), (Y, number(shift)))
        case Func("ln" | "log" | "tan", (inner, *_)) if _linear(inner, name):
            return ANYWHERE
        case Div(Num(1), inner) if _linear(inner, name):
            return Rel(("!=",), (Y, number(shift)))
    return None


def _of_polynomial(values: Coefficients) -> Node | None:
    if len(values) == 3:
        c, b, a = values
        return Rel((">=",) if a > 0 else ("<=",), (Y, number(c - b * b / (4 * a))))
    return ANYWHERE if len(values) % 2 == 0 and values else None


def _bodies(asked: Asked) -> Iterator[tuple[Parse, Node, str, frozenset[str]]]:
    """The reading, the expression, its letter, and the name of the function."""
    for parsed in asked.readings(1, FUNCTION_LETTERS):
        expression, argument, names = body(parsed.node)
        name = argument or (main_variable(expression) if expression is not None else None)
        if expression is not None and name and name != "y" and symbols(expression) == {name} and asked.conditions.variable is None:
            yield parsed, expression, name, names


def _range(asked: Asked) -> Iterator[Statement]:
    for parsed, expression, name, names in _bodies(asked):
        condition = _range_of(expression, name)
        if condition is not None and unconditional(asked):
            domain, told = Domain("real"), ("range", (expression,))
            yield statement(
                asked, "inequality", Parse(condition, parsed.notes), variable="y", domain=domain, style="range", names=names, told=told
            )


def _period(asked: Asked) -> Iterator[Statement]:
    for parsed, expression, name, _ in _bodies(asked):
        found = _stretched(expression, name)
        match found.inner if found else None:
            case Func("sin" | "cos" | "tan" as wave, (inner,)):
                speed = _speed(inner, name)
                whole = Mul((Num(2), Const("pi"))) if wave in WAVES else Const("pi")
                if speed is not None and unconditional(asked):
                    yield statement(asked, "evaluate", Parse(Div(whole, speed), parsed.notes), variable=None, called=Sym("T"))


def _speed(inner: Node, name: str) -> Node | None:
    """The size of the number before the letter, which may be a multiple of π."""
    if isinstance(inner, Mul) and Const("pi") in inner.args:
        rest = tuple(a for a in inner.args if a != Const("pi"))
        values = coefficients(Mul(rest) if len(rest) > 1 else rest[0], name) if rest and len(rest) == len(inner.args) - 1 else None
        return Mul((number(abs(values[1])), Const("pi"))) if values is not None and len(values) == 2 else None
    values = coefficients(inner, name)
    return number(abs(values[1])) if values is not None and len(values) == 2 else None


def _amplitude(asked: Asked) -> Iterator[Statement]:
    for parsed, expression, name, _ in _bodies(asked):
        found = _stretched(expression, name)
        if (
            found
            and isinstance(found.inner, Func)
            and found.inner.name in WAVES
            and _speed(found.inner.args[0], name)
            and unconditional(asked)
        ):
            yield statement(asked, "evaluate", Parse(number(abs(found.factor)), parsed.notes), variable=None, called=Sym("A"))


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|write|identify)"
OF = r"(?: of| for)?(?: (?:function|curve|graph of|graph|parabola|quadratic function))?"
FORMS = (
    form(rf"{GIVE} range{OF} {M}", _range),
    form(rf"{GIVE} (?:fundamental )?period{OF} {M}", _period),
    form(rf"{GIVE} amplitude{OF} {M}", _amplitude),
)
