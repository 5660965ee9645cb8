"""What this machine has: `probe()` for the real one, `gpu_by_name()` and `machine_with()` for one only asked about."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import psutil

from phi4web.errors import BadInput
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


@dataclass(frozen=True, slots=True)
class Card:
    """A row of the table: GiB as the driver reports them, GB/s of memory bandwidth."""

    name: str
    gib: float
    capability: tuple[int, int] | None
    gb_per_second: float
    kind: GpuKind = "cuda"
    source: str = "nvidia.com product page; capability: developer.nvidia.com/cuda-gpus"

    def gpu(self) -> Gpu:
        size = round(self.gib * GIB)
        return Gpu(self.name, self.capability, size, size, self.kind, self.gb_per_second * 1e9, self.source)


_AMD = "amd.com product page"
_INTEL = "intel.com product page"
_APPLE = "apple.com technical specifications; the GPU may use three quarters of the memory"

# The data-centre cards keep some memory for error correction, so the driver reports less than the name says.
KNOWN_GPUS: tuple[Card, ...] = (
    Card("RTX 5090", 32, (12, 0), 1792),
    Card("RTX 5080", 16, (12, 0), 960),
    Card("RTX 5070 Ti", 16, (12, 0), 896),
    Card("RTX 5070", 12, (12, 0), 672),
    Card("RTX 5060 Ti 16GB", 16, (12, 0), 448),
    Card("RTX 5060 Ti 8GB", 8, (12, 0), 448),
    Card("RTX 5060", 8, (12, 0), 448),
    Card("RTX 4090", 24, (8, 9), 1008),
    Card("RTX 4080", 16, (8, 9), 717),
    Card("RTX 4080 SUPER", 16, (8, 9), 736),
    Card("RTX 4070 Ti SUPER", 16, (8, 9), 672),
    Card("RTX 4070 Ti", 12, (8, 9), 504),
    Card("RTX 4070 SUPER", 12, (8, 9), 504),
    Card("RTX 4070", 12, (8, 9), 504),
    Card("RTX 4060 Ti 16GB", 16, (8, 9), 288),
    Card("RTX 4060 Ti 8GB", 8, (8, 9), 288),
    Card("RTX 4060", 8, (8, 9), 272),
    Card("RTX 3090 Ti", 24, (8, 6), 1008),
    Card("RTX 3090", 24, (8, 6), 936),
    Card("RTX 3080 Ti", 12, (8, 6), 912),
    Card("RTX 3080 12GB", 12, (8, 6), 912),
    Card("RTX 3080 10GB", 10, (8, 6), 760),
    Card("RTX 3070", 8, (8, 6), 448),
    Card("RTX 3060 Ti", 8, (8, 6), 448),
    Card("RTX 3060 12GB", 12, (8, 6), 360),
    Card("RTX 3050", 8, (8, 6), 224),
    Card("RTX 2080 Ti", 11, (7, 5), 616),
    Card("RTX 2080", 8, (7, 5), 448),
    Card("RTX 2070", 8, (7, 5), 448),
    Card("RTX 2060", 6, (7, 5), 336),
    Card("GTX 1660 Ti", 6, (7, 5), 288),
    Card("GTX 1080 Ti", 11, (6, 1), 484),
    Card("GTX 1080", 8, (6, 1), 320),
    Card("GTX 1070", 8, (6, 1), 256),
    Card("GTX 1060 6GB", 6, (6, 1), 192),
    Card("P100 16GB", 16, (6, 0), 732),
    Card("V100 16GB", 15.8, (7, 0), 900),
    Card("V100 32GB", 31.7, (7, 0), 900),
    Card("T4", 15.0, (7, 5), 320),
    Card("A10", 22.5, (8, 6), 600),
    Card("A10G", 22.5, (8, 6), 600),
    Card("A40", 45.0, (8, 6), 696),
    Card("A100 40GB", 39.6, (8, 0), 1555),
    Card("A100 80GB", 79.3, (8, 0), 2039),
    Card("L4", 22.5, (8, 9), 300),
    Card("L40S", 45.0, (8, 9), 864),
    Card("H100 80GB", 79.6, (9, 0), 3350),
    Card("H200", 140.4, (9, 0), 4800),
    Card("B200", 179.1, (10, 0), 8000),
    Card("RTX A6000", 47.5, (8, 6), 768),
    Card("RTX 6000 Ada", 47.5, (8, 9), 960),
    Card("RTX PRO 6000", 95.6, (12, 0), 1792),
    Card("RX 9070 XT", 16, None, 645, "rocm", _AMD),
    Card("RX 7900 XTX", 24, None, 960, "rocm", _AMD),
    Card("RX 7900 XT", 20, None, 800, "rocm", _AMD),
    Card("RX 7800 XT", 16, None, 624, "rocm", _AMD),
    Card("RX 7700 XT", 12, None, 432, "rocm", _AMD),
    Card("MI300X", 192, None, 5300, "rocm", _AMD),
    Card("Arc B580", 12, None, 456, "xpu", _INTEL),
    Card("Arc A770 16GB", 16, None, 560, "xpu", _INTEL),
    Card("Apple M2 16GB", 12, None, 100, "mps", _APPLE),
    Card("Apple M4 16GB", 12, None, 120, "mps", _APPLE),
    Card("Apple M4 Pro 24GB", 18, None, 273, "mps", _APPLE),
    Card("Apple M3 Max 64GB", 48, None, 400, "mps", _APPLE),
)

# words of drivers and shops that tell no card from another
_BRANDS = ("nvidia", "geforce", "tesla", "quadro", "amd", "radeon", "intel", "rtx", "gtx", "rx")
_NOISE = frozenset((*_BRANDS, "graphics", "gpu", "card", "blackwell", "server", "workstation", "edition", "generation"))
_NOISE_FORM = re.compile(r"sxm\d?|pcie|hbm\w*|nvl")
_SIZE = re.compile(r"(\d+)gb")


def _words(name: str) -> tuple[frozenset[str], int | None]:
    """The words that tell a card, and its size in GB if named. "RTX 3060 12GB" and "3060 (12 GiB)" come out the same."""
    text = re.sub(r"(\d+)\s*gi?b\b", r" \1gb ", name.lower().replace("(tm)", " ").replace("(r)", " "))
    text = re.sub(r"\b(rtx|gtx|rx)(?=\d)", r"\1 ", text)
    text = re.sub(r"(\d{4})(ti|super|xtx|xt)\b", r"\1 \2", text)
    words = [w for w in re.split(r"[^a-z0-9]+", text) if w and not _NOISE_FORM.fullmatch(w)]
    sizes = [int(m[1]) for w in words if (m := _SIZE.fullmatch(w))]
    return frozenset(w for w in words if w not in _NOISE and not _SIZE.fullmatch(w)), sizes[0] if sizes else None


def _cards(name: str) -> list[Card]:
    """The cards that this name may mean: the same words, and the same size where both tell one."""
    words, size = _words(name)
    alike = [(card, _words(card.name)[1] or round(card.gib)) for card in KNOWN_GPUS if _words(card.name)[0] == words]
    return [card for card, gb in alike if size is None or gb == size or abs(card.gib - size) < 1]


def gpu_by_name(name: str) -> Gpu:
    """A card of the table, by any usual way of writing its name. Raises BadInput with the closest names."""
    cards = _cards(name) or _cards(f"{name}GB")
    if len(cards) == 1:
        return cards[0].gpu()
    if cards:
        raise BadInput(f"{name.strip()!r} could be more than one card.", f"Say which: {', '.join(c.name for c in cards)}.")
    known = {c.name.lower(): c.name for c in KNOWN_GPUS}
    shared = [c.name for c in KNOWN_GPUS if _words(c.name)[0] & _words(name)[0] & frozenset(re.findall(r"\w*\d\w*", name.lower()))]
    close = shared[:4] or [known[n] for n in get_close_matches(name.strip().lower(), list(known), n=4, cutoff=0.5)]
    hint = f"Did you mean {', '.join(close)}? Or give its memory, for example --vram 12." if close else "Give its memory: --vram 12."
    raise BadInput(f"The card {name.strip()[:80]!r} is not in the table.", hint)


def gpu_with(gib: float) -> Gpu:
    """Some recent NVIDIA card of this size. Raises BadInput for a size that no card has."""
    if not 0.5 <= gib <= 2048:
        raise BadInput(f"{gib} GiB is not the memory of a graphics card.", "Give gibibytes, for example 12.")
    size = round(gib * GIB)
    return Gpu(f"{gib:g} GiB card", (8, 6), size, size, source="asked for")


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
    gpus, torch_version, arches = _gpus(notes)
    name, features = _cpu()
    return Hardware(
        gpus=gpus,
        cpu_name=name,
        cores=_cores(),
        cpu_features=features,
        ram_bytes=total,
        free_ram_bytes=free,
        disk_free_bytes=_disk(folder or Path.home()),
        flash_attn=_has("flash_attn"),
        flash_attn_3=_has("flash_attn_interface"),
        bitsandbytes=_has("bitsandbytes"),
        llama_gpu=_llama_gpu(),
        torch_version=torch_version,
        cuda_arches=arches,
        system=platform.system(),
        notes=tuple(notes),
    )


def refreshed(known: Hardware, folder: Path | None = None) -> Hardware:
    """The same machine with what is free right now; `folder` as for `probe`. A few milliseconds: only figures are asked again."""
    gpus = _gpus([])[0] if known.gpus else ()
    if [gpu.name for gpu in gpus] != [gpu.name for gpu in known.gpus]:  # the driver does not answer now
        gpus = known.gpus
    return replace(known, gpus=gpus, free_ram_bytes=ram()[1], disk_free_bytes=_disk(folder or Path.home()))


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


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
    if not _has("xllamacpp"):
        return False
    try:
        import xllamacpp

        return any("GPU" in device["type"].name for device in xllamacpp.get_device_info())
    except Exception:
        return False  # an older build that can't tell: then it is the CPU wheel of PyPI


def _may_have_gpu() -> bool:
    """Whether importing torch to look is worth its seconds. Linux shows every usable GPU as a device file."""
    if sys.platform != "linux":
        return True
    return any(Path(p).exists() for p in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/kfd", "/dev/dxg", "/dev/dri/renderD128"))


def _gpus(notes: list[str]) -> tuple[tuple[Gpu, ...], str, tuple[str, ...]]:
    """The GPUs that PyTorch can use, its version, and the CUDA architectures it was built for."""
    if not _has("torch") or not _may_have_gpu():
        return (), "", ()
    try:
        import torch

        gpus = _cuda(torch) or _xpu(torch) or _mps(torch)
        if not gpus and (card := _nvidia_smi()):
            notes.append(f"{card} is here, but PyTorch {torch.__version__} can't use it. Install PyTorch's CUDA build.")
        arches = tuple(torch.cuda.get_arch_list()) if gpus and gpus[0].kind == "cuda" else ()
        return gpus, str(torch.__version__), arches
    except Exception as error:  # a broken driver must not stop the page
        notes.append(f"The graphics card could not be asked: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
        return (), "", ()


def _bandwidth(name: str, total_bytes: int) -> float | None:
    """From the table, for the card of this name that is nearest in size."""
    near = sorted(_cards(name), key=lambda card: abs(card.gib * GIB - total_bytes))
    return near[0].gb_per_second * 1e9 if near else None


def _cuda(torch: Any) -> tuple[Gpu, ...]:
    if not torch.cuda.is_available():
        return ()
    rocm = bool(torch.version.hip)
    found = []
    for i in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(i)
        free, total = torch.cuda.mem_get_info(i)
        capability = None if rocm else (about.major, about.minor)
        found.append(Gpu(about.name, capability, total, free, "rocm" if rocm else "cuda", _bandwidth(about.name, total)))
    return tuple(found)


def _xpu(torch: Any) -> tuple[Gpu, ...]:
    if not (hasattr(torch, "xpu") and torch.xpu.is_available()):
        return ()
    found = []
    for i in range(torch.xpu.device_count()):
        about = torch.xpu.get_device_properties(i)
        free = about.total_memory - torch.xpu.memory_reserved(i)
        found.append(Gpu(about.name, None, about.total_memory, free, "xpu", _bandwidth(about.name, about.total_memory)))
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
