"""The graphics cards that PyTorch can use here. Only here is torch imported, and only where a card may be."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from phi4web.errors import first_line
from phi4web.hardware.cards import bandwidth
from phi4web.hardware.installed import has
from phi4web.hardware.types import Gpu


def may_have_gpu() -> bool:
    """Whether importing torch to look is worth its seconds. Linux shows every usable GPU as a device file."""
    if sys.platform != "linux":
        return True
    return any(Path(p).exists() for p in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/kfd", "/dev/dxg", "/dev/dri/renderD128"))


def found_gpus(notes: list[str]) -> tuple[tuple[Gpu, ...], str, tuple[str, ...]]:
    """The GPUs that PyTorch can use, its version, and the CUDA architectures it was built for."""
    if not has("torch") or not may_have_gpu():
        return (), "", ()
    try:
        import torch

        gpus = _cuda(torch) or _xpu(torch) or _mps(torch)
        if not gpus and (card := _nvidia_smi()):
            notes.append(f"{card} is here, but PyTorch {torch.__version__} can't use it. Install PyTorch's CUDA build.")
        arches = tuple(torch.cuda.get_arch_list()) if gpus and gpus[0].kind == "cuda" else ()
        return gpus, str(torch.__version__), arches
    except Exception as error:  # a broken driver must not stop the page
        notes.append(f"The graphics card could not be asked: {first_line(error)}")
        return (), "", ()


def _cuda(torch: Any) -> tuple[Gpu, ...]:
    if not torch.cuda.is_available():
        return ()
    rocm = bool(torch.version.hip)
    found = []
    for i in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(i)
        free, total = torch.cuda.mem_get_info(i)
        capability = None if rocm else (about.major, about.minor)
        found.append(Gpu(about.name, capability, total, free, "rocm" if rocm else "cuda", bandwidth(about.name, total)))
    return tuple(found)


def _xpu(torch: Any) -> tuple[Gpu, ...]:
    if not (hasattr(torch, "xpu") and torch.xpu.is_available()):
        return ()
    found = []
    for i in range(torch.xpu.device_count()):
        about = torch.xpu.get_device_properties(i)
        free = about.total_memory - torch.xpu.memory_reserved(i)
        found.append(Gpu(about.name, None, about.total_memory, free, "xpu", bandwidth(about.name, about.total_memory)))
    return tuple(found)


def _mps(torch: Any) -> tuple[Gpu, ...]:
    if not (hasattr(torch.backends, "mps") and torch.backends.mps.is_available()):
        return ()
    total = int(torch.mps.recommended_max_memory())
    return (Gpu(f"Apple {platform.machine()}", None, total, min(total, psutil.virtual_memory().available), "mps"),)


def _nvidia_smi() -> str:
    """The name of an NVIDIA card that PyTorch does not see, or empty."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    try:
        out = subprocess.run([tool, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return out.stdout.strip().splitlines()[0] if out.stdout.strip() else ""
