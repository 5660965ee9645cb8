"""Which attention implementations to try on a device, in which order, and why."""

from __future__ import annotations

from phi4web.errors import BadInput
from phi4web.hardware import Gpu, Hardware

# sdpa with the key and value heads repeated by hand: the only fused kernel that Turing and Volta can use with grouped heads
REPEAT_KV = "sdpa_repeat_kv"
ATTENTIONS = ("flash_attention_2", "flash_attention_3", "sdpa", REPEAT_KV, "eager", "flex_attention")
_SHORT = {"fa2": "flash_attention_2", "fa3": "flash_attention_3", "flash": "flash_attention_2"}


def check_name(asked: str | None) -> str | None:
    """The implementation's full name. Raises BadInput for an unknown one."""
    name = _SHORT.get(asked or "", asked)
    if name is not None and name not in ATTENTIONS:
        raise BadInput(f"{name[:60]!r} is not an attention implementation.", f"Choose one of {', '.join(ATTENTIONS)}.")
    return name


def choose(hardware: Hardware, gpu: Gpu | None, dtype: str, asked: str | None) -> tuple[tuple[str, ...], str]:
    """What to try, in order, and why the first: the wish, unless it is known to fail here, then the usual order."""
    ladder, why = _usual(hardware, gpu, dtype)
    if asked is None:
        return ladder, why
    obstacle = _obstacle(hardware, gpu, dtype, asked)
    return (ladder, obstacle) if obstacle else ((asked, *(a for a in ladder if a != asked)), "as asked")


def _usual(hardware: Hardware, gpu: Gpu | None, dtype: str) -> tuple[tuple[str, ...], str]:
    if gpu is None or gpu.kind != "cuda" or gpu.capability is None:
        return ("sdpa", "eager"), "PyTorch's fused attention"
    major, minor = gpu.capability
    if gpu.capability <= (7, 0):
        return ("eager", REPEAT_KV), "the model card asks for it on V100 and older cards"
    if major == 7:
        return (REPEAT_KV, "eager"), "this card has no FlashAttention, and plain sdpa can't fuse grouped heads on it"
    if major >= 10:
        return ("sdpa", "eager"), "builds of flash-attn for this generation are uneven; ask for flash_attention_2 to try"
    flash = [("flash_attention_3", major == 9 and hardware.flash_attn_3), ("flash_attention_2", hardware.flash_attn)]
    usable = tuple(name for name, here in flash if here and dtype != "fp32")
    if usable:
        return (*usable, "sdpa", "eager"), f"it is installed, and compute capability {major}.{minor} runs it"
    return (
        "sdpa",
        "eager",
    ), "flash-attn computes in 16 bits only" if dtype == "fp32" else "flash-attn is not installed; sdpa is nearly as fast"


def _obstacle(hardware: Hardware, gpu: Gpu | None, dtype: str, asked: str) -> str:
    """Why the attention that was asked for can't work here; empty if it may."""
    if not asked.startswith("flash_attention"):
        return ""
    if gpu is None or gpu.kind not in ("cuda", "rocm"):
        return "FlashAttention runs on CUDA and ROCm only"
    least = (9, 0) if asked == "flash_attention_3" else (8, 0)
    if gpu.capability is not None and gpu.capability < least:
        return f"it needs compute capability {least[0]}.{least[1]}, and {gpu.name} has {gpu.capability[0]}.{gpu.capability[1]}"
    if dtype == "fp32":
        return "FlashAttention computes in 16 bits only"
    if not (hardware.flash_attn_3 if asked == "flash_attention_3" else hardware.flash_attn):
        return "its package is not installed (pip install flash-attn)"
    return ""
