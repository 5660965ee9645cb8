"""Warm worker processes, one spare ahead of need. Starting them is the business of one thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from phi4web.errors import Stopped
from phi4web.verify.worker.process import START, Died, TookTooLong, WorkerProcess

START_SECONDS = 60.0  # a cold disk and a busy machine
JOBS_BEFORE_RENEWAL = 5_000
PEAK_BYTES_BEFORE_RENEWAL = 900 * 2**20
POLL_SECONDS = 0.05
RETRY_SECONDS = 0.2  # after a start that failed


class NoWorker(Exception):
    """No worker process can be started; the text says why."""


class Pool:
    """At most `workers` jobs at once, on `workers + 1` processes: after a kill the spare takes the next job."""

    def __init__(self, workers: int, start: str = START) -> None:
        self._workers = workers
        self._start = start
        self._changed = threading.Condition()
        self._idle: list[WorkerProcess] = []
        self._busy = 0
        self._starting: WorkerProcess | None = None
        self._failure: str | None = None  # why the last start failed; None: it did not
        self._closed = False
        self._keeper: threading.Thread | None = None

    def warm(self) -> None:
        """Begin to start the workers, and return at once."""
        with self._changed:
            if self._keeper is not None or self._closed:
                return
            keeper = threading.Thread(target=self._keep, name="check-workers", daemon=True)
            try:
                keeper.start()
            except RuntimeError as problem:  # no more threads; the next call tries again
                self._failure = f"the check process did not start ({problem})"
            else:
                self._keeper, self._failure = keeper, None

    def close(self) -> None:
        """End every idle or starting process; those at work end when their job does."""
        with self._changed:
            self._closed = True
            gone, self._idle = self._idle, []
            if self._starting:
                gone.append(self._starting)
            self._changed.notify_all()
        for process in gone:
            process.kill()
        if self._keeper and self._keeper is not threading.current_thread():
            self._keeper.join(timeout=5)

    def pids(self) -> list[int]:
        """The idle workers, for tests and `doctor`."""
        with self._changed:
            return [p.pid for p in self._idle]

    @contextmanager
    def worker(self, cancel: threading.Event | None = None) -> Iterator[WorkerProcess]:
        """A warm process for one job; killed if the job raises, and replaced. Raises NoWorker or Stopped."""
        process = self._take(cancel)
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            self._give_back(process)

    def _take(self, cancel: threading.Event | None) -> WorkerProcess:
        self.warm()
        with self._changed:
            while True:
                if self._closed:
                    raise NoWorker("the checker is closed")
                if cancel is not None and cancel.is_set():
                    raise Stopped("The check was stopped.")
                if self._busy < self._workers and self._idle:
                    process = self._idle.pop()
                    if not process.alive():
                        process.kill()
                        self._changed.notify_all()
                        continue
                    self._busy += 1
                    self._changed.notify_all()
                    return process
                if self._failure and not self._idle and not self._busy:
                    raise NoWorker(self._failure)
                self._changed.wait(None if cancel is None else POLL_SECONDS)

    def _give_back(self, process: WorkerProcess) -> None:
        worn = process.jobs >= JOBS_BEFORE_RENEWAL or process.peak_bytes >= PEAK_BYTES_BEFORE_RENEWAL
        with self._changed:
            self._busy -= 1
            keep = not self._closed and not worn and process.alive()
            if keep:
                self._idle.append(process)
            self._changed.notify_all()
        if not keep and process.alive():
            process.kill()

    def _wanted(self) -> bool:
        return len(self._idle) + self._busy < self._workers + 1

    def _keep(self) -> None:
        """Start processes while some are missing. One at a time: the first is ready soonest that way."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wanted())
                if self._closed:
                    return
            failure = self._start_one()
            with self._changed:
                self._failure = failure
                self._changed.notify_all()
            if failure is not None:
                time.sleep(RETRY_SECONDS)

    def _start_one(self) -> str | None:
        """Add one warm process to the idle ones. Why it can't be started, else None."""
        try:
            process = WorkerProcess(self._start)
        except OSError as problem:  # no more processes, memory or files, for now
            return f"the check process did not start ({problem.strerror or type(problem).__name__})"
        with self._changed:
            self._starting = process
            closed = self._closed  # then `close` did not see it
        failure = None if closed else _failure_to_start(process)
        with self._changed:
            self._starting = None
            kept = failure is None and not self._closed
            if kept:
                self._idle.append(process)
        if not kept:
            process.kill()
        return failure


def _failure_to_start(process: WorkerProcess) -> str | None:
    """Wait for the worker's first message: None when it is ready, else why it is not."""
    try:
        hello: dict[str, Any] = process.reply(START_SECONDS)
    except (Died, TookTooLong, OSError, ValueError) as problem:
        return f"the check process did not start ({type(problem).__name__})"
    return None if hello.get("ready") else str(hello.get("failed"))
