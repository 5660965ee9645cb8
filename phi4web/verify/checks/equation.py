"""Polynomial and rational equations: every value substituted, and the distinct roots counted so that none is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from phi4web.verdict import Verdict, could_not_check
from phi4web.verify.checks import general, literal
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, shown, shown_decimal, undecided, verified
from phi4web.verify.checks.decimals import Written, as_asked, as_written, fits, to_digits
from phi4web.verify.checks.degrees import in_degrees
from phi4web.verify.checks.polynomial import Equation, Root, in_domain, read_equation
from phi4web.verify.checks.roots import Claim, claims_of
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Node, symbols
from phi4web.verify.problem.statement import Statement

METHOD = "every value substituted exactly, and the distinct solutions counted"
NUMBERS = {"real": "real numbers", "complex": "complex numbers", "integer": "integers", "rational": "rational numbers"}


@dataclass(frozen=True, slots=True)
class Task:
    """One equation with the place where its solutions are looked for.

    `wanted`: the real solutions there. `count`: how many solutions there are, complex ones too when `over_complex`.
    """

    statement: Statement
    equation: Equation
    over_complex: bool
    wanted: tuple[Root, ...]
    count: int
    domain: str

    @property
    def unsaid(self) -> bool:
        return self.statement.domain.numbers == "unsaid"

    @property
    def beyond(self) -> int:
        """How many complex solutions there are besides the real ones."""
        return int(self.equation.poly.degree()) - len(self.equation.real_roots())


@dataclass(frozen=True, slots=True)
class Found:
    """A value of the answer that is a solution: exact, or the root that a decimal rounds."""

    exact: Any
    root: Root | None
    words: str
    strength: str = "exact"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on the solutions of one equation. Raises Unfit or NoMethod.

    What is wrong in radians is refuted only if it is wrong in degrees as well, where these may be meant.
    """
    verdict = _check(statement, answer)
    if verdict.status == "verified" and _is_unrounded(statement, answer):
        return undecided(METHOD, "the values are right, but the question asks for rounded decimals", domain=verdict.domain)
    turned = in_degrees(statement, answer) if verdict.status == "refuted" else None
    if turned is None or _is_refuted(turned, answer):
        return verdict
    return undecided(METHOD, "the angles may be meant in degrees; write the answer with ° or π")


def _is_unrounded(statement: Statement, answer: Node) -> bool:
    """Whether the question asks for a rounding that a value of the answer lacks: √2 to 2 decimal places."""
    if statement.rounding is None or symbols(statement.node) - {statement.variable}:
        return False
    return any(as_written(v, integers=True) is None for v in claims_of(answer, statement.variable or "x").values)


def _is_refuted(statement: Statement, answer: Node) -> bool:
    try:
        return _check(statement, answer).status == "refuted"
    except NoMethod:
        return False


def _check(statement: Statement, answer: Node) -> Verdict:
    if symbols(statement.node) - {statement.variable}:
        return literal.check(statement, answer)
    claim = claims_of(answer, statement.variable or "x")
    try:
        return _polynomial(statement, claim)
    except NoMethod as lacking:
        polynomial = lacking
    try:
        return general.check(statement, claim)
    except NoMethod:
        raise polynomial from None


def _polynomial(statement: Statement, claim: Claim) -> Verdict:
    if any(symbols(v) for v in claim.values):
        raise NoMethod("solutions that are numbers")
    equation = read_equation(statement)
    if equation.poly.is_zero:
        return _identity(equation, claim)
    values = [Ring(()).build(node) for node in claim.values]
    task = _task(statement, equation, any(_surely_complex(v) for v in values))
    if claim.everything:
        return _not_everything(task)
    if claim.nothing:
        return _nothing(task, claim)
    found: list[Found] = []
    for node, value in zip(claim.values, values, strict=True):
        outcome = _one(task, node, value)
        if isinstance(outcome, Verdict):
            return _softened(outcome, claim)
        found.append(outcome)
    return _softened(_complete(task, found), claim)


def _surely_complex(value: Any) -> bool:
    return bool(value.has(sympy.I)) and number_is_zero(value.as_real_imag()[1]) is False


def _softened(verdict: Verdict, claim: Claim) -> Verdict:
    """No refutation of an answer whose ± may mean something else."""
    if verdict.status == "refuted" and claim.signs_doubtful:
        return undecided(METHOD, "the answer has several ±, and they can be combined in different ways", domain=verdict.domain)
    return verdict


def _task(statement: Statement, equation: Equation, complex_answer: bool) -> Task:
    """Where the answer is judged. Unsaid: the real numbers, unless the answer itself goes beyond them."""
    numbers = statement.domain.numbers
    name = ("complex" if complex_answer else "real") if numbers == "unsaid" else numbers
    wanted = in_domain(equation, equation.real_roots(), statement.domain)
    over_complex = name == "complex"
    words = f"{equation.x} in the {NUMBERS[name]}" + (" (the question does not say)" if numbers == "unsaid" else "")
    if statement.domain.conditions:
        words += ", within the bounds of the question"
    count = int(equation.poly.degree()) if over_complex and not statement.domain.conditions else len(wanted)
    return Task(statement, equation, over_complex, wanted, count, words)


def _identity(equation: Equation, claim: Claim) -> Verdict:
    """Both sides are the same wherever they are defined."""
    holes = equation.forbidden.sqf_part().count_roots() if equation.forbidden.degree() > 0 else 0
    if claim.everything and not holes:
        return verified("exact", METHOD, "Both sides are the same polynomial, so every number is a solution.", completeness="complete")
    if claim.everything:
        return undecided(METHOD, f"both sides are equal, except where a denominator is zero ({holes} places)")
    point = next(n for n in range(1000, 2000) if equation.forbidden.eval(n) != 0)
    return refuted(METHOD, f"Both sides are equal for every {equation.x} where they are defined, for example {equation.x} = {point}.")


def _not_everything(task: Task) -> Verdict:
    equation = task.equation
    candidates = (sympy.Integer(n) for n in range(2, 1000))
    point = next(n for n in candidates if equation.is_root(n) is False and equation.is_forbidden(n) is False)
    return refuted(METHOD, f"At {equation.x} = {point} {equation.sides_at(point)}.", domain=task.domain)


def _nothing(task: Task, claim: Claim) -> Verdict:
    """ "No solution" is proven by counting, like any other set."""
    if task.wanted:
        return refuted(METHOD, f"{task.equation.name(task.wanted[0])} is a solution.", domain=task.domain)
    complex_ones = task.beyond if not task.statement.domain.conditions else 0
    if task.over_complex and complex_ones:
        return refuted(METHOD, f"Over the complex numbers there are {complex_ones} solutions.", domain=task.domain)
    if complex_ones and task.unsaid and not claim.real_only:
        said = f"there is no real solution, but there are {complex_ones} complex ones; the question does not say which count"
        return undecided(METHOD, said)
    if task.equation.poly.degree() == 0 and task.equation.forbidden.degree() > 0:
        reason = "Only values that make a denominator zero would solve it."
    else:
        reason = "The number of solutions there, counted exactly, is zero."
    return verified("exact", METHOD, reason, domain=task.domain, completeness="complete")


def _one(task: Task, node: Node, value: Any) -> Found | Verdict:
    """One value of the answer: a solution in the domain, or the verdict that says what is wrong with it."""
    if value.has(sympy.zoo, sympy.nan, sympy.oo) or value.free_symbols:
        raise Unfit("numbers")
    equation, x = task.equation, task.equation.x
    root = equation.is_root(value)
    written = as_asked(node, task.statement.rounding)
    if root is False and written is not None:
        return _rounded(task, written)
    if root is None:
        return undecided(METHOD, f"{shown(value)} fits as far as computed, but no proof was found", domain=task.domain)
    if root is False and equation.is_forbidden(value):
        return refuted(METHOD, f"{x} = {shown(value)} makes a denominator zero.", domain=task.domain)
    if root is False:
        return refuted(METHOD, f"At {x} = {shown(value)} {equation.sides_at(value)}.", domain=task.domain)
    place = next((r for r in task.wanted if r.holds(value)), None)
    if place is None and (not task.over_complex or task.statement.domain.conditions):
        return refuted(METHOD, f"{x} = {shown(value)} is outside the domain of the question.", domain=task.domain)
    return Found(value, place, f"{x} = {shown(value)} makes both sides equal")


def _rounded(task: Task, written: Written) -> Found | Verdict:
    """The root that a decimal rounds, or the verdict that there is none."""
    half = written.unit / 2
    low, high = (sympy.Rational(f.numerator, f.denominator) for f in (written.value - half, written.value + half))
    root = next((r for r in task.wanted if low <= r.low and r.high <= high), None)
    x, value = task.equation.x, written.rational()
    if root is None:
        nearest = min(task.wanted, key=lambda r: abs(r.low - value), default=None)
        hint = f"; the nearest solution is {nearest.decimal()}" if nearest else ""
        return refuted(METHOD, f"At {x} = {written} {task.equation.sides_at(value)}{hint}.", domain=task.domain)
    if not fits(written, task.statement.rounding):
        return undecided(METHOD, f"{written} has too few or too many digits: the solution is {root.decimal()}", domain=task.domain)
    return Found(value, root, f"{x} = {written} rounds the solution {root.decimal()}", to_digits(written))


def _complete(task: Task, found: list[Found]) -> Verdict:
    """All values are solutions; the count decides whether one is missing."""
    distinct = _distinct(found)
    if distinct is None:
        return undecided(METHOD, "two of the values may be the same number", domain=task.domain)
    if distinct < task.count:
        return refuted(METHOD, _missing(task, found), domain=task.domain, completeness="not_shown")
    if task.statement.domain.all_asked and task.unsaid and not task.over_complex and task.beyond:
        said = f"every real solution is there, but there are {task.beyond} complex ones too, and the question asks for all"
        return could_not_check("incomplete", said, method=METHOD, domain=task.domain, completeness="not_shown")
    strength = next((f.strength for f in found if f.strength != "exact"), "exact")
    total = "1 solution" if task.count == 1 else f"{task.count} distinct solutions"
    evidence = "; ".join(f.words for f in found) + f"; the equation has {total} there, so none is missing."
    return verified(strength, METHOD, evidence, domain=task.domain, completeness="complete")


def _distinct(found: list[Found]) -> int | None:
    """How many different solutions; None when two can't be told apart."""
    kept: list[Found] = []
    for item in found:
        same = [_same(item, other) for other in kept]
        if None in same:
            return None
        if True not in same:
            kept.append(item)
    return len(kept)


def _same(a: Found, b: Found) -> bool | None:
    if a.root is not None or b.root is not None:
        return a.root == b.root
    return number_is_zero(a.exact - b.exact)


def _missing(task: Task, found: list[Found]) -> str:
    """Words that name a solution that the answer does not have."""
    given = {f.root for f in found}
    real = next((r for r in task.wanted if r not in given), None)
    if real is not None:
        return f"A solution is missing: {task.equation.name(real)}."
    for value in task.equation.short_roots():
        if value.has(sympy.I) and all(number_is_zero(value - f.exact) is False for f in found):
            return f"A solution is missing: {task.equation.x} = {shown(value)}."
    for value in task.equation.poly.nroots(n=20, maxsteps=200):
        if all(abs(sympy.N(f.exact, 20) - value) > 1e-9 for f in found):
            return f"A solution is missing: {task.equation.x} ≈ {shown_decimal(value)}."
    return f"There are {task.count} distinct solutions; the answer has fewer."
