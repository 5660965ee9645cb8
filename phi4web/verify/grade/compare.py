"""Two answers, compared by their shapes. The bridges between notations are listed here and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import sympy

from phi4web.verify.build import NotBuildable, TooLarge
from phi4web.verify.grade.sets import Backwards, equal_sets, solution_set
from phi4web.verify.grade.shape import Shape, letters, shape
from phi4web.verify.grade.units import clash as clash_of
from phi4web.verify.grade.units import in_unit_of, other_things, spelled_out
from phi4web.verify.grade.values import EQUAL, Outcome, decimals, differ_by_constant, equal_values, proportional, worked_out
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node

DIFFERENT_KIND = Outcome(False, "a different kind of answer")
_CONSTANTS = frozenset(("C", "c", "K", "k", "C_1", "c_1", "C_0", "c_0", "D"))


def compare(expected: Node, given: Node, prove: bool = False) -> Outcome:
    """Is the given answer the expected one?"""
    if expected == given:
        return EQUAL
    x, y = shape(expected), shape(given)
    if false_claim := _false_claim(y):
        return false_claim
    outcome = _by_kind(x, y, prove)
    if worked_out(expected) and not all(worked_out(part) for part in (y.parts if y.label else (given,))):
        return Outcome(False, "equal in value, but not worked out" if outcome.equal else "not worked out")
    return outcome


def _false_claim(answer: Shape) -> Outcome | None:
    """A chain such as 2·4 = 6 is wrong whatever stands at its end."""
    for left, right in answer.claims:
        if not a.symbols(left) and not a.symbols(right) and not (decimals(left) or decimals(right)):
            outcome = equal_values(left, right)
            if outcome.equal is False:
                return Outcome(False, f"the answer says that two different numbers are equal: {outcome.note}")
    return None


def _by_kind(x: Shape, y: Shape, prove: bool) -> Outcome:
    if "words" in (x.kind, y.kind):
        return _words(x, y)
    if "relation" in (x.kind, y.kind):
        return _relations(x, y)
    if clash := _labels_clash(x, y):
        return clash
    kinds = {x.kind, y.kind}
    if kinds <= {"value", "values"}:
        return _lists(x, y, prove) if "values" in kinds else _with_units(x, y, prove)
    if kinds == {"sequence"}:
        return _in_order(x.parts, y.parts, prove)
    if kinds <= {"set", "value", "values"} and "set" in kinds:
        return _sets(x, y)
    if kinds <= {"tuple", "matrix", "assign", "value"} and (len(kinds) > 1 or "matrix" not in kinds):
        return _vectors(x, y, prove)
    if kinds == {"matrix"}:
        return _matrices(x.parts[0], y.parts[0], prove)
    if kinds == {"ratio"}:
        return _ratios(x.parts, y.parts)
    if kinds == {"residue"}:
        return _residues(x.parts, y.parts)
    if kinds == {"piecewise"}:
        return _piecewise(x.parts[0], y.parts[0], prove)
    return DIFFERENT_KIND


# -- words ----------------------------------------------------------------------------------------------------------------------


def _words(x: Shape, y: Shape) -> Outcome:
    left, right = _as_words(x), _as_words(y)
    if left is None or right is None:
        return DIFFERENT_KIND
    exact = x.kind == y.kind == "words"
    same = left.lower() == right.lower() if exact or len(left) == 1 else left == right
    return EQUAL if same else Outcome(False, "different words")


def _as_words(x: Shape) -> str | None:
    if x.kind == "words":
        text = x.source.text.strip(" .()") if isinstance(x.source, a.Text) else ""
        return x.parts[0].text if not text or " " in text else text  # type: ignore[union-attr]
    return letters(x.source) if x.kind == "value" else None


# -- labels, units --------------------------------------------------------------------------------------------------------------


def _labels_clash(x: Shape, y: Shape) -> Outcome | None:
    if x.label is None or y.label is None or x.label == y.label:
        return None
    if (one := _function(x)) and (other := _function(y)):
        return _functions_clash(one, other)
    both = [s for s in (x, y) if isinstance(s.source, a.Rel) and set(s.source.ops) == {"="} and len(s.source.args) == 2]
    if len(both) == 2 and any(a.symbols(part) for s in both for part in s.parts):
        return _relations(x, y)
    return Outcome(False, f"{x.label} is asked for, {y.label} is given")


class _Named(NamedTuple):
    """What is left of the = in f'(x) = 2x.

    `primes`: the order of a derivative, -1 for an inverse. `args` None: not written. `by`: the letters of dy/dx.
    """

    name: str
    primes: int
    args: tuple[Node, ...] | None
    by: tuple[Node, ...] = ()


def _function(x: Shape) -> _Named | None:
    match x.source.args[0] if isinstance(x.source, a.Rel) else None:
        case a.Sym("y"):
            return _Named("y", 0, None)
        case a.Call(name, args, primes, inverse):
            return _Named(name, -1 if inverse else primes, args or None)
        case a.Deriv(a.Sym(name) | a.Call(name), by):
            return _Named(name, sum(order for _, order in by), None, tuple(letter for letter, _ in by))
    return None


def _functions_clash(x: _Named, y: _Named) -> Outcome | None:
    """y = ..., f(x) = ..., dy/dx = ... and f'(x) = ... may name one thing; f(x) and f'(x) don't."""
    if x.primes != y.primes and not (-1 in (x.primes, y.primes) and "y" in (x.name, y.name)):
        return Outcome(False, "a derivative or an inverse on one side only")
    if x.by and y.by and (x.name, x.by) != (y.name, y.by):
        return Outcome(None, "two derivatives of different names")
    if x.args is not None and y.args is not None and (x.name, x.args) != (y.name, y.args):
        return Outcome(None, "functions of different names, or at different places")
    return None


def _with_units(x: Shape, y: Shape, prove: bool) -> Outcome:
    long = (spelled_out(x), spelled_out(y))
    if x.unit == y.unit or long == (x, y):
        return _in_units(x, y, prove)
    outcome = _in_units(*long, prove)
    if outcome.equal or not _in_units(replace(x, unit=None), replace(y, unit=None), prove).equal:
        return outcome
    return Outcome(None, "thousands or millions are named on one side only")


def _in_units(x: Shape, y: Shape, prove: bool) -> Outcome:
    y = in_unit_of(x, y)
    x = in_unit_of(y, x)
    left, right = x.parts[0], y.parts[0]
    clash = clash_of(x.unit, y.unit)
    outcome = _expressions(left, right, prove)
    if outcome.equal and clash:
        return Outcome(False, clash)
    if outcome.equal and other_things(x.unit, y.unit):
        return Outcome(None, f"the numbers are equal, but {x.unit} may not be {y.unit}")
    if outcome.equal and {x.unit, y.unit} == {"deg", None} and equal_values(left, a.Num(0)).equal is False:
        return Outcome(None, "an angle in degrees on one side, a plain number on the other")
    if outcome.equal and x.unit != y.unit and "%" not in (x.unit, y.unit):
        return Outcome(True, "equal; the unit is given once only" if None in (x.unit, y.unit) else "equal", outcome.exact)
    if outcome.equal is False and "deg" in (x.unit, y.unit) and x.unit != y.unit and None in (x.unit, y.unit):
        turned = equal_values(_radians(x), _radians(y), prove)
        return turned if turned.equal else outcome
    return outcome


def _radians(x: Shape) -> Node:
    return a.Degree(x.parts[0]) if x.unit == "deg" else x.parts[0]


# -- values ---------------------------------------------------------------------------------------------------------------------


def _expressions(x: Node, y: Node, prove: bool = False) -> Outcome:
    (x, c), (y, d) = _without_constant(x), _without_constant(y)
    if c and d:
        return differ_by_constant(x, y)
    if c or d:
        missing = differ_by_constant(x, y)
        note = "the constant of integration is missing" if c else "a constant too many"
        return Outcome(False, note if missing.equal else missing.note or note)
    outcome = equal_values(x, y, prove)
    if outcome.equal is False and decimals(x) and decimals(y) and _only_noise(x, y):
        return Outcome(True, "equal up to the noise of floating-point numbers", exact=False)
    if outcome.equal is False and _is_imaginary_j(x, y):
        return outcome
    return outcome


def _only_noise(x: Node, y: Node) -> bool:
    """Decimals that agree to twelve digits, as 0.1 + 0.2 does with 0.3 in a program."""
    if a.symbols(x) or a.symbols(y):
        return False
    from phi4web.verify.build import to_sympy

    try:
        left, right = to_sympy(x, {}), to_sympy(y, {})
        return bool(abs(left - right) <= abs(left) * sympy.Rational(1, 10**12))
    except (NotBuildable, TooLarge, TypeError):
        return False


def _is_imaginary_j(x: Node, y: Node) -> bool:
    return "j" in a.symbols(x) | a.symbols(y)


def _without_constant(node: Node) -> tuple[Node, str | None]:
    """x^3/3 + C -> x^3/3 and C. Only a lone letter that stands nowhere else counts, beside other symbols."""
    if not isinstance(node, a.Add):
        return node, None
    for i, term in enumerate(node.args):
        inner = term.arg if isinstance(term, a.Neg) else term
        if isinstance(inner, a.Sym) and inner.name in _CONSTANTS:
            rest = node.args[:i] + node.args[i + 1 :]
            remaining = rest[0] if len(rest) == 1 else a.Add(rest)
            if inner.name not in a.symbols(remaining) and a.symbols(remaining):
                return remaining, inner.name
    return node, None


def _lists(x: Shape, y: Shape, prove: bool) -> Outcome:
    """Values without order, each counted once."""
    left, right = _without_repeats(_flat(x.parts)), _without_repeats(_flat(y.parts))
    if len(left) != len(right):
        left, right = _distinct(left), _distinct(right)
    outcome = _unordered(left, right, prove)
    if outcome.equal and (clash := clash_of(x.unit, y.unit)):
        return Outcome(False, clash)
    return Outcome(None, "other things are counted") if outcome.equal and other_things(x.unit, y.unit) else outcome


def _flat(parts: tuple[Node, ...]) -> list[Node]:
    from phi4web.verify.latex.expand import alternatives

    return [value for part in parts for value in alternatives(part)]


def _unordered(left: list[Node], right: list[Node], prove: bool) -> Outcome:
    right = list(right)
    if len(left) != len(right):
        more = "missing" if len(right) < len(left) else "too many"
        return Outcome(False, f"{abs(len(left) - len(right))} values {more}")
    exact, undecided, notes = True, False, ""
    for item in left:
        outcomes = [(compare(item, other, prove), other) for other in right]
        match = next(((o, other) for o, other in outcomes if o.equal), None)
        if match:
            right.remove(match[1])
            exact, notes = exact and match[0].exact, notes or match[0].note
        elif any(o.equal is None for o, _ in outcomes):
            undecided = True
        else:
            return Outcome(False, "a value is missing or wrong")
    return Outcome(None, "some values could not be compared") if undecided else Outcome(True, "the same values", exact)


def _without_repeats(items: list[Node]) -> list[Node]:
    return list(dict.fromkeys(items))


def _distinct(items: list[Node]) -> list[Node]:
    """The same value written in two ways counts once: 639/40 and 15 39/40."""
    found: list[Node] = []
    for item in items[:12]:
        if not any(compare(item, other).equal for other in found):
            found.append(item)
    return found + items[12:]


def _in_order(left: tuple[Node, ...], right: tuple[Node, ...], prove: bool) -> Outcome:
    if len(left) != len(right):
        return Outcome(False, f"{len(right)} entries in place of {len(left)}")
    outcomes = [compare(p, q, prove) for p, q in zip(left, right, strict=True)]
    if wrong := next((o for o in outcomes if o.equal is False), None):
        return Outcome(False, f"an entry differs: {wrong.note}" if wrong.note else "an entry differs")
    if any(o.equal is None for o in outcomes):
        return Outcome(None, "some entries could not be compared")
    return Outcome(True, "entry by entry", all(o.exact for o in outcomes))


# -- sets -----------------------------------------------------------------------------------------------------------------------


def _sets(x: Shape, y: Shape) -> Outcome:
    if "value" in (x.kind, y.kind) and not (x.label and y.label):
        return DIFFERENT_KIND
    try:
        name, left = solution_set(_as_set(x))
        other, right = _given_set(y)
    except _Refused as error:
        return Outcome(False, error.message)
    except (NotBuildable, TooLarge) as error:
        if x.kind == y.kind == "set" and isinstance(x.source, a.Rel) and isinstance(y.source, a.Rel):
            return _inequalities(x.source, y.source)
        return Outcome(None, error.message)
    except (TypeError, NotImplementedError, ValueError):
        return Outcome(None, "the sets could not be compared")
    if name and other and name != other and "values" not in (x.kind, y.kind):
        return Outcome(False, f"{name} is asked for, {other} is given")
    equal = equal_sets(left, right)
    return Outcome(equal, "the same set" if equal else "different sets" if equal is False else "the sets could not be compared")


class _Refused(NotBuildable):
    """The answer names a set that can't be: [5, 1)."""


def _given_set(y: Shape) -> tuple[str | None, object]:
    try:
        return solution_set(_as_set(y))
    except Backwards as error:
        raise _Refused(error.message) from None


def _as_set(x: Shape) -> Node:
    return x.parts[0] if x.kind == "set" else a.Set_(x.parts)


def _inequalities(x: a.Rel, y: a.Rel) -> Outcome:
    """Inequalities in several variables: the same up to a positive factor."""
    if len(x.ops) != 1 or len(y.ops) != 1:
        return Outcome(None, "these inequalities could not be compared")
    (op, left), (other, right) = _less_than_zero(x), _less_than_zero(y)
    if op != other:
        return Outcome(False, "the signs of the inequalities differ")
    return proportional(left, right, positive=op != "!=")


def _less_than_zero(x: a.Rel) -> tuple[str, Node]:
    left, right = x.args
    if x.ops[0] in (">", ">="):
        left, right = right, left
    return {">": "<", ">=": "<="}.get(x.ops[0], x.ops[0]), a.Add((left, a.Neg(right)))


# -- relations ------------------------------------------------------------------------------------------------------------------


def _relations(x: Shape, y: Shape) -> Outcome:
    left, right = x.source, y.source
    if not (isinstance(left, a.Rel) and isinstance(right, a.Rel)):
        return Outcome(False, "an equation in place of a value" if isinstance(right, a.Rel) else "a value in place of an equation")
    if set(left.ops) != {"="} or set(right.ops) != {"="} or len(left.ops) != 1 or len(right.ops) != 1:
        return Outcome(None if left.ops == right.ops else False, "these relations could not be compared")
    return proportional(_zero_form(left), _zero_form(right))


def _zero_form(x: a.Rel) -> Node:
    return a.Add((x.args[0], a.Neg(x.args[1])))


# -- vectors, matrices, ratios, residues, cases ---------------------------------------------------------------------------------


def _vectors(x: Shape, y: Shape, prove: bool) -> Outcome:
    if x.kind == y.kind == "assign":
        if set(x.names) != set(y.names):
            return Outcome(False, "other unknowns")
        given = dict(zip(y.names, y.parts, strict=True))
        return _in_order(x.parts, tuple(given[name] for name in x.names), prove)
    mixed = {x.kind, y.kind} == {"assign", "tuple"}
    if mixed and any(s.kind == "assign" and list(s.names) != sorted(s.names) for s in (x, y)):
        return Outcome(None, "the values have names on one side only, in an order of their own")
    left, right = _entries(x), _entries(y)
    if left is None or right is None:
        return DIFFERENT_KIND
    return _in_order(left, right, prove)


def _entries(x: Shape) -> tuple[Node, ...] | None:
    if x.kind == "matrix" and isinstance(x.parts[0], a.Matrix):
        rows = x.parts[0].rows
        return rows[0] if len(rows) == 1 else tuple(row[0] for row in rows) if len(rows[0]) == 1 else None
    if x.kind == "assign":
        in_order = sorted(zip(x.names, x.parts, strict=True)) if len(set(x.names)) == len(x.names) else []
        return tuple(part for _, part in sorted(in_order, key=lambda pair: pair[0]))
    return x.parts if x.kind == "tuple" else _unit_vectors(x.parts[0])


def _unit_vectors(node: Node) -> tuple[Node, ...] | None:
    """i + 2j, with the letters in bold or under hats, as its coefficients."""
    parts: dict[str, Node] = {}
    for term in node.args if isinstance(node, a.Add) else (node,):
        negative, inner = (True, term.arg) if isinstance(term, a.Neg) else (False, term)
        factors = inner.args if isinstance(inner, a.Mul) else (inner,)
        names = [f.name for f in factors if isinstance(f, a.Sym) and f.name.partition(":")[2] in ("i", "j", "k")]
        if len(names) != 1 or names[0].partition(":")[2] in parts:
            return None
        rest = tuple(f for f in factors if not (isinstance(f, a.Sym) and f.name == names[0]))
        value: Node = a.Num(1) if not rest else rest[0] if len(rest) == 1 else a.Mul(rest)
        parts[names[0].partition(":")[2]] = a.Neg(value) if negative else value
    axes = "ijk" if "k" in parts else "ij"
    return tuple(parts.get(axis, a.Num(0)) for axis in axes)


def _matrices(x: Node, y: Node, prove: bool) -> Outcome:
    if not (isinstance(x, a.Matrix) and isinstance(y, a.Matrix)):
        return DIFFERENT_KIND
    if (len(x.rows), len(x.rows[0])) != (len(y.rows), len(y.rows[0])):
        return Outcome(False, "matrices of different sizes")
    return _in_order(tuple(v for row in x.rows for v in row), tuple(v for row in y.rows for v in row), prove)


def _ratios(x: tuple[Node, ...], y: tuple[Node, ...]) -> Outcome:
    if len(x) != len(y):
        return Outcome(False, "ratios of different lengths")
    if any(equal_values(part, a.Num(0)).equal is not False for part in (*x, *y)):
        return Outcome(None if x != y else True, "a ratio with a zero")
    crossed = [equal_values(a.Mul((x[0], q)), a.Mul((p, y[0]))) for p, q in zip(x[1:], y[1:], strict=True)]
    return Outcome(False if any(c.equal is False for c in crossed) else True if all(c.equal for c in crossed) else None, "ratios")


def _residues(x: tuple[Node, ...], y: tuple[Node, ...]) -> Outcome:
    modulus = equal_values(x[1], y[1])
    if not modulus.equal:
        return Outcome(modulus.equal, "different moduli")
    return equal_values(a.Func("mod", (x[0], x[1])), a.Func("mod", (y[0], x[1])))


def _piecewise(x: Node, y: Node, prove: bool) -> Outcome:
    if not (isinstance(x, a.Piecewise) and isinstance(y, a.Piecewise)) or len(x.pieces) != len(y.pieces):
        return Outcome(None, "cases of different number")
    try:
        left, right = _case_sets(x), _case_sets(y)
    except (NotBuildable, TooLarge, TypeError, NotImplementedError, ValueError):
        return Outcome(None, "the conditions could not be compared")
    exact = True
    for value, where in left:
        match = next((v for v, w in right if equal_sets(where, w)), None)
        if match is None:
            return Outcome(None, "the conditions differ")
        outcome = compare(value, match, prove)
        if not outcome.equal:
            return Outcome(outcome.equal, f"a case differs: {outcome.note}")
        exact = exact and outcome.exact
    return Outcome(True, "case by case", exact)


def _case_sets(x: a.Piecewise) -> list[tuple[Node, object]]:
    found: list[tuple[Node, object]] = []
    rest = sympy.S.Reals
    for value, condition in x.pieces:
        where = rest if condition is None else solution_set(condition)[1]
        found.append((value, where))
        rest = sympy.Complement(rest, where)
    return found
