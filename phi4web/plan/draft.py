"""The plan for what was asked, whether it fits or not."""

from __future__ import annotations

from dataclasses import replace

from phi4web import attention
from phi4web.hardware import Hardware
from phi4web.loadplan import Choice, LoadPlan, Wishes
from phi4web.memory import Memory, prefill_chunk
from phi4web.models import BNB_QUANTS, FLOAT_BYTES, Model, is_gguf
from phi4web.peaks import peak_of
from phi4web.plan.cautions import warnings
from phi4web.plan.numbers import choose_numbers, choose_quant
from phi4web.plan.size import choose_context, needs
from phi4web.plan.target import Target, alike, choose_target, cpu

BNB_SHARE = 0.9  # of several cards' memory that Transformers fills when it spreads a model of bitsandbytes' layers
_SECONDS_PER_LAYER = 0.0005  # what Transformers spends beside computing, for each layer of each token; from other people's reports


def draft_plan(hardware: Hardware, model: Model, wishes: Wishes) -> LoadPlan:
    """The plan without the fixes."""
    target, where = choose_target(hardware, wishes)
    quant, what = choose_quant(hardware, model, wishes, target)
    target, moved = _settle(hardware, model, quant, wishes, target)
    dtype, compute, numbers = choose_numbers(hardware, quant, wishes, target)
    if quant in FLOAT_BYTES:
        quant = dtype
    ladder, why = _attention(hardware, quant, dtype, wishes, target)
    context, memory, length = choose_context(hardware, model, quant, wishes, target, ladder[0])
    split = wishes.cpu_offload and target.gpu is not None and quant not in BNB_QUANTS
    choices = (where, moved, what, *numbers, Choice("attention", wishes.attn_implementation, ladder[0], why), length)
    return LoadPlan(
        model=model,
        engine="gguf" if is_gguf(quant) else "local",
        quant=quant,
        device=target.device,
        device_name=target.name,
        dtype=dtype,
        compute_dtype=compute,
        attn_ladder=ladder,
        device_map="auto" if not is_gguf(quant) and (target.count > 1 or split) else None,
        gpu_layers=_gpu_layers(model, memory, target, split) if is_gguf(quant) else 0,
        context=context,
        prefill_chunk=prefill_chunk(ladder[0]),
        memory=memory,
        free_bytes=target.free + (hardware.free_ram_bytes if split else 0),
        choices=tuple(c for c in (*choices, _offload(quant, wishes, target)) if c),
        warnings=warnings(hardware, model, quant, dtype, context, target),
        tokens_per_second=_speed(model, memory, quant, target, split),
        wishes=wishes,
        measured=peak_of(hardware.peaks, model.id, quant, target.name),
    )


def _settle(hardware: Hardware, model: Model, quant: str, wishes: Wishes, target: Target) -> tuple[Target, Choice | None]:
    """To the CPU with what this GPU can't run, and over several GPUs with what one can't hold."""
    gguf = is_gguf(quant) and target.gpu is not None
    if gguf and not hardware.llama_gpu:
        return cpu(hardware), Choice("llama.cpp", target.device, "cpu", "the installed llama.cpp runs on the CPU only")
    cards = alike(hardware, wishes, target)
    if len(cards) > 1 and needs(hardware, model, quant, wishes, target) > target.free:
        names = f"{len(cards)} cards"
        oldest = min(cards, key=lambda g: g.capability or (99, 0))  # what one of them can't do, the model can't
        free = round(sum(g.free_bytes for g in cards) * (BNB_SHARE if quant in BNB_QUANTS else 1))
        why = f"{target.name} alone is too small; each holds some of the layers"
        return replace(target, name=names, gpu=oldest, free=free, count=len(cards)), Choice("spread", None, names, why)
    build = Choice("llama.cpp", None, target.device, "needs its GPU build; the one from PyPI runs on the CPU")
    return target, build if gguf else None


def _attention(hardware: Hardware, quant: str, dtype: str, wishes: Wishes, target: Target) -> tuple[tuple[str, ...], str]:
    if is_gguf(quant):
        return ("llama.cpp",), "llama.cpp has its own"
    return attention.choose(hardware, target.gpu, dtype, wishes.attn_implementation)


def _offload(quant: str, wishes: Wishes, target: Target) -> Choice | None:
    if not wishes.cpu_offload:
        return None
    if target.gpu is None:
        return Choice("CPU offload", "yes", "no", "everything is on the CPU already")
    if quant in BNB_QUANTS:
        return Choice("CPU offload", "yes", "no", f"{quant} layers run on the card only; a GGUF quant can be split")
    return Choice("CPU offload", "yes", "yes", "what the card can't hold lies in main memory, which is slow")


def _gpu_layers(model: Model, memory: Memory, target: Target, split: bool) -> int:
    """Layers that llama.cpp puts on the GPU; -1: all of them and the head."""
    if target.gpu is None:
        return 0
    if not split or memory.total <= target.free:
        return -1
    each = (memory.weights + memory.cache) / (model.arch.layers + 1)
    return max(0, int((target.free - memory.working - memory.fixed) / each))


def _speed(model: Model, memory: Memory, quant: str, target: Target, split: bool) -> tuple[float, float] | None:
    """Each token reads all weights and, on average, half the cache; engines reach some share of that, and Python has its cost."""
    if target.gpu is None or target.gpu.bandwidth is None or (split and memory.total > target.free):
        return None
    seconds = (memory.weights + memory.cache / 2) / target.gpu.bandwidth
    slow, fast = (4.0, 2.0) if quant in BNB_QUANTS else (2.0, 1.25)
    python = 0.0 if is_gguf(quant) else _SECONDS_PER_LAYER * model.arch.layers
    return round(1 / (slow * seconds + 2 * python), 1), round(1 / (fast * seconds + python), 1)
