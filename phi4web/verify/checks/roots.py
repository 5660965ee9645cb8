"""The values that an answer to an equation claims, however they are written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from phi4web.verify.checks.base import Unfit
from phi4web.verify.checks.evaluate import NOT_NUMBERS
from phi4web.verify.latex.ast import And, Listing, NamedSet, Neg, Node, Or, PlusMinus, Rel, Set_, Special, Sym, Text, rebuild, symbols, walk

MOST_VALUES = 64
MOST_SIGNS = 3
NO_REAL_SOLUTION = "no real solution"
PARAMETERS = frozenset({"k", "n", "m", "K", "N"})  # any whole number, in a family of solutions


@dataclass(frozen=True, slots=True)
class Claim:
    """`values`: numbers as formulas. `nothing`: "no solution" (`real_only`: "no real solution"). `everything`: all numbers.

    `signs_doubtful`: an item has several ±, read as independent here, though they could go together.
    """

    values: tuple[Node, ...] = ()
    nothing: bool = False
    real_only: bool = False
    everything: bool = False
    signs_doubtful: bool = False


def claims_of(answer: Node, variable: str) -> Claim:
    """Read x = 2 or x = 3; 2, 3; {2, 3}; x = 1 ± 2; no solution. Raises Unfit for anything else."""
    match answer:
        case Special("no_solution") | Set_(()):
            return Claim(nothing=True)
        case Special("all_reals" | "infinitely_many") | NamedSet("R"):
            return Claim(everything=True)
        case Text(words) if words == NO_REAL_SOLUTION:
            return Claim(nothing=True, real_only=True)
        case Rel(("in",), (Sym(name), inner)) if name == variable:
            return claims_of(inner, variable)
    items = _values(_without_integers(answer), variable)
    doubtful = any(sum(isinstance(n, PlusMinus) for n in walk(item)) > 1 for item in items)
    values = tuple(sign for item in items for sign in both_signs(item))
    if len(values) > MOST_VALUES:
        raise Unfit(f"at most {MOST_VALUES} values")
    return Claim(values, signs_doubtful=doubtful)


def _without_integers(answer: Node) -> Node:
    """The answer without "k in Z" beside it."""
    if isinstance(answer, Listing | And):
        items = answer.args if isinstance(answer, And) else answer.items
        kept = tuple(i for i in items if not _says_integer(i))
        if kept and len(kept) < len(items):
            return kept[0] if len(kept) == 1 else Listing(kept)
    return answer


def _says_integer(node: Node) -> bool:
    match node:
        case Rel(("in",), (Sym(name), NamedSet("Z"))):
            return name in PARAMETERS
    return False


def _values(answer: Node, variable: str) -> tuple[Node, ...]:
    match answer:
        case Set_(items) if not items or any(isinstance(i, Set_) for i in items):
            raise Unfit(f"values of {variable} in one set")
        case Or(items) | And(items) | Listing(items) | Set_(items):
            return tuple(v for item in items for v in _values(item, variable))
        case Rel(ops, (left, *rest)) if set(ops) <= {"=", "~"}:
            return _right_of(left, tuple(rest), ops, variable)
    allowed = symbols(answer) <= PARAMETERS - {variable} and not any(
        isinstance(n, NOT_NUMBERS) and not isinstance(n, PlusMinus) for n in walk(answer)
    )
    if not allowed:
        raise Unfit(f"values of {variable}")
    return (answer,)


def _right_of(left: Node, rest: tuple[Node, ...], ops: tuple[str, ...], variable: str) -> tuple[Node, ...]:
    """The value in x = 2, in 2 = x, and in x = 1/3 ≈ 0.33 (where the exact one counts)."""
    if isinstance(left, Sym) and (left.name == variable or left.name.startswith(variable + "_")):
        if len(rest) == 1 or (ops[0] == "=" and set(ops[1:]) == {"~"}):
            return _values(rest[0], variable)
    elif len(rest) == 1 and isinstance(rest[0], Sym) and rest[0].name == variable and ops == ("=",):
        return _values(left, variable)
    raise Unfit(f"{variable} = a number")


def both_signs(node: Node) -> tuple[Node, ...]:
    """A ± formula as its values; any other as itself. Signs with a ∓ go together, other ones are independent."""
    marks = [n for n in walk(node) if isinstance(n, PlusMinus)]
    if not marks:
        return (node,)
    if len(marks) > MOST_SIGNS:
        raise Unfit(f"at most {MOST_SIGNS} signs")
    if any(m.flipped for m in marks):
        return _with_signs(node, [True] * len(marks)), _with_signs(node, [False] * len(marks))
    return tuple(_with_signs(node, list(signs)) for signs in product((True, False), repeat=len(marks)))


def _with_signs(node: Node, signs: list[bool]) -> Node:
    """The formula with its ± in the order of reading replaced; `signs` is used up."""

    def change(n: Node) -> Node:
        if not isinstance(n, PlusMinus):
            return n
        return n.arg if signs.pop(0) != n.flipped else Neg(n.arg)

    return rebuild(node, change)
