"""The boxes of a response: all of them, in balance, with the words between."""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.extract.found import CONFIDENCE, CONSTANT, LONGEST, Extracted, Span, result_of, shown_at, trimmed
from phi4web.verify.extract.neighbours import is_denied_run
from phi4web.verify.framed import beyond_box

_BOX_PARTS = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*(\{)?|\\.|[{}]", re.DOTALL)
_UNBRACED = re.compile(r"\\[A-Za-z]+(?:\{[^{}\n]{0,80}\})*|[^\s$\\{}]{1,80}")
_REVISION = re.compile(
    r"\b(?:wait|actually|wrong|instead|incorrect|correction|mistake|sorry|oops|hmm|recheck|hold on|no,|rather|should be)\b",
    re.I,
)


def find_boxes(text: str, begin: int) -> tuple[list[Span], int | None]:
    """The contents of the outermost closed boxes, and where the content of a box that never closes starts."""
    found: list[Span] = []
    stack: list[int] = []  # where a box's content starts; -1 for any other brace
    inside = 0
    for part in _BOX_PARTS.finditer(text, begin):
        token = part.group(0)
        if token.startswith(("\\boxed", "\\fbox", "\\framebox")):
            if part.group(1):
                stack.append(part.end())
                inside += 1
            elif not inside and (plain := _UNBRACED.match(text, part.end())):
                found.append(Span(plain.start(), plain.end()))
        elif token == "{":
            stack.append(-1)
        elif token == "}" and stack:
            start = stack.pop()
            if start >= 0:
                inside -= 1
                if not inside:
                    found.append(Span(start, part.start()))
    open_boxes = [start for start in stack if start >= 0]
    spans = [s for s in (trimmed(text, f.start, f.end) for f in found) if s]
    return spans, (open_boxes[0] if open_boxes else None)


def from_boxes(text: str, boxes: list[Span], several: bool) -> Extracted:
    recent = boxes[-12:]
    revised = any(_REVISION.search(text, a.end, b.start) for a, b in zip(recent, recent[1:], strict=False))
    joined = [recent[-1]]
    words: list[str] = []
    for before in reversed(recent[:-1]):
        between = text[before.end : joined[0].start]
        joiner = _joins(between)
        if not joiner and not (several and not revised):
            break
        joined.insert(0, before)
        words.insert(0, joiner or ",")
    others = tuple(dict.fromkeys(shown_at(text, b) for b in reversed(boxes[-60:]) if shown_at(text, b) != shown_at(text, boxes[-1])))
    if is_denied_run(text, [(b.start, b.end, (b.start, b.end)) for b in joined]):
        return Extracted(None)
    if any(beyond_box(text, b.start, b.end) is None for b in joined):
        return Extracted(None)
    distinct = len({shown_at(text, b) for b in joined}) > 1
    if not distinct:
        found = result_of(text, boxes[-1], "box", alternatives=others[:8], revised=revised)
        constant = CONSTANT.match(text, boxes[-1].end)
        return replace(found, answer=f"{found.answer} + {constant.group(1)}") if constant else found
    parts = _labelled(text, joined)
    answer = parts[0]
    for word, part in zip(words, parts[1:], strict=True):
        answer += (r" \text{ or } " if word == "or" else ", ") + part
    start, end = joined[0].start, joined[-1].end
    return Extracted(answer[:LONGEST], others[:8], CONFIDENCE["boxes"], start, end, "boxes", revised=revised)


_LABEL = re.compile(r"([A-Za-z](?:_\{?\w\}?)?)\s*=\s*\\(?:boxed|fbox)\s*\{\s*$")


def _labelled(text: str, boxes: list[Span]) -> list[str]:
    """x = \\boxed{2} and y = \\boxed{3} keep their names if all have one."""
    labels = [_LABEL.search(text[max(0, b.start - 40) : b.start]) for b in boxes]
    shown = [shown_at(text, b) for b in boxes]
    if any("=" in s for s in shown) or len({m.group(1) for m in labels if m}) < len(boxes):
        return shown
    return [f"{m.group(1)} = {s}" for m, s in zip(labels, shown, strict=True) if m]


def _joins(between: str) -> str:
    """The word that joins two boxes of one sentence: "and", "or", ","; empty when they are not joined."""
    if len(between) > 60:
        return ""
    bare = re.sub(r"\\text\{\s*(and|or)\s*\}|\\boxed|\\fbox|\\[()\[\],;: ]|\\quad|[\s${}]", r" \1 ", between)
    words = [w for w in re.split(r"\s+|(?=[,;])|(?<=[,;])", bare) if w and not re.fullmatch(r"[A-Za-z](?:_\d)?=?|=", w)]
    if not words:
        return "," if "\n" in between else ""
    words = [w for w in words if not re.fullmatch(r"[-*•]|\d[.)]", w)]
    if any(w.lower() not in (",", ";", "and", "or", "&") for w in words):
        return ""
    return "or" if any(w.lower() == "or" for w in words) else "and" if any(w.lower() == "and" for w in words) else ","
