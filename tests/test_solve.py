"""The pipeline: tries stop at the first verified answer, and what is shown is never a refuted one if another stands."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

import pytest

from phi4web.errors import BadInput
from phi4web.events import Delta, Finished, Timings, Usage
from phi4web.models import EMBEDDED, find
from phi4web.notebook import Try
from phi4web.solve import Evidence, Options, Solved, TryDone, TryStarted, bounded_request, choose, clean_problem, solve
from phi4web.verdict import Status, Verdict
from tests.fakes import TableChecker, WordsEngine


def solved(engine: WordsEngine, checker: TableChecker, samples: int, cancel: threading.Event | None = None) -> Solved:
    *_, last = solve("2+2", EMBEDDED, engine, checker, Options(samples=samples, seed=10), cancel or threading.Event())
    assert isinstance(last, Solved)
    return last


def test_the_first_verified_try_ends_the_search() -> None:
    engine = WordsEngine("x = 5", "x = 4", "x = 3")
    result = solved(engine, TableChecker(**{"5": "refuted", "4": "verified"}), 8)
    assert [t.number for t in result.tries] == [1, 2]
    assert result.chosen == 1
    assert len(engine.requests) == 2


def test_each_try_has_its_own_seed_and_is_kept() -> None:
    engine = WordsEngine("x = 1", "x = 2", "x = 3")
    result = solved(engine, TableChecker(), 3)
    assert [r.seed for r in engine.requests] == [10, 11, 12]
    assert [t.seed for t in result.tries] == [10, 11, 12]
    assert [t.solution.strip() for t in result.tries] == ["x = 1", "x = 2", "x = 3"]


def test_several_tries_are_never_greedy() -> None:
    engine = WordsEngine("x = 1")
    solved(engine, TableChecker(), 2)
    assert engine.requests[0].sampling.temperature > 0


def test_after_answer_now_there_is_no_further_try() -> None:
    engine, hurry = WordsEngine("x = 5", "x = 4"), threading.Event()
    hurry.set()
    *_, last = solve("2+2", EMBEDDED, engine, TableChecker(), Options(samples=8), threading.Event(), hurry)
    assert isinstance(last, Solved)
    assert len(last.tries) == len(engine.requests) == 1


def test_a_proof_is_tried_once() -> None:
    assert len(solved(WordsEngine("as both are odd"), TableChecker(odd="proof"), 8).tries) == 1


def test_thought_and_solution_are_kept_apart_and_only_the_solution_is_checked() -> None:
    checker = TableChecker()
    result = solved(WordsEngine("<maybe 7 > x = 4"), checker, 1)
    assert (result.tries[0].thought.strip(), result.tries[0].solution.strip()) == ("maybe 7", "x = 4")
    assert "7" not in (checker.asked[0].response or "")


def test_a_thought_that_never_ends_has_no_answer_and_is_not_checked() -> None:
    checker = TableChecker(**{"": "verified"})
    result = solved(WordsEngine("<maybe 7"), checker, 1)
    assert (result.tries[0].verdict.reason, result.tries[0].answer, checker.asked) == ("truncated", None, [])


def test_stop_ends_in_the_middle_of_a_try_and_keeps_its_text() -> None:
    cancel, engine, seen = threading.Event(), WordsEngine("one two three four"), []
    for update in solve("2+2", EMBEDDED, engine, TableChecker(), Options(samples=8), cancel):
        seen.append(update)
        if isinstance(update, Delta):
            cancel.set()
    done = [u for u in seen if isinstance(u, TryDone)]
    assert [d.result.solution for d in done] == ["one "]
    assert done[0].result.verdict.reason == "stopped"
    assert len(engine.requests) == 1


def test_only_the_try_that_is_shown_gets_its_steps_marked() -> None:
    checker = TableChecker(**{"4": "verified"})
    options = Options(samples=3, steps=True)
    list(solve("2+2", EMBEDDED, WordsEngine("x = 5", "x = 4"), checker, options, threading.Event()))
    assert [("4" in (r.response or ""), r.steps) for r in checker.asked] == [(False, False), (True, False), (True, True)]


def test_updates_come_in_the_order_of_the_line() -> None:
    kinds = [type(u).__name__ for u in solve("2+2", EMBEDDED, WordsEngine("x"), TableChecker(), Options(), threading.Event())]
    assert kinds == ["TryStarted", "Reading", "Delta", "Finished", "Checking", "TryDone", "Solved"]
    assert TryStarted(1, 1, 1) == next(iter(solve("2+2", EMBEDDED, WordsEngine("x"), TableChecker(), Options(), threading.Event())))
    assert Finished  # the engine's own events pass through


def prompts_of(engine: WordsEngine) -> list[str]:
    return [" ".join(m.content for m in r.messages) for r in engine.requests]


def retried(engine: WordsEngine, checker: TableChecker, retries: int) -> Solved:
    *_, last = solve("2+2", EMBEDDED, engine, checker, Options(retries=retries), threading.Event())
    assert isinstance(last, Solved)
    return last


def test_a_refuted_answer_is_tried_again_with_the_counterexample() -> None:
    engine = WordsEngine("x = 3", "x = 4")
    result = retried(engine, TableChecker(**{"3": "witness", "4": "verified"}), 2)
    assert [t.verdict.status for t in result.tries] == ["refuted", "verified"]
    assert result.chosen == 1
    first, second = prompts_of(engine)
    assert "At x = 1 it is 2, not 3." not in first
    assert "At x = 1 it is 2, not 3." in second


def test_an_answer_refuted_twice_more_ends_the_retries() -> None:
    engine = WordsEngine("x = 3")
    assert len(retried(engine, TableChecker(**{"3": "witness"}), 9).tries) == 3


@pytest.mark.parametrize("table", [{}, {"3": "refuted"}])
def test_a_failure_to_check_or_a_refutation_without_a_witness_is_never_told_to_the_model(table: dict[str, str]) -> None:
    assert len(retried(WordsEngine("x = 3"), TableChecker(**table), 2).tries) == 1


def test_the_first_try_can_be_told_of_an_earlier_runs_mistake() -> None:
    engine = WordsEngine("x = 4")
    list(solve("2+2", EMBEDDED, engine, TableChecker(), Options(evidence=Evidence("x = 3", "2+2 is 4")), threading.Event()))
    assert "2+2 is 4" in prompts_of(engine)[0]


@pytest.mark.parametrize(("most", "asked"), [(10_240, 24_576), (4_096, None), (1_000, None), (2, 8)])
def test_a_thought_always_leaves_tokens_for_the_solution(most: int, asked: int | None) -> None:
    request = bounded_request(find("Phi-4-mini-reasoning"), (), EMBEDDED.sampling, most, asked, 1)
    assert request.thinking_budget is not None
    assert 0 < request.thinking_budget <= most - min(2_048, most // 2)


def tries(*answers: tuple[str | None, Status]) -> list[Try]:
    blank = Try(0, 0, "", "", None, Verdict("refuted"), "stop", Usage(), Timings())
    return [replace(blank, number=i, answer=a, verdict=Verdict(s)) for i, (a, s) in enumerate(answers, start=1)]


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ([("1", "refuted"), ("2", "verified"), ("1", "refuted")], 1),
        ([("1", "could_not_check"), ("2", "could_not_check"), ("2 ", "could_not_check")], 1),
        ([("9", "refuted"), ("9", "refuted"), ("2", "could_not_check")], 2),
        ([(None, "could_not_check"), ("2", "could_not_check")], 1),
        ([(None, "could_not_check")], 0),
        ([("1", "refuted"), ("2", "refuted"), ("2", "refuted")], 1),
        ([], None),
    ],
)
def test_the_try_shown_is_verified_else_the_largest_group_not_refuted(
    given: Iterable[tuple[str | None, Status]], chosen: int | None
) -> None:
    assert choose(tries(*given), TableChecker().same) == chosen


def test_an_undecided_equality_never_joins_two_groups() -> None:
    assert choose(tries(("1", "could_not_check"), ("x", "could_not_check"), ("y", "could_not_check")), lambda a, b: None) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  \n ", "is empty"),
        ("x" * 1_000_000, "1,000,000 characters"),
        ("2+\x002", r"U\+0000 at position 3"),
        ("2+\x9b2", r"U\+009B"),
        ("\ud800", r"U\+D800"),
    ],
)
def test_a_bad_problem_gets_one_clear_line(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        clean_problem(text, 16_000)
    assert "\n" not in str(caught.value)


def test_line_breaks_and_tabs_in_a_problem_are_fine() -> None:
    assert clean_problem(" Solve\n\tx = 2 ", 100) == "Solve\n\tx = 2"
