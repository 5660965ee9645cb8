"""Requests in, verdicts out. Splits a request into jobs with a budget each, so that a slow check never costs the grade."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, get_args

from phi4web.errors import Stopped
from phi4web.settings import MOST_PROBLEM_CHARS
from phi4web.verdict import CheckRequest, Reason, Verdict, could_not_check
from phi4web.verify.worker.batch import in_order
from phi4web.verify.worker.pool import NoWorker, Pool
from phi4web.verify.worker.process import START, Died, TookTooLong

GRADE_SECONDS = 2.0
CHECK_SECONDS = 5.0
STEPS_SECONDS = 12.0  # 0.5 a step, and no more than is left of the cell
CELL_SECONDS = 20.0
MOST_ANSWER_CHARS = MOST_PROBLEM_CHARS
MOST_RESPONSE_CHARS = 2_000_000
CACHED = 2_048
MOST_CACHED_CHARS = 8_000  # of a request with its verdict: together less than 64 MB, whoever asks
PASSING: frozenset[str] = frozenset(("timeout", "checker_failed", "stopped"))  # reasons that may not hold next time


class Checker:
    """Checks answers in worker processes. Safe to call from many threads. Use it as a context manager, or call `close`."""

    def __init__(self, workers: int = 2, start: str = START) -> None:
        """`workers`: checks at the same time. `start`: the code that a worker process runs; tests give one that misbehaves."""
        self._workers = workers
        self._pool = Pool(workers, start)
        self._cache: OrderedDict[object, Any] = OrderedDict()
        self._cache_lock = threading.Lock()

    def __enter__(self) -> Checker:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def warm(self) -> None:
        """Start the worker processes in the background, and return at once."""
        self._pool.warm()

    def close(self) -> None:
        self._pool.close()

    def check(self, request: CheckRequest, *, cancel: threading.Event | None = None, timeout: float | None = None) -> Verdict:
        """The verdict on one answer. Never raises for what the user wrote.

        `timeout`: seconds for the whole check in place of the usual budgets. Setting `cancel` ends it at once with "stopped".
        """
        known: Verdict | None = self._remembered(request)
        if known is not None:
            return known
        verdict = self._check(request, cancel, timeout)
        if verdict.reason not in PASSING and verdict.grade_note != "timeout":
            self._remember(request, verdict)
        return verdict

    def check_many(self, requests: Iterable[CheckRequest], *, cancel: threading.Event | None = None) -> Iterator[Verdict]:
        """One verdict for each request, in order, using every worker. Reads only a little ahead of what was taken."""
        return in_order(lambda request: self.check(request, cancel=cancel), requests, self._workers)

    def same(self, a: str, b: str, *, problem: str | None = None, cancel: threading.Event | None = None) -> bool | None:
        """Whether two answers are proven equal (True) or different (False). None: neither could be proven."""
        if a == b:
            return True
        key = (problem, *sorted((a, b)))
        known = self._remembered(key)
        if known is None:
            job = {"op": "same", "a": a, "b": b, "problem": problem}
            reply = self._ask(job, GRADE_SECONDS, cancel)
            known = (reply.get("result"),)
            if "problem" not in reply:
                self._remember(key, known)
        result: bool | None = known[0]
        return result

    def _check(self, request: CheckRequest, cancel: threading.Event | None, timeout: float | None) -> Verdict:
        answer, said, early = self._answer_of(request)
        clock = _Clock(CELL_SECONDS if timeout is None else timeout, generous=timeout is not None)
        verdict = early or could_not_check("no_answer")
        if answer is not None:
            verdict = self._verdict(request, said, cancel, clock)
            if request.reference is not None and verdict.reason != "stopped":
                verdict = self._graded(verdict, request, answer, cancel, clock)
        if request.steps and verdict.reason != "stopped":
            verdict = self._with_steps(verdict, request, cancel, clock)
        return replace(verdict, seconds=round(clock.used, 6))

    def _answer_of(self, request: CheckRequest) -> tuple[str | None, str, Verdict | None]:
        """The answer to grade, what it says as a whole and is checked, or the verdict that says why there is none.

        References name the number in a box, and not the % behind it; what is proven must be what the response says.
        """
        text = said = request.answer or ""
        if request.answer is None:
            if request.response is None:
                return None, "", could_not_check("no_answer")
            if len(request.response) > MOST_RESPONSE_CHARS:
                return None, "", could_not_check("too_large", f"the text has {len(request.response)} characters")
            from phi4web.verify.extract import extract

            found = extract(request.response)
            if found.answer is None:
                return None, "", could_not_check("truncated" if found.truncated else "no_answer")
            text, said = found.answer, found.whole or found.answer
        if not text.strip():
            return None, "", could_not_check("no_answer")
        if len(text) > MOST_ANSWER_CHARS:
            return None, "", could_not_check("too_large", f"the answer has {len(text)} characters")
        return text, said, None

    def _verdict(self, request: CheckRequest, answer: str, cancel: threading.Event | None, clock: _Clock) -> Verdict:
        problem = request.problem
        if problem is None or not problem.strip():
            if request.reference is not None:
                return could_not_check("no_problem")
            problem = ""  # still read the answer, so that it can be shown
        if len(problem) > MOST_PROBLEM_CHARS:
            return could_not_check("too_large", f"the question has {len(problem)} characters")
        reply = self._timed({"op": "check", "problem": problem, "answer": answer}, CHECK_SECONDS, cancel, clock)
        if "problem" in reply:
            return could_not_check(_reason(reply["problem"]), reply.get("detail"))
        return Verdict.from_dict(reply["result"])

    def _graded(self, verdict: Verdict, request: CheckRequest, answer: str, cancel: threading.Event | None, clock: _Clock) -> Verdict:
        job = {"op": "grade", "problem": request.problem, "answer": answer, "reference": request.reference}
        reply = self._timed(job, GRADE_SECONDS, cancel, clock)
        if "problem" in reply:
            return replace(verdict, grade="could_not_check", grade_note=reply["problem"])
        return replace(verdict, grade=reply["result"]["grade"], grade_note=reply["result"]["note"])

    def _with_steps(self, verdict: Verdict, request: CheckRequest, cancel: threading.Event | None, clock: _Clock) -> Verdict:
        text = request.response if request.response is not None else request.answer
        if text is None or len(text) > MOST_RESPONSE_CHARS:
            return verdict
        reply = self._timed({"op": "steps", "problem": request.problem, "response": text}, STEPS_SECONDS, cancel, clock)
        if "problem" in reply:
            return verdict
        marked = Verdict.from_dict({"status": verdict.status} | reply["result"])
        return replace(verdict, steps=marked.steps, first_wrong=marked.first_wrong)

    def _timed(self, job: dict[str, Any], seconds: float, cancel: threading.Event | None, clock: _Clock) -> dict[str, Any]:
        return self._ask(job, clock.allow(seconds), cancel, clock.add)

    def _ask(
        self, job: dict[str, Any], seconds: float, cancel: threading.Event | None, spent: Callable[[float], None] = lambda _: None
    ) -> dict[str, Any]:
        """The worker's reply, or {"problem": reason} when it was stopped, too slow or died. `spent` gets the seconds at work."""
        if seconds <= 0:
            return {"problem": "timeout"}
        try:
            with self._pool.worker(cancel) as worker:
                start = time.monotonic()
                try:
                    return worker.ask(job | {"seconds": seconds}, seconds, cancel)
                finally:
                    spent(time.monotonic() - start)
        except Stopped:
            return {"problem": "stopped"}
        except TookTooLong:
            return {"problem": "timeout", "detail": f"longer than {seconds:.3g} s"}
        except (Died, NoWorker) as problem:
            return {"problem": "checker_failed", "detail": str(problem)}

    def _remembered(self, key: object) -> Any:
        with self._cache_lock:
            value = self._cache.get(key)
            if value is not None:
                self._cache.move_to_end(key)
            return value

    def _remember(self, key: object, value: Any) -> None:
        if len(repr(key)) + len(repr(value)) > MOST_CACHED_CHARS:
            return
        with self._cache_lock:
            self._cache[key] = value
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)


class _Clock:
    """Seconds at work on one request, without the wait for a free worker."""

    def __init__(self, total: float, generous: bool) -> None:
        self.total = total
        self.generous = generous  # the user asked for this much: each job may use all that is left
        self.used = 0.0

    def add(self, seconds: float) -> None:
        self.used += seconds

    def allow(self, seconds: float) -> float:
        left = self.total - self.used
        return left if self.generous else min(seconds, left)


def _reason(word: str) -> Reason:
    """A worker's word as a reason of the closed list."""
    return word if word in get_args(Reason) else "checker_failed"  # type: ignore[return-value]
