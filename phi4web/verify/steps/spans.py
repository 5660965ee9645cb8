"""Maths between words: spans between dollars and the like, and sums that are written without any. Text in, rows out, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phi4web.verify.steps.row import ENVIRONMENTS, LONGEST_SPAN, Row, rows_of_display

OPENER = re.compile(r"\\\$|\$\$?|\\\(|\\\[|\\begin\{(?:" + ENVIRONMENTS + r")\*?\}")
_PLAIN_SUM = re.compile(r"(?<![\w.$\\])[-+(]*\$?\d[\d.,%()+\-*/×÷·^$ ]{0,200}=[ $]*[-\d(][\d.,%()+\-*/×÷·^$ =]{0,200}")


def span_rows(text: str, begin: int) -> Iterator[Row]:
    last = begin
    missing: set[str] = set()
    at, block = begin, 0
    while (opener := OPENER.search(text, at)) is not None:
        found = _closed(text, opener, missing)
        if found is None or (opener.group(0) == "$" and _is_prose(text[found[0] : found[1]])):
            at = opener.end()
            continue
        inner_start, inner_end, end = found
        block += 1
        yield from plain_sums(text, last, opener.start(), block)
        block += 1
        gap = text[last : opener.start()][-400:]
        around = _sentence(text, opener.start(), end)
        for row in rows_of_display(text, inner_start, inner_end):
            yield Row(row[0], row[1], row[2], gap, block, around, row[3])
            gap = ""
        last = at = end
    yield from plain_sums(text, last, len(text), block + 1)


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


def plain_sums(text: str, start: int, end: int, block: int) -> Iterator[Row]:
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


_HEADED = re.compile(  # the head of a limit or the like, of which the sum would be the rest
    r"(?:→|⟶|-{1,2}>|\\to)\s{0,9}$|(?<![A-Za-z])lim(?:it)?(?![A-Za-z])[^.;:=\n]{0,60}\b(?:to|approaches)\s{0,9}$"
    r"|(?<![A-Za-z])(?:lim|limit|int|integral|derivative|max|min|maximum|minimum|sup|inf|arg)(?![A-Za-z])(?:[^.;:=\n]{0,60}\bof)?\s{0,9}$",
    re.I,
)


def _stands_alone(text: str, start: int, found: str) -> bool:
    """Not the tail of a longer formula such as x² − 6x − 7 = 0."""
    if _HEADED.search(text[max(0, start - 90) : start].rpartition("\n")[2]):
        return False
    before = text[max(0, start - 20) : start].rpartition("\n")[2].rstrip(" ")
    lone_letter = re.search(r"(?<![A-Za-z])[B-HJ-Zb-z]$", before)
    return (
        not (before and before[-1] in "+-*/^=()_×÷·,|") and not lone_letter and all(s.count("(") == s.count(")") for s in found.split("="))
    )
