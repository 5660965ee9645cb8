"""The remote engine with real servers on loopback: llama.cpp's own, and `transformers serve`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from phi4web.engine.host import EngineHost
from phi4web.engine.remote import RemoteEngine, RemoteOptions
from phi4web.engine.remote_address import address
from phi4web.errors import ContextExceeded, EngineError, LoadFailed
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.hardware import cpu_only
from phi4web.models import Sampling, find
from phi4web.settings import Settings
from tests.engine.conftest import LLAMA_KEY
from tests.engine.phi import CUT_SHORT, THINKS, save_gguf, save_phi
from tests.engine.servers.real import llama_server
from tests.engine.test_remote import ask, end, run, text

pytestmark = [pytest.mark.model, pytest.mark.slow]
GREEDY = Sampling(0.0, 1.0, 0)
WARM = Sampling(0.9, 0.95, 50)


@contextmanager
def opened(url: str, name: str, key: str | None = None) -> Iterator[RemoteEngine]:
    engine = RemoteEngine(address(url), RemoteOptions(find(f"remote:{name}"), name, key))
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture(params=["llama.cpp", "Transformers"])
def engine(request: pytest.FixtureRequest, embedded_folder: Path) -> Iterator[RemoteEngine]:
    if request.param == "llama.cpp":
        with opened(request.getfixturevalue("llama_url"), "SmolLM2-135M-Instruct", LLAMA_KEY) as made:
            yield made
    else:
        with opened(request.getfixturevalue("transformers_url"), str(embedded_folder)) as made:
            yield made


def test_a_stream_has_the_servers_own_counts(engine: RemoteEngine) -> None:
    events = run(engine, ask("Count from one to twenty.", 12, sampling=GREEDY))
    assert isinstance(events[0], Reading)
    assert all(isinstance(e, Delta) for e in events[1:-1])
    assert end(events).stop == "length"
    assert (end(events).usage.solution_tokens, end(events).usage.estimated) == (12, False)
    assert end(events).usage.prompt_tokens > 20


def test_the_model_ends_by_itself_without_a_mark_in_the_text(engine: RemoteEngine) -> None:
    events = run(engine, ask("Say hello in one word.", 200, sampling=GREEDY))
    assert end(events).stop == "stop"
    assert "<|" not in text(events, "solution")


def test_seeds_and_temperature_reach_the_server(engine: RemoteEngine) -> None:
    """`transformers serve` would take the likeliest token for this model whatever the temperature, unless told in its own way."""
    stories = [text(run(engine, ask("Tell me a story.", 12, sampling=WARM, seed=seed)), "solution") for seed in (1, 1, 2, 3)]
    assert stories[0] == stories[1]
    assert len(set(stories)) > 1


def test_stop_ends_the_stream_and_the_servers_work(engine: RemoteEngine) -> None:
    cancel, events = threading.Event(), list[Event]()
    for event in engine.stream(ask("Tell me a long story.", 2000, sampling=GREEDY), cancel):
        events.append(event)
        if isinstance(event, Delta) and not cancel.is_set():
            cancel.set()
            stopped = time.monotonic()
    assert time.monotonic() - stopped < 10, "2000 tokens take longer"
    assert end(events).stop == "cancelled"
    assert end(events).usage.new_tokens < 1000
    assert run(engine, ask("Say hello.", 2))  # at once, and not after 2000 tokens


def test_llama_cpp_names_itself_and_counts_the_prompt_before_it_reads(llama_url: str) -> None:
    with opened(llama_url, "anything", LLAMA_KEY) as engine:
        assert engine.info.reasons[0] == "server: llama.cpp"
        events = run(engine, ask("Hello", 2, sampling=GREEDY))
    assert isinstance(events[0], Reading)
    assert events[0].prompt_tokens == end(events).usage.prompt_tokens


def test_transformers_serve_names_itself_by_what_it_refuses(transformers_url: str, embedded_folder: Path) -> None:
    with opened(transformers_url, str(embedded_folder)) as engine:
        run(engine, ask("Hello", 2, sampling=WARM))
        assert engine.info.reasons[0] == "server: Transformers"
    with opened(transformers_url, "another") as engine, pytest.raises(EngineError, match="pinned to"):
        run(engine, ask("Hello", 2, sampling=GREEDY))


def test_llama_cpp_wants_its_key(llama_url: str) -> None:
    with pytest.raises(LoadFailed, match="asks for a key"), opened(llama_url, "x"):
        pass
    with pytest.raises(LoadFailed, match="does not accept the key"), opened(llama_url, "x", "wrong"):
        pass


def test_llama_cpp_says_when_a_prompt_is_too_long(llama_url: str) -> None:
    said = r"is 9,0\d\d tokens; the server's model holds [24],\d\d\d"
    with opened(llama_url, "x", LLAMA_KEY) as engine, pytest.raises(ContextExceeded, match=said):
        run(engine, ask("one two three " * 3000, 5))


def test_the_host_opens_it_from_the_settings(llama_url: str) -> None:
    settings = Settings(model="remote:SmolLM2-135M-Instruct", remote_url=llama_url, remote_key=LLAMA_KEY, public=True)
    host = EngineHost(settings, cpu_only(16))
    try:
        with host.use() as engine:
            assert (engine.info.kind, engine.info.model, engine.info.quant) == ("remote", "remote:SmolLM2-135M-Instruct", "served")
            assert llama_url not in str(engine.info)
            assert isinstance(run(engine, ask("Hello", 2))[-1], Finished)  # type: ignore[arg-type]
    finally:
        host.close()


def test_llama_cpp_goes_on_from_a_thought_that_is_closed_for_it(tmp_path: Path) -> None:
    """A checkpoint that thinks abcde and says 42; whose thought is closed in the prompt, it says 7."""
    path = save_gguf(save_phi(tmp_path / "phi", THINKS, CUT_SHORT), tmp_path / "phi4-reasoning.gguf")
    with llama_server(path, LLAMA_KEY) as url, opened(url, "phi4-reasoning", LLAMA_KEY) as engine:
        whole, cut = (run(engine, ask("x", 24, budget, GREEDY)) for budget in (None, 3))
    assert (text(whole, "thought"), text(whole, "solution")) == ("abcde", "42")
    assert (text(cut, "thought"), text(cut, "solution")) == ("ab", "7")
    assert (end(cut).usage.thought_tokens, end(cut).usage.solution_tokens, end(cut).usage.estimated) == (3, 2, False)
