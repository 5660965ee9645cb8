"""The latest picture of a job: collects streamed text, shows it a few times a second, saves it about once a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from phi4web.errors import Phi4webError, Stopped, StoreError
from phi4web.events import Part
from phi4web.notebook import RunState
from phi4web.runs.jobs import Job

log = logging.getLogger(__name__)
T = TypeVar("T")

SHOW_SECONDS = 0.1
SAVE_SECONDS = 1.0
LAST_SAVES = 3  # a picture that must be kept is tried so often


class Recorder(Generic[T]):
    """`change(picture, **fields)` and `grow(picture, part, text, tokens)` give the next picture; `save` puts one on disk."""

    def __init__(self, job: Job[T], save: Callable[[T], None], change: Callable[..., T], grow: Callable[[T, Part, str, int], T]) -> None:
        self._job, self._save, self._change, self._grow = job, save, change, grow
        self._value = job.value
        self._pending: list[tuple[Part, str, int]] = []
        self._part: Part | None = None
        self._shown = self._saved = time.monotonic()

    @property
    def value(self) -> T:
        """The picture with all text so far."""
        while self._pending:
            part = self._pending[0][0]
            same = [p for p in self._pending if p[0] == part]  # parts come in order: a thought, then a solution
            self._pending = self._pending[len(same) :]
            self._value = self._grow(self._value, part, "".join(text for _, text, _ in same), sum(n for *_, n in same))
        return self._value

    def update(self, *, save: bool = False, **fields: Any) -> None:
        """Changes fields of the picture and shows it at once; to disk too if `save`, or if the last time is long ago."""
        self._value = self._change(self.value, **fields)
        self._part = None
        self._show(save)

    def append(self, part: Part, text: str, tokens: int) -> None:
        new_part, self._part = part != self._part, part
        self._pending.append((part, text, tokens))
        if new_part or time.monotonic() - self._shown >= SHOW_SECONDS:
            self._show(False)

    def say(self, words: str, share: float | None) -> None:
        """Progress of a load, as the engine host reports it."""
        self.update(state="loading", message=words, share=share)

    def wait_at(self, place: int) -> None:
        """The place in the engine's line, as the host reports it; 0: its turn has come."""
        if place and not self._job.place:
            self.update(state="queued", message="", share=None)
        self._job.move_to(place)

    def _show(self, save: bool) -> None:
        now = time.monotonic()
        self._job.publish(self.value)
        self._shown = now
        if save or now - self._saved >= SAVE_SECONDS:
            self._keep(LAST_SAVES if save else 1)
            self._saved = now

    def _keep(self, most: int) -> None:
        """A disk that refuses for a moment must not end a run: what is on screen stays, and the next save has it all."""
        for again in range(most):
            try:
                self._save(self.value)
            except StoreError as error:
                log.warning("%s", error)
                if again + 1 < most:
                    time.sleep(SAVE_SECONDS)
            else:
                return


def follow(job: Job[T], recorder: Recorder[T], work: Callable[[], None]) -> None:
    """Runs `work` and turns every way it can end into the last picture, shown and saved."""
    state: RunState
    try:
        if job.cancel.is_set():
            raise Stopped("Stopped before it started.")
        work()
        state, message = ("stopped", _limit(job) or "Stopped by you.") if job.cancel.is_set() else ("done", "")
    except Stopped as error:
        state, message = "stopped", _limit(job) or error.message
    except Phi4webError as error:
        state, message = "failed", str(error)
    except Exception as error:
        log.exception("job %s of %s failed", job.id, job.owner)
        state, message = "failed", f"This is a bug in phi4web: {type(error).__name__}: {error}. The log has more."
    recorder.update(save=True, state=state, message=message)


def _limit(job: Job[Any]) -> str:
    return f"Stopped at the limit of {job.seconds:,.0f} seconds for one run." if job.timed_out else ""
