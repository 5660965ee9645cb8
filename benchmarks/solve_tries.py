"""How often the small built-in model ends verified with its tries on, and in how many seconds; and whether any was wrong.

usage: python benchmarks/solve_tries.py [seeds]     Seeds are 20 apart, so that no two runs share a try.
Needs the embedded model (`phi4web models --fetch`). The last line of stdout is one JSON object; times in seconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time

from phi4web.engine.host import EngineHost
from phi4web.models import EMBEDDED
from phi4web.settings import read
from phi4web.solve import Options, Solved, solve
from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker

PROBLEMS = (
    ("What is the derivative of x^2?", "2x"),
    ("Solve 2x + 3 = 7.", "x = 2"),
    ("What is 12 + 30?", "42"),
    ("Solve x^2 - 5x + 6 = 0.", "x = 2 or x = 3"),
)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    host, rows, wrong = EngineHost(read()), [], 0
    with Checker() as checker, host.use(EMBEDDED.id, EMBEDDED.default_quant) as engine:
        for problem, reference in PROBLEMS:
            times, tries, verified = [], [], 0
            for n in range(seeds):
                start = time.monotonic()
                *_, last = solve(problem, EMBEDDED, engine, checker, Options(EMBEDDED.tries, seed=1 + 20 * n), threading.Event())
                times.append(time.monotonic() - start)
                assert isinstance(last, Solved)
                assert last.chosen is not None
                shown = last.tries[last.chosen]
                tries.append(len(last.tries))
                if shown.verdict.status == "verified":
                    verified += 1
                    wrong += checker.check(CheckRequest(answer=shown.answer, reference=reference)).grade != "correct"
            rows.append({"problem": problem, "verified": verified, "of": seeds, "tries": tries, "median_seconds": statistics.median(times)})
            print(rows[-1], flush=True)
    host.close()
    print(json.dumps({"rows": rows, "verified_but_wrong": wrong}))


if __name__ == "__main__":
    main()
