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
