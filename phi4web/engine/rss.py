"""Memory of this process on a CPU: how far it grew, and giving it back."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

_EVERY_SECONDS = 0.05


class RssPeak:
    """Highest growth of the process's resident memory since this object was made, in bytes.

    Looked at only while `watching`, twenty times a second, so a peak shorter than that may be missed. Weights that are
    mapped from a file count once they have been touched. Whatever else the process does meanwhile counts too.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._now()
        self.bytes = 0

    def _now(self) -> int:
        return int(self._process.memory_info().rss)

    def sample(self) -> int:
        """Growth right now, in bytes; may be below 0."""
        growth = self._now() - self._before
        self.bytes = max(self.bytes, growth)
        return growth

    @contextmanager
    def watching(self) -> Iterator[None]:
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_EVERY_SECONDS):
                self.sample()

        thread = threading.Thread(target=watch, name="rss", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self.sample()


def give_back() -> None:
    """Collects garbage, and on Linux hands the freed pages back to the system, which malloc does not do by itself."""
    gc.collect()
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except (OSError, AttributeError):  # another libc
            return
