"""What a response concludes behind its last box: "\\boxed{4} ... So x = 5." ends with another value than the box.

Text in, truth values out.
"""

from __future__ import annotations

import re
from fractions import Fraction

from phi4web.verify.extract.found import TAIL

_DIGITS = r"-?\s?\d{1,18}(?:,\d{3}){0,6}(?:\.\d{1,18})?"
_NUMBER = rf"(?:{_DIGITS}(?:\s?/\s?\d{{1,18}})?|-?\s?\\[dt]?frac\s?\{{-?\d{{1,18}}\}}\s?\{{\d{{1,18}}\}})"
_SO = (
    r"(?:so|thus|therefore|hence|then|consequently|finally|in conclusion|in summary|to conclude"
    r"|upon [a-z ]{1,30}|alternatively|rechecking|we (?:get|have|find)|i (?:get|find)|that|giving)"
)
_CALLED = (
    r"(?:(?:the|my|our)\s)?(?:(?:final|correct|right|actual|real|true|revised|corrected|new)\s){0,3}"
    r"(?:result|(?:answer|value|solution)(?:\s(?:of|to|for|that)\s[^.=:,\d]{1,60}?)?)"
    r"|final|updated|corrected|antwort|respuesta(?: final)?|réponse(?: finale)?|答案|ответ"
)
_IS = (
    r"(?:\s?[=:：]\s?|\s(?:is|equals|should be|would be|must be)\s)"
    r"(?:(?:therefore|thus|then|now|actually|really|equal to)\s){0,2}(?:[a-z]\s?=\s?)?"
)
_STATED = re.compile(
    rf"(?:^|[,;]\s(?=so|thus|hence|therefore|giving))(?P<so>(?:{_SO}[\s,]{{1,3}}){{0,3}})(?:(?P<letter>[a-z])|{_CALLED}){_IS}"
    rf"(?P<value>{_NUMBER})\s?[.!。]?\s?$",
    re.I,
)
_SENTENCE_END = re.compile(r"\n+|(?<=[.!?。])\s+")
_MARKUP = re.compile(r"[*_#$`>]|\\[()\[\],;! ]|\\left|\\right|^\s*[-•]\s")
_UNIT = re.compile(r"^\s*[A-Za-z](?:_\{?\w\}?)?\s*=|\\(?:text|mathrm)\s*\{[^{}]*\}|\\[,;! $]|\{,\}|\\?%\s*$|[{}\s$*]")
MOST_SENTENCES = 40
NEAR_ENOUGH = Fraction(1, 100)  # a rounded value stands for the exact one


def concludes_otherwise(text: str, boxed: str, end: int) -> bool:
    """Whether the text behind `end` concludes with a plain number that is not the plain number of the box."""
    value = plain_number(boxed)
    if value is None:
        return False
    stated = _last_stated(text[end + 1 :][-TAIL:])
    return stated is not None and not are_alike(value, stated)


def _last_stated(rest: str) -> Fraction | None:
    sentences = [s for s in (_MARKUP.sub("", piece).strip() for piece in _SENTENCE_END.split(rest)) if s]
    found, letters = [], set()
    for k, sentence in enumerate(sentences[-MOST_SENTENCES:], start=max(0, len(sentences) - MOST_SENTENCES)):
        stated = _STATED.search(sentence[-200:])
        if stated is None:
            continue
        if stated["letter"]:
            letters.add(stated["letter"])
            if not stated["so"] and k + 1 < len(sentences):
                continue  # a line of an explanation
        found.append(stated)
    if not found or len(letters) > 1:
        return None
    return plain_number(found[-1]["value"])


def plain_number(text: str) -> Fraction | None:
    """The value of a plain number, decimal or fraction, whatever its name and unit."""
    if len(text) > 200:
        return None
    quotient = re.fullmatch(r"(-?)\s?\\[dt]?frac\s?\{(-?\d{1,18})\}\s?\{(\d{1,18})\}", text.strip())
    bare = f"{quotient[1]}{quotient[2]}/{quotient[3]}" if quotient else _UNIT.sub("", text).replace(",", "")
    if re.fullmatch(r"-?\d{1,18}(?:\.\d{1,18})?|-?\d{1,18}/\d{1,18}", bare) is None or re.search(r"/0+$", bare):
        return None
    return Fraction(bare)


def are_alike(one: Fraction, other: Fraction) -> bool:
    return any(abs(one - scaled) <= NEAR_ENOUGH * abs(one) for scaled in (other, other * 100, other / 100))
