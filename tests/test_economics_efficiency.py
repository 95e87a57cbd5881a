"""Joules of an attempt and what follows from them: identities, bounds, and what is not known."""

from decimal import Decimal

import pytest
from economics_cases import (
    BUSY,
    CITED,
    QUIET,
    exactly,
    items,
    latency,
    profile,
    reading,
    record,
    request,
    scenario,
    score,
    task,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.types import Cited, Electricity
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Scenario
from bench.records.types import EnergyReading, ItemResult, Latency, TaskEfficiency

GRID = Electricity(
    "DEU", "Germany", Decimal("0.3"), "EUR", "2026", 360.0, CITED, Cited("a made-up mix", "2026", "year 2023")
)
HALF = exactly("0.5")


def metered(*, meter: str = "rapl", covers: str = "package", **changes: object) -> tuple[EnergyReading, ...]:
    """100 J gross for 400 prompt tokens and 80 J for 40 steps, both in 4 s: 45 J in 2 s an attempt.

    Of them 36 J are above idle.
    """
    facts = {"meter": meter, "covers": covers, "provenance": "measured", "window_s": 4.0, **changes}
    return (
        reading("prefill", (80, 80, 80), 400, gross_j=(100, 90, 120), **facts),
        reading("decode", (64, 64, 64), 40, gross_j=(80, 70, 100), **facts),
    )


def served(*readings: EnergyReading) -> Latency:
    return Latency(task="some-task", requests=tuple(request(i) for i in range(3)), energy=readings)


def found(
    *readings: EnergyReading,
    of: tuple[ItemResult, ...] | None = None,
    battery_wh: float | None = None,
    idle: tuple[EnergyReading, ...] = (),
    grid: Electricity | None = None,
    terms: Scenario | None = None,
) -> tuple[TaskEfficiency, ...]:
    run = record([task(items(6, 10) if of is None else of)], [served(*readings)])
    run = run.model_copy(
        update={
            "idle_energy": idle,
            "machine": run.machine.model_copy(update={"battery_wh": battery_wh}),
        }
    )
    return assess(run, [], terms or scenario(), grid=grid, n_draws=500).efficiency


def test_figures_worked_by_hand() -> None:
    (one,) = found(*metered())
    assert one.gross is not None
    assert one.above_idle is not None
    assert (one.meter, one.covers, one.provenance, one.n_parallel) == ("rapl", "package", "measured", 1)
    assert (one.is_chosen, one.basis, one.n_items, one.accuracy) == (True, "gross", 10, 0.6)
    assert one.gross.attempt_j == pytest.approx((45.0, 40.0, 55.0))  # 25 + 20 J, each with its bounds
    assert one.above_idle.attempt_j == pytest.approx((36.0, 36.0, 36.0))
    assert one.seconds_per_attempt == pytest.approx(2.0)
    assert one.gross.attempt_w == pytest.approx((22.5, 20.0, 27.5))
    assert one.gross.output_tokens_per_j == pytest.approx((0.5, 0.4, 4 / 7))  # 40 steps from 80 (70 to 100) J
    assert one.gross.per_correct_j is not None
    assert one.gross.per_correct_j[0] == pytest.approx(75.0)
    assert one.ipj_per_j[0] == pytest.approx(0.6 / 45)
    assert one.ipw_per_w is not None
    assert one.ipw_per_w[0] == pytest.approx(0.6 / 22.5)
    assert (one.carbon_g, one.charge) == (None, None)


def test_watts_are_those_of_the_windows_however_fast_the_requests_were() -> None:
    """20 W throughout, while the requests (1 s to the first token, 1 s after it) took half as long."""
    (one,) = found(
        reading("prefill", (60, 60, 60), 400, gross_j=(80, 80, 80), window_s=4.0, meter="wall-meter"),
        reading("decode", (240, 240, 240), 40, gross_j=(320, 320, 320), window_s=16.0, meter="wall-meter"),
    )
    assert one.gross is not None
    assert one.above_idle is not None
    assert one.gross.attempt_w == pytest.approx((20.0, 20.0, 20.0))
    assert one.above_idle.attempt_w == pytest.approx((15.0, 15.0, 15.0))


@settings(max_examples=25, deadline=None)
@given(
    n_right=st.integers(1, 12),
    lengths=st.lists(st.tuples(st.integers(1, 900), st.integers(2, 300)), min_size=12, max_size=12),
    joules=st.tuples(st.floats(1, 1e4), st.floats(1, 1e4)),
    doubt=st.floats(0, 0.9),
)
def test_identities_hold_for_any_lengths(
    n_right: int, lengths: list[tuple[int, int]], joules: tuple[float, float], doubt: float
) -> None:
    asked = tuple(
        item.model_copy(update={"n_prompt_tokens": n_prompt, "n_output_tokens": n_output})
        for item, (n_prompt, n_output) in zip(items(n_right, 12), lengths, strict=True)
    )
    bands = [(total, total * (1 - doubt), total * (1 + doubt)) for total in joules]
    (one,) = found(reading("prefill", bands[0], 400), reading("decode", bands[1], 40), of=asked)
    told = one.above_idle
    assert told is not None
    assert told.attempt_w is not None
    assert told.per_correct_j is not None
    assert one.ipw_per_w is not None
    mean = sum(n * joules[0] / 400 + (m - 1) * joules[1] / 40 for n, m in lengths) / 12
    assert told.attempt_j[0] == pytest.approx(mean)
    assert told.per_correct_j[0] * one.accuracy == pytest.approx(told.attempt_j[0])
    assert one.ipj_per_j[0] * told.per_correct_j[0] == pytest.approx(1.0)
    assert one.ipw_per_w[0] * told.attempt_w[0] == pytest.approx(one.accuracy)
    for value, low, high in (told.attempt_j, told.attempt_w, told.per_correct_j, one.ipj_per_j):
        assert low <= value <= (value if high is None else high)


def test_a_correct_answer_takes_the_joules_that_its_cost_says() -> None:
    # All constants are exact: dollars are joules x 0.36 USD/kWh / 3.6e6, bounds included.
    run = record([task(items(6, 10))], [latency(spread=0.3)])
    done = assess(run, [profile(scores=[score(0.9)])], scenario(), n_draws=500)
    (one,), (cost,) = done.efficiency, [each.local_usd_per_correct for each in done.comparisons]
    assert one.above_idle is not None
    assert one.above_idle.per_correct_j is not None
    assert cost is not None
    in_usd = [None if part is None else part * 1e-7 for part in one.above_idle.per_correct_j]
    assert in_usd == pytest.approx([None if part is None else float(part) for part in cost], rel=1e-4)


def test_none_right_has_no_joules_per_correct_answer_and_an_ipj_of_0() -> None:
    (one,) = found(*metered(), of=items(0, 10))
    assert one.gross is not None
    assert one.gross.per_correct_j is None
    assert one.ipj_per_j[:2] == (0.0, pytest.approx(0.0, abs=1e-3))
    assert one.ipj_per_j[2] is not None
    assert one.ipj_per_j[2] > 0


def test_every_meter_is_told_and_the_one_of_the_costs_comes_first() -> None:
    # The first meter tells no decoding, so the costs rest on the second.
    partial, whole = metered(meter="hwmon")[:1], metered()
    model = (reading("prefill", (80, 20, 200), 400), reading("decode", (64, 16, 160), 40))
    told = found(*partial, *whole, *model)
    assert [(one.meter, one.is_chosen, one.basis) for one in told] == [
        ("rapl", True, "gross"),
        ("cpu-model", False, "above-idle"),
    ]
    assert told[1].gross is None


def test_joules_of_a_disturbed_window_are_marked() -> None:
    quiet, busy = metered(contention=QUIET), metered(meter="hwmon", contention=BUSY)
    assert [(one.meter, one.is_disturbed) for one in found(*quiet, *busy)] == [
        ("rapl", False),
        ("hwmon", True),
    ]


@pytest.mark.parametrize(
    ("readings", "of"),
    [
        ((), None),
        ((reading("prefill", None, 400),), None),
        ((reading("prefill", (80, 80, 80), 400),), None),  # answers have steps that nobody measured
        (metered(), items(1, 2, n_output_tokens=None)),
        (metered(), ()),
        (metered(n_parallel=8), None),
    ],
)
def test_what_is_not_known_is_left_out(
    readings: tuple[EnergyReading, ...], of: tuple[ItemResult, ...] | None
) -> None:
    assert found(*readings, of=of) == ()


def test_joules_that_may_be_none_leave_the_quotients_without_an_upper_bound() -> None:
    (one,) = found(reading("prefill", (80, 0, 90), 400), reading("decode", (64, 0, 70), 40), battery_wh=10.0)
    assert one.above_idle is not None
    assert one.above_idle.output_tokens_per_j == (pytest.approx(0.625), pytest.approx(40 / 70), None)
    assert one.charge is not None
    assert one.charge.attempts[2] is None


def test_carbon_is_that_of_the_electricity_at_the_wall() -> None:
    (behind,) = found(*metered(), grid=GRID, terms=scenario(psu_efficiency=HALF))
    assert behind.carbon_g == pytest.approx([part * 2 * 1e-4 for part in (45, 40, 55)])  # 360 g / 3.6e6 J
    (at_wall,) = found(*metered(covers="wall"), grid=GRID, terms=scenario(psu_efficiency=HALF))
    assert at_wall.carbon_g == pytest.approx([part * 1e-4 for part in (45, 40, 55)])


def test_the_grid_is_an_assumption_with_its_date_and_an_unknown_one_is_no_zero() -> None:
    run = record([task(items(6, 10))], [served(*metered())])
    told = assess(run, [], scenario(), grid=GRID, n_draws=100)
    stated = next(one for one in told.assumptions if one.flag == "--country")
    assert (stated.value, stated.unit, stated.date) == ("360", "g CO2e/kWh", "2026")
    assert stated.source == "Germany, year 2023: a made-up mix"
    nobody = Electricity("XXX", "Nowhere", Decimal("0.3"), "EUR", "2026", None, CITED)
    unknown = assess(run, [], scenario(), grid=nobody, n_draws=100)
    assert unknown.efficiency[0].carbon_g is None
    assert next(one for one in unknown.assumptions if one.flag == "--country").value == "not known"
    assert not [one for one in assess(run, [], scenario()).assumptions if one.flag == "--country"]


@pytest.mark.parametrize(
    ("covers", "is_at_most", "load_share"),
    [("battery", False, 1.0), ("board", False, 1.0), ("package+dram", True, 1.0), ("wall", False, 0.5)],
)
def test_a_charge_lasts_as_long_as_its_joules(covers: str, is_at_most: bool, load_share: float) -> None:
    idle = reading("idle", None, 0, meter="rapl", window_s=2.0, gross_j=(10, 8, 12), provenance="measured")
    (one,) = found(
        *metered(covers=covers), battery_wh=50.0, idle=(idle,), terms=scenario(psu_efficiency=HALF)
    )
    charge = one.charge
    assert charge is not None
    assert (charge.battery_wh, charge.is_at_most) == (50.0, is_at_most)
    whole = 50.0 / load_share
    assert charge.attempts == pytest.approx([whole * 3600 / j for j in (45, 55, 40)])
    assert charge.busy_h == pytest.approx([whole / w for w in (22.5, 27.5, 20)])
    assert charge.idle_h == pytest.approx([whole / w for w in (5, 6, 4)])


def test_joules_above_idle_alone_say_at_most_and_nothing_of_the_idle_machine() -> None:
    (one,) = found(*latency().energy, battery_wh=50.0)
    assert one.charge is not None
    assert (one.charge.is_at_most, one.charge.idle_h) == (True, None)
