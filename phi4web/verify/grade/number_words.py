"""Numbers in English words: forty-two, three quarters, minus two and a half, one hundred and five, two point five."""

from __future__ import annotations

import re
from fractions import Fraction

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: n for n, word in enumerate(_ONES.split())}
TENS = {word: 10 * n for n, word in enumerate(_TENS.split(), 2)}
LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = "half third quarter fifth sixth seventh eighth ninth tenth"
PARTS = {word: n for n, word in enumerate(_PARTS.split(), 2)} | {"fourth": 4, "twelfth": 12, "twentieth": 20, "hundredth": 100}
PARTS |= {f"{word}s": n for word, n in PARTS.items()} | {"halves": 2}
MOST_WORDS = 20


def in_digits(text: str) -> str:
    """A text that is a number in words, in digits: 42, 3/4, 25%; any other as it is."""
    percent = re.fullmatch(r"(.+[a-z]) +per ?cent\.?", text.strip(), re.I)
    value = number_of(percent[1] if percent else text)
    return text if value is None else f"{value}%" if percent else str(value)


def number_of(text: str) -> Fraction | None:
    """The number that the words name; None for any other text."""
    if not re.fullmatch(r"[A-Za-z]+(?:(?: +| ?- ?)[A-Za-z]+)*\.?", text.strip()):
        return None
    words = re.findall("[a-z]+", text.lower())
    if len(words) > MOST_WORDS:
        return None
    sign = -1 if words[0] in ("minus", "negative") else 1
    value = _unsigned(words[1:] if sign < 0 else words)
    return None if value is None else sign * value


def _unsigned(words: list[str]) -> Fraction | None:
    if "point" in words:
        return _decimal(words[: words.index("point")], words[words.index("point") + 1 :])
    if words and words[-1] in PARTS:
        return _fraction(words)
    whole = _whole(words)
    return None if whole is None else Fraction(whole)


def _decimal(before: list[str], after: list[str]) -> Fraction | None:
    whole = _whole(before)
    digits = "".join(str(ONES[w]) for w in after if ONES.get(w, 10) < 10)
    return None if whole is None or not after or len(digits) != len(after) else whole + Fraction(int(digits), 10 ** len(digits))


def _fraction(words: list[str]) -> Fraction | None:
    """Half, three quarters, two and a half; "one hundred thousandths" may be two things and is none of them."""
    *count, part = words
    if not count and part != "half":  # the fifth
        return None
    joined = [k for k, word in enumerate(count) if word == "and"]
    if joined and "hundred" not in count:
        tops = count[joined[-1] + 1 :]
        whole, top = _whole(count[: joined[-1]]), 1 if tops == ["a"] else _whole(tops)
        return None if whole is None or top is None else whole + Fraction(top, PARTS[part])
    top = 1 if count in ([], ["a"]) else _whole(count)
    return None if top is None or "hundred" in count else Fraction(top, PARTS[part])


def _whole(words: list[str]) -> int | None:
    """A whole number without a sign; None for words in no usual order."""
    if words[:1] == ["a"] and len(words) > 1:
        words = ["one", *words[1:]]
    total, limit = 0, 10**15
    while words:
        group, words = _below_thousand(words)
        if group is None:
            return None
        scale = LARGE.get(words[0], 1) if words else 1
        words = words[1:] if scale > 1 else words
        if scale >= limit or (words and scale == 1):
            return None
        total, limit = total + group * scale, scale
        words = words[1:] if words[:1] == ["and"] and len(words) > 1 else words
    return total if limit < 10**15 else None


def _below_thousand(words: list[str]) -> tuple[int | None, list[str]]:
    """The number at the start, and the words after it."""
    value = 0
    if len(words) > 1 and words[1] == "hundred" and 0 < ONES.get(words[0], 0) < 100:
        value, words = 100 * ONES[words[0]], words[2:]
        if words[:1] == ["and"]:
            words = words[1:]
        if not words or not (words[0] in ONES or words[0] in TENS):
            return value, words
    if words and words[0] in TENS:
        value, words = value + TENS[words[0]], words[1:]
        if words and 0 < ONES.get(words[0], 0) < 10:
            value, words = value + ONES[words[0]], words[1:]
        return value, words
    if words and words[0] in ONES:
        return value + ONES[words[0]], words[1:]
    return None, words
