"""The append-only file of a comparison: one JSON line for each outcome, written before the next problem begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from phi4web.compare.comparison import Outcome
from phi4web.compare.problems import Problem
from phi4web.errors import BadInput

NAME = "outcomes.jsonl"
_OUTCOME = TypeAdapter(Outcome)
_FIELDS = {field.name for field in fields(Outcome)}


class OutcomeLog:
    """`conditions` (seed, tries, tokens) and the problem's own text go into each line; a line made otherwise is not taken back."""

    def __init__(self, folder: Path | None, conditions: Mapping[str, Any], *, resume: bool) -> None:
        """`folder` None: keep nothing. Raises BadInput for a folder that holds a comparison, unless it is to be resumed."""
        self.path = None if folder is None else folder / NAME
        self._conditions = dict(conditions)
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        if self.path is None:
            if resume:
                raise BadInput("--resume needs --out with the folder of the comparison to go on with.")
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size:
                if not resume:
                    raise BadInput(f"{self.path} already holds a comparison.", "Use --resume to go on with it, or another --out.")
                self._read(self.path)
            self.path.touch()
        except OSError as error:
            raise BadInput(f"{self.path} can't be written: {error.strerror}.", "Choose another --out.") from None

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8", errors="replace")
        whole, torn = text.rpartition("\n")[0], text.rpartition("\n")[2]
        if torn:  # the last line was being written when the process ended
            with path.open("r+b") as file:
                file.truncate(path.read_bytes().rfind(b"\n") + 1)
        for line in whole.splitlines():
            try:
                row = json.loads(line)
                self._known[row["config"], row["problem"]] = row
            except (ValueError, KeyError, TypeError):
                continue  # not ours, or damaged: that problem is simply done again

    def known(self, config: str, problem: Problem) -> Outcome | None:
        """The outcome that an earlier run wrote under the same conditions. A failed one is tried again."""
        row = self._known.get((config, problem.id))
        if row is None or row.get("error") or any(row.get(key) != value for key, value in self._key(problem).items()):
            return None
        try:
            return _OUTCOME.validate_python({key: value for key, value in row.items() if key in _FIELDS})
        except ValidationError:
            return None

    def add(self, problem: Problem, outcome: Outcome, solution: str) -> None:
        if self.path is None:
            return
        row = asdict(outcome) | self._key(problem) | {"solution": solution}
        try:
            with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        except OSError as error:
            raise BadInput(f"{self.path} can't be written: {error.strerror}.", "Make room, then use --resume.") from None

    def _key(self, problem: Problem) -> dict[str, Any]:
        return {"text": problem.text, "reference": problem.reference} | self._conditions
