"""This machine, asked once and refreshed; and machines that are only asked about."""

from __future__ import annotations

import os
import platform
import re
import shutil
from dataclasses import replace
from pathlib import Path

import psutil

from phi4web.hardware.gpus import found_gpus
from phi4web.hardware.installed import has
from phi4web.hardware.types import GIB, Gpu, Hardware


def machine_with(gpu: Gpu, base: Hardware | None = None) -> Hardware:
    """A machine with this one card and a llama.cpp that uses it; the rest is `base`, or an ordinary desktop with 32 GiB."""
    return replace(base or cpu_only(32), gpus=(gpu,), llama_gpu=True, cuda_arches=(), notes=(), peaks=())


def cpu_only(ram_gib: float = 16, cpu_features: frozenset[str] = frozenset({"avx2"})) -> Hardware:
    """A machine without a GPU; `ram_gib` is all free."""
    ram = round(ram_gib * GIB)
    return Hardware(cpu_name="CPU", cores=8, cpu_features=cpu_features, ram_bytes=ram, free_ram_bytes=ram, disk_free_bytes=500 * GIB)


def probe(folder: Path | None = None) -> Hardware:
    """This machine. `folder` is where models will lie, for the free disk. Never raises: what fails is told in `notes`."""
    notes: list[str] = []
    total, free = ram()
    gpus, torch_version, arches = found_gpus(notes)
    name, features = _cpu()
    return Hardware(
        gpus=gpus,
        cpu_name=name,
        cores=_cores(),
        cpu_features=features,
        ram_bytes=total,
        free_ram_bytes=free,
        disk_free_bytes=_disk(folder or Path.home()),
        flash_attn=has("flash_attn"),
        flash_attn_3=has("flash_attn_interface"),
        bitsandbytes=has("bitsandbytes"),
        llama_gpu=_llama_gpu(),
        torch_version=torch_version,
        cuda_arches=arches,
        system=platform.system(),
        notes=tuple(notes),
    )


def refreshed(known: Hardware, folder: Path | None = None) -> Hardware:
    """The same machine with what is free right now; `folder` as for `probe`. A few milliseconds: only figures are asked again."""
    gpus = found_gpus([])[0] if known.gpus else ()
    if [gpu.name for gpu in gpus] != [gpu.name for gpu in known.gpus]:  # the driver does not answer now
        gpus = known.gpus
    return replace(known, gpus=gpus, free_ram_bytes=ram()[1], disk_free_bytes=_disk(folder or Path.home()))


def _number_in(path: str) -> int | None:
    """The number that a file of the kernel begins with, or None."""
    try:
        return int(Path(path).read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def ram() -> tuple[int, int]:
    """Total and free bytes, under the container's limit where there is one."""
    memory = psutil.virtual_memory()
    total, free = memory.total, memory.available
    limit = _number_in("/sys/fs/cgroup/memory.max") or _number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes")
    used = _number_in("/sys/fs/cgroup/memory.current") or _number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes")
    if limit is not None and limit < total:
        total, free = limit, min(free, max(0, limit - (used or 0)))
    return total, free


def _cores() -> int:
    """Cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):
        return cores


def _cpu() -> tuple[str, frozenset[str]]:
    """Its name and the features that matter here."""
    wanted = {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_tile", "f16c", "asimd"}
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine(), frozenset()
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.M)
    have = set(flags[1].split()) if flags else set()
    features = (have & wanted) | ({"arm_bf16"} if "asimd" in have and "bf16" in have else set())
    return (name[1].strip() if name else platform.machine()), frozenset(features)


def _disk(folder: Path) -> int:
    """Free bytes where `folder` lies or would lie; 0 if that can't be told."""
    for parent in (folder, *folder.parents):
        try:
            return shutil.disk_usage(parent).free
        except OSError:
            continue
    return 0


def _llama_gpu() -> bool:
    if not has("xllamacpp"):
        return False
    try:
        import xllamacpp

        return any("GPU" in device["type"].name for device in xllamacpp.get_device_info())
    except Exception:
        return False  # an older build that can't tell: then it is the CPU wheel of PyPI
