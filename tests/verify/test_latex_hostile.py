"""Whatever is typed, the parser answers soon, with readings or a ParseFailure."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phi4web.errors import ParseFailure
from phi4web.verify.latex import to_latex, to_text
from phi4web.verify.latex.ast import Parse
from phi4web.verify.latex.parser import read_all

PARTS = (  # noqa: SIM905  (pieces read best as a line of text)
    r"\frac \sqrt { } ( ) [ ] \{ \} | \| \left \right \int \sum \prod \lim _ ^ + - * / = < > , ; : ! ' % & \\ "
    r"\begin{pmatrix} \end{pmatrix} \begin{cases} \end{cases} \begin{aligned} \end{aligned} x y d dx e i 1 2 12 "
    r"1,234 3.5 0.\overline{3} \pi \infty \sin \log \text{if} \text{cm} \text{or} and or \pm \cdot \times \to \in "
    r"\cup \mathbb{R} \le \pmod \bmod \choose \over \binom \boxed \mathbf{v} \vec{u} \overline ° ² √ ½ ≤ ∞ \ldots $ "
    r"\$ \langle \rangle \lfloor \rfloor . \prime \not \angle \mathrm{d} \operatorname{lcm} \circ ~ \, \quad f g ? # "
    r"@ FF_{16}"
).split(" ")


def _read(text: str) -> tuple[Parse, ...]:
    try:
        return read_all(text)
    except ParseFailure as failure:
        _well_formed(failure, text)
        return ()


def _well_formed(failure: ParseFailure, text: str) -> None:
    assert 0 <= failure.start <= failure.end <= len(text)
    assert failure.message


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PARTS), max_size=25), st.sampled_from(["", " "]))
def test_any_heap_of_pieces_is_read_or_refused(parts: list[str], joint: str) -> None:
    for reading in _read(joint.join(parts)):
        assert to_latex(reading.node)
        assert to_text(reading.node)


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    _read(text)


LONG = [
    "(",
    "(1,",
    "{",
    r"\frac{",
    r"\frac1",
    r"\sqrt",
    "-",
    "x^",
    "2^{",
    "|",
    "x|",
    "'",
    "x'",
    "!",
    "1/",
    "1+",
    r"\int ",
    r"\int x dx ",
    r"\sum_{k=1}^{",
    r"\sin ",
    r"\sin^",
    "f(",
    "[[",
    "[[1],",
    r"\begin{cases}",
    r"\begin{pmatrix}",
    r"\left(",
    r"\{",
    r"\{x|",
    "a_{",
    r"\text{",
    r"\overline{",
    r"\frac{d}{dx}",
    "d/dx ",
    r"\frac{d",
    "1,234",
    "1,",
    "9",
    "1.5",
    r"0.\overline{3}",
    r"\pm ",
    "x or ",
    "x=1,",
    r"\lim_{x\to ",
    r"\binom",
    r"\mathbf{",
    r"\$",
    "$",
    "\\",
    r"\\",
    "&",
    "°",
    "²",
    "½",
    "\u200b",
    "\ud800",
    "\x00",
    "٣",
    "1 ",
    r"\not",
    "1/2x",
    "f(2)",
    "(1,2)",
    r"\cup(1,2)",
    "sin",
    "e",
    ".1",
]


@pytest.mark.parametrize("piece", LONG, ids=ascii)
def test_a_piece_repeated_to_the_limit_is_answered_within_a_second(piece: str) -> None:
    text = (piece * 4000)[:4000]
    started = time.thread_time()  # of this thread's own work, however busy the machine is
    _read(text)
    assert time.thread_time() - started < 1


def test_deep_nesting_is_refused_not_a_crash() -> None:
    for text in ("(" * 100 + "x" + ")" * 100, r"\sqrt{" * 100 + "2" + "}" * 100, "2^" * 100 + "2"):
        with pytest.raises(ParseFailure, match="nested"):
            read_all(text)


def test_a_megabyte_is_refused_at_once() -> None:
    with pytest.raises(ParseFailure, match="characters"):
        read_all("x+" * 500_000)
