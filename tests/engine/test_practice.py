"""The practice model that comes with phi4web: it loads in both engines and solves what it is said to know."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

import phi4web
from phi4web.engine.embedded import in_package
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.engine.local import LocalEngine
from phi4web.models import PRACTICE, Sampling
from phi4web.solve import Options, Solved, solve
from phi4web.verify.worker import Checker
from tests.engine.phi import plan_of
from training.evaluate import README
from training.problems import MAKERS, problems

GREEDY = replace(PRACTICE, sampling=Sampling(0.0, 1.0, 0))


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    made = Checker(1)
    yield made
    made.close()


def file(quant: str) -> Path:
    return in_package(PRACTICE.sources_of(quant)[0])


def verified(questions: list[str], engine: GgufEngine | LocalEngine, checker: Checker) -> int:
    last = [list(solve(q, GREEDY, engine, checker, Options(), threading.Event()))[-1] for q in questions]
    return sum(isinstance(s, Solved) and s.tries[0].verdict.status == "verified" for s in last)


def test_both_builds_come_with_the_package_and_are_small() -> None:
    for quant in ("Q8_0", "bf16"):
        assert file(quant).is_relative_to(Path(phi4web.__file__).parent)
        assert file(quant).exists()
    assert file("Q8_0").stat().st_size == PRACTICE.sources_of("Q8_0")[0].bytes
    assert sum(f.stat().st_size for f in file("bf16").iterdir()) < 20_000_000


def test_unseen_problems_of_every_kind_are_mostly_verified_in_one_try(checker: Checker) -> None:
    engine = GgufEngine(file("Q8_0"), GgufOptions(GREEDY, "Q8_0", 1024))
    asked = [p.question for kind in MAKERS for p in islice(problems(77, True, [kind]), 6)]
    assert verified(list(README), engine, checker) == len(README)
    assert verified(asked, engine, checker) >= 0.8 * len(asked)
    engine.close()


def test_the_local_engine_runs_it_too(checker: Checker) -> None:
    engine = LocalEngine(file("bf16"), plan_of("bf16", GREEDY, context=1024))
    assert verified(list(README), engine, checker) == len(README)
    engine.close()
