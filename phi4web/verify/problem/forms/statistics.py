"""The mean, median, mode, range, variance and standard deviation of a list of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

from phi4web.verify.latex.ast import Add, Div, Func, Listing, Mul, Neg, Node, Num, Parse, Pow, Set_, Tuple_
from phi4web.verify.problem.forms.common import Asked, Handler, M, form, statement, unconditional
from phi4web.verify.problem.polynomial import coefficients, number
from phi4web.verify.problem.statement import Statement

Items = list[tuple[Fraction, Node]]  # each with its value
MOST_ITEMS = 200


def of_list(name: str, rule: Callable[[Items], tuple[Node, ...]]) -> Handler:
    """A number made of all numbers of a list; several where the word has several meanings, none where it has none."""

    def handler(asked: Asked) -> Iterator[Statement]:
        if asked.conditions.variable is not None or not unconditional(asked, rounding=True):
            return
        for chosen in product(*(asked.readings(k) for k in range(1, asked.found.re.groups + 1) if asked.found.group(k))):
            if len(chosen) > 1 and any(isinstance(p.node, Tuple_ | Set_) for p in chosen):
                continue  # points, and sets, are no numbers
            nodes = [n for p in chosen for n in _items(p.node)]
            values = [coefficients(n, "") for n in nodes]
            if 2 <= len(nodes) <= MOST_ITEMS and None not in values and not any(isinstance(n, Add | Mul) for n in nodes):
                items = [(v[0] if v else Fraction(0), n) for v, n in zip(values, nodes, strict=True)]
                for node in rule(items):
                    yield statement(
                        asked,
                        "evaluate",
                        Parse(node, tuple(n for p in chosen for n in p.notes)),
                        variable=None,
                        one=False,
                        told=(name, tuple(nodes)),
                    )

    return handler


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing | Set_ | Tuple_) else (node,)


def _mean(items: Items) -> tuple[Node, ...]:
    return (Div(Add(tuple(n for _, n in items)), Num(len(items))),)


def _median(items: Items) -> tuple[Node, ...]:
    ranked = [v for v, _ in sorted(items, key=lambda i: i[0])]
    middle = len(ranked) // 2
    return (number(ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2),)


def _mode(items: Items) -> tuple[Node, ...]:
    """The one number that stands there most often, if there is one."""
    (first, often), *rest = Counter(v for v, _ in items).most_common(2)
    return (number(first),) if often > 1 and (not rest or rest[0][1] < often) else ()


def _spread(items: Items) -> tuple[Node, ...]:
    values = [v for v, _ in items]
    return (number(max(values) - min(values)),)


def variance(root: bool, less: tuple[int, ...]) -> Callable[[Items], tuple[Node, ...]]:
    """Squared distances from the mean over n (`less` 0, a population) and n - 1 (1, a sample); both where neither is said."""

    def rule(items: Items) -> tuple[Node, ...]:
        mean = _mean(items)[0]
        total = Add(tuple(Pow(Add((n, Neg(mean))), Num(2)) for _, n in items))
        made = tuple(Div(total, Num(len(items) - k)) for k in less)
        return tuple(Func("sqrt", (m,)) for m in made) if root else made

    return rule


GIVE = r"(?:find|give|determine|what is|what's|state|compute|calculate|work out)"
DATA = r"(?:(?:following )?(?:data set|dataset|data|set of data|set of numbers|set|list of numbers|list|numbers|values|scores|data values))"
OF = rf"(?: (?:of|for))?(?: {DATA})?"
LIST = rf"{M}(?:(?: and)? {M})?"
SAID = {(0, 1): r"", (0,): r"population ", (1,): r"sample "}
FORMS = (
    form(rf"{GIVE} (?:arithmetic )?(?:mean|average)(?: value)?{OF} {LIST}", of_list("mean", _mean)),
    *(
        form(rf"(?:(?:for|given|consider|let) )?(?:{DATA} (?:is |are )?)?{LIST} (?:then )?{GIVE} {word}", of_list(word, rule))
        for word, rule in (("mean", _mean), ("average", _mean), ("median", _median), ("mode", _mode), ("range", _spread))
    ),
    form(rf"{GIVE} median{OF} {LIST}", of_list("median", _median)),
    form(rf"{GIVE} mode{OF} {LIST}", of_list("mode", _mode)),
    form(rf"{GIVE} range{OF} {LIST}", of_list("range", _spread)),
    *(form(rf"{GIVE} {word}variance{OF} {LIST}", of_list(f"{word}variance", variance(False, less))) for less, word in SAID.items()),
    *(
        form(rf"{GIVE} {word}standard deviation{OF} {LIST}", of_list(f"{word}standard deviation", variance(True, less)))
        for less, word in SAID.items()
    ),
)
