"""The host's engine as one run sees it: given back when a check takes long, and taken again for the next try.

So a formula that keeps the checker busy to its deadline keeps nobody else from the model, not even where it has one slot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

from phi4web.engine.base import Engine, EngineInfo, Request
from phi4web.events import Event

KEEP_SECONDS = 0.5  # a usual check is over by then, and the next try finds its model loaded


class Borrowed:
    """An Engine. `use` takes the real one, and raises what the host raises; `taken` hears of it each time. Call `close` at the end."""

    def __init__(self, use: Callable[[], AbstractContextManager[Engine]], taken: Callable[[Engine], None] = lambda _: None) -> None:
        self._use, self._taken = use, taken
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._hold = ExitStack()
        self._timer: threading.Timer | None = None
        self._peak: int | None = None
        self._info: EngineInfo | None = None

    @property
    def info(self) -> EngineInfo:
        """Of the engine that was taken last."""
        assert self._info is not None, "not taken yet"
        return self._info

    def take(self) -> Engine:
        """The real engine, after a turn in the host's line unless it is still held."""
        with self._lock:
            self._stand()
            engine = self._engine
        if engine is None:
            hold = ExitStack()
            engine = hold.enter_context(self._use())
            self._engine, self._hold, self._info = engine, hold, engine.info
            self._taken(engine)
        return engine

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says."""
        engine = self.take()
        try:
            yield from engine.stream(request, cancel, answer_now)
            self._peak = engine.peak_bytes()
        finally:
            self._timer = timer = threading.Timer(KEEP_SECONDS, lambda: self._give_back(timer))
            timer.daemon = True
            timer.start()

    def peak_bytes(self) -> int | None:
        return self._peak

    def close(self) -> None:
        """Gives the engine back; it stays loaded. Twice does no harm."""
        self._give_back(self._timer)

    def _give_back(self, timer: threading.Timer | None) -> None:
        with self._lock:
            if timer is not self._timer:  # the next stream was quicker
                return
            self._stand()
            hold, self._hold, self._engine = self._hold, ExitStack(), None
        hold.close()

    def _stand(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
