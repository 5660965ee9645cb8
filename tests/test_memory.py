import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi4web.errors import BadInput
from phi4web.memory import GIB, cache_per_token, estimate, gib, weights, working
from phi4web.models import CATALOGUE, EMBEDDED, PHI_4, PHI_4_MINI_REASONING, PHI_4_REASONING, find

HERE = [m for m in CATALOGUE if not m.unavailable]
BIG, MINI = PHI_4_REASONING, PHI_4_MINI_REASONING


@pytest.mark.parametrize(
    ("model", "quant", "alone", "at_4k", "at_16k", "at_32k"),
    [
        (BIG, "bf16", 27.31, 28.09, 30.43, 33.56),
        (BIG, "int8", 14.62, 15.40, 17.74, 20.87),
        (BIG, "nf4", 9.06, 9.84, 12.18, 15.31),
        (BIG, "nf4-dq", 8.46, 9.25, 11.59, 14.71),
        (BIG, "Q8_0", 14.51, 15.29, 17.63, 20.76),
        (BIG, "Q6_K", 11.20, 11.98, 14.32, 17.45),
        (BIG, "Q5_K_M", 9.69, 10.47, 12.81, 15.94),
        (BIG, "Q4_K_M", 8.28, 9.06, 11.40, 14.53),
        (BIG, "Q3_K_M", 6.69, 7.47, 9.82, 12.94),
        (BIG, "Q2_K", 5.22, 6.00, 8.35, 11.47),
        (MINI, "bf16", 7.15, 7.65, 9.15, 11.15),
        (MINI, "int8", 4.15, 4.65, 6.15, 8.15),
        (MINI, "nf4", 2.83, 3.33, 4.83, 6.83),
        (MINI, "nf4-dq", 2.69, 3.19, 4.69, 6.69),
        (MINI, "Q8_0", 3.80, 4.30, 5.80, 7.80),
        (MINI, "Q4_K_M", 2.32, 2.82, 4.32, 6.32),  # the real file: 2.49 GB
    ],
)
def test_weights_and_cache_are_within_one_percent_of_the_worked_table(
    model: object, quant: str, alone: float, at_4k: float, at_16k: float, at_32k: float
) -> None:
    """GiB; the table was worked out by hand from the model's configuration, and checked against real files."""
    assert weights(model, quant) / GIB == pytest.approx(alone, rel=0.01)
    for context, expected in ((4096, at_4k), (16384, at_16k), (32768, at_32k)):
        memory = estimate(model, quant, context)
        assert (memory.weights + memory.cache) / GIB == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("quant", "published"),
    [
        ("fp16", 28.5), ("fp16", 28), ("Q8_0", 14.5), ("Q8_0", 15), ("Q6_K", 11.9), ("Q6_K", 12),
        ("Q5_K_M", 10), ("Q4_K_M", 8.4), ("Q3_K_M", 6.9), ("Q2_K", 5.5),
    ],
)  # fmt: skip
def test_published_figures_of_the_14b_are_within_five_percent_of_the_nearer_unit(quant: str, published: float) -> None:
    """Published lists mix GB and GiB."""
    size = weights(PHI_4, quant)
    assert min(abs(size / unit - published) / published for unit in (1e9, GIB)) < 0.05


def test_the_prequantised_repository_has_the_size_of_the_formula() -> None:
    """unsloth/phi-4-bnb-4bit: 4.98 + 4.11 GB."""
    assert weights(PHI_4, "nf4-dq") / 1e9 == pytest.approx(9.09, rel=0.002)


def test_int8_keeps_one_scale_of_four_bytes_for_each_row() -> None:
    assert BIG.arch.output_rows == 40 * (7_680 + 5_120 + 35_840 + 5_120)
    assert weights(BIG, "int8") == 13_631_488_000 + 4 * 2_150_400 + 2 * 1_028_019_200


def test_the_cache_takes_what_grouped_heads_need() -> None:
    assert cache_per_token(BIG) == 204_800
    assert cache_per_token(MINI) == 131_072
    assert cache_per_token(EMBEDDED) == 23_040
    assert cache_per_token(EMBEDDED, 4) == 46_080


def test_whole_score_matrices_and_unpacking_are_counted() -> None:
    fused = working(BIG, "bf16", 4096, "sdpa", "cuda")
    kept = working(BIG, "bf16", 4096, "eager", "cuda", chunk=4096)
    assert (kept - 2 * fused) / 1e9 == pytest.approx(5.4, rel=0.01)  # twice the fused: it reads twice as many tokens at once
    assert working(BIG, "nf4", 4096, "sdpa", "cuda") - fused == 367_001_600
    assert working(MINI, "int8", 4096, "sdpa", "cuda") - working(MINI, "bf16", 4096, "sdpa", "cuda") == 100_663_296


def test_eager_reads_in_smaller_pieces_so_that_it_fits() -> None:
    assert estimate(BIG, "bf16", 4096, attn="eager").working < 0.2 * working(BIG, "bf16", 4096, "eager", "cuda", chunk=4096)


def test_a_window_past_the_longrope_boundary_is_read_past_it_in_one_piece() -> None:
    """All rotations change there, so the first piece has one token more, whatever the chunk; it looks at no more than itself."""
    boundary = MINI.arch.longrope_boundary or 0
    window, piece = 2 * boundary, boundary + 1
    fused = working(MINI, "bf16", window, "sdpa", "cuda")
    assert fused == working(MINI, "bf16", window, "sdpa", "cuda", chunk=piece) > working(MINI, "bf16", boundary, "sdpa", "cuda")
    assert working(MINI, "bf16", window, "eager", "cuda") - fused == MINI.arch.heads * piece * piece * 8
    assert working(MINI, "bf16", 131072, "eager", "cuda") - fused == MINI.arch.heads * 512 * 131072 * 8, "there the later pieces take more"
    assert working(BIG, "bf16", window, "sdpa", "cuda") == working(BIG, "bf16", boundary, "sdpa", "cuda"), "it has no boundary"


def test_the_estimate_for_the_embedded_model_is_near_what_was_measured() -> None:
    """llama.cpp with 8192 tokens of context on this kind of CPU: 348 MiB resident after a prompt of 3,000 tokens."""
    memory = estimate(EMBEDDED, "Q4_1", 8192, device="cpu")
    assert memory.total / 2**20 == pytest.approx(348, rel=0.05)


def test_the_parts_make_the_total() -> None:
    memory = estimate(BIG, "Q4_K_M", 16384)
    assert memory.total == memory.weights + memory.cache + memory.working + memory.fixed
    assert 0 < memory.band < 0.15 * memory.total


MODELS = st.sampled_from(HERE)


@given(MODELS.flatmap(lambda m: st.tuples(st.just(m), st.sampled_from(m.quants))), st.integers(256, 131072), st.integers(1, 8), st.data())
def test_more_context_or_more_sequences_never_take_less(
    model_quant: tuple[object, str], context: int, batch: int, data: st.DataObject
) -> None:
    model, quant = model_quant
    attn, device = data.draw(st.sampled_from(["sdpa", "eager"])), data.draw(st.sampled_from(["cuda", "cpu"]))
    one = estimate(model, quant, context, batch, attn, device)
    assert one.total < estimate(model, quant, context + 256, batch, attn, device).total
    assert one.total < estimate(model, quant, context, batch + 1, attn, device).total
    assert min(one.weights, one.cache, one.working, one.fixed) > 0


@pytest.mark.parametrize("name", ["Phi-4-mini-flash-reasoning", "Phi-4-multimodal-instruct"])
def test_no_figure_is_made_up_for_what_is_not_a_plain_decoder(name: str) -> None:
    with pytest.raises(BadInput, match=f"The memory of {name} can't be worked out"):
        weights(find(name), "bf16")


def test_an_unknown_quant_is_named() -> None:
    with pytest.raises(BadInput, match="'q5' is not a quant. Choose one of bf16"):
        weights(MINI, "q5")


@pytest.mark.parametrize(
    ("size", "text"), [(12.9 * GIB, "12.9 GiB"), (GIB, "1.0 GiB"), (0.34 * GIB, "0.34 GiB"), (50 * 2**20, "50 MiB"), (0, "0 MiB")]
)
def test_sizes_are_in_gibibytes_and_say_so(size: float, text: str) -> None:
    assert gib(size) == text
