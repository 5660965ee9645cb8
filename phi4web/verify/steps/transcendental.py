"""Equations with logarithms, powers such as 2^x, and sines: turned into polynomials, without losing a real solution."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import QQ, Poly, S

from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node

_WHOLE_LINE = frozenset(("tan", "cot", "ln", "log"))
_BOUNDED = frozenset(("sin", "cos"))
KERNEL = "kernel"


def without_logs(difference: Any, x: Any) -> Any | None:
    """For c₁ ln g₁ + c₂ ln g₂ + … = c an expression that is zero wherever this holds. None: it is not of this form."""
    parts = [term.as_independent(x, as_Add=False) for term in sympy.Add.make_args(difference)]
    logs = [(c, part) for c, part in parts if part != 1]
    if not logs or not all(isinstance(part, sympy.log) and len(part.args) == 1 for _, part in logs):
        return None
    first = logs[0][0]
    counts = [sympy.simplify(c / first) for c, _ in logs]
    if not all(n.is_Rational for n in counts):
        return None
    scale = sympy.ilcm(1, *(n.q for n in counts))
    rest = sympy.Add(*(c for c, part in parts if part == 1))
    constant = sympy.simplify(sympy.exp(sympy.expand(-rest * scale / first)))
    if not constant.is_Rational:
        return None
    insides = [(part.args[0], int(n * scale)) for n, (_, part) in zip(counts, logs, strict=True)]
    top = sympy.Mul(*(g**n for g, n in insides if n > 0))
    return top - constant * sympy.Mul(*(g**-n for g, n in insides if n < 0))


def power_values(difference: Any, x: Any) -> tuple[Any, ...] | None:
    """All real solutions of a polynomial in b^x, such as 4^x − 3·2^x + 2 = 0. None: it is not of this form."""
    powers = [p for p in difference.atoms(sympy.Pow, sympy.exp) if p.as_base_exp()[1].has(x)]
    bases = {_prime_base(p.as_base_exp()[0])[0] for p in powers}
    if not powers or len(bases) != 1:
        return None
    base = bases.pop()
    t = sympy.Dummy("t", positive=True)
    for power in powers:
        written, exponent = power.as_base_exp()
        slope, rest = sympy.diff(exponent, x), exponent.subs(x, 0)
        slope, rest = (v * _prime_base(written)[1] for v in (slope, rest))
        if not (slope.is_Integer and exponent.is_polynomial(x)):
            return None
        difference = difference.subs(power, t**slope * base**rest)
    if difference.has(x):
        return None
    poly = Poly(sympy.expand(sympy.fraction(sympy.together(difference))[0]), t, domain=QQ)
    if poly.is_zero or any(f.degree() > 2 for f, _ in poly.factor_list()[1]):
        return None
    roots = [r for f, _ in poly.factor_list()[1] for r in sympy.roots(f) if r.is_positive]
    return tuple(sympy.simplify(sympy.log(r) / sympy.log(base)) for r in roots)


def _prime_base(base: Any) -> tuple[Any, int]:
    """8 as 2³: (2, 3)."""
    found: Any = sympy.perfect_power(base) if base.is_Integer and base > 1 else False
    return (sympy.Integer(found[0]), int(found[1])) if found else (base, 1)


# -- one function of the letter ---------------------------------------------------------------------------------------------------


def kernels(lines: tuple[Node, ...], name: str) -> tuple[tuple[Node, ...], Node] | None:
    """The lines with sin x, or the like, as a letter of its own, and that function. None: the letter is elsewhere too."""
    found = {n for line in lines for n in a.walk(line) if _is_kernel(n, name)}
    if len(found) != 1:
        return None
    kernel = found.pop()
    changed = tuple(a.rebuild(line, lambda n: a.Sym(KERNEL) if n == kernel else n) for line in lines)
    if any(a.symbols(line) != {KERNEL} for line in changed):
        return None
    return changed, kernel


def _is_kernel(node: Node, name: str) -> bool:
    if not (isinstance(node, a.Func) and node.name in _BOUNDED | _WHOLE_LINE and a.symbols(node) == {name}):
        return False
    inside = node.args[0]
    if any(a.symbols(other) for other in node.args[1:]):
        return False
    return isinstance(inside, a.Sym) or (isinstance(inside, a.Mul) and sum(name in a.symbols(f) for f in inside.args) == 1)


def is_value_of(kernel: Node, value: Any) -> bool | None:
    """Whether the function takes a real value somewhere. None: not known."""
    assert isinstance(kernel, a.Func)
    if kernel.name in _WHOLE_LINE:
        return True
    inside = sympy.And(value >= -1, value <= 1)
    return True if inside == S.true else False if inside == S.false else None
