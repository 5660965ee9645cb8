"""Typed formulas that people mean in two ways while the parser has one: e^ix, √2x, x^1/2, log2(8), 1.5/4%. Text in, words out."""

from __future__ import annotations

import re

_NAMES = r"(?:sin|cos|tan|cot|sec|csc|arc|ln|log|exp|sqrt|cbrt|pi|theta|alpha|beta|phi|inf|th\b|st\b|nd\b|rd\b|d[a-z]\b)"
_FUNCTION = r"(?<![a-z])(?:a?(?:rc)?(?:sin|cos|tan|cot|sec|csc)h?|ln|log)"
ANYWHERE = (
    (r"!!", "3!! may be the factorial of a factorial, or every second factor; write (3!)!"),
    (r"\d[.,]\d+\(\d+\)", r"0.1(6) may be a decimal that repeats, or a product; write 0.1\overline{6} or 0.1*6"),
    (
        r"\d\s?/\s?\d+\.\d+\s?\\?%|\d(?:\s/\s?|/\s)\d+\s?\\?%|\.\d+/\d+\s?\\?%",
        "1.5/4% may be 1.5/4 of a percent, or 1.5 over 4%; write (1.5/4)%",
    ),
    (
        rf"{_FUNCTION}\s?-?\d+\s?\(|(?<![a-z])log\d+(?:\s?[a-z]|\s\d)",
        "log2(8) and sin 2(x) may be read in two ways; write log_2(8), sin(2(x))",
    ),
    (rf"{_FUNCTION}\s[a-zθ]\(", "in sin x(x+1) it is not clear how far the sine reaches; write sin(x)*(x+1)"),
)
PLAIN = (  # in LaTeX the exponent and the root end where they are seen to end
    (rf"\^\s?-?(?!{_NAMES})[a-zA-Zθ](?!{_NAMES})(?=[a-zA-Zπθ])|\^\s?-?i(?=π|pi)", "e^ix may be e^(ix), or e^i times x; write brackets"),
    (r"\^\s?-?1/\d", "x^1/2 may be x^(1/2), or x over 2; write brackets"),
    (
        rf"(?:√|(?<![a-z])sqrt)\s?(?:\d+(?:\.\d+)?(?!{_NAMES})(?=[a-hj-zA-Zθ(])|[a-zA-Z](?=[²³⁴^]|(?!{_NAMES})[a-zA-Z(]))",
        "in √2x it is not clear how far the root reaches; write √(2x), or √(2)*x",
    ),
)
_ANYWHERE, _PLAIN = ([(re.compile(pattern), words) for pattern, words in rules] for rules in (ANYWHERE, PLAIN))

_MIXED_PERCENT = re.compile(r"\d\s*\\[dt]?frac\s*(?:\d\s*\d|\{\d+\}\s*\{\d+\})\s*\\?%")


def two_meanings(text: str) -> str | None:
    """Words for the first part of a text that may be meant in two ways, or None."""
    rules = _ANYWHERE if "\\" in text or "$" in text else (*_ANYWHERE, *_PLAIN)
    return next((words for pattern, words in rules if pattern.search(text)), None)


def mixed_percent(text: str) -> str | None:
    """Words for 33\\frac13%, of which the parser makes a product."""
    return "a mixed number before % was read as a product; write 33 1/3 %" if _MIXED_PERCENT.search(text) else None
