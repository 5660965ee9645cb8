"""One problem solved through every engine gives the same kinds of events, and figures that mean the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from phi4web.engine.base import Engine
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.engine.local import LocalEngine
from phi4web.engine.remote import RemoteEngine, RemoteOptions
from phi4web.engine.remote_address import address
from phi4web.events import Delta, Finished
from phi4web.models import EMBEDDED, Sampling, find
from phi4web.solve import Options, Update, solve
from tests.engine.conftest import LLAMA_KEY
from tests.engine.phi import plan_of
from tests.fakes import TableChecker

pytestmark = [pytest.mark.model, pytest.mark.slow]
MODEL = replace(EMBEDDED, sampling=Sampling(0.0, 1.0, 0))
TOKENS = 16
KINDS = ["TryStarted", "Reading", "Delta", "Finished", "Checking", "TryDone", "Solved"]

Get = Callable[[str], Path | str]


def _local(get: Get) -> Engine:
    return LocalEngine(Path(get("embedded_folder")), plan_of("nf4", EMBEDDED, context=1024))


def _gguf(get: Get) -> Engine:
    return GgufEngine(Path(get("embedded_gguf")), GgufOptions(EMBEDDED, "Q4_1", 1024))


def _remote(url: str, name: str, key: str | None = None) -> Engine:
    return RemoteEngine(address(url), RemoteOptions(find(f"remote:{name}"), name, key))


ENGINES: dict[str, Callable[[Get], Engine]] = {
    "local nf4": _local,
    "gguf": _gguf,
    "llama.cpp's server": lambda get: _remote(str(get("llama_url")), "SmolLM2-135M-Instruct", LLAMA_KEY),
    "transformers serve": lambda get: _remote(str(get("transformers_url")), str(get("embedded_folder"))),
}


@contextmanager
def _opened(name: str, get: Get) -> Iterator[Engine]:
    engine = ENGINES[name](get)
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture(scope="module")
def solved(request: pytest.FixtureRequest) -> dict[str, list[Update]]:
    """What each engine gave; one is open at a time."""
    out = {}
    for name in ENGINES:
        with _opened(name, request.getfixturevalue) as engine:
            options = Options(max_new_tokens=TOKENS)
            out[name] = list(solve("What is 25 + 13?", MODEL, engine, TableChecker(), options, threading.Event()))
    return out


def end(updates: list[Update]) -> Finished:
    return next(u for u in updates if isinstance(u, Finished))


def test_the_same_kinds_of_events_in_the_same_order(solved: dict[str, list[Update]]) -> None:
    kinds = {name: [kind for kind, _ in itertools.groupby(type(u).__name__ for u in updates)] for name, updates in solved.items()}
    assert kinds == dict.fromkeys(ENGINES, KINDS)


def test_the_same_usage(solved: dict[str, list[Update]]) -> None:
    """Counted by whoever ran the model: the prompt to the token, and no more new tokens than were allowed."""
    usages = {name: end(updates).usage for name, updates in solved.items()}
    assert len({u.prompt_tokens for u in usages.values()}) == 1, usages
    for name, updates in solved.items():
        usage, texts = usages[name], [u for u in updates if isinstance(u, Delta)]
        assert not usage.estimated, name
        assert usage.thought_tokens == 0, name
        assert sum(t.tokens for t in texts) <= usage.solution_tokens <= min(TOKENS, sum(t.tokens for t in texts) + 1), name
        assert end(updates).stop == ("length" if usage.solution_tokens == TOKENS else "stop"), name


def test_the_same_timings(solved: dict[str, list[Update]]) -> None:
    for name, updates in solved.items():
        timings = end(updates).timings
        assert timings.ttft is not None, name
        assert timings.ttft == timings.ttfat, name
        assert 0 < timings.ttft < timings.seconds, name
        assert timings.tokens_per_second is not None, name
        written = (end(updates).usage.new_tokens - 1) / timings.tokens_per_second
        assert 0 < written <= timings.seconds - timings.ttft + 0.05, name
