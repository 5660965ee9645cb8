"""Several texts in one batch: each is what it would be alone, and what happens to one does not happen to the others.

The batch is stepped by hand, so that who joins and leaves when is no matter of luck.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from phi4web.engine.base import Request
from phi4web.engine.local_batch import Batch
from phi4web.engine.local_load import Loaded, load
from phi4web.engine.local_rows import Row, encode
from phi4web.errors import ContextExceeded, EngineError, OutOfMemory
from phi4web.events import Event, Finished, Reading
from phi4web.loadplan import LoadPlan
from phi4web.prompts import Message
from tests.engine.phi import CUT_SHORT, THINKS, WARM, ask, end, plan_of, save_phi, text

PLAN = plan_of(context=400, prefill_chunk=16)
PROMPTS = ("x", "what is this?", "y" * 90, "1 + 1 = 2, and so on")


class Asked:
    """One request to a batch, and what it has said so far."""

    def __init__(self, loaded: Loaded, request: Request, plan: LoadPlan = PLAN) -> None:
        self.request, self.cancel, self.answer_now = request, threading.Event(), threading.Event()
        self.row = Row(loaded, plan, request, (self.cancel,), self.answer_now)
        self.events: list[Event] = []
        self.error: Exception | None = None

    def read(self) -> Asked:
        while not self.row.events.empty():
            said = self.row.events.get()
            if isinstance(said, Exception):
                self.error = said
            elif said is not None:
                self.events.append(said)
        return self

    @property
    def answer(self) -> list[int]:
        """The new tokens."""
        return self.row.ids[self.row._prompt_tokens :]

    @property
    def ended(self) -> bool:
        return self.row.done.is_set()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Random weights, large enough for every answer to depend on its whole prompt."""
    return endless(load(save_phi(tmp_path_factory.mktemp("random"), initializer_range=0.3), PLAN))


@pytest.fixture(scope="module")
def thinking(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(save_phi(tmp_path_factory.mktemp("thinking"), THINKS, CUT_SHORT), PLAN)


def endless(loaded: Loaded) -> Loaded:
    """It never ends by itself."""
    loaded.model.lm_head.weight.data[list(loaded.stops)] = 0
    return loaded


@pytest.fixture(autouse=True)
def no_gradients() -> Any:
    with torch.inference_mode():
        yield


def batch_of(loaded: Loaded, *requests: Request, slots: int = 8, plan: LoadPlan = PLAN) -> tuple[Batch, list[Asked]]:
    batch, asked = Batch(loaded, plan, slots, slots), [Asked(loaded, request, plan) for request in requests]
    for one in asked:
        batch.add(one.row)
    return batch, asked


def finish(batch: Batch, asked: Sequence[Asked], most: int = 2000) -> None:
    while batch.busy:
        batch.step()
        most -= 1
        assert most, "it never ends"
    for one in asked:
        one.read()


def generated(loaded: Loaded, request: Request, plan: LoadPlan = PLAN) -> list[int]:
    """What the library's own loop writes, with nothing kept from before."""
    ids = torch.tensor([encode(loaded, plan, request.messages)])
    out = loaded.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=request.max_new_tokens, do_sample=False,
        eos_token_id=list(loaded.stops), pad_token_id=loaded.pad,
    )  # fmt: skip
    return [int(i) for i in out[0, ids.shape[1] :]]


class Calls:
    """Shapes (rows, tokens) of the model's calls while it is open."""

    def __init__(self, loaded: Loaded) -> None:
        self.shapes: list[tuple[int, int]] = []
        self._hook = loaded.model.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, _: Any, __: Any, kwargs: dict[str, Any]) -> None:
        self.shapes.append(tuple(kwargs["input_ids"].shape))

    def __enter__(self) -> list[tuple[int, int]]:
        return self.shapes

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


class Failing:
    """Makes the model's calls fail where `when` says so of (rows, tokens), at most so many times."""

    def __init__(self, loaded: Loaded, error: Exception, when: Any, times: int = 1000) -> None:
        self._error, self._when, self._times = error, when, times
        self._hook = loaded.model.register_forward_pre_hook(self._fail, with_kwargs=True)

    def _fail(self, _: Any, __: Any, kwargs: dict[str, Any]) -> None:
        if self._times and self._when(*kwargs["input_ids"].shape):
            self._times -= 1
            raise self._error

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


def test_texts_in_one_batch_are_what_they_are_alone(loaded: Loaded) -> None:
    batch, asked = batch_of(loaded, *(ask(p, 40) for p in PROMPTS))
    with Calls(loaded) as calls:
        finish(batch, asked)
    assert max(calls)[0] == len(PROMPTS)
    answers = [one.answer for one in asked]
    assert answers == [generated(loaded, one.request) for one in asked]
    assert len({tuple(answer[:8]) for answer in answers}) == len(PROMPTS)  # or the test would say nothing


def test_one_that_joins_late_and_one_that_leaves_early_change_nothing_for_the_rest(loaded: Loaded) -> None:
    batch, asked = batch_of(loaded, ask("x", 60), ask("what is this?", 5), ask("z", 50))
    for _ in range(12):
        batch.step()
    late = [Asked(loaded, ask("y" * 90, 30)), Asked(loaded, ask("1 + 1", 60))]
    for one in late:
        batch.add(one.row)
    for _ in range(9):
        batch.step()
    asked[0].cancel.set()
    finish(batch, [*asked, *late])
    assert end(asked[0].events).stop == "cancelled"
    assert 5 < len(asked[0].answer) < 60
    for one in (*asked, *late):
        assert one.answer == generated(loaded, one.request)[: len(one.answer)]


@pytest.mark.parametrize("attn", ["sdpa", "eager", "sdpa_repeat_kv"])
def test_every_attention_computes_a_batch_as_it_computes_one(tmp_path: Path, attn: str) -> None:
    plan = plan_of(context=400, prefill_chunk=16, attn_ladder=(attn,))
    loaded = endless(load(save_phi(tmp_path, initializer_range=0.3), plan))
    assert loaded.attn_implementation == attn
    batch, asked = batch_of(loaded, *(ask(p, 12) for p in PROMPTS), plan=plan)
    finish(batch, asked)
    assert [one.answer for one in asked] == [generated(loaded, one.request) for one in asked]


@pytest.mark.parametrize("quant", ["int8", "nf4", "nf4-dq"])
def test_quantised_weights_serve_a_batch(tmp_path: Path, quant: str) -> None:
    plan = plan_of(quant)
    loaded = load(save_phi(tmp_path, THINKS, CUT_SHORT, dtype=torch.bfloat16), plan)
    batch, asked = batch_of(loaded, ask("x"), ask("y" * 30), ask("z", budget=3), plan=plan)
    with Calls(loaded) as calls:
        finish(batch, asked)
    assert max(calls)[0] > 1
    assert [(text(one.events, "thought"), text(one.events)) for one in asked] == [("abcde", "42"), ("abcde", "42"), ("ab", "7")]


def test_several_seeds_give_several_texts_and_one_seed_the_same_again(loaded: Loaded) -> None:
    requests = [ask("x", 20, WARM, seed) for seed in (1, 2, 3)]
    batch, asked = batch_of(loaded, *requests)
    finish(batch, asked)
    assert len({tuple(one.answer) for one in asked}) == 3
    again = []
    for _ in range(2):
        batch, alone = batch_of(loaded, requests[1])
        finish(batch, alone)
        again.append(alone[0].answer)
    assert again[0] == again[1]


def test_samples_of_one_prompt_share_its_reading(loaded: Loaded) -> None:
    batch, asked = batch_of(loaded, *(ask("y" * 90, 10, WARM, seed) for seed in range(4)))
    with Calls(loaded) as calls:
        finish(batch, asked)
    prompt = end(asked[0].events).usage.prompt_tokens
    assert sum(tokens for _, tokens in calls if tokens > 1) == prompt
    assert [end(one.events).usage.cached_tokens for one in asked] == [0, *[prompt - 1] * 3]
    assert max(calls)[0] == 4


def test_the_same_request_again_reads_one_token_and_says_the_same(loaded: Loaded) -> None:
    batch, (first,) = batch_of(loaded, ask("y" * 90))
    finish(batch, [first])
    again = Asked(loaded, first.request)
    batch.add(again.row)
    with Calls(loaded) as calls:
        finish(batch, [again])
    usage = end(again.events).usage
    assert usage.cached_tokens == usage.prompt_tokens - 1
    assert {tokens for _, tokens in calls} == {1}
    assert again.answer == first.answer


def test_a_turn_of_a_chat_reads_only_what_is_new(loaded: Loaded) -> None:
    batch, _ = batch_of(loaded)
    messages: list[Message] = []
    known = 0
    for turn in range(4):
        messages.append(Message("user", f"question {turn} " * 4))
        one = Asked(loaded, Request(tuple(messages), ask().sampling, 16, seed=1))
        batch.add(one.row)
        with Calls(loaded) as calls:
            finish(batch, [one])
        usage = end(one.events).usage
        assert usage.cached_tokens >= known
        assert sum(tokens for _, tokens in calls if tokens > 1) <= usage.prompt_tokens - known
        assert one.answer == generated(loaded, one.request)
        messages.append(Message("assistant", text(one.events)))
        known = usage.prompt_tokens  # the answer's own tokens may be others when they are read as text


def test_a_short_prompt_does_not_cost_a_long_conversation_its_memory(loaded: Loaded) -> None:
    batch, (long,) = batch_of(loaded, ask("y" * 90, 4), slots=2)
    finish(batch, [long])
    short = Asked(loaded, ask("x", 4))
    batch.add(short.row)
    finish(batch, [short])
    again = Asked(loaded, long.request)
    batch.add(again.row)
    finish(batch, [again])
    assert again.row.cached == again.row._prompt_tokens - 1
    assert again.answer == long.answer
    assert short.answer == generated(loaded, short.request)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(loaded: Loaded) -> None:
    batch, _ = batch_of(loaded, slots=2)
    cached = []
    for prompt in ("a" * 30, "b" * 30, "c" * 30, "c" * 30, "a" * 30):
        one = Asked(loaded, ask(prompt, 2))
        batch.add(one.row)
        finish(batch, [one])
        cached.append(one.row.cached > 30)
    assert cached == [False, False, False, True, False]


def test_a_long_prompt_is_read_between_the_tokens_of_the_others(loaded: Loaded) -> None:
    batch, (writing,) = batch_of(loaded, ask("x", 200))
    for _ in range(4):
        batch.step()
    long = Asked(loaded, ask("y" * 200, 4))
    batch.add(long.row)
    with Calls(loaded) as calls:
        while not long.answer:
            batch.step()
    reading = [i for i, (_, tokens) in enumerate(calls) if tokens > 1]
    assert len(reading) > 10
    assert all(calls[i][1] <= 16 and calls[i + 1][1] == 1 for i in reading)
    finish(batch, [writing, long])
    assert long.answer == generated(loaded, long.request)
    assert writing.answer == generated(loaded, writing.request)


def test_a_short_prompt_does_not_wait_for_a_long_one_to_be_read(loaded: Loaded) -> None:
    batch, (long, short) = batch_of(loaded, ask("y" * 300, 4), ask("x", 4))
    while not short.ended:
        batch.step()
    assert not long.answer
    finish(batch, [long, short])
    assert long.answer == generated(loaded, long.request)


def test_more_than_there_are_slots_wait_and_all_are_served(loaded: Loaded) -> None:
    batch, asked = batch_of(loaded, *(ask(f"{i}" * 5, 6) for i in range(5)), slots=2)
    with Calls(loaded) as calls:
        finish(batch, asked)
    assert max(calls)[0] == 2
    assert all(one.answer == generated(loaded, one.request) for one in asked)


def test_one_that_waits_can_be_stopped(loaded: Loaded) -> None:
    batch, (first, waiting) = batch_of(loaded, ask("x", 30), ask("z", 30), slots=1)
    batch.step()
    waiting.cancel.set()
    batch.step()
    assert end(waiting.read().events).stop == "cancelled"
    assert not first.ended
    finish(batch, [first])


def test_answer_now_closes_one_thought_while_the_others_write_on(thinking: Loaded) -> None:
    batch, asked = batch_of(thinking, ask("x"), ask("y" * 20), ask("z", budget=4))
    while len(asked[0].answer) < 3:
        batch.step()
    asked[0].answer_now.set()
    finish(batch, asked)
    said = [(text(one.events, "thought"), text(one.events)) for one in asked]
    assert said == [("abc", "7"), ("abcde", "42"), ("abc", "7")]
    assert [end(one.events).stop for one in asked] == ["stop"] * 3


def test_a_stop_is_seen_inside_a_piece_of_a_prompt(loaded: Loaded) -> None:
    plan = plan_of(context=400, prefill_chunk=300)
    batch, (one,) = batch_of(loaded, ask("y" * 250), plan=plan)
    hook = loaded.model.model.layers[0].register_forward_hook(lambda *_: one.cancel.set())
    batch.step()
    hook.remove()
    assert not one.answer
    finish(batch, [one])
    assert [type(event) for event in one.events] == [Reading, Finished]


def test_memory_that_runs_out_ends_the_one_that_came_last(loaded: Loaded) -> None:
    batch, asked = batch_of(loaded, *(ask(p, 20) for p in PROMPTS))
    with Failing(loaded, torch.OutOfMemoryError("CUDA out of memory."), lambda rows, _: rows > 2):
        finish(batch, asked)
    assert [type(one.error) for one in asked] == [type(None), type(None), OutOfMemory, OutOfMemory]
    assert "ran out of memory at" in str(asked[3].error)
    for one in asked[:2]:
        assert one.answer == generated(loaded, one.request)
    more = Asked(loaded, ask("again", 5))
    batch.add(more.row)
    finish(batch, [more])
    assert more.answer == generated(loaded, more.request)


def test_memory_that_runs_out_takes_what_is_only_kept_before_anybody_ends(loaded: Loaded) -> None:
    batch, (kept,) = batch_of(loaded, ask("y" * 90, 2))
    finish(batch, [kept])
    asked = [Asked(loaded, ask("x", 10)), Asked(loaded, ask("z", 10))]
    for one in asked:
        batch.add(one.row)
    with Failing(loaded, MemoryError(), lambda rows, _: rows == 2, times=1):
        finish(batch, asked)
    assert [one.error for one in asked] == [None, None]
    assert [one.answer for one in asked] == [generated(loaded, one.request) for one in asked]
    again = Asked(loaded, kept.request)
    batch.add(again.row)
    finish(batch, [again])
    assert again.row.cached < 20


def test_a_failure_ends_those_it_concerns_and_nobody_else(loaded: Loaded) -> None:
    batch, (first, second) = batch_of(loaded, ask("x", 10), ask("y" * 40, 10))
    with Failing(loaded, ValueError("broken\nby chance"), lambda _, tokens: tokens == 16, times=1):
        finish(batch, [first, second])
    failed = [one for one in (first, second) if one.error]
    assert len(failed) == 1
    assert str(failed[0].error) == "The model failed: broken"
    (good,) = [one for one in (first, second) if not one.error]
    assert good.answer == generated(loaded, good.request)


def test_numbers_that_overflow_end_their_own_text_only(loaded: Loaded) -> None:
    batch, (first, second) = batch_of(loaded, ask("x", 20), ask("zz", 20))
    while len(second.answer) < 3:
        batch.step()

    def overflow(_: Any, __: Any, out: Any) -> None:
        out[1] = float("nan")

    hook = loaded.model.model.layers[0].self_attn.qkv_proj.register_forward_hook(overflow)
    batch.step()
    hook.remove()
    finish(batch, [first, second])
    assert isinstance(second.error, EngineError)
    assert "overflowed" in str(second.error)
    assert first.answer == generated(loaded, first.request)
    assert all(bool(layer.keys.isfinite().all()) for layer in batch._cache.layers)  # or they would get into what comes next


def test_a_prompt_that_is_too_long_is_refused_at_once(loaded: Loaded) -> None:
    batch, (one,) = batch_of(loaded, ask("y" * 500))
    assert not batch.busy
    assert isinstance(one.read().error, ContextExceeded)
