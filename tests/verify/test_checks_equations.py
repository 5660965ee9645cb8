"""Equations with roots, absolute values, exponentials, logarithms and sines, and those with other letters."""

import pytest

from phi4web.verify.worker.pipeline import check

COMPLETE = [
    ("Solve sqrt(2x+3) - 3 = 0", "3"),
    ("Solve sqrt(x) = x - 2", "4"),
    ("Solve sqrt(2x+4) - sqrt(x+3) = 1", "6"),
    ("Solve |9p+6| = 3", "-1/3, -1"),
    ("Solve |x| = -2", "no solution"),
    ("Solve |x-1| + |x+1| = 4", "±2"),
    ("Solve the absolute value equation: $|5 x+3|=|2 x-1|$", r"$-\frac{4}{3},-\frac{2}{7}$"),
    ("Solve (2x-3)^(2/3) = 4 over the reals", "11/2, -5/2"),
    ("Solve (3-2x)^(4/3) = -81 over the reals", "no solution"),
    ("Solve 9^(2n+3) = 243", "-1/4"),
    ("Solve 2^x = 5", "ln 5 / ln 2"),
    ("Solve 2^x + 3^x = 5", "1"),
    ("Solve 2^x = 3^(x-1)", r"\frac{\ln 3}{\ln 3 - \ln 2}"),
    ("Solve e^(2x) - 3e^x + 2 = 0", "0, ln 2"),
    ("Solve e^x = -1 over the reals", "no solution"),
    ("Solve ln x = 3", "e^3"),
    ("Solve log_2(x) + log_2(x-2) = 3", "4"),
    ("Solve (ln x)^2 = 4", "e^2, e^{-2}"),
    ("Solve sin x = 1/2 for 0 <= x < 2pi", "pi/6, 5pi/6"),
    ("Solve sin x = 1 for 0 <= x < 2pi", "pi/2"),
    ("Solve 2cos^2 x - cos x - 1 = 0 for 0 <= x < 2pi", "0, 2pi/3, 4pi/3"),
    ("Solve 2sin(x) - 1 = 0 on the interval [0, 2pi)", "pi/6, 5pi/6"),
    ("Solve the equation 2sin(x) - 1 = 0 for x in [0, 2pi]", "pi/6, 5pi/6"),
    (r"Solve $2\sin x = 1$ for $x \in [0, 2\pi)$", "pi/6, 5pi/6"),
    ("Solve sin x = 2 for 0 <= x < 2pi", "no solution"),
    ("Solve sin x = 1/2", "x = pi/6 + 2 pi k, 5pi/6 + 2 pi k"),
    ("Solve tan x = 1", r"x = \frac{\pi}{4} + \pi n, n \in \mathbb{Z}"),
    ("Solve cos(2x) = 0", "x = pi/4 + k pi/2"),
    ("Solve x^2 = 2 for 0 < x < pi", "sqrt(2)"),
    ("Solve A = pi r^2 for r", "±sqrt(A/pi)"),
    ("Solve a x^2 + b x + c = 0 for x", r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}"),
    ("Solve x + y = 3 for y", "3 - x"),
    ("Solve the equation $a b=c$ for $b$.", r"$b=\frac{c}{a}$"),
]


@pytest.mark.parametrize(("question", "answer"), COMPLETE)
def test_all_solutions_and_no_other_are_verified(question, answer):
    verdict = check(question, answer)
    assert (verdict.status, verdict.strength, verdict.completeness) == ("verified", "exact", "complete"), verdict


@pytest.mark.parametrize(
    ("question", "answer", "witness"),
    [
        ("Solve sqrt(x) = 2", "5", "left side is 2.23607"),
        ("Solve sqrt(x) = x - 2", "4, 1", "x = 1"),
        ("Solve sqrt(x) = x - 2", "no solution", "missing: x = 4"),
        ("Solve |9p+6| = 3", "-1/3", "missing: p = -1"),
        ("Solve |x| = x", "all real numbers", "x = -1"),
        ("Solve e^(2x) - 3e^x + 2 = 0", "0", "missing: x = log(2)"),
        ("Solve log_2(x) + log_2(x-2) = 3", "4, -2", "no real value"),
        ("Solve sin x = 1/2 for 0 <= x < 2pi", "pi/6", "missing"),
        ("Solve sin x = 1/2 for 0 <= x < 2pi", "pi/6, 5pi/6, 13pi/6", "outside the domain"),
        ("Solve sin x = 1 for 0 < x < pi/2", "pi/2", "outside the domain"),
        ("Solve sin x = 1/2", "x = pi/6 + 2 pi k", "missing"),
        ("Solve sin x = 1/2", "pi/6", "missing"),
        ("Solve tan x = 1", "x = pi/4 + 2 pi n", "missing"),
        ("Solve tan x = 1", "x = pi/4 + pi n/2", "x = 3·pi/4"),
        ("Solve cos x = x", "0.739086", "x = "),
        ("Solve 2^x = 5", "2.323", "x = "),
        ("Solve x^3 = 2^x", "2", "x = "),
        ("Solve x + y = 3 for y", "x - 3", "At x = 1"),
        ("Solve sqrt(x) = 10^20 for x", "10^40 + 1", "left side"),
    ],
)
def test_a_wrong_or_missing_solution_is_refuted(question, answer, witness):
    verdict = check(question, answer)
    assert verdict.status == "refuted", verdict
    assert witness in (verdict.witness or "")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve cos x = x", "0.739085"),  # completeness is not shown on the whole line
        ("Solve x^x = 4", "2"),
        ("Solve sqrt(x) = sqrt(2x+3)", "-3"),  # only over the complex numbers
        ("Solve sin x = 0", "x = 0, pi"),
        ("Solve sin x = 0", "k"),
        ("Solve A = pi r^2 for r", "sqrt(A/pi)"),
        ("Solve x + y = 3 for y", "y"),
        ("Solve x + y = 3 for y", "3 - y"),
        ("Solve x + y = 3 for y", "3 - X"),
        ("Solve sin x = 1/2 for 0 <= x < 2pi", "30, 150"),
    ],
)
def test_what_is_not_proven_complete_is_not_verified(question, answer):
    assert check(question, answer).status != "verified"


def test_a_decimal_solution_is_verified_to_its_digits():
    assert check("Solve 2^x = 5", "2.322").strength == "to 4 digits"
    assert check("Solve cos x = x for 0 < x < 1", "0.739").status == "could_not_check"
