"""What a hostile reader found: no question or answer may be read as something else than what was written."""

from __future__ import annotations

import pytest

from phi4web.verify.extract import extract
from phi4web.verify.grade import grade_texts
from phi4web.verify.worker.pipeline import check

NEVER_VERIFIED = [
    # a leading decimal point, a factorial apart from its number
    ("What is .5?", "5"),
    ("What is 2 + .5?", "7"),
    ("Solve 2x = .5.", "5/2"),
    ("What is the derivative of .5x?", "5"),
    ("Simplify .5x + .5x.", "5.5x"),
    ("What is -.5?", "-5"),
    ("What is 5 !", "5"),
    ("What is 5 ! ?", "5"),
    ("What is $5$!", "5"),
    ("What is 0.999 ...?", "0.999"),
    # the constant of integration
    ("Find the most general antiderivative of x^2", "x^3/3"),
    ("Find the most general antiderivative of x^2", "x^3/3 + 7"),
    ("Find the general antiderivative of x^2", "x^3/3"),
    # residues
    ("What is -3 mod 5?", "-3"),
    (r"What is $3^{-1} \bmod 7$?", "1/3"),
    ("What is 1/3 mod 7?", "1/3"),
    ("What is 2 + 3 mod 2?", "3"),
    ("What is 3 mod 2 + 5?", "6"),
    ("What is 10 - 7 mod 4?", "7"),
    # the left side of the answer
    ("What is the derivative of x^2?", "dx/dy = 2x"),
    ("What is the derivative of x^2?", "dy/dt = 2x"),
    ("What is the derivative of x^2?", "f^{-1}(x) = 2x"),
    ("What is the derivative of x^2?", "f'(2) = 2x"),
    ("What is the derivative of x^2?", "f'''(x) = 2x"),
    ("What is the derivative of x^2?", "f(t) = 2x"),
    ("What is the derivative of x^2?", "f(x) = 2x"),
    ("What is the derivative of x^2?", "y = 2x"),
    ("What is the derivative of f(x) = x^2?", "f(x) = 2x"),
    ("What is the derivative of f(x) = x^2?", "g'(x) = 2x"),
    ("What is the derivative of x^3 at 2?", "f'(3) = 12"),
    ("What is the derivative of x^3 at 2?", "f(2) = 12"),
    ("What is the derivative of x^3 at 2?", "x = 12"),
    ("What is the second derivative of x^3?", "f'(x) = 6x"),
    ("What is the second derivative of x^3?", "dy/dx = 6x"),
    ("What is the antiderivative of f(x) = x^2?", "f(x) = x^3/3 + C"),
    ("What is the antiderivative of f(x) = x^2?", "f'(x) = x^3/3 + C"),
    ("Integrate x^2", r"\int x^3 dx = x^3/3 + C"),
    ("Integrate x^2", r"\int_0^1 x^2 dx = x^3/3 + C"),
    ("What is 12 + 30?", "y = 42"),
    ("What is 12 + 30?", "f(x) = 42"),
    ("Integrate x^2 from 0 to 1", "x = 1/3"),
    ("Find the inverse of f(x) = 2x + 1", "f(x) = (x-1)/2"),
    ("Find the inverse of f(x) = 2x + 1", "f'(x) = (x-1)/2"),
    ("Simplify 2x + 3x", "y = 5x"),
    ("Simplify 2x + 3x", "f'(x) = 5x"),
    ("Solve 2x = 4", "y = 2"),
    # a condition that was dropped
    ("Solve x^2=4 assuming all variables are positive", "2, -2"),
    ("Solve x^2=4 assuming all variables are positive", "-2"),
    ("Solve x + y = 0 and x - y = 2 assuming all variables are positive", "(1, -1)"),
    # conventions
    ("What is 7%3?", "0.21"),
    ("What is sin 30?", "-0.98803"),
    ("What is 50 + 10%?", "50.1"),
    ("What is 10 - 20%?", "9.8"),
    ("What is sin 2 * pi?", "pi sin(2)"),
    ("What is 20% of 50 + 30?", "16"),
    ("What is 50% of 10 + 2?", "6"),
    ("What is 5 + 3 times 2?", "16"),
    ("What is -3 squared?", "9"),
    ("What is 2*3 squared?", "36"),
    ("What is the square root of 16 + 9?", "5"),
    ("What is the product of 2 and 3 + 4?", "14"),
    ("What is 20 percent of 50 + 30?", "16"),
    ("What is 10 divided by 2 + 3?", "2"),
    # more digits than the rounding leaves
    ("Round 149 to the nearest hundred", "149"),
    ("Round 1234 to 2 significant figures", "1234"),
    ("Round 0.01234 to 2 significant figures", "0.0123"),
    ("Round 12.34 to 2 significant figures", "12.3"),
    ("Approximate 1000*pi to the nearest ten", "3141.6"),
    # more of the same kinds
    (r"Evaluate $\int_0^1 x^2 dx$", r"\int_0^2 x^2 dx = 1/3"),
    ("Find the limit of sin(x)/x as x approaches 0", r"\lim_{x \to 1} \frac{\sin x}{x} = 1"),
    ("Find a_5 if a_1 = 1 and a_n = 2a_{n-1}", "a_4 = 16"),
    ("Find a_5 if a_1 = 1 and a_n = 2a_{n-1}", "a_n = 16"),
    ("Find the inverse of [[1,2],[3,4]]", "A = [[-2,1],[1.5,-0.5]]"),
    ("Find the midpoint of (0,0) and (2,4)", "(y,x) = (1,2)"),
    ("Find the vertex of y = x^2 - 2x + 3", "(y,x) = (1,2)"),
    ("Find f(3) if f(x) = x^2 + 1", "f(2) = 10"),
    ("Solve y' = 2y with y(0) = 1", "y' = e^{2x}"),
    ("Factor x^2 - 2 over the reals", "x^2 - 2"),
    ("Find the general indefinite integral of 2x", "x^2 + 3"),
    ("What is 7 mod 3 mod 2?", "1"),
    ("What is 100 mod 7 * 2?", "4"),
]
NEVER_REFUTED = [
    ("What is .5?", "0.5"),
    ("What is -3 mod 5?", "2"),
    (r"What is $3^{-1} \bmod 7$?", "5"),
    ("What is 1/3 mod 7?", "5"),
    ("What is 2 + 3 mod 2?", "1"),
    ("Solve x^2=4 assuming all variables are positive", "2"),
    ("What is 7%3?", "1"),
    ("Find a solution of x^2=4", "2"),
    ("Find a root of x^2 - 4", "2"),
    ("Find a real root of x^2 - 4", "-2"),
    ("Find one solution of x^2=4", "2"),
    ("Find any solution of x^2=4", "2"),
    ("Find an x such that x^2=4", "2"),
    ("Find a value of x for which x^2=4", "2"),
    ("Find a value of x for which x^2 > 4", "3"),
    ("Find a number x such that x^2 = 4", "2"),
    ("Give a solution to sin x = 0", "0"),
    ("Round 149 to the nearest hundred", "100"),
    ("Round 1234 to 2 significant figures", "1200"),
    ("Solve 1 < x < 3", "x>1, x<3"),
    ("Solve (x^2-1)/(x-1) > 0", "x>-1, x != 1"),
    ("What is 0.999...?", "1"),
    ("What is 0.333...?", "1/3"),
    ("What is 3.14...?", "pi"),
    ("What is 1/3?", "0.333..."),
    ("What is sin 30?", "1/2"),
    (r"What is $\cos(60)$?", "1/2"),
    (r"What is $\sin^{-1}(1)$?", "90"),
    ("What is arctan(1)?", "45"),
    ("What is 50 + 10%?", "55"),
    ("What is 10 - 20%?", "8"),
    ("What is sin 2 * pi?", "0"),
    ("What is 20% of 50 + 30?", "40"),
    ("What is 50% of 10 + 2?", "7"),
    ("What is 5 + 3 times 2?", "11"),
    ("What is -3 squared?", "-9"),
    ("What is the square root of 16 + 9?", "13"),
    ("Solve b = 1, a = 2", "(1, 2)"),
    ("Solve 2x + 3 = 7!", "2"),
    ("Find an integer solution of x^2 = 4", "2"),
    ("Solve x^2 > 4", "x>2, x<-2"),
    ("What is cos 180?", "-1"),
    ("What is sin 45 cos 45?", "1/2"),
    ("What is arcsin(1/2)?", "30"),
    ("Solve q + p = 3, q - p = 1", "(2, 1)"),
]
STILL_VERIFIED = [
    ("What is .5 + .5?", "1"),
    ("What is .5?", "1/2"),
    ("What is -3 mod 5?", "2"),
    ("What is 17 mod 5?", "2"),
    ("What is 5!", "120"),
    ("What is the derivative of x^2?", "f'(x) = 2x"),
    ("What is the derivative of x^2?", "dy/dx = 2x"),
    ("What is the derivative of x^2?", "y' = 2x"),
    ("What is the derivative of x^2?", r"\frac{d}{dx} x^2 = 2x"),
    ("What is the derivative of f(x) = x^2?", "f'(x) = 2x"),
    ("What is the derivative of x^3 at 2?", "f'(2) = 12"),
    ("What is the second derivative of x^3?", "f''(x) = 6x"),
    ("What is the second derivative of x^3?", r"\frac{d^2y}{dx^2} = 6x"),
    ("Find the most general antiderivative of x^2", "x^3/3 + C"),
    ("Find the most general antiderivative of x^2", "F(x) = x^3/3 + C"),
    ("Integrate x^2", r"\int x^2 dx = x^3/3 + C"),
    ("What is 12 + 30?", "12 + 30 = 42"),
    ("Find the inverse of f(x) = 2x + 1", "f^{-1}(x) = (x-1)/2"),
    ("Solve x^2=4 assuming all variables are positive", "2"),
    ("What is 20% of 50?", "10"),
    ("What is sin(pi/6)?", "1/2"),
    ("Solve y = 2x, x + y = 3", "(1, 2)"),
    ("Solve 1 < x < 3", "1 < x < 3"),
    ("What is 3/4 times 2/3?", "1/2"),
    ("Find a solution of 2x = 4", "2"),
    ("Find f(3) if f(x) = x^2 + 1", "f(3) = 10"),
    ("Find a_5 if a_1 = 1 and a_n = 2a_{n-1}", "a_5 = 16"),
    ("Find the inverse of [[1,2],[3,4]]", "A^{-1} = [[-2,1],[1.5,-0.5]]"),
    ("Solve x^2 > 4", "x<-2, x>2"),
    ("What is 10% + 20%?", "0.3"),
    ("Round 3.14159 to 2 decimal places", "3.14"),
    ("Round 0.01234 to 2 significant figures", "0.012"),
]
STILL_REFUTED = [
    ("Find a solution of x^2=4", "3"),
    ("What is the derivative of x^2?", "f'(x) = 3x"),
    ("What is 12 + 30?", "12 + 30 = 43"),
    ("What is -3 mod 5?", "3"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_VERIFIED)
def test_what_was_not_asked_is_never_verified(question: str, answer: str) -> None:
    assert check(question, answer).status not in ("verified", "consistent")


@pytest.mark.parametrize(("question", "answer"), NEVER_REFUTED)
def test_a_right_answer_under_a_common_reading_is_never_refuted(question: str, answer: str) -> None:
    assert check(question, answer).status != "refuted"


@pytest.mark.parametrize(("question", "answer"), STILL_VERIFIED)
def test_a_clear_right_answer_is_still_verified(question: str, answer: str) -> None:
    verdict = check(question, answer)
    assert verdict.status == "verified", verdict


@pytest.mark.parametrize(("question", "answer"), STILL_REFUTED)
def test_a_clear_wrong_answer_is_still_refuted(question: str, answer: str) -> None:
    verdict = check(question, answer)
    assert verdict.status == "refuted", verdict


def test_a_definite_constant_of_integration_is_verified_only_with_the_note() -> None:
    verdict = check(r"\int x^2 dx", "x^3/3 + 5")
    assert verdict.status == "could_not_check" or "constant of integration" in (verdict.evidence or "")


def test_a_number_too_long_to_write_gives_no_advice_about_python() -> None:
    for question, answer in (("What is 10^5000?", "10^5000"), ("What is 2 + 2?", "9" * 4000), ("What is 7^6000?", "1")):
        assert "set_int" not in str(check(question, answer).to_dict())


DENIED = [
    r"It is not \boxed{4}.",
    "It cannot be $4$.",
    "It is definitely not $4$",
    r"\boxed{4} is incorrect.",
    r"\boxed{4} is not the answer.",
    r"$\boxed{4}$ is wrong.",
    r"\boxed{4}? No, that is wrong.",
    r"A common mistake is to say \boxed{4}; do not do that.",
    "Some say the answer is 4. They are wrong.",
    "The answer is not 4.",
    "The answer isn't 4.",
    "Is the answer 4? No.",
    "It is false that the answer is 4.",
    "One might think the answer is 4.",
    "The wrong answer is 4.",
    "The incorrect answer is $4$.",
    "I am not sure the answer is 4.",
    r"The answer is \boxed{4}. Wait, no.",
    r"I got \boxed{4}, but this is wrong.",
    r"The value is \boxed{4}. Wait, actually it is 5.",
    r"\boxed{4}. Hmm, I made an error: the sign must be turned.",
    r"\boxed{4}, or maybe 5.",
    r"$x = \boxed{4}$ or $x = 5$",
    r"\boxed{2x} for x > 0 only",
    r"\boxed{2x}\text{ except at } x = 0",
    r"$\boxed{2x}$ for $x \ge 0$",
    r"The limit is \boxed{4} only from the left",
    r"\boxed{4?}",
    r"$\boxed{4}x$",
    r"$\boxed{4}\pi$",
    "**2x** only for $x>0$",
    "$$0$$ unless x is negative",
    r"$\boxed{4}^2$",
    r"$\boxed{4} \times 10^3$",
    r"\boxed{4} (wrong)",
    r"\boxed{4} can't be right.",
    r"If the answer were \boxed{4}, we would have a contradiction.",
    r"\boxed{4} is what the textbook claims, but it is incorrect.",
    "$x = 4$ is extraneous",
    "I don't think the answer is 4.",
]


@pytest.mark.parametrize("response", DENIED)
def test_an_answer_that_is_denied_is_no_answer(response: str) -> None:
    assert extract(response).answer is None


STATED = [
    (r"The number of rows where the red card is not on the bottom is \(\boxed{4}\).", "4"),
    (r"We take two 2's and do not have any additional 0's: $M=\boxed{4}$.", "4"),
    (r"It is not 3. The answer is \boxed{4}.", r"4"),
    (r"$x \ne 0$, so the answer is \boxed{4}.", r"4"),
    (r"A common mistake is to say 3. The answer is \boxed{4}.", "4"),
    (r"That is wrong. The right answer is \boxed{4}.", "4"),
    (r"This does not factor. Hence \boxed{4}.", "4"),
    (r"The number 9 is not prime, so \boxed{4}", "4"),
    ("That is not possible. The answer is 4.", "4"),
    (r"There is no other solution, so \boxed{4}.", "4"),
    (r"\boxed{4} is not negative, as required.", "4"),
    (r"\boxed{4}. No other answer is possible.", "4"),
    (r"\boxed{4} is the only solution.", "4"),
    (r"\boxed{4}. Wait, let me double check. Yes, it is correct.", "4"),
    ("\\boxed{4}\n- done", "4"),
    (r"$\boxed{4}$ for all $x > 0$", "4"),
    (r"$\boxed{4}$ - which is even", "4"),
    (r"$\boxed{x^2}$, where $x > 0$", "x^2"),
    (r"$\boxed{x^2} + C$", "x^2 + C"),
    (r"I made a mistake earlier. The final answer is \boxed{4}.", "4"),
    (r"Not \boxed{5} but \boxed{4}", "4"),
]


@pytest.mark.parametrize(("response", "answer"), STATED)
def test_a_denial_of_something_else_takes_nothing_away(response: str, answer: str) -> None:
    assert extract(response).answer == answer


SEVERAL = [
    "$x=2$ or $x=3$",
    "The solutions are $x = 2$ and $x = 3$.",
    "\\(x=2\\)\n\\(x=3\\)",
    "x = 2\nx = 3",
    "1. x = 2\n2. x = 3",
    "$x = 2$, $x = 3$",
    "Therefore:\n- $x = 2$\n- $x = 3$",
    "$$x = 2$$\n\n$$x = 3$$",
    "**x = 2**\n**x = 3**",
    "x = 2 or\nx = 3",
    "\\boxed{2}\n\\boxed{3}",
    "$\\boxed{x = 2}$ or $\\boxed{x = 3}$",
]


@pytest.mark.parametrize("response", SEVERAL)
def test_all_values_that_stand_together_are_the_answer(response: str) -> None:
    answer = extract(response).answer
    assert answer is not None
    assert check("Solve x^2 - 5x + 6 = 0", answer).status == "verified", answer


def test_three_values_joined_by_or_are_three() -> None:
    answer = extract("$x=2$ or $x=3$ or $x=4$").answer or ""
    assert [n in answer for n in "234"] == [True] * 3


def test_a_value_that_is_taken_back_is_not_joined() -> None:
    assert "2" not in (extract("$x = 2$. Wait, that is wrong: $x = 3$").answer or "")
    assert "2" not in (extract("x = 2\nActually,\nx = 3").answer or "")


def test_steps_of_one_solution_are_not_joined() -> None:
    assert extract("2x = 4\nx = 2").answer == "x = 2"


@pytest.mark.parametrize(
    ("reference", "answer"),
    [("1/0", "1/0"), ("y=1,x=2", "(1,2)"), ("x/(2y)", "x/2y"), ("y=1,x=2", "(2,1)"), ("b=1,a=2", "(1,2)")],
)
def test_a_doubtful_grade_is_not_given(reference: str, answer: str) -> None:
    assert grade_texts(reference, answer).grade == "could_not_check"


def test_a_slash_has_one_reading_in_all_grades() -> None:
    assert not (grade_texts("1/2x", "x/2").grade == "correct" and grade_texts("x/2y", "x/(2y)").grade == "correct")


def test_ninety_degrees_is_not_both_ninety_and_half_pi() -> None:
    assert not (grade_texts(r"90^\circ", "90").grade == "correct" and grade_texts(r"90^\circ", r"\pi/2").grade == "correct")


def test_a_decimal_that_was_cut_off_is_not_taken_for_the_whole():
    assert check("Evaluate 3.14...", "3.14").status == "could_not_check"
    assert check("Evaluate 0.333...", "1/3").status == "verified"
