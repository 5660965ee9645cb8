"""One request on its way through the model: its tokens so far, when its thought must be closed, when it ends, what it tells."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Sequence
from itertools import count

from phi4web.engine.base import Request
from phi4web.engine.budget import fitting_budget
from phi4web.engine.local_load import Loaded, decoder
from phi4web.engine.local_sampling import Sampler
from phi4web.engine.meter import Meter
from phi4web.engine.tokens import too_long
from phi4web.errors import Phi4webError
from phi4web.events import Event, Reading, Stop
from phi4web.loadplan import LoadPlan
from phi4web.prompts import CLOSE_THOUGHT, Message, render
from phi4web.reasoning import Splitter

_numbers = count()


class Row:
    """Made by the thread that asks; everything else happens in the worker's, but for reading `events`, where None is the end.

    `ids`: prompt, answer, and what closed the thought. `cached`: tokens of the prompt that had been read before. `number` tells
    which row came first, `turn` when it last read a piece of its prompt.
    """

    def __init__(
        self,
        loaded: Loaded,
        plan: LoadPlan,
        request: Request,
        ends: Sequence[threading.Event],
        answer_now: threading.Event | None,
    ) -> None:
        self.number = next(_numbers)
        self.turn = -1
        self.events: queue.SimpleQueue[Event | Exception | None] = queue.SimpleQueue()
        self.left, self.done = threading.Event(), threading.Event()
        self.ids: list[int] = []
        self.cached = 0
        self._ends = (*ends, self.left)
        self._answer_now = answer_now or threading.Event()
        self._loaded, self._plan, self._request = loaded, plan, request
        self._meter = Meter(Splitter(plan.model.thinks, loaded.template.opens_thought, loaded.strip))
        self._prompt_tokens = self._written = 0
        self._may_close = True
        self._budget: int | None = None

    @property
    def stopped(self) -> bool:
        """Whether somebody wants it to end."""
        return any(event.is_set() for event in self._ends)

    def begin(self) -> None:
        """Raises ContextExceeded for a prompt that is too long."""
        self.ids = encode(self._loaded, self._plan, self._request.messages)
        self._prompt_tokens = len(self.ids)
        if self._prompt_tokens >= self._plan.context:
            raise too_long(self._prompt_tokens, self._plan.context)
        asked, most = self._request.thinking_budget, self._request.max_new_tokens
        self._budget = fitting_budget(self._plan.context - self._prompt_tokens, most, asked)
        self._decode = decoder(self._loaded.tokenizer)
        self.sampler = Sampler(self._request.sampling, self._request.seed)

    def accept(self, cached: int) -> None:
        self.cached = cached
        self.events.put(Reading(self._prompt_tokens))

    def take(self, token: int) -> Stop | None:
        """One more token of the answer. Returns why it ends, if it does. `ids` may grow by more, if the thought has to be closed."""
        self.ids.append(token)
        self._written += 1
        self._send(self._meter.raw(self._decode(token)))
        if token in self._loaded.stops:
            return "stop"
        if self._must_close():
            self._may_close = False
            self._send(self._meter.close_thought())
            self.ids += self._loaded.tokenizer.encode(CLOSE_THOUGHT, add_special_tokens=False)
        return "length" if self._written >= self._request.max_new_tokens or len(self.ids) >= self._plan.context else None

    def finish(self, stop: Stop) -> None:
        self._send(self._meter.flush())
        self.events.put(self._meter.finished(stop, self._prompt_tokens, self._written, self.cached))
        self._end()

    def fail(self, error: Phi4webError) -> None:
        self.events.put(error)
        self._end()

    def _must_close(self) -> bool:
        used = self._answer_now.is_set() or (self._budget is not None and self._meter.thought_tokens >= self._budget)
        return used and self._may_close and self._meter.thinking

    def _send(self, events: Iterable[Event]) -> None:
        for event in events:
            self.events.put(event)

    def _end(self) -> None:
        self.done.set()
        self.events.put(None)


def encode(loaded: Loaded, plan: LoadPlan, messages: Sequence[Message]) -> list[int]:
    """The prompt's tokens, by the model's own template or, where that can't be used, by ours."""
    tokenizer = loaded.tokenizer
    if not loaded.template.usable:
        return list(tokenizer.encode(render(plan.model, list(messages)), add_special_tokens=False))
    turns = [{"role": m.role, "content": m.content} for m in messages]
    return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=True, return_dict=True)["input_ids"])
