"""Who is next: a piece of one prompt, then one token for every text that is being written, until nobody wants anything.

Runs in the worker's thread only. A text whose tokens are not all in its slot has something to read: its prompt, the words that
close a thought, or all of it once more. One whose last token alone is missing there is written on, together with all such.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any

import torch

from phi4web.attention import REPEAT_KV
from phi4web.engine.local_cache import SlotCache
from phi4web.engine.local_load import Loaded, in_one_line, is_out_of_memory
from phi4web.engine.local_rows import Row
from phi4web.engine.local_sampling import draw
from phi4web.engine.tokens import common_prefix
from phi4web.errors import EngineError
from phi4web.loadplan import LoadPlan

# Tokens of a prompt to read at once while others wait for their next token; and on a CPU always, where more is no faster.
_SHARED_CHUNK = 256


class _Left(Exception):
    """Raised inside the model's own call, between two layers, when nobody wants its result."""


class Batch:
    """`slots`: texts at once; `kept`: texts in memory, those among them. Row i of `_rows` has slot i of the cache."""

    def __init__(self, loaded: Loaded, plan: LoadPlan, slots: int, kept: int) -> None:
        self._model, self._plan, self._pad = loaded.model, plan, loaded.pad
        self._slots = slots
        self._fused = loaded.attn_implementation in ("sdpa", REPEAT_KV)  # they take a mask as it is
        self._boundary = plan.model.arch.longrope_boundary
        self._cache = SlotCache(loaded.model.config.num_hidden_layers, kept, plan.context)
        self._rows: list[Row] = []
        self._waiting: list[Row] = []
        self._turns = 0

    @property
    def busy(self) -> bool:
        return bool(self._rows or self._waiting)

    def add(self, row: Row) -> None:
        try:
            row.begin()
            self._waiting.append(row)
        except Exception as error:
            self._fail(row, error)

    def step(self) -> None:
        """Reads one piece and writes one token of each text. Whatever goes wrong, the engine lives on."""
        for work in (self._dismiss, self._admit, self._read, self._write):
            try:
                work()
            except Exception as error:  # of what serves several texts; what concerns one alone was dealt with there
                self._recover(error)

    def _dismiss(self) -> None:
        for row in [row for row in self._waiting if row.stopped]:
            self._waiting.remove(row)
            row.finish("cancelled")
        for row in [row for row in self._rows if row.stopped]:
            row.finish("cancelled")
            self._leave(row)

    def _admit(self) -> None:
        """Lets in who waits, but for those who wait for a beginning that another one is reading."""
        for row in list(self._waiting):
            if len(self._rows) < self._slots and not self._is_being_read(row):
                row.accept(self._cache.take(row.ids, len(self._rows), self._is_long(row)))
                self._waiting.remove(row)
                self._rows.append(row)

    def _is_being_read(self, row: Row) -> bool:
        """Whether a text that is being read begins like this one, further than anything that has been read."""
        ahead = [(common_prefix(self._rows[i].ids, row.ids), len(self._cache.slots[i].ids)) for i in self._reading()]
        ahead = [(common, read) for common, read in ahead if common > read]
        return bool(ahead) and max(ahead)[0] > self._cache.known(row.ids, self._is_long(row)) + 1

    def _read(self) -> None:
        """One piece for the text that has waited longest for its turn."""
        self._cross()
        reading = self._reading()
        if not reading:
            return
        i = min(reading, key=lambda i: (self._rows[i].turn, self._rows[i].number))
        row, slot = self._rows[i], self._cache.slots[i]
        self._turns += 1
        row.turn = self._turns
        start = len(slot.ids)
        ids = row.ids[start : start + self._chunk(i)]

        def look() -> None:
            if row.stopped:
                raise _Left

        self._cache.read(i, len(ids), look)
        last = start + len(ids) == len(row.ids)
        tokens = self._ask([row], [ids], torch.arange(start, start + len(ids))[None], [0] if last else [])
        if tokens is not None:
            slot.ids += ids
            self._go_on([row] if last else [], tokens)

    def _write(self) -> None:
        """One token for each text that waits for nothing else. A slot in between goes through the motions and forgets them."""
        self._cross()
        writing = [i for i in range(len(self._rows)) if self._missing(i) == 1]
        if not writing:
            return
        rows, first = [self._rows[i] for i in writing], range(writing[-1] + 1)
        at = torch.tensor([len(self._cache.slots[i].ids) for i in first])
        self._cache.write(at)
        ids = [[self._rows[i].ids[-1] if i in writing else self._pad] for i in first]
        tokens = self._ask(rows, ids, at[:, None], writing, self._mask(at))
        if tokens is not None:
            for i in writing:
                self._cache.slots[i].ids.append(self._rows[i].ids[-1])
            self._go_on(rows, tokens)

    def _ask(self, rows: list[Row], ids: list[list[int]], at: Any, draws: list[int], mask: Any = None) -> list[int | None] | None:
        """Runs the model on some tokens, and draws what follows for the lines `draws`. None: it failed, and the rows know."""
        device = self._model.device
        try:
            scores = self._model(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=None if mask is None else mask.to(device),
                position_ids=at.to(device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
            return draw([row.sampler for row in rows], scores[draws] if len(draws) < len(ids) else scores) if draws else []
        except _Left:
            return None
        except Exception as error:
            if is_out_of_memory(error):
                raise
            for row in rows:
                self._fail(row, error)
            return None

    def _mask(self, at: Any) -> Any:
        """What each text may look at: all up to its new token. None where that is everything.

        A mask makes Transformers ask all query heads of one key head at once, which on a CPU is several times as fast.
        """
        if self._plan.device != "cpu" and bool((at == at[0]).all()):
            return None
        mask = torch.arange(int(at.max()) + 1) <= at[:, None]
        return mask[:, None, None] if self._fused else mask.long()

    def _go_on(self, rows: list[Row], tokens: list[int | None]) -> None:
        for row, token in zip(rows, tokens, strict=True):
            try:
                if token is None:
                    self._cache.wipe(self._rows.index(row))
                    raise EngineError("The model's numbers overflowed, so no token could be drawn.", "Load it with bf16 or fp32.")
                stop = row.take(token)
                if stop is not None:
                    row.finish(stop)
                    self._leave(row)
            except Exception as error:
                self._fail(row, error)

    def _leave(self, row: Row) -> None:
        i, active = self._rows.index(row), len(self._rows)
        self._rows[i] = self._rows[-1]
        self._rows.pop()
        with suppress(RuntimeError, MemoryError):  # what could not be moved for want of memory will be read again
            self._cache.leave(i, active)

    def _fail(self, row: Row, error: Exception) -> None:
        row.fail(in_one_line(error, len(row.ids), self._plan.device))
        if row in self._rows:
            self._leave(row)

    def _recover(self, error: Exception) -> None:
        """Memory ran out: what nobody needs goes first, then the text that came last. Nothing else has lost a token."""
        if not is_out_of_memory(error):
            for row in [*self._rows, *self._waiting]:
                self._fail(row, error)
            self._waiting.clear()
        elif not self._cache.forget_idle(len(self._rows)):
            for row in sorted(self._rows or self._waiting, key=lambda row: row.number)[-1:]:
                if row in self._waiting:
                    self._waiting.remove(row)
                self._fail(row, error)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _reading(self) -> list[int]:
        return [i for i in range(len(self._rows)) if self._missing(i) > 1]

    def _missing(self, i: int) -> int:
        return len(self._rows[i].ids) - len(self._cache.slots[i].ids)

    def _chunk(self, i: int) -> int:
        """Tokens to read at once. The first piece of a text that passes the boundary of a LongRoPE model has to pass it too."""
        alone = len(self._rows) == 1 and self._plan.device != "cpu"
        chunk = self._plan.prefill_chunk if alone else min(_SHARED_CHUNK, self._plan.prefill_chunk)
        if self._boundary is None or not self._cache.slots[i].long:
            return chunk
        return max(chunk, self._boundary + 1 - len(self._cache.slots[i].ids))

    def _is_long(self, row: Row) -> bool:
        return self._boundary is not None and len(row.ids) > self._boundary

    def _cross(self) -> None:
        """A text that has passed the boundary of a LongRoPE model is read again as a whole: all its rotations are others now."""
        for row, slot in zip(self._rows, self._cache.slots, strict=False):
            if self._is_long(row) != slot.long:
                slot.ids.clear()
                slot.long = not slot.long
