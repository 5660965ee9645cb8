"""`phi4web solve`: one problem through the whole pipeline, with the events as they come or one JSON object at the end."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from phi4web.cli.output import Status, print_json
from phi4web.cli.words import timing_words, try_words, verdict_words
from phi4web.engine.base import Engine, EngineInfo
from phi4web.engine.host import EngineHost
from phi4web.engine.remote_list import with_default
from phi4web.errors import BadInput
from phi4web.models import Model
from phi4web.notebook import Try
from phi4web.settings import Settings, read
from phi4web.solve import Checking, Options, Solved, TryDone, TryStarted, clean_problem, report, solve
from phi4web.verify.worker import Checker


def run(args: argparse.Namespace) -> None:
    settings = with_default(read(model=args.model, quant=args.quant, remote_url=args.remote))
    problem = clean_problem(sys.stdin.read() if args.problem == "-" else args.problem, settings.max_problem_chars)
    if args.reference is not None and not args.reference.strip():
        raise BadInput("The reference is empty.")
    status = Status(lines=False)
    with _host(settings) as host, Checker(workers=1) as checker:
        wanted = host.solver_plan()
        options = _options(args, wanted.model)
        checker.warm()
        cancel = threading.Event()
        with host.use(wanted.model.id, wanted.quant, progress=status.say, cancel=cancel) as engine:
            solved = _follow(problem, wanted.model, engine, checker, options, cancel, status, quiet=args.json)
            row, info = report(problem, solved, options, engine), engine.info
        status.clear()
    print_json(row) if args.json else _print(solved, info, row["peak_bytes"])


@contextmanager
def _host(settings: Settings) -> Iterator[EngineHost]:
    host = EngineHost(settings)
    try:
        yield host
    finally:
        host.close()


def _options(args: argparse.Namespace, model: Model) -> Options:
    return Options(
        samples=args.samples or model.tries,
        retries=args.retry_refuted,
        seed=args.seed,
        max_new_tokens=args.max_new_tokens,
        thinking_budget=args.thinking_budget,
        reference=args.reference,
        steps=True,
    )


def _follow(
    problem: str, model: Model, engine: Engine, checker: Checker, options: Options, cancel: threading.Event, status: Status, *, quiet: bool
) -> Solved:
    solved = Solved((), None)
    for update in solve(problem, model, engine, checker, options, cancel):
        match update:
            case TryStarted(n, of, _):
                status.say(f"Writing, try {n} of {of}", again=n > 1)
            case Checking(n):
                status.say(f"Checking try {n}", again=True)
            case TryDone(one) if not quiet and options.samples + options.retries > 1:
                status.clear()
                print(try_words(one, options.samples), flush=True)
            case Solved():
                solved = update
            case _:
                pass
    return solved


def _shown(solved: Solved) -> Try:
    assert solved.chosen is not None, "solve ends with at least one try, or raises"
    return solved.tries[solved.chosen]


def _print(solved: Solved, info: EngineInfo, peak_bytes: int | None) -> None:
    one = _shown(solved)
    if one.thought:
        print(f"\nThought ({one.usage.thought_tokens} tokens)\n{one.thought.strip()}")
    print(f"\n{one.solution.strip()}\n\n{verdict_words(one.verdict)}")
    print(timing_words(one, info, peak_bytes))
