"""What an engine says while it writes: pure, picklable values. Failures are raised, not sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["thought", "solution"]
Stop = Literal["stop", "length", "cancelled", "timeout"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The prompt was accepted and is being read. `prompt_tokens` is None where the engine can't say yet."""

    prompt_tokens: int | None


@dataclass(frozen=True, slots=True)
class Delta:
    """Text to append to one part. `tokens` is how many model tokens it stands for."""

    part: Part
    text: str
    tokens: int = 1


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts. `estimated` is True where they were counted from deltas, not told by the engine."""

    prompt_tokens: int = 0
    thought_tokens: int = 0
    solution_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False

    @property
    def new_tokens(self) -> int:
        return self.thought_tokens + self.solution_tokens


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds from the engine's start on the request. None: that point was never reached.

    `ttft`: first token. `ttfat`: first token of the solution (after the thought).
    `tokens_per_second`: tokens after the first, by the time they took.
    """

    seconds: float = 0.0
    ttft: float | None = None
    ttfat: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every stream that did not raise.

    `stop`: "stop" the model ended, "length" tokens used up, "cancelled" by the user, "timeout" the wall clock.
    """

    stop: Stop
    usage: Usage
    timings: Timings


Event = Reading | Delta | Finished
