"""Derivatives, integrals, limits, sums and products."""

from __future__ import annotations

from phi4web.verify.latex.ast import Deriv, Integral, Limit, Mul, Neg, Node, Num, Prod, Sum, Sym, walk
from phi4web.verify.latex.reader import RELATION, SUM, TERM, Reader
from phi4web.verify.latex.tokens import Token

_D = ("d", "partial", "bold:d")


def _is_d(token: Token) -> bool:
    return token.kind in ("id", "cmd") and token.text in _D


# -- derivatives --------------------------------------------------------------------------------------------------------------


def fraction_derivative(r: Reader) -> Node | None:
    """\\frac{d}{dx}, \\frac{d^2 y}{dx^2}, \\frac{\\partial^2 f}{\\partial x \\partial y} at the \\frac here, or None."""
    top = r.at + 1
    if not (r.tokens[top].kind == "open" and _is_d(r.peek(2)) and top in r.pairs):
        return None
    bottom = r.pairs[top] + 1
    close = r.pairs.get(bottom)
    if close is None or r.tokens[bottom].text != "{" or not _is_d(r.tokens[bottom + 1]):
        return None
    by = _variables(r.tokens[bottom + 1 : close])
    head = _order(r.tokens[top + 1 : r.pairs[top]])
    if by is None or head is None or sum(n for _, n in by) != head[0]:
        return None
    partial = r.peek(2).text == "partial"
    if head[1] == r.pairs[top] - top - 1:  # nothing is left above the line: an operator
        r.at = close + 1
        return Deriv(_operand(r), by, partial)
    r.at = top + 1 + head[1]
    with r.fresh():
        function = r.expr()
    if r.at != bottom - 1:
        raise r.unexpected()
    r.at = close + 1
    return Deriv(function, by, partial)


def plain_derivative(r: Reader) -> Node | None:
    """d/dx and dy/dx in plain text at the d here, or None."""
    order, used = _order(r.tokens[r.at : r.at + 5]) or (1, 1)
    name = r.peek(used)
    named = name.kind == "id" and not name.spaced and r.peek(used + 1).text == "/"
    if name.text == "(" and (derivative := _of_bracket(r, used, order)):
        return derivative
    slash = used + (1 if named else 0)
    if r.peek(slash).text != "/" or not _is_d(r.peek(slash + 1)) or r.peek(slash + 2).kind != "id" or r.peek(slash + 2).spaced:
        return None
    end = r.at + slash + 3
    if r.tokens[end].text == "^" and r.tokens[end + 1].kind == "num":
        end += 2
    by = _variables(r.tokens[r.at + slash + 1 : end])
    if by is None or sum(n for _, n in by) != order:
        return None
    r.at = end
    return Deriv(Sym(name.text), by) if named else Deriv(_operand(r), by)


def _of_bracket(r: Reader, used: int, order: int) -> Node | None:
    """d(x^2)/dx in plain text at the d here, or None."""
    slash = r.pairs.get(r.at + used, len(r.tokens)) + 1
    if slash + 2 >= len(r.tokens) or r.tokens[slash].text != "/" or r.tokens[slash + 2].kind != "id" or r.tokens[slash + 2].spaced:
        return None
    end = slash + (5 if r.tokens[slash + 3].text == "^" else 3)
    by = _variables(r.tokens[slash + 1 : end])
    if by is None or sum(n for _, n in by) != order:
        return None
    r.at += used + 1
    with r.fresh():
        function = r.expr()
    if r.at != slash - 1:
        raise r.unexpected()
    r.at = end
    return Deriv(function, by)


def _operand(r: Reader) -> Node:
    """What d/dx goes over: the term that follows; in a second reading a whole sum without brackets, if no other derivative is in it."""
    bracket = r.token.kind == "open"
    first = r.expr(TERM)
    if bracket or r.differential is not None or not r.is_at("+", "-") or not r.choose("scope_of_derivative"):
        return first
    whole = _rest_of_sum(r, first)
    if any(isinstance(n, Deriv) for n in walk(whole)):
        raise r.fail("the sum is no operand of the derivative")
    return whole


def _order(tokens: list[Token]) -> tuple[int, int] | None:
    """The order that d or d^n says, and how many tokens it takes."""
    texts = [t.text for t in tokens[:5]]
    if len(texts) < 2 or texts[1] != "^":
        return 1, 1
    if len(texts) >= 3 and tokens[2].kind == "num":
        digits, used = texts[2], 3
    elif len(texts) == 5 and texts[2] == "{" and tokens[3].kind == "num" and texts[4] == "{":
        digits, used = texts[3], 5
    else:
        return None
    return (int(digits), used) if digits.isdigit() and 1 <= int(digits[:3]) <= 20 else None


def _variables(tokens: list[Token]) -> tuple[tuple[Sym, int], ...] | None:
    """dx, dx^2, or \\partial x \\partial y^2."""
    found: list[tuple[Sym, int]] = []
    at = 0
    while at < len(tokens):
        if not (_is_d(tokens[at]) and at + 1 < len(tokens) and tokens[at + 1].kind == "id"):
            return None
        order = _order(tokens[at + 1 :])
        if order is None:
            return None
        found.append((Sym(tokens[at + 1].text), order[0]))
        at += 1 + order[1]
    return tuple(found) or None


# -- integrals ----------------------------------------------------------------------------------------------------------------


def at_differential(r: Reader) -> bool:
    return r.token.text == "d" and r.token.kind == "id" and r.peek().kind == "id" and not r.peek().text.startswith("bold:")


def read_differential(r: Reader) -> Node:
    """dx: counts as a factor 1, and ends the integrand."""
    r.next()
    r.differential = r.next().text
    return Num(1)


def read_integral(r: Reader, token: Token, power: int) -> Node:
    r.next()
    lo = hi = None
    while r.is_at("_", "^"):
        below = r.next().text == "_"
        bound = _bound_value(r)
        if below:
            lo = bound
        else:
            hi = bound
    if (lo is None) != (hi is None):
        raise r.fail("an integral has one limit only", token)
    r.integrals += 1
    outer, r.differential = r.differential, None
    body = r.expr(SUM - 1)
    if r.differential is None:
        raise r.fail("an integral has no dx", token)
    variable, r.differential = Sym(r.differential), outer
    r.integrals -= 1
    return Integral(_without_one(body), variable, lo, hi)


def _bound_value(r: Reader) -> Node:
    sign = r.take("-")
    value = r.argument()
    return Neg(value) if sign else value


def _without_one(body: Node) -> Node:
    """The integrand without the factor 1 that dx left."""
    if isinstance(body, Mul) and body.args[-1] == Num(1):
        rest = body.args[:-1]
        return rest[0] if len(rest) == 1 else Mul(rest)
    return body


# -- limits, sums, products ---------------------------------------------------------------------------------------------------


def read_limit(r: Reader, token: Token, power: int) -> Node:
    r.next()
    bracket = ""
    r.take("_")  # lim_x→0 is common in plain text
    if r.token.kind == "open":
        bracket = r.next().text
    name = r.next()
    if name.kind != "id" or not r.take("->", "rel"):
        raise r.fail("a limit says what its variable tends to, as in x \\to 0", token)
    variable = Sym(name.text)
    point = r.expr(RELATION) if bracket else _bound_value(r)
    side = _side(r)
    if bracket:
        r.expect(bracket, "close", "a bracket is not closed")
    elif r.take(","):
        pass
    body = _body(r, variable)
    return Limit(body, variable, point, side)  # type: ignore[arg-type]


def _side(r: Reader) -> str:
    if r.is_at("^"):
        sign = r.one_sided() or "+-"
        r.at += 4 if r.peek().kind == "open" else 2
        return sign
    return r.next().text if r.is_at("+", "-") else "+-"


def _body(r: Reader, variable: Sym) -> Node:
    """What a limit or a sum goes over: the term that follows; a whole sum as the second reading."""
    r.bound.append(variable.name)
    body = r.expr(TERM)
    if r.differential is None and r.is_at("+", "-") and r.choose("scope_of_big_operator"):
        body = _rest_of_sum(r, body)
    r.bound.pop()
    return body


def _rest_of_sum(r: Reader, first: Node) -> Node:
    from phi4web.verify.latex.operators import read_sum

    return read_sum(r, r.token, first)


def read_series(r: Reader, token: Token, power: int) -> Node:
    r.next()
    lo = hi = variable = None
    while r.is_at("_", "^"):
        if r.next().text == "_":
            variable, lo = _start(r, token)
        else:
            hi = _bound_value(r)
    if variable is None or lo is None or hi is None:
        raise r.fail("a sum or product needs both limits, as in \\sum_{k=1}^{n}", token)
    body = _body(r, variable)
    return Sum(body, variable, lo, hi) if token.text == "sum" else Prod(body, variable, lo, hi)


def _start(r: Reader, token: Token) -> tuple[Sym, Node]:
    opening = r.next()
    name = r.next()
    if opening.kind != "open" or name.kind != "id" or not r.take("=", "rel"):
        raise r.fail("a sum or product starts as in k=1", token)
    lo = r.expr()
    r.expect(opening.text, "close", "a bracket is not closed")
    return Sym(name.text), lo
