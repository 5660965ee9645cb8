"""docs/verification.md: its table is the one made here, and every example in it is verified."""

import os
from pathlib import Path

import pytest

from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker
from phi4web.verify.worker.pipeline import check

PAGE = Path(__file__).parents[2] / "docs" / "verification.md"
START, END = "<!-- classes -->\n", "<!-- /classes -->"
CLASSES = [  # class, question, answer, what verified means there
    ("Arithmetic", "What is 3/4 + 1/6?", "11/12", "the exact value by two routes"),
    ("Percent", "What is 15% of 80?", "12", "as arithmetic"),
    ("Percent asked for", "What percent of 80 is 20?", "25%", "as arithmetic; also 30 is 20% of what number"),
    ("Other ways to write a number", "Convert 5/4 to a mixed number", "1 1/4", "the same value, and written as asked"),
    ("Units", "Convert 72 km/h to m/s", "20 m/s", "by exact factors; also degrees and radians, temperatures"),
    ("Numbers put in for letters", "Evaluate 3x^2 - 2x + 1 when x = 2", "9", "put in, then as arithmetic"),
    ("Lists of numbers", "Find the median of 3, 7, 9, 1, 5", "5", "exact; also mean, mode, range, variance, standard deviation"),
    ("Yes or no", "Is 2/3 > 3/5?", "yes", "both sides worked out exactly; also prime, even, divisible"),
    ("Figures with a name", "Find the area of a circle with radius 5 cm", "25pi cm^2", "the formula of the figure, and the unit"),
    (
        "Arithmetic and geometric sequences",
        "Find the 10th term of the arithmetic sequence 3, 7, 11, ...",
        "39",
        "exact; also the nth term, sums, endless geometric series",
    ),
    ("Rounding", "Round 1234 to the nearest hundred", "1200", "rounded by exact arithmetic"),
    ("Complex numbers", "Evaluate 8i/(6-7i)", "(48i-56)/85", "the exact value"),
    ("Simplify", "Simplify (x^2-1)/(x-1)", "x+1", "equal by algebra, simplified, and where that holds"),
    ("Expand", "Expand (x+1)^2", "x^2+2x+1", "equal by algebra, no bracket left"),
    ("Factor", "Factor 2x^2 - 8", "2(x-2)(x+2)", "equal by algebra, no factor can be split over the rationals"),
    ("Rationalise", "Rationalise the denominator of 1/sqrt(2)", "sqrt(2)/2", "equal, no root below"),
    ("Partial fractions", "Find the partial fractions of 1/(x^2-1)", "1/(2(x-1)) - 1/(2(x+1))", "equal, each fraction proper and simple"),
    ("Polynomial and rational equations", "Solve x^2 - 5x + 6 = 0", "x = 2 or x = 3", "every value put in, the roots counted"),
    ("Equations with roots or absolute values", "Solve sqrt(x) = x - 2", "4", "put in; all others ruled out by elimination"),
    ("Exponential and logarithmic equations", "Solve log_2(x) + log_2(x-2) = 3", "4", "put in; all others ruled out"),
    ("Trigonometric equations", "Solve sin x = 1/2 for 0 <= x < 2pi", "pi/6, 5pi/6", "put in; the range searched with certified bounds"),
    ("Trigonometric families", "Solve tan x = 1", "x = pi/4 + pi n", "as above, over one whole period"),
    ("Formulas solved for a letter", "Solve A = pi r^2 for r", "±sqrt(A/pi)", "put in; solutions counted by degree"),
    ("Inequalities", "Solve x^2 - 5x + 6 > 0", "x < 2 or x > 3", "every boundary and every cell between agree"),
    ("Systems", "Solve x + y = 3 and x - y = 1", "x = 2, y = 1", "put in; one solution by rank, or all others ruled out"),
    ("Values of functions", "Let f(x) = x^2 + 1 and g(x) = 2x. Find f(g(2)).", "17", "put in, then as arithmetic"),
    ("Inverse functions", "Find the inverse of f(x) = 2x + 1", "(x-1)/2", "f(g(x)) = x and g(f(x)) = x, by algebra"),
    ("Domains", "Find the domain of f(x) = sqrt(x-2)", "x >= 2", "as an inequality"),
    ("Ranges", "Find the range of f(x) = x^2 + 1", "y >= 1", "of parabolas, lines, and stretched waves, roots, powers, logarithms, 1/x"),
    ("Composed functions", "Let f(x) = 3x - 1 and g(x) = x^2. Find f(g(x)).", "3x^2 - 1", "put in, then as simplify"),
    ("Completed squares", "Complete the square: x^2 + 6x + 1", "(x+3)^2 - 8", "equal by algebra, one square and a number"),
    ("What roots tell", "Find the discriminant of x^2 - 4x + 1", "12", "exact; also sum, product and number of real roots"),
    (
        "Graphs of functions",
        "Find the vertical asymptotes of y = 1/(x^2 - 4)",
        "x = 2, x = -2",
        "as equations; also intercepts, axis of symmetry, critical and inflection points, period, amplitude",
    ),
    ("Parabolas", "Find the vertex of y = x^2 - 4x + 7", "(2, 3)", "the exact point; also minimum and maximum"),
    (
        "Equations with given roots",
        "Find a quadratic equation with the solutions 2 and 3",
        "x^2 - 5x + 6 = 0",
        "the roots put in, the degree counted",
    ),
    ("Common multiples and divisors", "Find the least common denominator: 6x, 4x^2", "12x^2", "exact; numbers and polynomials"),
    (
        "Points and lines",
        "Find the equation of the line through (1,2) and (3,8)",
        "y = 3x - 1",
        "every point put in; also slope, distance, midpoint",
    ),
    ("Whole numbers", "Find the prime factorization of 360", "2^3 * 3^2 * 5", "exact; also primes, divisors, remainders, bases"),
    ("Counting formulas", "What is 10 choose 3?", "120", "the exact value; also 10C3 and 10P3"),
    ("Matrices", "Find the inverse of [[1,2],[3,4]]", "[[-2,1],[3/2,-1/2]]", "multiplied back; also products, determinants, rank"),
    ("Eigenvalues", "Find the eigenvalues of [[2,1],[1,2]]", "1, 3", "every different root of the characteristic polynomial"),
    ("Lists of primes", "Find the prime factors of 60", "2, 3, 5", "none missing, none strange"),
    ("Tangents and normals", "Find the tangent line to y = x^2 at x = 1", "y = 2x - 1", "through the point, with the slope of the curve"),
    ("Values at ends and turns", "Find the maximum of x^3 - 3x on [0, 2]", "2", "at every end and zero of the derivative, none missing"),
    ("Areas", "Find the area between y = x and y = x^2", "1/6", "every meeting point found; as definite integrals"),
    ("Taylor polynomials", "Find the Maclaurin polynomial of degree 3 for sin x", "x - x^3/6", "every derivative at the point"),
    ("Derivatives", "Differentiate x sin x", "sin x + x cos x", "equal to our own derivative by algebra"),
    ("Partial derivatives", "Find the partial derivative of x^2 y with respect to y", "x^2", "as derivatives"),
    ("Implicit derivatives", "Find dy/dx if x^2 + y^2 = 25", "-x/y", "as derivatives, in both letters"),
    ("Differential equations", "Solve y' = 2y, y(0) = 1", "y = e^(2x)", "put in; the starting values leave no other solution"),
    (
        "Recurrences",
        "Solve the recurrence a_n = 2a_{n-1} + 1, a_1 = 1",
        "a_n = 2^n - 1",
        "put in for every n, starting terms compared; also single terms",
    ),
    (
        "Definite and improper integrals",
        "Integrate x^2 from 0 to 1",
        "1/3",
        "our antiderivative, differentiated again and continuous; limits at the ends as below",
    ),
    ("Limits", "Find the limit of sin(x)/x as x approaches 0", "1", "by the rules of calculus and by computer algebra"),
    ("Sums and products", "Find the sum of k^2 from k = 1 to 10", "385", "term by term"),
    ("Closed forms of sums", "Find sum_{k=1}^{n} k", "n(n+1)/2", "first value and step, by induction"),
    ("Infinite series", "Find sum_{k=0}^{infinity} 1/2^k", "2", "the limit of a closed form of its partial sums, or a series with a name"),
    ("Indefinite integrals", "Integrate x e^x", "(x-1)e^x + C", "the answer differentiated"),
]


def table():
    rows = ["| class | example | answer | verified means |", "|---|---|---|---|"]
    rows += [f"| {name} | `{question}` | `{answer}` | {means} |" for name, question, answer, means in CLASSES]
    return "\n".join(r.replace("|x", "\\|x") for r in rows) + "\n"


def test_the_page_has_the_table_of_the_code():
    """Write it anew with PHI4WEB_WRITE_DOCS=1."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    made = before + START + table() + END + after
    if os.environ.get("PHI4WEB_WRITE_DOCS"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


@pytest.mark.parametrize(("question", "answer"), [c[1:3] for c in CLASSES])
def test_every_example_is_verified(question, answer):
    verdict = check(question, answer)
    assert verdict.status == "verified", verdict


def test_every_example_is_verified_behind_the_lock_of_a_worker():
    """SymPy may not turn text into code there; a class that makes it do so would fail for every user."""
    with Checker(workers=1) as checker:
        verdicts = [checker.check(CheckRequest(problem=question, answer=answer)) for _, question, answer, _ in CLASSES]
    assert [(v.status, v.detail) for v in verdicts if v.status != "verified"] == []
