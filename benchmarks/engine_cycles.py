"""Memory that comes back: quants of the embedded model loaded, used and unloaded again and again in one process.

    python benchmarks/engine_cycles.py --cycles 10 --quants Q4_1,bf16,int8,nf4

A cycle loads each quant, writes some tokens with it, and lets the host unload it. The last line of stdout is one JSON object:
resident MiB after each cycle's last unload, the highest while loaded, and the last cycle by the first (bar: 1.10).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time

import psutil

from phi4web.engine.base import Request
from phi4web.engine.host import EngineHost
from phi4web.models import EMBEDDED, Sampling
from phi4web.prompts import Message
from phi4web.settings import read

BAR = 1.10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--quants", default="Q4_1,bf16,int8,nf4")
    parser.add_argument("--tokens", type=int, default=32)
    args = parser.parse_args()
    print(json.dumps(measure(args.quants.split(","), args.cycles, args.tokens)))


def measure(quants: list[str], cycles: int, tokens: int) -> dict[str, object]:
    """Each of `quants` once a cycle, in one host that unloads what nobody uses at once."""
    host = EngineHost(read(model=EMBEDDED.id, quant=quants[0], unload_seconds=0))
    process, rows, highest = psutil.Process(), [], 0
    for number in range(cycles):
        for quant in quants:
            use(host, quant, tokens)
            highest = max(highest, process.memory_info().rss)
        host.unload()
        rows.append({"rss_mib": round(process.memory_info().rss / 2**20), "threads": process.num_threads()})
        print(number + 1, rows[-1], file=sys.stderr)
    host.close()
    after = [row["rss_mib"] for row in rows]
    return {
        "benchmark": "engine_cycles",
        "quants": quants,
        "cycles": cycles,
        "rss_mib": after,
        "threads": [row["threads"] for row in rows],
        "highest_mib": round(highest / 2**20),
        "last_by_first": round(after[-1] / after[0], 3),
        "met": after[-1] <= BAR * after[0],
        "load_average": os.getloadavg()[0],
        "time": time.strftime("%Y-%m-%d %H:%M"),
    }


def use(host: EngineHost, quant: str, tokens: int) -> None:
    request = Request((Message("user", "Tell me a story about a dog."),), Sampling(0.0, 1.0, 0), tokens, seed=1)
    with host.use(EMBEDDED.id, quant) as engine:
        for _ in engine.stream(request, threading.Event()):
            pass


if __name__ == "__main__":
    main()
