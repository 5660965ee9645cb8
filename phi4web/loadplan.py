"""A plan for loading a model, as values: what was wished, what was chosen and why, what it takes, and how to make it fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from phi4web.memory import Memory, gib
from phi4web.models import SERVED, Model
from phi4web.peaks import Peak

EngineKind = Literal["gguf", "local", "remote"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for. None: the plan chooses. `context` in tokens. `device`: cpu, cuda, cuda:1, xpu, mps."""

    quant: str | None = None
    dtype: str | None = None
    attn_implementation: str | None = None
    context: int | None = None
    device: str | None = None
    cpu_offload: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """`asked` None: nothing was asked."""

    name: str
    asked: str | None
    used: str
    why: str

    def __str__(self) -> str:
        change = f"{self.asked} → {self.used}" if self.asked not in (None, self.used) else self.used
        return f"{self.name}: {change} ({self.why})"


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to make it fit. `saves` in bytes; `model` is the id of another model to take, or None; `enough`: then it fits."""

    label: str
    saves: int
    wishes: Wishes
    model: str | None = None
    enough: bool = True


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`device`: "cpu", "cuda:0", "xpu:0", "mps". `compute_dtype`: of quantised layers, None where there are none.

    `attn_ladder`: implementations to try, in order. `device_map`: None for one device, "auto" to spread over several.
    `gpu_layers` (llama.cpp): layers on the GPU, -1 all. `prefill_chunk`: tokens to read at once.
    `tokens_per_second`: from memory bandwidth, low and high; None where that is not known. Sizes in bytes.
    `measured`: the most that it took in runs on this machine, None: none yet; what that was above the estimate is in `memory.fixed`.
    """

    model: Model
    engine: EngineKind
    quant: str
    device: str
    device_name: str
    dtype: str
    compute_dtype: str | None
    attn_ladder: tuple[str, ...]
    device_map: str | None
    gpu_layers: int
    context: int
    prefill_chunk: int
    memory: Memory
    free_bytes: int
    choices: tuple[Choice, ...]
    warnings: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tokens_per_second: tuple[float, float] | None = None
    wishes: Wishes = field(default_factory=Wishes)
    measured: Peak | None = None

    @property
    def attn_implementation(self) -> str:
        """The first to try."""
        return self.attn_ladder[0]

    @property
    def estimated(self) -> int:
        """Bytes by the formulas alone, before what was measured put them right."""
        return self.memory.total - (self.measured.extra if self.measured else 0)

    @property
    def fits(self) -> bool:
        return self.memory.total <= self.free_bytes

    @property
    def verdict(self) -> str:
        """One sentence for the user."""
        if self.engine == "remote":
            return "Runs on the server: nothing is loaded here."
        where = "in main memory" if self.device == "cpu" else f"on {self.device_name}"
        need = f"needs about {gib(self.memory.total)} of {gib(self.free_bytes)}"
        if self.fits:
            return f"Fits {where}: {need}."
        return f"Does not fit {where}: {need} ({gib(self.memory.total - self.free_bytes)} short)."

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the same fields, the model by its id, and what follows from them."""
        names = (
            "engine",
            "quant",
            "device",
            "device_name",
            "dtype",
            "compute_dtype",
            "device_map",
            "gpu_layers",
            "context",
            "prefill_chunk",
        )
        row: dict[str, Any] = {"model": self.model.id} | {name: getattr(self, name) for name in names}
        row |= {"attn_implementation": self.attn_implementation, "attn_ladder": list(self.attn_ladder)}
        row |= {"memory": asdict(self.memory) | {"total": self.memory.total, "band": self.memory.band}, "free_bytes": self.free_bytes}
        row |= {"fits": self.fits, "verdict": self.verdict, "choices": [asdict(c) for c in self.choices]}
        row |= {"warnings": list(self.warnings), "fixes": [asdict(f) for f in self.fixes]}
        row["measured"] = None if self.measured is None else asdict(self.measured) | {"extra": self.measured.extra}
        row["tokens_per_second"] = list(self.tokens_per_second) if self.tokens_per_second else None
        return row


def peak_seen(plan: LoadPlan, attention: str, slots: int, taken: int) -> Peak:
    """`taken` bytes as this plan's engine counts them, beside what was expected. PyTorch's count on a card leaves out the driver.

    `slots`: streams that the engine is ready for. Each has a cache of its own, made only where there is room.
    """
    on_card = plan.engine == "local" and plan.device != "cpu"
    expected = plan.memory.total - plan.memory.fixed if on_card else plan.estimated
    expected += (max(1, slots) - 1) * plan.memory.cache
    return Peak(
        plan.model.id,
        plan.quant,
        plan.device_name,
        attention,
        plan.context,
        taken,
        expected,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def served_plan(model: Model, wishes: Wishes) -> LoadPlan:
    """For a model that a server runs: nothing is chosen and nothing is needed here."""
    return LoadPlan(
        model=model,
        engine="remote",
        quant=SERVED,
        device="server",
        device_name="the server",
        dtype=SERVED,
        compute_dtype=None,
        attn_ladder=(SERVED,),
        device_map=None,
        gpu_layers=0,
        context=model.arch.context,
        prefill_chunk=0,
        memory=Memory(0, 0, 0, 0),
        free_bytes=0,
        choices=(Choice("engine", None, "remote", "the name begins with remote:, so the server runs it"),),
        wishes=wishes,
    )
