"""One request on a llama.cpp server: reads the prompt, writes, and closes the thought where its tokens are used up.

llama.cpp works in a thread of this module's and hands over events; the caller takes them from `events`.
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from phi4web.engine.base import Request
from phi4web.engine.budget import fitting_budget
from phi4web.engine.gguf_server import Chunk, GgufServer, refused
from phi4web.engine.gguf_slots import Reading as HowToRead
from phi4web.engine.gguf_slots import Slot, Slots, how_to_read, steady_after
from phi4web.engine.meter import Meter
from phi4web.engine.tokens import common_prefix, too_long
from phi4web.errors import EngineBroken, EngineError
from phi4web.events import Delta, Event, Reading, Stop
from phi4web.models import Model, Sampling
from phi4web.prompts import CLOSE_THOUGHT, THINK_OPEN, control_tokens
from phi4web.reasoning import Splitter


class GgufStream:
    """`chunk`: tokens that the server reads at once. `closing`: the engine is being closed."""

    def __init__(
        self,
        server: GgufServer,
        slots: Slots,
        model: Model,
        sizes: tuple[int, int],
        request: Request,
        stops: tuple[threading.Event, threading.Event],
        answer_now: threading.Event | None,
    ) -> None:
        self._server, self._slots, self._model, self._request = server, slots, model, request
        self._context, self._chunk = sizes
        self._left = threading.Event()
        self._stops = (*stops, self._left)
        self._answer_now = answer_now or threading.Event()
        self._events: queue.SimpleQueue[Event | Exception | None] = queue.SimpleQueue()
        self._meter = self._new_meter()
        self._may_close = model.thinks
        self._budget: int | None = None
        self._prompt: list[int] = []
        self._fixed = 0
        self._written: list[int] = []  # tokens; only while the thought may have to be closed
        self._before = 0  # new tokens of the completion before this one
        self._new = 0
        self._cached: int | None = None
        self._finish: Stop = "cancelled"
        self._seed = secrets.randbits(31) if request.seed is None else request.seed % (2**32 - 1)  # the last one means "any"

    def events(self) -> Iterator[Event]:
        worker = threading.Thread(target=self._run, name="llama.cpp", daemon=True)
        worker.start()
        try:
            while (event := self._events.get()) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:  # also when the reader went away in the middle
            self._left.set()
            worker.join()

    def _run(self) -> None:
        try:
            prompt = self._server.prompt(self._request.messages)
            self._prompt, self._fixed = prompt.tokens, prompt.fixed
            if len(self._prompt) >= self._context:
                raise too_long(len(self._prompt), self._context)
            slot = self._slots.take(self._prompt, self._stopped)
            if slot is not None:
                try:
                    self._answer(slot)
                finally:
                    slot.written = self._new
                    self._slots.give_back(slot)
            self._send(self._meter.flush())
            self._events.put(self._meter.finished(self._finish, len(self._prompt), self._new, self._cached or 0))
        except EngineError as error:
            self._events.put(error)
        except Exception as error:
            self._events.put(EngineBroken(f"llama.cpp failed: {error}.", "The next run loads the model again."))
        finally:
            self._events.put(None)

    def _new_meter(self) -> Meter:
        return Meter(Splitter(self._model.thinks, self._server.template.opens_thought, control_tokens(self._model)))

    def _answer(self, slot: Slot) -> None:
        self._meter = self._new_meter()  # time spent waiting for a slot is none of the engine's work
        self._events.put(Reading(len(self._prompt)))
        asked, most = self._request.thinking_budget, self._request.max_new_tokens
        self._budget = fitting_budget(self._context - len(self._prompt), most, asked)
        self._read_prompt(slot)
        if not self._must_close_first():
            self._write(slot, self._prompt)
        if self._finish == "cancelled" and self._must_close():
            self._go_on(slot)

    # reading

    def _read_prompt(self, slot: Slot) -> None:
        """Brings what can be used again into the slot's cache; where the seed is to reproduce, all but the last token."""
        turn = self._slots.turn()
        if self._request.seed is None or turn is None or len(self._prompt) == 1:
            self._read_shared(slot, turn)
        elif how := how_to_read(slot, self._prompt, self._fixed, self._chunk):
            self._read_alone(slot, how, turn)

    def _read_shared(self, slot: Slot, turn: int | None) -> None:
        """No bit counts here: llama.cpp keeps what the slot has, unless the fixed beginning, kept from elsewhere, is more."""
        steady, held = steady_after(slot, self._prompt), common_prefix(slot.prompt, self._prompt)
        goes_on = 0 < held == len(slot.prompt)
        if held < self._fixed and not goes_on and (turn is not None or self._server.beginnings.has(self._prompt[: self._fixed])):
            slot.forget()
            steady = slot.fixed = self._fixed if self._begin(slot, turn) else 0
        slot.prompt, slot.steady, slot.alone = self._prompt, steady, False

    def _read_alone(self, slot: Slot, how: HowToRead, turn: int) -> None:
        """Always in the same chunks, while nobody else writes."""
        before, steady, going_on = slot.prompt, steady_after(slot, self._prompt), how.kept == len(slot.prompt) > 0
        fixed = slot.fixed
        slot.forget()
        if how.anew:
            self._begin(slot, turn)
        elif how.cut:
            self._cut(slot, self._prompt[: how.kept], (before[how.kept], self._prompt[how.kept]))
        self._read(slot, self._prompt[:-1], reuse=how.kept > 0)
        if self._stopped():
            return
        slot.prompt, slot.alone = self._prompt, self._slots.turn() == turn
        if going_on:
            slot.steady, slot.fixed = steady, fixed
        elif slot.alone:
            slot.steady, slot.fixed = len(self._prompt) - 1, self._fixed

    def _begin(self, slot: Slot, turn: int | None) -> bool:
        """Leaves only the fixed tokens in the slot's cache: from a file, or read now and kept in one. False: not read alone."""
        beginning, kept = self._prompt[: self._fixed], self._server.beginnings
        if not beginning or kept.restore(slot.number, beginning):
            return True
        self._read(slot, beginning, reuse=False)
        if self._stopped() or turn is None or self._slots.turn() != turn:
            return False
        kept.save(slot.number, beginning)
        return True

    def _cut(self, slot: Slot, kept: list[int], not_these: tuple[int, ...]) -> None:
        """Leaves only `kept` in the slot's cache, and behind it a token that is none of those."""
        other = next(t for t in range(len(not_these) + 1) if t not in not_these)
        self._read(slot, [*kept, other], reuse=True)

    def _read(self, slot: Slot, tokens: list[int], reuse: bool) -> None:
        def take(chunk: Chunk) -> bool:
            _raise_error(chunk)
            if self._cached is None and "prompt_progress" in chunk:
                self._cached = int(chunk["prompt_progress"]["cache"])
            return self._stopped()

        if not self._stopped():
            body = {"prompt": tokens, "n_predict": 0, "id_slot": slot.number, "cache_prompt": reuse, "return_progress": True}
            self._complete(body | {"samplers": ["top_k"], "top_k": 1}, take)

    # writing

    def _write(self, slot: Slot, tokens: list[int]) -> None:
        """Goes on from these tokens until the model ends, the tokens are used up, or the thought must be closed."""
        most = min(self._request.max_new_tokens - self._before, self._context - len(tokens))
        if most <= 0:
            self._finish = "length"
            return

        def take(chunk: Chunk) -> bool:
            self._take(chunk)
            return self._stopped() or self._must_close()

        if not self._stopped():
            body = {"prompt": tokens, "n_predict": most, "id_slot": slot.number, "cache_prompt": True, "return_progress": True}
            ids = {"n_probs": 1, "post_sampling_probs": True} if self._may_close else {}
            self._complete(body | sampling_options(self._request.sampling, self._seed) | ids | {"timings_per_token": True}, take)

    def _complete(self, body: dict[str, Any], take: Callable[[Chunk], bool]) -> None:
        """An error that is raised in `take` would be lost in llama.cpp's thread, so it is kept and raised here."""
        errors: list[Exception] = []

        def safely(chunk: Chunk) -> bool:
            try:
                return take(chunk)
            except Exception as error:
                errors.append(error)
                return True

        self._server.complete(body, safely)
        if errors:
            raise errors[0]

    def _take(self, chunk: Chunk) -> None:
        _raise_error(chunk)
        if self._cached is None and "prompt_progress" in chunk:
            self._cached = int(chunk["prompt_progress"]["cache"])
        tokens = self._count(chunk)
        for choice in chunk.get("choices", ()):
            if choice.get("text"):
                self._send(self._meter.raw(choice["text"], tokens))
                self._note(choice, tokens)
            if choice.get("finish_reason"):
                self._finish = "length" if choice["finish_reason"] == "length" else "stop"

    def _count(self, chunk: Chunk) -> int:
        """New tokens since the last chunk: a character may take several, and comes with the last of them."""
        told = chunk.get("timings", {}).get("predicted_n")
        if told is None:
            return 0
        new, self._new = self._before + int(told) - self._new, self._before + int(told)
        return new

    def _note(self, choice: dict[str, Any], count: int) -> None:
        if not self._may_close:
            return
        last = (choice.get("logprobs") or {}).get("content") or []
        self._written += [int(t["id"]) for t in last] if count == len(last) else self._server.tokens(choice["text"])

    # the end of the thought

    def _must_close_first(self) -> bool:
        """Before a single token was written."""
        used = self._answer_now.is_set() or (self._budget is not None and self._budget <= 0)
        return used and self._may_close and not self._stopped()

    def _must_close(self) -> bool:
        if not self._may_close or self._stopped():
            return False
        if self._new == 0:
            return self._must_close_first()
        return self._meter.thinking and (
            self._answer_now.is_set() or (self._budget is not None and self._meter.thought_tokens >= self._budget)
        )

    def _go_on(self, slot: Slot) -> None:
        """The same tokens with the thought closed behind them. All but the last written one are in the cache still."""
        self._send(self._meter.close_thought())
        self._may_close, self._finish, self._before = False, "cancelled", self._new
        opened = bool(self._written) or self._server.template.opens_thought
        closing = self._server.tokens(CLOSE_THOUGHT if opened else THINK_OPEN + CLOSE_THOUGHT)
        if self._written:  # llama.cpp may or may not have begun on the last token; this way it makes no difference
            self._cut(slot, [*self._prompt, *self._written[:-1]], (self._written[-1],))
        self._write(slot, [*self._prompt, *self._written, *closing])

    def _stopped(self) -> bool:
        return any(stop.is_set() for stop in self._stops)

    def _send(self, deltas: Iterable[Delta]) -> None:
        for delta in deltas:
            self._events.put(delta)


def sampling_options(sampling: Sampling, seed: int) -> dict[str, Any]:
    """The same in llama.cpp's words. Its samplers run in the order that Transformers has them, and no others do."""
    return {
        "samplers": ["top_k", "temperature", "top_p", "min_p"],
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "seed": seed,
    }


def _raise_error(chunk: Chunk) -> None:
    if "error" not in chunk:
        return
    error = chunk["error"]
    if error.get("type") == "exceed_context_size_error":
        raise too_long(int(error["n_prompt_tokens"]), int(error["n_ctx"]))
    raise EngineError(refused(error))
