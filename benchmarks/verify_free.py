"""Checks without a reference: how many right answers are verified, how many wrong ones refuted, and how long one check takes.

usage: python benchmarks/verify_free.py ROWS.jsonl
Rows need `problem` and `reference`. Each question meets its reference, another row's, and one with a number changed.
A verified answer that is not the reference is printed, to be read by a person: the change may have left it right.
The last line of stdout is one JSON object; times in milliseconds, at work in a warm worker.
"""

from __future__ import annotations

import collections
import json
import random
import re
import sys
from pathlib import Path

from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker


def changed(answer: str, dice: random.Random) -> str | None:
    """The answer with one number raised by 1 or 2. None: there is no number in it."""
    numbers = list(re.finditer(r"\d+", answer))
    if not numbers:
        return None
    found = dice.choice(numbers)
    return f"{answer[: found.start()]}{int(found[0]) + dice.choice([1, 2])}{answer[found.end() :]}"


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines() if line.strip()]
    dice, todo = random.Random(7), list[tuple[str, CheckRequest]]()
    for number, row in enumerate(rows):
        answers = {
            "own": row["reference"],
            "other": rows[(number * 37 + 11) % len(rows)]["reference"],
            "changed": changed(row["reference"], dice),
        }
        todo += [(kind, CheckRequest(row["problem"], answer)) for kind, answer in answers.items() if answer is not None]
    tally: collections.Counter[str] = collections.Counter()
    with Checker() as checker:
        verdicts = list(checker.check_many(request for _, request in todo))
    for (kind, request), verdict in zip(todo, verdicts, strict=True):
        tally[f"{kind} {verdict.status}"] += 1
        if kind != "own" and verdict.status in ("verified", "consistent"):
            print(kind, verdict.status, request.problem, "->", request.answer, "| read as", verdict.reading)
    times = sorted(verdict.seconds for verdict in verdicts)
    figures = {"p50_ms": round(1e3 * times[len(times) // 2], 1), "p95_ms": round(1e3 * times[int(len(times) * 0.95)], 1)}
    print(json.dumps({"rows": Path(sys.argv[1]).name, "checks": len(todo), **dict(sorted(tally.items())), **figures}))


if __name__ == "__main__":
    main()
