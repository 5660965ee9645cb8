"""Members of a chain to formulas, once each; and what of a formula is only notation around a number."""

from __future__ import annotations

import re
from collections.abc import Iterable

from phi4web.errors import ParseFailure
from phi4web.verify.latex import ast as a
from phi4web.verify.latex import parse, to_latex
from phi4web.verify.latex.ast import Context, Node
from phi4web.verify.latex.tokens import safe_text

LONGEST = 1_500
LONGEST_SHOWN = 300
NO_VALUE = (
    a.Text, a.Dots, a.Special, a.Listing, a.Set_, a.Interval, a.SetOp, a.SetBuilder, a.NamedSet, a.Ratio, a.PlusMinus, a.Rel, a.And, a.Or,
    a.Tuple_, a.Call, a.Piecewise,
)  # fmt: skip
_DEFINED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])\s*\(\s*[A-Za-z](?:\s*,\s*[A-Za-z])?\s*\)\s*(?:=|\\text)")
_RATE = re.compile(r"(?<![\w.])(\d[\d.]* ?[A-Za-z]{1,3}) ?/ ?(\d[\d.]* [A-Za-z]{1,3})(?![A-Za-z(/])")  # 240 km / 3 h
_RESIDUE = re.compile(
    r"\\pmod\s*(?:\{[^{}]*\}|\S)|\\?\(\s*(?:\\bmod|\\mod|\\text\{\s*mod\s*\}|mod)\s*~?\{?[^)]*\)|\\pod\{[^{}]*\}|\\bmod\b.*"
)


_END = r"(?:\{[^{}]{1,40}\}|\(-?\w{1,9}\)|-?[\w.]{1,9}|\\[a-z]+)"
_BETWEEN = re.compile(
    r"\s*(?:(?:\\left|\\[bB]igg?l?)?\s*\[(?P<inside>.+?)(?:\\right|\\[bB]igg?r?)?\s*\]|(?P<before>.+?)\\(?:[bB]igg?r?|right)\s*\|)"
    rf"\s*(?P<sign>[_^])\s*(?P<one>{_END})\s*[_^]\s*(?P<two>{_END})\s*",
    re.S,
)


class Reader:
    """Reads formulas of one solution, remembering what it read."""

    def __init__(self, *texts: str) -> None:
        names = frozenset(m.group(1) for text in texts for m in _DEFINED.finditer(text[:20_000]))
        self._context = Context(functions=names)
        self._known: dict[str, tuple[Node, ...]] = {}

    def read(self, text: str) -> tuple[Node, ...]:
        """Every reading, the likeliest first; none when nobody can read it."""
        key = text.strip()
        if key not in self._known:
            self._known[key] = self._parsed(key)
        return self._known[key]

    def _parsed(self, text: str) -> tuple[Node, ...]:
        if not text or len(text) > LONGEST:
            return ()
        text = _RATE.sub(r"(\1)/(\2)", text)
        try:
            return tuple(p.node for p in parse(text, context=self._context))
        except (ParseFailure, RecursionError):
            return self._between(text)

    def _between(self, text: str) -> tuple[Node, ...]:
        """[F]_a^b, the antiderivative with both ends put in."""
        match = _BETWEEN.fullmatch(text)
        if match is None:
            return ()
        inside, *ends = (self.read(part) for part in (match["inside"] or match["before"], *_ends(match)))
        letters = a.symbols(inside[0]) if len(inside) == 1 else frozenset()
        if len(letters) != 1 or any(len(end) != 1 for end in ends):
            return ()
        low, high = (put(inside[0], next(iter(letters)), end[0]) for end in ends)
        return (a.Add((high, a.Neg(low))),)

    def shown(self, text: str) -> str:
        """LaTeX made by us from the first reading, or the bare words of what can't be read."""
        readings = self.read(text)
        try:
            latex = to_latex(readings[0]) if readings else ""
        except (RecursionError, ValueError):
            latex = ""
        return latex if 0 < len(latex) <= LONGEST_SHOWN * 4 else "\\text{" + safe_text(text)[:LONGEST_SHOWN] + "}"


def put(node: Node, name: str, value: Node) -> Node:
    """The formula with a value in place of a letter."""
    return a.rebuild(node, lambda n: value if n == a.Sym(name) else n)


def _ends(match: re.Match[str]) -> tuple[str, str]:
    first, second = (match[name].strip("{} ") for name in ("one", "two"))
    return (first, second) if match["sign"] == "_" else (second, first)


def without_residue(text: str) -> str:
    return _RESIDUE.sub(" ", text)


def bare(node: Node) -> tuple[Node, frozenset[str]]:
    """The formula without its units, and the units."""
    units = frozenset(n.unit for n in a.walk(node) if isinstance(n, a.Quantity))
    return (a.rebuild(node, lambda n: n.value if isinstance(n, a.Quantity) else n), units) if units else (node, units)


def without_degrees(node: Node) -> Node:
    return a.rebuild(node, lambda n: n.arg if isinstance(n, a.Degree) else n)


def without_percent(node: Node) -> Node:
    return a.rebuild(node, lambda n: n.arg if isinstance(n, a.Percent) else n)


def has(node: Node, *kinds: type) -> bool:
    return any(isinstance(n, kinds) for n in a.walk(node))


def places(*nodes: Node) -> int | None:
    """The fewest digits after the point of the decimals in the formulas; None: there are no decimals."""
    return min((n.places for node in nodes for n in a.walk(node) if isinstance(n, a.Num) and n.places), default=None)


def is_value(node: Node) -> bool:
    """A number or an expression in letters: nothing in it that has no value by itself."""
    return not has(node, *NO_VALUE)


def is_closed(node: Node) -> bool:
    return not a.symbols(node) and is_value(node)


def is_name(node: Node) -> bool:
    """What stands left in a definition: a letter, f(x), P(A)."""
    if isinstance(node, a.Mul):
        return all(isinstance(part, a.Sym) for part in node.args)
    return isinstance(node, a.Sym | a.Call)


def functions_in(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset(n.name for node in nodes for n in a.walk(node) if isinstance(n, a.Func))


def is_bare_number(node: Node) -> bool:
    return isinstance(node.arg if isinstance(node, a.Neg) else node, a.Num)
