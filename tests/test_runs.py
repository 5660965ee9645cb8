"""Runs belong to the server: they are queued, stopped, limited, saved, and seen by whoever asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from phi4web.engine.base import Engine
from phi4web.engine.host import EngineHost
from phi4web.errors import BadInput, Busy, LoadFailed, Stopped, UnknownModel
from phi4web.hardware import cpu_only
from phi4web.models import EMBEDDED
from phi4web.notebook import Run, Turn
from phi4web.runs import Job, Jobs, Services, open_services, start_chat, start_check, start_solve
from phi4web.runs.cells import recheck
from phi4web.runs.recorder import SHOW_SECONDS
from phi4web.runs.services import cell_owner, chat_owner
from phi4web.settings import Settings
from phi4web.store import KEPT_RUNS, Store
from phi4web.verdict import CheckRequest, Verdict, could_not_check
from tests.fakes import TableChecker, WordsEngine, wait_for


class OneEngineHost:
    """Hands out the engine it was given, or the error."""

    def __init__(self, engine: Engine | Exception) -> None:
        self.engine = engine

    def default(self) -> tuple[str, str]:
        return EMBEDDED.id, EMBEDDED.default_quant

    solver = default

    @contextmanager
    def use(self, model: str, quant: str, *, progress: Any = None, line: Any = None, cancel: Any = None) -> Iterator[Engine]:
        progress("Loading", 0.5)
        if isinstance(self.engine, Exception):
            raise self.engine
        yield self.engine

    def close(self) -> None:
        pass


class StuckChecker(TableChecker):
    """While `stuck`, a check goes on until it is stopped."""

    stuck = False

    def check(self, request: CheckRequest, *, cancel: threading.Event | None = None, timeout: float | None = None) -> Verdict:
        if self.stuck and cancel is not None and cancel.wait(20):
            return could_not_check("stopped")
        return super().check(request, cancel=cancel, timeout=timeout)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    made: list[Services] = []

    def build(engine: Engine | Exception, checker: TableChecker | None = None, host: EngineHost | None = None, **limits: Any) -> Services:
        settings = Settings(data_dir=tmp_path, **limits)
        jobs = Jobs(settings.queue_size, settings.run_seconds, settings.parallel, settings.per_client)
        services = Services(settings, host or OneEngineHost(engine), checker or TableChecker(), Store(tmp_path / "db"), jobs)  # type: ignore[arg-type]
        made.append(services)
        return services

    yield build
    for services in made:
        services.close()


def a_cell(services: Services) -> tuple[str, str]:
    notebook = services.store.create_notebook()
    return notebook.id, services.store.add_cell(notebook.id, 0, "2+2").id


def cells(services: Services, count: int) -> list[tuple[str, str]]:
    notebook = services.store.create_notebook()
    return [(notebook.id, services.store.add_cell(notebook.id, n, "2+2").id) for n in range(count)]


def real_host(*engines: Engine) -> EngineHost:
    """The host with its line, over an engine for each quant in the order of `engines`; one engine: for all."""
    loaded = dict(zip(("Q4_1", "bf16"), engines, strict=False))
    return EngineHost(Settings(unload_seconds=0), cpu_only(16), lambda wanted, *_: lambda: loaded.get(wanted.quant, engines[0]))


def finish(job: Job[Any]) -> Any:
    assert wait_for(lambda: job.ended), job.value
    return job.value


def test_a_run_ends_done_with_its_tries_in_the_store(make: Any) -> None:
    services = make(WordsEngine("x = 5", "x = 4"), TableChecker(**{"4": "verified", "5": "refuted"}))
    notebook, cell = a_cell(services)
    run = finish(start_solve(services, notebook, cell, "2+2"))
    assert (run.state, run.chosen, len(run.tries), run.peak_bytes) == ("done", 1, 2, 1024)
    saved = services.store.cell(notebook, cell)
    assert saved.run == run
    assert run.started_at <= run.finished_at


def test_pictures_go_from_loading_to_answering_to_done(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, publish = list[str](), Job.publish

    def noted(job: Job[Any], value: Any) -> None:
        seen.append(value.state)
        publish(job, value)

    monkeypatch.setattr(Job, "publish", noted)
    services = make(WordsEngine("<hm hm > x is 4"))
    finish(start_solve(services, *a_cell(services), "2+2", samples=1))
    assert list(dict.fromkeys(seen)) == ["loading", "reading", "thinking", "answering", "checking", "done"]
    assert [state for n, state in enumerate(seen) if seen[n - 1 : n] != [state]] == list(dict.fromkeys(seen)), "and none comes back"


def test_stop_ends_the_engine_and_keeps_the_text(make: Any) -> None:
    services = make(WordsEngine("a b " + "c " * 10_000, delay=0.05))  # which would take ten minutes
    notebook, cell = a_cell(services)
    job = start_solve(services, notebook, cell, "2+2")
    assert wait_for(lambda: "b" in job.value.solution)
    job.stop()
    run = finish(job)
    assert (run.state, run.message) == ("stopped", "Stopped by you.")
    assert run.tries[0].solution.startswith("a b")
    assert services.store.cell(notebook, cell).run == run


def test_a_run_that_waits_can_be_stopped_and_says_its_place(make: Any) -> None:
    engine = WordsEngine("a b c d e f g h", go=threading.Event())
    services = make(engine, host=real_host(engine))
    first, second = (start_solve(services, *cell, "2+2", samples=1) for cell in cells(services, 2))
    assert wait_for(lambda: second.place == 1)
    assert second.value.state == "queued"
    second.stop()
    assert finish(second).state == "stopped"
    engine.go.set()
    assert finish(first).state == "done"


def test_everybody_sees_one_line_whether_they_wait_here_or_at_the_engine(make: Any) -> None:
    """Three of six have a runner, one of these the engine: the others are 1st to 5th, and all move up."""
    engine = WordsEngine("a b", go=threading.Event())
    services = make(engine, host=real_host(engine), parallel=3)
    jobs = []
    for cell in cells(services, 6):
        jobs.append(start_solve(services, *cell, "2+2", samples=1))
        assert wait_for(lambda: len(jobs) == 1 or jobs[-1].place == len(jobs) - 1), [j.place for j in jobs]
    assert wait_for(lambda: jobs[0].value.state == "answering")
    assert [(j.place, j.value.state) for j in jobs[1:]] == [(n, "queued") for n in range(1, 6)]
    jobs[2].stop()
    assert wait_for(lambda: [j.place for j in jobs] == [0, 1, 0, 2, 3, 4])
    jobs[0].stop()
    assert wait_for(lambda: [j.place for j in jobs] == [0, 0, 0, 1, 2, 3])
    assert finish(jobs[0]).state == finish(jobs[2]).state == "stopped"


def test_runs_and_chats_of_one_model_go_on_at_the_same_time_up_to_its_slots(make: Any) -> None:
    engine = WordsEngine("a b", slots=3, go=threading.Event())
    services = make(engine, host=real_host(engine))
    jobs = [start_solve(services, *cell, "2+2", samples=1, model=EMBEDDED.id) for cell in cells(services, 2)]
    jobs.append(start_chat(services, services.store.create_chat().id, "hi"))
    assert wait_for(lambda: engine.now == 3)
    jobs.append(start_solve(services, *cells(services, 1)[0], "3+3", samples=1, model=EMBEDDED.id))
    assert wait_for(lambda: jobs[3].place == 1)
    assert engine.most == 3
    jobs[1].stop()
    assert wait_for(lambda: jobs[3].place == 0 and jobs[3].value.state == "answering")


def test_a_run_with_another_model_waits_for_its_turn_and_gets_it(make: Any) -> None:
    one, other = WordsEngine("a b c d", go=threading.Event()), WordsEngine("x = 4")
    services = make(one, host=real_host(one, other))
    here, there = cells(services, 2)
    first = start_solve(services, *here, "2+2", samples=1)
    assert wait_for(lambda: first.value.state == "answering")
    second = start_solve(services, *there, "2+2", samples=1, quant="bf16")
    assert wait_for(lambda: second.place == 1)
    one.go.set()
    assert finish(first).state == finish(second).state == "done"
    assert (len(one.requests), len(other.requests)) == (1, 1)


def test_the_time_in_line_is_nobodys_time(make: Any) -> None:
    """Neither does it count to the limit of a run, nor to the seconds that the page shows for it."""
    engine, seconds = WordsEngine("x = 4"), 3
    services = make(engine, host=real_host(engine), run_seconds=seconds, parallel=1)
    with services.host.use(EMBEDDED.id, "Q4_1"):  # the first waits at the engine, the second behind it
        jobs = [start_solve(services, *cell, "2+2", samples=1, model=EMBEDDED.id) for cell in cells(services, 2)]
        assert wait_for(lambda: [job.place for job in jobs] == [1, 2])
        time.sleep(1.2 * seconds)
    runs = [finish(job) for job in jobs]
    assert [run.state for run in runs] == ["done"] * 2
    assert all(run.started_at - run.queued_at > seconds for run in runs)
    assert all(run.finished_at - run.started_at < seconds for run in runs)


def test_one_client_gets_a_few_runs_at_a_time_and_others_are_served(make: Any) -> None:
    services = make(WordsEngine("a b", go=threading.Event()), per_client=2)
    here = cells(services, 3)
    jobs = [start_solve(services, *here[0], "2+2", client="ann"), start_check(services, *here[1], "2+2 = 4", client="ann")]
    assert wait_for(lambda: jobs[1].ended)  # a check counts while it goes on, and no longer
    jobs.append(start_chat(services, services.store.create_chat().id, "hi", client="ann"))
    with pytest.raises(Busy, match="You have 2 runs here already"):
        start_solve(services, *here[2], "2+2", client="ann")
    assert services.store.cell(*here[2]).run.state == "failed"
    jobs += [start_solve(services, *here[2], "2+2", client="bob"), start_solve(services, *cells(services, 1)[0], "2+2")]
    jobs[0].stop()
    finish(jobs[0])
    jobs.append(start_solve(services, *here[0], "2+2", client="ann"))
    for job in jobs:
        job.stop()


def test_refused_presses_leave_one_run_and_lose_no_other(make: Any) -> None:
    services = make(WordsEngine("x = 4"), per_client=1)
    release = threading.Event()
    (notebook, cell), (_, working) = cells(services, 2)
    done = finish(start_solve(services, notebook, cell, "2+2", samples=1))
    services.jobs.aside("other", 0, lambda job: release.wait(280) and None, client="ann")
    for _ in range(100):
        with pytest.raises(Busy):
            start_solve(services, notebook, cell, "2+2", client="ann")
        with pytest.raises(Busy):
            start_check(services, notebook, working, "2+2 = 4", client="ann")
    release.set()
    assert [run.state for run in services.store.cell(notebook, cell).runs] == ["done", "failed"]
    assert len(services.store.cell(notebook, working).runs) == 1
    again = finish(start_solve(services, notebook, cell, "2+2", samples=1))
    assert services.store.cell(notebook, cell).runs == (done, again)


def test_a_cell_keeps_its_newest_runs(make: Any) -> None:
    services = make(WordsEngine("x = 4"))
    notebook, cell = a_cell(services)
    runs = [finish(start_check(services, notebook, cell, "2+2 = 4")) for _ in range(KEPT_RUNS + 3)]
    assert services.store.cell(notebook, cell).runs == tuple(runs[3:])


def test_checking_again_counts_among_the_runs_of_a_client_and_can_be_stopped(make: Any) -> None:
    checker = StuckChecker()
    services = make(WordsEngine("x = 4"), checker, per_client=1)
    notebook, cell = a_cell(services)
    run = finish(start_solve(services, notebook, cell, "2+2", samples=1))
    checker.stuck = True
    one = threading.Thread(target=recheck, args=(services, notebook, cell), kwargs={"client": "ann"})
    one.start()
    assert wait_for(lambda: services.jobs.running())
    with pytest.raises(Busy):
        start_check(services, *a_cell(services), "2+2 = 4", client="ann")
    with pytest.raises(BadInput, match="already running"):
        recheck(services, notebook, cell, client="bob")
    services.jobs.running()[0].stop()
    one.join(60)
    assert services.store.cell(notebook, cell).run == run


def test_slow_checks_of_one_client_leave_a_worker_for_another(tmp_path: Path) -> None:
    """Workers that never answer: whoever has as many checks as they may have can't hold them all."""
    settings = Settings(data_dir=tmp_path, public=True, per_client=3)
    services = open_services(settings, OneEngineHost(WordsEngine("x")))  # type: ignore[arg-type]
    try:
        assert services.checker._pool._workers > settings.per_client
    finally:
        services.close()


def test_an_orphaned_run_ends_at_the_wall_clock_limit_and_says_so(make: Any) -> None:
    services = make(WordsEngine("a " * 200, delay=0.05), run_seconds=1)
    notebook, cell = a_cell(services)
    run = finish(start_solve(services, notebook, cell, "2+2"))
    assert run.state == "stopped"
    assert "limit of 1 seconds" in run.message


def test_a_stopped_run_leaves_the_line_at_once(make: Any) -> None:
    """Behind a job that goes on for long, it must not stay queued until its turn."""
    services = make(WordsEngine("a b", go=threading.Event()), parallel=1)
    notebook, cell = a_cell(services)
    other = services.store.add_cell(notebook, 1, "3+3").id
    first = start_solve(services, notebook, cell, "2+2", samples=1)
    second = start_solve(services, notebook, other, "3+3", samples=1)
    second.stop()
    assert finish(second).state == "stopped"
    assert not first.ended
    start_solve(services, notebook, other, "3+3", samples=1).stop()
    first.stop()


def test_a_disk_that_refuses_for_a_moment_does_not_end_the_run(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    engine = WordsEngine("a " * 10_000, delay=0.05)
    services = make(engine)
    notebook, cell = a_cell(services)
    job = start_solve(services, notebook, cell, "2+2", samples=1)
    assert wait_for(lambda: job.value.state == "answering")
    services.store._db.execute("PRAGMA query_only = ON")
    assert wait_for(lambda: "could not be written" in caplog.text)
    services.store._db.execute("PRAGMA query_only = OFF")
    engine.delay = 0
    run = finish(job)
    assert run.state == "done"
    assert services.store.cell(notebook, cell).run == run


def test_pictures_are_few_while_text_streams(make: Any) -> None:
    services = make(WordsEngine("a " * 3000))
    notebook, cell = a_cell(services)
    started = time.monotonic()
    job = start_solve(services, notebook, cell, "2+2", samples=1)
    finish(job)
    assert job.version < 20 + (time.monotonic() - started) / SHOW_SECONDS


def test_the_same_cell_is_not_run_twice_at_once(make: Any) -> None:
    engine = WordsEngine("a b c d", go=threading.Event())
    services = make(engine)
    notebook, cell = a_cell(services)
    job = start_solve(services, notebook, cell, "2+2", samples=1)
    with pytest.raises(BadInput, match="already running"):
        start_solve(services, notebook, cell, "2+2")
    engine.go.set()
    finish(job)
    assert len(services.store.cell(notebook, cell).runs) == 1


def test_a_full_queue_refuses_in_one_line_and_keeps_the_rest(make: Any) -> None:
    services = make(WordsEngine("a b c d", go=threading.Event()), queue_size=1, parallel=1)
    notebook, cell = a_cell(services)
    cells = [services.store.add_cell(notebook, 9, "1").id for _ in range(2)]
    first = start_solve(services, notebook, cell, "2+2", samples=1)
    assert wait_for(lambda: first.place == 0 and first.value.state != "queued")
    start_solve(services, notebook, cells[0], "2+2", samples=1)
    with pytest.raises(Busy, match="1 runs are waiting"):
        start_solve(services, notebook, cells[1], "2+2")
    assert services.store.cell(notebook, cells[1]).run.state == "failed"


def test_a_failed_load_is_told_in_the_cell(make: Any) -> None:
    services = make(LoadFailed("phi.gguf is damaged.", "Delete it."))
    notebook, cell = a_cell(services)
    run = finish(start_solve(services, notebook, cell, "2+2"))
    assert (run.state, run.message) == ("failed", "phi.gguf is damaged. Delete it.")


def test_a_bug_ends_one_run_and_not_the_queue(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    services = make(ZeroDivisionError("oops"))
    notebook, cell = a_cell(services)
    assert "bug in phi4web" in finish(start_solve(services, notebook, cell, "2+2")).message
    services.host.engine = WordsEngine("x = 4")
    assert finish(start_solve(services, notebook, cell, "2+2", samples=1)).state == "done"
    assert "oops" in caplog.text


@pytest.mark.parametrize(
    ("options", "error"),
    [({"model": "gpt-9"}, UnknownModel), ({"quant": "Q99"}, BadInput), ({"model": "Phi-4-mini-reasoning", "quant": "x"}, BadInput)],
)
def test_an_unknown_model_or_quant_is_refused_before_anything_is_saved(make: Any, options: dict[str, str], error: type[Exception]) -> None:
    services = make(WordsEngine("x"))
    notebook, cell = a_cell(services)
    with pytest.raises(error):
        start_solve(services, notebook, cell, "2+2", **options)
    assert services.store.cell(notebook, cell).runs == ()


def test_checking_again_replaces_the_verdict_without_the_model(make: Any) -> None:
    checker = TableChecker()
    services = make(WordsEngine("x = 4"), checker)
    notebook, cell = a_cell(services)
    finish(start_solve(services, notebook, cell, "2+2", samples=1))
    checker.table["4"] = "verified"
    recheck(services, notebook, cell)
    assert services.store.cell(notebook, cell).run.best.verdict.status == "verified"


def test_running_again_with_the_evidence_tells_the_model_and_keeps_both_runs(make: Any) -> None:
    engine = WordsEngine("x = 3", "x = 4")
    services = make(engine, TableChecker(**{"3": "witness", "4": "verified"}))
    notebook, cell = a_cell(services)
    finish(start_solve(services, notebook, cell, "2+2", samples=1))
    finish(start_solve(services, notebook, cell, "2+2", samples=1, with_evidence=True))
    assert any("At x = 1 it is 2, not 3." in m.content for m in engine.requests[1].messages)
    assert [r.best.verdict.status for r in services.store.cell(notebook, cell).runs] == ["refuted", "verified"]


def test_a_chat_remembers_its_turns_and_checks_what_it_can(make: Any) -> None:
    engine = WordsEngine("<hm > it is 4", "hello")
    services = make(engine, TableChecker(**{"4": "verified"}))
    chat = services.store.create_chat()
    value = finish(start_chat(services, chat.id, "What is 2+2?"))
    assert (value.turns[-1].text.strip(), value.turns[-1].thought.strip(), value.turns[-1].state) == ("it is 4", "hm", "done")
    assert value.turns[-1].verdict.status == "verified"
    assert value.title == "What is 2+2?"
    value = finish(start_chat(services, chat.id, "hi"))
    assert value.turns[-1].verdict is None
    assert services.store.chat(chat.id) == value
    sent = " ".join(m.content for m in engine.requests[1].messages)
    assert "it is 4" in sent
    assert "hm" not in sent


def test_regenerating_replaces_only_the_last_answer(make: Any) -> None:
    services = make(WordsEngine("first", "second"))
    chat = services.store.create_chat()
    finish(start_chat(services, chat.id, "hi"))
    value = finish(start_chat(services, chat.id, "", regenerate=True))
    assert [t.text.strip() for t in value.turns] == ["hi", "second"]
    with pytest.raises(BadInput, match="no answer"):
        start_chat(services, services.store.create_chat().id, "", regenerate=True)


@pytest.mark.parametrize("failure", [LoadFailed("no file"), "stop"])
def test_regenerating_in_vain_keeps_the_earlier_answer(make: Any, failure: Any) -> None:
    services = make(WordsEngine("first"))
    chat = services.store.create_chat()
    finish(start_chat(services, chat.id, "hi"))
    services.host.engine = WordsEngine("second", delay=60) if failure == "stop" else failure
    job = start_chat(services, chat.id, "", regenerate=True)
    if failure == "stop":
        job.stop()
    value = finish(job)
    assert [t.text.strip() for t in value.turns] == ["hi", "first"]
    assert value.turns[-1].message
    assert services.store.chat(chat.id) == value


def test_an_answer_that_was_never_written_is_not_sent_to_the_model(make: Any) -> None:
    services = make(LoadFailed("no file"))
    chat = services.store.create_chat()
    finish(start_chat(services, chat.id, "hi"))
    engine = services.host.engine = WordsEngine("hello")
    finish(start_chat(services, chat.id, "again"))
    assert all(m.content.strip() for m in engine.requests[0].messages)


def test_a_second_question_waits_for_the_first_answer(make: Any) -> None:
    engine = WordsEngine("a b c d", go=threading.Event())
    services = make(engine)
    chat = services.store.create_chat()
    job = start_chat(services, chat.id, "hi")
    with pytest.raises(BadInput, match="already running"):
        start_chat(services, chat.id, "and?")
    engine.go.set()
    assert len(finish(job).turns) == 2


def test_a_line_that_is_full_at_the_engine_is_full(make: Any) -> None:
    engine = WordsEngine("a b", go=threading.Event())
    services = make(engine, host=real_host(engine), queue_size=2)
    here = cells(services, 4)
    jobs = [start_solve(services, *cell, "2+2", samples=1) for cell in here[:3]]
    assert wait_for(lambda: sorted(job.place for job in jobs) == [0, 1, 2])
    with pytest.raises(Busy, match="2 runs are waiting"):
        start_solve(services, *here[3], "2+2")


def test_several_jobs_run_at_once_and_no_more_than_there_are_runners() -> None:
    jobs, door, inside, most = Jobs(10, 60, runners=3), threading.Event(), list[int](), list[int]()

    def work(number: int) -> Any:
        def one(job: Job[None]) -> None:
            inside.append(number)
            most.append(len(inside))
            door.wait(60)
            inside.remove(number)

        return one

    made = [jobs.submit(f"o{n}", None, work(n)) for n in range(7)]
    assert wait_for(lambda: len(inside) == 3)
    assert [job.place for job in made] == [0, 0, 0, 1, 2, 3, 4]
    door.set()
    for job in made:
        assert wait_for(lambda job=job: job.ended)
    assert max(most) == 3
    jobs.close()
    with pytest.raises(Busy, match="closing"):
        jobs.submit("late", None, work(9))


def test_jobs_run_in_the_order_they_came() -> None:
    jobs, order = Jobs(10, 60), list[int]()

    def work(number: int) -> Any:
        return lambda job: order.append(number)

    made = [jobs.submit(f"o{n}", None, work(n)) for n in range(5)]
    for job in made:
        assert wait_for(lambda job=job: job.ended)
    jobs.close()
    assert order == [0, 1, 2, 3, 4]


def test_closing_stops_the_running_job() -> None:
    jobs, began, stopped = Jobs(10, 60), threading.Event(), threading.Event()

    def work(job: Job[None]) -> None:
        began.set()
        if job.cancel.wait(60):
            stopped.set()
            raise Stopped("x")

    jobs.submit("o", None, work)
    assert began.wait(60)
    jobs.close(60)
    assert stopped.is_set()


def test_run_pressed_between_done_on_the_page_and_the_end_of_the_job_starts_a_new_run(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phi4web.runs.services.END_SECONDS", 60)
    services = make(WordsEngine("x = 4"))
    (cell,) = cells(services, 1)
    ready, over = threading.Event(), threading.Event()

    def ending(job: Any) -> None:
        job.publish(replace(job.value, state="done"))
        ready.set()
        over.wait(60)

    shown = Run("one", "2+2", EMBEDDED.id, EMBEDDED.default_quant, 1, 1, queued_at=0.0)
    services.jobs.submit(cell_owner(*cell), shown, ending)
    assert ready.wait(60)
    threading.Timer(0.2, over.set).start()
    assert finish(start_solve(services, *cell, "2+2", samples=1)).state == "done"


def test_a_message_sent_between_done_on_the_page_and_the_end_of_the_job_is_answered(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phi4web.runs.services.END_SECONDS", 60)
    services = make(WordsEngine("x = 4"))
    chat = services.store.create_chat()
    ready, over = threading.Event(), threading.Event()

    def ending(job: Any) -> None:
        ready.set()
        over.wait(60)

    said = replace(chat, turns=(Turn("user", "Hello"), Turn("assistant", "Hello!", state="done")))
    services.jobs.submit(chat_owner(chat.id), said, ending)
    assert ready.wait(60)
    threading.Timer(0.2, over.set).start()
    assert finish(start_chat(services, chat.id, "And 2+2?")).turns[-1].state == "done"
