"""How long the first check takes, how long one takes when warm, and how many easy ones go through in a second.

usage: python benchmarks/verify_worker.py        The last line of stdout is one JSON object; times in seconds.
"""

from __future__ import annotations

import json
import statistics
import time

from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker

PROBLEMS = (
    ("What is {n} + 30?", "{n}"),
    ("What is the derivative of {n}x^2?", "{n}x"),
    ("Solve x^2 - {n}x + 6 = 0", "x = 2 or x = 3"),
    ("Integrate {n}x^2", "x^3 + C"),
)


def requests(rounds: int) -> list[CheckRequest]:
    return [CheckRequest(q.format(n=n), a.format(n=n)) for n in range(2, 2 + rounds) for q, a in PROBLEMS]


def timed(checker: Checker, request: CheckRequest) -> float:
    start = time.perf_counter()
    checker.check(request)
    return time.perf_counter() - start


def main() -> None:
    start = time.perf_counter()
    with Checker() as checker:
        first = timed(checker, CheckRequest("What is 1 + 1?", "2"))
        since_start = time.perf_counter() - start
        single = sorted(timed(checker, r) for r in requests(50))
        many = requests(150)[200:]
        start = time.perf_counter()
        list(checker.check_many(many))
        rate = len(many) / (time.perf_counter() - start)
    print(
        json.dumps(
            {
                "first_check_from_start": round(since_start, 3),
                "first_check": round(first, 3),
                "median": round(statistics.median(single), 5),
                "p95": round(single[int(len(single) * 0.95)], 5),
                "checks_per_second_two_workers": round(rate, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
