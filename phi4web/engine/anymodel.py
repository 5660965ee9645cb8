"""Finds a model by any name that whoever runs this program may give: of the catalogue, a repository of the hub, or a path.

Never call it with the words of a stranger: it reads files and asks the hub. `models.find` is for those.
"""

from __future__ import annotations

import re
from pathlib import Path

from phi4web.engine.gguf_header import read_header
from phi4web.engine.hub import file_here, hub_description
from phi4web.errors import BadInput, LoadFailed, UnknownModel
from phi4web.models import (
    GGUF_BITS,
    TRANSFORMERS_QUANTS,
    Model,
    Source,
    admit,
    find,
    is_gguf,
    model_of_folder,
    model_of_gguf,
    parse_config,
)
from phi4web.models.types import OTHER_GGUFS

_QUANTS = {quant.lower() for quant in (*TRANSFORMERS_QUANTS, *GGUF_BITS, *OTHER_GGUFS)}
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_REPO_FILE = re.compile(r"([\w.-]+/[\w.-]+)/([\w./-]+\.gguf)")


def find_any(name: str, offline: bool = False) -> Model:
    """The model of this name; from then on `models.find` knows it too. Raises UnknownModel, BadInput or LoadFailed."""
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
        return model_of_folder(str(path), path)
    if path.suffix.lower() != ".gguf":
        raise BadInput(f"{path} is neither a folder nor a .gguf file.", "Only safetensors and GGUF files are loaded.")
    header = read_header(path)
    return model_of_gguf(str(path), path, header.fields, header.quant)


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
    return model_of_gguf(f"{repo}/{file}", path, header.fields, quant, Source(quant, repo, "hub-gguf", file, header.bytes))


def config_any(text: str, offline: bool = False) -> tuple[Model, str]:
    """As `models.parse_config`, "MODEL:QUANT" or a model alone, with any name that `find_any` takes."""
    try:
        return parse_config(text)
    except UnknownModel:
        name, _, quant = text.strip().rpartition(":")
        find_any(name if quant.strip().lower() in _QUANTS else text, offline)
        return parse_config(text)
