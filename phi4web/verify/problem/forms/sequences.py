"""Arithmetic and geometric sequences: the 10th term, the nth term, the sum of the first terms, an infinite geometric series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from phi4web.verify.latex.ast import Add, Div, Dots, Listing, Mul, Neg, Node, Num, Parse, Pow, Sym
from phi4web.verify.problem.clauses import COUNTS
from phi4web.verify.problem.forms.common import Asked, Handler, form, group, read_formula, statement, unconditional
from phi4web.verify.problem.polynomial import coefficients, number
from phi4web.verify.problem.statement import Domain, Statement

ORDINALS = {
    w: k
    for k, w in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"), 1
    )
}
DOTS = re.compile(r"\.\.\.|…|dots")
DOTTED_SUM = re.compile(r"\.\.\.|…|\\(?:l|c)?dots")
FEWEST_TERMS = 2
MOST_TERMS = 10**4


def _progression(asked: Asked) -> tuple[Fraction, Fraction] | None:
    """(first term, step) of the sequence named or listed; None where it is not of the kind that the question says."""
    said = asked.found.groupdict()
    geometric = _kind(asked) == "geometric"
    if said.get("start"):
        ends = [_value(asked.text(k)) for k in ("start", "step")]
        return None if None in ends or (said["way"] == "ratio") != geometric else (ends[0], ends[1])  # type: ignore[return-value]
    terms = _terms(asked.text("list"))
    if terms is None or len(terms) < FEWEST_TERMS or (geometric and 0 in terms):
        return None
    pairs = list(zip(terms, terms[1:], strict=False))
    steps = {b / a for a, b in pairs} if geometric else {b - a for a, b in pairs}
    return (terms[0], steps.pop()) if len(steps) == 1 else None


def _kind(asked: Asked) -> str:
    """arithmetic or geometric, as said, or as a common difference or ratio says."""
    said = asked.found.groupdict()
    return said.get("kind") or ("geometric" if said.get("what") == "ratio" else "arithmetic")


def _value(text: str) -> Fraction | None:
    readings = read_formula(text)
    values = coefficients(readings[0].node, "") if len(readings) == 1 else None
    return None if values is None else values[0] if values else Fraction(0)


def _terms(text: str) -> list[Fraction] | None:
    """The numbers of 3, 7, 11, ... and of 1 + 1/2 + 1/4 + ..."""
    bare = re.sub(r"[\s,+−-]*(?:\.\.\.|…|\\l?dots|\\cdots)?[\s,+]*$", "", text)
    readings = read_formula(bare)
    if len(readings) != 1:
        return None
    node = readings[0].node
    items = node.items if isinstance(node, Listing) else node.args if isinstance(node, Add) else ()
    values = [coefficients(i, "") for i in items if not isinstance(i, Dots)]
    return None if None in values else [v[0] if v else Fraction(0) for v in values if v is not None]


def _count(asked: Asked) -> int | None:
    """How many terms, or which one: 10th, tenth, <10>, the next."""
    said = asked.found.groupdict()
    if said.get("next"):
        terms = _terms(asked.text("list")) if said.get("list") else None
        return len(terms) + 1 if terms else None
    word = said.get("nth") or ""
    if word:
        return int(word[:-2]) if word[0].isdigit() else ORDINALS.get(word)
    if said.get("many"):
        return COUNTS.get(said["many"])
    value = _value(asked.text("count"))
    return int(value) if value is not None and value.denominator == 1 else None


def _nth(first: Fraction, step: Fraction, geometric: bool, n: Node) -> Node:
    before = Num(n.num - 1) if isinstance(n, Num) else Add((n, Neg(Num(1))))
    return Mul((number(first), Pow(number(step), before))) if geometric else Add((number(first), Mul((before, number(step)))))


def _told(asked: Asked, what: str, found: tuple[Fraction, Fraction]) -> tuple[str, tuple[Node, ...]]:
    """What is asked, and the first three terms."""
    first, step = found
    geometric = _kind(asked) == "geometric"
    terms = (first, first * step, first * step * step) if geometric else (first, first + step, first + 2 * step)
    return f"{what} of the {_kind(asked)} sequence", (*(number(t) for t in terms), Dots())


def _plain(asked: Asked) -> bool:
    return asked.conditions.variable in (None, "n") and asked.conditions.domain == Domain() and unconditional(asked, rounding=True)


def _term(asked: Asked) -> Iterator[Statement]:
    found, n = _progression(asked), _count(asked)
    if found and n and 1 <= n <= MOST_TERMS and _plain(asked):
        node = _nth(*found, _kind(asked) == "geometric", Num(n))
        yield statement(asked, "evaluate", Parse(node), variable=None, called=Sym(f"a_{n}"), told=_told(asked, f"term {n}", found))


def _general(asked: Asked) -> Iterator[Statement]:
    found = _progression(asked)
    if found and _plain(asked):
        node = _nth(*found, _kind(asked) == "geometric", Sym("n"))
        yield statement(
            asked, "formula", Parse(node), style="nth term", variable="n", called=Sym("a_n"), told=_told(asked, "term n", found)
        )


def _sum(asked: Asked) -> Iterator[Statement]:
    found, n = _progression(asked), _count(asked)
    if not found or not n or not 1 <= n <= MOST_TERMS or not _plain(asked):
        return
    first, step = (number(v) for v in found)
    if _kind(asked) == "geometric":
        one = found[1] == 1
        node: Node = Mul((Num(n), first)) if one else Div(Mul((first, Add((Pow(step, Num(n)), Neg(Num(1)))))), Add((step, Neg(Num(1)))))
    else:
        node = Div(Mul((Num(n), Add((Mul((Num(2), first)), Mul((Num(n - 1), step)))))), Num(2))
    yield statement(
        asked, "evaluate", Parse(node), variable=None, called=Sym(f"S_{n}"), told=_told(asked, f"sum of the first {n} terms", found)
    )


def _endless(asked: Asked) -> Iterator[Statement]:
    found = _progression(asked)
    named = asked.found.group("start") is not None
    if (
        found
        and (named or DOTS.search(asked.found.group() + asked.text("list")))
        and abs(found[1]) < 1
        and _kind(asked) == "geometric"
        and _plain(asked)
    ):
        first, step = (number(v) for v in found)
        yield statement(
            asked,
            "evaluate",
            Parse(Div(first, Add((Num(1), Neg(step))))),
            variable=None,
            called=Sym("S"),
            told=_told(asked, "sum of all terms", found),
        )


def _dotted(asked: Asked) -> Iterator[Statement]:
    """1 + 2 + 3 + ... + 50: at least three terms in equal steps, and the last one is reached"""
    texts = [asked.text("list"), asked.text("last")] if asked.found.groupdict().get("last") else DOTTED_SUM.split(asked.text("list"))
    if len(texts) != 2:
        return
    last = _value(texts[1].strip().lstrip("+ "))
    terms = _terms(texts[0])
    if last is None or terms is None or len(terms) < 3 or not _plain(asked):
        return
    steps = {b - a for a, b in zip(terms, terms[1:], strict=False)}
    if len(steps) != 1 or 0 in steps:
        return
    count = (last - terms[0]) / steps.pop() + 1
    if count.denominator == 1 and len(terms) < count <= MOST_TERMS:
        node = Div(Mul((Num(int(count)), Add((number(terms[0]), number(last))))), Num(2))
        yield statement(asked, "evaluate", Parse(node), variable=None)


def _step(asked: Asked) -> Iterator[Statement]:
    """the common difference or ratio"""
    found = _progression(asked)
    ratio = asked.found.group("what") == "ratio"
    if found and ratio == (_kind(asked) == "geometric") and _plain(asked):
        yield statement(
            asked, "evaluate", Parse(number(found[1])), variable=None, called=Sym("r" if ratio else "d"), told=_told(asked, "step", found)
        )


def first_ones(even: int | None) -> Handler:
    """The sum of the first n whole, odd or even numbers: n(n+1)/2, n², n(n+1)."""

    def handler(asked: Asked) -> Iterator[Statement]:
        n = _count(asked)
        if n and n >= 1 and _plain(asked):
            triangle = Mul((Num(n), Num(n + 1)))
            node: Node = Div(triangle, Num(2)) if even is None else triangle if even else Pow(Num(n), Num(2))
            yield statement(asked, "evaluate", Parse(node), variable=None)

    return handler


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|write|work out)"
NTH = rf"(?P<nth>\d+(?:st|nd|rd|th)|{'|'.join(ORDINALS)})"
MANY = rf"(?:(?P<many>{'|'.join(COUNTS)})|{group('count')})"
LISTED = rf"{group('list')}(?: \.\.\.| …)?"
NAMED = (
    rf"(?:with|whose|having|that has) first term(?: is| of)? {group('start')} and (?:common )?(?P<way>difference|ratio)(?: is| of)? "
    rf"{group('step')}"
)
SEQUENCE = rf"(?:of |in |for )?(?:infinite )?(?P<kind>arithmetic|geometric) (?:sequence|series|progression)(?: (?:{LISTED}|{NAMED}))"
WHOLE = r"(?:positive integers|natural numbers|counting numbers|positive whole numbers)"
FORMS = (
    form(rf"{GIVE} {NTH} term {SEQUENCE}", _term),
    form(rf"{GIVE}(?: (?:formula|expression|rule) (?:for|of))? (?:nth|general) term {SEQUENCE}", _general),
    form(rf"{GIVE} sum of first {MANY} terms {SEQUENCE}", _sum),
    form(rf"{GIVE} (?:infinite )?sum (?:to infinity )?{SEQUENCE}", _endless),
    form(
        rf"(?:(?:{GIVE}|evaluate|simplify) )?(?:sum(?: of)? )?(?:(?:arithmetic )?series )?{group('list')} \.\.\. {group('last')}", _dotted
    ),
    form(rf"(?:(?:{GIVE}|evaluate|simplify) )?(?:sum(?: of)? )?(?:(?:arithmetic )?series )?{group('list')}", _dotted),
    form(rf"{GIVE} common (?P<what>difference|ratio) {SEQUENCE}", _step),
    form(rf"{GIVE} common (?P<what>difference|ratio) (?:of|in)(?: sequence| series)? {LISTED}", _step),
    form(rf"{GIVE} (?P<next>next) (?:term|number) {SEQUENCE}", _term),
    form(rf"{GIVE} sum of first {MANY} {WHOLE}", first_ones(None)),
    form(rf"{GIVE} sum of first {MANY} (?:positive )?odd (?:numbers|integers)", first_ones(0)),
    form(rf"{GIVE} sum of first {MANY} positive even (?:numbers|integers)", first_ones(1)),
)
