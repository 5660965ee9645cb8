"""What was found in a response, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["box", "boxes", "open_box", "final_line", "bold", "display", "equation", "inline", "sentence", "whole", "none"]
TAIL = 20_000
LONGEST = 4_000
CONFIDENCE: dict[Kind, float] = {
    "box": 0.95,
    "boxes": 0.9,
    "open_box": 0.5,
    "final_line": 0.8,
    "bold": 0.6,
    "display": 0.5,
    "equation": 0.45,
    "inline": 0.4,
    "sentence": 0.35,
    "whole": 0.3,
    "none": 0.0,
}


@dataclass(frozen=True, slots=True)
class Extracted:
    """`start` and `end`: offsets of the answer in the response. `alternatives`: other candidates, the last one first.

    `answer` None: no final answer; with `truncated` because the thought never ended. `revised`: words such as "wait" stand between boxes.
    `beyond`: what stands behind the box and belongs to the value, such as % or a base. `claim`: the formula |x| = 3 of the answer 3.
    """

    answer: str | None
    alternatives: tuple[str, ...] = ()
    confidence: float = 0.0
    start: int = 0
    end: int = 0
    kind: Kind = "none"
    truncated: bool = False
    revised: bool = False
    beyond: str = ""
    claim: str = ""

    @property
    def whole(self) -> str | None:
        """What the response says: the answer with what stands behind its box, or the equation of which it is the right side."""
        return self.answer and (self.claim or self.answer + self.beyond)


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int


CONSTANT = re.compile(r"[ }]*\+\s*([CcKk])(?![\w'^_(])(?!\s*[-+*/^\d(])")


def line_end(text: str, start: int) -> int:
    """The end of the first line from `start` on that holds anything."""
    at = start
    while at < len(text) and text[at] in " \t\n*:":
        at += 1
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def trimmed(text: str, start: int, end: int) -> Span | None:
    """Without spaces, bold marks and a sentence's punctuation around it; None when nothing is left."""
    while start < end and (text[start].isspace() or text[start] in '*:`_"“'):
        start += 1
    while start < end and (
        text[end - 1].isspace() or text[end - 1] in '*`"”,;' or (text[end - 1] == "." and not text.endswith("...", start, end))
    ):
        if text[end - 1] in ",;: " and text[max(start, end - 2) : end - 1] == "\\":
            break
        end -= 1
    return Span(start, end) if start < end else None


def shown_at(text: str, span: Span) -> str:
    return text[span.start : min(span.end, span.start + LONGEST)]


def result_of(text: str, span: Span | None, kind: Kind, alternatives: tuple[str, ...] = (), revised: bool = False) -> Extracted:
    if span is None:
        return Extracted(None)
    return Extracted(shown_at(text, span), alternatives, CONFIDENCE[kind], span.start, span.end, kind, revised=revised)
