"""What a value can start with: numbers, names, functions, roots and fractions. Each rule gets the reader, the token and the outer power."""

from __future__ import annotations

import re
from math import gcd

from phi4web.verify.latex.ast import (
    FUNCTIONS,
    Add,
    BaseNum,
    Call,
    Const,
    Div,
    Dots,
    Func,
    Mul,
    NamedSet,
    Neg,
    Node,
    Num,
    PlusMinus,
    Pow,
    Quantity,
    Set_,
    Special,
    Sym,
    Text,
    children,
)  # fmt: skip
from phi4web.verify.latex.reader import POWER, PRODUCT, TERM, UNARY, Reader, product
from phi4web.verify.latex.tokens import Token
from phi4web.verify.latex.words import TRIG

# Letters that are functions when an argument in brackets follows: always, or when the argument is one number or letter.
ALWAYS_CALLED = frozenset("fgh")
OFTEN_CALLED = frozenset("FGHPQpquyvTSNsrVA")


def number(text: str) -> Num:
    """An exact number from plain digits."""
    whole, _, part = text.partition(".")
    top, bottom = int((whole + part) or "0"), 10 ** len(part)
    shared = gcd(top, bottom)
    return Num(top // shared, bottom // shared, len(part) if part else None)


def read_number(r: Reader, token: Token, power: int) -> Node:
    r.next()
    if token.text == ".":
        raise r.unexpected(token)
    if r.is_at("_") and token.text.isdigit() and (base := _base(r)):
        r.at += base[1]
        if all(int(d) < base[0] for d in token.text):
            return BaseNum(token.text, base[0])
        raise r.fail(f"{token.text[:30]} is not written in base {base[0]}", token)
    return number(token.text)


def read_signed(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return Neg(number(token.text.lstrip("-")))


def read_based(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return BaseNum(token.text, 16)


def _base(r: Reader) -> tuple[int, int] | None:
    """The base that stands after the _ here, and how many tokens it takes."""
    inner, taken = (r.peek(2), 4) if r.peek().kind == "open" else (r.peek(1), 2)
    if inner.kind != "num" or not inner.text.isdigit() or len(inner.text) > 2 or not 2 <= int(inner.text) <= 36:
        return None
    return (int(inner.text), taken) if taken == 2 or r.peek(3).kind == "close" else None


def read_numbers(r: Reader, token: Token, power: int) -> Node:
    """1,234: one number by itself, a list inside brackets; the other way as a second reading. 3,5 is 3.5 only where asked for."""
    r.next()
    parts = token.text.split(",")
    grouped = len(parts[0]) <= 3 and all(len(p) == 3 for p in parts[1:]) and parts[0] != "0"
    if grouped and r.choose("thousands") == (r.brackets > 0):
        return number("".join(parts))
    if len(parts) == 2 and r.context.decimal_comma and r.brackets == 0 and r.choose("decimal_comma"):
        return number(".".join(parts))
    commas = [token._replace(kind="op", text=",")] * (len(parts) - 1)
    spread = [token._replace(kind="num", text=p) for p in parts]
    r.tokens[r.at : r.at] = [t for pair in zip(commas, spread[1:], strict=True) for t in pair]
    grown = 2 * len(commas)
    r.pairs = {k + grown * (k >= r.at): v + grown * (v >= r.at) for k, v in r.pairs.items()}
    return number(parts[0])


def read_repeating(r: Reader, token: Token, power: int) -> Node:
    """0.1(6) is 1/6."""
    r.next()
    match = re.fullmatch(r"(\d+)\.(\d*)\((\d+)\)", token.text)
    if match is None:
        raise r.unexpected(token)
    whole, lead, block = match.groups()
    top = int(whole + lead + block) - int(whole + lead)
    bottom = (10 ** len(block) - 1) * 10 ** len(lead)
    shared = gcd(top, bottom)
    return Num(top // shared, bottom // shared)


# -- names -------------------------------------------------------------------------------------------------------------------


def read_name(r: Reader, token: Token, power: int) -> Node:
    from phi4web.verify.latex import calculus

    if token.text == "d" and (derivative := calculus.plain_derivative(r)):
        return derivative
    if r.integrals and calculus.at_differential(r):
        return calculus.read_differential(r)
    r.next()
    name = token.text
    if constant := _constant(r, name):
        return constant
    if r.is_at("_") and not name.startswith(("angle:", "triangle:")):
        name = f"{name}_{subscript(r)}"
    return _called(r, name, token)


def _constant(r: Reader, name: str) -> Node | None:
    if name in r.bound or name in r.context.variables or r.is_at("_"):
        return None
    if name in ("pi", "inf", "e"):
        return Const("inf" if name == "inf" else "pi" if name == "pi" else "e")
    if name == "i" and r.context.imaginary is not False:
        return Const("i")
    if name == "j" and (r.context.imaginary or (r.context.imaginary is None and r.choose("engineers_j"))):
        return Const("i")
    return None


def subscript(r: Reader) -> str:
    """The letters and digits of an index, as part of a name."""
    r.next()
    if r.token.kind != "open":
        token = r.next()
        if token.kind not in ("num", "id", "text", "unit"):
            raise r.unexpected(token)
        return token.text.replace(" ", "")
    close = r.pairs.get(r.at)
    if close is None:
        raise r.fail("a bracket is not closed")
    inside = r.tokens[r.at + 1 : close]
    if any(t.kind in ("env", "cmd", "envend") for t in inside) or not 0 < len(inside) <= 12:
        raise r.fail("this index can't be read")
    r.at = close + 1
    return "".join(t.text for t in inside).replace(" ", "")


def _called(r: Reader, name: str, token: Token) -> Node:
    """The name alone, or with primes, or as a function of what follows in brackets."""
    primes = 0
    while r.take("'"):
        primes += 1
    inverse = _inverse_call(r, name)
    if inverse:
        r.at += inverse
    at_bracket = r.is_at("(", kind="open")
    if at_bracket and (primes or inverse or _is_call(r, name)):
        known = {"Gamma": "gamma", "zeta": "zeta"}.get(name)
        args = arguments(r)
        return Func(known, args) if known and len(args) == 1 else Call(name, args, primes, bool(inverse))
    return Call(name, (), primes) if primes else Sym(name)


def _inverse_call(r: Reader, name: str) -> int:
    """How many tokens ^{-1} takes in f^{-1}(x); 0 if this is not the inverse of a function."""
    if not (r.is_at("^") and (name in ALWAYS_CALLED or name in r.context.functions)):
        return 0
    texts = [r.peek(k).text for k in range(1, 6)]
    if texts[:4] == ["{", "-", "1", "{"] and texts[4] == "(":
        return 5
    return 3 if texts[:3] == ["-", "1", "("] else 0


def _is_call(r: Reader, name: str) -> bool:
    base = name.partition("_")[0]
    if name in r.context.functions or base in ("Gamma", "zeta") or base in r.context.functions:
        return True
    if name in r.context.variables:
        return False
    single = r.peek().kind in ("num", "id") and r.peek(2).text == "(" and r.peek(2).kind == "close"
    if base in ALWAYS_CALLED:
        return True
    return base in OFTEN_CALLED and single and not r.token.spaced and not r.choose("product_not_call")


def arguments(r: Reader) -> tuple[Node, ...]:
    """The values in the brackets that start here."""
    opening = r.next()
    closing = {"(": "(", "{": "{", "\\{": "\\{", "[": "["}[opening.text]
    args: list[Node] = []
    with r.fresh():
        while True:
            args.append(r.expr())
            if not (r.take(",") or r.take(";")):
                break
    r.expect(closing, "close", "a bracket is not closed")
    return tuple(args)


# -- functions ---------------------------------------------------------------------------------------------------------------


def read_function(r: Reader, token: Token, power: int) -> Node:
    r.next()
    name = token.text
    raised: Node | None = None
    base: Node | None = None
    while True:
        if name == "log" and base is None and r.take("_"):
            base = r.argument()
        elif raised is None and r.is_at("^"):
            raised = exponent(r)
        else:
            break
    if raised == Neg(Num(1)) and name in TRIG:
        r.note("inverse_function")
        name, raised = f"arc{name}", None
        if name in ("arccoth", "arcsech", "arccsch"):
            raise r.fail(f"{name} is not a function that can be checked", token)
    args = _function_arguments(r, name)
    if base is not None:
        args = (*args, base)
    low, high = FUNCTIONS[name]
    if not low <= len(args) <= high:
        raise r.fail(f"{name} with {len(args)} arguments", token)
    if name in ("max", "min") and len(args) == 1 and isinstance(args[0], Num | Sym | Pow | Mul | Add | Neg | Div):
        raise r.fail(f"{name} of one value", token)
    value: Node = Func(name, args)
    return value if raised is None else Pow(value, raised)


def _function_arguments(r: Reader, name: str) -> tuple[Node, ...]:
    if r.token.kind == "open" and r.token.text == "(":
        args = arguments(r)
        if r.is_at("^") and len(args) == 1 and r.one_sided() is None and r.choose("power_inside_function"):
            return (Pow(args[0], exponent(r)),)
        return args
    if r.token.kind == "open" and r.token.text in ("\\{", "[") and FUNCTIONS[name][1] > 1:
        return arguments(r)
    if r.token.kind == "open" and r.token.text == "{":
        return arguments(r)
    return (_open_argument(r),)


def _open_argument(r: Reader) -> Node:
    """The argument of \\sin without brackets: the letters, numbers, roots and fractions that follow, up to the next function."""
    with r.deeper():
        if r.take("-"):
            return Neg(_open_argument(r))
        factors = [r.expr(PRODUCT)]
        while r.differential is None and _continues_argument(r, factors[-1]):
            factors.append(r.expr(PRODUCT))
        value = product(factors)
        if _times_follows(r, value) and r.choose("product_after_function"):
            r.next()
            value = Mul((value, r.prefix(POWER)))
        if r.is_at("/") and r.peek().kind == "num" and _has_no_name(value) != r.choose("slash_after_function"):
            r.next()
            value = Div(value, r.prefix(POWER))
        return value


def _times_follows(r: Reader, value: Node) -> bool:
    """sin 2 * pi: the product may be the argument."""
    following = r.peek()
    return r.is_at("*", "×") and isinstance(value, Num) and (following.kind == "num" or following.text == "pi")


def _continues_argument(r: Reader, before: Node) -> bool:
    from phi4web.verify.latex import calculus

    token = r.token
    if r.integrals and calculus.at_differential(r):
        return False
    if token.kind == "cmd":
        return token.text in ("frac", "sqrt", "cbrt", "binom")
    return token.kind in ("num", "id") and not (token.kind == "num" and isinstance(before, Num))


def _has_no_name(value: Node) -> bool:
    return not isinstance(value, Sym | Call) and all(_has_no_name(child) for child in children(value))


def exponent(r: Reader) -> Node:
    """What stands after the ^ here; a sign binds to it and a further ^ belongs to it."""
    r.next()
    with r.deeper():
        if r.take("-"):
            return Neg(_exponent_value(r))
        r.take("+")
        return _exponent_value(r)


def _exponent_value(r: Reader) -> Node:
    if r.is_at("-") or r.is_at("+"):
        r.at -= 1  # a second sign: let `exponent` see it as after a ^
        return exponent(r)
    value = r.argument()
    return Pow(value, exponent(r)) if r.is_at("^") and r.one_sided() is None else value


# -- signs, roots, fractions --------------------------------------------------------------------------------------------------


def read_minus(r: Reader, token: Token, power: int) -> Node:
    r.next()
    start = r.at
    value = r.expr(UNARY if power >= PRODUCT else TERM)
    if isinstance(value, Func) and value.name == "mod" and r.pairs.get(start) != r.at - 1:
        return Func("mod", (Neg(value.args[0]), value.args[1]))  # -3 mod 5 is the remainder of -3
    return Neg(value)


def read_plus(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return r.expr(UNARY if power >= PRODUCT else TERM)


def read_plus_minus(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return PlusMinus(r.expr(UNARY if power >= PRODUCT else TERM), token.text == "∓")


def read_fraction(r: Reader, token: Token, power: int) -> Node:
    from phi4web.verify.latex import calculus

    if derivative := calculus.fraction_derivative(r):
        return derivative
    r.next()
    top = r.argument(digit=True)
    outer, r.differential = r.differential, None
    bottom = r.argument(digit=True)
    r.differential = r.differential or outer
    return Div(top, bottom)


def read_root(r: Reader, token: Token, power: int) -> Node:
    r.next()
    if token.text == "cbrt":
        return Func("root", (r.argument(), Num(3)))
    index: Node | None = None
    if r.is_at("[", kind="open"):
        index = _bracketed(r)
    value = r.argument()
    return Func("sqrt", (value,)) if index is None or index == Num(2) else Func("root", (value, index))


def _bracketed(r: Reader) -> Node:
    r.next()
    with r.fresh():
        value = r.expr()
    r.expect("[", "close", "a bracket is not closed")
    return value


def read_binomial(r: Reader, token: Token, power: int) -> Node:
    r.next()
    if r.is_at("(", kind="open"):
        args = arguments(r)
        if len(args) != 2:
            raise r.fail("a binomial takes two numbers", token)
        return Func("binom", args)
    return Func("binom", (r.argument(digit=True), r.argument(digit=True)))


def read_dots(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return Dots()


def read_set_name(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return Set_(()) if token.text == "∅" else NamedSet(token.text)  # type: ignore[arg-type]


def read_currency(r: Reader, token: Token, power: int) -> Node:
    """$5: the unit stands first."""
    if token.text not in ("$", "€", "£", "¥"):
        r.next()
        return Text(token.text)
    r.next()
    value = r.expr(UNARY if power >= PRODUCT else TERM)
    return Quantity(value, token.text)


def read_special(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return Special(token.text)  # type: ignore[arg-type]


def read_text(r: Reader, token: Token, power: int) -> Node:
    r.next()
    return Text(token.text)
