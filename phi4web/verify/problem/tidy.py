"""A question's text before it is split: requests, blanks and letters side by side are written so that a word is a word."""

from __future__ import annotations

import re

TIGHT_TIMES = re.compile(r"(?<=\d)[xX](?=\d)")
LONE_LETTER = re.compile(r"(?<![^\W\d_])[b-zB-Z](?![^\W\d_])")
NAMED = re.compile(r"(?<![^\W_])([a-zA-Z])\s*=(?!=)")
LETTERS_TOGETHER = re.compile(r"(?<![^\W\d_])[a-zA-Z]{2,4}(?![\w(])")
SHORT_WORDS = frozenset(
    re.findall(r"\w+", "as at be by do go he if in is it me my no of on or so to up us we an am and are the for sum add")
)
FUNCTION_NAMES = frozenset(
    re.findall(
        r"\w+",
        "sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh coth log ln lg exp sqrt cbrt abs det gcd lcm mod max "
        "min floor ceil ceiling binom pi infinity inf infty theta alpha beta gamma lambda mu phi sigma omega lim int",
    )
)
# "below" as a place on the page, not as "less than"
BELOW = re.compile(
    r"(?<=[a-z]) below(?=\s*(?:[:.?]?\s*$|:|[.?]?\s*\n))|\b(equations?|expressions?|problem|inequality|system)( of equations)? below\b",
    re.IGNORECASE,
)
REQUEST = re.compile(r"^\s*(?:(?:i|we) (?:need|want|have) to|help me(?: to)?|(?:can|could) you help me(?: to)?)\s+", re.IGNORECASE)
AXIS_NAME = re.compile(r"\b([xy]) (intercepts?|axis|coordinates?)\b")
BLANK = re.compile(r"[,;]\s*([a-z])\s*=\s*\?\s*$")
MATRIX_SIZE = re.compile(r"(?<![\w.])[2-5]\s?[x×]\s?[2-5](?= matri(?:x|ces)\b)", re.IGNORECASE)
TOPS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7}
BOTTOMS = {"third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
SHARE_IN_WORDS = re.compile(rf"\b({'|'.join(TOPS)})[ -]((?:{'|'.join(BOTTOMS)})s?) of (?=\d)", re.IGNORECASE)
WORKS_OUT = re.compile(
    r"\s*(?:(?:what(?: is|['’]s| does)|calculate|compute|evaluate|work out|find|multiply|how much is)\b|[\d(])", re.IGNORECASE
)


def tidied(text: str) -> str:
    """Without "I need to" at the start and "x = ?" at the end, which say nothing new; "three quarters of" as 3/4 of."""
    text = REQUEST.sub("", text)
    text = BELOW.sub(r"\1\2", text)
    text = AXIS_NAME.sub(r"\1-\2", text)
    text = BLANK.sub(r" find \1", text)
    text = _with_products(MATRIX_SIZE.sub("", text))
    text = SHARE_IN_WORDS.sub(lambda m: f"{TOPS[m.group(1).lower()]}/{BOTTOMS[m.group(2).lower().rstrip('s')]} of ", text)
    return _with_times(text)


def _with_products(text: str) -> str:
    """abc as a b c where the question gives a, b and c their values."""
    named = frozenset(NAMED.findall(text))
    if len(named) < 2 or "\\" in text or "$" in text:
        return text
    return LETTERS_TOGETHER.sub(
        lambda m: " ".join(m.group()) if set(m.group()) <= named and m.group() not in SHORT_WORDS | FUNCTION_NAMES else m.group(), text
    )


def _with_times(text: str) -> str:
    """43x67 as 43×67 where a value is asked for and no letter stands anywhere else; with spaces the parser reads it so by itself."""
    if not WORKS_OUT.match(text) or "0x" in text or LONE_LETTER.search(TIGHT_TIMES.sub("", text)):
        return text
    return TIGHT_TIMES.sub("×", text)
