"""The final answer inside a model's response, with where it stands and how sure we are. Text in, text out; nothing is read as a formula.

Order: boxes, "the final answer is", bold, display maths, a line x = ..., the last sentence. Never the last number of a text.
Linear time: every scan goes over the text once, and what comes after the boxes looks at the last 20,000 characters only.
"""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.beside import NEAR
from phi4web.verify.extract.boxes import find_boxes, from_boxes
from phi4web.verify.extract.denied import goes_on, is_denied, unless_denied
from phi4web.verify.extract.found import TAIL, Extracted, Span, line_end, result_of, shown_at, trimmed
from phi4web.verify.extract.lines import final_line, without_box
from phi4web.verify.framed import beyond_box
from phi4web.verify.hidden import composed, is_disguised, without_hidden

__all__ = ["Extracted", "extract"]


def extract(response: str, *, several: bool = False) -> Extracted:
    """The final answer after the last closed thought. `several`: the problem asks for several values, so all boxes count."""
    body = response.rfind("</think>")
    opened = response.rfind("<think>")
    if opened > body:
        return Extracted(None, truncated=True)
    begin = body + len("</think>") if body >= 0 else 0
    response = without_hidden(response)
    boxes, unclosed = find_boxes(response, begin)
    if boxes:
        last = boxes[-1]
        asked = response[last.start : last.end].rstrip("} $").endswith("?")
        if asked or is_denied(response, last.start, last.end) or goes_on(response, last.end):
            return Extracted(None)
        more = beyond_box(response, last.start, last.end)
        if more is None or is_disguised(composed(response[max(0, last.start - NEAR) : last.end + 3])):
            return Extracted(None)
        if _differs_later(response, last):
            return Extracted(None)
        found = from_boxes(response, boxes, several)
        return replace(found, beyond=more) if found.kind == "box" else found
    if unclosed is not None and (span := trimmed(response, unclosed, line_end(response, unclosed))):
        return unless_denied(response, result_of(response, span, "open_box"))
    return unless_denied(response, without_box(response, max(begin, len(response) - TAIL)))


def _differs_later(text: str, box: Span) -> bool:
    """Whether "the final answer is" follows the last box, with another formula."""
    later = final_line(text, max(box.end, len(text) - TAIL))
    if later is None or later.answer is None or not re.search(r"[\d\\]", later.answer):
        return False
    one, other = (re.sub(r"[\s${}*]|\\[,;:! ()\[\]]|\.$", "", t) for t in (shown_at(text, box), later.answer))
    return one not in other and other not in one
