"""Remarks in somebody's working: notes at the end of a line, and words that only tell what was done to the line above."""

from __future__ import annotations

import re

LONGEST_COMMENT = 200  # characters
WORD = r"[A-Za-z]{3,}"
RELATION = re.compile(r"[=<>≤≥≈]|\\(?:le|ge|approx|equiv)")
_SPACE = r"\s{1,40}"  # bounded, as every repetition here, for linear time
_COMMENTS = (
    re.compile(
        _SPACE
        + r"(?:\(\s?[a-z]{3,}[^()]{0,80}\)|\[\s?[a-z]{3,}[^\[\]]{0,80}\]|\(\s?[a-z]\s?(?:[<>≤≥≠]|!=)[^()]{0,20}\)"
        + r"|(?://|#|--|←|<-)[^=]{0,80})$",
        re.I,
    ),
    re.compile(
        _SPACE + r"[|∣]\s?(?:[-+−*/:÷·×^²√(]|sqrt|ln|log|square|root|divide|multiply|subtract|add|expand|factor)[^=|]{0,60}\|?$",
        re.I,
    ),
    re.compile(
        rf"(?:,\s{{0,9}}|{_SPACE})(?:(?:because|since|q\.?e\.?d)\b|(?:as|by|which|using)\s(?:the\s)?[a-z]{{3,}})[^\n]{{0,120}}$"
        r"|\s{0,9}[✓✔✅□∎]{1,3}$",
        re.I,
    ),
    re.compile(
        rf"(?:\s{{0,9}}[,;.→!-]{{1,3}}>?\s{{0,9}}|{_SPACE})(?:is\s)?(?:not\s)?(?:a\s)?(?:minimum|maximum|min|max|true|false|ok(?:ay)?|correct|works?"
        r"|valid|wrong|contradiction|impossible|reject(?:ed)?|extraneous|done|checks?|ignored?|discard(?:ed)?|shown|as required)[.!]{0,3}$",
        re.I,
    ),
)
_COUNTED = re.compile(rf"(?<=\d){_SPACE}{WORD}(?:\s{WORD}){{0,3}}[.!]?$")  # = 6 apples
_NUMBER = re.compile(r"(?:\s{2,40}|(?<=\w)\s)\((?:[1-9]\d?|[IVX]{1,3}|\*{1,3})\)$")  # x - y = 1  (2)
_FOLLOWING = """
so then thus hence therefore and or now next finally we get gives give giving us which means mean implies imply that this is it equals
have has obtain yields yield becomes leaves simplify simplifying simplifies simplified expand expanding factor factoring factorise
factorize factorising collect collecting like terms term combine combining subtract subtracting subtracted add adding added multiply
multiplying multiplied divide dividing divided by from to both sides side each on the left right hand square squaring squared root roots
take taking move moving rearrange rearranging isolate isolating solve solving for result answer step distribute distributing out bracket
brackets parentheses cancel cancelling flip flipping sign inequality cross common denominator fraction fractions clear clearing remove
removing with in of equation first bring bringing over all everything together again expression law laws log logs apply applying use
using exponents powers formula simple algebra line zero set put putting into insert inserting plug plugging substitute substituting back
value values
"""
_FOLLOWS = frozenset(re.findall(r"\w+", _FOLLOWING))


def says_follows(words: str) -> bool:
    """Whether words between two lines say no more than that the second comes from the first."""
    return all(word.lower() in _FOLLOWS for word in re.findall(r"[A-Za-z]{2,}", words))


def without_comments(line: str, left: int, words: str) -> tuple[str, str]:
    """The line, from `left`, without the notes at its end; and the words with them."""
    line = line.rstrip()
    label = _NUMBER.search(line, max(left, len(line) - LONGEST_COMMENT))
    if label and RELATION.search(line, left, label.start()) and re.search("[A-Za-z]", line[left : label.start()]):
        line = line[: label.start()]
    for pattern in _COMMENTS:
        match = pattern.search(line, max(left, len(line) - LONGEST_COMMENT))
        kept = line[left : match.start()].rstrip() if match else ""
        if match and kept and kept[-1] not in "=+-−*/(<>≤≥" and kept.count("|") % 2 == 0:
            line, words = line[: match.start()], words + " " + match.group(0)
    counted = _COUNTED.search(line, max(left, len(line) - LONGEST_COMMENT))
    if counted and RELATION.search(line, left, counted.start()) and not re.search("[A-Za-z]", line[left : counted.start()]):
        line, words = line[: counted.start()], words + " " + counted.group(0)
    return line, words
