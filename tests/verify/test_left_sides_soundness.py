"""What stands left of the value is part of an answer: a false equation is never verified, a name or a true side costs nothing."""

from __future__ import annotations

import pytest

from phi4web.verify.steps import steps_of
from phi4web.verify.worker.pipeline import check

AREA = "Find the area under y = x^2 from x = 0 to x = 3"
ENCLOSED = "Find the area enclosed by y = x^2 and y = 2x"
DIVISOR = "Find gcd(84, 126)"
INTEGRAL = "Integrate x^2 from 0 to 3"
ENDLESS = r"Find \lim_{x \to 0} \frac{1}{x^2}"
NEVER_VERIFIED = [
    (AREA, "∫_0^2 x^2 dx = 9"),
    (AREA, "∫_0^3 x dx = 9"),
    (AREA, "A = ∫_0^3 x dx = 9"),
    (AREA, "area = ∫_0^2 x^2 dx = 9"),
    (AREA, "∫_0^3 x^2 dx = ∫_0^3 x dx = 9"),
    (AREA, "∞ = 9"),
    (ENCLOSED, "∫_0^1 (2x - x^2) dx = 4/3"),
    (ENCLOSED, "∫_0^2 (x^2 - 2x) dx = 4/3"),
    ("Find the area between y = x and y = x^2", "lim_{x→0} x = 1/6"),
    (DIVISOR, "∫_0^1 x dx = 42"),
    (DIVISOR, "∞ = 42"),
    (DIVISOR, "area = 42"),
    ("Find the mean of 2, 4, 6", "the sum is 4"),
    (DIVISOR, "lim_{x→0} 1/x = 42"),
    (DIVISOR, "∑_{k=1}^{∞} 1/k = 42"),
    ("Find the sum of the geometric series 1 + 1/2 + 1/4 + ...", "∑_{k=0}^{∞} (1/3)^k = 2"),
    ("Find the mean of 2, 4, 6", r"\sum_{k=1}^3 k = 4"),
    ("Find the determinant of [[1, 2], [3, 4]]", "∫_0^1 x dx = -2"),
    ("Find the maximum of x^2 on [0, 3]", "∫_0^1 x dx = 9"),
    ("Find f(2) if f(x) = x^2 + 1", "∫_0^1 x dx = 5"),
    (INTEGRAL, "∫_0^2 x^2 dx = 9"),
    (INTEGRAL, "∫_0^3 x^2 dx = ∫_0^3 x dx = 9"),
    ("Find the average value of x^2 on [0, 3]", "∫_0^3 x^2 dx = 3"),
    (ENDLESS, r"\lim_{x \to 0} x = ∞"),
    (ENDLESS, r"\lim_{x \to 0} \frac{1}{x^2} = \lim_{x \to 0} \frac{2}{x} = ∞"),
]
VERIFIED = [
    (AREA, "∫_0^3 x^2 dx = 9"),
    (AREA, "A = ∫_0^3 x^2 dx = 9"),
    (AREA, r"\int_0^3 x^2\,dx = \frac{27}{3} = 9"),
    (AREA, "area = ∫_0^3 x^2 dx = 9"),
    (ENCLOSED, r"A = \int_0^2 (2x-x^2) dx = 4 - 8/3 = 4/3"),
    ("Find the area under y = e^x from x = 0 to x = 1 to 3 decimal places", "∫_0^1 e^x dx = 1.718"),
    (DIVISOR, "gcd(84, 126) = 42"),
    ("What is 2 + 3?", "sum = 5"),
    ("Find the limit of sin(x)/x as x approaches 0", "The limit is 1"),
    ("Find the sum of the geometric series 1 + 1/2 + 1/4 + ...", "∑_{k=0}^{∞} (1/2)^k = 2"),
    (INTEGRAL, "∫_0^3 x^2 dx = 9"),
    (INTEGRAL, "∫_0^1 x^2 dx + ∫_1^3 x^2 dx = 9"),
    ("Find the average value of x^2 on [0, 3]", r"\frac{1}{3} \int_0^3 x^2 dx = 3"),
    (r"Find \sum_{k=1}^{10} k", r"\sum_{k=1}^{10} k = \frac{10 \cdot 11}{2} = 55"),
    (r"Find \sum_{k=1}^{n} k", r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}"),
    ("Find the limit of sin(x)/x as x approaches 0", r"\lim_{x \to 0} \frac{\sin x}{x} = \lim_{x \to 0} \cos x = 1"),
    (ENDLESS, r"\lim_{x \to 0} \frac{1}{x^2} = ∞"),
    (ENDLESS, r"\lim_{x \to 0} \frac{1}{x^2} = \lim_{x \to 0} \frac{2}{2 x^2} = ∞"),
]


@pytest.mark.parametrize(("problem", "answer"), NEVER_VERIFIED)
def test_a_side_that_is_not_equal_to_the_value_is_never_verified(problem: str, answer: str) -> None:
    assert check(problem, answer).status == "could_not_check"


@pytest.mark.parametrize(("problem", "answer"), VERIFIED)
def test_a_side_that_is_proven_equal_to_the_value_stays_verified(problem: str, answer: str) -> None:
    assert check(problem, answer).status == "verified"


def test_an_unproven_side_is_named() -> None:
    """The reader learns which part of the answer nobody looked at."""
    verdict = check(DIVISOR, "∑_{k=1}^{∞} 1/k = 42")
    assert verdict.detail == "the left side of the answer, ∑ k=1..∞ (1/k), was not checked"


@pytest.mark.parametrize(
    "wrong",
    [
        "lim x→0 sin(x)/x = 0",
        "lim x→2 (3) = 6",
        "lim x->2 (3) = 6",
        "lim x→1 x^2\n= x^2",
        "lim x->0 sin(2x)/x\n= 0",
        "lim as x→0 of sin(x)/x = 0",
        "lim sin(x)/x as x->0 = 0",
        "limit x→2 (3) = 6",
        "lim x approaches 2 (3) = 6",
        "the limit as x → 2 of 3 * 2 = 6",
        "limit as x goes to 2 (3) = 6",
        "lim x => 2 (3) = 6",
        "lim x = 2 (3) = 6",
        "derivative of 3 * 2 = 6",
        r"$\text{Limit as } x\to 2 (3) = 6$",
        r"$\text{lim } x \to 2 (3) = 6$",
        r"$\mathrm{lim}_{x \to 2} 3 = 6$",
        "d(x^2)/dx\n= x",
        "∫ 0 to 1 x dx\n= 0",
        r"$\Sigma k$" + "\n" + r"$= k \Sigma$",
    ],
)
def test_no_operator_of_a_working_is_dropped(wrong: str) -> None:
    """What follows the arrow of a limit, or a head such as ∫ or Σ, is not multiplied with what it goes over."""
    assert not {"✓", "⇔", "⇒", "⇐"} & {step.mark for step in steps_of(wrong, None).steps}


@pytest.mark.parametrize(
    "right",
    ["lim x→0 sin(x)/x = 1", "lim x->0 sin(2x)/x\n= 2", "lim_x→2 3 = 3", "Σ_{k=1}^3 k = 6", "d(x^2)/dx = 2x", "d/dx x^2 + d/dx x = 2x + 1"],
)
def test_plainly_typed_operators_are_checked(right: str) -> None:
    assert [step.mark for step in steps_of(right, None).steps] == ["✓"]


@pytest.mark.parametrize(
    ("problem", "right", "wrong"),
    [
        ("Find lim_x→0 sin(x)/x", "1", "0"),
        ("What is lim x→2 3?", "3", "6"),
        ("Find Σ_{k=1}^3 k", "6", "3"),
        ("Find d(x^2)/dx", "2x", "x"),
    ],
)
def test_plainly_typed_operators_of_a_question_are_read(problem: str, right: str, wrong: str) -> None:
    assert [check(problem, answer).status for answer in (right, wrong)] == ["verified", "refuted"]
