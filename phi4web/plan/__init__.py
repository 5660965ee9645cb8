"""How to load a model on a machine: device, numbers, attention, context, and whether it fits. Every choice with its reason.

A pure function of what the machine has, the model, and what the user wishes: nothing is loaded and nothing is asked.
"""

from __future__ import annotations

from dataclasses import replace

from phi4web import attention
from phi4web.attention import ATTENTIONS, REPEAT_KV
from phi4web.errors import BadInput
from phi4web.hardware import Hardware
from phi4web.loadplan import Choice, EngineKind, Fix, LoadPlan, Wishes, served_plan
from phi4web.models import EMBEDDED, FLOAT_BYTES, PHI_4_MINI_REASONING, SERVED, Model, find_quant
from phi4web.plan.draft import draft_plan
from phi4web.plan.fixes import fixes_for

__all__ = ["ATTENTIONS", "REPEAT_KV", "Choice", "EngineKind", "Fix", "LoadPlan", "Wishes", "default_model", "plan"]

_LONG = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}


def plan(hardware: Hardware, model: Model, wishes: Wishes | None = None) -> LoadPlan:
    """The way to load this model here. Raises BadInput for a wish that can't be followed, or a model that can't run here."""
    checked = _checked(model, wishes or Wishes())
    if model.default_quant == SERVED:
        return served_plan(model, checked)
    draft = draft_plan(hardware, model, checked)
    return draft if draft.fits else replace(draft, fixes=fixes_for(hardware, draft))


def default_model(hardware: Hardware) -> tuple[Model, str]:
    """What to start with: Phi-4-mini-reasoning where a GPU holds it, else the built-in model."""
    if hardware.gpus:
        draft = draft_plan(hardware, PHI_4_MINI_REASONING, Wishes())
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
