"""Drawing the next token: by the settings of each row, with its own random numbers."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from transformers import LogitsProcessorList, TopKLogitsWarper

from phi4web.engine.local_sampling import Sampler, draw, warpers
from phi4web.models import Sampling

SCORES = torch.tensor([2.0, 1.5, 1.0, 0.5, 0.0, -1.0, -3.0, float("-inf")])


def counts(sampling: Sampling, draws: int = 4000) -> Counter[int]:
    sampler = Sampler(sampling, seed=1)
    return Counter(int(sampler.draw(SCORES)) for _ in range(draws))


def test_no_temperature_takes_the_likeliest() -> None:
    assert counts(Sampling(0.0, 0.5, 3), 5) == {0: 5}


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(1.0, 1.0, 0),
        Sampling(0.6, 1.0, 0),
        Sampling(1.0, 1.0, 3),
        Sampling(0.8, 0.8, 0),
        Sampling(0.8, 0.9, 5),
        Sampling(1.5, 1.0, 0, 0.2),
        Sampling(0.9, 0.9, 6, 0.1),
        Sampling(1.0, 1.0, 50),
    ],
)
def test_tokens_come_as_often_as_the_library_says(sampling: Sampling) -> None:
    """Its order is temperature, top_k, top_p, min_p; ours cuts by top_k first, which must come to the same."""
    chain = list(warpers(sampling))
    if sampling.top_k:
        chain.insert(int(sampling.temperature != 1), TopKLogitsWarper(sampling.top_k))
    odds = LogitsProcessorList(chain)(None, SCORES[None].clone())[0].softmax(-1)
    found = counts(sampling)
    for token, share in enumerate(odds.tolist()):
        assert found[token] / 4000 == pytest.approx(share, abs=0.03)
        assert (found[token] > 0) == (share > 0)


def test_a_seed_gives_the_same_tokens_and_another_seed_others() -> None:
    def tokens(seed: int | None) -> list[int]:
        sampler = Sampler(Sampling(1.0, 1.0, 0), seed)
        return [int(sampler.draw(SCORES)) for _ in range(40)]

    assert tokens(5) == tokens(5) == tokens(5 + 2**32) != tokens(6)
    assert tokens(None) != tokens(None)


def test_each_row_draws_by_its_own_settings_and_rows_that_are_no_numbers_say_so() -> None:
    scores = torch.stack([SCORES, SCORES.flip(0), torch.full((8,), float("nan")), torch.tensor([0.0, float("inf"), *[0.0] * 6])])
    warm = Sampling(1.0, 0.9, 4)
    rows = [Sampler(Sampling(0.0, 1.0, 0), 1), Sampler(Sampling(0.0, 1.0, 0), 1), Sampler(warm, 1), Sampler(Sampling(0.0, 1.0, 0), 1)]
    assert draw(rows, scores) == [0, 7, None, None]


def test_a_neighbour_does_not_change_what_a_row_draws() -> None:
    warm = Sampling(1.0, 1.0, 0)
    alone = [draw([one], SCORES[None])[0] for one in [Sampler(warm, 3)] for _ in range(20)]
    pair = [Sampler(warm, 9), Sampler(warm, 3)]
    assert [draw(pair, torch.stack([SCORES, SCORES]))[1] for _ in range(20)] == alone
