"""What a question asks, as a value: the class, its formulas, the variable and the conditions. Knows no words and no SymPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from phi4web.verdict import Reason
from phi4web.verify.latex.ast import Node

Kind = Literal[
    "evaluate",
    "solve",
    "derivative",
    "antiderivative",
    "rewrite",
    "inequality",
    "system",
    "value",
    "matrix",
    "integers",
    "function",
    "geometry",
    "sequence",
    "conversion",
    "square",
    "point",
    "tangent",
    "extremum",
    "taylor",
    "area",
    "claim",
    "primes",
    "formula",
    "circle",
]
Numbers = Literal["unsaid", "real", "complex", "integer", "rational"]


class NotUnderstood(Exception):
    """The question can't be checked: `reason` of the closed list, `detail` with the words that were not understood."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Domain:
    """Where solutions are looked for. `conditions` are inequalities in the variable, such as 0 <= x < 1.

    `all_asked`: the question says "all", so complex solutions may be meant even when it names no numbers.
    """

    numbers: Numbers = "unsaid"
    conditions: tuple[Node, ...] = ()
    all_asked: bool = False
    positive: bool = False  # all letters stand for positive numbers


@dataclass(frozen=True, slots=True)
class Rounding:
    """The rounding asked for: `places` after the decimal point (negative: tens, hundreds), or `digits` that count."""

    places: int | None = None
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One reading of a question.

    `node`: the expression, or for "solve" the equation. `order`, `point`: of a derivative. `variable` None: there is none.
    `names`: functions that the question defines, such as {"f"}; an answer may begin with "f'(x) =".
    `style`: what is asked within the class, such as "factor" or "inverse". `others`: further formulas, in the order of the style.
    `variables`: the unknowns of a system. `form`: how the answer must be written, such as "positive exponents".
    `called`: the question's own name of what is asked, such as f(3). `one`: any one of several answers is asked for.
    `told`: what is asked, in words and formulas, where `node` already is its value.
    """

    kind: Kind
    node: Node
    variable: str | None = None
    domain: Domain = field(default_factory=Domain)
    rounding: Rounding | None = None
    order: int = 1
    point: Node | None = None
    names: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    style: str = ""
    others: tuple[Node, ...] = ()
    variables: tuple[str, ...] = ()
    form: frozenset[str] = frozenset()
    called: Node | None = None
    one: bool = False
    told: tuple[str, tuple[Node, ...]] = ("", ())
