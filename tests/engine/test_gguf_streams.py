"""Several streams at once on the real embedded model, its prompt cache, and seeds that reproduce."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from phi4web.engine.base import Request
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.errors import EngineError
from phi4web.events import Delta, Event, Finished
from phi4web.models import EMBEDDED, Sampling
from phi4web.prompts import Message

pytestmark = pytest.mark.model
WARM = Sampling(0.7, 0.95, 50)
STORY = ("Tell me a story about " + "a dog and a cat and " * 32 + "a bird.",)


def opened(path: Path, slots: int = 3) -> GgufEngine:
    return GgufEngine(path, GgufOptions(EMBEDDED, "Q4_1", 512, slots=slots))


@pytest.fixture(scope="module")
def engine(embedded_gguf: Path) -> Iterator[GgufEngine]:
    made = opened(embedded_gguf)
    yield made
    made.close()


def ask(*turns: str, tokens: int = 24, seed: int | None = 7) -> Request:
    """Turns of user and assistant, one after the other."""
    said = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(turns))
    return Request(said, WARM, tokens, None, seed)


def run(engine: GgufEngine, request: Request) -> tuple[str, Finished]:
    events: list[Event] = list(engine.stream(request, threading.Event()))
    end = events[-1]
    assert isinstance(end, Finished)
    return "".join(e.text for e in events if isinstance(e, Delta)), end


def test_a_seed_gives_the_same_text_after_other_conversations_and_in_a_fresh_engine(embedded_gguf: Path, engine: GgufEngine) -> None:
    """Whatever the cache holds: nothing, the same prompt, its first half, or the text that followed it."""
    first, _ = run(engine, ask(*STORY))
    again, end = run(engine, ask(*STORY))
    assert end.usage.cached_tokens == end.usage.prompt_tokens - 1
    run(engine, ask(STORY[0][:500] + " something else", seed=1))
    run(engine, ask("Another conversation."))
    run(engine, ask(*STORY, first, "And then?"))
    between, end = run(engine, ask(*STORY))
    assert end.usage.cached_tokens >= 20  # the system text
    run(engine, ask(STORY[0] + " And a fish.", seed=2))
    after, end = run(engine, ask(*STORY))
    assert end.usage.cached_tokens > 128  # and a chunk of what both have in common
    fresh = opened(embedded_gguf, slots=1)
    assert run(fresh, ask("Something before."))[0]
    assert run(fresh, ask(*STORY))[0] == first == again == between == after
    fresh.close()
    assert run(engine, ask(*STORY, seed=8))[0] != first


WORKED = ("What is 25 + 13?", "25 + 13 = 38", "Solve 3x + 4 = 19.", "3x = 19 - 4 = 15\nx = 5", "What is 17 + {}?")


def test_what_comes_before_the_last_message_is_read_once_for_all_slots(embedded_gguf: Path) -> None:
    """And the text is bit for bit the one of a fresh engine: each token is drawn by the last bits of its probability."""
    engine, fixed = opened(embedded_gguf, slots=2), 0
    folder = engine._server.beginnings.folder
    for number in (4, 5, 6):  # the second goes to the slot that was never used
        _, end = run(engine, ask(*WORKED[:-1], WORKED[-1].format(number), tokens=4))
        assert (end.usage.cached_tokens > 60) == (number > 4)
        fixed = end.usage.cached_tokens
    with ThreadPoolExecutor(2) as threads:  # beside others as well
        ends = list(threads.map(lambda i: run(engine, ask(*WORKED[:-1], WORKED[-1].format(i), tokens=4))[1], (7, 8)))
    assert [end.usage.cached_tokens >= fixed for end in ends] == [True, True]
    asked = ask(*WORKED[:-1], WORKED[-1].format(9), tokens=40)
    told = run(engine, asked)[0]
    run(engine, ask("Another conversation."))
    run(engine, ask("And one more.", seed=None))
    assert run(engine, asked)[0] == told
    assert list(folder.iterdir())
    engine.close()
    assert not folder.exists()
    fresh = opened(embedded_gguf, slots=1)
    assert run(fresh, asked)[0] == told
    fresh.close()


def test_a_kept_beginning_that_is_lost_is_read_again(embedded_gguf: Path) -> None:
    engine = opened(embedded_gguf, slots=1)
    told = run(engine, ask("Tell me a story."))[0]
    assert run(engine, ask("Tell me what a fish is."))[1].usage.cached_tokens > 20
    for file in engine._server.beginnings.folder.iterdir():
        file.write_bytes(b"")
    again, end = run(engine, ask("Tell me a story."))
    assert (again, end.usage.cached_tokens) == (told, 0)
    engine.close()


def test_a_chat_that_goes_on_is_not_read_again_for_its_fixed_part(engine: GgufEngine) -> None:
    said, _ = run(engine, ask("Say something about the sea.", seed=None))
    _, end = run(engine, ask("Say something about the sea.", said, "Go on.", seed=None))
    assert end.usage.cached_tokens > 50
    assert end.usage.prompt_tokens - end.usage.cached_tokens < 20


def test_the_same_turn_of_a_chat_reproduces_while_its_slot_is_kept(engine: GgufEngine) -> None:
    said, _ = run(engine, ask("Say something."))
    first, end = run(engine, ask("Say something.", said, "Go on, please."))
    assert end.usage.cached_tokens > 30
    assert run(engine, ask("Say something.", said, "Go on, please."))[0] == first


def test_without_a_seed_no_two_texts_are_alike(engine: GgufEngine) -> None:
    assert len({run(engine, ask("Tell me a story.", seed=None))[0] for _ in range(3)}) == 3


def test_as_many_streams_as_slots_write_at_once_and_further_ones_wait(engine: GgufEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted where the slots are handed out: what a reader gets to see, and when, hangs on how busy the computer is."""
    assert engine.info.slots == 3
    take, give_back, taken, lock = engine._slots.take, engine._slots.give_back, [0], threading.Lock()

    def counted_take(*about: Any) -> Any:
        slot = take(*about)
        with lock:
            taken.append(taken[-1] + 1)
        return slot

    def counted_give_back(slot: Any) -> None:
        with lock:
            taken.append(taken[-1] - 1)
        give_back(slot)

    monkeypatch.setattr(engine._slots, "take", counted_take)
    monkeypatch.setattr(engine._slots, "give_back", counted_give_back)

    def one(number: int) -> Finished:
        return run(engine, ask(f"Story number {number}.", tokens=40))[1]

    with ThreadPoolExecutor(5) as threads:
        ends = list(threads.map(one, range(5)))
    assert all(0 < end.usage.new_tokens <= 40 for end in ends)
    assert max(taken) == 3


def test_cancelling_one_stream_leaves_the_others_alone(engine: GgufEngine) -> None:
    cancels = [threading.Event() for _ in range(3)]

    def one(number: int) -> Finished:
        events = []
        for event in engine.stream(ask(f"Write a long story, number {number}.", tokens=60 if number else 400), cancels[number]):
            events.append(event)
            if number == 0 and len(events) == 6:
                cancels[0].set()
        assert isinstance(events[-1], Finished)
        return events[-1]

    with ThreadPoolExecutor(3) as threads:
        ends = list(threads.map(one, range(3)))
    assert [end.stop == "cancelled" for end in ends] == [True, False, False]
    assert all(end.usage.new_tokens == 60 or end.stop == "stop" for end in ends[1:])
    assert ends[0].usage.new_tokens < 400


def test_each_turn_of_a_chat_reads_only_what_is_new_with_another_chat_beside(engine: GgufEngine) -> None:
    ours, theirs = ["Hello, tell me about dogs."], ["Hi! What is a cat?"]
    for turn in range(4):
        for chat in (ours, theirs):
            text, end = run(engine, ask(*chat, tokens=30))
            if turn:
                assert end.usage.prompt_tokens - end.usage.cached_tokens < 30
            chat += [text, f"Tell me more, part {turn}."]


def test_every_slot_holds_a_whole_context(engine: GgufEngine) -> None:
    long = "one two three " * 150  # 450 of 512 tokens

    with ThreadPoolExecutor(3) as threads:
        ends = list(threads.map(lambda i: run(engine, ask(f"{i} {long}", tokens=10))[1], range(3)))
    assert all(end.usage.prompt_tokens > 450 for end in ends)
    assert all(end.usage.new_tokens == 10 or end.stop == "stop" for end in ends)


def test_readers_who_go_away_free_their_slots(engine: GgufEngine) -> None:
    for _ in range(4):
        stream = engine.stream(ask("Tell me a long story.", tokens=500), threading.Event())
        next(stream)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert run(engine, ask("Say hello.", tokens=3))[1].usage.new_tokens


def test_one_who_waits_can_be_cancelled(embedded_gguf: Path) -> None:
    engine = opened(embedded_gguf, slots=1)
    stream = engine.stream(ask("Tell me a long story.", tokens=500), threading.Event())
    next(stream)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    events = list(engine.stream(ask("Hello."), cancel))
    assert len(events) == 1
    assert isinstance(events[0], Finished)
    assert events[0].stop == "cancelled"
    stream.close()  # type: ignore[attr-defined]
    engine.close()


def test_close_ends_what_is_being_written(embedded_gguf: Path) -> None:
    engine, started = opened(embedded_gguf, slots=2), threading.Barrier(3)

    def one(number: int) -> str:
        ended = ""
        for seen, event in enumerate(engine.stream(ask(f"Write a long story, number {number}.", tokens=800), threading.Event())):
            if seen == 3:
                started.wait(20)
            ended = event.stop if isinstance(event, Finished) else ""
        return ended

    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(one, i) for i in range(2)]
        started.wait(20)
        began = time.monotonic()
        engine.close()
        assert time.monotonic() - began < 10
        assert [r.result(10) for r in running] == ["cancelled", "cancelled"]
    with pytest.raises(EngineError, match="closed"):
        run(engine, ask("Hello."))
