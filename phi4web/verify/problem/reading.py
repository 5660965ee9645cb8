"""A statement back to LaTeX: what the checker understood, for people to confirm."""

from __future__ import annotations

from phi4web.verify.latex import to_latex
from phi4web.verify.latex.ast import Add, Node, Sym
from phi4web.verify.problem.statement import Domain, Rounding, Statement

SETS = {"real": r"\mathbb{R}", "complex": r"\mathbb{C}", "integer": r"\mathbb{Z}", "rational": r"\mathbb{Q}"}


def reading_of(statement: Statement) -> str:
    """One line of LaTeX made by us from the statement."""
    core = _told(statement) if statement.told[0] else CORES.get(statement.kind, _named)(statement)
    return core + _rounding(statement.rounding)


def _told(s: Statement) -> str:
    words, formulas = s.told
    return rf"\text{{{words}: }} {', '.join(to_latex(f) for f in formulas)}"


def _named(s: Statement) -> str:
    """The formulas after the name of what is asked: factor x^2 - 4."""
    formulas = ", ".join(to_latex(n) for n in (s.node, *s.others))
    about = ",".join(to_latex(Sym(v)) for v in s.variables)
    where = rf"\text{{ for }} {about}" if about else ""
    note = r"\text{, all letters positive}" if s.domain.positive else ""
    return rf"\text{{{s.style or s.kind}: }} {formulas}{where}{note}" + (_domain(s.domain, s.variable or "x"))


def _evaluate(s: Statement) -> str:
    return to_latex(s.node)


def _solve(s: Statement) -> str:
    return f"{to_latex(s.node)}{_domain(s.domain, s.variable or 'x')}"


def _derivative(s: Statement) -> str:
    name = to_latex(Sym(s.variable or "x"))
    power = f"^{{{s.order}}}" if s.order > 1 else ""
    core = rf"\frac{{d{power}}}{{d {name}{power}}}{_wrapped(s.node)}"
    return core if s.point is None else rf"\left.{core}\right|_{{{name} = {to_latex(s.point)}}}"


def _antiderivative(s: Statement) -> str:
    return rf"\int {_wrapped(s.node, only_sums=True)} \, d {to_latex(Sym(s.variable or 'x'))}"


def _wrapped(node: Node, only_sums: bool = False) -> str:
    text = to_latex(node)
    return rf"\left({text}\right)" if not only_sums or isinstance(node, Add) else text


def _domain(domain: Domain, variable: str) -> str:
    parts = [rf"{to_latex(Sym(variable))} \in {SETS[domain.numbers]}"] if domain.numbers in SETS else []
    parts += [to_latex(c) for c in domain.conditions]
    return "".join(rf",\quad {p}" for p in parts)


def _rounding(rounding: Rounding | None) -> str:
    if rounding is None:
        return ""
    if rounding.digits is not None:
        return rf"\quad\text{{to {rounding.digits} significant digits}}"
    if rounding.places is not None and rounding.places < 0:
        return rf"\quad\text{{to the nearest {10**-rounding.places}}}"
    return rf"\quad\text{{to {rounding.places} decimal places}}" if rounding.places else r"\quad\text{to the nearest integer}"


def _at_point(s: Statement) -> str:
    """A tangent, or a Taylor polynomial, with its place."""
    count = f"{s.order} terms" if "terms" in s.style else f"degree {s.order}"
    what = s.style if s.kind == "tangent" else f"Taylor polynomial, {count}"
    return rf"\text{{{what}: }} {to_latex(s.node)}\text{{ at }} {to_latex(Sym(s.variable or 'x'))} = {to_latex(s.point or s.node)}"


def _area(s: Statement) -> str:
    name = to_latex(Sym(s.variable or "x"))
    ends = f"_{{{to_latex(s.others[0])}}}^{{{to_latex(s.others[1])}}}" if s.others else ""
    note = "" if s.others else r"\quad\text{between the points where it is zero}"
    return rf"\int{ends} \left|{to_latex(s.node)}\right| \, d {name}{note}"


def _extremum(s: Statement) -> str:
    low, high = (to_latex(end) for end in s.others)
    return rf"\text{{{s.style}: }} {to_latex(s.node)}\text{{ for }} {low} \le {to_latex(Sym(s.variable or 'x'))} \le {high}"


def _conversion(s: Statement) -> str:
    return to_latex(s.node) + (rf"\quad\text{{in the form, or unit: {s.style}}}" if s.style and not s.style.startswith("unit") else "")


CORES = {
    "evaluate": _evaluate,
    "solve": _solve,
    "derivative": _derivative,
    "antiderivative": _antiderivative,
    "tangent": _at_point,
    "taylor": _at_point,
    "area": _area,
    "extremum": _extremum,
    "conversion": _conversion,
}
