"""The Phi-4 family: Microsoft's own repositories, and the smaller builds that others made of them.

The scores are those of Microsoft's tables, each beside the page that prints it. On 2026-11-22 they were compared with copies
of those tables in public repositories (one copy for mini-flash and mini-instruct, several for the others); the cards themselves
could not be opened.
"""

from __future__ import annotations

from dataclasses import replace

from phi4web.models.types import PHI_GGUFS, TRANSFORMERS_QUANTS, Architecture, Figure, Model, Sampling, Source

_CARD = "https://huggingface.co/{}"
_REPORT_PHI4 = "https://arxiv.org/abs/2412.08905"
_PHI4_CONFIG = "https://huggingface.co/microsoft/phi-4/blob/main/config.json"
_MINI_CONFIG = "https://huggingface.co/microsoft/Phi-4-mini-reasoning/blob/main/config.json"
_ARCH_PHI4 = Architecture(40, 40, 10, 128, 5120, 17920, 100352, 16384, False, _PHI4_CONFIG)
_ARCH_REASONING = replace(_ARCH_PHI4, context=32768, source="https://huggingface.co/microsoft/Phi-4-reasoning/blob/main/config.json")
_ARCH_MINI = Architecture(32, 24, 8, 128, 3072, 8192, 200064, 131072, True, _MINI_CONFIG, longrope_boundary=4096)
_ARCH_FLASH = Architecture(
    32, 40, 20, 64, 2560, 10240, 200064, 65536, True, "https://huggingface.co/microsoft/Phi-4-mini-flash-reasoning", total=3_800_000_000
)
_ARCH_MULTIMODAL = replace(_ARCH_MINI, total=5_600_000_000, source="https://huggingface.co/microsoft/Phi-4-multimodal-instruct")

_PHI4_STOPS = ("<|im_end|>", "<|endoftext|>")
_MINI_STOPS = ("<|end|>", "<|endoftext|>")
_REASONING_SAMPLING = Sampling(0.8, 0.95, 50)

# Sizes in decimal gigabytes from the file lists of unsloth/phi-4-GGUF and bartowski/microsoft_Phi-4-mini-instruct-GGUF
_GGUF_14B = {"Q8_0": 15.58, "Q6_K": 12.03, "Q5_K_M": 10.4, "Q4_K_M": 8.89, "Q3_K_M": 7.19, "Q2_K": 5.61}
_GGUF_MINI = {"Q8_0": 4.084611, "Q6_K": 3.155623, "Q5_K_M": 2.848128, "Q4_K_M": 2.491875, "Q3_K_M": 2.117533, "Q2_K": 1.682636}


def _ggufs(repo: str, stem: str, gigabytes: dict[str, float]) -> tuple[Source, ...]:
    return tuple(
        Source(quant, repo, "hub-gguf", f"{stem}-{quant}.gguf", round(gigabytes[quant] * 1e9) if quant in gigabytes else None)
        for quant in PHI_GGUFS
    )


PHI_4 = Model(
    id="phi-4",
    label="Phi-4 14B",
    repo="microsoft/phi-4",
    style="chatml-phi4",
    arch=_ARCH_PHI4,
    licence="MIT",
    sampling=Sampling(0.0, 1.0, 0),
    sampling_source="https://huggingface.co/bartowski/phi-4-GGUF (front matter carried over from the card: temperature 0)",
    thinks=False,
    thinking_budget=None,
    max_new_tokens=4096,
    tries=1,
    quants=TRANSFORMERS_QUANTS + PHI_GGUFS,
    default_quant="nf4-dq",
    sources=(
        Source("bf16", "microsoft/phi-4", "hub-safetensors", bytes=29_319_014_400),
        Source("nf4-dq", "unsloth/phi-4-bnb-4bit", "hub-bnb", bytes=9_090_000_000),
        Source("nf4-dq", "unsloth/phi-4-unsloth-bnb-4bit", "hub-bnb", bytes=10_390_000_000, mixed=True),
        *_ggufs("unsloth/phi-4-GGUF", "phi-4", _GGUF_14B),
    ),
    stop_tokens=_PHI4_STOPS,
    scores=(Figure("MATH", 80.4, _REPORT_PHI4), Figure("GPQA", 56.1, _REPORT_PHI4)),
    aliases=("phi4", "phi4:14b"),
    note="Writes its answer straight away, without a thought.",
)

PHI_4_REASONING = Model(
    id="Phi-4-reasoning",
    label="Phi-4-reasoning 14B",
    repo="microsoft/Phi-4-reasoning",
    style="phi4-reasoning",
    arch=_ARCH_REASONING,
    licence="MIT",
    sampling=_REASONING_SAMPLING,
    sampling_source=_CARD.format("microsoft/Phi-4-reasoning"),
    thinks=True,
    thinking_budget=8192,
    max_new_tokens=10240,
    tries=1,
    quants=TRANSFORMERS_QUANTS + PHI_GGUFS,
    default_quant="nf4-dq",
    sources=(
        Source("bf16", "microsoft/Phi-4-reasoning", "hub-safetensors", bytes=29_319_014_400),
        Source("nf4-dq", "unsloth/phi-4-reasoning-unsloth-bnb-4bit", "hub-bnb", mixed=True),
        *_ggufs("unsloth/Phi-4-reasoning-GGUF", "phi-4-reasoning", {}),
    ),
    stop_tokens=_PHI4_STOPS,
    scores=(
        Figure("AIME 2024", 75.3, _CARD.format("microsoft/Phi-4-reasoning")),
        Figure("AIME 2025", 62.9, _CARD.format("microsoft/Phi-4-reasoning")),
        Figure("GPQA Diamond", 65.8, _CARD.format("microsoft/Phi-4-reasoning")),
    ),
    aliases=("phi4-reasoning", "phi4-reasoning:14b"),
)

PHI_4_REASONING_PLUS = replace(
    PHI_4_REASONING,
    id="Phi-4-reasoning-plus",
    label="Phi-4-reasoning-plus 14B",
    repo="microsoft/Phi-4-reasoning-plus",
    arch=replace(_ARCH_REASONING, source="https://huggingface.co/microsoft/Phi-4-reasoning-plus/blob/main/config.json"),
    sampling_source=_CARD.format("microsoft/Phi-4-reasoning-plus"),
    sources=(
        Source("bf16", "microsoft/Phi-4-reasoning-plus", "hub-safetensors", bytes=29_319_014_400),
        Source("nf4-dq", "unsloth/Phi-4-reasoning-plus-unsloth-bnb-4bit", "hub-bnb", mixed=True),
        *_ggufs("unsloth/Phi-4-reasoning-plus-GGUF", "Phi-4-reasoning-plus", {}),
    ),
    scores=(
        Figure("AIME 2024", 81.3, _CARD.format("microsoft/Phi-4-reasoning-plus")),
        Figure("AIME 2025", 78.0, _CARD.format("microsoft/Phi-4-reasoning-plus")),
        Figure("GPQA Diamond", 68.9, _CARD.format("microsoft/Phi-4-reasoning-plus")),
    ),
    aliases=("phi4-reasoning:plus", "phi4-reasoning:14b-plus", "phi4-reasoning-plus"),
    note="Thinks about half as long again as Phi-4-reasoning, and is right more often.",
)

PHI_4_MINI_INSTRUCT = Model(
    id="Phi-4-mini-instruct",
    label="Phi-4-mini-instruct 3.8B",
    repo="microsoft/Phi-4-mini-instruct",
    style="phi4-mini",
    arch=replace(_ARCH_MINI, source="https://huggingface.co/microsoft/Phi-4-mini-instruct/blob/main/config.json"),
    licence="MIT",
    sampling=Sampling(0.0, 1.0, 0),
    sampling_source=_CARD.format("microsoft/Phi-4-mini-instruct"),
    thinks=False,
    thinking_budget=None,
    max_new_tokens=4096,
    tries=1,
    quants=TRANSFORMERS_QUANTS + PHI_GGUFS,
    default_quant="bf16",
    sources=(
        Source("bf16", "microsoft/Phi-4-mini-instruct", "hub-safetensors", bytes=7_672_043_520),
        Source("nf4-dq", "unsloth/Phi-4-mini-instruct-unsloth-bnb-4bit", "hub-bnb", bytes=3_230_000_000, mixed=True),
        *_ggufs("bartowski/microsoft_Phi-4-mini-instruct-GGUF", "microsoft_Phi-4-mini-instruct", _GGUF_MINI),
        *_ggufs("unsloth/Phi-4-mini-instruct-GGUF", "Phi-4-mini-instruct", {"Q4_K_M": 2.491874272}),
    ),
    stop_tokens=_MINI_STOPS,
    scores=(
        Figure("AIME 2024", 10.0, f"{_CARD.format('microsoft/Phi-4-mini-reasoning')} (there called Phi-4-Mini)"),
        Figure("MATH-500", 71.8, f"{_CARD.format('microsoft/Phi-4-mini-reasoning')} (there called Phi-4-Mini)"),
        Figure("GPQA Diamond", 36.9, f"{_CARD.format('microsoft/Phi-4-mini-reasoning')} (there called Phi-4-Mini)"),
        Figure("MATH", 64.0, _CARD.format("microsoft/Phi-4-mini-instruct")),
        Figure("GSM8K", 88.6, _CARD.format("microsoft/Phi-4-mini-instruct")),
    ),
    aliases=("phi4-mini", "phi4-mini:3.8b", "phi-4-mini"),
    note="Writes its answer straight away, without a thought.",
)

PHI_4_MINI_REASONING = replace(
    PHI_4_MINI_INSTRUCT,
    id="Phi-4-mini-reasoning",
    label="Phi-4-mini-reasoning 3.8B",
    repo="microsoft/Phi-4-mini-reasoning",
    style="phi4-mini-reasoning",
    arch=_ARCH_MINI,
    sampling=_REASONING_SAMPLING,
    sampling_source=f"{_CARD.format('microsoft/Phi-4-mini-reasoning')} (no top_k there; 50 is what Transformers then uses)",
    thinks=True,
    thinking_budget=8192,
    max_new_tokens=10240,
    sources=(
        Source("bf16", "microsoft/Phi-4-mini-reasoning", "hub-safetensors", bytes=7_672_043_520),
        Source("nf4-dq", "unsloth/Phi-4-mini-reasoning-unsloth-bnb-4bit", "hub-bnb", mixed=True),
        *_ggufs("bartowski/microsoft_Phi-4-mini-reasoning-GGUF", "microsoft_Phi-4-mini-reasoning", _GGUF_MINI),
        *_ggufs("unsloth/Phi-4-mini-reasoning-GGUF", "Phi-4-mini-reasoning", {}),
        *(
            replace(s, file=str(s.file).lower().replace("phi", "Phi"))
            for s in _ggufs("Mungert/Phi-4-mini-reasoning-GGUF", "Phi-4-mini-reasoning", {})
        ),
    ),
    scores=(
        Figure("AIME 2024", 57.5, _CARD.format("microsoft/Phi-4-mini-reasoning")),
        Figure("MATH-500", 94.6, _CARD.format("microsoft/Phi-4-mini-reasoning")),
        Figure("GPQA Diamond", 52.0, _CARD.format("microsoft/Phi-4-mini-reasoning")),
    ),
    aliases=("phi4-mini-reasoning", "phi4-mini-reasoning:3.8b"),
    note="Made and tested for mathematics only.",
)

PHI_4_MINI_FLASH = replace(
    PHI_4_MINI_REASONING,
    id="Phi-4-mini-flash-reasoning",
    label="Phi-4-mini-flash-reasoning 3.8B",
    repo="microsoft/Phi-4-mini-flash-reasoning",
    arch=_ARCH_FLASH,
    sampling_source="as Phi-4-mini-reasoning; its own card was not read",
    quants=(),
    default_quant="",
    sources=(),
    scores=(
        Figure("AIME 2024", 52.29, _CARD.format("microsoft/Phi-4-mini-flash-reasoning")),
        Figure("AIME 2025", 33.59, _CARD.format("microsoft/Phi-4-mini-flash-reasoning")),
        Figure("MATH-500", 92.45, _CARD.format("microsoft/Phi-4-mini-flash-reasoning")),
        Figure("GPQA Diamond", 45.08, _CARD.format("microsoft/Phi-4-mini-flash-reasoning")),
    ),
    aliases=("phi4-mini-flash-reasoning",),
    note="Use it through a server that has it, such as vLLM.",
    unavailable="its layers need code from its repository, which this program does not run",
    instead="Phi-4-mini-reasoning",
)

PHI_4_MULTIMODAL = replace(
    PHI_4_MINI_INSTRUCT,
    id="Phi-4-multimodal-instruct",
    label="Phi-4-multimodal-instruct 5.6B",
    repo="microsoft/Phi-4-multimodal-instruct",
    arch=_ARCH_MULTIMODAL,
    quants=(),
    default_quant="",
    sources=(),
    scores=(),
    aliases=("phi-4-multimodal",),
    note="For pictures and speech; with text alone it is Phi-4-mini-instruct with more to load.",
    unavailable="it gives nothing more than Phi-4-mini-instruct for text",
    instead="Phi-4-mini-instruct",
)
