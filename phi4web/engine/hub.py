"""Files from the Hugging Face hub: what is on this machine first, then the network, with every failure in one line.

HF_HOME, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean elsewhere.
"""

from __future__ import annotations

import io
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import huggingface_hub.constants
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.utils.tqdm import tqdm

from phi4web.engine.base import Progress
from phi4web.errors import LoadFailed, Stopped

# Weights as safetensors only, and what a tokenizer needs: nothing here can carry code.
MODEL_FILES = ["*.safetensors", "*.json", "*.model", "*.txt", "*.jinja"]
_PATIENCE_SECONDS = 8.0


def hub_file(repo: str, file: str, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    """One file of a repository. Raises LoadFailed or Stopped."""

    def fetch(**how: Any) -> str:
        return str(huggingface_hub.hf_hub_download(repo, file, **how))

    return _fetch(fetch, f"{repo}/{file}", progress, cancel, offline)


def hub_model(repo: str, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    """The folder with the weights and tokenizer of a repository. Raises LoadFailed or Stopped."""

    def fetch(**how: Any) -> str:
        return str(huggingface_hub.snapshot_download(repo, allow_patterns=MODEL_FILES, **how))

    return _fetch(fetch, repo, progress, cancel, offline)


def _fetch(fetch: Callable[..., str], what: str, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    try:
        return Path(fetch(local_files_only=True))
    except (LocalEntryNotFoundError, FileNotFoundError):
        pass
    if offline:
        raise LoadFailed(f"{what} is not on this computer, and downloads are off (HF_HUB_OFFLINE).", "Choose a model that is.")
    if not _reachable():
        raise _out_of_reach(what)
    try:
        return Path(fetch(etag_timeout=_PATIENCE_SECONDS, endpoint=_endpoint(), tqdm_class=_bar(what, progress, cancel)))
    except (GatedRepoError, RepositoryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise _in_one_line(what, error) from None


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT") or huggingface_hub.constants.ENDPOINT


def _reachable() -> bool:
    """Whether the hub answers at all. One quick look, because the hub's own client tries for half a minute."""
    try:
        urllib.request.urlopen(urllib.request.Request(_endpoint(), method="HEAD"), timeout=_PATIENCE_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _out_of_reach(what: str) -> LoadFailed:
    return LoadFailed(f"{what} is not on this computer, and the hub can't be reached.", "Connect to the internet, or choose another model.")


def _in_one_line(what: str, error: Exception) -> LoadFailed:
    """OSError comes last: the hub's own errors are kinds of it, and so is every failed connection."""
    if isinstance(error, GatedRepoError):
        return LoadFailed(f"{what} needs a Hugging Face login.", "Set HF_TOKEN, or choose an open model.")
    if isinstance(error, RepositoryNotFoundError):
        return LoadFailed(f"The hub has no {what}, or it needs a login.", "Set HF_TOKEN, or choose another model.")
    if isinstance(error, LocalEntryNotFoundError):
        return _out_of_reach(what)
    if isinstance(error, HfHubHTTPError):
        return LoadFailed(f"The hub refused {what}: {_first_line(error)}")
    return LoadFailed(f"{what} could not be downloaded: {_first_line(error)}", "Connect to the internet, or choose another model.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


class _Silence(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def _bar(what: str, progress: Progress | None, cancel: threading.Event | None) -> Any:
    """A progress bar that prints nothing: it tells `progress` the share of bytes, and ends the download on `cancel`."""

    class Bar(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **(options | {"file": _Silence(), "disable": False}))  # type: ignore[no-untyped-call]

        def update(self, count: float | None = 1) -> bool:
            if cancel is not None and cancel.is_set():
                raise Stopped("The download was stopped.", "What has arrived is kept, and the next try goes on from there.")
            shown = bool(super().update(count))
            if progress is not None and self.total and self.unit == "B":
                progress(f"Downloading {what}", min(1.0, self.n / self.total))
            return shown

    return Bar
