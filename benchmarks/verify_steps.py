"""Steps of human solutions: how many can be checked, how many right ones are called wrong, and how many injected errors are caught.

usage: python benchmarks/verify_steps.py ROWS.jsonl [--limit N] [--injections N] [--seed N] [--show]
Rows need `problem` and `solution`. An injection changes one number inside a step that was checked (any mark but ?); it is caught
when that step, or one that overlaps it, gets ✗, and noticed when the marks there change at all. Every false ✗ and its witness is
printed with --show, to be read by a person: some are slips of the human. The last line of stdout is one JSON object; seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from phi4web.verify.steps import Marked, Step, steps_of
from phi4web.verify.worker import pipeline

NUMBER = re.compile(r"(?<![\d.,\\A-Za-z_])\d{1,6}(?![\d]*[.,]?\d)")


def changed(text: str, step: Step, rng: random.Random) -> tuple[str, int] | None:
    """The solution with one number of the step changed, and where. None: there is no number in it."""
    spots = list(NUMBER.finditer(text, step.start, step.end))
    if not spots:
        return None
    spot = rng.choice(spots)
    value = int(spot.group())
    other = rng.choice([v for v in (value + 1, value + 2, value - 1, value * 10, value + 10) if v > 0 and v != value])
    return text[: spot.start()] + str(other) + text[spot.end() :], spot.start()


def near(marked: Marked, at: int) -> list[Step]:
    return [s for s in marked.steps if s.start - 1 <= at <= s.end + 1]


def inject(rows: list[dict[str, Any]], clean: list[Marked], most: int, rng: random.Random) -> Counter[str]:
    """Marks after one changed number, for at most `most` checked steps chosen at random."""
    todo = [(i, s) for i, marked in enumerate(clean) for s in marked.steps if s.mark != "?"]
    tally: Counter[str] = Counter()
    for i, step in rng.sample(todo, min(most, len(todo))):
        made = changed(rows[i]["solution"], step, rng)
        if made is None:
            tally["no_number"] += 1
            continue
        text, at = made
        marked = steps_of(text, rows[i]["problem"])
        after = [s.mark for s in near(marked, at)]
        before = [s.mark for s in near(clean[i], at)]
        wrong = sum(s.mark == "✗" for s in marked.steps) > sum(s.mark == "✗" for s in clean[i].steps)
        tally["injected"] += 1
        tally["caught"] += wrong
        tally["noticed"] += wrong or after != before
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--injections", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print every ✗ and a count of the reasons for ?")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.file.read_text().splitlines()][: args.limit]
    pipeline.warm_up()
    clean, seconds = [], []
    for row in rows:
        start = time.perf_counter()
        clean.append(steps_of(row["solution"], row["problem"]))
        seconds.append(time.perf_counter() - start)
    marks = Counter(s.mark for m in clean for s in m.steps)
    if args.show:
        show(rows, clean)
    tally = inject(rows, clean, args.injections, random.Random(args.seed))
    total = sum(marks.values())
    checked = total - marks["?"]
    print(
        json.dumps(
            {
                "solutions": len(rows),
                "steps": total,
                "checked": checked,
                "coverage": round(checked / max(1, total), 3),
                "solutions_with_a_checked_step": sum(m.checked > 0 for m in clean),
                "marks": dict(marks),
                "wrong_marks": marks["✗"],
                "wrong_marks_per_500_steps": round(500 * marks["✗"] / max(1, total), 2),
                "injected": tally["injected"],
                "caught": tally["caught"],
                "caught_share": round(tally["caught"] / max(1, tally["injected"]), 3),
                "noticed_share": round(tally["noticed"] / max(1, tally["injected"]), 3),
                "median": round(statistics.median(seconds), 4),
                "p95": round(sorted(seconds)[int(len(seconds) * 0.95)], 4),
                "slowest": round(max(seconds), 3),
            },
            ensure_ascii=False,
        )
    )


def show(rows: list[dict[str, Any]], clean: list[Marked]) -> None:
    reasons = Counter(s.words for m in clean for s in m.steps if s.mark == "?")
    for words, count in reasons.most_common(25):
        print(f"{count:5} ? {words}")
    for row, marked in zip(rows, clean, strict=True):
        for step in marked.steps:
            if step.mark == "✗":
                print(f"✗ {row.get('id')}: {step.latex} | {step.witness} | {row['solution'][max(0, step.start - 80) : step.end + 40]!r}")


if __name__ == "__main__":
    main()
