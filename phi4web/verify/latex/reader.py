"""The Pratt loop over tokens: what starts a value and what may follow it are tables that parser.py fills in.

An ambiguity is settled by `choose`: the first run takes every first choice and writes down what it was asked, later runs take others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from phi4web.errors import ParseFailure
from phi4web.verify.latex.ast import Context, Mul, Node
from phi4web.verify.latex.tokens import Token

MAX_DEPTH = 50

# Binding powers: a higher one binds tighter.
SEQUENCE, RELATION, RATIO, RESIDUE, UNION, SUM, UNIT, TERM, PRODUCT, UNARY, POWER = 0, 20, 22, 25, 30, 40, 44, 45, 50, 55, 70

Prefix: TypeAlias = "Callable[[Reader, Token, int], Node]"
Infix: TypeAlias = "Callable[[Reader, Token, Node], Node]"


class Reader:
    """One attempt at reading the tokens, with its position and everything that the rules remember."""

    prefixes: dict[str, Prefix] = {}
    infixes: dict[str, tuple[int, Infix]] = {}

    def __init__(self, tokens: list[Token], context: Context, flips: frozenset[str]) -> None:
        self.tokens = list(tokens)  # a copy: \frac12 splits a token
        self.at = 0
        self.context = context
        self.flips = flips
        self.choices: list[str] = []
        self.notes: list[str] = []
        self.depth = 0
        self.bars = 0  # how many | are open at this level of brackets
        self.builder = False  # in the head of a set-builder, where | and : end it
        self.brackets = 0
        self.intervals = False  # a pair of values here is an interval
        self.reversed = False  # a [ closes the bracket that is open: ]1, 2[
        self.bound: list[str] = []  # variables of the sums, limits and so on that are open
        self.integrals = 0
        self.differential: str | None = None  # the x of the dx just read, taken by the integral that waits for it
        self.plain = False  # the text holds no LaTeX command
        self.pairs = matching(tokens)

    # -- tokens -------------------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def is_at(self, *texts: str, kind: str = "op") -> bool:
        return self.token.kind == kind and self.token.text in texts

    def take(self, text: str, kind: str = "op") -> bool:
        if self.is_at(text, kind=kind):
            self.at += 1
            return True
        return False

    def expect(self, text: str, kind: str, what: str) -> None:
        if not self.take(text, kind):
            raise self.fail(what)

    def fail(self, message: str, token: Token | None = None) -> ParseFailure:
        where = token or self.token
        return ParseFailure(message, where.start, max(where.end, where.start))

    def unexpected(self, token: Token | None = None) -> ParseFailure:
        where = token or self.token
        if where.kind == "end":
            return self.fail("the formula ends too early", where)
        shown = f"the words {where.text[:40]!a}" if where.kind == "text" else f"{where.text[:20]!a}"
        return self.fail(f"{shown} can't be read here", where)

    # -- choices ------------------------------------------------------------------------------------------------------------

    def choose(self, name: str) -> bool:
        """True when this run takes the second way of reading. Writes the question down."""
        if name not in self.choices:
            self.choices.append(name)
        return name in self.flips

    def note(self, name: str) -> None:
        if name not in self.notes:
            self.notes.append(name)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"brackets or powers are nested more than {MAX_DEPTH} deep")
        yield
        self.depth -= 1

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Inside a new pair of brackets: open bars and set-builder heads outside don't count."""
        saved = self.bars, self.builder, self.intervals, self.reversed
        self.bars, self.builder, self.intervals, self.reversed = 0, False, False, False
        self.brackets += 1
        yield
        self.brackets -= 1
        self.bars, self.builder, self.intervals, self.reversed = saved

    # -- the loop -----------------------------------------------------------------------------------------------------------

    def expr(self, power: int = SEQUENCE) -> Node:
        """One value whose parts bind tighter than `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"brackets or powers are nested more than {MAX_DEPTH} deep")
        left = self.prefix(power)
        while self.differential is None:
            binding, infix = self.following()
            if infix is None or binding <= power:
                break
            left = infix(self, self.token, left)
        self.depth -= 1
        return left

    def prefix(self, power: int) -> Node:
        token = self.token
        rule = self.prefixes.get(token.kind) or self.prefixes.get(f"{token.kind} {token.text}")
        if rule is None:
            raise self.unexpected()
        return rule(self, token, power)

    def following(self) -> tuple[int, Infix | None]:
        """How strongly the next token binds to what stands before it, and its rule; (0, None) when it ends the value."""
        token = self.token
        if token.kind == "op" and self._ends(token):
            return 0, None
        if token.text == "(" and token.kind == "open" and self.peek().text in ("mod", "pmod"):
            return self.infixes["op pmod"]
        rule = self.infixes.get(token.kind) or self.infixes.get(f"{token.kind} {token.text}")
        if rule:
            return rule
        return self.infixes["juxtaposed"] if self.starts_value() else (0, None)

    def _ends(self, token: Token) -> bool:
        if token.text in ("|", "‖"):
            return self.builder or self.bars > 0
        if token.text == ":":
            return self.builder
        if token.text == "^":
            return self.one_sided() is not None
        return token.text in "+-" and self._closing(self.peek())

    def _closing(self, token: Token) -> bool:
        return token.kind in ("close", "end")

    def one_sided(self) -> str | None:
        """At the ^+ of 0^+, the sign; None elsewhere."""
        sign = self.peek()
        if sign.kind == "op" and sign.text in ("+", "-") and self._closing(self.peek(2)):
            return sign.text
        inner = self.peek(2)
        braced = sign.kind == "open" and inner.text in ("+", "-") and self.peek(3).kind == "close"
        return inner.text if braced else None

    def starts_value(self) -> bool:
        token = self.token
        if self.reversed and token.kind == "open" and token.text == "[":
            return False
        if token.kind in ("num", "nums", "repeat", "based", "id", "fn", "cmd", "open", "set", "env"):
            return True
        return token.kind == "op" and token.text in ("|", "‖") and not self._ends(token)

    # -- arguments ----------------------------------------------------------------------------------------------------------

    def group(self) -> Node:
        """The content of the { } that starts here."""
        opening = self.next()
        with self.fresh():
            value = self.expr()
        self.expect("{", "close", "a brace is not closed") if opening.text == "{" else None
        return value

    def argument(self, digit: bool = False) -> Node:
        """A LaTeX argument: braces, or one token; with `digit`, one digit of a number as in \\frac12."""
        token = self.token
        if token.kind == "open" and token.text == "{":
            return self.group()
        if digit and token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
            first = token._replace(text=token.text[0], end=token.start + 1)
            rest = token._replace(text=token.text[1:], start=min(token.start + 1, token.end), spaced=False)
            self.tokens[self.at : self.at + 1] = [first, rest]
            self.pairs = {k + (k > self.at): v + (v > self.at) for k, v in self.pairs.items()}
        if self.token.kind not in ("num", "signed", "id", "cmd", "fn", "open", "repeat", "set"):
            raise self.unexpected()
        with self.deeper():
            return self.prefix(POWER)


def product(factors: list[Node]) -> Node:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def matching(tokens: list[Token]) -> dict[int, int]:
    """Where each opening bracket closes, for a look ahead."""
    pairs: dict[int, int] = {}
    open_at: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind == "open":
            open_at.append(i)
        elif token.kind == "close" and open_at:
            pairs[open_at.pop()] = i
    return pairs
