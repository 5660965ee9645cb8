"""Walks over the chains of a solution and gives each step its mark."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from phi4web.verdict import Mark
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps import claims, congruences
from phi4web.verify.steps.chains import Chain, Member, chains_of
from phi4web.verify.steps.claims import Finding
from phi4web.verify.steps.clock import Clock, Slow
from phi4web.verify.steps.doubts import Surroundings, by_words, doubt, doubt_of_truth
from phi4web.verify.steps.lines import Line, Lines, line_of
from phi4web.verify.steps.reading import Reader, bare, is_bare_number, is_closed, is_name, is_value
from phi4web.verify.steps.rows import rows_of

MOST_STEPS = 300
SECONDS = 10.0
UNREAD = "not checked: could not read this line"
GIVEN = "a definition or a condition: taken as given"
_RELATIONS = {"=": "=", "~": r"\approx", "==": r"\equiv", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "!=": r"\ne", ":=": "="}


@dataclass(slots=True)
class Step:
    """`start`, `end`: offsets in the response."""

    latex: str
    mark: Mark
    words: str
    witness: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Marked:
    """`first_wrong`: index of the first ✗. None: there is none, which does not mean that all is right."""

    steps: tuple[Step, ...] = ()
    first_wrong: int | None = None

    @property
    def checked(self) -> int:
        return sum(step.mark != "?" for step in self.steps)

    def to_dict(self) -> dict[str, Any]:
        rows = [{"latex": s.latex, "mark": s.mark, "words": s.words, "witness": s.witness} for s in self.steps]
        return {"steps": rows, "first_wrong": self.first_wrong}


def steps_of(response: str, problem: str | None = None, seconds: float = SECONDS) -> Marked:
    """Marks on every step of the visible solution, within about `seconds` of wall-clock time."""
    solution = rows_of(response)
    walk = _Walk(response, problem or "", solution.working, Clock(seconds))
    for chain in chains_of(solution.rows, solution.working):
        if len(walk.steps) >= MOST_STEPS:
            walk.add(chain.members[0], r"\ldots", "?", f"not checked: more than {MOST_STEPS} steps")
            break
        walk.visit(chain)
    walk.settle(knows_problem=bool(problem))
    wrong = next((i for i, step in enumerate(walk.steps) if step.mark == "✗"), None)
    return Marked(tuple(walk.steps), wrong)


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A line that is no identity: wrong if its letters are free, a condition if not. `proven`: links of its chain that are identities."""

    step: Step
    finding: Finding
    letters: frozenset[str]
    chain: Chain


@dataclass(slots=True)
class _Walk:
    response: str
    problem: str
    working: bool
    clock: Clock
    steps: list[Step] = field(default_factory=list)
    suspects: list[_Suspect] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)  # letters that some line is a condition on
    proven: set[int] = field(default_factory=set)  # ids of chains with an identity in them
    above: Chain | None = None  # the expression above, in the user's own working
    compared: dict[tuple[Node, Node], Finding] = field(default_factory=dict)
    reader: Reader = field(init=False)
    around: Surroundings = field(init=False)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.problem, self.response)
        self.around = Surroundings(self.problem, self.response)
        self.lines = Lines(self.working, self.problem, self.around.imaginary)

    # -- one chain ----------------------------------------------------------------------------------------------------------------

    def visit(self, chain: Chain) -> None:
        """Marks a chain. In the user's own working no line stays without a mark."""
        count = len(self.steps)
        self._visit(chain)
        if self.working and len(self.steps) == count:
            whole = ", ".join(self.reader.shown(m.text) for m in chain.members[:2])
            self.add(chain.members[0], chain.text and self.reader.shown(chain.text) or whole, "?", GIVEN, None, chain.members[-1].end)

    def _visit(self, chain: Chain) -> None:
        line = line_of(chain, self.reader)
        if not chain.ops and (line is None or isinstance(line.node, a.Num | a.Sym) or not line.is_relation):
            self._expression(chain)
            return
        told = line is not None and self._transition(chain, line)
        if line is not None and line.whole:
            return
        shown = told
        for k in range(len(chain.ops)):
            shown = self._link(chain, k, shown, told and k == 0)

    def _expression(self, chain: Chain) -> None:
        """An expression under an expression claims to be equal to it; in running text it claims nothing."""
        if not self.working:
            return
        above, self.above = self.above, chain
        if above is None:
            self.add(chain.members[0], self.reader.shown(chain.members[0].text), "?", "the start: taken as given")
            return
        left, right = above.members[-1], chain.members[0]
        if self._starts_afresh(left, right):
            self.add(right, self.reader.shown(right.text), "?", "the start of another calculation: taken as given")
            return
        self._judge(left, right, "=", chain, self.reader.shown(right.text), claim=True)

    def _starts_afresh(self, left: Member, right: Member) -> bool:
        """36 + 4 under 36 goes on with the number above and claims nothing about it."""
        above, below = self.reader.read(left.text), self.reader.read(right.text)
        return bool(above and below) and is_bare_number(above[0]) and not is_bare_number(below[0]) and above[0] in a.walk(below[0])

    def _transition(self, chain: Chain, line: Line) -> bool:
        """Whether this line got a mark as a transition from the one before. An identity is none: it claims nothing about its letters."""
        if self._is_identity(chain, line):
            return False
        found = self._timed(lambda: self.lines.visit(chain, line))
        if isinstance(found, str):
            self.add(chain.members[0], line.shown, "?", f"not checked: {found}")
            return True
        if found is None:
            return False
        start, mark, words, witness = found
        before = self.lines.shown_before
        latex = line.shown
        if start is not None and self.working:
            self.add(chain.members[0], line.shown, "?", start)
            return True
        if before is not None and not (self.steps and self.steps[-1].latex == before):
            latex, words = rf"{before} \;\to\; {latex}", words.replace(" as the line above", "")
        self.add(chain.members[0], latex, mark, words, witness, chain.members[-1].end)
        return True

    def _is_identity(self, chain: Chain, line: Line) -> bool:
        if line.whole or not isinstance(line.node, a.Rel):
            return False
        left, right = line.node.args
        if chain.rewriting and not is_name(left):
            return True
        return bool(a.symbols(left) and a.symbols(right)) and self._finding(lambda: self._functions(left, right)).answer == "true"

    def _functions(self, x: Node, y: Node) -> Finding:
        if (x, y) not in self.compared:
            self.compared[x, y] = claims.functions(x, y)
        return self.compared[x, y]

    def _link(self, chain: Chain, k: int, shown: bool, skip: bool) -> bool:
        """Marks members[k] op members[k + 1]; returns whether the right side now stands in the table."""
        left, right, op = chain.members[k], chain.members[k + 1], chain.ops[k]
        if self.working:
            self.above = Chain((chain.members[-1],), (), chain.row)
        if skip:
            return True
        latex = f"{_RELATIONS.get(op, ',')} {self.reader.shown(right.text)}"
        if not shown:
            latex = f"{self.reader.shown(left.text)} {latex}"
        return self._judge(left, right, op, chain, latex, claim=chain.rewriting, first=k == 0)

    # -- one link -----------------------------------------------------------------------------------------------------------------

    def _judge(self, left: Member, right: Member, op: str, chain: Chain, latex: str, *, claim: bool, first: bool = False) -> bool:
        """Adds the step, unless the link is a definition or a condition and so claims nothing."""
        if op in ("?", ":="):
            return False
        if congruences.is_residue(left.text + right.text, op):
            return self._congruence(left, right, chain, latex)
        if self.clock.out:
            return self.add(right, latex, "?", "not checked: out of time", None, right.end)
        firsts, seconds = self.reader.read(left.text), self.reader.read(right.text)
        if not firsts or not seconds:
            readable = firsts or seconds or self.working
            if first and not self.working and firsts and is_name(firsts[0]):
                return False
            return bool(readable or first) and self.add(right, latex, "?", UNREAD, None, right.end)
        pairs = [(x, y) for x in firsts for y in seconds]
        if all(is_closed(bare(n)[0]) for n in pairs[0]):
            return self._numbers(pairs, op, chain, right, latex, first)
        if op not in ("=", "~"):
            return False
        return self._letters(pairs, chain, right, latex, claim=claim, first=first)

    def _numbers(self, pairs: list[tuple[Node, Node]], op: str, chain: Chain, right: Member, latex: str, first: bool) -> bool:
        """A claim in numbers: true or false, under every reading."""
        stripped = [(bare(x), bare(y)) for x, y in pairs[:6] if is_closed(bare(x)[0]) and is_closed(bare(y)[0])]
        compare: Callable[[Node, Node], Finding] = claims.approximates if op == "~" else lambda x, y: claims.numbers(x, y, op)
        results = [self._finding(lambda x=x, y=y: compare(x[0], y[0])) for x, y in stripped]  # type: ignore[misc]
        answers = {r.answer for r in results}
        units = [x[1] ^ y[1] for x, y in stripped if x[1] and y[1]]
        if answers == {"true"} or (results and results[0].answer == "true"):
            words = "true" if op != "=" else "both sides are equal" if "=" in latex else "equal to the line above"
            if reason := doubt_of_truth(stripped[0][0][0], stripped[0][1][0], op, chain.text or latex, self.around):
                return self.add(right, latex, "?", f"not checked: {reason}", None, right.end)
            mixed = bool(units and units[0])
            return self.add(
                right,
                latex,
                "?" if mixed else "✓",
                "not checked: the units differ" if mixed else results[0].words or words,
                None,
                right.end,
            )
        if answers != {"false"}:
            return self.add(
                right, latex, "?", "not checked: " + (next((r.words for r in results if r.words), "") or "undecided"), None, right.end
            )
        reason = "it may be a change of units" if any(x[1] or y[1] for x, y in stripped) else None
        if first and all(is_bare_number(n) for n in (stripped[0][0][0], stripped[0][1][0])):
            reason = reason or "two bare numbers: a contradiction to be reached, or a slip"
        reason = reason or doubt(stripped[0][0][0], stripped[0][1][0], chain.text or latex, self._said(chain), self.around)
        if reason:
            return self.add(right, latex, "?", f"not checked: {reason}", None, right.end)
        return self.add(right, latex, "✗", "does not follow" if op == "=" else "not true", results[0].witness, right.end)

    def _said(self, chain: Chain) -> str:
        return chain.row.sentence + " " + chain.row.gap[-200:] if not self.working else chain.row.gap

    def _letters(self, pairs: list[tuple[Node, Node]], chain: Chain, right: Member, latex: str, *, claim: bool, first: bool) -> bool:
        """An identity, or a condition."""
        x, y = (bare(n)[0] for n in pairs[0])
        if first and is_name(x):
            self.bound |= a.symbols(x)
            return False
        if not (is_value(x) and is_value(y)):
            return not first and self.add(right, latex, "?", "not checked: no value to compare", None, right.end)
        finding = self._finding(lambda: self._functions(x, y))
        if finding.answer == "true":
            self.proven.add(id(chain.row))
            words = "equal to the line above" if not first else "both sides are equal"
            return self.add(right, latex, "✓", f"{words}; {finding.words}" if finding.words else words, None, right.end)
        letters = a.symbols(x) | a.symbols(y)
        same_letters = a.symbols(x) == a.symbols(y)
        if finding.answer == "false" and same_letters and len(pairs) == 1:
            words = "not checked: it may be a condition"
            self.add(right, latex, "?", words, None, right.end)
            self.suspects.append(_Suspect(self.steps[-1], finding, letters, chain))
            if first and not claim:
                self.steps.pop()
                self.bound |= letters
            return not first
        if first:
            self.bound |= letters
            return False
        self.bound |= letters
        return self.add(right, latex, "?", f"not checked: {finding.words or 'a condition, not an identity'}", None, right.end)

    def _congruence(self, left: Member, right: Member, chain: Chain, latex: str) -> bool:
        finding = self._finding(lambda: congruences.check(left.text, right.text, chain, self.reader))
        if finding.answer == "true":
            return self.add(right, latex, "✓", finding.words, None, right.end)
        if finding.answer == "false" and by_words("", self._said(chain)) is None:
            return self.add(right, latex, "✗", "does not follow", finding.witness, right.end)
        return finding.words != "" and self.add(right, latex, "?", f"not checked: {finding.words}", None, right.end)

    # -- the end ------------------------------------------------------------------------------------------------------------------

    def settle(self, knows_problem: bool) -> None:
        """Lines that are no identities are wrong when no line and no word of the question is a condition on their letters."""
        free = self.working or (knows_problem and not _CONDITION.search(self.problem))
        for suspect in self.suspects:
            others = self.bound | {x for s in self.suspects if s.chain is not suspect.chain for x in s.letters}
            sure = self.working or id(suspect.chain.row) in self.proven
            if free and sure and not suspect.letters & others and by_words("", self._said(suspect.chain)) is None:
                suspect.step.mark, suspect.step.words, suspect.step.witness = "✗", "does not follow", suspect.finding.witness

    # -- helpers ------------------------------------------------------------------------------------------------------------------

    def add(self, member: Member, latex: str, mark: Mark, words: str, witness: str | None = None, end: int | None = None) -> bool:
        self.steps.append(Step(latex, mark, words, witness or None, member.start, end or member.end))
        return True

    def _finding(self, work: Callable[[], Finding]) -> Finding:
        found = self._timed(work)
        return Finding("unknown", words=found) if isinstance(found, str) else found

    def _timed(self, work: Callable[[], Any]) -> Any:
        """What the work returns, or words for why it was not done."""
        if self.clock.out:
            return "out of time"
        try:
            with self.clock.step():
                return work()
        except Slow:
            return "took too long"
        except Exception as problem:  # one step that fails must not cost the others
            return f"the check failed ({type(problem).__name__})"


_CONDITION = re.compile(
    r"[=<>≤≥≡≠]|\\(?:le|ge|lt|gt|eq|equiv|ne|neq|leq|geq|in)(?![a-z])|\b(?:if|let|given|where|such|satisf\w*|roots?|triangle)\b", re.I
)
