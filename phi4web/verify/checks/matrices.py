"""Matrices: results entry by entry, an inverse by multiplying back, eigenvalues as the roots of the characteristic polynomial."""

from __future__ import annotations

from typing import Any

import sympy

from phi4web.verdict import Verdict
from phi4web.verify.checks.base import NoMethod, Ring, Unfit, refuted, shown, undecided, verified
from phi4web.verify.checks.evaluate import worked_out
from phi4web.verify.checks.roots import claims_of
from phi4web.verify.checks.zero import number_is_zero
from phi4web.verify.latex.ast import Matrix, Node, Rel, Special, Sym, Tuple_, symbols
from phi4web.verify.problem.statement import Statement

ENTRIES = "every entry worked out exactly"
BACK = "the answer multiplied by the matrix"
EIGEN = "the characteristic polynomial, without fractions"


def check(statement: Statement, answer: Node) -> Verdict:
    """The verdict by the style of the question. Raises Unfit or NoMethod."""
    if symbols(statement.node):
        raise NoMethod("matrices of numbers")
    matrix = Ring(()).build(statement.node)
    if not isinstance(matrix, sympy.MatrixBase):
        raise NoMethod("matrices")
    if statement.style == "eigenvalues":
        return _eigenvalues(matrix, answer)
    if statement.style == "inverse matrix":
        return _inverse(matrix, answer)
    return _entries(matrix, _matrix(answer, matrix), ENTRIES)


def _matrix(answer: Node, like: Any) -> Matrix:
    if isinstance(answer, Rel) and answer.ops == ("=",):
        answer = answer.args[-1]
    if isinstance(answer, Tuple_) and 1 in like.shape:
        answer = Matrix(tuple((i,) for i in answer.items) if like.shape[1] == 1 else (answer.items,))
    if not isinstance(answer, Matrix) or symbols(answer):
        raise Unfit("a matrix of numbers")
    return answer


def _entries(wanted: Any, claimed: Matrix, method: str) -> Verdict:
    given = Ring(()).build(claimed)
    if given.shape != wanted.shape:
        return refuted(method, f"The result has {wanted.shape[0]} rows and {wanted.shape[1]} columns.")
    for i in range(wanted.shape[0]):
        for j in range(wanted.shape[1]):
            zero = number_is_zero(wanted[i, j] - given[i, j])
            if zero is False:
                return refuted(method, f"In row {i + 1}, column {j + 1} it is {shown(wanted[i, j])}, not {shown(given[i, j])}.")
            if zero is None or not worked_out(claimed.rows[i][j], given[i, j]):
                return undecided(method, f"the entry in row {i + 1}, column {j + 1} could not be settled or is not worked out")
    return verified("exact", method, "All entries agree.")


def _inverse(matrix: Any, answer: Node) -> Verdict:
    if matrix.shape[0] != matrix.shape[1]:
        raise NoMethod("square matrices")
    singular = number_is_zero(matrix.det())
    if isinstance(answer, Special) and answer.name in ("dne", "undefined", "no_solution"):
        if singular:
            return verified("exact", BACK, "The determinant is zero, so there is no inverse.")
        return (
            refuted(BACK, f"The determinant is {shown(matrix.det())}, so there is an inverse.")
            if singular is False
            else undecided(BACK, "unclear")
        )
    claimed = _inner_of(answer, matrix)
    if singular:
        return refuted(BACK, "The determinant is zero, so there is no inverse.")
    if singular is None:
        return undecided(BACK, "whether the determinant is zero could not be told")
    product = matrix * claimed
    for i in range(product.shape[0]):
        for j in range(product.shape[1]):
            zero = number_is_zero(product[i, j] - (1 if i == j else 0))
            if zero is False:
                return refuted(BACK, f"The matrix times the answer has {shown(product[i, j])} in row {i + 1}, column {j + 1}.")
            if zero is None:
                return undecided(BACK, "an entry could not be settled")
    return verified("exact", BACK, "The product is the identity matrix.")


def _inner_of(answer: Node, matrix: Any) -> Any:
    """A matrix, or a number times a matrix."""
    if isinstance(answer, Rel) and answer.ops == ("=",):
        answer = answer.args[-1]
    if symbols(answer):
        raise Unfit("a matrix of numbers")
    built = Ring(()).build(answer)
    if not isinstance(built, sympy.MatrixBase) or built.shape != matrix.shape:
        raise Unfit("a matrix of the same size")
    return built


def _eigenvalues(matrix: Any, answer: Node) -> Verdict:
    if matrix.shape[0] != matrix.shape[1] or not all(v.is_Rational for v in matrix):
        raise NoMethod("square matrices of rational numbers")
    x = sympy.Symbol("x")
    poly = matrix.charpoly(x).as_expr()
    free = sympy.Poly(poly, x, domain="QQ").sqf_part()
    name = next((n for n in ("lambda", "lambda_1", "x") if Sym(n) in _named(answer)), "lambda")
    claim = claims_of(answer, name.split("_")[0])
    if claim.nothing or claim.everything:
        raise Unfit("numbers")
    values = [Ring(()).build(v) for v in claim.values]
    distinct: list[Any] = []
    for value in values:
        zero = number_is_zero(sympy.expand(free.as_expr().subs(x, value)))
        if zero is False:
            return refuted(EIGEN, f"{shown(value)} is no root of the characteristic polynomial.")
        if zero is None:
            return undecided(EIGEN, "a value could not be settled")
        if not any(number_is_zero(value - d) for d in distinct):
            distinct.append(value)
    if len(distinct) < free.degree():
        return refuted(EIGEN, f"There are {free.degree()} different eigenvalues; the answer has {len(distinct)}.", completeness="not_shown")
    return verified("exact", EIGEN, f"All {free.degree()} different roots are there.", completeness="complete")


def _named(answer: Node) -> set[Node]:
    from phi4web.verify.latex.ast import walk

    return {n for n in walk(answer) if isinstance(n, Sym)}
