"""The user's words become constants, with their origin; what is contradictory or unknown is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from economics_cases import AT, exactly

from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.moment import read_moment
from bench.economics.assumptions.scenario import Scenario, Words
from bench.economics.device.device_cost import DEDICATED
from bench.errors import InputError


def test_defaults_are_sourced_and_dated_where_they_are_facts() -> None:
    listed = Scenario(at=AT).assumptions()
    assert listed[0].name == "ownership"
    assert {one.flag for one in listed} <= {f"--{flag.name}" for flag in FLAGS.values()} | {
        "--ownership",
        "--tax-basis",
    }
    assert all(one.kind == "default" and one.source for one in listed)
    price = next(one for one in listed if one.flag == "--kwh-price")
    assert (price.value, price.unit, price.date) == ("0.182 (0.1412 to 0.4351)", "USD/kWh", "2026-10")
    for one in listed:
        assert one.date or one.source.startswith(("assumption:", "convention:", "bases mixed:"))


def test_words_become_declared_constants() -> None:
    read = Scenario.read(
        {"kwh-price": "0.25..0.35", "ownership": "dedicated", "device-price": "$599", "at": "2025-06-01"}
    )
    assert (read.kwh_price.low, read.kwh_price.high, read.kwh_price.kind) == (
        Decimal("0.25"),
        Decimal("0.35"),
        "declared",
    )
    assert read.ownership == DEDICATED
    assert read.device_price is not None
    assert read.device_price.value == 599
    assert read.at == datetime(2025, 6, 1, 12, tzinfo=UTC)
    kinds = {one.flag: one.kind for one in read.assumptions()}
    assert (kinds["--kwh-price"], kinds["--ownership"], kinds["--lifetime"]) == (
        "declared",
        "declared",
        "default",
    )


def test_accuracy_is_declared_for_a_task_its_family_or_all() -> None:
    read = Scenario.read({"need-accuracy": ["0.8", "gsm8k=0.5", "extract-json:hard=30%"]}, at=AT)

    def needed(task: str) -> Decimal:
        found = read.needed_accuracy(task)
        assert found is not None
        return found.value

    assert needed("gsm8k") == Decimal("0.5")
    assert needed("extract-json:hard") == Decimal("0.3")
    assert needed("extract-json:easy") == Decimal("0.8")
    family = Scenario.read({"api-accuracy": "extract-json=0.92±0.02"}, at=AT)
    assert family.declared_api_accuracy("gsm8k") is None
    easy = family.declared_api_accuracy("extract-json:easy")
    assert easy is not None
    assert str(easy) == "0.92 (0.9 to 0.94)"
    assert easy.source == "declared by the user; a transcript or a published score goes before it"
    assert "need accuracy of gsm8k" in {one.name for one in read.assumptions()}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"kwh-prize": "1"}, "unknown option --kwh-prize; did you mean 'kwh-price'"),
        ({"need-accuracy": "0.8", "api-accuracy": "0.9"}, "both given for every task"),
        ({"need-accuracy": "x=0.8", "api-accuracy": "x=0.9"}, "both given for the task x"),
        ({"need-accuracy": "=0.8"}, "names no task"),
        ({"need-accuracy": "80"}, "out of range"),
        ({"ownership": "dedicated"}, "price of a device that is dedicated is missing"),
        ({"ownership": "shared:0.3"}, "price of a device that is shared:0.3 is missing"),
        ({"at": "yesterday"}, "is not a date"),
        ({"kwh-price": "0.3 EUR"}, "no exchange rate for EUR"),
        ({"tasks-per-month": "0"}, "out of range"),
        ({"lifetime": "0"}, "out of range"),
        ({"lifetime": "12.5"}, "--lifetime: 12.5 months are no whole number"),
        ({"lifetime": "0.7 years"}, "--lifetime: 8.4 months are no whole number"),
        ({"horizon": "1.5"}, "--horizon: 1.5 months are no whole number"),
        ({"psu-efficiency": "0"}, "out of range"),
        ({"hours-per-month": "800"}, "out of range"),
        ({"kwh-price": "1e9"}, "out of range"),
        ({"kwh-price": "0.2..1001"}, "out of range"),
    ],
)
def test_contradictions_and_slips_are_refused(words: Words, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        Scenario.read(words, at=AT)


def test_years_may_be_broken_where_their_months_are_whole() -> None:
    said = Scenario.read({"lifetime": "2.5 years", "horizon": "1.5 years"}, at=AT)
    assert (said.purchase().lifetime_months, said.horizon_months) == (30, 18)


@pytest.mark.parametrize(
    "flag",
    [
        "lifetime",
        "hours-per-month",
        "discount-rate",
        "resale",
        "maintenance",
        "delta",
        "setting-band",
    ],
)
def test_a_range_that_would_not_be_drawn_is_refused(flag: str) -> None:
    low, high = ("1", "2") if flag in ("lifetime", "hours-per-month") else ("0.1", "0.2")
    Scenario.read({flag: low}, at=AT)
    with pytest.raises(InputError, match="is a range") as caught:
        Scenario.read({flag: f"{low}..{high}"}, at=AT)
    assert caught.value.where == f"--{flag}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T00:00", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21t00:00", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21_00:00", datetime(2026, 11, 21, tzinfo=UTC)),
        ("20261121", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T01:00+01:00", datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    assert read_moment(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "09:30",
        "0001-01-01T00:00+23:59",
        "1970-06-01",
        "9999-01-01",
        "9998-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a date") as caught:
        read_moment(text)
    assert caught.value.where == "--at"


def test_unknown_device_price_is_not_0_but_idle_is_charged_when_bought() -> None:
    owned = Scenario(at=AT)
    assert owned.device_price is None
    assert owned.fixed_per_month() == 0
    bought = Scenario(at=AT, ownership=DEDICATED, device_price=exactly("0"))
    # 4.1 W · 730.5 h · 0.182 USD/kWh
    assert bought.fixed_per_month() == Decimal("4.1") * Decimal("730.5") / 1000 * Decimal("0.182")


def test_a_price_that_changes_nothing_is_said_to_beside_the_ownership_that_makes_it_so() -> None:
    def why(**changes: object) -> str:
        held, *_ = replace(Scenario(at=AT, device_price=exactly("400")), **changes).assumptions()
        return held.source

    assert "its price enters no cost and no verdict" in why()
    assert "price" not in why(ownership=DEDICATED)
    assert "price" not in why(device_price=None)


def test_tasks_may_run_in_fewer_hours_than_it_is_on_and_not_in_more() -> None:
    always = Scenario(at=AT)
    assert always.working_hours == always.hours_per_month.value == Decimal("730.5")
    assert "--allowed-hours" not in {one.flag for one in always.assumptions()}
    held = Scenario.read({"hours-per-month": "300", "allowed-hours": "170"}, at=AT)
    assert held.working_hours == 170
    assert held.purchase().powered_hours_per_month == 300
    assert "--allowed-hours" in {one.flag for one in held.assumptions()}
    with pytest.raises(InputError, match=r"run in 301 hours a month, and the device is on in 300"):
        Scenario.read({"hours-per-month": "300", "allowed-hours": "301"}, at=AT)


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Scenario(at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_manual_lists_every_flag_with_its_default() -> None:
    manual = (Path(__file__).parents[1] / "docs" / "verdict.md").read_text(encoding="utf-8")
    rows = manual.partition("## Defaults")[2].splitlines()
    held = {field: constant for field, _, constant in Scenario(at=AT).constants()}
    for field, flag in FLAGS.items():
        (row,) = [row for row in rows if f"`--{flag.name}`" in row]
        assert (str(held[field]) if field in held else "none") in row
