"""Tokens a second of the local engine, for 1 user and for 8, beside `transformers serve` with the same model, with and without
continuous batching.

    .venv/bin/python benchmarks/engine_servers.py --rounds 3 --tokens 48

The rounds are interleaved, and whoever is not measured is stopped (SIGSTOP), so that a busy machine is as busy for each. The
last line of stdout is one JSON object: total tok/s of all users, medians over the rounds, and the ratios ours ÷ theirs, which
should be at least 1. Needs Linux or macOS. The model is the embedded one in bf16.
"""

from __future__ import annotations

import argparse
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
from typing import Any

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
Subject = tuple[Engine, Callable[[bool], None]]  # and what lets it run, or stops it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--context", type=int, default=1024)
    args = parser.parse_args()
    folder = ensure_safetensors(read().cache_dir)
    with ExitStack() as stack:
        subjects = {
            LOCAL: stack.enter_context(local(folder, args.context)),
            SERVE: stack.enter_context(served(folder)),
            BATCHING: stack.enter_context(served(folder, "--continuous-batching")),
        }
        for engine, run in subjects.values():  # the first request of each makes things ready
            run(True)
            total(engine, 2, 4)
            run(False)
        rounds = [measure(subjects, args.tokens) for _ in range(args.rounds)]
    print(json.dumps(summary(rounds, args.tokens)))


def measure(subjects: dict[str, Subject], tokens: int) -> dict[tuple[str, int], float]:
    """One round: everybody once with 1 user and once with 8."""
    row = {}
    for users in USERS:
        for name, (engine, run) in subjects.items():
            run(True)
            row[name, users] = total(engine, users, tokens)
            run(False)
            print(f"{name}, {users}: {row[name, users]:.1f} tok/s", file=sys.stderr)
    return row


def total(engine: Engine, users: int, tokens: int) -> float:
    """New tokens of all users by the time from the first request to the last answer."""
    counts: list[int] = []

    def user(animal: str) -> None:
        request = Request((Message("user", f"Tell me a long story about a {animal}."),), Sampling(0.0, 1.0, 0), tokens)
        end = list(engine.stream(request, threading.Event()))[-1]
        assert isinstance(end, Finished)
        counts.append(end.usage.new_tokens)

    threads = [threading.Thread(target=user, args=(animal,)) for animal in ANIMALS[:users]]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert len(counts) == users, "an answer is missing"
    return sum(counts) / (time.monotonic() - started)


def summary(rounds: list[dict[tuple[str, int], float]], tokens: int) -> dict[str, Any]:
    medians = {key: statistics.median(row[key] for row in rounds) for key in rounds[0]}
    ratios = {
        f"{users} users ÷ {other}": round(statistics.median(row[LOCAL, users] / row[other, users] for row in rounds), 2)
        for users in USERS
        for other in (SERVE, BATCHING)
    }
    return {
        "benchmark": "engine_servers",
        "model": f"{EMBEDDED.id} bf16",
        "tokens": tokens,
        "rounds": len(rounds),
        "load_average": round(os.getloadavg()[0], 1),
        "total_tokens_per_second": {f"{name}, {users} users": round(value, 1) for (name, users), value in medians.items()},
        "ratios": ratios,
        "met": all(ratio >= 1 for ratio in ratios.values()),
    }


@contextmanager
def local(folder: Path, context: int) -> Iterator[Subject]:
    """The local engine in this process."""
    wanted = plan(probe(read().cache_dir), EMBEDDED, Wishes(quant="bf16", device="cpu", context=context))
    engine = LocalEngine(folder, replace(wanted, context=context))
    try:
        yield engine, lambda _: None
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
            yield engine, run
        finally:
            run(True)
            engine.close()


def _switch(child: subprocess.Popen[Any]) -> Callable[[bool], None]:
    return lambda on: child.send_signal(signal.SIGCONT if on else signal.SIGSTOP)


if __name__ == "__main__":
    main()
