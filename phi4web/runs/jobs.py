"""The jobs of the server: some run at once, the others wait, first come, first served. It knows nothing of what a job does.

The engine has a line of its own. A job that waits there says so by `move_to`, and those that wait for a runner here are
numbered behind it, so that everybody sees one line.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from phi4web.errors import BadInput, Busy
from phi4web.store import new_id

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_SECONDS = 0.2  # between two looks whether the caller is still there
MOST_ASIDE = 16  # short jobs beside the line at the same time


class Job(Generic[T]):
    """One unit of work. `value` is an immutable picture that is replaced, never changed; `version` counts the pictures.

    `place` is 0 while it runs and n for the nth in line. `seconds` is its limit on the wall clock, which stands still while it
    waits. `client`: who asked for it.
    """

    def __init__(self, job_id: str, owner: str, value: T, seconds: float, client: str | None = None) -> None:
        self.id, self.owner, self.value, self.seconds, self.client = job_id, owner, value, seconds, client
        self.version = 0
        self.place = 0
        self.ended = False
        self.timed_out = False
        self.cancel = threading.Event()
        self.answer_now = threading.Event()  # asks the model to end its thought
        self.leave: Callable[[Job[T]], None] | None = None  # how it gets out of the line
        self.moved: Callable[[], None] | None = None  # hears of a new place while the work goes on
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

    def result(self, gone: Callable[[], bool] = lambda: False) -> T:
        """The last picture, once it ended. Stops the work when the caller has `gone`."""
        while not self.ended:
            self.wait(self.version, LOOK_SECONDS)
            if gone():
                self.stop()
        return self.value

    def stop(self) -> None:
        """Asks the work to end, also while it waits in line; returns at once."""
        self.cancel.set()
        if self.leave is not None:
            self.leave(self)

    def move_to(self, place: int) -> None:
        """Also called by the work itself, while it waits for the engine."""
        with self._changed:
            if place == self.place:
                return
            self.place = place
            self.version += 1
            self._changed.notify_all()
        if self.moved is not None:
            self.moved()

    def end(self) -> None:
        with self._changed:
            self.ended = True
            self.place = 0
            self.version += 1
            self._changed.notify_all()

    def time_out(self) -> None:
        self.timed_out = True
        self.cancel.set()


Work = Callable[[Job[T]], None]


class _Clock:
    """Rings once after `seconds`, not counting those that it stood still."""

    def __init__(self, seconds: float, ring: Callable[[], None]) -> None:
        self._left, self._ring = seconds, ring
        self._since = 0.0
        self._timer: threading.Timer | None = None

    def go(self) -> None:
        self.stand()
        self._since = time.monotonic()
        self._timer = threading.Timer(self._left, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def stand(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._left = max(0.0, self._left - (time.monotonic() - self._since))
            self._timer = None


class Jobs:
    """Each owner has at most one job that is not ended, and each client a few."""

    def __init__(self, size: int, seconds: float, runners: int = 1, per_client: int = 0) -> None:
        """`size`: jobs that may wait; `seconds`: the wall-clock limit of one; `runners`: jobs that may run at once;
        `per_client`: jobs of one client that are not ended, 0: no limit."""
        self.size, self.seconds, self.runners, self.per_client = size, seconds, runners, per_client
        self._waiting: deque[tuple[Job[Any], Work[Any]]] = deque()
        self._running: dict[str, threading.Thread] = {}
        self._aside: dict[str, threading.Thread] = {}
        self._jobs: dict[str, Job[Any]] = {}
        self._lock = threading.RLock()
        self._closed = False

    def submit(
        self,
        owner: str,
        value: T,
        work: Work[T],
        *,
        job_id: str | None = None,
        seconds: float | None = None,
        client: str | None = None,
    ) -> Job[T]:
        """Puts `work` in line. Raises Busy if the line is full or this client has enough in it, BadInput if this owner is in it."""
        job = self._new(owner, value, job_id, seconds, client)
        with self._lock:
            self._refuse(job)
            waiting = len(self._waiting) + self._ahead()
            if waiting >= self.size:
                raise Busy(f"{waiting} runs are waiting already.", "Try again in a minute.")
            self._jobs[job.id] = job
            job.leave = self._leave
            self._waiting.append((job, work))
            self._start_next()
        return job

    def aside(
        self,
        owner: str,
        value: T,
        work: Work[T],
        *,
        job_id: str | None = None,
        seconds: float | None = None,
        client: str | None = None,
    ) -> Job[T]:
        """Runs `work` at once in a thread of its own: for short work that needs no engine. Raises Busy or BadInput as `submit`."""
        job = self._new(owner, value, job_id, seconds, client)
        with self._lock:
            self._refuse(job)
            if len(self._aside) >= MOST_ASIDE:
                raise Busy(f"{len(self._aside)} checks are going on already.", "Try again in a moment.")
            self._jobs[job.id] = job
            self._start(job, work, self._aside)
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
        """Stops everything and waits up to `timeout` seconds for each running job to notice."""
        with self._lock:
            self._closed = True
        for job in self.running():
            job.stop()
        with self._lock:
            threads = [*self._running.values(), *self._aside.values()]
        for thread in threads:
            thread.join(timeout)

    def _new(self, owner: str, value: T, job_id: str | None, seconds: float | None, client: str | None) -> Job[T]:
        return Job(job_id or new_id(), owner, value, self.seconds if seconds is None else seconds, client)

    def _refuse(self, job: Job[Any]) -> None:
        if self._closed:
            raise Busy("phi4web is closing.")
        self._jobs = {job_id: known for job_id, known in self._jobs.items() if not known.ended}
        self.refuse_second(job.owner)
        theirs = sum(known.client == job.client for known in self._jobs.values())
        if job.client is not None and 0 < self.per_client <= theirs:
            raise Busy(f"You have {theirs} runs here already.", "Wait until one ends, or stop one.")

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < self.runners:
            job, work = self._waiting.popleft()
            job.move_to(0)
            self._start(job, work, self._running)
        self._number()

    def _start(self, job: Job[Any], work: Work[Any], threads: dict[str, threading.Thread]) -> None:
        threads[job.id] = threading.Thread(target=self._run, args=(job, work, threads), name=f"job {job.owner}", daemon=True)
        threads[job.id].start()

    def _run(self, job: Job[Any], work: Work[Any], threads: dict[str, threading.Thread]) -> None:
        clock = _Clock(job.seconds, job.time_out)

        def moved() -> None:
            clock.stand() if job.place else clock.go()
            self._number()

        job.moved = moved
        clock.go()
        try:
            work(job)
        except Exception:  # a bug in the work must not end the queue
            log.exception("job %s of %s failed", job.id, job.owner)
        finally:
            clock.stand()
            job.end()
        with self._lock:
            del threads[job.id]
            self._start_next()

    def _leave(self, job: Job[Any]) -> None:
        """A stopped job ends now, not when its turn comes."""
        with self._lock:
            found = next((entry for entry in self._waiting if entry[0] is job), None)
            if found is None:
                return
            self._waiting.remove(found)
            job.move_to(0)
            self._start(*found, self._aside)
            self._number()

    def _ahead(self) -> int:
        """Jobs that have a runner and wait for the engine."""
        return sum(job.place > 0 for job_id, job in self._jobs.items() if job_id in self._running)

    def _number(self) -> None:
        with self._lock:
            for place, (job, _) in enumerate(self._waiting, start=1 + self._ahead()):
                job.move_to(place)
