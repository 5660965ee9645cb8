"""What may stand left of the = in an answer: the name of what was asked, and nothing else."""

from __future__ import annotations

from phi4web.verify.latex.ast import (
    Call,
    Const,
    Deriv,
    Func,
    Integral,
    Matrix,
    Neg,
    Node,
    Num,
    Pow,
    Rel,
    Sym,
    Tuple_,
    rebuild,
    symbols,
    walk,
)
from phi4web.verify.problem.statement import Statement

POINTS = ((Sym("h"), Sym("k")), (Sym("x"), Sym("y")))
USUAL_NAMES = frozenset("fghy")  # of a function that the question gives no name
WITHOUT_ITSELF = ("derivative", "antiderivative", "value")  # classes in which "the question =" says nothing more
VALUE_NAMES = {"area": "A", "extremum": "y", "tangent": "m", "conversion": "", "point": ""}  # of a value, by class


def without_left_side(statement: Statement, answer: Node) -> Node | None:
    """The answer without "f'(x) =" or its like. None: the left side names something that was not asked."""
    if statement.style in ("x-intercept", "y-intercept"):
        answer = rebuild(answer, lambda n: _on_axis(n, statement.style[0]))
    if statement.style == "number" and len(symbols(answer)) == 1:  # the question gives its number no letter
        answer = rebuild(answer, lambda n: Sym("x") if isinstance(n, Sym) else n)
    if statement.style == "range":
        answer = rebuild(answer, lambda n: Sym("y") if _is_value(n, statement.names) else n)
    if not isinstance(answer, Rel) or not set(answer.ops) <= {"=", "~"}:
        return answer
    left = answer.args[0]
    if statement.kind in VALUE_NAMES and (statement.kind, statement.style) not in LINES:
        named = isinstance(left, Sym) and left != statement.called and left.name not in VALUE_NAMES[statement.kind]
        return None if named or any(_names(side) for side in answer.args) else answer
    if left in (statement.called, statement.node) and len(answer.args) == 2 and answer.ops == ("=",):
        return answer.args[1] if left == statement.called or statement.kind in WITHOUT_ITSELF else answer
    match statement.kind:
        case "evaluate" if is_spare_letter(statement, answer):
            return answer.args[1]
        case "evaluate" | "integers":
            return None if any(symbols(side) or _names(side) for side in answer.args) else answer
        case "derivative":
            return _right(answer) if _is_derivative(left, statement) else None
        case "antiderivative":
            return _right(answer) if _is_antiderivative(left, statement) else None
        case "value":
            return None if isinstance(left, Sym | Const) or _names(left) else answer
        case "rewrite" | "formula":
            return None if isinstance(left, Sym | Const) or _names(left) else answer
        case "function":
            return _of_function(answer, left, statement)
        case "matrix":
            return answer if _is_of_matrix(left, statement) else None
        case "sequence" if statement.style == "term":
            return answer if left == statement.point else None
        case "sequence":
            return None if isinstance(left, Call) and (left.primes or left.inverse) else answer
    return answer


LINES = (("tangent", "tangent line"), ("tangent", "normal line"))


def _is_value(node: Node, names: frozenset[str]) -> bool:
    """f(x) for every x, as in f(x) >= 1."""
    plain = isinstance(node, Call) and not node.primes and not node.inverse and len(node.args) == 1
    return plain and isinstance(node, Call) and node.name in names and isinstance(node.args[0], Sym)


def _on_axis(node: Node, axis: str) -> Node:
    """The coordinate that counts of a point on an axis: 2 of (2, 0) on the x-axis."""
    match node:
        case Tuple_((place, Num(0))) if axis == "x":
            return place
        case Tuple_((Num(0), place)) if axis == "y":
            return place
    return node


def is_spare_letter(statement: Statement, answer: Node) -> bool:
    """x = 42 for a question about numbers that names nothing itself; any other letter may be meant for something else."""
    if not isinstance(answer, Rel) or answer.ops != ("=",) or statement.called is not None or statement.kind != "evaluate":
        return False
    left, right = answer.args
    return left == Sym("x") and not symbols(right) and not _names(right)


def _names(node: Node) -> bool:
    return any(isinstance(n, Call | Deriv) for n in walk(node))


def _right(answer: Rel) -> Node:
    return answer.args[1] if len(answer.args) == 2 and answer.ops == ("=",) else answer


def _allowed(statement: Statement) -> frozenset[str]:
    if statement.style == "implicit":
        return statement.names
    return statement.names | {"y"} if statement.names else USUAL_NAMES - symbols(statement.node) - {statement.variable or "x"}


def _is_derivative(left: Node, statement: Statement) -> bool:
    """f'(x), y', dy/dx of the order and in the variable of the question; at a point f'(2)."""
    variable = Sym(statement.variable or "x")
    names = _allowed(statement)
    match left:
        case Call(name, args, primes, False):
            place = (statement.point,) if statement.point is not None else (variable,)
            return name in names and primes == statement.order and (args == place or (not args and statement.point is None))
        case Deriv(expr, by):
            if by != ((variable, statement.order),) or statement.point is not None:
                return False
            named = isinstance(expr, Sym) or (isinstance(expr, Call) and not expr.primes and not expr.inverse and expr.args == (variable,))
            return expr == statement.node or (named and isinstance(expr, Sym | Call) and expr.name in names)
    return False


def _is_antiderivative(left: Node, statement: Statement) -> bool:
    """The integral of the question, or F(x)."""
    variable = Sym(statement.variable or "x")
    match left:
        case Integral(expr, var, None, None):
            given = isinstance(expr, Call) and expr.args == (variable,) and not expr.primes and expr.name in statement.names
            return var == variable and (expr == statement.node or given)
        case Call("F", args, 0, False):
            return args == (variable,) and "F" not in statement.names
    return False


def _is_of_matrix(left: Node, statement: Statement) -> bool:
    """A^{-1} for an inverse, det A for a determinant; no bare name, which may be the given matrix."""
    match left:
        case Pow(Sym() | Matrix(), Neg(Num(1))):
            return "inverse" in statement.style
        case Sym(name) if statement.style == "eigenvalues":
            return name.startswith("lambda")
        case Func(name, (Sym() | Matrix(),)):
            return name in statement.style or statement.style.startswith(name[:3])
    return False


def _of_function(answer: Rel, left: Node, statement: Statement) -> Node | None:
    if statement.style == "inverse":
        if left == Sym("y") and statement.names == {"y"}:
            return _right(answer)
        named = isinstance(left, Call) and left.inverse and left.name in (statement.names or {"f"})
        return _right(answer) if named and isinstance(left, Call) and left.args == (Sym(statement.variable or "x"),) else None
    if statement.style in ("minimum", "maximum"):
        return None if any(isinstance(n, Call) and (n.primes or n.inverse) for n in walk(left)) or left == Sym("x") else answer
    if statement.style in ("vertex", "midpoint"):
        named = isinstance(left, Sym) and left.name.isupper()
        return answer if named or (isinstance(left, Tuple_) and left.items in POINTS) else None
    if statement.style in ("least common multiple", "greatest common divisor"):
        return answer if isinstance(left, Func | Num | Pow) else None
    return answer
