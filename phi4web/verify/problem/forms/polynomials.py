"""The discriminant, how many roots, their sum, a remainder, the completed square, intercepts, asymptotes, critical points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

from phi4web.verify.latex.ast import Add, Div, Mul, Neg, Node, Num, Parse, Pow, Rel, Sym, rebuild, symbols, walk
from phi4web.verify.problem import polynomial as poly
from phi4web.verify.problem.forms.common import FUNCTION_LETTERS, Asked, Handler, M, body, form, group, main_variable, statement
from phi4web.verify.problem.forms.rewrites import rewriting
from phi4web.verify.problem.polynomial import Coefficients, coefficients, formula, number
from phi4web.verify.problem.statement import Domain, Statement

Told = tuple[Parse, str, Coefficients]  # as read, the letter, the polynomial


def _polynomials(asked: Asked, equations: bool, least: int, group_: int | str = 1) -> Iterator[Told]:
    """The polynomial that a formula, y = formula, or (if `equations`) formula = formula is about, of degree `least` or more."""
    for parsed in asked.readings(group_, FUNCTION_LETTERS):
        expression, argument, _ = body(parsed.node)
        if expression is None and equations:
            expression = parsed.node
        name = argument or (main_variable(expression) if expression is not None else None)
        said = asked.conditions
        if expression is None or name is None or said.variable not in (None, name) or said.rounding or said.form:
            continue
        values = poly.of_equation(expression, name)
        if values is not None and len(values) > least:
            yield replace(parsed, node=expression), name, values


def _discriminant(asked: Asked) -> Iterator[Statement]:
    for parsed, _, values in _polynomials(asked, True, 2):
        standard = not isinstance(parsed.node, Rel) or parsed.node.args[1] == Num(0)  # b² - 4ac changes when an equation is divided
        if len(values) == 3 and standard and asked.conditions.domain in (Domain(), Domain("real")):
            yield statement(
                asked,
                "evaluate",
                Parse(_of_quadratic(values)),
                variable=None,
                domain=Domain(),
                called=Sym("D"),
                told=("discriminant", (parsed.node,)),
            )


def _of_quadratic(values: Coefficients) -> Node:
    c, b, a = (number(v) for v in values)
    return Add((Pow(b, Num(2)), Neg(Mul((Num(4), a, c)))))


def of_roots(name: str, rule: Callable[[Coefficients], Fraction]) -> Handler:
    """The sum or product of the two roots of a quadratic; a double root could count once or twice, so there must be none."""

    def handler(asked: Asked) -> Iterator[Statement]:
        real = asked.found.group("numbers") == "real" or asked.conditions.domain.numbers == "real"
        if asked.conditions.domain not in (Domain(), Domain("real")):
            return
        for parsed, _, values in _polynomials(asked, True, 2, "given"):
            told = (name, (parsed.node,))
            split = poly.distinct_real_roots(values) == 2
            if len(values) == 3 and (split or (not real and poly.is_square_free(values))):
                yield statement(asked, "evaluate", Parse(number(rule(values))), variable=None, domain=Domain(), called=Sym("S"), told=told)

    return handler


def _how_many(asked: Asked) -> Iterator[Statement]:
    """How many real solutions an equation has: Sturm's theorem. Complex or double roots make it a matter of words."""
    said, numbers = asked.found.groupdict(), asked.conditions.domain
    real = said["numbers"] == "real" or numbers.numbers == "real" or said["things"].startswith("x-int")
    if numbers not in (Domain(), Domain("real")):
        return
    for parsed, _, values in _polynomials(asked, True, 1, "given"):
        count = poly.distinct_real_roots(values)
        once = poly.is_square_free(values) or said["distinct"] is not None
        if once and (real or count == len(values) - 1):
            yield statement(
                asked,
                "evaluate",
                Parse(Num(count)),
                variable=None,
                domain=Domain(),
                called=Sym("N"),
                told=("number of real solutions", (parsed.node,)),
            )


def _remainder(asked: Asked) -> Iterator[Statement]:
    """the remainder of one polynomial divided by another"""
    for (first, name, a), (second, other, b) in product(_polynomials(asked, False, 0, "top"), _polynomials(asked, False, 1, "below")):
        if name == other and asked.conditions.domain == Domain():
            rest = poly.remainder(a, b)
            told = ("remainder of the division", (first.node, second.node))
            if len(rest) <= 1:
                yield statement(
                    asked,
                    "evaluate",
                    Parse(number(rest[0] if rest else Fraction(0)), first.notes),
                    variable=None,
                    called=Sym("R"),
                    told=told,
                )
            else:
                made = rewriting(asked, Parse(formula(rest, name), first.notes), "expand")
                yield from (replace(s, told=told) for s in made)


def _completed(asked: Asked) -> Iterator[Statement]:
    for parsed, name, values in _polynomials(asked, False, 2):
        shape = [p.node for p in asked.readings(2)] if asked.found.re.groups > 1 else []
        fitting = all(any(isinstance(n, Pow) and n.exp == Num(2) and name in symbols(n.base) for n in walk(s)) for s in shape)
        if len(values) == 3 and fitting and asked.conditions.domain in (Domain(), Domain("real")):
            yield statement(asked, "square", parsed, style="completed square", variable=name)


def intercept(of: str) -> Handler:
    """Where a curve meets an axis: the other coordinate is zero."""

    def handler(asked: Asked) -> Iterator[Statement]:
        if asked.conditions.domain not in (Domain(), Domain("real")) or asked.conditions.variable or asked.conditions.rounding:
            return
        for parsed in asked.readings(1, FUNCTION_LETTERS):
            expression, argument, _ = body(parsed.node)
            node = Rel(("=",), (Sym("y"), expression)) if expression is not None else parsed.node
            if argument not in (None, "x") or not isinstance(node, Rel) or node.ops != ("=",) or symbols(node) != {"x", "y"}:
                continue
            gone = "x" if of == "y" else "y"
            cut = rebuild(node, lambda n, gone=gone: Num(0) if n == Sym(gone) else n)  # type: ignore[misc]
            if symbols(cut) == {of}:
                yield statement(asked, "solve", Parse(cut, parsed.notes), variable=of, domain=Domain("real"), style=f"{of}-intercept")

    return handler


def asymptotes(style: str) -> Handler:
    """Of a quotient of polynomials in lowest terms: upright ones where the denominator is zero, level ones by the degrees."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for parsed in asked.readings(1, FUNCTION_LETTERS):
            expression, argument, _ = body(parsed.node)
            name = argument or (main_variable(expression) if expression is not None else None)
            parts = _quotient(expression, name) if expression is not None and name is not None else None
            if parts is None or name is None or asked.conditions.domain != Domain() or asked.conditions.rounding:
                continue
            common = poly.greatest_common_divisor(*parts)
            top, below = (poly.divided(p, common)[0] for p in parts)
            if style == "vertical" and len(below) > 1:
                node = Rel(("=",), (formula(below, name), Num(0)))
                yield statement(asked, "solve", Parse(node), variable=name, domain=Domain("real"), style="vertical asymptotes")
            elif style == "horizontal" and 1 < len(below) >= len(top):
                level = top[-1] / below[-1] if len(top) == len(below) else Fraction(0)
                yield statement(
                    asked, "evaluate", Parse(number(level)), variable=None, called=Sym("y"), told=("level asymptote", (parsed.node,))
                )

    return handler


def _quotient(node: Node, name: str) -> tuple[Coefficients, Coefficients] | None:
    """(numerator, denominator) of a sum of polynomials and quotients of polynomials."""
    top: Coefficients | None = ()
    below: Coefficients = (Fraction(1),)
    for term in node.args if isinstance(node, Add) else (node,):
        sign, bare = (-1, term.arg) if isinstance(term, Neg) else (1, term)
        num, den = (bare.num, bare.den) if isinstance(bare, Div) else (bare, Num(1))
        p, q = coefficients(num, name), coefficients(den, name)
        if p is None or not q:
            return None
        top = poly.combined(top, q, tuple(sign * c for c in p), below)
        below = poly.combined(below, q, (), ()) or ()
        if top is None or not below:
            return None
    return (top, below) if top else None


def _critical(asked: Asked) -> Iterator[Statement]:
    for _, name, values in _polynomials(asked, False, 2):
        if asked.conditions.domain in (Domain(), Domain("real")):
            node = Rel(("=",), (formula(poly.derived(values), name), Num(0)))
            yield statement(asked, "solve", Parse(node), variable=name, domain=Domain("real"), style="critical points")


def turning(word: str | None) -> Handler:
    """The axis of a parabola, or the place of its minimum or maximum."""

    def handler(asked: Asked) -> Iterator[Statement]:
        for _, name, values in _polynomials(asked, False, 2, "given"):
            fits = word is None or (values[-1] > 0) == (word == "minimum")
            letter = asked.readings("letter")[0].node if asked.found.groupdict().get("letter") else Sym(name)
            if len(values) == 3 and fits and letter == Sym(name) and asked.conditions.domain in (Domain(), Domain("real")):
                node = Rel(("=",), (formula(poly.derived(values), name), Num(0)))
                yield statement(asked, "solve", Parse(node), variable=name, domain=Domain("real"), style="axis of symmetry")

    return handler


def _inflection(asked: Asked) -> Iterator[Statement]:
    """Of a cubic, which has one: where the second derivative is zero."""
    for parsed, name, values in _polynomials(asked, False, 3):
        if len(values) == 4 and asked.conditions.domain in (Domain(), Domain("real")):
            place = -values[2] / (3 * values[3])
            height = sum((c * place**k for k, c in enumerate(values)), Fraction(0))
            yield statement(asked, "point", parsed, style="inflection point", others=(number(place), number(height)), variable=name)


GIVE = r"(?:find|give|determine|what is|what are|what's|state|compute|calculate|identify|write|evaluate|list)"
OF = (
    r"(?: of| for)?(?: (?:function|curve|graph of|graph|line|equation|polynomial|quadratic|quadratic equation|parabola|rational function))?"
)
ROOTS = r"(?: (?:two|both))?(?: (?P<numbers>real))? (?:roots|solutions|zeros|zeroes)"
GIVEN = group("given")
THINGS = r"(?P<things>solutions?|roots?|zeros?|zeroes|x-intercepts?)"
SHAPE = r"(?:vertex form|completed square form|completed-square form)"
FORMS = (
    form(rf"{GIVE} discriminant{OF} {M}", _discriminant),
    form(rf"{GIVE} sum of{ROOTS}{OF} {GIVEN}", of_roots("sum of the roots", lambda v: -v[1] / v[2])),
    form(rf"{GIVE} product of{ROOTS}{OF} {GIVEN}", of_roots("product of the roots", lambda v: v[0] / v[2])),
    form(
        rf"how many (?:(?P<distinct>distinct|different) )?(?:(?P<numbers>real) )?{THINGS} (?:does|do){OF} {GIVEN} have",
        _how_many,
    ),
    form(
        rf"{GIVE} number of (?:(?P<distinct>distinct|different) )?(?:(?P<numbers>real) )?{THINGS}{OF} {GIVEN}",
        _how_many,
    ),
    form(rf"{GIVE} remainder (?:when|of|if) {group('top')}(?: is)? divided by {group('below')}", _remainder),
    form(rf"complete square(?: for| of| in| on)? {M}", _completed),
    form(rf"(?:write|express|rewrite|put){OF} {M} (?:in|into) {SHAPE}", _completed),
    form(rf"(?:write|express|rewrite) {M} in form {M}", _completed),
    form(rf"{GIVE} {SHAPE}{OF} {M}", _completed),
    form(rf"(?:write|express|rewrite) {M} by completing square", _completed),
    form(rf"{GIVE} y-intercept{OF} {M}", intercept("y")),
    form(rf"{GIVE} (?:all )?x-intercepts?{OF} {M}", intercept("x")),
    form(rf"{GIVE} (?:all )?vertical asymptotes?{OF} {M}", asymptotes("vertical")),
    form(rf"{GIVE} (?:all )?horizontal asymptotes?{OF} {M}", asymptotes("horizontal")),
    form(rf"{GIVE} (?:all )?(?:critical points?|critical numbers?|stationary points?){OF} {M}", _critical),
    form(rf"{GIVE} (?:equation of )?(?:axis of symmetry|line of symmetry){OF} {GIVEN}", turning(None)),
    *(
        form(
            rf"(?:for|at) what (?:value of )?{group('letter')}(?: value)? (?:does|is){OF} {GIVEN} (?:have |has |at )?(?:its )?"
            rf"{word}",
            turning(word),
        )
        for word in ("minimum", "maximum")
    ),
    form(rf"{GIVE} (?:all )?(?:inflection points?|points? of inflection){OF} {M}", _inflection),
)
