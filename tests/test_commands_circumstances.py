"""Devices, countries and rates from the command line and from files, and swept."""

from decimal import Decimal
from pathlib import Path

import pytest

from bench.commands.circumstances import Circumstances, check_tasks, read_circumstances
from bench.commands.cost_options import CostOptions
from bench.errors import CatalogError, InputError


def circumstances(tmp_path: Path, text: str = "", **said: object) -> Circumstances:
    file = tmp_path / "breakeven.toml"
    file.write_text(text)
    return read_circumstances(CostOptions(scenario=said, scenario_file=file))  # type: ignore[arg-type]


def test_a_file_states_device_country_rates_and_tax(tmp_path: Path) -> None:
    around = circumstances(
        tmp_path,
        'device = "mini-pc-n150"\ncountry = "France"\nownership = "dedicated"\n'
        'tax-basis = "net"\nvat = 0.25\n'
        'exchange-rate = { EUR = "1.2@2026-11-20, a bank", GBP = "1.3@2026-11-20" }\nwage = "10 GBP"\n',
    )
    scenario = around.only.scenario
    assert scenario.kwh_price.value == Decimal("0.23856")  # 0.2485 · 1.2 ÷ 1.25
    assert str(scenario.device_price) == "159.99"
    assert scenario.wage.value == 13
    assert around.only.grid is not None
    assert around.only.grid.country == "FRA"
    assert {"devices", "electricity"} <= set(around.catalogs_sha256)


def test_rivals_may_be_chosen_of_what_is_on_sale_unless_only_those_named_are_wanted(tmp_path: Path) -> None:
    around = circumstances(tmp_path, "at = 2026-11-21")
    on_sale = {profile.name for profile in around.only.market}
    assert {"gpt-4o-mini", "novita-llama-3.2-1b"} <= on_sale
    assert not {"o1", "novita-llama-3.2-3b", "ernie-lite"} & on_sale  # retired, retired, without a price
    assert around.defaults == {profile.name for profile in around.profiles}
    named = circumstances(tmp_path, 'apis = ["o1"]\nonly-named = true')
    assert (named.only.market, named.defaults) == ((), frozenset())
    by_option = read_circumstances(CostOptions(is_only_named=True))
    assert by_option.only.market == ()
    assert by_option.defaults


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    said = {"country": "USA", "exchange-rate": ("EUR=1.5@2026-11-21",)}
    text = 'country = "France"\nexchange-rate = "EUR=1.2@2026-11-20"\nwage = "2 EUR"'
    only = circumstances(tmp_path, text, **said).only
    assert (only.scenario.kwh_price.value, only.scenario.wage.value) == (Decimal("0.182"), 3)


def test_a_sweep_over_countries(tmp_path: Path) -> None:
    text = 'exchange-rate = { EUR = "1.25@2026-11-20" }\n[sweep]\ncountry = ["DEU", "FRA", "US-CA"]'
    swept = circumstances(tmp_path, text).variations
    assert [(one.differs_by, one.scenario.kwh_price.value) for one in swept] == [
        ({"country": "DEU"}, Decimal("0.45225")),  # 0.3618 · 1.25
        ({"country": "FRA"}, Decimal("0.310625")),  # 0.2485 · 1.25
        ({"country": "US-CA"}, Decimal("0.3299")),
    ]
    assert [one.grid.country for one in swept if one.grid] == ["DEU", "FRA", "US-CA"]
    with pytest.raises(InputError, match="Japan's price of electricity is in JPY") as caught:
        circumstances(tmp_path, '[sweep]\ncountry = ["USA", "JPN"]')
    assert "--exchange-rate JPY=" in str(caught.value.remedy)
    for_carbon = circumstances(tmp_path, 'kwh-price = 0.3\n[sweep]\ncountry = ["USA", "JPN"]')
    assert len(for_carbon.variations) == 2


def test_sweeps_over_devices_rates_and_tax(tmp_path: Path) -> None:
    text = 'vat = "19%"\n[sweep]\ndevice = ["mac-mini-m4", "mini-pc-n150"]\ntax-basis = ["net", "gross"]'
    found = [str(one.scenario.device_price) for one in circumstances(tmp_path, text).variations]
    assert found == ["599", "712.81", "159.99", "190.3881"]  # with 19 % VAT every other one
    text = 'wage = "2 EUR"\n[sweep]\nexchange-rate = ["EUR=1.1@2026-11-20", "EUR=1.2@2026-11-20"]'
    swept = circumstances(tmp_path, text).variations
    assert [str(one.scenario.wage.value) for one in swept] == ["2.2", "2.4"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('device = "macmini-m4"', "unknown device 'macmini-m4'; did you mean 'mac-mini-m4'"),
        ('country = "Germny"', "did you mean 'Germany'"),
        ('[sweep]\ncountry = ["DEU", "XYZ"]\n', "unknown country 'XYZ'|price of electricity"),
        ('exchange-rate = { EUR = "1.2" }', "is no dated rate"),
        ("exchange-rate = { EUR = true }", "must be a figure or a word"),
        (
            'device = "desktop-rtx-4090"\nownership = "dedicated"',
            "no price of Desktop PC with GeForce RTX 4090",
        ),
        ('api-tax = "19%"', "unknown key 'api-tax'"),
    ],
)
def test_a_slip_is_told_with_the_nearest(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises((CatalogError, InputError), match=complaint):
        circumstances(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said", "where"),
    [
        ('kwh-price = "dear"', {}, "breakeven.toml: kwh-price"),
        ("[sweep]\nkwh-price = [0.3, 1e9]", {}, "breakeven.toml: sweep.kwh-price"),
        ('exchange-rate = { EUR = "1.2" }', {}, "breakeven.toml: exchange-rate"),
        ("kwh-price = 0.3", {"kwh-price": "dear"}, "--kwh-price"),
        ('tax-basis = "gross"', {}, "--vat"),  # which nobody said
    ],
)
def test_a_slip_is_told_where_it_stands(tmp_path: Path, text: str, said: dict[str, str], where: str) -> None:
    with pytest.raises(InputError) as caught:
        circumstances(tmp_path, text, **said)
    assert str(caught.value.where).removeprefix(f"{tmp_path}/") == where


def test_an_accuracy_of_no_task_names_its_option(tmp_path: Path) -> None:
    scenario = circumstances(tmp_path, **{"need-accuracy": "gsm9k=0.8"}).only.scenario
    with pytest.raises(InputError, match="did you mean 'gsm8k'") as caught:
        check_tasks(scenario, ["gsm8k"])
    assert caught.value.where == "--need-accuracy"


def test_arrivals_are_named_beside_the_file_or_by_the_option(tmp_path: Path) -> None:
    for name, gap_s in (("one.txt", 1), ("ten.txt", 10)):
        (tmp_path / name).write_text("\n".join(str(gap_s * i) for i in range(200)))
    around = circumstances(tmp_path, 'arrivals = "one.txt"')
    assert around.arrivals is not None
    assert around.arrivals.per_s == 1
    said = CostOptions(scenario_file=tmp_path / "breakeven.toml", arrivals=tmp_path / "ten.txt")
    option = read_circumstances(said).arrivals
    assert option is not None
    assert (option.per_s, option.source) == (0.1, "ten.txt")
    assert circumstances(tmp_path).arrivals is None
