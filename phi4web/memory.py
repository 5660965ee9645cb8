"""How many bytes a model takes: weights, cache, working buffers and the fixed rest. Formulas, no measuring."""

from __future__ import annotations

from dataclasses import dataclass

from phi4web.errors import BadInput
from phi4web.models import BNB_QUANTS, FLOAT_BYTES, GGUF_BITS, Model, is_gguf

GIB = 2**30
PREFILL_CHUNK = 2048  # tokens read at once
EAGER_CHUNK = 512  # the same where attention scores are kept whole: they grow with chunk × context
LLAMA_CHUNK = 512  # llama.cpp's n_ubatch
SLACK = 0.05  # of what comes and goes: blocks that the allocator holds but can't use
# driver context, kernels and the screen; measured here for the CPU: torch + transformers 0.33 GiB, llama.cpp 0.03 GiB
FIXED_GPU = round(0.8 * GIB)
FIXED_CPU = round(0.35 * GIB)
FIXED_CPU_GGUF = round(0.05 * GIB)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on the device."""

    weights: int
    cache: int
    working: int
    fixed: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.working + self.fixed

    @property
    def band(self) -> int:
        """How far off the total may be, either way: the weights are known to 1 %, the buffers to a half."""
        return round(0.01 * self.weights + 0.5 * (self.working + self.fixed) + 0.05 * self.cache)


def gib(size: float) -> str:
    """ "9.1 GiB"; below 1 GiB with two digits, below 0.1 GiB in MiB."""
    if abs(size) < 0.1 * GIB:
        return f"{size / 2**20:.0f} MiB"
    return f"{size / GIB:.1f} GiB" if abs(size) >= GIB else f"{size / GIB:.2f} GiB"


def weights(model: Model, quant: str) -> int:
    """Bytes of the weights. Raises BadInput where the formulas do not hold for this model."""
    arch = model.arch
    if not arch.plain:
        raise BadInput(f"The memory of {model.id} can't be worked out: it is not a plain decoder.", f"Try {model.instead}.")
    if is_gguf(quant):
        known = next((s.bytes for s in model.sources if s.quant == quant and s.bytes), None)
        if known is None and quant not in GGUF_BITS:
            raise BadInput(f"The size of {model.id} {quant} is not known before it is here.", "Choose another quant.")
        return known or round(model.parameters * GGUF_BITS[quant] / 8)
    if quant in FLOAT_BYTES:
        return model.parameters * FLOAT_BYTES[quant]
    linear = {
        "int8": arch.p_lin + 4 * arch.output_rows,
        "nf4": arch.p_lin * (1 / 2 + 4 / 64),
        "fp4": arch.p_lin * (1 / 2 + 4 / 64),
        "nf4-dq": arch.p_lin * (1 / 2 + 1 / 64 + 4 / (64 * 256)),
    }
    if quant not in linear:
        raise BadInput(f"{quant[:40]!r} is not a quant.", f"Choose one of {', '.join((*FLOAT_BYTES, *linear, *GGUF_BITS))}.")
    saved = next((s.bytes for s in model.sources if s.quant == quant and s.bytes), 0) or 0  # some builds keep layers in 16 bits
    return max(saved, round(linear[quant]) + 2 * arch.p_rest)


def cache_per_token(model: Model, width: int = 2) -> int:
    """Bytes of keys and values for one token, `width` bytes a number."""
    arch = model.arch
    return 2 * arch.layers * arch.kv_heads * arch.head_dim * width


def prefill_chunk(attn: str) -> int:
    """Tokens to read at once with this attention."""
    return EAGER_CHUNK if attn in ("eager", "math") else PREFILL_CHUNK


def working(model: Model, quant: str, context: int, attn: str, device: str, batch: int = 1, chunk: int | None = None) -> int:
    """Bytes of the buffers that come and go while a prompt is read, at their largest."""
    arch = model.arch
    across = 2 * arch.intermediate + 6 * arch.hidden  # widest tensors alive at once, numbers per token
    if is_gguf(quant):
        logits = 0 if device == "cpu" else arch.vocab  # a GPU reserves the worst case; a CPU never touches those pages
        return LLAMA_CHUNK * (across + logits) * 4
    width = FLOAT_BYTES.get(quant, 2)
    read = min(chunk or prefill_chunk(attn), context)
    pairs = read * context  # tokens that are read × tokens that these look at
    if arch.longrope_boundary is not None and context > arch.longrope_boundary:
        first = max(read, arch.longrope_boundary + 1)  # the first piece of a text that passes it has to pass it too, and sees itself only
        read, pairs = first, max(pairs, first * first)
    buffers = batch * read * across * width
    if attn in ("eager", "math"):
        buffers += batch * arch.heads * pairs * (2 + 4 + 2)  # scores, softmax in fp32, its copy
    if quant in BNB_QUANTS:
        buffers += 2 * arch.hidden * 2 * arch.intermediate  # the widest matrix, unpacked
    return buffers


def estimate(
    model: Model, quant: str, context: int, batch: int = 1, attn: str = "sdpa", device: str = "cuda", chunk: int | None = None
) -> Memory:
    """Bytes for a full context of tokens and `batch` sequences. `attn` "eager" or "math" keeps whole score matrices.

    `chunk`: tokens read at once, None: the engine's own. Raises BadInput for a model or quant that it does not know.
    """
    held = weights(model, quant)
    cache = batch * context * cache_per_token(model, 4 if quant == "fp32" else 2)
    buffers = working(model, quant, context, attn, device, batch, chunk)
    fixed = FIXED_GPU if device != "cpu" else FIXED_CPU_GGUF if is_gguf(quant) else FIXED_CPU
    return Memory(held, cache, round(buffers + SLACK * (buffers + cache)), fixed)
