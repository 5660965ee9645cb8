"""Starts real servers on loopback, each in a process of its own that ends with the block."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

START_SECONDS = 180.0
_LLAMA = Path(__file__).with_name("llama.py")


@contextmanager
def llama_server(path: Path, key: str) -> Iterator[str]:
    """llama.cpp's server with this file, which asks for this key. Gives its address."""
    child = subprocess.Popen(
        [sys.executable, str(_LLAMA), str(path), key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with _ended(child):
        killer = threading.Timer(START_SECONDS, child.kill)
        killer.start()
        assert child.stdout is not None
        address = child.stdout.readline().strip()
        killer.cancel()
        assert address, "llama.cpp's server did not start"
        yield address


@contextmanager
def transformers_server(folder: Path, home: Path, *flags: str) -> Iterator[str]:
    """`transformers serve` with the model in this folder; `home` takes what it writes. Gives its address."""
    with transformers_process(folder, home, *flags, OMP_WAIT_POLICY="PASSIVE") as (_, address):
        yield address


@contextmanager
def transformers_process(folder: Path, home: Path, *flags: str, **env: str) -> Iterator[tuple[subprocess.Popen[Any], str]]:
    """The same with its process, for whoever measures it. `env` is added to the environment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve", str(folder)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", *flags]
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(home)} | env
    log = home / "serve.log"
    with log.open("wb") as sink, _ended(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=env)) as child:
        address = f"http://127.0.0.1:{port}"
        _wait(child, f"{address}/health", log)
        yield child, address


def _wait(child: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and child.poll() is None:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def _ended(child: subprocess.Popen[Any]) -> Iterator[subprocess.Popen[Any]]:
    try:
        yield child
    finally:
        child.kill()
        child.communicate()
