"""One unknown number in words: the sum of a number and 7 is 15; 5 more than twice a number is 17; two consecutive integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from phi4web.verify.latex.ast import Add, Div, Mul, Neg, Node, Num, Parse, Percent, Rel, Sym
from phi4web.verify.problem.forms.common import Asked, Form, Handler, form, group, statement, unconditional
from phi4web.verify.problem.forms.numbers import is_one_value, lowered_by, raised_by
from phi4web.verify.problem.statement import Domain, Statement

X = Sym("x")
TIMES = {"twice": 2, "double": 2, "two times": 2, "three times": 3, "four times": 4, "five times": 5, "six times": 6}
MANY = {"two": 2, "three": 3, "four": 4, "five": 5}
Rule = Callable[[Node, Node], Node]


def of_number(rule: Rule, shares: bool = False) -> Handler:
    """The equation for the number. `shares`: a percentage is a share of the number, as in "increased by 20%"."""

    def handler(asked: Asked) -> Iterator[Statement]:
        if asked.conditions.variable is not None or asked.conditions.domain != Domain() or not unconditional(asked):
            return
        part, total = asked.readings("part"), asked.readings("total")
        if len(part) != 1 or len(total) != 1 or not (is_one_value(part[0].node, True) and is_one_value(total[0].node, False)):
            return
        if isinstance(part[0].node, Percent) and not shares:
            return
        factor = TIMES.get(asked.found.groupdict().get("times") or "", 1)
        unknown: Node = X if factor == 1 else Mul((Num(factor), X))
        node = Rel(("=",), (rule(unknown, part[0].node), total[0].node))
        yield statement(asked, "solve", Parse(node), variable="x", style="number", one=False)

    return handler


def consecutive(step: int) -> Handler:
    """Whole numbers in a row with a given sum."""

    def handler(asked: Asked) -> Iterator[Statement]:
        many, readings = MANY[asked.found.group("many")], asked.readings("total")
        total = readings[0].node
        if len(readings) != 1 or not isinstance(total, Num) or total.den != 1 or total.places is not None:
            return
        first, rest = divmod(total.num - step * many * (many - 1) // 2, many)
        fits = step == 1 or (first % 2 == 0) == (asked.found.group("parity") == "even")
        if rest == 0 and fits and first >= 0 and asked.conditions.variable is None and unconditional(asked):
            found = tuple(Num(first + step * k) for k in range(many))
            told = (f"{many} whole numbers in steps of {step} with the sum", (total,))
            yield statement(asked, "primes", Parse(total), style="list", others=found, variable=None, one=False, told=told)

    return handler


PART, TOTAL = group("part"), group("total")
NUMBER = r"(?:certain |unknown |same )?number"
SOME = rf"(?:(?P<times>{'|'.join(TIMES)}) )?{NUMBER}"
IS = rf"(?:is|equals|is equal to|gives) {TOTAL}"
ASKED = r"(?:then )?(?:find|what is|determine|what's)(?: value of)? (?:number|this number|that number|it)"
WORDS: tuple[tuple[str, Handler], ...] = (
    (rf"sum of {SOME} and {PART}", of_number(lambda x, p: Add((x, p)))),
    (rf"sum of {PART} and {SOME}", of_number(lambda x, p: Add((p, x)))),
    (rf"product of {NUMBER} and {PART}", of_number(lambda x, p: Mul((x, p)))),
    (rf"{PART} more than {SOME}", of_number(lambda x, p: Add((x, p)))),
    (rf"{PART} less than {SOME}", of_number(lambda x, p: Add((x, Neg(p))))),
    (rf"{PART} times {NUMBER}", of_number(lambda x, p: Mul((p, x)))),
    (rf"{NUMBER} (?:plus|added to) {PART}", of_number(lambda x, p: Add((x, p)))),
    (rf"{NUMBER} minus {PART}", of_number(lambda x, p: Add((x, Neg(p))))),
    (rf"{NUMBER} (?:times|multiplied by) {PART}", of_number(lambda x, p: Mul((x, p)))),
    (rf"{NUMBER} divided by {PART}", of_number(Div)),
    (rf"{NUMBER} increased by {PART}", of_number(raised_by, shares=True)),
    (rf"{NUMBER} (?:decreased|reduced) by {PART}", of_number(lowered_by, shares=True)),
)
ROW = r"(?P<many>two|three|four|five) consecutive"
SUMS = rf"(?:whose sum is|with sum(?: of)?|that add up to|that sum to|which add up to|whose sum equals) {TOTAL}"


def _questions(words: str, handler: Handler) -> tuple[Form, ...]:
    return (
        form(rf"(?:if |when |suppose )?{words} {IS} {ASKED}", handler),
        form(rf"(?:find|what is) number (?:such that|if|when) {words} {IS}", handler),
    )


FORMS = (
    *(made for words, handler in WORDS for made in _questions(words, handler)),
    form(rf"(?:find|what are) {ROW} (?:integers|whole numbers|numbers) {SUMS}", consecutive(1)),
    form(rf"(?:find|what are) {ROW} (?P<parity>even|odd) (?:integers|whole numbers|numbers) {SUMS}", consecutive(2)),
)
