"""The local engine: Transformers on a GPU or a CPU, with bitsandbytes where the plan says so.

In: a folder with safetensors and a LoadPlan. Out: the engine protocol. All work is done by one thread that lives as long
as the model and serves several streams at once. Only the modules named `local*` import PyTorch, so the host imports them late.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from phi4web.engine.base import EngineInfo, Request
from phi4web.engine.local_batch import Batch
from phi4web.engine.local_load import DTYPES, Loaded, free_now, load
from phi4web.engine.local_rows import Row
from phi4web.engine.rss import RssPeak, give_back
from phi4web.errors import EngineBroken, EngineError, first_line
from phi4web.events import Event
from phi4web.loadplan import LoadPlan

# Texts at once; beyond this a step takes longer for each of them on most machines that one person owns.
_MOST_SLOTS = 8
# Of the memory that is free after loading, how much may be filled by texts. A computer has other things to do than this.
_SHARE_OF_CARD, _SHARE_OF_RAM = 0.8, 0.5
# How often one who waits looks whether the worker still lives.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Seats:
    """`slots`: streams at once. `kept`: texts whose keys and values are kept in memory, those among them. `why` in one line."""

    slots: int
    kept: int
    why: str


class LocalEngine:
    """Loads in the constructor, which raises LoadFailed or OutOfMemory in one line. `slots` None: as many as memory holds."""

    def __init__(self, folder: Path, plan: LoadPlan, slots: int | None = None) -> None:
        started = time.monotonic()
        self._plan = plan
        self._cards = cards(plan, torch.cuda.device_count())
        self._peak = RssPeak()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._inbox: queue.SimpleQueue[Row | None] = queue.SimpleQueue()
        self._asked: set[Row] = set()  # whoever waits for something, whether in the inbox or at work
        self._failure: str | None = None  # what it broke down of
        if self._cards:
            torch.cuda.init()  # without it a card's number is not known
        for card in self._cards:
            torch.cuda.reset_peak_memory_stats(card)
        ready: queue.SimpleQueue[Loaded | BaseException] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, args=(folder, slots, ready), name="transformers", daemon=True)
        self._worker.start()
        loaded = ready.get()
        if isinstance(loaded, BaseException):
            self._worker.join()
            self._give_back()
            raise loaded
        self._loaded: Loaded | None = loaded
        self._info = EngineInfo(
            kind="local",
            model=plan.model.id,
            quant=plan.quant,
            device=plan.device,
            dtype=plan.dtype,
            attn_implementation=loaded.attn_implementation,
            context=plan.context,
            load_seconds=time.monotonic() - started,
            resident_bytes=sum(map(torch.cuda.memory_allocated, self._cards)) if self._cards else self._peak.sample(),
            slots=self._seats.slots,
            reasons=(*loaded.reasons, self._seats.why),
            warnings=loaded.warnings,
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says. `cancel` is seen before each token, and while a prompt is read between two layers.

        The same request with the same seed gives the same text again if it runs alone; beside others now and then another one.
        """
        with self._lock:
            if self._loaded is None:
                raise self._closed_error()
            row = Row(self._loaded, self._plan, request, (cancel, self._closing), answer_now)
            self._asked.add(row)
            self._inbox.put(row)
        try:
            while (event := self._next(row)) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:  # also when the reader went away in the middle
            row.left.set()
            while not row.done.wait(_LOOK_SECONDS) and self._worker.is_alive():
                pass
            with self._lock:
                self._asked.discard(row)

    def _next(self, row: Row) -> Event | Exception | None:
        while True:
            alive = self._worker.is_alive()
            with suppress(queue.Empty):
                return row.events.get(timeout=_LOOK_SECONDS)
            if not alive:
                return self._closed_error()

    def peak_bytes(self) -> int | None:
        """On CUDA the most that PyTorch had allocated since just before the load, of all cards; elsewhere the growth of this process."""
        return sum(map(torch.cuda.max_memory_allocated, self._cards)) if self._cards else self._peak.bytes

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            if self._loaded is not None:
                self._loaded = None
                self._inbox.put(None)
        self._worker.join()
        self._give_back()

    def _work(self, folder: Path, slots: int | None, ready: queue.SimpleQueue[Loaded | BaseException]) -> None:
        """The worker's life: load, then serve whoever comes, until None comes."""
        try:
            with self._peak.watching():
                loaded = load(folder, self._plan)
            self._seats = seats(loaded, self._plan, slots)
        except BaseException as error:
            ready.put(error)
            return
        ready.put(loaded)
        try:
            with torch.inference_mode():
                self._serve(Batch(loaded, self._plan, self._seats.slots, self._seats.kept))
        except BaseException as error:
            self._break_down(error)

    def _break_down(self, error: BaseException) -> None:
        """What no text alone is to blame for: a card that answers nothing any more, no thread to be had. Nobody is left waiting."""
        with self._lock:
            self._loaded, self._failure = None, first_line(error)
            for row in self._asked:
                row.fail(self._closed_error())

    def _closed_error(self) -> EngineError:
        if self._failure is None:
            return EngineError("The engine is closed.")
        return EngineBroken(
            f"The engine broke down ({self._failure}).", "The next run loads the model again; if that fails too, start phi4web anew."
        )

    def _serve(self, batch: Batch) -> None:
        while (row := self._inbox.get()) is not None:
            with self._peak.watching():
                batch.add(row)
                while batch.busy:
                    batch.step()
                    self._take_in(batch)

    def _take_in(self, batch: Batch) -> None:
        while not self._inbox.empty():
            row = self._inbox.get()
            if row is None:  # nobody comes after it
                self._inbox.put(None)
                return
            batch.add(row)

    def _give_back(self) -> None:
        give_back()
        if self._cards:
            with suppress(RuntimeError):  # a card that has failed gives nothing back before the process ends
                torch.cuda.empty_cache()


def cards(plan: LoadPlan, count: int) -> tuple[int, ...]:
    """Numbers of the CUDA cards that the model lies on, of `count`; none where it is no CUDA card."""
    if not plan.device.startswith("cuda"):
        return ()
    return (torch.device(plan.device).index or 0,) if plan.device_map is None else tuple(range(count))


def seats(loaded: Loaded, plan: LoadPlan, wanted: int | None = None) -> Seats:
    """How many texts fit with a full context each. LongRoPE turns all texts of a batch by the longest, so there it is one at a time."""
    share = _SHARE_OF_RAM if plan.device == "cpu" else _SHARE_OF_CARD
    free = int(share * (free_now(plan, loaded=True) - plan.memory.working))
    kept = wanted or max(1, min(_MOST_SLOTS, free // context_bytes(loaded, plan)))
    window = getattr(loaded.model.config, "sliding_window", None)
    if plan.model.arch.longrope_boundary is not None:
        return Seats(1, kept, "streams: 1 at once (long and short texts of this model can't be computed together)")
    if window is not None and window < plan.context:
        return Seats(1, kept, "streams: 1 at once (this model's sliding attention is computed for one text)")
    return Seats(kept, kept, f"streams: {kept} at once ({'as asked' if wanted else 'that many full contexts fit'})")


def context_bytes(loaded: Loaded, plan: LoadPlan) -> int:
    """Keys and values of one text that fills the context, by the model that was really loaded."""
    config = loaded.model.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * config.num_key_value_heads * head * plan.context * DTYPES[plan.dtype].itemsize)
