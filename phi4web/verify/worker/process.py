"""One worker process as its parent sees it: start, ask, wait with a deadline, kill. JSON lines over two pipes."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from phi4web.errors import Stopped

POLL_SECONDS = 0.03  # how soon a pressed Stop is noticed
KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # some Pythons don't start without
START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from phi4web.verify.worker.child import main; main()"
ROOT = str(Path(__file__).resolve().parents[3])


class Died(Exception):
    """The process ended, or can't be talked to."""


class TookTooLong(Exception):
    """No reply at the deadline."""


class WorkerProcess:
    """A started worker. Not thread-safe: whoever took it from the pool is the only one who talks to it."""

    def __init__(self, start: str = START) -> None:
        """Start the interpreter on the code `start` and return at once. It ends with the thread that called this (PDEATHSIG)."""
        environment = {"SYMPY_GROUND_TYPES": "python", "MPMATH_NOGMPY": "1", "PYTHONHASHSEED": "0"}
        environment |= {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        path = [ROOT, *(os.path.abspath(p) for p in sys.path if p)]
        # not multiprocessing: that would import __main__, and with it the whole page, into the worker
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-S", "-c", start, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the parent
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._buffer = bytearray()
        self.jobs = 0
        self.peak_bytes = 0  # of memory, as the worker last said

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def ask(self, job: dict[str, Any], seconds: float, cancel: threading.Event | None = None) -> dict[str, Any]:
        """Send one job and wait for its reply. Raises Died, TookTooLong, or Stopped when `cancel` is set."""
        self.jobs += 1
        data = memoryview(json.dumps(job).encode() + b"\n")
        try:
            while data:
                data = data[os.write(self._in, data) :]
        except OSError as problem:
            raise Died(str(problem)) from problem
        reply = self.reply(seconds, cancel)
        self.peak_bytes = reply.get("peak_bytes", 0)
        return reply

    def reply(self, seconds: float, cancel: threading.Event | None = None) -> dict[str, Any]:
        """The next message from the worker. Raises as `ask` does."""
        deadline = time.monotonic() + seconds
        while (end := self._buffer.find(b"\n")) < 0:
            left = deadline - time.monotonic()
            if cancel is not None and cancel.is_set():
                raise Stopped("The check was stopped.")
            if left <= 0:
                raise TookTooLong
            if self._poll.poll(1000 * (left if cancel is None else min(left, POLL_SECONDS))):
                self._fill()
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        message: dict[str, Any] = json.loads(line)
        return message

    def _fill(self) -> None:
        data = os.read(self._out, 1 << 16)
        if not data:
            raise Died("the worker ended")
        self._buffer += data
