"""The sides of a formula in running text: the values that it gives to letters, and what stands left of a value. Text in, text out."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"(?<!\\);|(?<![\d\\]),|(?<!\\),(?!\d)|\\q?quad\b|\\\\|\\text\s*\{\s*and\s*\}|\\land\b")
_ASSIGNED = re.compile(r"(?:\s|\\[ ,;:!])*[A-Za-z](?:_\{?\w{1,3}\}?)?\s*&?\s*(?:=|≈|\\approx)[^=]+")
IMPLIED = re.compile(r"\\implies|\\(?:Long|long)?[Rr]ightarrow|⇒|→|\\to\b")


def assignments(content: str) -> str | None:
    """The values at the end of x - 2 = 0, x = 2, x = 3 or of x = 2, y = 1; None where fewer than two letters get a value."""
    parts = [IMPLIED.split(part)[-1] for part in _split(content) if part.strip(" .\\")]
    run: list[str] = []
    for part in reversed(parts):
        if not _ASSIGNED.fullmatch(part):
            break
        run.insert(0, re.sub(r"^(?:\s|\\[ ,;:!])+|&", "", part).strip(" ."))
    return ", ".join(run) if len(run) > 1 else None


def _split(content: str) -> list[str]:
    """The parts between commas, and between what else separates formulas, outside of all brackets."""
    depth, last, parts = 0, 0, []
    for mark in re.finditer(rf"\\?[({{\[]|\\?[)}}\]]|{_BETWEEN.pattern}", content):
        token = mark.group()
        if token[-1] in "({[" and token != "\\[":
            depth += 1
        elif token[-1] in ")}]" and not token.startswith("\\text"):
            depth = max(0, depth - 1)
        elif depth == 0:
            parts.append(content[last : mark.start()])
            last = mark.end()
    return [*parts, content[last:]]


def claim_of(chain: str, right: str) -> str:
    """What a chain with letters on its left says at last: f(3) = 10 of f(3) = 9 + 1 = 10, or |x| = 3. Empty for numbers only."""
    left = re.sub(r"\\begin\s*\{\w+\*?\}|&", "", chain[: chain.find("=")]).strip()
    letters = re.sub(r"\\(?:text|mathrm|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+", " ", left)
    return f"{left} = {right}" if re.search(r"[A-Za-z]", letters) and chain.find("=") > 0 else ""


def left_of(text: str) -> str:
    """What stands left of the = at the end, without the words before it: f(2) of "So f(2) ="."""
    tokens = text.rstrip().removesuffix("=").split()[-20:]
    words = [k for k, t in enumerate(tokens) if re.fullmatch(r"[A-Za-z]{2,}[,:;]?|.*[,:;]", t)]
    return " ".join(tokens[words[-1] + 1 :] if words else tokens)
