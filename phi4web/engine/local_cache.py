"""Keys and values of several texts in one block of memory for each layer, which grows in place and keeps what was read.

A text has a slot: a row of every layer's block. Those that are being read or written have the first slots, side by side, so that
one call of the model can go on with all of them; the other slots keep earlier texts, for prompts that begin alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

from phi4web.engine.tokens import common_prefix

# Tokens that a block grows by at least; and one part in so many of what it has, so that copying stays a small share of the work.
_GROW_TOKENS = 256
_GROW_SHARE = 4


@dataclass(slots=True)
class Slot:
    """`ids`: tokens whose keys and values are here. `long`: made with LongRoPE's long factors. `used`: the latest is the highest."""

    ids: list[int] = field(default_factory=list)
    long: bool = False
    used: int = 0


@dataclass(slots=True)
class _Window:
    """What the next call of the model writes. `at`: place of the new token in each of several slots, None for one slot.

    `first`, `end`: the slots it is about. `start`: tokens before it. `length`: tokens it can look at, its own included.
    `rows`: slots to have memory for. `look` raises to end the call between two layers.
    """

    first: int = 0
    end: int = 1
    start: int = 0
    length: int = 0
    rows: int = 1
    at: Any = None
    look: Callable[[], None] = lambda: None
    _moved: dict[Any, tuple[Any, Any]] = field(default_factory=dict)

    def places(self, device: Any) -> tuple[Any, Any]:
        """Slot and place of each new token, brought to each device once a call."""
        if device not in self._moved:
            self._moved[device] = (torch.arange(len(self.at), device=device), self.at.to(device))
        return self._moved[device]

    def aim(self, first: int, end: int, start: int, length: int, rows: int, at: Any = None) -> None:
        self.first, self.end, self.start, self.length, self.rows, self.at = first, end, start, length, rows, at
        self.look = lambda: None
        self._moved.clear()


class _SlotLayer(DynamicLayer):  # type: ignore[misc]
    """One layer's block: (slots, heads, capacity, head_dim). Zeros where nothing was written: what is masked must be a number too."""

    def __init__(self, window: _Window, context: int) -> None:
        super().__init__()
        self._window, self._context = window, context

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        window = self._window
        window.look()
        if not self.is_initialized:
            self._begin(key_states)
        self.make_room(window.rows, window.length)
        keys, values = (block[window.first : window.end, :, : window.length] for block in (self.keys, self.values))
        if window.at is None:
            keys[:, :, window.start :] = key_states
            values[:, :, window.start :] = value_states
        else:
            rows, at = window.places(key_states.device)
            keys[rows, :, at] = key_states[:, :, 0]  # (n, heads, head_dim)
            values[rows, :, at] = value_states[:, :, 0]
        return keys, values

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._window.length, 0

    def get_seq_length(self) -> int:
        return self._window.start

    def make_room(self, rows: int, length: int) -> None:
        """Never gives memory back. The old block stays as it is if there is none for a larger one."""
        if not self.is_initialized or (rows <= self.keys.shape[0] and length <= self.keys.shape[2]):
            return
        capacity = self.keys.shape[2]
        if length > capacity:
            capacity = max(length, min(self._context, capacity + max(_GROW_TOKENS, capacity // _GROW_SHARE)))
        self._resize(max(rows, self.keys.shape[0]), capacity)

    def keep_rows(self, rows: int) -> None:
        """Gives back the memory of all slots but the first ones."""
        if not self.is_initialized or rows >= self.keys.shape[0]:
            return
        if rows == 0:
            self.reset()
        else:
            self._resize(rows, self.keys.shape[2])

    def _begin(self, like: Any) -> None:
        self.dtype, self.device, self.is_initialized = like.dtype, like.device, True
        self.keys = self.values = like.new_zeros((0, like.shape[1], 0, like.shape[3]))

    def _resize(self, rows: int, capacity: int) -> None:
        for name in ("keys", "values"):
            old = getattr(self, name)
            new = old.new_zeros((rows, old.shape[1], capacity, old.shape[3]))
            both = min(rows, old.shape[0])
            new[:both, :, : old.shape[2]] = old[:both]
            setattr(self, name, new)


class SlotCache(Cache):  # type: ignore[misc]
    """What Transformers calls a cache, for `rows` texts of at most `context` tokens. The caller says before each call what it is about."""

    def __init__(self, layers: int, rows: int, context: int) -> None:
        self._window = _Window()
        super().__init__(layers=[_SlotLayer(self._window, context) for _ in range(layers)])
        self._rows = rows
        self._clock = count(1)
        self.slots: list[Slot] = []

    def read(self, index: int, tokens: int, look: Callable[[], None]) -> None:
        """The next call goes on with this slot by so many tokens."""
        start = len(self.slots[index].ids)
        self._window.aim(index, index + 1, start, start + tokens, len(self.slots))
        self._window.look = look

    def write(self, at: Any) -> None:
        """The next call adds one token to each of the first slots, at these places: (slots,)."""
        length = int(at.max()) + 1
        self._window.aim(0, len(at), length - 1, length, len(self.slots), at if len(at) > 1 else None)

    def take(self, ids: list[int], active: int, long: bool) -> int:
        """Makes slot `active`, the first that is not in use, hold the longest known beginning of `ids`. Returns its tokens.

        The last of `ids` is never among them: the model has to be asked for what follows it.
        """
        source, common = self._nearest(ids, long)
        target = self._target(source, common, active)
        self._swap(target, active)
        source = active if source == target else target if source == active else source
        if common and source != active:
            self._copy(source, active, common)
        self.slots[active] = Slot(ids[:common], long, next(self._clock))
        return common

    def leave(self, index: int, active: int) -> None:
        """This slot of the `active` first ones is no longer in use; the last of them takes its place."""
        self.slots[index].used = next(self._clock)
        self._swap(index, active - 1)

    def wipe(self, index: int) -> None:
        """Forgets a slot's text, and its numbers, which may not be numbers."""
        self.slots[index].ids.clear()
        for layer in self._begun():
            if index < layer.keys.shape[0]:
                layer.keys[index].zero_()
                layer.values[index].zero_()

    def forget_idle(self, active: int) -> bool:
        """Gives back what no text that is being written needs. False: there was nothing."""
        if len(self.slots) <= active:
            return False
        del self.slots[active:]
        with suppress(RuntimeError, MemoryError):  # a smaller block has to be made before the larger one goes
            for layer in self._begun():
                layer.keep_rows(active)
        return True

    def known(self, ids: list[int], long: bool) -> int:
        """Tokens of `ids` that would not have to be read."""
        return self._nearest(ids, long)[1]

    def _nearest(self, ids: list[int], long: bool) -> tuple[int, int]:
        """The slot that begins like `ids` for longest, and for how many tokens. (-1, 0): none."""
        found = [(common_prefix(slot.ids, ids), -i) for i, slot in enumerate(self.slots) if slot.long == long]
        common, i = max(found, default=(0, 1))
        return (-i, min(common, len(ids) - 1)) if common else (-1, 0)

    def _target(self, source: int, common: int, active: int) -> int:
        """The slot to write in: the source itself if little is lost, else a new one, else the one not used for longest."""
        if source >= active and 2 * common >= len(self.slots[source].ids):
            return source
        if len(self.slots) < self._rows:
            self.slots.append(Slot())
            return len(self.slots) - 1
        return min(range(active, len(self.slots)), key=lambda i: self.slots[i].used)

    def _swap(self, a: int, b: int) -> None:
        if a == b:
            return
        one, other = self.slots[a], self.slots[b]
        length = max(len(one.ids), len(other.ids))
        self.slots[a], self.slots[b] = Slot(), Slot()  # if memory runs out in the middle, both are empty and will be read again
        for block in self._blocks(length):
            kept = block[a, :, :length].clone()
            block[a, :, :length] = block[b, :, :length]
            block[b, :, :length] = kept
        self.slots[a], self.slots[b] = other, one

    def _copy(self, source: int, target: int, tokens: int) -> None:
        for block in self._blocks(tokens):
            block[target, :, :tokens] = block[source, :, :tokens]

    def _blocks(self, length: int) -> Iterator[Any]:
        for layer in self._begun() if length else ():
            layer.make_room(len(self.slots), length)
            yield from (layer.keys, layer.values)

    def _begun(self) -> list[Any]:
        return [layer for layer in self.layers if layer.is_initialized]
