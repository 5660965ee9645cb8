"""Small stand-ins at the seams, for tests that are about something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from phi4web.engine.base import EngineInfo, Request
from phi4web.events import Delta, Event, Finished, Part, Reading, Timings, Usage
from phi4web.verdict import CheckRequest, Verdict, could_not_check


class WordsEngine:
    """Writes one of `answers` per call, in turn, word by word; `<` before a text makes it a thought. `delay` in seconds.

    `go`: after its first word a stream waits until it is set, or until it is stopped. `now` and `most`: streams at this moment,
    and at most.
    """

    def __init__(self, *answers: str, delay: float = 0.0, slots: int = 1, go: threading.Event | None = None) -> None:
        self.answers, self.delay, self.go, self.requests = answers, delay, go, list[Request]()
        self._count = threading.Lock()
        self.info = EngineInfo("scripted", "words", "none", "cpu", "none", "none", 4096, 0.0, slots=slots)
        self.now = self.most = 0

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        with self._count:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield from self._write(request, cancel, answer_now)
        finally:
            with self._count:
                self.now -= 1

    def _write(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None) -> Iterator[Event]:
        text = self.answers[len(self.requests) % len(self.answers)]
        self.requests.append(request)
        yield Reading(5)
        part: Part = "thought" if text.startswith("<") else "solution"
        for word in text.removeprefix("<").split(" "):
            if word == ">":
                part = "solution"
                continue
            if part == "thought" and answer_now is not None and answer_now.is_set():
                continue
            if cancel.wait(self.delay) if self.delay else cancel.is_set():
                yield Finished("cancelled", Usage(5), Timings(0.1))
                return
            yield Delta(part, word + " ")
            while self.go is not None and not self.go.is_set() and not cancel.is_set():
                self.go.wait(0.01)
        yield Finished("stop", Usage(5, 0, len(text.split())), Timings(1.0, 0.1, 0.1, 10.0))

    def peak_bytes(self) -> int | None:
        return 1024

    def close(self) -> None:
        pass


class TableChecker:
    """Says of a response what the table says of the first key found in it; equal texts are the same."""

    def __init__(self, **table: str) -> None:
        self.table, self.asked = table, list[CheckRequest]()

    def check(self, request: CheckRequest, *, cancel: threading.Event | None = None, timeout: float | None = None) -> Verdict:
        self.asked.append(request)
        status = next((s for key, s in self.table.items() if key in (request.response or request.answer or "")), None)
        if status == "witness":
            return Verdict("refuted", witness="At x = 1 it is 2, not 3.")
        return Verdict(status) if status in ("verified", "refuted", "consistent") else could_not_check("proof" if status else "no_method")  # type: ignore[arg-type]

    def same(self, a: str, b: str) -> bool | None:
        return a.replace(" ", "") == b.replace(" ", "")

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass


def wait_for(condition: object, seconds: float = 60.0) -> bool:
    """Whether `condition()` became true in time, which is long: a busy machine must not fail a test."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False
