"""What people type into a worksheet, in their words: the right answer is verified, the wrong one never, and look-alikes stay unread."""

from __future__ import annotations

import pytest

from phi4web.verify.latex import parse
from phi4web.verify.problem import NotUnderstood, reading_of, understand
from phi4web.verify.worker.pipeline import check
from tests.verify.typed_problems import PROBLEMS


@pytest.mark.parametrize(("question", "right", "wrong"), PROBLEMS)
def test_what_people_type_is_checked(question: str, right: str, wrong: str) -> None:
    verdict = check(question, right)
    assert verdict.status == "verified", verdict
    assert check(question, wrong).status not in ("verified", "consistent")


UNREAD = [
    # x as a sign and as a letter, powers that were lost
    ("Solve 3 x 5 = 15", None),
    ("Calculate 2 x (3 + 4)", "times sign"),
    ("Calculate 5 x -3", "times sign"),
    ("Solve 3x2 + 5x - 2 = 0", "power"),
    ("Differentiate 3x2", "power"),
    ("What is x2 when x = 3?", "power"),
    ("Simplify 2 x 3 y", "may be a letter"),
    # operations whose reach is in doubt
    ("Add 3 and 4 to 5", None),
    ("Multiply 3 + 4 by 5", None),
    ("Divide 12 by 2 + 4", None),
    ("Find the product of 2 and x + 4", None),
    ("What is half of 10 + 4?", None),
    ("What does 3 + 4 not equal?", "not"),
    ("Subtract 3 from x squared", None),
    # letters without a number, or with two
    ("Evaluate x + y when x = 2", None),
    ("Evaluate x^2 + 1 when x > 2", None),
    ("Find x^3 if x^2 + 1 = 3", None),
    ("If x = 2 and x = 3, find x^2", None),
    # other shares
    ("What percent more than 80 is 100?", "more"),
    ("30 is 20% more than what number?", None),
    ("20 is what percent less than 50?", None),
    ("30 is 3 of what number?", "share"),
    ("What is the percentage change from 80 to 60?", "sign"),
    ("Which is larger, 1/2 or 2/4?", None),
    ("Convert 1011 to decimal", None),
    ("Convert 1012 from binary to decimal", None),
    ("Convert 50 degrees to percent", None),
    ("Add 10% to 50", None),
    ("Subtract 20% from 80", None),
    ("What is 10 less than 50%?", None),
    ("Twice a number increased by 5 is 17. What is the number?", None),
    ("The sum of a number and 10% is 15. Find the number", None),
    ("The sum of two numbers is 15. Find the number", None),
    ("A positive number increased by 5 is 3. Find the number", None),
    ("The difference of a number and 3 is 10. Find the number.", None),
    ("Find three consecutive odd integers whose sum is 24", None),
    ("Find two consecutive integers whose product is 12", None),
    ("What is 3 of 4 of 5?", None),
    ("What is the opposite of 3 + 4?", None),
    # circles, functions
    ("Find the radius of the circle x^2 + 2y^2 = 8", None),
    ("Find the radius of the circle x^2 + y^2 + xy = 8", None),
    ("Find the radius of the circle x^2 + y^2 = -1", None),
    ("Find the radius of x^2 + y^2 + x(x-1)(x-2)(x-3)y(y-1)(y-2)(y-3) = 25", None),
    ("Find d^2y/dx^3 if y = x^3", None),
    ("Find the common ratio of 2, 6, 19", None),
    # roots of polynomials
    ("What is the discriminant of 2x^2 = 4x - 1?", None),
    ("What is the discriminant of x^3 - x?", None),
    ("Find the sum of the roots of x^2 - 2x + 1 = 0", None),
    ("Find the sum of the squares of the roots of x^2 - 5x + 6 = 0", "squares"),
    ("Find the sum of the real roots of x^2 + x + 1 = 0", None),
    ("How many solutions does x^2 + 4 = 0 have?", None),
    ("How many real roots does (x-1)^2 = 0 have?", None),
    ("How many positive roots does x^2 - 1 = 0 have?", None),
    ("How many solutions does x^2 = 4 have for x > 0?", None),
    # curves
    ("Find the y-intercept of x = 3", None),
    ("Find the asymptotes of y = 1/x", None),
    ("Find the slant asymptote of y = x^2/(x+1)", "slant"),
    ("Find the horizontal asymptote of y = x^2/(x+1)", None),
    ("Find the inflection point of y = x^4", None),
    ("Find the range of f(x) = x^2 + 1 for x > 2", None),
    ("Find the range of f(x) = x^2 + 1 on [0, 2]", None),
    ("Find the range of y = sin x + cos x", None),
    ("Find the range of y = sqrt(x^2 + 1)", None),
    ("Find the range of y = x/(x + 1)", None),
    ("Find the range of f(x) = x^2/x", None),
    ("Find the range of y = 1^x", None),
    ("Find the period of y = sin x + sin 2x", None),
    ("Find the period of y = sin(x^2)", None),
    ("Find the amplitude of y = 3 tan x", None),
    ("Find the tangent line to y = x^2 parallel to y = 2x", "parallel"),
    ("Find the equation of the tangent to x^2 + y^2 = 25 at (3, 4)", None),
    ("Find the area under y = x^2", None),
    ("Find the area between y = x^2 and x = 3", None),
    ("Find the area between the curves y = x and y = x^2 for x > 0", None),
    ("Find the volume when y = x^2 is rotated from x = 0 to x = 1", "rotated"),
    ("Find the average rate of change of x^2 on [0, 3]", "rate"),
    ("Find the maximum of x^2 on (0, 2)", None),
    ("Find the local maximum of x^3 - 3x on [-2, 3]", "local"),
    ("Find where f(x) = x^2 has its minimum on [1, 2]", "where"),
    ("Find the Taylor polynomial of degree 3 for sin x", None),
    ("Find the Taylor series for sin x at x = 0", None),
    ("What is d/dx of y?", None),
    ("Find ∂g/∂x if f(x,y) = x y", None),
    ("Find the volume of the solid obtained by rotating y = x from x=0 to x=1 about the y-axis", "y-axis"),
    # lists and sequences
    ("Find the mean of 2, 4 and x", None),
    ("Find the mean of the squares of 1, 2, 3", "squares"),
    ("Find the geometric mean of 2 and 8", None),
    ("Find the mode of 1, 1, 2, 2", None),
    ("Find the mode of 1, 2, 3", None),
    ("Find the average speed of 10 and 20", "speed"),
    ("Find the 10th term of the sequence 3, 7, 11, ...", None),
    ("Find the 10th term of the arithmetic sequence 3, 7, 12, ...", None),
    ("Find the 10th term of the arithmetic sequence 2, 4, 8, ...", None),
    ("Find the next number in the sequence 2, 4, 8, 16", "next"),
    ("Find the sum of the geometric series 1 + 2 + 4 + ...", None),
    ("Find the sum of the geometric series 1 + 1/2 + 1/4", None),
    ("Find the sum of the first 100 even numbers", None),
    ("Find the sum of the first 10 prime numbers", None),
    ("Find the sum of the first 10 whole numbers", None),
    # figures
    ("Find 1 + 2 + 4 + ... + 64", None),
    ("Find 1 + 3 + ... + 99", None),
    ("Find the area of a circle with radius -5", None),
    ("Find the area of a circle with circumference 10", None),
    ("Find the area of a semicircle with radius 5", "semicircle"),
    ("Find the area of a triangle with sides 3 and 4", None),
    ("Find the area of a rectangle with length 8 cm and width 5 m", None),
    ("Find the area of a square with diagonal 5", None),
    ("Find the area of a circle with radius 5 and center (1, 2)", None),
    ("Find the hypotenuse of a right triangle with legs 3 and hypotenuse 4", None),
    # units
    ("Convert 5 Mg to g", None),
    ("What is 0x10?", "power"),
    ("Convert 5 km to kg", None),
    ("Convert 5 m^2 to cm^2", None),
    ("Convert 5 to cm", None),
    ("How many minutes are in 2.5 hours and 3 seconds?", None),
    ("How many days are in 2 months?", None),
    ("Convert 20 C to K", None),
    # whole numbers
    ("Is x > 3?", None),
    ("List the prime numbers between 11 and 19", None),
    ("How many ways can you choose 3 from 10 flavors?", "flavors"),
    ("Is 12 divisible by 0?", None),
    ("Find the largest prime factor of 60", "largest"),
    ("How many even divisors does 36 have?", None),
    ("How many ways can you choose 3 from 10 with repetition?", "repetition"),
    ("How many ways can you arrange 3 from 10?", "arrange"),
    ("How many ways can 5 people be arranged in a circle?", "circle"),
    ("What is sin 30 + 2 degrees?", None),
    ("What is the temperature of 60 degrees?", "temperature"),
]


@pytest.mark.parametrize(("question", "words"), UNREAD)
def test_what_looks_alike_stays_unread(question: str, words: str | None) -> None:
    with pytest.raises(NotUnderstood) as caught:
        understand(question)
    assert caught.value.reason == "not_understood"
    assert words is None or words in (caught.value.detail or "")


NEVER_VERIFIED = [
    ("What is 5 plus 3 times 2?", "16"),
    ("What is 5 plus 3 times 2?", "11"),
    ("Evaluate sin x when x = 30", "-0.98803"),
    ("Convert 0.375 to a fraction", "0.375"),
    ("Convert 0.5 to a fraction", "2/4"),
    ("Convert 9/4 to a mixed number", "9/4"),
    ("Convert 3/8 to a decimal", "3/8"),
    ("Convert 180 degrees to radians", "180°"),
    ("Complete the square: x^2 + 6x + 1", "x^2 + 6x + 1"),
    ("Complete the square: x^2 + 6x + 1", "(x + 3)(x + 3) - 8"),
    ("Complete the square: x^2 + 6x + 1", "x(x + 6) + 1"),
    ("Find the y-intercept of y = 3x - 4", "(-4, 0)"),
    ("Find the x-intercept of y = 3x - 6", "(0, 2)"),
    ("Find the horizontal asymptote of y = (2x + 1)/(x - 3)", "x = 2"),
    ("Find the tangent line to y = x^2 at x = 1", "y = 2x - 1 + 0/x"),
    ("Find the tangent line to y = x^2 at the point (1, 2)", "y = 2x"),
    ("Find the tangent line to y = |x| at x = 0", "y = 0"),
    ("Find the tangent line to y = sin x at x = 30", "y = x cos 30 - 30 cos 30 + sin 30"),
    ("Find the area under y = x from x = -1 to x = 1", "0"),
    ("Find the area under y = x from x = -1 to x = 1", "1"),
    ("Find the area under y = 1/x from x = -1 to x = 1", "0"),
    ("Find the maximum of x^3 - 3x on [0, 2]", "x = 2"),
    ("Find the maximum of x^2/x on [-1, 1]", "1"),
    ("Find the maximum of 1/x on [-1, 1]", "1"),
    ("Find the maximum of |x| on [-1, 2]", "1"),
    ("Find the area under y = x^2/x from x = -1 to x = 1", "1"),
    ("Find the area under y = sin x from x = 0 to x = 2pi", "4"),
    ("Find the area under y = sin x from x = 0 to x = 2pi", "0"),
    ("Find the area under y = sin x from 0 to 180", "2"),
    ("Find the tangent line to y = x^2/x at x = 0", "y = x"),
    ("Find the Maclaurin polynomial of degree 3 for sin x", "x = x - x^3/6"),
    ("Find the Maclaurin polynomial of degree 3 for sin x", "y = x - x^3/6"),
    ("Let f(x) = 3x - 1 and g(x) = x^2 + 2. Find (f∘g)(x).", "f(x) = 3x^2 + 5"),
    ("What is the slope of y = 3x + 2?", "x = 3"),
    ("Find the sum of the roots of x^2 - 5x + 6 = 0", "x = 5"),
    ("30 is 1/2 of what number?", "6000"),
    ("Write the equation of a circle with center (1, 2) and radius 3", "(x-1)^2 + (y-2)^2 = 3"),
    ("Write the equation of a circle with center (1, 2) and radius 3", "((x-1)^2 + (y-2)^2 - 9)^2 = 0"),
    ("Write the equation of a circle with center (1, 2) and radius 3", "y = 2 + sqrt(9 - (x-1)^2)"),
    ("Write log 2 + log 5 as a single logarithm", "1"),
    ("Write log 2 + log 5 as a single logarithm", "log 2 + log 5"),
    ("Write ln x - ln 3 as a single logarithm", "ln(x-3)"),
    ("Write ln x + ln(x - 1) as a single logarithm", "ln(x^2 - x) + 0"),
    ("3 less than a number is 10. Find the number.", "7"),
    ("What is 5% more than 80?", "80.05"),
    ("What is 20% less than 50?", "49.8"),
    ("Find the range of f(x) = x^2 + 1", "f(3) >= 1"),
    ("Convert 5 km to m", "4 km = 5000 m"),
    ("What percent of 80 is 20?", "20/90 = 25%"),
    ("Find the nth term of the arithmetic sequence 5, 8, 11", "a_3 = 3n + 2"),
    ("Find the first three terms of the Maclaurin series of sin x", "x - x^3/6"),
    ("Find the Taylor polynomial of degree 2 for |x| at x = 0", "x"),
    ("Find the standard deviation of 1, 2, 3", "1"),
    ("Find the mean of 1,234 and 2", "618"),
    ("Find the area of a square with side 5 cm", "25 cm"),
    ("Find the area of a square with side 5 cm", "25 m^2"),
    ("Convert 5 km to m", "5000 km"),
    ("Find the prime factors of 60", "2, 2, 3, 5, 5"),
    ("Write 0.00045 in scientific notation", "45 × 10^-5"),
    ("Calculate 4.5 x 10^3", "4.5x"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_VERIFIED)
def test_what_is_not_the_answer_is_never_verified(question: str, answer: str) -> None:
    assert check(question, answer).status not in ("verified", "consistent")


NEVER_REFUTED = [
    ("Calculate 43 x 67.", "2881"),
    ("Solve 3x2 + 5x - 2 = 0", "x = 1/3, x = -2"),
    ("Differentiate x^3", "3x2"),
    ("Solve x^2 - 5x + 6 = 0", "x1 = 2, x2 = 3"),
    ("What percent of 80 is 20?", "0.25"),
    ("What percent of 158 is 4?", "200/79%"),
    ("What percent of 3 is 2?", "66 2/3%"),
    ("Convert 5 miles to km", "8"),
    ("Convert 3 km to miles", "1.8"),
    ("Convert 100 F to C", "38"),
    ("Find the area of a circle with radius 7", "154"),
    ("Solve 5 x -3 = 12", "3"),
    ("Find the area of a circle with radius 10", "314"),
    ("Convert 1011 from binary to decimal", "11"),
    ("Find the population standard deviation of 1, 2, 3", "sqrt(2/3)"),
    ("Find the standard deviation of 1, 2, 3", "sqrt(2/3)"),
    ("Find the 10th term of the arithmetic sequence 3, 7, 11 ...", "39"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_REFUTED)
def test_a_right_answer_is_not_refuted(question: str, answer: str) -> None:
    assert check(question, answer).status != "refuted"


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("Find the maximum of sin x on [0, pi]", "1"),
        ("Find the minimum of x e^x on [-2, 1]", "-1/e"),
        ("Find the minimum of x^4 - 2x^2 on [-2, 2]", "-1"),
        ("Find the area under y = sin x from x = 0 to x = pi", "2"),
        ("Find the area between y = sin x and y = cos x from x = 0 to x = pi/4", "sqrt(2) - 1"),
        ("Find the area bounded by y = x^3 - x and the x-axis", "1/2"),
        ("Find the Taylor polynomial of degree 2 for sqrt(x) at x = 4", "2 + (x-4)/4 - (x-4)^2/64"),
        ("Find the first three nonzero terms of the Maclaurin series of sin x", "x - x^3/6 + x^5/120"),
        ("Find the tangent line to y = 1/x at (2, 1/2)", "y = -x/4 + 1"),
        ("Find the normal line to y = x^2 at x = 0", "x = 0"),
        ("Find the range of y = -2^x + 3", "y < 3"),
        ("Find the vertical asymptote of y = 1/(x^2 + 1)", "none"),
        ("Find the sum of the infinite geometric series 8 + 4 + 2 + ...", "16"),
        ("Find 1+2+3+...+100", "5050"),
        ("Find the sample standard deviation of 2, 4, 4, 4, 5, 5, 7, 9", "2.138"),
        ("How many seconds are in an hour?", "3600"),
        ("Find the radius of the circle x^2 + y^2 - 4x + 6y - 3 = 0", "4"),
        ("Find the center of the circle 2x^2 + 2y^2 - 8x = 10", "(2, 0)"),
        ("Write the equation of a circle with center (1, 2) and radius 3", "x^2 + y^2 - 2x - 4y - 4 = 0"),
        ("Find the next term of the geometric sequence 3, 6, 12", "24"),
        ("Find d^2y/dx^2 if y = x^3", "6x"),
        ("Given f(x) = x + 2 and g(x) = 3x, find (f+g)(x)", "4x + 2"),
        ("Find f^{-1}(x) if f(x) = 4x - 3", "(x+3)/4"),
        ("The diameter of a circle is 3 cm. Find its area.", "9π/4 cm^2"),
        ("10% of 20% of 500", "10"),
        ("The sum of a number and 7 is 15. Find the number.", "8"),
        ("5 more than twice a number is 17. What is the number?", "n = 6"),
        ("3 less than a number is 10. Find the number.", "13"),
        ("A number increased by 20% is 60. Find the number.", "50"),
        ("Find two consecutive integers whose sum is 25", "12 and 13"),
        ("Find three consecutive even integers whose sum is 24", "6, 8, 10"),
        ("Find the volume of the solid obtained by rotating y = x from x=0 to x=1 about the x-axis", "π/3"),
        ("Find ∂f/∂y if f(x,y) = x²y + y³", "x^2 + 3y^2"),
        ("Write log 2 + log 5 as a single logarithm", "log 10"),
        ("Write log x + log y as a single logarithm", "log(xy)"),
        ("Condense 2 ln x - ln y into a single logarithm", "ln(x^2/y)"),
        ("Find the unit vector in the direction of (3, 4)", "(3/5, 4/5)"),
        ("What is 5% more than 80?", "84"),
        ("What is 20% less than 50?", "40"),
        ("What percent of 80 is 20?", "20/80 = 0.25 = 25%"),
        ("If a = 2, b = 3 and c = 4, find abc", "24"),
        ("Find the range of f(x) = x^2 + 1", "f(x) >= 1"),
        ("Find the volume of a box with length 2 cm, width 3 cm and height 4 cm", "24 cm^3"),
        ("If f(x) = sqrt(x) and g(x) = x^2, find f(g(x))", "|x|"),
        ("True or false: 2 + 2 = 5", "false"),
        ("Find the remainder when x^4 is divided by x^2 - 1", "1"),
        ("Find the line through (1, 2) parallel to y = 3x", "y = 3x - 1"),
    ],
)
def test_what_takes_a_proof_is_proven(question: str, right: str) -> None:
    verdict = check(question, right)
    assert verdict.status == "verified", verdict


@pytest.mark.parametrize(
    ("question", "reading"),
    [
        ("Find the median of 3, 1, 2", "median"),
        ("Find the range of f(x) = x^3 - x", "range"),
        ("How many divisors does 36 have?", "number of positive divisors"),
        ("Find the sum of the roots of x^2 - 5x + 6 = 0", "sum of the roots"),
        ("List the prime numbers between 10 and 20", "prime numbers between"),
        ("Find the 10th term of the arithmetic sequence 3, 7, 11, ...", "term 10 of the arithmetic sequence"),
    ],
)
def test_a_reading_says_what_was_asked_and_not_the_value(question: str, reading: str) -> None:
    (statement,) = understand(question)
    assert reading in reading_of(statement)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("43 x 67", r"43 \times 67"),
        ("2 x 3 x 4", r"2 \times 3 \times 4"),
        ("4.5 x 10^-4", r"4.5 \times 10^{-4}"),
        ("4.5x10^3", r"4.5 \times 10^{3}"),
        ("x1 = 2, x2 = 3", "x_1 = 2, x_2 = 3"),
        ("3 x + 2", "3x + 2"),
    ],
)
def test_plain_text_is_read_as_people_mean_it(text: str, like: str) -> None:
    assert parse(text)[0].node == parse(like)[0].node
