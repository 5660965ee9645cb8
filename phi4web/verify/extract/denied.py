"""Which values the text itself takes back, denies or narrows."""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.beside import is_changed, is_left_open, is_replaced
from phi4web.verify.extract.found import CONSTANT, TAIL, Extracted, Kind
from phi4web.verify.framed import beyond_markup

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


def goes_on(text: str, end: int) -> bool:
    """Whether the words after the last box add another value, narrow it, compute on with it, or start all over."""
    begin = end + 1  # after the brace
    if _narrowed(text, begin) or (_COMPUTED_ON.match(text, begin, begin + 200) and not CONSTANT.match(text, begin)):
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


def unless_denied(text: str, found: Extracted) -> Extracted:
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
