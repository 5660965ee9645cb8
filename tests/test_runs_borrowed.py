"""A run's engine: kept between quick tries, given back beside a long check, and never twice in its hands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from phi4web.engine.base import Engine, Request
from phi4web.engine.scripted import ScriptedEngine
from phi4web.errors import LoadFailed
from phi4web.models import EMBEDDED
from phi4web.prompts import Message
from phi4web.runs import Borrowed, borrowed
from tests.fakes import wait_for

REQUEST = Request((Message("user", "2+2"),), EMBEDDED.sampling, 16)


class Host:
    """Counts who takes the engine and who gives it back."""

    def __init__(self) -> None:
        self.taken = self.given_back = 0
        self.broken = False

    @contextmanager
    def use(self) -> Iterator[Engine]:
        if self.broken:
            raise LoadFailed("It is not here.")
        self.taken += 1
        try:
            yield ScriptedEngine(["four"])
        finally:
            self.given_back += 1


def write(engine: Borrowed) -> None:
    assert len(list(engine.stream(REQUEST, threading.Event()))) == 3


def test_quick_tries_share_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed, "KEEP_SECONDS", 60)
    host = Host()
    engine = Borrowed(host.use)
    for _ in range(3):
        write(engine)
    assert (host.taken, host.given_back) == (1, 0)
    engine.close()
    engine.close()
    assert (host.taken, host.given_back) == (1, 1)


def test_after_a_while_it_is_given_back_and_the_next_try_has_a_turn_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed, "KEEP_SECONDS", 0.01)
    host, heard = Host(), []
    engine = Borrowed(host.use, heard.append)
    engine.take()
    write(engine)
    assert wait_for(lambda: host.given_back == 1)
    write(engine)
    engine.close()
    assert (host.taken, host.given_back, len(heard)) == (2, 2, 2)
    assert engine.info.kind == "scripted"


def test_taken_and_not_used_or_left_in_the_middle_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed, "KEEP_SECONDS", 60)
    host = Host()
    engine = Borrowed(host.use)
    engine.take()
    engine.close()
    stream = engine.stream(REQUEST, threading.Event())
    next(iter(stream))
    engine.close()
    assert (host.taken, host.given_back) == (2, 2)


def test_what_can_not_be_loaded_is_said_and_nothing_is_held() -> None:
    host = Host()
    host.broken = True
    engine = Borrowed(host.use)
    with pytest.raises(LoadFailed):
        write(engine)
    host.broken = False
    write(engine)
    engine.close()
    assert (host.taken, host.given_back) == (1, 1)
