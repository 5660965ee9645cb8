"""What a worker process may do: memory, files, processes and, once warm, no code from text.

The real boundary is the parent's SIGKILL; these are the fences inside it. Where a system refuses one
(macOS and RLIMIT_AS) the others stand.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

MEMORY_BYTES = 1_500 * 2**20
OPEN_FILES = 32
DIGITS = 20_000  # of an integer turned into text or back
CPU_SLACK_SECONDS = 2


class Forbidden(BaseException):
    """Something in the worker asked for what no check needs. Not an Exception: nothing may swallow it."""


def fence() -> None:
    """Set the limits that hold from the first line on. Call it before SymPy is imported."""
    os.chdir("/")
    sys.set_int_max_str_digits(DIGITS)
    _die_with_parent()
    for name, value in (("RLIMIT_AS", MEMORY_BYTES), ("RLIMIT_CORE", 0), ("RLIMIT_NOFILE", OPEN_FILES)):
        _limit(name, value)


def lock() -> None:
    """Set the limits that only a warm worker can live with: no writing, no new processes, no code from text."""
    sys.dont_write_bytecode = True  # a late import would try, and be stopped for it
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_NPROC", 0)
    sys.addaudithook(_auditor(_code_folders()))


def allow_cpu(seconds: float) -> None:
    """From now on at most this much processor time, for the case that no parent is left to end a runaway job."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + CPU_SLACK_SECONDS
    _limit("RLIMIT_CPU", soft, keep_hard=True)


def _limit(name: str, value: int, keep_hard: bool = False) -> None:
    kind = getattr(resource, name, None)
    if kind is None:
        return
    try:
        hard = resource.getrlimit(kind)[1]
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, hard if keep_hard else capped))
    except (ValueError, OSError):
        pass  # macOS refuses some of them


def _die_with_parent() -> None:
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # before the audit hook, which would stop it

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _code_folders() -> tuple[str, ...]:
    """The folders that Python code may still be imported from: SymPy imports some of its modules late."""
    return tuple(
        {os.path.realpath(p) + os.sep for p in sys.path if p and os.path.isdir(p)} | {p.rstrip(os.sep) + os.sep for p in sys.path if p}
    )


READS = frozenset({"os.listdir", "os.scandir"})
CLOSED = (
    "os.",
    "socket.",
    "subprocess.",
    "ctypes.",
    "shutil.",
    "pty.",
    "fcntl.",
    "tempfile.",
    "urllib.",
    "http.",
    "ftplib.",
    "smtplib.",
    "sqlite3.",
    "webbrowser.",
    "mmap.",
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def _auditor(folders: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    """A hook that lets modules be imported from `folders` and stops all else: text made code, writing, sockets, processes."""

    def ours(path: object) -> bool:
        return isinstance(path, str) and path.startswith(folders)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "exec":
            allowed = ours(getattr(args[0], "co_filename", None))
        elif event == "compile":
            allowed = ours(args[1])
        elif event == "open":
            allowed = ours(args[0]) and not (args[2] or 0) & WRITING
        else:
            allowed = event in READS or not event.startswith(CLOSED)
        if not allowed:
            raise Forbidden(event)

    return hook
