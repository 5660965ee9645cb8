"""Maths for the page: LaTeX to MathML for short formulas, and solution text made safe for gr.Markdown.

In: text from a model, a user or the checker, none of it trusted. Out: HTML or Markdown in which that text can't become markup.
It does not know what the text means.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Literal
from xml.etree.ElementTree import Element

import latex2mathml.converter

MAX_FORMULA_CHARS = 4_000

# The only delimiters that gr.Markdown is told about; `solution` writes every formula with them.
DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]

_TAGS = frozenset(
    re.findall(
        r"\w+",
        "math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle mpadded mphantom menclose"
        " msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd",
    )
)
_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        "xmlns display displaystyle scriptlevel mathvariant stretchy fence separator form accent accentunder"
        " movablelimits largeop symmetric"
        " minsize maxsize lspace rspace width height depth voffset linethickness notation"
        " columnalign columnspacing columnlines rowalign rowspacing rowlines frame",
    )
)


class _NotShown(Exception):
    """The converter could not make sense of the formula."""


def _write(node: Element) -> str:
    if node.tag not in _TAGS:
        raise _NotShown(node.tag)
    # The converter leaves entities and raw text mixed; unescaping first and escaping once makes both plain text.
    text = html.unescape(node.text or "")
    if text.startswith("\\") and len(text) > 1 and node.tag != "mtext":
        raise _NotShown(text)
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in node.attrib.items() if name in _ATTRIBUTES)
    return f"<{node.tag}{attributes}>{html.escape(text)}{''.join(map(_write, node))}</{node.tag}>"


def _balanced(latex: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


@lru_cache(maxsize=2_048)
def formula(latex: str, *, display: bool = False) -> str:
    """MathML for a formula; if it can't be typeset, its source in mono, marked "as written". Never raises."""
    source = latex.strip()
    try:
        if not source or len(source) > MAX_FORMULA_CHARS or not _balanced(source):
            raise _NotShown(source)
        return _write(latex2mathml.converter.convert_to_element(source, display="block" if display else "inline"))
    except Exception:  # the converter raises many kinds, RecursionError among them; the source is always an honest fallback
        return f'<code class="as-written" title="as written">{html.escape(source)}</code>'


Kind = Literal["text", "inline", "display", "code", "open"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of solution text, without delimiters. "open" is the start of a formula whose end has not come (yet)."""

    kind: Kind
    text: str


_ENVIRONMENTS = "equation|align|gather|alignat|multline|eqnarray|aligned|array|cases|pmatrix|bmatrix|vmatrix|matrix"
_OPENERS = re.compile(
    r"(?P<fence>^ {0,3}(?P<ticks>`{3,}|~{3,}))|(?P<code>`+)|(?P<escaped>\\[\\$`])|(?P<dd>\$\$)|(?P<sq>\\\[)|(?P<par>\\\()"
    r"|(?P<env>\\begin\{(?P<name>" + _ENVIRONMENTS + r")(?P<star>\*?)\})|(?P<boxed>\\boxed\{)|(?P<d>\$(?=[^\s$]))",
    re.MULTILINE,
)


_DOLLAR_END = re.compile(r"(?<![\\\s])\$(?!\d)|\n\s*\n")  # as Pandoc: no space before it, no digit after it; or the paragraph's end
_BRACES = re.compile(r"\\.|[{}\n]")
_PRICE = re.compile(r"\d[\d.,]*(?:\s|$)")
_PRICE_CHARS = 300


class _Ends:
    """Where what opens in one text ends, or -1. What was found is remembered: all openers together cost one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._missing: set[str] = set()  # closers that come no more
        self._dollar = (0, -1, False)  # no closing dollar from here to here; whether one is there
        self._braces: dict[int, int] | None = None

    def of(self, closer: str, start: int) -> int:
        at = -1 if closer in self._missing else self._text.find(closer, start)
        if at < 0:
            self._missing.add(closer)
        return at

    def of_dollar(self, start: int) -> int:
        if not self._dollar[0] <= start <= self._dollar[1]:
            found = _DOLLAR_END.search(self._text, start)
            self._dollar = (start, found.start() if found else len(self._text), found is not None and found[0] == "$")
        return self._dollar[1] if self._dollar[2] else -1

    def of_brace(self, start: int) -> int:
        """Of the brace before `start`, on the same line."""
        if self._braces is None:
            self._braces = _pairs(self._text)
        at = self._braces.get(start - 1, -1)
        return at if at < start + MAX_FORMULA_CHARS else -1

    def of_fence(self, ticks: str, start: int) -> int:
        """Behind the line that closes a block of code; without one it goes on to the end of the text."""
        line = rf" {{0,3}}{re.escape(ticks)}[`~]*\s*$"
        found = re.compile(line, re.M).match(self._text, start) or re.compile(f"^{line}", re.M).search(self._text, start)
        return found.end() if found else len(self._text)


def _pairs(text: str) -> dict[int, int]:
    """For each brace that closes on its line: where it opens and where it closes."""
    pairs, opened = dict[int, int](), list[int]()
    for found in _BRACES.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "\n":
            opened.clear()
        elif found[0] == "}" and opened:
            pairs[opened.pop()] = found.start()
    return pairs


def _is_price(text: str, start: int) -> bool:
    """Whether what follows a lone dollar can no longer become a formula."""
    return len(text) - start > _PRICE_CHARS or "\n\n" in text[start:] or bool(_PRICE.match(text, start))


def _end_of(found: re.Match[str], ends: _Ends) -> tuple[Kind, int, int]:
    """(kind, end of the inside, end of the whole). An inside that never ends gives -1, -1."""
    start = found.end()
    if found["fence"]:
        at = ends.of_fence(found["ticks"], start)
        return "code", at, at
    if found["code"]:
        at = ends.of(found["code"], start)
        return "code", at, at + len(found["code"]) if at >= 0 else -1
    if found["boxed"] or found["d"]:  # small models leave the dollars around a box out
        at = ends.of_brace(start) if found["boxed"] else ends.of_dollar(start)
        return "inline", at, at + 1 if at >= 0 else -1
    closer = "$$" if found["dd"] else "\\]" if found["sq"] else "\\)" if found["par"] else f"\\end{{{found['name']}{found['star']}}}"
    at = ends.of(closer, start)
    return ("inline" if found["par"] else "display"), at, at + len(closer) if at >= 0 else -1


def pieces(text: str) -> Iterator[Piece]:
    """Cuts Markdown with formulas into text, formulas and code. Joined, the pieces hold everything that was there."""
    at = plain = 0
    ends = _Ends(text)
    while found := _OPENERS.search(text, at):
        if found["escaped"]:
            at = found.end()
            continue
        kind, inside, end = _end_of(found, ends)
        if inside < 0 and (found["code"] or (found["d"] and _is_price(text, found.end()))):
            at = found.end()
            continue
        if plain < found.start():
            yield Piece("text", text[plain : found.start()])
        if inside < 0:
            yield Piece("open", found[0])
            at = plain = found.end()
            continue
        whole = kind == "code" or found["env"] or found["boxed"]
        yield Piece(kind, text[found.start() : end] if whole else text[found.end() : inside])
        at = plain = end
    if plain < len(text):
        yield Piece("text", text[plain:])


def _safe_text(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")
    # Dollars and brackets left over here are not formulas.
    return text.replace("\\$", "&#36;").replace("$", "&#36;")


_BARE_WORD = re.compile(r"(?<=[\w\s)}]) (or|and) (?=[\w\s({\\-])")


def _safe_formula(latex: str) -> str:
    """Also gives "x = 2 or x = 3" its spaces, which a small model writes without \\text."""
    spaced = _BARE_WORD.sub(r"\\text{ \1 }", latex.strip())
    return spaced.replace("<", "\\lt ").replace(">", "\\gt ")


def _safe_code(code: str) -> str:
    """Code keeps its characters; an invisible space keeps `<` from opening a tag where Markdown sees no code after all."""
    if code.lstrip()[:3] in {"```", "~~~"}:  # Gradio would run a diagram language named here
        code = re.sub(r"^( {0,3}(?:`{3,}|~{3,}))[^\n]*", r"\1text", code, count=1)
    return re.sub(r"<(?=[A-Za-z/!?])", "<\u200b", code)


def _markdown(piece: Piece) -> str:
    match piece.kind:
        case "display":
            return f"\n\n\\[{_safe_formula(_aligned(piece.text))}\\]\n\n"
        case "inline":
            return f"\\({_safe_formula(piece.text)}\\)"
        case "code":
            return _safe_code(piece.text)
        case "open":
            return piece.text.replace("\\", "&#92;").replace("$", "&#36;")
        case _:
            return _safe_text(piece.text)


def _aligned(latex: str) -> str:
    """KaTeX takes `align` and its kin only outside maths; inside they are `aligned`."""
    return re.sub(r"\\(begin|end)\{(?:align|eqnarray|alignat|multline|equation|gather)\*?\}", r"\\\1{aligned}", latex)


def solution(text: str, *, streaming: bool = False) -> str:
    """Markdown for gr.Markdown: markup escaped, formulas in `DELIMITERS`, and an unfinished formula held back while streaming."""
    parts = list(pieces(text))
    if streaming:
        parts = list(takewhile(lambda piece: piece.kind != "open", parts))
    return "".join(map(_markdown, parts)).strip("\n")


def prose(text: str) -> str:
    """HTML for a short text with formulas in it, such as a problem."""
    out = []
    for piece in pieces(text):
        match piece.kind:
            case "inline" | "display":
                out.append(formula(piece.text, display=piece.kind == "display"))
            case _:
                out.append(html.escape(piece.text))
    return "".join(out)
