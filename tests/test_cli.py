"""The command line: one clear line for what can't be used, exit codes that scripts can rely on, JSON on request."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phi4web import __version__
from phi4web.cli import main
from phi4web.cli.arguments import joined
from phi4web.cli.output import Status, table
from phi4web.engine import embedded
from phi4web.models import CATALOGUE


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command here may touch the user's folders or the network."""
    monkeypatch.setenv("PHI4WEB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PHI4WEB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def refused(argv: list[str], capsys: pytest.CaptureFixture[str], code: int = 2) -> str:
    """The one line that the command gave on stderr."""
    assert main(argv) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("phi4web: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    return err


def as_json(argv: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> Any:
    assert main([*argv, "--json"]) == code
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "COMMAND"),
        (["nonsense"], "'nonsense'"),
        (["solve"], "PROBLEM"),
        (["solve", "1+1", "--samples", "0"], "between 1 and"),
        (["solve", "1+1", "--samples", "many"], "'many' is not a whole number"),
        (["check"], "--answer"),
        (["check", "--answer", "1", "--response", "1"], "not allowed with"),
        (["compare"], "--config"),
        (["fit", "--gpu", "T4", "--vram", "3"], "not allowed with"),
        (["fit", "--vram", "nan"], "not a size"),
        (["space", "render", "--flavour", "tpu"], "'tpu'"),
        (["serve", "--port", "http"], "--port"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in refused(argv, capsys)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["solve", ""], "The problem is empty."),
        (["solve", " \n "], "The problem is empty."),
        (["solve", "x" * 1_000_000], "1,000,000 characters long; the limit is 16,000"),
        (["solve", "2 + \x00 2"], "U+0000 at position 5"),
        (["solve", "2 + \x1b[31m 2"], "U+001B"),
        (["solve", "2 + \ud800"], "U+D800"),
        (["solve", "2+2", "--model", "gpt"], "There is no model 'gpt'"),
        (["solve", "2+2", "--model", "phi-4", "--quant", "Q9"], "has no quant 'Q9'"),
        (["solve", "2+2", "--model", "Phi-4-multimodal-instruct"], "can't run here"),
        (["solve", "2+2", "--reference", " "], "reference is empty"),
        (["check", "--problem", "", "--answer", "2"], "The problem is empty."),
        (["check", "--problem", "2+2", "--answer", " "], "The answer is empty."),
        (["check", "--problem", "x" * 1_000_000, "--answer", "2"], "the limit is 16,000"),
        (["check", "--problem", "2+2\x07", "--answer", "2"], "U+0007"),
        (["check", "--jsonl", "not/there.jsonl"], "not/there.jsonl can't be read"),
        (["check", "--jsonl", "-", "--problem", "2+2"], "--problem does not go with --jsonl"),
        (["compare", "--config", "nonsense"], "There is no model 'nonsense'"),
        (["compare", "--config", "smollm2", "--problems", "nonsense"], "starter"),
        (["compare", "--config", "smollm2", "--resume"], "--out"),
        (["fit", "--gpu", "Voodoo 2"], "'Voodoo 2'"),
        (["fit", "--quant", "nf4"], "--quant needs --model"),
        (["fit", "--vram", "0.1"], "not the memory of a graphics card"),
        (["serve", "--auth", "nobody"], "user:password"),
        (["serve", "--port", "70000"], "not between 1 and 65535"),
        (["serve", "--model", "gpt"], "There is no model"),
        (["space", "push"], "OWNER/NAME"),
        (["space", "create", "x"], "OWNER/NAME"),
        (["space", "render", "me/x"], "takes no Space"),
    ],
)
def test_input_that_cannot_be_used_is_one_clear_line_and_exit_2(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in refused(argv, capsys)


def test_a_model_that_is_not_here_offline_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert "downloads are off" in refused(["solve", "2+2", "--model", "smollm2"], capsys)


def test_a_corrupt_model_file_is_one_clear_line_and_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = embedded.folder(tmp_path / "cache") / embedded.FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF" + bytes(1000))
    assert "damaged" in refused(["solve", "2+2", "--model", "smollm2"], capsys)
    assert file.exists()


@pytest.mark.parametrize("command", [["solve", "2+2", "--model", "smollm2"], ["models", "--fetch"]])
def test_a_cache_that_cannot_be_written_is_one_clear_line(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("PHI4WEB_CACHE", str(_unwritable(tmp_path)))
    assert "PHI4WEB_CACHE" in refused(command, capsys)


def test_a_data_folder_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHI4WEB_DATA", str(_unwritable(tmp_path)))
    assert "PHI4WEB_DATA" in refused(["serve"], capsys)


def _unwritable(tmp_path: Path) -> Path:
    """A folder where nobody can write, root neither: a file stands where its parent should be."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "folder"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_is_one_clear_line(taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert str(taken_port) in refused(["serve", "--port", str(taken_port)], capsys)


def test_a_setting_that_makes_no_sense_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PHI4WEB_PORT", "http")
    assert "PHI4WEB_PORT" in refused(["serve"], capsys)


def test_a_comparison_in_which_nothing_could_be_loaded_ends_with_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(["compare", "--config", "smollm2", "--limit", "1"], capsys, code=1)
    assert found["rows"][0]["state"] == "failed"
    assert "downloads are off" in found["rows"][0]["error"]


def test_version_and_help_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"phi4web {__version__}\n"
    assert main(["check", "--help"]) == 0
    assert "--jsonl" in capsys.readouterr().out


def test_models_lists_the_whole_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    rows = as_json(["models"], capsys)["models"]
    assert [row["id"] for row in rows] == [model.id for model in CATALOGUE]
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert all(model.id in out for model in CATALOGUE)


def test_fit_answers_for_a_card_by_name_and_by_size(capsys: pytest.CaptureFixture[str]) -> None:
    by_name = as_json(["fit", "--gpu", "RTX 4090"], capsys)
    by_size = as_json(["fit", "--vram", "24"], capsys)
    assert by_name["hardware"]["gpus"][0]["name"] == "RTX 4090"
    assert [p["model"] for p in by_name["plans"]] == [p["model"] for p in by_size["plans"]]
    assert all(p["fits"] for p in by_size["plans"])


def test_fit_of_one_model_and_quant_gives_every_choice_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--vram", "6", "--model", "phi-4", "--quant", "bf16"]) == 0
    out = capsys.readouterr().out
    assert "Does not fit" in out
    assert "try " in out
    (plan,) = as_json(["fit", "--vram", "6", "--model", "phi-4", "--quant", "bf16"], capsys)["plans"]
    assert all(choice["why"] for choice in plan["choices"])


def test_fit_of_one_model_covers_its_quants(capsys: pytest.CaptureFixture[str]) -> None:
    plans = as_json(["fit", "--vram", "12", "--model", "phi4-mini-reasoning", "--context", "4096"], capsys)["plans"]
    assert {"bf16", "nf4-dq", "Q4_K_M"} <= {plan["quant"] for plan in plans}
    assert {plan["context"] for plan in plans} == {4096}


def test_doctor_tests_each_part_and_fails_where_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    """The built-in model is not in this test's cache, and everything else works."""
    found = as_json(["doctor"], capsys, code=1)
    assert {test["name"]: test["ok"] for test in found["tests"]} == {
        "cache folder": True,
        "data folder": True,
        "built-in model": False,
        "templates": True,
        "checker": True,
        "practice Q8_0 on this disk": True,
        "practice bf16 on this disk": True,
    }
    assert found["plan"]["model"]
    assert found["hardware"]["cores"] >= 1


def test_space_render_prints_or_writes_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "render", "--flavour", "gpu", "--out", "-"]) == 0
    card = capsys.readouterr().out
    assert card.startswith("---\ntitle: phi4web\n")
    assert main(["space", "render", "--flavour", "gpu", "--out", str(tmp_path / "README.md")]) == 0
    assert (tmp_path / "README.md").read_text(encoding="utf-8").startswith(card)
    capsys.readouterr()
    assert as_json(["space", "render", "--flavour", "zero"], capsys)["suggested_hardware"] == "zero-a10g"


def test_a_formula_with_a_minus_sign_is_no_flag() -> None:
    assert joined(["check", "--answer", "-x^2", "--json"]) == ["check", "--answer=-x^2", "--json"]
    assert joined(["check", "--answer", "--json"]) == ["check", "--answer", "--json"]


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import phi4web.cli.models as command

    def pressed(args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run", pressed)
    assert refused(["models"], capsys, code=130) == "phi4web: Stopped.\n"


def test_a_table_lines_up() -> None:
    assert table([("a", "b"), ("long", "1")], right=(1,)) == "a     b\nlong  1"


def test_status_is_quiet_about_what_comes_often(capsys: pytest.CaptureFixture[str]) -> None:
    status = Status()
    for share in range(100):
        status.say("Downloading", share / 100)
    status.say("Loading")
    status.clear()
    assert capsys.readouterr().err == "Downloading 0%\nLoading\n"
    Status(lines=False).say("Loading")
    assert capsys.readouterr().err == ""


def test_what_is_no_character_is_escaped_and_not_a_crash(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\\ud800" in refused(["fit", "--gpu", "\ud800"], capsys)
    assert os.environ["PHI4WEB_CACHE"]
