"""The visible solution as rows of maths, with character offsets and the words between them. Text in, text out; no formula is read.

A row is one line of the user's own working, one span between dollars, or one line of an aligned display.
Whatever is no maths (environments, &, boxes, pictures) is blanked out with spaces, so that offsets stay those of the response.
Linear time: every character is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARS = 200_000
LONGEST_SPAN = 6_000


@dataclass(frozen=True, slots=True)
class Row:
    """`start`, `end`: offsets in the response. `gap`: the words since the last row. `block`: rows of one display or list share it.

    `sentence`: the words around the row, without maths being told apart. `goes_on`: it continues the formula of the row before.
    """

    text: str
    start: int
    end: int
    gap: str
    block: int
    sentence: str
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """`working`: nothing but formulas, one per line, so each line claims to follow from the one above."""

    rows: tuple[Row, ...]
    working: bool


def rows_of(response: str) -> Solution:
    """The rows after the last closed thought. None at all while a thought is still open."""
    begin = response.rfind("</think>")
    if response.rfind("<think>") > begin:
        return Solution((), False)
    begin = begin + len("</think>") if begin >= 0 else 0
    text = " " * begin + _without_pictures(response[begin : begin + MOST_CHARS])
    lines = _formula_lines(text, begin)
    if lines:
        return Solution(tuple(lines), True)
    if not _OPENER.search(text, begin):
        return Solution(tuple(_mixed(text, begin)), False)
    return Solution(tuple(_spans(text, begin)), False)


def _without_pictures(text: str) -> str:
    """Drawings and code blanked out, line breaks kept."""
    for opened, closed in (("[asy]", "[/asy]"), ("```", "```")):
        kept: list[str] = []
        at = 0
        while (start := text.find(opened, at)) >= 0:
            end = text.find(closed, start + len(opened))
            end = len(text) if end < 0 else end + len(closed)
            kept += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
            at = end
        text = "".join(kept) + text[at:]
    return text


# -- the user's own working: one formula a line -----------------------------------------------------------------------------------

_LIST_MARK = re.compile(r"\s*(?:(?:\(?(?:\d{1,2}|[a-z])[.)](?=\s)|[-*•>](?=\s))\s*|step\s*\d*\s*[:.)]\s*)+", re.I)
_LEAD = re.compile(
    r"\s*(?:so|then|thus|hence|therefore|or|and|check|answer|result|solution|now|next|finally|we get|which gives|gives)\b[\s,:]*"
    r"|\s*(?:∴|\\therefore)\s*",
    re.I,
)
_COMMENT = re.compile(r"\s+(?:\(\s*[a-z]{3,}[^()]{0,80}\)|\[\s*[a-z]{3,}[^\[\]]{0,80}\]|(?://|#|--|←|<-)[^=]{0,80})\s*$", re.I)
_WRAP = re.compile(r"\s*(\$\$?|\\\(|\\\[)(.*?)(\$\$?|\\\)|\\\])\s*[.,;]?\s*$", re.S)
_KNOWN = re.compile(
    r"\\[A-Za-z]+|(?<![A-Za-z])(?:a?(?:rc)?(?:sin|cos|tan|cot|sec|csc)h?|sqrt|cbrt|log|ln|exp|abs|pi|or|and|no|real|solutions?|mod|gcd|lcm|theta|alpha|beta"
    r"|dx|dy|dt|int|sum|lim|inf|infinity|union|det|all|true|false)(?![A-Za-z])",
    re.I,
)
_WORDS = re.compile(r"[A-Za-z]{3,}")
_MATHS = re.compile(r"[0-9=<>≤≥√]|^\s*[A-Za-z]\s*$|[A-Za-z]\s*[+\-*/^]|\\[a-z]+|no (?:real )?solutions?")


def _formula_lines(text: str, begin: int) -> list[Row]:
    """The lines, when every one of them is a formula; otherwise nothing."""
    found: list[Row] = []
    at = begin
    for line in text[begin:].split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip():
            continue
        row = _formula_line(line, start)
        if row is None:
            return []
        found.append(row)
    return found


def _formula_line(line: str, start: int) -> Row | None:
    if len(line) > LONGEST_SPAN:
        return None
    left = 0
    gap = ""
    for pattern in (_LIST_MARK, _LEAD):
        if (match := pattern.match(line, left)) and match.end() < len(line):
            gap, left = gap + match.group(0), match.end()
    line = _COMMENT.sub("", line)
    wrapped = _WRAP.match(line, left)
    inner, offset = (wrapped.group(2), wrapped.start(2)) if wrapped else (line[left:], left)
    bare = re.sub(r"\\(?:text|mathrm|textbf)\s*\{\s*(?:or|and|no solution|no real solution)\s*\}", " ", inner)
    if "$" in inner or _WORDS.search(_KNOWN.sub(" ", bare)) or not _MATHS.search(inner) or "\\begin" in inner:
        return None
    cleaned = _cleaned(inner)[0]
    return Row(cleaned, start + offset, start + offset + len(inner), gap, 0, "")


def _mixed(text: str, begin: int) -> Iterator[Row]:
    """Lines of words and lines of formulas, without any dollar: formulas that follow each other share a block."""
    at, block, gap = begin, 1, ""
    for line in text[begin:].split("\n"):
        start, at = at, at + len(line) + 1
        row = _formula_line(line, start) if line.strip() else None
        if row is not None:
            yield Row(row.text, row.start, row.end, (gap + " " + row.gap)[-400:], block, gap[-250:])
            gap = ""
        elif line.strip():
            yield from _plain(text, start, at - 1, block + 1)
            block, gap = block + 2, gap + line


# -- maths between words ----------------------------------------------------------------------------------------------------------

_ENVIRONMENTS = "align|aligned|alignat|alignedat|gather|gathered|equation|eqnarray|split|multline"
_OPENER = re.compile(r"\\\$|\$\$?|\\\(|\\\[|\\begin\{(?:" + _ENVIRONMENTS + r")\*?\}")
_PLAIN_SUM = re.compile(r"(?<![\w.$\\])[-+(]*\$?\d[\d.,%()+\-*/×÷·^$ ]{0,200}=[ $]*[-\d(][\d.,%()+\-*/×÷·^$ =]{0,200}")


def _spans(text: str, begin: int) -> Iterator[Row]:
    last = begin
    missing: set[str] = set()
    at, block = begin, 0
    while (opener := _OPENER.search(text, at)) is not None:
        found = _closed(text, opener, missing)
        if found is None or (opener.group(0) == "$" and _is_prose(text[found[0] : found[1]])):
            at = opener.end()
            continue
        inner_start, inner_end, end = found
        block += 1
        yield from _plain(text, last, opener.start(), block)
        block += 1
        gap = text[last : opener.start()][-400:]
        around = _sentence(text, opener.start(), end)
        for row in _split(text, inner_start, inner_end):
            yield Row(row[0], row[1], row[2], gap, block, around, row[3])
            gap = ""
        last = at = end
    yield from _plain(text, last, len(text), block + 1)


_TEXTS = re.compile(r"\\[A-Za-z]+\s*(?:\{[^{}$]{0,200}\})?")
_SEVERAL_WORDS = re.compile(r"[A-Za-z]{3,}[,.]?\s+[A-Za-z]{2,}")


def _is_prose(inside: str) -> bool:
    """Words, or half a sum, between two dollars that are money: $5 for a total of $10, $5 * 16 = $80."""
    if inside[:1].isdigit() and inside.rstrip().endswith(("=", "+", "*", "/", "-", "×", "is", "of")):
        return True
    return bool(_SEVERAL_WORDS.search(_TEXTS.sub(" ", inside)))


def _closed(text: str, opener: re.Match[str], missing: set[str]) -> tuple[int, int, int] | None:
    """Where the span's inside starts and ends, and the offset after it."""
    mark = opener.group(0)
    if mark == "\\$":
        return None
    if mark.startswith("\\begin"):
        closer = mark.replace("\\begin", "\\end")
        end = text.find(closer, opener.end(), opener.end() + LONGEST_SPAN)
        return None if end < 0 else (opener.end(), end, end + len(closer))
    closer = {"\\(": "\\)", "\\[": "\\]"}.get(mark, mark)
    if closer in missing:
        return None
    end = opener.end()
    while True:
        end = text.find(closer, end, opener.end() + LONGEST_SPAN)
        if end < 0:
            if text.find(closer, opener.end()) < 0:
                missing.add(closer)
            return None
        if not (closer == "$" and text[end - 1] == "\\"):
            break
        end += 1
    if mark == "$" and "\n\n" in text[opener.end() : end]:
        return None
    return opener.end(), end, end + len(closer)


def _sentence(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - 250) : start], text[end : end + 150]
    cuts = [m.end() for m in re.finditer(r"[.!?]\s|\n\s*\n|\$\.\s", before)]
    stop = re.search(r"[.!?](?:\s|$)|\n\s*\n", after)
    closed = text[max(0, end - 3) : end].rstrip("$").endswith(".")
    return before[cuts[-1] if cuts else 0 :] + " " + ("" if closed else after[: stop.end() if stop else len(after)])


def _plain(text: str, start: int, end: int, block: int) -> Iterator[Row]:
    """Sums written without dollars in the middle of words: 3 * 4 = 12."""
    for match in _PLAIN_SUM.finditer(text, start, end):
        found = match.group(0).rstrip(" .,*($+-/")
        stop = match.start() + len(found)
        follows = text[stop : stop + 1]
        if "=" not in found[:-1] or follows.isalpha() or (follows and follows in "^_\\") or not _stands_alone(text, match.start(), found):
            continue
        yield Row(
            found, match.start(), stop, text[max(start, match.start() - 100) : match.start()], block, _sentence(text, match.start(), stop)
        )


def _stands_alone(text: str, start: int, found: str) -> bool:
    """Not the tail of a longer formula such as x² − 6x − 7 = 0."""
    before = text[max(0, start - 20) : start].rpartition("\n")[2].rstrip(" ")
    lone_letter = re.search(r"(?<![A-Za-z])[B-HJ-Zb-z]$", before)
    return (
        not (before and before[-1] in "+-*/^=()_×÷·,|") and not lone_letter and all(s.count("(") == s.count(")") for s in found.split("="))
    )


# -- rows of a display ------------------------------------------------------------------------------------------------------------

_PART = re.compile(
    r"\\(?:begin|end)\s*\{\s*([A-Za-z]+)\*?\s*\}(?:\s*\{[^{}]{0,40}\})?|\\(?:boxed|fbox|framebox)\s*(\{)|\\\\(?:\s*\[[^\]\\]{0,12}\])?"
    r"|\\(?:tag|label|hspace|vspace)\*?\s*\{[^{}]{0,60}\}|\\(?:qquad|quad|displaystyle|notag|nonumber)(?![a-z])|\\.|[{}&]",
    re.S,
)
_ALIGNED = frozenset(_ENVIRONMENTS.split("|"))


def _split(text: str, start: int, end: int) -> Iterator[tuple[str, int, int, bool]]:
    """Rows as (text, start, end, continues the one before)."""
    cleaned, breaks = _cleaned(text[start:end])
    edges = [0, *breaks, end - start]
    for low, high in zip(edges, edges[1:], strict=False):
        content = cleaned[low:high]
        if content.strip():
            raw = text[start + low : start + high].lstrip("\\ \n\t")
            yield content, start + low, start + high, raw.startswith("&")


def _cleaned(text: str) -> tuple[str, list[int]]:
    """The formula with everything that is no maths blanked out, and where its rows end."""
    out = list(text)
    breaks: list[int] = []
    stack: list[str] = []

    def blank(low: int, high: int) -> None:
        out[low:high] = " " * (high - low)

    for part in _PART.finditer(text):
        token, name = part.group(0), part.group(1)
        deep = any(s != "box" for s in stack)
        if name is not None:
            if name in _ALIGNED or (name == "array" and "=" in text and not stack):
                blank(part.start(), part.end())
            elif token.startswith("\\begin"):
                stack.append("env")
            elif stack:
                stack.pop()
        elif part.group(2):
            stack.append("box")
            blank(part.start(), part.end())
        elif token.startswith("\\\\") and not deep:
            blank(part.start(), part.end())
            breaks.append(part.start())
        elif token == "{":
            stack.append("brace")
        elif token == "}" and stack:
            if stack.pop() == "box":
                blank(part.start(), part.end())
        elif (token == "&" and not deep) or token.startswith(("\\tag", "\\label", "\\hspace", "\\vspace", "\\disp", "\\no")):
            blank(part.start(), part.end())
    return "".join(out), breaks
