import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phi4web.errors import BadInput
from phi4web.hardware import GIB, KNOWN_GPUS, Gpu, Hardware, cpu_only, gpu_by_name, gpu_with, machine_with
from phi4web.loadplan import Choice, LoadPlan, Wishes
from phi4web.models import CATALOGUE, EMBEDDED, PHI_4, PHI_4_MINI_REASONING, PHI_4_REASONING, find, is_gguf
from phi4web.peaks import Peak
from phi4web.plan import ATTENTIONS, REPEAT_KV, default_model, plan

BIG, MINI = PHI_4_REASONING, PHI_4_MINI_REASONING
HERE = [m for m in CATALOGUE if not m.unavailable]
FLASH, KV = "flash_attention_2", REPEAT_KV


def on(card: str, **more: object) -> Hardware:
    """A machine with this card and flash-attn installed."""
    return replace(machine_with(gpu_by_name(card)), flash_attn=True, **more)  # type: ignore[arg-type]


def choice(made: LoadPlan, name: str) -> Choice:
    return next(c for c in made.choices if c.name == name)


# card, then for Phi-4-mini-reasoning and for the 14B: quant, dtype, first attention, context in k, whether it fits
TABLE = [
    ("RTX 5090", ("bf16", "bf16", "sdpa", 16, True), ("bf16", "bf16", "sdpa", 16, True)),
    ("RTX 5080", ("bf16", "bf16", "sdpa", 16, True), ("nf4-dq", "bf16", "sdpa", 16, True)),
    ("RTX 5070", ("bf16", "bf16", "sdpa", 16, True), ("nf4-dq", "bf16", "sdpa", 4, True)),
    ("RTX 4090", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 16, True)),
    ("RTX 4080", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 16, True)),
    ("RTX 4070", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 4, True)),
    ("RTX 4060", ("nf4-dq", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 4, False)),
    ("RTX 3090", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 16, True)),
    ("RTX 3080 10GB", ("nf4-dq", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 4, False)),
    ("RTX 3070", ("nf4-dq", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 4, False)),
    ("RTX 3060 12GB", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 4, True)),
    ("RTX 2080 Ti", ("fp16", "fp16", KV, 16, True), ("nf4-dq", "fp16", KV, 4, False)),
    ("RTX 2060", ("nf4-dq", "fp16", KV, 8, True), ("nf4-dq", "fp16", KV, 4, False)),
    ("GTX 1660 Ti", ("nf4-dq", "fp16", KV, 8, True), ("nf4-dq", "fp16", KV, 4, False)),
    ("GTX 1080 Ti", ("nf4-dq", "fp16", "eager", 16, True), ("nf4-dq", "fp16", "eager", 4, False)),
    ("GTX 1060 6GB", ("nf4-dq", "fp16", "eager", 4, True), ("nf4-dq", "fp16", "eager", 4, False)),
    ("P100 16GB", ("fp16", "fp16", "eager", 16, True), ("nf4-dq", "fp16", "eager", 8, True)),
    ("V100 16GB", ("fp16", "fp16", "eager", 16, True), ("nf4-dq", "fp16", "eager", 8, True)),
    ("V100 32GB", ("fp16", "fp16", "eager", 16, True), ("nf4-dq", "fp16", "eager", 16, True)),
    ("T4", ("fp16", "fp16", KV, 16, True), ("nf4-dq", "fp16", KV, 16, True)),
    ("A10G", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 16, True)),
    ("L4", ("bf16", "bf16", FLASH, 16, True), ("nf4-dq", "bf16", FLASH, 16, True)),
    ("L40S", ("bf16", "bf16", FLASH, 16, True), ("bf16", "bf16", FLASH, 16, True)),
    ("A100 40GB", ("bf16", "bf16", FLASH, 16, True), ("bf16", "bf16", FLASH, 16, True)),
    ("A100 80GB", ("bf16", "bf16", FLASH, 16, True), ("bf16", "bf16", FLASH, 16, True)),
    ("H100 80GB", ("bf16", "bf16", FLASH, 16, True), ("bf16", "bf16", FLASH, 16, True)),
    ("H200", ("bf16", "bf16", FLASH, 16, True), ("bf16", "bf16", FLASH, 16, True)),
    ("B200", ("bf16", "bf16", "sdpa", 16, True), ("bf16", "bf16", "sdpa", 16, True)),
    ("RTX PRO 6000", ("bf16", "bf16", "sdpa", 16, True), ("bf16", "bf16", "sdpa", 16, True)),
    ("RX 7700 XT", ("bf16", "bf16", "sdpa", 16, True), ("nf4-dq", "bf16", "sdpa", 4, True)),
    ("RX 7900 XTX", ("bf16", "bf16", "sdpa", 16, True), ("nf4-dq", "bf16", "sdpa", 16, True)),
    ("MI300X", ("bf16", "bf16", "sdpa", 16, True), ("bf16", "bf16", "sdpa", 16, True)),
    ("Arc B580", ("bf16", "bf16", "sdpa", 16, True), ("nf4-dq", "bf16", "sdpa", 4, True)),
    ("Apple M4 16GB", ("fp16", "fp16", "sdpa", 16, True), ("Q4_K_M", "fp16", "llama.cpp", 8, True)),
]


@pytest.mark.parametrize(("card", "mini", "big"), TABLE, ids=[row[0] for row in TABLE])
def test_what_each_card_gets(card: str, mini: tuple[object, ...], big: tuple[object, ...]) -> None:
    for model, expected in ((MINI, mini), (BIG, big)):
        made = plan(on(card), model)
        assert (made.quant, made.dtype, made.attn_implementation, made.context // 1024, made.fits) == expected
        assert made.compute_dtype == (made.dtype if made.quant == "nf4-dq" else None)
        assert made.fits or made.fixes


def test_the_table_has_the_cards_that_people_have() -> None:
    assert len(TABLE) >= 25
    assert {row[0] for row in TABLE} <= {card.name for card in KNOWN_GPUS}


@pytest.mark.parametrize(
    ("card", "asked", "installed", "ladder", "why"),
    [
        ("RTX 3090", None, True, (FLASH, "sdpa", "eager"), "installed"),
        ("RTX 3090", None, False, ("sdpa", "eager"), "not installed"),
        ("RTX 3090", FLASH, False, ("sdpa", "eager"), "not installed (pip install flash-attn)"),
        ("RTX 3090", "eager", True, ("eager", FLASH, "sdpa"), "as asked"),
        ("RTX 3090", "fa2", True, (FLASH, "sdpa", "eager"), "as asked"),
        ("RTX 3090", "flash_attention_3", True, (FLASH, "sdpa", "eager"), "needs compute capability 9.0"),
        ("T4", FLASH, True, (KV, "eager"), "needs compute capability 8.0, and T4 has 7.5"),
        ("T4", "sdpa", True, ("sdpa", KV, "eager"), "as asked"),
        ("V100 32GB", None, True, ("eager", KV), "model card"),
        ("V100 32GB", KV, True, (KV, "eager"), "as asked"),
        ("GTX 1080 Ti", None, True, ("eager", KV), "model card"),
        ("RTX 5090", None, True, ("sdpa", "eager"), "uneven"),
        ("RTX 5090", FLASH, True, (FLASH, "sdpa", "eager"), "as asked"),
        ("RX 7900 XTX", FLASH, True, (FLASH, "sdpa", "eager"), "as asked"),
        ("Arc B580", FLASH, True, ("sdpa", "eager"), "CUDA and ROCm only"),
    ],
)
def test_attention_follows_the_wish_unless_it_is_known_to_fail(
    card: str, asked: str | None, installed: bool, ladder: tuple[str, ...], why: str
) -> None:
    made = plan(replace(on(card), flash_attn=installed), MINI, Wishes(attn_implementation=asked))
    assert made.attn_ladder == ladder
    told = choice(made, "attention")
    assert why in told.why
    assert told.used == ladder[0]


def test_hopper_takes_flash_attention_3_where_it_is_installed() -> None:
    assert plan(on("H100", flash_attn_3=True), BIG).attn_ladder == ("flash_attention_3", FLASH, "sdpa", "eager")
    assert plan(on("A100 80GB", flash_attn_3=True), BIG).attn_ladder == (FLASH, "sdpa", "eager")


def test_flash_attention_is_not_tried_in_fp32() -> None:
    made = plan(on("A100 80GB"), MINI, Wishes(dtype="fp32", attn_implementation=FLASH))
    assert (made.quant, made.dtype, made.attn_ladder) == ("fp32", "fp32", ("sdpa", "eager"))


@pytest.mark.parametrize(
    ("wishes", "features", "quant", "dtype", "compute", "warns"),
    [
        (Wishes(), "avx2", "Q4_1", "fp16", None, ""),
        (Wishes(quant="bf16"), "avx512_bf16", "bf16", "bf16", None, ""),
        (Wishes(quant="bf16"), "avx2", "bf16", "bf16", None, "emulates bf16"),
        (Wishes(quant="fp16"), "avx2", "fp16", "fp16", None, "fp16 is slow on a CPU"),
        (Wishes(quant="fp32"), "avx2", "fp32", "fp32", None, ""),
        (Wishes(dtype="float32"), "avx2", "fp32", "fp32", None, ""),
        (Wishes(quant="nf4"), "avx2", "nf4", "fp32", "fp32", ""),
        (Wishes(quant="nf4"), "amx_bf16", "nf4", "bf16", "bf16", ""),
        (Wishes(quant="nf4", dtype="bf16"), "avx2", "nf4", "bf16", "bf16", "emulates bf16"),
        (Wishes(quant="int8"), "avx512_bf16", "int8", "bf16", "fp16", ""),
    ],
)
def test_numbers_on_a_cpu(wishes: Wishes, features: str, quant: str, dtype: str, compute: str | None, warns: str) -> None:
    made = plan(cpu_only(16, frozenset({features})), EMBEDDED, wishes)
    assert (made.device, made.quant, made.dtype, made.compute_dtype) == ("cpu", quant, dtype, compute)
    assert made.engine == ("gguf" if is_gguf(quant) else "local")
    assert warns in " ".join(made.warnings)
    assert bool(warns) == bool(made.warnings)


def test_bf16_asked_on_an_old_card_becomes_fp16_and_says_so() -> None:
    made = plan(on("T4"), MINI, Wishes(quant="bf16"))
    assert (made.quant, made.dtype) == ("fp16", "fp16")
    assert choice(made, "dtype") == Choice("dtype", "bf16", "fp16", "compute capability 7.5 has no bf16 arithmetic")
    forced = plan(on("T4"), MINI, Wishes(quant="bf16", dtype="bfloat16"))
    assert (forced.quant, forced.dtype) == ("bf16", "bf16")
    assert "emulates bf16" in forced.warnings[0]


def test_gguf_runs_where_the_installed_llama_cpp_can() -> None:
    with_gpu = plan(on("RTX 4070"), BIG, Wishes(quant="Q3_K_M"))
    assert (with_gpu.engine, with_gpu.device, with_gpu.gpu_layers, with_gpu.attn_ladder) == ("gguf", "cuda:0", -1, ("llama.cpp",))
    without = plan(on("RTX 4070", llama_gpu=False), BIG, Wishes(quant="Q3_K_M"))
    assert (without.engine, without.device, without.gpu_layers) == ("gguf", "cpu", 0)
    assert choice(without, "llama.cpp").why == "the installed llama.cpp runs on the CPU only"


def test_llama_cpp_and_the_long_rotary_factors_of_mini() -> None:
    assert "long-context rotary factors" in plan(cpu_only(32), MINI).warnings[0]
    assert plan(cpu_only(32), MINI, Wishes(context=4096)).warnings == ()
    assert plan(cpu_only(32), BIG).warnings == ()


def test_the_ui_example_of_a_12_gib_card() -> None:
    made = plan(on("RTX 4070"), BIG, Wishes(quant="Q4_K_M", context=16384))
    assert made.verdict == "Does not fit on RTX 4070: needs about 12.7 GiB of 12.0 GiB (0.69 GiB short)."
    assert [(f.label, f.model, f.enough) for f in made.fixes] == [
        ("context 8k", None, True),
        ("Q3_K_M", None, True),
        ("some layers on the CPU", None, True),
        ("Phi-4-mini-reasoning 3.8B", "Phi-4-mini-reasoning", True),
    ]
    assert [round(f.saves / GIB, 1) for f in made.fixes[:3]] == [1.6, 1.6, 0.7]


def cards(*names: str, **more: object) -> Hardware:
    return replace(on(names[0], **more), gpus=tuple(map(gpu_by_name, names)))


def test_several_cards_share_what_one_cannot_hold() -> None:
    one = gpu_by_name("RTX 3060 12GB")
    machine = replace(on("RTX 3060 12GB"), gpus=(one, replace(one, free_bytes=11 * GIB), one))
    spread = plan(machine, PHI_4, Wishes(quant="bf16"))
    assert (spread.device, spread.device_map, spread.free_bytes, spread.fits) == ("cuda:0", "auto", 35 * GIB, True)
    assert choice(spread, "spread").why == "RTX 3060 12GB alone is too small; each holds some of the layers"
    assert plan(machine, MINI).device_map is None
    alone = plan(machine, PHI_4, Wishes(quant="bf16", device="cuda:1"))
    assert (alone.device, alone.device_map, alone.fits) == ("cuda:1", None, False)


def test_each_card_has_its_own_buffers_and_driver() -> None:
    one, three = (plan(cards(*["RTX 3060 12GB"] * n), PHI_4, Wishes(quant="bf16", context=8192)).memory for n in (1, 3))
    assert (three.working, three.fixed) == (3 * one.working, 3 * one.fixed)
    assert (three.weights, three.cache) == (one.weights, one.cache)


def test_a_model_over_cards_of_different_age_runs_as_the_oldest_can() -> None:
    """The newest has bf16 and FlashAttention; its neighbour from 2018 has neither."""
    mixed = plan(cards("RTX 3090", "T4"), PHI_4, Wishes(quant="bf16"))
    assert (mixed.device_map, mixed.dtype, mixed.attn_implementation) == ("auto", "fp16", KV)
    with_volta = plan(cards("RTX 3090", "V100 16GB"), PHI_4, Wishes(quant="bf16"))
    assert (with_volta.dtype, with_volta.attn_implementation) == ("fp16", "eager")
    assert plan(cards("RTX 3090", "T4"), MINI).dtype == "bf16", "where one card is enough, the others don't count"


def test_cards_of_another_make_are_no_help() -> None:
    mixed = plan(cards("RTX 3060 12GB", "RX 7700 XT"), PHI_4, Wishes(quant="bf16"))
    assert (mixed.device_map, mixed.fits) == (None, False)


def test_of_several_cards_bitsandbytes_fills_nine_tenths() -> None:
    machine = cards("RTX 2060", "RTX 2060")
    assert plan(machine, PHI_4, Wishes(quant="nf4", context=16384)).free_bytes == round(0.9 * 12 * GIB)
    assert plan(machine, PHI_4, Wishes(quant="Q6_K")).free_bytes == 12 * GIB


def test_llama_cpp_is_spread_too() -> None:
    spread = plan(cards("RTX 3060 12GB", "RTX 3060 12GB"), BIG, Wishes(quant="Q8_0"))
    assert (spread.fits, spread.gpu_layers, spread.device_map) == (True, -1, None)
    assert choice(spread, "spread").used == "2 cards"


def peak(model: str, quant: str, device: str, above: int) -> Peak:
    return Peak(model, quant, device, "sdpa", 4096, 10 * GIB + above, 10 * GIB, "2026-11-22T10:00:00")


def test_what_was_measured_here_puts_the_estimate_right() -> None:
    plain = plan(on("RTX 4090"), BIG, Wishes(quant="nf4"))
    seen = peak(BIG.id, "nf4", "RTX 4090", 2 * GIB)
    made = plan(on("RTX 4090", peaks=(seen,)), BIG, Wishes(quant="nf4"))
    assert made.memory.total == plain.memory.total + 2 * GIB
    assert (made.measured, made.estimated) == (seen, plain.memory.total)
    assert made.to_dict()["measured"]["extra"] == 2 * GIB
    assert plain.to_dict()["measured"] is None


def test_a_short_run_makes_no_estimate_smaller() -> None:
    seen = peak(BIG.id, "nf4", "RTX 4090", -3 * GIB)
    made = plan(on("RTX 4090", peaks=(seen,)), BIG, Wishes(quant="nf4"))
    assert made.memory == plan(on("RTX 4090"), BIG, Wishes(quant="nf4")).memory
    assert made.measured == seen


@pytest.mark.parametrize("other", [("phi-4", "nf4", "RTX 4090"), (BIG.id, "int8", "RTX 4090"), (BIG.id, "nf4", "RTX 3090")])
def test_what_was_measured_of_something_else_says_nothing(other: tuple[str, str, str]) -> None:
    made = plan(on("RTX 4090", peaks=(peak(*other, 2 * GIB),)), BIG, Wishes(quant="nf4"))
    assert made.measured is None
    assert made.memory == plan(on("RTX 4090"), BIG, Wishes(quant="nf4")).memory


def test_a_measured_peak_can_turn_the_verdict_and_the_choice() -> None:
    """12 GiB hold bf16 of mini by the formula; had it taken 4 GiB more here, 4 bits would be chosen."""
    assert plan(on("RTX 3060 12GB"), MINI).quant == "bf16"
    assert plan(on("RTX 3060 12GB", peaks=(peak(MINI.id, "bf16", "RTX 3060 12GB", 4 * GIB),)), MINI).quant == "nf4-dq"


def test_the_card_with_the_most_free_memory_is_taken() -> None:
    busy = replace(gpu_by_name("RTX 4090"), free_bytes=GIB)
    made = plan(replace(on("T4"), gpus=(busy, gpu_by_name("RTX 3060 12GB"))), MINI)
    assert (made.device, made.device_name) == ("cuda:1", "RTX 3060 12GB")


@pytest.mark.parametrize(
    ("asked", "device"), [("cuda", "cuda:0"), ("gpu", "cuda:0"), ("CUDA:0", "cuda:0"), ("cpu", "cpu"), (" cpu ", "cpu")]
)
def test_a_device_can_be_asked_for(asked: str, device: str) -> None:
    assert plan(on("T4"), MINI, Wishes(device=asked)).device == device


@pytest.mark.parametrize(
    ("hardware", "model", "wishes", "says"),
    [
        (on("T4"), MINI, Wishes(device="cuda:1"), "no device 'cuda:1' here. Choose one of cuda:0, cpu."),
        (cpu_only(8), MINI, Wishes(device="mps"), "no device 'mps' here. Choose one of cpu."),
        (cpu_only(8), MINI, Wishes(device=""), "no device '' here"),
        (cpu_only(8), MINI, Wishes(quant="q5"), "Phi-4-mini-reasoning has no quant 'q5'. Choose one of bf16"),
        (cpu_only(8), EMBEDDED, Wishes(quant="Q8_0"), "has no quant 'Q8_0'"),
        (cpu_only(8), MINI, Wishes(dtype="int4"), "'int4' is not a dtype. Choose one of bf16, fp16, fp32."),
        (cpu_only(8), MINI, Wishes(attn_implementation="magic"), "'magic' is not an attention implementation. Choose one of flash"),
        (cpu_only(8), MINI, Wishes(context=0), "A context of 0 tokens is too small"),
        (cpu_only(8), MINI, Wishes(context=-4096), "A context of -4096 tokens is too small"),
        (replace(on("T4"), bitsandbytes=False), MINI, Wishes(quant="nf4"), "nf4 needs bitsandbytes, which is not installed"),
        (on("H100"), find("Phi-4-mini-flash-reasoning"), Wishes(), "can't run here: .* Use Phi-4-mini-reasoning"),
        (on("H100"), find("Phi-4-multimodal-instruct"), Wishes(), "Use Phi-4-mini-instruct"),
    ],
)
def test_a_wish_that_cannot_be_followed_is_one_clear_line(hardware: Hardware, model: object, wishes: Wishes, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        plan(hardware, model, wishes)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_more_context_than_the_model_holds_is_cut_and_told() -> None:
    made = plan(on("H100"), PHI_4, Wishes(context=100_000))
    assert made.context == 16384
    assert choice(made, "context") == Choice("context", "100000", "16384", "phi-4 holds no more")


def test_without_bitsandbytes_a_small_card_gets_a_gguf() -> None:
    made = plan(on("RTX 4060", bitsandbytes=False), BIG)
    assert (made.quant, made.engine) == ("Q4_K_M", "gguf")


def test_cpu_offload_is_for_what_can_be_split() -> None:
    gguf = plan(on("RTX 2060"), BIG, Wishes(quant="Q4_K_M", cpu_offload=True))
    assert gguf.fits
    assert 0 < gguf.gpu_layers < 40
    plain = plan(on("RTX 4090"), BIG, Wishes(quant="bf16", cpu_offload=True))
    assert (plain.device_map, plain.fits, plain.tokens_per_second) == ("auto", True, None)
    four = plan(on("RTX 2060"), BIG, Wishes(quant="nf4", cpu_offload=True))
    assert (four.device_map, four.fits) == (None, False)
    assert choice(four, "CPU offload").used == "no"
    assert choice(plan(cpu_only(8), MINI, Wishes(cpu_offload=True)), "CPU offload").used == "no"


@pytest.mark.parametrize(
    ("card", "arches", "warned"),
    [
        ("V100 32GB", ("sm_75", "sm_80", "sm_90"), True),
        ("V100 32GB", ("sm_70", "sm_80"), False),
        ("RTX 3060 12GB", ("sm_75", "sm_80", "sm_90"), False),
        ("RTX 5090", ("sm_80", "sm_90", "sm_100", "sm_120"), False),
        ("RTX 5090", ("sm_80", "sm_90a"), True),
        ("RTX 5090", ("sm_80", "sm_90", "compute_90"), False),
        ("B200", ("sm_100a",), False),
        ("V100 32GB", (), False),
    ],
)
def test_a_pytorch_that_was_not_built_for_the_card_is_told(card: str, arches: tuple[str, ...], warned: bool) -> None:
    made = plan(on(card, cuda_arches=arches, torch_version="2.13.0"), MINI)
    assert any("was not built for" in w for w in made.warnings) is warned


def test_slow_ways_are_told() -> None:
    assert "no fast kernels" in plan(on("V100 32GB"), BIG, Wishes(quant="int8")).warnings[0]
    assert plan(on("T4"), MINI, Wishes(quant="int8")).warnings == ()
    assert "Apple's GPU" in plan(on("Apple M4 16GB"), MINI, Wishes(quant="nf4")).warnings[0]


@pytest.mark.parametrize(
    ("hardware", "id", "quant"),
    [
        (cpu_only(64), "SmolLM2-135M-Instruct", "Q4_1"),
        (on("RTX 3060 12GB"), "Phi-4-mini-reasoning", "bf16"),
        (on("T4"), "Phi-4-mini-reasoning", "fp16"),
        (on("RTX 2060"), "Phi-4-mini-reasoning", "nf4-dq"),
        (machine_with(gpu_with(2)), "SmolLM2-135M-Instruct", "Q4_1"),
        (on("RTX 2060", bitsandbytes=False, llama_gpu=False), "SmolLM2-135M-Instruct", "Q4_1"),
    ],
)
def test_what_the_app_starts_with(hardware: Hardware, id: str, quant: str) -> None:
    model, chosen = default_model(hardware)
    assert (model.id, chosen) == (id, quant)


def test_speed_grows_with_bandwidth_and_falls_with_size() -> None:
    fast, slow = (plan(on(card), MINI).tokens_per_second for card in ("RTX 4090", "RTX 4060 Ti 16GB"))
    assert fast is not None
    assert slow is not None
    assert fast[0] > slow[0]
    assert fast[0] < fast[1]
    assert plan(cpu_only(16), MINI).tokens_per_second is None
    assert plan(machine_with(gpu_with(24)), MINI).tokens_per_second is None


def test_a_choice_reads_as_a_sentence() -> None:
    made = plan(replace(on("RTX 3090"), flash_attn=False), MINI, Wishes(attn_implementation="fa2"))
    assert str(choice(made, "attention")) == "attention: flash_attention_2 → sdpa (its package is not installed (pip install flash-attn))"
    assert str(choice(made, "device")) == "device: cuda:0 (a graphics card)"


GPUS = st.builds(
    Gpu,
    st.just("some card"),
    st.sampled_from([(6, 1), (7, 0), (7, 5), (8, 0), (8, 9), (9, 0), (10, 0), (12, 0)]),
    st.just(24 * GIB),
    st.integers(0, 24 * GIB),
    st.just("cuda"),
    st.sampled_from([None, 500e9]),
) | st.builds(Gpu, st.just("other"), st.none(), st.just(16 * GIB), st.integers(0, 16 * GIB), st.sampled_from(["rocm", "xpu", "mps"]))
MACHINES = st.builds(
    Hardware,
    gpus=st.lists(GPUS, max_size=3).map(tuple),
    cpu_features=st.sampled_from([frozenset(), frozenset({"avx512_bf16"})]),
    free_ram_bytes=st.integers(0, 64 * GIB),
    flash_attn=st.booleans(),
    flash_attn_3=st.booleans(),
    llama_gpu=st.booleans(),
    cuda_arches=st.sampled_from([(), ("sm_80", "sm_90a", "compute_120"), ("sm", "", "gfx1100")]),
)


@given(
    MACHINES,
    st.sampled_from(HERE).flatmap(lambda m: st.tuples(st.just(m), st.sampled_from([None, *m.quants]))),
    st.sampled_from([None, "bf16", "fp16", "fp32"]),
    st.sampled_from([None, *ATTENTIONS]),
    st.sampled_from([None, 256, 5000, 32768, 10**9]),
    st.sampled_from([None, "cpu"]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_every_plan_is_sound(machine: Hardware, what: object, dtype: str, attn: str, context: int, device: str, offload: bool) -> None:
    """Whatever is asked of whatever machine: numbers add up, every choice has a reason, and a fix that is enough is enough."""
    model, quant = what  # type: ignore[misc]
    wishes = Wishes(quant, dtype, attn, context, device, offload)
    made = plan(machine, model, wishes)
    assert made.fits == (made.memory.total <= made.free_bytes)
    assert 256 <= made.context <= model.arch.context
    assert made.attn_ladder
    assert len(set(made.attn_ladder)) == len(made.attn_ladder)
    assert all(c.why and c.used for c in made.choices)
    assert (made.engine == "gguf") == is_gguf(made.quant)
    assert made.fixes == () if made.fits else True
    cards = [g for g in machine.gpus if g.name == made.device_name]
    if any(a.startswith("flash") for a in made.attn_ladder):
        assert made.dtype != "fp32"
        assert made.device != "cpu"
        assert all(g.capability is None or g.capability >= (8, 0) for g in (machine.gpus if made.device_map else cards[:1]))
    for fix in made.fixes:
        assert fix.saves > 0
        other = plan(machine, find(fix.model) if fix.model else model, fix.wishes)
        assert other.fits == fix.enough
    assert json.loads(json.dumps(made.to_dict()))["verdict"] == made.verdict
