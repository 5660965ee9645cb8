"""Fetches one file over HTTP so that nothing is lost: it goes on where it was cut, by Range, and is checked before it counts.

In: a Remote and a folder for blobs. Out: the finished blob. What has arrived lies beside it as `<name>.part` until its
checksum is right, so a broken line, a stopped download or a killed process costs only the time.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from filelock import FileLock, Timeout
from huggingface_hub import get_session
from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]

from phi4web.engine.base import Progress
from phi4web.errors import LoadFailed, Stopped

GIB, MIB = 2**30, 2**20
CHUNK_BYTES = 256 << 10
CONNECT_SECONDS = 8.0
READ_SECONDS = 5.0  # silence after which the line is taken for cut, and opened again
PATIENCE_SECONDS = 30.0  # without a single new byte, over all openings
MOST_FRESH_STARTS = 5  # of one file, with a server that gives only whole files and does not bring one to its end
SPARE_BYTES = 64 << 20  # of disk that a download leaves alone
_LOOK_SECONDS = 0.2
_WINDOW_SECONDS = 5.0  # over which the speed is taken


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a repository. `etag` names its blob: the SHA-256 of a large file, Git's SHA-1 of a small one. `bytes` None: not told."""

    name: str
    url: str
    etag: str
    bytes: int | None


class Meter:
    """What the user reads while bytes arrive: how many of how many, how fast, and how long still."""

    def __init__(self, what: str, total: int | None, progress: Progress | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._total, self._progress, self._clock = what, total, progress, clock
        self._done = 0
        self._fresh: deque[tuple[float, int]] = deque()  # (second, bytes of this run by then)
        self._arrived = 0
        self._told = float("-inf")

    def here_already(self, count: int) -> None:
        """Bytes of an earlier try, which say nothing of the speed. Negative: they had to be thrown away."""
        self._done += count

    def add(self, count: int) -> None:
        self._done += count
        self._arrived += count
        now = self._clock()
        self._fresh.append((now, self._arrived))
        while now - self._fresh[0][0] > _WINDOW_SECONDS:
            self._fresh.popleft()
        if self._progress is not None and (now - self._told >= _LOOK_SECONDS or self._done == self._total):
            self._told = now
            self._progress(self.words(), None if not self._total else min(1.0, self._done / self._total))

    def words(self) -> str:
        speed = self.speed()
        parts = [f"{self._what}: {_amount(self._done, self._total)}"]
        if speed:
            parts.append(f"{speed / MIB:.0f} MiB/s" if speed >= 10 * MIB else f"{speed / MIB:.1f} MiB/s")
            if self._total and self._total > self._done:
                parts.append(f"{_duration((self._total - self._done) / speed)} left")
        return f"Downloading {', '.join(parts)}"

    def speed(self) -> float | None:
        """Bytes a second over the last few seconds. None: too early to say."""
        if len(self._fresh) < 2 or self._fresh[-1][0] - self._fresh[0][0] < 0.5:
            return None
        (start, before), (end, now) = self._fresh[0], self._fresh[-1]
        return (now - before) / (end - start)


def _amount(done: int, total: int | None) -> str:
    """ "1.2 of 2.5 GiB", in the unit of the total."""
    unit, name = (GIB, "GiB") if (total or done) >= GIB else (MIB, "MiB")
    digits = 1 if unit == GIB else 0
    return f"{done / unit:.{digits}f} {name}" if total is None else f"{done / unit:.{digits}f} of {total / unit:.{digits}f} {name}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def room_for(folder: Path, files: list[Remote], what: str) -> None:
    """Raises LoadFailed if the disk has too little room for what is still missing of these files."""
    missing = sum(max(0, (file.bytes or 0) - _here_bytes(folder, file)) for file in files)
    free = shutil.disk_usage(folder).free
    if missing + SPARE_BYTES > free:
        raise LoadFailed(
            f"{what} needs {missing / GIB:.1f} GiB; {folder} has {free / GIB:.1f} GiB free.", "Make room, or set HF_HOME to another disk."
        )


def part_of(folder: Path, file: Remote) -> Path:
    """Where it grows."""
    return folder / f"{file.etag}.part"


def _here_bytes(folder: Path, file: Remote) -> int:
    """Of the finished blob, or of what has arrived so far."""
    return next((path.stat().st_size for path in (folder / file.etag, part_of(folder, file)) if path.is_file()), 0)


def fetch(file: Remote, folder: Path, headers: dict[str, str], meter: Meter, cancel: threading.Event | None) -> Path:
    """The finished file, `folder`/etag. Raises LoadFailed, Stopped, or what the hub answers (see hub)."""
    blob = folder / file.etag
    with _alone(folder / f"{file.etag}.lock", file.name, cancel):
        if blob.is_file() and file.bytes in (None, blob.stat().st_size):  # another process was faster
            meter.here_already(blob.stat().st_size)
            return blob
        part = part_of(folder, file)
        with part.open("a+b") as sink:
            _Download(file, sink, headers, meter, cancel).run()
        if (wrong := _wrong(part, file)) is not None:
            part.unlink()
            raise LoadFailed(f"{file.name} arrived damaged ({wrong}), so it was thrown away.", "Try again.")
        part.replace(blob)
    return blob


def _wrong(path: Path, file: Remote) -> str | None:
    """What tells that this is not the file; None: it is."""
    size = path.stat().st_size
    if file.bytes is not None and size != file.bytes:
        return f"{size:,} bytes instead of {file.bytes:,}"
    expected = file.etag.lower()
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", expected):
        return None
    digest = hashlib.sha256() if len(expected) == 64 else hashlib.sha1(f"blob {size}\0".encode())
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return None if digest.hexdigest() == expected else "its checksum is wrong"


class _Download:
    """One file on its way, over as many connections as it takes."""

    def __init__(self, file: Remote, sink: Any, headers: dict[str, str], meter: Meter, cancel: threading.Event | None) -> None:
        self._file, self._sink, self._meter, self._cancel = file, sink, meter, cancel
        self._headers = headers | {"Accept-Encoding": "identity"}
        self._have = self._most = sink.seek(0, 2)
        self._fresh_starts = 0
        self._last_byte = time.monotonic()
        meter.here_already(self._have)

    def run(self) -> None:
        if self._file.bytes is not None and self._have > self._file.bytes:
            self._start_over()
        while self._file.bytes is None or self._have < self._file.bytes:
            _stop_if(self._cancel)
            try:
                self._receive()
                if self._file.bytes is None:
                    return
            except httpx2.TransportError as cut:
                self._bear(cut)

    def _bear(self, cut: Exception) -> None:
        """Waits a little before the next try, or gives up when nothing has come for long."""
        if time.monotonic() - self._last_byte > PATIENCE_SECONDS:
            size = _amount(self._have, self._file.bytes)
            why = " ".join(str(cut).split())[:80] or type(cut).__name__
            raise LoadFailed(
                f"The connection was lost after {size} of {self._file.name} ({why}).",
                "What has arrived is kept; try again to go on from there.",
            ) from None
        time.sleep(_LOOK_SECONDS)

    def _receive(self) -> None:
        """As much as one connection gives. Raises TransportError when it is cut, also when it ends early."""
        wanted = {"Range": f"bytes={self._have}-"} if self._have else {}
        timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        with get_session().stream("GET", self._file.url, headers=self._headers | wanted, timeout=timeout) as answer:
            if answer.status_code == 416 or (answer.status_code == 206 and not self._goes_on(answer)):
                self._start_over()
                return
            if answer.status_code >= 400:
                answer.read()
            hf_raise_for_status(answer)
            if answer.status_code != 206 and self._have:  # a server that gives only whole files
                self._start_over()
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                self._sink.write(chunk)
                self._have += len(chunk)
                if self._have > self._most:  # what came before and had to be thrown away is no progress
                    self._most, self._last_byte = self._have, time.monotonic()
                self._meter.add(len(chunk))
                _stop_if(self._cancel)
        if self._file.bytes is not None and self._have < self._file.bytes:
            raise httpx2.RemoteProtocolError("it ended early")

    def _goes_on(self, answer: httpx2.Response) -> bool:
        return answer.headers.get("Content-Range", "").startswith(f"bytes {self._have}-")

    def _start_over(self) -> None:
        self._fresh_starts += 1
        if self._fresh_starts > MOST_FRESH_STARTS:
            raise LoadFailed(
                f"The connection was lost again and again within {self._file.name}, and its server can't go on from there.",
                "Try again later, or bring the file by other means.",
            )
        self._meter.here_already(-self._have)
        self._sink.truncate(0)
        self._have = 0


def _stop_if(cancel: threading.Event | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Stopped("The download was stopped.", "What has arrived is kept, and the next try goes on from there.")


@contextmanager
def _alone(lock: Path, name: str, cancel: threading.Event | None) -> Iterator[None]:
    """Only one process writes a file at a time; the others wait, and may be stopped."""
    guard = FileLock(lock)
    while True:
        _stop_if(cancel)
        try:
            guard.acquire(timeout=_LOOK_SECONDS)
            break
        except Timeout:
            continue
    try:
        yield
    finally:
        guard.release()
