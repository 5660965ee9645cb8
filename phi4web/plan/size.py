"""Bytes on a target, and the context that fits there."""

from __future__ import annotations

from dataclasses import replace

from phi4web.hardware import Hardware
from phi4web.loadplan import Choice, Wishes
from phi4web.memory import Memory, estimate, gib
from phi4web.models import BNB_QUANTS, Model
from phi4web.peaks import peak_of
from phi4web.plan.target import Target

CONTEXTS = (131072, 65536, 32768, 16384, 8192, 4096, 2048)
MIXED_SHARE = 1.14  # such a build of phi-4 has 10.39 GB where plain 4 bits have 9.09; of mini-instruct 3.23 where the formula says 2.89


def needs(hardware: Hardware, model: Model, quant: str, wishes: Wishes, target: Target) -> int:
    """Bytes with the context that was asked for, or the usual one."""
    context = min(wishes.context or _usual_context(model), model.arch.context)
    return _memory(hardware, model, quant, context, "eager" if target.capability <= (7, 0) else "sdpa", target).total


def _memory(hardware: Hardware, model: Model, quant: str, context: int, attn: str, target: Target) -> Memory:
    """The estimate, with what this model took beyond it when it ran here; of several cards each has its own buffers and driver."""
    memory = estimate(model, quant, context, attn=attn, device=target.kind)
    peak = peak_of(hardware.peaks, model.id, quant, target.name)
    extra = peak.extra if peak else 0
    if mixed(model, quant):
        memory = replace(memory, weights=round(memory.weights * MIXED_SHARE))
    return replace(memory, working=memory.working * target.count, fixed=memory.fixed * target.count + extra)


def mixed(model: Model, quant: str) -> bool:
    """Whether it would come in 4 bits with some layers in 16, and how many is not known yet."""
    source = next(iter(model.sources_of(quant)), None)
    return quant in BNB_QUANTS and source is not None and source.mixed and source.bytes is None


def _usual_context(model: Model) -> int:
    """A problem, 8k of thinking where it thinks, the answer, and room to spare."""
    return min(model.arch.context, 16384 if model.thinks else 8192)


def least_context(model: Model) -> int:
    return min(model.arch.context, 4096 if model.thinks else 2048)


def choose_context(hardware: Hardware, model: Model, quant: str, wishes: Wishes, target: Target, attn: str) -> tuple[int, Memory, Choice]:
    most, usual, least = model.arch.context, _usual_context(model), least_context(model)

    def need(context: int) -> Memory:
        return _memory(hardware, model, quant, context, attn, target)

    if wishes.context is not None:
        used = min(wishes.context, most)
        why = "as asked" if used == wishes.context else f"{model.id} holds no more"
        return used, need(used), Choice("context", str(wishes.context), str(used), why)
    for context in (usual, *(c for c in CONTEXTS if least <= c < usual)):
        if need(context).total <= target.free:
            why = "room for problem, thought and answer" if context == usual else f"what fits; {usual} would need {gib(need(usual).total)}"
            return context, need(context), Choice("context", None, str(context), why)
    return least, need(least), Choice("context", None, str(least), "the smallest that is of use")
