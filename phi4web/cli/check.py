"""`phi4web check`: one answer, or every row of a JSONL file. The row that it writes is a contract (docs/verification.md)."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from phi4web.cli.output import Status, print_json
from phi4web.cli.words import verdict_words
from phi4web.errors import BadInput, Phi4webError
from phi4web.settings import read
from phi4web.solve import clean_problem
from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker
from phi4web.verify.worker.batch import in_order

TEXTS = ("problem", "answer", "response", "reference")
Row = dict[str, Any]


def run(args: argparse.Namespace) -> None:
    if args.jsonl is not None:
        for flag in TEXTS[:1] + TEXTS[3:]:
            if getattr(args, flag) is not None:
                raise BadInput(f"--{flag} does not go with --jsonl.", "Put it into the rows.")
        _batch(args.jsonl, args.steps, args.workers or min(8, os.cpu_count() or 1))
        return
    response = sys.stdin.read() if args.response == "-" else _lines(args.response) if args.steps else args.response
    problem = sys.stdin.read() if args.problem == "-" else args.problem
    request = _request({"problem": problem, "answer": args.answer, "response": response, "reference": args.reference}, args.steps)
    with Checker(workers=1) as checker:
        verdict = checker.check(request)
    if args.json:
        print_json({"id": None} | verdict.to_dict())
    else:
        print(verdict_words(verdict))


# a shell leaves \n between two lines as it is, but \nu and its like are LaTeX
_TYPED_BREAK = re.compile(r"\\n(?!(?:e|eq|eg|u|ot|otin|abla|mid|ewline|onumber|otag|exists|leq|geq|parallel|sim)(?![A-Za-z^]))")


def _lines(response: str | None) -> str | None:
    """Steps typed on one command line, with a backslash and an n between them, as lines."""
    return response if response is None or "\n" in response else _TYPED_BREAK.sub("\n", response)


def _request(row: Row, steps: bool) -> CheckRequest:
    """Raises BadInput for what can't be checked at all."""
    for key in TEXTS:
        value = row.get(key)
        if value is not None and not isinstance(value, str):
            raise BadInput(f"{key!r} is not a text.")
    given = {key: row[key] for key in TEXTS if row.get(key) is not None}
    if ("answer" in given) == ("response" in given):
        raise BadInput("Give 'answer' or 'response', and not both.", "The known answer goes into 'reference'.")
    if "problem" in given:
        given["problem"] = clean_problem(given["problem"], read().max_problem_chars)
    for key in ("answer", "reference"):
        if key in given and not given[key].strip():
            raise BadInput(f"The {key} is empty.")
    return CheckRequest(**given, steps=steps)


def _batch(name: str, steps: bool, workers: int) -> None:
    """Rows out in the order of the rows in, each as soon as it and all before it are done."""
    rows = bad = 0
    status = Status()
    with _opened(name) as lines, Checker(workers=workers) as checker:
        for row in _answered(lines, checker, steps, workers):
            rows, bad = rows + 1, bad + ("error" in row)
            status.clear()
            print_json(row)
            status.say(f"{rows} rows checked", again=True)
    status.clear()
    print(f"{rows} rows checked, {bad} of them unusable", file=sys.stderr)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield open(0, "rb", closefd=False)  # noqa: SIM115 # closing it would wait for the thread that reads from it
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 # its own failure is told apart from the reader's
    except OSError as error:
        raise BadInput(f"{name} can't be read: {error.strerror}.") from None
    with file:
        yield file


def _answered(lines: BinaryIO, checker: Checker, steps: bool, workers: int) -> Iterator[Row]:
    """The row for each line that is not empty. Checks that nobody waits for any more are stopped."""
    gone = threading.Event()
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    try:
        yield from in_order(lambda item: _answer(*item, checker, steps, gone), numbered, workers)
    finally:
        gone.set()


def _answer(number: int, line: bytes, checker: Checker, steps: bool, gone: threading.Event) -> Row:
    """The row for one line; whatever is wrong with the line becomes its "error"."""
    name: Any = number
    try:
        row = json.loads(line.decode("utf-8-sig"))
        if not isinstance(row, dict):
            raise BadInput("The row is not a JSON object.")
        name = _writable(row.get("id", number))
        return {"id": name} | checker.check(_request(row, steps), cancel=gone).to_dict()
    except Phi4webError as error:
        return {"id": name, "error": str(error)}
    except UnicodeDecodeError:
        return {"id": name, "error": "The row is not UTF-8."}
    except (ValueError, RecursionError) as error:
        told = "a number in it has too many digits" if "digits" in str(error) else str(error)[:200]
        return {"id": name, "error": f"The row is not JSON: {told}."}


def _writable(name: Any) -> Any:
    """The id as it came. Raises ValueError for what JSON can't hold, such as 1e999."""
    json.dumps(name, allow_nan=False)
    return name
