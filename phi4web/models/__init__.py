"""The catalogue: which models there are, how big, how to talk to them, and where each figure comes from.

`types` says what is known of a model, `phi` and `small` list them, `find` looks one up by name, and `advanced` reads any
other model from its own files.
"""

from __future__ import annotations

from phi4web.models.advanced import model_of_folder, model_of_gguf
from phi4web.models.find import CATALOGUE, LOCAL, admit, find, find_quant, names, parse_config
from phi4web.models.phi import (
    PHI_4,
    PHI_4_MINI_FLASH,
    PHI_4_MINI_INSTRUCT,
    PHI_4_MINI_REASONING,
    PHI_4_MULTIMODAL,
    PHI_4_REASONING,
    PHI_4_REASONING_PLUS,
)
from phi4web.models.served import REMOTE, SERVED
from phi4web.models.small import EMBEDDED, PRACTICE
from phi4web.models.types import (
    BNB_QUANTS,
    FLOAT_BYTES,
    GGUF_BITS,
    PHI_GGUFS,
    TRANSFORMERS_QUANTS,
    Architecture,
    Figure,
    Model,
    Sampling,
    Source,
    SourceKind,
    Style,
    is_gguf,
)

__all__ = [
    "BNB_QUANTS",
    "CATALOGUE",
    "EMBEDDED",
    "FLOAT_BYTES",
    "GGUF_BITS",
    "LOCAL",
    "PHI_4",
    "PHI_4_MINI_FLASH",
    "PHI_4_MINI_INSTRUCT",
    "PHI_4_MINI_REASONING",
    "PHI_4_MULTIMODAL",
    "PHI_4_REASONING",
    "PHI_4_REASONING_PLUS",
    "PHI_GGUFS",
    "PRACTICE",
    "REMOTE",
    "SERVED",
    "TRANSFORMERS_QUANTS",
    "Architecture",
    "Figure",
    "Model",
    "Sampling",
    "Source",
    "SourceKind",
    "Style",
    "admit",
    "find",
    "find_quant",
    "is_gguf",
    "model_of_folder",
    "model_of_gguf",
    "names",
    "parse_config",
]
