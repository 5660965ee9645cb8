"""Intervals and paired tests for comparisons, exact where that is cheap. Only the standard library."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, sqrt
from statistics import NormalDist, mean, median, stdev

__all__ = ["holm", "mcnemar", "mean_sd", "median", "pass_at_k", "quartiles", "wilson"]


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a share, from 0 to 1. No trials: nothing is known, so (0, 1). Raises ValueError."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, width = successes / trials, z * z / trials
    middle = (share + width / 2) / (1 + width)
    half = z / (1 + width) * sqrt(share * (1 - share) / trials + width / (4 * trials))
    # rounding must not cut off a share of exactly 0 or 1
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == trials else middle + half)


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided p that two models are equally good, from the problems that only one of them solved."""
    if only_a < 0 or only_b < 0:
        raise ValueError(f"counts {only_a} and {only_b}")
    n = only_a + only_b
    tail = sum(comb(n, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / (1 << n))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p values adjusted for being several, in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = largest
    return tuple(adjusted)


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Unbiased chance that at least one of `k` samples is right, seen `correct` right of `samples`. Raises ValueError."""
    if not (0 <= correct <= samples and 1 <= k <= samples):
        raise ValueError(f"{correct} correct of {samples} samples, k={k}")
    return 1 - comb(samples - correct, k) / comb(samples, k)


def mean_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation; None for a single value. Raises ValueError for none."""
    if not values:
        raise ValueError("no values")
    return mean(values), stdev(values) if len(values) > 1 else None


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """25th percentile, median and 75th percentile, between neighbours in proportion. Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return at(0.25), at(0.5), at(0.75)
