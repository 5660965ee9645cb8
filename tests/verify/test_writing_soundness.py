"""What a fourth hostile reader got verified by the way of writing: dots, braces, turned intervals, holes at roots, half-done forms."""

from __future__ import annotations

import pytest

from phi4web.verify.worker.pipeline import check

NEVER_VERIFIED = [
    ("What is 3/10?", "0.3..."),
    ("What is 3/10?", r"0.3\ldots"),
    ("What is 6*7?", "42?"),
    ("What is {1}{2} + 1?", "3"),  # seen as 12 + 1
    ("Solve 2x = 4", "{1}{2}"),  # seen as 12
    ("Solve 2x = 4", r"x = \mathop{2}1"),
    ("Solve x = 2{1}", "2"),
    ("Solve 2x + 3 = 7", r"\{\{2\}\}"),
    ("Solve 2x = 4", r"x=2, x=\emptyset"),
    ("Solve x^2 < 4", "(-2,2),(2,-2)"),
    ("Solve x^2 < 4", r"(-2,2) \cup (3,3]"),
    ("Solve 3x = 2 mod 7", "2/3"),
    ("Solve x^2 = 2 to 2 decimal places", r"\pm\sqrt2"),
    ("Solve x^3 = 10 to 3 decimal places", "10^{1/3}"),
    ("Solve e^x = 5. Round to 3 decimal places.", r"\ln 5"),
    ("Differentiate x^2", "2x(x^2-2)/(x^2-2)"),
    ("Differentiate sin x", r"\cos^2(x)/\cos(x)"),
    ("Differentiate x^3", "3x^2(e^x-2)/(e^x-2)"),
    ("Differentiate a x^2 with respect to x", "2a x(x^2-3)/(x^2-3)"),
    ("Simplify 1 + 0x", r"\sec x \cos x"),
    ("Simplify sin x", r"\tan x \cos x"),
    ("Simplify log_2(8x)-log_2(x)", r"\log_2(8)"),
    ("Simplify x + x ln(e^2)", r"x(1 + \ln(e^2))"),
    ("What is 7/2 + 1/2?", "8/2"),
    ("What percent of 80 is 20?", "77 = 25%"),
    ("Convert 5 km to m", "77 = 5000 m"),
    ("Find the inflection point of y = x^3 - 3x^2", "77 = (1, -2)"),
    ("Find the area of a circle with radius 5", "25π ≈ 98.5"),
    ("Differentiate x^3", "x^3 = 3x^2"),
    ("Integrate 2x", "2x = x^2 + C"),
    ("Simplify (x^3)^(1/3)", "|x|"),  # at -8 the real root says -8
    ("Simplify (x^3 y^3)^(1/3)", "|x y|"),
    ("Differentiate x^(4/3)", "4/3 |x|^(1/3)"),
    ("Rationalise the denominator of 1/sqrt(2)", "2^{-1/2}"),
    ("Rationalise the denominator of 1/sqrt(2)", "sqrt(1/2)"),
]
NEVER_REFUTED = [
    ("Convert 5 km to m", "5 km = 5000 m"),
    ("Find the area of a circle with radius 5", "25π ≈ 78.5"),
    ("Solve 3x = 2 mod 7", "3"),
    ("Solve 3x = 2 mod 7", "x = 3 mod 7"),
    ("Find phi(36)", "12"),  # the number of coprime numbers below 36
    ("What is 1/6?", "0.1(6)"),
    ("What is 3!!?", "720"),
    ("What is 1/3?", r"33\frac13%"),
    ("What is 1/6?", "0.16\u0305"),
]
STILL_VERIFIED = [
    ("What percent of 80 is 20?", "20/80 * 100 = 25%"),
    ("Convert 180 degrees to radians", "180° = π"),
    ("Find the area of a triangle with base 10 and height 6", "1/2*10*6 = 30"),
    ("Simplify (x^3)^(1/3)", "x"),
    ("Simplify x^(1/3) x^(2/3)", "x"),
    ("Differentiate x^(4/3)", "4/3 x^(1/3)"),
    ("Differentiate x^(1/3)", "1/(3x^(2/3))"),
    ("Rationalise the denominator of 1/sqrt(2)", r"\frac12\sqrt2"),
    ("What is 1/3?", "0.333..."),
    ("What is 1/3?", "0.(3)"),
    ("What is 1/3 + 1/6?", "3/6"),
    ("What is 7/2 + 1/2?", "4"),
    ("Solve 2x = 4", r"2 \cdot 1"),
    ("Solve 2x = 4", "2(1)"),
    ("Solve 2x = 4", "x = 4/2"),
    ("Solve x = \\frac{1}{2}", "1/2"),
    (r"What is \frac{1}{2} + \frac1{3}?", "5/6"),
    ("Find the slope of a line parallel to the given line: $y=2 x+4$", "2"),
    ("Solve x^2 = 2 to 2 decimal places", r"\pm 1.41"),
    ("Solve x^2 = 4 to 2 decimal places", r"\pm 2"),
    ("Solve x^2 < 4", r"(-2,0) \cup [0,2)"),
    ("Solve x^2 <= 0", "[0,0]"),
    ("Simplify log_2(8x)-log_2(x)", "3"),
    ("Simplify (x^2-2)/(x-sqrt(2))", "x+sqrt(2)"),
    ("Simplify 1/sec x", r"\cos x"),
    ("Simplify tan x cos x", r"\sin x"),
    ("Differentiate ln x", "1/x"),
    ("Differentiate tan x", r"1/\cos^2 x"),
    ("Differentiate sqrt(x)", r"\frac{\sqrt x}{2x}"),
    ("Differentiate ln(x^2-2)", "2x/(x^2-2)"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_VERIFIED)
def test_a_way_of_writing_that_says_something_else_is_never_verified(question, answer):
    assert check(question, answer).status not in ("verified", "consistent")


@pytest.mark.parametrize(("question", "answer"), NEVER_REFUTED)
def test_what_a_usual_reading_makes_right_is_never_refuted(question, answer):
    assert check(question, answer).status != "refuted"


@pytest.mark.parametrize(("question", "answer"), STILL_VERIFIED)
def test_a_plain_right_answer_is_still_verified(question, answer):
    assert check(question, answer).status == "verified"
