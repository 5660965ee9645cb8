"""`phi4web check`: the row is a contract; a batch keeps its order, streams, and outlives every bad row."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from phi4web.cli import main
from phi4web.verdict import Verdict

DERIVATIVE = "What is the derivative of x^2?"
# the row of docs and DESIGN: other people's programs read these
FIELDS = {
    "id", "status", "strength", "reading", "answer", "method", "evidence", "witness", "domain", "completeness", "reason", "grade",
    "grade_note", "steps", "first_wrong", "seconds",
}  # fmt: skip
COMMAND = [sys.executable, "-m", "phi4web"]


def check(argv: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert main(["check", *argv, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def batch(lines: list[str | dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> list[Any]:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"\n".join((x if isinstance(x, str) else json.dumps(x)).encode("utf-8", "surrogatepass") for x in lines))
    assert main(["check", "--jsonl", str(file), *argv]) == 0
    out, err = capsys.readouterr()
    assert "rows checked" in err
    return [json.loads(line) for line in out.splitlines()]


def test_a_right_answer_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    row = check(["--problem", DERIVATIVE, "--answer", "2x"], capsys)
    assert set(row) >= FIELDS
    assert (row["status"], row["strength"], row["grade"], row["reason"]) == ("verified", "exact", None, None)


def test_a_wrong_answer_is_refuted_with_a_witness(capsys: pytest.CaptureFixture[str]) -> None:
    row = check(["--problem", DERIVATIVE, "--answer", "x^2/2"], capsys)
    assert row["status"] == "refuted"
    assert row["witness"]


def test_a_proof_could_not_be_checked_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    row = check(["--problem", "Prove that the sum of two odd numbers is even.", "--answer", "It is."], capsys)
    assert row["status"] == "could_not_check"
    assert row["reason"]


def test_an_answer_may_begin_with_a_minus_sign(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(["--problem", "What is 2 - 5?", "--answer", "-3"], capsys)["status"] == "verified"
    assert check(["--problem", "What is the derivative of -x^2?", "--answer", "-2x"], capsys)["status"] == "verified"


def test_a_reference_gives_a_grade_beside_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    row = check(["--problem", DERIVATIVE, "--answer", "2x", "--reference", "3x"], capsys)
    assert (row["status"], row["grade"]) == ("verified", "incorrect")
    row = check(["--answer", "1/2", "--reference", "0.5"], capsys)
    assert (row["status"], row["grade"]) == ("could_not_check", "correct")


def test_the_answer_is_found_in_a_whole_response(capsys: pytest.CaptureFixture[str]) -> None:
    row = check(["--problem", DERIVATIVE, "--response", r"By the power rule it is \boxed{2x}."], capsys)
    assert row["status"] == "verified"


def test_the_words_name_the_verdict_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--problem", DERIVATIVE, "--answer", "2x"]) == 0
    assert capsys.readouterr().out.startswith("Verified (exact)\n")
    assert main(["check", "--problem", "Paint a cat.", "--answer", "2x"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Could not check: ")
    assert "  try " in out


# batches


def test_one_row_comes_out_for_each_row_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[str | dict[str, Any]] = [{"id": f"n{n}", "problem": f"What is {n} + 1?", "answer": str(n + 1 + n % 2)} for n in range(40)]
    found = batch(rows, tmp_path, capsys, "--workers", "2")
    assert [row["id"] for row in found] == [f"n{n}" for n in range(40)]
    assert [row["status"] for row in found] == ["verified", "refuted"] * 20


BAD: list[tuple[str | dict[str, Any], str]] = [
    ("not json", "not JSON"),
    ("[1, 2]", "not a JSON object"),
    ("[" * 100_000, "not JSON"),
    ('{"id": 1e999, "answer": "1"}', "not JSON"),
    ('{"id": NaN, "answer": "1"}', "not JSON"),
    ({"problem": "2+2"}, "'answer' or 'response'"),
    ({"answer": "1", "response": "1"}, "not both"),
    ({"answer": 1}, "'answer' is not a text"),
    ({"problem": "", "answer": "1"}, "The problem is empty"),
    ({"problem": "x" * 20_000, "answer": "1"}, "the limit is 16,000"),
    ({"problem": "2\u0000+2", "answer": "1"}, "U+0000"),
    ({"problem": "\ud800", "answer": "1"}, "U+D800"),
    ({"answer": " "}, "The answer is empty"),
]


def test_a_bad_row_gives_a_row_with_its_error_and_the_next_one_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good: dict[str, Any] = {"problem": "What is 12 + 30?", "answer": "42"}
    found = batch([row for bad, _ in BAD for row in (bad, good)], tmp_path, capsys)
    assert len(found) == 2 * len(BAD)
    for (bad, says), row in zip(BAD, found[::2], strict=True):
        assert says in row["error"], bad
    assert {row.get("status") for row in found[1::2]} == {"verified"}


def test_a_row_without_an_id_is_named_by_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = batch(['{"answer": "1"}', "", '{"id": null, "answer": "1"}', "x", '{"id": {"a": [1]}, "answer": "1"}'], tmp_path, capsys)
    assert [row["id"] for row in found] == [1, None, 4, {"a": [1]}]


def test_bytes_that_are_no_text_are_a_bad_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"id": "mark", "answer": "1"}\n{"id": "\xff"}\n{"id": "\\ud800", "answer": "1"}\n')
    assert main(["check", "--jsonl", str(file)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (rows[0]["id"], "UTF-8" in rows[1]["error"], rows[2]["id"]) == ("mark", True, "\ud800")


def test_every_row_reads_back_as_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = batch([{"id": "a", "problem": DERIVATIVE, "answer": "2x", "reference": "2x"}], tmp_path, capsys)
    assert Verdict.from_dict({key: value for key, value in row.items() if key != "id"}).grade == "correct"


def test_a_batch_streams_each_row_before_the_next_comes_in() -> None:
    with _started() as process:
        for n in (3, 4):
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"id": n, "problem": f"What is {n} + 1?", "answer": str(n + 1)}) + "\n")
            process.stdin.flush()
            row = json.loads(process.stdout.readline())
            assert (row["id"], row["status"]) == (n, "verified")
        process.stdin.close()
        assert process.wait(120) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_a_batch_with_130_and_one_line() -> None:
    with _started() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write('{"problem": "What is 1 + 1?", "answer": "2"}\n')
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 130
        assert [line for line in process.stderr.read().splitlines() if line.startswith("phi4web:")] == ["phi4web: Stopped."]


def test_a_reader_that_goes_away_ends_the_batch_quietly(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"problem": "What is 1 + 1?", "answer": "2"}\n' * 300)
    with subprocess.Popen([*COMMAND, "check", "--jsonl", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        started = time.monotonic()
        assert process.wait(60) == 1
        assert time.monotonic() - started < 30
        assert "Traceback" not in process.stderr.read()


def _started() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    return subprocess.Popen([*COMMAND, "check", "--jsonl", "-"], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
