"""A question as a row of words and formulas: "Solve <0> for <1>" with the formulas beside it. Knows no grammar and no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from phi4web.verify.problem.tidy import FUNCTION_NAMES, tidied

LONGEST_LETTERS = 3  # lwh after a sign is a product of letters and no word
CONSTANT_NAMES = frozenset(("pi", "infinity", "inf", "infty"))
FILLERS = frozenset(re.findall(r"\w+", "the a an please following this these its me us can could would you kindly now hi hello"))
BEFORE_LETTERS = frozenset({"for", "to", "variable"})  # after these a single letter may stand alone
PUNCTUATION = '.,;:?!"“”'
DISPLAY = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
LETTER_WORD = re.compile(
    r"[a-z]-(?:intercepts?|axis|coordinates?|values?)|\d+(?:st|nd|rd|th)|[a-z]+(?:-[a-z]+)+|[a-z]+['’](?:s|re|ll)", re.IGNORECASE
)
ASKS_FOR_ONE = re.compile(
    r"\b(?:an?|any|one|some|another)\s+(?:[a-z-]+\s+){0,3}(?:solution|root|zero|value|number|integer|answer|point|pair|(?:[xy]-)?intercept|asymptote|eigenvalue)(?:\(?s\)?)?\b"
    r"|\b(?:an?|any|one|some)\s+[$\\(]*[a-z][)\\$]*\s+(?:such|so|for|that|with|which|where|satisf\w+)\b",
    re.IGNORECASE,
)
OPERATORS = frozenset("+-*/^=<>≤≥≠±·×÷|_&)]}!%'")
COUNTED_ONES = frozenset({"prime", "composite", "perfect", "multiple", "factor", "divisor", "rational", "solution", "root", "zero"})


@dataclass(frozen=True, slots=True)
class Question:
    """`sentence`: lower-case words and <k> for formulas[k], single spaces, without punctuation and filler words.

    `one`: the question asks for one of perhaps several, as in "find a solution".
    """

    sentence: str
    formulas: tuple[str, ...]
    one: bool = False


def read_question(text: str) -> Question:
    """Split a question into words and formulas. Never fails."""
    tidy = tidied("".join(c if c.isprintable() or c in "\n\t" else " " for c in unicodedata.normalize("NFC", text)))
    words: list[str] = []
    formulas: list[str] = []
    for is_formula, piece in _pieces(tidy):
        if is_formula:
            words.append(f"<{len(formulas)}>")
            formulas.append(piece)
        else:
            words.append(piece)
    return Question(" ".join(w for w in words if w not in FILLERS), tuple(formulas), ASKS_FOR_ONE.search(text) is not None)


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """(is a formula, text) in order; words come one by one, in lower case."""
    last = 0
    for found in DISPLAY.finditer(text):
        yield from _plain(text[last : found.start()])
        inner = next(g for g in found.groups() if g is not None).strip()
        inner = inner if inner.endswith(("..", "…")) else inner.rstrip(".,;:").strip()
        if inner:
            yield True, inner
        last = found.end()
    yield from _plain(text[last:])


def _plain(text: str) -> Iterator[tuple[bool, str]]:
    """The same for text without $: neighbouring formula chunks make one formula."""
    chunks = list(_chunks(text))
    run: list[str] = []
    word = ""  # the last one seen
    for k, chunk in enumerate(chunks):
        bare = chunk.strip(PUNCTUATION)
        following = chunks[k + 1].strip(PUNCTUATION) if k + 1 < len(chunks) else ""
        if not bare and not chunk.startswith("\n"):
            if "!" in chunk or ".." in chunk or "…" in chunk:  # 5 ! and 0.9 ... mean something that a formula without them does not
                yield from _finish(run)
                run = []
                yield False, chunk if "!" in chunk else chunk.rstrip("?")
            continue
        after_sign = bool(run) and run[-1][-1] in "=+*/" and len(bare) <= LONGEST_LETTERS and _is_letters(bare)
        if not after_sign and _is_word(bare, following, inside=bool(run)):
            yield from _finish(run)
            run = []
            word = bare.strip("()[]").lower().replace("’", "'")
            yield False, word
            continue
        if chunk.startswith("\n"):
            yield from _finish(run)
            run = []
            continue
        kept = _without_punctuation(chunk)
        run.append(kept)
        if chunk[-1] in ".;:?" or (word in BEFORE_LETTERS and _stands_alone(run, following)):
            yield from _finish(run)
            run = []
    yield from _finish(run)


def _without_punctuation(chunk: str) -> str:
    """A formula chunk without the marks of the sentence; .5 keeps its point, and 0.99... its dots."""
    inner = chunk.rstrip(';:?"”').lstrip('"“,;:')
    if not inner.endswith(("..", "…")):
        inner = inner.rstrip('.;:?"”')
    return inner if re.match(r"\.\d", inner) else inner.lstrip(".")


def _finish(run: list[str]) -> Iterator[tuple[bool, str]]:
    formula = " ".join(run).strip().strip(",").strip()
    if formula:
        yield True, formula


def _stands_alone(run: list[str], following: str) -> bool:
    """A single letter before a new formula, as in "for x 2x + 3 = 7"."""
    return (
        len(run) == 1
        and len(run[0]) == 1
        and run[0].isalpha()
        and bool(following)
        and following[0] not in OPERATORS
        and following[0] not in "({["
    )


def _is_word(bare: str, following: str, inside: bool) -> bool:
    inner = bare.strip("()[]")
    if not _is_letters(inner):
        return bool(LETTER_WORD.fullmatch(inner)) and not re.fullmatch(r"[a-z](?:-[a-z])+", inner)
    if len(inner) == 1:
        return (
            inner in "aA"
            and bare == inner
            and (not inside or following.lower() in COUNTED_ONES)
            and len(following) > 1
            and _is_letters(re.sub(r"(?:-[a-z]+)*$", "", following))
            and following.lower() not in FUNCTION_NAMES | {"is", "and", "or", "if", "in"}
        )
    if inner.lower() in CONSTANT_NAMES:
        return False
    if inner.lower() in FUNCTION_NAMES:
        # "the log of 8" is words, "log 8" is a formula
        return following.lower() in ("of", "between", "base")
    return not re.fullmatch(r"d[a-z]", inner) or inner == "do"


def _is_letters(text: str) -> bool:
    """Whether these are letters only: x² is none."""
    return text.isalpha() and re.fullmatch(r"[^\W\d_]+", text) is not None


def _chunks(text: str) -> Iterator[str]:
    """Pieces between spaces; braces and \\begin…\\end keep theirs. A line break is a chunk of its own."""
    depth, start, environment = 0, 0, 0
    k = 0
    while k < len(text):
        c = text[k]
        if c == "\\":
            environment += text.startswith("\\begin", k) - text.startswith("\\end", k)
            k += 2
            continue
        depth = max(0, depth + (c == "{") - (c == "}"))
        if c.isspace() and not depth and environment <= 0:
            if k > start:
                yield text[start:k]
            if c == "\n":
                yield "\n"
            start = k + 1
        k += 1
    if start < len(text):
        yield text[start:]
