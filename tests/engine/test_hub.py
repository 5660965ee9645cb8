"""Downloads lose nothing: they resume, are checked, tell how far they are, and every failure is one clear line."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from phi4web.engine import download, hub
from phi4web.engine.download import Meter
from phi4web.engine.hub import cache_folder, hub_description, hub_file, hub_model, hub_sizes, model_here
from phi4web.errors import LoadFailed, Stopped
from tests.engine.hub_server import COMMIT, Hub, serving

GGUF = random.Random(4).randbytes(3_000_000)
REPO, FILE = "acme/tiny-GGUF", "tiny-Q4_K_M.gguf"


def safetensors(size: int) -> bytes:
    head = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(head)) + head + random.Random(size).randbytes(size)


SHARDS = {f"model-0000{i}-of-00002.safetensors": safetensors(200_000 + i) for i in (1, 2)}
MODEL = SHARDS | {
    "config.json": b'{"model_type": "phi3"}',
    "model.safetensors.index.json": json.dumps({"weight_map": {f"w{n[-20]}{i}": n for i, n in enumerate(SHARDS)}}).encode(),
    "tokenizer.json": b"{}" * 2_000,
    "README.md": b"# Tiny",
    "evil.bin": b"pickle",
    "modeling_evil.py": b"raise SystemExit",
    "onnx/model.safetensors": safetensors(50),
}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serving(Hub({REPO: {FILE: GGUF}, "acme/tiny": MODEL, "acme/pickles": {"config.json": b"{}", "pytorch_model.bin": b"x"}})) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        yield made


def get(cancel: threading.Event | None = None, progress: object = None) -> Path:
    return hub_file(REPO, FILE, progress, cancel, False)  # type: ignore[arg-type]


def blobs() -> list[Path]:
    return sorted(p for p in cache_folder().rglob("blobs/*") if p.suffix != ".lock")


def test_a_file_comes_once_and_lies_where_other_programs_look(server: Hub, tmp_path: Path) -> None:
    path = get()
    assert path.read_bytes() == GGUF
    assert path.is_relative_to(tmp_path / "home" / "hub" / "models--acme--tiny-GGUF" / "snapshots" / COMMIT)
    theirs = huggingface_hub.hf_hub_download(REPO, FILE, cache_dir=tmp_path / "home" / "hub", local_files_only=True)
    assert Path(theirs) == path
    asked = len(server.log)
    assert get() == path
    assert hub_file(REPO, FILE, None, None, True) == path
    assert len(server.log) == asked, "nothing is asked again"


def test_progress_is_in_bytes_with_speed_and_time_left(server: Hub) -> None:
    server.slow = 0.03
    told: list[tuple[str, float | None]] = []
    get(progress=lambda words, share: told.append((words, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert told[-1][0].startswith(f"Downloading {FILE}: 3 of 3 MiB")
    assert any("MiB/s" in words and words.endswith("s left") for words, _ in told)


def test_the_words_of_the_meter() -> None:
    now = [0.0]
    told: list[tuple[str, float | None]] = []
    meter = Meter("Phi-4-mini", round(2.5 * 2**30), lambda words, share: told.append((words, share)), lambda: now[0])
    meter.here_already(2**30)
    meter.add(0)
    for _ in range(6):
        now[0] += 1
        meter.add(34 << 20)
    assert told[0][0] == "Downloading Phi-4-mini: 1.0 of 2.5 GiB"
    assert told[-1][0] == "Downloading Phi-4-mini: 1.2 of 2.5 GiB, 34 MiB/s, 39 s left"
    assert told[-1][1] == pytest.approx(0.48, abs=0.01)


def test_a_cut_connection_is_taken_up_again_where_it_broke(server: Hub) -> None:
    server.cut_after = [1_000_000, 500_000]
    path = get()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == hashlib.sha256(GGUF).hexdigest()
    first, second, third = (ranged for _, ranged in server.gets())
    assert first == ""
    starts = [int(r.removeprefix("bytes=").rstrip("-")) for r in (second, third)]
    assert 0 < starts[0] <= 1_000_000 < starts[1] <= 1_500_000
    assert [p.suffix for p in blobs()] == [""]


def test_a_stopped_download_goes_on_from_there(server: Hub) -> None:
    cancel = threading.Event()
    server.slow = 0.02
    with pytest.raises(Stopped, match="goes on from there"):
        get(cancel, lambda words, share: cancel.set() if share and share > 0.3 else None)
    (part,) = blobs()
    had = part.stat().st_size
    assert 0.3 * len(GGUF) < had < len(GGUF)
    server.slow = 0
    assert get().read_bytes() == GGUF
    assert server.gets()[-1] == (FILE, f"bytes={had}-")


def test_a_killed_process_costs_only_its_time(server: Hub) -> None:
    server.stalls_after = 1_500_000
    code = f"from phi4web.engine.hub import hub_file; hub_file({REPO!r}, {FILE!r}, None, None, False)"
    child = subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ))
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end and not (blobs() and blobs()[0].stat().st_size > 500_000):
            time.sleep(0.05)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        server.stalls_after = 0
    (part,) = blobs()
    assert part.suffix == ".part"
    had = part.stat().st_size
    with pytest.raises(LoadFailed, match="is not on this computer"):
        hub_file(REPO, FILE, None, None, True)
    assert get().read_bytes() == GGUF
    assert server.gets()[-1] == (FILE, f"bytes={had}-")


def test_a_server_without_ranges_gives_the_whole_file_again(server: Hub) -> None:
    server.cut_after, server.ignores_range = [1_000_000], True
    assert get().read_bytes() == GGUF


@pytest.mark.parametrize("quick", [False, True])
def test_a_server_that_begins_anew_for_ever_is_given_up(server: Hub, monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    """It gives only whole files and is always cut: after a few fresh starts, or when nothing new has come for long."""
    monkeypatch.setattr(download, "_LOOK_SECONDS", 0.01)
    if quick:
        monkeypatch.setattr(download, "MOST_FRESH_STARTS", 10**9)
        monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.5)
    server.cut_after, server.ignores_range = [1_000_000] * 500, True
    cancel = threading.Event()
    timer = threading.Timer(8, cancel.set)
    timer.start()
    try:
        with pytest.raises(LoadFailed, match="connection was lost"):
            get(cancel)
    finally:
        timer.cancel()
    assert quick or len(server.gets()) < 10


def test_what_came_before_the_owner_changed_the_repository_stays_here(server: Hub) -> None:
    old, model = get(), hub_model("acme/tiny", None, None, False)
    server.commit = "beef" * 10
    server.repos[REPO]["other.gguf"] = b"another quant" * 100
    server.repos["acme/tiny"]["extra.gguf"] = b"one more" * 100
    for repo, file in ((REPO, "other.gguf"), ("acme/tiny", "extra.gguf")):
        new = hub_file(repo, file, None, None, False)
        assert new.parent.name == server.commit
        assert hub_file(repo, file, None, None, True) == new
    assert hub_file(REPO, FILE, None, None, True) == old
    assert model_here("acme/tiny") == model
    assert hub_description("acme/tiny", True) == (model, None)


def test_a_finished_file_needs_no_more_room(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    get()
    (blob,) = blobs()
    usage = shutil.disk_usage(blob.parent)._replace(free=download.SPARE_BYTES + 10)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: usage)
    download.room_for(blob.parent, [download.Remote(FILE, "", blob.name, len(GGUF))], FILE)
    with pytest.raises(LoadFailed, match="Make room"):
        download.room_for(blob.parent, [download.Remote(FILE, "", "f" * 64, len(GGUF))], FILE)


def test_a_part_longer_than_the_file_is_begun_anew(server: Hub) -> None:
    get()
    (blob,) = blobs()
    pointer = next(cache_folder().rglob(f"snapshots/*/{FILE}"))
    pointer.unlink()
    blob.rename(blob.with_name(blob.name + ".part"))
    with blob.with_name(blob.name + ".part").open("ab") as part:
        part.write(b"more")
    assert get().read_bytes() == GGUF


@pytest.mark.parametrize("already", [0, 1_000_000])
def test_other_bytes_than_promised_are_never_kept(server: Hub, already: int) -> None:
    server.lies = True
    if already:
        part = cache_folder() / "models--acme--tiny-GGUF" / "blobs" / f"{hashlib.sha256(GGUF).hexdigest()}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(GGUF[:already])
    with pytest.raises(LoadFailed, match="arrived damaged .its checksum is wrong., so it was thrown away"):
        get()
    assert blobs() == []
    server.lies = False
    assert get().read_bytes() == GGUF


def test_a_line_that_stays_dead_is_given_up_and_says_how_far_it_came(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.5)
    server.cut_after = [1_200_000] + [0] * 1000
    with pytest.raises(LoadFailed, match=r"connection was lost after 1 of 3 MiB of tiny-Q4_K_M.gguf .*What has arrived is kept"):
        get()
    server.cut_after = []
    assert get().read_bytes() == GGUF
    assert server.gets()[-1][1] != ""


def test_too_full_a_disk_is_told_before_anything_is_sent_for(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SPARE_BYTES", 10**18)
    with pytest.raises(LoadFailed, match=r"tiny-Q4_K_M.gguf needs 0.0 GiB; .* has .* GiB free. Make room, or set HF_HOME"):
        get()
    assert server.gets() == []


def test_a_model_is_its_weights_and_tokenizer_and_nothing_that_could_run(server: Hub) -> None:
    folder = hub_model("acme/tiny", None, None, False)
    assert {p.name for p in folder.rglob("*") if p.is_file()} == {*SHARDS, "config.json", "model.safetensors.index.json", "tokenizer.json"}
    assert all((folder / name).read_bytes() == MODEL[name] for name in SHARDS)
    assert [name for name, _ in server.gets()][-2:] == sorted(SHARDS), "the weights come last"
    asked = len(server.log)
    assert hub_model("acme/tiny", None, None, True) == folder
    assert len(server.log) == asked


def test_half_a_model_is_never_taken_for_a_whole_one(server: Hub) -> None:
    cancel = threading.Event()
    with pytest.raises(Stopped):
        hub_model("acme/tiny", lambda words, share: cancel.set() if share and share > 0.6 else None, cancel, False)
    assert model_here("acme/tiny") is None
    folder = hub_model("acme/tiny", None, None, False)
    shard = folder / max(SHARDS)
    whole = shard.read_bytes()
    shard.resolve().write_bytes(whole[:-1])  # as a full disk leaves it
    assert model_here("acme/tiny") is None
    with pytest.raises(LoadFailed, match="not on this computer"):
        hub_model("acme/tiny", None, None, True)
    assert (hub_model("acme/tiny", None, None, False) / max(SHARDS)).read_bytes() == whole


def test_a_description_is_small_and_tells_the_bytes_of_the_weights(server: Hub) -> None:
    folder, size = hub_description("acme/tiny", False)
    assert size == sum(map(len, SHARDS.values()))
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.safetensors.index.json"]
    assert model_here("acme/tiny") is None
    assert hub_description("acme/tiny", True) == (folder, None)


def test_exact_sizes_are_asked_for_and_never_waited_for(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub_sizes(REPO, False) == {FILE: len(GGUF)}
    assert hub_sizes("acme/tiny", False)[hub.WEIGHTS] == sum(map(len, SHARDS.values()))
    assert hub_sizes("acme/absent", False) == {}
    assert hub_sizes(REPO, True) == {}
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    started = time.monotonic()
    assert hub_sizes(REPO, False) == {}
    assert time.monotonic() - started < hub._PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("setting", "repo", "file", "says"),
    [
        (
            {},
            "acme/absent",
            FILE,
            "The hub has no acme/absent/tiny-Q4_K_M.gguf, or only for some accounts. Check the name, or set HF_TOKEN.",
        ),
        ({}, REPO, "other.gguf", "The hub has no file acme/tiny-GGUF/other.gguf. Choose another quant or model."),
        ({"gated": frozenset({REPO})}, REPO, FILE, "is gated: its owner wants you to accept terms first. Log in: set HF_TOKEN"),
        ({"gated": frozenset({REPO}), "token": "hf_good"}, REPO, FILE, "Accept its terms on the hub with the account of your token."),
        ({"token": "hf_wrong"}, REPO, FILE, "The hub does not accept your token for acme/tiny-GGUF"),
        ({"broken": 403}, REPO, FILE, "Your token may not read acme/tiny-GGUF"),
        ({"broken": 429}, REPO, FILE, "asks too often. Wait a few minutes"),
        ({"broken": 503}, REPO, FILE, "The hub has trouble of its own (error 503). Try again later"),
        ({}, "no/such/name", FILE, "is not the name of a repository. It looks like owner/name."),
        ({}, "acme/pickles", None, "acme/pickles holds no safetensors. Only safetensors and GGUF files are loaded"),
        ({}, REPO, None, f"It has 1 GGUF files; name one of them, for example {REPO}/{FILE}."),
    ],
)
def test_every_refusal_is_one_clear_line(
    server: Hub, monkeypatch: pytest.MonkeyPatch, setting: dict[str, object], repo: str, file: str | None, says: str
) -> None:
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.5)
    for name, value in setting.items():
        monkeypatch.setenv("HF_TOKEN", str(value)) if name == "token" else setattr(server, name, value)
    with pytest.raises(LoadFailed) as failure:
        hub_model(repo, None, None, False) if file is None else hub_file(repo, file, None, None, False)
    assert says in str(failure.value)
    assert "\n" not in str(failure.value)
    assert "hf_wrong" not in str(failure.value), "a token is never shown"


def test_a_token_opens_what_is_hidden(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    server.hidden = frozenset({REPO})
    with pytest.raises(LoadFailed, match="only for some accounts"):
        get()
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    assert get().read_bytes() == GGUF


@pytest.mark.parametrize("call", [get, lambda: hub_model("acme/tiny", None, None, False), lambda: hub_description("acme/tiny", False)])
def test_without_internet_it_fails_at_once_and_says_so(server: Hub, monkeypatch: pytest.MonkeyPatch, call: object) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(LoadFailed, match="is not on this computer, and the hub can't be reached. Connect to the internet"):
        call()  # type: ignore[operator]
    assert time.monotonic() - started < 20, "the patience of a download is 30 s"


def test_two_that_want_the_same_file_share_one_download(server: Hub) -> None:
    server.slow = 0.01
    found: list[Path] = []
    users = [threading.Thread(target=lambda: found.append(get())) for _ in range(3)]
    for user in users:
        user.start()
    for user in users:
        user.join(30)
    assert [p.read_bytes() == GGUF for p in found] == [True] * 3
    assert len(server.gets()) == 1


def test_what_answers_like_no_hub_is_told(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    server.repos = {}
    server.broken = 200
    with pytest.raises(LoadFailed) as failure:
        get()
    assert "\n" not in str(failure.value)


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "a"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    assert hub.cache_folder() == tmp_path / "a" / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "b"))
    assert hub.cache_folder() == tmp_path / "b"
