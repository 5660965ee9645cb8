"""What the page costs the engine: tokens a second through phi4web's own HTTP, by the engine alone, in turn and in one run.

    python benchmarks/engine_http.py --quants Q4_1,bf16 --rounds 3 --tokens 256 --users 8

A `phi4web serve` on a free loopback port answers `/solve` as programs call it; a second process has the same engine and
nothing else. They take turns, so that both meet the same machine: the one whose turn it is not does nothing. Every answer is
cut at the same number of tokens. Then: seconds from a closed connection, and from Stop, to an idle engine.
The last line of stdout is one JSON object; `ratio` is the median of the rounds (bar for one user: 0.95), `cpu_ratio` the
processor time of the server by that of the engine alone, for the same answers.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psutil

from phi4web.engine.base import Request
from phi4web.engine.host import EngineHost
from phi4web.events import Finished
from phi4web.models import EMBEDDED, find
from phi4web.prompts import solve_messages
from phi4web.settings import read

PROBLEM = "Explain at great length, with many examples, how to solve 3x + {} = 17."
BAR = 0.95
WINDOW_SECONDS = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quants", default="Q4_1,bf16")
    parser.add_argument("--model", default=EMBEDDED.id)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--alone", help="be the process that has the engine alone, with this quant")
    args = parser.parse_args()
    if args.alone:
        serve_alone(args.model, args.alone, args.tokens)
        return
    rows = [measure(args.model, quant, args.rounds, args.tokens, args.users) for quant in args.quants.split(",")]
    print(
        json.dumps(
            {
                "benchmark": "engine_http",
                "model": args.model,
                "tokens": args.tokens,
                "rounds": args.rounds,
                "rows": rows,
                "met": all(row["one_user"]["ratio"] >= BAR and row["stop_seconds"] <= 1 and row["closed_seconds"] <= 1 for row in rows),
                "load_average": os.getloadavg()[0],
                "time": time.strftime("%Y-%m-%d %H:%M"),
            }
        )
    )


def measure(model: str, quant: str, rounds: int, tokens: int, users: int) -> dict[str, Any]:
    with served(model, quant, tokens) as (http, server), alone(model, quant, tokens) as (direct, engine):
        sides = (Side(lambda count: over_http(http, count), server), Side(direct, engine))
        for side in sides:  # warm
            side.speed(1)
        row = {
            "quant": quant,
            "one_user": compared(*sides, 1, rounds),
            "many_users": {"users": users} | compared(*sides, users, rounds),
            "closed_seconds": round(statistics.median(closed(http, server) for _ in range(rounds)), 2),
            "stop_seconds": round(direct(-1), 3),
        }
    print(row, file=sys.stderr)
    return row


@dataclass(frozen=True)
class Side:
    """`speed(users)` writes one answer for each of them at once and gives tokens a second of all; `process` does the work."""

    speed: Callable[[int], float]
    process: psutil.Process

    def measured(self, users: int) -> tuple[float, float]:
        """(tokens a second, seconds of processor time)"""
        before = spent(self.process)
        return self.speed(users), spent(self.process) - before


def compared(http: Side, alone: Side, users: int, rounds: int) -> dict[str, Any]:
    """Both in turn, in each round in another order. Processor time is what a busy machine leaves comparable."""
    rows = []
    for number in range(rounds):
        order = (http, alone) if number % 2 else (alone, http)
        found = {side: side.measured(users) for side in order}
        rows.append((*found[http], *found[alone]))
    return {
        "http": [round(row[0], 1) for row in rows],
        "alone": [round(row[2], 1) for row in rows],
        "ratio": round(statistics.median(row[0] / row[2] for row in rows), 3),
        "cpu_ratio": round(sum(row[1] for row in rows) / sum(row[3] for row in rows), 3),
    }


# ---- through HTTP


@contextmanager
def served(model: str, quant: str, tokens: int) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    """A server of its own, with its own data folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "PHI4WEB_DATA": folder,
            "PHI4WEB_MAX_NEW_TOKENS": str(tokens),
            "PHI4WEB_UNLOAD_SECONDS": "0",
            "PHI4WEB_SLOTS": "8",
        }
        command = [sys.executable, "-m", "phi4web", "serve", "--port", str(port), "--model", model, "--quant", quant]
        server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/gradio_api", timeout=600) as http:
                wait_until(lambda: answers(http), 120)
                yield http, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(30)


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/startup-events").status_code < 500
    except httpx.TransportError:
        return False


def wait_until(there: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            raise TimeoutError("the server did not come up")
        time.sleep(0.2)


def over_http(http: httpx.Client, users: int) -> float:
    started = time.monotonic()
    with ThreadPoolExecutor(users) as pool:
        written = sum(pool.map(lambda n: solved(http, n), range(users)))
    return written / (time.monotonic() - started)


def solved(http: httpx.Client, number: int) -> int:
    """Tokens of one answer of /solve."""
    name = http.post("/call/solve", json={"data": [PROBLEM.format(number), "", "", 1, 1, ""]}).json()["event_id"]
    with http.stream("GET", f"/call/solve/{name}") as events:
        for line in events.iter_lines():
            if line.startswith("data: [{"):
                usage = json.loads(line.removeprefix("data: "))[0]["usage"]
                return int(usage["thought_tokens"] + usage["solution_tokens"])
    raise RuntimeError(f"/solve gave no answer: {line}")


def closed(http: httpx.Client, server: psutil.Process) -> float:
    """Seconds from a connection that is closed in the middle of an answer until the server's processor time stands still."""
    name = http.post("/call/solve", json={"data": [PROBLEM.format(9), "", "", 64, 1, ""]}).json()["event_id"]
    with http.stream("GET", f"/call/solve/{name}"):
        time.sleep(1.5)
    started, still = time.monotonic(), 0
    while still < 3:
        before = spent(server)
        time.sleep(WINDOW_SECONDS)
        still = still + 1 if spent(server) - before < WINDOW_SECONDS / 5 else 0
    return time.monotonic() - started - 3 * WINDOW_SECONDS


def spent(process: psutil.Process) -> float:
    """Seconds of processor time of this process, without its children."""
    times = process.cpu_times()
    return times.user + times.system


# ---- the engine alone


@contextmanager
def alone(model: str, quant: str, tokens: int) -> Iterator[tuple[Callable[[int], float], psutil.Process]]:
    """A process with the engine, which is told how many users to be, and says the tokens a second; -1: seconds to stop."""
    command = [sys.executable, __file__, "--alone", quant, "--model", model, "--tokens", str(tokens)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    asks, says = process.stdin, process.stdout

    def direct(users: int) -> float:
        asks.write(f"{users}\n")
        asks.flush()
        return float(says.readline())

    try:
        yield direct, psutil.Process(process.pid)
    finally:
        asks.close()
        process.wait(60)


def serve_alone(model: str, quant: str, tokens: int) -> None:
    host = EngineHost(read(model=model, quant=quant, unload_seconds=0, slots=8))
    with host.use() as engine:
        for line in sys.stdin:
            users = int(line)
            started = time.monotonic()
            if users < 0:
                print(stop_seconds(engine, model, tokens), flush=True)
                continue
            with ThreadPoolExecutor(users) as pool:
                written = sum(pool.map(lambda n: write(engine, model, n, tokens), range(users)))
            print(written / (time.monotonic() - started), flush=True)
    host.close()


def request(model: str, number: int, tokens: int) -> Request:
    found = find(model)
    return Request(solve_messages(found, PROBLEM.format(number)), found.sampling, tokens, seed=1)


def write(engine: Any, model: str, number: int, tokens: int) -> int:
    *_, end = engine.stream(request(model, number, tokens), threading.Event())
    assert isinstance(end, Finished)
    return end.usage.new_tokens


def stop_seconds(engine: Any, model: str, tokens: int) -> float:
    cancel, at = threading.Event(), 0.0
    for number, _ in enumerate(engine.stream(request(model, 1, tokens), cancel)):
        if number == 20:
            at = time.monotonic()
            cancel.set()
    return time.monotonic() - at


if __name__ == "__main__":
    main()
