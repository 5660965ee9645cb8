"""Rows to chains: members with the relations between them, split at =, arrows and commas outside all brackets. Text in, text out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from phi4web.verify.steps.row import Row

MOST_MEMBERS = 60

_TENDS = r"(?:→|⟶|-{1,2}>|\\(?:to|(?:long)?rightarrow)(?![A-Za-z]))"
_ILL = r"\s{0,9}[A-Za-z]\s{0,9}(?:=>?|⇒|⟹|\\(?:implies|rightarrow)(?![A-Za-z]))"  # lim x = 2, lim x ⇒ 2
_LIM = r"(?:\\(?:text|mathrm|operatorname)\s{0,9}\{\s{0,9}lim(?:it)?[^{}]{0,30}\}|\\?(?<![A-Za-z])lim)"
_HEAD = (
    rf"(?:{_LIM}[^=<>≤≥≈≡≠→⟶⇒⇔(){{}}\[\]\n]{{0,60}}?{_TENDS}|{_LIM}{_ILL}|(?<![A-Za-z])as\s{{1,9}}[A-Za-z]\s{{0,9}}{_TENDS})"  # of a limit
)
_TOKEN = re.compile(
    rf"(?P<head>(?i:{_HEAD}))|"
    r"(?P<arrow>\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|Longleftrightarrow|impliedby|Leftarrow)(?![A-Za-z])|⇒|⇔|⟹|⟺|<=>|=>)"
    r"|(?P<rel>\\(?:approx|thickapprox|simeq|equiv|neq?|leq?(?:slant|q)?|geq?(?:slant|q)?|lt|gt|to|rightarrow|in|mid|sim|cong)(?![A-Za-z])"
    r"|:=|==|<=|>=|-{1,2}>|(?<![\d)\]}a-z])!=|≈|≡|≠|≤|≥|→|⟶|∈|=|<|>)"
    r"|(?P<open>\\left\s*(?:\\?.)|\\begin\{[a-z]+\*?\}|\\\{|\\l(?:angle|floor|ceil|brace)(?![A-Za-z])|[({\[])"
    r"|(?P<close>\\right\s*(?:\\?.)|\\end\{[a-z]+\*?\}|\\\}|\\r(?:angle|floor|ceil|brace)(?![A-Za-z])|[)}\]])"
    r"|(?P<comma>[,;](?!\\!|\d{3})|\\q?quad(?![a-z])|\\text\s*\{\s*(?:and|so|thus|then|while|where|hence|therefore|, so)\s*\}|\n)"
    r"|\\[A-Za-z]+|\\.",
    re.S,
)
_NAMES = {
    "\\approx": "~", "\\thickapprox": "~", "\\simeq": "~", "≈": "~", "\\equiv": "==", "≡": "==", "==": "=", ":=": ":=",
    "≠": "!=", "!=": "!=",
    "≤": "<=", "<=": "<=", "≥": ">=", ">=": ">=", "=": "=", "<": "<", ">": ">", "\\lt": "<", "\\gt": ">", "\\ne": "!=", "\\neq": "!=",
}  # fmt: skip
_ARROWS = {"iff": "⇔", "Leftrightarrow": "⇔", "Longleftrightarrow": "⇔", "⇔": "⇔", "⟺": "⇔", "<=>": "⇔", "impliedby": "⇐", "Leftarrow": "⇐"}


@dataclass(frozen=True, slots=True)
class Member:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """members[0] ops[0] members[1] ...; one member and no ops: an expression. Relations that no check knows have the op "?".

    `arrow`: the arrow that leads here from the chain before, else empty. `text`: the whole, to be read as one.
    `rewriting`: it goes over several rows that start with =.
    """

    members: tuple[Member, ...]
    ops: tuple[str, ...]
    row: Row
    arrow: str = ""
    text: str = ""
    rewriting: bool = False

    @property
    def start(self) -> int:
        return self.members[0].start


def chains_of(rows: tuple[Row, ...]) -> list[Chain]:
    """All chains in reading order; a row that starts with a relation goes on with the chain above it."""
    found: list[Chain] = []
    for row in rows:
        for members, ops, arrow, text in _in_row(row):
            chain = Chain(tuple(members), tuple(ops), row, arrow, text)
            before = found[-1] if found else None
            near = before is not None and (_under(before.row, row) or before.row.block == row.block or not row.gap.strip())
            joined = _joined(before, chain) if before is not None and near else None
            integral = _integral_above(found) if row.own and near and not chain.members[0].text.strip() else None
            if integral is not None:
                found.append(Chain((found[integral].members[-1], *chain.members[1:]), chain.ops, row, "", "", True))
            elif joined is not None:
                found[-1] = joined
            elif not chain.members[0].text.strip() and chain.ops:
                if len(chain.ops) > 1:
                    found.append(Chain(chain.members[1:], chain.ops[1:], row, arrow, text))
            else:
                found.append(chain)
    return [c for c in found if len(c.members) <= MOST_MEMBERS and any(m.text.strip() for m in c.members)]


def _under(above: Row, row: Row) -> bool:
    return above.own and row.own and row.tie != "no"


def _integral_above(found: list[Chain]) -> int | None:
    """The integral over lines such as u = ln x, dv = x dx that only name its parts."""
    at = len(found) - 1
    names = [found[k].members[0].text.strip() for k in range(at, -1, -1)]
    parts = 0
    while parts <= at and found[at - parts].ops and re.fullmatch(r"d?[a-z]", names[parts]):
        parts += 1
    above = at - parts
    if above < 0 or not any(name.startswith("d") and len(name) == 2 for name in names[:parts]):
        return None
    return above if re.search(r"\\int|∫|\bint\b", found[above].members[-1].text) else None


def _joined(before: Chain, chain: Chain) -> Chain | None:
    """The two as one chain, when the second goes on where the first stopped."""
    first, last = chain.members[0], before.members[-1]
    starts_bare, ends_bare = not first.text.strip(), not last.text.strip()
    if chain.arrow or len(before.members) > MOST_MEMBERS:
        return None
    if starts_bare and chain.ops and not ends_bare:
        return Chain(before.members + chain.members[1:], before.ops + chain.ops, before.row, before.arrow, "", True)
    if ends_bare and before.ops and not starts_bare and before.row is not chain.row:
        return Chain(before.members[:-1] + chain.members, before.ops + chain.ops, before.row, before.arrow, "")
    carried = re.match(r"\s*(?:\+|\\times|\\cdot|\*)", first.text) or (chain.row.goes_on and not chain.ops)
    if not chain.row.own and before.row is not chain.row and (carried or re.search(r"(?:[+\-*]|\\times|\\cdot)\s*$", last.text)):
        whole = Member(last.text + " " + first.text, last.start, first.end)
        return Chain(before.members[:-1] + (whole,) + chain.members[1:], before.ops + chain.ops, before.row, before.arrow, "")
    return None


Piece = tuple[list[Member], list[str], str, str]


def _in_row(row: Row) -> Iterator[Piece]:
    """The chains of one row, split at arrows always, and at commas when there is a relation on both sides."""
    pieces = [_piece(row, *edges) for edges in _edges(row.text)]
    merged: list[tuple[Piece, int, int]] = []
    for piece, edges in zip(pieces, _edges(row.text), strict=True):
        separate = not merged or piece[2] or (piece[1] and merged[-1][0][1] and not _same_name(merged[-1][0], piece))
        if separate:
            merged.append((piece, edges[0], edges[1]))
        else:
            low = merged[-1][1]
            whole = _piece(row, low, edges[1], merged[-1][0][2])
            merged[-1] = (whole, low, edges[1])
    for piece, _, _ in merged:
        yield piece


def _same_name(one: Piece, two: Piece) -> bool:
    """x = 2, x = 3: a list of values, to be read as one."""
    names = [p[0][0].text.strip() for p in (one, two)]
    return names[0] == names[1] and bool(re.fullmatch(r"[A-Za-z](?:_\{?\w\}?)?", names[0])) and len(one[1]) == len(two[1]) == 1


def _edges(text: str) -> list[tuple[int, int, str]]:
    """Where the pieces start and end, and the arrow before each."""
    found: list[tuple[int, int, str]] = []
    depth, low, arrow = 0, 0, ""
    for token in _TOKEN.finditer(text):
        depth = _deeper(depth, token)
        if depth or not (token.group("arrow") or token.group("comma")):
            continue
        if text[low : token.start()].strip() or arrow:
            found.append((low, token.start(), arrow))
            arrow = ""
        low = token.end()
        if token.group("arrow"):
            arrow = _ARROWS.get(token.group("arrow").lstrip("\\"), "⇒")
    if text[low:].strip() or not found:
        found.append((low, len(text), arrow))
    return found


def _deeper(depth: int, token: re.Match[str]) -> int:
    return depth + 1 if token.group("open") else max(0, depth - 1) if token.group("close") else depth


def _piece(row: Row, low: int, high: int, arrow: str) -> Piece:
    members: list[Member] = []
    ops: list[str] = []
    depth, at = 0, low
    for token in _TOKEN.finditer(row.text, low, high):
        depth = _deeper(depth, token)
        if depth or not token.group("rel"):
            continue
        members.append(_member(row, at, token.start()))
        ops.append(_op(token.group("rel")))
        at = token.end()
    members.append(_member(row, at, high))
    return members, ops, arrow, row.text[low:high]


def _op(written: str) -> str:
    if written in _NAMES:
        return _NAMES[written]
    if written.startswith("\\le"):
        return "<="
    return ">=" if written.startswith("\\ge") else "?"


def _member(row: Row, low: int, high: int) -> Member:
    return Member(row.text[low:high], row.start + low, row.start + high)
