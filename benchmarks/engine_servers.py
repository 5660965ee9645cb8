"""Tokens a second of the local engine, for 1 user and for 8, beside `transformers serve` with the same model, with and without
continuous batching.

    .venv/bin/python benchmarks/engine_servers.py --rounds 5 --tokens 32

The rounds are interleaved, and whoever is not measured is stopped (SIGSTOP), so that a busy machine is as busy for each. The
last line of stdout is one JSON object: total tok/s of all users, and medians over the rounds of the ratios ours ÷ theirs, which
should be at least 1; and the same for CPU time per token, which other work on the machine disturbs less, and where less is
better. Needs Linux or macOS. The model is the embedded one in bf16.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from phi4web.engine.base import Engine, Request
from phi4web.engine.embedded import ensure_safetensors
from phi4web.engine.local import LocalEngine
from phi4web.engine.remote import RemoteEngine, RemoteOptions
from phi4web.engine.remote_address import address
from phi4web.events import Finished
from phi4web.hardware import probe
from phi4web.loadplan import Wishes
from phi4web.models import EMBEDDED, Sampling, find
from phi4web.plan import plan
from phi4web.prompts import Message
from phi4web.settings import read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.engine.servers.real import transformers_process

USERS = (1, 8)
ANIMALS = ("dog", "cat", "horse", "bird", "fish", "fox", "bear", "whale")
LOCAL, SERVE, BATCHING = "local", "transformers serve", "transformers serve --continuous-batching"
Figures = tuple[float, float]  # tokens a second, CPU milliseconds of the process for each token


class Subject(NamedTuple):
    """`run(True)` lets it go, `run(False)` stops it; `process` does the work."""

    engine: Engine
    run: Callable[[bool], None]
    process: psutil.Process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--context", type=int, default=1024)
    args = parser.parse_args()
    folder = ensure_safetensors(read().cache_dir)
    with ExitStack() as stack:
        subjects = {
            LOCAL: stack.enter_context(local(folder, args.context)),
            SERVE: stack.enter_context(served(folder)),
            BATCHING: stack.enter_context(served(folder, "--continuous-batching")),
        }
        for subject in subjects.values():  # the first request of each makes things ready
            total(subject, 2, 4)
        rounds = [measure(dict(in_turn(subjects, number)), args.tokens) for number in range(args.rounds)]
    print(json.dumps(summary(rounds, args.tokens)))


def in_turn(subjects: dict[str, Subject], number: int) -> list[tuple[str, Subject]]:
    """Every second round the other way round: on a busy machine neighbours are measured under the same load."""
    return list(subjects.items())[:: -1 if number % 2 else 1]


def measure(subjects: dict[str, Subject], tokens: int) -> dict[tuple[str, int], Figures]:
    """One round: everybody once with 1 user and once with 8."""
    row = {}
    for users in USERS:
        for name, subject in subjects.items():
            row[name, users] = total(subject, users, tokens)
            print(f"{name}, {users}: {row[name, users][0]:.1f} tok/s, {row[name, users][1]:.0f} ms", file=sys.stderr)
    return row


def total(subject: Subject, users: int, tokens: int) -> Figures:
    """New tokens of all users by the time from the first request to the last answer, and by the CPU time that they cost."""
    counts: list[int] = []

    def user(animal: str) -> None:
        request = Request((Message("user", f"Tell me a long story about a {animal}."),), Sampling(0.0, 1.0, 0), tokens)
        end = list(subject.engine.stream(request, threading.Event()))[-1]
        assert isinstance(end, Finished)
        counts.append(end.usage.new_tokens)

    threads = [threading.Thread(target=user, args=(animal,)) for animal in ANIMALS[:users]]
    subject.run(True)
    started, worked = time.monotonic(), cpu_seconds(subject.process)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    took, worked = time.monotonic() - started, cpu_seconds(subject.process) - worked
    subject.run(False)
    assert len(counts) == users, "an answer is missing"
    return sum(counts) / took, 1000 * worked / sum(counts)


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def summary(rounds: list[dict[tuple[str, int], Figures]], tokens: int) -> dict[str, Any]:
    ratios, cpu = {}, {}
    for users, other in itertools.product(USERS, (SERVE, BATCHING)):
        name = f"{users} {'user' if users == 1 else 'users'} ÷ {other}"
        ratios[name] = round(statistics.median(row[LOCAL, users][0] / row[other, users][0] for row in rounds), 2)
        cpu[name] = round(statistics.median(row[LOCAL, users][1] / row[other, users][1] for row in rounds), 2)
    speeds = {f"{name}, {users}": [round(row[name, users][0], 1) for row in rounds] for name, users in rounds[0]}
    return {
        "benchmark": "engine_servers",
        "model": f"{EMBEDDED.id} bf16",
        "tokens": tokens,
        "rounds": len(rounds),
        "load_average": round(os.getloadavg()[0], 1),
        "tokens_per_second": {name: statistics.median(values) for name, values in speeds.items()},
        "each_round": speeds,
        "ratios": ratios,
        "cpu_per_token_ratios": cpu,
        "met": all(ratio >= 1 for ratio in ratios.values()),
    }


@contextmanager
def local(folder: Path, context: int) -> Iterator[Subject]:
    """The local engine in this process."""
    wanted = plan(probe(read().cache_dir), EMBEDDED, Wishes(quant="bf16", device="cpu", context=context))
    engine = LocalEngine(folder, replace(wanted, context=context))
    try:
        yield Subject(engine, lambda _: None, psutil.Process())
    finally:
        engine.close()


@contextmanager
def served(folder: Path, *flags: str) -> Iterator[Subject]:
    """`transformers serve`, asked over its HTTP."""
    name = str(folder)
    with tempfile.TemporaryDirectory() as home, transformers_process(folder, Path(home), *flags) as (child, url):
        engine = RemoteEngine(address(url), RemoteOptions(find(f"remote:{name}"), name))
        run = _switch(child)
        try:
            yield Subject(engine, run, psutil.Process(child.pid))
        finally:
            run(True)
            engine.close()


def _switch(child: subprocess.Popen[Any]) -> Callable[[bool], None]:
    return lambda on: child.send_signal(signal.SIGCONT if on else signal.SIGSTOP)


if __name__ == "__main__":
    main()
