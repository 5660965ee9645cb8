"""What only a machine with a CUDA card can tell. Runs with the tiny Phi fixture, needs no download, and takes a minute or two.

    pytest tests/gpu -m gpu -rs

Each test says in its name what must hold. Where a card or a package is missing, the reason stands in the skip.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, Phi3Config, Phi3ForCausalLM

from phi4web.attention import REPEAT_KV
from phi4web.engine.anymodel import find_any
from phi4web.engine.base import Request
from phi4web.engine.local import LocalEngine
from phi4web.engine.local_load import bnb_config, load
from phi4web.errors import LoadFailed, OutOfMemory
from phi4web.events import Finished
from phi4web.hardware import Hardware, probe
from phi4web.loadplan import LoadPlan, Wishes
from phi4web.models import Sampling
from phi4web.plan import plan
from phi4web.prompts import Message
from tests.engine.phi import THINKS, ask, run, save_phi, text, tokenizer

CARDS = torch.cuda.device_count() if torch.cuda.is_available() else 0
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not CARDS, reason="no CUDA card here (PyTorch sees none)")]
QUANTS = ("bf16", "fp16", "fp32", "int8", "nf4", "nf4-dq", "fp4")


@pytest.fixture(scope="module")
def machine() -> Hardware:
    return probe()


@pytest.fixture(scope="module")
def phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thinks "abcde" and answers 42."""
    return save_phi(tmp_path_factory.mktemp("gpu") / "phi", THINKS, dtype=torch.bfloat16)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 300 million random weights, so that buffers and rounding to blocks do not hide the rest."""
    folder = tmp_path_factory.mktemp("gpu") / "larger"
    words = tokenizer()
    torch.manual_seed(0)
    config = Phi3Config(
        vocab_size=32_064, hidden_size=1536, intermediate_size=4096, num_hidden_layers=10, num_attention_heads=12,
        num_key_value_heads=4, max_position_embeddings=8192, pad_token_id=words.pad_token_id, bos_token_id=None,
        eos_token_id=words.eos_token_id,
    )  # fmt: skip
    Phi3ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def made_for(machine: Hardware, folder: Path, quant: str | None = None, **wishes: Any) -> LoadPlan:
    wishes = {"context": 256, "device": "cuda:0"} | wishes
    return plan(machine, find_any(str(folder)), Wishes(quant=quant, **wishes))


def capability() -> tuple[int, int]:
    return torch.cuda.get_device_capability(0)


def test_the_probe_tells_the_cards_that_pytorch_sees(machine: Hardware) -> None:
    assert len(machine.gpus) == CARDS
    for number, gpu in enumerate(machine.gpus):
        free, total = torch.cuda.mem_get_info(number)
        assert gpu.total_bytes == total
        assert abs(gpu.free_bytes - free) < 1 << 30
        assert gpu.capability == (torch.cuda.get_device_capability(number) if torch.version.hip is None else None)
    assert machine.cuda_arches
    assert machine.notes == ()


@pytest.mark.parametrize("quant", QUANTS)
def test_every_quant_loads_on_the_card_and_answers(machine: Hardware, phi: Path, quant: str) -> None:
    """The warm-up at load has looked for numbers that are none."""
    engine = LocalEngine(phi, made_for(machine, phi, quant))
    try:
        events = run(engine, ask())
        assert (text(events, "thought"), text(events)) == ("abcde", "42")
        assert engine.info.device == "cuda:0"
        assert engine.peak_bytes()
    finally:
        engine.close()


@pytest.mark.parametrize("attention", ["sdpa", "eager", REPEAT_KV, "flash_attention_2", "flash_attention_3"])
def test_every_attention_answers_the_same_or_is_refused_with_its_reason(machine: Hardware, phi: Path, attention: str) -> None:
    made = made_for(machine, phi, attn_implementation=attention)
    engine = LocalEngine(phi, made)
    try:
        assert text(run(engine, ask())) == "42"
        if engine.info.attn_implementation != attention:
            assert any(attention in reason for reason in engine.info.reasons), "what was asked, what is used, and why"
    finally:
        engine.close()


def test_attentions_compute_the_same_numbers(machine: Hardware, larger: Path) -> None:
    ids = torch.arange(5, 205, device="cuda:0")[None]
    found = {}
    for attention in ("eager", "sdpa", REPEAT_KV, *(["flash_attention_2"] if find_spec("flash_attn") and capability() >= (8, 0) else [])):
        loaded = load(larger, replace(made_for(machine, larger), attn_ladder=(attention,)))
        with torch.inference_mode():
            found[attention] = loaded.model(input_ids=ids).logits.float()
        del loaded
    exact = found.pop("eager")
    for attention, logits in found.items():
        likeness = torch.nn.functional.cosine_similarity(exact.flatten(), logits.flatten(), dim=0)
        assert likeness > 0.999, attention


def test_flash_attention_that_cannot_run_here_falls_back_and_says_so(machine: Hardware, phi: Path) -> None:
    if find_spec("flash_attn") and capability() >= (8, 0):
        pytest.skip("flash-attn is installed and this card runs it")
    forced = replace(made_for(machine, phi), attn_ladder=("flash_attention_2", "sdpa", "eager"))
    engine = LocalEngine(phi, forced)
    try:
        assert engine.info.attn_implementation == "sdpa"
        assert any("flash_attention_2 asked, not used" in reason for reason in engine.info.reasons)
        assert text(run(engine, ask())) == "42"
    finally:
        engine.close()


def test_a_card_without_bf16_is_given_fp16_and_no_bf16_is_left(machine: Hardware, phi: Path, tmp_path: Path) -> None:
    """A folder saved in 4 bits keeps its bf16 embeddings unless they are turned by hand: the path of V100 and T4, on any card."""
    saving = replace(made_for(machine, phi, "nf4"), dtype="bf16", compute_dtype="bf16")
    model = AutoModelForCausalLM.from_pretrained(
        phi, quantization_config=bnb_config(saving), dtype=torch.bfloat16, device_map={"": "cuda:0"}
    )
    model.save_pretrained(tmp_path / "nf4")
    tokenizer().save_pretrained(tmp_path / "nf4")
    del model
    loaded = load(tmp_path / "nf4", made_for(machine, tmp_path / "nf4", "nf4", dtype="fp16"))
    assert {p.dtype for p in loaded.model.parameters()} <= {torch.float16, torch.uint8, torch.float32}
    assert torch.bfloat16 not in {p.dtype for p in loaded.model.parameters()}
    engine = LocalEngine(tmp_path / "nf4", made_for(machine, tmp_path / "nf4", "nf4", dtype="fp16"))
    try:
        assert text(run(engine, ask())) == "42"
    finally:
        engine.close()


def test_numbers_that_overflow_in_fp16_are_found_at_load(machine: Hardware, tmp_path: Path) -> None:
    folder = save_phi(tmp_path / "phi", dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    with torch.no_grad():
        for layer in model.model.layers:
            layer.mlp.gate_up_proj.weight.mul_(1e4)
            layer.mlp.down_proj.weight.mul_(1e4)
    model.save_pretrained(folder)
    with pytest.raises(LoadFailed, match="overflow in fp16"):
        LocalEngine(folder, made_for(machine, folder, "fp16"))


@pytest.mark.parametrize("quant", ["bf16", "int8", "nf4", "nf4-dq"])
def test_the_peak_is_near_the_estimate(machine: Hardware, larger: Path, quant: str) -> None:
    """PyTorch's own count leaves out the driver, so the fixed part is not compared."""
    made = made_for(machine, larger, quant, context=8192)
    engine = LocalEngine(larger, made)
    try:
        long = Request((Message("user", "a" * 6_000),), Sampling(0.0, 1.0, 0), 64)
        events = list(engine.stream(long, threading.Event()))
        assert isinstance(events[-1], Finished)
        expected = made.memory.total - made.memory.fixed
        measured = engine.peak_bytes()
        assert measured is not None
        print(f"{quant}: measured {measured / 2**20:.0f} MiB, estimated {expected / 2**20:.0f} MiB ± {made.memory.band / 2**20:.0f}")
        assert measured <= expected + made.memory.band
        assert measured >= 0.9 * made.memory.weights
    finally:
        engine.close()


def test_too_little_memory_is_one_line_with_both_figures_and_leaves_the_card_usable(machine: Hardware, larger: Path, phi: Path) -> None:
    total = torch.cuda.mem_get_info(0)[1]
    torch.cuda.set_per_process_memory_fraction(min(1.0, (torch.cuda.memory_reserved(0) + (100 << 20)) / total), 0)
    try:
        with pytest.raises(OutOfMemory, match=r"bf16 needs about .* GiB; .* GiB are free. Your notebook is saved"):
            LocalEngine(larger, made_for(machine, larger, "bf16"))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, 0)
    gc.collect()
    engine = LocalEngine(phi, made_for(machine, phi))
    try:
        assert text(run(engine, ask())) == "42"
    finally:
        engine.close()


def test_closing_gives_the_memory_back(machine: Hardware, larger: Path) -> None:
    LocalEngine(larger, made_for(machine, larger, "bf16")).close()
    before = torch.cuda.memory_allocated(0)
    for quant in ("bf16", "nf4", "int8"):
        LocalEngine(larger, made_for(machine, larger, quant)).close()
        gc.collect()
        assert torch.cuda.memory_allocated(0) - before < 32 << 20, quant


@pytest.mark.skipif(CARDS < 2, reason=f"two CUDA cards are needed, {CARDS} here")
@pytest.mark.parametrize("quant", ["bf16", "nf4"])
def test_a_model_is_spread_over_two_cards_and_answers(machine: Hardware, phi: Path, quant: str) -> None:
    model = find_any(str(phi))
    need = plan(machine, model, Wishes(quant=quant, context=256, device="cuda:0")).memory.total
    small = replace(machine, gpus=tuple(replace(g, free_bytes=need - 1) for g in machine.gpus))
    spread = plan(small, model, Wishes(quant=quant, context=256))
    assert spread.device_map == "auto"
    engine = LocalEngine(phi, spread)
    try:
        assert text(run(engine, ask())) == "42"
        assert engine.info.resident_bytes == sum(torch.cuda.memory_allocated(card) for card in range(CARDS))
        assert (engine.peak_bytes() or 0) >= engine.info.resident_bytes >= torch.cuda.memory_allocated(0)
    finally:
        engine.close()


@pytest.mark.skipif(CARDS < 2, reason=f"two CUDA cards are needed, {CARDS} here")
def test_the_figures_of_a_model_on_the_second_card_are_that_cards(machine: Hardware, larger: Path) -> None:
    other = torch.ones(1 << 28, device="cuda:0")  # 1 GiB that is none of the model's
    engine = LocalEngine(larger, made_for(machine, larger, "bf16", device="cuda:1"))
    try:
        run(engine, ask(tokens=2))
        assert 1 << 29 < (engine.info.resident_bytes or 0) < other.nbytes
        assert (engine.peak_bytes() or 0) >= torch.cuda.memory_allocated(1)
    finally:
        engine.close()


def test_a_pytorch_without_kernels_for_this_card_is_told(machine: Hardware, phi: Path) -> None:
    made = made_for(machine, phi)
    built = any("was not built for" in warning for warning in made.warnings)
    works = True
    try:
        torch.ones(8, device="cuda:0").sum().item()
    except RuntimeError:
        works = False
    assert built != works
