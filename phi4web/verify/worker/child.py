"""The inside of a worker process: limits, warm-up, then one JSON job a line until the pipe closes."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from typing import Any

from phi4web.verify.worker import limits

CACHE_CLEARED_EVERY = 500  # jobs; SymPy's caches hold what each job left
RECURSION = 5_000


def main() -> None:
    """Serve jobs from stdin on stdout. Never returns: the process ends with the pipe."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.dup(1)
    _silence()
    try:
        limits.fence()
        sys.setrecursionlimit(RECURSION)
        from phi4web.verify.worker import pipeline

        pipeline.warm_up()
        gc.collect()
        gc.freeze()
        limits.lock()
    except BaseException as problem:
        _send(sink, {"failed": f"{type(problem).__name__}: {problem}"})
        os._exit(1)
    _send(sink, {"ready": True})
    for count, line in enumerate(source, 1):
        _send(sink, _one(pipeline.run, json.loads(line)))
        if count % CACHE_CLEARED_EVERY == 0:
            pipeline.forget()
    os._exit(0)


def _one(run: Any, job: dict[str, Any]) -> dict[str, Any]:
    """The reply to one job; any failure is a reply too."""
    limits.allow_cpu(job["seconds"])
    try:
        reply = {"result": run(job)}
    except (MemoryError, RecursionError) as problem:
        reply = {"problem": "too_large", "detail": type(problem).__name__}
    except BaseException as problem:
        reply = {"problem": "checker_failed", "detail": f"{type(problem).__name__}: {problem}"[:300]}
    return reply | {"peak_bytes": _peak_bytes()}


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _silence() -> None:
    """Nothing that a library prints may reach the pipe to the parent."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _send(sink: int, message: dict[str, Any]) -> None:
    data = memoryview(json.dumps(message).encode() + b"\n")
    while data:
        data = data[os.write(sink, data) :]
