"""The final answer inside a model's response, with where it stands and how sure we are. Text in, text out; nothing is read as a formula.

Order: boxes, "the final answer is", bold, display maths, a line x = ..., the last sentence. Never the last number of a text.
Linear time: every scan goes over the text once, and what comes after the boxes looks at the last 20,000 characters only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from phi4web.verify.beside import NEAR, is_changed, is_left_open, is_replaced
from phi4web.verify.framed import beyond_box, beyond_markup
from phi4web.verify.hidden import composed, is_disguised, without_hidden
from phi4web.verify.sides import IMPLIED, assignments, claim_of, left_of

Kind = Literal["box", "boxes", "open_box", "final_line", "bold", "display", "equation", "inline", "sentence", "whole", "none"]

TAIL = 20_000
LONGEST = 4_000

_CONFIDENCE: dict[Kind, float] = {
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
class _Span:
    start: int
    end: int


def extract(response: str, *, several: bool = False) -> Extracted:
    """The final answer after the last closed thought. `several`: the problem asks for several values, so all boxes count."""
    body = response.rfind("</think>")
    opened = response.rfind("<think>")
    if opened > body:
        return Extracted(None, truncated=True)
    begin = body + len("</think>") if body >= 0 else 0
    response = without_hidden(response)
    boxes, unclosed = _boxes(response, begin)
    if boxes:
        last = boxes[-1]
        asked = response[last.start : last.end].rstrip("} $").endswith("?")
        if asked or is_denied(response, last.start, last.end) or _goes_on(response, last.end):
            return Extracted(None)
        more = beyond_box(response, last.start, last.end)
        if more is None or is_disguised(composed(response[max(0, last.start - NEAR) : last.end + 3])):
            return Extracted(None)
        if _differs_later(response, last):
            return Extracted(None)
        found = _from_boxes(response, boxes, several)
        return replace(found, beyond=more) if found.kind == "box" else found
    if unclosed is not None and (span := _trimmed(response, unclosed, _line_end(response, unclosed))):
        return _unless_denied(response, _result(response, span, "open_box"))
    return _unless_denied(response, _without_box(response, max(begin, len(response) - TAIL)))


def _differs_later(text: str, box: _Span) -> bool:
    """Whether "the final answer is" follows the last box, with another formula."""
    later = _final_line(text, max(box.end, len(text) - TAIL))
    if later is None or later.answer is None or not re.search(r"[\d\\]", later.answer):
        return False
    one, other = (re.sub(r"[\s${}*]|\\[,;:! ()\[\]]|\.$", "", t) for t in (_shown(text, box), later.answer))
    return one not in other and other not in one


# -- denials --------------------------------------------------------------------------------------------------------------------

_DENIED_BEFORE = re.compile(
    r"\b(?:(?:don't|doesn't|didn't|do not) (?:think|believe|get|say|accept)|not (?:the case|true|correct|right|so|sure|certain)\b"
    r"|wrong|incorrect|false|mistake\w*|misconception|erroneous\w*|mistakenly|tempt\w*"
    r"|rather than|instead of|(?:might|may|could|would) (?:think|say|guess|expect|believe|assume)|some (?:say|think|people)"
    r"|if the (?:answer|value|solution) (?:is|was|were)|suppose|maybe|perhaps|unknown|unsure|doubt\w*|trap)\b",
    re.I,
)
# A bare "not" reaches a few words, and not past a verb or a colon: "not on the bottom is 18" says 18.
_NOT = re.compile(
    r"\b(?:not|never|cannot|can't|isn't|aren't|wasn't|won't|n't|neither|nor)\b"
    r"(?!.*(?::|\b(?:is|are|was|were|equals|gives|get|makes)\b))(?:\W*\w+){0,4}\W*$",
    re.I | re.S,
)
_SUPPOSED = re.compile(r"\b(?:let|assume|assuming|want)\W*$", re.I)
_RESTART = re.compile(
    r"\b(?:so|thus|hence|therefore|but|then|and|we get|giving|because|since|the correct|the right|which gives|instead,)\b"
    r"|,|(?<=wrong):|(?<=incorrect):|(?<=mistake):",
    re.I,
)
_BAD = r"(?:wrong|incorrect|false|invalid|erroneous|mistaken|impossible|extraneous|rejected)\b"
_RIGHT = r"(?:(?:the|a|my|our|really)\s+)*(?:answer|correct|right|true|valid|solution|final|what|possible|it\b)"
_DENIED_AFTER = re.compile(
    r"[\s$(){}\]}.,;:?!*\\]*(?:\\?text\{\s*)?(?:(?:wait|hmm|oops|but|and|yet|however|well|oh)\b[\s,]*)*"
    r"(?:no(?=[,.!]|\s*$)|(?:i doubt|i'm not sure|i am not sure)|(?:(?:which|that|this|it|they|these|the answer|the above)\b[\s,]*)?"
    r"(?:(?:is|are|was|were|would be|seems)\b\s*)?(?:(?:definitely|clearly|certainly|actually|simply|just|obviously|also)\s+)?"
    rf"(?:{_BAD}|a (?:common )?mistake|an error|a trap|(?:not|isn't|aren't|cannot be|can't be)\s+{_RIGHT}|do not do that|don't do that))",
    re.I,
)
_DENIED_LATER = re.compile(
    r"[^.\n]*\bbut (?:(?:i|we) (?:get|got|find|found|obtain)\b"
    rf"|(?:this|that|it|they) (?:is|was|are)(?: also)? (?:not (?:right|correct|true)\b|{_BAD}))",
    re.I,
)
_SENTENCE_START = re.compile(r"[.!?]\s+(?=[A-Z\\$*])|\n|</think>")


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether the words around an answer take it back: "it is not 4", "4 is wrong", "Some say 4. They are wrong."."""
    before = text[max(0, start - 160) : start]
    breaks = list(_SENTENCE_START.finditer(before))
    clause = before[breaks[-1].end() :] if breaks else before
    restarts = list(_RESTART.finditer(clause))
    clause = clause[restarts[-1].end() :] if restarts and not _is_frame(clause) else clause
    after = text[end : end + 120]
    return (
        (_DENIED_BEFORE.search(clause) or _NOT.search(clause) or _SUPPOSED.search(before)) is not None
        or _DENIED_AFTER.match(after) is not None
        or _DENIED_LATER.match(after) is not None
        or is_changed(text, start, end)
        or is_left_open(text, start, end)
        or is_replaced(text, start, end)
    )


# What stands right after a box can change what it says: \boxed{2} or 3, \boxed{2}^3, \boxed{2x} for x > 0, \boxed{2x} except at 0.
_AFTER_BOX = r"[ \t$)\]},*?;(]*(?:\\[,;! )\]][ \t]*)*(?:\\text\{\s*)?"
_OTHER_VALUE = (
    r"(?:or rather|i mean|more (?:precisely|exactly|accurately))\b"
    r"|(?:or|and)\b[\s$(]*(?:(?:maybe|perhaps|possibly|also|any\w*|else|another|it (?:may|might|could))\b"
    r"|(?:[a-z]\s*=)?\s*(?:[-\d]|\\(?:frac|sqrt|pi|infty)))"
)
_WITHIN = r"(?:for|when|whenever|if|from|on|in|at|where|provided)\b"
_NARROWED = (
    rf"(?:only\s+{_WITHIN}|{_WITHIN}[^.,;\n]{{0,50}}\bonly\b|except\b|unless\b"
    rf"|(?!where){_WITHIN}(?! all)[^.,;\n]{{1,30}}?(?:[<>≤≥]|\\(?:l|g)(?:e|eq|t)\b))"
)
_OTHERWISE = re.compile(rf"{_AFTER_BOX}(?:{_OTHER_VALUE}|{_NARROWED})", re.I)
_COMPUTED_ON = re.compile(
    r"[xyzni](?![a-z])|\\(?:pi|sqrt|frac|left)\b"
    r"|[ $}]*(?:\^(?!\s*\{?\s*(?:\\circ|\\text|st|nd|rd|th))|\\(?:times|cdot|pm)\b|[*/]\s*[\w\\(]|\+\s*[\w\\(]|-\s*(?:[\d\\(]|[a-z]\b))",
    re.I,
)
_TAKEN_BACK = re.compile(
    r"(?:^|[.!?\n\]])[\s$}*]*(?:but |oh,? )?(?:wait|actually|hmm|oops|sorry|correction|hold on|scratch that|on second thought"
    r"|i made (?:a|an) (?:mistake|error)|no,? wait|edit|update|on reflection|just kidding)\b",
    re.I,
)
_MARKED: frozenset[Kind] = frozenset(("bold", "display", "inline", "final_line"))
_KEPT = re.compile(r"\b(?:correct|confirm\w*|consistent|checks? out|indeed|yes|same|right|verified|matches|holds|stands)\b", re.I)


def _narrowed(text: str, end: int) -> bool:
    """Whether the words right after an answer add another value or narrow it."""
    return _OTHERWISE.match(text, end, end + 200) is not None


def _goes_on(text: str, end: int) -> bool:
    """Whether the words after the last box add another value, narrow it, compute on with it, or start all over."""
    begin = end + 1  # after the brace
    if _narrowed(text, begin) or (_COMPUTED_ON.match(text, begin, begin + 200) and not _CONSTANT.match(text, begin)):
        return True
    return _is_taken_back(text, begin)


def _is_taken_back(text: str, begin: int) -> bool:
    """Whether a later sentence starts all over, with "wait" or "actually", and does not confirm what stood before."""
    rest = text[begin : begin + TAIL]
    again = _TAKEN_BACK.search(rest)
    return again is not None and _KEPT.search(rest, again.end()) is None


def _is_frame(clause: str) -> bool:
    """Words that keep their hold over a whole sentence, commas or not."""
    return (
        re.search(
            r"\b(?:mistake|misconception|some (?:say|think)|might (?:think|say|guess)|it is (?:false|wrong|not true))\b", clause, re.I
        )
        is not None
    )


def _unless_denied(text: str, found: Extracted) -> Extracted:
    if found.answer is None:
        return found
    bare = found.answer.lstrip("$\\( ").lower()
    asked = text[found.start : found.end + 1].rstrip("*$ ").endswith("?")
    if bare.startswith(("not ", "n't ", "never ", "~~")) or asked or is_denied(text, found.start, found.end) or _narrowed(text, found.end):
        return Extracted(None)
    marked = found.kind in _MARKED
    more = beyond_markup(text, found.end) if marked else ""
    if marked and _COMPUTED_ON.match(text, found.end, found.end + 200) and text[found.end : found.end + 1] == "$":
        return Extracted(None)
    return Extracted(None) if more is None or _is_taken_back(text, found.end) else replace(found, beyond=more)


# -- boxes ----------------------------------------------------------------------------------------------------------------------

_BOX_PARTS = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*(\{)?|\\.|[{}]", re.DOTALL)
_UNBRACED = re.compile(r"\\[A-Za-z]+(?:\{[^{}\n]{0,80}\})*|[^\s$\\{}]{1,80}")
_CONSTANT = re.compile(r"[ }]*\+\s*([CcKk])(?![\w'^_(])(?!\s*[-+*/^\d(])")
_REVISION = re.compile(
    r"\b(?:wait|actually|wrong|instead|incorrect|correction|mistake|sorry|oops|hmm|recheck|hold on|no,|rather|should be)\b",
    re.I,
)


def _boxes(text: str, begin: int) -> tuple[list[_Span], int | None]:
    """The contents of the outermost closed boxes, and where the content of a box that never closes starts."""
    found: list[_Span] = []
    stack: list[int] = []  # where a box's content starts; -1 for any other brace
    inside = 0
    for part in _BOX_PARTS.finditer(text, begin):
        token = part.group(0)
        if token.startswith(("\\boxed", "\\fbox", "\\framebox")):
            if part.group(1):
                stack.append(part.end())
                inside += 1
            elif not inside and (plain := _UNBRACED.match(text, part.end())):
                found.append(_Span(plain.start(), plain.end()))
        elif token == "{":
            stack.append(-1)
        elif token == "}" and stack:
            start = stack.pop()
            if start >= 0:
                inside -= 1
                if not inside:
                    found.append(_Span(start, part.start()))
    open_boxes = [start for start in stack if start >= 0]
    spans = [s for s in (_trimmed(text, f.start, f.end) for f in found) if s]
    return spans, (open_boxes[0] if open_boxes else None)


def _from_boxes(text: str, boxes: list[_Span], several: bool) -> Extracted:
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
    others = tuple(dict.fromkeys(_shown(text, b) for b in reversed(boxes[-60:]) if _shown(text, b) != _shown(text, boxes[-1])))
    if _is_denied_run(text, [(b.start, b.end, (b.start, b.end)) for b in joined]):
        return Extracted(None)
    if any(beyond_box(text, b.start, b.end) is None for b in joined):
        return Extracted(None)
    distinct = len({_shown(text, b) for b in joined}) > 1
    if not distinct:
        found = _result(text, boxes[-1], "box", alternatives=others[:8], revised=revised)
        constant = _CONSTANT.match(text, boxes[-1].end)
        return replace(found, answer=f"{found.answer} + {constant.group(1)}") if constant else found
    parts = _labelled(text, joined)
    answer = parts[0]
    for word, part in zip(words, parts[1:], strict=True):
        answer += (r" \text{ or } " if word == "or" else ", ") + part
    start, end = joined[0].start, joined[-1].end
    return Extracted(answer[:LONGEST], others[:8], _CONFIDENCE["boxes"], start, end, "boxes", revised=revised)


_LABEL = re.compile(r"([A-Za-z](?:_\{?\w\}?)?)\s*=\s*\\(?:boxed|fbox)\s*\{\s*$")


def _labelled(text: str, boxes: list[_Span]) -> list[str]:
    """x = \\boxed{2} and y = \\boxed{3} keep their names if all have one."""
    labels = [_LABEL.search(text[max(0, b.start - 40) : b.start]) for b in boxes]
    shown = [_shown(text, b) for b in boxes]
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


# -- without a box --------------------------------------------------------------------------------------------------------------

_FINAL = re.compile(
    r"\b(?:final\s+)?answers?\b(?:\s+(?:to|of|for)\s[^.:=\n]{0,80}?)?[\s*_]*(?:is|are|should be|would be|:|=)[\s*_:]*"
    r"|^[ \t]*(?:A|Ans|Result)[ \t]*:[ \t]*|^#{3,4}[ \t]+(?=[-$\\\d])",
    re.I | re.M,
)
_BOLD = re.compile(r"\*\*([^*\n]{1,300})\*\*")
_DISPLAY = re.compile(r"\$\$([^$]{1,4000})\$\$|\\\[((?:[^\\]|\\(?![\[\]])){1,4000})\\\]")
_INLINE = re.compile(r"(?<![\\$])\$(?=\S)([^$\n]{1,1000})(?<=\S)\$(?!\d)|\\\(((?:[^\\\n]|\\(?![()])){1,1000})\\\)")
_EQUATION = re.compile(r"^[ \t>*•-]*(?:\d{1,2}[.)][ \t]+)?([A-Za-z](?:_\w{1,3})?'?(?:\([a-z]\))?[ \t]*=[ \t]*[^\n]{1,300})$", re.M)
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


def _without_box(text: str, begin: int) -> Extracted:
    for find in (_final_line, _bold, _display, _equation, _inline, _sentence, _whole):
        found = find(text, begin)
        if found:
            return _with_neighbours(text, begin, found)
    return Extracted(None)


# -- values that stand together -------------------------------------------------------------------------------------------------

_VALUE = re.compile(r"\s*([A-Za-z])(?:_\{?\w{1,2}\}?)?\s*&?=\s*(.+?)(?:[\s,;.]|\\\\)*(?:\b(or|and)\b\s*)?", re.S)
_FILLING = re.compile(
    r"(?:[\s$.,;*•\\()\[\]-]|\b(?:or|and|the|other|another|second|third|solutions?|roots?|values?|is|are|also)\b|^\s*\d{1,2}[.)](?=\s)|\\quad"
    r"|\\text\{\s*(?:or|and)\s*\})*",
    re.I | re.M,
)
_LETTERS = re.compile(r"\\[a-z]+|\b(?:sqrt|pi|sin|cos|tan|ln|log|exp|or|and|arcsin|arccos|arctan)\b")
MOST_VALUES = 12


def _with_neighbours(text: str, begin: int, found: Extracted) -> Extracted:
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
    if first == last or _is_denied_run(text, items[first : last + 1]):
        return found
    parts = [_tidy(text[items[k][2][0] : items[k][2][1]]) for k in range(first, last + 1)]
    answer = (r" \text{ or } " if _same_name(parts) else ", ").join(parts)
    start, end = items[first][2][0], items[last][2][1]
    return Extracted(answer[:LONGEST], found.alternatives, found.confidence, start, end, "boxes", revised=found.revised)


_Item = tuple[int, int, tuple[int, int]]


def _items(text: str, begin: int) -> list[_Item]:
    """(start, end, (start, end) of what is inside) of every formula that is marked up, or stands on a line of its own; in order."""
    found: list[_Item] = []
    for pattern in (_DISPLAY, _BOLD, _INLINE, _EQUATION):
        for match in list(pattern.finditer(text, begin))[-200:]:
            span = _group_span(text, match)
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


def _is_denied_run(text: str, items: list[_Item]) -> bool:
    return any(is_denied(text, start, end) for start, end, _ in items)


def _tidy(part: str) -> str:
    value = _VALUE.fullmatch(part)
    return part if value is None else part[: value.end(2)].replace("&=", "=").strip()


def _same_name(parts: list[str]) -> bool:
    return len({m.group(1) for p in parts if (m := _VALUE.fullmatch(p))}) == 1


def _final_line(text: str, begin: int) -> Extracted | None:
    matches = list(_FINAL.finditer(text, begin))
    for match in reversed(matches[-20:]):
        start = match.end()
        span = _math_or_sentence(text, start)
        if span:
            return _result(text, span, "final_line")
    return None


def _math_or_sentence(text: str, start: int) -> _Span | None:
    """From `start`: the formula if one stands there, else the words up to the end of the sentence."""
    for pattern in (_DISPLAY, _INLINE, _BOLD):
        match = pattern.match(text, start)
        if match and pattern is not _INLINE:
            return _group_span(text, match)
    stop = _line_end(text, start)
    line = text[start:stop]
    if "$" in line or "\\(" in line:
        last = list(_INLINE.finditer(text, start, stop))
        if last and not line[: last[0].start() - start].strip(" *:"):
            end = _sentence_end(text, last[0].end(), stop, skip=False)
            return _trimmed(text, start, end if end - last[0].end() <= 60 else last[0].end())
        if last:
            return _group_span(text, last[-1])
    return _trimmed(text, start, _sentence_end(text, start, stop))


def _group_span(text: str, match: re.Match[str]) -> _Span | None:
    group = next(i for i in range(1, len(match.groups()) + 1) if match.group(i) is not None)
    return _trimmed(text, match.start(group), match.end(group))


def _sentence_end(text: str, start: int, stop: int, skip: bool = True) -> int:
    cut = _CUT.search(text, start, stop)
    while skip and cut and cut.start() == start:
        cut = _CUT.search(text, cut.end(), stop)
    return cut.start() if cut else stop


def _bold(text: str, begin: int) -> Extracted | None:
    for match in reversed(list(_BOLD.finditer(text, begin))[-5:]):
        content = match.group(1)
        if not _WORDY.search(content) and not content.rstrip().endswith(":") and re.search(r"\d|[=^\\]", content):
            return _result(text, _group_span(text, match), "bold")
    return None


def _display(text: str, begin: int) -> Extracted | None:
    matches = list(_DISPLAY.finditer(text, begin))
    return _right_side(text, _group_span(text, matches[-1]), "display") if matches else None


def _equation(text: str, begin: int) -> Extracted | None:
    matches = [m for m in _EQUATION.finditer(text, begin) if not _WORDY.search(m.group(1))]
    return _result(text, _trimmed(text, matches[-1].start(1), matches[-1].end(1)), "equation") if matches else None


# a formula right after these words says why: "$x = 3$, since $3 + 1 = 4$"
_REASON = re.compile(r"\b(?:since|because|check\w*|verify|indeed|substitut\w+|plugg?\w*)\b[^.,;\n]*$", re.I)


def _inline(text: str, begin: int) -> Extracted | None:
    matches = list(_INLINE.finditer(text, begin))
    claims = [m for m in matches if not _REASON.search(text, max(begin, m.start() - 60), m.start())] or matches
    if len(claims) > 1 and (both := _both_bounds(text, claims[-2], claims[-1])):
        return both
    return _right_side(text, _group_span(text, claims[-1]), "inline") if claims else None


def _both_bounds(text: str, first: re.Match[str], second: re.Match[str]) -> Extracted | None:
    """$x > -2$ and $x < 2$ as one answer."""
    word = re.fullmatch(r"[\s,]*\b(and|or)\b\s*", text[first.end() : second.start()], re.I)
    spans = [_group_span(text, m) for m in (first, second)]
    if word is None or None in spans or not all(_BOUND.search(m.group()) for m in (first, second)):
        return None
    parts = [text[s.start : s.end] for s in spans if s]
    whole = _Span(spans[0].start, spans[1].end) if spans[0] and spans[1] else None
    return replace(_result(text, whole, "inline"), answer=rf"{parts[0]} \text{{ {word[1].lower()} }} {parts[1]}") if whole else None


_BOUND = re.compile(r"[<>≤≥]|\\(?:l|g)(?:e|eq|t|eqslant)\b")


def _right_side(text: str, span: _Span | None, kind: Kind) -> Extracted | None:
    """Of a chain such as f'(x) = 2x the last side; x = 2 stays whole. The whole is the alternative."""
    if span is None:
        return None
    content = text[span.start : span.end]
    if several := assignments(content):
        return replace(_result(text, span, kind, alternatives=(content.strip(),)), answer=several)
    cut = max(content.rfind("="), content.rfind("≈"))
    lone = re.fullmatch(r"\s*[A-Za-z](?:_\{?\w{1,3}\}?)?\s*&?\s*", content[:cut]) if cut > 0 else None
    inside = content[cut:].count("}") > content[cut:].count("{") if cut > 0 else True
    if cut <= 0 or lone or inside or "<" in content or "\\le" in content or "or" in content:
        return _result(text, span, kind)
    right = _trimmed(text, span.start + cut + 1, span.end)
    found = _result(text, right, kind, alternatives=(content.strip(),)) if right else None
    return replace(found, claim=claim_of(IMPLIED.split(content)[-1], found.answer or "")) if found else found


def _sentence(text: str, begin: int) -> Extracted | None:
    """The derivative of x^2 is 2x: what follows the first verb of the last sentence that has one."""
    for sentence in reversed(list(_SENTENCE.finditer(text, begin))[-8:]):
        turns = [t.end() for t in _SO.finditer(text, sentence.start(), sentence.end())]
        verbs = list(_VERB.finditer(text, sentence.start(), sentence.end()))[:12]
        after = [v for v in verbs if v.start() >= max(turns, default=0)] if verbs and "=" in verbs[0].group() else verbs
        for verb in after or verbs:
            span = _trimmed(text, verb.end(), _sentence_end(text, verb.end(), sentence.end()))
            if span and not _WORDY.search(text, span.start, span.end) and _FORMULA.search(text, span.start, span.end):
                found = _result(text, span, "sentence")
                right = (found.answer or "").rpartition("=")[2].strip()
                return (
                    replace(found, claim=claim_of(f"{left_of(text[sentence.start() : verb.end()])} =", right))
                    if "=" in verb.group()
                    else found
                )
    return None


_SO = re.compile(r"[,;]\s*(?:so|hence|thus|therefore|then|giving|which gives|we get)\b", re.I)


def _whole(text: str, begin: int) -> Extracted | None:
    span = _trimmed(text, begin, len(text))
    if (
        span is None
        or "\\boxed" in text
        or span.end - span.start > 200
        or "\n" in text[span.start : span.end]
        or _WORDY.search(text, span.start, span.end)
    ):
        return None
    return _result(text, span, "whole")


# -- spans ----------------------------------------------------------------------------------------------------------------------


def _line_end(text: str, start: int) -> int:
    """The end of the first line from `start` on that holds anything."""
    at = start
    while at < len(text) and text[at] in " \t\n*:":
        at += 1
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _trimmed(text: str, start: int, end: int) -> _Span | None:
    """Without spaces, bold marks and a sentence's punctuation around it; None when nothing is left."""
    while start < end and (text[start].isspace() or text[start] in '*:`_"“'):
        start += 1
    while start < end and (
        text[end - 1].isspace() or text[end - 1] in '*`"”,;' or (text[end - 1] == "." and not text.endswith("...", start, end))
    ):
        if text[end - 1] in ",;: " and text[max(start, end - 2) : end - 1] == "\\":
            break
        end -= 1
    return _Span(start, end) if start < end else None


def _shown(text: str, span: _Span) -> str:
    return text[span.start : min(span.end, span.start + LONGEST)]


def _result(text: str, span: _Span | None, kind: Kind, alternatives: tuple[str, ...] = (), revised: bool = False) -> Extracted:
    if span is None:
        return Extracted(None)
    return Extracted(_shown(text, span), alternatives, _CONFIDENCE[kind], span.start, span.end, kind, revised=revised)
