"""Waiting threads: how fast the gguf engine writes when they spin, sleep, or spin for a moment, on a free and on a busy machine.

The last line of stdout is one JSON object: tokens a second for each OMP_WAIT_POLICY and for phi4web's own choice, with 0 and 1
busy processes beside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

ONE = """
import threading
from phi4web.engine.base import Request
from phi4web.engine.embedded import ensure_gguf
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.models import EMBEDDED, Sampling
from phi4web.prompts import Message
from phi4web.settings import read
engine = GgufEngine(ensure_gguf(read().cache_dir), GgufOptions(EMBEDDED, "Q4_1", 1024))
request = Request((Message("user", "Tell me a long story."),), Sampling(0.0, 1.0, 0), 60, seed=1)
for _ in range(2):
    *_, end = engine.stream(request, threading.Event())
print(end.timings.tokens_per_second)
"""


def speed(policy: str) -> float:
    env = os.environ | ({} if policy == "ours" else {"OMP_WAIT_POLICY": policy})
    out = subprocess.run([sys.executable, "-c", ONE], check=True, capture_output=True, text=True, env=env).stdout
    return round(float(out.splitlines()[-1]), 1)


def main() -> None:
    rows = []
    for busy in (0, 1):
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
        try:
            for policy in ("active", "passive", "ours"):
                rows.append({"busy_processes": busy, "policy": policy, "tokens_per_second": speed(policy)})
                print(rows[-1], file=sys.stderr)
        finally:
            for other in others:
                other.kill()
                other.wait()
    print(json.dumps({"benchmark": "engine_threads", "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "rows": rows}))


if __name__ == "__main__":
    main()
