"""The visible solution as rows of maths, with character offsets and the words between them. Text in, text out; no formula is read.

A row is one line of the user's own working, one span between dollars, or one line of an aligned display.
Whatever is no maths (environments, &, boxes, pictures) is blanked out with spaces, so that offsets stay those of the response.
Linear time: every character is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.steps.own import own_rows
from phi4web.verify.steps.row import Row
from phi4web.verify.steps.spans import OPENER, span_rows

MOST_CHARS = 200_000


def rows_of(response: str) -> tuple[Row, ...]:
    """The rows after the last closed thought. None at all while a thought is still open."""
    begin = response.rfind("</think>")
    if response.rfind("<think>") > begin:
        return ()
    begin = begin + len("</think>") if begin >= 0 else 0
    text = " " * begin + _without_pictures(_BREAK.sub("\n", response[begin : begin + MOST_CHARS].replace("\r\n", " \n")))
    lines = _MONEY.sub(r"\1 ", text)
    own = own_rows(lines, begin, marked=OPENER.search(lines, begin) is not None)
    if own is not None:
        return own
    rows = tuple(span_rows(text, begin))
    return tuple(replace(row, own=True) for row in rows) if _is_display_alone(rows, text) else rows


def _is_display_alone(rows: tuple[Row, ...], text: str) -> bool:
    """Whether there are several rows and not a word around them."""
    around = "".join(row.gap for row in rows) + text[rows[-1].end :] if len(rows) > 1 else "x"
    return not re.search(r"[A-Za-z]", re.sub(r"\\(?:begin|end)\{[a-z]+\*?\}", "", around))


_BREAK = re.compile("[\r\v\f\x85\u2028\u2029]")  # every other way to end a line
_MONEY = re.compile(r"(?m)^([^$\n]*)\$(?=\d[^$\n]*$)")  # the only dollar of its line


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
