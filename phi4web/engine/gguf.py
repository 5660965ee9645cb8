"""The gguf engine: llama.cpp inside this process, by xllamacpp. The default on machines without a GPU.

In: a GGUF file and a context in tokens. Out: the engine protocol, several streams at once.

A seed gives the same text again when nobody else writes at the same time, except where a chat goes on: its new turn is put
behind what the model wrote, as it stands in the cache, and a fresh engine would read that text instead.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from phi4web.engine.base import EngineInfo, Request
from phi4web.engine.gguf_header import GgufHeader, read_header
from phi4web.engine.gguf_server import GgufServer, Opening
from phi4web.engine.gguf_slots import Slots
from phi4web.engine.gguf_stream import GgufStream
from phi4web.engine.rss import RssPeak, give_back
from phi4web.errors import BadInput, EngineError
from phi4web.events import Event
from phi4web.hardware import ram
from phi4web.models import Model

# Tokens of the prompt that are read between two looks at `cancel`. A GPU reads more of them in less time.
_CHUNK, _CHUNK_GPU = 128, 512
# Weights that a thread should have to go through for each token; with less, they mostly wait for each other. Two threads write
# the 94 MiB model a fifth faster than one on a quiet machine, as fast beside half a busy core, and slower where more is going on.
# It must not hang on how busy the machine is: another number of threads, and a seed gives another text.
_BYTES_A_WRITER = 48 << 20
_MOST_SLOTS = 8
# Share of the free memory that the caches of the second and further slots may take.
_SLOTS_SHARE = 8


@dataclass(frozen=True, slots=True)
class GgufOptions:
    """`context`: tokens, in each slot. `gpu_layers` -1: all, 0: none.

    `threads`: most to use; None: one for each physical core that this process may use. `slots`: streams at once; None: up
    to `most_slots`, as far as memory goes, and 1 on a GPU, whose memory is planned for one.
    """

    model: Model
    quant: str
    context: int
    threads: int | None = None
    gpu_layers: int = 0
    device: str = "cpu"
    device_name: str = "the CPU"
    reasons: tuple[str, ...] = ()
    slots: int | None = None
    most_slots: int = _MOST_SLOTS


class GgufEngine:
    """Loads in the constructor, which raises LoadFailed or BadInput in one line."""

    def __init__(self, path: Path, options: GgufOptions) -> None:
        started = time.monotonic()
        self._peak = RssPeak()
        self._options = options
        header = read_header(path)
        context, warnings = _context(header, options.context)
        readers = options.threads or physical_cores()
        writers = min(readers, -(-header.bytes // _BYTES_A_WRITER))
        slots = slots_for(header, options, ram()[1])
        self._opening = Opening(context, slots, _CHUNK_GPU if options.gpu_layers else _CHUNK, writers, readers, options.gpu_layers)
        with self._peak.watching():
            self._server = GgufServer(path, self._opening, header, options.model)
        self._slots = Slots(slots)
        self._closing = threading.Event()
        self._info = EngineInfo(
            kind="gguf",
            model=options.model.id,
            quant=options.quant,
            device=options.device,
            dtype=header.quant,
            attn_implementation="llama.cpp",
            context=context,
            load_seconds=time.monotonic() - started,
            resident_bytes=self._peak.sample(),
            slots=slots,
            reasons=(*options.reasons, *self._choices()),
            warnings=(*warnings, *self._server.template.problems),
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says. `cancel` is seen after each token, and while the prompt is read after each 128 tokens."""
        if self._closing.is_set():
            raise EngineError("The engine is closed.")
        sizes, stops = (self._opening.context, self._opening.chunk), (cancel, self._closing)
        with self._peak.watching():
            yield from GgufStream(self._server, self._slots, self._options.model, sizes, request, stops, answer_now).events()

    def peak_bytes(self) -> int | None:
        """On a CPU, how far this process's resident memory grew at most since just before the load. None with a GPU."""
        return self._peak.bytes if self._options.device == "cpu" else None

    def close(self) -> None:
        """Ends what is being written."""
        self._closing.set()
        self._slots.wait_until_free()
        self._server.close()
        give_back()

    def _choices(self) -> tuple[str, ...]:
        one = self._opening
        return (
            f"threads: {one.readers} to read, {one.writers} to write for one",
            f"slots: {one.slots}, each with its own {one.context:,} tokens; further requests wait",
        )


def _context(header: GgufHeader, wanted: int) -> tuple[int, tuple[str, ...]]:
    """The context to open, and what to warn of. Raises BadInput for one that the model was not made for."""
    if header.context is not None and wanted > header.context:
        raise BadInput(f"A context of {wanted:,} tokens is more than the {header.context:,} that this model was made for.")
    boundary = header.longrope_boundary
    if boundary is not None and wanted > boundary:
        return wanted, (f"With a context above {boundary:,} tokens llama.cpp uses this model's long factors for short texts too.",)
    return wanted, ()


def slots_for(header: GgufHeader, options: GgufOptions, available_bytes: int) -> int:
    """Streams at once. Each further slot takes memory for a whole context, so only a share of what is free is used."""
    if options.slots is not None:
        return max(1, options.slots)
    each = header.cache_bytes(options.context)
    if options.gpu_layers or each is None:
        return 1
    left = available_bytes - header.bytes - each
    return max(1, min(options.most_slots, 1 + left // _SLOTS_SHARE // each))


def physical_cores() -> int:
    """Physical cores that this process may use: hyperthreads make llama.cpp slower."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(psutil.cpu_count(logical=False) or 1, allowed or 1)
