"""From metered joules to those at the wall: the rest that a meter does not see, and the supply's loss."""

from decimal import Decimal

import pytest
from economics_cases import AT, CITED, exactly, items, latency, profile, reading, record, scenario, task

from bench.catalog.types import Electricity
from bench.economics.assess import assess
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.device.operating_point import EnergyRates, energy_rates
from bench.economics.device.wall import wall_of
from bench.economics.workload.here import work_here
from bench.economics.workload.usage import Usage
from bench.errors import InputError
from bench.records.types import Latency
from bench.stats import Estimate

GRID = Electricity("DEU", "Germany", Decimal("0.3"), "EUR", "2026", 360.0, CITED, CITED)

# A quarter more than the meter sees, through a supply of 50 %: 36 J · 1.25 ÷ 0.5 = 90 J.
LOSSY = {"unmetered": exactly("0.25"), "psu_efficiency": exactly("0.5")}


def served(covers: str, provenance: str = "measured") -> Latency:
    readings = tuple(
        reading(phase, (joules,) * 3, n, covers=covers, provenance=provenance, meter="a-meter")
        for phase, joules, n in (("prefill", 80.0, 400), ("decode", 64.0, 40))
    )
    return latency().model_copy(update={"energy": readings})


def rates(covers: str, provenance: str = "measured") -> EnergyRates:
    found = energy_rates(served(covers, provenance).energy, "a-meter", "above-idle")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("covers", "provenance", "joules"),
    [
        ("package", "measured", 90),
        ("package+dram", "measured", 90),
        ("gpu", "derived", 90),
        ("soc", "derived", 90),
        ("battery", "derived", 72),
        ("board", "derived", 72),
        ("wall", "derived", 36),
        ("worker-cpu", "modelled", 36),
    ],
)
def test_an_attempt_costs_what_the_wall_gives_for_it(covers: str, provenance: str, joules: int) -> None:
    run = record([task(items(57, 60))], [served(covers, provenance)])
    (one,) = assess(run, [profile()], scenario(**LOSSY), n_draws=100).comparisons
    usd = Decimal(joules) / 10**7  # at 0.36 USD/kWh
    assert one.local_cost_per_attempt_usd == (usd, usd, usd)
    assert one.local_energy_per_attempt_j == (36, 36, 36)  # the record keeps what the meter told


def test_requests_of_a_workload_cost_what_the_wall_gives_for_them() -> None:
    unsure = {
        "unmetered": Constant(Decimal("0.25"), Decimal(0), Decimal(1), "share", "declared", "declared"),
        "psu_efficiency": Constant(Decimal("0.5"), Decimal("0.4"), Decimal("0.8"), "share", "declared", ""),
    }
    run = record([task(items(57, 60))], [served("package")])
    here = work_here(run, [Usage(100, 11)] * 10, scenario(**unsure))
    # 360 J: · 1.25 ÷ 0.5 = 900, at least · 1 ÷ 0.8 = 450, at most · 2 ÷ 0.4 = 1800 J
    assert here.usd == tuple(Decimal(joules) / 10**7 for joules in (900, 450, 1800))


def test_bounds_hold_those_of_all_three() -> None:
    unsure = {"unmetered": Constant(Decimal("0.25"), Decimal(0), Decimal(1), "share", "declared", "")}
    wall = wall_of(rates("package"), scenario(**unsure, psu_efficiency=exactly("0.5")))
    assert wall.band(Estimate(36.0, 30.0, 40.0)) == (90.0, 60.0, 160.0)
    assert wall.joules(Decimal(36)) == 90


def test_electricity_breaks_even_at_the_price_of_what_the_wall_gives() -> None:
    # The API's 0.00012 USD an attempt are 90 J at 0.00012 · 3,600,000 ÷ 90 = 4.8 USD/kWh.
    run = record([task(items(54, 60))], [served("package")])
    known = (Stated(None, exactly("0.9", "share")),)
    terms = scenario(**LOSSY, loss_per_error=exactly("0"), api_accuracy=known)
    (one,) = assess(run, [profile()], terms, n_draws=100).comparisons
    (point,) = [p for p in one.break_evens if (p.figure, p.per) == ("kwh-price", "attempt")]
    assert point.at == Decimal("4.8")


def test_carbon_is_that_of_what_the_wall_gives() -> None:
    run = record([task(items(57, 60))], [served("package")])
    found = assess(run, [profile()], scenario(**LOSSY), grid=GRID, n_draws=100)
    (one,) = found.comparisons
    assert one.carbon is not None
    assert one.carbon.here is not None
    assert one.carbon.here.attempt_g is not None
    assert one.carbon.here.attempt_g[0] == pytest.approx(90 * 360 / 3.6e6)
    assert found.efficiency[0].carbon_g == pytest.approx([90 * 360 / 3.6e6] * 3)


def test_a_load_costs_what_the_wall_gives_for_it() -> None:
    run = record([task(items(57, 60))], [served("package")])

    def usd(**lossy: Constant) -> float:
        """Of a request at 120 % of capacity."""
        found = assess(run, [], scenario(**lossy), n_draws=50, has_load_curves=True)
        return float(found.load_curves[0].points[-1].usd_per_attempt or 0)

    assert usd(**LOSSY) == pytest.approx(usd() * 2.5)


def test_what_is_said_of_it() -> None:
    held = Scenario.read({"unmetered": "25%"}, at=AT)
    assert str(held.unmetered) == "0.25"
    assert wall_of(rates("package"), held).unmetered is held.unmetered
    assert wall_of(rates("wall"), held).unmetered.value == 0
    line = next(one for one in Scenario(at=AT).assumptions() if one.flag == "--unmetered")
    assert line.source.startswith("assumption")
    wide = Scenario.read(
        {"unmetered": "1.5±0.2"}, at=AT
    ).unmetered  # a GPU's meter may miss more than it sees
    assert (wide.low, wide.high) == (Decimal("1.3"), Decimal("1.7"))
    with pytest.raises(InputError):
        Scenario.read({"unmetered": "-0.1"}, at=AT)


def test_a_model_of_power_is_told_at_the_wall_and_never_called_measured() -> None:
    wall = wall_of(rates("worker-cpu", "modelled"), scenario())
    assert {wall.unmetered.kind, wall.psu_efficiency.kind} == {"default"}
    assert {wall_of(rates("wall"), scenario()).unmetered.kind} == {"measured"}
