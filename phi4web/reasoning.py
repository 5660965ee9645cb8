"""Splits what a model writes into thought and solution while it is being written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from phi4web.events import Part

OPEN = ("<think>",)
CLOSE = ("</think>", "<\\think>")  # the second is a slip that these models make

Piece = tuple[Part, str]


class Splitter:
    """Feed it text in pieces of any size; it gives (part, text) back, and holds back only what may be the start of a tag.

    A thought is one `<think>` before anything else, up to the first closing tag; any other tag is ordinary text,
    but for closing tags right after the thought, which say nothing new.
    `thinks` False: all of it is solution. `prefilled`: the prompt already opened the thought.
    `strip`: control tokens to leave out wherever they are. Blanks at the start of each part are dropped.
    """

    def __init__(self, thinks: bool = True, prefilled: bool = False, strip: Iterable[str] = ()) -> None:
        self._strip = tuple(filter(None, strip))
        self._part: Part = "thought" if thinks and prefilled else "solution"
        # Tags that mean something at this point: an opening one only before any text.
        self._tags: tuple[str, ...] = () if not thinks else OPEN + CLOSE if prefilled else OPEN
        self._fresh = True
        self._held = ""

    @property
    def part(self) -> Part:
        """Where the text is now. After the end, "thought" means that it was never closed."""
        return self._part

    def feed(self, text: str) -> list[Piece]:
        return self._take(text, last=False)

    def finish(self) -> list[Piece]:
        """What was held back. Nothing should be fed afterwards."""
        return self._take("", last=True)

    def close(self) -> list[Piece]:
        """What was held back, when the engine itself ended the thought in the prompt; what follows is solution."""
        pieces = self.finish()
        self._enter("solution")
        return pieces

    def _take(self, more: str, last: bool) -> list[Piece]:
        pieces: list[Piece] = []
        text, self._held = self._held + more, ""
        while text:
            at, mark = _next_mark(text, self._strip + self._tags, last)
            if at:
                self._write(text[:at], pieces)
                text = text[at:]  # look again: after this text other tags may count
            elif mark is None:
                self._held, text = text, ""
            else:
                text = text[len(mark) :]
                if mark not in self._strip:
                    self._enter("thought" if mark in OPEN else "solution")
        return pieces

    def _enter(self, part: Part) -> None:
        self._part, self._fresh, self._tags = part, True, CLOSE

    def _write(self, text: str, pieces: list[Piece]) -> None:
        if self._fresh:
            text = text.lstrip()
            if not text:
                return
            self._fresh = False
            self._tags = CLOSE if self._part == "thought" else ()
        if pieces and pieces[-1][0] == self._part:
            pieces[-1] = (self._part, pieces[-1][1] + text)
        else:
            pieces.append((self._part, text))


def split(text: str, thinks: bool = True, prefilled: bool = False, strip: Iterable[str] = ()) -> tuple[str, str]:
    """Thought and solution of a whole text, without blanks around them."""
    splitter = Splitter(thinks, prefilled, strip)
    pieces = splitter.feed(text) + splitter.finish()
    thought, solution = ("".join(t for part, t in pieces if part == wanted).strip() for wanted in ("thought", "solution"))
    return thought, solution


def _next_mark(text: str, marks: tuple[str, ...], last: bool) -> tuple[int, str | None]:
    """Where the first mark is, and which. None: what begins there may yet become one, or (at the end) there is none."""
    if not marks:
        return len(text), None
    found = _pattern(marks).search(text)
    at = found.start() if found else len(text)
    start = len(text) if last else _unfinished(text, marks)
    if start <= at:
        return start, None
    return at, found[0] if found else None


def _unfinished(text: str, marks: tuple[str, ...]) -> int:
    """Where the end of the text is the beginning of a mark; its length if nowhere."""
    for start in range(max(0, len(text) - max(map(len, marks)) + 1), len(text)):
        if any(len(m) > len(text) - start and m.startswith(text[start:]) for m in marks):
            return start
    return len(text)


@lru_cache(maxsize=64)
def _pattern(marks: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the marks, the longest where several fit."""
    return re.compile("|".join(re.escape(m) for m in sorted(marks, key=len, reverse=True)))
