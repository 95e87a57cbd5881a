"""What each uncertain figure alone does: as another assessment with that figure at its bound says it."""

from decimal import Decimal

import pytest
from economics_cases import exactly, items, latency, profile, reading, record, scenario, task

from bench.economics.assess import assess
from bench.economics.assumptions.constants import Constant, read_constant
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED
from bench.records.types import Comparison, Latency, Swing
from bench.reports.tables.tornado import tornado_table


def between(value: str, low: str, high: str, unit: str = "") -> Constant:
    return Constant(Decimal(value), Decimal(low), Decimal(high), unit, "declared", "declared by the user")


def accuracy(text: str) -> tuple[Stated, ...]:
    return (Stated(None, read_constant(text, "share", "--api-accuracy")),)


METERED = latency().model_copy(
    update={
        "energy": tuple(
            reading(phase, (joules, joules * 0.9, joules * 1.2), n, provenance="measured", covers="package")
            for phase, joules, n in (("prefill", 80.0, 400), ("decode", 64.0, 40))
        )
    }
)
UNSURE = {
    "ownership": DEDICATED,
    "kwh_price": between("0.36", "0.2", "0.5"),
    "unmetered": between("0.15", "0", "0.4"),
    "psu_efficiency": between("0.85", "0.75", "0.94"),
    "answer_length": between("1", "0.5", "2"),
    "wage": between("20", "10", "30"),
    "labour": between("0.005", "0.001", "0.01"),
    "device_price": between("360", "300", "500"),
    "idle_watts": between("10", "5", "20"),
    "tasks_per_month": between("100000", "50000", "200000"),
    "api_accuracy": accuracy("0.9±0.05"),
}
FIGURES = [name for name in UNSURE if name not in ("ownership", "api_accuracy")]


def concluded(n_right: int = 57, served: Latency = METERED, **changes: object) -> Comparison:
    run = record([task(items(n_right, 60))], [served])
    (one,) = assess(run, [profile()], scenario(**changes), n_draws=50).comparisons
    return one


def swing(one: Comparison, name: str) -> Swing:
    return next(found for found in one.swings if found.name == name)


def test_the_difference_is_that_of_both_costs() -> None:
    one = concluded(**UNSURE)
    assert one.local_usd_per_correct is not None
    assert one.api_usd_per_correct is not None
    expected = one.local_usd_per_correct[0] - one.api_usd_per_correct[0]
    assert one.device_less_api_usd == pytest.approx(expected, rel=Decimal("1e-9"))


@pytest.mark.parametrize("name", FIGURES)
def test_a_constant_at_its_bounds_does_what_another_scenario_does(name: str) -> None:
    held = UNSURE[name]
    assert isinstance(held, Constant)
    shown = "length of the API's answer" if name == "answer_length" else name.replace("_", " ")
    found = swing(concluded(**UNSURE), shown)
    assert found.flag == f"--{name.replace('_', '-')}"
    assert (found.low, found.high) == (held.low, held.high)
    for bound, told in ((held.low, found.usd_at_low), (held.high, found.usd_at_high)):
        other = concluded(**{**UNSURE, name: exactly(str(bound))}).device_less_api_usd
        assert told == pytest.approx(other, rel=Decimal("1e-8"))


def test_measured_figures_worked_by_hand() -> None:
    # 36 J known to ± : 32.4 to 43.2 J. At 0.36 USD/kWh: 0.00000324 to 0.00000432, ÷ 0.95 right here,
    # less 0.00012 ÷ 0.9 = 0.00013333 there.
    one = concluded(api_accuracy=accuracy("0.9"))
    joules = swing(one, "joules of an attempt")
    assert (joules.flag, joules.low, joules.high) == (None, Decimal("32.4"), Decimal("43.2"))
    assert joules.usd_at_low == pytest.approx(
        Decimal("0.00000324") / Decimal("0.95") - Decimal("0.00012") / Decimal("0.9")
    )
    assert joules.usd_at_high == pytest.approx(
        Decimal("0.00000432") / Decimal("0.95") - Decimal("0.00012") / Decimal("0.9")
    )
    here = swing(one, "accuracy here")
    assert one.local_accuracy is not None
    assert float(here.low) == pytest.approx(one.local_accuracy.low)
    assert here.usd_at_low == pytest.approx(
        Decimal("0.0000036") / Decimal(str(one.local_accuracy.low)) - Decimal("0.00012") / Decimal("0.9")
    )


def test_a_bar_leaves_everything_up_to_always_right() -> None:
    # 0.0000036 ÷ 0.95 less 0.00012 ÷ 0.8 or ÷ 1
    one = concluded(need_accuracy=accuracy("0.8"))
    there = swing(one, "accuracy of the API")
    assert (there.flag, there.low, there.high) == ("--need-accuracy", Decimal("0.8"), Decimal(1))
    here = Decimal("0.0000036") / Decimal("0.95")
    assert there.usd_at_low == pytest.approx(here - Decimal("0.00015"))
    assert there.usd_at_high == pytest.approx(here - Decimal("0.00012")) == one.device_less_api_usd


def test_with_a_loss_per_error_the_errors_count() -> None:
    # (0.0000036 + 0.05 L) - (0.00012 + 0.1 L) = -0.0001164 - 0.05 L
    one = concluded(api_accuracy=accuracy("0.9"), loss_per_error=between("0.01", "0", "0.02"))
    found = swing(one, "loss per error")
    assert (found.usd_at_low, found.usd_at_high) == (Decimal("-0.0001164"), Decimal("-0.0011164"))
    assert one.device_less_api_usd == Decimal("-0.0006164")
    assert not found.flips


def test_widest_first_and_what_flips() -> None:
    # 0.0000036 here per attempt at 0.36 USD/kWh: as dear as 0.00012 · 0.95 / 0.9 there at 12.67 USD/kWh.
    one = concluded(api_accuracy=accuracy("0.9"), kwh_price=between("0.36", "0.1", "13"))
    assert [found.name for found in one.swings if found.flips] == ["kwh price"]
    widths = [
        abs(found.usd_at_high - found.usd_at_low)
        for found in one.swings
        if found.usd_at_low and found.usd_at_high
    ]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == len(one.swings) == 3
    assert not swing(
        concluded(api_accuracy=accuracy("0.9"), kwh_price=between("0.36", "0.1", "12")), "kwh price"
    ).flips


def test_probabilities_at_the_ends_of_what_is_drawn() -> None:
    # As dear as there at about 12.67 USD/kWh: between 0.36 and 25 the lowest tenth of the draws lies below,
    # the highest above. The joules are exact, and nothing of a bar is drawn.
    run = record([task(items(570, 600))])
    terms = {"kwh_price": between("12", "0.36", "25"), "answer_length": between("1", "0.99", "1.01")}
    (one,) = assess(
        run, [profile()], scenario(api_accuracy=accuracy("0.9"), **terms), n_draws=500
    ).comparisons
    price = swing(one, "kwh price")
    assert (price.probability_if_low, price.probability_if_high) == (1.0, 0.0)
    length = swing(one, "length of the API's answer")
    assert length.probability_if_low is not None
    assert length.probability_if_high is not None
    assert 0.3 < length.probability_if_low < 0.7
    assert 0.3 < length.probability_if_high < 0.7
    (barred,) = assess(run, [profile()], scenario(need_accuracy=accuracy("0.9")), n_draws=50).comparisons
    assert swing(barred, "accuracy of the API").probability_if_low is None


def test_what_is_never_right_leaves_no_figure() -> None:
    one = concluded(n_right=0, api_accuracy=accuracy("0.9"))
    assert one.device_less_api_usd is None
    assert all(found.usd_at_low is None or found.usd_at_low.is_finite() for found in one.swings)
    doubtful = swing(concluded(api_accuracy=accuracy("0.5±0.5")), "accuracy of the API")
    assert doubtful.usd_at_low is None
    assert doubtful.usd_at_high == pytest.approx(Decimal("0.0000036") / Decimal("0.95") - Decimal("0.00012"))
    assert not doubtful.flips
    assert concluded(api_accuracy=accuracy("0.5±0.5")).swings[0] == doubtful


def test_nothing_is_told_without_money() -> None:
    one = concluded()
    assert (one.device_less_api_usd, one.swings) == (None, ())


def test_what_does_not_matter_is_left_out() -> None:
    owned = {**UNSURE, "ownership": scenario().ownership}
    names = {found.name for found in concluded(**owned).swings}
    assert not {"device price", "tasks per month", "idle watts"} & names


def test_the_table_tells_the_closest_calls() -> None:
    run = record([task(items(57, 60))], [METERED])
    told = assess(run, [profile()], scenario(api_accuracy=accuracy("0.9")), n_draws=50)
    table = tornado_table([run.model_copy(update={"assessment": told})])
    assert [row[3] for row in table.rows] == [found.name for found in told.comparisons[0].swings]
    # 1,000 × (0.0000036 ÷ 0.95 − 0.00012 ÷ 0.9)
    assert {row[2] for row in table.rows} == {"-$0.130"}
