"""What may follow a value: sums, products, powers, units, relations, sets and residues."""

from __future__ import annotations

from phi4web.verify.latex.ast import (
    Add,
    Call,
    Const,
    Degree,
    Div,
    Func,
    Matrix,
    Neg,
    Node,
    Num,
    Percent,
    PlusMinus,
    Pow,
    Quantity,
    Ratio,
    Rel,
    RelOp,
    SetOp,
    Sym,
    Text,
)  # fmt: skip
from phi4web.verify.latex.atoms import exponent
from phi4web.verify.latex.reader import PRODUCT, RATIO, RELATION, SUM, UNION, Reader, product
from phi4web.verify.latex.tokens import Token
from phi4web.verify.latex.words import NOT_THINGS, UNITS


def read_sum(r: Reader, token: Token, left: Node) -> Node:
    terms = [left]
    while r.is_at("+", "-", "±", "∓") and r.differential is None and r.following()[1]:
        sign = r.next().text
        term = r.expr(SUM)
        terms.append(Neg(term) if sign == "-" else term if sign == "+" else PlusMinus(term, sign == "∓"))
    return Add(tuple(terms))


def read_product(r: Reader, token: Token, left: Node) -> Node:
    """A run of factors and divisions, read from the left; side by side binds as an explicit sign does."""
    factors = [left]
    while r.differential is None:
        if r.is_at("*", "×"):
            sign = r.next().text
            factors.append(r.expr(PRODUCT))
            if all(_is_vector(f) for f in factors[-2:]):
                factors[-2:] = [Func("cross" if sign == "×" else "dot", (factors[-2], factors[-1]))]
        elif r.is_at("/", "÷"):
            factors = _divided(r, factors)
        elif r.is_at("mod"):
            r.next()
            factors = [Func("mod", (product(factors), r.expr(PRODUCT)))]
        elif r.starts_value() and r.following()[1]:
            factors.append(_beside(r, factors))
        else:
            break
    return product([f for f in factors if f is not None])


def _is_vector(node: Node) -> bool:
    if isinstance(node, Matrix):
        return len(node.rows[0]) == 1 and len(node.rows) > 1
    return isinstance(node, Sym) and node.name.startswith("vec:")


def _divided(r: Reader, factors: list[Node]) -> list[Node]:
    """At a sign of division. Beside it numbers with a slash are fractions: 1/3 ÷ 1/6, 2/3 / 4/5, and 1/2% is half a percent."""
    before, sign, after = r.tokens[r.at - 1], r.next(), r.token
    numbers = before.text.isdigit() and after.text.isdigit() and before.kind == after.kind == "num"
    if sign.text == "/" and numbers and r.peek().text in ("%", "°") and not sign.spaced and not after.spaced:
        r.next()
        rule = r.infixes[f"op {r.token.text}"][1]
        return [*factors[:-1], rule(r, r.token, Div(factors[-1], Num(int(after.text))))]
    below = _denominator(r)
    if sign.text == "÷" and after.text.isdigit() and r.token.kind == "num" and r.token.spaced and _slashed(r):
        parts = [below]
        below = _beside(r, parts)
    if r.is_at("/") and _is_fraction(r, sign, factors):
        r.next()
        below = Div(below, _denominator(r))
    return [Div(product(factors), below)]


def _is_fraction(r: Reader, sign: Token, factors: list[Node]) -> bool:
    """At the slash behind a divisor: whether both are one fraction. White space tells; without it there are two readings."""
    tight = not r.token.spaced and not r.peek().spaced
    if sign.text == "/":
        return tight and sign.spaced
    if not tight:
        return r.choose("fraction_after_division")
    return sign.spaced or (len(factors) == 1 and isinstance(factors[0], Div)) or not r.choose("from_left_to_right")


def _denominator(r: Reader) -> Node:
    """After a slash: one factor; in a second reading of 1/2x all that follow side by side."""
    parts = [r.expr(PRODUCT)]
    while r.differential is None and r.starts_value() and r.token.kind != "num" and not r.token.spaced:
        if not r.choose("product_after_slash"):
            break
        parts.append(r.expr(PRODUCT))
    return product(parts)


def _beside(r: Reader, factors: list[Node]) -> Node:
    before = r.tokens[r.at - 1]
    last = factors[-1]
    whole = before.kind == "num" and before.text.isdigit() and last == Num(int(before.text or "0"))
    if r.token.kind in ("num", "nums", "repeat") and before.kind in ("num", "nums", "repeat"):
        if whole and r.token.spaced and _slashed(r):
            top, bottom = Num(int(r.next().text)), Num(int(r.peek().text))
            r.at += 2
            return _mixed(r, factors, Div(top, bottom))
        raise r.fail("two numbers stand side by side")
    is_fraction = r.token.kind == "cmd" and r.token.text == "frac"
    value = r.expr(PRODUCT)
    if whole and is_fraction and isinstance(value, Div) and _proper(value):
        return _mixed(r, factors, value)
    return value


def _slashed(r: Reader) -> bool:
    """At the 1 of 1/2, as in 2 1/2."""
    top, slash, bottom = r.token, r.peek(), r.peek(2)
    numbers = top.text.isdigit() and bottom.kind == "num" and bottom.text.isdigit()
    return slash.text == "/" and numbers and 0 < int(top.text) < int(bottom.text)


def _proper(value: Div) -> bool:
    top, bottom = value.num, value.den
    return isinstance(top, Num) and isinstance(bottom, Num) and top.den == bottom.den == 1 and 0 < top.num < bottom.num


def _mixed(r: Reader, factors: list[Node], fraction: Div) -> Node:
    """2\\frac12: the number before and the fraction are one value."""
    r.note("mixed_number")
    return Add((factors.pop(), fraction))


def read_power(r: Reader, token: Token, left: Node) -> Node:
    if isinstance(left, Matrix) and r.peek().text in ("T", "{") and (r.peek().text == "T" or r.peek(2).text == "T"):
        r.at += 2 if r.peek().text == "T" else 4
        return Func("transpose", (left,))
    start = r.at
    power = exponent(r)
    return Pow(left, product([power, *_after_bare_number(r, left, start)]))


def _after_bare_number(r: Reader, base: Node, start: int) -> list[Node]:
    """In a second reading of plain e^2x and 2^3x the letters after the 2 or 3, which many mean; x^2y is always x^2 times y."""
    signs = 1 + (r.tokens[start + 1].text in "+-")
    lone = r.at == start + signs + 1 and r.tokens[r.at - 1].kind == "num"
    parts: list[Node] = []
    while r.plain and lone and _is_e_or_number(base) and r.differential is None and _is_letter_beside(r):
        if not r.choose("letters_after_exponent"):
            break
        parts.append(r.expr(PRODUCT))
    return parts


def _is_e_or_number(base: Node) -> bool:
    return base == Const("e") or isinstance(base, Num)


def _is_letter_beside(r: Reader) -> bool:
    return r.starts_value() and r.token.kind in ("id", "special") and r.token.text != "e" and not r.token.spaced


def read_factorial(r: Reader, token: Token, left: Node) -> Node:
    r.next()
    double = r.is_at("!") and not r.token.spaced
    if double:
        r.next()
    return Func("factorial2" if double else "factorial", (left,))


def read_prime(r: Reader, token: Token, left: Node) -> Node:
    if not isinstance(left, Sym | Call):
        raise r.fail("a prime stands after something that is not a function")
    r.next()
    primes = 1
    while r.take("'"):
        primes += 1
    return Call(left.name, (), primes) if isinstance(left, Sym) else Call(left.name, left.args, left.primes + primes, left.inverse)


def read_percent(r: Reader, token: Token, left: Node) -> Node:
    r.next()
    return Percent(left)


def read_degree(r: Reader, token: Token, left: Node) -> Node:
    r.next()
    if r.token.text in ("C", "F") and r.token.kind in ("id", "text") and r.peek().kind in ("end", "close"):
        return Quantity(left, f"°{r.next().text}")
    return Degree(left)


def read_unit(r: Reader, token: Token, left: Node) -> Node:
    """A unit, or a thing counted, with its power."""
    r.next()
    unit = token.text if token.kind == "unit" else _thing(r, token)
    while (
        (r.token.kind in ("unit", "text") and r.token.text not in "$€£¥")
        or (r.is_at("^") and r.peek().text in ("2", "3", "{"))
        or (r.is_at("/") and r.peek().kind in ("unit", "text"))
    ):
        unit += _more_unit(r, unit)
    power, _, base = unit.partition(" ")
    if power in POWERS and base in UNITS:
        unit = UNITS[base] + POWERS[power]
    if unit in ("percent", "%"):
        return Percent(left)
    if unit == "deg":
        return Degree(left)
    return Quantity(left, unit)


POWERS = {"square": "^2", "sq": "^2", "cubic": "^3", "cu": "^3"}


def _more_unit(r: Reader, unit: str) -> str:
    if r.take("/"):
        return "/" + r.next().text
    if r.is_at("^"):
        braced = r.peek().text == "{"
        digit = r.peek(2 if braced else 1)
        if digit.text not in ("2", "3") or (braced and r.peek(3).kind != "close"):
            raise r.unexpected()
        r.at += 4 if braced else 2
        return f"^{digit.text}"
    return " " + (r.next().text if r.token.kind == "unit" else _thing(r, r.next()))


def _thing(r: Reader, token: Token) -> str:
    """The words after a number as the name of what is counted; words that change the number can't be."""
    text = token.text
    lower = text.lower().strip(" .")
    if lower in UNITS:
        return UNITS[lower]
    for power, mark in (("square ", "^2"), ("cubic ", "^3"), ("sq ", "^2"), ("cu ", "^3"), ("sq. ", "^2")):
        if lower.startswith(power) and lower.removeprefix(power).strip() in UNITS:
            return UNITS[lower.removeprefix(power).strip()] + mark
    parts = [p.strip() for p in lower.replace(" per ", "/").split("/")]
    if len(parts) == 2 and all(p in UNITS for p in parts):
        return "/".join(UNITS[p] for p in parts)
    words = lower.split()
    if not 1 <= len(words) <= 3 or any(word in NOT_THINGS or not word.replace("-", "").isalpha() for word in words):
        raise r.unexpected(token)
    return text.strip(" .")


def read_relation(r: Reader, token: Token, left: Node) -> Node:
    ops: list[RelOp] = []
    args = [left]
    while r.token.kind == "rel":
        op = r.next().text
        if not op:
            raise r.fail("an implication is not a formula")
        ops.append(op)  # type: ignore[arg-type]
        outer, r.intervals = r.intervals, r.intervals or op in ("in", "notin")
        args.append(r.expr(RELATION))
        r.intervals = outer
    return Rel(tuple(ops), tuple(args))


def read_ratio(r: Reader, token: Token, left: Node) -> Node:
    if isinstance(left, Text) and left.text.lower().split()[-1:] not in (["x"],):
        raise r.unexpected(token)
    if clock := _clock(r, left):
        return clock
    items = [left]
    while r.take(":"):
        items.append(r.expr(RATIO))
    return Ratio(tuple(items))


def _clock(r: Reader, left: Node) -> Node | None:
    """12:00 and 7:05 are times of day."""
    minutes = r.peek()
    if isinstance(left, Num) and minutes.kind == "num" and len(minutes.text) == 2 and minutes.text < "10":
        r.at += 2
        return Text(f"{left.num}:{minutes.text}")
    return None


def read_set_operation(r: Reader, token: Token, left: Node) -> Node:
    names = {"∪": "union", "∩": "intersection", "∖": "minus"}
    args = [_as_interval(left)]
    outer, r.intervals = r.intervals, True
    while r.take(token.text):
        args.append(r.expr(UNION))
    r.intervals = outer
    return SetOp(names[token.text], tuple(args))  # type: ignore[arg-type]


def _as_interval(node: Node) -> Node:
    from phi4web.verify.latex.groups import as_interval

    return as_interval(node)


def read_residue(r: Reader, token: Token, left: Node) -> Node:
    """a \\pmod m."""
    bracket = r.next().text == "("
    if bracket:
        r.next()
    modulus = r.argument() if r.token.kind == "open" else r.expr(PRODUCT)
    if bracket:
        r.expect("(", "close", "a bracket is not closed")
    return Func("pmod", (left, modulus))


def read_over(r: Reader, token: Token, left: Node) -> Node:
    """{a \\over b}."""
    r.next()
    return Div(left, r.expr(RELATION))


def read_choose(r: Reader, token: Token, left: Node) -> Node:
    r.next()
    return Func("binom", (left, r.expr(RELATION)))
