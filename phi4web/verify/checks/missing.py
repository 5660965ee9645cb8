"""Is a solution missing? Every method gives a certain answer or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from phi4web.verify.build import NotBuildable
from phi4web.verify.checks.base import GAVE_UP, NoMethod, Ring, shown
from phi4web.verify.checks.candidates import algebraic, eliminated, exponential_solutions, exponentials, logarithmic_solutions
from phi4web.verify.checks.defined import defined_over
from phi4web.verify.checks.enclose import Unclear, Undefined, between, enclose
from phi4web.verify.checks.polynomial import Root
from phi4web.verify.checks.scan import REACH, Curve, complete_on, surely_a_zero
from phi4web.verify.checks.task import Task, inside, solves
from phi4web.verify.checks.truth import range_of
from phi4web.verify.checks.zero import number_is_zero, to_sin_cos
from phi4web.verify.latex.ast import Func, walk


def missing(task: Task, curve: Curve, known: list[Any]) -> str | bool:
    """True: none is missing. False: not proven. Words: one that is missing."""
    for method in METHODS:
        try:
            candidates = method(task)
        except (NoMethod, NotBuildable, *GAVE_UP):
            continue
        outcome = _ruled_out(task, candidates, known)
        if outcome is not None:
            return outcome
    exact = [k for k in known if not isinstance(k, Root)]
    if len(exact) == len(known) and _by_count(task, exact):
        return True
    ends = range_of(task.statement.domain.conditions, task.statement.variable or "x")
    if ends and len(exact) == len(known):
        at_ends = [e for e in ends if not any(number_is_zero(e - k) for k in exact) and solves(task, e)[0]]
        left_out = next((e for e in at_ends if inside(task, e)), None)
        if left_out is not None:
            return f"A solution is missing: {task.x} = {shown(left_out)}."
        if complete_on(without_poles(task), *ends, [*exact, *at_ends]):
            return True
    low, high = (middle_of(e) for e in ends) if ends else (-REACH, REACH)
    found = surely_a_zero(curve, low, high, [_point(k) for k in known])
    if (
        found
        and defined_over(task.node, task.x.name, *found)
        and (ends or not task.statement.domain.conditions)
        and task.statement.domain.numbers in ("unsaid", "real")
    ):
        return f"A solution is missing: {task.x} ≈ {short(found[0])}."
    return False


def without_poles(task: Task) -> Curve:
    """The numerator: zero wherever the equation holds, and tame where a tangent or a denominator is not."""
    return Curve(sympy.numer(sympy.together(to_sin_cos(task.difference))), task.x)


def short(value: Any) -> str:
    from mpmath import mp

    return str(mp.nstr(value, 6))


def as_mp(value: Any) -> Any:
    from mpmath import mp

    return mp.mpf(int(value.p)) / int(value.q)


def middle_of(value: Any) -> Any:
    from mpmath import mp

    return mp.mpf(enclose(value, digits=30).mid)


def _point(value: Any) -> Any:
    return (value.low + value.high) / 2 if isinstance(value, Root) else value


def _by_count(task: Task, exact: list[Any]) -> bool:
    """No more zeros than changes of sign in a sum of exponentials."""
    try:
        most = exponentials(task.difference, task.x).most_zeros()
    except (NoMethod, *GAVE_UP):
        return False
    distinct = len({sympy.N(v, 20) for v in exact})
    return most is not None and not task.statement.domain.conditions and distinct == most


def _ruled_out(task: Task, candidates: list[Any], known: list[Any]) -> str | bool | None:
    """Each candidate is known, ruled out, or missing. None: one of them can't be told."""
    doubtful = False
    for candidate in candidates:
        outcome = _root_outcome(task, candidate, known) if isinstance(candidate, Root) else _exact_outcome(task, candidate, known)
        if isinstance(outcome, str):
            return outcome
        doubtful = doubtful or outcome is None
    return None if doubtful else True


def _root_outcome(task: Task, root: Root, known: list[Any]) -> str | bool | None:
    if any(_is_at(root, k) for k in known):
        return True
    if root.low == root.high:
        return _exact_outcome(task, root.low, known)
    if all(inside(task, end) is False for end in (root.low, root.high)):
        return True
    try:
        bounds = between(task.difference, task.x, root.low, root.high)
    except Undefined:
        return True
    except (Unclear, OverflowError, ZeroDivisionError):
        return None
    return True if bounds.a > 0 or bounds.b < 0 else None


def _is_at(root: Root, value: Any) -> bool:
    if isinstance(value, Root):
        return bool(root.low <= value.high and value.low <= root.high)
    return root.holds(value)


def _exact_outcome(task: Task, value: Any, known: list[Any]) -> str | bool | None:
    if value.is_real is False or number_is_zero(sympy.im(value)) is False:
        return True
    if any(number_is_zero(value - k) for k in known if not isinstance(k, Root)) or any(
        isinstance(k, Root) and k.holds(value) for k in known
    ):
        return True
    zero, reason = solves(task, value)
    if zero is False or (zero is None and reason is not None):
        return True
    there = inside(task, value)
    if there is False:
        return True
    return f"A solution is missing: {task.x} = {shown(value)}." if zero and there else None


def _algebraic(task: Task) -> list[Any]:
    return list(algebraic(task.node.args[0], task.node.args[1], task.x))


def _exponential(task: Task) -> list[Any]:
    return exponential_solutions(exponentials(task.difference, task.x))


def _logarithmic(task: Task) -> list[Any]:
    return logarithmic_solutions(task.difference, task.x)


def _cancelled(task: Task) -> list[Any]:
    """What is left when parts cancel: at a solution all parts are defined, so that the algebra holds there."""
    top = sympy.numer(sympy.together(task.difference))
    if not top.is_polynomial(task.x):
        raise NoMethod("equations that lead to a polynomial")
    if not top.has(task.x):
        return [] if number_is_zero(top) is False else _no_list()
    poly = sympy.Poly(top, task.x, domain="QQ")
    roots = sympy.roots(poly)
    if sum(roots.values()) != poly.degree():
        raise NoMethod("equations that lead to a simple polynomial")
    return list(roots)


def _no_list() -> list[Any]:
    raise NoMethod("equations that are not identities")


METHODS: tuple[Callable[[Task], list[Any]], ...] = (_algebraic, _exponential, _logarithmic, _cancelled)


def surely_none_complex(task: Task) -> bool:
    """Whether an equation without a real solution has no complex one either. False: not proven."""
    if task.statement.domain.numbers != "unsaid" or task.statement.domain.conditions:
        return True
    return any(
        _none_by(method, task) for method in (_inside_one_size, _linear_beside_sizes, _single_exponential, _roots_fail, _logarithms_fail)
    )


def _none_by(method: Callable[[Task], bool], task: Task) -> bool:
    try:
        return method(task)
    except (NoMethod, NotBuildable, Unclear, Undefined, *GAVE_UP):
        return False


def _inside_one_size(task: Task) -> bool:
    """An equation in |ax + b| alone: that is a real number for every complex x, and takes no value that a real x does not give."""
    gap, x = _complex_gap(task), _free(task)
    sizes = [s for s in gap.atoms(sympy.Abs) if s.has(x)]
    if len(sizes) != 1 or sympy.Poly(sizes[0].args[0], x).degree() != 1:
        return False
    return not gap.xreplace({sizes[0]: sympy.Dummy()}).has(x)


def _linear_beside_sizes(task: Task) -> bool:
    """Linear in x apart from absolute values, so that x itself is real: the rest of the equation is."""
    gap, x = _complex_gap(task), _free(task)
    sizes = [s for s in gap.atoms(sympy.Abs) if s.has(x)]
    rest = gap.xreplace({s: sympy.Dummy(real=True) for s in sizes})
    if not sizes or any(isinstance(n, Func) and n.name != "abs" for n in walk(task.node)) or not rest.is_polynomial(*rest.free_symbols):
        return False
    slope = sympy.diff(rest, x)
    return bool(slope.is_number and slope.is_nonzero)


def _single_exponential(task: Task) -> bool:
    return len(exponentials(task.difference, task.x).terms) == 1 and not any(
        isinstance(n, Func) and n.name != "exp" for n in walk(task.node)
    )


def _roots_fail(task: Task) -> bool:
    """Every complex root of the equation without its roots fails, with the principal roots."""
    if any(isinstance(n, Func) and n.name != "sqrt" for n in walk(task.node)):
        return False
    poly = eliminated(task.node.args[0], task.node.args[1], task.x)
    roots = sympy.roots(poly)
    return len(roots) == poly.degree() and all(number_is_zero(_complex_gap(task).subs(_free(task), r)) is False for r in roots)


def _logarithms_fail(task: Task) -> bool:
    if any(isinstance(n, Func) and n.name not in ("ln", "log") for n in walk(task.node)):
        return False
    found = logarithmic_solutions(task.difference, task.x)
    return all(number_is_zero(_complex_gap(task).subs(_free(task), r)) is False for r in found)


def _free(task: Task) -> Any:
    return sympy.Symbol(task.x.name)


def _complex_gap(task: Task) -> Any:
    """The difference of the sides for complex x: built afresh, since a real x makes SymPy write |x| for the root of its square."""
    ring = Ring((task.node,), real=False)
    return ring.build(task.node.args[0]) - ring.build(task.node.args[1])
