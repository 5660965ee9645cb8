"""How commands print: JSON on one line, tables in columns, and progress on stderr where it disturbs nobody."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

SECONDS_BETWEEN_LINES = 5.0


def print_json(value: Any) -> None:
    """One object on one line. What JSON has no word for (infinity, not a number) is refused, not written."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False), flush=True)


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns two spaces apart; the first row is the heading; `right` are the columns of numbers."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    )


def number(value: float | None, form: str = ".1f", unit: str = "") -> str:
    """A figure with its unit. None: a dash."""
    return "–" if value is None else f"{value:{form}}{unit}"


class Status:
    """What is going on, on stderr: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, *, lines: bool = True) -> None:
        """`lines` False: silent where stderr is no terminal."""
        self._terminal = sys.stderr.isatty()
        self._lines = lines
        self._last = -SECONDS_BETWEEN_LINES
        self._words = ""

    def say(self, words: str, share: float | None = None, *, again: bool = False) -> None:
        """`share` done goes from 0 to 1; None: it can't be known. `again`: one of many like it, which need not all be told."""
        shown = words if share is None else f"{words} {share:.0%}"
        if self._terminal:
            print(f"\r\x1b[K{shown}", end="", file=sys.stderr, flush=True)
            self._words = shown
        elif self._lines and self._due(shown, share is not None or again):
            print(shown, file=sys.stderr, flush=True)
            self._words, self._last = shown, time.monotonic()

    def _due(self, shown: str, again: bool) -> bool:
        return time.monotonic() - self._last >= SECONDS_BETWEEN_LINES if again else shown != self._words

    def clear(self) -> None:
        if self._terminal and self._words:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._words = ""
