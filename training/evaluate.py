"""How many unseen problems the practice model solves, verified by phi4web's own checker: `python -m training.evaluate FILE.gguf`.

One try each, the likeliest token always,
unless more tries are asked for. The problems are of the exam's share, which training never sees, and some that were
typed by hand. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.models import PRACTICE, Sampling
from phi4web.solve import Options, Solved, solve
from phi4web.verify.worker import Checker
from training.problems import MAKERS, problems

README = ("Solve x^2 - 5x + 6 = 0", "2x + 3 = 7", "derivative of x^2", "25 + 17")
# In words and forms that the generator does not have, or not so.
BY_HAND = (
    "Please solve 4x - 7 = 13", "solve 2x+6=20", "What's the value of x in 5x + 10 = 35?", "6 = 2y - 4", "Solve for t: 3t - 9 = 0.",
    "what is 12 times 11", "How much is 99 plus 99?", "100 - 37", "7*8", "What is 144 divided by 12?", "81/9", "999 + 1",
    "What is 20 percent of 50?", "Find 12.5% of 80.", "what is 30% of 90", "Solve x^2 = 49", "x^2 + 2x - 15 = 0", "Solve x^2 - 4 = 0.",
    "Solve the equation x^2 + 7x + 12 = 0.", "solve 2x^2 - 8 = 0", "Factor x^2 + 5x + 6", "Factor x^2 - 16.", "factor 3x^2 - 12x",
    "Find the derivative of 3x^2 + 2x - 5.", "differentiate x^4 - x", "What is d/dx of x^3?", "Find \\frac{d}{dx}(2x^5)", "Integrate 2x",
    "integrate x^2 + 1", "\\int x^3 dx", "What is the antiderivative of 4x^3?", "Simplify 25 + 38", "Solve 3(x + 2) = 21", "x/2 + 3 = 7",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--each", type=int, default=40, help="problems of each kind")
    parser.add_argument("--show", action="store_true", help="print what was not verified")
    parser.add_argument("--tries", type=int, default=1, help="more than one: sampled as phi4web does, until one is verified")
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_args()
    asked = [(kind, p.question, p.answer) for kind in MAKERS for p in islice(problems(args.seed, True, [kind]), args.each)]
    asked += [("README", text, "") for text in README] + [("by hand", text, "") for text in BY_HAND]
    model = PRACTICE if args.tries > 1 else replace(PRACTICE, sampling=Sampling(0.0, 1.0, 0))
    engine, checker = GgufEngine(args.file, GgufOptions(model, "Q8_0", 1024)), Checker(1)
    told, tokens, started = Counter[tuple[str, str]](), 0, time.monotonic()
    for kind, question, answer in asked:
        *_, last = solve(question, model, engine, checker, Options(samples=args.tries), threading.Event())
        assert isinstance(last, Solved)
        one = last.tries[last.chosen or 0]
        tokens += sum(t.usage.new_tokens for t in last.tries if t.usage)
        told[kind, one.verdict.status] += 1
        if args.show and one.verdict.status != "verified":
            print(f"{kind}: {question!r} -> {one.answer!r} ({answer!r}) {one.verdict.status} {one.verdict.reason} | {one.thought!r}")
    engine.close()
    checker.close()
    kinds = {kind: f"{told[kind, 'verified']}/{sum(n for (k, _), n in told.items() if k == kind)}" for kind, _, _ in asked}
    unseen = sum(n for (k, status), n in told.items() if k in MAKERS and status == "verified")
    result = {"verified_share": round(unseen / (args.each * len(MAKERS)), 4), "unseen": args.each * len(MAKERS), "kinds": kinds,
              "refuted": sum(n for (k, s), n in told.items() if k in MAKERS and s == "refuted"), "file": args.file.name,
              "tokens_each": round(tokens / len(asked), 1), "seconds": round(time.monotonic() - started, 1), "seed": args.seed,
              "tries": args.tries}  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
