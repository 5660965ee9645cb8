"""What every check shares: names to symbols, words for values, and the verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from mpmath import mp
from sympy.polys.polyerrors import BasePolynomialError

from phi4web.verdict import Completeness, Verdict, could_not_check
from phi4web.verify.build import make_env, to_sympy
from phi4web.verify.latex import to_text
from phi4web.verify.latex.ast import Node, symbols

# what SymPy raises when it can't do something; it says nothing about the answer
GAVE_UP = (ArithmeticError, NotImplementedError, ValueError, TypeError, AttributeError, BasePolynomialError)
LONGEST_EXACT = 24  # characters of an exact value that is shown as it is


class Unfit(Exception):
    """The answer is not of a kind that this class of question can have. The text says what was expected."""


class NoMethod(Exception):
    """The question is understood, but this check has no route for it."""


class Ring:
    """The symbols of one question and answer, real or complex, and the way from formulas to SymPy."""

    def __init__(self, nodes: Iterable[Node], real: bool = True, positive: bool = False) -> None:
        names = frozenset[str]().union(*(symbols(n) for n in nodes))
        self.env: Mapping[str, Any] = (
            make_env(names, positive=True) if positive else make_env(names, real=True) if real else make_env(names)
        )

    def build(self, node: Node) -> Any:
        return to_sympy(node, self.env)

    def __getitem__(self, name: str) -> Any:
        return self.env[name]


def verified(strength: str, method: str, evidence: str, *, domain: str | None = None, completeness: Completeness = "n/a") -> Verdict:
    return Verdict("verified", strength=strength, method=method, evidence=evidence, domain=domain, completeness=completeness)


def consistent(points: int, method: str, evidence: str, *, domain: str | None = None) -> Verdict:
    return Verdict("consistent", strength=f"{points} points", method=method, evidence=evidence, domain=domain)


def refuted(method: str, witness: str, *, domain: str | None = None, completeness: Completeness = "n/a") -> Verdict:
    return Verdict("refuted", method=method, witness=witness, evidence=witness, domain=domain, completeness=completeness)


def undecided(method: str, detail: str, *, domain: str | None = None) -> Verdict:
    return could_not_check("undecided", detail, method=method, domain=domain)


def shown(value: Any) -> str:
    """A number for people: exact when short, else six digits and dots."""
    if isinstance(value, Fraction):
        value = sympy.Rational(value.numerator, value.denominator)
    text = str(value) if isinstance(value, sympy.Basic) else ""
    if text and len(text) <= LONGEST_EXACT and not value.free_symbols:
        return re.sub(
            r"√\((\w+)\)", r"√\1", text.replace("**", "^").replace("sqrt", "√").replace("*", "·").replace("I", "i").replace("E", "e")
        )
    return shown_decimal(value)


def told_apart(first: Any, second: Any) -> tuple[str, str]:
    """Two different numbers for people, with as many digits as it takes to see that they differ."""
    texts = shown(first), shown(second)
    for digits in (6, 12, 25, 50):
        if texts[0] != texts[1] and not any(c in t for t in texts for c in "e…"):
            break
        texts = shown_decimal(first, digits), shown_decimal(second, digits)
        if texts[0] != texts[1]:
            break
    return texts


def shown_decimal(value: Any, digits: int = 6) -> str:
    """About `digits` digits of a number or of the middle of an interval; exact when that is short."""
    if isinstance(value, Fraction):
        value = sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, sympy.Basic):
        return _trimmed(sympy.N(value, digits))
    middle = mp.mpf(value.mid)
    nearest = mp.nint(middle)
    if abs(middle - nearest) < mp.mpf(10) ** -20 and abs(nearest) < 10**12:
        return str(int(nearest))
    return str(mp.nstr(middle, digits))


def _trimmed(number: Any) -> str:
    """A float of SymPy without the zeros at its end, a complex one as a + bi."""
    return re.sub(r"(\.\d*?)0+(?!\d)", r"\1", str(number)).replace("*I", "i").replace(". ", " ").removesuffix(".")


def plain(node: Node) -> str:
    """A formula in one line of plain text, for evidence and witnesses."""
    return to_text(node)
