"""Conclusions drawn anew from saved records: the same path as a run's, under other words."""

import gc
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from bench import beside
from bench.commands import cost as cost_module
from bench.commands.cost import Concluded, cost
from bench.commands.cost_options import CostOptions
from bench.errors import CatalogError, InputError
from bench.records.store import read_record
from bench.records.types import Comparison
from tests.program import RUN, in_process


@pytest.fixture
def record(tmp_path: Path, few_draws: None) -> Path:  # noqa: ARG001
    return Path(shutil.copy(RUN, tmp_path))


def comparisons(**changes: object) -> list[Comparison]:
    (one,) = cost(CostOptions(**changes)).concluded  # type: ignore[arg-type]
    return _comparisons_of(one)


def _comparisons_of(one: Concluded) -> list[Comparison]:
    return [found for record in one.records if record.assessment for found in record.assessment.comparisons]


def test_the_same_words_give_the_same_conclusions_as_the_run() -> None:
    """The record was made with a bar for one task; everything but the wording of today's date must agree.

    But for bills of models of which it has been learned since how they count tokens.
    """
    before = read_record(RUN)
    assert before.assessment is not None
    words = {"need-accuracy": "extract-json=0.8", "at": before.assessment.at.isoformat()}
    apis = tuple(dict.fromkeys(one.api for one in before.assessment.comparisons))
    anew = comparisons(records=(RUN,), apis=apis, scenario=words, is_only_named=True)
    assert [one.verdict for one in anew] == [one.verdict for one in before.assessment.comparisons]
    for one, other in zip(anew, before.assessment.comparisons, strict=True):
        assert one.api_cost_per_attempt_usd is not None
        assert other.api_cost_per_attempt_usd is not None
        is_counted_alike = one.tokens == other.tokens
        assert is_counted_alike or one.api.startswith("claude-haiku")
        assert (one.api_cost_per_attempt_usd[0] == other.api_cost_per_attempt_usd[0]) == is_counted_alike


@pytest.mark.parametrize("verb", ["cost", "report"])
def test_where_every_record_is_damaged_the_reason_is_told(verb: str, tmp_path: Path) -> None:
    changed = json.loads(RUN.read_text("utf-8")) | {"id": "0" * 16, "content_sha256": "0" * 64}
    (tmp_path / "changed.json").write_text(json.dumps(changed), "utf-8")
    refused = in_process(verb, tmp_path)
    assert refused.code == 2
    told = " ".join(refused.err.split())
    assert "changed.json: no record can be read; the first that is there: was changed" in told
    assert "there is no record" not in told


def test_several_processes_conclude_as_one_does(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for digit in "abc":
        again = json.loads(record.read_text("utf-8")) | {"id": digit * 16, "content_sha256": None}
        (tmp_path / f"{digit}.json").write_text(json.dumps(again), "utf-8")
    options = CostOptions(
        records=(tmp_path,), apis=("gpt-4o-mini",), is_only_named=True, scenario={"at": "2026-11-20"}
    )
    alone = cost(options)
    assert [len(one.records) for one in alone.concluded] == [4]
    monkeypatch.setattr(cost_module, "_FEWEST", 1)
    monkeypatch.setattr(beside, "n_processors", lambda: 3)
    assert cost(options) == alone


DETAILS = {
    "sentence",
    "if_bought",
    "flips",
    "device_less_api_usd",
    "swings",
    "break_evens",
    "devices_needed",
    "over_time",
    "carbon",
}


def test_of_more_records_than_are_told_in_full_verdicts_and_costs_are_the_same(record: Path) -> None:
    words = {"at": "2026-11-20", "need-accuracy": "0.4", "device-price": "400"}
    options = CostOptions(records=(record,), apis=("gpt-4o-mini",), scenario=words)
    ((whole,),) = (one.records for one in cost(options).concluded)
    ((same,),) = (one.records for one in cost(replace(options, most_in_full=1)).concluded)
    assert same == whole
    (brief,) = cost(replace(options, most_in_full=0)).concluded
    assert brief.frontiers == cost(options).concluded[0].frontiers
    found, told = brief.records[0].assessment, whole.assessment
    assert found is not None
    assert told is not None
    assert any(one.flips and one.swings for one in told.comparisons)
    assert found.efficiency == ()
    for one, other in zip(found.comparisons, told.comparisons, strict=True):
        assert one.model_dump(exclude=DETAILS) == other.model_dump(exclude=DETAILS)
        assert (one.sentence, one.swings, one.over_time) == ("", (), None)
    rest = {"comparisons", "efficiency"}
    assert found.model_dump(exclude=rest) == told.model_dump(exclude=rest)


def test_what_rests_on_joules_of_a_busy_machine_is_marked_without_details(
    record: Path, tmp_path: Path
) -> None:
    document = json.loads(record.read_text("utf-8")) | {"content_sha256": None}
    for latency in document["latency"]:
        for reading in latency["energy"]:
            reading["contention"]["is_disturbed"] = True
    record.write_text(json.dumps(document), "utf-8")
    swept = tmp_path / "breakeven.toml"
    swept.write_text('apis = ["gpt-4o-mini"]\nonly-named = true\n[sweep]\nkwh-price = [0.1, 0.5]\n')
    assert "!~$" in in_process("cost", record, "--scenario", swept).out
    options = CostOptions(records=(record,), apis=("gpt-4o-mini",), scenario={"at": "2026-11-20"})
    told = [
        one.records[0].assessment
        for most in (None, 0)
        for one in cost(replace(options, most_in_full=most)).concluded
    ]
    assert told[0] is not None
    assert told[1] is not None
    assert told[0].disturbed_tasks == told[1].disturbed_tasks != frozenset()


def test_records_without_tasks_are_not_counted_to_those_that_are_told_in_full(
    record: Path, tmp_path: Path
) -> None:
    document = json.loads(record.read_text("utf-8")) | {"id": "0" * 16, "content_sha256": None}
    speed = document | {"tasks": [], "latency": [], "assessment": None}
    (tmp_path / "speed.json").write_text(json.dumps(speed), "utf-8")
    options = CostOptions(records=(tmp_path,), apis=("gpt-4o-mini",), most_in_full=1)
    (found,) = cost(options).concluded
    assert len(found.records) == 2
    assert all(one.sentence for one in _comparisons_of(found))


def test_a_sweep_in_a_terminal_has_verdicts_alone(record: Path, tmp_path: Path) -> None:
    file = tmp_path / "breakeven.toml"
    file.write_text('apis = ["gpt-4o-mini"]\n[sweep]\nkwh-price = [0.1, 0.5]\n')
    options = CostOptions(records=(record,), scenario_file=file)
    swept = cost(replace(options, most_in_full=12)).concluded
    assert {one.sentence for each in swept for one in _comparisons_of(each)} == {""}
    assert all(one.sentence for each in cost(options).concluded for one in _comparisons_of(each))


def test_what_is_printed_of_many_records_needs_no_details_and_files_have_them(
    record: Path, tmp_path: Path
) -> None:
    for number in range(13):
        again = json.loads(record.read_text("utf-8")) | {"id": f"{number:016x}", "content_sha256": None}
        (tmp_path / "many").mkdir(exist_ok=True)
        (tmp_path / "many" / f"{number}.json").write_text(json.dumps(again), "utf-8")
    asked = ("cost", tmp_path / "many", "--api", "gpt-4o-mini", "--only-named", "--at", "2026-11-20")
    with mock.patch("bench.economics.verdict.compare.details", side_effect=AssertionError("not asked for")):
        brief = in_process(*asked, "--country", "DEU")
    assert brief.code == 0
    assert len(re.findall(r"not viable|insufficient", brief.out)) >= 13
    (left_out,) = re.findall(r"Not shown, `breakeven cost --all` does, ([^.]*)", brief.out)
    assert "Carbon, in g CO2-equivalent" in " ".join(left_out.split())
    assert "Carbon, in g CO2-equivalent" in in_process(*asked, "--country", "DEU", "--all").out
    assert '"swings": [\n' in in_process(*asked, "--json").out
    assert "Weakest point" in in_process("cost", tmp_path / "many" / "0.json", *asked[2:]).out


def test_what_the_run_was_told_and_is_not_said_again_is_named(record: Path) -> None:
    def unsaid(**scenario: str) -> list[str | None]:
        return [one.flag for one in cost(CostOptions(records=(record,), scenario=scenario)).unsaid]

    assert unsaid() == ["--need-accuracy", "--country"]
    assert (
        unsaid(**{"need-accuracy": "0.9"}) == unsaid(**{"need-accuracy": "extract-json=0.7"}) == ["--country"]
    )


def test_a_record_of_speed_alone_has_no_verdict_to_show(record: Path) -> None:
    grid = json.loads(record.read_text("utf-8")) | {"id": "f" * 16, "tasks": [], "assessment": None}
    record.with_name("grid.json").write_text(json.dumps(grid), "utf-8")
    ended = in_process("cost", record.parent)
    assert "records without tasks, of which nothing can be compared: 1" in ended.err
    assert "No verdict" not in ended.out
    assert "No verdict" in in_process("cost", record.with_name("grid.json")).out


def test_twice_the_price_of_electricity_is_twice_the_cost(record: Path) -> None:
    once, twice = (
        comparisons(
            records=(record,),
            apis=("gpt-4o-mini",),
            is_only_named=True,
            scenario={"kwh-price": price, "wage": "0"},
        )
        for price in ("0.2", "0.4")
    )
    for one, other in zip(once, twice, strict=True):
        assert one.local_cost_per_attempt_usd is not None
        assert other.local_cost_per_attempt_usd is not None
        assert other.local_cost_per_attempt_usd[0] == 2 * one.local_cost_per_attempt_usd[0]
        assert one.api_cost_per_attempt_usd == other.api_cost_per_attempt_usd


def test_a_scenario_file_is_varied_and_the_command_line_goes_before_it(record: Path, tmp_path: Path) -> None:
    file = tmp_path / "breakeven.toml"
    file.write_text(
        'apis = ["gpt-4o-mini"]\nonly-named = true\nkwh-price = 0.5\nat = 2026-11-01\n'
        "[need-accuracy]\ngsm8k = 0.05\n[sweep]\ntasks-per-month = [100, 10000]\n"
    )
    varied = cost(CostOptions(records=(record,), scenario_file=file)).concluded
    assert [one.differs_by for one in varied] == [{"tasks-per-month": "100"}, {"tasks-per-month": "10000"}]
    said = cost(
        CostOptions(
            records=(record,), scenario_file=file, scenario={"tasks-per-month": "7", "kwh-price": "1"}
        )
    ).concluded
    assert [one.differs_by for one in said] == [{}]
    assert said[0].records[0].assessment is not None
    values = {one.name: one.value for one in said[0].records[0].assessment.assumptions}
    assert (values["kwh price"], values["tasks per month"], values["need accuracy of gsm8k"]) == (
        "1", "7", "0.05"
    )  # fmt: skip
    shown = in_process("cost", record, "--scenario", file)
    assert shown.code == 0, shown.err
    assert "--tasks-per-month 10000" in shown.out


def test_free_electricity_is_a_price_like_any_other(record: Path) -> None:
    shown = in_process("cost", record, "--kwh-price", "0", "--api", "gpt-4o-mini", "--only-named")
    assert shown.code == 0, shown.err


@pytest.mark.parametrize("flag", ["--kwh-price", "--device", "--country", "--at", "--ownership"])
def test_an_empty_word_is_no_word_left_out(record: Path, flag: str) -> None:
    ended = in_process("cost", record, flag, "")
    assert (ended.code, ended.out) == (2, "")
    assert "''" in ended.err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[sweep]\n" + "".join(f"{name} = {list(range(11))}\n" for name in ("wage", "labour", "embodied")),
            "1,331 combinations of wage, labour, embodied",
        ),
        ("kwh-prise = 1", "unknown key 'kwh-prise'; did you mean 'kwh-price'"),
        ("kwh-price = true", "must be a figure or a word"),
        ("[sweep]\nneed-accuracy = [0.1]", "'need-accuracy' cannot be swept"),
        ("kwh-price = 1\n[sweep]\nkwh-price = [1, 2]", "has a value of its own above"),
        ("[sweep]\nkwh-price = []", "takes no value at all"),
        ('kwh-price = "1 EUR"', "not in USD"),
        ("kwh-price = ", "is not valid TOML"),
        ('only-named = "yes"', "must be true or false"),
    ],
)
def test_a_scenario_file_with_a_slip(record: Path, tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises((CatalogError, InputError), match=complaint):
        cost(CostOptions(records=(record,), scenario_file=file))


def test_a_sweep_over_more_records_than_memory_holds_is_refused(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.toml"
    file.write_text("[sweep]\nkwh-price = [0.1, 0.2]")
    monkeypatch.setattr("bench.commands.cost.MOST_CONCLUDED", 1)
    with pytest.raises(InputError, match="2 combinations for each of 1 records") as error:
        cost(CostOptions(records=(record,), scenario_file=file))
    assert error.value.where == f"{file}: sweep"
    file.write_text("kwh-price = 0.1")
    assert cost(CostOptions(records=(record, record), scenario_file=file)).concluded


def test_loads_at_recorded_arrivals_as_a_curve_and_as_csv(record: Path, tmp_path: Path) -> None:
    came, file, table = tmp_path / "came.txt", tmp_path / "s.toml", tmp_path / "out.csv"
    came.write_text("\n".join(str(10 * i) for i in range(300)))
    file.write_text('apis = ["gpt-4o-mini"]\nonly-named = true\napi-accuracy = 0.9\narrivals = "came.txt"\n')
    words = (record, "--scenario", file, "--task", "extract-json")
    shown = in_process("cost", *words, "--load-curve", "--csv", table)
    assert shown.code == 0, shown.err
    rows = table.read_text().splitlines()
    assert sum("_percent_state" in row for row in rows) == 12
    assert any(",at_load_requests_per_s,0.1,,,,recorded," in row for row in rows)
    assert any(",break_even_api_price_per_attempt," in row for row in rows)
    assert any(",device_less_api_usd_by_kwh_price," in row for row in rows)
    file.write_text(file.read_text() + "[sweep]\nkwh-price = [1, 2]\n")
    refused = in_process("cost", *words, "--csv", table)
    assert refused.code == 2
    assert "a table has one scenario" in refused.err
    priced = in_process("cost", "--workload", came, "--load-curve")
    assert priced.code == 2


def test_the_page_is_of_what_was_concluded_anew_and_can_conclude_again(record: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ("--task", "gsm8k", "--api", "gpt-4o-mini", "--only-named", "--kwh-price", "0.4242")
    assert in_process("cost", record, *words, "--html", page).code == 0
    found = re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert found is not None
    wire = json.loads(found[1])
    assert "0.4242" in str(wire)
    assert ["kwh_price" in shape for shape in wire["shapes"]].count(True) == 1  # of a worksheet's scenario
    shown = in_process("report", record, "--html", "-").out
    assert "0.4242" not in shown
    assert "answer length" in shown  # why nothing can be redone of a record without its bounds


def test_the_charts_are_of_what_was_concluded_anew(record: Path, tmp_path: Path) -> None:
    pytest.importorskip("quickjs")
    words = ("--task", "gsm8k", "--api", "gpt-4o-mini", "--only-named", "--device-price", "599")
    wrong = in_process("cost", record, *words, "--png")
    assert "--png goes with --charts" in wrong.err
    told = in_process("cost", record, *words, "--ownership", "dedicated", "--charts", tmp_path / "charts")
    assert told.code == 0
    drawn = {file.name.split("-")[0] for file in (tmp_path / "charts").glob("*.svg")}
    assert {"spend", "tornado", "break"} <= drawn  # the last two take what only a conclusion anew knows


def test_prices_of_a_day_that_is_yet_to_come_are_shown_as_what_they_are(record: Path) -> None:
    asked = ("cost", record, "--task", "gsm8k", "--api", "gpt-4o-mini", "--only-named")
    told = "2099-01-01 is yet to come: prices as genai-prices 0."
    assert told in " ".join(in_process(*asked, "--at", "2099-01-01").out.split())
    assert "yet to come" not in in_process(*asked, "--at", "2026-11-21").out


def computed(*_: object, **__: object) -> None:
    raise AssertionError("nothing is computed for what is refused")


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (("--csv", "-", "--json"), "--csv and --json: these are different forms"),
        (("--md", "-", "--json"), "--md and --json: these are different forms"),
        (("--html", "-", "--json"), "--html and --json: these are different forms"),
        (("--explain", "--json"), "--json and --explain: these are different forms"),
        (("--explain", "--csv", "-"), "--csv and --explain: these are different forms"),
        (("--explain", "--all"), "--explain and --all: these are different forms"),
        (("--explain", "--load-curve"), "--explain and --load-curve: these are different forms"),
        (("--all",), "--all: the scenario file sweeps"),
        (("--csv", "-"), "--csv: the scenario file sweeps"),
        (("--md", "-"), "--md: the scenario file sweeps"),
        (("--html", "-"), "--html: the scenario file sweeps"),
    ],
)
def test_what_cannot_be_shown_together_is_refused_before_it_is_computed(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.setattr("bench.commands.cost.assess", computed)
    file = tmp_path / "s.toml"
    file.write_text("[sweep]\nkwh-price = [1, 2]")
    refused = in_process("cost", record, "--scenario", file, *asked)
    assert (refused.code, refused.out) == (2, "")
    assert complaint in " ".join(refused.err.split())


def test_an_accuracy_for_a_task_that_no_record_has(record: Path) -> None:
    with pytest.raises(InputError, match="stated for 'gsm9k'"):
        cost(CostOptions(records=(record,), scenario={"need-accuracy": "gsm9k=0.5"}))
    with pytest.raises(InputError, match="no record has a task 'gsm9k'"):
        cost(CostOptions(records=(record,), tasks=("gsm9k",)))


def test_json_of_some_tasks(record: Path) -> None:
    done = in_process("cost", record, "--task", "gsm8k", "--api", "o1", "--only-named", "--json")
    (one,) = json.loads(done.out)
    (of_record,) = one["records"]
    (found,) = of_record["assessment"]["comparisons"]
    assert (found["task"], found["chosen_because"]) == ("gsm8k", "named")


def test_rivals_that_nobody_named_are_chosen_for_the_task(record: Path) -> None:
    """At the prices of this day. The device is right on 1 of 10, and SmolLM2 is hosted by nobody."""
    asked = {"records": (record,), "tasks": ("gsm8k",), "scenario": {"at": "2026-11-21"}}
    named, chosen = comparisons(**asked, apis=("gpt-4o-mini",))
    assert (named.api, named.chosen_because) == ("gpt-4o-mini", "named")
    assert chosen.chosen_because == (
        "cheapest at least as good: 0.444 (published) there, 0.100 here; nearest open weights hosted: "
        "Llama 3.2 1B Instruct, another family, 9.1 × the parameters"
    )
    assert chosen.api == "novita-llama-3.2-1b"


def test_a_run_takes_no_sweep(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text("[sweep]\nkwh-price = [1, 2]")
    done = in_process("run", "--scenario", file, "-o", tmp_path / "out")
    assert done.code == 2
    assert "breakeven cost RECORD" in done.err


def test_carbon_stands_beside_the_costs_and_decides_nothing(record: Path) -> None:
    """Twice the grams a kilowatt-hour there are twice the grams; the device's making is the catalog's."""
    words = {"country": "DEU", "device": "mac-mini-m4", "ownership": "dedicated", "kwh-price": "0.2"}
    once, twice = (
        comparisons(
            records=(record,),
            tasks=("gsm8k",),
            apis=("gpt-4o-mini",),
            is_only_named=True,
            scenario={**words, "hosted-grid": grid},
        )
        for grid in ("200", "400")
    )
    for one, other in zip(once, twice, strict=True):
        assert one.carbon is not None
        assert other.carbon is not None
        assert one.carbon.here == other.carbon.here
        assert one.carbon.here is not None
        assert one.carbon.here.making_g is not None
        assert one.carbon.here.making_g[0] == pytest.approx(32_000 / (60 * 10_000))  # 5 years, 10,000 a month
        assert one.carbon.there is not None
        assert other.carbon.there is not None
        assert one.carbon.there.attempt_g is not None
        assert other.carbon.there.attempt_g == pytest.approx([2 * g for g in one.carbon.there.attempt_g])
        assert (one.verdict, one.gates) == (other.verdict, other.gates)


def test_nothing_is_looked_through_for_cycles_while_records_are_read(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    were_enabled = []

    def read(*_: object, **__: object) -> None:
        were_enabled.append(gc.isenabled())
        raise InputError("enough")

    monkeypatch.setattr("bench.commands.cost.read", read)
    assert in_process("cost", record).code == 2
    assert were_enabled == [False]
    assert gc.isenabled()
