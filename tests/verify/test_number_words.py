"""Numbers in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from phi4web.verify.grade import grade_texts
from phi4web.verify.grade.number_words import in_digits, number_of
from phi4web.verify.worker.pipeline import check

NUMBERS = {
    "zero": Fraction(0),
    "twenty-one": Fraction(21),
    "Twenty one": Fraction(21),
    "one hundred and five": Fraction(105),
    "a hundred": Fraction(100),
    "eleven hundred": Fraction(1100),
    "two million three hundred thousand four": Fraction(2_300_004),
    "minus five": Fraction(-5),
    "half": Fraction(1, 2),
    "one half": Fraction(1, 2),
    "three quarters": Fraction(3, 4),
    "two-thirds": Fraction(2, 3),
    "two and a half": Fraction(5, 2),
    "two point five": Fraction(5, 2),
}
NO_NUMBERS = [
    "a",
    "A",
    "an",
    "no",
    "and",
    "five and six",
    "twenty twenty",
    "one hundred thousandths",
    "twenty, one",
    "fifth",
    "forty-two apples",
    "",
]


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number_in_words_is_read(text, value):
    assert number_of(text) == value


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_words_in_no_usual_order_are_no_number(text):
    assert number_of(text) is None
    assert in_digits(text) == text


@pytest.mark.parametrize(
    ("reference", "answer"),
    [("21", "twenty-one"), ("twenty-one", "21"), ("3/4", "three quarters"), ("-5", "negative five"), ("25%", "twenty-five percent")],
)
def test_a_number_in_words_is_graded_as_the_number(reference, answer):
    assert grade_texts(reference, answer).grade == "correct"


@pytest.mark.parametrize(("reference", "answer"), [("21", "twenty-two"), ("5", "five hundred"), ("A", "one"), ("4", "forty")])
def test_another_number_in_words_is_not_correct(reference, answer):
    assert grade_texts(reference, answer).grade == "incorrect"


def test_an_answer_in_words_is_checked():
    assert check("What is 6*7?", "forty-two").status == "verified"
    assert check("What is 6*7?", "forty-three").status == "refuted"
