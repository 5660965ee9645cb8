"""The formula as read: small frozen values that compare and hash by content. Knows nothing of text or of SymPy.

Numbers are never negative here: -3 is Neg(Num(3)). Nothing is simplified: 2/4 stays Div(Num(2), Num(4)).
Names: Sym.name is "x", "alpha", "x_1", "v_max"; a styled letter has a prefix: "bold:i", "vec:v", "hat:i", "bb:E", "cal:F", "bar:x".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

FUNCTIONS: dict[str, tuple[int, int]] = {  # name: (least, most) number of arguments
    **dict.fromkeys(("sin", "cos", "tan", "cot", "sec", "csc"), (1, 1)),
    **dict.fromkeys(("arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc"), (1, 1)),
    **dict.fromkeys(("sinh", "cosh", "tanh", "coth", "sech", "csch"), (1, 1)),
    **dict.fromkeys(("arcsinh", "arccosh", "arctanh"), (1, 1)),
    "exp": (1, 1),
    "ln": (1, 1),
    "log": (1, 2),  # log(x), base as written nowhere (10 or e by convention); log(x, base)
    "sqrt": (1, 1),
    "root": (2, 2),  # root(x, n): the real nth root as written by \sqrt[n]{x}
    "abs": (1, 1),
    "norm": (1, 1),
    "floor": (1, 1),
    "ceil": (1, 1),
    "factorial": (1, 1),
    "factorial2": (1, 1),  # n!!
    "binom": (2, 2),
    "perm": (2, 2),
    "gcd": (2, 64),
    "lcm": (2, 64),
    "min": (1, 64),
    "max": (1, 64),
    "mod": (2, 2),  # remainder: a mod m
    "pmod": (2, 2),  # residue class: a (mod m)
    "sgn": (1, 1),
    "re": (1, 1),
    "im": (1, 1),
    "conj": (1, 1),
    "arg": (1, 1),
    "gamma": (1, 1),
    "zeta": (1, 1),
    "harmonic": (1, 1),
    "erf": (1, 1),
    "totient": (1, 1),
    "det": (1, 1),
    "trace": (1, 1),
    "rank": (1, 1),
    "transpose": (1, 1),
    "dot": (2, 2),
    "cross": (2, 2),
}

RelOp = Literal["=", "!=", "<", "<=", ">", ">=", "~", "==", "in", "notin", "subset", "->"]
# "~" approximately, "==" congruent or identical, "->" maps to / tends to


@dataclass(frozen=True, slots=True)
class Num:
    """`num`/`den` in lowest terms, never negative. `places`: decimal places as written (0.50 has 2); None: an exact integer or fraction."""

    num: int
    den: int = 1
    places: int | None = None


@dataclass(frozen=True, slots=True)
class BaseNum:
    """Digits written in a base, as in 1010_2."""

    digits: str
    base: int


@dataclass(frozen=True, slots=True)
class Sym:
    name: str


@dataclass(frozen=True, slots=True)
class Const:
    name: Literal["pi", "e", "i", "inf"]


@dataclass(frozen=True, slots=True)
class Add:
    """Two or more terms; a subtracted one is a Neg, a ± one is a PlusMinus."""

    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    """Two or more factors."""

    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Neg:
    arg: Node


@dataclass(frozen=True, slots=True)
class Div:
    num: Node
    den: Node


@dataclass(frozen=True, slots=True)
class Pow:
    base: Node
    exp: Node


@dataclass(frozen=True, slots=True)
class Func:
    """A known function: a name and a number of arguments of FUNCTIONS."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the problem's own: f(x) is Call("f", (x,)), f''(x) has primes 2, y' alone has no arguments.

    `inverse`: f^{-1}(x).
    """

    name: str
    args: tuple[Node, ...] = ()
    primes: int = 0
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class PlusMinus:
    """±arg, or ∓arg when `flipped`. All in one formula share one sign."""

    arg: Node
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Percent:
    arg: Node


@dataclass(frozen=True, slots=True)
class Degree:
    """An angle written with °."""

    arg: Node


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit or currency as data: 10 cm, $5, 3 apples."""

    value: Node
    unit: str


@dataclass(frozen=True, slots=True)
class Rel:
    """args[0] ops[0] args[1] ops[1] args[2] ...: a chain such as 1 < x <= 3."""

    ops: tuple[RelOp, ...]
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class And:
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Values side by side without brackets: 1, 2 and x = 1, y = 2."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Tuple_:
    """(1, 2), a point or vector; also ⟨1, 2⟩."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Set_:
    """{1, 2}; the empty set is Set_(())."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    lo: Node
    hi: Node
    lo_closed: bool
    hi_closed: bool


@dataclass(frozen=True, slots=True)
class SetOp:
    op: Literal["union", "intersection", "minus"]
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class SetBuilder:
    """{ element | condition }."""

    element: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class NamedSet:
    """The number sets; `R+`, `Z-` and so on are SetBuilder or Interval."""

    name: Literal["N", "Z", "Q", "R", "C"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """1 : 2 or 1 : 2 : 3."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """The dots of 1, 2, ..., n. Never a value."""


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Piecewise:
    """(value, condition) pairs; condition None: otherwise."""

    pieces: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Deriv:
    """d^n/dx^n expr: `by` holds (variable, order) pairs."""

    expr: Node
    by: tuple[tuple[Sym, int], ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Integral:
    """`lo` and `hi` None: indefinite. Double integrals are nested, the inner one first."""

    expr: Node
    var: Sym
    lo: Node | None = None
    hi: Node | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """`side`: "+" from above, "-" from below, "+-" both, which is what no sign means."""

    expr: Node
    var: Sym
    point: Node
    side: Literal["+", "-", "+-"] = "+-"


@dataclass(frozen=True, slots=True)
class Sum:
    expr: Node
    var: Sym
    lo: Node
    hi: Node


@dataclass(frozen=True, slots=True)
class Prod:
    expr: Node
    var: Sym
    lo: Node
    hi: Node


@dataclass(frozen=True, slots=True)
class Text:
    """Words that are the answer or stand in it, spaces single, case kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Special:
    """An answer in words that the checker knows."""

    name: Literal["no_solution", "all_reals", "dne", "undefined", "yes", "no", "true", "false", "infinitely_many"]


Node: TypeAlias = (
    Num | BaseNum | Sym | Const | Add | Mul | Neg | Div | Pow | Func | Call | PlusMinus | Percent | Degree | Quantity
    | Rel | And | Or | Listing | Tuple_ | Set_ | Interval | SetOp | SetBuilder | NamedSet | Ratio | Dots | Matrix
    | Piecewise | Deriv | Integral | Limit | Sum | Prod | Text | Special
)  # fmt: skip
NODES: tuple[type, ...] = get_args(Node)


@dataclass(frozen=True, slots=True)
class Parse:
    """One reading of a formula. `notes`: short codes of what was decided, such as "mixed_number" or "fraction_then_product"."""

    node: Node
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What the problem tells about the names in an answer.

    `functions`: names to read as functions in f(x). `variables`: names that are plain symbols even if e, i or d.
    `imaginary`: True reads i (and j) as the imaginary unit, False as a symbol, None: the usual rules.
    `brackets`: what (a, b) is; None keeps both readings. `decimal_comma`: keep 3.5 as a second reading of 3,5.
    """

    functions: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    imaginary: bool | None = None
    brackets: Literal["tuple", "interval"] | None = None
    decimal_comma: bool = False


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside, in reading order."""
    for field in fields(node):
        yield from _nodes_in(getattr(node, field.name))


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, NODES):
        yield value  # type: ignore[misc]
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    todo = [node]
    while todo:
        top = todo.pop()
        yield top
        todo.extend(reversed(list(children(top))))


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """A copy with `change` applied from the leaves up."""
    make: Any = type(node)
    return change(make(*(_changed(getattr(node, f.name), change) for f in fields(node))))


def _changed(value: object, change: Callable[[Node], Node]) -> object:
    if isinstance(value, NODES):
        return rebuild(value, change)  # type: ignore[arg-type]
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    return value


def bound_variables(node: Node) -> tuple[Sym, ...]:
    """Names that this node itself binds."""
    if isinstance(node, Limit | Sum | Prod):
        return (node.var,)
    if isinstance(node, Integral) and node.lo is not None:
        return (node.var,)
    return ()


def symbols(node: Node) -> frozenset[str]:
    """The free symbol names: bound variables of sums, products, limits and definite integrals are left out."""
    if isinstance(node, Sym):
        return frozenset((node.name,))
    bound = bound_variables(node)
    if not bound:
        return frozenset[str]().union(*(symbols(child) for child in children(node)))
    inside = symbols(node.expr) - {v.name for v in bound}  # type: ignore[union-attr]
    outside = [child for child in children(node) if child is not node.expr and child not in bound]  # type: ignore[union-attr]
    return inside.union(*(symbols(child) for child in outside))


def size(node: Node) -> int:
    """How many nodes."""
    return sum(1 for _ in walk(node))
