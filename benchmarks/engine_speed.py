"""Load time, speed, memory and stop latency of the built-in model at each quant, each in a process of its own.

    .venv/bin/python benchmarks/engine_speed.py --quants Q4_1,bf16,fp32,int8,nf4

The last line of stdout is one JSON object. Seconds and MiB are in the names; the machine's load average is noted, because
these figures mean little on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time

from phi4web.engine.base import Engine, Request
from phi4web.engine.embedded import ensure_safetensors
from phi4web.engine.host import EngineHost
from phi4web.events import Delta, Finished, Reading
from phi4web.models import EMBEDDED, Sampling
from phi4web.prompts import Message
from phi4web.settings import read

GREEDY = Sampling(0.0, 1.0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quants", default="Q4_1,bf16,fp32,int8,nf4,nf4-dq")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--one", help="measure this quant in this process")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.one, args.tokens)))
        return
    ensure_safetensors(read().cache_dir)
    rows = []
    for quant in args.quants.split(","):
        command = [sys.executable, __file__, "--one", quant, "--tokens", str(args.tokens)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]))
        print(rows[-1], file=sys.stderr)
    print(json.dumps({"benchmark": "engine_speed", "tokens": args.tokens, "load_average": os.getloadavg()[0], "rows": rows}))


def measure(quant: str, tokens: int) -> dict[str, object]:
    host = EngineHost(read(model=EMBEDDED.id, quant=quant))
    with host.use() as engine:
        write(engine, "Say hello.", 4)
        ends = [write(engine, "Tell me a long story about a dog.", tokens) for _ in range(3)]
        row = {
            "quant": quant,
            "load_seconds": round(engine.info.load_seconds, 2),
            "tokens_per_second": round(statistics.median(e.timings.tokens_per_second or 0 for e in ends), 1),
            "peak_mib": round((engine.peak_bytes() or 0) / 2**20),
            "stop_while_writing_seconds": round(stop_latency(engine, "Tell me a long story.", Delta), 3),
            "stop_while_reading_seconds": round(stop_latency(engine, "one two three " * 500, Reading), 3),
        }
    host.close()
    return row


def write(engine: Engine, text: str, tokens: int) -> Finished:
    *_, end = engine.stream(Request((Message("user", text),), GREEDY, tokens, seed=1), threading.Event())
    assert isinstance(end, Finished)
    return end


def stop_latency(engine: Engine, text: str, kind: type) -> float:
    """Seconds from `cancel`, at the first event of this kind, to an idle engine."""
    cancel, stopped = threading.Event(), 0.0
    for event in engine.stream(Request((Message("user", text),), GREEDY, 200, seed=1), cancel):
        if isinstance(event, kind) and not cancel.is_set():
            cancel.set()
            stopped = time.monotonic()
    return time.monotonic() - stopped


if __name__ == "__main__":
    main()
