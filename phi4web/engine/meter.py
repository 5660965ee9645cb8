"""Turns the raw text of a model into Deltas of thought and solution, counts their tokens and takes the times.

Every engine that writes text uses one Meter for each stream, so that the same figures mean the same everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from phi4web.events import Delta, Finished, Part, Stop, Timings, Usage
from phi4web.reasoning import Splitter


class Meter:
    """Starts to count when made, which is when the engine takes the request. `clock` gives seconds."""

    def __init__(self, splitter: Splitter, clock: Callable[[], float] = time.monotonic) -> None:
        self._splitter = splitter
        self._clock = clock
        self._started = clock()
        self._first: float | None = None
        self._first_solution: float | None = None
        self._last = self._started
        self._unsent = 0  # tokens whose text the splitter still holds back
        self._tokens: dict[Part, int] = {"thought": 0, "solution": 0}

    @property
    def thought_tokens(self) -> int:
        return self._tokens["thought"]

    @property
    def thinking(self) -> bool:
        return self._splitter.part == "thought"

    def raw(self, text: str, tokens: int = 1) -> Iterator[Delta]:
        """Text as the model wrote it, with think tags. Tokens count for the part that it ends in."""
        pieces = self._splitter.feed(text)
        self._tick(tokens, self._splitter.part)
        yield from self._deltas(pieces)

    def split(self, part: Part, text: str, tokens: int = 1) -> Iterator[Delta]:
        """Text that the engine below has already split."""
        self._tick(tokens, part)
        yield from self._deltas([(part, text)])

    def close_thought(self) -> Iterator[Delta]:
        """The engine closed the thought in the prompt: what follows is solution."""
        yield from self._deltas(self._splitter.close())

    def flush(self) -> Iterator[Delta]:
        """What was held back. Once, after the last text."""
        yield from self._deltas(self._splitter.finish())

    def finished(self, stop: Stop, prompt_tokens: int, new_tokens: int | None = None, cached_tokens: int = 0) -> Finished:
        """`new_tokens` as the engine below counted them; None: it does not say, and the usage is marked as estimated."""
        thought, solution = self._tokens["thought"], self._tokens["solution"]
        if new_tokens is not None:  # the end token, for one, has no text
            thought = new_tokens if self.thinking else min(thought, new_tokens)
            solution = new_tokens - thought
        usage = Usage(prompt_tokens, thought, solution, cached_tokens, estimated=new_tokens is None)
        return Finished(stop, usage, self._timings(usage.new_tokens))

    def _tick(self, tokens: int, part: Part) -> None:
        self._last = self._clock()
        self._first = self._last if self._first is None else self._first
        self._tokens[part] += tokens
        self._unsent += tokens

    def _deltas(self, pieces: list[tuple[Part, str]]) -> Iterator[Delta]:
        for part, text in pieces:
            if not text:
                continue
            if part == "solution" and self._first_solution is None:
                self._first_solution = self._last
            tokens, self._unsent = self._unsent, 0
            yield Delta(part, text, tokens)

    def _timings(self, new_tokens: int) -> Timings:
        took = 0.0 if self._first is None else self._last - self._first
        return Timings(
            seconds=self._clock() - self._started,
            ttft=None if self._first is None else self._first - self._started,
            ttfat=None if self._first_solution is None else self._first_solution - self._started,
            tokens_per_second=(new_tokens - 1) / took if new_tokens > 1 and took > 0 else None,
        )
