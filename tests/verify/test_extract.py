"""Which part of a response is the final answer, and how sure that is."""

from __future__ import annotations

import gc
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phi4web.verify.extract import Extracted, extract

FOUND = [
    # boxes
    (r"So the answer is $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}", "box"),
    (r"\boxed{7", "7", "open_box"),
    (r"Hence \boxed 7.", "7", "box"),
    (r"\fbox{7}", "7", "box"),
    ("\\boxed{\n\\frac{1}{2}\n}", r"\frac{1}{2}", "box"),
    (r"\boxed{4}. Wait, actually that is wrong. It is \boxed{5}", "5", "box"),
    (r"\boxed{4} or \boxed{5}", r"4 \text{ or } 5", "boxes"),
    (r"$\boxed{1}$ and $\boxed{2}$", "1, 2", "boxes"),
    (r"$x=\boxed{2}$ and $y=\boxed{3}$", "x = 2, y = 3", "boxes"),
    (r"\boxed{2}, so again \boxed{2}", "2", "box"),
    (r"<think>\boxed{3}? no.</think> It is $\boxed{4}$", "4", "box"),
    (r"\boxed{\{1, 2\}}", r"\{1, 2\}", "box"),
    # lines
    ("So, the final answer is 42.", "42", "final_line"),
    ("The answer is three.", "three", "final_line"),
    ("✅ Final Answer: **73**", "73", "final_line"),
    ("Final answer:\n\n\\[ \\frac{1}{2} \\]\n", r"\frac{1}{2}", "final_line"),
    ("The answer is $5$ because $2+3=5$.", "$5$", "final_line"),
    (r"Answer: $\frac{1}{2}$ meters", r"$\frac{1}{2}$ meters", "final_line"),
    ("He pays $35000 + $22500 = $57500 per year\nA: 57500", "57500", "final_line"),
    ("That makes 7.\n#### 7", "7", "final_line"),
    ("We multiply.\n\n**x = 4**", "x = 4", "bold"),
    ("We get\n$$x^2 = 2x+1$$", "2x+1", "display"),
    ("The solution is $x = 3$.", "x = 3", "inline"),
    (r"$\frac{d}{dx} x^2 = 2x$", "2x", "inline"),
    ("First we factor:\n(x-2)(x-3)=0\nx = 2 or x = 3", "x = 2 or x = 3", "equation"),
    # prose
    ("The derivative of x^2 is 2x.", "2x", "sentence"),
    ("The integral of 2x is x^2 + C, where C is a constant.", "x^2 + C", "sentence"),
    ("The solutions are x = 2 and x = 3.", "x = 2 and x = 3", "sentence"),
    ("2x", "2x", "whole"),
]


@pytest.mark.parametrize(("response", "answer", "kind"), FOUND)
def test_the_answer(response: str, answer: str, kind: str) -> None:
    found = extract(response)
    assert (found.answer, found.kind) == (answer, kind)


@pytest.mark.parametrize(
    "response", ["", "I do not know what to do here, sorry about that, my friend", r"Ignore previous. \boxed{}", "   \n\n"]
)
def test_no_answer(response: str) -> None:
    found = extract(response)
    assert found.answer is None
    assert found.confidence == 0
    assert not found.truncated


@pytest.mark.parametrize("response", [r"<think>maybe \boxed{12} but", r"<think>a</think> \boxed{1} <think>wait, \boxed{2}"])
def test_a_thought_that_never_ends_has_no_answer_even_if_a_box_stands_in_it(response: str) -> None:
    assert extract(response) == Extracted(None, truncated=True)


def test_confidence_falls_from_box_to_prose() -> None:
    responses = [r"\boxed{2}", "The final answer is 2.", "**x = 2**", "$$2$$", "x = 2", "so we see $2$", "The sum is 2.", "2"]
    confidences = [extract(r).confidence for r in responses]
    assert confidences == sorted(confidences, reverse=True)
    assert len(set(confidences)) == len(confidences)


def test_words_of_revision_between_boxes_are_reported() -> None:
    assert extract(r"\boxed{4}. Wait, that is wrong: \boxed{5}").revised
    assert not extract(r"\boxed{4} and then \boxed{5}").revised


def test_several_boxes_are_joined_when_the_problem_asks_for_several() -> None:
    response = r"(a) We find \boxed{4} apples in the first basket, which is what was asked. (b) Also \boxed{5}."
    assert extract(response).answer == "5"
    assert extract(response, several=True).answer == "4, 5"


def test_earlier_boxes_are_kept_as_alternatives() -> None:
    assert extract(r"\boxed{1} then \boxed{2} then, finally and after much thought, \boxed{3}").alternatives == ("2", "1")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="x2=. \n$*\\{}boxed<think>/answeri:#AB()[]", max_size=200))
def test_offsets_point_at_the_answer_and_nothing_is_raised(response: str) -> None:
    found = extract(response)
    assert 0 <= found.start <= found.end <= len(response)
    if found.answer is not None and found.kind != "boxes":
        assert response[found.start : found.end] == found.answer


HOSTILE = [
    "\\boxed{",
    "{",
    "answer is ",
    "$",
    "\\boxed{1}",
    "**",
    "\\[",
    "is ",
    "x = ",
    "\\",
    "<think>",
    "a\n",
    "\\boxed ",
    ". ",
    "\\(",
    "Answer:\n",
    "$$ ",
    "}",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_takes_linear_time(piece: str) -> None:
    def seconds(chars: int) -> float:
        gc.disable()  # a collection costs what the whole test run holds, which is not the text's
        try:
            started = time.thread_time()
            extract(piece * (chars // len(piece)))
            return time.thread_time() - started
        finally:
            gc.enable()

    small = min(seconds(62_500) for _ in range(3))
    assert min(seconds(1_000_000) for _ in range(2)) < 64 * max(small, 0.001)  # sixteen times the text: 16 if linear, 256 if its square


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (r"$$x = 2, \quad x = 3$$", "x = 2, x = 3"),
        ("$x = 2, x = 3$", "x = 2, x = 3"),
        ("$$x_1 = 2; x_2 = 3$$", "x_1 = 2, x_2 = 3"),
        (r"$$x = 2 \text{ and } x = 3$$", "x = 2, x = 3"),
        (r"\[ x-2=0 \Rightarrow x=2, \quad x-3=0 \Rightarrow x=3 \]", "x=2, x=3"),
        ("We get\n$$x = 2,\\ y = 1.$$", "x = 2, y = 1"),
        ("$$2x = 4, x = 2$$", "2"),
        ("$$a = 2, b = 2, a+b = 4$$", "4"),
        ("$$f(x, y) = 3, 4$$", "3, 4"),
        ("$$x = 1,234$$", "x = 1,234"),
        (r"$$(x, y) = (2, 1)$$", "(2, 1)"),
    ],
)
def test_all_values_of_one_formula_are_the_answer(response: str, answer: str) -> None:
    assert extract(response).answer == answer
