"""The gguf engine beside llama.cpp's own HTTP server on the same file: users at once, turns of a chat, and Stop.

    .venv/bin/python benchmarks/engine_gguf.py --rounds 7

Each side runs in a process of its own and rests while another is measured; within a round the sides take turns, and the
ratios are medians over the rounds. `same_threads` is llama.cpp's server with our numbers of threads and slots and our way of
waiting; `own_defaults` as it comes, for one and eight users after the last round: its threads spin, which takes for ever on a busy machine.
The engine is called directly here; engine_http.py goes through the page.
The last line of stdout is one JSON object. Speeds in tokens a second over all users, times in seconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

USERS = (1, 2, 4, 8)
TURNS = 10
SAMPLING = {"temperature": 0.8, "top_p": 0.95, "top_k": 50, "min_p": 0.0}
LONG = "one two three " * 600
SIDES = ("ours", "same_threads", "own_defaults")


@dataclass(frozen=True)
class Answer:
    text: str
    tokens: int
    ttft: float


Ask = Callable[[list[str], int, int], Answer]  # (turns, most tokens, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--model", help="a GGUF file; otherwise the built-in model")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side == "ours":
        serve_ours(args.model)
    elif args.side:
        serve_theirs(args.model, same_threads=args.side == "same_threads")
    else:
        compare(args.rounds, args.tokens, args.model)


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

    print(json.dumps({"slots": engine.info.slots, "reasons": engine.info.reasons}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "users" in asked:
            answer: Any = users(ask, asked["users"], asked["tokens"], asked["seed"])
        elif "chat" in asked:
            answer = chat(ask, asked["chat"])
        else:
            answer = {"reading": stop(Reading, LONG + str(asked["stop"])), "writing": stop(Delta, "Write a long story.")}
        print(json.dumps(answer), flush=True)
    engine.close()


def serve_theirs(path: str | None, same_threads: bool) -> None:
    """llama.cpp's own server, until stdin ends."""
    import xllamacpp

    from phi4web.engine.gguf import physical_cores

    file = file_of(path)
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_parallel, params.n_gpu_layers, params.verbosity, params.ui = 8192, -1, 0, -1, False
    if same_threads:
        params.n_parallel, params.kv_unified = 8, True
        writers = min(physical_cores(), -(-file.stat().st_size // (256 << 20)))
        params.cpuparams.n_threads, params.cpuparams_batch.n_threads = writers, physical_cores()
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


def users(ask: Ask, count: int, tokens: int, seed: int) -> float:
    """Tokens a second of all users together, from the first request to the last token."""
    began = time.monotonic()
    with ThreadPoolExecutor(count) as threads:
        answers = threads.map(
            lambda i: ask([f"Write a long story about the number {i} and its {seed} friends."], tokens, seed), range(count)
        )
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

    def __init__(self, name: str, path: str | None) -> None:
        env = dict(os.environ)
        env.pop("OMP_WAIT_POLICY", None)
        if name == "same_threads":
            env["OMP_WAIT_POLICY"] = "passive"  # as our engine has it
        command = [sys.executable, __file__, "--side", name, *(["--model", path] if path else [])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.about = self._answer()
        self.ask = over_http(self.about["address"]) if "address" in self.about else None

    def users(self, count: int, tokens: int, seed: int) -> float:
        return users(self.ask, count, tokens, seed) if self.ask else float(self.send({"users": count, "tokens": tokens, "seed": seed}))

    def chat(self, seed: int) -> list[float]:
        return chat(self.ask, seed) if self.ask else list(self.send({"chat": seed}))

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


def compare(rounds: int, tokens: int, path: str | None) -> None:
    sides = {name: Side(name, path) for name in SIDES[:2]}
    speeds: dict[str, dict[int, list[float]]] = {name: {n: [] for n in USERS} for name in SIDES}
    chats: dict[str, list[list[float]]] = {name: [] for name in sides}
    stops: list[dict[str, float]] = []
    for side in sides.values():
        side.users(1, 8, 0)
    for seed in range(1, rounds + 1):
        order = list(sides) if seed % 2 else list(sides)[::-1]
        for count in USERS:
            for name in order:
                speeds[name][count].append(sides[name].users(count, tokens, seed))
        for name in order:
            chats[name].append(sides[name].chat(seed))
        stops.append(sides["ours"].send({"stop": seed}))
        print(f"round {seed}: {latest(speeds)} tok/s for {USERS} users, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    last = Side("own_defaults", path)
    last.users(1, 8, 0)
    for count in (USERS[0], USERS[-1]):
        for name, side in (("ours", sides["ours"]), ("own_defaults", last)):
            speeds[name][count].append(side.users(count, tokens, rounds + 1))
            if name == "ours":
                speeds["same_threads"][count].append(sides["same_threads"].users(count, tokens, rounds + 1))
    about = sides["ours"].about
    for side in (*sides.values(), last):
        side.close()
    print(json.dumps(report(speeds, chats, stops) | about | {"rounds": rounds, "load_average": os.getloadavg()[0]}))


def latest(speeds: dict[str, dict[int, list[float]]]) -> dict[str, list[int]]:
    return {name: [round(by[n][-1]) for n in USERS] for name, by in speeds.items() if all(by.values())}


def report(speeds: dict[str, dict[int, list[float]]], chats: dict[str, list[list[float]]], stops: list[dict[str, float]]) -> dict[str, Any]:
    def ratios(name: str) -> dict[str, float]:
        """Each run of theirs by the run of ours of the same round; `own_defaults` has the last only."""
        pairs = {n: list(zip(reversed(speeds["ours"][n]), reversed(theirs), strict=False)) for n, theirs in speeds[name].items() if theirs}
        return {str(n): round(statistics.median(a / b for a, b in pairs[n]), 3) for n in pairs}

    turns = {name: [statistics.median(t) for t in zip(*runs, strict=True)] for name, runs in chats.items()}
    return {
        "benchmark": "engine_gguf",
        "tokens_per_second": {
            name: {str(n): round(statistics.median(runs), 1) for n, runs in by.items() if runs} for name, by in speeds.items()
        },
        "ours_by_same_threads": ratios("same_threads"),
        "ours_by_own_defaults": ratios("own_defaults"),
        "ttft_seconds": {name: [round(t, 3) for t in times] for name, times in turns.items()},
        "ttft_turn_10_by_turn_1": {name: round(statistics.median(c[-1] / c[0] for c in runs), 2) for name, runs in chats.items()},
        "stop_seconds": {kind: round(max(s[kind] for s in stops), 3) for kind in ("reading", "writing")},
    }


if __name__ == "__main__":
    main()
