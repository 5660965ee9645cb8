"""How a tab watches a job: the one streaming loop of the page. It owns nothing, and leaving it stops nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from phi4web.runs import Job

T = TypeVar("T")
P = TypeVar("P")
FRAME_SECONDS = 0.25  # at most four pictures a second
BEAT_SECONDS = 1.0  # the clock of a run goes on
SAME_SECONDS = 5.0  # the same picture again, so that a closed tab is noticed; many cells may wait in line, and the page works for each


def follow(job: Job[T] | None, draw: Callable[[T], P | None], frame_seconds: float = FRAME_SECONDS) -> Iterator[P]:
    """Pictures of the job's value until it ends; `draw` gives None where there is nothing to show. None for a job: no pictures."""
    seen, shown, at = -1, None, 0.0
    while job is not None and not job.ended:
        seen = job.wait(seen, BEAT_SECONDS)
        picture = draw(job.value)
        if picture is None or (picture == shown and time.monotonic() - at < SAME_SECONDS):
            continue
        shown, at = picture, time.monotonic()
        yield picture
        time.sleep(frame_seconds)


class Screen:
    """What one place of one open page shows: of several streams to it only the one that began last goes on.

    Kept in the page's session. `started`: the job that its Run began last.
    A stream ends a moment after its last picture, and what is pressed in that moment counts: so Gradio must not wait for the
    end of a stream; and it can't be asked to end the earlier ones, since it knows the latest only.
    """

    def __init__(self) -> None:
        self._shown: object = None
        self.started: Job[Any] | None = None

    def show(self, pictures: Iterator[P], nothing: P, at_load: bool = False) -> Iterator[P]:
        """The pictures, until something else is shown; then `nothing`, since Gradio sends what came last once more at the end.

        `at_load`: only if nothing was shown before, since a reader may be quicker than the page's first events.
        """
        if at_load and self._shown is not None:
            return
        mine = self._shown = object()
        for picture in pictures:
            if self._shown is not mine:
                yield nothing
                return
            yield picture
