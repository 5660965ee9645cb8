"""Models whose rotations change at a length, on a tiny one: every token is what a computation of the whole text gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from phi4web.engine.local import seats
from phi4web.engine.local_batch import Batch
from phi4web.engine.local_load import Loaded, load
from phi4web.engine.local_rows import encode
from phi4web.loadplan import LoadPlan
from phi4web.models import PHI_4_MINI_REASONING
from phi4web.prompts import CLOSE_THOUGHT
from tests.engine.phi import ask, plan_of, save_phi
from tests.engine.test_local_batch import Asked, Calls, batch_of, endless, finish, generated

BOUNDARY = 60
MINI = replace(PHI_4_MINI_REASONING, arch=replace(PHI_4_MINI_REASONING.arch, longrope_boundary=BOUNDARY))
PLAN = plan_of("fp32", MINI, context=400, prefill_chunk=16)
# 18 tokens are the template's.
SHORT, NEAR, LONG = "x" * 10, "x" * 38, "x" * 80


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    rope = {
        "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": BOUNDARY,
        "short_factor": [1.0] * 16, "long_factor": [1.0 + 3 * i for i in range(16)],
    }  # fmt: skip
    folder: Path = tmp_path_factory.mktemp("mini")
    return endless(load(save_phi(folder, initializer_range=0.3, rope_parameters=rope, original_max_position_embeddings=BOUNDARY), PLAN))


@pytest.fixture(autouse=True)
def no_gradients() -> Any:
    with torch.inference_mode():
        yield


def recomputed(loaded: Loaded, prompt: str, tokens: int) -> list[int]:
    """The whole text anew for each token, with no cache at all."""
    ids = encode(loaded, PLAN, ask(prompt).messages)
    start = len(ids)
    for _ in range(tokens):
        ids.append(int(loaded.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
    return ids[start:]


def write(batch: Batch, loaded: Loaded, prompt: str, tokens: int, plan: LoadPlan = PLAN) -> Asked:
    one = Asked(loaded, ask(prompt, tokens), plan)
    batch.add(one.row)
    finish(batch, [one])
    return one


@pytest.mark.parametrize("prompt", [SHORT, NEAR, LONG])
def test_a_text_that_begins_before_at_or_after_the_boundary_is_what_a_whole_computation_gives(mini: Loaded, prompt: str) -> None:
    batch, (one,) = batch_of(mini, ask(prompt, 60), slots=1, plan=PLAN)
    finish(batch, [one])
    assert one.answer == recomputed(mini, prompt, 60) == generated(mini, one.request, PLAN)


def test_without_the_guard_the_text_would_be_another(mini: Loaded) -> None:
    """Or the tests of this file would prove nothing."""
    unguarded = plan_of("fp32", replace(MINI, arch=replace(MINI.arch, longrope_boundary=None)), context=400, prefill_chunk=16)
    for prompt in (SHORT, LONG):
        batch, (one,) = batch_of(mini, ask(prompt, 60), slots=1, plan=unguarded)
        finish(batch, [one])
        assert one.answer != recomputed(mini, prompt, 60)


def test_what_is_kept_is_never_used_on_the_other_side_of_the_boundary(mini: Loaded) -> None:
    """Texts that begin alike, short, long, short and long again; and each again, to use what was kept on its own side."""
    batch, _ = batch_of(mini, slots=1, plan=PLAN)
    for prompt in (SHORT, LONG, SHORT, LONG, NEAR, NEAR, LONG):
        one = write(batch, mini, prompt, 12)
        assert one.answer == recomputed(mini, prompt, 12), prompt


def test_on_one_side_of_the_boundary_what_was_read_is_used_again(mini: Loaded) -> None:
    batch = Batch(mini, PLAN, slots=1, kept=4)
    for prompt in (SHORT, LONG):
        write(batch, mini, prompt, 4)
    for prompt in (SHORT, LONG):
        again = write(batch, mini, prompt, 4)
        assert again.row.cached == again.row._prompt_tokens - 1
        assert again.answer == recomputed(mini, prompt, 4)


def test_one_text_at_a_time_is_computed_while_the_others_wait(mini: Loaded) -> None:
    batch = Batch(mini, PLAN, slots=seats(mini, PLAN).slots, kept=4)
    asked = [Asked(mini, ask(prompt, 50), PLAN) for prompt in (SHORT, LONG, NEAR)]
    for one in asked:
        batch.add(one.row)
    with Calls(mini) as calls:
        finish(batch, asked)
    assert {rows for rows, _ in calls} == {1}
    assert [one.answer for one in asked] == [recomputed(mini, one.request.messages[0].content, 50) for one in asked]


def test_closing_a_thought_may_cross_the_boundary(mini: Loaded) -> None:
    """The closing words bring several tokens at once."""
    thinker = replace(mini, template=replace(mini.template, opens_thought=True))
    closing = mini.tokenizer.encode(CLOSE_THOUGHT, add_special_tokens=False)
    batch = Batch(thinker, PLAN, slots=1, kept=1)
    for prompt in (SHORT, NEAR):
        one = Asked(thinker, ask(prompt, 20, budget=3), PLAN)
        batch.add(one.row)
        finish(batch, [one])
        start = one.row._prompt_tokens + 3
        assert start < BOUNDARY < len(one.row.ids)
        assert one.row.ids[start : start + len(closing)] == closing
        for i in range(start + len(closing), len(one.row.ids)):
            assert one.row.ids[i] == int(mini.model(input_ids=torch.tensor([one.row.ids[:i]]), use_cache=False).logits[0, -1].argmax())
