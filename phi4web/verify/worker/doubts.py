"""Answers that may be meant in another way than they are written: commas between inequalities, angles, the order of a tuple."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.build import NotBuildable, TooLarge
from phi4web.verify.checks.antiderivative import without_constant
from phi4web.verify.checks.base import GAVE_UP, Ring, plain
from phi4web.verify.checks.conditions import in_words
from phi4web.verify.checks.defined import needs_of
from phi4web.verify.checks.evaluate import doubtful_part
from phi4web.verify.checks.form import is_form_fault
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.grade.sets import solution_set
from phi4web.verify.latex.ast import (
    Add,
    And,
    Const,
    Degree,
    Func,
    Integral,
    Interval,
    Limit,
    Listing,
    Mul,
    Neg,
    Node,
    Num,
    Or,
    Percent,
    Quantity,
    Rel,
    Sym,
    Tuple_,
    symbols,
    walk,
)
from phi4web.verify.latex.words import UNITS
from phi4web.verify.problem import Statement, has_dotted_decimal, is_unfinished
from phi4web.verify.problem.conventions import LIKELY_DEGREES, TRIG
from phi4web.verify.worker.sides import is_to_do
from phi4web.verify.worker.typed import mixed_percent, two_meanings

ORDER = frozenset(("<", "<=", ">", ">=", "!="))
ANGLES = frozenset(("arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc"))
WHOLE = frozenset(("greatest common divisor", "least common multiple", "line", "with roots", "vertex", "minimum", "maximum"))
USUAL_ORDER = frozenset("xyz")
DOTS = "a decimal with dots after it repeats, or was cut off"
GREEK_FUNCTION = re.compile(r"(?:\\?(?:var)?(?:phi|sigma|tau|mu|lambda|omega|zeta|Gamma)\b|[φϕστμλωζΓ])\s*(?:\\left)?\(\s*-?\d")
TIMES_SIGN = re.compile(r"\\times|\\cdot|[*·×⋅∙•∗(\[|/÷]|\\div|\b(?:times|multiplied|product|of|by)\b")
LOOSE_BRACES = re.compile(r"\d\s*\{\s*\d|\{\s*\d+\s*\}\s*\{?\s*\d")


def doubt_of_writing(problem: str, answer: str, verdict: Verdict) -> str | None:
    """Words for something in the texts that people write for two things, or None."""
    if verdict.status == "could_not_check":
        return None
    if verdict.status == "refuted" and (is_unfinished(problem) or is_unfinished(answer)):
        return DOTS
    if has_dotted_decimal(problem) and r"\overline" not in (verdict.reading or ""):
        return DOTS
    if verdict.strength == "exact" and has_dotted_decimal(answer) and r"\overline" not in (verdict.answer or ""):
        return DOTS
    if verdict.status == "refuted" and (mixed := mixed_percent(problem) or mixed_percent(answer)):
        return mixed
    if GREEK_FUNCTION.search(problem):
        return "a Greek letter before a bracket may be a function, such as the number of coprime numbers, or a factor"
    return two_meanings(problem) or two_meanings(answer)


def unequal_sides(statement: Statement, answer: Node) -> str | None:
    """Words for two sides of an answer, such as 77 = 25%, that are numbers and not shown to be equal. Units of two kinds are left aside."""
    if not isinstance(answer, Rel) or not set(answer.ops) <= {"=", "~"}:
        return None
    sides = [_with_unit(side, symbols(statement.node)) for side in answer.args]
    for op, left, right in zip(answer.ops, sides, sides[1:], strict=False):
        units = {side.unit for side in (left, right) if isinstance(side, Quantity)}
        if symbols(left) or symbols(right) or len(units) > 1 or is_to_do(left) or is_to_do(right):
            continue
        values = [[v for n in _meant(side) if (v := _number(n)) is not None] for side in (left, right)]
        numbers = [bool(v) for v in values]
        if all(numbers) and not any(_is_same(a, b, op) for a in values[0] for b in values[1]):
            return f"the answer says {plain(left)} {op} {plain(right)}, which is not so"
        if any(numbers) and any(isinstance(side, Tuple_) for side in (left, right)):
            return "the answer says that a number and a point are the same"
    return None


def _with_unit(side: Node, letters: frozenset[str]) -> Node:
    """5 m as five metres, unless the question has a letter m."""
    match side:
        case Mul((Num() as value, Sym(name))) if name in UNITS and name not in letters:
            return Quantity(value, UNITS[name])
    return side


def _meant(node: Node) -> tuple[Node, ...]:
    """The number, and what it is without its unit or its sign for percent or degrees: 20/80 * 100 = 25% is usual."""
    match node:
        case Quantity(value, _):
            return (value,)
        case Percent(arg) | Degree(arg):
            return (node, arg)
    return (node,)


def _number(node: Node) -> Any:
    try:
        value = Ring(()).build(node)
    except (NotBuildable, TooLarge, *GAVE_UP):
        return None
    return value if isinstance(value, sympy.Expr) and value.is_number and value.is_finite else None


def _is_same(a: sympy.Expr, b: sympy.Expr, op: str) -> bool:
    if op == "=":
        return number_is_zero(a - b) is True
    return bool(abs(sympy.N(a - b, 20)) <= abs(sympy.N(b, 20)) / 20)


def says_function_is_its_derivative(statement: Statement, answer: Node) -> bool:
    """x^3 = 3x^2 for the derivative of x^3."""
    return statement.kind in ("derivative", "antiderivative") and isinstance(answer, Rel) and answer.args[0] == statement.node


def unasked_form(statement: Statement, answer: Node, verdict: Verdict) -> str | None:
    """Words for an answer in another form than the question asks for, in the classes that do not look at it themselves."""
    bare = answer.args[-1] if isinstance(answer, Rel) else answer
    if "exact" in statement.form and verdict.strength != "exact" and any(isinstance(n, Num) and n.places for n in walk(answer)):
        return "the question asks for an exact value; the answer is rounded"
    if statement.kind in ("area", "value", "extremum") and isinstance(bare, Percent):
        return "the answer is a percentage, which the question does not ask for"
    if "interval" in statement.form and isinstance(answer, Rel) and not any(isinstance(n, Interval | Tuple_) for n in walk(answer)):
        return "the question asks for interval notation"
    if statement.kind in ("evaluate", "rewrite"):
        return None
    return is_form_fault("", statement.form, bare, Ring((bare,)))


def side_by_side(text: str, node: Node) -> bool:
    """Whether two numbers are multiplied with no sign or bracket between them: {4}{2} is seen as 42."""
    pairs = [
        (a, b)
        for n in walk(node)
        if isinstance(n, Mul)
        for a, b in zip(n.args, n.args[1:], strict=False)
        if isinstance(a, Num) and isinstance(b, Num)
    ]
    return len(pairs) > len(TIMES_SIGN.findall(text))


def is_with_remainder(statement: Statement) -> bool:
    """Whether an equation ends in a remainder of numbers, as 3x = 2 mod 7, which mostly is a congruence."""
    if statement.kind not in ("solve", "system"):
        return False
    return any(isinstance(n, Func) and n.name == "mod" and not symbols(n) for n in walk(statement.node))


def missing_value(statement: Statement, answer: Node) -> str | None:
    """Words for a part of the answer that algebra cancels but that, as written, has no value or not everywhere: 3·0⁰, x²/x for a divisor.

    The other classes name the conditions of a formula as their domain. A line, a multiple or a parabola has none, and a family holds for
    every n.
    """
    try:
        if part := doubtful_part(answer):
            return part
        needs = [n for n in needs_of(answer) if symbols(n[0]) - (symbols(statement.node) if statement.kind == "solve" else set())]
        whole = statement.kind == "solve" or (statement.kind == "function" and statement.style in WHOLE)
        holes = in_words(needs) if whole else []
    except (NotBuildable, TooLarge):
        return None
    return f"the answer, as written, has a value only where {holes[0]}" if holes else None


def comma_readings(answer: Node) -> tuple[Node, ...]:
    """x > 1, x < 3 with "and" and with "or" for its commas, but not the one that would say everything or nothing."""
    if not isinstance(answer, Listing) or not all(isinstance(i, Rel) and set(i.ops) <= ORDER for i in answer.items):
        return (answer,)
    together, either = And(answer.items), Or(answer.items)
    if _is_all(either, sympy.S.Reals):
        return (together,)
    if _is_all(together, sympy.S.EmptySet):
        return (either,)
    return (together, either)


def _is_all(node: Node, wanted: object) -> bool:
    try:
        return bool(solution_set(node)[1] == wanted)
    except (NotBuildable, TooLarge, TypeError, NotImplementedError, ValueError):
        return False


def is_angle_in_degrees(statement: Statement, answer: Node) -> bool:
    """Whether the question asks for an angle and the answer is a plain number: 90 for arcsin(1)."""
    asks = statement.kind in ("evaluate", "value") and any(isinstance(n, Func) and n.name in ANGLES for n in walk(statement.node))
    return asks and not any(isinstance(n, Degree) or n == Const("pi") for n in walk(answer))


def is_negative_residue(statement: Statement, answer: Node) -> bool:
    """Whether a remainder is asked for and the answer is the negative number next to it: -1 for 100! mod 101."""
    match statement.node:
        case Func("mod", (number, modulus)) if statement.kind == "evaluate" and isinstance(answer, Neg):
            value, whole, least = _number(answer), _number(number), _number(modulus)
            if not all(isinstance(v, sympy.Integer) for v in (value, whole, least)):
                return False
            return bool(-least < value < 0 and (whole - value) % least == 0)
    return False


def is_place_in_degrees(statement: Statement) -> bool:
    """Whether degrees may be meant where the question puts a number into a sine: the derivative at x = 90, f(30) for f(x) = sin x."""
    turning = [n for n in walk(statement.node) if isinstance(n, Func) and n.name in TRIG]
    if statement.kind == "evaluate":
        return statement.called is not None and any(_whole(a) >= LIKELY_DEGREES for n in turning for a in n.args)
    places = [statement.point] if statement.kind == "derivative" else []
    for n in walk(statement.node) if statement.kind == "value" else ():
        places += [n.point] if isinstance(n, Limit) else [n.lo, n.hi] if isinstance(n, Integral) else []
    return any(symbols(n) for f in turning for n in f.args) and any(_whole(p) > 0 and _whole(p) % 15 == 0 for p in places)


def _whole(node: Node | None) -> int:
    """The size of a whole number as written, else 0."""
    bare = node.arg if isinstance(node, Neg) else node
    return bare.num if isinstance(bare, Num) and bare.den == 1 else 0


def has_constant(answer: Node, statement: Statement) -> bool:
    """Whether the answer ends in + C."""
    bare = answer.args[-1] if isinstance(answer, Rel) else answer
    return isinstance(bare, Add) and without_constant(bare, statement)[1]


def is_rounded_otherwise(statement: Statement, answer: Node) -> bool:
    """Whether a decimal has more digits than the question allows: 149 to the nearest hundred, 12.3 to two digits."""
    rounding, written = statement.rounding, _literal(answer)
    if rounding is None or written is None:
        return False
    if rounding.places is not None:
        return rounding.places < 0 and (written.den != 1 or written.num % 10**-rounding.places != 0)
    return rounding.digits is not None and _digits_that_count(written) > rounding.digits


def is_rounded_before_the_point(statement: Statement, answer: Node) -> bool:
    """Whether tens or hundreds were rounded, so that the zeros at the end of the answer are no digits that it claims."""
    rounding, written = statement.rounding, _literal(answer)
    if rounding is None or written is None or written.den != 1:
        return False
    if rounding.digits is not None:
        return len(str(written.num)) > rounding.digits
    return rounding.places is not None and rounding.places < 0


def _literal(answer: Node) -> Num | None:
    bare = answer.args[-1] if isinstance(answer, Rel) else answer
    bare = bare.arg if isinstance(bare, Neg) else bare
    return bare if isinstance(bare, Num) else None


def _digits_that_count(number: Num) -> int:
    """Significant digits, without the zeros at the end of a whole number."""
    if number.places is None:
        return len(str(number.num).rstrip("0")) or 1
    return len(str(number.num * 10**number.places // number.den))


def is_order_in_doubt(statement: Statement, answer: Node) -> bool:
    """Whether a bare tuple could follow the order of the question in place of the alphabet's: (1, 2) for b = 1, a = 2."""
    seen = tuple(dict.fromkeys(_letters(statement.node)))
    if set(seen) <= USUAL_ORDER or seen == statement.variables or _names_its_order(answer):
        return False
    return any(isinstance(n, Tuple_) for n in walk(answer))


def _names_its_order(answer: Node) -> bool:
    return isinstance(answer, Rel) and isinstance(answer.args[0], Tuple_)


def _letters(node: Node) -> Iterator[str]:
    for n in walk(node):
        if isinstance(n, Sym):
            yield n.name
