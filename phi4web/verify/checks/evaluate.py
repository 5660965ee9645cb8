"""Arithmetic: the exact value by two routes, against the answer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import Ring, Unfit, plain, refuted, shown, shown_decimal, told_apart, undecided, verified
from phi4web.verify.checks.decimals import Written, as_written, fits, rounding_unit, rounds_to, to_digits
from phi4web.verify.checks.defined import NOT_NEGATIVE, fulfilled, needs_of, rational
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.exact import divides_by_zero, exact_value
from phi4web.verify.checks.form import is_form_fault
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import (
    Add,
    And,
    Const,
    Deriv,
    Div,
    Dots,
    Func,
    Integral,
    Interval,
    Limit,
    Listing,
    Matrix,
    Mul,
    NamedSet,
    Neg,
    Node,
    Num,
    Or,
    Percent,
    Piecewise,
    PlusMinus,
    Pow,
    Prod,
    Quantity,
    Ratio,
    Rel,
    Set_,
    SetBuilder,
    SetOp,
    Special,
    Sum,
    Sym,
    Text,
    Tuple_,
    symbols,
    walk,
)
from phi4web.verify.problem.statement import Statement

NOT_NUMBERS = (
    Rel,
    And,
    Or,
    Listing,
    Tuple_,
    Set_,
    Interval,
    SetOp,
    SetBuilder,
    NamedSet,
    Ratio,
    Matrix,
    Piecewise,
    Quantity,
    Special,
    Text,
    Dots,
    PlusMinus,
)
METHOD = "exact arithmetic"
NUMERIC = "exact value enclosed by interval arithmetic"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on the value of an expression without variables. Raises Unfit for an answer that is no number."""
    if divides_by_zero(statement.node):
        return _of_undefined(answer)
    ring = Ring(())
    value = ring.build(statement.node)
    rational = exact_value(statement.node)
    if value.has(sympy.zoo, sympy.nan, sympy.oo):
        return undecided(METHOD, "the expression has no finite value")
    if any(isinstance(n, Pow) and ring.build(n.base) == 0 == ring.build(n.exp) for n in walk(statement.node)):
        return undecided(METHOD, "zero to the power zero has no agreed value")
    if any(n == Const("inf") for n in walk(statement.node)):
        return undecided(METHOD, "infinity is no number to compute with")
    if doubt := doubtful_part(statement.node):
        return undecided(METHOD, doubt)
    unsaid = statement.domain.numbers != "complex" and not any(n == Const("i") for n in walk(statement.node))
    if unsaid and value.is_real and fulfilled(needs_of(statement.node), {}) is False:
        return undecided(METHOD, "a part has no real value, though the whole has one if complex numbers are meant")
    if rational is not None and value.is_Rational and Fraction(int(value.p), int(value.q)) != rational:
        return undecided(METHOD, "two routes to the value disagree")
    return in_form(judge_value(value, answer, statement, plain(statement.node), ring), statement, answer, ring)


def in_form(verdict: Verdict, statement: Statement, answer: Node, ring: Ring) -> Verdict:
    """A verified value that is not written as the question asks is not verified."""
    if verdict.status != "verified" or not (statement.style or statement.form):
        return verdict
    written = parts_of(answer)[0]
    if verdict.strength != "exact" and statement.rounding is None:
        return undecided(METHOD, f"{plain(written)} rounds the value, which is not the form asked for")
    if as_written(written) is not None and "fraction" not in statement.form and "scientific" not in statement.form:
        return verdict
    if written == statement.node and not isinstance(written, Num):
        return undecided(METHOD, "the answer is the question again")
    style = statement.style if statement.style in ("simplify", "rationalize") else ""
    fault = is_form_fault(style, statement.form, written, ring)
    return undecided(METHOD, f"{plain(written)} has the right value, but {fault}") if fault else verdict


def doubtful_part(node: Node) -> str | None:
    """Words for a part of a formula without letters that has no agreed value, complex values allowed."""
    for part, allowed in needs_of(node):
        if symbols(part):
            continue
        value = Ring(()).build(part)
        if number_is_zero(value) is not False and 0 not in allowed:
            return f"{plain(part)} is zero, or may be, where it must not"
    for n in walk(node):
        if isinstance(n, Pow | Func) and not symbols(n) and (said := _by_convention(n)):
            return said
    return None


def _by_convention(node: Pow | Func) -> str | None:
    """Odd roots and logarithms of numbers that are not positive: their values depend on what numbers are meant."""
    match node:
        case Pow(base, exponent) if (power := rational(exponent)) is None or power.q > 2:
            fine = positive_or_zero(base)
        case Func("root", (inner, index)) if (order := rational(index)) is None or (order.p % 2 == 0 and order != 2):
            fine = positive_or_zero(inner)
        case Func("ln" | "log", args):
            fine = all(positive_or_zero(arg) for arg in args)
        case Func("arcsin" | "arccos" | "arctanh" | "arccosh" | "arcsec" | "arccsc"):
            fine = fulfilled(needs_of(node), {}) is True
        case _:
            fine = True
    return None if fine else f"the value of {plain(node)} depends on whether complex numbers are meant"


def positive_or_zero(node: Node) -> bool:
    return fulfilled(iter([(node, NOT_NEGATIVE)]), {}) is True


def judge_value(value: Any, answer: Node, statement: Statement, name: str, ring: Ring) -> Verdict:
    """An exact value against an answer; `name`: what has the value, for the evidence. Raises Unfit."""
    verdicts = [_one(value, part, statement, name, ring) for part in parts_of(answer)]
    return next((v for v in verdicts if v.status == "refuted"), verdicts[0])


def parts_of(answer: Node) -> tuple[Node, ...]:
    """The numbers that an answer claims: 42; of "x = 42" the right side; of "6·7 = 42" every side. Raises Unfit."""
    parts: tuple[Node, ...] = (answer,)
    if isinstance(answer, Rel) and set(answer.ops) <= {"=", "~"}:
        sides = answer.args[1:] if isinstance(answer.args[0], Sym) else answer.args
        # of a chain the last side is the answer, but of "1/3 ≈ 0.33" the first
        parts = sides if "~" in answer.ops else (sides[-1], *sides[:-1])
    for part in parts:
        if symbols(part) or any(isinstance(n, NOT_NUMBERS) for n in walk(part)):
            raise Unfit("a number")
    return parts


def _of_undefined(answer: Node) -> Verdict:
    if isinstance(answer, Special) and answer.name in ("undefined", "dne"):
        return verified("exact", METHOD, "The expression divides by zero, so it has no value.")
    if is_number(answer):
        return refuted(METHOD, "The expression divides by zero, so it has no value.")
    raise Unfit("a number or undefined")


def _one(value: Any, answer: Node, statement: Statement, name: str, ring: Ring) -> Verdict:
    if whole := _whole_rounding(value, answer, statement, name):
        return whole
    written = as_written(answer, integers=statement.rounding is not None)
    if written is not None and value.is_real:
        return judge_decimal(value, written, statement, name)
    claimed = ring.build(answer)
    if claimed.has(sympy.zoo, sympy.nan, sympy.oo):
        return undecided(METHOD, "the answer has no finite value")
    zero = number_is_zero(value - claimed)
    if zero is False:
        if any(isinstance(n, Num) and n.places is not None for n in walk(answer)) and _close(value, claimed):
            return undecided(METHOD, "the answer is near the value; it may be rounded")
        right, wrong = told_apart(value, claimed)
        return refuted(METHOD, f"The value is {right}, the answer is {wrong}.")
    if zero is None:
        return undecided(METHOD, "the value and the answer agree as far as computed, but no proof was found")
    if statement.rounding is not None and not value.is_Integer:
        return undecided(METHOD, "the value is right, but the question asks for a rounded decimal")
    if not worked_out(answer, value):
        return undecided(METHOD, f"{plain(answer)} has the right value, but it is not worked out")
    return verified("exact", METHOD, f"{name} = {plain(answer)}, exactly.")


def _whole_rounding(value: Any, answer: Node, statement: Statement, name: str) -> Verdict | None:
    """Tens, hundreds, or fewer digits than a number has before its point: the value rounded by exact arithmetic. None: another question."""
    unit = rounding_unit(value, statement.rounding) if value.is_Rational else None
    if unit is None or not isinstance(answer.arg if isinstance(answer, Neg) else answer, Num):
        return None
    claimed = Ring(()).build(answer)
    whole, rest = divmod(abs(value), unit)
    nearest = {unit * (whole + up) * (1 if value > 0 else -1) for up in ((0,) if 2 * rest < unit else (1,) if 2 * rest > unit else (0, 1))}
    if claimed not in nearest:
        expected = " or ".join(shown(v) for v in sorted(nearest))
        return refuted(METHOD, f"{name} = {shown(value)} rounds to {expected}, not {shown(claimed)}.")
    if len(nearest) > 1 and abs(claimed) != max(abs(v) for v in nearest):  # a tie goes away from zero, as taught in schools
        return undecided(METHOD, "the value lies at the edge between two roundings")
    return verified("exact", METHOD, f"{name} = {shown(value)}, which rounds to {shown(claimed)}.")


def judge_decimal(value: Any, written: Written, statement: Statement, name: str) -> Verdict:
    """An exact value against a decimal: exact, correctly rounded, or wrong in its last digit."""
    outcome = rounds_to(value, written)
    if outcome == "wrong":
        return refuted(NUMERIC, f"The value is {_both(value)}, not {written}.")
    if outcome == "unclear":
        return undecided(NUMERIC, "the value lies at the edge between two roundings")
    if outcome == "exact" and (statement.rounding is None or fits(written, statement.rounding, value) or value.is_Integer):
        return verified("exact", METHOD, f"{name} = {written}, exactly.")
    if not fits(written, statement.rounding, value):
        wanted = (
            "the question asks for another number of digits"
            if statement.rounding
            else f"only {to_digits(written).removeprefix('to ')} given"
        )
        return undecided(NUMERIC, f"the value is {shown_decimal(value)}; {wanted}")
    return verified(to_digits(written), NUMERIC, f"The value is {shown_decimal(value, written.digits + 3)}, which rounds to the answer.")


def _both(value: Any) -> str:
    """The exact value, and its decimal beside it unless it is a whole number."""
    exact, decimal = shown(value), shown_decimal(value)
    return exact if exact == decimal else f"{exact} = {decimal}…"


def worked_out(answer: Node, value: Any) -> bool:
    """Whether the answer is a result and not a sum still to be done. A rational value must be written as one number."""
    if any(isinstance(n, Deriv | Integral | Limit | Sum | Prod) for n in walk(answer)):
        return False
    return not value.is_Rational or (is_number(answer) and not (value.is_Integer and isinstance(answer, Div)))


def is_number(node: Node) -> bool:
    """7, -7, 3/4, 2 1/2, 7^4, 3 × 10^8, 40%."""
    match node:
        case Num():
            return True
        case Neg(arg) | Percent(arg):
            return is_number(arg)
        case Div(num, den) | Pow(num, den):
            return is_number(num) and is_number(den) and not isinstance(num, Div) and not isinstance(den, Div | Pow)
        case Add((Num(den=1), Div(Num(), Num()))):
            return True
        case Mul((head, Pow(Num(10), _))):
            return is_number(head)
        case _:
            return False


def _close(value: Any, claimed: Any) -> bool:
    """Within one percent."""
    try:
        gap = enclose(sympy.Abs(value - claimed), digits=30)
        size = enclose(sympy.Abs(value), digits=30)
    except (Unclear, Undefined):
        return True
    return bool(gap.a <= size.b / 100)
