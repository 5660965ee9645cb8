"""The gguf engine on a small Phi model that thinks: budgets, "answer now", the window, and sampling as in Transformers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter
from transformers import AutoModelForCausalLM, GenerationConfig

from phi4web.engine import gguf
from phi4web.engine.base import Request
from phi4web.engine.gguf import GgufEngine, GgufOptions, slots_for
from phi4web.engine.gguf_header import GgufHeader
from phi4web.engine.gguf_stream import sampling_options
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.models import PHI_4_MINI_REASONING, PHI_4_REASONING, Sampling
from phi4web.prompts import Message, solve_messages
from tests.engine.phi import save_phi
from tests.fixtures.make_phi import HERE, problems
from training import gguf_file

GREEDY = Sampling(0.0, 1.0, 0)
PROBLEM = problems()[0][0]


@pytest.fixture(scope="module")
def phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_file.write(HERE / "phi_tiny", tmp_path_factory.mktemp("gguf") / "phi.gguf", "F16")


@pytest.fixture(scope="module")
def engine(phi: Path) -> Iterator[GgufEngine]:
    made = GgufEngine(phi, GgufOptions(PHI_4_REASONING, "F16", 512, slots=2))
    yield made
    made.close()


def ask(tokens: int = 200, budget: int | None = None, sampling: Sampling = GREEDY) -> Request:
    return Request(solve_messages(PHI_4_REASONING, PROBLEM), sampling, tokens, budget, 1)


def run(engine: GgufEngine, request: Request, answer_now: threading.Event | None = None) -> tuple[str, str, Finished]:
    events = list(engine.stream(request, threading.Event(), answer_now))
    end = events[-1]
    assert isinstance(end, Finished)
    counted = sum(e.tokens for e in events if isinstance(e, Delta))
    assert counted <= end.usage.new_tokens <= counted + 3  # tags and the end token have no text
    return written(events, "thought"), written(events, "solution"), end


def written(events: list[Event], part: str) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.part == part)


def now() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_a_thought_of_its_own_length_is_not_touched(engine: GgufEngine) -> None:
    thought, solution, end = run(engine, ask(budget=150))
    assert thought
    assert "\\boxed" in solution
    assert (end.stop, end.usage.estimated) == ("stop", False)
    assert run(engine, ask(budget=None))[:2] == (thought, solution)


@pytest.mark.parametrize("budget", [2, 5, 9])
def test_a_thought_ends_at_its_budget_and_the_solution_follows(engine: GgufEngine, budget: int) -> None:
    whole, _, _ = run(engine, ask())
    thought, solution, end = run(engine, ask(budget=budget))
    assert whole.startswith(thought)
    assert len(thought) < len(whole)
    assert end.usage.thought_tokens == budget
    assert "think>" not in thought + solution
    assert end.usage.solution_tokens > 0
    assert run(engine, ask(budget=budget))[:2] == (thought, solution)


@pytest.mark.parametrize("budget", [-1, 0, 1])
def test_a_budget_smaller_than_a_token_leaves_no_thought(engine: GgufEngine, budget: int) -> None:
    thought, solution, end = run(engine, ask(budget=budget))
    assert thought == ""
    assert solution
    assert end.usage.thought_tokens == max(0, budget)


def test_answer_now_before_the_first_token_leaves_no_thought(engine: GgufEngine) -> None:
    thought, solution, end = run(engine, ask(), now())
    assert thought == ""
    assert solution
    assert end.usage.thought_tokens == 0
    assert end.stop == "stop"


def test_answer_now_in_the_middle_of_a_thought_closes_it_once(engine: GgufEngine) -> None:
    whole, _, _ = run(engine, ask())
    hurry, events = threading.Event(), []
    for event in engine.stream(ask(), threading.Event(), hurry):
        events.append(event)
        if written(events, "thought"):
            hurry.set()
    thought, solution = written(events, "thought"), written(events, "solution")
    assert whole.startswith(thought)
    assert solution
    assert "think>" not in thought + solution
    assert sum(isinstance(e, Reading) for e in events) == 1
    assert sum(a.part != b.part for a, b in pairwise(e for e in events if isinstance(e, Delta))) == 1


def test_what_was_read_and_thought_is_not_read_again_for_the_solution(engine: GgufEngine, phi: Path) -> None:
    run(engine, ask(budget=9))
    _, _, end = run(engine, ask(budget=9))
    assert end.usage.cached_tokens == end.usage.prompt_tokens - 1


@pytest.mark.parametrize("most", [1, 2, 5, 12, 13, 20])
@pytest.mark.parametrize("budget", [0, 3, 12, None])
def test_never_more_tokens_than_were_asked_for(engine: GgufEngine, most: int, budget: int | None) -> None:
    _, _, end = run(engine, ask(tokens=most, budget=budget))
    assert end.usage.new_tokens <= most
    assert end.stop == "stop" or end.usage.new_tokens == most


def test_a_small_window_shortens_the_thought_and_leaves_room_for_the_solution(phi: Path) -> None:
    """A budget that does not fit is cut where the window would end in the thought."""
    whole = GgufEngine(phi, GgufOptions(PHI_4_REASONING, "F16", 512, slots=1))
    thought, _, end = run(whole, ask())
    whole.close()
    context = end.usage.prompt_tokens + 80
    small = GgufEngine(phi, GgufOptions(PHI_4_REASONING, "F16", context, slots=1))
    shorter, solution, cut = run(small, ask(tokens=10_000, budget=8_192))
    small.close()
    room = 80 - len("\n\nNo time is left, so here is the answer.\n</think>\n\n")
    assert thought.startswith(shorter)
    assert cut.usage.thought_tokens == room // 2 < end.usage.thought_tokens
    assert solution
    assert cut.usage.prompt_tokens + cut.usage.new_tokens <= context


def test_control_marks_and_tags_of_the_kind_control_are_seen_and_never_shown(engine: GgufEngine) -> None:
    thought, solution, _ = run(engine, ask())
    assert "<" not in thought + solution


@pytest.mark.parametrize(
    "sampling",
    [Sampling(0.8, 0.95, 50), Sampling(0.7, 1.0, 0), Sampling(1.3, 0.9, 0, 0.05), Sampling(0.5, 0.6, 5), Sampling(1.0, 1.0, 0, 0.2)],
)
def test_a_token_is_drawn_from_the_same_probabilities_as_in_transformers(tmp_path: Path, sampling: Sampling) -> None:
    """Order of the cuts, top_k 0 and min_p 0 mean the same in both, within what half precision of the cache costs."""
    folder = save_phi(tmp_path / "phi")
    engine = GgufEngine(gguf_file.write(folder, tmp_path / "phi.gguf", "F32"), GgufOptions(PHI_4_REASONING, "F32", 256, slots=1))
    prompt = engine._server.prompt((Message("user", "What is 2 + 2?"),)).tokens
    body = {"prompt": prompt, "n_predict": 1, "n_probs": 400, "post_sampling_probs": True}
    odds = (probabilities(engine, body | sampling_options(sampling, seed)) for seed in range(1, 30))
    told = next(o for o in odds if o)  # half a character comes without
    engine.close()
    ours = {t["id"]: t["prob"] for t in told[0]["top_probs"] if t["prob"] > 1e-6}

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = torch.tensor([prompt])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), generation_config=GenerationConfig(
            max_new_tokens=1, return_dict_in_generate=True, output_scores=True, pad_token_id=0, **transformers_options(sampling)
        ),
    )  # fmt: skip
    theirs = torch.softmax(out.scores[0][0], 0)
    kept = {i: float(p) for i, p in enumerate(theirs) if p > 1e-6}
    assert set(ours) == set(kept)
    assert all(abs(ours[i] - kept[i]) < 2e-3 for i in kept)


def probabilities(engine: GgufEngine, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Of each token whose text was written: its id, and what the draw was made from. By the server itself."""
    chunks: list[dict[str, Any]] = []
    engine._server.complete(body, lambda chunk: bool(chunks.append(chunk)))
    return [c["choices"][0]["logprobs"]["content"][0] for c in chunks if c.get("choices") and c["choices"][0].get("logprobs")]


def transformers_options(sampling: Sampling) -> dict[str, Any]:
    options = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": sampling.top_k}
    return options | ({"min_p": sampling.min_p} if sampling.min_p else {})


def with_longrope(folder: Path, path: Path, boundary: int) -> Path:
    """The checkpoint with short and long rotary factors that differ much."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    writer = GGUFWriter(path, "phi3")
    gguf_file._add_sizes(writer, model.config)
    writer.add_rope_scaling_orig_ctx_len(boundary)
    gguf_file._add_words(writer, gguf_file.PreTrainedTokenizerFast.from_pretrained(folder), model.config.vocab_size)
    half = model.config.hidden_size // model.config.num_attention_heads // 2
    for name, factor in (("short", 1.0), ("long", 8.0)):
        writer.add_tensor(f"rope_factors_{name}.weight", np.full(half, factor, np.float32))
    for name, tensor in model.state_dict().items():
        writer.add_tensor(gguf_file._name(name), tensor.numpy(), raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_slots_do_not_change_which_rotary_factors_are_used(tmp_path: Path) -> None:
    """The window of one slot decides, not that of all of them together."""
    path = with_longrope(save_phi(tmp_path / "phi"), tmp_path / "phi.gguf", 256)
    odds = {}
    for context, slots in ((256, 1), (256, 4), (512, 1)):
        engine = GgufEngine(path, GgufOptions(replace(PHI_4_MINI_REASONING, thinks=False), "F32", context, slots=slots))
        body = {"prompt": list(range(10, 100)), "n_predict": 20, "n_probs": 5, "post_sampling_probs": True, "ignore_eos": True}
        odds[context, slots] = probabilities(engine, body | sampling_options(Sampling(1.0, 1.0, 0), 1))
        assert any("long factors" in w for w in engine.info.warnings) == (context > 256)
        engine.close()
    assert odds[256, 1] == odds[256, 4] != odds[512, 1]


def test_slots_are_as_many_as_a_share_of_the_free_memory_holds() -> None:
    fields = {
        "general.architecture": "phi3", "phi3.block_count": 32, "phi3.attention.head_count": 24, "phi3.attention.head_count_kv": 8,
        "phi3.embedding_length": 3072,
    }  # fmt: skip
    header = GgufHeader(fields, 2_490_000_000)
    assert header.cache_bytes(1) == 131_072
    options, gib = GgufOptions(PHI_4_MINI_REASONING, "Q4_K_M", 4096), 2**30
    assert [slots_for(header, options, free * gib) for free in (1, 8, 16, 24, 64)] == [1, 2, 4, 6, 8]
    assert slots_for(header, replace(options, slots=3), gib) == 3
    assert slots_for(header, replace(options, most_slots=2), 64 * gib) == 2
    assert slots_for(header, replace(options, gpu_layers=-1), 64 * gib) == 1
    assert slots_for(GgufHeader({}, 1), options, 64 * gib) == 1


def test_a_containers_limit_counts_and_not_the_memory_of_the_machine_around_it(phi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "ram", lambda: (2**30, 0))
    full = GgufEngine(phi, GgufOptions(PHI_4_REASONING, "F16", 512))
    full.close()
    assert full.info.slots == 1
