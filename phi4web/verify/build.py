"""AST to SymPy: the only door. An allow-list of nodes, and size gates before anything is evaluated; no string becomes code.

What stays unevaluated: integrals, limits, sums, products, derivatives and relations. `.doit()` is the caller's to call, within a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import S

from phi4web.errors import BadInput
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.ast import Node
from phi4web.verify.latex.size import TooLarge, check_size

__all__ = ["NotBuildable", "TooLarge", "check_size", "make_env", "to_sympy"]


class NotBuildable(BadInput):
    """The formula has no meaning as a SymPy object: words, dots, units, 1/0, or a symbol that `env` doesn't have."""


def make_env(names: frozenset[str], **assumptions: bool) -> dict[str, Any]:
    """A SymPy symbol for each name, with the same assumptions, such as real=True."""
    return {name: sympy.Symbol(name, **assumptions) for name in sorted(names)}


def to_sympy(node: Node, env: Mapping[str, Any], *, log_base: int | None = 10) -> Any:
    """The SymPy object. Raises TooLarge or NotBuildable, and nothing else.

    `env`: symbol name -> SymPy symbol or expression; e, i and pi are Const and need none. f(x) needs `env["f"]`, a SymPy function class.
    `log_base`: what log without a base means; None: natural.
    """
    check_size(node)
    try:
        value = _Builder(env, log_base).build(node)
        if isinstance(value, sympy.Basic) and value.has(S.NaN, S.ComplexInfinity):
            raise NotBuildable("a division by zero has no value")
        return value
    except (NotBuildable, TooLarge):
        raise
    except (RecursionError, MemoryError, OverflowError):
        raise TooLarge("the formula is too large to work out") from None
    except Exception as error:  # SymPy raises many kinds for objects that don't fit together
        raise NotBuildable(f"the parts don't fit together ({type(error).__name__})") from None


_PLAIN: dict[str, Callable[..., Any]] = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc,
    "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "arccot": sympy.acot, "arcsec": sympy.asec, "arccsc": sympy.acsc,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "coth": sympy.coth, "sech": sympy.sech, "csch": sympy.csch,
    "arcsinh": sympy.asinh, "arccosh": sympy.acosh, "arctanh": sympy.atanh, "exp": sympy.exp, "ln": sympy.log, "sqrt": sympy.sqrt,
    "floor": sympy.floor, "ceil": sympy.ceiling, "factorial": sympy.factorial, "factorial2": sympy.factorial2,
    "binom": sympy.binomial, "perm": sympy.ff, "min": sympy.Min, "max": sympy.Max, "sgn": sympy.sign, "re": sympy.re, "im": sympy.im,
    "conj": sympy.conjugate, "arg": sympy.arg, "gamma": sympy.gamma, "zeta": sympy.zeta, "harmonic": sympy.harmonic, "erf": sympy.erf,
}  # fmt: skip
_RELATIONS: dict[str, Callable[..., Any]] = {
    "=": sympy.Eq, "!=": sympy.Ne, "<": sympy.StrictLessThan, "<=": sympy.LessThan, ">": sympy.StrictGreaterThan, ">=": sympy.GreaterThan,
}  # fmt: skip
_SETS = {"N": S.Naturals, "Z": S.Integers, "Q": S.Rationals, "R": S.Reals, "C": S.Complexes}
_CONSTANTS = {"pi": S.Pi, "e": S.Exp1, "i": S.ImaginaryUnit, "inf": S.Infinity}


class _Builder:
    def __init__(self, env: Mapping[str, Any], log_base: int | None) -> None:
        self.env = dict(env)
        self.log_base = log_base

    def build(self, node: Node) -> Any:
        return self._RULES[type(node)](self, node)

    def all(self, nodes: tuple[Node, ...]) -> list[Any]:
        return [self.build(node) for node in nodes]

    # -- values ---------------------------------------------------------------------------------------------------------------

    def _num(self, node: a.Num) -> Any:
        return sympy.Rational(node.num, node.den) if node.den != 1 else sympy.Integer(node.num)

    def _base(self, node: a.BaseNum) -> Any:
        return sympy.Integer(int(node.digits, node.base))

    def _sym(self, node: a.Sym) -> Any:
        if node.name not in self.env:
            raise NotBuildable(f"{node.name} has no meaning here")
        return self.env[node.name]

    def _const(self, node: a.Const) -> Any:
        return _CONSTANTS[node.name]

    def _add(self, node: a.Add) -> Any:
        terms = self.all(node.args)
        return self._folded(terms, lambda x, y: x + y) if self._has_matrix(terms) else sympy.Add(*self._values(terms))

    def _mul(self, node: a.Mul) -> Any:
        factors = self.all(node.args)
        return self._folded(factors, lambda x, y: x * y) if self._has_matrix(factors) else sympy.Mul(*self._values(factors))

    def _folded(self, values: list[Any], step: Callable[[Any, Any], Any]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = step(total, value)
        return total

    def _has_matrix(self, values: list[Any]) -> bool:
        return any(isinstance(v, sympy.MatrixBase) for v in values)

    def _values(self, values: list[Any]) -> list[Any]:
        for value in values:
            if not isinstance(value, sympy.Expr):
                raise NotBuildable("a set or a condition stands where a number should")
        return values

    def _neg(self, node: a.Neg) -> Any:
        return -self.build(node.arg)

    def _div(self, node: a.Div) -> Any:
        top, bottom = self.build(node.num), self.build(node.den)
        if isinstance(bottom, sympy.MatrixBase) or bottom.is_zero:
            raise NotBuildable("a division by zero has no value")
        return top / bottom

    def _pow(self, node: a.Pow) -> Any:
        base, exp = self.build(node.base), self.build(node.exp)
        if isinstance(base, sympy.MatrixBase):
            if not (exp.is_Integer and abs(int(exp)) <= 64):
                raise NotBuildable("a matrix has this power only if it is a small integer")
            return base ** int(exp)
        self._values([base, exp])
        if base.is_zero and exp.is_negative:
            raise NotBuildable("a division by zero has no value")
        return sympy.Pow(base, exp)

    def _percent(self, node: a.Percent) -> Any:
        return self.build(node.arg) / 100

    def _degree(self, node: a.Degree) -> Any:
        return self.build(node.arg) * S.Pi / 180

    # -- functions ------------------------------------------------------------------------------------------------------------

    def _func(self, node: a.Func) -> Any:
        if node.name in _PLAIN:
            return _PLAIN[node.name](*self._values(self.all(node.args)))
        rule = getattr(self, f"_f_{node.name}", None)
        if rule is None:
            raise NotBuildable(f"{node.name} has no value here")
        return rule(*self.all(node.args))

    def _f_log(self, x: Any, base: Any = None) -> Any:
        if base is None:
            base = self.log_base
        return sympy.log(x) if base is None else sympy.log(x, base)

    def _f_root(self, x: Any, n: Any) -> Any:
        """The real root as people mean it: odd roots of negative numbers are negative."""
        if not (n.is_Integer and n.is_odd) or x.is_real is False:
            return sympy.root(x, n)
        if x.is_nonnegative:
            return sympy.root(x, n)
        if x.is_negative:
            return -sympy.root(-x, n)
        return sympy.sign(x) * sympy.root(sympy.Abs(x), n)

    def _f_abs(self, x: Any) -> Any:
        return x.det() if isinstance(x, sympy.MatrixBase) else sympy.Abs(x)

    def _f_norm(self, x: Any) -> Any:
        items = self._values(list(x) if isinstance(x, sympy.MatrixBase | sympy.Tuple) else [x])
        return sympy.sqrt(sympy.Add(*(item * item for item in items)))

    def _f_mod(self, x: Any, m: Any) -> Any:
        if m.is_zero:
            raise NotBuildable("a remainder on division by zero has no value")
        return sympy.Mod(x, m)

    def _f_gcd(self, *xs: Any) -> Any:
        return sympy.gcd(list(xs))

    def _f_lcm(self, *xs: Any) -> Any:
        return sympy.lcm(list(xs))

    def _f_totient(self, n: Any) -> Any:
        return sympy.totient(n)

    def _f_det(self, m: Any) -> Any:
        return m.det()

    def _f_trace(self, m: Any) -> Any:
        return m.trace()

    def _f_rank(self, m: Any) -> Any:
        return sympy.Integer(m.rank())

    def _f_transpose(self, m: Any) -> Any:
        return m.T

    def _f_dot(self, x: Any, y: Any) -> Any:
        return sympy.Add(*(p * q for p, q in zip(x, y, strict=True)))

    def _f_cross(self, x: Any, y: Any) -> Any:
        return x.cross(y)

    def _call(self, node: a.Call) -> Any:
        function = self.env.get(node.name)
        if node.inverse or function is None:
            raise NotBuildable(f"the function {node.name} has no meaning here")
        if not node.args:
            return self._derived(function, node.primes)
        if not isinstance(function, sympy.FunctionClass):
            raise NotBuildable(f"{node.name} is not a function here")
        args = self.all(node.args)
        if not node.primes:
            return function(*args)
        if len(args) != 1:
            raise NotBuildable("a prime on a function of several variables")
        inner = sympy.Dummy()
        return sympy.Subs(sympy.Derivative(function(inner), (inner, node.primes)), inner, args[0]).doit(deep=False)

    def _derived(self, value: Any, primes: int) -> Any:
        """y'' where env holds y as y(x)."""
        if not (isinstance(value, sympy.Function) and len(value.args) == 1 and value.args[0].is_Symbol):
            raise NotBuildable("a prime needs a function of one variable")
        return sympy.Derivative(value, (value.args[0], primes))

    # -- calculus -------------------------------------------------------------------------------------------------------------

    def _inside(self, node: Node, var: a.Sym, **assumptions: bool) -> tuple[Any, Any]:
        """The body with its bound variable, and the symbol made for it."""
        symbol = sympy.Symbol(var.name, **assumptions)
        outer = self.env
        self.env = outer | {var.name: symbol}
        body = self.build(node)
        self.env = outer
        return body, symbol

    def _deriv(self, node: a.Deriv) -> Any:
        return sympy.Derivative(self.build(node.expr), *((self._sym(v), n) for v, n in node.by))

    def _integral(self, node: a.Integral) -> Any:
        if node.lo is None or node.hi is None:
            return sympy.Integral(self.build(node.expr), self._sym(node.var))
        body, x = self._inside(node.expr, node.var, real=True)
        return sympy.Integral(body, (x, self.build(node.lo), self.build(node.hi)))

    def _limit(self, node: a.Limit) -> Any:
        body, x = self._inside(node.expr, node.var, real=True)
        point = self.build(node.point)
        return sympy.Limit(body, x, point, dir="-" if point == S.Infinity else "+" if point == S.NegativeInfinity else node.side)

    def _sum(self, node: a.Sum) -> Any:
        body, k = self._inside(node.expr, node.var, integer=True)
        return sympy.Sum(body, (k, self.build(node.lo), self.build(node.hi)))

    def _prod(self, node: a.Prod) -> Any:
        body, k = self._inside(node.expr, node.var, integer=True)
        return sympy.Product(body, (k, self.build(node.lo), self.build(node.hi)))

    # -- relations, sets, lists -----------------------------------------------------------------------------------------------

    def _rel(self, node: a.Rel) -> Any:
        values = self.all(node.args)
        parts = [self._related(op, x, y) for op, x, y in zip(node.ops, values, values[1:], strict=False)]
        return parts[0] if len(parts) == 1 else sympy.And(*parts, evaluate=False)

    def _related(self, op: str, x: Any, y: Any) -> Any:
        if op == "in" and isinstance(y, sympy.Set):
            return sympy.Contains(x, y, evaluate=False)
        if op == "notin" and isinstance(y, sympy.Set):
            return sympy.Not(sympy.Contains(x, y, evaluate=False))
        if op not in _RELATIONS:
            raise NotBuildable(f"the relation {op} has no meaning here")
        return _RELATIONS[op](x, y, evaluate=False)

    def _and(self, node: a.And) -> Any:
        return sympy.And(*self.all(node.args), evaluate=False)

    def _or(self, node: a.Or) -> Any:
        return sympy.Or(*self.all(node.args), evaluate=False)

    def _listed(self, node: a.Listing | a.Tuple_) -> Any:
        return sympy.Tuple(*self.all(node.items))

    def _set(self, node: a.Set_) -> Any:
        return sympy.FiniteSet(*self.all(node.items))

    def _interval(self, node: a.Interval) -> Any:
        return sympy.Interval(self.build(node.lo), self.build(node.hi), not node.lo_closed, not node.hi_closed)

    def _set_op(self, node: a.SetOp) -> Any:
        parts = self.all(node.args)
        if node.op == "minus":
            return self._folded(parts, lambda x, y: sympy.Complement(x, y))
        return sympy.Union(*parts) if node.op == "union" else sympy.Intersection(*parts)

    def _set_builder(self, node: a.SetBuilder) -> Any:
        if not isinstance(node.element, a.Sym):
            raise NotBuildable("a set of this form has no value here")
        condition, x = self._inside(node.condition, node.element, real=True)
        return sympy.ConditionSet(x, condition, S.Reals)

    def _named_set(self, node: a.NamedSet) -> Any:
        return _SETS[node.name]

    def _special(self, node: a.Special) -> Any:
        if node.name not in ("no_solution", "all_reals"):
            raise NotBuildable("words have no value")
        return S.EmptySet if node.name == "no_solution" else S.Reals

    def _matrix(self, node: a.Matrix) -> Any:
        return sympy.ImmutableMatrix([self._values(self.all(row)) for row in node.rows])

    def _piecewise(self, node: a.Piecewise) -> Any:
        return sympy.Piecewise(*((self.build(v), S.true if c is None else self.build(c)) for v, c in node.pieces))

    def _nothing(self, node: Node) -> Any:
        raise NotBuildable(f"a {type(node).__name__.strip('_').lower()} has no value as a formula")

    _RULES: Mapping[type, Callable[[Any, Any], Any]] = {
        a.Num: _num, a.BaseNum: _base, a.Sym: _sym, a.Const: _const, a.Add: _add, a.Mul: _mul, a.Neg: _neg, a.Div: _div, a.Pow: _pow,
        a.Percent: _percent, a.Degree: _degree, a.Func: _func, a.Call: _call, a.Deriv: _deriv, a.Integral: _integral, a.Limit: _limit,
        a.Sum: _sum, a.Prod: _prod, a.Rel: _rel, a.And: _and, a.Or: _or, a.Listing: _listed, a.Tuple_: _listed, a.Set_: _set,
        a.Interval: _interval, a.SetOp: _set_op, a.SetBuilder: _set_builder, a.NamedSet: _named_set, a.Special: _special,
        a.Matrix: _matrix, a.Piecewise: _piecewise, a.PlusMinus: _nothing, a.Quantity: _nothing, a.Ratio: _nothing, a.Dots: _nothing,
        a.Text: _nothing,
    }  # fmt: skip
