"""What is worth knowing before such a load, in words."""

from __future__ import annotations

from collections.abc import Iterable

from phi4web.hardware import Hardware
from phi4web.models import BNB_QUANTS, Model, is_gguf
from phi4web.plan.size import MIXED_SHARE, mixed
from phi4web.plan.target import Target


def warnings(hardware: Hardware, model: Model, quant: str, dtype: str, context: int, target: Target) -> tuple[str, ...]:
    capability, cuda, cpu, gguf = target.capability, target.kind == "cuda", target.gpu is None, is_gguf(quant)
    arch, boundary = f"sm_{capability[0]}{capability[1]}", model.arch.longrope_boundary
    unbuilt = cuda and bool(hardware.cuda_arches) and not _built_for(hardware.cuda_arches, capability)
    found = [
        (
            f"{model.label.removesuffix(' (advanced)')} is not of the catalogue: everything known of it is what its own files say.",
            model.advanced,
        ),
        (f"Its 4-bit build keeps some layers in 16 bits; {MIXED_SHARE - 1:.0%} of the weights are added for them.", mixed(model, quant)),
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
