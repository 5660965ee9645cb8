"""Questions about one function or one list of expressions: inverse, vertex, an equation with given roots, common multiples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks import equation
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, plain, refuted, shown, undecided, verified
from phi4web.verify.checks.compare import compare
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.derivative import expression_of, judge, point_words
from phi4web.verify.checks.domain import defined_where
from phi4web.verify.checks.evaluate import judge_value
from phi4web.verify.checks.rewrite import sign_cases
from phi4web.verify.checks.task import real_powers
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Call, Node, Rel, Sym, Tuple_, rebuild, symbols
from phi4web.verify.problem.statement import Domain, Statement

INVERSE = "the answer put into the function, and the function into the answer"
ROOTS = "the roots put into the answer, and its degree counted"
COMMON = "exact polynomial arithmetic"
VERTEX = "the square completed"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style of the question. Raises Unfit or NoMethod."""
    return STYLES[statement.style](statement, answer)


def _inverse(statement: Statement, answer: Node) -> Verdict:
    """g is the inverse of f when f(g(x)) = x wherever g is defined, and g(f(x)) = x wherever f is."""
    if isinstance(answer, Rel) and answer.ops == ("=",):
        left = answer.args[0]
        if (isinstance(left, Call) and not left.inverse) or left == Sym(_name(statement)):
            raise Unfit("the inverse function")
        answer = answer.args[1]
    claimed = real_powers(expression_of(answer, statement))
    name = _name(statement)
    if symbols(claimed) != {name}:
        raise Unfit(f"a formula in {name}")
    ring = Ring((statement.node, claimed))
    x = ring[name]
    function, inverse = ring.build(real_powers(statement.node)), ring.build(claimed)
    there, back = function.subs(x, inverse), inverse.subs(x, function)
    results = [compare(x, made, [x]) for made in (there, back)]
    wrong = [r for r in results if r.outcome == "differ"]
    if len(wrong) == 2:
        return judge(wrong[0], INVERSE, str(x), "the function of the answer", claimed)
    if wrong:
        return undecided(INVERSE, f"the answer undoes the function only in part: not at {point_words(wrong[0].at)}")
    if not all(r.outcome == "same" or sign_cases(x, made, [x], Sym(name)) for r, made in zip(results, (there, back), strict=True)):
        return undecided(INVERSE, "it fits as far as computed, but no proof was found")
    put_in = rebuild(claimed, lambda n: real_powers(statement.node) if n == Sym(name) else n)
    if not defined_where(statement.node, put_in, name):
        return undecided(INVERSE, "that the answer has a value at every value of the function is not shown")
    return verified("exact", INVERSE, f"f(g({x})) = {x} and g(f({x})) = {x}, by algebra.", domain="where both are defined")


def _name(statement: Statement) -> str:
    return statement.variable or "x"


def _with_roots(statement: Statement, answer: Node) -> Verdict:
    """An equation of degree two with exactly these roots."""
    if not isinstance(answer, Rel) or answer.ops != ("=",) or len(symbols(answer)) != 1:
        raise Unfit("a quadratic equation")
    name = next(iter(symbols(answer)))
    ring = Ring((answer,), real=False)
    poly = sympy.Poly(ring.build(answer.args[0]) - ring.build(answer.args[1]), ring[name])
    if poly.degree() != 2:
        return refuted(ROOTS, f"The answer has degree {poly.degree()}, not 2.")
    asked = Statement("solve", answer, variable=name, domain=Domain("complex"))
    verdict = equation.check(asked, statement.node)
    if verdict.status == "verified":
        return verified("exact", ROOTS, f"The given numbers are the only roots of {plain(answer)}.", completeness="complete")
    if verdict.status == "refuted":
        return refuted(ROOTS, verdict.witness or "The roots differ.")
    return undecided(ROOTS, verdict.detail or "the roots could not be compared")


def _common(statement: Statement, answer: Node) -> Verdict:
    """The least common multiple, or greatest common divisor, of polynomials over the whole numbers."""
    nodes = (statement.node, *statement.others)
    claimed_node = expression_of(answer, statement)
    ring = Ring((*nodes, claimed_node))
    letters = sorted(ring.env.values(), key=str)
    values = [ring.build(n) for n in nodes]
    claimed = ring.build(claimed_node)
    if not all(v.is_polynomial(*letters) for v in (*values, claimed)) or not letters:
        raise NoMethod("common multiples of polynomials")
    polys = [sympy.Poly(v, *letters, domain="QQ") for v in (*values, claimed)]
    if any(not c.is_Integer for p in polys for c in p.coeffs()):
        raise NoMethod("common multiples of polynomials with whole coefficients")
    step = sympy.lcm if statement.style == "least common multiple" else sympy.gcd
    common = values[0]
    for value in values[1:]:
        common = step(common, value)
    ratio = sympy.cancel(claimed / common)
    if ratio in (1, -1):
        return verified("exact", COMMON, f"It is {_text(sympy.factor(common))}, by factors.")
    if not ratio.free_symbols:
        return undecided(COMMON, f"the answer is {shown(ratio)} times the {statement.style}")
    return refuted(COMMON, f"The {statement.style} is {_text(sympy.factor(common))}.")


def _text(expr: Any) -> str:
    return str(expr).replace("**", "^").replace("*", "")


def _vertex(statement: Statement, answer: Node) -> Verdict:
    ring = Ring((statement.node,))
    if symbols(statement.node) != {_name(statement)} or any(symbols(part) for part, _ in needs_of(statement.node)):
        raise NoMethod("parabolas")
    x = ring[_name(statement)]
    poly = sympy.Poly(ring.build(statement.node), x)
    if poly.degree() != 2:
        raise NoMethod("parabolas")
    a, b, _ = poly.all_coeffs()
    place = -b / (2 * a)
    height = poly.eval(place)
    if statement.style == "vertex":
        return pair(statement, answer, (place, height), VERTEX)
    lowest = statement.style == "minimum"
    if (a > 0) != lowest:
        raise NoMethod("the end of a parabola that exists")
    return judge_value(height, answer, statement, f"the {statement.style}", Ring(()))


def pair(statement: Statement, answer: Node, values: tuple[Any, ...], method: str) -> Verdict:
    """A point against exact coordinates. Raises Unfit for what is no point."""
    if isinstance(answer, Rel) and answer.ops == ("=",) and isinstance(answer.args[-1], Tuple_):
        answer = answer.args[-1]
    if not isinstance(answer, Tuple_) or len(answer.items) != len(values) or any(symbols(i) for i in answer.items):
        raise Unfit(f"a point with {len(values)} coordinates")
    verdicts = [judge_value(v, i, statement, "the coordinate", Ring(())) for v, i in zip(values, answer.items, strict=True)]
    bad = next((v for status in ("refuted", "could_not_check") for v in verdicts if v.status == status), None)
    if bad:
        return bad
    strength = next((v.strength for v in verdicts if v.strength != "exact"), "exact") or "exact"
    return verified(strength, method, f"The coordinates are {', '.join(shown(v) for v in values)}.")


def _line(statement: Statement, answer: Node) -> Verdict:
    """A line through given points: every point put in, and the equation is linear."""
    method = "every point put into the answer, which is linear"
    if not isinstance(answer, Rel) or answer.ops != ("=",) or not symbols(answer) <= {"x", "y"} or not symbols(answer):
        raise Unfit("an equation in x and y")
    ring = Ring((answer, Sym("x"), Sym("y")))
    x, y = ring["x"], ring["y"]
    difference = ring.build(answer.args[0]) - ring.build(answer.args[1])
    if not difference.is_polynomial(x, y) or sympy.Poly(difference, x, y).total_degree() != 1:
        return undecided(method, "the answer is not linear in x and y")
    points = [tuple(ring.build(c) for c in p.items) for p in statement.others if isinstance(p, Tuple_)]
    if len({tuple(p) for p in points}) < 2:
        raise NoMethod("lines through two different points")
    for px, py in points:
        zero = number_is_zero(difference.subs({x: px, y: py}))
        if zero is False:
            return refuted(method, f"The point ({shown(px)}, {shown(py)}) is not on the line of the answer.")
        if zero is None:
            return undecided(method, "whether a point is on the line could not be told")
    return verified("exact", method, f"{len(points)} different points are on it.")


def _midpoint(statement: Statement, answer: Node) -> Verdict:
    points = [[Ring(()).build(c) for c in p.items] for p in statement.others if isinstance(p, Tuple_)]
    middle = tuple((a + b) / 2 for a, b in zip(*points, strict=True))
    return pair(statement, answer, middle, "exact arithmetic")


STYLES: dict[str, Callable[[Statement, Node], Verdict]] = {
    "inverse": _inverse,
    "with roots": _with_roots,
    "least common multiple": _common,
    "greatest common divisor": _common,
    "vertex": _vertex,
    "minimum": _vertex,
    "maximum": _vertex,
    "line": _line,
    "midpoint": _midpoint,
}
