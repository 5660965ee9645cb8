"""parse(render(formula)) is the formula, for formulas made at random."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from phi4web.errors import ParseFailure
from phi4web.verify.latex import ast as a
from phi4web.verify.latex import to_latex, to_text
from phi4web.verify.latex.parser import read_all
from tests.verify.formulas import nodes, values

LIMITS = ("nested", "more than")


def _readings(text: str) -> list[a.Node]:
    try:
        return [p.node for p in read_all(text)]
    except ParseFailure as failure:
        _only_too_deep(failure)
        return []


def _only_too_deep(failure: ParseFailure) -> None:
    assert any(limit in failure.message for limit in LIMITS), failure.message


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(nodes)
def test_latex_reads_back_as_the_same_formula(node: a.Node) -> None:
    readings = _readings(to_latex(node))
    assert not readings or node in readings


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(values)
def test_plain_text_is_one_line_and_can_be_read(node: a.Node) -> None:
    text = to_text(node)
    assert text
    assert "\n" not in text


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(nodes)
def test_equal_formulas_hash_equal_and_a_rebuilt_one_is_equal(node: a.Node) -> None:
    again = a.rebuild(node, lambda n: n)
    assert again == node
    assert hash(again) == hash(node)
