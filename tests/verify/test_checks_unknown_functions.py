"""Differential equations, recurrences, and derivatives of implicit functions and in several letters."""

import pytest

from phi4web.verify.worker.pipeline import check

PARTIAL = r"$\frac{\partial^2}{\partial x \partial y} (x^2 y)$"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve y' = 2y, y(0) = 1", "y = e^{2x}"),
        ("Solve the differential equation dy/dx = 2y with y(0) = 1.", "e^(2x)"),
        ("Solve y'' + y = 0", "y = C_1 cos x + C_2 sin x"),
        ("Solve the differential equation y' = 2y", "y = C e^{2x}"),
        ("Solve the recurrence a_n = 2a_{n-1} + 1, a_1 = 1", "a_n = 2^n - 1"),
        ("Find a_5 if a_1 = 1 and a_n = 2a_{n-1} + 1", "31"),
        ("Find a_{10} if a_1 = 1, a_2 = 1 and a_n = a_{n-1} + a_{n-2}", "55"),
        (PARTIAL, "2x"),
        ("Find dy/dx if x^2 + y^2 = 25", "-x/y"),
        ("Find dy/dx by implicit differentiation if x y = 1", "-y/x"),
    ],
)
def test_a_right_answer_is_verified(question, answer):
    verdict = check(question, answer)
    assert (verdict.status, verdict.strength) == ("verified", "exact"), verdict


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve y' = 2y, y(0) = 1", "y = e^{x}"),
        ("Solve y' = 2y, y(0) = 1", "y = 2e^{2x}"),
        ("Solve y'' + y = 0", "y = C_1 e^x + C_2 e^{-x}"),
        ("Solve the recurrence a_n = 2a_{n-1} + 1, a_1 = 1", "a_n = 2^n"),
        ("Find a_5 if a_1 = 1 and a_n = 2a_{n-1} + 1", "32"),
        (PARTIAL, "2y"),
        ("Find dy/dx if x^2 + y^2 = 25", "x/y"),
    ],
)
def test_a_wrong_answer_is_refuted(question, answer):
    verdict = check(question, answer)
    assert verdict.status == "refuted", verdict
    assert verdict.witness


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve y'' + y = 0", "y = C cos x"),  # one constant too few
        ("Solve y'' + y = 0", "y = C_1 cos x + C_2 cos x"),  # the same one twice
        ("Solve y'' + y = 0", "y = 0"),
        ("Solve y' = 2y, y(0) = 1", "y = C e^{2x}"),  # the starting value is not used
        ("Solve y'' + y = 0, y(0) = 1", "y = cos x"),  # too few starting values
        ("Solve y' = 2y", "y' = 2y"),
        ("Solve the recurrence a_n = 2a_{n-1} + 1, a_1 = 1", "a_n = 2a_{n-1} + 1"),
        ("Find a_5 if a_n = 2a_{n-1} + 1", "31"),
    ],
)
def test_what_is_not_proven_is_not_verified(question, answer):
    assert check(question, answer).status == "could_not_check"


def test_an_answer_that_uses_the_curve_is_not_called_wrong():
    """-x/y and -x y/(25 - x^2) agree on the circle only: nothing is claimed."""
    assert check("Find dy/dx if x^2 + y^2 = 25", "-x y/(25 - x^2)").status != "refuted"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve x y' = y, y(0) = 0", "y = x"),  # and every C x
        ("Solve y'' + y = 0, y(0) = 0, y(pi) = 0", "sin x"),
        ("Solve y'' + y = 0, y(0) = 0, y(pi) = 0", "0"),
        ("Solve y' = sqrt(y), y(0) = 0", "0"),  # and x^2/4 for x > 0
        ("Solve y' = sqrt(y), y(0) = 0", "x^2/4"),
        ("Solve y' = 3y^{2/3}, y(0) = 0", "0"),
        ("Solve y' = 3y^{2/3}, y(0) = 0", "x^3"),
        ("Solve (y')^2 = 1, y(0) = 0", "x"),
        ("Solve (y')^2 = 1", "x + C"),
        ("Solve y y' = x, y(0) = 0", "x"),
        ("Solve y' = sqrt(1-y^2), y(0) = 1", "1"),
        ("Solve x^2 y'' - 2y = 0, y(0) = 0, y'(0) = 0", "x^2"),
        ("Solve y' = y^2/y", "C e^x"),  # C may not be 0
    ],
)
def test_values_that_more_than_one_solution_has_do_not_verify_one(question, answer):
    assert check(question, answer).status == "could_not_check"


@pytest.mark.parametrize(
    ("question", "answer", "domain"),
    [
        ("Solve y' = 2y, y(0) = 1", "e^{2x}", "every real x"),
        ("Solve y'' + y = 0, y(0) = 0, y(pi/2) = 1", "sin x", "every real x"),
        ("Solve x y' = y, y(1) = 1", "x", "on the interval around x = 1 where x ≠ 0"),
        ("Solve y' = y^2, y(0) = 1", "1/(1-x)", "on the interval around x = 0 where the answer is defined"),
        ("Solve y y' = x, y(1) = 1", "x", "on the interval around x = 1 where y ≠ 0"),
        ("Solve y' = y(1-y), y(0) = 1/2", "1/(1+e^{-x})", "every real x"),
        ("Solve x y' = 2y", "C x^2", "on each interval where x ≠ 0"),
    ],
)
def test_the_only_solution_is_verified_with_the_interval_where_it_is_the_only_one(question, answer, domain):
    verdict = check(question, answer)
    assert (verdict.status, verdict.completeness, verdict.domain) == ("verified", "complete", domain)


def test_a_solution_that_ends_is_not_called_wrong():
    """(x/2 + 1)^2 solves y' = sqrt(y) for x > -2 only."""
    assert check("Solve y' = sqrt(y), y(0) = 1", "(x/2+1)^2").status == "could_not_check"


def test_what_fails_around_the_start_is_refuted():
    assert check("Solve y' = y^2, y(0) = 1", "e^x").status == "refuted"


@pytest.mark.parametrize(
    ("question", "answer"), [("Solve y' = a y", "C e^{a^2/2}"), ("Solve y' = k", "k^2/2 + C"), ("Solve y' = b + b", "b^2")]
)
def test_a_letter_that_may_be_a_number_is_not_taken_for_the_variable(question, answer):
    assert check(question, answer).status == "could_not_check"
