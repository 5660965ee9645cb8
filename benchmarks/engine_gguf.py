"""The gguf engine beside llama.cpp's own HTTP server on the same file: users at once, turns of a chat, and Stop.

    .venv/bin/python benchmarks/engine_gguf.py --rounds 7

Each side runs in a process of its own and rests while another is measured; within a round the sides take turns, each round
in another order, and the ratios are medians over the rounds. No round begins after `--seconds`, so that all is done in six
minutes. `same_threads` is llama.cpp's server with our numbers of threads and slots and our way of waiting; `own_defaults` as
it comes: its threads spin, which takes many times as long on a busy machine, so that it is left out of a round in which its
first run shows that.
`alike`: prompts that differ in their last words only; llama.cpp's server has nearly all of such a prompt in its cache, while
our seeds must reproduce, so that only what stands before the user's text is kept. `different`: they differ from their first
word on, as those of users do.
The engine is called directly here; engine_http.py goes through the page.
The last line of stdout is one JSON object. Speeds in tokens a second over all users, times in seconds; `cpu_by_...` compares
the processor time for one token, which says more than the speeds where others use the machine.
"""

from __future__ import annotations

import argparse
import http.client
import importlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil

USERS = (1, 2, 4, 8)
TURNS = 10
SAMPLING: dict[str, Any] = {"temperature": 0.8, "top_p": 0.95, "top_k": 50, "min_p": 0.0}
LONG = "one two three " * 600
STORIES = {
    "alike": "Write a long story about the number {user} and its {seed} friends.",
    "different": "{seed} and {user} are the numbers of two friends: write a long story about them.",
}
SIDES = ("ours", "same_threads", "own_defaults")


@dataclass(frozen=True)
class Answer:
    text: str
    tokens: int
    ttft: float


Ask = Callable[[list[str], int, int], Answer]  # (turns, most tokens, seed)
Case = tuple[str, int]  # which stories, and users at once
CASES: tuple[Case, ...] = (*(("different", n) for n in USERS), ("alike", USERS[0]), ("alike", USERS[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=270)
    parser.add_argument("--model", help="a GGUF file; otherwise the built-in model")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, nargs="*", default=[], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side == "ours":
        serve_ours(args.model)
    elif args.side:
        serve_theirs(args.model, args.threads)
    else:
        compare(args.rounds, args.tokens, args.seconds, args.model)


# one side


def file_of(path: str | None) -> Any:
    from pathlib import Path

    from phi4web.engine.embedded import ensure_gguf
    from phi4web.settings import read

    return Path(path) if path else ensure_gguf(read().cache_dir)


def opened(path: str | None) -> Any:
    from phi4web.engine.gguf import GgufEngine, GgufOptions
    from phi4web.models import EMBEDDED

    return GgufEngine(file_of(path), GgufOptions(EMBEDDED, "Q4_1", 8192, slots=max(USERS)))


def serve_ours(path: str | None) -> None:
    """Answers one line of JSON with another until there are no more."""
    from phi4web.engine.base import Request
    from phi4web.events import Delta, Finished, Reading
    from phi4web.models import Sampling
    from phi4web.prompts import Message

    engine = opened(path)

    def request(turns: list[str], tokens: int, seed: int) -> Request:
        said = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(turns))
        return Request(said, Sampling(**SAMPLING), tokens, None, seed)

    def ask(turns: list[str], tokens: int, seed: int) -> Answer:
        events = list(engine.stream(request(turns, tokens, seed), threading.Event()))
        end = events[-1]
        assert isinstance(end, Finished)
        return Answer("".join(e.text for e in events if isinstance(e, Delta)), end.usage.new_tokens, end.timings.ttft or 0.0)

    def stop(kind: type, text: str) -> float:
        cancel, began = threading.Event(), 0.0
        for event in engine.stream(request([text], 300, 1), cancel):
            if isinstance(event, kind) and not cancel.is_set():
                cancel.set()
                began = time.monotonic()
        return time.monotonic() - began

    opening = engine._opening
    print(json.dumps({"threads": [opening.writers, opening.readers], "slots": opening.slots}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "users" in asked:
            answer: Any = users(ask, (asked["stories"], asked["users"]), asked["tokens"], asked["seed"])
        elif "chat" in asked:
            answer = chat(ask, asked["chat"])
        else:
            answer = {"reading": stop(Reading, LONG + str(asked["stop"])), "writing": stop(Delta, "Write a long story.")}
        print(json.dumps(answer), flush=True)
    engine.close()


def serve_theirs(path: str | None, threads: list[int]) -> None:
    """llama.cpp's own server, until stdin ends. `threads`: to write for one, and to read; none: its defaults in all."""
    if threads:
        importlib.import_module("phi4web.engine")  # our way of waiting, which OpenMP reads when it is loaded
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(file_of(path))
    params.n_ctx, params.n_parallel, params.n_gpu_layers, params.verbosity, params.ui = 8192, -1, 0, -1, False
    if threads:
        params.n_parallel, params.kv_unified = max(USERS), True
        params.cpuparams.n_threads, params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    server.handle_completions({"prompt": "1", "n_predict": 1}, lambda _: False)
    print(json.dumps({"address": server.listening_address}), flush=True)
    sys.stdin.read()
    os._exit(0)


def over_http(address: str) -> Ask:
    """A user of an OpenAI-compatible server."""

    def ask(turns: list[str], tokens: int, seed: int) -> Answer:
        said = [{"role": "assistant" if i % 2 else "user", "content": text} for i, text in enumerate(turns)]
        body = {"messages": said, "max_tokens": tokens, "seed": seed, "stream": True, "stream_options": {"include_usage": True}}
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        began, first, texts, count = time.monotonic(), 0.0, [], 0
        connection.request("POST", "/v1/chat/completions", json.dumps(body | SAMPLING), {"Content-Type": "application/json"})
        for line in connection.getresponse():
            if not line.startswith(b"data: {"):
                continue
            chunk = json.loads(line[6:])
            for choice in chunk["choices"]:
                if text := choice["delta"].get("content"):
                    first = first or time.monotonic()
                    texts.append(text)
            count = (chunk.get("usage") or {}).get("completion_tokens", count)
        connection.close()
        return Answer("".join(texts), count, first - began)

    return ask


# what is measured


def users(ask: Ask, case: Case, tokens: int, seed: int) -> float:
    """Tokens a second of all users together, from the first request to the last token."""
    stories, count = case
    began = time.monotonic()
    with ThreadPoolExecutor(count) as threads:
        answers = threads.map(lambda i: ask([STORIES[stories].format(user=i, seed=seed)], tokens, seed), range(count))
        return sum(a.tokens for a in answers) / (time.monotonic() - began)


def chat(ask: Ask, seed: int) -> list[float]:
    """Seconds to the first token of each turn."""
    turns, ttft = [f"Hello! Tell me something about the number {seed}."], []
    for turn in range(TURNS):
        answer = ask(turns, 32, seed)
        ttft.append(answer.ttft)
        turns += [answer.text, f"Please tell me more, this is part {turn}."]
    return ttft


class Side:
    """A process for one side. `users` and `chat` as above."""

    def __init__(self, name: str, path: str | None, threads: Iterable[int] = ()) -> None:
        env = dict(os.environ)
        for waiting in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
            env.pop(waiting, None)
        command = [sys.executable, __file__, "--side", name, *(["--model", path] if path else [])]
        command += ["--threads", *map(str, threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.about = self._answer()
        self.ask = over_http(self.about["address"]) if "address" in self.about else None

    def users(self, case: Case, tokens: int, seed: int) -> float:
        if self.ask:
            return users(self.ask, case, tokens, seed)
        return float(self.send({"stories": case[0], "users": case[1], "tokens": tokens, "seed": seed}))

    def chat(self, seed: int) -> list[float]:
        return chat(self.ask, seed) if self.ask else list(self.send({"chat": seed}))

    def cpu(self) -> float:
        """Processor seconds so far."""
        used = psutil.Process(self.process.pid).cpu_times()
        return used.user + used.system

    def send(self, asked: dict[str, Any]) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("One side ended early; its error stands above.")
        return json.loads(line)


@dataclass
class Seen:
    """Of one side, by round. `cpu`: processor seconds for a token."""

    speeds: dict[Case, dict[int, float]]
    cpu: dict[Case, dict[int, float]]
    chats: dict[int, list[float]]


def compare(rounds: int, tokens: int, seconds: float, path: str | None) -> None:
    ours = Side("ours", path)
    sides = {"ours": ours, "same_threads": Side("same_threads", path, ours.about["threads"]), "own_defaults": Side("own_defaults", path)}
    seen = {name: Seen({case: {} for case in CASES}, {case: {} for case in CASES}, {}) for name in SIDES}
    stops: list[dict[str, float]] = []
    for side in sides.values():
        side.users(("different", 1), 8, 0)
    began, loads = time.monotonic(), []
    for seed in range(1, rounds + 1):
        if time.monotonic() - began > seconds:
            break
        order = [SIDES[(seed + i) % len(SIDES)] for i in range(len(SIDES))]
        for case in CASES:
            for name in order:
                one_run(sides[name], seen[name], case, tokens, seed)
            if too_busy(seen, seed):
                order = [name for name in order if name != "own_defaults"]
        for name in order:
            seen[name].chats[seed] = sides[name].chat(seed)
        stops.append(sides["ours"].send({"stop": seed}))
        loads.append(os.getloadavg()[0])
        latest = {name: [round(by[seed]) for by in seen[name].speeds.values() if seed in by] for name in SIDES}
        print(f"round {seed}: {latest} tok/s for {CASES}, load {loads[-1]:.1f}", file=sys.stderr)
    for side in sides.values():
        side.close()
    print(
        json.dumps(
            report(seen, stops) | ours.about | {"rounds": len(loads), "tokens": tokens, "load_averages": [round(n, 1) for n in loads]}
        )
    )


def one_run(side: Side, seen: Seen, case: Case, tokens: int, seed: int) -> None:
    cpu, began = side.cpu(), time.monotonic()
    speed = side.users(case, tokens, seed)
    written = speed * (time.monotonic() - began)
    seen.speeds[case][seed] = speed
    seen.cpu[case][seed] = (side.cpu() - cpu) / written


def too_busy(seen: dict[str, Seen], seed: int) -> bool:
    """Whether threads that spin are many times as slow as those that sleep."""
    first = CASES[0]
    return seen["own_defaults"].speeds[first][seed] < seen["ours"].speeds[first][seed] / 3


def report(seen: dict[str, Seen], stops: list[dict[str, float]]) -> dict[str, Any]:
    def median(values: Iterable[float], digits: int = 3) -> float | None:
        """None: it was left out of every round."""
        found = list(values)
        return round(statistics.median(found), digits) if found else None

    def by_case(value: Callable[[Case], float | None]) -> dict[str, dict[str, float | None]]:
        return {stories: {str(n): value((stories, n)) for s, n in CASES if s == stories} for stories in STORIES}

    def speeds(one: Seen) -> dict[str, dict[str, float | None]]:
        return by_case(lambda case: median(one.speeds[case].values(), 1))

    def ratios(kind: str, name: str) -> dict[str, dict[str, float | None]]:
        """Of the runs of the same round."""
        ours, theirs = getattr(seen["ours"], kind), getattr(seen[name], kind)
        return by_case(lambda case: median(ours[case][seed] / theirs[case][seed] for seed in theirs[case]))

    return {
        "benchmark": "engine_gguf",
        "tokens_per_second": {name: speeds(one) for name, one in seen.items()},
        **{f"ours_by_{name}": ratios("speeds", name) for name in SIDES[1:]},
        **{f"cpu_by_{name}": ratios("cpu", name) for name in SIDES[1:]},
        "ttft_seconds": {name: [median(t) for t in zip(*one.chats.values(), strict=True)] for name, one in seen.items()},
        "ttft_turn_10_by_turn_1": {name: median((c[-1] / c[0] for c in one.chats.values()), 2) for name, one in seen.items()},
        "stop_seconds": {kind: round(max(s[kind] for s in stops), 3) for kind in ("reading", "writing")},
    }


if __name__ == "__main__":
    main()
