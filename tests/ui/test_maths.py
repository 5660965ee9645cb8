"""Formulas and solution text: nothing untrusted becomes markup, and what can't be typeset is shown as written."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi4web.ui.maths import _ATTRIBUTES, _TAGS, formula, pieces, prose, solution

MACROS = ["\\frac", "\\text", "\\href", "\\sqrt", "\\begin{align}", "\\end{align}", "<script>"]
LATEX = st.lists(st.sampled_from([*"x2+-=<>&\"'{}[]()^_$ \\`\n!~", *MACROS])).map("".join)


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


@pytest.mark.parametrize(
    ("latex", "part"),
    [
        (r"\frac{1}{2}", "<mfrac>"),
        (r"\sqrt{3x+4} = 2 + \sqrt{x+2}", "<msqrt>"),
        (r"x \in \left\{2, 3\right\}", "∈"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "<mtable>"),
        (r"x < 1", "<mo>&lt;</mo>"),
        (r"x = 2 \text{ or } x = 3", "<mtext>"),
    ],
)
def test_a_formula_becomes_mathml(latex: str, part: str) -> None:
    assert formula(latex).startswith("<math")
    assert part in formula(latex)


@pytest.mark.parametrize("latex", ["", "}", r"\frac{1", r"\nosuchcommand{x}", "x" * 5_000, "{" * 900 + "}" * 900])
def test_what_cannot_be_typeset_is_shown_as_written(latex: str) -> None:
    assert formula(latex).startswith('<code class="as-written"')


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\text{&lt;img src=x onerror=alert(1)&gt;}",
        r"\class{q}{\style{color:red}{x}}",
        "<img src=x onerror=alert(1)>",
    ],
)
def test_a_hostile_formula_stays_text(latex: str) -> None:
    for tag, attributes in Elements(formula(latex)).found:
        assert tag in _TAGS | {"code"}
        assert {name for name, _ in attributes} <= _ATTRIBUTES | {"class", "title"}


@given(LATEX)
def test_no_formula_makes_another_element(latex: str) -> None:
    for tag, attributes in Elements(formula(latex)).found:
        assert tag in _TAGS | {"code"}
        assert {name for name, _ in attributes} <= _ATTRIBUTES | {"class", "title"}


@given(LATEX)
def test_prose_makes_no_element_but_formulas(text: str) -> None:
    assert {tag for tag, _ in Elements(prose(text)).found} <= _TAGS | {"code"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so $x=2$.", r"so \(x=2\)."),
        ("$$x<3$$", r"\[x\lt 3\]"),
        (r"\[ a \] and \( b \)", r"\[a\]" + "\n\n and " + r"\(b\)"),
        ("it costs $5 and $6.", "it costs &#36;5 and &#36;6."),
        ("a < b & <b>c</b>", "a &lt; b &amp; &lt;b>c&lt;/b>"),
        ("`a < $b$` <i>", "`a < $b$` &lt;i>"),
        ("`<b>`", "`<\u200bb>`"),
        ("```python\nx < 1\n```", "```text\nx < 1\n```"),
        ("```mermaid\ngraph\n```", "```text\ngraph\n```"),
        ("![pixel](https://example.com/p.png)", "&#33;[pixel](https://example.com/p.png)"),
        (r"\begin{align} a &= b \end{align}", r"\[\begin{aligned} a &= b \end{aligned}\]"),
        (r"a lone \[ bracket", "a lone &#92;[ bracket"),
    ],
)
def test_solution_text_is_safe_markdown_with_one_kind_of_delimiters(text: str, shown: str) -> None:
    assert solution(text) == shown


@pytest.mark.parametrize("text", ["so $x = 2", "so $$x", r"so \[ x", r"so \( x", r"so \begin{align} x"])
def test_an_unfinished_formula_is_held_back_while_it_streams(text: str) -> None:
    assert solution(text, streaming=True) == "so "
    assert "x" in solution(text)


def test_a_price_is_not_held_back() -> None:
    assert solution("it costs $5 today", streaming=True) == "it costs &#36;5 today"


@given(LATEX)
def test_no_character_of_a_solution_is_lost(text: str) -> None:
    kept = re.sub(r"\s|[$\\\[\]()]", "", "".join(piece.text for piece in pieces(text)))
    assert kept == re.sub(r"\s|[$\\\[\]()]", "", text)


@given(LATEX)
def test_no_tag_can_open_anywhere_in_a_solution(text: str) -> None:
    assert not re.search(r"<[A-Za-z/!?]", solution(text))
    assert not re.search(r"<[A-Za-z/!?]", solution(text, streaming=True))


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("so\n\\boxed{42}", "so\n\\(\\boxed{42}\\)"),
        ("\\boxed{\\frac{1}{2}} done", "\\(\\boxed{\\frac{1}{2}}\\) done"),
        ("$\\boxed{2}$", "\\(\\boxed{2}\\)"),
    ],
)
def test_a_box_without_dollars_is_a_formula_too(text: str, markdown: str) -> None:
    assert solution(text) == markdown


@pytest.mark.parametrize(
    "piece", ["$5 ", "\\(", "\\[x ", "$$ $x ", "\\begin{align}", "\\boxed{", "\\boxed{x} ", "```\nx\n```\n", "`x` ``y ", "$x$ "]
)
def test_twice_the_text_takes_about_twice_the_time(piece: str) -> None:
    """Every picture of a cell is made anew: sixteen times the text may take far less than its square, 256 times."""

    def seconds(times: int) -> float:
        text, best = piece * times, float("inf")
        for _ in range(3):
            started = time.thread_time()
            list(pieces(text))
            best = min(best, time.thread_time() - started)
        return best

    assert seconds(16 * 400) < 64 * seconds(400)


def test_bare_words_between_values_keep_their_spaces():
    assert solution("\\boxed{x = 2 or x = -3}") == "\\(\\boxed{x = 2\\text{ or }x = -3}\\)"
    assert solution("$x = 2 \\text{ or } x = 3$") == "\\(x = 2 \\text{ or } x = 3\\)"
