"""Jobs that belong to the server, not to a browser tab: a queue, cancel, a wall-clock end, and a log on disk.

In: "solve this cell", "answer this chat". Out: a Job whose `value` is always the latest whole picture of the run.
Windows watch a job with `wait`; closing one changes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from phi4web.engine.base import Request
from phi4web.engine.host import EngineHost
from phi4web.errors import BadInput, Busy, Phi4webError, Stopped
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.models import Model, find
from phi4web.notebook import Chat, Run, RunState, Turn
from phi4web.prompts import Message, chat_messages
from phi4web.settings import Settings
from phi4web.solve import Checking, Options, Solved, TryDone, TryStarted, Update, clean_problem, solve
from phi4web.store import Store, new_id
from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker

log = logging.getLogger(__name__)
T = TypeVar("T")

SHOW_SECONDS = 0.1  # a new picture at most this often while text streams
SAVE_SECONDS = 1.0  # and to disk at most this often
KEEP_ENDED = 256  # ended jobs that can still be asked for


class Job(Generic[T]):
    """One unit of work. `value` is an immutable picture that is replaced, never changed; `version` counts the pictures."""

    def __init__(self, job_id: str, owner: str, value: T, seconds: float) -> None:
        self.id, self.owner, self.value, self.seconds = job_id, owner, value, seconds
        self.version = 0
        self.ended = False
        self.place = 0
        self.timed_out = False
        self.cancel = threading.Event()
        self._changed = threading.Condition()

    def publish(self, value: T) -> None:
        with self._changed:
            self.value = value
            self.version += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout: float) -> int:
        """Blocks until there is a picture newer than `seen`, the job ended, or `timeout` seconds went by."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != seen or self.ended, timeout)
            return self.version

    def stop(self) -> None:
        """Asks the work to end; returns at once."""
        self.cancel.set()

    def _end(self) -> None:
        with self._changed:
            self.ended = True
            self.version += 1
            self._changed.notify_all()

    def _time_out(self) -> None:
        self.timed_out = True
        self.cancel.set()


Work = Callable[[Job[T]], None]


class Jobs:
    """First come, first served, one at a time: there is one engine. Each owner has at most one job that is not ended."""

    def __init__(self, size: int, seconds: float) -> None:
        """`size`: jobs that may wait; `seconds`: the wall-clock limit of one."""
        self.size, self.seconds = size, seconds
        self._waiting: deque[tuple[Job[Any], Work[Any]]] = deque()
        self._jobs: dict[str, Job[Any]] = {}
        self._lock = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="jobs", daemon=True)
        self._thread.start()

    def submit(self, owner: str, value: T, work: Work[T], *, job_id: str | None = None, seconds: float | None = None) -> Job[T]:
        """Puts `work` in line. Raises Busy if the line is full, BadInput if this owner is already in it."""
        job = Job(job_id or new_id(), owner, value, self.seconds if seconds is None else seconds)
        with self._lock:
            if self.of(owner) is not None:
                raise BadInput("This is already running.", "Stop it first, or wait until it ends.")
            if len(self._waiting) >= self.size:
                raise Busy(f"{len(self._waiting)} runs are waiting already.", "Try again in a minute.")
            self._forget()
            self._jobs[job.id] = job
            self._waiting.append((job, work))
            self._number()
            self._lock.notify_all()
        return job

    def get(self, job_id: str) -> Job[Any] | None:
        return self._jobs.get(job_id)

    def of(self, owner: str) -> Job[Any] | None:
        """The owner's job that is waiting or running, if any."""
        return next((j for j in list(self._jobs.values()) if j.owner == owner and not j.ended), None)

    def running(self) -> list[Job[Any]]:
        return [j for j in list(self._jobs.values()) if not j.ended]

    def close(self, timeout: float = 5.0) -> None:
        """Stops everything and waits up to `timeout` seconds for the running job to notice."""
        with self._lock:
            self._closed = True
            for job in self._jobs.values():
                job.stop()
            self._lock.notify_all()
        self._thread.join(timeout)

    def _serve(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._waiting or self._closed)
                if self._closed and not self._waiting:
                    return
                job, work = self._waiting.popleft()
                self._number()
            self._run(job, work)

    def _run(self, job: Job[T], work: Work[T]) -> None:
        timer = threading.Timer(job.seconds, job._time_out)
        timer.daemon = True
        timer.start()
        try:
            work(job)
        except Exception:  # a bug in the work must not end the queue
            log.exception("job %s of %s failed", job.id, job.owner)
        finally:
            timer.cancel()
            job._end()

    def _number(self) -> None:
        for place, (job, _) in enumerate(self._waiting, start=1):
            job.place = place
            job.publish(job.value)
        for job in self._jobs.values():
            if not job.ended and all(job is not waiting for waiting, _ in self._waiting):
                job.place = 0

    def _forget(self) -> None:
        ended = [job_id for job_id, job in self._jobs.items() if job.ended]
        for job_id in ended[: max(0, len(ended) - KEEP_ENDED)]:
            del self._jobs[job_id]


@dataclass(frozen=True)
class Services:
    """What a window needs. Made once per server by `open_services`."""

    settings: Settings
    host: EngineHost
    checker: Checker
    store: Store
    jobs: Jobs

    def close(self) -> None:
        self.jobs.close()
        self.host.close()
        self.checker.close()
        self.store.close()


def open_services(settings: Settings, host: EngineHost | None = None) -> Services:
    """Opens the store and gets ready; nothing heavy is loaded yet. Raises StoreError."""
    store = Store(settings.data_dir / "phi4web.sqlite3")
    store.interrupt_unfinished()
    return Services(settings, host or EngineHost(settings), Checker(), store, Jobs(settings.queue_size, settings.run_seconds))


def cell_owner(notebook_id: str, cell_id: str) -> str:
    return f"cell:{notebook_id}:{cell_id}"


def chat_owner(chat_id: str) -> str:
    return f"chat:{chat_id}"


def choose_model(services: Services, model: str | None, quant: str | None) -> tuple[Model, str]:
    """The asked model and quant, or the host's default where None. Raises UnknownModel or BadInput."""
    default_model, default_quant = services.host.default()
    found = find(model or default_model)
    if quant is None:
        quant = default_quant if found.id == find(default_model).id else found.quants[0]
    if quant not in found.quants:
        raise BadInput(f"{found.id} has no quant {quant!r}.", f"Choose one of {', '.join(found.quants)}.")
    return found, quant


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
) -> Job[Run]:
    """Puts a run of the cell in line. Raises BadInput, UnknownModel or Busy, and then nothing is kept of it."""
    settings = services.settings
    problem = clean_problem(problem, settings.max_problem_chars)
    found, quant = choose_model(services, model, quant)
    options = Options(
        samples=found.tries if samples is None else samples,
        seed=1 if seed is None else seed,
        max_new_tokens=min(found.max_new_tokens, settings.max_new_tokens),
        thinking_budget=thinking_budget,
    )
    run = Run(new_id(), problem, found.id, quant, options.seed, options.samples, queued_at=time.time())
    services.store.save_run(notebook_id, cell_id, run)
    services.store.show_run(notebook_id, cell_id, -1)

    def save(latest: Run) -> None:
        services.store.save_run(notebook_id, cell_id, latest)

    def work(job: Job[Run]) -> None:
        _follow(job, save, lambda recorder: _solve_work(services, found, quant, options, job, recorder))

    try:
        return services.jobs.submit(cell_owner(notebook_id, cell_id), run, work, job_id=run.id)
    except Phi4webError as error:
        save(replace(run, state="failed", message=str(error), finished_at=time.time()))
        raise


def _solve_work(services: Services, model: Model, quant: str, options: Options, job: Job[Run], recorder: Recorder[Run]) -> None:
    recorder.set(replace(recorder.value, state="loading", started_at=time.time()))
    with services.host.use(model.id, quant, progress=_say(recorder), cancel=job.cancel) as engine:
        recorder.set(replace(recorder.value, state="reading", message=""))
        for update in solve(recorder.value.problem, model, engine, services.checker, options, job.cancel):
            _advance(recorder, update)
        recorder.set(replace(recorder.value, peak_bytes=engine.peak_bytes()))


def _advance(recorder: Recorder[Run], update: Update) -> None:
    """Moves the picture of a run on by one update."""
    run = recorder.value
    match update:
        case TryStarted():
            recorder.set(replace(run, state="reading", thought="", solution="", thought_tokens=0))
        case Delta(part, text, tokens):
            recorder.append(part, text, tokens)
        case Checking():
            recorder.set(replace(run, state="checking"))
        case TryDone(result):
            recorder.set(replace(run, tries=(*run.tries, result), chosen=len(run.tries)), save=True)
        case Solved(tries, chosen):
            recorder.set(replace(run, tries=tries, chosen=chosen, thought="", solution=""))
        case _:
            pass


class Recorder(Generic[T]):
    """The latest picture of a job: collects streamed text, shows it a few times a second, saves it about once a second.

    T is Run or Turn-holding Chat; `grow` adds text to the picture's own fields.
    """

    def __init__(self, job: Job[T], save: Callable[[T], None], grow: Callable[[T, str, str, int], T]) -> None:
        self._job, self._save, self._grow = job, save, grow
        self._value = job.value
        self._pending: dict[str, list[str]] = {"thought": [], "solution": []}
        self._tokens = 0
        self._shown = self._saved = time.monotonic()

    @property
    def value(self) -> T:
        self._flush()
        return self._value

    def set(self, value: T, *, save: bool = False) -> None:
        self._flush()
        self._value = value
        self._job.publish(value)
        self._shown = time.monotonic()
        self._keep(force=save)

    def append(self, part: str, text: str, tokens: int) -> None:
        first = not self._pending[part]
        self._pending[part].append(text)
        self._tokens += tokens if part == "thought" else 0
        if first or time.monotonic() - self._shown >= SHOW_SECONDS:
            self.set(self.value)

    def _flush(self) -> None:
        for part, texts in self._pending.items():
            if texts:
                self._value = self._grow(self._value, part, "".join(texts), self._tokens)
                self._tokens = 0
                texts.clear()

    def _keep(self, *, force: bool) -> None:
        if force or time.monotonic() - self._saved >= SAVE_SECONDS:
            self._save(self._value)
            self._saved = time.monotonic()


def _grow_run(run: Run, part: str, text: str, tokens: int) -> Run:
    if part == "thought":
        return replace(run, state="thinking", thought=run.thought + text, thought_tokens=run.thought_tokens + tokens)
    return replace(run, state="answering", solution=run.solution + text)


def _say(recorder: Recorder[Any]) -> Callable[[str, float | None], None]:
    def say(words: str, share: float | None) -> None:
        shown = words if share is None else f"{words} {share:.0%}"
        recorder.set(replace(recorder.value, message=shown))

    return say


def _follow(job: Job[Run], save: Callable[[Run], None], work: Callable[[Recorder[Run]], None]) -> None:
    """Runs `work` and turns every way it can end into the last picture of the run."""
    recorder = Recorder(job, save, _grow_run)
    try:
        if job.cancel.is_set():
            raise Stopped("Stopped before it started.")
        work(recorder)
        state, message = _ending(job)
    except Stopped as error:
        state, message = "stopped", _limit(job) or error.message
    except Phi4webError as error:
        state, message = "failed", str(error)
    except Exception as error:
        log.exception("run %s failed", job.id)
        state, message = "failed", f"This is a bug in phi4web: {type(error).__name__}: {error}. The log has more."
    recorder.set(replace(recorder.value, state=state, message=message, finished_at=time.time()), save=True)


def _ending(job: Job[Any]) -> tuple[RunState, str]:
    return ("stopped", _limit(job) or "Stopped by you.") if job.cancel.is_set() else ("done", "")


def _limit(job: Job[Any]) -> str:
    return f"Stopped at the limit of {job.seconds:,.0f} seconds for one run." if job.timed_out else ""


def recheck(services: Services, notebook_id: str, cell_id: str) -> Run | None:
    """Checks the shown answer of the cell again, without the model. None: there is nothing to check."""
    cell = services.store.cell(notebook_id, cell_id)
    run = cell.run if cell else None
    best = run.best if run else None
    if run is None or best is None or run.chosen is None or not best.solution.strip():
        return None
    verdict = services.checker.check(CheckRequest(problem=run.problem, response=best.solution))
    tries = tuple(replace(t, verdict=verdict) if i == run.chosen else t for i, t in enumerate(run.tries))
    run = replace(run, tries=tries)
    services.store.save_run(notebook_id, cell_id, run)
    return run


# chat


def start_chat(
    services: Services, chat_id: str, text: str, *, model: str | None = None, quant: str | None = None, regenerate: bool = False
) -> Job[Chat]:
    """Adds the user's turn (or, to regenerate, drops the last answer) and puts the next answer in line.

    Raises BadInput for an unknown chat, a bad text, or nothing to regenerate; Busy for a full line.
    """
    settings = services.settings
    chat = services.store.chat(chat_id)
    if chat is None:
        raise BadInput(f"There is no chat {chat_id!r}.", "Start a new one.")
    if services.jobs.of(chat_owner(chat_id)) is not None:
        raise BadInput("The last answer is still being written.", "Stop it first, or wait until it ends.")
    found, quant = choose_model(services, model or chat.model, quant or (chat.quant if model in (None, chat.model) else None))
    turns = _without_last_answer(chat) if regenerate else (*chat.turns, Turn("user", clean_problem(text, settings.max_problem_chars)))
    title = chat.title if chat.turns else turns[0].text[:60]
    chat = replace(chat, title=title, model=found.id, quant=quant, turns=(*turns, Turn("assistant", "", state="queued")))
    seed = int.from_bytes(new_id().encode()[:4], "big") if regenerate else len(turns)

    def work(job: Job[Chat]) -> None:
        _follow_chat(services, found, quant, seed, job)

    job = services.jobs.submit(chat_owner(chat_id), chat, work)
    services.store.save_chat(chat)
    return job


def _without_last_answer(chat: Chat) -> tuple[Turn, ...]:
    turns = chat.turns[:-1] if chat.turns and chat.turns[-1].role == "assistant" else chat.turns
    if not turns:
        raise BadInput("There is no answer to write again.", "Ask something first.")
    return turns


def _last(chat: Chat, **changes: Any) -> Chat:
    return replace(chat, turns=(*chat.turns[:-1], replace(chat.turns[-1], **changes)))


def _grow_chat(chat: Chat, part: str, text: str, tokens: int) -> Chat:
    turn = chat.turns[-1]
    if part == "thought":
        return _last(chat, state="thinking", thought=turn.thought + text, thought_tokens=turn.thought_tokens + tokens)
    return _last(chat, state="answering", text=turn.text + text)


def _follow_chat(services: Services, model: Model, quant: str, seed: int, job: Job[Chat]) -> None:
    recorder = Recorder(job, services.store.save_chat, _grow_chat)

    def say(words: str, share: float | None) -> None:
        recorder.set(_last(recorder.value, message=words if share is None else f"{words} {share:.0%}"))

    try:
        if job.cancel.is_set():
            raise Stopped("Stopped before it started.")
        recorder.set(_last(recorder.value, state="loading"))
        with services.host.use(model.id, quant, progress=say, cancel=job.cancel) as engine:
            recorder.set(_last(recorder.value, state="reading", message=""))
            for event in engine.stream(_chat_request(services, model, recorder.value, seed), job.cancel):
                _advance_chat(recorder, event)
        _check_turn(services, recorder, job)
        state, message = _ending(job)
    except Stopped as error:
        state, message = "stopped", _limit(job) or error.message
    except Phi4webError as error:
        state, message = "failed", str(error)
    except Exception as error:
        log.exception("chat %s failed", job.owner)
        state, message = "failed", f"This is a bug in phi4web: {type(error).__name__}: {error}. The log has more."
    recorder.set(_last(recorder.value, state=state, message=message), save=True)


def _chat_request(services: Services, model: Model, chat: Chat, seed: int) -> Request:
    turns = [Message(turn.role, turn.text) for turn in chat.turns[:-1]]
    return Request(
        messages=chat_messages(model, turns),
        sampling=model.sampling,
        max_new_tokens=min(model.max_new_tokens, services.settings.max_new_tokens),
        thinking_budget=model.thinking_budget,
        seed=seed,
    )


def _advance_chat(recorder: Recorder[Chat], event: Event) -> None:
    match event:
        case Reading():
            recorder.set(_last(recorder.value, state="reading"))
        case Delta(part, text, tokens):
            recorder.append(part, text, tokens)
        case Finished(_, usage, timings):
            recorder.set(_last(recorder.value, usage=usage, timings=timings))


def _check_turn(services: Services, recorder: Recorder[Chat], job: Job[Chat]) -> None:
    """Checks the answer if the turn before it was a question that the checker understands."""
    chat = recorder.value
    if job.cancel.is_set() or not chat.turns[-1].text.strip():
        return
    recorder.set(_last(chat, state="checking"))
    verdict = services.checker.check(CheckRequest(problem=chat.turns[-2].text, response=chat.turns[-1].text), cancel=job.cancel)
    recorder.set(_last(chat, verdict=None if verdict.status == "could_not_check" else verdict))
