"""The replay of interleaved runs, on made-up series whose truth is known."""

import random
from collections.abc import Iterator

import pytest

import aa_runs
from aa_runs import Repetition, Tally, replay
from bench.measure.interleave import FEWEST_PAIRS, TARGET_HALF_WIDTH


def drifting(draw: random.Random) -> Iterator[Repetition]:
    """Noise of 1 % on a rate that falls by a tenth of a per cent with each repetition; some disturbed."""
    for number in range(2 * aa_runs.MOST_PAIRS):
        is_disturbed = draw.random() < 0.05
        rate = 160 * (1 - 0.001 * number) * draw.gauss(1, 0.01) * (0.4 if is_disturbed else 1)
        yield Repetition(rate, is_disturbed)


def tally_of(slowdown: float, *, budget_s: float = 120.0) -> Tally:
    draw, tally = random.Random(7), Tally()
    for _ in range(60):
        tally.add(*replay(drifting(draw), slowdown, TARGET_HALF_WIDTH, budget_s))
    return tally


def test_without_a_difference_few_runs_see_one() -> None:
    tally = tally_of(0.0)
    assert tally.n_seen <= 6
    assert tally.n_gated == 0
    assert tally.n_settled == tally.n


@pytest.mark.parametrize("slowdown", [0.05, -0.05])
def test_a_twentieth_is_found_in_both_directions(slowdown: float) -> None:
    tally = tally_of(slowdown)
    assert tally.n_seen == tally.n
    assert tally.n_gated == (tally.n if slowdown > 0 else 0)
    assert tally.n_pairs / tally.n < 40


def test_a_budget_ends_a_run_before_it_is_settled() -> None:
    tally = tally_of(0.05, budget_s=3.0)
    assert tally.n_settled < tally.n
    assert tally.n_pairs / tally.n < FEWEST_PAIRS


def test_two_times_of_a_drifting_machine_look_like_a_difference() -> None:
    """Which is why sides that differ little are interleaved."""

    def later(draw: random.Random) -> Iterator[Repetition]:
        return (Repetition(0.95 * one.rate, one.is_disturbed) for one in drifting(draw))

    draw, tally = random.Random(7), Tally()
    for _ in range(20):
        tally.add(*aa_runs.replay_apart(drifting(draw), later(draw), 0.0))
    assert tally.n_seen > 15


def test_a_series_is_read_in_its_order_from_a_random_place_and_around() -> None:
    series = [Repetition(float(number), is_disturbed=False) for number in range(50)]
    rates = [one.rate for one in aa_runs.from_random_place(series, random.Random(1))]
    assert rates[:60] == [(rates[0] + step) % 50 for step in range(60)]
    assert len({next(aa_runs.from_random_place(series, random.Random(n))).rate for n in range(9)}) > 4
