"""`phi4web compare`: the table of figures for each configuration, or the whole comparison as JSON."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from phi4web.cli.output import Status, number, print_json, table
from phi4web.compare import Comparison, Row, Share, compare, prepare, to_json
from phi4web.engine.anymodel import config_any
from phi4web.engine.host import EngineHost
from phi4web.errors import Stopped
from phi4web.memory import gib
from phi4web.settings import read
from phi4web.verify.worker import Checker

HEADING = (
    "configuration", "correct", "verified", "v. but wrong", "refuted", "not checked", "s/problem", "s/verified", "tok/s", "first token",
    "first answer", "peak",
)  # fmt: skip


def run(args: argparse.Namespace) -> int:
    settings = read(remote_url=args.remote)
    chosen = [config_any(text, settings.offline) for text in args.config]
    setup = prepare(
        [f"{model.id}:{quant}" for model, quant in chosen],
        args.problems,
        samples=args.samples,
        limit=args.limit,
        seed=args.seed,
        max_new_tokens=args.max_new_tokens,
        out=None if args.out is None else Path(args.out),
        resume=args.resume,
    )
    status, cancel = Status(), threading.Event()
    host = EngineHost(settings)
    last: Comparison | None = None
    try:
        with Checker(workers=1) as checker:
            checker.warm()
            for last in compare(host, checker, setup, cancel, status.say):
                if last.message:
                    status.say(last.message, again=True)
    except KeyboardInterrupt:
        raise Stopped("Stopped.", f"Go on with --out {args.out} --resume." if args.out else "") from None
    finally:
        host.close()
    status.clear()
    assert last is not None, "the last picture always comes"
    print_json(json.loads(to_json(last))) if args.json else print(words(last))
    return 1 if all(row.state == "failed" for row in last.rows) else 0


def words(comparison: Comparison) -> str:
    """The table, then what may be concluded and under which conditions."""
    rows = [HEADING, *(_cells(row) for row in comparison.rows)]
    failures = [f"{row.config}: {row.error}" for row in comparison.rows if row.error]
    pairs = [pair.words for pair in comparison.pairs if pair.only_a or pair.only_b]
    if comparison.pairs and not pairs:
        pairs = ["All of them solved the same problems."]
    return "\n".join(filter(None, [table(rows, range(1, len(HEADING))), *failures, comparison.notice, *pairs, comparison.conditions]))


def _cells(row: Row) -> tuple[str, ...]:
    spread = "" if row.tokens_per_second_sd is None else f" ± {row.tokens_per_second_sd:.1f}"
    return (
        row.config,
        share(row.correct),
        share(row.verified),
        str(row.verified_but_wrong),
        str(row.refuted),
        str(row.could_not_check),
        number(row.seconds_median),
        number(row.seconds_per_verified),
        number(row.tokens_per_second) + spread,
        number(row.ttft, ".2f", " s"),
        number(row.ttfat, ".2f", " s"),
        "–" if row.peak_bytes is None else gib(row.peak_bytes),
    )


def share(part: Share) -> str:
    """ "9/12 [47–91 %]", or a dash where there was nothing to count."""
    return f"{part.k}/{part.n} [{part.low * 100:.0f}–{part.high * 100:.0f} %]" if part.n else "–"
