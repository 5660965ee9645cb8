"""One line to the next while something is being solved: are the solutions the same, more, fewer, or others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import sympy

from phi4web.verdict import Mark
from phi4web.verify.build import NotBuildable, TooLarge
from phi4web.verify.checks.base import Unfit
from phi4web.verify.checks.exact import exact_value
from phi4web.verify.checks.roots import both_signs
from phi4web.verify.latex import ast as a
from phi4web.verify.latex import to_text
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.complexes import complex_solutions
from phi4web.verify.steps.reading import has, places
from phi4web.verify.steps.regions import compared, is_inequality
from phi4web.verify.steps.several import factors, root_of
from phi4web.verify.steps.solutions import Solutions, Unsolved, named, same_number, solutions
from phi4web.verify.steps.transcendental import KERNEL, is_value_of, kernels

SHOWN_VALUES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: "same", "adds", "loses", "others" (each line has solutions of its own).
    `witness`: solutions that tell them apart. `real_only`: not shown over the complex numbers. `values`: those that are lost.
    `against`: what is wrong with the second line at a lost one, where it has no solution at all. `empty`: neither has one.
    """

    kind: Literal["same", "adds", "loses", "others"]
    witness: str | None = None
    note: str = ""
    real_only: bool = False
    values: tuple[Any, ...] = ()
    against: str | None = None
    empty: bool = False


MARKS: dict[str, tuple[Mark, str]] = {
    "same": ("⇔", "same solutions as the line above"),
    "adds": ("⇒", "follows, but may add solutions"),
    "loses": ("⇐", "loses solutions"),
    "others": ("✗", "does not follow"),
}


def change(before: Node, after: Node) -> Change:
    """How the solutions change from one line to the next. Raises Unsolved when that can't be proven."""
    names = a.symbols(before) | a.symbols(after)
    if len(names) == 1:
        name = next(iter(names))
        if is_inequality(before) or is_inequality(after):
            return _of_sets(before, after, name)
        if inner := kernels((before, after), name):
            return _of_kernels(*inner)
        over_complex = _has_i(before) or _has_i(after)
        first, second = solved((before, after), name)
        found = of_values(first, second, name, None if over_complex else after, places(before, after))
        if found.kind == "same" and found.empty and not _same_factors(before, after) and not isinstance(after, a.Special):
            raise Unsolved("neither line has a real solution")
        return found if over_complex else replace(found, real_only=not _same_factors(before, after))
    return _of_factors(before, after)


def solved(lines: Sequence[Node], name: str) -> list[Solutions]:
    """The real solutions of some lines, or the complex ones where one of them has i in it. Raises Unsolved."""
    find = complex_solutions if any(_has_i(line) for line in lines) else solutions
    return [find(line, name) for line in lines]


def _has_i(line: Node) -> bool:
    """Whether complex numbers are written, as 2i or as the root of a negative number."""
    roots = [n.args[0] for n in a.walk(line) if isinstance(n, a.Func) and n.name == "sqrt" and not a.symbols(n)]
    return any(n == a.Const("i") for n in a.walk(line)) or any((exact_value(inside) or 0) < 0 for inside in roots)


def _of_kernels(lines: tuple[Node, ...], kernel: Node) -> Change:
    """Lines in sin x alone, compared by the values of sin x that they allow."""
    first, second = (_possible(solutions(line, KERNEL), kernel) for line in lines)
    return replace(of_values(first, second, to_text(kernel), None, places(*lines)), real_only=True)


def _possible(found: Solutions, kernel: Node) -> Solutions:
    possible = [(v, is_value_of(kernel, v)) for v in found.values]
    if any(fits is None for _, fits in possible):
        raise Unsolved("a value that may be out of range")
    return replace(found, values=tuple(v for v, fits in possible if fits), double=())


def _listed_parts(line: Node) -> list[Node]:
    parts = line.args if isinstance(line, a.Or) else line.items if isinstance(line, a.Listing) else (line,)
    return [signed for part in parts for signed in both_signs(part)]


def _same_factors(before: Node, after: Node) -> bool:
    try:
        first, second = (frozenset[Any]().union(*(factors(part) for part in _listed_parts(line))) for line in (before, after))
        return first == second
    except (Unsolved, Unfit):
        return False


def of_values(first: Solutions, second: Solutions, name: str, after: Node | None = None, digits: int | None = None) -> Change:
    """`digits`: after the point of a line with decimals, which may be rounded."""
    if first.everything or second.everything:
        return _with_everything(first, second)
    lost = [v for v in first.values if not _among(v, second.values)]
    added = [v for v in second.values if not _among(v, first.values)]
    if not lost and not added:
        return Change("same", note=_counted(first, second, name), empty=not first.values)
    if lost and added:
        if digits is not None and all(any(_near(v, w, digits) for w in added) for v in lost):
            raise Unsolved("near the line above, but not equal: rounded")
        return Change("others", _at(lost[0], name, after))
    if added:
        return Change("adds", _listed(added, name))
    return Change("loses", _listed(lost, name), values=tuple(lost), against=None if second.values else _at(lost[0], name, after))


def _with_everything(first: Solutions, second: Solutions) -> Change:
    if first.everything and second.everything:
        return Change("same")
    return Change("adds", "every number") if second.everything else Change("loses", "nearly every number")


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(same_number(value, other) for other in values)


def _near(exact: Any, decimal: Any, digits: int) -> bool:
    """Whether a decimal is another number rounded, or cut off, or came out of rounded ones."""
    x, y = (v.eval_rational(n=15) if isinstance(v, sympy.CRootOf) else sympy.N(v, 15) for v in (exact, decimal))
    unit = sympy.Rational(1, 10**digits)
    cut = abs(y) <= abs(x) and abs(x - y) < unit and sympy.floor(abs(x) / unit) == sympy.floor(abs(y) / unit)
    return bool(2 * abs(x - y) <= unit or cut or 200 * abs(x - y) <= abs(x))


def _listed(values: list[Any], name: str) -> str:
    return ", ".join(f"{name} = {named(v)}" for v in values[:SHOWN_VALUES]) + (", …" if len(values) > SHOWN_VALUES else "")


def _counted(first: Solutions, second: Solutions, name: str) -> str:
    """Words when a double root is left over only once."""
    once = [v for v in first.double if not _among(v, second.double)]
    return f"{_listed(once, name)} counts twice above" if once else ""


def _at(value: Any, name: str, after: Node | None) -> str:
    """The lost solution with both sides of the new line in numbers."""
    from phi4web.verify.build import make_env, to_sympy

    said = f"at {name} = {named(value)}"
    if isinstance(after, a.Rel) and after.ops == ("=",) and not isinstance(value, sympy.CRootOf):
        env = make_env(frozenset((name,)), real=True)
        try:
            if has(after, a.PlusMinus):
                return f"{name} = {named(value)} solves the line above only"
            sides = [sympy.simplify(to_sympy(side, env).subs(env[name], value)) for side in after.args]
        except (NotBuildable, TooLarge, TypeError, ValueError, AttributeError):
            return said
        return f"{said}, {named(sides[0])} ≠ {named(sides[1])}"
    return f"{name} = {named(value)} solves the line above only"


# -- inequalities -----------------------------------------------------------------------------------------------------------------


def _of_sets(before: Node, after: Node, name: str) -> Change:
    lost, added = compared(before, after, name)
    if lost is not None and added is not None:
        return Change("others", f"{name} = {lost} fits the line above only")
    if added is not None:
        return Change("adds", f"{name} = {added}")
    return Change("same") if lost is None else Change("loses", f"{name} = {lost}")


# -- several letters --------------------------------------------------------------------------------------------------------------


def _of_factors(before: Node, after: Node) -> Change:
    """Equations in several letters: the same up to constant factors, or with a factor more or less."""
    squared = root_of(after)
    first, second = factors(before), factors(squared or after)
    if squared is not None and first == second:
        return Change("loses", f"the negative {after.args[0].name}")  # type: ignore[union-attr]
    if first == second:
        return Change("same")
    if squared is None and first < second:
        return Change("adds", _zero(second - first))
    if squared is None and second < first:
        return Change("loses", _zero(first - second))
    raise Unsolved("not a rewriting of the line above alone")


def _zero(extra: frozenset[Any]) -> str:
    one = min(extra, key=lambda e: (sympy.count_ops(e), str(e)))
    return f"{str(one).replace('**', '^').replace('*', '·')} = 0"
