"""Walks over the chains of a solution and gives each step its mark."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from phi4web.verdict import Mark
from phi4web.verify.latex import ast as a
from phi4web.verify.steps.chains import Chain, Member, chains_of
from phi4web.verify.steps.claims import Finding
from phi4web.verify.steps.clock import Clock
from phi4web.verify.steps.definitions import Definitions
from phi4web.verify.steps.doubts import Surroundings, by_words
from phi4web.verify.steps.following import START, UNFOUNDED, Lines
from phi4web.verify.steps.judge import SLIP, Judge, Link
from phi4web.verify.steps.lines import Line, line_of
from phi4web.verify.steps.reading import Reader, bare, is_bare_number, is_name
from phi4web.verify.steps.rows import rows_of

MOST_STEPS = 300
SECONDS = 10.0
ALONE = "not checked: an equation that nothing follows from"
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
    walk = _Walk(response, problem or "", Clock(seconds))
    for chain in chains_of(rows_of(response)):
        if len(walk.steps) >= MOST_STEPS:
            walk.add(chain.members[0], r"\ldots", "?", f"not checked: more than {MOST_STEPS} steps")
            break
        walk.visit(chain)
    walk.settle(knows_problem=bool(problem))
    wrong = next((i for i, step in enumerate(walk.steps) if step.mark == "✗"), None)
    return Marked(tuple(walk.steps), wrong)


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A line that is no identity: wrong if its letters are free, a condition if not."""

    step: Step
    finding: Finding
    letters: frozenset[str]
    chain: Chain


@dataclass(slots=True)
class _Walk:
    response: str
    problem: str
    clock: Clock
    steps: list[Step] = field(default_factory=list)
    suspects: list[_Suspect] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)  # letters that some line is a condition on
    defined: list[frozenset[str]] = field(default_factory=list)  # letters with those that they are defined by
    definitions: Definitions = field(default_factory=Definitions)
    proven: set[int] = field(default_factory=set)  # ids of rows with an identity in their chain
    above: Chain | None = None  # the expression above, in the user's own working
    named: str = ""  # what it is the value of
    started: Step | None = None  # an equation that was taken as given, for as long as nothing follows from it
    reader: Reader = field(init=False)
    judge: Judge = field(init=False)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        around = Surroundings(self.problem, self.response)
        self.reader = Reader(self.problem, self.response)
        self.judge = Judge(self.reader, around, self.clock)
        self.lines = Lines(self.problem, around.imaginary)

    # -- one chain ----------------------------------------------------------------------------------------------------------------

    def visit(self, chain: Chain) -> None:
        """Marks a chain. In the user's own working no line stays without a mark."""
        count = len(self.steps)
        self._visit(chain)
        if chain.row.own and len(self.steps) == count:
            whole = ", ".join(self.reader.shown(m.text) for m in chain.members[:2])
            self.add(chain.members[0], chain.text and self.reader.shown(chain.text) or whole, "?", GIVEN, None, chain.members[-1].end)

    def _visit(self, chain: Chain) -> None:
        claimed = self._function(chain)
        line = None if claimed else line_of(chain, self.reader, self.definitions.resolved)
        if not claimed and not chain.ops and (line is None or isinstance(line.node, a.Num | a.Sym) or not line.is_relation):
            self._expression(chain)
            return
        if self._rounding(chain):
            return
        told = claimed or (line is not None and self._transition(chain, line))
        if line is not None and line.whole:
            return
        shown = told
        for k in range(len(chain.ops)):
            shown = self._link(chain, k, shown, told and k == 0)
        if chain.row.own:
            self.above, self.named = Chain((chain.members[-1],), (), chain.row), chain.members[0].text.strip()

    def _function(self, chain: Chain) -> bool:
        """f'(x) = 2x and f(2) = 4 under f(x) = x²: claims about the function above."""
        if not chain.row.own or chain.ops[:1] != ("=",):
            return False
        sides = [self.reader.read(m.text) for m in chain.members[:2]]
        if any(len(readings) != 1 for readings in sides):
            return False
        left, right = (readings[0] for readings in sides)
        claim = self.definitions.claim(left, right)
        if claim is None:
            return False
        found = self.judge.claim(claim)
        latex = f"{self.reader.shown(chain.members[0].text)} = {self.reader.shown(chain.members[1].text)}"
        self.add(chain.members[0], latex, found.mark or "?", found.words, found.witness, chain.members[1].end)
        if found.mark == "✓":
            self.definitions.learn(left, right)
        return True

    def _rounding(self, chain: Chain) -> bool:
        """r ≈ 3.99 under r = √(50/π): a claim about the value above."""
        if not (chain.row.own and self.above and chain.ops[:1] == ("~",) and chain.members[0].text.strip() == self.named):
            return False
        latex = f"{self.reader.shown(chain.members[0].text)} {_RELATIONS['~']} {self.reader.shown(chain.members[1].text)}"
        return self._judge(Link(self.above.members[-1], chain.members[1], "~", chain, claim=True, under=True), latex)

    def _expression(self, chain: Chain) -> None:
        """An expression under an expression claims to be equal to it; in running text it claims nothing."""
        if not chain.row.own:
            return
        above, self.above = self.above, chain if chain.row.tie != "no" else None
        right = chain.members[0]
        if above is None or chain.row.tie != "follows":
            readings = self.reader.read(right.text)
            value = bool(self.steps and readings) and is_bare_number(bare(readings[0])[0])
            self.add(right, self.reader.shown(right.text), "?", UNFOUNDED if value else START)
        elif self._starts_afresh(above.members[-1], right):
            self.add(right, self.reader.shown(right.text), "?", "the start of another calculation: taken as given")
        else:
            self._judge(Link(above.members[-1], right, "=", chain, claim=True, under=True), self.reader.shown(right.text))

    def _starts_afresh(self, left: Member, right: Member) -> bool:
        """36 + 4 under 36 goes on with the number above and claims nothing about it."""
        above, below = self.reader.read(left.text), self.reader.read(right.text)
        return bool(above and below) and is_bare_number(above[0]) and not is_bare_number(below[0]) and above[0] in a.walk(below[0])

    def _transition(self, chain: Chain, line: Line) -> bool:
        """Whether this line got a mark as a transition from the one before. An identity is none: it claims nothing about its letters."""
        if self._is_identity(chain, line):
            return False
        found = self.judge.timed(lambda: self.lines.visit(chain, line))
        if isinstance(found, str):
            self.add(chain.members[0], line.shown, "?", f"not checked: {found}")
            return True
        if self.lines.slip is not None:
            slip, at, witness = self.lines.slip
            self.steps = [step for step in self.steps if step.start != at.start or step.latex != slip.shown]
            self.add(at.members[0], slip.shown, "✗", SLIP, witness, at.members[-1].end)
        if found is None:
            return False
        before, latex, words = self.lines.shown_before, line.shown, found.words
        if found.start:
            self._end_start()
            step = self.add(chain.members[0], line.shown, "?", words)
            self.started = None if isinstance(line.node, a.Rel) and is_name(line.node.args[0]) else step
            return True
        self.started = None
        if before is not None and not chain.row.own and not (self.steps and self.steps[-1].latex == before):
            latex, words = rf"{before} \;\to\; {latex}", words.replace(" as the line above", "")
        self.add(chain.members[0], latex, found.mark, words, found.witness, chain.members[-1].end)
        return True

    def _end_start(self) -> None:
        """An equation that nothing was made of may have been meant as a claim."""
        if self.started is not None:
            self.started.words = ALONE

    def _is_identity(self, chain: Chain, line: Line) -> bool:
        if line.whole or not isinstance(line.node, a.Rel):
            return False
        left, right = line.node.args
        if chain.rewriting and not is_name(left):
            return True
        return bool(a.symbols(left) and a.symbols(right)) and self.judge.functions(left, right).answer == "true"

    def _link(self, chain: Chain, k: int, shown: bool, skip: bool) -> bool:
        """Marks members[k] op members[k + 1]; returns whether the right side now stands in the table."""
        if skip:
            return True
        left, right, op = chain.members[k], chain.members[k + 1], chain.ops[k]
        latex = f"{_RELATIONS.get(op, ',')} {self.reader.shown(right.text)}"
        if not shown:
            latex = f"{self.reader.shown(left.text)} {latex}"
        after = chain.members[k + 2] if chain.ops[k + 1 : k + 2] == ("=",) else None
        return self._judge(Link(left, right, op, chain, chain.rewriting, k == 0, after=after), latex)

    def _judge(self, link: Link, latex: str) -> bool:
        """Adds the step, unless the link is a definition or a condition and so claims nothing."""
        found = self.judge.link(link)
        self.bound |= found.bound
        self.defined += [found.defined] if found.defined else []
        if found.proven:
            self.proven.add(id(link.chain.row))
        if found.mark is None:
            return False
        step = self.add(link.right, latex, found.mark, found.words, found.witness, link.right.end)
        if found.suspect is not None:
            self.suspects.append(_Suspect(step, found.suspect, found.letters, link.chain))
        if not found.shown:
            self.steps.pop()
        return found.shown

    # -- the end ------------------------------------------------------------------------------------------------------------------

    def settle(self, knows_problem: bool) -> None:
        """Lines that are no identities are wrong when no line and no word of the question is a condition on their letters."""
        self._end_start()
        free = knows_problem and not _CONDITION.search(self.problem)
        for suspect in self.suspects:
            others = self.bound | {x for s in self.suspects if s.chain is not suspect.chain for x in s.letters}
            own = suspect.chain.row.own
            sure = not self._given(suspect.letters) if own else free and id(suspect.chain.row) in self.proven
            used = any(letters <= suspect.letters for letters in self.defined)
            if sure and not used and not suspect.letters & others and by_words(suspect.chain) is None:
                suspect.step.mark, suspect.step.words, suspect.step.witness = "✗", "does not follow", suspect.finding.witness

    def _given(self, letters: frozenset[str]) -> bool:
        """Whether the question has an equation and one of the letters: x^3 = x(x + 1) is right where x^2 = x + 1 is given."""
        names = "|".join(re.escape(name) for name in letters)
        return bool(re.search(r"[=≡]|\\equiv", self.problem) and re.search(rf"(?<![A-Za-z])(?:{names})(?![A-Za-z])", self.problem))

    def add(self, member: Member, latex: str, mark: Mark, words: str, witness: str | None = None, end: int | None = None) -> Step:
        self.steps.append(Step(latex, mark, words, witness or None, member.start, end or member.end))
        return self.steps[-1]


_CONDITION = re.compile(
    r"[=<>≤≥≡≠]|\\(?:le|ge|lt|gt|eq|equiv|ne|neq|leq|geq|in)(?![a-z])|\b(?:if|let|given|where|such|satisf\w*|roots?|triangle)\b", re.I
)
