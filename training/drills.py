"""Single steps out of the thoughts, many to a row: training meets each fact far more often this way than in whole problems."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from training.problems import pair_lines

Step = tuple[str, str]  # what is given, what is to be written


def drill(random: Random, steps: int = 12) -> list[Step]:
    kind = random.choice(_KINDS)
    return [kind(random) for _ in range(steps)]


def _mental(random: Random) -> Step:
    a, b = random.randint(-70, 90), random.choice((1, -1)) * random.randint(1, 20)
    return f"{a}{' + ' if b > 0 else ' - '}{abs(b)} = ", str(a + b)


def _mental_table(random: Random) -> Step:
    """As `mx + b` has it: what is left is a multiple."""
    a, x, b = random.randint(2, 9), random.randint(-10, 10), random.choice((1, -1)) * random.randint(1, 20)
    return f"{a * x + b}{' - ' if b > 0 else ' + '}{abs(b)} = ", str(a * x)


def _add(random: Random) -> Step:
    p, q, carry = random.randint(0, 9), random.randint(0, 9), random.randint(0, 1)
    return f"{p} + {q}{' + 1' * carry} = ", str(p + q + carry)


def _subtract(random: Random) -> Step:
    q, borrow, left = random.randint(0, 9), random.randint(0, 1), random.randint(0, 9)
    top = q + borrow + left
    return f"{top} - {q}{' - 1' * borrow} = ", str(left)


def _multiply(random: Random) -> Step:
    p, q, carry = random.randint(0, 9), random.randint(1, 9), random.choice((0, random.randint(0, 8)))
    return f"{p} * {q}{f' + {carry}' if carry else ''} = ", str(p * q + carry)


def _product(random: Random) -> Step:
    p, q = random.randint(-10, 10), random.randint(2, 9)
    return f"{p} * {q} = ", str(p * q)


def _divide(random: Random) -> Step:
    b = random.randint(2, 9) if random.random() < 0.8 else random.randint(10, 15)
    now = random.randint(0, 10 * b - 1)
    return f"{now} = {b} * ", f"{now // b} + {now % b}"


def _quotient(random: Random) -> Step:
    b = random.randint(2, 9)
    a = b * random.randint(-12, 12) if random.random() < 0.7 else random.randint(-20, 20)
    value = str(Fraction(a, b))
    return f"{a}/{b}", "" if value == f"{a}/{b}" else f" = {value}"


def _pairs(random: Random) -> Step:
    r, s = (random.randint(1, 9) * random.choice((1, -1)) for _ in range(2))
    lines, _ = pair_lines(r * s, r + s)
    return lines[0] + "\n", "\n".join(lines[1:])


def _bracket(random: Random) -> Step:
    a, b = random.randint(2, 9), random.randint(1, 9) * random.choice((1, -1))
    sign, word = ("+" if b > 0 else "-"), "x"
    return f"{a}({word} {sign} {abs(b)})\n", f"{a}{word} {sign} {a * abs(b)}"


_KINDS: tuple[Callable[[Random], Step], ...] = (
    _mental, _mental, _mental_table, _mental_table, _add, _subtract, _subtract, _multiply, _multiply, _product, _divide, _divide, _quotient,
    _pairs, _pairs, _bracket,
)  # fmt: skip
