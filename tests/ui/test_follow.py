"""The one streaming loop of the page."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from phi4web.runs import Job, Jobs
from phi4web.ui import follow as module
from phi4web.ui.follow import Screen, follow


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(4, 60)
    yield made
    made.close()


def test_changes_are_shown_and_a_picture_that_stays_is_not_sent_again(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    go_on = threading.Event()

    def work(job: Job[int]) -> None:
        go_on.wait(60)
        job.publish(1)
        job.cancel.wait(60)

    job = jobs.submit("one", 0, work)
    pictures = follow(job, str, frame_seconds=0.0)
    assert next(pictures) == "0"
    threading.Timer(0.3, go_on.set).start()  # thirty beats later
    assert next(pictures) == "1"
    threading.Timer(0.3, job.cancel.set).start()
    assert list(pictures) == []


def test_it_is_sent_again_now_and_then_so_that_a_closed_tab_is_noticed(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(module, "SAME_SECONDS", 0.05)

    job = jobs.submit("one", 0, lambda job: job.cancel.wait(60) and None)
    pictures = follow(job, str, frame_seconds=0.0)
    assert [next(pictures) for _ in range(3)] == ["0"] * 3
    job.cancel.set()


def test_what_is_nothing_yet_is_not_shown(jobs: Jobs) -> None:
    assert list(follow(None, str)) == []
    job = jobs.submit("one", 0, lambda job: None)
    assert list(follow(job, lambda value: None)) == []


def test_of_several_streams_on_one_screen_only_the_one_that_began_last_goes_on() -> None:
    screen = Screen()
    one, other = (screen.show(iter([(name, n) for n in range(3)]), ("", 0)) for name in "ab")
    assert next(one) == ("a", 0)
    assert next(other) == ("b", 0)
    assert list(one) == [("", 0)]  # the last word of a stream is said again at its end: it must say nothing
    assert list(other) == [("b", 1), ("b", 2)]


def test_what_is_shown_at_load_comes_too_late_where_the_reader_was_quicker() -> None:
    screen = Screen()
    assert list(screen.show(iter([1, 2]), 0, at_load=True)) == [1, 2]
    run = screen.show(iter([3, 4]), 0)
    assert next(run) == 3
    assert list(screen.show(iter([1, 2]), 0, at_load=True)) == []
    assert list(run) == [4]
