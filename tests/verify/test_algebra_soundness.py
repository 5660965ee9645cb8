"""What a second hostile reader found in algebra, numbers, responses and grades; each of these was verified, refuted or graded wrongly."""

from __future__ import annotations

import pytest

from phi4web.verify.extract import extract
from phi4web.verify.grade import grade_texts
from phi4web.verify.worker.pipeline import check

NEVER_VERIFIED = [
    ("Factor x^4 - 1", "(x-1)(x+1)(x-i)(x+i)"),
    ("Round 0.0785 to 1 significant figure", "0.1"),
    ("Solve x^2 = 99 to the nearest ten", "±14"),
    ("Solve x^2 = 99", "±10"),
    ("Solve x^2 = 12345 to 2 significant figures", "±111"),
    ("Round 0.0449 to 1 significant figure", "0.0"),
    ("Round 0.0951 to 2 significant figures", "0.10"),
    ("Find sqrt(0.009) to 2 significant figures", "0.10"),
]
STILL_VERIFIED = [
    ("Round 0.0996 to 2 significant figures", "0.10"),
    ("Round 0.0785 to 1 significant figure", "0.08"),
    ("Round 0.096 to 1 significant figure", "0.1"),
    ("Solve x^2 = 99 to the nearest integer", "±10"),
    ("Solve x^2 = 99. Round to the nearest whole number.", "10, -10"),
    ("Solve e^x = 100 to the nearest integer", "5"),
    ("Solve x^2 = 900.5 to the nearest ten", "±30"),
    ("Round 0.104 to 2 significant figures", "0.10"),
]
NEVER_REFUTED = [
    ("Find the inverse of [[1,2],[2,4]]", "no inverse"),
    ("Find the inverse of [[1,2],[2,4]]", "it is singular"),
    ("What is 200 plus 15%?", "230"),
    ("What is 200 minus 15%?", "170"),
    ("What is the difference of 3 and 5?", "2"),
    ("What is the difference between 3 and 5?", "-2"),
    ("Solve cos x = 1/2 for 0 <= x < 360", "60, 300"),
    ("Solve tan x = 1 for 0 <= x <= 180", "45"),
    ("Solve tan x = 0 for 0 <= x <= 90", "0"),
    ("Solve 2cos x + 1 = 0 in [0, 360]", "120, 240"),
]
STILL_REFUTED = [
    ("Solve x^2 = 99 to the nearest integer", "±9"),
    ("Solve x^2 = 99 to the nearest integer", "±11"),
    ("Solve e^x = 100 to the nearest integer", "4"),
    ("Solve x^2 = 99 to the nearest ten", "±20"),
    ("What is 200 plus 15%?", "215"),
    ("What is the difference between 3 and 5?", "8"),
    ("Solve cos x = 1/2 for 0 <= x < 360", "60, 240"),
    ("Solve cos x = 1/2 for 0 <= x < 360", "60"),
    ("Solve sin x = 1/2", "45"),
    ("Solve sin x = 1/2 for 0 <= x < 2pi", "30, 150"),
]
NOT_CLAIMED = [
    r"\boxed{42} is what one would get by mistake. The correct answer is 41.",
    r"\boxed{42} looks nice. The correct value is 41.",
    r"I cannot determine whether it is \boxed{42}.",
    r"The answer is anything except \boxed{42}.",
    r"Everything but $\boxed{42}$",
    r"The answer is twice \boxed{42}.",
    r"The answer is the negative of $\boxed{42}$.",
    r"If we forget to carry, we get \boxed{42}.",
    r"Had we ignored the sign, the result would be \boxed{42}.",
    r"\boxed{42} ✗",
    r"~~\boxed{42}~~",
    "~~42~~",
    r"$-\boxed{42}$",
    r"2\boxed{42}",
    r"$1 + \boxed{42}$",
    r"Is the answer $\boxed{42}$? The answer is 4 in any case",
    "The answer is less than $42$",
    "The answer is at most $42$.",
    r"\boxed{42}, but not in this case",
    r"$-\boxed{2}$ and $\boxed{3}$",
]
CLAIMED = [
    ("The answer is 42, not 41.", "42"),
    ("Answer: 42 - 1", "42 - 1"),
    (r"<think>maybe 41</think>The answer is \boxed{42}.", "42"),
    ("- $x = 42$", "x = 42"),
    (r"The answer - \boxed{42}", "42"),
    (r"**\boxed{42}**", "42"),
    (r"He can have at most \boxed{42} left over.", "42"),
    (r"It is not 41. The correct answer is \boxed{42}. The correct answer is 42.", "42"),
    (r"$x = \boxed{42}$", "42"),
]
NEVER_CORRECT = [
    ("1 1/2", "11/2"),
    ("2 1/3", "21/3"),
    (".5", "5"),
    ("2²", "22"),
    ("7 apples", "7 oranges"),
    ("60 km/h", "60 mph"),
    ("50 mm", "5 mm"),
    ("3 hours", "3 min"),
    ("5 cm^2", "5 mm^2"),
    (r"\emptyset", r"\{\emptyset\}"),
    (r"\{1,2\}", r"\{1,\{2\}\}"),
    (r"\frac{dy}{dx} = 2x", "dx/dy = 2x"),
    ("42", "42 thousand"),
    ("3 million", "3"),
]
NEVER_INCORRECT = [
    ("50 mm", "5 cm"),
    ("3 hours", "180 minutes"),
    ("3 hours", "3 h"),
    ("100 meters", "100 m"),
    ("100 meters", "0.1 km"),
    (r"27 \text{ cm}^3", "27 cubic centimeters"),
    ("5 cm^2", "500 mm^2"),
    ("5 dollars", "500 cents"),
    ("42000", "42 thousand"),
    ("42", "42 (forty-two)"),
    ("42", "(forty-two)"),
    ("3 million dollars", "3000000 dollars"),
    (r"\frac{dy}{dx} = 2x", "dy/dx = 2x"),
]


@pytest.mark.parametrize(("question", "answer"), NEVER_VERIFIED)
def test_a_wrong_answer_is_never_verified(question: str, answer: str) -> None:
    assert check(question, answer).status not in ("verified", "consistent")


@pytest.mark.parametrize(("question", "answer"), STILL_VERIFIED)
def test_a_right_answer_is_still_verified(question: str, answer: str) -> None:
    assert check(question, answer).status == "verified"


@pytest.mark.parametrize(("question", "answer"), NEVER_REFUTED)
def test_a_right_answer_is_never_refuted(question: str, answer: str) -> None:
    assert check(question, answer).status != "refuted"


@pytest.mark.parametrize(("question", "answer"), STILL_REFUTED)
def test_a_wrong_answer_is_still_refuted(question: str, answer: str) -> None:
    assert check(question, answer).status == "refuted"


@pytest.mark.parametrize("response", NOT_CLAIMED)
def test_a_value_that_the_words_beside_it_change_is_no_answer(response: str) -> None:
    assert extract(response).answer is None


@pytest.mark.parametrize(("response", "answer"), CLAIMED)
def test_a_value_that_is_claimed_stays_the_answer(response: str, answer: str) -> None:
    assert extract(response).answer == answer


@pytest.mark.parametrize(("reference", "answer"), NEVER_CORRECT)
def test_another_quantity_is_never_correct(reference: str, answer: str) -> None:
    assert grade_texts(reference, answer).grade != "correct"


@pytest.mark.parametrize(("reference", "answer"), NEVER_INCORRECT)
def test_the_same_quantity_in_another_unit_is_never_incorrect(reference: str, answer: str) -> None:
    assert grade_texts(reference, answer).grade != "incorrect"
