"""Numbers in words, the same on every tab."""

from __future__ import annotations

import pytest

from phi4web.ui.words import clock, count, duration, model_label, ordinal


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "40 ms"), (0.4, "0.4 s"), (4.2, "4.2 s"), (9.96, "10 s"), (44.4, "44 s"), (59.6, "1 min"), (190, "3 min 10 s")],
)
def test_durations_grow_coarser_with_their_length(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_counts_clocks_and_places() -> None:
    assert count(1, "token") == "1 token"
    assert count(1804, "token") == "1,804 tokens"
    assert clock(98.7) == "1:38"
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 111)] == ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "111th"]


def test_a_model_that_left_the_catalogue_keeps_its_name() -> None:
    assert model_label("gone-model", "nf4") == "gone-model · nf4"
    assert model_label("phi-4-reasoning") == "Phi-4-reasoning 14B"
