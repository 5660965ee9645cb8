"""Lines that are nothing but a formula, as people write their own working, with the remarks around them. Text in, rows out.

A remark is a line of words, a label (Expand:), a note at the end of a line (| : 2), or the words before a formula (dividing by 2 gives).
What it says decides whether the line claims to follow from the one above. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from phi4web.verify.steps.remarks import RELATION, WORD, says_follows, without_comments
from phi4web.verify.steps.row import LONGEST_SPAN, Row, Tie, cleaned
from phi4web.verify.steps.spans import plain_sums

_MARK = re.compile(r"\s*(?:(?:\(?(?P<number>\d{1,2}|[a-z]|i{2,3}|iv)[.)](?=\s)|[-*•>](?=\s))\s*|step\s{0,9}\d{0,3}\s{0,9}[:.)]\s*)+", re.I)
_LEAD = re.compile(
    r"\s*(?:so|then|thus|hence|therefore|or|and|but|let|put|set|where|with|given|check|answer|result|solution|now|next|finally"
    r"|we get|which gives|gives)\b[\s,:]*"
    r"|\s*(?:∴|\\therefore)\s*",
    re.I,
)
_LABEL = re.compile(
    rf"\s*(?=[^:]*{WORD})(?P<words>[A-Za-z(][^:=<>≤≥]{{1,60}}):\s+"
    r"|\s*(?P<case>(?:(?:at|for|if|when|case|put|with)\s+)?[A-Za-z]\s*=\s*[^\s:=]{1,10}):\s+(?=.*[=<>≤≥])",
    re.I,
)
_SUM = re.compile(r"\s*(?:(?:\d{0,2}\s?[*·]?\s?)(?:\(\d{1,2}\)|[IVX]{1,3})\s?[-+−]?\s?){1,4}:\s+(?=.*=)")  # (1)+(2): 3x = 9
_NAMED = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z' ]{1,40}[A-Za-z])(?<![ '][A-Za-z])\s*=(?!=)\s*")
_SENTENCE = re.compile(
    r"\s*(?P<words>[A-Za-z][^=<>≤≥$\\]{2,120}?\b(?:gives?|giving|get|obtain|have|means|becomes|yields?|leaves|so|then|hence|thus|therefore|that)\b[\s,:]*)"
    r"(?=[-(\d\\√|]|[A-Za-z](?![A-Za-z])|sqrt|sin|cos|tan|ln|log)",
    re.I,
)
_WRAP = re.compile(r"\s*(\$\$?|\\\(|\\\[)(.*?)(\$\$?|\\\)|\\\])\s*[.,;]?\s*$", re.S)
_KNOWN = re.compile(
    r"\\[A-Za-z]+|(?<![A-Za-z])(?:a?(?:rc)?(?:sin|cos|tan|cot|sec|csc)h?|sqrt|cbrt|log|ln|exp|abs|pi|or|and|no|real|solutions?|mod|gcd|lcm|theta|alpha|beta"
    r"|dx|dy|dt|int|sum|lim|inf|infinity|union|det|all|true|false)(?![A-Za-z])",
    re.I,
)
_WORDS = re.compile(WORD)
_MATHS = re.compile(r"[0-9=<>≤≥√]|^\s*[A-Za-z]\s*$|[A-Za-z]\s*[+\-*/^]|\\[a-z]+|no (?:real )?solutions?|\bint\b|[a-z]\(")
_DISPLAY = re.compile(r"\\begin\{(?!(?:[bpvB]?matrix|array|cases)\})|\\\[(?!.*\\\])")
_PLUS_MINUS = re.compile(r"\+/[-−]|(?<=[=(])(?:(?<==)\s)?\+[-−]")  # x = +-2
_ASIDE = re.compile(
    r"\s*(?:put|insert|plug|substitut\w+|using|use|with"
    r"|for|if|when|where|let|since|because|as|at|in|from|by|check|assum\w+|suppos\w+)\b",
    re.I,
)
_SHARE = re.compile(r"(?<=[%\d])(\s+)of(?=\s+\d)")  # 25% of 80


@dataclass(frozen=True, slots=True)
class _Found:
    """`mark`: the number of a list. `named`: it has a name of its own, as in price = 80. `words`: what was said beside the formula."""

    row: Row
    mark: str
    named: bool
    words: str


def own_rows(text: str, begin: int, *, marked: bool) -> tuple[Row, ...] | None:
    """The rows of a text whose lines are formulas with remarks between; None: it has no such lines.

    `marked`: there are dollars or the like in the text, which then must have formulas alone.
    """
    found: list[_Found | tuple[int, int]] = []
    at = begin
    for line in text[begin:].split("\n"):
        start, at = at, at + len(line) + 1
        made = _formula(line, start) if line.strip() else None
        if made is None and marked and line.strip():
            return None
        found.append(made or (start, at - 1))
    if not any(isinstance(f, _Found) for f in found):
        return None
    return tuple(_tied(text, found))


def _tied(text: str, found: list[_Found | tuple[int, int]]) -> Iterator[Row]:
    """Each row with the words since the one before, and how it is tied to it."""
    formulas = [f for f in found if isinstance(f, _Found)]
    spaced = _paragraphs(found)
    exercises = 0 < sum(bool(f.mark) for f in formulas) < len(formulas) or any(f.mark.isalpha() for f in formulas)
    gap, blank = "", False
    for number, line in enumerate(found):
        if isinstance(line, tuple):
            words = text[line[0] : line[1]]
            if words.strip():
                sums = tuple(plain_sums(text, line[0], line[1], number + 1))
                yield from sums
                if not sums and _may_claim(words):
                    yield Row(words, line[0], line[1], words, number + 1, words, own=True, tie="no")
                gap += " " + words
            blank = blank or not words.strip()
            continue
        said = gap + " " + line.words
        tie: Tie = (
            "no" if line.named or (exercises and line.mark) else "follows" if says_follows(said) and not (blank and spaced) else "perhaps"
        )
        yield replace(line.row, gap=said[-400:].strip(), tie=tie)
        gap, blank = "", False


def _may_claim(words: str) -> bool:
    """Whether a line that is no formula says what something is equal to: P(not A) = 1 - 3/8."""
    said = re.search(r"\d.*=|=.*\d", words) and not words.rstrip().endswith((":", "?"))
    return bool(said) and not _ASIDE.match(words)


def _paragraphs(found: list[_Found | tuple[int, int]]) -> bool:
    """Whether empty lines part the formulas into groups: some formulas have one between them and others don't."""
    lines = [isinstance(f, _Found) for f in found]
    return any(one and two for one, two in zip(lines, lines[1:], strict=False))


def _formula(line: str, start: int) -> _Found | None:
    """The line's formula without what stands around it; None when words are left over."""
    if len(line) > LONGEST_SPAN:
        return None
    left, named, mark = 0, False, ""
    words, told = "", False
    for pattern in (_SUM, _MARK, _LABEL, _LEAD, _SENTENCE, _NAMED, _LABEL):
        match = pattern.match(line, left)
        if match is None or match.end() >= len(line) or (pattern is _NAMED and _is_formula(match.group("name"))):
            continue
        if pattern is _MARK:
            label = match.group(0).lstrip().startswith("(") and (match.group("number") or "").isdigit()  # (1): the name of an equation
            mark, words = (mark, words + " label ") if label else (match.group("number") or mark, words)
        else:
            words += " " + match.group(0)
        named = named or pattern is _NAMED or (pattern is _LABEL and not says_follows(match.group(0)))
        left, told = match.end(), told or pattern is _SENTENCE
    line, words = without_comments(line, left, words)
    line = re.sub(r"=\s*(?:RHS|LHS|R\.H\.S\.|L\.H\.S\.)\s*$", "", line)
    wrapped = _WRAP.match(line, left)
    inner, offset = (wrapped.group(2), wrapped.start(2)) if wrapped else (line[left:], left)
    if "$" in inner or _DISPLAY.search(inner) or not _MATHS.search(inner) or (told and not RELATION.search(inner)):
        return None
    inner = _SHARE.sub(r"\1* ", inner)
    inner = _PLUS_MINUS.sub(lambda m: "±" + " " * (len(m.group()) - 1), inner)
    if not _is_formula(inner):
        return None
    text = cleaned(inner)[0]
    return _Found(Row(text, start + offset, start + offset + len(inner), "", 0, "", own=True), mark, named, words)


def _is_formula(text: str) -> bool:
    bare = re.sub(r"\\(?:begin|end)\{[a-z]+\}|\\(?:text|mathrm|textbf)\s*\{\s*(?:or|and|no solution|no real solution)\s*\}", " ", text)
    return not _WORDS.search(_KNOWN.sub(" ", bare))
