"""Domains of whole functions: is one defined, and continuous, wherever another is; has a function no corner at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import sympy

from phi4web.verify.build import NotBuildable, to_sympy
from phi4web.verify.checks.base import GAVE_UP, NoMethod
from phi4web.verify.checks.defined import NOT_NEGATIVE, NOT_ZERO, POSITIVE, Need, defined_at, fulfilled, needs_of, rational
from phi4web.verify.checks.enclose import Unclear, Undefined
from phi4web.verify.checks.inequality import cells, sorted_points, zeros
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Add, Const, Div, Func, Mul, Neg, Node, Num, Pow, Sym, symbols, walk

FORMULAS = (Num, a.BaseNum, Sym, Const, Add, Mul, Neg, Div, Pow, a.Percent, a.Degree, Func)
_CIRCULAR = ("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "arcsec", "arccsc")
_HYPERBOLIC = ("sinh", "cosh", "tanh", "coth", "sech", "csch", "arcsinh", "arccosh", "arctanh")
ANALYTIC = frozenset((*_CIRCULAR, *_HYPERBOLIC, "exp", "ln", "log", "sqrt", "root", "erf"))
SEAMLESS = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "exp", "sqrt", "root"})
CORNERED = frozenset({"abs", "max", "min"})
SAMPLES = tuple(sympy.Rational(p, q) for p, q in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (7, 3), (-13, 7), (60, 7)))

OTHERS = tuple(sympy.Rational(p, q) for p, q in ((7, 3), (60, 7), (29, 11), (5, 13), (19, 2), (3, 8), (53, 6), (17, 10)))
Test = Callable[[Node, Mapping[str, Any]], bool | None]


def smooth_at(node: Node, point: Mapping[str, Any]) -> bool | None:
    """Whether the formula, as written, is defined around a point and has all derivatives there. None: not known."""
    if not _made_of(node, ANALYTIC | CORNERED | {"sgn"}):
        return None
    return fulfilled(_smooth_needs(node), point)


def _made_of(node: Node, functions: frozenset[str]) -> bool:
    parts = [n for n in walk(node) if symbols(n)]
    return all(isinstance(n, FORMULAS) and (not isinstance(n, Func) or n.name in functions) for n in parts)


def _smooth_needs(node: Node) -> Iterator[Need]:
    for part, allowed in needs_of(node):
        yield part, POSITIVE if allowed == NOT_NEGATIVE and symbols(part) else allowed
    for part in walk(node):
        match part:
            case Func("abs" | "sgn" | "root", (inner, *_)) if symbols(inner):
                yield inner, NOT_ZERO
            case Func("max" | "min", args):
                for first, second in combinations(args, 2):
                    yield Add((first, Neg(second))), NOT_ZERO


def seamless(node: Node) -> bool:
    """Whether the formula is real, and continuous wherever it is defined."""
    return not any(n == Const("i") for n in walk(node)) and _made_of(node, ANALYTIC | CORNERED)


def continuous_where(question: Node, answer: Node, name: str) -> bool | None:
    """Whether the answer is real, defined and continuous in the letter wherever the question is defined. None: not known.

    Parts without the letter are left aside: they make no jump.
    """
    if not seamless(answer):
        return None
    return defined_where(question, answer, name)


def defined_where(question: Node, answer: Node, name: str) -> bool | None:
    """Whether the answer, as written, is defined wherever the question is."""
    wanted = [n for need in needs_of(answer) for n in split_need(need) if name in symbols(n[0]) or not symbols(n[0])]
    facts = [n for need in needs_of(question) for n in split_need(need)]
    open_ones = [need for need in wanted if not follows(need, facts)]
    if not open_ones:
        return True
    if any(symbols(part) - {name} for part, _ in (*open_ones, *facts)):
        return None
    return _by_cells(question, answer, name, [part for part, _ in (*open_ones, *facts)])


def _by_cells(question: Node, answer: Node, name: str, parts: Sequence[Node]) -> bool | None:
    """One point of every cell between the zeros of all parts, and each zero."""
    complete = True
    try:
        points = sorted_points([z for part in parts if symbols(part) for z in zeros(part, Num(0), name)])
        places = [*points, *cells(points), *SAMPLES]
    except (NoMethod, NotBuildable, Unclear, Undefined, *GAVE_UP):
        places, complete = list(SAMPLES), False
    known = True
    for place in places:
        there = defined_at(question, {name: place})
        if there is False:
            continue
        covered = defined_at(answer, {name: place})
        if there and covered is False:
            return False
        known = known and covered is True
    return True if complete and known else None


def hole_beside(question: Node, answer: Node, name: str, names: Sequence[str], test: Test) -> dict[str, Any] | None:
    """An exact value of one letter, the others at some fixed ones, where the question surely passes the test and the answer has no value.

    None: none was found. Only the parts of the answer, as written, that some real letters break are looked at.
    """
    others = dict(zip((n for n in names if n != name), OTHERS, strict=False))
    asked, given = _with_numbers(question, others), _with_numbers(answer, others)
    needs = [n for need in needs_of(given) for n in split_need(need) if symbols(n[0]) == {name} and not follows(n, ())]
    for part, _ in needs:
        for place in _zeros_of(part, name):
            if test(asked, {name: place}) is True and defined_at(given, {name: place}) is False:
                return {name: place, **others}
    return None


def _with_numbers(node: Node, values: Mapping[str, Any]) -> Node:
    numbers = {n: Num(int(v.p), int(v.q)) for n, v in values.items()}
    return a.rebuild(node, lambda n: numbers.get(n.name, n) if isinstance(n, Sym) else n)


def _zeros_of(part: Node, name: str) -> list[Any]:
    """Exact zeros; of the sine or cosine of a line one; empty where they can't be found."""
    try:
        if not (isinstance(part, Func) and part.name in ("sin", "cos")):
            return zeros(part, Num(0), name)
        x = sympy.Symbol(name, real=True)
        line = sympy.Poly(to_sympy(part.args[0], {name: x}), x)
        turn = sympy.pi / 2 if part.name == "cos" else sympy.Integer(0)
        return [(turn - line.coeff_monomial(1)) / line.LC()] if line.degree() == 1 else []
    except (NoMethod, NotBuildable, Unclear, Undefined, *GAVE_UP):
        return []


def split_need(need: Need) -> list[Need]:
    """A need by needs of simpler parts that together are the same."""
    part, allowed = need
    match part:
        case Func("abs", (inner,)) if allowed == POSITIVE:
            return split_need((inner, NOT_ZERO))
        case Func("abs" | "sqrt" | "exp" | "cosh", _) if allowed == NOT_NEGATIVE:
            return []
        case Func("exp" | "cosh", _):
            return []
        case Func("sqrt", (inner,)):
            return split_need((inner, NOT_ZERO))
        case Func("abs", (inner,)) if allowed == NOT_ZERO:
            return split_need((inner, NOT_ZERO))
        case Pow(Const("e"), _):
            return []
        case Neg(inner) if allowed == NOT_ZERO:
            return split_need((inner, NOT_ZERO))
        case Mul(args) if allowed == NOT_ZERO:
            return [n for arg in args for n in split_need((arg, NOT_ZERO))]
        case Div(num, _) if allowed == NOT_ZERO:
            return split_need((num, NOT_ZERO))
        case Pow(base, exponent) if allowed == NOT_ZERO and rational(exponent) is not None:
            return split_need((base, NOT_ZERO))
    return [need]


def follows(need: Need, facts: Sequence[Need]) -> bool:
    """Whether a need holds for all real letters, or wherever the facts do, since a fact is about a multiple of its part."""
    try:
        env = {n: _letter(n, facts) for n in symbols(need[0]).union(*(symbols(f) for f, _ in facts))}
        value = to_sympy(need[0], env)
        if {POSITIVE: value.is_positive, NOT_NEGATIVE: value.is_nonnegative, NOT_ZERO: value.is_nonzero}[need[1]]:
            return True
        signs = {-1, 0, 1}
        for part, allowed in facts:
            ratio = sympy.cancel(value / to_sympy(part, env))
            if ratio.is_positive and not ratio.free_symbols:
                signs &= set(allowed)
            elif ratio.is_negative and not ratio.free_symbols:
                signs &= {-s for s in allowed}
    except (NotBuildable, *GAVE_UP):
        return False
    return signs <= set(need[1])


def _letter(name: str, facts: Sequence[Need]) -> Any:
    """A real symbol, with its sign when that is one of the facts."""
    said = {allowed for part, allowed in facts if part == Sym(name)}
    if POSITIVE in said or {NOT_NEGATIVE, NOT_ZERO} <= said:
        return sympy.Symbol(name, positive=True)
    return sympy.Symbol(name, nonnegative=True) if NOT_NEGATIVE in said else sympy.Symbol(name, real=True)


def whole_solution(equation: Node, answer: Node, name: str) -> bool:
    """Whether a solution of a differential equation surely has no jump of its own: made of functions that can't have one, or continuous.

    A pole, as of -1/(x + C), ends a solution; a root beside a division, an arc function or an absolute value may hide a jump.
    """
    parts = [n for n in walk(answer) if name in symbols(n)]
    rooted = any(isinstance(n, Pow) and rational(n.exp) is not None and rational(n.exp).q > 1 for n in parts)
    rooted = rooted or any(isinstance(n, Func) and n.name in ("sqrt", "root") for n in parts)
    divided = any(allowed == NOT_ZERO and name in symbols(part) for part, allowed in needs_of(answer))
    if not (rooted and divided) and all(not isinstance(n, Func) or n.name in SEAMLESS for n in parts):
        return True
    return never_ends(equation, answer, name)


def never_ends(equation: Node, answer: Node, name: str) -> bool:
    """Whether the answer, if ln u may stand for ln|u|, surely is continuous wherever the formulas of the equation are defined."""
    meant = with_absolute_logarithms(answer)
    return any(form is not None and continuous_where(equation, form, name) is True for form in (answer, meant))


def with_absolute_logarithms(node: Node) -> Node | None:
    """The formula with ln|u| for each ln u, which is how textbooks mean it; None when there is none, or one of a −u."""
    logs = [n for n in walk(node) if isinstance(n, Func) and n.name == "ln" and symbols(n)]
    if not logs or any(isinstance(n.args[0], Neg) or _negative_factor(n.args[0]) for n in logs):
        return None

    def change(n: Node) -> Node:
        return Func("ln", (Func("abs", n.args),)) if isinstance(n, Func) and n.name == "ln" and symbols(n) else n

    return a.rebuild(node, change)


def _negative_factor(node: Node) -> bool:
    return isinstance(node, Mul | Div) and any(isinstance(n, Neg) for n in walk(node))
