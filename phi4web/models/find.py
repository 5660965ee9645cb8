"""Finds a model by any of its names, and a quant by any spelling."""

from __future__ import annotations

from difflib import get_close_matches

from phi4web.errors import BadInput, UnknownModel
from phi4web.models.phi import (
    PHI_4,
    PHI_4_MINI_FLASH,
    PHI_4_MINI_INSTRUCT,
    PHI_4_MINI_REASONING,
    PHI_4_MULTIMODAL,
    PHI_4_REASONING,
    PHI_4_REASONING_PLUS,
)
from phi4web.models.served import REMOTE, SERVED, served
from phi4web.models.small import EMBEDDED, PRACTICE
from phi4web.models.types import Model

CATALOGUE: tuple[Model, ...] = (
    PHI_4_MINI_REASONING,
    PHI_4_REASONING,
    PHI_4_REASONING_PLUS,
    PHI_4,
    PHI_4_MINI_INSTRUCT,
    PHI_4_MINI_FLASH,
    PHI_4_MULTIMODAL,
    EMBEDDED,
    PRACTICE,
)


LOCAL = "local:"  # begins the id of a model that was named by its path: what strangers read tells nothing of the folders here
_ADMITTED: dict[str, Model] = {}


def admit(model: Model) -> Model:
    """From now on `find` knows this model's id too. Only for what whoever runs this program has named: it may lie anywhere."""
    _ADMITTED[_key(model.id)] = model
    return model


def _key(name: str) -> str:
    """Names have no case, but those of files do."""
    return name if name.startswith(LOCAL) else name.lower()


def names(model: Model) -> tuple[str, ...]:
    """Everything that `find` accepts for this model."""
    hub = tuple(s.repo for s in model.sources if s.kind.startswith("hub"))
    return tuple(dict.fromkeys((model.id, model.repo, model.label, *model.aliases, *hub)))


def find(name: str) -> Model:
    """The model of this name, hub id or Ollama name, in any case. Raises UnknownModel naming the closest."""
    known = {n.lower(): model for model in CATALOGUE for n in names(model)}
    wanted = name.strip().lower()
    if wanted.startswith(REMOTE):
        return served(name.strip()[len(REMOTE) :], known)
    if wanted in known:
        return known[wanted]
    if (named := _ADMITTED.get(_key(name.strip()))) is not None:
        return named
    # only the catalogue's names are told: what the owner of this computer named is nobody else's business
    close = get_close_matches(wanted, list(known), n=6, cutoff=0.5)
    ids = list(dict.fromkeys(known[c].id for c in close))[:3] or [m.id for m in CATALOGUE if not m.unavailable]
    raise UnknownModel(f"There is no model {name.strip()[:80]!r}.", f"Did you mean {_or(ids)}?" if close else f"Choose {_or(ids)}.")


def find_quant(model: Model, quant: str) -> str:
    """The quant's own spelling, from any case. Raises BadInput listing those of this model."""
    if model.unavailable:
        raise BadInput(f"{model.id} can't run here: {model.unavailable}.", f"Use {model.instead}, or a server that has it.")
    for known in model.quants:
        if known.lower() == quant.strip().lower().replace("_dq", "-dq"):
            return known
    raise BadInput(f"{model.id} has no quant {quant.strip()[:40]!r}.", f"Choose one of {', '.join(model.quants)}.")


def parse_config(text: str) -> tuple[Model, str]:
    """Model and quant from "MODEL:QUANT", or from a model alone with its default quant. Raises BadInput."""
    name, colon, quant = text.strip().rpartition(":")
    if text.strip().lower().startswith(REMOTE):  # the server's own names have colons too
        return find(name if quant == SERVED else text), SERVED
    try:
        model, quant = find(text), ""
    except UnknownModel:
        if not colon:
            raise
        model = find(name)
    return model, find_quant(model, quant or _quant_of_repo(model, text) or model.default_quant)


def _quant_of_repo(model: Model, name: str) -> str | None:
    """The quant that a repository of this name holds, if it holds just one."""
    quants = {s.quant for s in model.sources if s.repo.lower() == name.strip().lower()}
    return quants.pop() if len(quants) == 1 else None


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
