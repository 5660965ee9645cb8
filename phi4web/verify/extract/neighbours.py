"""Values in formulas of their own that stand together: x = 2 and x = 3 are one answer."""

from __future__ import annotations

import re

from phi4web.verify.extract.denied import is_denied
from phi4web.verify.extract.found import LONGEST, Extracted
from phi4web.verify.extract.markup import BOLD, DISPLAY, EQUATION, INLINE, group_span

_VALUE = re.compile(r"\s*([A-Za-z])(?:_\{?\w{1,2}\}?)?\s*&?=\s*(.+?)(?:[\s,;.]|\\\\)*(?:\b(or|and)\b\s*)?", re.S)
_FILLING = re.compile(
    r"(?:[\s$.,;*•\\()\[\]-]|\b(?:or|and|the|other|another|second|third|solutions?|roots?|values?|is|are|also)\b|^\s*\d{1,2}[.)](?=\s)|\\quad"
    r"|\\text\{\s*(?:or|and)\s*\})*",
    re.I | re.M,
)
_LETTERS = re.compile(r"\\[a-z]+|\b(?:sqrt|pi|sin|cos|tan|ln|log|exp|or|and|arcsin|arccos|arctan)\b")
MOST_VALUES = 12


def with_neighbours(text: str, begin: int, found: Extracted) -> Extracted:
    """x = 2 or x = 3, on one line or on several, is one answer, however it is marked up."""
    items = _items(text, begin)
    here = next((k for k, (start, end, _) in enumerate(items) if start <= found.start and found.end <= end), None)
    if here is None or "\n" in (found.answer or ""):
        return found
    first = last = here
    while first > 0 and last - first < MOST_VALUES and _together(text, items[first - 1], items[first]):
        first -= 1
    while last + 1 < len(items) and last - first < MOST_VALUES and _together(text, items[last], items[last + 1]):
        last += 1
    if first == last or is_denied_run(text, items[first : last + 1]):
        return found
    parts = [_tidy(text[items[k][2][0] : items[k][2][1]]) for k in range(first, last + 1)]
    answer = (r" \text{ or } " if _same_name(parts) else ", ").join(parts)
    start, end = items[first][2][0], items[last][2][1]
    return Extracted(answer[:LONGEST], found.alternatives, found.confidence, start, end, "boxes", revised=found.revised)


_Item = tuple[int, int, tuple[int, int]]


def _items(text: str, begin: int) -> list[_Item]:
    """(start, end, (start, end) of what is inside) of every formula that is marked up, or stands on a line of its own; in order."""
    found: list[_Item] = []
    for pattern in (DISPLAY, BOLD, INLINE, EQUATION):
        for match in list(pattern.finditer(text, begin))[-200:]:
            span = group_span(text, match)
            if span and not any(start < match.end() and match.start() < end for start, end, _ in found[-400:]):
                found.append((match.start(), match.end(), (span.start, span.end)))
    return sorted(found)


def _together(text: str, before: _Item, after: _Item) -> bool:
    """Whether nothing but "or", "and", a comma or a new line stands between two values."""
    gap = text[before[1] : after[0]]
    if len(gap) > 80 or not _FILLING.fullmatch(gap):
        return False
    one, two = (_VALUE.fullmatch(text[i[2][0] : i[2][1]]) for i in (before, after))
    if bool(one) != bool(two) or not (gap.strip(" $") or "\n" in gap):
        return False
    words = re.search(r"\b(?:or|and)\b|,|;", gap) is not None
    if one and two:
        plain = not any(re.search(r"[A-Za-df-hj-z]", _LETTERS.sub("", m.group(2))) for m in (one, two))
        return plain and (one.group(1) == two.group(1) or (words and "\n" not in gap))
    contents = [text[i[2][0] : i[2][1]] for i in (before, after)]
    return words and "\n" not in gap and not any(re.search(r"[=<>]|\\[lg]e|[A-Za-df-hj-z]", _LETTERS.sub("", c)) for c in contents)


def is_denied_run(text: str, items: list[_Item]) -> bool:
    return any(is_denied(text, start, end) for start, end, _ in items)


def _tidy(part: str) -> str:
    value = _VALUE.fullmatch(part)
    return part if value is None else part[: value.end(2)].replace("&=", "=").strip()


def _same_name(parts: list[str]) -> bool:
    return len({m.group(1) for p in parts if (m := _VALUE.fullmatch(p))}) == 1
