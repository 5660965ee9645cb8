"""The gguf engine on the real embedded model: the protocol, to the letter."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from phi4web.engine.base import Request
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.engine.gguf_server import unbroken
from phi4web.engine.loaders import gguf_options
from phi4web.errors import BadInput, ContextExceeded, EngineError, LoadFailed
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.hardware import cpu_only
from phi4web.loadplan import Wishes
from phi4web.models import EMBEDDED, Sampling, find
from phi4web.plan import plan
from phi4web.prompts import Message
from tests.engine.test_gguf_header import write_gguf

GREEDY = Sampling(0.0, 1.0, 0)
WARM = Sampling(0.8, 0.95, 50)


@pytest.fixture(scope="module")
def engine(embedded_gguf: Path) -> Iterator[GgufEngine]:
    made = GgufEngine(embedded_gguf, GgufOptions(EMBEDDED, "Q4_1", 1024))
    yield made
    made.close()


def ask(text: str, tokens: int = 24, sampling: Sampling = GREEDY, seed: int | None = 1, budget: int | None = None) -> Request:
    return Request((Message("user", text),), sampling, tokens, budget, seed)


def run(engine: GgufEngine, request: Request) -> tuple[list[Event], str, Finished]:
    events = list(engine.stream(request, threading.Event()))
    end = events[-1]
    assert isinstance(end, Finished)
    return events, "".join(e.text for e in events if isinstance(e, Delta)), end


@pytest.mark.model
def test_a_stream_is_reading_then_deltas_then_one_end_with_the_servers_figures(engine: GgufEngine) -> None:
    events, text, end = run(engine, ask("Count from one to twenty.", 24))
    assert isinstance(events[0], Reading)
    assert all(isinstance(e, Delta) for e in events[1:-1])
    assert text.strip()
    assert end.stop == "length"
    assert end.usage.prompt_tokens == events[0].prompt_tokens
    assert (end.usage.solution_tokens, end.usage.thought_tokens, end.usage.estimated) == (24, 0, False)
    assert end.timings.ttft is not None
    assert 0 < end.timings.ttft <= end.timings.seconds
    assert end.timings.tokens_per_second is not None


@pytest.mark.model
def test_the_model_ends_by_itself_without_a_mark_in_the_text(engine: GgufEngine) -> None:
    _, text, end = run(engine, ask("Say hello in one word.", 200))
    assert end.stop == "stop"
    assert "<|" not in text


@pytest.mark.model
def test_temperature_zero_does_not_look_at_the_seed(engine: GgufEngine) -> None:
    assert len({run(engine, ask("Tell me a story.", 20, GREEDY, seed=s))[1] for s in (1, 2, 3)}) == 1


@pytest.mark.model
def test_cancel_ends_within_one_token(engine: GgufEngine) -> None:
    cancel, texts = threading.Event(), 0
    for event in engine.stream(ask("Tell me a long story.", 500, WARM), cancel):
        texts += isinstance(event, Delta)
        if texts == 5:
            cancel.set()
    assert isinstance(event, Finished)
    assert event.stop == "cancelled"
    assert texts <= event.usage.new_tokens < 400  # a few had been written before Stop was pressed, on a busy computer more
    assert not event.usage.estimated


@pytest.mark.model
def test_cancel_while_a_long_prompt_is_read_ends_before_any_text(engine: GgufEngine) -> None:
    cancel, kinds = threading.Event(), []
    for event in engine.stream(ask("one two three " * 250, 50), cancel):
        kinds.append(type(event))
        cancel.set()
    assert kinds == [Reading, Finished]


@pytest.mark.model
def test_a_reader_who_goes_away_frees_the_engine(engine: GgufEngine) -> None:
    stream = engine.stream(ask("Tell me a long story.", 500, WARM), threading.Event())
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert run(engine, ask("Say hello.", 3))[2].stop in ("stop", "length")


@pytest.mark.model
def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(engine: GgufEngine) -> None:
    with pytest.raises(ContextExceeded, match=r"The problem is 6,0\d\d tokens; the model holds 1,024. Nothing was sent."):
        run(engine, ask("one two three " * 2000))
    assert run(engine, ask("Say hello.", 3))[1]


@pytest.mark.model
def test_a_full_context_ends_with_length(engine: GgufEngine) -> None:
    _, _, end = run(engine, ask("one two three " * 320, 500, WARM))
    assert end.stop == "length" or end.usage.prompt_tokens + end.usage.new_tokens < 1024
    assert end.usage.prompt_tokens + end.usage.new_tokens <= 1025


@pytest.mark.model
def test_an_engine_that_never_wrote_anything_closes_too(embedded_gguf: Path) -> None:
    """llama.cpp's server never ends if it is dropped before its loop has begun."""
    for _ in range(3):
        GgufEngine(embedded_gguf, GgufOptions(EMBEDDED, "Q4_1", 256)).close()


@pytest.mark.model
def test_close_gives_the_memory_back_and_does_no_harm_twice(embedded_gguf: Path) -> None:
    process = psutil.Process()

    def cycle() -> int:
        engine = GgufEngine(embedded_gguf, GgufOptions(EMBEDDED, "Q4_1", 512))
        run(engine, ask("Say hello.", 3))
        assert (engine.peak_bytes() or 0) > 50 << 20
        engine.close()
        engine.close()
        with pytest.raises(EngineError, match="closed"):
            run(engine, ask("Say hello.", 3))
        return int(process.memory_info().rss)

    first = cycle()
    assert max(cycle() for _ in range(4)) < first + (100 << 20)  # the model takes 130 MiB each time


def test_a_file_that_is_not_whole_fails_in_one_line(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(LoadFailed, match="cut short"):
        GgufEngine(path, GgufOptions(EMBEDDED, "Q4_1", 512))


def test_a_whole_file_that_holds_no_model_fails_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match="llama.cpp could not load m.gguf") as failure:
        GgufEngine(write_gguf(tmp_path / "m.gguf"), GgufOptions(EMBEDDED, "Q4_1", 512))
    assert "\n" not in str(failure.value)


def test_a_context_beyond_the_models_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="9,000 tokens is more than the 8,192"):
        GgufEngine(write_gguf(tmp_path / "m.gguf"), GgufOptions(EMBEDDED, "Q4_1", 9000))


@pytest.mark.parametrize("name", ["Phi-4-mini-reasoning", "Phi-4-reasoning", "Phi-4-reasoning-plus"])
def test_the_default_window_holds_the_default_budgets_of_a_model_that_thinks(name: str) -> None:
    model = find(name)
    options = gguf_options(plan(cpu_only(64, frozenset({"avx2"})), model, Wishes(quant="Q4_K_M")), 2, 8)
    assert options.context > model.max_new_tokens + 2048 > (model.thinking_budget or 0)


def test_a_model_with_a_rotary_boundary_that_does_not_think_stays_below_it_unless_asked() -> None:
    model, machine = find("Phi-4-mini-instruct"), cpu_only(64, frozenset({"avx2"}))
    assert gguf_options(plan(machine, model, Wishes(quant="Q4_K_M")), 2, 8).context == 4096
    assert gguf_options(plan(machine, model, Wishes(quant="Q4_K_M", context=8192)), 2, 8).context == 8192


def test_ctrl_c_waits_until_llama_cpp_stands() -> None:
    """A server that is dropped while it starts never ends, and phi4web with it."""
    done: list[int] = []

    def work() -> None:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.1)
        done.append(1)

    with pytest.raises(KeyboardInterrupt):
        unbroken(work)
    assert done == [1]
