"""Sums and products: finite ones term by term, infinite ones by computer algebra and numbers, closed forms by induction."""

from __future__ import annotations

from typing import Any

import sympy
from mpmath import mp

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, Unfit, plain, refuted, shown, undecided, verified
from phi4web.verify.checks.defined import defined_from
from phi4web.verify.checks.derivative import expression_of
from phi4web.verify.checks.endless import exact_sum, surely_diverges
from phi4web.verify.checks.zero import function_is_zero, number_is_zero
from phi4web.verify.latex.ast import Const, Node, Prod, Sum, Sym, symbols
from phi4web.verify.problem.statement import Statement

MOST_TERMS = 10_000
MOST_IRRATIONAL_TERMS = 200
CLOSE = mp.mpf(10) ** -12
INDUCTION = "the first value and the step from n-1 to n, both by algebra"
Found = tuple[Any, bool, str]


def total(node: Sum | Prod) -> Found | None:
    """(value, proven, words); value None or ±oo: it diverges."""
    if symbols(node.lo) or symbols(node.hi):
        raise NoMethod("sums and products between two whole numbers, or to infinity")
    ring = Ring((node.lo,))
    low = ring.build(node.lo)
    if not low.is_Integer:
        raise NoMethod("sums and products that start at a whole number")
    if node.hi == Const("inf"):
        return _infinite(node, low)
    high = ring.build(node.hi)
    if not high.is_Integer:
        raise NoMethod("sums and products that end at a whole number")
    return _finite(node, int(low), int(high))


def _term(node: Sum | Prod) -> tuple[Any, Any]:
    k = sympy.Symbol(node.var.name, integer=True)
    others = symbols(node.expr) - {node.var.name}
    if others:
        raise NoMethod("sums and products without other letters")
    from phi4web.verify.build import to_sympy

    return to_sympy(node.expr, {node.var.name: k}), k


def _finite(node: Sum | Prod, low: int, high: int) -> Found:
    term, k = _term(node)
    count = max(0, high - low + 1)
    if count > MOST_TERMS:
        raise NoMethod(f"sums and products of at most {MOST_TERMS} terms")
    value = sympy.Integer(0 if isinstance(node, Sum) else 1)
    for n in range(low, high + 1):
        part = term.subs(k, n)
        if part.has(sympy.zoo, sympy.nan, sympy.oo):
            raise NoMethod("sums and products whose terms all have a value")
        if not part.is_Rational and count > MOST_IRRATIONAL_TERMS:
            raise NoMethod(f"sums of at most {MOST_IRRATIONAL_TERMS} irrational terms")
        value = value + part if isinstance(node, Sum) else value * part
    return sympy.expand(value), True, f"All {count} terms were worked out."


def _infinite(node: Sum | Prod, low: Any) -> Found | None:
    term, k = _term(node)
    made = sympy.Sum(term, (k, low, sympy.oo)) if isinstance(node, Sum) else sympy.Product(term, (k, low, sympy.oo))
    converges = _converges(made)
    if converges is False:
        if isinstance(node, Sum) and surely_diverges(term, k):
            return None, True, "The terms do not tend to 0, or no faster than 1/k, so that the series diverges."
        return None, False, "The series diverges, by a convergence test of SymPy."
    value = made.doit()
    if value.has(sympy.Sum, sympy.Product, sympy.zoo, sympy.nan, sympy.Piecewise) or value.is_infinite or converges is None:
        return None
    exact = exact_sum(term, k, int(low)) if isinstance(node, Sum) else None
    if exact is not None and number_is_zero(exact - value):
        return value, True, "A closed form of the partial sums, or a series with a name, and computer algebra agree."
    numeric = _numeric(term, k, low, isinstance(node, Sum))
    if numeric is None or abs(numeric - mp.mpmathify(sympy.N(value, 30))) > CLOSE * (1 + abs(numeric)):
        return None
    return value, False, "Computer algebra and numeric summation agree to 12 digits; no proof."


def _converges(made: Any) -> bool | None:
    try:
        return bool(made.is_convergent())
    except (NotImplementedError, *GAVE_UP):
        return None


def _numeric(term: Any, k: Any, low: Any, adding: bool) -> Any:
    before = mp.dps
    try:
        mp.dps = 25
        step = mp.nsum if adding else mp.nprod
        return step(lambda n: mp.mpmathify(sympy.N(term.subs(k, _place(n)), mp.dps + 15)), [int(low), mp.inf])
    except (*GAVE_UP, KeyError):
        return None
    finally:
        mp.dps = before


def _place(n: Any) -> Any:
    """The summation methods of mpmath also ask between the whole numbers."""
    return int(n) if n == int(n) else sympy.Float(str(n), mp.dps + 15)


def closed_form(statement: Statement, answer: Node, method: str) -> Verdict:
    """A sum or product up to a letter n: the answer proven for every whole n by induction. Raises Unfit or NoMethod."""
    node = statement.node
    if not isinstance(node, Sum | Prod) or not isinstance(node.hi, Sym) or symbols(node) != {node.hi.name}:
        raise NoMethod("sums and products up to one letter")
    claimed = expression_of(answer, statement)
    if symbols(claimed) - {node.hi.name} or any(isinstance(n, Sum | Prod) for n in (claimed,)):
        raise Unfit(f"a formula in {node.hi.name}")
    term, k = _term(node)
    low = Ring((node.lo,)).build(node.lo)
    n = sympy.Symbol(node.hi.name, integer=True, positive=True if low.is_nonnegative else None)
    from phi4web.verify.build import to_sympy

    formula = to_sympy(claimed, {node.hi.name: n})
    if not low.is_Integer:
        raise NoMethod("sums that start at a whole number")
    return _induction(node, term, k, n, int(low), formula, claimed)


def _induction(node: Sum | Prod, term: Any, k: Any, n: Any, low: int, formula: Any, claimed: Node) -> Verdict:
    adding = isinstance(node, Sum)
    value = sympy.Integer(0 if adding else 1)
    for last in range(low, low + 5):
        value = value + term.subs(k, last) if adding else value * term.subs(k, last)
        if number_is_zero(sympy.expand(formula.subs(n, last) - value)) is False:
            given = shown(formula.subs(n, last))
            return refuted(INDUCTION, f"At {n} = {last} the {'sum' if adding else 'product'} is {shown(value)}, the answer gives {given}.")
    before = formula.subs(n, n - 1)
    step = formula - before - term.subs(k, n) if adding else formula - before * term.subs(k, n)
    if not defined_from(claimed, str(n), low):
        return undecided(INDUCTION, f"the first values agree, but {plain(claimed)} may have no value for some whole {n}")
    if number_is_zero(sympy.expand(formula.subs(n, low) - term.subs(k, low))) and _vanishes(step):
        return verified(
            "exact", INDUCTION, f"{plain(claimed)} has the right first value and the right step.", domain=f"every whole {n} ≥ {low}"
        )
    return undecided(INDUCTION, "the first values agree, but the step was not proven")


def _vanishes(step: Any) -> bool:
    return function_is_zero(step) or function_is_zero(sympy.combsimp(sympy.powsimp(sympy.expand(step))))
