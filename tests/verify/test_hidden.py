"""What a reader sees and what is checked must be the same text."""

from __future__ import annotations

import pytest

from phi4web.verify.grade import grade_texts
from phi4web.verify.hidden import composed, is_disguised, undisguised
from phi4web.verify.worker.pipeline import OPERATIONS, check, proved_same

DISGUISED = [
    "\u202e42",  # shown as 24
    "4\u06422",
    "\u200f42",
    "x = \u20672\u2069",
    "42\u0338",  # struck out
    "4\u03362\u0336",
    "4\u03052",  # 4 and a bar, which repeats or negates
    "0.3\u0305",
    "0.3\u0307",
    "2\u20dd",
    "x\u0304 = 2",
]


@pytest.mark.parametrize("text", ["42", "x = 2", "\u200b42", "4\u00ad2", "\uff14\uff12", "x\u00b2 \u2260 2", "caf\u00e9", "x\u200e = 2"])
def test_what_changes_nothing_that_is_seen_is_no_disguise(text):
    assert not is_disguised(text)


@pytest.mark.parametrize("text", [t for t in DISGUISED if t != "4\u06422"])
def test_a_character_that_changes_how_others_look_is_found(text):
    assert is_disguised(composed(text))


def test_a_letter_and_its_mark_are_one_character():
    assert composed("x =\u0338 2") == "x \u2260 2"
    assert composed("cafe\u0301") == "caf\u00e9"


def test_an_undisguised_text_keeps_its_length():
    assert len(undisguised("4\u03382 = 5")) == len("4\u03382 = 5")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        *(("What is 6*7?", text) for text in DISGUISED[:3] + DISGUISED[4:7]),
        *(("What is 3/10?", text) for text in ("0.3\u0305", "0.3\u0307", "0.3\u0338")),
        *(("Solve 2x = 4", text) for text in ("x =\u0338 2", "x = 2\u0338", "x\u0304 = 2", "x = \u20672\u2069", "x\u0338 = 2")),
        ("What is 0.3\u0305 * 10?", "3"),
        ("What is 5 - 3\u0305?", "2"),
        ("Solve (x-3)^2 > 0", "x > 3, x = \u03383"),
    ],
)
def test_an_answer_that_looks_like_another_one_is_not_verified(question, answer):
    assert check(question, answer).status not in ("verified", "consistent")


def test_an_unequal_sign_in_two_characters_is_an_unequal_sign():
    assert check("Solve (x-3)^2 > 0", "x =\u0338 3").status == "verified"
    assert check("Solve (x-3)^2 > 0", "x = 3").status == "refuted"


def test_the_words_say_what_is_wrong_with_the_answer():
    verdict = check("What is 6*7?", "\u202e42")
    assert (verdict.status, verdict.reason) == ("could_not_check", "unreadable_answer")
    assert "characters" in (verdict.detail or "")


@pytest.mark.parametrize("text", ["\u202e42", "42\u0338", "4\u03382"])
def test_a_disguised_answer_is_never_graded_correct_or_called_the_same(text):
    assert grade_texts("42", text).grade != "correct"
    assert proved_same("42", text) is None


def test_a_struck_out_sign_makes_no_step():
    steps = OPERATIONS["steps"]({"response": "3 + 4 =\u0338 7", "problem": "", "seconds": 5.0})["steps"]
    assert all(step["mark"] == "?" for step in steps)
