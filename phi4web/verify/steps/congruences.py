"""a ≡ b (mod m), in numbers and in letters."""

from __future__ import annotations

import re
from fractions import Fraction

from phi4web.verify.checks.exact import exact_value
from phi4web.verify.steps import claims
from phi4web.verify.steps.chains import Chain
from phi4web.verify.steps.claims import Finding
from phi4web.verify.steps.reading import Reader, without_residue

_MODULUS = re.compile(r"(?:\\pmod|\\bmod|\\mod|\\pod|mod)\s*\}?\s*~?\s*\{?\s*(\d{1,9})\b")


def is_residue(text: str, op: str) -> bool:
    return op == "==" or bool(re.search(r"\\[bp]?mod(?![a-z])|\bmod\b", text))


def check(left: str, right: str, chain: Chain, reader: Reader) -> Finding:
    """Unknown without words: nothing is claimed."""
    whole = " ".join(m.text for m in chain.members)
    modulus = _MODULUS.search(whole) or _MODULUS.search(chain.row.text)
    sides = [reader.read(without_residue(text)) for text in (left, right)]
    if not all(sides):
        return Finding("unknown", words="could not read this line")
    first, second = sides[0][0], sides[1][0]
    values = exact_value(first), exact_value(second)
    if modulus and values[0] is not None and values[1] is not None:
        return _residues(values[0], values[1], int(modulus.group(1)))
    same = claims.functions(first, second) if None in values else claims.numbers(first, second)
    if same.answer == "true":
        return Finding("true", words="both sides are equal")
    return Finding("unknown", words="" if left is chain.members[0].text else "a congruence in letters")


def _residues(x: Fraction, y: Fraction, modulus: int) -> Finding:
    try:
        first, second = (v.numerator * pow(v.denominator, -1, modulus) % modulus for v in (x, y))
    except ValueError:
        return Finding("unknown", words="a division without a residue")
    if first == second:
        return Finding("true", words=f"the same remainder on division by {modulus}")
    return Finding("false", f"the remainders on division by {modulus} are {first} and {second}")
