"""What stands beside an answer and makes something else of it: -4 with the 4 in a box, twice 4, a better answer later.

Text in, truth values out; all patterns look at a few hundred characters.
"""

from __future__ import annotations

import re

NEAR = 120  # characters before and after the answer
_BOX = r"\\(?:boxed|fbox|framebox)\b"
_MARKUP_BEFORE = re.compile(rf"(?:[ \t$({{]|\*\*|\\[(\[]|\\left\b|{_BOX})*$")
_MARKUP_AFTER = re.compile(r"(?:[ \t$)}]|\*\*|\\[)\],;]|\\right\b)*")
_OF = r"(?:negative|opposite|reciprocal|inverse|square|cube|square root|cube root|double|half|third|logarithm|factorial|absolute value) of"
_CHANGED_BEFORE = re.compile(
    rf"\b(?:twice|double|triple|half|between|negative|minus|plus|times|divided by|{_OF})$|~~$|[≠<>≤≥¬±]$"
    r"|[+/^]$|[\d)}$][ \t]*\*$|[\d)}$=][ \t]*-$|\\(?:times|cdot|div|pm|sqrt|sin|cos|tan|ln|log)$",
    re.I,
)
_COMPARED = re.compile(  # "at most" before a box is a bound that was asked for, more often than not
    r"\b(?:(?:less|more|greater|fewer|larger|smaller|bigger|higher|lower|other) than"
    r"|at (?:most|least)|over|under|above|below|up to|exceeds?)$",
    re.I,
)
_ADJACENT = re.compile(rf"(?<![-\w])-(?:[$({{]|\*\*|\\[(\[])*(?:{_BOX}\s*\{{)?$|\d{_BOX}\s*\{{$")
_STRUCK_OUT = re.compile(r"~~|[✗✘❌✖☒]|\?")
_EXCEPT = re.compile(r"[,(]?\s*(?:except|apart from|other than|but not|excluding)\b", re.I)
_LEFT_OPEN = re.compile(
    r"\b(?:(?:determine|decide|tell|know|say|check|ask|see|wonder\w*|question is) (?:whether|if)"
    r"|(?:anything|everything|something|nothing|any(?:thing)? (?:value|number)?) ?(?:but|except|other than)"
    r"|except(?: for)?|other than|apart from"
    r"|for (?:example|instance)|e\.g\.|such as|look like|format(?: is)?"
    r"|(?:put|write|give|place|enclose|box|wrap)\b[^.\n]{0,40}\b(?:in|within|inside|as)"
    r"|far from|unlike|close to|nearly|almost)\W*(?:(?:it|this|that|the|answer|value|result|solution|x|is|are|be|was)\W+)*$",
    re.I,
)
_SLIP = re.compile(
    r"\b(?:if|when|had|by) (?:we|you|one|i|they|someone)? ?(?:\w+ly )?"
    r"(?:forg[eo]t\w*|ignor\w+|neglect\w*|skip\w*|omit\w*|misread\w*|overlook\w*|fail\w*|don't|do not|did not|didn't|had not)\b[^.\n]*$",
    re.I,
)
_BY_MISTAKE = re.compile(
    r"[^.\n]*\b(?:by mistake|(?:mistakenly|wrongly|incorrectly|erroneously) (?:get|obtain|find|think|believe|assume))\b", re.I
)
_RIGHT_ONE = re.compile(r"\b(?:correct|right|actual|real|true) (?:answer|value|result|solution)s?\s*(?:is|are|was|were|:|should be)", re.I)


def is_changed(text: str, start: int, end: int) -> bool:
    """Whether signs or words beside text[start:end] give it another value, or none."""
    before, after = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    bare = _MARKUP_BEFORE.search(before)
    outside = before[: bare.start()] if bare else before
    begun = _MARKUP_AFTER.match(after)
    follows = after[begun.end() :] if begun else after
    boxed = re.search(rf"{_BOX}\s*\{{\s*$", before) is not None
    if not boxed and _COMPARED.search(outside):
        return True
    return any((_CHANGED_BEFORE.search(outside), _ADJACENT.search(before), _STRUCK_OUT.match(follows), _EXCEPT.match(follows)))


def is_left_open(text: str, start: int, end: int) -> bool:
    """Whether the sentence does not claim it: "whether it is 4", "anything but 4", "if we forget the carry, we get 4"."""
    before = re.split(r"[.!?]\s+(?=[A-Z\\$*])|\n|</think>", text[max(0, start - NEAR) : start])[-1]
    bare = re.sub(rf"(?:[\s$({{]|\*\*|\\[(\[]|{_BOX})+$", " ", before)
    return any((_LEFT_OPEN.search(bare), _SLIP.search(before), _BY_MISTAKE.match(text, end, end + NEAR)))


def is_replaced(text: str, start: int, end: int) -> bool:
    """Whether "the correct answer is" comes later, with something else."""
    later = _RIGHT_ONE.search(text, end)
    return later is not None and text[start:end].strip() not in text[later.end() : later.end() + 80]
