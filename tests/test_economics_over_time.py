"""A comparison over the months: the worked example of the manual, ownership, and what is not known."""

from decimal import Decimal
from pathlib import Path

import pytest
from economics_cases import CITED, exactly, items, latency, profile, record, scenario, score, task

from bench.catalog.types import ApiProfile, OpenWeights
from bench.economics.assess import assess
from bench.economics.assumptions.constants import read_constant
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import Ownership
from bench.records.types import AtDecline, Comparison, OverTime, Record
from bench.reports import csv
from bench.reports.tables.horizon import density_table, horizon_table

MANUAL = Path(__file__).parents[1] / "docs" / "time.md"
AS_OFTEN = (Stated(None, read_constant("0.95", "share", "--api-accuracy")),)
LOAN = {
    "device_price": exactly("360"),
    "discount_rate": exactly("0"),
    "tasks_per_month": exactly("200000"),
    "price_decline": exactly("0.75"),
}


def run_of(n_right: int = 57, *, has_energy: bool = True) -> Record:
    timed = None if has_energy else [latency().model_copy(update={"energy": ()})]
    made = record([task(items(n_right, 60))], timed)
    sizes = {"n_params": 1_000_000_000, "size_bytes": 500_000_000}
    return made.model_copy(update={"model": made.model.model_copy(update=sizes)})


def compared(run: Record, api: ApiProfile | None = None, **changes: object) -> Comparison:
    said = {"api_accuracy": AS_OFTEN, **changes}
    (one,) = assess(run, [api or profile()], scenario(**said), n_draws=50).comparisons
    return one


def over(run: Record | None = None, api: ApiProfile | None = None, **changes: object) -> OverTime:
    found = compared(run or run_of(), api, **changes).over_time
    assert found is not None
    return found


def only(found: OverTime) -> AtDecline:
    (case,) = found.cases
    return case


def test_the_worked_example_of_the_manual() -> None:
    falling, still = only(over(**LOAN)), only(over(**LOAN | {"price_decline": exactly("0")}))
    assert falling.device_usd == still.device_usd == Decimal("480.5928")
    assert still.api_usd == 864
    assert (falling.payback_month, falling.overtaken_month) == (None, 19)
    assert (still.payback_month, still.overtaken_month) == (18, None)
    manual = MANUAL.read_text(encoding="utf-8").partition("## A worked example")[2]
    for figure in (
        f"{falling.device_usd:.4f}",
        f"{falling.api_usd:.2f}",
        "give 864",
        "month 18; at these none",
        "m = 19",
    ):
        assert figure in manual


@pytest.mark.parametrize(("decline", "told"), [("0.75", "75%"), ("0.999", "99.9%"), ("0", "0%")])
def test_prices_that_nearly_vanish_are_not_said_to(decline: str, told: str) -> None:
    sentence = compared(run_of(), **LOAN | {"price_decline": exactly(decline)}).sentence
    assert f"API prices falling by {told} a year, the device" in sentence


def test_a_device_already_owned_is_never_paid_back_and_can_be_overtaken() -> None:
    owned = over(price_decline=exactly("0.9"), tasks_per_month=exactly("1000"))
    assert (owned.ownership, owned.price_usd) == ("sunk", 0)
    case = only(owned)
    assert case.payback_month is None
    # 0.00012 · 0.1^((m − 1)/12) < 0.0000036 from (m − 1) > 12 · log10(33.3) = 18.3 on
    assert case.overtaken_month == 20
    assert case.device_usd < Decimal("0.1296") == 36 * 1000 * Decimal("0.0000036"), "discounted"
    assert "Over 36 months" not in compared(run_of()).sentence


def test_a_share_of_the_device_bears_its_share_of_price_and_idle_energy() -> None:
    third = over(ownership=Ownership("shared", Decimal("0.25")), **LOAN)
    assert (third.ownership, third.price_usd) == ("shared:0.25", 90)
    assert only(third).device_usd == 90 + 36 * (Decimal("2.6298") / 4 + Decimal("0.72"))


def test_the_volume_is_at_most_what_the_device_can_do() -> None:
    # 730.5 h of 2 s each
    assert over(**LOAN | {"tasks_per_month": exactly("9000000")}).tasks_per_month == 1_314_900


def test_errors_cost_on_both_sides_and_do_not_become_cheaper() -> None:
    api = profile(scores=[score(0.5, 1000)])
    changes = LOAN | {"loss_per_error": exactly("0.01"), "price_decline": exactly("1"), "api_accuracy": ()}
    case = only(over(run_of(), api, **changes))
    assert case.device_usd == 360 + 36 * (
        Decimal("2.6298") + Decimal("0.72") + 200_000 * Decimal("0.05") / 100
    )
    # billed for the first month alone: 24; half of the answers wrong in each: 36 · 1000
    assert float(case.api_usd) == pytest.approx(24 + 36_000)


def test_a_declared_fee_does_not_fall_with_prices() -> None:
    api = profile(scores=[score(1.0, 1000)])
    fees = {"api_fee": exactly("0.001"), "api_retries": exactly("0.5"), "api_accuracy": ()}
    said = LOAN | fees | {"price_decline": exactly("1")}
    # 200,000 · 0.00012 · 1.5 = 36 for the first month alone; 200,000 · 0.001 · 1.5 = 300 in each of 36
    whole = over(run_of(), api, **said, loss_per_error=exactly("0.01"))
    assert float(only(whole).api_usd) == pytest.approx(36 + 36 * 300)
    half = over(run_of(30), api, **said, delta=exactly("1"))
    assert float(only(half).api_usd) == pytest.approx((36 + 36 * 300) / 2)


def test_fewer_right_answers_here_need_fewer_attempts_there() -> None:
    api = profile(scores=[score(1.0, 1000)])
    half = over(
        run_of(30), api, **LOAN | {"api_accuracy": (), "price_decline": exactly("0"), "delta": exactly("1")}
    )
    assert only(half).api_usd == 432


def test_bounds_of_the_decline_are_followed_each() -> None:
    found = over(**LOAN | {"price_decline": read_constant("0.75±0.25", "share", "--price-decline")})
    assert [case.decline_per_year for case in found.cases] == [Decimal("0.75"), Decimal("0.5"), Decimal(1)]
    said = compared(run_of(), **LOAN).sentence
    assert said.endswith(
        "Over 36 months, API prices falling by 75% a year, the device, if bought at $360, costs $481 in "
        "today's money, its worth in the end deducted, and the API $217: it does not pay for itself, and "
        "from month 19 on the API costs less than running it."
    )


def test_what_errors_cost_is_no_bill_and_is_said_to_be_in_the_sums() -> None:
    # 54 of 60 right here, 95 % there: 200,000 · 0.1 · 0.01 = 200 a month here and 100 there, beside
    # 3.3498 here and at most 24 there: 360 + 36 · 203.3498 = 7,680.59, and 216.54 + 3,600 = 3,816.54
    said = compared(run_of(54), **LOAN, loss_per_error=exactly("0.01")).sentence
    assert said.endswith(
        "API prices falling by 75% a year, with what errors cost on both sides, the device, if bought at "
        "$360, costs $7,680 in today's money, its worth in the end deducted, and the API $3,820: it does not "
        "pay for itself, and from month 1 on the API costs less than running it."
    )
    assert "errors" not in compared(run_of(54), **LOAN).sentence


def test_what_is_not_known_has_no_months() -> None:
    assert compared(run_of(has_energy=False)).over_time is None, "no energy"
    assert compared(run_of(), api_accuracy=()).over_time is None, "no accuracy there"
    assert compared(run_of(0)).over_time is None, "the quality gate fails, and no loss counts its errors"


def test_density_needs_a_size_and_invents_none() -> None:
    assert over().density is None
    stated = over(api_parameters=exactly("16")).density
    assert stated is not None
    assert stated.api_parameters_from == "declared by the user"
    published = profile(weights=OpenWeights("Some 16B", "some", 16.0, CITED))
    found = over(
        None, published, api_parameters=exactly("70"), density_halving=read_constant("4..8", "months", "-")
    )
    law = found.density
    assert law is not None
    assert law.api_parameters == 16, "what is published goes before what is said"
    assert law.months_to_local_size == (24, 16, 32), "four halvings from 16 to 1 billion"
    assert law.held_parameters == 16, "8 GB at half a byte each"
    assert law.months_to_held == (0, 0, 0)
    assert law.parameters_at_horizon == pytest.approx((16 / 2**6, 16 / 2**9, 16 / 2**4.5))
    small = over(api_parameters=exactly("0.5")).density
    assert small is not None
    assert small.months_to_local_size == (0, 0, 0), "they are as skilled already, not since a while"
    nameless = run_of().model_copy(update={"model": run_of().model.model_copy(update={"n_params": None})})
    assert over(nameless, published).density is None


def test_the_tables_tell_the_closest_call() -> None:
    api = profile(weights=OpenWeights("Some 16B", "some", 16.0, CITED))
    run = run_of()
    band = read_constant("0.75±0.25", "share", "--price-decline")
    said = scenario(api_accuracy=AS_OFTEN, **LOAN | {"price_decline": band})
    drawn = run.model_copy(update={"assessment": assess(run, [api], said, n_draws=50)})
    (row,) = horizon_table([drawn]).rows
    assert any("what errors cost is in every figure" in note for note in horizon_table([drawn]).notes)
    assert row[1:5] == ("some-task against some-api", "dedicated", "36", "75.0 % (50.0–100.0)")
    # at 50 %: 24 · (1 − 0.125) ÷ (1 − 0.5^(1/12)) = 374; overtaken after 12 · log2(24 ÷ 3.3498) = 34.1 months
    assert row[5:] == ("~$481", "$217 (24–370)", "none", "19 (2–36)")
    (sizes,) = density_table([drawn]).rows
    assert sizes[3] == "16.0"
    owned = run.model_copy(
        update={"assessment": assess(run, [profile()], scenario(api_accuracy=AS_OFTEN), n_draws=50)}
    )
    assert horizon_table([owned]).rows[0][7] == "–", "nothing was bought"
    assert density_table([owned]).rows == ()


def test_joules_of_a_busy_machine_mark_the_cost_over_the_months() -> None:
    run = run_of()
    told = assess(run, [profile()], scenario(api_accuracy=AS_OFTEN), n_draws=50)
    busy = tuple(one.model_copy(update={"is_disturbed": True}) for one in told.efficiency)
    disturbed = told.model_copy(update={"efficiency": busy})
    for assessment, mark in ((told, "~$"), (disturbed, "!~$")):
        table = horizon_table([run.model_copy(update={"assessment": assessment})])
        assert table.rows[0][5].startswith(mark)
        assert any(note.startswith("!:") for note in table.notes) == (mark == "!~$")


def test_the_csv_has_each_case() -> None:
    said = scenario(api_accuracy=AS_OFTEN, **LOAN)
    run = run_of().model_copy(update={"assessment": assess(run_of(), [profile()], said, n_draws=50)})
    rows = [line for line in csv.render([run]).splitlines() if "_at_decline" in line]
    told = [tuple(row.split(",")[11:13]) for row in rows]
    assert (told[0][0], float(told[0][1])) == ("net_present_device_usd_at_decline", 480.5928)
    assert told[2] == ("overtaken_month_at_decline", "19")
    assert len(told) == 3, "no month of payback is no number"
