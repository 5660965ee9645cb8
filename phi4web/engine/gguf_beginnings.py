"""Beginnings of prompts, read once and kept in files, for any slot: the system text, or worked examples.

In: the tokens, and a slot that has just read them. Out: the same cache in another slot, bit for bit, in about a millisecond.
Reading takes some hundred times as long. The files are in a folder of their own, which goes when the engine is closed.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from phi4web.engine.gguf_header import GgufHeader
from phi4web.errors import EngineError

log = logging.getLogger(__name__)
_MOST_BYTES = 256 << 20  # of all files together; one may take half, so that a long chat does not push out all others


class Beginnings:
    """`act` (slot, "save" or "restore", name of a file) is llama.cpp's, and raises EngineError."""

    def __init__(self, header: GgufHeader, act: Callable[[int, str, str], None], most_bytes: int = _MOST_BYTES) -> None:
        self._header, self._act, self._most_bytes = header, act, most_bytes
        self.folder = Path(tempfile.mkdtemp(prefix="phi4web-"))
        self._remove_folder = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._names: dict[tuple[int, ...], str] = {}  # the one used last is the last
        self._count = 0
        self._lock = threading.Lock()  # of the two above; several slots may read files at once

    def has(self, tokens: Sequence[int]) -> bool:
        return tuple(tokens) in self._names

    def restore(self, slot: int, tokens: Sequence[int]) -> bool:
        """Whether the slot now holds these tokens and nothing else. If not, what it holds is not known."""
        key = tuple(tokens)
        with self._lock:
            name = self._names.pop(key, None)
            if name is None:
                return False
            self._names[key] = name
        try:
            self._act(slot, "restore", name)
            return True
        except EngineError as error:
            log.warning("what was kept of a prompt can't be used again: %s", error)
            self._forget(key)
            return False

    def save(self, slot: int, tokens: Sequence[int]) -> None:
        """Keeps what the slot holds, which must be these tokens. A full disk is no failure: they are read again, then."""
        key, size = tuple(tokens), self._header.cache_bytes(len(tokens))
        if size is None or size > self._most_bytes // 2:
            return
        with self._lock:
            self._count += 1
            name = f"{self._count}.cache"
        try:
            self._act(slot, "save", name)
        except EngineError as error:
            log.warning("a part of a prompt could not be kept: %s", error)
            (self.folder / name).unlink(missing_ok=True)
            return
        self._forget(key)
        with self._lock:
            self._names[key] = name
        self._make_room()

    def close(self) -> None:
        self._names.clear()
        self._remove_folder()

    def _make_room(self) -> None:
        """Forgets what was not used for longest."""
        while sum(self._header.cache_bytes(len(key)) or 0 for key in list(self._names)) > self._most_bytes:
            self._forget(next(iter(self._names)))

    def _forget(self, key: tuple[int, ...]) -> None:
        with self._lock:
            name = self._names.pop(key, None)
        if name is not None:
            (self.folder / name).unlink(missing_ok=True)
