"""The slots of a llama.cpp server: who has which, what stands in its cache, and what of that may be used again.

A cache is used again in one of two ways. Where a prompt goes on from what was sent before, all of it is kept, with what the
model wrote. Otherwise only what is *steady* is kept: tokens that were read in the chunks in which an empty slot would read
them, with nobody else's tokens beside. Other chunks change the last bits of the numbers, and with them a sampled text; so a
seed reproduces only where the prompt was read that way. What comes before the last message's text (`fixed`) is read by itself,
so that it can be kept for other prompts that begin with it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from phi4web.engine.tokens import common_prefix

_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Slot:
    """`prompt`: the last that was sent. `steady`: of its tokens those that an empty slot would have read in the same chunks.

    `fixed`: how many of those were read by themselves first. `written`: tokens that followed the prompt. `alone`: all but
    its last token were read with nobody beside, and the last by itself. `used`: in which turn it was taken.
    """

    number: int
    prompt: Sequence[int] = ()
    steady: int = 0
    alone: bool = False
    written: int = 0
    used: int = 0
    fixed: int = 0

    def forget(self) -> None:
        self.prompt, self.steady, self.alone, self.written, self.fixed = (), 0, False, 0, 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a prompt so that its seed reproduces. `kept` tokens stay in the cache; `cut`: more are there and must go.

    `anew`: what is in the slot is of no use, and the `kept` tokens are the fixed ones, from elsewhere.
    """

    kept: int
    cut: bool = False
    anew: bool = False


def how_to_read(slot: Slot, prompt: Sequence[int], fixed: int, chunk: int) -> Reading | None:
    """None: as it is, because the very same prompt was read alone before. Does not change the slot.

    `fixed`: tokens at its beginning that are read by themselves. Chunks are counted from there.
    """
    both = common_prefix(slot.prompt, prompt)
    if slot.alone and both == len(prompt) == len(slot.prompt):
        return None
    if 0 < both == len(slot.prompt) < len(prompt):  # the conversation goes on
        return Reading(both)
    most = min(slot.steady, both, max(0, len(prompt) - 2))  # with one to read before the last
    kept = fixed + (most - fixed) // chunk * chunk
    if slot.fixed == fixed <= kept and (kept > fixed or both == fixed):
        return Reading(kept, cut=not both == kept < len(slot.prompt) and kept > 0)
    return Reading(fixed, anew=True)


def steady_after(slot: Slot, prompt: Sequence[int]) -> int:
    """What stays steady when this prompt is read in any way."""
    return min(slot.steady, common_prefix(slot.prompt, prompt), len(prompt) - 1)


class Slots:
    """Hands out slots, first come, first served."""

    def __init__(self, count: int) -> None:
        self._free = [Slot(i) for i in range(count)]
        self._count = count
        self._turns = 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    def take(self, prompt: Sequence[int], stopped: Callable[[], bool]) -> Slot | None:
        """The free slot whose cache helps this prompt most, else one beside those at work, else the one unused longest.

        None: stopped while waiting.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while not self._free or self._waiting[0] is not ticket:
                    self._changed.wait(_LOOK_SECONDS)
                    if stopped():
                        return None
                return self._taken(prompt)
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def give_back(self, slot: Slot) -> None:
        with self._changed:
            self._free.append(slot)
            self._changed.notify_all()

    def turn(self) -> int | None:
        """Which turn it is, if just one slot is in use; the same answer later means that it was alone all the while."""
        with self._changed:
            return self._turns if len(self._free) == self._count - 1 else None

    def wait_until_free(self) -> None:
        """Until nobody has a slot or waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._free) == self._count and not self._waiting)

    def _taken(self, prompt: Sequence[int]) -> Slot:
        self._turns += 1
        busy = set(range(self._count)) - {slot.number for slot in self._free}
        # llama.cpp computes together only slots with numbers in a row, so a neighbour of those at work is better than the oldest
        slot = max(self._free, key=lambda s: (_gain(s, prompt), not busy.isdisjoint({s.number - 1, s.number + 1}), -s.used))
        self._free.remove(slot)
        slot.used = self._turns
        return slot


def _gain(slot: Slot, prompt: Sequence[int]) -> int:
    """Tokens saved, where no more than that would be lost; else 0, so that another conversation's cache is left alone."""
    both = common_prefix(slot.prompt, prompt)
    if 0 < both == len(slot.prompt):
        return both + slot.written
    return both if len(slot.prompt) + slot.written - both <= both else 0
