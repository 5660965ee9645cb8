"""Runs of worksheet cells."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import replace
from typing import Any

from phi4web.engine.base import Engine
from phi4web.errors import BadInput, Phi4webError, StoreError
from phi4web.events import Delta, Part, Timings, Usage
from phi4web.models import Model
from phi4web.notebook import ENDED, Run, Try
from phi4web.runs.borrowed import Borrowed
from phi4web.runs.jobs import Job
from phi4web.runs.recorder import Recorder, follow
from phi4web.runs.services import Services, cell_owner, choose_model, refuse_second
from phi4web.solve import (
    Checking,
    Evidence,
    Options,
    Solved,
    TryDone,
    TryStarted,
    Update,
    clean_problem,
    evidence_of,
    most_tokens,
    solve,
    thought_tokens,
)
from phi4web.store import new_id
from phi4web.verdict import CheckRequest


def start_solve(
    services: Services,
    notebook_id: str,
    cell_id: str,
    problem: str,
    *,
    model: str | None = None,
    quant: str | None = None,
    samples: int | None = None,
    thinking_budget: int | None = None,
    seed: int | None = None,
    with_evidence: bool = False,
    client: str | None = None,
) -> Job[Run]:
    """Puts a run of the cell in line. Raises BadInput, UnknownModel or Busy; None means the model's own default.

    `with_evidence`: the model is told why the answer on screen was refuted. `client`: who asks; Busy if they ask for too much at once.
    """
    settings = services.settings
    problem = clean_problem(problem, settings.max_problem_chars)
    refuse_second(services, cell_owner(notebook_id, cell_id))
    found, quant = choose_model(services, model, quant, solving=True)
    most = most_tokens(found, settings.max_new_tokens, thinking_budget)
    options = Options(
        samples=found.tries if samples is None else samples,
        seed=1 if seed is None else seed,
        max_new_tokens=most,
        thinking_budget=thinking_budget,
        steps=True,
        evidence=_shown_evidence(services, notebook_id, cell_id) if with_evidence else None,
    )
    budget = thought_tokens(found, most, thinking_budget)
    run = Run(new_id(), problem, found.id, quant, options.seed, options.samples, queued_at=time.time(), thinking_budget=budget)

    def save(latest: Run) -> None:
        services.store.save_run(notebook_id, cell_id, latest)

    def work(job: Job[Run]) -> None:
        recorder = Recorder(job, save, _change, _grow)
        follow(job, recorder, lambda: _solve(services, found, options, job, recorder))

    def begin() -> Job[Run]:
        return services.jobs.submit(cell_owner(notebook_id, cell_id), run, work, job_id=run.id, client=client)

    return _begun(services, notebook_id, cell_id, run, begin)


def _begun(services: Services, notebook_id: str, cell_id: str, run: Run, begin: Callable[[], Job[Run]]) -> Job[Run]:
    """Shows the run in the cell and begins its job. A refusal stays in the cell until the next press of Run, and is raised."""
    store = services.store
    store.save_run(notebook_id, cell_id, run)
    store.show_run(notebook_id, cell_id, -1)
    try:
        return begin()
    except Phi4webError as error:
        store.save_run(notebook_id, cell_id, _change(run, state="failed", message=str(error)))
        raise
    finally:
        with suppress(StoreError):  # the next press does it
            store.trim_runs(notebook_id, cell_id)


_QUESTION = re.compile(
    r"\s*(?:solve|find|what|which|how|calculate|compute|evaluate|simplify|expand|factor|differentiate|integrate|determine|show|prove)\b",
    re.I,
)
CHECK_SECONDS = 60.0


def split_working(text: str) -> tuple[str | None, str]:
    """(question, lines): the first line is the question if it reads like one, otherwise there is none."""
    first, _, rest = text.strip().partition("\n")
    asks = bool(rest.strip()) and (bool(_QUESTION.match(first)) or first.rstrip().endswith("?"))
    return (first.strip(), rest.strip("\n")) if asks else (None, text.strip("\n"))


def start_check(services: Services, notebook_id: str, cell_id: str, text: str, *, client: str | None = None) -> Job[Run]:
    """Checks the user's own lines, one step a line, at once and without a model. Raises BadInput or Busy."""
    if not text.strip():
        raise BadInput("There is nothing to check.", "Write one formula a line, for example 2x + 6 = 10 and under it x + 3 = 5.")
    text = clean_problem(text, services.settings.max_problem_chars)
    question, lines = split_working(text)
    refuse_second(services, cell_owner(notebook_id, cell_id))
    run = Run(new_id(), question or "", "", "", 0, 1, queued_at=time.time(), solution=lines)

    def save(latest: Run) -> None:
        services.store.save_run(notebook_id, cell_id, latest)

    def work(job: Job[Run]) -> None:
        recorder = Recorder(job, save, _change, _grow)
        follow(job, recorder, lambda: _check_lines(services, job, recorder))

    def begin() -> Job[Run]:
        owner = cell_owner(notebook_id, cell_id)
        return services.jobs.aside(owner, run, work, job_id=run.id, seconds=CHECK_SECONDS, client=client)

    return _begun(services, notebook_id, cell_id, run, begin)


def _check_lines(services: Services, job: Job[Run], recorder: Recorder[Run]) -> None:
    recorder.update(state="checking")
    verdict = services.checker.check(_lines_of(job.value), cancel=job.cancel)
    one = Try(1, 0, "", job.value.solution, verdict.answer, verdict, "stop", Usage(0), Timings(verdict.seconds))
    recorder.update(tries=(one,), chosen=0, solution="")


def _lines_of(run: Run) -> CheckRequest:
    """What to ask the checker about a run by hand."""
    lines = run.best.solution if run.best else run.solution
    return CheckRequest(problem=run.problem or None, response=lines, steps=True)


def _shown_evidence(services: Services, notebook_id: str, cell_id: str) -> Evidence | None:
    cell = services.store.cell(notebook_id, cell_id)
    best = cell.run.best if cell and cell.run else None
    return evidence_of(best) if best else None


def _solve(services: Services, model: Model, options: Options, job: Job[Run], recorder: Recorder[Run]) -> None:
    quant = job.value.quant

    def use() -> AbstractContextManager[Engine]:
        return services.host.use(model.id, quant, progress=recorder.say, line=recorder.wait_at, cancel=job.cancel)

    def taken(engine: Engine) -> None:
        info = engine.info
        recorder.update(state="reading", message="", share=None, reasons=info.reasons, warnings=info.warnings)

    with closing(Borrowed(use, taken)) as engine:
        engine.take()
        for update in solve(job.value.problem, model, engine, services.checker, options, job.cancel, job.answer_now):
            _advance(recorder, update)
        recorder.update(peak_bytes=engine.peak_bytes(), answered_early=job.answer_now.is_set())


def _advance(recorder: Recorder[Run], update: Update) -> None:
    """Moves the picture of a run on by one update."""
    match update:
        case TryStarted():
            recorder.update(state="reading", thought="", solution="", thought_tokens=0)
        case Delta(part, text, tokens):
            recorder.append(part, text, tokens)
        case Checking():
            recorder.update(state="checking")
        case TryDone(result):
            tries = (*recorder.value.tries, result)
            recorder.update(save=True, tries=tries, chosen=len(tries) - 1)
        case Solved(tries, chosen):
            recorder.update(tries=tries, chosen=chosen, thought="", solution="")
        case _:
            pass


def _change(run: Run, **fields: Any) -> Run:
    state = fields.get("state", "queued")
    if state in ENDED:
        fields["finished_at"] = time.time()
    elif state != "queued" and run.started_at is None:  # what it waited in line is not its own time
        fields["started_at"] = time.time()
    return replace(run, **fields)


def _grow(run: Run, part: Part, text: str, tokens: int) -> Run:
    if part == "thought":
        return replace(run, state="thinking", thought=run.thought + text, thought_tokens=run.thought_tokens + tokens)
    return replace(run, state="answering", solution=run.solution + text)


def recheck(services: Services, notebook_id: str, cell_id: str, *, client: str | None = None) -> Run | None:
    """Checks the shown answer of the cell again, without the model, and waits for it. None: there is nothing to check.

    Stopped or out of time, it leaves the old verdict. Raises BadInput while the cell runs, or Busy.
    """
    owner = cell_owner(notebook_id, cell_id)
    refuse_second(services, owner)
    cell = services.store.cell(notebook_id, cell_id)
    run = cell.run if cell else None
    best = run.best if run else None
    if run is None or best is None or not best.solution.strip():
        return None
    asked = _lines_of(run) if run.by_hand else CheckRequest(problem=run.problem, response=best.solution, steps=True)

    def work(job: Job[Run]) -> None:
        verdict = services.checker.check(asked, cancel=job.cancel)
        if verdict.reason != "stopped":
            job.publish(replace(run, tries=tuple(replace(t, verdict=verdict) if t is best else t for t in run.tries)))

    again = services.jobs.aside(f"{owner}:again", run, work, seconds=CHECK_SECONDS, client=client).result()
    services.store.save_run(notebook_id, cell_id, again)
    return again
