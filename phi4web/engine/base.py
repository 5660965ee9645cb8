"""The one protocol that every engine follows. Synchronous, plain picklable values in and out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from phi4web.events import Event
from phi4web.models import Sampling
from phi4web.prompts import Message

EngineKind = Literal["gguf", "local", "remote", "scripted"]
# (words for the user, share done from 0 to 1 or None where it can't be known)
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Request:
    """`thinking_budget`: tokens for the thought, None: no limit of its own. `seed` None: not reproducible."""

    messages: tuple[Message, ...]
    sampling: Sampling
    max_new_tokens: int
    thinking_budget: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What was really loaded. `slots`: streams at once. `reasons`: one line for each choice, asked -> used and why. Sizes in bytes."""

    kind: EngineKind
    model: str
    quant: str
    device: str
    dtype: str
    attn_implementation: str
    context: int
    load_seconds: float
    resident_bytes: int | None = None
    slots: int = 1
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Engine(Protocol):
    @property
    def info(self) -> EngineInfo: ...

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """Reading, then Deltas, then one Finished. `cancel` ends it within one token, with stop="cancelled".

        `answer_now`: once set, the thought is closed where it is (or before it begins) and the solution follows.
        Raises ContextExceeded, OutOfMemory or EngineError. Up to `info.slots` streams at once, each in a thread of its
        caller's; further ones wait.
        """
        ...

    def peak_bytes(self) -> int | None:
        """Most memory used on the device since load: CUDA's peak, or this process's on a CPU. None: not known."""
        ...

    def close(self) -> None:
        """Gives the memory back. Twice does no harm."""
        ...
