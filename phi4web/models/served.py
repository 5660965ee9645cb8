"""Models that a server runs: "remote:NAME", where NAME is what the server calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from phi4web.errors import UnknownModel
from phi4web.models.phi import PHI_4_REASONING
from phi4web.models.types import Architecture, Model, Sampling

REMOTE = "remote:"
SERVED = "served"  # its one quant: in which numbers it runs, only the server knows

# What is taken for granted of a model that is named after none of the catalogue. Layers and parameters are not known.
_STRANGER = replace(
    PHI_4_REASONING,
    style="chatml-phi4",
    arch=Architecture(0, 0, 0, 0, 0, 0, 0, 32768, False, "not known", total=0),
    licence="not known",
    sampling=Sampling(0.7, 0.95, 0),
    sampling_source="chosen here",
    scores=(),
)


def served(name: str, known: Mapping[str, Model]) -> Model:
    """The server's model of this name, with what is known of its kin: the model with the longest name that is part of NAME.

    So hub ids, Ollama names and names of GGUF files all lead to the right template and sampling. Raises UnknownModel for no name.
    """
    name = name.strip()
    if not name:
        raise UnknownModel(f"{REMOTE} names no model.", "`phi4web models` lists those of the server.")
    kin = {_letters(n): model for n, model in known.items() if any(map(str.isdigit, n))}
    closest = max((n for n in kin if n in _letters(name)), key=len, default="")
    return replace(
        kin.get(closest, _STRANGER),
        id=REMOTE + name,
        label=f"{name} (server)",
        repo=name,
        quants=(SERVED,),
        default_quant=SERVED,
        sources=(),
        aliases=(),
        note="Runs on the server that --remote or PHI4WEB_REMOTE_URL names.",
        unavailable="",
        instead=None,
    )


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
