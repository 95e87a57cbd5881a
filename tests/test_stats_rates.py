"""The interval of a rate, the rule that stops a series, and both together in simulation."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats import (
    StoppingRule,
    is_lost,
    median_estimate,
    rate_interval,
    rate_summary,
    relative_half_width,
)
from bench.stats.location import autocorrelation
from bench.stats.quantiles import student
from simulate_intervals import Noise, oracle_width, simulate, told_apart

RULE = StoppingRule(target_half_width=0.02, max_repetitions=100)
rates_of_a_machine = st.lists(st.floats(1.0, 1e4), min_size=2, max_size=40)


def spread_evenly(n: int, share: float) -> list[float]:
    """Rates around 100, low and high ones in turn, ``share`` of that apart at most."""
    steps = [i for pair in zip(range(n), reversed(range(n)), strict=True) for i in pair][:n]
    return [100 * (1 + share * (step / (n - 1) - 0.5)) for step in steps]


@pytest.mark.parametrize(
    ("degrees", "t"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (6, 2.4469), (30, 2.0423), (5000, 1.96)]
)
def test_students_quantiles_are_the_textbook_ones(degrees: int, t: float) -> None:
    assert student(0.95, degrees) == pytest.approx(t, abs=1e-4)


@pytest.mark.parametrize(
    ("n_quiet", "n", "lost"), [(2, 3, True), (3, 8, False), (2, 2, False), (1, 2, True), (0, 0, False)]
)
def test_a_figure_is_lost_when_disturbance_left_under_three_values(n_quiet: int, n: int, lost: bool) -> None:
    assert is_lost(n_quiet, n) is lost


def test_few_rates_have_students_interval() -> None:
    found = rate_interval([99.0, 100.0, 101.0])
    assert found is not None
    # t(2) · s / √3 = 4.3027 · 0.01 / 1.7321, on logarithms.
    assert (found.high - found.low) / 2 == pytest.approx(100 * 4.3027 * 0.01 / math.sqrt(3), rel=0.01)
    assert rate_interval([100.0]) is None
    assert relative_half_width([]) is None


def test_many_rates_have_an_interval_between_order_statistics_that_spikes_do_not_widen() -> None:
    values = [100.0 + 0.1 * ((7 * i) % 24) for i in range(24)]
    spiked = [60.0 if i in (3, 17) else value for i, value in enumerate(values)]
    plain, robust = relative_half_width(values), relative_half_width(spiked)
    assert plain is not None
    assert robust is not None
    assert robust < 2 * plain < 0.03


def test_correlated_rates_have_a_wider_interval() -> None:
    values = [100.0 + i for i in range(20)]
    shuffled = [values[(7 * i) % 20] for i in range(20)]
    waves = [*values[::2], *values[::-2]]
    smooth, rough = relative_half_width(waves), relative_half_width(shuffled)
    assert smooth is not None
    assert rough is not None
    assert smooth > 1.5 * rough


def test_autocorrelation_sees_order_and_not_size() -> None:
    assert autocorrelation([1, 2, 3, 4, 5, 6, 7, 8]) > 0.8
    assert autocorrelation([1, 8, 2, 7, 3, 6, 4, 500]) < 0
    assert autocorrelation([5.0] * 9) == 0.0


@settings(max_examples=25)
@given(rates_of_a_machine)
def test_the_interval_holds_the_median_and_scales_with_the_unit(rates: list[float]) -> None:
    found, scaled = rate_interval(rates), rate_interval([1000 * rate for rate in rates])
    assert found is not None
    assert scaled is not None
    assert 0 < found.low <= found.value <= found.high
    assert scaled == pytest.approx([1000 * bound for bound in found])


def test_rates_must_be_positive() -> None:
    with pytest.raises(ValueError, match="above 0"):
        rate_interval([1.0, 0.0])
    assert median_estimate([1.0]) is None


def test_rate_summary_is_not_a_mean_of_rates() -> None:
    summary = rate_summary([100, 100], [1.0, 4.0])
    assert (summary.total_rate, summary.median_rate, summary.n) == (40.0, 62.5, 2)
    assert summary.low < 25
    assert summary.high > 100
    alone = rate_summary([100], [2.0])
    assert alone == (50.0, 50.0, 50.0, 50.0, 1, "none")
    assert (summary.method, rate_summary([1] * 8, [1.0] * 8).method) == ("student", "order-statistics")
    with pytest.raises(ValueError, match="above 0 s"):
        rate_summary([1], [0.0])
    with pytest.raises(ValueError, match="2 token counts and 1"):
        rate_summary([1, 2], [1.0])


@pytest.mark.parametrize(
    ("n", "share", "verdict"),
    [
        (3, 0.0, None),
        (4, 0.0, "narrow"),
        (4, 0.01, None),  # ± 0.8 %: narrow, but four may be so by luck
        (6, 0.01, "narrow"),
        (12, 0.005, "narrow"),
        (7, 0.0, None),
        (23, 0.0, None),
        (24, 0.02, "narrow"),
        (24, 0.2, None),
        (100, 1.0, "repetitions"),
    ],
)
def test_the_rule_looks_rarely_and_asks_more_of_few(n: int, share: float, verdict: str | None) -> None:
    assert RULE.verdict(spread_evenly(n, share), n) == verdict


def test_disturbed_repetitions_count_towards_the_bound_alone() -> None:
    assert RULE.verdict([100.0], 100) == "repetitions"
    assert RULE.verdict([100.0] * 4, 5) == "narrow"


# -- simulated: docs/statistics.md has the full table ------------------------------------------------


@pytest.mark.parametrize(
    "noise",
    [Noise(0.005), Noise(0.03), Noise(0.01, has_spikes=True), Noise(0.03, rho=0.3)],
    ids=lambda n: n.name,
)
def test_the_interval_covers_under_the_stopping_rule_and_is_nearly_an_oracles(noise: Noise) -> None:
    found = simulate(noise, 120, seed=2)
    assert found.coverage >= 0.93
    assert found.width <= 1.3
    assert found.drift <= 0.07


def test_drift_is_flagged() -> None:
    assert simulate(Noise(0.01, slope=-0.01), 12).drift >= 0.9


def test_an_oracle_knows_the_correlation() -> None:
    # For independent normal noise the median's standard error is about 1.2533 spread / √n.
    assert oracle_width(Noise(0.01), 49) == pytest.approx(2 * 1.96 * 1.2533 * 0.01 / 7, rel=0.05)
    assert oracle_width(Noise(0.01, rho=0.6), 49) > 1.5 * oracle_width(Noise(0.01), 49)


def test_a_run_against_itself_is_no_difference_and_a_slow_down_is_found() -> None:
    n_false, _ = told_apart(Noise(0.01), 0.0, 60)
    n_true, _ = told_apart(Noise(0.01), -0.05, 20)
    assert n_false <= 0.08 * 60
    assert n_true >= 0.9 * 20
