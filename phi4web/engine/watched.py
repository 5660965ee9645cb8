"""An engine that remembers whether it broke down, so that whoever lends it out loads it again for the next user."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from phi4web.engine.base import Engine, EngineInfo, Request
from phi4web.errors import EngineBroken
from phi4web.events import Event


class Watched:
    """Another engine, as it is. `broken`: it raised EngineBroken, to whomever."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.broken = False

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says."""
        try:
            yield from self._engine.stream(request, cancel, answer_now)
        except EngineBroken:
            self.broken = True
            raise

    def peak_bytes(self) -> int | None:
        return self._engine.peak_bytes()

    def close(self) -> None:
        self._engine.close()
