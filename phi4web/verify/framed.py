"""The formula around a box: is the value in it all that its side of the formula says, or part of more, as in 1/[4], -[4] and ([4], 5)?

Text in, text out; a thousand characters before the box and two hundred behind it are looked at.
"""

from __future__ import annotations

import re

BEFORE, AFTER = 1_000, 200
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{?")
_DELIMITERS = re.compile(r"\$\$?|\\[()\[\]]|\\begin\s*\{\w+\*?\}|\\end\s*\{\w+\*?\}")
_PROSE = re.compile(r"[A-Za-z]{2,}[,.:]?\s+[A-Za-z]{2,}[,.:]?\s+[A-Za-z]+")
_WORDS = r"\\(?:text|mbox|hbox|textrm|textbf|textit|mathrm|operatorname)\s*\{[^{}]*\}"
_SAID = r"\\(?:text|mbox|hbox|textrm|textbf|textit|mathrm|operatorname)\s*\{[^{}]*[^{}\s][^{}]*\}"
_SEPARATOR = re.compile(
    rf"(?<![<>])(?<!\s!)=|\\approx|≈|\\equiv|≡|\\in\b|\\implies|\\(?:Long|long)?[Rr]ightarrow|\\iff|\\therefore|\\to\b|[→⇒∴&]|{_SAID}"
    r"|\\q?quad|(?<![\d\\])[,;:]|(?<!\\)[,;]\s"
)
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}()\[\]]|[\^_]|[^\s\\]", re.S)
_UNSEEN = re.compile(
    r"\\(?:text|mbox|mathrm)\s*\{\s*\}|\\(?:text)?color\s*\{\w+\}|\\[,;:! $]|[{}\s~$*]"
    r"|\\(?:displaystyle|textstyle|left|bf|rm|Large|large|mathbf|boldsymbol|bm)\b"
)
_PLAIN = "text textbf mathbf mathrm boldsymbol bm mbox color textcolor underline displaystyle boxed fbox ensuremath"
_PLAIN_COMMANDS = frozenset(rf"\{name}" for name in _PLAIN.split())
_NEXT = re.compile(
    r"(?P<unseen>[\s}~]|\\[,;:! ]|\\q?quad\b|\\(?:right|displaystyle|checkmark|blacksquare|square|qed|Box)\b"
    r"|\^\{?(?:\\text\{)?(?:st|nd|rd|th)\}*)"
    rf"|(?P<kept>\\?%|\^\s*\{{?\s*\\circ\s*\}}?|\\degree\b|°|_\{{?\w+\}}?)|(?P<words>{_WORDS}(?:\s*\^\s*\{{?[23]\}}?)?)"
    r"|(?P<mod>\(?\s*(?:\\text\s*\{\s*)?\\?[pb]?mod(?![A-Za-z]))"
    r"|(?P<stop>$|\$|\\[)\]]|\\\\|&|[.,;:](?!\d)|\\end\b|\\approx|≈|=\s*[a-df-hj-zA-Z](?=\s*(?:[.,;$]|\\[)\]]))"
    r"|\\tag\b|\\boxed\b|\\fbox\b|\+\s*[CcKk](?![\w'^_(])(?!\s*[-+*/^\d(]))",
    re.S,
)
_LARGE = re.compile(r"[\s$*)]*\b(hundred|thousand|million|billion|trillion|dozen)s?\b", re.I)
_CHANGED = re.compile(
    r"[\s$*)]*(?:\b(?:squared|cubed|factorial|(?:more|less|fewer) than\s+\$?\d)\b|\(?mod\b|[→⇒≠<>≤≥^!/]|times\s+[\d$\\])", re.I
)


def beyond_box(text: str, start: int, end: int) -> str | None:
    """What belongs to the value text[start:end] of a box but stands behind it: % or a base. None: the box is part of a larger formula."""
    if text.startswith((r"\text", r"\mathrm", r"\mathbf"), start):  # a choice: \boxed{\text{(B)}} 3(1 + x)
        return ""
    opened = [m.start() for m in _BOX.finditer(text, max(0, start - 40), start)]
    if not opened:
        return ""
    closed = re.compile(r"[\s$]*\}").match(text, end)
    behind = text[closed.end() if closed else end :][:AFTER]
    formula = _formula_before(text[max(0, opened[-1] - BEFORE) : opened[-1]])
    if formula is None:
        return None if _inside_command(text[max(0, opened[-1] - 40) : opened[-1]]) else _in_prose(behind)
    return _to_the_end(behind, re.search(r"(?:\\equiv|≡)[\s{}]*$", formula) is not None) if _begins(formula) else None


def _formula_before(text: str) -> str | None:
    """The formula in which the text ends, from its start; None when that is prose."""
    text = re.sub(r"\\\\(?:\[[^\]\n]*\])?", " ; ", re.split(r"\n\s*\n|</think>", text)[-1]).replace(r"\$", "  ")
    start, opener = -1, ""
    for mark in _DELIMITERS.finditer(text):
        kind = mark.group()[:2].rstrip()
        if start < 0 and (kind[0] == "$" or kind in (r"\(", r"\[", r"\b")):
            start, opener = mark.end(), kind
        elif start >= 0 and {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]", r"\b": r"\e"}[opener] == kind:
            start = -1
    return None if start < 0 or _PROSE.search(re.sub(_WORDS, "", text[start:])) else text[start:]


def _inside_command(before: str) -> bool:
    """\\phantom{[4]} and \\cancel{[4]} outside of a formula."""
    found = re.search(r"(\\[A-Za-z]+)\s*\{[\s{]*$", before)
    return found is not None and found[1] not in _PLAIN_COMMANDS


def _begins(formula: str) -> bool:
    """Whether the box stands at the start of a side, in no bracket and in no fraction, root or power."""
    open_: list[str] = []
    command = closed = ""
    for found in _TOKEN.finditer(formula):
        token = found.group()
        if token == "{":
            open_.append(command or closed)
        elif token == "}":
            closed, command = (open_.pop() if open_ else ""), ""
            continue
        elif token in ("(", "[", r"\{", r"\langle"):
            open_.append("bracket" if not (token == "[" and command) else "")
        elif token in (")", "]", r"\}", r"\rangle") and open_:
            open_.pop()
            if token == "]":
                continue
        command, closed = (token if token[0] == "\\" and token[1:].isalpha() else token if token in "^_" else ""), ""
    if any(name and name not in _PLAIN_COMMANDS for name in open_):
        return False
    return not _UNSEEN.sub("", _SEPARATOR.split(formula)[-1] or "")


def _to_the_end(behind: str, congruent: bool) -> str | None:
    kept, at = "", 0
    while True:
        found = _NEXT.match(behind, at)
        if found is None or (found["mod"] and not congruent):
            return None
        if found["stop"] is not None or found["mod"]:
            more = _in_prose(behind[found.end() :]) if found["stop"] in ("$", r"\)", r"\]") else ""
            return None if more is None else kept + more
        if found["words"] and _LARGE.search(found["words"].partition("{")[2]):
            kept += found["words"]
        kept += found["kept"] or ""
        at = found.end()


def _in_prose(behind: str) -> str | None:
    if large := _LARGE.match(behind):
        return rf"\text{{ {large[1]}}}"
    if _CHANGED.match(behind):
        return None
    unit = re.match(r"[\s$*]*(?:(\\?%|per ?cent\b)|°)", behind)
    return "" if unit is None else "%" if unit[1] else "°"


def beyond_markup(text: str, end: int) -> str | None:
    """The same for a value in bold or between dollar signs that ends at `end`: **4** million, $4$ %, $4$ squared."""
    marked = re.compile(r"[\s$*]*[$*)\]]").match(text, end, end + 8)
    return _in_prose(text[end : end + AFTER]) if marked else ""
