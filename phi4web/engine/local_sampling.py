"""Draws the next token from a model's scores, each row by its own settings and its own random numbers.

The same seed gives the same text again for a row that runs alone. Beside others in one batch the last bits of its scores may
differ, and so, now and then, may the text.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessorList, MinPLogitsWarper, TemperatureLogitsWarper, TopPLogitsWarper

from phi4web.models import Sampling

# Seeds are 32 bits in every engine, so that one seed can be given to all of them.
_SEEDS = 2**32


class Sampler:
    """`seed` None: another text each time."""

    def __init__(self, sampling: Sampling, seed: int | None) -> None:
        self._sampling = sampling
        self._seed = secrets.randbits(32) if seed is None else seed % _SEEDS
        self._random: Any = None
        self._warp = warpers(sampling)

    def draw(self, scores: Any) -> Any:
        """The id, still on the device, of the token that follows; `scores`: (vocabulary,)."""
        if self._sampling.temperature <= 0:
            return scores.argmax()
        if self._random is None:  # only now is it known where a model spread over several cards has its scores
            self._random = torch.Generator(scores.device).manual_seed(self._seed)
        scores, ids = scores.float(), None
        if 0 < self._sampling.top_k < scores.shape[0]:  # first of all: the rest is then done for a few tokens only
            scores, ids = scores.topk(self._sampling.top_k)
        odds = self._warp(None, scores[None])[0].softmax(-1)
        # What torch.multinomial does inside, without its question to the device whether the odds are numbers.
        picked = (odds / torch.empty_like(odds).exponential_(generator=self._random)).argmax()
        return picked if ids is None else ids[picked]


def warpers(sampling: Sampling) -> Any:
    """Temperature, top_p and min_p as Transformers has them, in its order."""
    steps: list[Any] = [TemperatureLogitsWarper(sampling.temperature)] if sampling.temperature not in (0, 1) else []
    steps += [TopPLogitsWarper(sampling.top_p)] if sampling.top_p < 1 else []
    steps += [MinPLogitsWarper(sampling.min_p)] if sampling.min_p > 0 else []
    return LogitsProcessorList(steps)


def draw(samplers: Sequence[Sampler], scores: Any) -> list[int | None]:
    """One token for each row; None where the scores are no numbers. `scores`: (rows, vocabulary). Waits for the device once."""
    tokens = torch.stack([sampler.draw(row) for sampler, row in zip(samplers, scores, strict=True)])
    good = scores.amax(-1).isfinite()
    return [token if token >= 0 else None for token in torch.where(good, tokens, -1).tolist()]
