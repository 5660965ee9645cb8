"""Ways to make a model fit that does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from phi4web.hardware import Hardware
from phi4web.loadplan import Fix, LoadPlan, Wishes
from phi4web.models import BNB_QUANTS, CATALOGUE, EMBEDDED, Model
from phi4web.plan.draft import draft_plan
from phi4web.plan.size import CONTEXTS, least_context

# quants in falling size
_SMALLER = ("int8", "Q8_0", "Q6_K", "Q5_K_M", "nf4-dq", "Q4_K_M", "Q3_K_M", "Q2_K")


def fixes_for(hardware: Hardware, draft: LoadPlan) -> tuple[Fix, ...]:
    """Ways to make it fit, those that cost the least first: context, quant, CPU memory, another model."""
    model, wishes = draft.model, draft.wishes
    contexts = [c for c in CONTEXTS if least_context(model) <= c < draft.context]
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
    other = draft_plan(hardware, model or draft.model, wishes)
    need, short = draft.memory.total, draft.memory.total - draft.free_bytes
    if other.device == "cpu" != draft.device:
        return Fix(f"{label.partition(',')[0]} on the CPU", need, wishes, model.id if model else None, other.fits)
    saves = short if wishes.cpu_offload and not draft.wishes.cpu_offload else need - other.memory.total
    return Fix(label, saves, wishes, model.id if model else None, other.fits)
