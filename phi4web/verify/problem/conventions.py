"""Formulas that people read in more than one way: 7%3, sin 30, 50 + 10%, 2 + 3 mod 2. Further readings, or a refusal."""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.latex.ast import Add, Const, Degree, Div, Func, Mul, Neg, Node, Num, Parse, Percent, Pow, children, rebuild, walk
from phi4web.verify.problem.statement import NotUnderstood

TRIG = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
LIKELY_DEGREES = 5  # whole numbers from here on are often meant as degrees
PERCENT_BETWEEN = re.compile(r"%\s*[0-9A-Za-z(]")
DOTTED = r"\d\.\d+\s?(?:\.\.\.|…|\\l?dots|\\cdots)"
DOTTED_DECIMAL = re.compile(DOTTED)
UNFINISHED = re.compile(DOTTED + r"|[^\s,+−.-]\s*(?:\.\.\.|…)\s*$")  # not the dots of a list or a sum
LOST_POWER = re.compile(r"(?<![A-Za-z\\])(?:[a-df-zA-DF-Z]|(?<!\d)[eE])\d")
TIMES_BEFORE_BRACKET = re.compile(r"\d\s+[xX]\s+\(|\)\s+[xX]\s+[\d(]")
TIMES_BEFORE_SIGN = re.compile(r"\d\s+[xX]\s+[-−+]\d")
MOD = re.compile(r"\\b?mod(?![a-z])|(?<![a-z\\])mod(?![a-z])")
SIGN_INSIDE = re.compile(r"[^\s(\[{^*/=<>,+-]\s*[+-]")


def with_conventions(text: str, readings: tuple[Parse, ...]) -> tuple[Parse, ...]:
    """The readings and those of other conventions. Raises NotUnderstood where two meanings are equally likely."""
    if PERCENT_BETWEEN.search(text):
        raise NotUnderstood("not_understood", f"{text[:60]}: % may be a percentage or a remainder")
    if found_power := LOST_POWER.search(text):
        raise NotUnderstood("not_understood", f"{text[:60]}: {found_power.group()} may be a power, an index or a product")
    signed = TIMES_BEFORE_SIGN.search(text) and not re.search("[=<>≤≥≠]", text)
    if (signed or TIMES_BEFORE_BRACKET.search(text)) and len(re.findall("[xX]", text)) == 1:
        raise NotUnderstood("not_understood", f"{text[:60]}: the x may be a letter or a times sign")
    for parsed in readings:
        _check_residues(text, parsed.node)
    found = dict.fromkeys(readings)
    for parsed in readings:
        for change, note in ((_in_degrees, "degrees"), (_with_shares, "percent_of_what_stands_before")):
            other = change(parsed.node)
            if other != parsed.node:
                found.setdefault(replace(parsed, node=other, notes=(*parsed.notes, note)))
    return tuple(found)


def is_unfinished(text: str) -> bool:
    """0.999... and 3.14…: a decimal that repeats, or that was cut off."""
    return UNFINISHED.search(text) is not None


def has_dotted_decimal(text: str) -> bool:
    """3.14...: more digits follow, which a reading without a bar has dropped."""
    return DOTTED_DECIMAL.search(text) is not None


def _in_degrees(node: Node) -> Node:
    """sin 30 as sin 30°."""

    def change(n: Node) -> Node:
        match n:
            case Func(name, (Num(num, 1) as angle,)) | Func(name, (Neg(Num(num, 1)) as angle,)) if name in TRIG and num >= LIKELY_DEGREES:
                return Func(name, (Degree(angle),))
        return n

    return rebuild(node, change)


def _with_shares(node: Node) -> Node:
    """50 + 10% as 50 and a tenth of it."""

    def change(n: Node) -> Node:
        if not isinstance(n, Add) or _is_share(n.args[0]) or not any(_is_share(term) for term in n.args[1:]):
            return n
        total = n.args[0]
        for term in n.args[1:]:
            total = Mul((total, Add((Num(1), term)))) if _is_share(term) else Add((total, term))
        return total

    return rebuild(node, change)


def _is_share(term: Node) -> bool:
    return isinstance(term.arg if isinstance(term, Neg) else term, Percent)


def _check_residues(text: str, node: Node) -> None:
    """A remainder of whole numbers only, and no sign whose reach is in doubt."""
    residues = [n for n in walk(node) if isinstance(n, Func) and n.name == "mod"]
    if not residues:
        return
    whole = all(_is_whole(part) for n in residues for part in n.args)
    positive = all(not isinstance(n.args[1], Neg) for n in residues)
    if not (whole and positive):
        raise NotUnderstood("not_understood", f"{text[:60]}: a remainder of numbers that are not whole, or an inverse modulo a number")
    flat = without_brackets(text)
    if MOD.search(flat) and (len(residues) > 1 or _reach_in_doubt(flat)):
        raise NotUnderstood("not_understood", f"{text[:60]}: it is not clear how far mod reaches; write brackets")


def _is_whole(node: Node) -> bool:
    if isinstance(node, Div | Const | Percent) or (isinstance(node, Num) and (node.den != 1 or node.places is not None)):
        return False
    if isinstance(node, Pow) and (isinstance(node.exp, Neg | Div) or not _is_whole(node.exp)):
        return False
    return all(_is_whole(child) for child in children(node))


def _reach_in_doubt(flat: str) -> bool:
    """Whether + - * / on the left, or anything but one number on the right, could be inside or outside of the remainder."""
    left, right = MOD.split(flat, maxsplit=1)
    return SIGN_INSIDE.search(left) is not None or re.search(r"[-+*/×·^!]|\\(?:times|cdot|div)", right.strip().lstrip("-")) is not None


def without_brackets(text: str) -> str:
    """The text with every bracketed part replaced by a 0."""
    while (shorter := re.sub(r"\\?[({\[][^(){}\[\]]*\\?[)}\]]", "0", text)) != text:
        text = shorter
    return text
