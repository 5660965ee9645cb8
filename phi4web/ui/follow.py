"""How a tab watches a job: the one streaming loop of the page. It owns nothing, and leaving it stops nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from phi4web.runs import Job

T = TypeVar("T")
P = TypeVar("P")
FRAME_SECONDS = 0.25  # at most four pictures a second
BEAT_SECONDS = 1.0  # at least one, so that a closed tab is noticed and the clock goes on


def follow(job: Job[T] | None, draw: Callable[[T], P | None], frame_seconds: float = FRAME_SECONDS) -> Iterator[P]:
    """Pictures of the job's value until it ends; `draw` gives None where there is nothing to show. None for a job: no pictures."""
    seen = -1
    while job is not None and not job.ended:
        seen = job.wait(seen, BEAT_SECONDS)
        picture = draw(job.value)
        if picture is not None:
            yield picture
            time.sleep(frame_seconds)
