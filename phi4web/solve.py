"""The whole pipeline on one screen: problem -> prompt -> thought | solution -> answer -> verdict, try after try.

In: a problem, an open engine, a checker. Out: the engine's own events, with TryStarted, Checking, TryDone and Solved
between them. It does not know about queues, storage or pages.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from phi4web.engine.base import Engine, Request
from phi4web.errors import BadInput, Stopped
from phi4web.events import Delta, Event, Finished, Timings, Usage
from phi4web.models import Model, Sampling
from phi4web.notebook import Try
from phi4web.prompts import Message, retry_messages, solve_messages
from phi4web.verdict import CheckRequest, Verdict, could_not_check
from phi4web.verify.extract import extract


class Checks(Protocol):
    """What is needed of a checker (phi4web.verify.worker.Checker)."""

    def check(self, request: CheckRequest, *, cancel: threading.Event | None = None, timeout: float | None = None) -> Verdict: ...

    def same(self, a: str, b: str) -> bool | None: ...


SOLUTION_TOKENS = 2_048  # kept back from the thought
MOST_RETRIES = 2  # a model that is told of its mistake twice and repeats it will not learn the third time


@dataclass(frozen=True, slots=True)
class Evidence:
    """A refuted solution and the counterexample, to show to the model. Never made without a counterexample."""

    solution: str
    witness: str


@dataclass(frozen=True, slots=True)
class Options:
    """`samples`: tries allowed; try n uses `seed` + n - 1. Budgets in tokens; None: the model's own.

    `retries`: further tries, at most MOST_RETRIES, each told why the one before it was refuted; they end with the first
    that is not refuted. `evidence`: what the first try is told. `steps`: mark the steps of the try that is shown.
    """

    samples: int = 1
    retries: int = 0
    evidence: Evidence | None = None
    seed: int = 1
    max_new_tokens: int | None = None
    thinking_budget: int | None = None
    reference: str | None = None
    steps: bool = False


@dataclass(frozen=True, slots=True)
class TryStarted:
    number: int
    of: int
    seed: int


@dataclass(frozen=True, slots=True)
class Checking:
    number: int


@dataclass(frozen=True, slots=True)
class TryDone:
    result: Try


@dataclass(frozen=True, slots=True)
class Solved:
    """`chosen` is the index of the try to show; None: there was none."""

    tries: tuple[Try, ...]
    chosen: int | None


Update = Event | TryStarted | Checking | TryDone | Solved


def clean_problem(text: str, limit: int) -> str:
    """The problem without outer space. Raises BadInput for nothing, too much (characters) or control characters."""
    problem = text.strip()
    if not problem:
        raise BadInput("The problem is empty.", "Type one, for example: Solve x^2 - 5x + 6 = 0")
    if len(problem) > limit:
        raise BadInput(f"The problem is {len(problem):,} characters long; the limit is {limit:,}.", "Shorten it.")
    for place, char in enumerate(problem):
        if (ord(char) < 32 and char not in "\n\r\t") or 127 <= ord(char) < 160 or 0xD800 <= ord(char) < 0xE000:
            raise BadInput(f"The problem holds the control character U+{ord(char):04X} at position {place + 1}.", "Remove it.")
    return problem


def solve(
    problem: str,
    model: Model,
    engine: Engine,
    checker: Checks,
    options: Options,
    cancel: threading.Event,
    answer_now: threading.Event | None = None,
) -> Iterator[Update]:
    """Tries until an answer is verified or the tries are used up. After `answer_now` there is no further try.

    Raises what the engine raises.
    """
    hurry = answer_now or threading.Event()
    tries: list[Try] = []
    most = options.samples + min(options.retries, MOST_RETRIES)
    for number in range(1, most + 1):
        evidence = options.evidence if number == 1 else None
        if number > options.samples and (evidence := evidence_of(tries[-1])) is None:
            break
        seed = options.seed + number - 1
        yield TryStarted(number, most, seed)
        written = _Written()
        for event in engine.stream(_request(problem, model, options, seed, evidence), cancel, hurry):
            written.add(event)
            yield event
        yield Checking(number)
        result = _checked(problem, number, seed, written, checker, options.reference, cancel)
        tries.append(result)
        yield TryDone(result)
        if cancel.is_set() or hurry.is_set() or _no_use_in_more(result.verdict):
            break
    chosen = choose(tries, _unknown if cancel.is_set() else checker.same)
    if options.steps and chosen is not None and tries[chosen].answer is not None:
        tries[chosen] = _with_steps(tries[chosen], problem, checker, options.reference, cancel)
    yield Solved(tuple(tries), chosen)


def _with_steps(one: Try, problem: str, checker: Checks, reference: str | None, cancel: threading.Event) -> Try:
    """The same try with a mark on each step: only for the one that is shown, since steps take longer than answers."""
    marked = checker.check(CheckRequest(problem=problem, response=one.solution, reference=reference, steps=True), cancel=cancel)
    return replace(one, verdict=replace(one.verdict, steps=marked.steps, first_wrong=marked.first_wrong))


def evidence_of(one: Try) -> Evidence | None:
    """What to tell the model about this try: only a refutation with a counterexample, never a mere failure to check."""
    witness = one.verdict.witness if one.verdict.status == "refuted" else None
    return Evidence(one.solution, witness) if witness else None


def _request(problem: str, model: Model, options: Options, seed: int, evidence: Evidence | None) -> Request:
    told = None if evidence is None else retry_messages(model, problem, evidence.solution, evidence.witness)
    sampling = model.sampling.varied() if options.samples > 1 else model.sampling
    most = options.max_new_tokens or model.max_new_tokens
    return bounded_request(model, told or solve_messages(model, problem), sampling, most, options.thinking_budget, seed)


def bounded_request(
    model: Model, messages: tuple[Message, ...], sampling: Sampling, max_new_tokens: int, thinking_budget: int | None, seed: int
) -> Request:
    """A request whose thought can't use up the tokens that the solution needs. Budgets in tokens; None: the model's own."""
    return Request(messages, sampling, max_new_tokens, thought_tokens(model, max_new_tokens, thinking_budget), seed)


def most_tokens(model: Model, limit: int, thinking_budget: int | None) -> int:
    """Tokens of one answer with its thought: the model's own number, or room for a longer thought if one is asked for, up to `limit`."""
    wished = thinking_budget + SOLUTION_TOKENS if thinking_budget and model.thinks else 0
    return min(max(model.max_new_tokens, wished), limit)


def thought_tokens(model: Model, max_new_tokens: int, thinking_budget: int | None) -> int | None:
    """Tokens that a thought may take here, for a wish of `thinking_budget` (None: the model's own). None: no limit of its own."""
    budget = thinking_budget or model.thinking_budget
    if budget is None:
        return None
    return max(1, min(budget, max_new_tokens - min(SOLUTION_TOKENS, max_new_tokens // 2)))


class _Written:
    """What one stream wrote, part by part."""

    def __init__(self) -> None:
        self.parts: dict[str, list[str]] = {"thought": [], "solution": []}
        self.end = Finished("stop", Usage(), Timings())

    def add(self, event: Event) -> None:
        if isinstance(event, Delta):
            self.parts[event.part].append(event.text)
        elif isinstance(event, Finished):
            self.end = event

    @property
    def thought(self) -> str:
        return "".join(self.parts["thought"])

    @property
    def solution(self) -> str:
        return "".join(self.parts["solution"])


def _checked(
    problem: str, number: int, seed: int, written: _Written, checker: Checks, reference: str | None, cancel: threading.Event
) -> Try:
    solution = written.solution
    if written.end.stop == "cancelled":
        answer, verdict = None, could_not_check("stopped")
    elif not solution.strip():
        answer, verdict = None, could_not_check("truncated" if written.thought else "no_answer")
    else:
        answer = extract(solution).answer
        verdict = checker.check(CheckRequest(problem=problem, response=solution, reference=reference), cancel=cancel)
    return Try(number, seed, written.thought, solution, answer, verdict, written.end.stop, written.end.usage, written.end.timings)


def _no_use_in_more(verdict: Verdict) -> bool:
    """Verified ends the search; so does a proof, whose wording no number of samples makes checkable."""
    return verdict.status == "verified" or verdict.reason == "proof"


def choose(tries: Sequence[Try], same: Callable[[str, str], bool | None]) -> int | None:
    """The index of the try to show: the first verified one, else the first of the largest group among the not refuted.

    Groups are made by proven equality of answers, and a try without an answer stands alone. With every try refuted,
    all of them stand for election, so that something is shown.
    """
    if not tries:
        return None
    verified = next((i for i, t in enumerate(tries) if t.verdict.status == "verified"), None)
    if verified is not None:
        return verified
    standing = [i for i, t in enumerate(tries) if t.verdict.status != "refuted"] or list(range(len(tries)))
    answered = [i for i in standing if tries[i].answer]
    groups: list[list[int]] = []
    for index in answered:
        home = next((g for g in groups if _equal(tries[g[0]].answer, tries[index].answer, same)), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    return max(groups, key=len)[0] if groups else standing[0]


def _unknown(a: str, b: str) -> bool | None:
    """For a stopped run, which must not hold the engine while answers are compared."""
    return None


def _equal(a: str | None, b: str | None, same: Callable[[str, str], bool | None]) -> bool:
    return a is not None and b is not None and (a == b or same(a, b) is True)


def report(problem: str, solved: Solved, options: Options, engine: Engine) -> dict[str, Any]:
    """The JSON form, which is a contract: the shown try at the top, every try below it. Raises Stopped if there is none."""
    if solved.chosen is None:
        raise Stopped("Stopped before there was an answer.", "Ask for less, or try again.")
    rows = [asdict(one) | {"verdict": one.verdict.to_dict()} for one in solved.tries]
    shown = {key: value for key, value in rows[solved.chosen].items() if key != "number"}
    return (
        {"problem": problem}
        | shown
        | {
            "model": engine.info.model,
            "quant": engine.info.quant,
            "samples": options.samples,
            "chosen": solved.chosen,
            "tries": rows,
            "peak_bytes": engine.peak_bytes(),
            "engine": asdict(engine.info),
        }
    )
