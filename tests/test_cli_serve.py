"""`phi4web serve`: the page answers, strangers meet a login, and Ctrl-C gives everything back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(tmp_path: Path, *argv: str, **env: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str], int]]:
    """The object that `serve --json` prints once the page is there, the process, and the port that it was given."""
    port = _free_port()
    own = {"PHI4WEB_CACHE": str(tmp_path / "cache"), "PHI4WEB_DATA": str(tmp_path / "data"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "phi4web", "serve", "--port", str(port), "--json", *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=os.environ | own | env) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                assert process.stderr is not None
                pytest.fail(process.stderr.read())
            yield json.loads(line), process, port
        finally:
            process.kill()


def _status(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_the_page_is_served_on_this_computer_only_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with serving(tmp_path) as (said, process, port):
        assert said == {"url": f"http://127.0.0.1:{port}", "login": None}
        status, page = _status(said["url"])
        assert status == 200
        assert "phi4web" in page
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0, "that is how one ends a server"
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_page_that_others_can_reach_has_a_random_login(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as (said, _, port):
        user, password = said["login"]
        assert user
        assert len(password) >= 12
        status, _page = _status(f"http://127.0.0.1:{port}/gradio_api/info")
        assert status == 401


def test_no_auth_means_no_login(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", "--no-auth") as (said, _, port):
        assert said["login"] is None
        assert _status(f"http://127.0.0.1:{port}/")[0] == 200
