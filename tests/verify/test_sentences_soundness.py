"""No word of a question that changes what is asked may be passed over: such a question is read with it, or not at all."""

from __future__ import annotations

import pytest

from phi4web.verify.problem import NotUnderstood, understand
from phi4web.verify.worker.pipeline import check

NEVER_VERIFIED = [
    # a letter that is not in the formula
    ("Find dy/dt: y = x^3", "0"),
    ("If y = x^2, find dy/dt", "0"),
    ("Find the derivative of y with respect to x", "0"),
    ("Find the derivative of π r^2 with respect to t", "0"),
    ("Solve x + y = 3 in terms of y", "y = 3 - x"),
    # names of things
    ("Convert the percent 12.5 to a decimal", "12.5"),
    ("Convert the percentage 12.5 to a fraction", "25/2"),
    ("Write the percent 150 as a mixed number", "150"),
    ("Find the integral of 5", "5"),
    ("Compute the integral of e^2", "e^2"),
    ("Find the integral of sin(30°)", "1/2"),
    ("Find the infinite series 1 + 1/2 + 1/4", "7/4"),
    ("Find the sum of the infinite series 1/2 + 1/4 + 1/8", "7/8"),
    ("What is the product 2 + 3?", "5"),
    ("Find the product 3 + 4", "7"),
    ("Find the difference 3 + 4", "7"),
    ("Find the sum of 345", "345"),
    ("What is the sum 3 x 4?", "12"),
    ("Find the sum of (x+1)(x-1)", "x^2 - 1"),
    ("Add: 3 × 4", "12"),
    ("Multiply 3 + 4", "7"),
    ("Divide 6 + 2", "8"),
    ("Find the square of (x+1)(x-1)", "x^2 - 1"),
    ("Find the square of 2x*3", "6x"),
    ("Find the cube of (x+1)^2", "x^2 + 2x + 1"),
    ("Transpose the inverse of [[1,2],[3,4]]", "[[-2,1],[3/2,-1/2]]"),
    ("Find the distinct prime factors of 60", "2, 2, 3, 5"),
    ("Find the distinct prime factors of 60", "2^2*3*5"),
    # conditions and roundings
    ("Find the sum of the solutions of x^2 = 9 for x > 0", "0"),
    ("Find the sum of the solutions of x^2 = 9 in [0, 4]", "0"),
    ("Find the product of the solutions of 2x^2 - 5x + 2 = 0 over the integers", "1"),
    ("Find the eigenvalues of [[0,-1],[1,0]] over the reals", "i, -i"),
    ("Round 4567 to the nearest hundred, then to the nearest ten", "4570"),
    ("Round 449 to the nearest ten and to the nearest hundred", "400"),
    ("Find the number below 10", "10"),
    ("What is the number below 10?", "10"),
    ("Find the sum of the integers below 10 and 20", "30"),
    ("Find the mean of the numbers below 10, 20 and 30", "20"),
    ("Find the Maclaurin polynomial of degree 2 for cos x at x = 1", "1 - x^2/2"),
    # remainders and percentages beside words
    ("Add 5 and 3 mod 7", "8"),
    ("Multiply 5 by 3 mod 7", "15"),
    ("5 times 3 mod 7", "15"),
    ("Subtract 5 from 3 mod 7", "-2"),
    ("What is 2 to the power of 3 mod 5?", "8"),
    ("10 mod 3 times 2", "2"),
    ("What is the cube of 4 mod 5?", "64"),
    ("twice 17 mod 6", "10"),
    ("Sum of 50 and 10%", "50.1"),
    ("difference between 50 and 10%", "49.9"),
    ("What is 20% more than 30%?", "50%"),
    # the form of the answer
    ("Find the exact value of cos(π/6)", "0.866"),
    ("Find the exact solution of 3^x = 5", "1.465"),
    ("Give the exact value of 1/3", "0.333"),
    ("Find the exact value of ∫_0^1 e^x dx", "1.718"),
    ("Find the exact area of a circle with radius 5", "78.54"),
    ("Find the area of a square with side length 700 in scientific notation", "490000"),
    ("Find the area of a triangle with base 3 and height 5. Give the answer as a fraction", "7.5"),
    ("Solve 2x = 3. Give the answer as a fraction", "1.5"),
    ("Solve x^2 < 4. Write the solution in interval notation", "-2 < x < 2"),
    ("Add 1/4 and 1/4 and simplify", "2/4"),
    ("Multiply 2/3 by 3/4 and simplify", "6/12"),
    ("Find the area between y = x and y = x^2", "16.67%"),
    ("Find the area of a circle with radius 5", "25π units"),
    # letters that are a word, signs, lists
    ("If t = 4, a = 2 and n = 3, find tan a", "48"),
    ("If l = 2, o = 3 and g = 4, find log g", "96"),
    ("Convert -90° to radians", "-π^2/360"),
    ("Find the mean of 1,5 and 2,5", "3.25"),
    ("Find the mean of (2, 4) and (6, 8)", "5"),
    ("Find the product of 3^4", "81"),
    ("Find the number of 5!", "120"),
    ("What is the fraction 0.75?", "0.75"),
    ("Find the sum of the integral ∫_0^1 x dx", "1/2"),
    ("Simplify the sum of 1/4 and 1/4", "2/4"),
    ("Write 2x^2 + 8x + 1 in the form a(x+b)^2 + c", "(sqrt(2)x + 2sqrt(2))^2 - 7"),
    ("Find the slope of the tangent line to y = x^3 through (1, 1)", "3/4"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_VERIFIED)
def test_an_answer_to_another_question_is_never_verified(question: str, answer: str) -> None:
    verdict = check(question, answer)
    assert verdict.status not in ("verified", "consistent"), verdict


NEVER_REFUTED = [
    ("Convert the percent 12.5 to a decimal", "0.125"),
    ("Convert the percentage 12.5 to a fraction", "1/8"),
    ("Find the infinite series 1 + 1/2 + 1/4", "2"),
    ("Find the square of x + 1", "x^2 + 2x + 1"),
    ("Find the square of x + 1", "x^2 + 1"),
    ("Find the sum of the solutions of x^2 = 9 for x > 0", "3"),
    ("Add 5 and 3 mod 7", "1"),
    ("twice 17 mod 6", "4"),
    ("What is 20% more than 30%?", "50%"),
    ("What is the number below 10?", "9"),
    ("Find an x-intercept of y = x^2 - 9", "3"),
    ("Find a vertical asymptote of y = 1/(x^2 - 4)", "x = 2"),
    ("Find the mean of 1,5 and 2,5", "2"),
    ("Find the tangent line to y = x^3 through the point (1, 1)", "y = (3x + 1)/4"),
    ("Round 4567 to the nearest hundred, then to the nearest ten", "4600"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_REFUTED)
def test_a_right_answer_is_not_refuted_for_a_word_that_was_passed_over(question: str, answer: str) -> None:
    verdict = check(question, answer)
    assert verdict.status != "refuted", verdict


STILL_VERIFIED = [
    ("Find the derivative of π r^2 with respect to r", "2πr"),
    ("Find the derivative of sin t in terms of t", "cos t"),
    ("Convert the percent 12.5% to a decimal", "0.125"),
    ("Convert the fraction 3/8 to a decimal", "0.375"),
    ("What is the sum 2 + 3?", "5"),
    ("Find the product 2/3 × 3/4", "1/2"),
    ("Find the quotient 3/4 ÷ 1/2", "3/2"),
    ("Find the difference 7 - 9", "-2"),
    ("Find the sum of the fractions 1/2 + 1/3", "5/6"),
    ("Add 1/2 + 1/3", "5/6"),
    ("Find the product of (x+1)(x-1)", "x^2 - 1"),
    ("Find the square of (x+1)(x-1)", "x^4 - 2x^2 + 1"),
    ("Find the square: (x + 3)^2", "x^2 + 6x + 9"),
    ("Find the cube of 2x", "8x^3"),
    ("Find the definite integral ∫_0^1 x dx", "1/2"),
    ("Find the sum of the series ∑_{k=1}^{10} k", "55"),
    ("Find the sum of the infinite series ∑_{k=0}^{∞} (1/2)^k", "2"),
    ("Find the sum of the solutions of x^2 = 9", "0"),
    ("Find the distinct prime factors of 60", "2, 3, 5"),
    ("What is 17 mod 5?", "2"),
    ("Add (5 mod 3) and 4", "6"),
    ("What is 20% more than 30?", "36"),
    ("Solve the equation below: x + 2 = 5", "3"),
    ("Solve the equation below\nx + 2 = 5", "3"),
    ("Simplify the expression below. 2x + 3x", "5x"),
    ("Find the exact value of cos(π/6)", "√3/2"),
    ("Give the exact value of 1/4 + 1/2", "0.75"),
    ("Find the exact solution of 3^x = 5", "ln 5/ln 3"),
    ("Find the exact area of a circle with radius 5", "25π"),
    ("Find the area of a square with side length 700 in scientific notation", "4.9 × 10^5"),
    ("Solve x^2 < 4. Write the solution in interval notation", "(-2, 2)"),
    ("Add 1/4 and 1/4 and simplify", "1/2"),
    ("Find the area of a circle with radius 5", "25π square units"),
    ("Convert -90° to radians", "-π/2"),
    ("If a = 2, b = 3 and c = 4, find abc", "24"),
    ("Find the mean of 2, 4 and 6", "4"),
    ("Find the tangent line to y = x^3 at the point (1, 1)", "y = 3x - 2"),
    ("Find the tangent line to y = x^3 through (0, 0)", "y = 0"),
    ("Simplify the sum of 1/4 and 1/4", "1/2"),
    ("What is the number 5 + 3?", "8"),
    ("Find the product (2x+1)^2", "4x^2 + 4x + 1"),
    ("Write 2x^2 + 8x + 1 in the form a(x+b)^2 + c", "2(x+2)^2 - 7"),
    ("Solve x^2 < 4 and give interval notation", "-2 < x < 2: (-2, 2)"),
]


@pytest.mark.parametrize(("question", "answer"), STILL_VERIFIED)
def test_the_word_is_read_where_it_can_be(question: str, answer: str) -> None:
    assert check(question, answer).status == "verified"


def test_a_condition_that_a_form_has_no_use_for_leaves_the_question_unread() -> None:
    """What the clauses say must be in the statement, whatever form matched the rest."""
    for question in ("Find the sum of the roots of x^2 = 9 for x > 0", "With respect to t, find gcd(84, 126)"):
        with pytest.raises(NotUnderstood):
            understand(question)
