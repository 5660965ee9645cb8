"""How to load a model on a machine: device, numbers, attention, context, and whether it fits. Every choice with its reason.

A pure function of what the machine has, the model, and what the user wishes: nothing is loaded and nothing is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from phi4web import attention
from phi4web.attention import ATTENTIONS, REPEAT_KV
from phi4web.errors import BadInput
from phi4web.hardware import Gpu, Hardware
from phi4web.loadplan import Choice, EngineKind, Fix, LoadPlan, Wishes, served_plan
from phi4web.memory import Memory, estimate, gib, prefill_chunk
from phi4web.models import BNB_QUANTS, CATALOGUE, EMBEDDED, FLOAT_BYTES, PHI_4_MINI_REASONING, SERVED, Model, find_quant, is_gguf
from phi4web.peaks import peak_of

__all__ = ["ATTENTIONS", "REPEAT_KV", "Choice", "EngineKind", "Fix", "LoadPlan", "Wishes", "default_model", "plan"]

CONTEXTS = (131072, 65536, 32768, 16384, 8192, 4096, 2048)
_LONG = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}
# quants in falling size, for "make it fit"
_SMALLER = ("int8", "Q8_0", "Q6_K", "Q5_K_M", "nf4-dq", "Q4_K_M", "Q3_K_M", "Q2_K")
MIXED_SHARE = 1.14  # such a build of phi-4 has 10.39 GB where plain 4 bits have 9.09; of mini-instruct 3.23 where the formula says 2.89
BNB_SHARE = 0.9  # of several cards' memory that Transformers fills when it spreads a model of bitsandbytes' layers
_SECONDS_PER_LAYER = 0.0005  # what Transformers spends beside computing, for each layer of each token; from other people's reports


@dataclass(frozen=True, slots=True)
class _Target:
    """Where it will run. `gpu` None: the CPU. `free` in bytes, over all `count` GPUs where there are several."""

    device: str
    name: str
    free: int
    gpu: Gpu | None = None
    count: int = 1

    @property
    def kind(self) -> str:
        return self.gpu.kind if self.gpu else "cpu"

    @property
    def old(self) -> bool:
        """A CUDA card without bf16 arithmetic."""
        return self.capability < (8, 0)

    @property
    def capability(self) -> tuple[int, int]:
        """CUDA's; above every rule where that word means nothing."""
        return self.gpu.capability if self.gpu and self.gpu.capability else (99, 0)


def plan(hardware: Hardware, model: Model, wishes: Wishes | None = None) -> LoadPlan:
    """The way to load this model here. Raises BadInput for a wish that can't be followed, or a model that can't run here."""
    checked = _checked(model, wishes or Wishes())
    if model.default_quant == SERVED:
        return served_plan(model, checked)
    draft = _draft(hardware, model, checked)
    return draft if draft.fits else replace(draft, fixes=_fixes(hardware, draft))


def default_model(hardware: Hardware) -> tuple[Model, str]:
    """What to start with: Phi-4-mini-reasoning where a GPU holds it, else the built-in model."""
    if hardware.gpus:
        draft = _draft(hardware, PHI_4_MINI_REASONING, Wishes())
        if draft.fits and draft.device != "cpu":
            return PHI_4_MINI_REASONING, draft.quant
    return EMBEDDED, EMBEDDED.default_quant


def _checked(model: Model, wishes: Wishes) -> Wishes:
    """The wishes in their own spelling."""
    quant = find_quant(model, wishes.quant or model.default_quant)  # also refuses a model that can't run here
    dtype = _LONG.get(wishes.dtype or "", wishes.dtype)
    if dtype is not None and dtype not in FLOAT_BYTES:
        raise BadInput(f"{dtype[:40]!r} is not a dtype.", f"Choose one of {', '.join(FLOAT_BYTES)}.")
    if wishes.context is not None and wishes.context < 256:
        raise BadInput(f"A context of {wishes.context} tokens is too small for a problem.", "Use 2048 or more.")
    named = attention.check_name(wishes.attn_implementation)
    return replace(wishes, quant=quant if wishes.quant else None, dtype=dtype, attn_implementation=named)


def _draft(hardware: Hardware, model: Model, wishes: Wishes) -> LoadPlan:
    """The plan without the fixes."""
    target, where = _target(hardware, wishes)
    quant, what = _quant(hardware, model, wishes, target)
    target, moved = _settle(hardware, model, quant, wishes, target)
    dtype, compute, numbers = _numbers(hardware, quant, wishes, target)
    if quant in FLOAT_BYTES:
        quant = dtype
    ladder, why = _attention(hardware, quant, dtype, wishes, target)
    context, memory, length = _context(hardware, model, quant, wishes, target, ladder[0])
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
        warnings=_warnings(hardware, model, quant, dtype, context, target),
        tokens_per_second=_speed(model, memory, quant, target, split),
        wishes=wishes,
        measured=peak_of(hardware.peaks, model.id, quant, target.name),
    )


def _cpu(hardware: Hardware) -> _Target:
    return _Target("cpu", hardware.cpu_name or "CPU", hardware.free_ram_bytes)


def _device(gpu: Gpu, number: int) -> str:
    """PyTorch's name; it calls ROCm's devices cuda too."""
    return "mps" if gpu.kind == "mps" else f"{'cuda' if gpu.kind == 'rocm' else gpu.kind}:{number}"


def _target(hardware: Hardware, wishes: Wishes) -> tuple[_Target, Choice]:
    devices = {_device(gpu, i): gpu for i, gpu in enumerate(hardware.gpus)}
    asked = wishes.device.strip().lower() if wishes.device is not None else None
    if asked == "cpu":
        return _cpu(hardware), Choice("device", asked, "cpu", "as asked")
    if asked is None and not devices:
        return _cpu(hardware), Choice("device", None, "cpu", "no graphics card that PyTorch can use was found")
    device = max(devices, key=lambda d: devices[d].free_bytes) if asked is None else _named(asked)
    if device not in devices:
        raise BadInput(f"There is no device {asked!r:.42} here.", f"Choose one of {', '.join((*devices, 'cpu'))}.")
    why = "as asked" if asked else "a graphics card" if len(devices) == 1 else f"of {len(devices)} cards the one with the most free memory"
    gpu = devices[device]
    return _Target(device, gpu.name, gpu.free_bytes, gpu), Choice("device", asked, device, why)


def _named(asked: str) -> str:
    kind, _, number = asked.partition(":")
    return "mps" if kind == "mps" else f"{'cuda' if kind in ('gpu', 'rocm') else kind}:{number or 0}"


def _quant(hardware: Hardware, model: Model, wishes: Wishes, target: _Target) -> tuple[str, Choice]:
    if wishes.quant is not None:
        if wishes.quant in BNB_QUANTS and not hardware.bitsandbytes:
            raise BadInput(f"{wishes.quant} needs bitsandbytes, which is not installed.", "Choose bf16 or a GGUF quant such as Q4_K_M.")
        return wishes.quant, Choice("quant", wishes.quant, wishes.quant, "as asked")
    used, why = _best_quant(hardware, model, wishes, target)
    return used, Choice("quant", None, used, why)


def _best_quant(hardware: Hardware, model: Model, wishes: Wishes, target: _Target) -> tuple[str, str]:
    """16 bits where they fit, else 4: on a card bitsandbytes, elsewhere llama.cpp."""
    gguf = "Q4_K_M" if "Q4_K_M" in model.quants else next((q for q in model.quants if is_gguf(q)), model.default_quant)
    half = wishes.dtype or _half(target)
    if half not in model.quants:  # a model that the user named comes in one way only
        return model.default_quant, "its files hold nothing else"
    if target.gpu is None:
        return _best_on_cpu(hardware, gguf, wishes)
    need, room = _needs(hardware, model, half, wishes, target), _room(hardware, wishes, target)
    if need <= room:
        return half, "16 bits fit, so nothing is lost to quantisation"
    if target.kind == "mps" or not hardware.bitsandbytes:
        return gguf, f"16 bits need {gib(need)}, and bitsandbytes can't be used here"
    return "nf4-dq", f"16 bits need {gib(need)} of {gib(room)}; on a card 4 bits are faster than 8"


def _best_on_cpu(hardware: Hardware, gguf: str, wishes: Wishes) -> tuple[str, str]:
    if wishes.dtype is not None:
        return wishes.dtype, "the dtype that was asked for, not quantised"
    if is_gguf(gguf):
        return gguf, "llama.cpp is several times faster than Transformers on a CPU"
    return ("bf16", "this CPU computes it") if hardware.cpu_bf16 else ("fp32", "this CPU has no bf16 arithmetic")


def _needs(hardware: Hardware, model: Model, quant: str, wishes: Wishes, target: _Target) -> int:
    """Bytes with the context that was asked for, or the usual one."""
    context = min(wishes.context or _usual_context(model), model.arch.context)
    return _memory(hardware, model, quant, context, "eager" if target.capability <= (7, 0) else "sdpa", target).total


def _memory(hardware: Hardware, model: Model, quant: str, context: int, attn: str, target: _Target) -> Memory:
    """The estimate, with what this model took beyond it when it ran here; of several cards each has its own buffers and driver."""
    memory = estimate(model, quant, context, attn=attn, device=target.kind)
    peak = peak_of(hardware.peaks, model.id, quant, target.name)
    extra = peak.extra if peak else 0
    if _mixed(model, quant):
        memory = replace(memory, weights=round(memory.weights * MIXED_SHARE))
    return replace(memory, working=memory.working * target.count, fixed=memory.fixed * target.count + extra)


def _mixed(model: Model, quant: str) -> bool:
    """Whether it would come in 4 bits with some layers in 16, and how many is not known yet."""
    source = next(iter(model.sources_of(quant)), None)
    return quant in BNB_QUANTS and source is not None and source.mixed and source.bytes is None


def _usual_context(model: Model) -> int:
    """A problem, 8k of thinking where it thinks, the answer, and room to spare."""
    return min(model.arch.context, 16384 if model.thinks else 8192)


def _least_context(model: Model) -> int:
    return min(model.arch.context, 4096 if model.thinks else 2048)


def _alike(hardware: Hardware, wishes: Wishes, target: _Target) -> list[Gpu]:
    """The cards that the model may be spread over: those of one kind, unless a single one was asked for."""
    if target.gpu is None or wishes.device is not None:
        return []
    return [g for g in hardware.gpus if g.kind == target.kind]


def _room(hardware: Hardware, wishes: Wishes, target: _Target) -> int:
    return sum(g.free_bytes for g in _alike(hardware, wishes, target)) or target.free


def _settle(hardware: Hardware, model: Model, quant: str, wishes: Wishes, target: _Target) -> tuple[_Target, Choice | None]:
    """To the CPU with what this GPU can't run, and over several GPUs with what one can't hold."""
    gguf = is_gguf(quant) and target.gpu is not None
    if gguf and not hardware.llama_gpu:
        return _cpu(hardware), Choice("llama.cpp", target.device, "cpu", "the installed llama.cpp runs on the CPU only")
    cards = _alike(hardware, wishes, target)
    if len(cards) > 1 and _needs(hardware, model, quant, wishes, target) > target.free:
        names = f"{len(cards)} cards"
        oldest = min(cards, key=lambda g: g.capability or (99, 0))  # what one of them can't do, the model can't
        free = round(sum(g.free_bytes for g in cards) * (BNB_SHARE if quant in BNB_QUANTS else 1))
        why = f"{target.name} alone is too small; each holds some of the layers"
        return replace(target, name=names, gpu=oldest, free=free, count=len(cards)), Choice("spread", None, names, why)
    build = Choice("llama.cpp", None, target.device, "needs its GPU build; the one from PyPI runs on the CPU")
    return target, build if gguf else None


def _half(target: _Target) -> str:
    """The 16-bit type that this GPU computes with."""
    return "fp16" if target.kind == "mps" or target.old else "bf16"


def _numbers(hardware: Hardware, quant: str, wishes: Wishes, target: _Target) -> tuple[str, str | None, tuple[Choice, ...]]:
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


def _dtype(hardware: Hardware, quant: str, wishes: Wishes, target: _Target) -> tuple[str, str]:
    if wishes.dtype is not None:
        return wishes.dtype, "as asked"
    if target.gpu is None:
        if quant in FLOAT_BYTES:
            return quant, "as asked"
        return ("bf16", "this CPU computes it") if hardware.cpu_bf16 else ("fp32", "this CPU has no bf16 arithmetic")
    if quant == "fp32" or (quant == "fp16" and wishes.quant == "fp16"):
        return quant, "as asked"
    if _half(target) == "bf16":
        return "bf16", "as asked" if wishes.quant == "bf16" else "the model's own type, and this card computes it"
    if target.kind == "mps":
        return "fp16", "Apple's GPU is fastest in fp16"
    return "fp16", f"compute capability {target.capability[0]}.{target.capability[1]} has no bf16 arithmetic"


def _attention(hardware: Hardware, quant: str, dtype: str, wishes: Wishes, target: _Target) -> tuple[tuple[str, ...], str]:
    if is_gguf(quant):
        return ("llama.cpp",), "llama.cpp has its own"
    return attention.choose(hardware, target.gpu, dtype, wishes.attn_implementation)


def _context(hardware: Hardware, model: Model, quant: str, wishes: Wishes, target: _Target, attn: str) -> tuple[int, Memory, Choice]:
    most, usual, least = model.arch.context, _usual_context(model), _least_context(model)

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


def _offload(quant: str, wishes: Wishes, target: _Target) -> Choice | None:
    if not wishes.cpu_offload:
        return None
    if target.gpu is None:
        return Choice("CPU offload", "yes", "no", "everything is on the CPU already")
    if quant in BNB_QUANTS:
        return Choice("CPU offload", "yes", "no", f"{quant} layers run on the card only; a GGUF quant can be split")
    return Choice("CPU offload", "yes", "yes", "what the card can't hold lies in main memory, which is slow")


def _gpu_layers(model: Model, memory: Memory, target: _Target, split: bool) -> int:
    """Layers that llama.cpp puts on the GPU; -1: all of them and the head."""
    if target.gpu is None:
        return 0
    if not split or memory.total <= target.free:
        return -1
    each = (memory.weights + memory.cache) / (model.arch.layers + 1)
    return max(0, int((target.free - memory.working - memory.fixed) / each))


def _warnings(hardware: Hardware, model: Model, quant: str, dtype: str, context: int, target: _Target) -> tuple[str, ...]:
    capability, cuda, cpu, gguf = target.capability, target.kind == "cuda", target.gpu is None, is_gguf(quant)
    arch, boundary = f"sm_{capability[0]}{capability[1]}", model.arch.longrope_boundary
    unbuilt = cuda and bool(hardware.cuda_arches) and not _built_for(hardware.cuda_arches, capability)
    found = [
        (
            f"{model.label.removesuffix(' (advanced)')} is not of the catalogue: everything known of it is what its own files say.",
            model.advanced,
        ),
        (f"Its 4-bit build keeps some layers in 16 bits; {MIXED_SHARE - 1:.0%} of the weights are added for them.", _mixed(model, quant)),
        ("fp16 is slow on a CPU; fp32 and GGUF quants are faster.", cpu and dtype == "fp16" and not gguf),
        ("This CPU emulates bf16; fp32 and GGUF quants are faster.", cpu and dtype == "bf16" and not hardware.cpu_bf16),
        (f"{target.name} emulates bf16, slowly.", cuda and dtype == "bf16" and target.old),
        ("int8 has no fast kernels on this card; nf4-dq is faster.", cuda and quant == "int8" and capability < (7, 5)),
        ("bitsandbytes needs compute capability 6.0 or more.", cuda and quant in BNB_QUANTS and capability < (6, 0)),
        ("bitsandbytes is not made for Apple's GPU; take a GGUF quant.", target.kind == "mps" and quant in BNB_QUANTS),
        (f"PyTorch {hardware.torch_version} was not built for {target.name} ({arch}). Install one that was.", unbuilt),
        (
            f"Above {boundary} tokens of context llama.cpp uses the long-context rotary factors from the first token on.",
            gguf and boundary is not None and context > boundary,
        ),
    ]
    return (*(text for text, true in found if true), *hardware.notes)


def _built_for(arches: Iterable[str], capability: tuple[int, int]) -> bool:
    """CUDA code for X.y runs on X.z with z >= y, and PTX on everything newer."""
    for name, _, number in (a.partition("_") for a in arches):
        digits = number.rstrip("af")  # sm_90a, sm_120f
        built = (int(digits[:-1]), int(digits[-1])) if len(digits) > 1 and digits.isdigit() else (999, 0)
        if (name == "compute" and built <= capability) or (built[0] == capability[0] and built[1] <= capability[1]):
            return True
    return False


def _speed(model: Model, memory: Memory, quant: str, target: _Target, split: bool) -> tuple[float, float] | None:
    """Each token reads all weights and, on average, half the cache; engines reach some share of that, and Python has its cost."""
    if target.gpu is None or target.gpu.bandwidth is None or (split and memory.total > target.free):
        return None
    seconds = (memory.weights + memory.cache / 2) / target.gpu.bandwidth
    slow, fast = (4.0, 2.0) if quant in BNB_QUANTS else (2.0, 1.25)
    python = 0.0 if is_gguf(quant) else _SECONDS_PER_LAYER * model.arch.layers
    return round(1 / (slow * seconds + 2 * python), 1), round(1 / (fast * seconds + python), 1)


def _fixes(hardware: Hardware, draft: LoadPlan) -> tuple[Fix, ...]:
    """Ways to make it fit, those that cost the least first: context, quant, CPU memory, another model."""
    model, wishes = draft.model, draft.wishes
    contexts = [c for c in CONTEXTS if _least_context(model) <= c < draft.context]
    quants = [q for q in _SMALLER if q in model.quants and _stays(hardware, draft, q)]
    shorter = _first_enough(_fix(hardware, draft, f"context {c // 1024}k", replace(wishes, context=c)) for c in contexts)
    smaller = _first_enough(_fix(hardware, draft, q, replace(wishes, quant=q)) for q in quants)
    both: list[Fix] = []
    if contexts and not any(f.enough for f in (*shorter, *smaller)):
        both = _first_enough(
            _fix(hardware, draft, f"{q} and context {c // 1024}k", replace(wishes, quant=q, context=c)) for q in quants for c in contexts
        )
    offload = [] if wishes.cpu_offload or draft.device == "cpu" else [_offload_fix(hardware, draft)]
    fresh = Wishes(device=wishes.device)
    lesser = [m for m in CATALOGUE if not m.unavailable and m.thinks == model.thinks and m.parameters < model.parameters]
    others = _first_enough(_fix(hardware, draft, m.label, fresh, m) for m in (*lesser, EMBEDDED) if m is not model)
    return tuple(f for f in (*shorter, *smaller, *both, *offload, *others) if f.saves > 0)


def _offload_fix(hardware: Hardware, draft: LoadPlan) -> Fix:
    """Layers of bitsandbytes can't be split, so those become llama.cpp's."""
    wishes, label = replace(draft.wishes, cpu_offload=True), "some layers on the CPU"
    if draft.quant in BNB_QUANTS and "Q4_K_M" in draft.model.quants:
        wishes, label = replace(wishes, quant="Q4_K_M"), f"Q4_K_M, {label}"
    return _fix(hardware, draft, label, wishes)


def _first_enough(fixes: Iterator[Fix]) -> list[Fix]:
    """The first that is enough, or the one that saves the most if none is."""
    seen: list[Fix] = []
    for fix in fixes:
        if fix.enough:
            return [fix]
        seen.append(fix)
    return [max(seen, key=lambda f: f.saves)] if seen else []


def _stays(hardware: Hardware, draft: LoadPlan, quant: str) -> bool:
    """Whether this quant runs where the draft does."""
    return hardware.bitsandbytes if quant in BNB_QUANTS else draft.device == "cpu" or hardware.llama_gpu


def _fix(hardware: Hardware, draft: LoadPlan, label: str, wishes: Wishes, model: Model | None = None) -> Fix:
    """What following it would give. `saves` counts what leaves the draft's device."""
    other = _draft(hardware, model or draft.model, wishes)
    need, short = draft.memory.total, draft.memory.total - draft.free_bytes
    if other.device == "cpu" != draft.device:
        return Fix(f"{label.partition(',')[0]} on the CPU", need, wishes, model.id if model else None, other.fits)
    saves = short if wishes.cpu_offload and not draft.wishes.cpu_offload else need - other.memory.total
    return Fix(label, saves, wishes, model.id if model else None, other.fits)
