from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi4web import stats


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(24, 30, 63, 90), (40, 50, 67, 89), (80, 100, 71, 87), (400, 500, 76, 83), (10, 12, 55, 95), (9, 12, 47, 91), (7, 12, 32, 81)],
)
def test_wilson_gives_the_percentages_of_the_compare_page(successes: int, trials: int, low: int, high: int) -> None:
    assert tuple(round(100 * end) for end in stats.wilson(successes, trials)) == (low, high)


def test_wilson_knows_nothing_without_trials() -> None:
    assert stats.wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3)])
def test_wilson_refuses_impossible_counts(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} successes of {trials}"):
        stats.wilson(successes, trials)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_holds_the_shares_that_the_score_test_accepts(counts: tuple[int, int], confidence: float) -> None:
    """At either end of the interval the observed share is exactly z standard errors away."""
    successes, trials = counts
    low, high = stats.wilson(successes, trials, confidence)
    assert 0 <= low <= successes / trials <= high <= 1
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    for end in (low, high):
        if 0 < end < 1:
            assert abs(successes / trials - end) == pytest.approx(z * (end * (1 - end) / trials) ** 0.5, abs=1e-9)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [(5, 0, 0.0625), (6, 0, 0.03125), (7, 1, 0.0703125), (8, 3, 0.2265625), (12, 4, 0.076812744140625), (3, 0, 0.25), (0, 0, 1), (4, 4, 1)],
)
def test_mcnemar_is_exact_and_the_same_from_both_sides(only_a: int, only_b: int, p: float) -> None:
    assert stats.mcnemar(only_a, only_b) == stats.mcnemar(only_b, only_a) == p


def test_mcnemar_takes_counts_too_large_for_floats() -> None:
    assert 0 < stats.mcnemar(1000, 1400) < 1e-15
    with pytest.raises(ValueError, match="-1"):
        stats.mcnemar(-1, 2)


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert stats.holm([0.9, 0.8]) == (1.0, 1.0)
    assert stats.holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_is_bonferroni_for_the_smallest(p_values: list[float]) -> None:
    pairs = sorted(zip(p_values, stats.holm(p_values), strict=True))
    assert [adjusted for _, adjusted in pairs] == sorted(adjusted for _, adjusted in pairs)
    assert pairs[0][1] == min(1.0, len(p_values) * pairs[0][0])
    assert all(plain <= adjusted <= 1 for plain, adjusted in pairs)


@pytest.mark.parametrize(("n", "c", "k", "chance"), [(8, 3, 1, 0.375), (8, 3, 4, 0.929), (8, 0, 4, 0), (8, 8, 1, 1), (5, 2, 5, 1)])
def test_pass_at_k_is_the_unbiased_estimate(n: int, c: int, k: int, chance: float) -> None:
    assert round(stats.pass_at_k(n, c, k), 3) == chance


def test_pass_at_k_refuses_more_than_was_sampled() -> None:
    with pytest.raises(ValueError, match="k=9"):
        stats.pass_at_k(8, 3, 9)


def test_middle_and_spread() -> None:
    assert stats.median([3, 1, 2, 10]) == 2.5
    assert stats.mean_sd([2, 4, 6]) == (4, 2)
    assert stats.mean_sd([7]) == (7, None)
    assert stats.quartiles([1, 2, 3, 4]) == (1.75, 2.5, 3.25)
    assert stats.quartiles([5]) == (5, 5, 5)
    with pytest.raises(ValueError, match="no values"):
        stats.mean_sd([])
    with pytest.raises(ValueError, match="no values"):
        stats.quartiles([])
