"""Intervals against published or hand-computed values, their properties, and their coverage in simulation."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import stats

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
samples = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=60)


def binomial_coverage(n: int, truth: float, level: float) -> float:
    """Exact probability that Wilson's interval holds the truth."""
    total = 0.0
    for k in range(n + 1):
        low, high = stats.wilson(k, n, level)
        if low <= truth <= high:
            total += math.comb(n, k) * truth**k * (1 - truth) ** (n - k)
    return total


def test_wilson_against_hand_computed_values() -> None:
    # 81 of 263: the worked example of Newcombe (1998), method 3.
    assert stats.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert stats.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert stats.wilson(0, 0) == (0.0, 1.0)


def test_one_sided_bound_is_the_end_of_the_two_sided_interval() -> None:
    # All of n right: the bound is n / (n + z²) with z = 1.6449.
    assert stats.wilson(10, 10, stats.two_sided(0.95))[0] == pytest.approx(10 / 12.7055, abs=1e-4)
    assert stats.wilson(0, 10, stats.two_sided(0.95))[1] == pytest.approx(2.7055 / 12.7055, abs=1e-4)
    with pytest.raises(ValueError, match=r"above 0\.5"):
        stats.two_sided(0.4)


@given(counts)
def test_wilson_holds_the_share_and_lies_in_the_unit_interval(case: tuple[int, int]) -> None:
    successes, n = case
    low, high = stats.wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert low < high
    mirrored = stats.wilson(n - successes, n)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("truth", [0.05, 0.3, 0.5, 0.9])
def test_wilson_covers_on_average_over_sizes(truth: float) -> None:
    coverage = [binomial_coverage(n, truth, 0.95) for n in range(20, 120, 5)]
    assert sum(coverage) / len(coverage) == pytest.approx(0.95, abs=0.015)


def test_newcombe_against_the_published_example() -> None:
    # 56/70 against 48/80: Newcombe (1998b), table II, method 10.
    first = stats.Estimate(56 / 70, *stats.wilson(56, 70))
    second = stats.Estimate(48 / 80, *stats.wilson(48, 80))
    assert stats.independent_difference(first, second) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_paired_difference_against_the_published_example() -> None:
    # Tango (1998): 44 pairs of which one is discordant.
    estimate = stats.paired_difference(0, 1, 44)
    assert estimate.value == pytest.approx(-1 / 44)
    assert estimate == pytest.approx((-0.0227, -0.1184, 0.0598), abs=5e-4)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60))
def test_paired_difference_is_antisymmetric_and_ordered(b: int, c: int, same: int) -> None:
    n = b + c + same
    if n == 0:
        return
    forth, back = stats.paired_difference(b, c, n), stats.paired_difference(c, b, n)
    assert -1 <= forth.low <= forth.value <= forth.high <= 1
    assert forth.low == pytest.approx(-back.high, abs=1e-9)
    # The ends solve the score equation: the interval has width even without discordant items.
    assert forth.high > forth.low


def test_paired_difference_covers() -> None:
    generator = np.random.default_rng(7)
    truth, n, runs = 0.05, 60, 400
    cells = generator.multinomial(n, [0.15, 0.10, 0.75], size=runs)
    estimates = [stats.paired_difference(int(b), int(c), n) for b, c, _ in cells]
    assert sum(e.low <= truth <= e.high for e in estimates) / runs > 0.92


@given(samples)
def test_median_interval_is_made_of_samples_around_the_median(values: list[float]) -> None:
    middle, low, high = stats.median_interval(values)
    assert min(values) <= low <= middle <= high <= max(values)
    assert low in values
    assert high in values


def test_median_interval_ranks_are_the_textbook_ones() -> None:
    # Ranks 2 and 9 of 10 cover 97.9 %, ranks 6 and 15 of 20 cover 95.9 % (exact binomial).
    assert stats.median_interval([float(v) for v in range(1, 11)]) == (5.5, 2.0, 9.0)
    assert stats.median_interval([float(v) for v in range(1, 21)])[1:] == (6.0, 15.0)


def test_few_values_have_their_extremes() -> None:
    assert stats.median_interval([3.0]) == (3.0, 3.0, 3.0)
    assert stats.median_interval([1.0, 5.0, 2.0, 4.0, 3.0]) == (3.0, 1.0, 5.0)


def test_many_values_go_on_where_the_exact_binomial_ends() -> None:
    exact, approximate = (stats.median_interval([float(v) for v in range(1, n + 1)]) for n in (999, 1000))
    assert exact == (500.0, 469.0, 531.0)
    assert approximate == (500.5, 469.0, 532.0)


@given(samples, st.floats(0, 100))
def test_percentile_agrees_with_numpy(values: list[float], percent: float) -> None:
    assert stats.percentile(values, percent) == pytest.approx(float(np.percentile(values, percent)))


def test_percentile_by_hand_and_its_bad_input() -> None:
    assert [stats.percentile([4.0, 1.0, 3.0, 2.0], at) for at in (0, 50, 100)] == [1.0, 2.5, 4.0]
    with pytest.raises(ValueError, match="at least one"):
        stats.percentile([], 50)
    with pytest.raises(ValueError, match="between 0 and 100"):
        stats.percentile([1.0], 101)


def test_items_that_settle_a_paired_question() -> None:
    # 20 % discordant, no difference, 5 points, power 0.8:
    # (1.6449·√0.1975 + 0.8416·√0.2)² / 0.05² = (0.73099 + 0.37638)² / 0.0025 = 490.5
    assert stats.items_to_settle_paired(0.2, 0.0, 0.05) == 491
    assert stats.items_to_settle_paired(0.2, -0.05, 0.05) is None


def test_items_that_settle_a_bar() -> None:
    # 0.9 against 0.8: (1.6449·0.4 + 0.8416·0.3)² / 0.01 = 82.9
    assert stats.items_to_settle(0.9, 0.8) == 83
    assert stats.items_to_settle(0.8, 0.8) is None
    # All right: z²·0.16/0.04 = 10.8; ten right items are one too few for a bar of 0.8.
    assert stats.items_to_settle(1.0, 0.8) == 11
    assert stats.wilson(10, 10, 0.9)[0] < 0.8 < stats.wilson(11, 11, 0.9)[0]


@given(st.floats(0.5, 0.99), st.floats(0.02, 0.3))
def test_a_nearer_bar_takes_more_items(bar: float, gap: float) -> None:
    near = stats.items_to_settle(bar - gap / 2, bar)
    far = stats.items_to_settle(bar - gap, bar)
    assert near is not None
    assert far is not None
    assert near >= far


def test_promised_power_is_kept() -> None:
    n = stats.items_to_settle(0.9, 0.8)
    assert n is not None
    generator = np.random.default_rng(3)
    passed = [stats.wilson(int(k), n, 0.9)[0] > 0.8 for k in generator.binomial(n, 0.9, size=1000)]
    assert sum(passed) / 1000 == pytest.approx(0.8, abs=0.06)


def test_resampling_weights_give_jeffreys_posterior() -> None:
    shapes = np.array([1.0] * 10 + [0.5, 0.5])
    weights = stats.resampling_weights(np.random.default_rng(1).standard_gamma(shapes, (20_000, 12)))
    assert weights.shape == (20_000, 12)
    assert weights.sum(axis=1) == pytest.approx(np.ones(20_000))
    right = weights @ np.array([1.0] * 10 + [1.0, 0.0])
    # Beta(10.5, 0.5): mean 10.5/11, variance ab/((a+b)²(a+b+1)).
    assert right.mean() == pytest.approx(10.5 / 11, abs=0.002)
    assert right.var() == pytest.approx(10.5 * 0.5 / (11**2 * 12), rel=0.05)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.wilson(3, 2),
        lambda: stats.wilson(1, 2, 1.0),
        lambda: stats.paired_difference(2, 2, 3),
        lambda: stats.items_to_settle(1.2, 0.5),
        lambda: stats.items_to_settle_paired(0.1, 0.2, 0.05),
        lambda: stats.median_interval([]),
    ],
)
def test_impossible_counts_are_errors(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\d|value|trials"):
        call()


@pytest.mark.parametrize("discordant", [0.0, 0.05, 0.2, 0.6])
@pytest.mark.parametrize("n", [10, 100, 1000])
def test_the_detectable_difference_takes_as_many_items_as_there_are(discordant: float, n: int) -> None:
    found = stats.detectable_difference(discordant, n)
    assert found is not None
    for factor, is_told in ((1.001, True), (0.98, False)):
        difference = min(1.0, found * factor)
        needed = stats.items_to_settle_paired(max(discordant, difference), difference, 0.0, level=0.975)
        assert needed is not None
        assert (needed <= n) is is_told


def test_three_items_tell_no_difference_at_all() -> None:
    assert stats.detectable_difference(0.0, 3) is None
    with pytest.raises(ValueError, match="discordant"):
        stats.detectable_difference(1.1, 3)
