"""Characters by which a reader sees another text than the one that is checked: 24 for 42, or a stroke through the 2 of 42.

Text in, truth values out. Characters that take no room, such as a zero-width space, change nothing that is seen and are no matter.
"""

from __future__ import annotations

import re
import unicodedata

# what turns the order in which characters are shown: embeddings, overrides, isolates, and marks of the other direction
_TURNING = "\u202a-\u202e\u2066-\u2069\u200f\u061c"
# marks set over, under or through the character before: 3\u0305 is a repeating 3, 2\u0338 is a struck out 2
_SET_OVER = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_DISGUISE = re.compile(f"[{_TURNING}{_SET_OVER}]")
_PAIRS = (("<!--", "-->"), ("<s>", "</s>"), ("<del>", "</del>"), ("<strike>", "</strike>"), ("~~", "~~"))
MESSAGE = "it has characters that change how others are seen, such as a stroke or a bar over a digit, or a turned order"


def composed(text: str) -> str:
    """The text with each letter and its marks as one character where there is one: = and a stroke is ≠."""
    return unicodedata.normalize("NFC", text)


def is_disguised(text: str) -> bool:
    """Whether a composed text still has characters that make it look like another one."""
    return _DISGUISE.search(text) is not None


def undisguised(text: str) -> str:
    """The text, as long as before, with a sign in place of each such character that no formula can have."""
    return _DISGUISE.sub("\ufffd", text)


def without_hidden(text: str) -> str:
    """The text with spaces in place of comments and of what is struck out, so that all offsets stay."""
    for opening, closing in _PAIRS:
        if opening in text:
            text = _blanked(text, opening, closing)
    return text


def _blanked(text: str, opening: str, closing: str) -> str:
    pieces, kept, at = [], 0, text.find(opening)
    while at >= 0 and (end := text.find(closing, at + len(opening))) >= 0:
        end += len(closing)
        if opening != closing or re.fullmatch(r"\S[^\n]{0,300}", text[at + 2 : end - 2]):  # two ~ with a space are LaTeX's
            pieces += [text[kept:at], " " * (end - at)]
            kept = end
        at = text.find(opening, end)
    return "".join(pieces) + text[kept:]
