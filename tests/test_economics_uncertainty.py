"""Draws: what they must average to, the luck they share, and the coverage of what is made of them."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from bench.economics.verdict.costs import Costed, per_correct
from bench.economics.verdict.uncertainty import ItemDraws, Randomness, bounds, tenths_of
from bench.stats import Estimate, wilson


def test_triangular_draws_have_the_mean_and_bounds_of_a_triangle() -> None:
    drawn = np.asarray(Randomness(0).band("x", Estimate(2.0, 1.0, 6.0)))
    assert drawn.mean() == pytest.approx((1 + 2 + 6) / 3, abs=0.01)
    assert drawn.min() >= 1
    assert drawn.max() <= 6
    assert (drawn < 2).mean() == pytest.approx(1 / 5, abs=0.005)
    assert Randomness(0).band("x", Estimate(2.0, 2.0, 2.0)) == 2.0


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_a_band_moved_up_is_higher_in_every_draw(low: float, width: float, shift: float) -> None:
    luck = Randomness(3, n_draws=500)
    base = Estimate(low + width / 2, low, low + width + 0.01)
    moved = Estimate(*(part + shift for part in base))
    assert (np.asarray(luck.band("x", moved)) >= np.asarray(luck.band("x", base)) - 1e-12).all()


def test_the_ends_of_what_was_drawn_are_found_once() -> None:
    tenths = tenths_of(np.array([3.0, 9.0, 1.0, 4.0, 5.0, 2.0, 6.0, 7.0, 8.0, 0.0]))
    assert tenths is not None
    assert [places.tolist() for places in tenths] == [[2, 9], [1, 8]]
    assert tenths_of(np.array([1.0] * 9 + [2.0])) is None
    luck = Randomness(0, 100)
    assert luck.tenths("x") is Randomness(0, 100).tenths("x")


def test_a_proportion_is_drawn_with_wilsons_quantiles() -> None:
    drawn = Randomness(0).proportion("x", 0.93, 1319)
    assert bounds(drawn) == pytest.approx(wilson(1227, 1319), abs=2e-3)
    assert Randomness(0).proportion("x", 1.0, 10).min() > 0


def test_names_have_their_own_luck_and_seeds_too() -> None:
    same, other = Randomness(1).band("x", Estimate(0.5, 0, 1)), Randomness(1).band("x", Estimate(0.5, 0, 1))
    assert np.array_equal(same, other)
    assert not np.array_equal(same, Randomness(2).band("x", Estimate(0.5, 0, 1)))
    assert not np.array_equal(same, Randomness(1).band("y", Estimate(0.5, 0, 1)))


def test_items_are_resampled_jointly() -> None:
    draws = ItemDraws(Randomness(0), "t", ((True,) * 8 + (False,) * 2,))
    right = draws.accuracy(0)
    # Beta(8.5, 2.5)
    assert right.mean() == pytest.approx(8.5 / 11, abs=0.005)
    assert right.std() == pytest.approx((8.5 * 2.5 / (11**2 * 12)) ** 0.5, rel=0.05)
    # A figure of 1 for each right item moves with the accuracy.
    (figure,) = draws.means([1.0] * 8 + [0.0] * 2)
    assert np.corrcoef(figure, right)[0, 1] > 0.9
    assert ItemDraws(Randomness(0), "t", ((True,) * 5,)).accuracy(0).std() > 0.05


def test_what_hangs_together_is_drawn_together() -> None:
    right = (True,) * 50 + (False,) * 50
    alone = ItemDraws(Randomness(0, 20_000), "t", (right,))
    names = tuple(number // 5 for number in range(100))  # five attempts an item, all alike
    shared = ItemDraws(Randomness(0, 20_000), "t", (right,), names)
    assert shared.accuracy(0).std() == pytest.approx(alone.accuracy(0).std() * (101 / 21) ** 0.5, rel=0.1)
    assert shared.accuracy(0).mean() == pytest.approx(0.5, abs=0.01)
    # A figure that is the same for each attempt stays exactly so, whatever the sizes of the groups.
    uneven = ItemDraws(Randomness(0, 100), "t", (right,), (*range(40), *["one text"] * 60))
    (figure,) = uneven.means([3.0] * 100)
    assert figure == pytest.approx(np.full(100, 3.0))
    (mean,) = uneven.means([0.0] * 40 + [1.0] * 60)
    assert mean.std() > 0.1


def test_pairs_keep_their_correlation() -> None:
    same = tuple(i < 15 for i in range(20))
    draws = ItemDraws(Randomness(0), "t", (same, same))
    assert np.corrcoef(draws.accuracy(0), draws.accuracy(1))[0, 1] > 0.8
    flipped = ItemDraws(Randomness(0), "t", (same, tuple(not one for one in same)))
    assert np.corrcoef(flipped.accuracy(0), flipped.accuracy(1))[0, 1] < -0.8


def test_spend_per_correct_answer_covers_the_truth() -> None:
    """Items of two lengths, the long ones more often wrong: cost and correctness hang together."""
    generator = np.random.default_rng(11)
    n, runs, held = 60, 300, 0
    truth = (0.5 * 1.0 + 0.5 * 3.0) / (0.5 * 0.9 + 0.5 * 0.5)
    for run in range(runs):
        long = generator.random(n) < 0.5
        right = generator.random(n) < np.where(long, 0.5, 0.9)
        cost = np.where(long, 3.0, 1.0)
        draws = ItemDraws(Randomness(run, n_draws=1000), "t", (tuple(bool(one) for one in right),))
        (mean,) = draws.means([float(one) for one in cost])
        low, high = bounds(mean / draws.accuracy(0))
        held += low <= truth <= high
    assert held / runs >= 0.93 - 2 * (0.95 * 0.05 / runs) ** 0.5  # two standard errors of the simulation


def test_nothing_right_is_unbounded_and_little_right_is_not_infinite() -> None:
    luck = Randomness(0, n_draws=10_000)
    cost = Costed(Decimal("0.001"), np.full(10_000, 0.001))
    none = ItemDraws(luck, "t", ((False,) * 10,))
    assert per_correct(cost, Decimal(0), none.accuracy(0)) is None
    one = ItemDraws(luck, "t", ((True,) + (False,) * 9,))
    band = per_correct(cost, Decimal("0.1"), one.accuracy(0))
    assert band is not None
    value, low, high = band
    assert value == Decimal("0.01")
    assert high is not None
    assert 0 < low < value < high
    # An accuracy that may be 0 leaves the cost of a correct answer without an upper bound.
    doubtful = np.where(np.arange(10_000) % 10 == 0, 0.0, 0.5)
    assert per_correct(cost, Decimal("0.5"), doubtful) == (Decimal("0.002"), Decimal("0.002"), None)


@pytest.mark.parametrize("n", [2, 3, 12])
def test_the_mean_of_few_figures_is_as_uncertain_as_students_t_says(n: int) -> None:
    figures = [float((7 * i) % 5 + 100) for i in range(n)]
    items = ItemDraws(Randomness(0, 50_000), "t", ((True,) * n,))
    (drawn,) = items.means(figures)
    spread = np.std(figures, ddof=1) / math.sqrt(n) * special.stdtrit(n - 1, 0.975) / special.ndtri(0.975)
    assert np.std(drawn) == pytest.approx(spread, rel=0.02)
    assert np.mean(drawn) == pytest.approx(np.mean(figures), abs=0.05 * spread)


def test_a_mean_of_costs_is_never_drawn_below_nothing() -> None:
    items = ItemDraws(Randomness(0, 5_000), "t", ((True, False),))
    (drawn,) = items.means([1.0, 9.0])
    assert drawn.min() == 0
