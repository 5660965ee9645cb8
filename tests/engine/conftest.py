"""The real embedded model, fetched once into the user's cache (as `make test` does), and small stand-ins for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from phi4web.engine.embedded import ensure_gguf, ensure_safetensors
from phi4web.settings import read


@pytest.fixture(scope="session")
def embedded_gguf() -> Path:
    return ensure_gguf(read().cache_dir)


@pytest.fixture(scope="session")
def embedded_folder() -> Path:
    return ensure_safetensors(read().cache_dir)
