"""Runs a comparison: configuration after configuration, so that each model is loaded once, and problem after problem.

In: a Setup. Out: pictures of the Comparison, one after each step. A configuration that fails shows its error in its
row, and the next one has its turn. Between two problems it gives up the engine, so that whoever waits has a turn
(docs/decisions/0003-several-users.md). It does not know about pages; `start` hands it to the server's queue.
"""

from __future__ import annotations

import importlib.metadata
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from phi4web.compare.comparison import Comparison, Loaded, Outcome, State, summary, to_json
from phi4web.compare.outcome_log import OutcomeLog
from phi4web.compare.problems import DEFAULT, Problem, load_problems
from phi4web.engine.base import Engine, Progress
from phi4web.engine.host import EngineHost
from phi4web.engine.line import Told
from phi4web.errors import BadInput, Phi4webError, Stopped
from phi4web.hardware import Hardware
from phi4web.models import Model, parse_config
from phi4web.runs import Borrowed, Job, Services
from phi4web.solve import Checks, Options, Solved, solve
from phi4web.store import new_id
from phi4web.verdict import Grade

log = logging.getLogger(__name__)
MOST_SECONDS = 24 * 3600.0  # of one comparison, where strangers can't start any
SAVE_SECONDS = 1.0
Turns = Callable[[], AbstractContextManager[Engine]]
PACKAGES = ("xllamacpp", "transformers", "torch", "bitsandbytes", "sympy")


@dataclass(frozen=True, slots=True)
class Setup:
    """What to compare, read and found good. `max_new_tokens` None: each model's own limit."""

    configs: tuple[tuple[Model, str], ...]
    problems: tuple[Problem, ...]
    samples: int
    seed: int
    max_new_tokens: int | None
    outcomes: OutcomeLog


def prepare(
    configs: Sequence[str],
    problems: str | Sequence[Problem] = DEFAULT,
    *,
    samples: int = 1,
    limit: int | None = None,
    seed: int = 1,
    max_new_tokens: int | None = None,
    out: Path | None = None,
    resume: bool = False,
) -> Setup:
    """`configs` are "MODEL:QUANT" or a model alone. Raises BadInput for anything that can't be used, before any model is loaded."""
    found = tuple(dict.fromkeys(parse_config(text) for text in configs))
    if not found:
        raise BadInput("There is nothing to compare.", "Choose one or more configurations.")
    rows = load_problems(problems, limit) if isinstance(problems, str) else tuple(problems)[:limit]
    if not rows:
        raise BadInput("There are no problems to compare on.", "Choose a problem set.")
    conditions = {"samples": samples, "seed": seed, "max_new_tokens": max_new_tokens}
    return Setup(found, rows, samples, seed, max_new_tokens, OutcomeLog(out, conditions, resume=resume))


def start(services: Services, setup: Setup) -> Job[Comparison]:
    """Puts a comparison in line; it goes on without anybody watching, and is saved row by row. Raises BadInput or Busy."""
    blank = replace(_blank(setup), message="Waiting")

    def work(job: Job[Comparison]) -> None:
        def say(words: str, share: float | None) -> None:
            job.publish(replace(job.value, message=words if share is None else f"{words} {share:.0%}"))

        saved = 0.0
        for picture in compare(services.host, services.checker, setup, job.cancel, say, blank.id, job.move_to):
            job.publish(picture)
            if picture.state != "running" or time.monotonic() - saved >= SAVE_SECONDS:
                services.store.save_comparison(picture.id, to_json(picture))
                saved = time.monotonic()

    seconds = float(services.settings.run_seconds) if services.settings.public else MOST_SECONDS
    return services.jobs.submit(f"compare:{blank.id}", blank, work, job_id=blank.id, seconds=seconds)


def compare(
    host: EngineHost,
    checker: Checks,
    setup: Setup,
    cancel: threading.Event,
    progress: Progress | None = None,
    comparison_id: str | None = None,
    line: Told | None = None,
) -> Iterator[Comparison]:
    """Pictures of the comparison; the last one is "done" or "stopped". Nothing that a model does is raised.

    `line` hears the place in the engine's line, 0 when its turn has come.
    """
    run = _Running(setup, replace(_blank(setup), id=comparison_id or new_id(), state="running"))
    run.picture = replace(run.picture, conditions=_conditions(setup, host.hardware))
    for index, (model, quant) in enumerate(setup.configs):
        if not cancel.is_set():
            turns = partial(host.use, model.id, quant, progress=progress, line=line, cancel=cancel)
            yield from run.config(index, model, turns, host.shared_since, checker, cancel)
    yield run.end("stopped" if cancel.is_set() else "done")


class _Running:
    """What has come out so far."""

    def __init__(self, setup: Setup, picture: Comparison) -> None:
        self.setup, self.picture = setup, picture
        self.loaded = [Loaded(f"{model.id}:{quant}", model.id, quant) for model, quant in setup.configs]
        self.outcomes: list[Outcome] = []

    def show(self, message: str = "") -> Comparison:
        self.picture = summary(replace(self.picture, message=message), self.loaded, self.outcomes)
        return self.picture

    def end(self, state: State) -> Comparison:
        self.picture = replace(self.picture, state=state)
        return self.show("Stopped by you." if state == "stopped" else "")

    def config(
        self, index: int, model: Model, turns: Turns, shared_since: Callable[[float], bool], checker: Checks, cancel: threading.Event
    ) -> Iterator[Comparison]:
        """One configuration from load to its last problem; whatever goes wrong with it stays in its row."""
        todo = self._take_back(index)
        self._note(index, state="running" if todo else "done")
        yield self.show(f"Loading {self.loaded[index].config}" if todo else "")
        if not todo:
            return
        try:
            for number, problem in enumerate(todo, start=len(self.setup.problems) - len(todo) + 1):
                timed = _Timed(turns)
                with closing(Borrowed(timed.use)) as engine:
                    engine.take()
                    self._note(index, load_seconds=engine.info.load_seconds)
                    yield self.show(f"{self.loaded[index].config}: problem {number} of {len(self.setup.problems)}")
                    started, timed.seconds = time.monotonic(), 0.0
                    outcome, solution = self._one(self.loaded[index].config, problem, model, engine, checker, cancel)
                    outcome = replace(outcome, seconds=max(0.0, outcome.seconds - timed.seconds))
                    if cancel.is_set():
                        break
                    self._add(index, problem, replace(outcome, shared=shared_since(started)), solution, engine.peak_bytes())
                yield self.show()  # before the wait for the next turn
        except Stopped:
            cancel.set()
            self._note(index, state="stopped")
        except Phi4webError as error:
            self._note(index, state="failed", error=str(error))
        except Exception as error:
            log.exception("comparing %s failed", self.loaded[index].config)
            self._note(index, state="failed", error=f"This is a bug in phi4web: {type(error).__name__}: {error}. The log has more.")
        else:
            self._note(index, state="stopped" if cancel.is_set() else "done")
        yield self.show()

    def _take_back(self, index: int) -> list[Problem]:
        """Takes over what an earlier run did, and returns the problems that are left."""
        known = {p.id: self.setup.outcomes.known(self.loaded[index].config, p) for p in self.setup.problems}
        self.outcomes += [outcome for outcome in known.values() if outcome is not None]
        return [p for p in self.setup.problems if known[p.id] is None]

    def _note(self, index: int, **changes: object) -> None:
        self.loaded[index] = replace(self.loaded[index], **changes)  # type: ignore[arg-type]

    def _add(self, index: int, problem: Problem, outcome: Outcome, solution: str, peak_bytes: int | None) -> None:
        self.setup.outcomes.add(problem, outcome, solution)
        self.outcomes.append(outcome)
        self._note(index, peak_bytes=peak_bytes)

    def _one(
        self, config: str, problem: Problem, model: Model, engine: Engine, checker: Checks, cancel: threading.Event
    ) -> tuple[Outcome, str]:
        """The outcome and the text of the solution shown. The failure of one problem is its outcome."""
        options = Options(self.setup.samples, seed=self.setup.seed, max_new_tokens=self._tokens(model), reference=problem.reference)
        started = time.monotonic()
        solved = Solved((), None)
        try:
            for update in solve(problem.text, model, engine, checker, options, cancel):
                solved = update if isinstance(update, Solved) else solved
        except Stopped:
            raise
        except Phi4webError as error:
            grade: Grade | None = "could_not_check" if problem.reference is not None else None
            return Outcome(config, problem.id, grade=grade, seconds=time.monotonic() - started, error=str(error)), ""
        return _outcome(config, problem, solved, time.monotonic() - started), _solution(solved)

    def _tokens(self, model: Model) -> int:
        return min(model.max_new_tokens, self.setup.max_new_tokens or model.max_new_tokens)


class _Timed:
    """Counts the `seconds` until the engine comes: time in line and of a load, which is no time of the answer."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.seconds = 0.0

    @contextmanager
    def use(self) -> Iterator[Engine]:
        started = time.monotonic()
        with self._turns() as engine:
            self.seconds += time.monotonic() - started
            yield engine


def _outcome(config: str, problem: Problem, solved: Solved, seconds: float) -> Outcome:
    """An answer that could not be found or read is not the reference: with one, it is graded all the same."""
    ungraded: Grade | None = "could_not_check" if problem.reference is not None else None
    if solved.chosen is None:
        return Outcome(config, problem.id, grade=ungraded, seconds=seconds, error="There was no answer.")
    one = solved.tries[solved.chosen]
    return Outcome(
        config,
        problem.id,
        one.verdict.status,
        one.verdict.grade or ungraded,
        one.answer,
        tries=len(solved.tries),
        seconds=seconds,
        tokens=sum(t.usage.new_tokens for t in solved.tries),
        speeds=tuple(t.timings.tokens_per_second for t in solved.tries if t.timings.tokens_per_second is not None),
        ttft=solved.tries[0].timings.ttft,
        ttfat=solved.tries[0].timings.ttfat,
    )


def _solution(solved: Solved) -> str:
    return "" if solved.chosen is None else solved.tries[solved.chosen].solution


def _blank(setup: Setup) -> Comparison:
    loaded = [Loaded(f"{model.id}:{quant}", model.id, quant) for model, quant in setup.configs]
    return summary(Comparison(new_id(), setup.problems, (), started_at=time.time()), loaded, ())


def _conditions(setup: Setup, machine: Hardware) -> str:
    """The line under the table: what the figures depend on."""
    device = ", ".join(gpu.name for gpu in machine.gpus) or f"{machine.cpu_name or 'CPU'}, {machine.cores} cores"
    versions = [f"{name} {version}" for name in PACKAGES if (version := _version(name))]
    tokens = f"at most {setup.max_new_tokens:,} tokens" if setup.max_new_tokens else "each model's own token limit"
    parts = [device, *versions, f"seed {setup.seed}", f"k = {setup.samples}", tokens, "one at a time", time.strftime("%Y-%m-%d")]
    return " · ".join(parts)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
