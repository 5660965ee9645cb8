"""The Transformers engine beside plain `model.generate` of the same model, with 1 to 8 streams, over a chat, and when stopped.

    .venv/bin/python benchmarks/engine_local.py --quant bf16

Everything that is compared runs in turns in one process, so that a busy machine slows both; the ratio of each turn is taken, and
the median told. The last line of stdout is one JSON object. Rates are whole answers: tokens written by seconds from asking to the
end. `--record` appends that line to results/engine_local.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from phi4web.engine.base import Request
from phi4web.engine.host import EngineHost
from phi4web.engine.local import LocalEngine
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.models import EMBEDDED, Sampling
from phi4web.prompts import Message
from phi4web.settings import read

GREEDY = Sampling(0.0, 1.0, 0)
USERS = (1, 2, 4, 8)
TURNS = 10
THINGS = ("a dog", "a cat", "the sea", "rain", "music", "bread", "trains", "the moon")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=EMBEDDED.id)
    parser.add_argument("--quant", default="bf16")
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    host = EngineHost(read(model=args.model, quant=args.quant))
    with host.use() as engine:
        assert isinstance(engine, LocalEngine), "choose a quant that Transformers runs"
        write(engine, "Say hello.", 4)
        row = {"benchmark": "engine_local", "model": args.model, "quant": args.quant, "tokens": args.tokens, "date": str(date.today())}
        row |= beside_generate(engine, args.tokens, args.rounds)
        row |= users(engine, args.tokens, args.rounds)
        row |= chat(engine, args.rounds)
        row |= stops(engine)
    host.close()
    line = json.dumps(row | {"cpu": platform.processor() or platform.machine(), "load_average": round(os.getloadavg()[0], 1)})
    if args.record:
        with (Path(__file__).parent / "results" / "engine_local.jsonl").open("a", encoding="utf-8") as file:
            print(line, file=file)
    print(line)


def beside_generate(engine: LocalEngine, tokens: int, rounds: int) -> dict[str, Any]:
    """One stream against the library's own loop, each first in every other round."""
    ours, bare = [], []
    for i in range(2 * rounds):
        prompt = f"Tell me a long story about {THINGS[i % 8]}, part {i}."
        both: list[Callable[[], None]] = [
            lambda prompt=prompt: ours.append(rate(lambda: write(engine, prompt, tokens).usage.new_tokens)),  # type: ignore[misc]
            lambda prompt=prompt: bare.append(rate(lambda: generate(engine, prompt, tokens))),  # type: ignore[misc]
        ]
        for work in both if i % 2 else both[::-1]:
            work()
        print(f"ours {ours[-1]:.1f}, generate {bare[-1]:.1f} tok/s", file=sys.stderr)
    return {"tokens_per_second": median(ours), "generate_tokens_per_second": median(bare), "over_generate": ratio(ours, bare)}


def generate(engine: LocalEngine, prompt: str, tokens: int) -> int:
    """The library's loop on the same weights, settings and threads."""
    import torch

    loaded = engine._loaded
    assert loaded is not None
    turns = [{"role": "user", "content": prompt}]
    inputs = loaded.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True, return_tensors="pt")
    inputs = inputs.to(loaded.model.device)
    with torch.inference_mode():
        out = loaded.model.generate(**inputs, max_new_tokens=tokens, do_sample=False, pad_token_id=loaded.pad)
    return int(out.shape[1] - inputs["input_ids"].shape[1])


def users(engine: LocalEngine, tokens: int, rounds: int) -> dict[str, Any]:
    """Total rates of several streams at once."""
    rates: dict[int, list[float]] = {n: [] for n in USERS}
    for i in range(rounds):
        for n in USERS:
            rates[n].append(rate(lambda n=n, i=i: together(engine, [f"Round {i}: tell me about {t}." for t in THINGS[:n]], tokens)))  # type: ignore[misc]
        print({n: round(found[-1], 1) for n, found in rates.items()}, file=sys.stderr)
    totals = {f"users_{n}_tokens_per_second": median(rates[n]) for n in USERS}
    return totals | {f"users_{n}_over_1": ratio(rates[n], rates[1]) for n in USERS[1:]}


def together(engine: LocalEngine, prompts: list[str], tokens: int) -> int:
    ends: list[Finished] = []
    threads = [threading.Thread(target=lambda p=p: ends.append(write(engine, p, tokens))) for p in prompts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(end.usage.new_tokens for end in ends)


def chat(engine: LocalEngine, rounds: int) -> dict[str, Any]:
    """Seconds to the first token over the turns of several chats, and how much of the last prompt had been read before."""
    first: list[float] = []
    last: list[float] = []
    share: list[float] = []
    for i in range(rounds):
        messages: list[Message] = []
        turns: list[float] = []
        for turn in range(TURNS):
            messages.append(Message("user", f"Chat {i}, question {turn}: what else should I know about {THINGS[turn % 8]}?"))
            events = list(engine.stream(Request(tuple(messages), GREEDY, 48, seed=1), threading.Event()))
            last_event = events[-1]
            assert isinstance(last_event, Finished)
            end, ttft = last_event, last_event.timings.ttft
            assert ttft is not None
            messages.append(Message("assistant", "".join(e.text for e in events if isinstance(e, Delta))))
            turns.append(ttft)
        first.append(turns[0])
        last.append(turns[-1])
        share.append(end.usage.cached_tokens / end.usage.prompt_tokens)
    return {
        "turn_1_ttft_seconds": median(first),
        "turn_10_ttft_seconds": median(last),
        "turn_10_over_turn_1": ratio(last, first),
        "turn_10_prompt_tokens": end.usage.prompt_tokens,
        "turn_10_cached_share": median(share),
    }


def stops(engine: LocalEngine) -> dict[str, Any]:
    """The longest of three, in seconds."""
    return {
        "stop_while_writing_seconds": round(max(stop(engine, f"{i}: tell me a long story.", Delta) for i in range(3)), 3),
        "stop_while_reading_seconds": round(max(stop(engine, f"{i} one two three " * 1500, Reading) for i in range(3)), 3),
    }


def stop(engine: LocalEngine, prompt: str, kind: type[Event]) -> float:
    """Seconds from `cancel`, shortly after the first event of this kind, to the end of the stream."""
    cancel, stopped = threading.Event(), 0.0
    for event in engine.stream(request(prompt, 400), cancel):
        if isinstance(event, kind) and not cancel.is_set():
            time.sleep(0.3)  # well inside a piece of the prompt
            cancel.set()
            stopped = time.monotonic()
    assert isinstance(event, Finished)
    assert event.stop == "cancelled"
    return time.monotonic() - stopped


def write(engine: LocalEngine, prompt: str, tokens: int) -> Finished:
    *_, end = engine.stream(request(prompt, tokens), threading.Event())
    assert isinstance(end, Finished)
    return end


def request(prompt: str, tokens: int) -> Request:
    return Request((Message("user", prompt),), GREEDY, tokens, seed=1)


def rate(work: Callable[[], int]) -> float:
    started = time.monotonic()
    return work() / (time.monotonic() - started)


def median(figures: list[float]) -> float:
    return round(statistics.median(figures), 3)


def ratio(some: list[float], others: list[float]) -> float:
    """The median of the ratios of each turn."""
    return median([a / b for a, b in zip(some, others, strict=True)])


if __name__ == "__main__":
    main()
