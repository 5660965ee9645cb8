"""A comparison counts right, keeps its axes apart, survives a failing configuration, and goes on where it stopped."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phi4web.cli.compare import words
from phi4web.compare import Comparison, Problem, Setup, as_left, compare, from_json, load_problems, prepare, problem_sets, start, to_json
from phi4web.compare.comparison import SMALL_SAMPLE
from phi4web.engine.base import Engine
from phi4web.engine.host import EngineHost
from phi4web.errors import BadInput, EngineError, LoadFailed, UnknownModel
from phi4web.hardware import cpu_only
from phi4web.plan import LoadPlan
from phi4web.runs import Jobs, Services
from phi4web.settings import Settings
from phi4web.store import Store
from phi4web.verdict import CheckRequest, Verdict, could_not_check
from phi4web.verify.worker import Checker
from tests.fakes import WordsEngine, wait_for

PROBLEMS = (Problem("a", "2+2", "4"), Problem("b", "3+3", "6"), Problem("c", "1+1", "2"))


class Grader:
    """Verifies what the problem's own words say, whatever the reference is; grades by equal texts."""

    def __init__(self, verified: dict[str, str]) -> None:
        self.verified = verified

    def check(self, request: CheckRequest, *, cancel: threading.Event | None = None, timeout: float | None = None) -> Verdict:
        answer = (request.response or "").split()[-1]
        grade = None if request.reference is None else ("correct" if answer == request.reference else "incorrect")
        if answer == "?":
            return could_not_check("unreadable_answer", grade="could_not_check" if request.reference else None)
        return Verdict("verified" if self.verified.get(request.problem or "") == answer else "refuted", grade=grade)  # type: ignore[arg-type]

    def same(self, a: str, b: str) -> bool | None:
        return a == b

    def close(self) -> None:
        pass


def host(engines: dict[str, Callable[[], Engine]], tmp_path: Path) -> EngineHost:
    """Loads what the table has for the quant."""

    def loader(wanted: LoadPlan, progress: object, cancel: object) -> Callable[[], Engine]:
        return engines[wanted.quant]

    return EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path), cpu_only(), loader)


def fails() -> Engine:
    raise LoadFailed("The file is corrupt.", "Delete it.")


def last(pictures: Iterator[Comparison]) -> Comparison:
    return list(pictures)[-1]


def compared(engines: dict[str, Callable[[], Engine]], checker: Grader, setup: Setup, tmp_path: Path) -> Comparison:
    """The last picture of a comparison that nobody stops."""
    return last(compare(host(engines, tmp_path), checker, setup, threading.Event()))


TRUE = {"2+2": "4", "3+3": "6", "1+1": "2"}


def test_correct_and_verified_are_counted_apart(tmp_path: Path) -> None:
    """One answer is right but not verified, one verified but not the reference, one both."""
    checker = Grader({"2+2": "4", "3+3": "7"})
    found = compared({"Q4_1": lambda: WordsEngine("4", "7", "2")}, checker, prepare(["smollm2"], PROBLEMS), tmp_path)
    (row,) = found.rows
    assert (row.correct.k, row.correct.n) == (2, 3)
    assert (row.verified.k, row.verified.n) == (2, 3)
    assert (row.verified_but_wrong, row.refuted, row.could_not_check, row.failed) == (1, 1, 0, 0)
    assert (row.state, row.done, row.of, found.state) == ("done", 3, 3, "done")
    assert (row.tokens_per_second, row.tokens_per_second_sd, row.ttft, row.peak_bytes) == (10.0, 0.0, 0.1, 1024)


def test_an_answer_that_cannot_be_read_is_not_correct_but_counted(tmp_path: Path) -> None:
    found = compared({"Q4_1": lambda: WordsEngine("?")}, Grader(TRUE), prepare(["smollm2"], PROBLEMS), tmp_path)
    assert (found.rows[0].correct.k, found.rows[0].correct.n, found.rows[0].could_not_check) == (0, 3, 3)


def test_without_references_nothing_is_graded(tmp_path: Path) -> None:
    problems = [Problem("a", "2+2"), Problem("b", "3+3")]
    engines = {"Q4_1": lambda: WordsEngine("4", "6"), "bf16": lambda: WordsEngine("4", "5")}
    found = compared(engines, Grader(TRUE), prepare(["smollm2:Q4_1", "smollm2:bf16"], problems), tmp_path)
    assert [row.correct.n for row in found.rows] == [0, 0]
    assert "had verified 1 that" in found.pairs[0].words


def test_more_tries_find_the_answer_and_count_their_tokens(tmp_path: Path) -> None:
    setup = prepare(["smollm2"], PROBLEMS[:1], samples=3)
    found = compared({"Q4_1": lambda: WordsEngine("3", "4")}, Grader(TRUE), setup, tmp_path)
    (outcome,) = found.outcomes
    assert (outcome.tries, outcome.tokens, outcome.verified, outcome.answer is not None) == (2, 2, True, True)


def test_a_configuration_that_fails_shows_its_error_and_the_next_has_its_turn(tmp_path: Path) -> None:
    engines = {"Q4_1": fails, "bf16": lambda: WordsEngine("4", "6", "2")}
    found = compared(engines, Grader(TRUE), prepare(["smollm2:Q4_1", "smollm2:bf16"], PROBLEMS), tmp_path)
    assert [row.state for row in found.rows] == ["failed", "done"]
    assert found.rows[0].error == "The file is corrupt. Delete it."
    assert (found.rows[0].correct.n, found.rows[1].correct.k, found.state) == (0, 3, "done")


class FailsOnce(WordsEngine):
    def stream(self, request: object, cancel: threading.Event, answer_now: object = None) -> Iterator[object]:  # type: ignore[override]
        if len(self.requests) == 1:
            self.requests.append(request)  # type: ignore[arg-type]
            raise EngineError("The card ran out of memory.")
        return super().stream(request, cancel)  # type: ignore[arg-type]


def test_a_problem_that_fails_is_an_outcome_and_the_next_one_follows(tmp_path: Path) -> None:
    found = compared({"Q4_1": lambda: FailsOnce("4", "6", "2")}, Grader(TRUE), prepare(["smollm2"], PROBLEMS), tmp_path)
    (row,) = found.rows
    assert (row.failed, row.done, row.error, row.state) == (1, 3, "The card ran out of memory.", "done")
    assert (row.correct.k, row.correct.n) == (2, 3)


def test_the_pair_sentence_counts_who_solved_what_alone(tmp_path: Path) -> None:
    engines = {"Q4_1": lambda: WordsEngine("4", "6", "2"), "bf16": lambda: WordsEngine("5", "5", "2")}
    found = compared(engines, Grader(TRUE), prepare(["smollm2:Q4_1", "smollm2:bf16"], PROBLEMS), tmp_path)
    (pair,) = found.pairs
    assert (pair.only_a, pair.only_b, pair.n, pair.p) == (2, 0, 3, 0.5)
    assert pair.words.endswith("(p = 0.5). Not enough to say which is better.")
    assert "small sample" in found.notice
    shown = words(found).splitlines()
    assert shown[0].split()[:3] == ["configuration", "correct", "verified"]
    assert shown[1].startswith("SmolLM2-135M-Instruct:Q4_1  3/3 [44–100 %]")
    assert shown[3:] == [found.notice, pair.words, found.conditions]
    assert len(PROBLEMS) < SMALL_SAMPLE
    assert found.conditions.startswith("CPU, 8 cores · ")  # the host's machine, not one probed for this line


def test_stopping_keeps_what_is_done(tmp_path: Path) -> None:
    cancel = threading.Event()
    pictures = []
    for picture in compare(host({"Q4_1": lambda: WordsEngine("4")}, tmp_path), Grader(TRUE), prepare(["smollm2"], PROBLEMS), cancel):
        pictures.append(picture)
        if len(picture.outcomes) == 1:
            cancel.set()
    assert (pictures[-1].state, pictures[-1].rows[0].state, len(pictures[-1].outcomes)) == ("stopped", "stopped", 1)


def test_resuming_does_only_what_is_left(tmp_path: Path) -> None:
    out = tmp_path / "out"
    cancel = threading.Event()
    for picture in compare(
        host({"Q4_1": lambda: WordsEngine("4")}, tmp_path), Grader(TRUE), prepare(["smollm2"], PROBLEMS, out=out), cancel
    ):
        if len(picture.outcomes) == 2:
            cancel.set()
    engine = WordsEngine("2")
    found = compared({"Q4_1": lambda: engine}, Grader(TRUE), prepare(["smollm2"], PROBLEMS, out=out, resume=True), tmp_path)
    assert len(engine.requests) == 1
    assert [o.answer is not None for o in found.outcomes] == [True] * 3
    assert len((out / "outcomes.jsonl").read_text().splitlines()) == 3
    nothing = WordsEngine("0")
    again = compared({"Q4_1": lambda: nothing}, Grader(TRUE), prepare(["smollm2"], PROBLEMS, out=out, resume=True), tmp_path)
    assert nothing.requests == []
    assert again.rows[0].correct == found.rows[0].correct


def test_resuming_tries_again_what_failed(tmp_path: Path) -> None:
    compared({"Q4_1": lambda: FailsOnce("4", "6", "2")}, Grader(TRUE), prepare(["smollm2"], PROBLEMS, out=tmp_path), tmp_path)
    engine = WordsEngine("6")
    setup = prepare(["smollm2"], PROBLEMS, out=tmp_path, resume=True)
    found = compared({"Q4_1": lambda: engine}, Grader(TRUE), setup, tmp_path)
    assert [request.messages[-1].content[-3:] for request in engine.requests] == ["3+3"]
    assert (found.rows[0].correct.k, found.rows[0].failed) == (3, 0)


@pytest.mark.parametrize("change", [{"seed": 2}, {"samples": 2}, {"max_new_tokens": 9}])
def test_outcomes_made_under_other_conditions_are_not_taken_back(change: dict[str, int], tmp_path: Path) -> None:
    compared({"Q4_1": lambda: WordsEngine("4")}, Grader(TRUE), prepare(["smollm2"], PROBLEMS, out=tmp_path), tmp_path)
    setup = prepare(["smollm2"], PROBLEMS, out=tmp_path, resume=True, **change)  # type: ignore[arg-type]
    assert [setup.outcomes.known("SmolLM2-135M-Instruct:Q4_1", p) for p in PROBLEMS] == [None] * 3


def test_a_torn_last_line_costs_one_problem_and_no_more(tmp_path: Path) -> None:
    compared({"Q4_1": lambda: WordsEngine("4")}, Grader(TRUE), prepare(["smollm2"], PROBLEMS, out=tmp_path), tmp_path)
    file = tmp_path / "outcomes.jsonl"
    file.write_text(file.read_text()[:-20])
    setup = prepare(["smollm2"], PROBLEMS, out=tmp_path, resume=True)
    assert [setup.outcomes.known("SmolLM2-135M-Instruct:Q4_1", p) is not None for p in PROBLEMS] == [True, True, False]
    assert file.read_text().endswith("}\n")
    compared({"Q4_1": lambda: WordsEngine("2")}, Grader(TRUE), setup, tmp_path)
    assert [json.loads(line)["problem"] for line in file.read_text().splitlines()] == ["a", "b", "c"]


def test_an_earlier_comparison_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "outcomes.jsonl").write_text("{}\n")
    with pytest.raises(BadInput, match="already holds a comparison"):
        prepare(["smollm2"], PROBLEMS, out=tmp_path)


def test_resume_without_a_folder_is_refused() -> None:
    with pytest.raises(BadInput, match="--out"):
        prepare(["smollm2"], PROBLEMS, resume=True)


@pytest.mark.parametrize(("configs", "error"), [([], BadInput), (["nonsense:Q4_1"], UnknownModel), (["smollm2:Q9"], BadInput)])
def test_an_unusable_configuration_is_refused_before_any_load(configs: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        prepare(configs, PROBLEMS)


def test_the_same_configuration_twice_is_one() -> None:
    setup: Setup = prepare(["smollm2", "SmolLM2-135M-Instruct:q4_1"], PROBLEMS)
    assert len(setup.configs) == 1


def test_a_comparison_survives_the_way_through_json(tmp_path: Path) -> None:
    found = compared({"Q4_1": lambda: WordsEngine("4", "?")}, Grader(TRUE), prepare(["smollm2"], PROBLEMS), tmp_path)
    assert from_json(to_json(found)) == found
    with pytest.raises(BadInput, match="not a saved comparison"):
        from_json("{}")


def test_a_comparison_that_a_killed_server_left_is_stopped_with_what_it_had(tmp_path: Path) -> None:
    setup = prepare(["smollm2:Q4_1"], PROBLEMS, max_new_tokens=20)
    engines = host({"Q4_1": lambda: WordsEngine("4")}, tmp_path)
    pictures = list(compare(engines, Grader({"2+2": "4"}), setup, threading.Event()))
    half = next(p for p in pictures if p.state == "running" and p.outcomes)
    left = as_left(from_json(to_json(half)))
    assert (left.state, left.rows[0].state, left.outcomes) == ("stopped", "stopped", half.outcomes)
    assert as_left(pictures[-1]) == pictures[-1]


def test_a_comparison_in_the_servers_queue_is_saved_and_can_be_watched(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, cache_dir=tmp_path)
    engines = host({"Q4_1": lambda: WordsEngine("4", "6", "2")}, tmp_path)
    services = Services(settings, engines, Grader(TRUE), Store(tmp_path / "db"), Jobs(4, 60))  # type: ignore[arg-type]
    try:
        job = start(services, prepare(["smollm2"], PROBLEMS))
        assert job.value.rows[0].of == 3
        assert wait_for(lambda: job.ended)
        assert (job.value.state, job.value.rows[0].correct.k) == ("done", 3)
        ((saved_id, _, body),) = services.store.comparisons()
        assert (saved_id, from_json(body)) == (job.id, job.value)
    finally:
        services.close()


def test_others_have_a_turn_between_two_problems_and_the_comparison_goes_on(tmp_path: Path) -> None:
    """Also with another model, which costs one load there and one back."""
    loads: list[str] = []
    slow, other = WordsEngine("4", "6", "2", delay=0.3), WordsEngine("hello")

    def of(name: str, engine: Engine) -> Callable[[], Engine]:
        def load() -> Engine:
            loads.append(name)
            return engine

        return load

    shared = host({"Q4_1": of("Q4_1", slow), "bf16": of("bf16", other)}, tmp_path)
    ready, asked, done_before = threading.Event(), threading.Event(), list[int]()

    def cell() -> None:
        assert ready.wait(60)
        with shared.use("smollm2", "bf16", line=lambda place: asked.set()):
            done_before.append(len(slow.requests))

    thread = threading.Thread(target=cell, daemon=True)
    thread.start()
    for picture in compare(shared, Grader(TRUE), prepare(["smollm2:Q4_1"], PROBLEMS), threading.Event()):
        if "problem 1" in picture.message:
            ready.set()
            assert asked.wait(60)
    thread.join(60)
    assert done_before == [1]
    assert loads == ["Q4_1", "bf16", "Q4_1"]
    assert (picture.state, picture.rows[0].correct.k) == ("done", 3)


class SlowFirst(Grader):
    """Its first check goes on until `others` is set, and refutes; the next ones say Verified."""

    def __init__(self) -> None:
        self.others, self.checks = threading.Event(), 0

    def check(self, request: CheckRequest, *, cancel: threading.Event | None = None, timeout: float | None = None) -> Verdict:
        self.checks += 1
        if self.checks == 1:
            assert self.others.wait(60)
            return Verdict("refuted")
        return Verdict("verified")


def test_a_slow_check_lets_others_have_the_engine_and_their_time_is_not_the_answers(tmp_path: Path) -> None:
    shared, checker, held = host({"Q4_1": lambda: WordsEngine("5", "4")}, tmp_path), SlowFirst(), 2.0

    def cell() -> None:
        assert wait_for(lambda: checker.checks == 1)
        with shared.use("smollm2", "Q4_1"):
            checker.others.set()
            time.sleep(held)

    thread = threading.Thread(target=cell, daemon=True)
    started = time.monotonic()
    thread.start()
    picture = last(compare(shared, checker, prepare(["smollm2:Q4_1"], PROBLEMS[:1], samples=2), threading.Event()))
    everything = time.monotonic() - started
    thread.join(60)
    assert (picture.state, picture.outcomes[0].tries, picture.outcomes[0].status) == ("done", 2, "verified")
    assert picture.outcomes[0].seconds < everything - held / 2


def test_answers_written_beside_other_work_are_marked_and_told(tmp_path: Path) -> None:
    """Their times are too long, and the reader of the table has to know."""
    shared = host({"Q4_1": lambda: WordsEngine("4", "6", "2", slots=2)}, tmp_path)
    for picture in compare(shared, Grader(TRUE), prepare(["smollm2:Q4_1"], PROBLEMS), threading.Event()):
        if "problem 2" in picture.message:
            with shared.use("smollm2", "Q4_1"):  # a cell comes and goes, and the problem goes on
                pass
            time.sleep(0.01)
    assert [o.shared for o in picture.outcomes] == [False, False, False]
    with shared.use("smollm2", "Q4_1"):
        *_, picture = compare(shared, Grader(TRUE), prepare(["smollm2:Q4_1"], PROBLEMS[:1]), threading.Event())
    assert [o.shared for o in picture.outcomes] == [True]
    assert "1 of 1 answers were written beside other work" in picture.notice


# problem sets


def test_the_built_in_sets_are_found_the_default_first() -> None:
    assert problem_sets()[0] == "starter"
    assert {"arithmetic", "linear", "equations", "calculus"} < set(problem_sets())
    assert len(load_problems("starter")) == 12
    assert len(load_problems("starter", limit=5)) == 5


def test_every_reference_of_the_built_in_sets_passes_our_own_check() -> None:
    """Otherwise a model could never be verified on that problem, or the reference is wrong."""
    rows = [problem for name in problem_sets() for problem in load_problems(name)]
    with Checker(workers=2) as checker:
        verdicts = list(checker.check_many(CheckRequest(p.text, answer=p.reference, reference=p.reference) for p in rows))
    failing = [
        (p.id, v.status, v.reason, v.detail, v.grade)
        for p, v in zip(rows, verdicts, strict=True)
        if (v.status, v.grade) != ("verified", "correct")
    ]
    assert failing == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no problems"),
        ("{", "line 1 is not JSON"),
        ("[]", "line 1 has no text 'problem'"),
        ('{"problem": "2+2"}\n{"problem": 3}', "line 2 has no text 'problem'"),
        ('{"problem": "2+2", "reference": 4}', "the reference is not a text"),
        ('{"problem": "  "}', "line 1: The problem is empty"),
        ('{"problem": "a\\u0000b"}', "control character"),
        ('{"id": 1, "problem": "2+2"}\n{"id": 1, "problem": "3+3"}', "the id '1' twice"),
        ("[" * 100_000, "line 1 is not JSON"),
    ],
)
def test_a_file_of_problems_that_cannot_be_used_names_the_line(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(text)
    with pytest.raises(BadInput) as caught:
        load_problems(str(tmp_path / "p.jsonl"))
    assert says in str(caught.value)


def test_a_set_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(BadInput, match="starter"):
        load_problems("nonsense")
