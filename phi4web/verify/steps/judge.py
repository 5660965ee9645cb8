"""One link of a chain: left = right, as numbers, as formulas in letters, or as remainders. Says what it claims and whether it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from phi4web.verdict import Mark
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps import claims, congruences
from phi4web.verify.steps.chains import Chain, Member
from phi4web.verify.steps.claims import Finding
from phi4web.verify.steps.clock import Clock, Slow
from phi4web.verify.steps.definitions import Claim
from phi4web.verify.steps.doubts import Surroundings, by_words, doubt, doubt_of_truth, may_be_degrees
from phi4web.verify.steps.reading import Reader, bare, has, is_bare_number, is_closed, is_name, is_value

_CONSTANTS = frozenset(("C", "c", "K"))
SLIP = "does not follow; what comes next is right again"
UNREAD = "not checked: could not read this line"


@dataclass(frozen=True, slots=True)
class Link:
    """`claim`: it claims equality, by where it stands. `first` of its chain. `under`: the right side stands alone under the left one.

    `after`: what the chain says to be equal to the right side next; None when it ends.
    """

    left: Member
    right: Member
    op: str
    chain: Chain
    claim: bool
    first: bool = False
    under: bool = False
    after: Member | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`mark` None: nothing is claimed. `suspect`: no identity, so wrong if its `letters` are free. `bound`: letters it is a condition on.

    `defined`: a letter and those it is defined by. `shown`: whether it belongs into the table as it stands. `proven`: an identity.
    """

    mark: Mark | None = None
    words: str = ""
    witness: str | None = None
    suspect: Finding | None = None
    letters: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()
    shown: bool = True
    proven: bool = False


NOTHING = Judged()


def unchecked(words: str) -> Judged:
    return Judged("?", f"not checked: {words}")


@dataclass(slots=True)
class Judge:
    reader: Reader
    around: Surroundings
    clock: Clock
    _compared: dict[tuple[Node, Node], Finding] = field(default_factory=dict)

    def link(self, link: Link) -> Judged:
        if link.op in ("?", ":="):
            return NOTHING
        if congruences.is_residue(link.left.text + link.right.text, link.op):
            return self._congruence(link)
        if self.clock.out:
            return unchecked("out of time")
        firsts, seconds = self.reader.read(link.left.text), self.reader.read(link.right.text)
        own = link.chain.row.own
        if not firsts or not seconds:
            if link.first and not own and firsts and is_name(firsts[0]):
                return NOTHING
            return Judged("?", UNREAD) if firsts or seconds or own or link.first else NOTHING
        pairs = [(x, y) for x in firsts for y in seconds]
        if all(is_closed(bare(n)[0]) for n in pairs[0]):
            return self._numbers(link, pairs)
        return self._letters(link, pairs) if link.op in ("=", "~") else NOTHING

    # -- numbers ------------------------------------------------------------------------------------------------------------------

    def _numbers(self, link: Link, pairs: list[tuple[Node, Node]]) -> Judged:
        """A claim in numbers: true or false, under every reading."""
        stripped = [(bare(x), bare(y)) for x, y in pairs[:6] if is_closed(bare(x)[0]) and is_closed(bare(y)[0])]
        compare: Callable[[Node, Node], Finding] = claims.approximates if link.op == "~" else lambda x, y: claims.numbers(x, y, link.op)
        results = [self.finding(lambda x=x, y=y: compare(x[0], y[0])) for x, y in stripped]  # type: ignore[misc]
        answers = {r.answer for r in results}
        if answers == {"true"} or (results and results[0].answer == "true"):
            return self._true(link, stripped[0], results[0])
        if answers != {"false"}:
            return unchecked(next((r.words for r in results if r.words), "") or "undecided")
        (x, units_x), (y, units_y) = stripped[0]
        if link.first and x in (a.Const("i"), a.Const("e")):
            self.around.imaginary = False  # i = 1: a letter like any other
        reason = "it may be a change of units" if any(one[1] != two[1] for one, two in stripped) or len(units_x) > 1 else None
        if link.first and is_bare_number(x) and is_bare_number(y):
            reason = reason or "two bare numbers: a contradiction to be reached, or a slip"
        reason = reason or doubt(x, y, link.chain.text or link.right.text, link.chain, self.around)
        if link.op == "~" and not link.chain.row.own:
            reason = "it may be a rough estimate"
        if reason:
            return unchecked(reason)
        return Judged("✗", "does not follow" if link.op == "=" else "not true", results[0].witness)

    def _true(self, link: Link, pair: tuple[tuple[Node, frozenset[str]], tuple[Node, frozenset[str]]], found: Finding) -> Judged:
        (x, units_x), (y, units_y) = pair
        if reason := doubt_of_truth(x, y, link.op, link.chain.text or link.right.text, self.around):
            return unchecked(reason)
        if units_x and units_y and units_x != units_y:
            return unchecked("the units differ")
        return Judged(
            "✓", found.words or ("true" if link.op != "=" else "equal to the line above" if link.under else "both sides are equal")
        )

    def claim(self, claim: Claim) -> Judged:
        """Whether a line about a function defined above holds."""
        closed = is_closed(claim.left) and is_closed(claim.right)
        found = self.finding(lambda: claims.numbers(claim.left, claim.right)) if closed else self.functions(claim.left, claim.right)
        if found.answer == "true":
            return Judged("✓", claim.words)
        if may_be_degrees((claim.left, claim.right)):
            return unchecked("the angles may be in degrees")
        if found.answer == "false" and a.symbols(claim.right) <= a.symbols(claim.left):
            return Judged("✗", "does not follow", found.witness)
        return unchecked(found.words or "no proof was found")

    # -- letters ------------------------------------------------------------------------------------------------------------------

    def _letters(self, link: Link, pairs: list[tuple[Node, Node]]) -> Judged:
        """An identity, or a condition."""
        x, y = (bare(n)[0] for n in pairs[0])
        own = link.chain.row.own
        if link.first and is_name(x):
            if not own:
                return Judged(bound=a.symbols(x))
            return NOTHING if isinstance(x, a.Call) else Judged(defined=a.symbols(x) | a.symbols(y))
        if not (is_value(x) and is_value(y)):
            return NOTHING if link.first and not own else unchecked("no value to compare")
        finding = self.functions(x, y)
        if finding.answer == "true":
            if own and finding.words == claims.LOST_CONSTANT:
                return Judged("⇐", finding.words)
            words = "both sides are equal" if link.first else "equal to the line above"
            return Judged("✓", f"{words}; {finding.words}" if finding.words else words, proven=True)
        letters = a.symbols(x) | a.symbols(y)
        if finding.answer == "false" and len(pairs) == 1 and self._is_slip(link, x, y):
            return Judged("✗", SLIP, finding.witness)
        extra = a.symbols(y) - a.symbols(x)
        same_letters = a.symbols(x) <= a.symbols(y) and (not extra or (extra <= _CONSTANTS and has(x, a.Integral)))
        if finding.answer == "false" and same_letters and len(pairs) == 1:
            hidden = link.first and not link.claim
            words = "not checked: it may be a condition"
            return Judged("?", words, None, finding, letters, letters if hidden else frozenset(), shown=not hidden)
        if link.first and not (own and link.claim):
            return Judged(bound=letters)
        return Judged("?", f"not checked: {finding.words or 'a condition, not an identity'}", bound=frozenset() if own else letters)

    def _is_slip(self, link: Link, x: Node, y: Node) -> bool:
        """Whether the chain comes back to the left side: in (x+1)² = x² + 3x + 1 = x(x+2) + 1 no condition is used."""
        nexts = self.reader.read(link.after.text) if link.after else ()
        if len(nexts) != 1 or nexts[0] == x or not is_value(nexts[0]) or by_words(link.chain):
            return False
        z = bare(nexts[0])[0]
        return self.functions(x, z).answer == "true" and self.functions(y, z).answer == "false"

    def functions(self, x: Node, y: Node) -> Finding:
        if (x, y) not in self._compared:
            self._compared[x, y] = self.finding(lambda: claims.functions(x, y))
        return self._compared[x, y]

    def _congruence(self, link: Link) -> Judged:
        finding = self.finding(lambda: congruences.check(link.left.text, link.right.text, link.chain, self.reader))
        if finding.answer == "true":
            return Judged("✓", finding.words)
        if finding.answer == "false" and by_words(link.chain) is None:
            return Judged("✗", "does not follow", finding.witness)
        return unchecked(finding.words) if finding.words else NOTHING

    # -- time ---------------------------------------------------------------------------------------------------------------------

    def finding(self, work: Callable[[], Finding]) -> Finding:
        found = self.timed(work)
        return Finding("unknown", words=found) if isinstance(found, str) else found

    def timed(self, work: Callable[[], Any]) -> Any:
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
