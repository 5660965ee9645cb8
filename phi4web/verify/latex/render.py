"""AST to LaTeX that `parse` reads back, and to one line of plain text. All of it is made by us: safe to show with escaping."""

from __future__ import annotations

from collections.abc import Sequence

from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.latex.words import GREEK, SYMBOLS, TRIG

# How tightly the outermost sign of a rendered node binds; what binds looser than its place is put in brackets.
LIST, LOGIC, RELATION, RATIO, RESIDUE, UNION, SUM = 1, 5, 20, 22, 25, 30, 40
UNIT, BIG, PRODUCT, POWER, FRACTION, ATOM = 44, 45, 50, 70, 80, 100

RELATIONS = {
    "=": "=", "!=": r"\ne", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "~": r"\approx", "==": r"\equiv", "in": r"\in",
    "notin": r"\notin", "subset": r"\subseteq", "->": r"\to",
}  # fmt: skip
SPECIALS = {
    "no_solution": "no solution", "all_reals": "all real numbers", "dne": "does not exist", "undefined": "undefined",
    "yes": "yes", "no": "no", "true": "true", "false": "false", "infinitely_many": "infinitely many solutions",
}  # fmt: skip
_STYLES = {
    "bold": r"\mathbf", "vec": r"\vec", "hat": r"\hat", "bar": r"\overline", "tilde": r"\tilde", "cal": r"\mathcal", "frak": r"\mathfrak",
    "bb": r"\mathbb", "dot": r"\dot", "ddot": r"\ddot",
}  # fmt: skip
_COMMANDS = TRIG | {"arcsin", "arccos", "arctan", "exp", "ln", "log", "gcd", "min", "max", "det", "arg"}
_BRACKETED = {"abs": ("|", "|"), "norm": (r"\|", r"\|"), "floor": (r"\lfloor ", r"\rfloor "), "ceil": (r"\lceil ", r"\rceil ")}


def to_latex(node: Node) -> str:
    """LaTeX that `parse` reads back as the same node, as its first reading but for open intervals in round brackets."""
    return _tex(node)[0]


def _wrapped(node: Node, least: int) -> str:
    text, power = _tex(node)
    return text if power >= least else rf"\left({text}\right)"


def _tex(node: Node) -> tuple[str, int]:
    return _RULES[type(node)](node)  # type: ignore[operator, no-any-return]


def _comma(items: Sequence[Node]) -> str:
    return ", ".join(_wrapped(item, RELATION) for item in items)


def decimal(node: a.Num) -> str:
    """The number as written: with its decimal places, or as a fraction."""
    if node.places is None:
        return str(node.num) if node.den == 1 else f"{node.num}/{node.den}"
    digits = str(node.num * 10**node.places // node.den).rjust(node.places + 1, "0")
    return f"{digits[: -node.places]}.{digits[-node.places :]}" if node.places else digits


def repeating(node: a.Num, longest: int = 60) -> tuple[str, str] | None:
    """1/6 -> ("0.1", "6"); None when the period or the lead is longer than that."""
    whole, rest = divmod(node.num, node.den)
    seen: dict[int, int] = {}
    digits = ""
    while rest and rest not in seen and len(digits) < longest:
        seen[rest] = len(digits)
        digit, rest = divmod(rest * 10, node.den)
        digits += str(digit)
    if not rest or rest not in seen:
        return None
    return f"{whole}.{digits[: seen[rest]]}", digits[seen[rest] :]


def _num(node: a.Num) -> tuple[str, int]:
    if node.places is not None or node.den == 1:
        return decimal(node), ATOM
    if parts := repeating(node):
        return rf"{parts[0]}\overline{{{parts[1]}}}", ATOM
    return rf"\frac{{{node.num}}}{{{node.den}}}", FRACTION


def symbol(name: str) -> str:
    style, _, rest = name.rpartition(":")
    base, _, index = rest.partition("_")
    letter = f"\\{base}" if base in SYMBOLS or base in GREEK else base
    if style in ("angle", "triangle"):
        return f"\\{style} {letter}"
    text = f"{_STYLES[style]}{{{letter}}}" if style in _STYLES else letter
    return f"{text}_{{{index}}}" if index else text


def _const(node: a.Const) -> tuple[str, int]:
    return {"pi": r"\pi", "e": "e", "i": "i", "inf": r"\infty"}[node.name], ATOM


def _add(node: a.Add) -> tuple[str, int]:
    parts = [_term(node.args[0], last=False)]
    for i, term in enumerate(node.args[1:], 2):
        last = i == len(node.args)
        if isinstance(term, a.Neg):
            parts.append(f" - {_after_sign(term.arg, last)}")
        elif isinstance(term, a.PlusMinus):
            parts.append(rf" {_pm(term)} {_after_sign(term.arg, last)}")
        else:
            parts.append(f" + {_after_sign(term, last)}")
    return "".join(parts), SUM


def _term(node: Node, last: bool) -> str:
    """A first term: a sign may stand before it."""
    if isinstance(node, a.Neg | a.PlusMinus):
        return _tex(node)[0]
    return _after_sign(node, last)


def _after_sign(node: Node, last: bool) -> str:
    return _wrapped(node, SUM + 1 if last else BIG + 1)


def _pm(node: a.PlusMinus) -> str:
    return r"\mp" if node.flipped else r"\pm"


def _mul(node: a.Mul) -> tuple[str, int]:
    text = _wrapped(node.args[0], PRODUCT + 1)
    for before, factor in zip(node.args, node.args[1:], strict=False):
        piece = _wrapped(factor, PRODUCT + 1)
        text += (r" \cdot " if _needs_sign(before, piece) else " ") + piece
    return text, PRODUCT


def _needs_sign(before: Node, piece: str) -> bool:
    if piece[0].isdigit() or piece.startswith("."):
        return True
    if isinstance(before, a.Num | a.BaseNum) and piece.startswith(r"\frac"):
        return True
    name = before.name if isinstance(before, a.Sym | a.Call) else ""
    return name == "d" or bool(name and piece.startswith((r"\left(", "'")))


def _neg(node: a.Neg) -> tuple[str, int]:
    return f"-{_wrapped(node.arg, BIG + 1)}", SUM


def _plus_minus(node: a.PlusMinus) -> tuple[str, int]:
    return f"{_pm(node)} {_wrapped(node.arg, BIG + 1)}", SUM


def _div(node: a.Div) -> tuple[str, int]:
    return rf"\frac{{{_tex(node.num)[0]}}}{{{_tex(node.den)[0]}}}", FRACTION


def _pow(node: a.Pow) -> tuple[str, int]:
    base, exp = node.base, _tex(node.exp)[0]
    if isinstance(base, a.Func) and base.name in TRIG | {"ln"} and isinstance(node.exp, a.Num):
        return rf"\{base.name}^{{{exp}}}\left({_tex(base.args[0])[0]}\right)", FRACTION
    return f"{_wrapped(base, ATOM)}^{{{exp}}}", POWER


def _func(node: a.Func) -> tuple[str, int]:
    name, args = node.name, node.args
    if name == "sqrt":
        return rf"\sqrt{{{_tex(args[0])[0]}}}", ATOM
    if name == "root":
        return rf"\sqrt[{_tex(args[1])[0]}]{{{_tex(args[0])[0]}}}", ATOM
    if name in _BRACKETED:
        opens, closes = _BRACKETED[name]
        return rf"\left{opens}{_tex(args[0])[0]}\right{closes}".strip(), ATOM
    if name in ("factorial", "factorial2"):
        return _wrapped(args[0], ATOM) + ("!" if name == "factorial" else "!!"), POWER
    if name == "binom":
        return rf"\binom{{{_tex(args[0])[0]}}}{{{_tex(args[1])[0]}}}", ATOM
    if name in ("dot", "cross"):
        sign = r"\cdot" if name == "dot" else r"\times"
        return f"{_wrapped(args[0], PRODUCT + 1)} {sign} {_wrapped(args[1], PRODUCT + 1)}", PRODUCT
    if name == "mod":
        return rf"{_wrapped(args[0], PRODUCT + 1)} \bmod {_wrapped(args[1], PRODUCT + 1)}", SUM  # in brackets beside any sign
    if name == "pmod":
        return rf"{_wrapped(args[0], RESIDUE + 1)} \pmod{{{_tex(args[1])[0]}}}", RESIDUE
    return _named(name, args), FRACTION


def _named(name: str, args: tuple[Node, ...]) -> str:
    if name == "log" and len(args) == 2:
        return rf"\log_{{{_tex(args[1])[0]}}}\left({_tex(args[0])[0]}\right)"
    shown = {"gamma": r"\Gamma", "zeta": r"\zeta"}.get(name) or (f"\\{name}" if name in _COMMANDS else rf"\operatorname{{{name}}}")
    return rf"{shown}\left({_comma(args)}\right)"


def _call(node: a.Call) -> tuple[str, int]:
    head = symbol(node.name) + ("^{-1}" if node.inverse else "") + "'" * node.primes
    return (rf"{head}\left({_comma(node.args)}\right)", FRACTION) if node.args else (head, FRACTION)


def _quantity(node: a.Quantity) -> tuple[str, int]:
    if node.unit in ("$", "€", "£", "¥"):
        sign = r"\$" if node.unit == "$" else node.unit
        return f"{sign}{_wrapped(node.value, PRODUCT + 1)}", UNIT
    simple = isinstance(node.value, a.Num | a.Sym | a.Const | a.Div)
    value = _tex(node.value)[0] if simple else rf"\left({_tex(node.value)[0]}\right)"
    unit, _, power = node.unit.partition("^") if node.unit not in ("m/s^2",) else (node.unit, "", "")
    return rf"{value} \text{{ {unit}}}" + (f"^{power}" if power else ""), UNIT


def _rel(node: a.Rel) -> tuple[str, int]:
    text = _wrapped(node.args[0], RELATION + 1)
    for op, arg in zip(node.ops, node.args[1:], strict=True):
        text += f" {RELATIONS[op]} {_wrapped(arg, RELATION + 1)}"
    return text, RELATION


def _logic(node: a.And | a.Or) -> tuple[str, int]:
    word = r" \text{ and } " if isinstance(node, a.And) else r" \text{ or } "
    return word.join(_wrapped(arg, RELATION) for arg in node.args), LOGIC


def _interval(node: a.Interval) -> tuple[str, int]:
    left, right = "[" if node.lo_closed else "(", "]" if node.hi_closed else ")"
    return rf"\left{left}{_wrapped(node.lo, RELATION)}, {_wrapped(node.hi, RELATION)}\right{right}", ATOM


def _set_op(node: a.SetOp) -> tuple[str, int]:
    sign = {"union": r" \cup ", "intersection": r" \cap ", "minus": r" \setminus "}[node.op]
    return sign.join(_wrapped(arg, UNION + 1) for arg in node.args), UNION


def _builder(node: a.SetBuilder) -> tuple[str, int]:
    condition = _tex(node.condition)[0]
    return rf"\left\{{{_wrapped(node.element, RELATION)} \mid {condition}\right\}}", ATOM


def _matrix(node: a.Matrix) -> tuple[str, int]:
    rows = r" \\ ".join(" & ".join(_wrapped(x, RELATION) for x in row) for row in node.rows)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}", ATOM


def _piecewise(node: a.Piecewise) -> tuple[str, int]:
    rows = [rf"{_wrapped(value, RELATION)} & {_case(when)}" for value, when in node.pieces]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM


def _case(condition: Node | None) -> str:
    return r"\text{otherwise}" if condition is None else _tex(condition)[0]


def _deriv(node: a.Deriv) -> tuple[str, int]:
    d = r"\partial" if node.partial else "d"
    order = sum(n for _, n in node.by)
    above = d + (f"^{{{order}}}" if order > 1 else "")
    below = " ".join(f"{d} {symbol(v.name)}" + (f"^{{{n}}}" if n > 1 else "") for v, n in node.by)
    if isinstance(node.expr, a.Sym):
        return rf"\frac{{{above} {symbol(node.expr.name)}}}{{{below}}}", FRACTION
    return rf"\frac{{{above}}}{{{below}}} \left({_tex(node.expr)[0]}\right)", BIG


def _integral(node: a.Integral) -> tuple[str, int]:
    limits = f"_{{{_tex(node.lo)[0]}}}^{{{_tex(node.hi)[0]}}}" if node.lo is not None and node.hi is not None else ""
    return rf"\int{limits} {_wrapped(node.expr, PRODUCT)} \, d{_spaced(symbol(node.var.name))}", FRACTION


def _spaced(name: str) -> str:
    return f" {name}" if name.startswith("\\") else name


def _limit(node: a.Limit) -> tuple[str, int]:
    side = "" if node.side == "+-" else f"^{{{node.side}}}"
    point = _wrapped(node.point, ATOM) if side else _wrapped(node.point, RELATION + 1)
    return rf"\lim_{{{symbol(node.var.name)} \to {point}{side}}} {_wrapped(node.expr, FRACTION)}", BIG


def _series(node: a.Sum | a.Prod) -> tuple[str, int]:
    sign = r"\sum" if isinstance(node, a.Sum) else r"\prod"
    return (
        rf"{sign}_{{{symbol(node.var.name)} = {_wrapped(node.lo, RELATION + 1)}}}^{{{_tex(node.hi)[0]}}} {_wrapped(node.expr, FRACTION)}",
        BIG,
    )


_RULES = {
    a.Num: _num,
    a.BaseNum: lambda n: (f"{n.digits}_{{{n.base}}}", ATOM),
    a.Sym: lambda n: (symbol(n.name), ATOM),
    a.Const: _const,
    a.Add: _add,
    a.Mul: _mul,
    a.Neg: _neg,
    a.Div: _div,
    a.Pow: _pow,
    a.Func: _func,
    a.Call: _call,
    a.PlusMinus: _plus_minus,
    a.Percent: lambda n: (rf"{_wrapped(n.arg, ATOM)}\%", POWER),
    a.Degree: lambda n: (rf"{_wrapped(n.arg, ATOM)}^\circ", POWER),
    a.Quantity: _quantity,
    a.Rel: _rel,
    a.And: _logic,
    a.Or: _logic,
    a.Listing: lambda n: (_comma(n.items), LIST),
    a.Tuple_: lambda n: (
        rf"\left({_comma(n.items)}\right)" if len(n.items) > 1 else rf"\left\langle {_comma(n.items)}\right\rangle ",
        ATOM,
    ),
    a.Set_: lambda n: (rf"\left\{{{_comma(n.items)}\right\}}" if n.items else r"\emptyset", ATOM),
    a.Interval: _interval,
    a.SetOp: _set_op,
    a.SetBuilder: _builder,
    a.NamedSet: lambda n: (rf"\mathbb{{{n.name}}}", ATOM),
    a.Ratio: lambda n: (" : ".join(_wrapped(i, RATIO + 1) for i in n.items), RATIO),
    a.Dots: lambda n: (r"\ldots", ATOM),
    a.Matrix: _matrix,
    a.Piecewise: _piecewise,
    a.Deriv: _deriv,
    a.Integral: _integral,
    a.Limit: _limit,
    a.Sum: _series,
    a.Prod: _series,
    a.Text: lambda n: (rf"\text{{{_escaped(n.text)}}}", ATOM),
    a.Special: lambda n: (rf"\text{{{SPECIALS[n.name]}}}", ATOM),
}


def _escaped(text: str) -> str:
    return text.replace("%", r"\%").replace("$", r"\$")


def to_text(node: Node) -> str:
    """One line of plain text for terminals and titles."""
    from phi4web.verify.latex.plain import plain

    return plain(node)
