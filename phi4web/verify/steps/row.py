"""A row of maths: one line of the user's own working, one span between dollars, or one line of an aligned display. Text only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST_SPAN = 6_000
Tie = Literal["follows", "perhaps", "no"]
ENVIRONMENTS = "align|aligned|alignat|alignedat|gather|gathered|equation|eqnarray|split|multline"


@dataclass(frozen=True, slots=True)
class Row:
    """`start`, `end`: offsets in the response. `gap`: the words since the last row. `block`: rows of one display or list share it.

    `sentence`: the words around the row, without maths being told apart. `goes_on`: it continues the formula of the row before.
    `own`: a line of nothing but a formula, in somebody's own working. `tie`: whether such a line claims to follow from the one above.
    """

    text: str
    start: int
    end: int
    gap: str
    block: int
    sentence: str
    goes_on: bool = False
    own: bool = False
    tie: Tie = "follows"


_PART = re.compile(
    r"\\(?:begin|end)\s*\{\s*([A-Za-z]+)\*?\s*\}(?:\s*\{[^{}]{0,40}\})?|\\(?:boxed|fbox|framebox)\s*(\{)|\\\\(?:\s*\[[^\]\\]{0,12}\])?"
    r"|\\(?:tag|label|hspace|vspace)\*?\s*\{[^{}]{0,60}\}|\\(?:qquad|quad|displaystyle|notag|nonumber)(?![a-z])|\\.|[{}&]",
    re.S,
)
_ALIGNED = frozenset(ENVIRONMENTS.split("|"))


def rows_of_display(text: str, start: int, end: int) -> Iterator[tuple[str, int, int, bool]]:
    """Rows as (text, start, end, continues the one before)."""
    content_only, breaks = cleaned(text[start:end])
    edges = [0, *breaks, end - start]
    for low, high in zip(edges, edges[1:], strict=False):
        content = content_only[low:high]
        if content.strip():
            raw = text[start + low : start + high].lstrip("\\ \n\t")
            yield content, start + low, start + high, raw.startswith("&")


def cleaned(text: str) -> tuple[str, list[int]]:
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
