"""Steps of hostile text: nothing raises, nothing hangs, nothing runs; and the marks come through the worker."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phi4web.verdict import CheckRequest, Verdict
from phi4web.verify.steps import steps_of
from phi4web.verify.worker import Checker

BOMBS = [
    "$9^{9^{9^9}} = 1$",
    "$1000000000! = 2$",
    "$\\binom{1000000000}{500000000} = 3$",
    "$\\sum_{k=1}^{1000000000} k^k = 4$",
    "$((9!)!)! = 5$",
    "$10^{-1000000000} = 0$",
    "$" + "(" * 300 + "1" + ")" * 300 + " = 1$",
    "$" + "\\frac{1}{" * 100 + "2" + "}" * 100 + " = 1$",
    "x^{100000}=1\nx=1",
    "x^{60}-x-1=0\nx^{60}=x+1",
    "sqrt(x)+sqrt(x+1)+sqrt(x+2)+sqrt(x+3)+sqrt(x+5)=7\nx=1",
    "\\sin(\\cos(\\tan(x^x)))=x\nx=0",
    "a+b+c+d+e+f+g+h=1\n2a+2b+2c+2d+2e+2f+2g+2h=2",
    "(x+y+z+w)^{40}\n(x+y+z+w)^{39}(x+y+z+w)",
    "x^4+y^4+z^4=1\nx^3y+y^3z+z^3x=2\nx^2+yz=3\nxyz+x+y=5\nx+y^3+z=7\nx=1",
    "2^{100000x}+2^x=3\nx=0",
    "1000000 \\ln(x) + 3 \\ln(x+1) = 7\nx=1",
    "x^8/(x^7-1) + 1/(x-1) > 1/(x^2-2)\nx>1",
]
PAYLOADS = [
    "__import__('os').system('touch /tmp/phi4web_hacked') = 1",
    "x = __import__('os')\nx = 1",
    "$\\text{__import__('os').system('id')} = 1$",
    "$\\operatorname{eval}(1) = 1$",
    "lambda: 0 = 1",
]
SHAPES = [
    "$" * 50_000,
    "\\begin{align*}" * 5_000,
    "\\[" * 20_000,
    "{" * 50_000 + "=" * 50_000,
    "1=" * 50_000,
    "\n".join(["1+1=2"] * 5_000),
    "$1+1=2$ " * 20_000,
    "[asy]" * 20_000,
    "<think>" * 1_000 + "</think>" + "$1=1$",
    "1 \x00 = \ud800 2\u202e\n\u200b",
    "=\n=\n=",
    "\\\\" * 1_000,
    "\\implies" * 2_000,
    ", ;" * 10_000 + "=",
    "So 1+1" + "(" * 10_000 + "=2",
    "\n".join(f"{n}x + {n} = {2 * n}" for n in range(50_000))[:1_000_000],
    "\n".join(f"{n + 1}x + {n + 2}y = {3 * n + 4}" for n in range(2_000)),
    "\n".join(f"Subtract {n} from both sides:\n{n + 1}x = {2 * n + 2}" for n in range(1_000)),
    "+".join(["x"] * 10_000) + " = 5\nx = 1",
    ("x = 2 " + " " * 5_000 + "(" + "a" * 50 + "\n") * 50,
    ("x = 2 " + "-- " * 1_800 + "\n") * 100,
    ("x = 2 " + "because " * 700 + "\n") * 100,
    "step 1: " * 100_000,
    ("the price of it is so = 3\n") * 3_000,
    "cost $5 each\n" * 50_000,
    "f(x) = f(f(x))\n" * 200,
    ("[" + "x+" * 600 + "x]_0^1\n") * 100,
]


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(workers=1) as started:
        started.check(CheckRequest(response="1 + 1 = 2", steps=True))
        yield started


def steps(checker: Checker, text: str, problem: str | None = None) -> Verdict:
    return checker.check(CheckRequest(problem=problem, response=text, steps=True))


def test_marks_come_through_the_worker(checker: Checker) -> None:
    verdict = steps(checker, "2x + 6 = 10\n2x = 4\nx = 3", "Solve 2x + 6 = 10")
    assert [s.mark for s in verdict.steps] == ["⇔", "⇔", "✗"]
    assert verdict.first_wrong == 2
    assert verdict.steps[2].witness == "at x = 2, 2 ≠ 3"


@pytest.mark.parametrize("text", ["x^5-x-1=0\nx^5=x+1\nx=1", "x^3-x-1>0\nx>1", "x^7-3x+1=0\nx^8-3x^2+x=0"])
def test_roots_without_a_formula_need_no_written_code(checker: Checker, text: str) -> None:
    assert steps(checker, text).steps


@pytest.mark.parametrize("text", BOMBS, ids=lambda t: t[:30])
def test_a_bomb_is_not_checked_and_costs_little(checker: Checker, text: str) -> None:
    start = time.monotonic()
    verdict = steps(checker, text)
    assert time.monotonic() - start < 15
    assert "✗" not in {s.mark for s in verdict.steps}
    assert [s.mark for s in steps(checker, "1+1=2").steps] == ["✓"]


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_payload_is_only_text(checker: Checker, text: str) -> None:
    assert all(s.mark in "?✓⇔⇒⇐✗" for s in steps(checker, text).steps)


@pytest.mark.parametrize("text", SHAPES, ids=range(len(SHAPES)))
def test_odd_shapes_never_raise_and_take_bounded_time(text: str) -> None:
    start = time.monotonic()
    marked = steps_of(text, seconds=2)
    assert time.monotonic() - start < 8
    assert len(marked.steps) <= 310


@given(st.text(alphabet="xy0123456789+-*/^=()<>{}[]$\\&,. \nabfracsqtleimpd|±≤⇒", max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_marks_and_never_raises(text: str) -> None:
    marked = steps_of(text, seconds=5)
    assert all(0 <= s.start <= s.end <= len(text) for s in marked.steps)
    assert all(s.mark != "✗" or s.witness for s in marked.steps)


def test_every_way_to_end_a_line_ends_it_and_invisible_signs_are_nothing() -> None:
    lines = ["2x\u202e + 6 = 10\u202c", "\u200b2x = 4", "x\u200b = 2\ufeff", "x\u00a0=\t2"]
    for ending in ("\n", "\r\n", "\r", "\u2028", "\x0b"):
        marked = steps_of(ending.join(lines))
        assert "".join(s.mark for s in marked.steps) == "?⇔⇔⇔"


def test_out_of_time_is_said_and_nothing_is_lost() -> None:
    marked = steps_of("1+1=2\n1+2=3", seconds=0)
    assert [s.mark for s in marked.steps] == ["?", "?"]
    assert "time" in marked.steps[0].words


def test_more_steps_than_are_marked_is_said() -> None:
    marked = steps_of("\n".join(f"{n}+1={n + 1}" for n in range(400)))
    assert marked.steps[-1].words.startswith("not checked: more than")
