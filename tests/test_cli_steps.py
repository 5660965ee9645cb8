"""`check --steps`: the user's own working, with no model."""

from __future__ import annotations

import json

import pytest

from phi4web.cli import main


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["check", "--steps", *arguments])
    return capsys.readouterr().out


@pytest.mark.parametrize("text", ["2x+6=10\nx+3=5\nx=2", r"2x+6=10\nx+3=5\nx=2"])
def test_each_line_gets_its_mark_also_when_the_shell_left_the_breaks_alone(capsys: pytest.CaptureFixture[str], text: str) -> None:
    row = json.loads(check(capsys, "--json", "--response", text))
    assert [s["mark"] for s in row["steps"]] == ["?", "⇔", "⇔"]
    assert row["first_wrong"] is None


def test_latex_commands_that_begin_with_n_are_no_line_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    row = json.loads(check(capsys, "--json", "--response", r"\nu + 1 = 3\n\nu = 2"))
    assert [s["mark"] for s in row["steps"]] == ["?", "⇔"]


def test_the_words_say_how_much_was_checked_and_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    said = check(capsys, "--response", "2x+6=10\nx+6=5\nx=-1")
    assert "2 of 3 steps checked" in said
    assert "✗ x + 6 = 5  does not follow; at x = 2, 8 ≠ 5" in said
