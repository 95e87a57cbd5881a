"""Ratios of rates: by hand, paired against not, and what they could have seen."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats import Effect, detectable_change, paired_enough, rate_ratio

rates = st.lists(st.floats(1.0, 1e4), min_size=2, max_size=12)


def noisy(centre: float, spread: float, n: int, seed: int) -> list[float]:
    generator = random.Random(seed)
    return [centre * math.exp(generator.gauss(0, spread)) for _ in range(n)]


def test_pairs_cancel_what_both_sides_share() -> None:
    slow = [1.0, 0.8, 0.6, 0.9, 0.7]
    a = [100 * share for share in slow]
    b = [95.0 * share * nudge for share, nudge in zip(slow, [1, 1.001, 0.999, 1.001, 0.999], strict=True)]
    paired, independent = rate_ratio(a, b, is_paired=True), rate_ratio(a, b, is_paired=False)
    assert paired.ratio == pytest.approx(0.95, rel=1e-3)
    assert paired.is_told_apart
    assert not independent.is_told_apart
    assert (paired.n, paired.is_paired, independent.is_paired) == (5, True, False)


def test_independent_sides_join_their_intervals() -> None:
    a, b = [99.0, 100.0, 101.0], [199.0, 200.0, 201.0]
    found = rate_ratio(a, b, is_paired=False)
    # Half-widths on logarithms: 4.3027 · 0.01 / √3 and half of that, added in squares.
    half = math.hypot(0.024842, 0.012421)
    assert found.ratio == pytest.approx(2.0)
    assert math.log(found.high / found.low) / 2 == pytest.approx(half, rel=0.01)


@settings(max_examples=25)
@given(rates, rates)
def test_the_other_way_round_is_the_inverse(a: list[float], b: list[float]) -> None:
    forth, back = rate_ratio(a, b, is_paired=False), rate_ratio(b, a, is_paired=False)
    assert forth.ratio == pytest.approx(1 / back.ratio)
    assert forth.low == pytest.approx(1 / back.high)
    assert 0 < forth.low <= forth.ratio <= forth.high


def test_one_value_knows_nothing_of_the_noise() -> None:
    found = rate_ratio([100.0], [50.0], is_paired=True)
    assert (found.low, found.high) == (0.0, math.inf)
    assert not found.is_told_apart
    assert detectable_change([100.0], [50.0], is_paired=True) is None


def test_sides_of_unequal_length_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="zip"):
        rate_ratio([1.0, 2.0], [1.0], is_paired=True)
    with pytest.raises(ValueError, match="above 0"):
        rate_ratio([], [1.0], is_paired=False)


def test_the_detectable_change_is_found_about_as_often_as_promised() -> None:
    told, promised = 0, []
    for seed in range(150):
        a = noisy(100, 0.02, 12, 2 * seed)
        promised.append(detectable_change(a, noisy(100, 0.02, 12, 2 * seed + 1), is_paired=True) or 1.0)
    change = sorted(promised)[75]
    for seed in range(150):
        b = [(1 - change) * rate for rate in noisy(100, 0.02, 12, 2 * seed + 1)]
        told += rate_ratio(noisy(100, 0.02, 12, 2 * seed), b, is_paired=True).is_told_apart
    assert 0.8 <= told / 150 <= 0.98


def test_rounds_end_when_the_ratio_is_narrow() -> None:
    assert paired_enough(Effect(2.0, 1.982, 2.018, 10, True), 0.01)
    assert not paired_enough(Effect(2.0, 1.97, 2.02, 10, True), 0.01)
