"""School problems with short worked thoughts, made at random. The same seed gives the same problems.

A thought first says the problem again in one plain form, then takes one small step a line: a digit with its carry, a term,
a pair of factors. One problem in twenty, chosen by a hash of what is asked and not of how, is kept for the exam.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt
from random import Random

# Kept for the exam beside those that the hash takes: the examples of the README.
EXAMPLES = ("add 17 25", "linear 2x + 3 = 7", "quadratic x^2 - 5x + 6", "derivative x^2")
_EXAM_SHARE = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` is the same for every wording of one problem. `answer` is what stands in the box."""

    kind: str
    key: str
    question: str
    thought: str
    answer: str

    @property
    def for_exam(self) -> bool:
        return self.key in EXAMPLES or hashlib.sha256(self.key.encode()).digest()[0] % _EXAM_SHARE == 0


def problems(seed: int, exam: bool = False, kinds: Sequence[str] | None = None) -> Iterator[Problem]:
    """Problems without end: only those of the exam, or only the others. `kinds` None: all, the harder ones more often."""
    random = Random(f"{seed} {'exam' if exam else 'training'}")
    names = tuple(kinds or MAKERS)
    weights = [MAKERS[name][1] for name in names]
    while True:
        made = MAKERS[random.choices(names, weights)[0]][0](random)
        if made.for_exam == exam:
            yield made


# arithmetic, digit by digit


def _number(random: Random, digits: tuple[int, ...] = (1, 2, 2, 2, 3, 3, 3)) -> int:
    length = random.choice(digits)
    return random.randint(2 if length == 1 else 10 ** (length - 1), 10**length - 1)


def _add_lines(a: int, b: int) -> list[str]:
    lines, carry = [], 0
    width = max(len(str(a)), len(str(b)))
    for p, q in zip(reversed(str(a).zfill(width)), reversed(str(b).zfill(width)), strict=True):
        total = int(p) + int(q) + carry
        lines.append(f"{p} + {q}{' + 1' if carry else ''} = {total}")
        carry = total // 10
    return [*lines, str(a + b)]


def _subtract_lines(a: int, b: int) -> list[str]:
    lines, borrow = [], 0
    for p, q in zip(reversed(str(a)), reversed(str(b).zfill(len(str(a)))), strict=True):
        top = int(p) + (10 if int(p) - int(q) - borrow < 0 else 0)
        lines.append(f"{top} - {q}{' - 1' if borrow else ''} = {top - int(q) - borrow}")
        borrow = int(top >= 10)
    return [*lines, str(a - b)]


def _by_digit(a: int, digit: int, zeros: str = "") -> list[str]:
    lines, carry = [], 0
    for p in reversed(str(a)):
        total = int(p) * digit + carry
        lines.append(f"{p} * {digit}{f' + {carry}' if carry else ''} = {total}")
        carry = total // 10
    return [*lines, f"{a * digit}{zeros}"]


def _multiply_lines(a: int, b: int) -> list[str]:
    """`b` has one digit or two."""
    tens, units = divmod(b, 10)
    if tens == 0:
        return _by_digit(a, b)
    high = _by_digit(a, tens, "0")
    if units == 0:
        return high
    low = _by_digit(a, units)
    return [f"{a} * {units}", *low, f"{a} * {tens}0", *high, f"{low[-1]} + {high[-1]}", *_add_lines(a * units, a * tens * 10)]


def _divide_lines(a: int, b: int) -> list[str]:
    lines, rest = [], 0
    for p in str(a):
        now = rest * 10 + int(p)
        rest = now % b
        lines.append(f"{now} = {b} * {now // b} + {rest}")
    return [*lines, str(a // b)]


def _sum_wording(random: Random, forms: Sequence[str], a: int, b: int) -> str:
    """What a person types for an operation on two numbers. `forms` hold {a} and {b}."""
    asked = random.choice(forms).format(a=a, b=b)
    sentences = ("What is {}?", "What is {}?", "{}", "Calculate {}.", "Compute {}.", "Work out {}.", "Evaluate {}.", "How much is {}?",
                 "What's {}?", "Find {}.")  # fmt: skip
    if any(word in asked for word in ("plus", "minus", "times", "by", "of")):
        return _ask(random, asked, sentences)
    return _ask(random, asked, (*sentences, "{}", "{} = ?", "{} =", "What is ${}$?", "Compute ${}$.", "${}$"))


def _ask(random: Random, asked: str, forms: Sequence[str]) -> str:
    """In one of the forms, now and then as hasty people type."""
    return _hasty(random, random.choice(forms).format(asked))


def _add(random: Random) -> Problem:
    a, b = _number(random), _number(random)
    forms = ("{a} + {b}",) * 5 + ("{a}+{b}",) * 2 + ("{a} plus {b}", "the sum of {a} and {b}")
    question = _sum_wording(random, forms, a, b)
    return Problem("add", f"add {min(a, b)} {max(a, b)}", question, _lines(f"{a} + {b}", _add_lines(a, b)), str(a + b))


def _subtract(random: Random) -> Problem:
    a, b = _number(random), _number(random)
    if a < b and random.random() < 0.75:
        a, b = b, a
    forms = ("{a} - {b}",) * 6 + ("{a}-{b}",) * 2 + ("{a} minus {b}",)
    question = _sum_wording(random, forms, a, b)
    if a < b:
        lines = [f"-({b} - {a})", *_subtract_lines(b, a)]
        lines[-1] = str(a - b)
    else:
        lines = _subtract_lines(a, b)
    return Problem("subtract", f"subtract {a} {b}", question, _lines(f"{a} - {b}", lines), str(a - b))


def _multiply(random: Random) -> Problem:
    a, b = random.choice(((1, 1), (2, 1), (2, 1), (2, 1), (3, 1), (3, 1), (2, 2), (2, 2), (2, 2), (3, 2)))
    p, q = _number(random, (a,)), _number(random, (b,))
    left, right = (q, p) if random.random() < 0.25 else (p, q)
    forms = ("{a} * {b}", "{a} * {b}", "{a} * {b}", "{a}*{b}", "{a} × {b}", "{a} times {b}", r"{a} \times {b}", r"{a} \cdot {b}",
             "the product of {a} and {b}")  # fmt: skip
    question = _sum_wording(random, forms, left, right)
    return Problem("multiply", f"multiply {min(p, q)} {max(p, q)}", question, _lines(f"{p} * {q}", _multiply_lines(p, q)), str(p * q))


def _divide(random: Random) -> Problem:
    b = random.randint(2, 9) if random.random() < 0.85 else random.randint(10, 15)
    a = b * random.randint(2, 999 // b)
    forms = ("{a} / {b}",) * 4 + ("{a}/{b}", "{a} ÷ {b}", "{a} divided by {b}", r"{a} \div {b}", r"\frac{{{a}}}{{{b}}}")
    question = _sum_wording(random, forms, a, b)
    return Problem("divide", f"divide {a} {b}", question, _lines(f"{a} / {b}", _divide_lines(a, b)), str(a // b))


def _percent(random: Random) -> Problem:
    share = random.choice((5, 10, 10, 15, 20, 20, 25, 30, 40, 50, 50, 60, 70, 75, 80, 90, random.randint(1, 99)))
    whole = _number(random, (2, 3, 3))
    if random.random() < 0.6:
        whole = max(10, whole // 10 * 10)
    forms = ("What is {a}% of {b}?",) * 3 + ("{a}% of {b}", "{a}% of {b}", "Find {a}% of {b}.", "Calculate {a}% of {b}.",
             "How much is {a}% of {b}?", "What is {a} percent of {b}?", "{a} percent of {b}", r"What is {a}\% of {b}?", r"${a}\%$ of ${b}$",
             "Compute {a}% of {b}.", "Work out {a}% of {b}.", "what's {a}% of {b}?")  # fmt: skip
    question = _ask(random, random.choice(forms).format(a=share, b=whole), ("{}",))
    product = share * whole
    whole_part, hundredths = divmod(product, 100)
    answer = f"{whole_part}.{hundredths:02}".rstrip("0").rstrip(".")
    lines = [*_multiply_lines(whole, share), f"{product} / 100 = {answer}"]
    return Problem("percent", f"percent {share} {whole}", question, _lines(f"{whole} * {share} / 100", lines), answer)


# polynomials

_LETTERS = ("x",) * 14 + ("y", "y", "t", "z", "n", "a", "m", "p", "w", "k")


def polynomial(terms: dict[int, int], letter: str = "x") -> str:
    """In falling powers, with blanks around the signs."""
    text = ""
    for power in sorted(terms, reverse=True):
        if terms[power]:
            sign, size = ("-" if terms[power] < 0 else "+"), _term(abs(terms[power]), power, letter)
            text += f" {sign} {size}" if text else ("-" if sign == "-" else "") + size
    return text or "0"


def _term(coefficient: int, power: int, letter: str) -> str:
    if power == 0:
        return str(coefficient)
    size = {1: "", -1: "-"}.get(coefficient, str(coefficient))
    return f"{size}{letter}" if power == 1 else f"{size}{letter}^{power}"


def _typed(random: Random, text: str) -> str:
    """A formula as one or another person types it."""
    way = random.random()
    if way < 0.62:
        return text
    if way < 0.78:
        return text.replace(" ", "")
    if way < 0.92:
        for power in "65432":
            text = text.replace(f"^{power}", f"^{{{power}}}")
        return text
    return "".join(("*" + c) if c.isalpha() and i and text[i - 1].isdigit() else c for i, c in enumerate(text))


def _dollars(random: Random, text: str) -> str:
    return f"${text}$" if random.random() < 0.1 else text


_SOLVE = ("Solve {}",) * 3 + ("Solve {}.", "{}", "{}", "Find x if {}.", "Solve for x: {}", "Solve the equation {}.", "Solve {} for x.",
                              "Find the solution of {}.", "What is x if {}?")  # fmt: skip


def _solve_wording(random: Random, equation: str, letter: str, more: Sequence[str] = ()) -> str:
    form = random.choice((*_SOLVE, *more)).replace(" x", f" {letter}")
    return _ask(random, _dollars(random, _typed(random, equation)), (form,))


def _sign(value: int) -> str:
    """To stand after something."""
    return f" + {value}" if value >= 0 else f" - {-value}"


def _quotient(top: int, bottom: int) -> str:
    """`= top/bottom` in lowest terms, after an equals sign. `bottom` is positive."""
    value = Fraction(top, bottom)
    plain = str(value)
    return plain if bottom == 1 or plain == f"{top}/{bottom}" else f"{top}/{bottom} = {plain}"


def _last_steps(a: int, c: int, letter: str) -> tuple[list[str], str]:
    """From `a*x = c`, that was just written, to the answer."""
    lines = []
    if a < 0:
        a, c = -a, -c
        lines.append(f"{_term(a, 1, letter)} = {c}")
    if a != 1:
        lines.append(f"{letter} = {_quotient(c, a)}")
    return lines, f"{letter} = {Fraction(c, a)}"


def _linear(random: Random) -> Problem:
    return random.choice((_one_side, _one_side, _one_side, _one_side, _both_sides, _both_sides, _bracket, _bracket, _divided))(random)


def _root(random: Random, a: int) -> Fraction:
    return Fraction(random.randint(-10, 10)) if random.random() < 0.85 else Fraction(random.randint(-12, 12), abs(a))


def _small(random: Random, least: int, most: int) -> int:
    """Not zero, positive three times out of four."""
    return random.randint(least, most) * random.choice((1, 1, 1, -1))


def _one_side(random: Random) -> Problem:
    letter, a, b = random.choice(_LETTERS), _small(random, 1, 9), random.choice((0, *(_small(random, 1, 15) for _ in range(9))))
    c = int(a * _root(random, a)) + b
    if a == 1 and b == 0:
        b, c = 5, c + 5
    left = polynomial({1: a, 0: b}, letter)
    shown = f"{b} - {_term(-a, 1, letter)}" if a < 0 < b and random.random() < 0.7 else left
    equation = f"{c} = {shown}" if random.random() < 0.08 else f"{shown} = {c}"
    lines = [f"{_term(a, 1, letter)} = {c}{_sign(-b)} = {c - b}"] if b else []
    more, answer = _last_steps(a, c - b, letter)
    question = _solve_wording(random, equation, letter)
    return Problem("linear", f"linear {polynomial({1: a, 0: b})} = {c}", question, _lines(f"{left} = {c}", lines + more), answer)


def _between(a: int, b: int, c: int, d: int, letter: str) -> tuple[list[str], str]:
    """From `ax + b = cx + d`, that was just written."""
    lines = [] if c == 0 else [f"{_term(a, 1, letter)}{' - ' if c > 0 else ' + '}{_term(abs(c), 1, letter)} = {d}{_sign(-b)}"]
    lines.append(f"{_term(a - c, 1, letter)} = {d - b}" if c else f"{_term(a, 1, letter)} = {d}{_sign(-b)} = {d - b}")
    more, answer = _last_steps(a - c, d - b, letter)
    return lines + more, answer


def _both_sides(random: Random) -> Problem:
    letter, a, c = random.choice(_LETTERS), _small(random, 1, 9), _small(random, 1, 6)
    if a == c:
        a += 1 if a != -1 else -1
    b = _small(random, 1, 12)
    d = int((a - c) * _root(random, a - c)) + b
    left, right = polynomial({1: a, 0: b}, letter), polynomial({1: c, 0: d}, letter)
    lines, answer = _between(a, b, c, d, letter)
    question = _solve_wording(random, f"{left} = {right}", letter)
    key = f"linear {polynomial({1: a, 0: b})} = {polynomial({1: c, 0: d})}"
    return Problem("linear", key, question, _lines(f"{left} = {right}", lines), answer)


def _bracket(random: Random) -> Problem:
    letter, a, b = random.choice(_LETTERS), random.randint(2, 9), _small(random, 1, 9)
    x = random.randint(-9, 9)
    left = f"{a}({letter}{_sign(b)})"
    if random.random() < 0.4:
        c, right = 0, str(a * (x + b))
        d = a * (x + b)
        expanded = right
    else:
        c, e = random.randint(1, 9), _small(random, 1, 9)
        if c == a:
            c = a - 1
        if random.random() < 0.5:
            right, d = f"{c}({letter}{_sign(e)})", c * e
            if c == 1:
                right = polynomial({1: c, 0: d}, letter)
        else:
            d = a * (x + b) - c * x
            right = polynomial({1: c, 0: d}, letter)
        expanded = polynomial({1: c, 0: d}, letter)
    lines, answer = _between(a, a * b, c, d, letter)
    first = f"{polynomial({1: a, 0: a * b}, letter)} = {expanded}"
    question = _solve_wording(random, f"{left} = {right}", letter)
    key = "linear " + f"{left} = {right}".replace(letter, "x")
    return Problem("linear", key, question, _lines(f"{left} = {right}", [first, *lines]), answer)


def _divided(random: Random) -> Problem:
    letter, a, b = random.choice(_LETTERS), random.randint(2, 9), random.choice((0, _small(random, 1, 12), _small(random, 1, 12)))
    c = random.randint(-10, 12) + b
    left = f"{letter}/{a}{_sign(b) if b else ''}"
    lines = [f"{letter}/{a} = {c}{_sign(-b)} = {c - b}"] if b else []
    lines.append(f"{letter} = {c - b} * {a} = {(c - b) * a}")
    typed = left.replace(f"{letter}/{a}", rf"\frac{{{letter}}}{{{a}}}") if random.random() < 0.2 else left
    question = _solve_wording(random, f"{typed} = {c}", letter)
    key = f"linear x/{a}{_sign(b)} = {c}"
    return Problem("linear", key, question, _lines(f"{left} = {c}", lines), f"{letter} = {(c - b) * a}")


def pair_lines(product: int, total: int) -> tuple[list[str], tuple[int, int]]:
    """Tries pairs of factors until their sum fits, and the pair."""
    lines, size = [f"product {product}, sum {total}"], abs(product)
    for d in range(1, isqrt(size) + 1):
        if size % d == 0:
            e = size // d
            found = d + e if product > 0 else e - d
            lines.append(f"{d} + {e} = {found}" if product > 0 else f"{e} - {d} = {found}")
            if found == abs(total):
                break
    else:
        raise ValueError(f"no pair of integers has product {product} and sum {total}")
    sign = 1 if total >= 0 else -1
    pair = (sign * d, sign * e) if product > 0 else (-sign * d, sign * e)
    return [*lines, f"{pair[0]} and {pair[1]}"], pair


def _or(letter: str, roots: Sequence[Fraction]) -> str:
    return " or ".join(f"{letter} = {root}" for root in dict.fromkeys(roots))


def _quadratic(random: Random) -> Problem:
    return random.choice((_factorable,) * 7 + (_pure, _without_constant, _with_factor))(random)


_QUADRATIC_FORMS = ("Solve the quadratic equation {}.", "Find the roots of {}.", "Find all solutions of {}.", "Solve {} by factoring.",
                    "Find all x such that {}.")  # fmt: skip


def _quadratic_problem(random: Random, a: int, b: int, c: int, letter: str, lines: list[str], roots: Sequence[Fraction]) -> Problem:
    standard = f"{polynomial({2: a, 1: b, 0: c}, letter)} = 0"
    equation, way = standard, random.random()
    if c and way < 0.15:
        equation = f"{polynomial({2: a, 1: b}, letter)} = {-c}"
    elif b and way < 0.22:
        equation = f"{polynomial({2: a}, letter)} = {polynomial({1: -b, 0: -c}, letter)}"
    first = [equation, standard] if equation != standard else [standard]
    question = _solve_wording(random, equation, letter, _QUADRATIC_FORMS)
    key = f"quadratic {polynomial({2: a, 1: b, 0: c})}"
    return Problem("quadratic", key, question, _lines(first[0], first[1:] + lines), _or(letter, roots))


def _times(letter: str, p: int, q: int) -> str:
    """(x + p)(x + q), a square if they are the same."""
    return f"({letter}{_sign(p)})^2" if p == q else f"({letter}{_sign(p)})({letter}{_sign(q)})"


def _factorable(random: Random) -> Problem:
    letter, a = random.choice(_LETTERS), random.choice((1, 1, 1, 1, 1, 2, 3))
    r, s = _small_root(random, 9 if a == 1 else 5), _small_root(random, 9 if a == 1 else 5)
    p, q = (-r, -s) if a == 1 else (-r * a, -s)  # a(x - r)(x - s/a)
    b, product = p + q, p * q
    lines, (p, q) = pair_lines(product, b)
    if a == 1:
        roots = [Fraction(-p), Fraction(-q)]
        lines.append(f"{_times(letter, p, q)} = 0")
    else:
        roots = [Fraction(-p, a), Fraction(-q, a)]
        lines += [f"{letter} = {_quotient(-n, a)}" for n in dict.fromkeys((p, q))]
    return _quadratic_problem(random, a, b, product // a, letter, lines, roots)


def _small_root(random: Random, most: int) -> int:
    return random.randint(1, most) * random.choice((1, -1))


def _pure(random: Random) -> Problem:
    letter, r, a = random.choice(_LETTERS), random.randint(1, 12), random.choice((1, 1, 1, 2, 3))
    lines = [f"{_term(a, 2, letter)} = {a * r * r}", *([f"{letter}^2 = {r * r}"] if a > 1 else [])]
    return _quadratic_problem(random, a, 0, -a * r * r, letter, lines, [Fraction(r), Fraction(-r)])


def _without_constant(random: Random) -> Problem:
    letter, a, b = random.choice(_LETTERS), random.choice((1, 1, 1, 2, 3)), _small_root(random, 12)
    inside = polynomial({1: a, 0: b}, letter)
    lines = [f"{letter}({inside}) = 0", f"{_term(a, 1, letter)} = {-b}"]
    more, _ = _last_steps(a, -b, letter)
    return _quadratic_problem(random, a, b, 0, letter, lines + more, [Fraction(0), Fraction(-b, a)])


def _with_factor(random: Random) -> Problem:
    letter, g, r, s = random.choice(_LETTERS), random.randint(2, 4), _small_root(random, 6), _small_root(random, 6)
    if r == -s:
        s += 1 if s != -1 else 2
    b, c = -(r + s), r * s
    lines, (p, q) = pair_lines(c, b)
    first = f"{polynomial({2: 1, 1: b, 0: c}, letter)} = 0"
    return _quadratic_problem(random, g, g * b, g * c, letter, [first, *lines, f"{_times(letter, p, q)} = 0"], [Fraction(-p), Fraction(-q)])


_FACTOR = ("Factor {}.", "Factor {}.", "factor {}", "Factorise {}.", "Factorize {}.", "Factor the polynomial {}.",
           "Factor the expression {}.", "Factor {} completely.")  # fmt: skip


def _factor(random: Random) -> Problem:
    letter, way = random.choice(_LETTERS), random.random()
    if way < 0.6:
        r, s = _small_root(random, 9), _small_root(random, 9)
        terms = {2: 1, 1: r + s, 0: r * s}
        lines, (p, q) = pair_lines(r * s, r + s)
        answer = _times(letter, p, q)
    elif way < 0.72:
        r, a = random.randint(1, 12), random.choice((1, 1, 2, 3, 4, 5))
        r = r if gcd(r, a) == 1 else 1
        ax = _term(a, 1, letter)
        terms, lines, answer = {2: a * a, 0: -r * r}, [f"({ax})^2 - {r}^2"], f"({ax} - {r})({ax} + {r})"
    elif way < 0.86:
        g, r, s = random.randint(2, 4), _small_root(random, 6), _small_root(random, 6)
        terms = {2: g, 1: g * (r + s), 0: g * r * s}
        lines, (p, q) = pair_lines(r * s, r + s)
        lines, answer = [f"{g}({polynomial({2: 1, 1: r + s, 0: r * s}, letter)})", *lines], f"{g}{_times(letter, p, q)}"
    else:
        g, a, b, power = random.randint(1, 9), random.choice((1, 1, 1, 2, 3)), _small_root(random, 9), random.choice((1, 1, 2))
        b = b if gcd(a, b) == 1 else 1
        terms = {power + 1: g * a, power: g * b}
        lines = []
        answer = f"{_term(g, power, letter)}({polynomial({1: a, 0: b}, letter)})"
    text = polynomial(terms, letter)
    question = _ask(random, _dollars(random, _typed(random, text)), _FACTOR)
    return Problem("factor", f"factor {polynomial(terms)}", question, _lines(text, lines), answer)


def _terms(random: Random, powers: int, coefficients: int) -> dict[int, int]:
    chosen = random.sample(range(powers + 1), random.choice((1, 2, 2, 3, 3, 4)))
    if chosen == [0]:
        chosen = [2]
    return {p: random.choice((1, *(_small(random, 1, coefficients) for _ in range(4)))) for p in chosen}


_DERIVE = ("Find the derivative of {}.", "What is the derivative of {}?", "derivative of {}", "Differentiate {}.",
           "Find the derivative of f(x) = {}.", "Compute the derivative of {}.", "Calculate the derivative of {}.", "d/dx ({})",
           r"\frac{d}{dx}({})", "Find f'(x) if f(x) = {}.", "Differentiate {} with respect to x.", "Find dy/dx if y = {}.")  # fmt: skip


def _derivative(random: Random) -> Problem:
    letter, terms = random.choice(_LETTERS), _terms(random, 5, 9)
    text = polynomial(terms, letter)
    lines = []
    for p in sorted(terms, reverse=True):
        before, after = _term(terms[p], p, letter), _term(terms[p] * p, p - 1, letter) if p else "0"
        work = f"{terms[p]} * {p} = {terms[p] * p}, " if p > 1 and abs(terms[p]) > 1 else ""
        lines.append(f"{before} -> {work}{after}")
    form = random.choice(_DERIVE)
    if "y = " in form and letter == "y":
        form = "Find the derivative of {}."
    letter_form = form.replace("dx", f"d{letter}").replace("(x)", f"({letter})").replace("to x", f"to {letter}")
    question = letter_form.replace("{}", _typed(random, text))
    if "frac" not in form:
        question = _hasty(random, question)
    answer = polynomial({p - 1: c * p for p, c in terms.items() if p}, letter)
    return Problem("derivative", f"derivative {polynomial(terms)}", question, _lines(text, lines), answer)


def _hasty(random: Random, text: str) -> str:
    """Without the stop now and then, or without the capital."""
    if random.random() < 0.3:
        text = text.removesuffix(".").removesuffix("?").rstrip()
    if random.random() < 0.25:
        text = text[:1].lower() + text[1:]
    return text


_INTEGRATE = ("Find the integral of {}.", "What is the integral of {}?", "Integrate {}.", "Integrate {}.", "integral of {}",
              "Find the antiderivative of {}.", "Find the indefinite integral of {}.", r"\int ({}) dx", r"\int {} \, dx",
              r"Find \int ({}) dx.", r"Compute $\int ({}) \, dx$.", "Integrate {} with respect to x.", "∫ ({}) dx")  # fmt: skip


def _integral(random: Random) -> Problem:
    letter, terms = random.choice(_LETTERS), _terms(random, 4, 9)
    if random.random() < 0.7:  # mostly such that whole numbers come out
        whole = {p: c if c % (p + 1) == 0 else (p + 1) * random.choice((1, 1, 2, 3, -1, -2)) for p, c in terms.items()}
        terms = {p: c if random.random() < 0.3 else whole[p] for p, c in terms.items()}
    text = polynomial(terms, letter)
    lines, answer = [], ""
    for p in sorted(terms, reverse=True):
        c, n = terms[p], p + 1
        value = Fraction(c, n)
        size = _term(abs(value.numerator), n, letter) + (f"/{value.denominator}" if value.denominator > 1 else "")
        work = f"{c}/{n} = {value}, " if n > 1 and abs(c) > 1 and gcd(c, n) > 1 else ""
        lines.append(f"{_term(c, p, letter)} -> {work}{'-' if c < 0 else ''}{size}")
        answer += (" - " if c < 0 else " + ") + size if answer else ("-" if c < 0 else "") + size
    form = random.choice(_INTEGRATE)
    if r"\int {}" in form and len(terms) > 1:
        form = r"\int ({}) \, dx"
    question = _hasty(random, form.replace("dx", f"d{letter}").replace("to x", f"to {letter}").replace("{}", _typed(random, text)))
    return Problem("integral", f"integral {polynomial(terms)}", question, _lines(text, lines), f"{answer} + C")


def _lines(first: str, others: Sequence[str]) -> str:
    return "\n".join((first, *others))


Maker = Callable[[Random], Problem]
# How to make each kind, and how often it is wanted.
MAKERS: dict[str, tuple[Maker, int]] = {
    "add": (_add, 3),
    "subtract": (_subtract, 13),
    "multiply": (_multiply, 12),
    "divide": (_divide, 11),
    "percent": (_percent, 6),
    "linear": (_linear, 24),
    "quadratic": (_quadratic, 15),
    "factor": (_factor, 14),
    "derivative": (_derivative, 6),
    "integral": (_integral, 10),
}
