"""Who uses the one engine and who waits for it: first come, first served, and users of the same model together.

Whoever wants another model than the loaded one waits until all users have left; later ones wait behind, so that nobody
waits for ever. It knows no engines: a key stands for what is loaded, and slots for how many may use it at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from phi4web.errors import Stopped

_LOOK_SECONDS = 0.05  # between two looks at `cancel`
Told = Callable[[int], None]


class Line:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[object] = []
        self._inside = 0
        self._alone = False  # the one inside changes what is loaded
        self._key: Any = None
        self._slots = 0
        self._company = float("-inf")

    def enter(self, key: object, cancel: threading.Event, told: Told | None = None) -> bool:
        """Waits for a turn. True: this key is loaded; False: the caller is alone, and says by `opened` what is loaded then.

        `told` hears, in this thread, n for the nth in line whenever that changes. Raises Stopped if `cancel` is set meanwhile.
        After a return, `leave` must follow.
        """
        ticket, place = object(), 0
        with self._changed:
            self._waiting.append(ticket)
        try:
            while True:
                with self._changed:
                    now = self._waiting.index(ticket) + 1
                    if now == 1 and self._may(key):
                        return self._take(key)
                    if cancel.is_set():
                        raise Stopped("Stopped while waiting for the model.")
                    if now == place or told is None:
                        self._changed.wait(_LOOK_SECONDS)
                        continue
                place = now
                told(place)
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def opened(self, key: object, slots: int) -> None:
        """What is loaded now (None: nothing); others may use it too."""
        with self._changed:
            self._key, self._slots, self._alone = key, slots, False
            self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._note_company()
            self._inside -= 1
            self._changed.notify_all()

    def take_idle(self) -> bool:
        """Makes the caller the only user if there is nobody else, inside or waiting; then `opened` and `leave` must follow."""
        with self._changed:
            if self._inside or self._waiting:
                return False
            return not self._take(None)

    def take_last(self, seconds: float) -> bool:
        """Waits until nobody is inside, however many wait, and makes the caller the only user. False: somebody stayed so long."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._inside, seconds):
                return False
            self._take(None)
            return True

    def shared_since(self, moment: float) -> bool:
        """Whether two or more used the engine at the same time since `moment` (of time.monotonic)."""
        with self._changed:
            return self._inside > 1 or self._company >= moment

    def _may(self, key: object) -> bool:
        if self._alone:
            return False
        return self._inside == 0 or (self._key == key and self._inside < self._slots)

    def _take(self, key: object) -> bool:
        there = key is not None and self._key == key
        self._inside += 1
        self._alone = not there
        self._note_company()
        return there

    def _note_company(self) -> None:
        if self._inside > 1:
            self._company = time.monotonic()
