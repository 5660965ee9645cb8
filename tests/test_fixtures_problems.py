"""The generator of training/: right answers, thoughts without a slip, tokens that give the text back, and an exam that stays unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import pytest

from phi4web.models import PRACTICE
from phi4web.prompts import CLOSE_THOUGHT, solve_messages
from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker
from training.problems import EXAMPLES, MAKERS, Problem, problems
from training.words import CUT, SPECIAL, TASK, tokenizer

_SUM = re.compile(r"^(-?\d+(?: [+*-] -?\d+)*) = (-?\d+)$")


def some(kind: str, count: int, exam: bool = False, seed: int = 5) -> list[Problem]:
    return list(islice(problems(seed, exam, [kind]), count))


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    made = Checker(1)
    yield made
    made.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_every_answer_is_verified_in_every_wording(kind: str, checker: Checker) -> None:
    for problem in some(kind, 25):
        verdict = checker.check(CheckRequest(problem=problem.question, answer=problem.answer))
        assert verdict.status == "verified", (problem.question, problem.answer)


@pytest.mark.parametrize("kind", ["add", "subtract", "multiply", "divide", "percent"])
def test_every_line_of_arithmetic_is_right(kind: str) -> None:
    seen = 0
    for problem in some(kind, 50):
        for line in problem.thought.split("\n"):
            if found := _SUM.match(line):
                seen += 1
                assert _value(found[1]) == int(found[2]), line
    assert seen > 50 or kind == "divide"


def _value(text: str) -> int:
    """Of a few numbers with signs between them, products first."""
    parts = re.split(r" ([+-]) ", text)
    total = 0
    for sign, part in zip(["+", *parts[1::2]], parts[::2], strict=True):
        value = 1
        for factor in part.split(" * "):
            value *= int(factor)
        total += value if sign == "+" else -value
    return total


def test_the_same_seed_gives_the_same_problems_and_another_seed_others() -> None:
    first, again, other = (list(islice(problems(seed), 30)) for seed in (1, 1, 2))
    assert first == again != other


def test_no_problem_of_the_exam_is_ever_trained_on() -> None:
    trained = {p.key for p in islice(problems(1), 4000)}
    asked = {p.key for p in islice(problems(1, exam=True), 400)}
    assert not trained & asked
    assert not trained & set(EXAMPLES)


def test_tokens_give_the_text_back_and_digits_stand_alone() -> None:
    words = tokenizer()
    for kind in MAKERS:
        for p in some(kind, 10):
            text = f"<|user|>{p.question}{TASK}<|end|><|assistant|><think>{p.thought}</think>\n\n\\boxed{{{p.answer}}}<|end|>"
            ids = words(text).input_ids
            assert words.decode(ids) == text
            assert len(ids) <= 192
    assert [words.decode(i) for i in words("1234").input_ids] == ["1", "2", "3", "4"]
    assert words.decode(words("é√ ²☃").input_ids) == "é√ ²☃"


def test_what_this_program_adds_to_a_prompt_is_one_token_each() -> None:
    words = tokenizer()
    assert solve_messages(PRACTICE, "2+2")[0].content == "2+2" + TASK
    assert CLOSE_THOUGHT == CUT + "</think>\n\n"
    assert all(len(words(text).input_ids) == 1 for text in (TASK, CUT, *SPECIAL))
