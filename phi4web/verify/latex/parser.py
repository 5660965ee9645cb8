"""The tables of the Pratt loop, and `parse`: every reading of one formula."""

from __future__ import annotations

import re

from phi4web.errors import ParseFailure
from phi4web.verify.latex import atoms, calculus, groups, operators
from phi4web.verify.latex.ast import Context, Interval, Node, Parse, Rel, Special, Text, children, symbols, walk
from phi4web.verify.latex.reader import POWER, PRODUCT, RATIO, RELATION, RESIDUE, SUM, UNION, UNIT, Infix, Prefix, Reader
from phi4web.verify.latex.tokens import Token, hides_function, safe_text, tokenise
from phi4web.verify.latex.words import BARE_FUNCTIONS, BARE_UNITS, GREEK, KEYWORDS, LEAD_INS, SPECIALS, WORD_NUMBERS

MAX_READINGS = 6
MAX_AST_DEPTH = 80

PREFIXES: dict[str, Prefix] = {
    "num": atoms.read_number,
    "nums": atoms.read_numbers,
    "signed": atoms.read_signed,
    "repeat": atoms.read_repeating,
    "based": atoms.read_based,
    "id": atoms.read_name,
    "fn": atoms.read_function,
    "unit": atoms.read_currency,
    "special": atoms.read_special,
    "text": atoms.read_text,
    "set": atoms.read_set_name,
    "env": groups.read_environment,
    "op -": atoms.read_minus,
    "op +": atoms.read_plus,
    "op ±": atoms.read_plus_minus,
    "op ∓": atoms.read_plus_minus,
    "op ...": atoms.read_dots,
    "op |": groups.read_bars,
    "op ‖": groups.read_bars,
    "cmd frac": atoms.read_fraction,
    "cmd sqrt": atoms.read_root,
    "cmd cbrt": atoms.read_root,
    "cmd binom": atoms.read_binomial,
    "cmd int": calculus.read_integral,
    "cmd lim": calculus.read_limit,
    "cmd sum": calculus.read_series,
    "cmd prod": calculus.read_series,
    "open (": groups.read_round,
    "open [": groups.read_square,
    "open {": groups.read_brace,
    "open \\{": groups.read_set,
    "open |": groups.read_bars,
    "open ‖": groups.read_bars,
    "open ⌊": groups.read_floor,
    "open ⌈": groups.read_floor,
    "open ⟨": groups.read_angle,
    "close [": groups.read_reversed,
}
INFIXES: dict[str, tuple[int, Infix]] = {
    "juxtaposed": (PRODUCT, operators.read_product),
    "op *": (PRODUCT, operators.read_product),
    "op ×": (PRODUCT, operators.read_product),
    "op /": (PRODUCT, operators.read_product),
    "op ÷": (PRODUCT, operators.read_product),
    "op mod": (PRODUCT, operators.read_product),
    "op +": (SUM, operators.read_sum),
    "op -": (SUM, operators.read_sum),
    "op ±": (SUM, operators.read_sum),
    "op ∓": (SUM, operators.read_sum),
    "op ^": (POWER, operators.read_power),
    "op !": (POWER, operators.read_factorial),
    "op '": (POWER, operators.read_prime),
    "op %": (POWER, operators.read_percent),
    "op °": (POWER, operators.read_degree),
    "unit": (UNIT, operators.read_unit),
    "text": (UNIT, operators.read_unit),
    "rel": (RELATION, operators.read_relation),
    "op :": (RATIO, operators.read_ratio),
    "op ∪": (UNION, operators.read_set_operation),
    "op ∩": (UNION, operators.read_set_operation),
    "op ∖": (UNION, operators.read_set_operation),
    "op pmod": (RESIDUE, operators.read_residue),
    "op choose": (1, operators.read_choose),
    "op over": (1, operators.read_over),
}
Reader.prefixes = PREFIXES
Reader.infixes = INFIXES


def parse(text: str, *, context: Context | None = None) -> tuple[Parse, ...]:
    """All readings of one formula, the likeliest first, with notes. Raises ParseFailure with a span, and nothing else.

    The notes of a further reading name what was read differently, such as "product_after_slash" or "pair_or_interval".
    """
    try:
        return read_all(text, context)
    except ParseFailure:
        raise
    except Exception as error:  # the promise holds even where a rule has a bug
        raise ParseFailure(f"the formula can't be read ({type(error).__name__})", 0, len(text)) from None


def read_all(text: str, context: Context | None = None) -> tuple[Parse, ...]:
    """`parse` without its safety net, for tests that look for bugs."""
    words = _in_words(text)
    if words is not None:
        return (Parse(words),)
    known = context or Context()
    tokens = _trimmed(tokenise(_without_lead_in(text)))
    first = _attempt(tokens, known, frozenset(), text)
    readings = [Parse(_run(first), tuple(first.notes))]
    for flips in _alternatives(first.choices):
        try:
            other = _attempt(tokens, known, flips, text)
            node = _run(other)
            if _likely(node, flips):
                readings.append(Parse(node, (*other.notes, *sorted(flips))))
        except ParseFailure:
            continue
    return _distinct(readings)


def _attempt(tokens: list[Token], context: Context, flips: frozenset[str], text: str) -> Reader:
    reader = Reader(tokens, context, flips)
    reader.plain = "\\" not in text
    return reader


def _run(r: Reader) -> Node:
    if r.token.kind == "end":
        raise r.fail("there is no formula")
    items, separators = groups.items_until(r)
    if r.token.kind != "end":
        raise r.unexpected()
    node = groups.join(items, separators)
    if _depth(node) > MAX_AST_DEPTH:
        raise r.fail(f"the formula is nested more than {MAX_AST_DEPTH} deep")
    return node


def _alternatives(choices: list[str]) -> list[frozenset[str]]:
    single = [frozenset((c,)) for c in choices[: MAX_READINGS - 2]]
    return [*single, frozenset(choices)] if len(choices) > 1 else single


def _likely(node: Node, flips: frozenset[str]) -> bool:
    """Among other letters j is a letter too, and what stands left of = is no interval."""
    if "engineers_j" in flips and symbols(node):
        return False
    return not any(isinstance(n, Rel) and n.ops[0] == "=" and isinstance(n.args[0], Interval) for n in walk(node))


def _distinct(readings: list[Parse]) -> tuple[Parse, ...]:
    seen: dict[Node, Parse] = {}
    for reading in readings:
        seen.setdefault(reading.node, reading)
    return tuple(seen.values())


def _depth(node: Node) -> int:
    deepest, todo = 0, [(node, 1)]
    while todo and deepest <= MAX_AST_DEPTH:
        top, depth = todo.pop()
        deepest = max(deepest, depth)
        todo.extend((child, depth + 1) for child in children(top))
    return deepest


# -- words --------------------------------------------------------------------------------------------------------------------

_WRAPPER = re.compile(r"\\(?:text|mbox|textbf|textrm|textit|mathrm|boxed|fbox|quad|qquad|left|right)(?![a-zA-Z])|[{}$*]|\\[,;: !()\[\]]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_HEAD = re.compile(  # the first word of a limit, a sum or an integral, which is no lead-in
    r"limit\s*[_({]*\s*(?:as\s+)?[A-Za-z]\s*(?:→|⟶|->|\\to\b|to\b|approaches\b)|limit\s+of\b"
    r"|(?:sum|product)\s*[_({]*\s*(?:from\s+)?[A-Za-z]\s*=.{1,20}?\bto\b|(?:sum|product)\s+[ijkmnx](?![A-Za-z])|integral\b.{1,200}?(?<![A-Za-z])d[a-z](?![A-Za-z])",
    re.I | re.S,
)


def _in_words(text: str) -> Node | None:
    """The answers that are words: no solution, does not exist, east. None: there is a formula to read."""
    if len(text) > 400 or not any(c.isalpha() for c in text):
        return None
    bare = " ".join(_WRAPPER.sub(" ", text).split()).strip(" .,;:!")
    lower = bare.lower().replace("’", "'")
    said, colon, again = lower.partition(":")
    if lower in SPECIALS or (colon and said.strip() in SPECIALS and again.strip() in ("\\oslash", "\\emptyset", "\\varnothing", "∅")):
        return Special(SPECIALS[said.strip()])  # type: ignore[arg-type]
    words = bare.replace(",", " ").split()
    if not words or not all(_WORD.fullmatch(word) for word in words):
        return None
    if _lead_in_length(words) == len(words) - 1 and len(words) > 1:
        return None  # "The answer is three": the tokens of the last word decide
    return Text(safe_text(bare)) if any(_is_prose(word) for word in words) else None


def _is_prose(word: str) -> bool:
    lower = word.lower()
    known = word in BARE_FUNCTIONS or word in GREEK or word in BARE_UNITS or lower in KEYWORDS or lower in WORD_NUMBERS
    return len(word) >= 4 and not known and not hides_function(word) and lower not in ("infinity", "integral", "limit", "infty")


def _lead_in_length(words: list[str]) -> int:
    count = 0
    for word in words:
        if word.lower().strip(",:.") not in LEAD_INS:
            break
        count += 1
    return count


def _without_lead_in(text: str) -> str:
    """Blanks out "The answer is" and its like before a formula, keeping every offset."""
    start = len(text) - len(text.lstrip(" \n\t$"))
    end = start
    for match in re.finditer(r"([A-Za-z]+)[,:]?\s+", text[:300]):
        if (
            _HEAD.match(text, match.start())
            or match.start() != end
            or match.group(1).lower() not in LEAD_INS
            or (end == start and len(match.group(1)) < 2)
        ):
            break
        end = match.end()
    return text[:start] + " " * (end - start) + text[end:] if end > start else text


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Without a sentence's punctuation at the end and a lone = at the start."""
    end = len(tokens) - 1
    while end > 0 and tokens[end - 1].kind == "op" and tokens[end - 1].text in (".", ",", ";", "?", ":"):
        end -= 1
    start = 0
    while start < end and (
        tokens[start].text in ("=", "row", ",", ":") and tokens[start].kind in ("rel", "op") or _is_lead_in(tokens[start], end - start)
    ):
        start += 1
    return tokens[start:end] + tokens[-1:]


def _is_lead_in(token: Token, left: int) -> bool:
    return token.kind == "text" and left > 1 and all(w in LEAD_INS for w in token.text.lower().replace(",", " ").replace(":", " ").split())
