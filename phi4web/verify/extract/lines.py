"""Where an answer stands in a text without a box, one place after another."""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.extract.found import Extracted, Kind, Span, line_end, result_of, trimmed
from phi4web.verify.extract.markup import BOLD, DISPLAY, EQUATION, INLINE, group_span
from phi4web.verify.extract.neighbours import with_neighbours
from phi4web.verify.sides import IMPLIED, assignments, claim_of, left_of

_FINAL = re.compile(
    r"\b(?:final\s+)?answers?\b(?:\s+(?:to|of|for)\s[^.:=\n]{0,80}?)?[\s*_]*(?:is|are|should be|would be|:|=)[\s*_:]*"
    r"|^[ \t]*(?:A|Ans|Result)[ \t]*:[ \t]*|^#{3,4}[ \t]+(?=[-$\\\d])",
    re.I | re.M,
)
_VERB = re.compile(
    r"(?:\b(?:is|are|equals|get|gives|becomes|have|simplifies to|equal to|solutions?:|roots?:|result:)|(?<![!<>])[=:≈])[ \t]+(?=[^\s])",
    re.I,
)
_CUT = re.compile(r"\.(?=\s|$)|,?\s(?:which|because|since|where|so|as|when|after|and the|but|by)\s|,\s+not\s|\s-\s(?![$\\(]*\d)|;|\n")
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?](?=\s+[A-Z])|$)", re.M)
_FORMULA = re.compile(
    r"\d|[=^\\]|^.{1,3}$|\b(?:no|zero|one|two|three|four|five|six|seven|eight|nine|ten|infinity|undefined|true|false|yes)\b", re.I
)
_WORDY = re.compile(r"[A-Za-z]{3,}(?:[ ,]+[A-Za-z]{2,}){3,}")


def without_box(text: str, begin: int) -> Extracted:
    for find in (final_line, _bold, _display, _equation, _inline, _sentence, _whole):
        found = find(text, begin)
        if found:
            return with_neighbours(text, begin, found)
    return Extracted(None)


def final_line(text: str, begin: int) -> Extracted | None:
    matches = list(_FINAL.finditer(text, begin))
    for match in reversed(matches[-20:]):
        start = match.end()
        span = _math_or_sentence(text, start)
        if span:
            return result_of(text, span, "final_line")
    return None


def _math_or_sentence(text: str, start: int) -> Span | None:
    """From `start`: the formula if one stands there, else the words up to the end of the sentence."""
    for pattern in (DISPLAY, INLINE, BOLD):
        match = pattern.match(text, start)
        if match and pattern is not INLINE:
            return group_span(text, match)
    stop = line_end(text, start)
    line = text[start:stop]
    if "$" in line or "\\(" in line:
        last = list(INLINE.finditer(text, start, stop))
        if last and not line[: last[0].start() - start].strip(" *:"):
            end = _sentence_end(text, last[0].end(), stop, skip=False)
            return trimmed(text, start, end if end - last[0].end() <= 60 else last[0].end())
        if last:
            return group_span(text, last[-1])
    return trimmed(text, start, _sentence_end(text, start, stop))


def _sentence_end(text: str, start: int, stop: int, skip: bool = True) -> int:
    cut = _CUT.search(text, start, stop)
    while skip and cut and cut.start() == start:
        cut = _CUT.search(text, cut.end(), stop)
    return cut.start() if cut else stop


def _bold(text: str, begin: int) -> Extracted | None:
    for match in reversed(list(BOLD.finditer(text, begin))[-5:]):
        content = match.group(1)
        if not _WORDY.search(content) and not content.rstrip().endswith(":") and re.search(r"\d|[=^\\]", content):
            return result_of(text, group_span(text, match), "bold")
    return None


def _display(text: str, begin: int) -> Extracted | None:
    matches = list(DISPLAY.finditer(text, begin))
    return _right_side(text, group_span(text, matches[-1]), "display") if matches else None


def _equation(text: str, begin: int) -> Extracted | None:
    matches = [m for m in EQUATION.finditer(text, begin) if not _WORDY.search(m.group(1))]
    return result_of(text, trimmed(text, matches[-1].start(1), matches[-1].end(1)), "equation") if matches else None


# a formula right after these words says why: "$x = 3$, since $3 + 1 = 4$"
_REASON = re.compile(r"\b(?:since|because|check\w*|verify|indeed|substitut\w+|plugg?\w*)\b[^.,;\n]*$", re.I)


def _inline(text: str, begin: int) -> Extracted | None:
    matches = list(INLINE.finditer(text, begin))
    claims = [m for m in matches if not _REASON.search(text, max(begin, m.start() - 60), m.start())] or matches
    if len(claims) > 1 and (both := _both_bounds(text, claims[-2], claims[-1])):
        return both
    return _right_side(text, group_span(text, claims[-1]), "inline") if claims else None


def _both_bounds(text: str, first: re.Match[str], second: re.Match[str]) -> Extracted | None:
    """$x > -2$ and $x < 2$ as one answer."""
    word = re.fullmatch(r"[\s,]*\b(and|or)\b\s*", text[first.end() : second.start()], re.I)
    spans = [group_span(text, m) for m in (first, second)]
    if word is None or None in spans or not all(_BOUND.search(m.group()) for m in (first, second)):
        return None
    parts = [text[s.start : s.end] for s in spans if s]
    whole = Span(spans[0].start, spans[1].end) if spans[0] and spans[1] else None
    return replace(result_of(text, whole, "inline"), answer=rf"{parts[0]} \text{{ {word[1].lower()} }} {parts[1]}") if whole else None


_BOUND = re.compile(r"[<>≤≥]|\\(?:l|g)(?:e|eq|t|eqslant)\b")


def _right_side(text: str, span: Span | None, kind: Kind) -> Extracted | None:
    """Of a chain such as f'(x) = 2x the last side; x = 2 stays whole. The whole is the alternative."""
    if span is None:
        return None
    content = text[span.start : span.end]
    if several := assignments(content):
        return replace(result_of(text, span, kind, alternatives=(content.strip(),)), answer=several)
    cut = max(content.rfind("="), content.rfind("≈"))
    lone = re.fullmatch(r"\s*[A-Za-z](?:_\{?\w{1,3}\}?)?\s*&?\s*", content[:cut]) if cut > 0 else None
    inside = content[cut:].count("}") > content[cut:].count("{") if cut > 0 else True
    if cut <= 0 or lone or inside or "<" in content or "\\le" in content or "or" in content:
        return result_of(text, span, kind)
    right = trimmed(text, span.start + cut + 1, span.end)
    found = result_of(text, right, kind, alternatives=(content.strip(),)) if right else None
    return replace(found, claim=claim_of(IMPLIED.split(content)[-1], found.answer or "")) if found else found


def _sentence(text: str, begin: int) -> Extracted | None:
    """The derivative of x^2 is 2x: what follows the first verb of the last sentence that has one."""
    for sentence in reversed(list(_SENTENCE.finditer(text, begin))[-8:]):
        turns = [t.end() for t in _SO.finditer(text, sentence.start(), sentence.end())]
        verbs = list(_VERB.finditer(text, sentence.start(), sentence.end()))[:12]
        after = [v for v in verbs if v.start() >= max(turns, default=0)] if verbs and "=" in verbs[0].group() else verbs
        for verb in after or verbs:
            span = trimmed(text, verb.end(), _sentence_end(text, verb.end(), sentence.end()))
            if span and not _WORDY.search(text, span.start, span.end) and _FORMULA.search(text, span.start, span.end):
                found = result_of(text, span, "sentence")
                right = (found.answer or "").rpartition("=")[2].strip()
                return (
                    replace(found, claim=claim_of(f"{left_of(text[sentence.start() : verb.end()])} =", right))
                    if "=" in verb.group()
                    else found
                )
    return None


_SO = re.compile(r"[,;]\s*(?:so|hence|thus|therefore|then|giving|which gives|we get)\b", re.I)


def _whole(text: str, begin: int) -> Extracted | None:
    span = trimmed(text, begin, len(text))
    if (
        span is None
        or "\\boxed" in text
        or span.end - span.start > 200
        or "\n" in text[span.start : span.end]
        or _WORDY.search(text, span.start, span.end)
    ):
        return None
    return result_of(text, span, "whole")
