"""First come, first served; the same model together, another one alone; nobody waits for ever."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from phi4web.engine.line import Line
from phi4web.errors import Stopped
from tests.fakes import wait_for

NEVER = threading.Event()


class People:
    """Threads that want a key: they enter, load it for two if need be, stay until `go`, and leave."""

    def __init__(self, line: Line, slots: int = 2) -> None:
        self.line, self.slots = line, slots
        self.log: list[str] = []
        self.places: dict[str, list[int]] = {}
        self.doors: dict[str, threading.Event] = {}
        self.threads: list[threading.Thread] = []

    def come(self, name: str, key: str, cancel: threading.Event = NEVER, fails: bool = False) -> None:
        """Returns once it is inside, and has loaded what it wants, or has heard its place."""
        self.places[name], self.doors[name] = [], threading.Event()

        def live() -> None:
            try:
                there = self.line.enter(key, cancel, self.places[name].append)
            except Stopped:
                self.log.append(f"{name} gave up")
                return
            if not there:
                self.line.opened(None if fails else key, 0 if fails else self.slots)
            self.log.append(f"{name} {'joined' if there else 'loaded'} {key}")
            if not fails:
                self.doors[name].wait(120)
            self.line.leave()

        before = len(self.log)
        self.threads.append(threading.Thread(target=live, daemon=True))
        self.threads[-1].start()
        assert wait_for(lambda: len(self.log) > before or self.places[name])

    def go(self, *names: str) -> None:
        for name in names:
            self.doors[name].set()

    def all_gone(self) -> bool:
        self.go(*self.doors)
        for thread in self.threads:
            thread.join(60)
        return not any(thread.is_alive() for thread in self.threads)


def soon(condition: Callable[[], object]) -> None:
    assert wait_for(condition)


def test_those_who_want_the_same_are_inside_together_up_to_the_slots() -> None:
    people = People(Line(), slots=2)
    for name in ("a", "b", "c"):
        people.come(name, "X")
    assert people.log == ["a loaded X", "b joined X"]
    assert people.places == {"a": [], "b": [], "c": [1]}
    people.go("a")
    soon(lambda: people.log[2:] == ["c joined X"])
    assert people.all_gone()


def test_another_key_waits_until_all_have_left_and_later_ones_wait_behind() -> None:
    """Otherwise a busy model would never be left."""
    people = People(Line(), slots=4)
    for name, key in (("a", "X"), ("b", "X"), ("c", "Y"), ("d", "X")):
        people.come(name, key)
    assert people.log == ["a loaded X", "b joined X"]
    people.go("a")
    time.sleep(0.15)
    assert people.log[2:] == []
    people.go("b")
    soon(lambda: people.log[2:] == ["c loaded Y"])
    soon(lambda: people.places["d"] == [2, 1])
    people.go("c")
    soon(lambda: people.log[3:] == ["d loaded X"])
    assert people.all_gone()


def test_a_load_that_fails_lets_the_next_ones_in() -> None:
    people = People(Line())
    people.come("a", "X")
    people.come("b", "Y", fails=True)
    people.come("c", "Y")
    people.come("d", "X")
    people.go("a", "c")
    soon(lambda: len(people.log) == 4)
    assert people.log[1:] == ["b loaded Y", "c loaded Y", "d loaded X"]
    assert people.all_gone()


def test_one_who_gives_up_holds_nobody_up() -> None:
    people, cancel = People(Line()), threading.Event()
    people.come("a", "X")
    people.come("b", "Y", cancel)
    people.come("c", "X")
    assert people.places["c"] == [2]
    cancel.set()
    soon(lambda: sorted(people.log[1:]) == ["b gave up", "c joined X"])
    assert people.all_gone()


def test_company_is_noticed_while_it_lasts_and_after() -> None:
    line, before = Line(), time.monotonic()
    line.enter("X", NEVER)
    line.opened("X", 2)
    assert not line.shared_since(before)
    line.enter("X", NEVER)
    assert line.shared_since(time.monotonic() + 60)
    line.leave()
    assert line.shared_since(before)
    assert not line.shared_since(time.monotonic() + 0.001)


def test_idle_means_nobody_inside_and_nobody_waiting() -> None:
    line = Line()
    line.enter("X", NEVER)
    line.opened("X", 1)
    assert not line.take_idle()
    line.leave()
    assert line.take_idle()
    with pytest.raises(Stopped):  # alone is alone, also for the same key
        line.enter("X", _set())
    line.opened(None, 0)
    line.leave()
    assert line.enter("X", NEVER) is False


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_a_crowd_gets_through_and_never_shares_with_another_key() -> None:
    """Sixty users of three models in four hundred turns; some give up, some loads fail; nothing hangs."""
    line, now, wrong, dice = Line(), list[str](), list[str](), random.Random(4)
    lock = threading.Lock()

    def live(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(7):
            cancel = threading.Event()
            if rng.random() < 0.2:
                threading.Timer(0.01, cancel.set).start()
            key = rng.choice("XXYZ")
            try:
                there = line.enter(key, cancel)
            except Stopped:
                continue
            with lock:
                now.append(key)
                if len(set(now)) > 1 or len(now) > 3 or (not there and len(now) > 1):
                    wrong.append("".join(now))
            time.sleep(0.0005)
            with lock:
                now.remove(key)
            if not there:
                fails = rng.random() < 0.2
                line.opened(None if fails else key, 0 if fails else 3)
            line.leave()

    threads = [threading.Thread(target=live, args=(dice.randrange(10**6),), daemon=True) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong == []
