"""The local engine: Transformers on a GPU or a CPU, with bitsandbytes where the plan says so.

In: a folder with safetensors and a LoadPlan. Out: the engine protocol. All work is done by one thread that lives as long
as the model, one stream at a time. Only this module and `local_load` import PyTorch, so the host imports them late.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from transformers import DynamicCache, GenerationConfig

from phi4web.engine.base import EngineInfo, Request
from phi4web.engine.local_load import Loaded, decoder, in_one_line, load
from phi4web.engine.meter import Meter
from phi4web.engine.rss import RssPeak, give_back
from phi4web.errors import ContextExceeded, EngineError
from phi4web.events import Event, Reading, Stop
from phi4web.loadplan import LoadPlan
from phi4web.models import Sampling
from phi4web.prompts import CLOSE_THOUGHT, Message, render
from phi4web.reasoning import Splitter

# Seeds are 32 bits in every engine, so that one seed can be given to all of them.
_SEEDS = 2**32


class _Stopped(Exception):
    """Raised inside the model's own calls to end them: between two tokens, or two pieces of a long prompt."""


class _BudgetUsed(Exception):
    """The thought has used its tokens."""


class LocalEngine:
    """Loads in the constructor, which raises LoadFailed or OutOfMemory in one line."""

    def __init__(self, folder: Path, plan: LoadPlan) -> None:
        started = time.monotonic()
        self._plan = plan
        self._cuda = plan.device.startswith("cuda")
        self._peak = RssPeak()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="transformers")
        self._stopped: Any = self._closing.is_set
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
        try:
            with self._peak.watching():
                self._loaded: Loaded | None = self._worker.submit(load, folder, plan).result()
        except BaseException:
            self._worker.shutdown()
            self._give_back()
            raise
        self._loaded.model.register_forward_pre_hook(self._look)
        self._info = EngineInfo(
            kind="local",
            model=plan.model.id,
            quant=plan.quant,
            device=plan.device,
            dtype=plan.dtype,
            attn_implementation=self._loaded.attn_implementation,
            context=plan.context,
            load_seconds=time.monotonic() - started,
            resident_bytes=torch.cuda.memory_allocated() if self._cuda else self._peak.sample(),
            reasons=self._loaded.reasons,
            warnings=self._loaded.warnings,
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says. `cancel` is seen before each token, and before each piece of a long prompt."""
        with self._lock, self._peak.watching():
            if self._loaded is None:
                raise EngineError("The engine is closed.")
            left = threading.Event()
            self._stopped = lambda: cancel.is_set() or self._closing.is_set() or left.is_set()
            events: queue.SimpleQueue[Event | Exception | None] = queue.SimpleQueue()
            work = self._worker.submit(_Writing(self._loaded, self._plan, request, events, self._stopped, answer_now).run)
            try:
                while (event := events.get()) is not None:
                    if isinstance(event, Exception):
                        raise event
                    yield event
            finally:  # also when the reader went away in the middle
                left.set()
                work.result()
                self._stopped = self._closing.is_set

    def peak_bytes(self) -> int | None:
        """On CUDA the most that PyTorch had allocated since just before the load; elsewhere the growth of this process (see rss)."""
        return int(torch.cuda.max_memory_allocated()) if self._cuda else self._peak.bytes

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            self._loaded = None
            self._worker.shutdown()
            self._give_back()

    def _look(self, *_: Any) -> None:
        if self._stopped():
            raise _Stopped

    def _give_back(self) -> None:
        give_back()
        if self._cuda:
            torch.cuda.empty_cache()


class _Writing:
    """One request, in the worker thread. Everything it has to say goes into `events`; None is the end."""

    def __init__(
        self,
        loaded: Loaded,
        plan: LoadPlan,
        request: Request,
        events: queue.SimpleQueue[Any],
        stopped: Any,
        answer_now: threading.Event | None,
    ) -> None:
        self._loaded, self._plan, self._request, self._events, self._stopped = loaded, plan, request, events, stopped
        splitter = Splitter(plan.model.thinks, loaded.template.opens_thought, loaded.strip)
        self._answer_now = answer_now or threading.Event()
        self._may_close = True
        self._meter = Meter(splitter)
        self._decode = decoder(loaded.tokenizer)
        self._prompt: list[int] = []
        self._written: list[int] = []
        self._budget = request.thinking_budget
        self._prompt_is_next = True

    def run(self) -> None:
        try:
            self._prompt = self._encode(self._request.messages)
            room = self._room()
            self._events.put(Reading(len(self._prompt)))
            torch.manual_seed(torch.seed() if self._request.seed is None else self._request.seed % _SEEDS)
            stop = self._write(min(room, self._request.max_new_tokens))
            self._send(self._meter.flush())
            self._events.put(self._meter.finished(stop, len(self._prompt), len(self._written)))
        except Exception as error:
            self._events.put(in_one_line(error, len(self._prompt) + len(self._written), self._plan.device))
        finally:
            self._events.put(None)

    # what Transformers calls a streamer

    def put(self, tokens: Any) -> None:
        """Called with the prompt once, and then with each new token."""
        if self._prompt_is_next:
            self._prompt_is_next = False
            return
        token = int(tokens)
        self._written.append(token)
        self._send(self._meter.raw(self._decode(token)))
        if self._stopped():
            raise _Stopped
        used = self._answer_now.is_set() or (self._budget is not None and self._meter.thought_tokens >= self._budget)
        if used and self._may_close and self._meter.thinking:
            raise _BudgetUsed

    def end(self) -> None:
        pass

    def _write(self, most: int) -> Stop:
        """Writes at most `most` tokens; when the thought's budget is used, closes it and goes on from the same cache."""
        cache = DynamicCache(config=self._loaded.model.config)
        try:
            return self._generate(self._prompt, most, cache)
        except _Stopped:
            return "cancelled"
        except _BudgetUsed:
            self._may_close = False
            self._send(self._meter.close_thought())
        closing = self._loaded.tokenizer.encode(CLOSE_THOUGHT, add_special_tokens=False)
        if self._plan.model.arch.longrope_boundary is not None:
            cache = DynamicCache(config=self._loaded.model.config)  # the old one may be of the other side of the boundary
        left = min(most - len(self._written), self._room() - len(closing))
        if left <= 0:
            return "length"
        try:
            return self._generate([*self._prompt, *self._written, *closing], left, cache)
        except _Stopped:
            return "cancelled"

    def _generate(self, ids: list[int], most: int, cache: Any) -> Stop:
        self._prompt_is_next = True
        inputs = torch.tensor([ids], device=self._loaded.model.device)
        self._loaded.model.generate(
            inputs,
            attention_mask=torch.ones_like(inputs),
            past_key_values=cache,
            streamer=self,
            generation_config=GenerationConfig(
                max_new_tokens=most,
                eos_token_id=list(self._loaded.stops),
                pad_token_id=self._loaded.pad,
                prefill_chunk_size=self._chunk(len(ids)),
                **sampling_options(self._request.sampling),
            ),
        )
        return "stop" if self._written and self._written[-1] in self._loaded.stops else "length"

    def _chunk(self, length: int) -> int | None:
        """Tokens to read at once. A prompt that passes the boundary of a LongRoPE model must be read whole."""
        boundary = self._plan.model.arch.longrope_boundary
        return None if boundary is not None and length > boundary else self._plan.prefill_chunk

    def _encode(self, messages: Iterable[Message]) -> list[int]:
        tokenizer = self._loaded.tokenizer
        if not self._loaded.template.usable:
            return list(tokenizer.encode(render(self._plan.model, list(messages)), add_special_tokens=False))
        turns = [{"role": m.role, "content": m.content} for m in messages]
        return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=True, return_dict=True)["input_ids"])

    def _room(self) -> int:
        """Tokens left in the context. Raises ContextExceeded if that is none."""
        used = len(self._prompt) + len(self._written)
        if used >= self._plan.context:
            raise ContextExceeded(
                f"The problem is {used:,} tokens; the model holds {self._plan.context:,}. Nothing was sent.",
                "Shorten it, or load the model with a longer context.",
            )
        return self._plan.context - used

    def _send(self, events: Iterable[Event]) -> None:
        for event in events:
            self._events.put(event)


def sampling_options(sampling: Sampling) -> dict[str, Any]:
    """The same in the words of Transformers, which does not take 0 for "no cut" everywhere."""
    if sampling.temperature <= 0:
        return {"do_sample": False}
    options: dict[str, Any] = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": sampling.top_k}
    return options | ({"min_p": sampling.min_p} if sampling.min_p > 0 else {})
