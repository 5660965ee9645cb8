"""How often the built-in model is right in a single try, by the checker's own verdict. Chooses its prompt and temperature.

    .venv/bin/python benchmarks/engine_small_model.py --seeds 12 --temperatures 0.3,0.5,0.7

The last line of stdout is one JSON object: for each temperature and problem, tries verified, and the seconds of a try.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from dataclasses import replace

from phi4web.engine.embedded import ensure_gguf
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.models import EMBEDDED
from phi4web.settings import read
from phi4web.solve import Options, TryDone, solve
from phi4web.verify.worker import Checker

ASKED = ("What is the derivative of x^2?", "Solve 2x + 3 = 7.", "What is 12 + 30?", "Solve x^2 - 5x + 6 = 0.")
# nearby problems, so that a prompt is not chosen for four sentences alone
NEARBY = (
    "What is the derivative of x^3?",
    "Solve 5x - 4 = 11.",
    "What is 27 + 48?",
    "Solve x^2 - 7x + 10 = 0.",
    "What is 6 * 9?",
    "Solve 3x + 2 = 14.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--temperatures", default=str(EMBEDDED.sampling.temperature))
    parser.add_argument("--nearby", action="store_true", help="the nearby problems too")
    args = parser.parse_args()
    engine = GgufEngine(ensure_gguf(read().cache_dir), GgufOptions(EMBEDDED, "Q4_1", 4096))
    rows = []
    with Checker(workers=1) as checker:
        for temperature in map(float, args.temperatures.split(",")):
            model = replace(EMBEDDED, sampling=replace(EMBEDDED.sampling, temperature=temperature))
            for problem in ASKED + (NEARBY if args.nearby else ()):
                rows.append({"temperature": temperature, "problem": problem} | tries(problem, model, engine, checker, args.seeds))
                print(rows[-1], file=sys.stderr)
    engine.close()
    print(json.dumps({"benchmark": "engine_small_model", "seeds": args.seeds, "rows": rows}))


def tries(problem: str, model: object, engine: GgufEngine, checker: Checker, seeds: int) -> dict[str, object]:
    """Single tries with the seeds 1, 2, …"""
    started, statuses = time.monotonic(), []
    for seed in range(1, seeds + 1):
        for update in solve(problem, model, engine, checker, Options(samples=1, seed=seed), threading.Event()):  # type: ignore[arg-type]
            if isinstance(update, TryDone):
                statuses.append(update.result.verdict.status)
    return {"verified": statuses.count("verified"), "of": seeds, "seconds_a_try": round((time.monotonic() - started) / seeds, 2)}


if __name__ == "__main__":
    main()
