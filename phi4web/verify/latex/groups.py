"""Brackets and what they can mean: groups, points, intervals, sets, matrices, cases, absolute values."""

from __future__ import annotations

from phi4web.verify.latex.ast import (
    And,
    Const,
    Func,
    Interval,
    Listing,
    Matrix,
    Neg,
    Node,
    Or,
    Piecewise,
    Rel,
    Set_,
    SetBuilder,
    Sym,
    Text,
    Tuple_,
)  # fmt: skip
from phi4web.verify.latex.reader import Reader, matching
from phi4web.verify.latex.tokens import Token

MAX_ITEMS = 64
MAX_SIDE = 20


# -- things side by side ------------------------------------------------------------------------------------------------------


def items_until(r: Reader, *closers: str) -> tuple[list[Node], list[str]]:
    """Values and the separators between them: "," ";" "and" "or". Stops before the closing token, or at the end of the formula."""
    items = [r.expr()]
    separators: list[str] = []
    while True:
        separator = _separator(r)
        if not separator or (r.token.kind == "end" and separator in ",;"):
            return items, separators
        separators.append(separator)
        items.append(r.expr())
        if len(items) > MAX_ITEMS:
            raise r.fail(f"a list has more than {MAX_ITEMS} values")


def _separator(r: Reader) -> str:
    separator = ""
    while r.is_at(",", ";", "and", "or") or (r.token.kind in ("row", "amp") and not r.brackets):
        token = r.next()
        text = token.text if token.kind == "op" else "," if token.kind == "row" else separator
        separator = text if text in ("and", "or") else separator or text
    return separator


def join(items: list[Node], separators: list[str]) -> Node:
    """One node for values side by side: conditions joined by and/or are logic, all else is a list. x = 2, 3 is x = 2 or x = 3."""
    if len(items) == 1:
        return items[0]
    items = _share_left_side(items)
    if "or" in separators and "and" in separators and all(_is_condition(i) for i in items):
        return _mixed_logic(items, separators)
    if "or" in separators:
        return Or(tuple(items))
    if "and" in separators and all(_is_condition(i) for i in items) and not _same_name(items):
        return And(tuple(items))
    return Listing(tuple(items))


def _share_left_side(items: list[Node]) -> list[Node]:
    first = items[0]
    if not (isinstance(first, Rel) and first.ops == ("=",) and isinstance(first.args[0], Sym)):
        return items
    if any(isinstance(i, Rel | And | Or | Text) for i in items[1:]):
        return items
    return [first, *(Rel(("=",), (first.args[0], item)) for item in items[1:])]


def _same_name(items: list[Node]) -> bool:
    """x = 2 and x = 3 lists two values of x."""
    heads = {i.args[0] if isinstance(i, Rel) and i.ops == ("=",) and isinstance(i.args[0], Sym) else None for i in items}
    return len(heads) == 1 and None not in heads


def _is_condition(node: Node) -> bool:
    return isinstance(node, Rel | And | Or)


def _mixed_logic(items: list[Node], separators: list[str]) -> Node:
    groups: list[list[Node]] = [[items[0]]]
    for separator, item in zip(separators, items[1:], strict=True):
        if separator == "or":
            groups.append([item])
        else:
            groups[-1].append(item)
    return Or(tuple(g[0] if len(g) == 1 else And(tuple(g)) for g in groups))


# -- brackets -----------------------------------------------------------------------------------------------------------------


def read_round(r: Reader, token: Token, power: int) -> Node:
    return _pair_or_group(r, token, "(")


def read_square(r: Reader, token: Token, power: int) -> Node:
    if _starts_matrix(r):
        return _bracket_matrix(r)
    return _pair_or_group(r, token, "[")


def read_reversed(r: Reader, token: Token, power: int) -> Node:
    """]1, 2[: the French open interval."""
    r.next()
    with r.fresh():
        r.reversed = True
        items, separators = items_until(r)
    if len(items) != 2 or not (r.token.text in "[(" and r.token.kind in ("open", "close")):
        raise r.unexpected()
    closing = r.next()
    return Interval(items[0], items[1], False, closing.text == "[" and closing.kind == "close")


def _pair_or_group(r: Reader, token: Token, bracket: str) -> Node:
    intervals = r.intervals
    closes = r.at in r.pairs
    r.next()
    with r.fresh():
        r.reversed = not closes
        items, separators = items_until(r)
    closing = r.token
    if closing.kind == "open" and closing.text == "[" and len(items) == 2:  # [1, 2[
        r.next()
        return Interval(items[0], items[1], bracket == "[", False)
    if closing.kind != "close" or closing.text not in ("(", "[", "."):
        raise r.fail("a bracket is not closed", token)
    r.next()
    if closing.text != bracket and closing.text != ".":
        return _half_open(r, token, items, separators, bracket)
    if not separators:
        return items[0]
    if "and" in separators or "or" in separators:
        return join(items, separators)
    if len(items) == 2:
        return _pair(r, items[0], items[1], bracket, intervals)
    return Tuple_(tuple(items))


def _half_open(r: Reader, token: Token, items: list[Node], separators: list[str], bracket: str) -> Node:
    if len(items) != 2 or separators[0] not in ",;":
        raise r.fail("the brackets don't match", token)
    return Interval(items[0], items[1], bracket == "[", bracket == "(")


def _pair(r: Reader, a: Node, b: Node, bracket: str, intervals: bool) -> Node:
    """Two values in equal brackets: a point or vector, or an interval."""
    point = Tuple_((a, b))
    interval = Interval(a, b, bracket == "[", bracket == "[")
    if intervals or _is_infinite(a) or _is_infinite(b) or r.context.brackets == "interval":
        return interval
    if r.context.brackets == "tuple" or any(isinstance(n, Rel | Tuple_ | Interval) for n in (a, b)):
        return point
    first, second = (interval, point) if bracket == "[" else (point, interval)
    return second if r.choose("pair_or_interval") else first


def _is_infinite(node: Node) -> bool:
    return node == Const("inf") or (isinstance(node, Neg) and node.arg == Const("inf"))


def as_interval(node: Node) -> Node:
    """Beside ∪ and ∩ a pair in round brackets is an interval."""
    if isinstance(node, Tuple_) and len(node.items) == 2:
        return Interval(node.items[0], node.items[1], False, False)
    return node


def _starts_matrix(r: Reader) -> bool:
    """[[1, 2], [3, 4]]: the inner bracket is followed by another one or by the outer end."""
    inner = r.at + 1
    if r.tokens[min(inner, len(r.tokens) - 1)].text != "[" or r.tokens[inner].kind != "open" or inner not in r.pairs:
        return False
    after = r.pairs[inner] + 1
    token, following = r.tokens[after], r.tokens[min(after + 1, len(r.tokens) - 1)]
    return (token.kind == "close" and token.text == "[") or (token.text == "," and following.text == "[" and following.kind == "open")


def _bracket_matrix(r: Reader) -> Node:
    r.next()
    rows: list[tuple[Node, ...]] = []
    with r.fresh():
        while True:
            r.expect("[", "open", "a row of a matrix starts with [")
            row, separators = items_until(r)
            if any(s not in ",;" for s in separators):
                raise r.unexpected()
            rows.append(tuple(row))
            r.expect("[", "close", "a row of a matrix is not closed")
            if not r.take(","):
                break
    r.expect("[", "close", "a matrix is not closed")
    return _matrix(r, rows)


def _matrix(r: Reader, rows: list[tuple[Node, ...]]) -> Node:
    if len({len(row) for row in rows}) != 1:
        raise r.fail("the rows of a matrix differ in length")
    if len(rows) > MAX_SIDE or len(rows[0]) > MAX_SIDE:
        raise r.fail(f"a matrix has more than {MAX_SIDE} rows or columns")
    return Matrix(tuple(rows))


def read_brace(r: Reader, token: Token, power: int) -> Node:
    """{ }: a group of LaTeX, or a set where it holds a list or is all there is in plain text."""
    whole = r.at == 0 and r.pairs.get(0) == len(r.tokens) - 2 and r.plain
    r.next()
    if r.token.kind == "close" and r.token.text == "{":
        return _empty_group(r, whole)
    with r.fresh():
        items, separators = items_until(r)
    r.expect("{", "close", "a brace is not closed")
    if separators and not set(separators) & {"and", "or"}:
        return Set_(tuple(items))
    return Set_(tuple(items)) if whole and not separators else join(items, separators)


def _empty_group(r: Reader, whole: bool) -> Node:
    r.next()
    if whole or r.token.kind == "end":
        return Set_(())
    return r.expr(70)


def read_set(r: Reader, token: Token, power: int) -> Node:
    r.next()
    if r.take("\\{", "close"):
        return Set_(())
    if r.token.kind == "env":
        return _cases_in_brace(r)
    with r.fresh():
        r.builder = True
        first = r.expr()
        r.builder = False
        if r.is_at("|", ":"):
            r.next()
            items, separators = items_until(r)
            value: Node = SetBuilder(first, join_conditions(items, separators))
        else:
            items, separators = _rest_of_list(r, first)
            value = Set_(tuple(items))
    r.expect("\\{", "close", "a set is not closed")
    return value


def join_conditions(items: list[Node], separators: list[str]) -> Node:
    """Conditions with commas between them hold together."""
    if len(items) > 1 and set(separators) <= {",", ";", "and"}:
        return And(tuple(items))
    return join(items, separators)


def _rest_of_list(r: Reader, first: Node) -> tuple[list[Node], list[str]]:
    separator = _separator(r)
    if not separator:
        return [first], []
    items, separators = items_until(r)
    return [first, *items], [separator, *separators]


def _cases_in_brace(r: Reader) -> Node:
    env = r.next().text
    if env == "rows":
        _join_rows(r)
    rows = _rows(r, "cases")
    r.expect(env, "envend", "the cases are not closed")
    if not r.take(".", "close"):
        r.take("\\{", "close")
    return _cases(r, rows)


def read_bars(r: Reader, token: Token, power: int) -> Node:
    """|x| and ‖v‖; bars around a matrix make its determinant."""
    r.next()
    outer = r.bars, r.builder
    r.builder = False
    closes_with = "close" if token.kind == "open" else "op"
    r.bars = 0 if token.kind == "open" else 1
    value = r.expr()
    r.bars, r.builder = outer
    r.expect(token.text, closes_with, f"a bar {token.text} is not closed")
    if isinstance(value, Matrix) and token.text == "|":
        return Func("det", (value,))
    return Func("abs" if token.text == "|" else "norm", (value,))


def read_floor(r: Reader, token: Token, power: int) -> Node:
    r.next()
    with r.fresh():
        value = r.expr()
    r.expect(token.text, "close", "a floor or ceiling is not closed")
    return Func("floor" if token.text == "⌊" else "ceil", (value,))


def read_angle(r: Reader, token: Token, power: int) -> Node:
    """⟨1, 2⟩."""
    r.next()
    with r.fresh():
        items, _ = items_until(r)
    r.expect("⟨", "close", "an angle bracket is not closed")
    return Tuple_(tuple(items))


# -- environments -------------------------------------------------------------------------------------------------------------


def read_environment(r: Reader, token: Token, power: int) -> Node:
    r.next()
    if token.text == "rows":
        _join_rows(r)
    rows = _rows(r, token.text)
    r.expect(token.text, "envend", f"a {token.text} is not closed")
    if not rows:
        raise r.fail("there is nothing in it", token)
    if token.text == "cases":
        return _cases(r, rows)
    if token.text == "rows":
        return join([cell for row in rows for cell in row], [","] * (sum(map(len, rows)) - 1))
    matrix = _matrix(r, [tuple(row) for row in rows])
    return Func("det", (matrix,)) if token.text == "det" else matrix


def _join_rows(r: Reader) -> None:
    """In aligned equations & means nothing, and a row that starts with = goes on with the one before."""
    end = next((i for i in range(r.at, len(r.tokens)) if r.tokens[i].kind == "envend"), len(r.tokens) - 1)
    kept = [t for t in r.tokens[r.at : end] if t.kind != "amp"]
    joined = [t for t, after in zip(kept, [*kept[1:], r.tokens[end]], strict=False) if not (t.kind == "row" and after.kind == "rel")]
    r.tokens[r.at : end] = joined
    r.pairs = matching(r.tokens)


def _rows(r: Reader, env: str) -> list[list[Node]]:
    rows: list[list[Node]] = [[]]
    with r.fresh():
        while r.token.kind != "envend":
            if r.token.kind == "end":
                raise r.fail("an environment is not closed")
            if r.token.kind == "row":
                r.next()
                rows.append([])
            elif r.token.kind == "amp" or r.is_at(".", ","):
                r.next()
            elif env == "cases":
                rows[-1].append(_case_cell(r))
            else:
                rows[-1].append(r.expr())
                r.take(",")
    return [row for row in rows if row]


def _case_cell(r: Reader) -> Node:
    """A value or a condition; "if" and "otherwise" are words on the way."""
    r.take("if")
    if r.take("otherwise"):
        return Text("otherwise")
    first = r.expr()
    if r.take("if"):
        return first  # the condition stands in the same cell: the next pass of the loop reads it
    items, separators = [first], []
    while r.is_at(",", ";", "and", "or"):
        separator = r.next().text
        if r.token.kind in ("amp", "row", "envend") or r.is_at("if", "otherwise"):
            break
        separators.append(separator)
        items.append(r.expr())
    return join_conditions(items, separators)


def _cases(r: Reader, rows: list[list[Node]]) -> Node:
    if rows and all(len(row) == 1 for row in rows):
        return And(tuple(row[0] for row in rows)) if len(rows) > 1 else rows[0][0]
    if not rows or any(len(row) != 2 for row in rows):
        raise r.fail("each case needs a value and a condition")
    if len(rows) > MAX_SIDE:
        raise r.fail(f"more than {MAX_SIDE} cases")
    return Piecewise(tuple((value, None if condition == Text("otherwise") else condition) for value, condition in rows))
