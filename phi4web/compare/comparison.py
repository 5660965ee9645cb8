"""The comparison as a value: outcomes, one row of figures for each configuration, and what may be concluded from pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from phi4web.compare.problems import Problem
from phi4web.errors import BadInput
from phi4web.stats import holm, mcnemar, mean_sd, median, wilson
from phi4web.verdict import Grade, Status

State = Literal["waiting", "running", "done", "stopped", "failed"]
SMALL_SAMPLE = 30
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """One problem by one configuration. `config` is "MODEL:QUANT", `problem` the id of the problem.

    `seconds` is the wall clock of all its tries and their checks. `speeds` holds the tok/s of each try.
    `grade` None: there was no reference; an answer that can't be read is "could_not_check". `error` is set, and `status`
    None, where the model failed. `shared`: others used the model at the same time, so that its times are too long.
    """

    config: str
    problem: str
    status: Status | None = None
    grade: Grade | None = None
    answer: str | None = None
    tries: int = 0
    seconds: float = 0.0
    tokens: int = 0
    speeds: tuple[float, ...] = ()
    ttft: float | None = None
    ttfat: float | None = None
    error: str | None = None
    shared: bool = False

    @property
    def correct(self) -> bool:
        return self.grade == "correct"

    @property
    def verified(self) -> bool:
        return self.status == "verified"


@dataclass(frozen=True, slots=True)
class Share:
    """k of n, with the ends of Wilson's 95 % interval from 0 to 1. n = 0: nothing is known."""

    k: int
    n: int
    low: float
    high: float

    @staticmethod
    def of(flags: Sequence[bool]) -> Share:
        return Share(sum(flags), len(flags), *wilson(sum(flags), len(flags)))


@dataclass(frozen=True, slots=True)
class Row:
    """One configuration. None: not measured yet, or not measurable. Seconds, tokens a second and bytes.

    `correct` counts problems with a reference, `verified` all of them. `verified_but_wrong` must stay 0.
    `peak_bytes` is the engine's own figure: on a CPU, how far this process grew since the model was loaded.
    """

    config: str
    model: str
    quant: str
    state: State
    done: int
    of: int
    correct: Share
    verified: Share
    verified_but_wrong: int
    consistent: int
    refuted: int
    could_not_check: int
    failed: int
    seconds_median: float | None = None
    seconds_per_verified: float | None = None
    tokens_per_second: float | None = None
    tokens_per_second_sd: float | None = None
    ttft: float | None = None
    ttfat: float | None = None
    tokens_median: float | None = None
    peak_bytes: int | None = None
    load_seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is known of a configuration beside its outcomes."""

    config: str
    model: str
    quant: str
    state: State = "waiting"
    peak_bytes: int | None = None
    load_seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two configurations on the problems that both have done. `p`: exact McNemar, adjusted for the number of pairs."""

    a: str
    b: str
    only_a: int
    only_b: int
    n: int
    p: float
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`conditions` is the line under the table; `notice` what to keep in mind while reading it."""

    id: str
    problems: tuple[Problem, ...]
    rows: tuple[Row, ...]
    outcomes: tuple[Outcome, ...] = ()
    pairs: tuple[Pair, ...] = ()
    state: State = "waiting"
    message: str = ""
    conditions: str = ""
    notice: str = ""
    started_at: float = 0.0

    def outcome(self, config: str, problem: str) -> Outcome | None:
        return next((o for o in self.outcomes if o.config == config and o.problem == problem), None)


_ADAPTER = TypeAdapter(Comparison)


def to_json(comparison: Comparison) -> str:
    return _ADAPTER.dump_json(comparison).decode()


def from_json(body: str) -> Comparison:
    """The inverse of `to_json`. Raises BadInput for what is none."""
    try:
        return _ADAPTER.validate_json(body)
    except ValidationError as error:
        raise BadInput(f"This is not a saved comparison: {error.errors()[0]['msg']}.") from None


def as_left(comparison: Comparison) -> Comparison:
    """A saved comparison that no job is working on: what was still going is stopped, with what it had."""

    def state(now: State) -> State:
        return "stopped" if now in ("waiting", "running") else now

    if state(comparison.state) == comparison.state:
        return comparison
    rows = tuple(replace(row, state=state(row.state)) for row in comparison.rows)
    return replace(comparison, rows=rows, state="stopped", message="The server stopped during this comparison.")


def summary(blank: Comparison, loaded: Iterable[Loaded], outcomes: Sequence[Outcome]) -> Comparison:
    """`blank` with rows, pairs and notice worked out from the outcomes so far."""
    rows = tuple(_row(about, [o for o in outcomes if o.config == about.config], len(blank.problems)) for about in loaded)
    return replace(blank, rows=rows, outcomes=tuple(outcomes), pairs=_pairs(rows, outcomes), notice=_notice(len(blank.problems), outcomes))


def _row(about: Loaded, outcomes: Sequence[Outcome], of: int) -> Row:
    ended = [o for o in outcomes if o.error is None]
    count = {status: sum(o.status == status for o in ended) for status in ("verified", "consistent", "refuted", "could_not_check")}
    speeds = [speed for o in ended for speed in o.speeds]
    speed, spread = mean_sd(speeds) if speeds else (None, None)
    seconds = sum(o.seconds for o in ended)
    return Row(
        about.config,
        about.model,
        about.quant,
        about.state,
        done=len(outcomes),
        of=of,
        correct=Share.of([o.correct for o in outcomes if o.grade is not None]),
        verified=Share.of([o.verified for o in outcomes]),
        verified_but_wrong=sum(o.verified and o.grade == "incorrect" for o in ended),
        consistent=count["consistent"],
        refuted=count["refuted"],
        could_not_check=count["could_not_check"],
        failed=len(outcomes) - len(ended),
        seconds_median=_median(o.seconds for o in ended),
        seconds_per_verified=seconds / count["verified"] if count["verified"] else None,
        tokens_per_second=speed,
        tokens_per_second_sd=spread,
        ttft=_median(o.ttft for o in ended),
        ttfat=_median(o.ttfat for o in ended),
        tokens_median=_median(o.tokens for o in ended),
        peak_bytes=about.peak_bytes,
        load_seconds=about.load_seconds,
        error=about.error or next((o.error for o in outcomes if o.error), None),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(median(known)) if known else None


def _notice(n: int, outcomes: Sequence[Outcome]) -> str:
    small = f"{n} problem{'s' if n > 1 else ''}: a small sample, read it as a hint." if n < SMALL_SAMPLE else ""
    shared = sum(o.shared for o in outcomes)
    beside = f"{shared} of {len(outcomes)} answers were written beside other work, so their times are too long." if shared else ""
    return " ".join(filter(None, (small, beside)))


def _pairs(rows: Sequence[Row], outcomes: Sequence[Outcome]) -> tuple[Pair, ...]:
    """Every two configurations that have problems in common, by references where there are any, else by the check."""
    graded = any(o.grade is not None for o in outcomes)
    solved = {(o.config, o.problem): (o.correct if graded else o.verified) for o in outcomes if not graded or o.grade}
    found = []
    for a, b in combinations([row.config for row in rows], 2):
        common = [(solved[a, p], solved[b, p]) for c, p in solved if c == a and (b, p) in solved]
        if common:
            found.append((a, b, sum(x and not y for x, y in common), sum(y and not x for x, y in common), len(common)))
    adjusted = holm([mcnemar(only_a, only_b) for _, _, only_a, only_b, _ in found])
    how = "solved" if graded else "had verified"
    return tuple(Pair(*pair, p, _words(*pair, p, how)) for pair, p in zip(found, adjusted, strict=True))


def _words(a: str, b: str, only_a: int, only_b: int, n: int, p: float, how: str) -> str:
    if only_b > only_a:
        a, b, only_a, only_b = b, a, only_b, only_a
    if only_a == only_b == 0:
        return f"On {n} problems, {a} and {b} {how} the same ones."
    says = f"On {n} problems, {a} {how} {only_a} that {b} missed; {b} {how} {only_b} that {a} missed (p = {p:.2g})."
    return f"{says} {f'{a} is better on problems like these.' if p < SIGNIFICANT else 'Not enough to say which is better.'}"
