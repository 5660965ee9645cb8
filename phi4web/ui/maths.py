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


def _close_dollar(text: str, start: int) -> int:
    """Where the single dollar opened before `start` closes, or -1. As Pandoc: no space before it, no digit after it."""
    for found in re.finditer(r"(?<![\\\s])\$(?!\d)|\n\s*\n", text[start:]):
        return start + found.start() if found[0] == "$" else -1
    return -1


def _close_brace(text: str, start: int) -> int:
    """Where the brace opened before `start` closes, on the same line, or -1."""
    depth = 1
    for found in re.finditer(r"\\.|[{}\n]", text[start : start + MAX_FORMULA_CHARS]):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0 or found[0] == "\n":
            return start + found.start() if depth == 0 else -1
    return -1


def _is_price(rest: str) -> bool:
    """Whether what follows a lone dollar can no longer become a formula."""
    return "\n\n" in rest or len(rest) > 300 or bool(re.match(r"\d[\d.,]*(?:\s|$)", rest))


def _end_of(found: re.Match[str], text: str) -> tuple[Kind, int, int]:
    """(kind, end of the inside, end of the whole). An inside that never ends gives -1, -1."""
    start = found.end()
    if found["fence"]:
        closing = re.search(rf"^ {{0,3}}{re.escape(found['ticks'])}[`~]*\s*$", text[start:], re.MULTILINE)
        return ("code", start + closing.end(), start + closing.end()) if closing else ("code", len(text), len(text))
    if found["code"]:
        at = text.find(found["code"], start)
        return "code", at, at + len(found["code"]) if at >= 0 else -1
    if found["boxed"]:  # small models leave the dollars out
        at = _close_brace(text, start)
        return "inline", at, at + 1 if at >= 0 else -1
    if found["d"]:
        at = _close_dollar(text, start)
        return "inline", at, at + 1 if at >= 0 else -1
    closer = "$$" if found["dd"] else "\\]" if found["sq"] else "\\)" if found["par"] else f"\\end{{{found['name']}{found['star']}}}"
    at = text.find(closer, start)
    return ("inline" if found["par"] else "display"), at, at + len(closer) if at >= 0 else -1


def pieces(text: str) -> Iterator[Piece]:
    """Cuts Markdown with formulas into text, formulas and code. Joined, the pieces hold everything that was there."""
    at = plain = 0
    while found := _OPENERS.search(text, at):
        if found["escaped"]:
            at = found.end()
            continue
        kind, inside, end = _end_of(found, text)
        if inside < 0 and (found["code"] or (found["d"] and _is_price(text[found.end() :]))):
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


def _safe_formula(latex: str) -> str:
    return latex.strip().replace("<", "\\lt ").replace(">", "\\gt ")


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
