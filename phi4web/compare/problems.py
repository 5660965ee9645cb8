"""Problem sets: JSON lines with `problem`, and where they are known `id`, `reference` and `class`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phi4web.errors import BadInput
from phi4web.settings import MOST_PROBLEM_CHARS
from phi4web.solve import clean_problem

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "problems"
DEFAULT = "starter"
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Problem:
    """`reference` None: there is no known answer, so it can be verified but not graded."""

    id: str
    text: str
    reference: str | None = None


def problem_sets() -> tuple[str, ...]:
    """The names of the built-in sets, the default first."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.jsonl")), key=lambda name: (name != DEFAULT, name)))


def load_problems(name: str, limit: int | None = None) -> tuple[Problem, ...]:
    """A built-in set by name, or a file by path. Raises BadInput naming the file and the line."""
    path = FOLDER / f"{name}.jsonl" if name in problem_sets() else Path(name)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        hint = f"Give a JSONL file, or one of {', '.join(problem_sets())}."
        raise BadInput(f"The problems {name[:200]!r} can't be read: {error.strerror}.", hint) from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8.") from None
    problems = tuple(_problem(path, n, line) for n, line in enumerate(lines, start=1) if line.strip())[: limit or MOST]
    if not problems:
        raise BadInput(f"{path} holds no problems.")
    ids = [problem.id for problem in problems]
    if len(set(ids)) < len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise BadInput(f"{path} has the id {twice[:80]!r} twice.")
    return problems


def _problem(path: Path, number: int, line: str) -> Problem:
    where = f"{path}, line {number}"
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput(f"{where} is not JSON.") from None
    if not isinstance(row, dict) or not isinstance(row.get("problem"), str):
        raise BadInput(f"{where} has no text 'problem'.")
    reference = row.get("reference")
    if reference is not None and not (isinstance(reference, str) and reference.strip()):
        raise BadInput(f"{where}: the reference is not a text.")
    try:
        return Problem(str(row.get("id", number)), clean_problem(row["problem"], MOST_PROBLEM_CHARS), reference)
    except BadInput as error:
        raise BadInput(f"{where}: {error.message}", error.hint) from None
