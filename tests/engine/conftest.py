"""The real embedded model, fetched once into the user's cache (as `make test` does), and small stand-ins for everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phi4web.engine.embedded import ensure_gguf, ensure_safetensors
from phi4web.settings import read
from tests.engine.servers.real import llama_server, transformers_server

LLAMA_KEY = "key-of-the-llama-server"


@pytest.fixture(scope="session")
def embedded_gguf() -> Path:
    return ensure_gguf(read().cache_dir)


@pytest.fixture(scope="session")
def embedded_folder() -> Path:
    return ensure_safetensors(read().cache_dir)


@pytest.fixture(scope="session")
def llama_url(embedded_gguf: Path) -> Iterator[str]:
    """llama.cpp's own server with the embedded model; it asks for LLAMA_KEY."""
    with llama_server(embedded_gguf, LLAMA_KEY) as url:
        yield url


@pytest.fixture(scope="session")
def transformers_url(embedded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`transformers serve` with the embedded model; it calls the model by its folder."""
    with transformers_server(embedded_folder, tmp_path_factory.mktemp("serve")) as url:
        yield url
