"""The examples of README.md do what they show: each `$ phi4web …` is run and its output compared; … stands for any text."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from phi4web.cli import main
from phi4web.engine import embedded
from phi4web.settings import read

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = [tuple(block.split("\n", 1)) for block in re.findall(r"^```console\n\$ phi4web (.*?)^```$", README, re.M | re.S)]


def _pattern(shown: str) -> str:
    """The output as a regular expression."""
    return ".*".join(re.escape(part) for part in shown.rstrip("\n").split("…")) + r"\n*"


def test_there_are_examples() -> None:
    assert {command.split()[0] for command, _ in EXAMPLES} >= {"check", "solve", "compare", "fit"}


@pytest.mark.parametrize(
    ("command", "shown"),
    [pytest.param(*e, marks=pytest.mark.model if e[0].startswith(("solve", "compare")) else ()) for e in EXAMPLES],
    ids=[command for command, _ in EXAMPLES],
)
def test_an_example_prints_what_it_shows(
    command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHI4WEB_DATA", str(tmp_path))
    if command.startswith(("solve", "compare")):
        embedded.fetch_embedded(read().cache_dir)
    assert main(shlex.split(command)) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(_pattern(shown), out, re.S), f"it prints:\n{out}"


def test_every_command_that_the_readme_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"phi4web ([a-z]+)\b", "\n".join(re.findall(r"`+[^`]+`+", README))))
    assert main(["--help"]) == 0
    known = set(re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.M))
    assert named <= known
