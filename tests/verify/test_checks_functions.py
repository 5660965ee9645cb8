"""Functions, points and lines, whole numbers, matrices, and arithmetic in words."""

import pytest

from phi4web.verify.worker.pipeline import check

RIGHT = [
    ("Find f(3) if f(x) = x^2 + 1", "10"),
    ("Let f(x) = x^2. Find f(x+1).", "x^2+2x+1"),
    (r"Find the inverse of the function: $f(x)=\frac{5 x-5}{4}$", r"$f^{-1}(x)=\frac{5+4 x}{5}$"),
    (r"Find the inverse of the function: $f(x)=(x-2)^{5}+3$", r"$f^{-1}(x)=\sqrt[5]{x-3}+2$"),
    ("Find the inverse of f(x) = 2^x", "log_2 x"),
    ("Find the domain of f(x) = 1/(x^2-4)", r"x \neq 2, x \neq -2"),
    ("Find the domain of f(x) = ln(x)/sqrt(x-1)", r"(1, \infty)"),
    ("Find the domain of f(x) = x^2", "all real numbers"),
    ("Find the minimum value of f(x) = x^2 - 4x + 7", "3"),
    (r"Find a quadratic equation with the solutions $2 \pm \sqrt{6}$.", "$x^{2}-4 x-2=0$"),
    ("Find the Least Common Denominator: $x^{2}-9, x^{2}-6 x+9$", "$(x-3)^{2}(x+3)$"),
    ("What is the gcd of 12 and 18?", "6"),
    ("Find the distance between (1,2) and (4,6)", "5"),
    ("Find the slope of a line perpendicular to the given line: $x+2 y=8$", "2"),
    ("Find the slope of a line parallel to the given line: $7 x+y=-2$", "-7"),
    ("Find the slope of the line through (1,2) and (1,8).", "undefined"),
    ("Find the midpoint of (1,2) and (3,4)", "(2,3)"),
    ("Find the equation of the line with slope 2 through (1,3)", "y = 2x + 1"),
    ("Is 91 prime?", "no"),
    ("List all divisors of 12", "1, 2, 3, 4, 6, 12"),
    ("Convert 13 to binary", "1101_2"),
    ("Convert 1101_2 to decimal", "13"),
    ("What is the remainder when 17 is divided by 5?", "2"),
    ("What is 5 factorial?", "120"),
    ("What is 7 times 8?", "56"),
    ("What is the square root of 144?", "12"),
    ("Increase 80 by 15%", "92"),
    ("Find the determinant of [[1,2],[3,4]]", "-2"),
    ("Compute [[1,2],[3,4]] * [[1,0],[0,2]]", "[[1,4],[3,8]]"),
    ("Find the inverse of [[1,2],[2,4]]", "does not exist"),
    ("Find the dot product of (1,2,3) and (4,5,6)", "32"),
    ("Find the cross product of (1,0,0) and (0,1,0)", "(0,0,1)"),
    ("Solve 2x + 3 > 5 and x < 4", "x > 1, x < 4"),
]


@pytest.mark.parametrize(("question", "answer"), RIGHT)
def test_a_right_answer_is_verified(question, answer):
    verdict = check(question, answer)
    assert (verdict.status, verdict.strength) == ("verified", "exact"), verdict


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Find f(3) if f(x) = x^2 + 1", "9"),
        ("Find the inverse of f(x) = 2x + 1", "2x - 1"),
        ("Find the domain of f(x) = sqrt(x-2)", "x > 2"),
        ("Find the domain of f(x) = 1/(x^2-4)", r"x \neq 2"),
        ("Find the vertex of y = x^2 - 4x + 7", "(-2, 3)"),
        (r"Find a quadratic equation with the solutions $2 \pm \sqrt{6}$.", "$x^{2}+4 x-2=0$"),
        ("Find a quadratic equation with the solutions 2 and 3", "(x-2)(x-3)x = 0"),
        ("Find a quadratic equation with the solutions 2 and 3", "(x-2)^2 = 0"),
        ("Find the lcm of 4 and 6", "24"),
        ("Find the least common denominator: x, x^2", "x^3"),
        ("Find the slope of the line through (1,2) and (3,8).", "1/3"),
        ("Find the slope of a line perpendicular to the given line: $x+2 y=8$", "-1/2"),
        ("Find the midpoint of (1,2) and (3,4)", "(4,6)"),
        ("Find the equation of the line through (1,2) and (3,8)", "y = 3x + 1"),
        ("Is 91 prime?", "yes"),
        ("List all divisors of 12", "1, 2, 3, 4, 6"),
        ("Convert 13 to binary", "1011"),
        ("Find the inverse of [[1,2],[3,4]]", "[[-2,1],[3/2,1/2]]"),
        ("Find the inverse of [[1,2],[2,4]]", "[[1,0],[0,1]]"),
        ("Find the eigenvalues of [[2,1],[1,2]]", "3"),
        ("Compute [[1,2],[3,4]] * [[1,0],[0,2]]", "[[1,0],[0,8]]"),
        ("What is 10 choose 3?", "720"),
    ],
)
def test_a_wrong_answer_is_refuted(question, answer):
    verdict = check(question, answer)
    assert verdict.status == "refuted", verdict
    assert verdict.witness


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Find the inverse of f(x) = x^2", "sqrt(x)"),  # not one-to-one
        ("Find the inverse of f(x) = sqrt(x-2)", "x^2 + 2"),  # only for x >= 0
        ("Find the inverse of f(x) = 2x + 1", "f(x) = (x-1)/2"),
        ("Find the prime factorization of 360", "8 * 9 * 5"),
        ("Find the vertex of y = x^3", "(0, 0)"),
        ("Find the equation of the line through (1,2) and (3,8)", "3x - 1"),
        ("Find the equation of the line through (1,2) and (3,8)", "(x-1)(y-2)(y - 3x + 1) = 0"),
        ("Find the equation of the line through (1,2) and (1,2)", "x = 1"),
        ("Find the maximum of f(x) = x^2", "0"),
        ("Find the distance between (1,2) and (4,6)", "sqrt(25)"),
        ("Find f(3) if f(x) = x^2 + 1", "3^2 + 1"),
        ("What is the area of a semicircle with radius 3?", "9 pi/2"),
        ("Solve 2x + 3 > 5 and x < 4", "x > 1 or x < 4"),
    ],
)
def test_what_is_not_proven_is_not_verified(question, answer):
    assert check(question, answer).status != "verified"
