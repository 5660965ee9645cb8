"""Many checks at once, their results in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

AHEAD = 8  # items in work or waiting, per worker
T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """`work` of every item on `workers` threads; each result as soon as it and all before it are done.

    The items are read by a thread of its own, a little ahead: the next one may be long in coming. What reading raises is raised here.
    """
    waiting: queue.Queue[Future[R] | None] = queue.Queue(AHEAD * workers)
    gone = threading.Event()
    threads = ThreadPoolExecutor(workers, thread_name_prefix="check")

    def feed() -> None:
        try:
            for item in items:
                if gone.is_set():
                    return
                waiting.put(threads.submit(work, item))
        except Exception as problem:
            failed: Future[R] = Future()
            failed.set_exception(problem)
            waiting.put(failed)
        finally:
            waiting.put(None)

    threading.Thread(target=feed, name="read items", daemon=True).start()
    try:
        while (result := waiting.get()) is not None:
            yield result.result()
    finally:
        gone.set()
        threads.shutdown(wait=False, cancel_futures=True)
        with suppress(queue.Empty):  # whoever waits for room in the queue must get it, to see that nobody reads on
            while True:
                waiting.get_nowait()
