"""The parts of a question beside its core: rounding, domain, variable. Each is found, noted and taken out of the sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from phi4web.errors import ParseFailure
from phi4web.verify.latex import parse
from phi4web.verify.latex.ast import Context, Interval, Node, Num, Rel, RelOp, Sym, symbols
from phi4web.verify.problem.statement import Domain, Numbers, Rounding
from phi4web.verify.problem.words import Question

COUNTS = {word: n for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])}
NEAREST = {
    "integer": 0,
    "whole number": 0,
    "unit": 0,
    "one": 0,
    "ones": 0,
    "tenth": 1,
    "hundredth": 2,
    "thousandth": 3,
    "ten thousandth": 4,
    "ten-thousandth": 4,
    "cent": 2,
    "ten": -1,
    "hundred": -2,
    "thousand": -3,
}
NUMBER_SETS: dict[str, Numbers] = {"real": "real", "complex": "complex", "integer": "integer", "rational": "rational"}
M = r"<(\d+)>"
ROUND_VERB = r"(?:round(?:ed|ing)?|correct|accurate|approximated?|give|express|write|leave|state)"
ANSWER = r"(?:your |its )?(?:final )?(?:answers?|results?|solutions?|it)?"
ROUND = rf"(?:(?:and )?(?:then )?{ROUND_VERB}? ?{ANSWER} ?(?:rounded |correct |accurate )?)"
DIGITS = r"decimal places?|decimals?|decimal digits?|dp|significant figures?|significant digits?|sig figs?|sf"
SET = r"(?:set of |field of )?(?:all )?(real|complex|integer|rational)s?(?: numbers?)?"


@dataclass
class Conditions:
    """What the clauses of one question said. `variable` None: not named."""

    variable: str | None = None
    domain: Domain = field(default_factory=Domain)
    rounding: Rounding | None = None
    form: frozenset[str] = frozenset()


Taker = Callable[["re.Match[str]", Question, Conditions], bool]


def take_clauses(question: Question) -> tuple[str, Conditions]:
    """The sentence without its clauses, and what they said. A clause that makes no sense stays in the sentence."""
    found = Conditions()
    sentence = question.sentence
    for pattern, take in CLAUSES:

        def replaced(match: re.Match[str], take: Taker = take) -> str:
            return " " if take(match, question, found) else match.group()

        sentence = pattern.sub(replaced, sentence)
    return " ".join(sentence.split()), found


def sole_reading(text: str) -> Node | None:
    """The formula when it can be read in one way only."""
    try:
        readings = parse(text)
    except ParseFailure:
        return None
    return readings[0].node if len(readings) == 1 else None


def _count(match: re.Match[str], question: Question) -> int | None:
    word, formula = match.group("word"), match.group("formula")
    if word:
        return COUNTS.get(word)
    node = sole_reading(question.formulas[int(formula)])
    return node.num if isinstance(node, Num) and node.den == 1 and 0 <= node.num <= 50 else None


def _places(match: re.Match[str], question: Question, found: Conditions) -> bool:
    count = _count(match, question)
    if found.rounding is not None:
        return False  # two roundings are two answers
    if count is not None:
        found.rounding = Rounding(digits=count) if match.group("kind").startswith(("s", "sig")) else Rounding(places=count)
    return count is not None


def _nearest(match: re.Match[str], question: Question, found: Conditions) -> bool:
    if found.rounding is not None:
        return False
    found.rounding = Rounding(places=NEAREST[match.group(1)])
    return True


def _set(match: re.Match[str], question: Question, found: Conditions) -> bool:
    if found.domain.numbers not in ("unsaid", NUMBER_SETS[match.group(1)]):
        return False
    found.domain = replace(found.domain, numbers=NUMBER_SETS[match.group(1)])
    return True


def _set_of(match: re.Match[str], question: Question, found: Conditions) -> bool:
    """ "where x is a real number": the set, and the letter is the variable."""
    name = _letter(question.formulas[int(match.group(1))])
    if name is None or found.variable not in (None, name) or found.domain.numbers not in ("unsaid", NUMBER_SETS[match.group(2)]):
        return False
    found.variable = name
    found.domain = replace(found.domain, numbers=NUMBER_SETS[match.group(2)])
    return True


def _variable(match: re.Match[str], question: Question, found: Conditions) -> bool:
    name = _letter(question.formulas[int(match.group(1))])
    if name is None or found.variable not in (None, name):
        return False
    found.variable = name
    return True


def _by_letter(match: re.Match[str], question: Question, found: Conditions) -> bool:
    """ "in terms of x": the variable of a derivative or an integral; an equation is solved for another letter then."""
    return CALCULUS.search(question.sentence) is not None and _variable(match, question, found)


def _condition(match: re.Match[str], question: Question, found: Conditions) -> bool:
    """ "for 0 <= x < 1": an inequality in one letter with numbers at its ends."""
    node = sole_reading(question.formulas[int(match.group(1))])
    if not isinstance(node, Rel) or not set(node.ops) <= {"<", "<=", ">", ">="} or not any(isinstance(a, Sym) for a in node.args):
        return False
    names = symbols(node)
    if len(names) != 1 or found.variable not in (None, *names):
        return False
    found.variable = next(iter(names))
    found.domain = replace(found.domain, conditions=(*found.domain.conditions, node))
    return True


def _interval(match: re.Match[str], question: Question, found: Conditions) -> bool:
    """ "in [0, 2pi)", "for x in [0, 2pi)": bounds on the variable, which is x when nobody says."""
    try:
        readings = parse(question.formulas[int(match.group(1))], context=Context(brackets="interval"))
    except ParseFailure:
        return False
    node = readings[0].node
    name = found.variable or "x"
    if isinstance(node, Rel) and node.ops == ("in",) and isinstance(node.args[0], Sym) and found.variable in (None, node.args[0].name):
        name, node = node.args[0].name, node.args[1]
    if len(readings) != 1 or not isinstance(node, Interval) or symbols(node):
        return False
    ops: tuple[RelOp, RelOp] = ("<=" if node.lo_closed else "<", "<=" if node.hi_closed else "<")
    bounds = Rel(ops, (node.lo, Sym(name), node.hi))
    found.variable = name
    found.domain = replace(found.domain, conditions=(*found.domain.conditions, bounds))
    return True


def _letter(text: str) -> str | None:
    node = sole_reading(text)
    return node.name if isinstance(node, Sym) else None


def _set_with(match: re.Match[str], question: Question, found: Conditions) -> bool:
    name = _letter(question.formulas[int(match.group("letter"))])
    if name is None or found.variable not in (None, name):
        return False
    found.variable = name
    return _set(match, question, found)


def _written(form: str) -> Taker:
    """The answer is to be written in a form that has a name."""

    def take(match: re.Match[str], question: Question, found: Conditions) -> bool:
        found.form |= {form}
        return True

    return take


def _positive(match: re.Match[str], question: Question, found: Conditions) -> bool:
    found.domain = replace(found.domain, positive=True)
    return True


COUNT = r"(?:(?P<word>[a-z]+)|<(?P<formula>\d+)>)"
UNIT = "|".join(sorted(NEAREST, key=len, reverse=True))
SUPPOSE = r"(?:where|for|with|if|assuming|assume|suppose|given|let)(?: that)?(?: all)?"
WITHIN = r"(?:for|where|with|when|if|such that|in interval|on interval|on|in range|given(?: that)?)(?: all)?"
ABOUT = r"(?:with respect to|w\.r\.t\.?|wrt|in variable|for)(?: variable)?"
BY_LETTER = r"(?:in terms of|as function of)(?: variable)?"
CALCULUS = re.compile(r"\b(?:derivative|differentiate|integral|integrate|antiderivative)\b")

WRITE = r"(?:and )?(?:then )?(?:express|write|leave|give|state)(?: your| its)?(?: final)?(?: answers?| results?| it)?"
POSITIVE_ONLY = r"(?:only )?(?:with |using )?(?:only )?positive exp[a-z]*nts(?: only)?"
EVERY_LETTER = r"(?:that )?(?:all )?(?:variables|letters|variable expressions)(?: (?:represent|are|is|denote|stand for))?(?: all)?"
LOWEST = r"(?:in|to)(?: its)? (?:simplest|lowest)(?: (?:form|terms))"


def _clause(pattern: str, take: Taker) -> tuple[re.Pattern[str], Taker]:
    return re.compile(pattern), take


CLAUSES = (
    _clause(rf"{ROUND}\bto {COUNT} (?P<kind>{DIGITS})\b", _places),
    _clause(rf"{ROUND}\bto nearest ({UNIT})\b", _nearest),
    _clause(
        rf"\b(?:(?:your )?answers? should contain {POSITIVE_ONLY}|{WRITE} {POSITIVE_ONLY}|{POSITIVE_ONLY})", _written("positive exponents")
    ),
    _clause(rf"\b{WRITE} (?:as|in)(?: form of)? (?:improper fraction|simplified fraction|fraction)\b", _written("fraction")),
    _clause(rf"\b(?:{WRITE} )?in scientific notation\b", _written("scientific")),
    _clause(
        rf"\b(?:(?:and )?(?:graph|plot) (?:solutions?|it) )?(?:{WRITE} )?(?:solution set |solutions? )?(?:in |using )?interval notation\b",
        _written("interval"),
    ),
    _clause(rf"\b(?:{WRITE} )?{LOWEST}\b", _written("lowest")),
    _clause(rf"\b(?:assum(?:e|ing)|where|suppose|given|if) {EVERY_LETTER} positive(?: real)?(?: numbers?| values?)?\b", _positive),
    _clause(rf"\b(?:over|in|within|among) {SET}\b", _set),
    _clause(rf"\b{SUPPOSE} {M} (?:is|be|are|being) (?:any )?(real|complex|integer|rational)s?(?: numbers?| valued)?\b", _set_of),
    _clause(r"\b(?:for|with|where)(?: all)? (real|complex|integer|rational)(?: numbers?| values?)?(?: of)? <(?P<letter>\d+)>", _set_with),
    _clause(rf"\b{ABOUT} {M}", _variable),
    _clause(rf"\b{BY_LETTER} {M}", _by_letter),
    _clause(r"\bexact\b", _written("exact")),
    _clause(rf"\b{WITHIN} {M}", _condition),
    _clause(rf"\b(?:in|on|over|for|where|with)(?: all)?(?: interval)? {M}$", _interval),
)
