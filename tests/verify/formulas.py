"""Formulas made at random, for the tests of the parser, the renderer and the builder."""

from __future__ import annotations

from hypothesis import strategies as st

from phi4web.verify.latex import ast as a

NAMES = ["x", "y", "z", "n", "t", "alpha", "x_1", "v_max", "theta"]
UNARY = ["sin", "cos", "tan", "arcsin", "ln", "exp", "sqrt", "abs", "floor", "ceil", "factorial", "sinh", "log"]


def _num(n: int) -> a.Num:
    return a.Num(n)


def _decimal(digits: int, places: int) -> a.Num:
    from phi4web.verify.latex.atoms import number

    whole, part = divmod(digits, 10**places)
    return number(f"{whole}.{part:0{places}d}")


symbols = st.sampled_from(NAMES).map(a.Sym)
numbers = st.one_of(st.integers(0, 10**6).map(_num), st.builds(_decimal, st.integers(0, 10**6), st.integers(1, 4)))
leaves = st.one_of(numbers, symbols, st.sampled_from(["pi", "e", "i"]).map(a.Const))


def _grown(inner: st.SearchStrategy[a.Node]) -> st.SearchStrategy[a.Node]:
    some = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        some.map(a.Add),
        some.map(a.Mul),
        inner.map(a.Neg),
        inner.map(a.PlusMinus),
        inner.map(a.Percent),
        inner.map(a.Degree),
        st.builds(a.Div, inner, inner),
        st.builds(a.Pow, inner, inner),
        st.builds(lambda f, x: a.Func(f, (x,)), st.sampled_from(UNARY), inner),
        st.builds(lambda x, n: a.Func("root", (x, n)), inner, st.integers(3, 9).map(_num)),
        st.builds(lambda x, b: a.Func("log", (x, b)), inner, numbers),
        st.builds(lambda n, k: a.Func("binom", (n, k)), inner, inner),
        st.builds(lambda n, k: a.Func("mod", (n, k)), inner, inner),
        st.builds(lambda f, x, p: a.Call(f, (x,), p), st.sampled_from("fgh"), inner, st.integers(0, 3)),
        st.builds(lambda x, lo, hi: a.Sum(x, a.Sym("k"), lo, hi), inner, inner, inner),
        st.builds(lambda x, lo, hi: a.Prod(x, a.Sym("k"), lo, hi), inner, inner, inner),
        st.builds(lambda x, at, side: a.Limit(x, a.Sym("x"), at, side), inner, inner, st.sampled_from(["+", "-", "+-"])),
        st.builds(lambda x, n: a.Deriv(x, ((a.Sym("x"), n),)), inner, st.integers(1, 4)),
        st.builds(lambda x, lo, hi: a.Integral(x, a.Sym("x"), lo, hi), inner, inner, inner),
        st.builds(lambda x: a.Integral(x, a.Sym("t")), inner),
    )


values = st.recursive(leaves, _grown, max_leaves=12)
_OPS: st.SearchStrategy[a.RelOp] = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"])
relations = st.one_of(
    st.builds(lambda op, x, y: a.Rel((op,), (x, y)), _OPS, values, values),
    st.builds(lambda p, q, x, y, z: a.Rel((p, q), (x, y, z)), _OPS, _OPS, values, values, values),
)
several = st.lists(values, min_size=3, max_size=5).map(tuple)
structures = st.one_of(
    several.map(a.Listing),
    several.map(a.Tuple_),
    st.lists(values, max_size=4).map(lambda xs: a.Set_(tuple(xs))),
    st.builds(lambda x, y, p: a.Interval(x, y, p, not p), values, values, st.booleans()),
    st.builds(lambda x, y: a.SetOp("union", (a.Interval(x, y, True, True), a.Interval(y, x, False, False))), values, values),
    st.builds(lambda c: a.SetBuilder(a.Sym("x"), c), relations),
    st.lists(relations, min_size=2, max_size=3).map(lambda xs: a.Or(tuple(xs))),
    st.builds(lambda x, y, z: a.Matrix(((x, y), (z, x))), values, values, values),
    st.builds(lambda x, y, c: a.Piecewise(((x, c), (y, None))), values, values, relations),
    st.builds(lambda x, y: a.Ratio((x, y)), values, values),
)
nodes = st.one_of(values, relations, structures)
