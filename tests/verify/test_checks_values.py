"""Definite and improper integrals, limits, sums and products."""

import pytest

from phi4web.verify.worker.pipeline import check


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Integrate x^2 from 0 to 1", "1/3"),
        ("What is the integral of x^2 from 0 to 1?", "1/3"),
        (r"Evaluate $\int_0^{\pi} \sin x \, dx$", "2"),
        (r"Evaluate $\int_1^0 x \, dx$", "-1/2"),
        (r"Evaluate $\int_1^\infty \frac{1}{x^2} dx$", "1"),
        (r"Evaluate $\int_1^\infty \frac{1}{x} dx$", "diverges"),
        (r"Evaluate $\int_0^1 \frac{1}{\sqrt{x}} dx$", "2"),
        (r"Evaluate $\int_0^1 \sqrt{1-x^2} dx$", r"\frac{\pi}{4}"),
        (r"Evaluate $\int_0^{2} |x-1| dx$", "1"),
        ("Find the limit of sin(x)/x as x approaches 0", "1"),
        (r"Find $\lim_{x\to0} |x|/x$", "does not exist"),
        (r"Find $\lim_{x\to0^+} |x|/x$", "1"),
        (r"Find $\lim_{x\to\infty} (1+1/x)^x$", "e"),
        (r"Find $\lim_{x\to0} 1/x^2$", r"\infty"),
        (r"Evaluate $\sum_{k=1}^{100} k$", "5050"),
        (r"Evaluate $\sum_{k=1}^{\infty} \frac{1}{k^2}$", r"\frac{\pi^2}{6}"),
        (r"Evaluate $\sum_{k=1}^{\infty} \frac{1}{k}$", "diverges"),
        (r"Evaluate $\sum_{k=1}^{\infty} \frac{(-1)^{k+1}}{k}$", r"\ln 2"),
        (r"Find $\sum_{k=1}^{n} k^2$", "n(n+1)(2n+1)/6"),
        ("Find the sum of k^2 from k = 1 to 10", "385"),
        (r"Evaluate $\prod_{k=1}^{5} k$", "120"),
    ],
)
def test_a_right_value_is_verified(question, answer):
    verdict = check(question, answer)
    assert (verdict.status, verdict.strength) == ("verified", "exact"), verdict


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (r"Evaluate $\int_0^1 x^2 dx$", "1/2"),
        (r"Evaluate $\int_{-1}^{1} \frac{1}{x^2} dx$", "-2"),  # across a pole
        (r"Evaluate $\int_{-1}^{1} \frac{1}{x} dx$", "0"),
        (r"Evaluate $\int_1^\infty \frac{1}{x} dx$", "1"),
        (r"Evaluate $\int_0^1 x^2 dx$", "diverges"),
        (r"Find $\lim_{x\to0} |x|/x$", "1"),  # one side only
        (r"Find $\lim_{x\to0} \frac{\sin x}{x}$", "0"),
        (r"Find $\lim_{x\to0} 1/x^2$", "0"),
        (r"Evaluate $\sum_{k=1}^{\infty} \frac{1}{k}$", "100"),
        (r"Find $\sum_{k=1}^{n} k^2$", "n(n+1)(2n+1)/3"),
        (r"Find $\sum_{k=1}^{n} 1$", "n^6 - 15 n^5 + 85 n^4 - 225 n^3 + 274 n^2 - 119 n"),  # right for the first five n
    ],
)
def test_a_wrong_value_is_never_verified(question, answer):
    status = check(question, answer).status
    assert status == ("refuted" if "n^6" not in answer else "could_not_check")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (r"Find $\lim_{x\to0} \sin(1/x)$", "0"),  # oscillates
        (r"Find $\lim_{x\to0} x$", r"\lim_{x\to0} x"),
        (r"Evaluate $\int_0^1 x^2 dx$", r"\int_0^1 x^2 dx"),
        (r"Evaluate $\sum_{k=1}^{3} k$", "1 + 2 + 3"),
        (r"Evaluate $\int_0^1 x^2 dx$", "1/3 + C"),
        (r"Evaluate $\int_0^{2\pi} \frac{1}{2+\sin x} dx$", "0"),
    ],
)
def test_what_is_not_a_result_is_not_verified(question, answer):
    assert check(question, answer).status == "could_not_check"


PROVEN = [
    (r"Evaluate $\sum_{k=0}^{\infty} (-1/3)^k$", "3/4"),
    (r"Evaluate $\sum_{k=1}^{\infty} k/2^k$", "2"),
    (r"Evaluate $\sum_{k=1}^{\infty} \frac{1}{k(k+2)}$", "3/4"),
    (r"Evaluate $\sum_{k=2}^{\infty} \frac{1}{k^2}$", r"\pi^2/6 - 1"),
    (r"Evaluate $\sum_{k=1}^{\infty} \frac{k}{k!}$", "e"),
    (r"Evaluate $\sum_{k=1}^{\infty} \frac{(-1)^{k+1}}{k}$", r"\ln 2"),
    (r"Evaluate $\sum_{k=1}^{\infty} \frac{1}{\sqrt{k}}$", "diverges"),
    ("Integrate x e^(-x) from 0 to infinity", "1"),
    ("Integrate ln(x) from 0 to 1", "-1"),
    ("Integrate 1/(1+x^2) from -infinity to infinity", "pi"),
    ("Integrate 1/x from 1 to infinity", "diverges"),
    ("Find the limit of (1-cos x)/x^2 as x approaches 0", "1/2"),
    ("Find the limit of (1+2/x)^(3x) as x approaches infinity", "e^6"),
    ("Find the limit of sqrt(x^2+x)-x as x approaches infinity", "1/2"),
    ("Find the limit of x^x as x approaches 0 from the right", "1"),
    ("Find the limit of e^x/x^5 as x approaches infinity", r"\infty"),
    ("Find the limit of |x|/x as x approaches 0", "does not exist"),
]
NUMBERS_ONLY = [
    ("Find the limit of (e^x-e^(-x))/(e^x+e^(-x)) as x approaches infinity", "1"),
    ("Integrate 1/(5+4cos(x)) from 0 to 2pi", "2pi/3"),
    (r"Evaluate $\sum_{k=1}^{\infty} \frac{1}{k^2(k+1)}$", r"\pi^2/6 - 1"),
]


@pytest.mark.parametrize(("question", "answer"), PROVEN)
def test_two_exact_routes_verify_a_limit_an_improper_integral_or_a_series(question, answer):
    verdict = check(question, answer)
    assert (verdict.status, verdict.strength) == ("verified", "exact")


@pytest.mark.parametrize(("question", "answer"), NUMBERS_ONLY)
def test_where_numbers_are_the_only_second_look_it_is_consistent(question, answer):
    verdict = check(question, answer)
    assert verdict.status == "consistent"
    assert "no proof" in (verdict.evidence or "")


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Find sum_{k=1}^{infinity} 1/k", r"\infty"), ("Integrate 1/x^2 from -1 to 1", r"\infty")],
)
def test_a_divergent_value_is_not_refuted_when_it_is_called_infinite(question, answer):
    assert check(question, answer).status == "could_not_check"


@pytest.mark.parametrize(
    ("question", "answer", "status"),
    [
        ("What is 6*7?", "x = 42", "verified"),
        ("What is 6*7?", "x = 43", "refuted"),
        ("Let f(x) = x+1. Find f(3).", "x = 4", "could_not_check"),  # names something that was not asked
        ("Round 1234 to the nearest hundred", "1200", "verified"),
        ("Round 1234 to the nearest hundred", "1234", "refuted"),
        ("Round 1250 to the nearest hundred", "1300", "verified"),
        ("Round 1250 to the nearest hundred", "1200", "could_not_check"),
        ("Round 12345 to 2 significant figures", "12000", "verified"),
        ("Round 9600 to 2 significant figures", "10000", "refuted"),
        ("Round 9960 to 2 significant figures", "10000", "verified"),
        ("Round 0.5 to the nearest integer", "1", "verified"),
        ("Round 0.5 to the nearest integer", "0", "could_not_check"),
        ("Round -0.5 to the nearest integer", "-1", "verified"),
        ("Round -2.5 to the nearest integer", "-2", "could_not_check"),
        ("Find x: 3x = 12", "4", "verified"),
        ("What is 10 minus 5 percent?", "9.5", "could_not_check"),
        ("What is 10 minus 5 percent?", "9", "refuted"),
        ("Increase 80 by 10 percent", "88", "verified"),
        ("What is 5C2?", "10", "verified"),
        ("What is 5P2?", "10", "refuted"),
    ],
)
def test_what_people_type_is_read(question, answer, status):
    assert check(question, answer).status == status
