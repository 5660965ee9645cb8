"""What the catalogue knows of a model: sizes, builds, how to talk to it, and where each figure comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Style = Literal["chatml-phi4", "phi4-reasoning", "phi4-mini", "phi4-mini-reasoning", "smollm2", "chatml"]
# hub-safetensors: a repository in 16 bits; hub-bnb: already in 4 or 8 bits; hub-gguf, wheel: one GGUF file;
# converted: safetensors that this machine makes once from the GGUF file; package: comes with phi4web;
# local: a folder or file that the user named
SourceKind = Literal["hub-safetensors", "hub-bnb", "hub-gguf", "wheel", "converted", "package", "local"]

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
# of files that a user names: their size is known, so no rule is needed; GGUF stands for a kind that has no name here
OTHER_GGUFS = ("F32", "BF16", "Q5_0", "Q5_1", "Q5_K_S", "Q4_K_S", "Q3_K_L", "Q3_K_S", "GGUF")
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
    """Where a build lies. `file` None: a whole repository. `bytes` and `sha256` None: not known before download.

    `mixed`: a 4-bit build that keeps some layers in 16 bits, so it takes more than the formula says.
    """

    quant: str
    repo: str
    kind: SourceKind
    file: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    mixed: bool = False


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
    `sampling_source` and the `scores` say where those figures come from. `advanced`: not of the catalogue, but a
    repository or path that the user named; everything about it was read from its own files.
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
    advanced: bool = False

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
    return quant in GGUF_BITS or quant in OTHER_GGUFS
