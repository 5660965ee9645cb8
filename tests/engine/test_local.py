"""The local engine on tiny real Phi-3-class checkpoints: what it writes, how it ends, and what it says of itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from phi4web.attention import REPEAT_KV
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.engine.local import LocalEngine, cards, context_bytes, seats
from phi4web.engine.local_load import _in_one_line, bnb_config, decoder, in_one_line, load, pad_id, register_repeat_kv, stop_ids
from phi4web.errors import ContextExceeded, EngineBroken, EngineError, LoadFailed, OutOfMemory
from phi4web.events import Delta, Finished, Reading, Usage
from phi4web.memory import gib
from phi4web.models import PHI_4_MINI_REASONING, PHI_4_REASONING
from tests.engine.phi import CUT_SHORT, THINKS, WARM, ask, end, plan_of, run, save_gguf, save_phi, text, tokenizer


@pytest.fixture(scope="module")
def random_phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_phi(tmp_path_factory.mktemp("random"), dtype=torch.bfloat16)


@pytest.fixture(scope="module")
def thinking_phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_phi(tmp_path_factory.mktemp("thinking"), THINKS, CUT_SHORT)


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """Writes abab… and never ends by itself."""
    made = LocalEngine(save_phi(tmp_path_factory.mktemp("endless"), ("<|im_sep|>", "a", "b", "a")), plan_of(context=512))
    yield made
    made.close()


@pytest.fixture(scope="module")
def engine(random_phi: Path) -> Iterator[LocalEngine]:
    made = LocalEngine(random_phi, plan_of())
    yield made
    made.close()


def test_both_engines_say_the_same_of_one_checkpoint(thinking_phi: Path, tmp_path: Path) -> None:
    """Tags marked special are seen, marks are left out, and the thought, the answer, the counts and the end are equal."""
    path = save_gguf(thinking_phi, tmp_path / "phi.gguf")
    for made in (LocalEngine(thinking_phi, plan_of()), GgufEngine(path, GgufOptions(PHI_4_REASONING, "F32", 256))):
        events = run(made, ask())
        made.close()
        assert events[0] == Reading(19)
        assert (text(events, "thought"), text(events)) == ("abcde", "42")
        assert (end(events).stop, end(events).usage) == ("stop", Usage(19, 6, 4))


def test_both_engines_close_a_thought_at_its_budget_and_go_on_to_the_answer(thinking_phi: Path, tmp_path: Path) -> None:
    path = save_gguf(thinking_phi, tmp_path / "phi.gguf")
    for made in (LocalEngine(thinking_phi, plan_of()), GgufEngine(path, GgufOptions(PHI_4_REASONING, "F32", 256))):
        events = run(made, ask(budget=3))
        made.close()
        assert (text(events, "thought"), text(events)) == ("ab", "7")
        assert end(events).stop == "stop"
        assert (end(events).usage.thought_tokens, end(events).usage.solution_tokens) == (3, 2)


@pytest.mark.parametrize("budget", [None, 8192])
def test_a_thought_without_end_leaves_room_in_the_window_for_the_answer(tmp_path: Path, budget: int | None) -> None:
    """The window is smaller than the budget: the thought is closed early, and the answer is written."""
    made = LocalEngine(save_phi(tmp_path, ("<|im_sep|>", "<think>", "a", "b", "a"), CUT_SHORT), plan_of(context=256))
    events = run(made, ask(tokens=10240, budget=budget))
    made.close()
    assert text(events) == "7"
    assert end(events).stop == "stop"
    assert end(events).usage.thought_tokens > 80


def test_the_budget_leaves_no_more_tokens_than_were_asked_for(thinking_phi: Path) -> None:
    made = LocalEngine(thinking_phi, plan_of())
    events = run(made, ask(tokens=3, budget=3))
    made.close()
    assert end(events).stop == "length"
    assert end(events).usage.new_tokens == 3


def test_a_stream_ends_with_length_where_the_tokens_are_used_up(endless: LocalEngine) -> None:
    events = run(endless, ask(tokens=10))
    assert text(events) == "ababababab"
    assert end(events).stop == "length"
    assert replace(end(events).usage, cached_tokens=0) == Usage(19, 0, 10)
    assert sum(e.tokens for e in events if isinstance(e, Delta)) == 10
    assert end(events).timings.tokens_per_second


def test_a_full_context_ends_with_length(endless: LocalEngine) -> None:
    events = run(endless, ask("y" * 450, tokens=500))
    assert end(events).stop == "length"
    assert end(events).usage.prompt_tokens + end(events).usage.new_tokens == 512


def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(engine: LocalEngine) -> None:
    with pytest.raises(ContextExceeded, match=r"The problem is 318 tokens; the model holds 256. Nothing was sent."):
        run(engine, ask("y" * 300))
    assert run(engine, ask())


def test_a_seed_gives_the_same_text_again_and_another_seed_another(engine: LocalEngine) -> None:
    first, other = text(run(engine, ask(sampling=WARM, seed=3))), text(run(engine, ask(sampling=WARM, seed=4)))
    assert text(run(engine, ask(sampling=WARM, seed=3))) == first != other


def test_a_prompt_read_in_pieces_gives_the_same_text(random_phi: Path, engine: LocalEngine) -> None:
    pieces = LocalEngine(random_phi, plan_of(prefill_chunk=7))
    assert text(run(pieces, ask("y" * 100))) == text(run(engine, ask("y" * 100)))
    pieces.close()


def test_cancel_ends_within_one_token(endless: LocalEngine) -> None:
    """Counted by the model's own steps: none is begun once Stop is seen."""
    cancel, steps = threading.Event(), list[bool]()
    hook = endless._loaded.model.register_forward_pre_hook(lambda *_: steps.append(cancel.is_set()))  # type: ignore[union-attr]
    for event in endless.stream(ask(tokens=400), cancel):
        if isinstance(event, Delta):
            cancel.set()
    hook.remove()
    assert isinstance(event, Finished)
    assert event.stop == "cancelled"
    assert 0 < event.usage.new_tokens < 400
    assert sum(steps) <= 1, "one may have been on its way"


def test_cancel_is_seen_between_the_pieces_of_a_long_prompt(random_phi: Path) -> None:
    made = LocalEngine(random_phi, plan_of(prefill_chunk=1))
    cancel, kinds = threading.Event(), []
    for event in made.stream(ask("y" * 200), cancel):
        kinds.append(type(event))
        cancel.set()
    made.close()
    assert kinds == [Reading, Finished]


def test_a_reader_who_goes_away_frees_the_engine(endless: LocalEngine) -> None:
    stream = endless.stream(ask(tokens=400), threading.Event())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert end(run(endless, ask(tokens=2))).usage.new_tokens == 2


def test_closing_ends_a_running_stream_and_twice_does_no_harm(tmp_path: Path) -> None:
    made = LocalEngine(save_phi(tmp_path, ("<|im_sep|>", "a", "b", "a")), plan_of(context=512))
    stream = made.stream(ask(tokens=400), threading.Event())
    next(stream)
    closer = threading.Thread(target=made.close)
    closer.start()
    assert end(list(stream)).stop == "cancelled"
    closer.join()
    made.close()
    with pytest.raises(EngineError, match="closed"):
        run(made, ask())


@pytest.mark.parametrize("quant", ["bf16", "fp16", "fp32", "int8", "nf4", "nf4-dq", "fp4"])
def test_every_quant_loads_and_writes_and_is_what_it_says(random_phi: Path, quant: str) -> None:
    made = LocalEngine(random_phi, plan_of(quant))
    events = run(made, ask(tokens=4))
    model = made._loaded.model  # type: ignore[union-attr]
    layer, config = model.model.layers[0].mlp.down_proj.weight, getattr(model.config, "quantization_config", None)
    made.close()
    assert end(events).usage.new_tokens == 4
    assert made.info.quant == quant
    if quant in ("bf16", "fp16", "fp32"):
        assert str(layer.dtype) == {"bf16": "torch.bfloat16", "fp16": "torch.float16", "fp32": "torch.float32"}[quant]
    elif quant == "int8":
        assert layer.dtype == torch.int8
    else:
        assert layer.dtype == torch.uint8
        assert layer.quant_state.quant_type == quant[:3]
        assert config.bnb_4bit_use_double_quant == quant.endswith("dq")  # the CPU's kernels unfold the scales at the first token
        assert layer.quant_state.dtype == torch.bfloat16


def test_an_already_quantised_folder_is_called_what_it_is(random_phi: Path, tmp_path: Path) -> None:
    config = bnb_config(plan_of("nf4-dq"))
    AutoModelForCausalLM.from_pretrained(random_phi, quantization_config=config, dtype=torch.bfloat16).save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    with pytest.raises(LoadFailed, match="is already quantised to nf4-dq; it can't be loaded as int8"):
        LocalEngine(tmp_path, plan_of("int8"))
    for dtype in ("bf16", "fp16"):  # fp16: for cards without bf16
        made = LocalEngine(tmp_path, plan_of("nf4-dq", dtype=dtype, compute_dtype=dtype))
        assert str(made._loaded.model.lm_head.weight.dtype) == {"bf16": "torch.bfloat16", "fp16": "torch.float16"}[dtype]  # type: ignore[union-attr]
        assert end(run(made, ask(tokens=3))).usage.new_tokens == 3
        made.close()


def test_the_attention_ladder_is_walked_down_and_each_refusal_told(random_phi: Path) -> None:
    made = LocalEngine(random_phi, plan_of(attn_ladder=("flash_attention_2", "no_such_attention", "eager")))
    made.close()
    assert made.info.attn_implementation == "eager"
    told = [r for r in made.info.reasons if "not used" in r]
    assert [r.split(":")[1].split()[0] for r in told] == ["flash_attention_2", "no_such_attention"]


def test_no_attention_at_all_fails_in_one_line(random_phi: Path) -> None:
    with pytest.raises(LoadFailed, match="flash_attention_2") as failure:
        LocalEngine(random_phi, plan_of(attn_ladder=("flash_attention_2",)))
    assert "\n" not in str(failure.value)


def test_attention_with_repeated_heads_computes_the_same(random_phi: Path) -> None:
    register_repeat_kv()
    ids = torch.arange(1, 30)[None]
    logits = []
    for attn in ("eager", REPEAT_KV):
        model = AutoModelForCausalLM.from_pretrained(random_phi, attn_implementation=attn, dtype=torch.float32)
        with torch.inference_mode():
            read = model(ids, use_cache=True)
            more = model(ids[:, :5], past_key_values=read.past_key_values)  # several new tokens on a cache: a mask is needed
        logits.append(torch.cat([read.logits, more.logits], dim=1))
    torch.testing.assert_close(logits[0], logits[1], atol=1e-5, rtol=1e-4)


def test_numbers_that_overflow_are_found_at_load(random_phi: Path, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(random_phi)
    model.lm_head.weight.data.fill_(float("inf"))
    model.save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    with pytest.raises(LoadFailed, match="overflow in fp32"):
        LocalEngine(tmp_path, plan_of())


def test_a_missing_template_is_replaced_by_our_own(random_phi: Path, tmp_path: Path) -> None:
    folder = save_phi(tmp_path, template=None)
    made = LocalEngine(folder, plan_of())
    events = run(made, ask(tokens=2))
    made.close()
    assert any("template" in w for w in made.info.warnings)
    assert isinstance(events[0], Reading)
    assert events[0].prompt_tokens is not None
    assert events[0].prompt_tokens > 19  # our own rendering has Phi's system text


def test_a_folder_without_a_model_fails_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed) as failure:
        LocalEngine(tmp_path, plan_of())
    assert "\n" not in str(failure.value)


def test_pickled_weights_are_never_loaded(random_phi: Path, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(random_phi)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    tokenizer().save_pretrained(tmp_path)
    with pytest.raises(LoadFailed):
        LocalEngine(tmp_path, plan_of())


def test_code_in_a_folder_is_never_run(random_phi: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}}'
    )
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(LoadFailed):
        LocalEngine(tmp_path, plan_of())
    assert not (tmp_path / "ran").exists()


def test_stop_tokens_are_gathered_from_every_place_that_may_hold_them(random_phi: Path) -> None:
    model, words = AutoModelForCausalLM.from_pretrained(random_phi), tokenizer()
    model.generation_config.eos_token_id = [5, 9]
    marks = words.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    assert stop_ids(model, words) == tuple(sorted([5, 9, *marks]))
    model.generation_config.eos_token_id = None
    assert stop_ids(model, words) == tuple(sorted(marks))


def test_a_pad_token_that_ends_answers_is_not_used() -> None:
    words = tokenizer()
    assert pad_id(words, (3, 4)) == words.pad_token_id
    assert pad_id(words, (0, words.pad_token_id)) not in (0, words.pad_token_id)


def test_characters_of_several_tokens_come_whole() -> None:
    words = tokenizer()
    decode = decoder(words)
    pieces = [decode(i) for i in words.encode("é√x<think>", add_special_tokens=False)]
    assert "".join(pieces) == "é√x<think>"
    assert "\ufffd" not in "".join(pieces)


def test_the_first_piece_of_a_prompt_beyond_the_longrope_boundary_passes_it(random_phi: Path) -> None:
    """A shorter one would be turned by the factors of short texts."""
    mini = replace(PHI_4_MINI_REASONING, arch=replace(PHI_4_MINI_REASONING.arch, longrope_boundary=50))
    made = LocalEngine(random_phi, plan_of("fp32", mini, prefill_chunk=8))
    lengths: list[int] = []
    made._loaded.model.register_forward_pre_hook(  # type: ignore[union-attr]
        lambda _, args, kwargs: lengths.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    run(made, ask("y" * 100, tokens=2))
    whole, lengths[:] = list(lengths), []
    run(made, ask("y", tokens=2))
    made.close()
    assert whole[:2] == [51, 8]
    assert max(lengths) == 8


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), OutOfMemory, "The computer ran out of memory at 9,400"),
        (torch.OutOfMemoryError("CUDA out of memory."), OutOfMemory, "9,400 tokens"),
        (ValueError("first line\nsecond"), EngineError, "The model failed: first line"),
        (ContextExceeded("Too long."), ContextExceeded, "Too long."),
    ],
)  # fmt: skip
def test_failures_in_the_middle_are_told_in_one_line(error: Exception, kind: type[Exception], words: str) -> None:
    told = in_one_line(error, 9_400, "cpu")
    assert type(told) is kind
    assert words in str(told)
    assert "\n" not in str(told)


def test_a_model_too_large_is_told_what_is_free_now_and_not_at_the_start() -> None:
    plan = replace(plan_of("fp32"), device="cpu", free_bytes=0)
    with pytest.raises(OutOfMemory) as told, _in_one_line(plan):
        raise MemoryError
    assert "are free" in str(told.value)
    assert f"; {gib(0)} are free" not in str(told.value)


def test_streams_of_many_threads_are_served_at_once_and_each_gets_its_own(random_phi: Path) -> None:
    """Twice as many as there are slots."""
    made = LocalEngine(random_phi, plan_of(context=300), slots=4)
    model = made._loaded.model  # type: ignore[union-attr]
    model.lm_head.weight.data[list(made._loaded.stops)] = 0  # type: ignore[union-attr]  # none ends by itself
    prompts = [f"{i}" * (3 + 7 * i) for i in range(2 * made.info.slots)]
    alone = [text(run(made, ask(p))) for p in prompts]
    widths: list[int] = []
    model.register_forward_pre_hook(lambda _, args, kwargs: widths.append(kwargs["input_ids"].shape[0]), with_kwargs=True)
    start = threading.Barrier(len(prompts))

    def one(prompt: str) -> str:
        start.wait()
        return text(run(made, ask(prompt)))

    with ThreadPoolExecutor(len(prompts)) as pool:
        together = list(pool.map(one, prompts))
    made.close()
    assert together == alone
    assert 1 < max(widths) <= made.info.slots == 4


def test_closing_ends_all_streams(tmp_path: Path) -> None:
    made = LocalEngine(save_phi(tmp_path, ("<|im_sep|>", "a", "b", "a")), plan_of(context=512), slots=2)
    made._loaded.model.register_forward_pre_hook(lambda *_: time.sleep(0.02))  # type: ignore[union-attr]
    streams = [made.stream(ask("x" * i, tokens=400), threading.Event()) for i in range(1, 4)]
    for stream in streams[:2]:
        next(stream)
    made.close()
    assert [end(list(stream)).stop for stream in streams[:2]] == ["cancelled"] * 2
    with pytest.raises(EngineError, match="closed"):
        next(streams[2])
    assert not made._worker.is_alive()


def _no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread\nmore words")


def test_a_worker_that_breaks_down_tells_all_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is being written, one waits for the slot, and one comes later."""
    made = LocalEngine(save_phi(tmp_path, ("<|im_sep|>", "a", "b", "a")), plan_of(context=512), slots=1)
    made._loaded.model.register_forward_pre_hook(lambda *_: time.sleep(0.02))  # type: ignore[union-attr]
    stream = made.stream(ask(tokens=400), threading.Event())
    next(stream)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(list, stream), pool.submit(run, made, ask("waits"))]
        while len(made._asked) < 2:
            time.sleep(0.01)
        monkeypatch.setattr("phi4web.engine.local_batch.Batch.step", _no_thread)
        for one in waiting:
            with pytest.raises(EngineError, match=r"broke down \(can't start new thread\). The next run loads the model again"):
                one.result(20)
    with pytest.raises(EngineBroken, match="broke down"):
        run(made, ask())
    made.close()
    made.close()


@pytest.mark.timeout(120)
def test_a_worker_that_can_not_even_begin_leaves_nobody_waiting(random_phi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = LocalEngine(random_phi, plan_of())
    monkeypatch.setattr(made._peak, "watching", _no_thread)
    with pytest.raises(EngineBroken, match="broke down"):
        run(made, ask())
    made.close()


@pytest.mark.timeout(120)
def test_a_worker_that_is_gone_without_a_word_is_noticed(random_phi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = LocalEngine(random_phi, plan_of())
    monkeypatch.setattr(made, "_break_down", lambda _: None)
    monkeypatch.setattr(made._peak, "watching", _no_thread)
    with pytest.raises(EngineError, match="closed"):
        run(made, ask())


def test_the_figures_of_cuda_are_those_of_the_cards_that_the_model_lies_on() -> None:
    assert cards(plan_of(), 2) == ()
    assert cards(plan_of(device="cuda"), 2) == cards(plan_of(device="cuda:0"), 2) == (0,)
    assert cards(plan_of(device="cuda:1"), 2) == (1,)
    assert cards(plan_of(device="cuda:0", device_map="auto"), 3) == (0, 1, 2)


def test_slots_are_as_many_full_contexts_as_fit_and_one_where_texts_can_not_be_mixed(random_phi: Path) -> None:
    loaded = load(random_phi, plan_of())
    mini = plan_of("nf4", PHI_4_MINI_REASONING, device="mps")
    for plan, contexts, slots, kept in (
        (plan_of(device="mps"), 100.0, 8, 8),
        (plan_of(device="mps"), 4.5, 3, 3),
        (plan_of(device="mps"), 0.1, 1, 1),
        (mini, 100.0, 1, 8),
    ):
        memory = plan.memory
        free = memory.weights + memory.fixed + memory.working + int(contexts * context_bytes(loaded, plan))
        found = seats(loaded, replace(plan, free_bytes=free))
        assert (found.slots, found.kept) == (slots, kept)
    loaded.model.config.sliding_window = 100
    assert seats(loaded, plan_of(device="mps")).slots == 1


@pytest.mark.model
@pytest.mark.parametrize("quant", ["bf16", "int8", "nf4"])
def test_the_embedded_model_writes_at_every_quant(embedded_folder: Path, quant: str) -> None:
    from phi4web.hardware import cpu_only
    from phi4web.loadplan import Wishes
    from phi4web.models import EMBEDDED
    from phi4web.plan import plan

    made = LocalEngine(embedded_folder, plan(cpu_only(16, frozenset({"avx512_bf16"})), EMBEDDED, Wishes(quant=quant)))
    events = run(made, ask("What is the capital of France?", 30))
    peak = made.peak_bytes()
    made.close()
    assert "Paris" in text(events)
    assert peak is not None
    assert peak > 50 << 20
