"""Quant and dtypes for a target, each with its reason."""

from __future__ import annotations

from phi4web.errors import BadInput
from phi4web.hardware import Hardware
from phi4web.loadplan import Choice, Wishes
from phi4web.memory import gib
from phi4web.models import BNB_QUANTS, FLOAT_BYTES, Model, is_gguf
from phi4web.plan.size import needs
from phi4web.plan.target import Target, half, room


def choose_quant(hardware: Hardware, model: Model, wishes: Wishes, target: Target) -> tuple[str, Choice]:
    if wishes.quant is not None:
        if wishes.quant in BNB_QUANTS and not hardware.bitsandbytes:
            raise BadInput(f"{wishes.quant} needs bitsandbytes, which is not installed.", "Choose bf16 or a GGUF quant such as Q4_K_M.")
        return wishes.quant, Choice("quant", wishes.quant, wishes.quant, "as asked")
    used, why = _best_quant(hardware, model, wishes, target)
    return used, Choice("quant", None, used, why)


def _best_quant(hardware: Hardware, model: Model, wishes: Wishes, target: Target) -> tuple[str, str]:
    """16 bits where they fit, else 4: on a card bitsandbytes, elsewhere llama.cpp."""
    gguf = "Q4_K_M" if "Q4_K_M" in model.quants else next((q for q in model.quants if is_gguf(q)), model.default_quant)
    sixteen = wishes.dtype or half(target)
    if sixteen not in model.quants:  # a model that the user named comes in one way only
        return model.default_quant, "its files hold nothing else"
    if target.gpu is None:
        return _best_on_cpu(hardware, gguf, wishes)
    need, free = needs(hardware, model, sixteen, wishes, target), room(hardware, wishes, target)
    if need <= free:
        return sixteen, "16 bits fit, so nothing is lost to quantisation"
    if target.kind == "mps" or not hardware.bitsandbytes:
        return gguf, f"16 bits need {gib(need)}, and bitsandbytes can't be used here"
    return "nf4-dq", f"16 bits need {gib(need)} of {gib(free)}; on a card 4 bits are faster than 8"


def _best_on_cpu(hardware: Hardware, gguf: str, wishes: Wishes) -> tuple[str, str]:
    if wishes.dtype is not None:
        return wishes.dtype, "the dtype that was asked for, not quantised"
    if is_gguf(gguf):
        return gguf, "llama.cpp is several times faster than Transformers on a CPU"
    return ("bf16", "this CPU computes it") if hardware.cpu_bf16 else ("fp32", "this CPU has no bf16 arithmetic")


def choose_numbers(hardware: Hardware, quant: str, wishes: Wishes, target: Target) -> tuple[str, str | None, tuple[Choice, ...]]:
    """dtype of what is not quantised, dtype that quantised layers compute in, and why."""
    if is_gguf(quant):
        return "fp16", None, (Choice("dtype", wishes.dtype, "fp16", "that of the cache; the weights are as in the file"),)
    dtype, why = _dtype(hardware, quant, wishes, target)
    chosen = Choice("dtype", wishes.dtype or (quant if quant in FLOAT_BYTES and wishes.quant else None), dtype, why)
    if quant == "int8":
        return dtype, "fp16", (chosen, Choice("compute dtype", None, "fp16", "LLM.int8 always computes in fp16"))
    if quant in BNB_QUANTS:
        return dtype, dtype, (chosen, Choice("compute dtype", None, dtype, "the same; fp32, the default of bitsandbytes, is slow"))
    return dtype, None, (chosen,)


def _dtype(hardware: Hardware, quant: str, wishes: Wishes, target: Target) -> tuple[str, str]:
    if wishes.dtype is not None:
        return wishes.dtype, "as asked"
    if target.gpu is None:
        if quant in FLOAT_BYTES:
            return quant, "as asked"
        return ("bf16", "this CPU computes it") if hardware.cpu_bf16 else ("fp32", "this CPU has no bf16 arithmetic")
    if quant == "fp32" or (quant == "fp16" and wishes.quant == "fp16"):
        return quant, "as asked"
    if half(target) == "bf16":
        return "bf16", "as asked" if wishes.quant == "bf16" else "the model's own type, and this card computes it"
    if target.kind == "mps":
        return "fp16", "Apple's GPU is fastest in fp16"
    return "fp16", f"compute capability {target.capability[0]}.{target.capability[1]} has no bf16 arithmetic"
