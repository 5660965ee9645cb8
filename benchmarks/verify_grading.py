"""Grading beside math-verify on the same rows in the same run: right, false positives, false negatives, answers a second.

usage: python benchmarks/verify_grading.py ROWS.jsonl [CROSS]
ROWS: lines with `reference` and `solution` (the solution holds the answer in a box), or `reference`, `response` and
`expected` ("correct" or not). CROSS: of the first kind, how many other rows' answers each reference also meets.
Both run in this process, warm, on one core; extraction is part of it. The last line of stdout is one JSON object.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from math_verify import parse, verify

from phi4web.verify.extract import extract
from phi4web.verify.grade import grade_texts

Pair = tuple[str, str, bool]  # reference, response, whether it should be correct
SECONDS = 5


def ours(reference: str, response: str) -> bool | None:
    graded = grade_texts(reference, extract(response).answer).grade
    return None if graded == "could_not_check" else graded == "correct"


def theirs(reference: str, response: str) -> bool | None:
    """Has no word for "could not check": what it can't read is wrong."""
    gold = parse(f"${reference.strip('$')}$", parsing_timeout=SECONDS)
    return bool(verify(gold, parse(response, parsing_timeout=SECONDS), timeout_seconds=SECONDS))


def pairs(path: Path, cross: int) -> list[Pair]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if "expected" in rows[0]:
        return [(r["reference"], r["response"], r["expected"] == "correct") for r in rows]
    dice = random.Random(1)
    own = [(f"${r['reference']}$", r["solution"], True) for r in rows]
    others = [(r, o) for r in rows for o in dice.sample(rows, cross) if o["reference"] != r["reference"]]
    return own + [(f"${r['reference']}$", f"\\boxed{{{o['reference']}}}", False) for r, o in others]


def measure(judge: Callable[[str, str], bool | None], todo: Sequence[Pair]) -> dict[str, float]:
    for reference, response, _ in todo[:50]:
        judge(reference, response)
    tally = {"right": 0, "false_correct": 0, "false_incorrect": 0, "could_not_check": 0}
    times = []
    for reference, response, expected in todo:
        start = time.perf_counter()
        said = judge(reference, response)
        times.append(time.perf_counter() - start)
        kind = "could_not_check" if said is None else "right" if said == expected else "false_correct" if said else "false_incorrect"
        tally[kind] += 1
    times.sort()
    return {
        **tally,
        "pairs": len(todo),
        "answers_per_second": round(len(todo) / sum(times), 1),
        "p50_ms": round(1e3 * times[len(times) // 2], 2),
        "p95_ms": round(1e3 * times[int(len(times) * 0.95)], 2),
    }


def main() -> None:
    logging.disable(logging.ERROR)
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    todo = pairs(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    found = {"phi4web": measure(ours, todo), "math-verify": measure(theirs, todo)}
    for name, row in found.items():
        print(name, row)
    print(json.dumps({"rows": Path(sys.argv[1]).name, **found}))


if __name__ == "__main__":
    main()
