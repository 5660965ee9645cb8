"""The queue: first come, first served, one job at a time, since there is one engine. It knows nothing of what a job does."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from phi4web.errors import BadInput, Busy
from phi4web.store import new_id

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_ASIDE = 16  # short jobs beside the line at the same time


class Job(Generic[T]):
    """One unit of work. `value` is an immutable picture that is replaced, never changed; `version` counts the pictures.

    `place` is 0 while it runs and n for the nth in line. `seconds` is its wall-clock limit.
    """

    def __init__(self, job_id: str, owner: str, value: T, seconds: float) -> None:
        self.id, self.owner, self.value, self.seconds = job_id, owner, value, seconds
        self.version = 0
        self.place = 0
        self.ended = False
        self.timed_out = False
        self.cancel = threading.Event()
        self.answer_now = threading.Event()  # asks the model to end its thought
        self.leave: Callable[[Job[T]], None] | None = None  # how it gets out of the line
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
        """Asks the work to end, also while it waits in line; returns at once."""
        self.cancel.set()
        if self.leave is not None:
            self.leave(self)

    def move_to(self, place: int) -> None:
        with self._changed:
            if place != self.place:
                self.place = place
                self.version += 1
                self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self.ended = True
            self.version += 1
            self._changed.notify_all()

    def time_out(self) -> None:
        self.timed_out = True
        self.cancel.set()


Work = Callable[[Job[T]], None]


class Jobs:
    """Each owner has at most one job that is not ended."""

    def __init__(self, size: int, seconds: float) -> None:
        """`size`: jobs that may wait; `seconds`: the wall-clock limit of one."""
        self.size, self.seconds = size, seconds
        self._waiting: deque[tuple[Job[Any], Work[Any]]] = deque()
        self._jobs: dict[str, Job[Any]] = {}
        self._lock = threading.Condition()
        self._closed = False
        self._aside: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, name="jobs", daemon=True)
        self._thread.start()

    def submit(self, owner: str, value: T, work: Work[T], *, job_id: str | None = None, seconds: float | None = None) -> Job[T]:
        """Puts `work` in line. Raises Busy if the line is full, BadInput if this owner is already in it."""
        job = Job(job_id or new_id(), owner, value, self.seconds if seconds is None else seconds)
        with self._lock:
            self.refuse_second(owner)
            if len(self._waiting) >= self.size:
                raise Busy(f"{len(self._waiting)} runs are waiting already.", "Try again in a minute.")
            self._forget()
            self._jobs[job.id] = job
            job.leave = self._leave
            self._waiting.append((job, work))
            self._number()
            self._lock.notify_all()
        return job

    def aside(self, owner: str, value: T, work: Work[T], *, job_id: str | None = None, seconds: float | None = None) -> Job[T]:
        """Runs `work` at once in a thread of its own: for short work that needs no engine. Raises Busy or BadInput as `submit`."""
        job = Job(job_id or new_id(), owner, value, self.seconds if seconds is None else seconds)
        with self._lock:
            self.refuse_second(owner)
            self._aside = [thread for thread in self._aside if thread.is_alive()]
            if len(self._aside) >= MOST_ASIDE:
                raise Busy(f"{len(self._aside)} checks are going on already.", "Try again in a moment.")
            self._forget()
            self._jobs[job.id] = job
            thread = threading.Thread(target=_run, args=(job, work), name="aside", daemon=True)
            self._aside.append(thread)
            thread.start()
        return job

    def of(self, owner: str) -> Job[Any] | None:
        """The owner's job that is waiting or running, if any."""
        return next((j for j in list(self._jobs.values()) if j.owner == owner and not j.ended), None)

    def refuse_second(self, owner: str) -> None:
        """Raises BadInput if the owner has a job that is not ended."""
        if self.of(owner) is not None:
            raise BadInput("This is already running.", "Stop it first, or wait until it ends.")

    def running(self) -> list[Job[Any]]:
        return [j for j in list(self._jobs.values()) if not j.ended]

    def close(self, timeout: float = 5.0) -> None:
        """Stops everything and waits up to `timeout` seconds for the running job to notice."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        for job in self.running():
            job.stop()
        for thread in (self._thread, *self._aside):
            thread.join(timeout)

    def _serve(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                job, work = self._waiting.popleft()
                job.move_to(0)
                self._number()
            _run(job, work)

    def _leave(self, job: Job[Any]) -> None:
        """A stopped job ends now, not when its turn comes."""
        with self._lock:
            found = next((entry for entry in self._waiting if entry[0] is job), None)
            if found is None:
                return
            self._waiting.remove(found)
            job.move_to(0)
            self._number()
        threading.Thread(target=_run, args=found, name="stopped", daemon=True).start()

    def _number(self) -> None:
        for place, (job, _) in enumerate(self._waiting, start=1):
            job.move_to(place)

    def _forget(self) -> None:
        self._jobs = {job_id: job for job_id, job in self._jobs.items() if not job.ended}


def _run(job: Job[T], work: Work[T]) -> None:
    timer = threading.Timer(job.seconds, job.time_out)
    timer.daemon = True
    timer.start()
    try:
        work(job)
    except Exception:  # a bug in the work must not end the queue
        log.exception("job %s of %s failed", job.id, job.owner)
    finally:
        timer.cancel()
        job.end()
