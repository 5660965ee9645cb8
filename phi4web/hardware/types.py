"""One machine and its graphics cards, as figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phi4web.peaks import Peak

GIB = 2**30
GpuKind = Literal["cuda", "rocm", "xpu", "mps"]


@dataclass(frozen=True, slots=True)
class Gpu:
    """`capability`: CUDA's (major, minor), None elsewhere. `bandwidth`: bytes a second, None if not in the table."""

    name: str
    capability: tuple[int, int] | None
    total_bytes: int
    free_bytes: int
    kind: GpuKind = "cuda"
    bandwidth: float | None = None
    source: str = "this computer"


@dataclass(frozen=True, slots=True)
class Hardware:
    """One machine. `cpu_features` are Linux's names. `cuda_arches`: what the installed PyTorch was built for, empty: not known.

    `llama_gpu`: whether the installed llama.cpp can use the GPU. `notes`: what went wrong or is worth saying, in words.
    `peaks`: what models were seen to take here.
    """

    gpus: tuple[Gpu, ...] = ()
    cpu_name: str = ""
    cores: int = 1
    cpu_features: frozenset[str] = frozenset()
    ram_bytes: int = 0
    free_ram_bytes: int = 0
    disk_free_bytes: int = 0
    flash_attn: bool = False
    flash_attn_3: bool = False
    bitsandbytes: bool = True
    llama_gpu: bool = False
    torch_version: str = ""
    cuda_arches: tuple[str, ...] = ()
    system: str = "Linux"
    notes: tuple[str, ...] = ()
    peaks: tuple[Peak, ...] = ()

    @property
    def cpu_bf16(self) -> bool:
        """Whether the CPU multiplies bf16 itself; without it fp32 is faster."""
        return bool(self.cpu_features & {"avx512_bf16", "amx_bf16", "arm_bf16"})
