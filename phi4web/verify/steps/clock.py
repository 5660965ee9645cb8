"""How long the steps may take: half a second of processor time each, and a wall-clock end for all of them together.

The real boundary is the parent's SIGKILL; this one only lets the other steps be checked when one of them is hard.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STEP_SECONDS = 0.5


class Slow(BaseException):
    """A step took longer than its share. Not an Exception, so that nothing on the way swallows it."""


class Clock:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def out(self) -> bool:
        return time.monotonic() >= self._end

    @contextmanager
    def step(self) -> Iterator[None]:
        """Raises Slow inside after the step's share. Without effect outside the main thread, where no signal arrives."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGVTALRM, _stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, max(0.01, min(STEP_SECONDS, self._end - time.monotonic())))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


def _stop(number: int, frame: Any) -> None:
    raise Slow
