"""`phi4web solve` and `compare` on the real embedded model, which `make unit` brings beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phi4web.cli import main
from phi4web.engine import embedded
from phi4web.settings import read

pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def _model_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model from the user's cache; what the user made is not touched."""
    monkeypatch.setenv("PHI4WEB_DATA", str(tmp_path))
    embedded.fetch_embedded(read().cache_dir)


def test_solve_prints_one_object_with_thought_solution_answer_verdict_and_timings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "What is 12 + 30?", "--model", "smollm2", "--samples", "2", "--reference", "42", "--seed", "3", "--json"]) == 0
    out, err = capsys.readouterr()
    (line,) = out.splitlines()
    found = json.loads(line)
    assert err == ""
    assert (found["problem"], found["model"], found["quant"], found["samples"]) == ("What is 12 + 30?", "SmolLM2-135M-Instruct", "Q4_1", 2)
    assert found["solution"].strip()
    assert found["thought"] == ""
    assert found["verdict"]["status"] in ("verified", "refuted", "could_not_check", "consistent")
    assert found["timings"]["tokens_per_second"] > 0
    assert found["tries"][found["chosen"]]["solution"] == found["solution"]
    assert [one["seed"] for one in found["tries"]] == [3, 4][: len(found["tries"])]
    assert found["engine"]["kind"] == "gguf"
    assert found["peak_bytes"] > 50 * 2**20
    if found["verdict"]["status"] == "verified":
        assert found["verdict"]["grade"] == "correct"


def test_without_a_graphics_card_solve_takes_the_practice_model_and_thinks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "Solve 2x + 3 = 7.", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["quant"], found["verdict"]["status"]) == ("practice", "Q8_0", "verified")
    assert found["thought"]


def test_solve_in_words_ends_with_the_timing_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "What is 2 + 2?", "--model", "smollm2", "--samples", "1", "--max-new-tokens", "40"]) == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    for part in ("tok/s", "first token", "peak", "iB", "SmolLM2-135M-Instruct", "Q4_1", "seed 1"):
        assert part in last


def test_compare_measures_the_real_model_and_keeps_each_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = [
        "compare",
        "--config",
        "smollm2:Q4_1",
        "--problems",
        "arithmetic",
        "--limit",
        "2",
        "--max-new-tokens",
        "60",
        "--out",
        str(tmp_path),
    ]
    assert main([*argv, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["rows"]
    assert (row["state"], row["done"], row["correct"]["n"], row["verified_but_wrong"]) == ("done", 2, 2, 0)
    assert row["tokens_per_second"] > 0
    assert row["peak_bytes"] > 50 * 2**20
    assert len((tmp_path / "outcomes.jsonl").read_text().splitlines()) == 2
    assert main([*argv, "--resume"]) == 0
    out = capsys.readouterr().out
    assert "SmolLM2-135M-Instruct:Q4_1" in out
    assert "small sample" in out
