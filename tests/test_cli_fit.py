"""What `fit`, `models` and `doctor` tell a person, and the same as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from phi4web.cli import main
from phi4web.memory import GIB
from phi4web.models import PHI_4_REASONING
from phi4web.peaks import Peak, Peaks
from tests.engine.hub_server import Hub, serving
from tests.engine.phi import save_gguf, save_phi


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHI4WEB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PHI4WEB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "PHI4WEB_MODEL", "PHI4WEB_QUANT"):
        monkeypatch.delenv(name, raising=False)


def said(argv: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    assert (main(argv) or 0) == code
    return capsys.readouterr().out


def as_json(argv: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(said([*argv, "--json"], capsys))


def test_fit_of_a_model_on_a_card_says_what_would_be_taken_and_what_else_fits(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(["fit", "--gpu", "RTX 3060 12GB", "--model", "Phi-4-reasoning"], capsys)
    first, _, verdict, *_ = out.splitlines()
    assert first == "RTX 3060 12GB (compute capability 8.6), 12.0 GiB of 12.0 GiB free"
    assert verdict.startswith("Phi-4-reasoning nf4-dq: Fits on RTX 3060 12GB: needs about 1")
    assert "keeps some layers in 16 bits; 14% of the weights are added" in out
    assert [line for line in out.splitlines() if line.endswith("fits, chosen")][0].split()[1] == "nf4-dq"
    assert "GB " not in out.replace("12GB", "").replace("GiB", "")
    rows = as_json(["fit", "--gpu", "RTX 3060 12GB", "--model", "Phi-4-reasoning"], capsys)["plans"]
    assert [row["quant"] for row in rows if row["chosen"]] == ["nf4-dq"]
    assert len(rows) == len(PHI_4_REASONING.quants)


def test_fit_shows_what_was_measured_beside_the_estimate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from phi4web.hardware import probe

    name = probe().cpu_name
    Peaks(tmp_path / "data").note(
        Peak("Phi-4-mini-reasoning", "Q4_K_M", name, "llama.cpp", 16384, 7 * GIB, 5 * GIB, "2026-11-22T10:00:00+00:00")
    )
    out = said(["fit", "--model", "Phi-4-mini-reasoning"], capsys)
    assert "measured here: 7.0 GiB at most on 2026-11-22, where 5.0 GiB were expected; 2.0 GiB added for that" in out
    assert "measured" in next(line for line in out.splitlines() if line.startswith("model "))
    assert "measured here" not in said(["fit", "--model", "phi-4"], capsys)


def test_fit_and_models_take_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save_gguf(save_phi(tmp_path / "phi"), tmp_path / "phi.gguf")
    out = said(["fit", "--model", str(path)], capsys)
    assert "\nlocal:phi.gguf~" in out
    assert " F32: Fits" in out
    assert "phi.gguf is not of the catalogue" in out


def test_exact_sizes_come_from_the_hub_if_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["fit", "--vram", "12", "--model", "Phi-4-reasoning", "--quant", "Q4_K_M"]
    (before,) = as_json(ask, capsys)["plans"]
    (offline,) = as_json([*ask, "--online"], capsys)["plans"]
    assert offline["memory"]["weights"] == before["memory"]["weights"], "without a hub the formula stands"
    with serving(Hub({"unsloth/Phi-4-reasoning-GGUF": {"phi-4-reasoning-Q4_K_M.gguf": bytes(123_456)}})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        # the first build asked is the 4-bit one, which this hub lacks; then nothing more is asked
        (first,) = as_json([*ask, "--online"], capsys)["plans"]
        server.repos["unsloth/phi-4-reasoning-unsloth-bnb-4bit"] = {"model.safetensors": bytes(1_000)}
        (exact,) = as_json([*ask, "--online"], capsys)["plans"]
    assert first["memory"]["weights"] == before["memory"]["weights"]
    assert exact["memory"]["weights"] == 123_456


def test_fetch_brings_a_file_of_the_hub_with_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = save_gguf(save_phi(tmp_path / "phi"), tmp_path / "tiny.gguf").read_bytes()
    with serving(Hub({"acme/tiny-GGUF": {"tiny.gguf": data, "torn.gguf": data[:5_000]}})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        assert main(["models", "--fetch", "acme/tiny-GGUF/tiny.gguf"]) in (0, None)
        told = capsys.readouterr()
        assert told.out.startswith("acme/tiny-GGUF/tiny.gguf is here: ")
        assert "Downloading tiny.gguf: " in told.err
        assert main(["models", "--fetch", "acme/tiny-GGUF/torn.gguf"]) == 2
        assert "can't be loaded" in capsys.readouterr().err
    assert "acme/tiny-GGUF/tiny.gguf F32: Fits" in said(["fit", "--model", "acme/tiny-GGUF/tiny.gguf"], capsys)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert main(["models", "--fetch", "phi-4", "--quant", "Q4_K_M"]) == 2
    assert "the hub can't be reached" in capsys.readouterr().err


def test_models_tells_scores_and_what_is_on_this_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(["models"], capsys)
    assert "57.5" in next(line for line in out.splitlines() if line.startswith("Phi-4-mini-reasoning "))
    assert "Phi-4-mini-flash-reasoning is not run here: its layers need code" in out
    assert max(map(len, out.splitlines())) <= 180
    rows = {row["id"]: row for row in as_json(["models"], capsys)["models"]}
    assert rows["phi-4"]["on_disk"] == []
    assert rows["phi-4"]["builds"][0]["repo"] == "microsoft/phi-4"


def test_doctor_tries_the_template_of_what_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save_phi(tmp_path / "phi")
    monkeypatch.setenv("PHI4WEB_MODEL", str(folder))
    out = said(["doctor"], capsys, code=1)  # the built-in model is not here
    assert re.search(r"ok    local:phi~\w{4} bf16 on this disk: its template works: the user's text comes once", out)
    assert "PyTorch" in out
    (folder / "chat_template.jinja").write_text("{{ messages }}{{ messages }}")
    assert re.search(r"FAIL  local:phi~\w{4} bf16 on this disk", said(["doctor"], capsys, code=1))


def test_a_quant_without_fetch_is_not_silently_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--quant", "zzz"]) == 2
    assert "--quant goes with --fetch only" in capsys.readouterr().err
