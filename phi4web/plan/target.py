"""Where a model will run: the CPU, a card, or several of one kind."""

from __future__ import annotations

from dataclasses import dataclass

from phi4web.errors import BadInput
from phi4web.hardware import Gpu, Hardware
from phi4web.loadplan import Choice, Wishes


@dataclass(frozen=True, slots=True)
class Target:
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


def cpu(hardware: Hardware) -> Target:
    return Target("cpu", hardware.cpu_name or "CPU", hardware.free_ram_bytes)


def _device(gpu: Gpu, number: int) -> str:
    """PyTorch's name; it calls ROCm's devices cuda too."""
    return "mps" if gpu.kind == "mps" else f"{'cuda' if gpu.kind == 'rocm' else gpu.kind}:{number}"


def choose_target(hardware: Hardware, wishes: Wishes) -> tuple[Target, Choice]:
    devices = {_device(gpu, i): gpu for i, gpu in enumerate(hardware.gpus)}
    asked = wishes.device.strip().lower() if wishes.device is not None else None
    if asked == "cpu":
        return cpu(hardware), Choice("device", asked, "cpu", "as asked")
    if asked is None and not devices:
        return cpu(hardware), Choice("device", None, "cpu", "no graphics card that PyTorch can use was found")
    device = max(devices, key=lambda d: devices[d].free_bytes) if asked is None else _named(asked)
    if device not in devices:
        raise BadInput(f"There is no device {asked!r:.42} here.", f"Choose one of {', '.join((*devices, 'cpu'))}.")
    why = "as asked" if asked else "a graphics card" if len(devices) == 1 else f"of {len(devices)} cards the one with the most free memory"
    gpu = devices[device]
    return Target(device, gpu.name, gpu.free_bytes, gpu), Choice("device", asked, device, why)


def _named(asked: str) -> str:
    kind, _, number = asked.partition(":")
    return "mps" if kind == "mps" else f"{'cuda' if kind in ('gpu', 'rocm') else kind}:{number or 0}"


def alike(hardware: Hardware, wishes: Wishes, target: Target) -> list[Gpu]:
    """The cards that the model may be spread over: those of one kind, unless a single one was asked for."""
    if target.gpu is None or wishes.device is not None:
        return []
    return [g for g in hardware.gpus if g.kind == target.kind]


def room(hardware: Hardware, wishes: Wishes, target: Target) -> int:
    return sum(g.free_bytes for g in alike(hardware, wishes, target)) or target.free


def half(target: Target) -> str:
    """The 16-bit type that this GPU computes with."""
    return "fp16" if target.kind == "mps" or target.old else "bf16"
