"""What people type without brackets: nothing is claimed where two meanings are usual and the parser has one."""

from __future__ import annotations

import pytest

from phi4web.verify.worker.pipeline import check, graded
from phi4web.verify.worker.typed import two_meanings

TWO = [
    ("What is e^iπ?", "-1"),
    ("What is 8^1/3?", "2"),
    ("What is 8^1/3?", "8/3"),
    ("Differentiate x^1/2", "1/(2sqrt x)"),
    ("Differentiate x^1/2", "1/2"),
    ("Simplify sqrt(x)", "x^1/2"),
    ("Differentiate √2x", "1/√(2x)"),
    ("Differentiate √2x", "√2"),
    ("Simplify √x²", "|x|"),
    ("Simplify √x²", "x"),
    ("Differentiate log2(x)", "1/(x ln 2)"),
    ("Differentiate log2(x)", "log 2"),
    ("Solve log2(x) = 3", "8"),
    ("What is log10(100)?", "2"),
    ("What is log10 100?", "2"),
    ("What is 1.5/4%?", "0.00375"),
    ("What is 1.5/4%?", "37.5"),
    ("What is 3 / 4%?", "75"),
    ("What is 3/2.5%?", "120"),
    ("Calculate 8 ÷ 2 / 2", "2"),
    ("Calculate 8÷2/2", "8"),
    ("Differentiate sin 2(x+1)", "sin 2"),
    ("Differentiate e^kt with respect to t", "k e^(kt)"),
    ("Differentiate e^kt with respect to t", "e^k"),
]
ONE = [
    ("Differentiate e^x(x+1)", "e^x(x+2)"),
    ("Differentiate e^xcos x", "e^x cos x - e^x sin x"),
    ("Simplify sqrt(8)", "2√2"),
    ("Evaluate √9 + √16", "7"),
    ("Solve x² + 2 = 0", "±√2i"),
    ("What is log 2 + log 5?", "1"),
    ("What is log_2(8)?", "3"),
    ("Differentiate x^2/2", "x"),
    ("What is 2π√3", "2√3π"),
    ("Differentiate $e^{kt}$ with respect to t", "ke^{kt}"),
    (r"Differentiate $\sqrt2x$", r"\sqrt2"),
    ("What is 50% of 3/4?", "3/8"),
    ("What is 1/3 ÷ 1/6?", "2"),
    ("What is 3/4%?", "0.0075"),
    ("What is 2 1/2% of 400?", "10"),
    ("What is 100! mod 101?", "100"),
]


@pytest.mark.parametrize(("question", "answer"), TWO)
def test_nothing_is_claimed_about_a_formula_with_two_usual_meanings(question, answer):
    assert check(question, answer).status == "could_not_check"


@pytest.mark.parametrize(("question", "answer"), ONE)
def test_a_formula_with_one_usual_meaning_is_checked(question, answer):
    assert check(question, answer).status == "verified"


def test_the_words_say_how_to_write_it():
    assert "e^(ix)" in (check("What is e^iπ?", "-1").detail or "")
    assert two_meanings("x^2 + 1") is None


@pytest.mark.parametrize(
    ("reference", "answer"), [("e^{ix}", "e^ix"), (r"\sqrt{2x}", "√2x"), ("x^{1/2}", "x^1/2"), ("3", "log2(8)"), ("1/3", r"33\frac13\%")]
)
def test_no_grade_is_given_for_such_an_answer(reference, answer):
    assert graded(reference, answer)["grade"] == "could_not_check"


def test_the_same_text_is_still_the_same_text():
    assert graded("e^ix", "e^ix")["grade"] == "correct"


def test_a_negative_residue_is_neither_the_remainder_nor_wrong():
    assert check("What is 100! mod 101?", "-1").status == "could_not_check"
    assert check("What is 17 mod 5?", "-3").status == "could_not_check"
    assert check("What is 17 mod 5?", "-2").status == "refuted"
    assert check("What is 17 mod 5?", "7").status == "refuted"
