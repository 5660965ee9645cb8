"""AST to one line of plain text, such as 3*x^2 - sqrt(2)/5."""

from __future__ import annotations

from collections.abc import Sequence

from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.latex.render import SPECIALS, decimal, repeating

_LIST, _RELATION, _SUM, _PRODUCT, _POWER, _ATOM = 1, 20, 40, 50, 70, 100
_RELATIONS = {"!=": "≠", "<=": "≤", ">=": "≥", "~": "≈", "==": "≡", "in": "∈", "notin": "∉", "subset": "⊆", "->": "→"}
_MARKS = {"bold": "", "vec": "", "hat": "^", "bar": "¯", "bb": "", "cal": ""}


def plain(node: Node) -> str:
    return _text(node)[0]


def _wrapped(node: Node, least: int) -> str:
    text, power = _text(node)
    return text if power >= least else f"({text})"


def _comma(items: Sequence[Node]) -> str:
    return ", ".join(_wrapped(item, _RELATION) for item in items)


def _text(node: Node) -> tuple[str, int]:
    match node:
        case a.Num():
            return _number(node)
        case a.BaseNum(digits, base):
            return f"{digits}_{base}", _ATOM
        case a.Sym(name):
            return _name(name), _ATOM
        case a.Const(name):
            return {"pi": "π", "inf": "∞"}.get(name, name), _ATOM
        case a.Add(args):
            return _sum(args), _SUM
        case a.Mul(args):
            return "*".join(_wrapped(x, _PRODUCT + 1) for x in args), _PRODUCT
        case a.Neg(arg):
            return f"-{_wrapped(arg, _SUM + 1)}", _SUM
        case a.PlusMinus(arg, flipped):
            return f"{'∓' if flipped else '±'}{_wrapped(arg, _SUM + 1)}", _SUM
        case a.Div(num, den):
            return f"{_wrapped(num, _PRODUCT)}/{_wrapped(den, _PRODUCT + 1)}", _PRODUCT
        case a.Pow(base, exp):
            return f"{_wrapped(base, _POWER + 1)}^{_wrapped(exp, _POWER + 1)}", _POWER
        case a.Func(name, args):
            return _function(name, args)
        case a.Call(name, args, primes, inverse):
            head = _name(name) + ("^(-1)" if inverse else "") + "'" * primes
            return (f"{head}({_comma(args)})" if args else head), _ATOM
        case a.Percent(arg):
            return f"{_wrapped(arg, _ATOM)}%", _POWER
        case a.Degree(arg):
            return f"{_wrapped(arg, _ATOM)}°", _POWER
        case a.Quantity(value, unit):
            amount = _wrapped(value, _PRODUCT)
            return (f"{unit}{amount}" if unit in "$€£¥" else f"{amount} {unit}"), _PRODUCT
        case a.Text(text):
            return text, _ATOM
        case a.Special(name):
            return SPECIALS[name], _ATOM
        case _:
            return _structure(node)


def _structure(node: Node) -> tuple[str, int]:
    match node:
        case a.Rel(ops, args):
            rest = "".join(f" {_RELATIONS.get(op, op)} {_wrapped(x, _RELATION + 1)}" for op, x in zip(ops, args[1:], strict=True))
            return _wrapped(args[0], _RELATION + 1) + rest, _RELATION
        case a.And(args):
            return " and ".join(_wrapped(x, _RELATION) for x in args), _LIST
        case a.Or(args):
            return " or ".join(_wrapped(x, _RELATION) for x in args), _LIST
        case a.Listing(items):
            return _comma(items), _LIST
        case a.Tuple_(items):
            return f"({_comma(items)})", _ATOM
        case a.Set_(items):
            return f"{{{_comma(items)}}}" if items else "∅", _ATOM
        case a.Interval(lo, hi, lo_closed, hi_closed):
            return f"{'[' if lo_closed else '('}{_comma((lo, hi))}{']' if hi_closed else ')'}", _ATOM
        case a.SetOp(op, args):
            return {"union": " ∪ ", "intersection": " ∩ ", "minus": " ∖ "}[op].join(_wrapped(x, _SUM) for x in args), 30
        case a.SetBuilder(element, condition):
            return f"{{{plain(element)} | {plain(condition)}}}", _ATOM
        case a.NamedSet(name):
            return {"N": "ℕ", "Z": "ℤ", "Q": "ℚ", "R": "ℝ", "C": "ℂ"}[name], _ATOM
        case a.Ratio(items):
            return ":".join(_wrapped(x, _SUM) for x in items), 22
        case a.Matrix(rows):
            return "[" + ", ".join(f"[{_comma(row)}]" for row in rows) + "]", _ATOM
        case a.Piecewise(pieces):
            return "; ".join(f"{plain(v)} if {plain(c)}" if c else f"{plain(v)} otherwise" for v, c in pieces), _LIST
        case _:
            return _calculus(node)


def _calculus(node: Node) -> tuple[str, int]:
    match node:
        case a.Deriv(expr, by):
            order = sum(n for _, n in by)
            top = f"d^{order}" if order > 1 else "d"
            below = "".join(f"d{_name(v.name)}" + (f"^{n}" if n > 1 else "") for v, n in by)
            return f"{top}/{below}({plain(expr)})", _PRODUCT
        case a.Integral(expr, var, lo, hi):
            limits = f" from {plain(lo)} to {plain(hi)}" if lo is not None and hi is not None else ""
            return f"∫ {_wrapped(expr, _PRODUCT)} d{_name(var.name)}{limits}", _SUM
        case a.Limit(expr, var, point, side):
            return f"lim {_name(var.name)}→{_wrapped(point, _SUM)}{'' if side == '+-' else side} ({plain(expr)})", _SUM
        case a.Sum(expr, var, lo, hi) | a.Prod(expr, var, lo, hi):
            sign = "∑" if isinstance(node, a.Sum) else "∏"
            return f"{sign} {_name(var.name)}={plain(lo)}..{plain(hi)} ({plain(expr)})", _SUM
        case _:
            return "…", _ATOM


def _number(node: a.Num) -> tuple[str, int]:
    if node.places is None and node.den != 1 and (parts := repeating(node, 12)):
        return f"{parts[0]}({parts[1]})", _ATOM
    text = decimal(node)
    return text, _PRODUCT if "/" in text else _ATOM


def _name(name: str) -> str:
    style, _, rest = name.rpartition(":")
    if style in ("angle", "triangle"):
        return ("∠" if style == "angle" else "△") + rest
    return rest + _MARKS.get(style, "")


def _sum(args: tuple[Node, ...]) -> str:
    text = _text(args[0])[0] if isinstance(args[0], a.Neg | a.PlusMinus) else _wrapped(args[0], _SUM + 1)
    for term in args[1:]:
        if isinstance(term, a.Neg):
            text += f" - {_wrapped(term.arg, _SUM + 1)}"
        elif isinstance(term, a.PlusMinus):
            text += f" {'∓' if term.flipped else '±'} {_wrapped(term.arg, _SUM + 1)}"
        else:
            text += f" + {_wrapped(term, _SUM + 1)}"
    return text


def _function(name: str, args: tuple[Node, ...]) -> tuple[str, int]:
    if name in ("factorial", "factorial2"):
        return _wrapped(args[0], _ATOM) + ("!" if name == "factorial" else "!!"), _POWER
    if name == "abs":
        return f"|{plain(args[0])}|", _ATOM
    if name == "mod":
        return f"{_wrapped(args[0], _PRODUCT + 1)} mod {_wrapped(args[1], _PRODUCT + 1)}", _SUM
    if name == "pmod":
        return f"{_wrapped(args[0], _SUM)} (mod {plain(args[1])})", 25
    if name == "log" and len(args) == 2:
        return f"log_{_wrapped(args[1], _ATOM)}({plain(args[0])})", _ATOM
    return f"{name}({_comma(args)})", _ATOM
