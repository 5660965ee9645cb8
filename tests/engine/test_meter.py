"""Tokens and times are counted the same for every engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phi4web.engine.meter import Meter
from phi4web.events import Delta, Timings, Usage
from phi4web.reasoning import Splitter


def clock(*seconds: float) -> Iterator[float]:
    yield from seconds


def meter(*seconds: float, thinks: bool = True) -> Meter:
    times = clock(*seconds)
    return Meter(Splitter(thinks=thinks), clock=lambda: next(times))


def test_thought_and_solution_are_told_apart_and_timed() -> None:
    m = meter(10.0, 11.0, 12.0, 13.0, 14.0, 15.0)  # start, four texts, end
    deltas = [d for text in ("<think>", "hm", "</think>", "4") for d in m.raw(text)] + list(m.flush())
    assert [(d.part, d.text) for d in deltas] == [("thought", "hm"), ("solution", "4")]
    assert sum(d.tokens for d in deltas) == 4
    end = m.finished("stop", 7, 5, 3)
    assert end.usage == Usage(7, 2, 3, 3)
    assert end.timings == Timings(seconds=5.0, ttft=1.0, ttfat=4.0, tokens_per_second=pytest.approx(4 / 3))


def test_own_counts_are_marked_as_estimated() -> None:
    m = meter(0.0, 1.0, 2.0)
    list(m.raw("two"))
    assert m.finished("cancelled", 1).usage == Usage(1, 0, 1, estimated=True)


def test_a_thought_that_never_ends_takes_all_the_tokens() -> None:
    m = meter(0.0, 1.0, 2.0, 3.0)
    list(m.raw("<think>"))
    list(m.raw("on and on"))
    assert m.finished("length", 1, 9).usage == Usage(1, 9, 0)


def test_nothing_written_leaves_the_points_unreached() -> None:
    assert meter(0.0, 2.0).finished("cancelled", 3).timings == Timings(2.0, None, None, None)


def test_text_that_the_engine_split_itself_goes_through_unchanged() -> None:
    m = meter(0.0, 1.0, 2.0, 3.0)
    assert list(m.split("thought", "so")) == [Delta("thought", "so", 1)]
    assert list(m.split("solution", "4")) == [Delta("solution", "4", 1)]
    assert m.thought_tokens == 1
