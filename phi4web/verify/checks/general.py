"""Equations that are no polynomial: roots, absolute values, exponentials, logarithms, sines. Real solutions only.

Every value is substituted exactly. That none is missing is proven from a list that holds all solutions, from a bound on their
number, or by interval arithmetic on a bounded range; otherwise the verdict says that it is not.
"""

from __future__ import annotations

from typing import Any

import sympy

from phi4web.verdict import Verdict, could_not_check
from phi4web.verify.build import NotBuildable
from phi4web.verify.checks.base import NoMethod, Ring, refuted, shown, shown_decimal, told_apart, undecided, verified
from phi4web.verify.checks.decimals import Written, as_asked, fits, to_digits
from phi4web.verify.checks.defined import defined_over, needs_of
from phi4web.verify.checks.enclose import Unclear, Undefined, between, enclose
from phi4web.verify.checks.families import Families, families_of, whole_period
from phi4web.verify.checks.missing import as_mp, middle_of, missing, short, surely_none_complex, without_poles
from phi4web.verify.checks.polynomial import Root
from phi4web.verify.checks.roots import Claim
from phi4web.verify.checks.scan import Curve, complete_on, surely_a_zero
from phi4web.verify.checks.task import DIGITS, Task, inside, read, real_powers, solves
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Node, Sym
from phi4web.verify.problem.statement import Statement

METHOD = "every value substituted exactly, and the other solutions ruled out"

NO_CLAIM = "every value is a solution, but others may be missing"


def check(statement: Statement, claim: Claim) -> Verdict:
    """The verdict on the real solutions of one equation. Raises NoMethod."""
    verdict = _check(read(statement), statement, claim)
    if (
        statement.domain.numbers != "unsaid"
        or verdict.status not in ("verified", "refuted")
        or real_powers(statement.node) == statement.node
    ):
        return verdict
    principal = _check(read(statement, odd_roots=False), statement, claim)
    if principal.status == verdict.status:
        return verdict
    return undecided(METHOD, "whether an odd root of a negative number is a real number is not said", domain=verdict.domain)


def _check(task: Task, statement: Statement, claim: Claim) -> Verdict:
    if claim.everything:
        return _everything(task)
    curve = Curve(task.difference, task.x)
    families = families_of(claim, task.x)
    if families is not None:
        return _families(task, curve, families)
    known: list[Any] = []
    words: list[str] = []
    strength = "exact"
    for node in claim.values:
        outcome = _one(task, curve, node)
        if isinstance(outcome, Verdict):
            return (
                outcome if outcome.status != "refuted" or not claim.signs_doubtful else undecided(METHOD, "several ±", domain=task.domain())
            )
        value, text, exactness = outcome
        known.append(value)
        words.append(text)
        strength = exactness if exactness != "exact" else strength
    return _complete(task, curve, known, words, strength, claim)


def _everything(task: Task) -> Verdict:
    for point in (1, 2, sympy.Rational(1, 2), 3, -1, 5, 7):
        try:
            left, right = (enclose(side, {task.x: sympy.sympify(point)}, DIGITS) for side in (task.left, task.right))
        except Undefined:
            return refuted(METHOD, f"At {task.x} = {point} a side has no real value.", domain=task.domain())
        except Unclear:
            continue
        if left.b < right.a or right.b < left.a:
            sides = told_apart(left, right)
            return refuted(METHOD, f"At {task.x} = {point} the left side is {sides[0]}, the right side {sides[1]}.", domain=task.domain())
    return undecided(METHOD, "no point was found where it fails, which is no proof", domain=task.domain())


def _one(task: Task, curve: Curve, node: Node) -> tuple[Any, str, str] | Verdict:
    """(exact value or root, words, strength) of one value of the answer, or the verdict that says what is wrong with it."""
    written = as_asked(node, task.statement.rounding)
    try:
        value = Ring(()).build(node)
    except NotBuildable:
        raise NoMethod("solutions that are numbers") from None
    if value.is_real is not True and number_is_zero(sympy.im(value)) is not True:
        return undecided(METHOD, f"{shown(value)} is not real; only real solutions are checked here", domain=task.domain())
    zero, reason = solves(task, value)
    if zero is None and reason is None:
        return undecided(METHOD, f"{shown(value)} fits as far as computed, but no proof was found", domain=task.domain())
    if not zero:
        if written is not None and (rounded := _rounded(task, curve, written)) is not None:
            return rounded
        if written is not None and _may_touch(task, written):
            return undecided(METHOD, f"{written} may round a solution where the sides only touch", domain=task.domain())
        return (
            refuted(METHOD, f"{task.x} = {shown(value)}: {reason}.", domain=task.domain())
            if zero is False
            else undecided(METHOD, str(reason))
        )
    there = inside(task, value)
    if there is False:
        return refuted(METHOD, f"{task.x} = {shown(value)} is outside the domain of the question.", domain=task.domain())
    if there is None:
        return undecided(METHOD, f"it is unclear whether {shown(value)} lies in the domain")
    return value, f"{task.x} = {shown(value)} makes both sides equal", "exact"


def _may_touch(task: Task, written: Written) -> bool:
    """Whether a decimal may round a solution without a change of sign, as of |x - 1/3| = 0."""
    half = written.unit / 2
    low, high = (sympy.Rational(f.numerator, f.denominator) for f in (written.value - half, written.value + half))
    try:
        bounds = between(task.difference, task.x, low, high)
    except Undefined:
        return False
    except (Unclear, OverflowError, ZeroDivisionError):
        return True
    return bool(bounds.a <= 0 <= bounds.b)


def _rounded(task: Task, curve: Curve, written: Written) -> tuple[Any, str, str] | Verdict | None:
    """A decimal that rounds a solution: a change of sign within half a unit. None: there is none."""
    half = written.unit / 2
    low, high = written.value - half, written.value + half
    ends = [sympy.Rational(f.numerator, f.denominator) for f in (low, high)]
    found = surely_a_zero(curve, as_mp(ends[0]), as_mp(ends[1]), [])
    if found is None or not defined_over(task.node, task.x.name, *found):
        return None
    if not fits(written, task.statement.rounding):
        return undecided(METHOD, f"{written} has too few or too many digits", domain=task.domain())
    middle = Root(sympy.Rational(str(found[0])), sympy.Rational(str(found[1])))
    return middle, f"{task.x} = {written} rounds the solution {shown_decimal(curve.x * 0 + middle.low, 12)}…", to_digits(written)


def _complete(task: Task, curve: Curve, known: list[Any], words: list[str], strength: str, claim: Claim) -> Verdict:
    outcome = missing(task, curve, known)
    if isinstance(outcome, str):
        return refuted(METHOD, outcome, domain=task.domain(), completeness="not_shown")
    if outcome:
        said = "; ".join(words) + "; no other value is a solution." if words else "No value is a solution."
        if not known and task.statement.domain.numbers == "unsaid" and not claim.real_only:
            said = "No real number is a solution."
            if not surely_none_complex(task):
                return undecided(METHOD, "no real number solves it, but complex ones may; the question does not say", domain=task.domain())
        return verified(strength, METHOD, said, domain=task.domain(), completeness="complete")
    if not known:
        return undecided(METHOD, "no solution was found, but that there is none is not proven", domain=task.domain())
    return could_not_check("incomplete", NO_CLAIM, method=METHOD, domain=task.domain(), completeness="not_shown")


def _families(task: Task, curve: Curve, families: Families) -> Verdict:
    """x = a + b·k for every whole k: one whole period looked at."""
    if task.statement.domain.conditions:
        return undecided(METHOD, "a family of values, though the question bounds the solutions")
    period = whole_period(task.difference, task.x, families)
    if period is None:
        return undecided(METHOD, "the equation and the family have no common period that is known")
    values = families.within(period)
    if values is None:
        return undecided(METHOD, "the family has too many values in one period")
    if not all(_repeats(part, task.x, period) for part, _ in needs_of(task.node)):
        return undecided(METHOD, "where the equation is defined may not repeat with the period")
    for value in values:
        zero, reason = solves(task, value)
        if zero is False:
            return refuted(METHOD, f"{task.x} = {shown(value)}: {reason}.", domain=task.domain())
        if not zero:
            return undecided(METHOD, f"{shown(value)} fits as far as computed, but no proof was found")
    again = [period] if values and number_is_zero(values[0]) else []
    if complete_on(without_poles(task), sympy.Integer(0), period, [*values, *again]):
        said = f"{len(values)} values in one period {shown(period)} make both sides equal, and no other one does."
        return verified("exact", METHOD, said, domain=task.domain(), completeness="complete")
    found = surely_a_zero(curve, 0, middle_of(period), [*values, *(v + period for v in values), *(v - period for v in values)])
    if found and defined_over(task.node, task.x.name, *found):
        return refuted(METHOD, f"A solution is missing: {task.x} ≈ {short(found[0])}.", domain=task.domain())
    return could_not_check("incomplete", NO_CLAIM, method=METHOD, domain=task.domain(), completeness="not_shown")


def _repeats(part: Node, x: Any, period: Any) -> bool:
    """Whether a part of the equation surely has the period, so that it is defined at all values of a family or at none."""
    value = Ring((part, Sym(x.name))).build(part)
    return function_is_zero(sympy.expand_trig(value.subs(x, x + period)) - sympy.expand_trig(value))
