"""``breakeven cost --workload``: requests of one's own at APIs, as they were used, and on a device."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from bench.commands.cost import cost
from bench.commands.cost_options import CostOptions
from bench.commands.workload import Priced, price_workload
from bench.economics.api.listed import listed_api
from bench.economics.api.price_table import price_table
from bench.errors import BreakevenError, InputError
from tests.program import ROOT, RUN, in_process

ROW = {"model": "o1", "timestamp": "2025-06-01", "input_tokens": 100, "output_tokens": 10}


@pytest.fixture
def usage(tmp_path: Path) -> Path:
    file = tmp_path / "usage.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in (ROW, {**ROW, "model": "llamma"})))
    return file


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return Path(shutil.copy(RUN, tmp_path))


def priced(**changes: object) -> Priced:
    found = price_workload(CostOptions(**changes))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_nothing_stated_is_nothing_to_price(record: Path, tmp_path: Path) -> None:
    assert price_workload(CostOptions(records=(record,))) is None
    assert price_workload(CostOptions(has_load_curves=True)) is None  # of the default folder's records
    file = tmp_path / "s.toml"
    file.write_text('apis = ["gpt-4o-mini"]\n')
    assert price_workload(CostOptions(scenario_file=file, has_load_curves=True)) is None


def test_bills_and_devices_of_one_file(usage: Path, record: Path) -> None:
    (one,) = priced(workload=usage, records=(record,), apis=("gpt-4o-mini",)).workloads
    as_used, unknown, asked = one.cost.bills
    assert (as_used.api, as_used.n_requests, str(as_used.usd)) == ("o1", 1, "0.0021")
    assert (unknown.api, unknown.usd, unknown.absent_because) == (
        "llamma", None, f"neither `breakeven prices` nor {price_table()} has an API of that name"
    )  # fmt: skip
    assert (asked.api, asked.n_requests, str(asked.usd)) == ("gpt-4o-mini", 2, "0.000042")
    (here,) = one.cost.here
    assert here.tasks == ("gsm8k", "extract-json:easy")
    assert here.usd is not None
    assert here.seconds is not None


def test_shown_and_as_json(usage: Path, record: Path) -> None:
    arguments = ("cost", record, "--workload", usage, "--api", "gpt-4o-mini")
    shown = in_process(*arguments)
    assert shown.code == 0, shown.err
    assert "no bill, llamma" in shown.out
    assert "without quality" in shown.out
    (one,) = json.loads(in_process(*arguments, "--json").out)
    assert [bill["usd"] for bill in one["workload"]["bills"]] == ["0.0021", None, "0.000042"]


def test_a_scenario_names_the_file_beside_it_and_is_varied(usage: Path, record: Path) -> None:
    file = usage.parent / "s.toml"
    file.write_text(f'workload = "{usage.name}"\napis = ["o1"]\n[sweep]\nkwh-price = [0.2, 0.4]')
    cheap, dear = priced(scenario_file=file, records=(record,)).workloads
    assert (cheap.differs_by, dear.differs_by) == ({"kwh-price": "0.2"}, {"kwh-price": "0.4"})
    assert cheap.cost.here[0].usd is not None
    assert dear.cost.here[0].usd is not None
    assert dear.cost.here[0].usd[0] == 2 * cheap.cost.here[0].usd[0]
    assert cheap.cost.bills == dear.cost.bills
    assert "--kwh-price 0.4" in in_process("cost", record, "--scenario", file).out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("workload = 7", "must be the path of a file"),
        ('workload = "none.jsonl"', "none.jsonl: does not exist"),
        ("[[workload]]\ninput_tokens = 1", "has no output_tokens\n"),
        ("[[workload]]\ninput_tokens = 1\noutput_tokens = 1\ncuont = 1", "did you mean 'count'"),
        ('[[published]]\nname = "x"', "missing key 'usd_per_task'"),
        ('[[published]]\nname = "x"\nusd_per_task = "dear"', "'dear' is no figure from 0 to"),
        ('[[published]]\nname = "x"\nusd_per_task = 1\naccuracy = 87.5', "between 0 and 1"),
        ('[[published]]\nname = "x"\nusd_per_task = 1\naccuracy = ">1"', "between 0 and 1"),
        ('[[published]]\nname = "x"\nusd_per_task = 1e-99', "next to nothing: give 0, or"),
        (f'[[published]]\nname = "{"x" * 1001}"', "text of at most 1,000 characters, not 1,001"),
    ],
)
def test_a_scenario_with_a_slip(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    done = in_process("cost", "--scenario", file)
    assert (done.code, done.out) == (2, "")
    with pytest.raises(BreakevenError, match=complaint):
        price_workload(CostOptions(scenario_file=file))


def test_what_does_not_go_together(usage: Path, record: Path, tmp_path: Path) -> None:
    file = ROOT / "docs" / "scenarios" / "arc-agi.toml"
    assert price_workload(CostOptions(scenario_file=file, records=(record,))) is None
    with pytest.raises(InputError, match="say nothing of records"):
        cost(CostOptions(scenario_file=file, records=(record,)))
    with pytest.raises(InputError, match="no verdict to explain"):
        price_workload(CostOptions(workload=usage, is_explained=True))
    with pytest.raises(InputError, match="timed a task 'gsm9k'"):
        price_workload(CostOptions(workload=usage, records=(record,), tasks=("gsm9k",)))
    done = in_process("run", "--scenario", file, "-o", tmp_path / "out")
    assert done.code == 2
    assert "breakeven cost --scenario FILE" in done.err


@pytest.mark.parametrize(
    ("flag", "words", "why"),
    [
        ("need-accuracy", "0.8", "have no answers that"),
        ("api-accuracy", "gsm8k=0.8", "have no answers that"),
        ("loss-per-error", "1", "have no answers that"),
        ("cached-share", "0.9", "have counted tokens"),
        ("answer-length", "2", "have counted tokens"),
        ("horizon", "12", "are billed at the prices of one day"),
        ("hosted-wh", "1", "are billed, and their carbon is not counted"),
    ],
)
def test_bills_do_not_pretend_to_heed_what_only_a_verdict_does(
    usage: Path, tmp_path: Path, flag: str, words: str, why: str
) -> None:
    refused = in_process("cost", "--workload", usage, f"--{flag}", words)
    assert (refused.code, refused.out) == (2, "")
    assert f"--{flag}: requests that are priced {why}" in " ".join(refused.err.split())
    file = tmp_path / "s.toml"
    file.write_text(f'workload = "{usage.name}"\n{flag} = "{words}"')
    assert f"--{flag}: " in in_process("cost", "--scenario", file).err


OF_A_DEVICE = {
    "kwh-price": "0.3",
    "psu-efficiency": "0.9",
    "unmetered": "0.1",
    "wage": "20",
    "labour": "1",
    "tasks-per-month": "9",
    "ownership": "sunk",
    "device": "raspberry-pi-5-8gb",
    "country": "US-CA",
    "device-price": "9",
    "lifetime": "9",
    "discount-rate": "0.1",
    "resale": "0.1",
    "maintenance": "9",
    "idle-watts": "9",
    "hours-per-month": "100",
    "allowed-hours": "100",
}


@pytest.mark.parametrize(("flag", "words"), OF_A_DEVICE.items())
def test_bills_alone_do_not_pretend_to_heed_what_is_of_a_device(
    usage: Path, record: Path, tmp_path: Path, flag: str, words: str
) -> None:
    why = f"--{flag}: requests that are priced at APIs alone are done on no device"
    with pytest.raises(InputError, match=why):
        priced(workload=usage, scenario={flag: words})
    file = tmp_path / "s.toml"
    file.write_text(f'workload = "{usage.name}"\n[sweep]\n{flag} = ["{words}"]')
    with pytest.raises(InputError, match=why):
        priced(scenario_file=file)
    assert priced(workload=usage, records=(record,), scenario={flag: words})


def test_bills_do_not_pretend_that_more_apis_would_be_chosen(usage: Path, record: Path) -> None:
    file = usage.parent / "s.toml"
    file.write_text(f'workload = "{usage.name}"\nonly-named = true\napis = ["o1"]')
    why = "--only-named: requests that are priced are billed by the APIs that are named"
    for records in ((), (record,)):
        with pytest.raises(InputError, match=why):
            priced(workload=usage, records=records, apis=("o1",), is_only_named=True)
        with pytest.raises(InputError, match=why):
            priced(scenario_file=file, records=records)


@pytest.mark.parametrize(
    ("above", "words", "where"),
    [
        ("", ("--task", "nope"), "--task"),
        ("", ("--api", "o1"), "--api"),
        ('apis = ["o1"]', (), "--api"),
        ("", ("--need-accuracy", "0.8"), "--need-accuracy"),
        ("", ("--kwh-price", "0.3"), "--kwh-price"),
        ("sweep = { kwh-price = [1, 2] }", (), "--kwh-price"),
        ("sweep = { ownership = ['sunk', 'sunk'] }", (), "s.toml: sweep"),
    ],
)
def test_published_ways_alone_heed_nothing_else(
    tmp_path: Path, above: str, words: tuple[str, ...], where: str
) -> None:
    file = tmp_path / "s.toml"
    way = 'usd_per_task = 1\naccuracy = 0.5\nsource = "s"\ndate = "d"\n'
    file.write_text(f'{above}\n[[published]]\nname = "x"\n{way}')
    refused = in_process("cost", "--scenario", file, *words)
    assert (refused.code, refused.out) == (2, "")
    told = " ".join(refused.err.split())
    assert f"{where}: published ways have their price" in told
    assert "workload" not in told  # none is stated, so to leave it out is no way on


def test_ranked_published_ways_heed_what_is_needed_and_what_an_error_costs(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    way = 'usd_per_task = 1\naccuracy = 0.5\nsource = "s"\ndate = "d"\ntask = "gsm8k"\n'
    file.write_text("".join(f'[[published]]\nname = "{name}"\n{way}' for name in "ab"))
    words = {"need-accuracy": "0.4", "loss-per-error": "3"}
    (one,) = priced(scenario_file=file, scenario=words).workloads
    (ranked,) = one.cost.frontiers
    assert (ranked.needed_accuracy, ranked.loss_per_error_usd) == (Decimal("0.4"), 3)
    with pytest.raises(InputError, match="did you mean 'gsm8k'"):
        priced(scenario_file=file, scenario={"need-accuracy": "gsm9k=0.4"})


def test_a_price_is_enough_for_a_bill_and_that_there_is_no_more_is_said(tmp_path: Path) -> None:
    file = tmp_path / "u.jsonl"
    file.write_text(json.dumps({**ROW, "model": "openai/gpt-5-mini-2025-08-07", "timestamp": "2025-11-03"}))
    names = (
        "gpt-5-mini",
        "openai/o4-mini",
        "models/gemini-2.5-flash",
        "moonshotai/kimi-k2-0905",
        "gpt-4o-mini",
    )
    (one,) = priced(workload=file, apis=names).workloads
    as_used, *asked = one.cost.bills
    assert as_used.price is not None
    assert (as_used.api, as_used.price.matched_id) == ("openai/gpt-5-mini-2025-08-07", "gpt-5-mini")
    assert as_used.usd == Decimal("0.000045")  # 100 · 0.25 + 10 · 2.00 millionths
    ids = [bill.price and (bill.price.provider, bill.price.matched_id) for bill in asked]
    assert ids[0] == ("openai", "gpt-5-mini")
    assert ids[1] == ("openai", "o4-mini")
    assert ids[2] == ("google", "gemini-2.5-flash")
    assert [bill.is_listed_only for bill in asked] == [True, True, True, True, False]
    shown = " ".join(in_process("cost", "--workload", file, "--api", "gpt-5-mini").out.split())
    assert "openai/gpt-5-mini-2025-08-07, gpt-5-mini: no profile, and so priced from the price table" in shown
    nobody = in_process("cost", "--workload", file, "--api", "gpt-9")
    assert nobody.code == 2
    assert "unknown API 'gpt-9'" in nobody.err
    assert f"{price_table()} has none, either" in " ".join(nobody.err.split())


def test_an_effort_that_there_is_not_has_no_bill(usage: Path) -> None:
    refused = in_process("cost", "--workload", usage, "--api", "claude-haiku-4-5@hihg")
    assert (refused.code, refused.out) == (2, "")
    told = " ".join(refused.err.split())
    assert "unknown effort 'hihg' of claude-haiku-4-5; it has none to choose" in told
    assert "has none, either" not in told


def test_no_bill_at_all_is_no_answer(usage: Path, record: Path, tmp_path: Path) -> None:
    for records in ((), (record,)):
        refused = in_process(
            "cost", *records, "--workload", usage, "--api", "ernie-speed", "--at", "2026-11-21"
        )
        assert (refused.code, refused.out) == (2, "")
        assert (
            "--api: no bill of any API that is named; ernie-speed: no public price on 2026-11-21"
            in " ".join(refused.err.split())
        )
    beside = in_process("cost", "--workload", usage, "--api", "ernie-speed", "--api", "gpt-4o-mini")
    assert beside.code == 0
    assert "no bill, ernie-speed: no public price" in " ".join(beside.out.split())
    file = tmp_path / "s.toml"
    file.write_text(
        'apis = ["o1"]\n[sweep]\nat = [2024-01-01, 2025-06-01]\n'
        "[[workload]]\ninput_tokens = 1\noutput_tokens = 1"
    )
    assert in_process("cost", "--scenario", file).code == 0  # it was not sold on the first day


def test_a_verdict_still_needs_a_profile(record: Path) -> None:
    refused = in_process("cost", record, "--api", "gpt-5-mini")
    assert refused.code == 2
    assert "unknown API 'gpt-5-mini'" in refused.err


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("GPT-5-mini", ("openai", "gpt-5-mini")),
        ("openai/gpt-5-mini", ("openai", "gpt-5-mini")),
        ("qwen/qwen3-32b", ("openrouter", "qwen/qwen3-32b")),  # a maker that sells nothing itself
        ("nobody/gpt-4o", None),
        ("gpt-9", None),
        ("openai/", None),
        ("/", None),
        (" ", None),
    ],
)
def test_who_is_meant_by_a_name_in_the_price_table(name: str, found: tuple[str, str] | None) -> None:
    listed = listed_api(name)
    assert (listed and (listed.provider, listed.title)) == found


def test_what_is_served_in_batches_and_what_is_not_is_said(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        'apis = ["claude-haiku-4-5", "o1"]\n[sweep]\nbatch = [false, true]\n'
        "[[workload]]\ninput_tokens = 1000\noutput_tokens = 100\n"
    )
    shown = " ".join(in_process("cost", "--scenario", file, "--at", "2026-11-21").out.split())
    at_once, waited = shown.split("--batch yes")
    assert "--batch no" in at_once
    assert "batches" not in at_once
    assert "$0.00150" in at_once  # 1,000 · 1 + 100 · 5 millionths
    assert "$0.000750" in waited
    assert "claude-haiku-4-5: in batches, at 50% of the list price" in waited
    assert "o1: list price, not in batches: no price of batches is known" in waited
