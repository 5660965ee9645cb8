"""Lines of something being solved: which line follows from which, and with what change of solutions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from phi4web.verdict import Mark
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.problem import NotUnderstood, understand
from phi4web.verify.steps.chains import Chain
from phi4web.verify.steps.reading import NO_VALUE, Reader, bare, has, is_closed, is_name
from phi4web.verify.steps.solutions import Solutions, Unsolved, solutions
from phi4web.verify.steps.transitions import MARKS, change, of_values

_COMPLEX = frozenset(("z", "omega"))
START = "the start: taken as given"
LONGEST_GAP = 120
_LEADS = re.compile(
    r"\b(?:so|thus|hence|therefore|giv\w+|gets?|obtain\w*|simplif\w+|becomes?|yields?|implies|means|equivalent\w*|reduces?|rearrang\w+|solving"
    r"|dividing|multiplying|adding|subtracting|squaring|factor\w*|leaving|expand\w*|rewrit\w+|or|i\.e\.)\b",
    re.I,
)
_RESTRICTED = re.compile(
    r"\b(?:since|because|as|must|positive|negative|only|integer|reject\w*|discard\w*|acute|but|not|cannot)\b|[<>]", re.I
)


_POINTS = re.compile(r"(?<![A-Za-z\\\\])[A-Z]{2,4}(?![A-Za-z])|\\\\(?:angle|triangle|overline)")  # AB is a length here, no product


@dataclass(frozen=True, slots=True)
class Line:
    """`whole`: read as one, such as x = 2 or x = 3, so its links are no claims of their own."""

    node: Node
    shown: str
    whole: bool

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
        return Line(bare(readings[0])[0], reader.shown(chain.text), whole=True)
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
    return Line(a.Rel(("=",), (left, right)), f"{reader.shown(chain.members[0].text)} = {reader.shown(chain.members[1].text)}", whole=False)


def _solvable(node: Node) -> bool:
    if isinstance(node, a.Special):
        return node.name == "no_solution"
    return has(node, a.Rel) and bool(a.symbols(node)) and not has(node, a.Text, a.Dots, a.Call)


Told = tuple[str | None, Mark, str, str | None]


class Lines:
    """Remembers the lines before, and the cases of a solution that was split up."""

    def __init__(self, problem: str, over_complex: bool = False) -> None:
        """`over_complex`: the text speaks of complex numbers, so what holds for real ones is not enough."""
        self.over_complex = over_complex
        self.shown_before: str | None = None
        self._chain: Chain | None = None
        self._lines: list[Line] = []
        self._question = _question(problem)

    def visit(self, chain: Chain, line: Line) -> Told | None:
        """(words of a start, mark, words, witness), or None when the line doesn't claim to follow from another one."""
        before, chain_before = self._lines[-1] if self._lines else None, self._chain
        self._chain = chain
        self.shown_before = before.shown if before else None
        if not chain.row.own and _POINTS.search(chain.text):
            self._lines = []
            return None
        if before is None or chain_before is None or not self._linked(chain_before, chain):
            self._lines = [line]
            return self._first(line) if chain.row.own else None
        if isinstance(line.node, a.Special) and not a.symbols(before.node):
            return None
        self._lines.append(line)
        return self._follows(chain, line)

    def _linked(self, before: Chain, chain: Chain) -> bool:
        if chain.arrow:
            return True
        if chain.row.own:
            return before.row.own and chain.row.tie != "no"
        if before.row.block == chain.row.block and before.row is not chain.row:
            return True
        gap = chain.row.gap
        return before.row.block != chain.row.block and len(gap) <= LONGEST_GAP and "\n\n" not in gap and bool(_LEADS.search(gap))

    def _first(self, line: Line) -> Told | None:
        """The first line of the user's own working: compared with the question when that is an equation."""
        if not a.symbols(line.node):
            return None
        if self._question is not None and a.symbols(self._question) == a.symbols(line.node):
            try:
                mark, words = MARKS[change(self._question, line.node).kind]
                if mark == "⇔":
                    return None, mark, "same solutions as the question", None
            except Unsolved:
                pass
        return START, "?", START, None

    def _follows(self, chain: Chain, line: Line) -> Told | None:
        before = self._lines[-2]
        letters, letters_before = a.symbols(line.node), a.symbols(before.node)
        if not chain.row.own and len(letters_before) > 1 and letters != letters_before:
            return self._unclear(chain, "not checked: other letters than in the line above")  # it may be meant for every x
        if not letters <= letters_before:
            return self._unclear(chain, "not checked: other letters than in the line above")
        try:
            found = change(before.node, line.node)
        except Unsolved as reason:
            return self._unclear(chain, f"not checked: {reason}")
        mark, words = MARKS[found.kind]
        if found.kind == "others":
            return self._case(line) or self._others(chain, words, found.witness)
        if found.real_only and (self.over_complex or letters & _COMPLEX):
            return self._unclear(chain, "not checked: compared over the real numbers only")
        if found.note:
            words = f"{words}; {found.note}"
        if found.kind == "loses" and not chain.row.own and _RESTRICTED.search(chain.row.sentence + chain.row.gap):
            words = f"{words}, unless the text rules them out"
        return None, mark, words, found.witness

    def _case(self, line: Line) -> Told | None:
        """x = −2 under x = 2 under x² = 4: another case of a line further up."""
        names = a.symbols(line.node)
        if len(names) != 1:
            return None
        name = next(iter(names))
        try:
            for up in range(len(self._lines) - 3, -1, -1):
                whole = solutions(self._lines[up].node, name)
                cases = [solutions(one.node, name) for one in self._lines[up + 1 :]]
                if of_values(whole, cases[-1], name).kind != "loses":
                    continue
                together = of_values(whole, _together(cases), name)
                if together.kind == "same":
                    return None, "⇔", "with the case above, same solutions as the line they come from", None
                if together.kind == "loses":
                    return None, "⇐", "another case; loses solutions", together.witness
        except Unsolved:
            return None
        return None

    def _others(self, chain: Chain, words: str, witness: str | None) -> Told | None:
        """In the user's own working each line claims to follow; in running text a condition may come from somewhere else."""
        if chain.row.own and len(self._lines) == 2 and all(_lists_values(one.node) for one in self._lines):
            return None, "?", "not checked: another value, and no line that it comes from", None
        if chain.row.own and chain.row.tie == "follows" and not re.search(r"\bor\b", chain.row.gap):
            return None, "✗", words, witness
        return self._unclear(chain, "not checked: does not follow from the line above alone")

    def _unclear(self, chain: Chain, words: str) -> Told | None:
        return (None, "?", words, None) if chain.row.own or chain.arrow else None


def _lists_values(node: Node) -> bool:
    return isinstance(node, a.Rel) and node.ops == ("=",) and isinstance(node.args[0], a.Sym) and is_closed(node.args[1])


def _together(cases: list[Solutions]) -> Solutions:
    return Solutions(tuple(v for case in cases for v in case.values), any(case.everything for case in cases))


def _question(problem: str) -> Node | None:
    try:
        statements = understand(problem) if problem.strip() else ()
    except NotUnderstood:
        return None
    return statements[0].node if len(statements) == 1 and statements[0].kind == "solve" else None
