"""Files from the Hugging Face hub: what is on this machine first, then the network, with every failure in one line.

They lie where other programs keep them too (HF_HOME, HF_HUB_CACHE). HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE mean what they
mean elsewhere. Nothing here can carry code: weights as safetensors or GGUF only, and what a tokenizer needs.
"""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import httpx2
import huggingface_hub
import huggingface_hub.constants
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from phi4web.engine.base import Progress
from phi4web.engine.download import Meter, Remote, fetch, room_for
from phi4web.errors import LoadFailed, first_line

MODEL_FILES = ("*.safetensors", "*.json", "*.model", "*.txt", "*.jinja")
DESCRIPTION_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "added_tokens.json",
    "chat_template.jinja",
    "*.safetensors.index.json",
)
WEIGHTS = "*.safetensors"  # all weights of a repository together
_PATIENCE_SECONDS = 8.0
_QUICK_SECONDS = 3.0  # for what would be nice to know


def cache_folder() -> Path:
    """Where the hub's programs keep what they downloaded, as the environment says right now."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return Path(os.environ[name]).expanduser()
    home = os.environ.get("HF_HOME")
    return Path(home).expanduser() / "hub" if home else Path(huggingface_hub.constants.HF_HUB_CACHE)


def hub_file(repo: str, file: str, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    """One file of a repository. Raises LoadFailed or Stopped."""
    what = f"{repo}/{file}"
    if (here := file_here(repo, file)) is not None:
        return here
    _online(what, offline)
    with _in_one_line(what):
        url = huggingface_hub.hf_hub_url(repo, file, endpoint=_endpoint())
        about = huggingface_hub.get_hf_file_metadata(url, timeout=_PATIENCE_SECONDS, endpoint=_endpoint())
        if about.commit_hash is None or about.etag is None:
            raise LoadFailed(f"{_endpoint()} does not answer like the Hugging Face hub.", "Check HF_ENDPOINT and your proxy.")
        remote = Remote(file, url, about.etag, about.size)
        return _bring(repo, about.commit_hash, [remote], Path(file).name, progress, cancel) / file


def hub_model(repo: str, progress: Progress | None, cancel: threading.Event | None, offline: bool) -> Path:
    """The folder with the weights and tokenizer of a repository. Raises LoadFailed or Stopped."""
    if (here := model_here(repo)) is not None:
        return here
    _online(repo, offline)
    with _in_one_line(repo):
        commit, listed = _listing(repo, _PATIENCE_SECONDS)
        files = [r for r in listed if any(fnmatch(r.name, p) for p in MODEL_FILES) and "/" not in r.name]
        if not any(r.name.endswith(".safetensors") for r in files):
            raise LoadFailed(f"{repo} holds no safetensors.", _other_weights(repo, listed))
        # weights last: where they are, everything else is too
        files.sort(key=lambda r: (r.name.endswith(".safetensors"), r.name))
        return _bring(repo, commit, files, repo.partition("/")[2], progress, cancel)


def hub_description(repo: str, offline: bool) -> tuple[Path, int | None]:
    """The folder with what describes a model, without its weights, and the bytes of those (None: not asked). Raises LoadFailed."""
    for here in _snapshots(repo):
        if (here / "config.json").is_file():
            return here, None
    _online(repo, offline)
    with _in_one_line(repo):
        commit, listed = _listing(repo, _PATIENCE_SECONDS)
        if not any(r.name == "config.json" for r in listed) or not any(r.name.endswith(".safetensors") for r in listed):
            raise LoadFailed(f"{repo} holds no safetensors with a config.json.", _other_weights(repo, listed))
        small = [r for r in listed if any(fnmatch(r.name, p) for p in DESCRIPTION_FILES)]
        return _bring(repo, commit, small, repo, None, None), _weight_bytes(listed)


def hub_sizes(repo: str, offline: bool) -> dict[str, int]:
    """Bytes of each file of a repository, and under WEIGHTS of all its weights. Empty: the hub did not tell within seconds."""
    if offline:
        return {}
    try:
        listed = _listing(repo, _QUICK_SECONDS)[1]
    except (LoadFailed, HfHubHTTPError, HFValidationError, httpx2.HTTPError, OSError, ValueError):
        return {}
    return {r.name: r.bytes for r in listed if r.bytes is not None} | ({WEIGHTS: size} if (size := _weight_bytes(listed)) else {})


def file_here(repo: str, file: str) -> Path | None:
    """One file of a repository, if it is on this machine."""
    return next((path for folder in _snapshots(repo) if (path := folder / file).is_file()), None)


def model_here(repo: str) -> Path | None:
    """The folder of a repository, if everything that its weights need is on this machine and none of it is cut short."""
    return next((folder for folder in _snapshots(repo) if _complete(folder)), None)


def _complete(folder: Path) -> bool:
    if not (folder / "config.json").is_file():
        return False
    try:
        names = _weight_names(folder)
        return bool(names) and all(_whole(folder / name) for name in names)
    except (OSError, ValueError, KeyError):
        return False


def _snapshots(repo: str) -> list[Path]:
    """The folders of all states of which something was downloaded, the newest state first.

    Its owner may have changed the repository between two files: what was brought before is still there.
    """
    try:
        main = Path(huggingface_hub.snapshot_download(repo, cache_dir=cache_folder(), local_files_only=True, allow_patterns="*.none"))
        others = sorted((p for p in main.parent.iterdir() if p.is_dir() and p != main), key=lambda p: p.stat().st_mtime, reverse=True)
    except (LocalEntryNotFoundError, HFValidationError, OSError, ValueError):
        return []
    return [main, *others]


def _weight_names(folder: Path) -> list[str]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    return [path.name for path in folder.glob("*.safetensors")]


def _whole(path: Path) -> bool:
    """Whether a safetensors file is as long as its own head says."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > 100 << 20:
            return False
        head = json.loads(file.read(length))
    end = max((about["data_offsets"][1] for name, about in head.items() if name != "__metadata__"), default=0)
    return bool(path.stat().st_size == 8 + length + int(end))


def _online(what: str, offline: bool) -> None:
    if offline:
        raise LoadFailed(f"{what} is not on this computer, and downloads are off (HF_HUB_OFFLINE).", "Choose a model that is.")


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or huggingface_hub.constants.ENDPOINT).rstrip("/")


def _listing(repo: str, seconds: float) -> tuple[str, list[Remote]]:
    """The newest commit of a repository, and its files with their sizes. One call."""
    about = huggingface_hub.HfApi(endpoint=_endpoint()).model_info(repo, files_metadata=True, timeout=seconds)
    if about.sha is None:
        raise LoadFailed(f"{_endpoint()} does not answer like the Hugging Face hub.", "Check HF_ENDPOINT and your proxy.")
    files = []
    for one in about.siblings or []:
        etag = one.lfs.sha256 if one.lfs is not None else one.blob_id
        url = huggingface_hub.hf_hub_url(repo, one.rfilename, revision=about.sha, endpoint=_endpoint())
        if etag is not None:
            files.append(Remote(one.rfilename, url, etag, one.lfs.size if one.lfs is not None else one.size))
    return about.sha, files


def _weight_bytes(listed: list[Remote]) -> int | None:
    return sum(r.bytes or 0 for r in listed if fnmatch(r.name, "*.safetensors") and "/" not in r.name) or None


def _other_weights(repo: str, listed: list[Remote]) -> str:
    """What to do about a repository without safetensors."""
    ggufs = [r.name for r in listed if r.name.endswith(".gguf")]
    if not ggufs:
        return "Only safetensors and GGUF files are loaded, because others can carry code."
    best = next((name for name in ggufs if "q4_k_m" in name.lower()), ggufs[0])
    return f"It has {len(ggufs)} GGUF files; name one of them, for example {repo}/{best}."


def _bring(repo: str, commit: str, files: list[Remote], what: str, progress: Progress | None, cancel: threading.Event | None) -> Path:
    """Downloads what is missing and returns the folder of this commit. `what` is the name to show."""
    home = cache_folder() / repo_folder_name(repo_id=repo, repo_type="model")
    blobs, snapshot = home / "blobs", home / "snapshots" / commit
    blobs.mkdir(parents=True, exist_ok=True)
    missing = [r for r in files if not _same(snapshot / r.name, r)]
    room_for(blobs, missing, what)
    sizes = [r.bytes for r in missing]
    meter = Meter(what, None if None in sizes else sum(filter(None, sizes)), progress)
    headers = build_hf_headers()
    for remote in missing:
        _link(fetch(remote, blobs, headers, meter, cancel), snapshot / remote.name)
    _write(home / "refs" / "main", commit)
    return snapshot


def _same(path: Path, remote: Remote) -> bool:
    return path.is_file() and remote.bytes in (None, path.stat().st_size)


def _link(blob: Path, pointer: Path) -> None:
    """Names a blob, as the hub's own programs do; where links are not allowed it is moved."""
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.unlink(missing_ok=True)
    try:
        pointer.symlink_to(os.path.relpath(blob, pointer.parent))
    except OSError:
        blob.replace(pointer)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


@contextmanager
def _in_one_line(what: str) -> Iterator[None]:
    try:
        yield
    except LoadFailed:
        raise
    except (HfHubHTTPError, HFValidationError, httpx2.HTTPError, OSError, ValueError) as error:
        raise _told(what, error) from None


def _told(what: str, error: Exception) -> LoadFailed:
    """OSError comes last: the hub's own errors are kinds of it."""
    for kinds, make in _WORDS:
        if isinstance(error, kinds):
            return make(what, error)
    return LoadFailed(f"{what} could not be downloaded: {first_line(error)}", "Check the disk and the connection, and try again.")


def _gated(what: str, _: Exception) -> LoadFailed:
    way = "Accept its terms on the hub with the account of your token." if _has_token() else "Log in: set HF_TOKEN, or run `hf auth login`."
    return LoadFailed(f"{what} is gated: its owner wants you to accept terms first.", way)


def _refused(what: str, error: Exception) -> LoadFailed:
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
    if status == 401:
        return LoadFailed(f"The hub does not accept your token for {what}.", "Make a new one on the hub, and set HF_TOKEN to it.")
    if status == 403:
        return LoadFailed(f"Your token may not read {what}.", "Give it the right to read this repository, or take another model.")
    if status == 429:
        return LoadFailed("The hub says that this computer asks too often.", "Wait a few minutes, or set HF_TOKEN.")
    if status >= 500:
        return LoadFailed(f"The hub has trouble of its own (error {status}).", "Try again later, or choose a model that is here.")
    return LoadFailed(f"The hub refused {what} (error {status}).", "Choose another model.")


def _unreachable(what: str, _: Exception) -> LoadFailed:
    return LoadFailed(f"{what} is not on this computer, and the hub can't be reached.", "Connect to the internet, or choose another model.")


def _has_token() -> bool:
    return huggingface_hub.get_token() is not None


_WORDS: tuple[tuple[type[Exception], Callable[[str, Exception], LoadFailed]], ...] = (
    (GatedRepoError, _gated),
    (
        RepositoryNotFoundError,
        lambda what, _: LoadFailed(f"The hub has no {what}, or only for some accounts.", "Check the name, or set HF_TOKEN."),
    ),
    (EntryNotFoundError, lambda what, _: LoadFailed(f"The hub has no file {what}.", "Choose another quant or model.")),
    (HfHubHTTPError, _refused),
    (HFValidationError, lambda what, _: LoadFailed(f"{what!r:.100} is not the name of a repository.", "It looks like owner/name.")),
    (httpx2.HTTPError, _unreachable),
)
