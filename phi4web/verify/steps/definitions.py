"""Functions of a working, f(x) = x² or y = x², and what it says about them later: f'(x) = 2x, dy/dx = 2x, f(2) = 4, du = 2x dx."""

from __future__ import annotations

from dataclasses import dataclass

from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.reading import is_closed, is_value, put


@dataclass(frozen=True, slots=True)
class Claim:
    """What a line says two formulas to be: equal. `words`: what the mark rests on."""

    left: Node
    right: Node
    words: str


@dataclass(frozen=True, slots=True)
class _Subject:
    """The `primes`-th derivative of a function, at `at`. `letter` None: it is not said which letter it is a function of."""

    name: str
    primes: int
    letter: str | None
    at: Node | None = None


class Definitions:
    """Knows each function by its last definition."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[str, Node]] = {}
        self._last = ""  # the function that the line before defined

    def claim(self, left: Node, right: Node) -> Claim | None:
        """What the line claims about a function defined above; None when it claims nothing. Learns what it defines."""
        subject = _subject(left)
        if subject is None or not is_value(right):
            self._last = ""
            return None
        claim = self._claim(subject, left, right)
        self._last = subject.name if not subject.primes and subject.at is None else ""
        return claim

    def _claim(self, subject: _Subject, left: Node, right: Node) -> Claim | None:
        base = self._base(subject)
        if base is None:
            self.learn(left, right)
            return None
        primes, letter, formula = base
        if subject.at is not None:
            return self._value(subject, right)
        if is_closed(right) and letter in a.symbols(formula) and (primes == subject.primes or not _is_line(formula, letter)):
            return None  # a condition: f'(x) = 0
        if primes < subject.primes:
            slope = a.Deriv(formula, ((a.Sym(letter), subject.primes - primes),))
            return Claim(slope, right, "the derivative of " + ("the line before" if primes else "the function above"))
        if primes or (isinstance(left, a.Call) and self._last == subject.name):
            return Claim(formula, right, "equal to the line above")
        self.learn(left, right)  # another function of the same name
        return None

    def learn(self, left: Node, right: Node) -> None:
        """Keeps a definition. A new one of the function itself makes its derivatives unknown."""
        subject = _subject(left)
        if subject is None or subject.at is not None or not is_value(right):
            return
        letters = a.symbols(right) - {subject.name}
        letter = subject.letter or (next(iter(letters)) if len(letters) == 1 else None)
        if letter is None or letter not in letters or subject.name in a.symbols(right):
            return  # P(A) = 3/8 is no function
        if not subject.primes:
            self._known = {key: value for key, value in self._known.items() if key[0] != subject.name}
        self._known[subject.name, subject.primes] = (letter, right)

    def resolved(self, node: Node) -> Node:
        """The formula with f(x) and f'(2) written out where they are known."""
        return a.rebuild(node, self._written_out)

    def _written_out(self, node: Node) -> Node:
        subject = _subject(node) if isinstance(node, a.Call) else None
        known = self._known.get((subject.name, subject.primes)) if subject else None
        if subject is None or known is None:
            return node
        letter, formula = known
        at = subject.at if subject.at is not None else a.Sym(subject.letter or letter)
        return formula if at == a.Sym(letter) else put(formula, letter, at)

    def _base(self, subject: _Subject) -> tuple[int, str, Node] | None:
        """The highest known derivative that is not higher than the subject."""
        for primes in range(subject.primes, -1, -1):
            if (subject.name, primes) in self._known:
                letter, formula = self._known[subject.name, primes]
                fits = subject.letter in (None, letter)
                return (primes, letter, formula) if fits else None
        return None

    def _value(self, subject: _Subject, right: Node) -> Claim | None:
        known = self._known.get((subject.name, subject.primes))
        if known is None or subject.at is None:
            return None
        value = put(known[1], known[0], subject.at)
        return Claim(value, right, "both sides are equal") if is_closed(value) and is_closed(right) else None


def _subject(node: Node) -> _Subject | None:
    match node:
        case a.Call(name, (a.Sym(letter),), primes, False):
            return _Subject(name, primes, letter)
        case a.Call(name, (), primes, False):
            return _Subject(name, primes, None)
        case a.Call(name, (at,), primes, False):
            return _Subject(name, primes, None, at)
        case a.Deriv(a.Sym(name), ((a.Sym(letter), primes),), False):
            return _Subject(name, primes, letter)
        case a.Sym(name):
            return _Subject(name, 0, None)
        case _:
            return None


def _is_line(formula: Node, letter: str) -> bool:
    """Whether no power, root or function of the letter is in it, so that its slope is a number."""
    parts = (n for n in a.walk(formula) if isinstance(n, a.Pow | a.Func | a.Div))
    products = (n for n in a.walk(formula) if isinstance(n, a.Mul) and sum(letter in a.symbols(f) for f in n.args) > 1)
    return not any(letter in a.symbols(n) for n in (*parts, *products) if not (isinstance(n, a.Div) and letter not in a.symbols(n.den)))
