"""The worksheet: cells, their runs, and each run's tries. Pure values; ids and times are given by the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from phi4web.events import Stop, Timings, Usage
from phi4web.verdict import Verdict

RunState = Literal["queued", "loading", "reading", "thinking", "answering", "checking", "done", "stopped", "failed", "interrupted"]
ENDED: frozenset[RunState] = frozenset({"done", "stopped", "failed", "interrupted"})
CellKind = Literal["problem", "note", "working"]  # working: the user's own lines, checked without a model


@dataclass(frozen=True, slots=True)
class Try:
    """One sampled answer and what the checker said of it. `answer` is as extracted; None: there was none."""

    number: int  # from 1
    seed: int
    thought: str
    solution: str
    answer: str | None
    verdict: Verdict
    stop: Stop
    usage: Usage
    timings: Timings


@dataclass(frozen=True, slots=True)
class Run:
    """One press of Run. Times are seconds since the epoch; None: not reached.

    `thought` and `solution` are of the try that is being written; a finished try lies whole in `tries`.
    `chosen` is the index into `tries` of the one to show. `samples` is how many tries are allowed.
    `model` is empty for somebody's own working: its one try holds the lines, and `problem` the question above them, if any.
    `thinking_budget`: tokens that one thought may take; None: no limit of its own. `share` of a load or download, from 0 to 1;
    None: not known. `answered_early`: the reader asked for the answer before the thought ended. `reasons` and `warnings` are
    those of the engine that ran it.
    """

    id: str
    problem: str
    model: str
    quant: str
    seed: int
    samples: int
    state: RunState = "queued"
    message: str = ""
    thought: str = ""
    solution: str = ""
    thought_tokens: int = 0
    tries: tuple[Try, ...] = ()
    chosen: int | None = None
    queued_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    peak_bytes: int | None = None
    thinking_budget: int | None = None
    share: float | None = None
    answered_early: bool = False
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def refused(self) -> bool:
        """Whether it failed before it started: there is nothing in it but the message."""
        return self.state == "failed" and self.started_at is None and not self.tries

    @property
    def by_hand(self) -> bool:
        """Whether a person wrote what is checked."""
        return not self.model

    @property
    def best(self) -> Try | None:
        """The try to show, or None before the first one ended."""
        return None if self.chosen is None else self.tries[self.chosen]


@dataclass(frozen=True, slots=True)
class Cell:
    """`runs` are in the order of their start; `shown` is the index of the one on screen (-1: the last)."""

    id: str
    source: str = ""
    kind: CellKind = "problem"
    runs: tuple[Run, ...] = ()
    shown: int = -1

    @property
    def run(self) -> Run | None:
        return self.runs[self.shown] if self.runs else None


@dataclass(frozen=True, slots=True)
class Notebook:
    id: str
    title: str = "Untitled worksheet"
    cells: tuple[Cell, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a chat. `state` is the assistant's progress; a user's turn is always done.

    `verdict` is None where the turn before it was not a question that the checker understands. The last fields are as in Run.
    """

    role: Literal["user", "assistant"]
    text: str
    thought: str = ""
    thought_tokens: int = 0
    state: RunState = "done"
    message: str = ""
    verdict: Verdict | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    thinking_budget: int | None = None
    share: float | None = None
    answered_early: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chat:
    id: str
    title: str = "New chat"
    model: str | None = None
    quant: str | None = None
    turns: tuple[Turn, ...] = ()

    @property
    def ended(self) -> bool:
        return not self.turns or self.turns[-1].state in ENDED
