"""Systems of equations: every tuple put in, and the others ruled out by rank or by elimination."""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy
from sympy import QQ, Poly

from phi4web.verdict import Verdict, could_not_check
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, Unfit, refuted, shown, told_apart, undecided, verified
from phi4web.verify.checks.defined import tame
from phi4web.verify.checks.enclose import Unclear, Undefined, enclose
from phi4web.verify.checks.evaluate import NOT_NUMBERS
from phi4web.verify.checks.polynomial import ROOT_WIDTH, Root, denominators
from phi4web.verify.checks.roots import both_signs
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import And, Listing, Node, Or, PlusMinus, Rel, Set_, Special, Sym, Tuple_, symbols, walk
from phi4web.verify.problem.statement import Statement

METHOD = "every solution put into every equation, and the others ruled out"
MOST_UNKNOWNS = 5
MOST_CANDIDATES = 400


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict on the solutions of a system. Raises Unfit or NoMethod."""
    names = statement.variables
    equations = statement.node.args if isinstance(statement.node, And) else (statement.node,)
    if len(names) > MOST_UNKNOWNS or not all(isinstance(e, Rel) and e.ops == ("=",) for e in equations):
        raise NoMethod(f"systems of equations in at most {MOST_UNKNOWNS} unknowns")
    if not all(tame(e) for e in equations):
        raise NoMethod("systems of polynomial and rational equations")
    ring = Ring(equations)
    sides = [tuple(ring.build(s) for s in e.args) for e in equations if isinstance(e, Rel)]
    letters = [ring[n] for n in names]
    bottoms = [ring.build(d) for e in equations for d in denominators(e)]
    points = [_values(p, names) for p in points_of(answer, names)]
    for point in points:
        fault = _fault(sides, bottoms, dict(zip(letters, point, strict=True)))
        if fault:
            return fault
    return _complete(statement, sides, bottoms, letters, points)


def points_of(answer: Node, names: tuple[str, ...]) -> list[tuple[Node, ...]]:
    """The tuples that an answer names: (1, 2); x = 1, y = 2; (1, 2) or (3, 4); none. Raises Unfit."""
    match answer:
        case Special("no_solution") | Set_(()):
            return []
        case Tuple_(items) if len(items) == len(names):
            return _signs(items)
        case Rel(("=",), (Tuple_(left), Tuple_(right))) if tuple(s.name for s in left if isinstance(s, Sym)) == names:
            return _signs(right)
        case Listing(items) | And(items) | Set_(items) | Or(items):
            if all(isinstance(i, Rel) for i in items) and not isinstance(answer, Or) and (one := _assigned(items, names)):
                return _signs(one)
            return [p for item in items for p in points_of(item, names)]
    raise Unfit(f"values of {', '.join(names)}")


def _assigned(items: tuple[Node, ...], names: tuple[str, ...]) -> tuple[Node, ...] | None:
    found: dict[str, Node] = {}
    for item in items:
        match item:
            case Rel(("=",), (Sym(name), value)) if name in names and name not in found:
                found[name] = value
            case _:
                return None
    return tuple(found[n] for n in names) if set(found) == set(names) else None


def _signs(items: tuple[Node, ...]) -> list[tuple[Node, ...]]:
    """One ± in one value may be both; with more it is not clear how they go together."""
    if sum(isinstance(n, PlusMinus) for i in items for n in walk(i)) > 1:
        raise Unfit("values without several ±")
    return [tuple(choice) for choice in product(*(both_signs(i) for i in items))]


def _values(point: tuple[Node, ...], names: tuple[str, ...]) -> list[Any]:
    if any(symbols(v) or any(isinstance(n, NOT_NUMBERS) for n in walk(v)) for v in point):
        raise Unfit(f"values of {', '.join(names)}")
    values = [Ring(()).build(v) for v in point]
    if any(v.is_real is not True and number_is_zero(sympy.im(v)) is not True for v in values):
        raise NoMethod("real solutions of systems")
    return values


def _fault(sides: list[Any], bottoms: list[Any], point: dict[Any, Any]) -> Verdict | None:
    where = ", ".join(f"{s} = {shown(v)}" for s, v in point.items())
    for bottom in bottoms:
        zero = number_is_zero(bottom.subs(point))
        if zero is not False:
            return refuted(METHOD, f"At {where} a denominator is zero.") if zero else undecided(METHOD, "a denominator may be zero")
    for left, right in sides:
        a, b = left.subs(point), right.subs(point)
        zero = number_is_zero(a - b)
        if zero is False:
            texts = told_apart(a, b)
            return refuted(
                METHOD, f"At {where} the left side of {_words(left)} = {_words(right)} is {texts[0]}, the right side is {texts[1]}."
            )
        if zero is None:
            return undecided(METHOD, f"{where} fits as far as computed, but no proof was found")
    return None


def _words(expr: Any) -> str:
    return str(expr).replace("**", "^").replace("*", "")


def _complete(statement: Statement, sides: list[Any], bottoms: list[Any], letters: list[Any], points: list[list[Any]]) -> Verdict:
    domain = f"{', '.join(map(str, letters))} in the real numbers"
    distinct = len({tuple(sympy.N(v, 25) for v in p) for p in points})
    try:
        found = _linear(sides, letters)
        if found is None:
            return _by_elimination(statement, sides, bottoms, letters, points, domain)
    except (NoMethod, *GAVE_UP):
        if not points:
            return undecided(METHOD, "that there is no solution was not proven")
        said = "every given solution holds, but others may be missing"
        return could_not_check("incomplete", said, method=METHOD, completeness="not_shown")
    if found == "none" and not points:
        return verified("exact", METHOD, "The equations contradict each other.", domain=domain, completeness="complete")
    if found == "one" and distinct == 1:
        return verified(
            "exact", METHOD, "Every equation holds; the system is linear with one solution.", domain=domain, completeness="complete"
        )
    return _linear_fault(found, _solution(sides, letters), bottoms, points, domain)


def _linear_fault(found: str, solution: dict[Any, Any], bottoms: list[Any], points: list[list[Any]], domain: str) -> Verdict:
    """For an answer that is not all of a linear system's solutions; none of them may make a denominator of the equations zero."""
    zeros = [number_is_zero(value) if not (value := sympy.expand(b.subs(solution))).free_symbols else False for b in bottoms]
    where = ", ".join(f"{s} = {shown(v)}" for s, v in solution.items())
    if True in zeros and not points:
        said = f"Without denominators only {where} would do, and there one of them is zero."
        if found == "many":
            said = "Wherever the equations would hold, a denominator is zero."
        return verified("exact", METHOD, said, domain=domain, completeness="complete")
    if any(zero is not False for zero in zeros):
        return undecided(METHOD, "whether a denominator is zero was not settled")
    said = "infinitely many solutions" if found == "many" else f"one solution: {where}"
    return refuted(METHOD, f"The system has {said}.", domain=domain)


def _solution(sides: list[Any], letters: list[Any]) -> dict[Any, Any]:
    found = sympy.linsolve([left - right for left, right in sides], *letters)
    return dict(zip(letters, next(iter(found)), strict=True))


def _linear(sides: list[Any], letters: list[Any]) -> str | None:
    """ "one", "none" or "many" solutions of a linear system; None when it is not linear."""
    rows = []
    for left, right in sides:
        if not (left - right).is_polynomial(*letters):
            return None
        poly = Poly(left - right, *letters)
        if poly.total_degree() > 1 or not all(c.is_Rational for c in poly.coeffs()):
            return None
        rows.append([*(poly.coeff_monomial(s) for s in letters), -poly.coeff_monomial(1)])
    matrix = sympy.Matrix(rows)
    rank, full = matrix[:, :-1].rank(), matrix.rank()
    return "none" if rank < full else "one" if rank == len(letters) else "many"


def _by_elimination(
    statement: Statement, sides: list[Any], bottoms: list[Any], letters: list[Any], points: list[list[Any]], domain: str
) -> Verdict:
    """Each coordinate is a root of a polynomial in it alone; each combination is given, or surely no solution."""
    tops = [sympy.numer(sympy.together(left - right)) for left, right in sides]
    if not all(t.is_polynomial(*letters) for t in tops):
        raise NoMethod("polynomial systems")
    basis = sympy.groebner(tops, *letters, order="lex")
    coordinates = [_roots(basis, letters, s) for s in letters]
    total = 1
    for roots in coordinates:
        total *= max(1, len(roots))
    if total > MOST_CANDIDATES:
        raise NoMethod("systems with fewer solutions")
    for combination in product(*coordinates):
        if any(all(r.holds(v) for r, v in zip(combination, p, strict=True)) for p in points):
            continue
        if not _ruled_out(tops, letters, combination) and not _is_forbidden(bottoms, letters, combination):
            where = ", ".join(f"{s} ≈ {r.decimal()}" for s, r in zip(letters, combination, strict=True))
            if _is_solution(tops, bottoms, letters, combination):
                return refuted(METHOD, f"A solution is missing: {where}.", domain=domain, completeness="not_shown")
            if not points:
                return undecided(METHOD, f"whether {where} is a solution was not settled")
            return could_not_check("incomplete", f"whether {where} is a solution was not settled", method=METHOD, completeness="not_shown")
    if not points and statement.domain.numbers == "unsaid" and not _has_none_complex(tops, bottoms, letters):
        return undecided(METHOD, "no real numbers solve it, but complex ones do; the question does not say which are meant")
    said = "Every equation holds; every other combination of possible coordinates was ruled out."
    return verified("exact", METHOD, said, domain=domain, completeness="complete")


def _has_none_complex(tops: list[Any], bottoms: list[Any], letters: list[Any]) -> bool:
    """Whether the equations have no complex solution where no denominator is zero: 1 is a combination of them (Rabinowitsch)."""
    inverse = sympy.Symbol("w0")
    nowhere_zero = 1 - inverse * sympy.numer(sympy.together(sympy.Mul(*bottoms)))
    return bool(sympy.groebner([*tops, nowhere_zero], inverse, *letters).exprs == [1])


def _roots(basis: Any, letters: list[Any], wanted: Any) -> list[Root]:
    """The real roots of a polynomial in one unknown that every solution fulfils."""
    if basis.exprs == [1]:
        return []
    others = [s for s in letters if s != wanted]
    alone = [e for e in sympy.groebner(basis.exprs, *others, wanted, order="lex").exprs if e.free_symbols == {wanted}]
    if not alone:
        raise NoMethod("systems with finitely many solutions")
    intervals = Poly(alone[-1], wanted, domain=QQ).sqf_part().intervals(eps=ROOT_WIDTH)
    return [Root(_rational(a), _rational(b)) for (a, b), _ in intervals]


def _rational(value: Any) -> Any:
    return sympy.Rational(int(value.p), int(value.q))


def _ruled_out(tops: list[Any], letters: list[Any], combination: Any) -> bool:
    middle = {s: (r.low + r.high) / 2 for s, r in zip(letters, combination, strict=True)}
    for top in tops:
        value = top.subs(middle)
        # far from zero compared with what the width of the root intervals can change
        try:
            bounds = enclose(sympy.Abs(value), digits=60)
        except (Unclear, Undefined):
            continue
        slope = sum(abs(sympy.N(sympy.diff(top, s).subs(middle), 20)) for s in letters) + 1
        if bounds.a > 10**-20 * (1 + float(slope) * 10**-10) and float(slope) < 10**12:
            return True
    return False


def _is_forbidden(bottoms: list[Any], letters: list[Any], combination: Any) -> bool:
    """Whether rational coordinates make a denominator of an equation zero."""
    point = {s: r.low for s, r in zip(letters, combination, strict=True)}
    return all(r.low == r.high for r in combination) and any(b.subs(point) == 0 for b in bottoms)


def _is_solution(tops: list[Any], bottoms: list[Any], letters: list[Any], combination: Any) -> bool:
    """Only for rational coordinates: exactly."""
    if any(r.low != r.high for r in combination):
        return False
    point = {s: r.low for s, r in zip(letters, combination, strict=True)}
    return all(t.subs(point) == 0 for t in tops) and all(b.subs(point) != 0 for b in bottoms)
