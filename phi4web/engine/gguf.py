"""The gguf engine: llama.cpp inside this process, by xllamacpp. The default on machines without a GPU.

In: a GGUF file and a context in tokens. Out: the engine protocol. One stream at a time.
"""

from __future__ import annotations

import os
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from phi4web.engine.base import EngineInfo, Request
from phi4web.engine.gguf_header import GgufHeader, read_header
from phi4web.engine.meter import Meter
from phi4web.engine.rss import RssPeak, give_back
from phi4web.errors import BadInput, ContextExceeded, EngineError, LoadFailed
from phi4web.events import Event, Reading, Stop
from phi4web.models import Model
from phi4web.prompts import control_tokens
from phi4web.reasoning import Splitter

# Tokens of the prompt that are read between two looks at `cancel`.
_PREFILL_CHUNK = 256


@dataclass(frozen=True, slots=True)
class GgufOptions:
    """`threads` None: one for each physical core that this process may use. `gpu_layers` -1: all, 0: none."""

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
        threads = options.threads or physical_cores()
        with self._peak.watching():
            self._server: Any = _open(path, self._context, threads, options.gpu_layers, header)
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
            reasons=(*options.reasons, f"threads: {threads}, one for each physical core"),
            warnings=warnings,
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def stream(self, request: Request, cancel: threading.Event) -> Iterator[Event]:
        """As the protocol says. `cancel` is seen after each token, and while the prompt is read after each 256 tokens."""
        with self._lock, self._peak.watching():
            if self._server is None:
                raise EngineError("The engine is closed.")
            yield from _Stream(self._server, request, cancel, self._closing, self._options.model).events()

    def peak_bytes(self) -> int | None:
        """On a CPU, how far this process's resident memory grew at most since just before the load. None with a GPU."""
        return self._peak.bytes if self._options.device == "cpu" else None

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            self._server = None
            give_back()


class _Stream:
    """One request: llama.cpp writes in a thread of its own, the caller reads from a queue."""

    def __init__(self, server: Any, request: Request, cancel: threading.Event, closing: threading.Event, model: Model) -> None:
        self._server = server
        self._body = _body(request)
        self._cancel, self._closing, self._left = cancel, closing, threading.Event()
        self._chunks: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
        self._meter = Meter(Splitter(thinks=model.thinks, strip=control_tokens(model)))
        self._finish: Stop = "cancelled"
        self._usage: dict[str, Any] | None = None
        self._prompt_tokens: int | None = None

    def events(self) -> Iterator[Event]:
        worker = threading.Thread(target=self._write, name="llama.cpp", daemon=True)
        worker.start()
        try:
            while (chunk := self._chunks.get()) is not None:
                if isinstance(chunk, Exception):
                    raise EngineError(f"llama.cpp failed: {chunk}") from chunk
                yield from self._read(chunk)
        finally:  # also when the reader went away in the middle
            self._left.set()
            worker.join()
        yield from self._meter.flush()
        yield self._end()

    def _write(self) -> None:
        def take(chunk: Any) -> bool:
            self._chunks.put(chunk)
            return self._stopped()

        try:
            if not self._stopped():
                self._server.handle_chat_completions(self._body, take)
        except Exception as error:
            self._chunks.put(error)
        finally:
            self._chunks.put(None)

    def _stopped(self) -> bool:
        return self._cancel.is_set() or self._closing.is_set() or self._left.is_set()

    def _read(self, chunk: dict[str, Any]) -> Iterator[Event]:
        if "error" in chunk:
            raise _failure(chunk["error"])
        if self._prompt_tokens is None and "prompt_progress" in chunk:
            self._prompt_tokens = int(chunk["prompt_progress"]["total"])
            yield Reading(self._prompt_tokens)
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk.get("choices", ()):
            delta = choice.get("delta", {})
            if delta.get("reasoning_content"):
                yield from self._meter.split("thought", delta["reasoning_content"])
            if delta.get("content"):
                yield from self._meter.raw(delta["content"])
            if choice.get("finish_reason"):
                self._finish = "length" if choice["finish_reason"] == "length" else "stop"

    def _end(self) -> Event:
        if self._usage is None:  # stopped before the last chunk
            return self._meter.finished(self._finish, self._prompt_tokens or 0)
        cached = (self._usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        return self._meter.finished(self._finish, self._usage["prompt_tokens"], self._usage["completion_tokens"], cached)


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


def _open(path: Path, context: int, threads: int, gpu_layers: int, header: GgufHeader) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_batch = params.n_ubatch = _PREFILL_CHUNK
    params.n_gpu_layers = gpu_layers
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.use_jinja = True
    params.special = True  # a think tag of the kind "control" would not be written otherwise
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.verbosity = -1
    # It always listens on a port of its own on 127.0.0.1; nobody else is meant to get in.
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_hex(32)]
    try:
        return xllamacpp.Server(params)
    except RuntimeError:
        raise LoadFailed(
            f"llama.cpp could not load {path.name} ({header.architecture}, {header.quant}, context {context:,}).",
            "The file may be damaged or of a newer kind, or memory too small.",
        ) from None


def physical_cores() -> int:
    """Physical cores that this process may use: hyperthreads make llama.cpp slower."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(psutil.cpu_count(logical=False) or 1, allowed or 1)
