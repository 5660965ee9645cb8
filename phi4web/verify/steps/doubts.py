"""Reasons not to call a false-looking line wrong: it may be a trial, a remainder, a rounding, a unit, another notation.

Each is a cause of false alarms that was seen in real solutions. They only ever turn ✗ into ?, never the other way.
"""

from __future__ import annotations

import re

from phi4web.verify.checks.exact import exact_value
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.steps.chains import Chain
from phi4web.verify.steps.reading import has, without_degrees, without_percent

_TRIAL = re.compile(
    r"\b(?:suppose|assum\w*|contradict\w*|impossible|not|cannot|can't|n't|fails?|false|wrong\w*|incorrect\w*|mistake\w*|error|try|trying|trial"
    r"|instead|guess\w*|tests?|whether|otherwise|never|thinks?|claims?|extraneous|reject\w*|invalid|suspect|wait|hmm|oops|actually|won't"
    r"|doesn't|isn't|don't|would|were)\b|n't\b|\?",
    re.I,
)
_RESIDUES = re.compile(
    r"\b(?:mod\w*|remainders?|residues?|congruen\w*|clock|o'clock|carry\w*|quotient)\b|\\[bp]?mod\b|\\pmod|\bR\s*\d", re.I
)
_ROUNDED = re.compile(
    r"\b(?:round\w*|floor|ceiling|nearest|approx\w*|about|estimat\w*|roughly|truncat\w*|significant|integer part)\b|\\approx", re.I
)
_BASES = re.compile(
    r"\bbases?[\s-]*(?:\$?_?\{?\d|\$?[a-z]\$|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|sixteen|numbers?|system|expansion)"
    r"|\b(?:in|different|other) base|\b(?:binary|hexadecimal|octal|decimal representation)\b|\d_\{?(?:\d|[a-z]\b)|_\{?(?:two|three|ten)",
    re.I,
)
_OPERATIONS = re.compile(r"\b(?:operations?|operators?|define[sd]?|symbol)\b", re.I)
_OWN_SIGNS = re.compile(
    r"\\(?:star|ast|circ|bullet|diamond|oplus|otimes|odot|ominus|clubsuit|heartsuit|spadesuit|Box|triangle|dagger)\b|[@#◇★⊕⊗]|\*"
)
_IMAGINARY = re.compile(r"\b(?:complex|imaginary|conjugate)\b|i\^\{?2|\bi\b.*-1", re.I)


class Surroundings:
    """What the question and the whole solution say about notation."""

    def __init__(self, problem: str, solution: str) -> None:
        both = problem[:16_000] + "\n" + solution[:50_000]
        self.bases = bool(_BASES.search(problem))
        self.own_signs = bool(_OPERATIONS.search(problem))
        self.imaginary = bool(_IMAGINARY.search(both))
        self.residues = bool(re.search(r"\\p?mod\b|\bmodulo\b|congruen", both))
        self.contrary = bool(re.search(r"\bcontradiction\b|\bextraneous\b", solution[:50_000]))


def doubt(left: Node, right: Node, source: str, chain: Chain, around: Surroundings) -> str | None:
    """Why a closed claim that looks false is not called wrong; None when there is no excuse. `source`: the line as written."""
    said = chain.row.gap if chain.row.own else chain.row.sentence
    return _by_notation(left, right, source, said, around) or by_words(chain, source) or _by_names((left, right), around)


def doubt_of_truth(left: Node, right: Node, op: str, source: str, around: Surroundings) -> str | None:
    """Why a claim that looks true may be another one than was read."""
    if around.own_signs and _OWN_SIGNS.search(source.replace("^\\circ", "").replace("^{\\circ}", "")):
        return "it may use a sign of its own"
    if op != "=" and any(isinstance(n, a.Const) and n.name in "ei" for side in (left, right) for n in a.walk(side)):
        return "a letter may stand for something else"
    return None


def by_words(chain: Chain, source: str = "") -> str | None:
    """Why the words around a chain may take it back. A supposition ends with its sentence; remainders and roundings may go on."""
    row = chain.row
    near = row.gap if row.own else row.sentence
    said = f"{near} {row.gap[-200:]} {source}"
    if _TRIAL.search(near):
        return "it may be a trial or a supposition"
    if _RESIDUES.search(said):
        return "it may be meant as remainders"
    if _ROUNDED.search(said):
        return "it may be rounded"
    return None


def _by_notation(left: Node, right: Node, source: str, sentence: str, around: Surroundings) -> str | None:
    if around.bases or has(left, a.BaseNum) or has(right, a.BaseNum):
        return "it may be written in another base"
    if _OWN_SIGNS.search(source.replace("^\\circ", "").replace("^{\\circ}", "")) and (around.own_signs or "*" not in source):
        return "it may use a sign of its own"
    if around.residues and not has(left, a.Num):
        return "it may be meant as remainders"
    if any(has(n, a.Degree) for n in (left, right)) and _mixed(left, right):
        return "it may mix degrees with numbers"
    if re.search(r"%|percent|per cent", source + sentence, re.I) and _hundredfold(left, right):
        return "it may leave out a percent sign"
    if any(_is_percentage(n) for n in (left, right)) and (without_percent(left) == left) != (without_percent(right) == right):
        return "it may leave out a percent sign"
    return None


def _is_percentage(node: Node) -> bool:
    """A percentage by itself, not 25% of something."""
    parts = node.args if isinstance(node, a.Add) else (node,)
    return any(isinstance(p.arg if isinstance(p, a.Neg) else p, a.Percent) for p in parts)


def _hundredfold(left: Node, right: Node) -> bool:
    x, y = exact_value(left), exact_value(right)
    return x is not None and y is not None and (x == 100 * y or y == 100 * x)


def _mixed(left: Node, right: Node) -> bool:
    return (without_degrees(left) == left) != (without_degrees(right) == right)


_ANGLES = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc"))


def may_be_degrees(nodes: tuple[Node, ...]) -> bool:
    """Whether there is a sine, or the like, of a number without a π or a degree sign, or an angle given by one."""
    written = any(n == a.Const("pi") or isinstance(n, a.Degree) for node in nodes for n in a.walk(node))
    return not written and any(isinstance(n, a.Func) and n.name in _ANGLES and not a.symbols(n) for node in nodes for n in a.walk(node))


def _by_names(nodes: tuple[Node, Node], around: Surroundings) -> str | None:
    """Letters and functions that may mean something else than the parser took them for."""
    constants = {n.name for node in nodes for n in a.walk(node) if isinstance(n, a.Const)}
    if "e" in constants or ("i" in constants and not around.imaginary):
        return "a letter may stand for something else"
    if may_be_degrees(nodes):
        return "the angles may be in degrees"
    if any(isinstance(n, a.Func) and n.name == "log" and len(n.args) == 1 for node in nodes for n in a.walk(node)):
        return "the base of the logarithm is not given"
    if "inf" in constants:
        return "infinity is not a number"
    return None
