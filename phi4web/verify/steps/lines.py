"""A chain as one line of something being solved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.chains import Chain
from phi4web.verify.steps.reading import NO_VALUE, Reader, bare, has, is_closed, is_name


@dataclass(frozen=True, slots=True)
class Line:
    """`whole`: read as one, such as x = 2 or x = 3, so its links are no claims of their own. `text`: as it was written."""

    node: Node
    shown: str
    whole: bool
    text: str

    @property
    def is_relation(self) -> bool:
        return has(self.node, a.Rel) or isinstance(self.node, a.Special)


_LISTS = re.compile(r"\b(?:or|and)\b|[,;]|\\pm|±|\\mp|\\land|\\lor|∧|∨")


def line_of(chain: Chain, reader: Reader, resolved: Callable[[Node], Node]) -> Line | None:
    """The chain as one line that has solutions; None when it is none, or can't be read in one way. `resolved`: f(x) written out."""
    if "~" in chain.ops:
        return None
    if not chain.ops or (_LISTS.search(chain.text) and "=" in chain.ops) or set(chain.ops) - {"=", "=="}:
        readings = reader.read(chain.text) if chain.text else ()
        if len(readings) != 1 or not _solvable(readings[0]):
            return None
        return Line(bare(readings[0])[0], reader.shown(chain.text), whole=True, text=chain.text)
    if set(chain.ops) != {"="}:
        return None
    sides = [reader.read(m.text) for m in chain.members[:2]]
    if len(sides[0]) != 1 or len(sides[1]) != 1:
        return None
    left, right = (bare(s[0])[0] for s in sides[:2])
    if chain.row.own and not is_name(left):
        left, right = resolved(left), resolved(right)
    elif chain.row.own and isinstance(left, a.Call) and is_closed(right):
        left = resolved(left)
    if not a.symbols(left) | a.symbols(right) or has(left, *NO_VALUE) or has(right, *NO_VALUE):
        return None
    shown, text = (" = ".join(f(m.text) for m in chain.members[:2]) for f in (reader.shown, str.strip))
    return Line(a.Rel(("=",), (left, right)), shown, whole=False, text=text)


def _solvable(node: Node) -> bool:
    if isinstance(node, a.Special):
        return node.name == "no_solution"
    return has(node, a.Rel) and bool(a.symbols(node)) and not has(node, a.Text, a.Dots, a.Call)
