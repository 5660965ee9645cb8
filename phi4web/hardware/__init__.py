"""What this machine has: `probe()` for the real one, `gpu_by_name()` and `machine_with()` for one only asked about."""

from phi4web.hardware.cards import KNOWN_GPUS, Card, gpu_by_name, gpu_with
from phi4web.hardware.machine import cpu_only, machine_with, probe, ram, refreshed
from phi4web.hardware.types import GIB, Gpu, GpuKind, Hardware

__all__ = [
    "GIB",
    "KNOWN_GPUS",
    "Card",
    "Gpu",
    "GpuKind",
    "Hardware",
    "cpu_only",
    "gpu_by_name",
    "gpu_with",
    "machine_with",
    "probe",
    "ram",
    "refreshed",
]
