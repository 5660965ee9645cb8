"""Lines of something being solved: which line follows from which, and with what change of solutions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from phi4web.verdict import Mark
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.problem import NotUnderstood, understand
from phi4web.verify.steps.chains import Chain
from phi4web.verify.steps.doubts import by_words, may_be_degrees
from phi4web.verify.steps.lines import Line
from phi4web.verify.steps.regions import is_inequality
from phi4web.verify.steps.several import only_above, together
from phi4web.verify.steps.shapes import is_bound, is_solved, lists_values, may_be_cases, names_a_number, solved_for
from phi4web.verify.steps.solutions import Solutions, Unsolved, same_number
from phi4web.verify.steps.transitions import MARKS, Change, change, of_values, solved

START = "the start: taken as given"
UNFOUNDED = "not checked: nothing above says so"
LONGEST_GAP = 120
_COMPLEX = frozenset(("z", "omega"))
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
class Told:
    """What is said of a line. `start`: it starts something, so the mark stands for a comparison with nothing above."""

    mark: Mark
    words: str
    witness: str | None = None
    start: bool = False


class Lines:
    """Remembers the lines before, and the cases of a solution that was split up."""

    def __init__(self, problem: str, over_complex: bool = False) -> None:
        """`over_complex`: the text speaks of complex numbers, so what holds for real ones is not enough."""
        self.over_complex = over_complex
        self.shown_before: str | None = None
        self._chain: Chain | None = None
        self._lines: list[Line] = []
        self._known: list[Line] = []  # what the next line may rest on: neither wrong lines nor another case
        self._stray: tuple[Line, Chain, str | None] | None = None  # in running text, a line that does not follow, and a witness
        self._numbered = False  # whether the last line was of x_1, the first of several solutions
        self._strays = 0  # how many there were since the start; two may be the cases of a solution
        self.slip: tuple[Line, Chain, str | None] | None = None  # it, when the line after it follows from the one before it
        self._question = _question(problem)

    def visit(self, chain: Chain, line: Line) -> Told | None:
        """None when the line doesn't claim to follow from another one."""
        before, chain_before = self._lines[-1] if self._lines else None, self._chain
        self._chain, self.slip = chain, None
        self.shown_before = before.shown if before else None
        if not chain.row.own and _POINTS.search(chain.text):
            self._lines = []
            return None
        if before is None or chain_before is None or not _linked(chain_before, chain):
            self._lines, self._known, self._strays = [line], [line], 0
            if chain_before is not None and chain.row.own and is_solved(line.node):
                return Told("?", UNFOUNDED)
            return self._first(line) if chain.row.own else None
        if isinstance(line.node, a.Special) and not a.symbols(before.node):
            return None
        plain = self._unnumbered(line)
        self._numbered, line = plain is not line, plain
        self._lines.append(line)
        told = self._follows(chain, line)
        if told is None or told.mark != "✗":
            self._known = [*_before_case(self._known, self._lines[-1].node), self._lines[-1]]
        return told

    def _first(self, line: Line) -> Told | None:
        """The first line of the user's own working: compared with the question when that is an equation."""
        if not a.symbols(line.node):
            return None
        if self._question is not None and a.symbols(self._question) == a.symbols(line.node):
            try:
                if change(self._question, line.node).kind == "same":
                    return Told("⇔", "same solutions as the question")
            except Unsolved:
                pass
        return Told("?", START, start=True)

    def _unnumbered(self, line: Line) -> Line:
        """x_1 = 2, x_2 = 3 under an equation in x: its solutions."""
        stems = {name.partition("_")[0] for name in a.symbols(line.node)}
        above = a.symbols(self._lines[-1].node)
        numbered = all(re.fullmatch(r"[a-z]_\d", name) for name in a.symbols(line.node))
        if not numbered or len(stems) != 1 or above != stems:
            return line
        return replace(line, node=a.rebuild(line.node, lambda n: a.Sym(n.name.partition("_")[0]) if isinstance(n, a.Sym) else n))

    # -- from the line above ------------------------------------------------------------------------------------------------------

    def _follows(self, chain: Chain, line: Line) -> Told | None:
        before, own = self._lines[-2], chain.row.own
        letters, letters_before = a.symbols(line.node), a.symbols(before.node)
        other_letters = letters != letters_before if not own and len(letters_before) > 1 else not letters <= letters_before
        reason = "other letters than in the line above"  # in running text it may be meant for every x
        if not other_letters:
            try:
                found = change(before.node, line.node)
                if found.kind == "others":
                    return self._case(line) or self._others(chain, line, found.witness)
                return self._changed(chain, found, letters)
            except Unsolved as unsolved:
                reason = str(unsolved)
        told = self._from_further_up(chain, line) if own else None
        if told is None and own and self._is_new_name(line):
            return Told("?", UNFOUNDED if lists_values(line.node) else "a new name: taken as given")
        return told or _unclear(chain, f"not checked: {reason}")

    def _changed(self, chain: Chain, found: Change, letters: frozenset[str]) -> Told | None:
        mark, words = MARKS[found.kind]
        if found.real_only and (self.over_complex or letters & _COMPLEX):
            return _unclear(chain, "not checked: compared over the real numbers only")
        if found.kind == "loses" and chain.row.own:
            if self._is_extraneous(found, letters):
                return Told(mark, "leaves out what does not solve the first line", found.witness)
            if found.against and chain.row.tie == "follows" and not may_be_degrees((self._lines[-2].node, self._lines[-1].node)):
                return Told("✗", "does not follow", found.against)
        if found.kind != "same" and chain.row.own and chain.row.tie != "follows":
            return _unclear(chain, "not checked: it may not come from the line above")
        if found.kind == "loses" and not chain.row.own and _RESTRICTED.search(chain.row.sentence + chain.row.gap):
            words = f"{words}, unless the text rules them out"
        return Told(mark, f"{words}; {found.note}" if found.note else words, found.witness)

    def _is_extraneous(self, found: Change, letters: frozenset[str]) -> bool:
        """Whether the values that are left out were added on the way."""
        first = self._lines[0].node
        if len(letters) > 1 or len(self._lines) < 3 or len(a.symbols(first)) != 1:
            return False
        try:
            right = solved((first, self._lines[-2].node), next(iter(a.symbols(first))))[0]
            return not right.everything and not any(same_number(v, w) for v in found.values for w in right.values)
        except Unsolved:
            return False

    def _case(self, line: Line) -> Told | None:
        """x = −2 under x = 2 under x² = 4: another case of a line further up."""
        names = a.symbols(line.node)
        if len(names) != 1:
            return None
        name = next(iter(names))
        try:
            for up in range(len(self._lines) - 3, -1, -1):
                whole, *cases = solved([one.node for one in self._lines[up:]], name)
                if of_values(whole, cases[-1], name).kind != "loses":
                    continue
                joined = of_values(whole, _together(cases), name)
                if joined.kind == "same":
                    return Told("⇔", "with the case above, same solutions as the line they come from")
                if joined.kind == "loses":
                    return Told("⇐", "another case; loses solutions", joined.witness)
        except Unsolved:
            return None
        return None

    def _others(self, chain: Chain, line: Line, witness: str | None) -> Told | None:
        """In the user's own working each line claims to follow; in running text a condition may come from somewhere else."""
        above = self._lines[-2].node
        said = chain.arrow or re.search(r"[A-Za-z∴]", chain.row.gap)
        two_values = len(self._lines) == 2 and lists_values(above) and lists_values(line.node)
        if chain.row.own and (two_values or (not said and not self._numbered and is_solved(above) and is_solved(line.node))):
            return Told("?", "not checked: another value, and no line that it comes from")
        if may_be_degrees((above, line.node)):
            return _unclear(chain, "not checked: the angles may be in degrees")
        if chain.row.own and is_inequality(line.node) and is_bound(self._lines[-2].node):
            self._lines[-1] = replace(line, node=a.And((self._lines[-2].node, line.node)))
            return Told("?", "not checked: another condition, which now goes with the one above")
        if chain.row.own and (told := self._from_lines(chain, line)) is not None:
            return told
        if _claims_to_follow(chain):
            return Told("✗", "does not follow", witness)
        if not chain.row.own:
            self.slip = self._slipped(line)
            self._stray, self._strays = (line, chain, witness), self._strays + 1
        return _unclear(chain, "not checked: does not follow from the line above alone")

    def _slipped(self, line: Line) -> tuple[Line, Chain, str | None] | None:
        """The line above, when this one doesn't follow from it but from the one before it, which is another: 2x = 6, 2x = 8, x = 3."""
        stray = self._stray
        if stray is None or self._strays > 1 or len(self._lines) < 3 or stray[0] is not self._lines[-2] or by_words(stray[1]):
            return None
        first = self._lines[-3].node
        if first == line.node or lists_values(first) or lists_values(stray[0].node):
            return None
        if re.search(r"\b(?:or|and)\b", stray[1].row.gap) or may_be_cases(first, stray[0].node):
            return None
        return stray if change(first, line.node).kind == "same" else None

    # -- from lines further up ----------------------------------------------------------------------------------------------------

    def _from_further_up(self, chain: Chain, line: Line) -> Told | None:
        return self._like_one_above(chain, line) or self._from_lines(chain, line) or self._rearranged(chain, line)

    def _like_one_above(self, chain: Chain, line: Line) -> Told | None:
        """A line in a letter that was left alone for some lines, compared with the last one in it."""
        letters = a.symbols(line.node)
        up = next((k for k in range(len(self._lines) - 3, -1, -1) if a.symbols(self._lines[k].node) == letters), None)
        if up is None or len(letters) != 1 or self._lines[up] not in self._known:
            return None
        earlier = self._lines[up]
        try:
            found = change(earlier.node, line.node)
        except Unsolved:
            return None
        if found.kind == "same":
            return Told("⇔", f"same solutions as {_plain(earlier)}")
        if found.kind == "loses" and not lists_values(earlier.node):
            return Told("⇐", f"loses solutions of {_plain(earlier)}", found.witness)
        between = self._lines[up + 1 : -1]
        if found.kind == "others" and not lists_values(earlier.node) and all(names_a_number(one.node, letters) for one in between):
            return Told("✗", "does not follow", found.witness) if _claims_to_follow(chain) else None
        return None

    def _from_lines(self, chain: Chain, line: Line) -> Told | None:
        """What follows from the lines above together, as in a system."""
        known = _before_case(self._known, line.node)
        several = len(known) > 1 or any(isinstance(one.node, a.And) for one in known)
        said = together([one.node for one in known], line.node) if several else None
        if said == "":
            return Told("⇒", "follows from the lines above together")
        if said is not None and _claims_to_follow(chain):
            return Told("✗", "does not follow", said)
        return None

    def _is_new_name(self, line: Line) -> bool:
        """u = x^2, a = 3: a letter that no line above has."""
        node = line.node
        named = isinstance(node, a.Rel) and node.ops == ("=",) and isinstance(node.args[0], a.Sym)
        return named and not any(node.args[0].name in a.symbols(one.node) for one in self._lines[:-1])  # type: ignore[union-attr]

    def _rearranged(self, chain: Chain, line: Line) -> Told | None:
        """A formula that was rewritten before and is no longer the same; two equations at the start may be a system."""
        above = self._lines[:-1]
        letters = a.symbols(line.node)
        if len(letters) < 2 or not _claims_to_follow(chain) or any(a.symbols(one.node) != letters for one in above):
            return None
        try:
            alike = all(change(one.node, two.node).kind == "same" for one, two in zip(above, above[1:], strict=False))
        except Unsolved:
            return None
        said = chain.arrow or re.search(r"[A-Za-z∴]", chain.row.gap)
        meet = solved_for(above[-1].node) is not None and solved_for(above[-1].node) == solved_for(line.node)  # z = x + y, z = 2x
        if not alike or meet or not (said or (len(above) > 1 and len(letters) > 2)):
            return None
        witness = only_above(above[-1].node, line.node)
        return Told("✗", "does not follow", witness) if witness else None


def _linked(before: Chain, chain: Chain) -> bool:
    if chain.arrow:
        return True
    if chain.row.own:
        return before.row.own and chain.row.tie != "no"
    if before.row.block == chain.row.block and before.row is not chain.row:
        return True
    gap = chain.row.gap
    return before.row.block != chain.row.block and len(gap) <= LONGEST_GAP and "\n\n" not in gap and bool(_LEADS.search(gap))


def _claims_to_follow(chain: Chain) -> bool:
    return chain.row.own and chain.row.tie == "follows" and not re.search(r"\bor\b", chain.row.gap)


def _unclear(chain: Chain, words: str) -> Told | None:
    return Told("?", words) if chain.row.own or chain.arrow else None


def _before_case(known: list[Line], node: Node) -> list[Line]:
    """The lines before another value of the same letter: y = 7 belongs to the case x = 3, and not to x = −2."""
    if not lists_values(node):
        return known
    letters = a.symbols(node)
    first = next((k for k, one in enumerate(known) if lists_values(one.node) and a.symbols(one.node) == letters and one.node != node), None)
    return known if first is None else known[:first]


def _plain(line: Line) -> str:
    return "the line " + re.sub(r"\s+", " ", line.text.strip())


def _together(cases: list[Solutions]) -> Solutions:
    return Solutions(tuple(v for case in cases for v in case.values), any(case.everything for case in cases))


def _question(problem: str) -> Node | None:
    try:
        statements = understand(problem) if problem.strip() else ()
    except NotUnderstood:
        return None
    return statements[0].node if len(statements) == 1 and statements[0].kind == "solve" else None
