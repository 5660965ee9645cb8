"""Runs of worksheet cells."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from phi4web.errors import Phi4webError
from phi4web.events import Delta, Part
from phi4web.models import Model
from phi4web.notebook import ENDED, Run
from phi4web.runs.jobs import Job
from phi4web.runs.recorder import Recorder, follow
from phi4web.runs.services import Services, cell_owner, choose_model
from phi4web.solve import Checking, Evidence, Options, Solved, TryDone, TryStarted, Update, clean_problem, evidence_of, solve
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
) -> Job[Run]:
    """Puts a run of the cell in line. Raises BadInput, UnknownModel or Busy; None means the model's own default.

    `with_evidence`: the model is told why the answer on screen was refuted.
    """
    settings = services.settings
    problem = clean_problem(problem, settings.max_problem_chars)
    services.jobs.refuse_second(cell_owner(notebook_id, cell_id))
    found, quant = choose_model(services, model, quant)
    options = Options(
        samples=found.tries if samples is None else samples,
        seed=1 if seed is None else seed,
        max_new_tokens=min(found.max_new_tokens, settings.max_new_tokens),
        thinking_budget=thinking_budget,
        steps=True,
        evidence=_shown_evidence(services, notebook_id, cell_id) if with_evidence else None,
    )
    run = Run(new_id(), problem, found.id, quant, options.seed, options.samples, queued_at=time.time())

    def save(latest: Run) -> None:
        services.store.save_run(notebook_id, cell_id, latest)

    def work(job: Job[Run]) -> None:
        recorder = Recorder(job, save, _change, _grow)
        follow(job, recorder, lambda: _solve(services, found, options, job, recorder))

    save(run)
    services.store.show_run(notebook_id, cell_id, -1)
    try:
        return services.jobs.submit(cell_owner(notebook_id, cell_id), run, work, job_id=run.id)
    except Phi4webError as error:
        save(_change(run, state="failed", message=str(error)))
        raise


def _shown_evidence(services: Services, notebook_id: str, cell_id: str) -> Evidence | None:
    cell = services.store.cell(notebook_id, cell_id)
    best = cell.run.best if cell and cell.run else None
    return evidence_of(best) if best else None


def _solve(services: Services, model: Model, options: Options, job: Job[Run], recorder: Recorder[Run]) -> None:
    recorder.update(state="loading", started_at=time.time())
    with services.host.use(model.id, job.value.quant, progress=recorder.say, cancel=job.cancel) as engine:
        recorder.update(state="reading", message="")
        for update in solve(job.value.problem, model, engine, services.checker, options, job.cancel):
            _advance(recorder, update)
        recorder.update(peak_bytes=engine.peak_bytes())


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
    if fields.get("state") in ENDED:
        fields["finished_at"] = time.time()
    return replace(run, **fields)


def _grow(run: Run, part: Part, text: str, tokens: int) -> Run:
    if part == "thought":
        return replace(run, state="thinking", thought=run.thought + text, thought_tokens=run.thought_tokens + tokens)
    return replace(run, state="answering", solution=run.solution + text)


def recheck(services: Services, notebook_id: str, cell_id: str) -> Run | None:
    """Checks the shown answer of the cell again, without the model. None: there is nothing to check."""
    cell = services.store.cell(notebook_id, cell_id)
    run = cell.run if cell else None
    best = run.best if run else None
    if run is None or best is None or not best.solution.strip():
        return None
    verdict = services.checker.check(CheckRequest(problem=run.problem, response=best.solution, steps=True))
    run = replace(run, tries=tuple(replace(t, verdict=verdict) if t is best else t for t in run.tries))
    services.store.save_run(notebook_id, cell_id, run)
    return run
