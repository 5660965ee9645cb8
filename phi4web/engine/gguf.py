"""The gguf engine: llama.cpp inside this process, by xllamacpp. The default on machines without a GPU.

In: a GGUF file and a context in tokens. Out: the engine protocol. One stream at a time.
"""

from __future__ import annotations

import os
import queue
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from phi4web.engine.base import EngineInfo, Request
from phi4web.engine.gguf_header import GgufHeader, read_header
from phi4web.engine.meter import Meter
from phi4web.engine.rss import RssPeak, give_back
from phi4web.errors import BadInput, ContextExceeded, EngineError, LoadFailed
from phi4web.events import Delta, Event, Finished, Reading, Stop
from phi4web.models import Model
from phi4web.prompts import CLOSE_THOUGHT, THINK_OPEN, Message, control_tokens
from phi4web.reasoning import Splitter

# Tokens of the prompt that are read between two looks at `cancel`.
_PREFILL_CHUNK = 128
# Weights that a thread should have to go through for each token; with less, they mostly wait for each other. The 94 MiB
# model writes 115 to 120 tokens a second with one thread, 110 with two that spin, and 50 with two that sleep.
_BYTES_A_WRITER = 256 << 20


@dataclass(frozen=True, slots=True)
class GgufOptions:
    """`threads`: most to use; None: one for each physical core that this process may use. `gpu_layers` -1: all, 0: none."""

    model: Model
    quant: str
    context: int
    threads: int | None = None
    gpu_layers: int = 0
    device: str = "cpu"
    device_name: str = "the CPU"
    reasons: tuple[str, ...] = ()


class GgufEngine:
    """Loads in the constructor, which raises LoadFailed or BadInput in one line."""

    def __init__(self, path: Path, options: GgufOptions) -> None:
        started = time.monotonic()
        self._peak = RssPeak()
        self._options = options
        header = read_header(path)
        self._context, warnings = _context(header, options.context)
        readers = options.threads or physical_cores()
        writers = min(readers, -(-header.bytes // _BYTES_A_WRITER))
        with self._peak.watching():
            self._server: Any = _open(path, self._context, (writers, readers), options.gpu_layers, header)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._info = EngineInfo(
            kind="gguf",
            model=options.model.id,
            quant=options.quant,
            device=options.device,
            dtype=header.quant,
            attn_implementation="llama.cpp",
            context=self._context,
            load_seconds=time.monotonic() - started,
            resident_bytes=self._peak.sample(),
            reasons=(*options.reasons, f"threads: {readers} to read, {writers} to write"),
            warnings=warnings,
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says. `cancel` is seen after each token, and while the prompt is read after each 128 tokens."""
        with self._lock, self._peak.watching():
            if self._server is None:
                raise EngineError("The engine is closed.")
            yield from _Stream(self._server, request, cancel, answer_now, self._closing, self._options.model).events()

    def peak_bytes(self) -> int | None:
        """On a CPU, how far this process's resident memory grew at most since just before the load. None with a GPU."""
        return self._peak.bytes if self._options.device == "cpu" else None

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            self._server = None
            give_back()


class _Stream:
    """One request: llama.cpp writes in a thread of its own and hands over events, None at the end."""

    def __init__(
        self,
        server: Any,
        request: Request,
        cancel: threading.Event,
        answer_now: threading.Event | None,
        closing: threading.Event,
        model: Model,
    ) -> None:
        self._server = server
        self._request = request
        self._cancel, self._closing, self._left = cancel, closing, threading.Event()
        self._answer_now = answer_now or threading.Event()
        self._may_close = True
        self._events: queue.SimpleQueue[Event | Exception | None] = queue.SimpleQueue()
        self._meter = Meter(Splitter(thinks=model.thinks, strip=control_tokens(model)))
        self._budget = request.thinking_budget
        self._thought: list[str] = []
        self._finish: Stop = "cancelled"
        self._failed: EngineError | None = None
        self._prompt_tokens: int | None = None
        self._counted: int | None = None  # new tokens by llama.cpp's own count
        self._cached = 0

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
            self._write(_body(self._request))
            if self._budget_used:
                self._go_on()
            self._send(self._meter.flush())
            self._events.put(self._failed or self._end())
        except Exception as error:
            self._events.put(EngineError(f"llama.cpp failed: {error}"))
        finally:
            self._events.put(None)

    def _go_on(self) -> None:
        """The thought's tokens are used up: the same prompt with the thought closed, most of which is still in the cache."""
        self._send(self._meter.close_thought())
        written, self._budget, self._finish, self._counted = self._meter.thought_tokens, None, "cancelled", None
        self._may_close = False
        closed = Message("assistant", f"{THINK_OPEN}{''.join(self._thought)}{CLOSE_THOUGHT}")
        self._write(
            _body(replace(self._request, messages=(*self._request.messages, closed), max_new_tokens=self._request.max_new_tokens - written))
        )
        self._counted = None if self._counted is None else self._counted + written

    def _write(self, body: dict[str, Any]) -> None:
        def take(chunk: Any) -> bool:
            self._read(chunk)
            return self._stopped() or self._budget_used

        if not self._stopped():
            self._server.handle_chat_completions(body, take)

    def _stopped(self) -> bool:
        return self._cancel.is_set() or self._closing.is_set() or self._left.is_set()

    @property
    def _budget_used(self) -> bool:
        used = self._answer_now.is_set() or (self._budget is not None and self._meter.thought_tokens >= self._budget)
        return used and self._may_close and self._meter.thinking and not self._stopped()

    def _read(self, chunk: dict[str, Any]) -> None:
        if "error" in chunk:
            self._failed = _failure(chunk["error"])
            return
        if self._prompt_tokens is None and "prompt_progress" in chunk:
            self._prompt_tokens = int(chunk["prompt_progress"]["total"])
            self._events.put(Reading(self._prompt_tokens))
        for choice in chunk.get("choices", ()):
            self._read_choice(choice.get("delta", {}), choice.get("finish_reason"))
        if chunk.get("usage"):
            self._counted = int(chunk["usage"]["completion_tokens"])
            self._cached = self._cached or int((chunk["usage"].get("prompt_tokens_details") or {}).get("cached_tokens", 0))

    def _read_choice(self, delta: dict[str, Any], finish_reason: str | None) -> None:
        if delta.get("reasoning_content"):
            self._send(self._meter.split("thought", delta["reasoning_content"]))
        if delta.get("content"):
            self._send(self._meter.raw(delta["content"]))
        if finish_reason:
            self._finish = "length" if finish_reason == "length" else "stop"

    def _send(self, deltas: Iterable[Delta]) -> None:
        for delta in deltas:
            if delta.part == "thought":
                self._thought.append(delta.text)
            self._events.put(delta)

    def _end(self) -> Finished:
        return self._meter.finished(self._finish, self._prompt_tokens or 0, self._counted, self._cached)


def _body(request: Request) -> dict[str, Any]:
    """The request in llama.cpp's words. Its samplers run in the order that Transformers has them."""
    sampling = request.sampling
    return {
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "cache_prompt": True,
        "max_tokens": request.max_new_tokens,
        "samplers": ["top_k", "temperature", "top_p", "min_p"],
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "seed": secrets.randbits(31) if request.seed is None else request.seed % 2**32,
    }


def _failure(error: dict[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        return ContextExceeded(
            f"The problem is {error['n_prompt_tokens']:,} tokens; the model holds {error['n_ctx']:,}. Nothing was sent.",
            "Shorten it, or load the model with a longer context.",
        )
    return EngineError(f"llama.cpp refused: {str(error.get('message', error))[:300]}")


def _context(header: GgufHeader, wanted: int) -> tuple[int, tuple[str, ...]]:
    """The context to open, and what to warn of. Raises BadInput for one that the model was not made for."""
    if header.context is not None and wanted > header.context:
        raise BadInput(f"A context of {wanted:,} tokens is more than the {header.context:,} that this model was made for.")
    boundary = header.longrope_boundary
    if boundary is not None and wanted > boundary:
        return wanted, (f"With a context above {boundary:,} tokens llama.cpp uses this model's long factors for short texts too.",)
    return wanted, ()


def _open(path: Path, context: int, threads: tuple[int, int], gpu_layers: int, header: GgufHeader) -> Any:
    """`threads`: to write with, a token at a time, and to read a prompt with."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_batch = params.n_ubatch = _PREFILL_CHUNK
    params.n_gpu_layers = gpu_layers
    params.n_parallel = 1
    params.cache_ram_mib = 0  # it would keep up to 8 GiB of old prompts beside the running one
    params.cpuparams.n_threads, params.cpuparams_batch.n_threads = threads
    params.use_jinja = True
    params.special = True  # a think tag of the kind "control" would not be written otherwise
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.verbosity = -1
    # It always listens on a port of its own on 127.0.0.1; nobody else is meant to get in.
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_hex(32)]
    try:
        server = xllamacpp.Server(params)
        # Its loop starts some time after this; a server that is dropped before never ends. One token waits for the loop.
        server.handle_completions({"prompt": "1", "n_predict": 1, "cache_prompt": False}, lambda _: False)
        return server
    except RuntimeError:
        raise LoadFailed(
            f"llama.cpp could not load {path.name} ({header.architecture}, {header.quant}, context {context:,}).",
            "The file may be damaged or of a newer kind, or memory too small.",
        ) from None


def physical_cores() -> int:
    """Physical cores that this process may use: hyperthreads make llama.cpp slower."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(psutil.cpu_count(logical=False) or 1, allowed or 1)
