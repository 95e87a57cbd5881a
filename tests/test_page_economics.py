"""What the page concludes in QuickJS is what Python concludes: figures, intervals, chances and words."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from economics_cases import BUSY, exactly, items, latency, profile, record, scenario, score, task
from page_economics import PageEconomics, case, differences, random_changes, script

from bench.catalog.apis import load_apis
from bench.catalog.types import ApiProfile
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.device.device_cost import DEDICATED
from bench.economics.verdict.philox import Stream
from bench.economics.worksheet import worksheet
from bench.records.store import read_records
from bench.records.types import Record

pytest.importorskip("quickjs")

ROOT = Path(__file__).resolve().parents[1]
TODAY = datetime(2026, 11, 22, tzinfo=UTC)
SOLD = (
    profile("named", scores=[score(0.93, 500)], tokenizer="estimate"),
    profile("unscored", input_price="0.1", output_price="0.4"),
    profile("gone", scores=[score(0.5)], retired=date(2026, 1, 1)),
    profile("priceless", prices=(), scores=[score(1.0, 40)]),
    profile("free", input_price="0", output_price="0", scores=[score(0.0, 12)]),
)


def some_constant(random: Random, unit: str, most: float) -> Constant:
    low, value, high = sorted(Decimal(repr(random.uniform(most / 20, most))) for _ in range(3))
    if random.random() < 0.4:
        low = high = value
    return Constant(value, low, high, unit, "declared", "made up")


def some_scenario(random: Random) -> Scenario:
    found: dict[str, Any] = {}
    for field, unit, most in (
        ("unmetered", "share", 0.4),
        ("psu_efficiency", "share", 1.0),
        ("answer_length", "x", 3.0),
        ("idle_watts", "W", 40.0),
        ("wage", "USD/h", 30.0),
        ("labour", "s", 0.01),
        ("loss_per_error", "USD", 0.001),
    ):
        if random.random() < 0.4:
            found[field] = some_constant(random, unit, most)
    for field, text in (("delta", "0.3"), ("maintenance", "3"), ("resale", "0.2"), ("hours_per_month", "20")):
        if random.random() < 0.4:
            found[field] = exactly(text)
    if random.random() < 0.3:
        found["api_retries"], found["api_fee"] = exactly("0.07"), exactly("0.00001")
    stated = random.choice(["need_accuracy", "api_accuracy", None])
    if stated is not None:
        found[stated] = (Stated(None, some_constant(random, "share", 0.9)),)
    if random.random() < 0.3:
        found["device_price"], found["ownership"] = some_constant(random, "USD", 900.0), DEDICATED
    return scenario(**found)


def some_record(random: Random) -> Record:
    n = random.choice([1, 2, 5, 30])
    tried = [
        one.model_copy(
            update={
                "n_prompt_tokens": random.randint(20, 400),
                "n_output_tokens": random.randint(1, 60),
                "hosted_input_tokens": {"o200k_base": random.randint(20, 300)},
                "cluster": random.choice(["a", "b", "c"]) if random.random() < 0.5 else None,
            }
        )
        for one in items(random.randint(0, n), n)
    ]
    levels = {"service_latency_s": random.choice([0.5, 5.0]), "service_ttft_s": random.choice([None, 4.0])}
    told = task(
        tried,
        **(levels if random.random() < 0.3 else {}),
        loss_per_error_usd=random.choice([None, None, Decimal("0.00020")]),
        prompting=random.choice(["chat", "completion"]),
    )
    contention = {"contention": BUSY} if random.random() < 0.3 else {}
    served = [latency(spread=random.choice([0.0, 0.3]), **contention)] if random.random() < 0.85 else []
    return record([told], served)


@pytest.mark.parametrize("seed", range(6))
def test_made_up_records_come_out_as_in_python(seed: int) -> None:
    random = Random(seed)
    made = case(some_record(random), SOLD, some_scenario(random), random_changes(random), n_draws=60)
    assert not made.sheet.not_redone
    assert not differences(made.expected, PageEconomics(made.sheet).conclude(made.record.id, made.changes))


def ranged(value: str, low: str, high: str) -> Constant:
    return Constant(Decimal(value), Decimal(low), Decimal(high), "", "declared", "made up")


@pytest.mark.parametrize("tasks_per_month", [[9e3, 5e3, 5e4], [3e4, 1e4, 9e4], [3e4, 2e4, 9e4]])
def test_a_metered_device_at_its_capacity_comes_out_as_in_python(tasks_per_month: list[float]) -> None:
    """10 hours a month hold 18,000 attempts of 2 s; everything that can be drawn is."""
    around = scenario(
        unmetered=ranged("0.1", "0", "0.4"),
        psu_efficiency=ranged("0.85", "0.75", "0.94"),
        idle_watts=ranged("4", "3", "12"),
        hours_per_month=exactly("10"),
        maintenance=exactly("2"),
        api_accuracy=(Stated(None, ranged("0.97", "0.9", "1")),),
    )
    served = latency(spread=0.2)
    part = {"provenance": "measured", "covers": "package", "meter": "rapl"}
    metered = served.model_copy(
        update={"energy": tuple(one.model_copy(update=part) for one in served.energy)}
    )
    changes = {
        "kwh_price": [0.3, 0.1, 0.9],
        "device_price": [900, 400, 999],
        "ownership": {"kind": "shared", "share": 0.31},
        "tasks_per_month": tasks_per_month,
    }
    sold = [profile("near", scores=[score(0.98, 40)]), profile("said", input_price="2")]
    made = case(record([task(items(18, 20))], [metered]), sold, around, changes)
    page = PageEconomics(made.sheet)
    assert not differences(made.expected, page.conclude(made.record.id, changes))


BOUGHT = {"device_price": [360, 360, 360], "ownership": {"kind": "dedicated"}}


@pytest.mark.parametrize("changes", [{}, BOUGHT])
@pytest.mark.parametrize(
    ("n_right", "there", "is_timed", "loss"),
    [(19, "0", True, None), (0, "0", True, None), (0, "0.02", True, None), (2, "0.95", False, "0.01")],
)
def test_sides_that_are_never_right_or_of_unknown_cost_come_out_as_in_python(
    n_right: int, there: str, is_timed: bool, loss: str | None, changes: dict[str, Any]
) -> None:
    known = {"api_accuracy": (Stated(None, exactly(there)),)}
    stated = {} if loss is None else {"loss_per_error": exactly(loss)}
    run = record([task(items(n_right, 200))], [latency()] if is_timed else [])
    made = case(run, SOLD[1:2], scenario(**known, **stated), changes)
    assert not differences(made.expected, PageEconomics(made.sheet).conclude(run.id, changes))


@pytest.mark.parametrize("tasks", [20_000, 30_000])
def test_a_device_that_keeps_its_worth_comes_out_as_in_python(tasks: int) -> None:
    free = scenario(
        api_accuracy=(Stated(None, exactly("0.95")),), resale=exactly("1"), discount_rate=exactly("0")
    )
    made = case(record([task(items(19, 20))]), SOLD[:1], free, {**BOUGHT, "tasks_per_month": [tasks] * 3})
    assert not differences(made.expected, PageEconomics(made.sheet).conclude(made.record.id, made.changes))


def test_a_real_record_comes_out_as_in_python() -> None:
    known = load_apis()
    made = case(
        next(one for one in read_records([ROOT / "results"]).records if one.kind == "run"),
        [known.find(name) for name in known.defaults],
        Scenario(at=TODAY),
        random_changes(Random(5)),
        market=tuple(known.profiles.values()),
    )
    page = PageEconomics(made.sheet)
    assert len(made.expected.comparisons) > 10
    assert not differences(made.expected, page.conclude(made.record.id, made.changes))
    assert made.record.assessment is not None
    assert not differences(made.record.assessment, page.conclude(made.record.id))
    assert page.conclude("nobody's") == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("const SECONDS_PER_HOUR = 3600;", "const SECONDS_PER_HOUR = 3601;"),
        ("2 ** -32", "2 ** -31.99"),
        ("const MADE_UP = 2;", "const MADE_UP = 3;"),
        ("terms.share * month", "month"),
        ("values.length * (1 - 0.95)", "values.length * (1 - 0.9)"),
    ],
)
def test_a_broken_formula_is_found(right: str, wrong: str) -> None:
    """The comparison with Python is able to fail."""
    around = {
        "wage": exactly("9"),
        "labour": exactly("0.001"),
        "kwh_price": some_constant(Random(1), "", 0.5),
    }
    changes = {"ownership": {"kind": "shared", "share": 0.5}, "device_price": [300.0, 200.0, 500.0]}
    made = case(record([task(items(7, 9))]), SOLD[:1], scenario(**around), changes, n_draws=60)
    assert not differences(made.expected, PageEconomics(made.sheet).conclude(made.record.id, changes))
    assert right in script()
    broken = PageEconomics(made.sheet, script().replace(right, wrong))
    assert differences(made.expected, broken.conclude(made.record.id, changes))


def test_the_same_numbers_are_drawn() -> None:
    stream = Stream(3, "Zähler 💡 of x")
    page = PageEconomics(worksheet([], {}))
    for row, part in ((0, 0), (5, 2)):
        drawn = page.ask(f"Array.from(uniforms(3, 'Zähler 💡 of x', 9, {row}, {part}))")
        assert drawn == stream.uniforms(9, first_row=row, part=part)[0].tolist()
    drawn = page.ask("Array.from(normals(3, 'Zähler 💡 of x', 9, 5))")
    assert drawn == pytest.approx(stream.normals(9, first_row=5)[0].tolist(), rel=1e-13)


def test_resamples_are_met_again_where_there_are_too_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.economics.verdict.uncertainty.MOST_WEIGHTS", 200)
    made = case(record([task(items(3, 8))]), SOLD[:1], scenario(), {}, n_draws=50)
    source = script().replace("MOST_WEIGHTS = 2000000", "MOST_WEIGHTS = 200")
    assert not differences(made.expected, PageEconomics(made.sheet, source).conclude(made.record.id))


def test_a_level_under_a_new_load_is_left_to_the_command() -> None:
    run = record([task(items(57, 60), service_latency_s=9.0)])
    bar = {"need_accuracy": (Stated(None, exactly("0.8", "share")),)}
    told = case(run, SOLD[1:2], scenario(**bar, tasks_per_month=exactly("100")), {})
    page = PageEconomics(told.sheet)
    same = page.conclude(run.id)
    assert not differences(told.expected, same)  # the load that was simulated still holds
    (other,) = page.conclude(run.id, {"tasks_per_month": [200, 200, 200]})
    gate = other["gates"][1]
    assert gate["result"] == "open"
    assert gate["why"].count("breakeven cost … --tasks-per-month 200") == 1
    assert (other["verdict"], other["decided_by"]) == ("insufficient evidence", "fast-enough")
    (beyond,) = page.conclude(run.id, {"tasks_per_month": [1e9, 1e9, 1e9]})
    assert beyond["verdict"] == "not viable"  # beyond capacity no simulation is needed


@pytest.mark.parametrize(
    "changes",
    [
        {"kwh_price": [0.2, 0.3, 0.4]},
        {"kwh_price": [-1, -1, -1]},
        {"tasks_per_month": [0, 0, 0]},
        {"device_price": [1, 1, None]},
        {"ownership": {"kind": "dedicated"}},
        {"ownership": {"kind": "shared", "share": 1.5}, "device_price": [1, 1, 1]},
        {"ownership": {"kind": "rented", "share": 1}, "device_price": [1, 1, 1]},
    ],
)
def test_changes_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    made = case(record([task(items(1, 2))]), SOLD[:1], scenario(), {}, n_draws=20)
    with pytest.raises(Exception, match="RangeError"):
        PageEconomics(made.sheet).conclude(made.record.id, changes)


def test_the_curve_is_what_is_concluded_at_each_volume_and_crosses_at_break_even() -> None:
    run = record([task(items(45, 60))])
    known = {"api_accuracy": (Stated(None, some_constant(Random(2), "share", 0.9)),)}
    changes = {"ownership": {"kind": "dedicated"}, "device_price": [36, 30, 40]}
    page = PageEconomics(case(run, SOLD[1:2], scenario(**known), {}).sheet)
    (now,) = page.conclude(run.id, {**changes, "tasks_per_month": [5000] * 3})
    arguments = f"sheet, {json.dumps(run.id)}, 'some-task', 'unscored', {json.dumps(changes)}"
    (point,) = page.ask(f"breakEvenCurve({arguments}, [5000])")
    assert (point["device"], point["api"]) == (now["local_right_usd"], now["api_right_usd"])
    turn = now["break_even"]["if_bought"]
    (at,) = page.ask(f"breakEvenCurve({arguments}, [{turn!r}])")
    assert at["device"][0] == pytest.approx(at["api"][0], rel=1e-9)
    value = scenario(api_accuracy=(Stated(None, exactly("0.7")),), loss_per_error=exactly("0.0001"))
    loss = PageEconomics(case(run, SOLD[1:2], value, {}).sheet)
    (now,) = loss.conclude(run.id, {**changes, "tasks_per_month": [5000] * 3})
    turn = now["break_even"]["if_bought"]
    (at,) = loss.ask(f"breakEvenCurve({arguments}, [{turn!r}])")
    assert at["device"][0] == pytest.approx(at["api"][0], rel=1e-9)
    assert page.ask("breakEvenCurve(sheet, '', '', '', {}, [1])") == []


def reasons(run: Record, profiles: dict[str, ApiProfile]) -> list[str]:
    return [one.because for one in worksheet([run], profiles).not_redone]


def test_what_cannot_be_redone_is_listed_with_its_reason() -> None:
    run = record([task(items(9, 10))])
    given = {("some-task", "named"): [HostedAnswer("item-0", "right", 80, 10)]}
    assessed = assess(run, SOLD[:2], scenario(), n_draws=20, transcripts=given)
    told = run.model_copy(update={"assessment": assessed})
    known = {one.name: one for one in SOLD}
    assert reasons(told, known) == ["the API's answers are in a transcript, and not in the record"]
    assert "does not know the API" in reasons(told, {"named": SOLD[0]})[1]
    dearer = known | {"unscored": profile("unscored", input_price="0.2", output_price="0.4")}
    assert reasons(told, dearer)[1] == "the API's price, or how it is billed, is not what was recorded"
    scored = known | {"unscored": replace(SOLD[1], scores=(score(0.9),))}
    assert reasons(told, scored)[1] == "what is known of the API's accuracy is not what was recorded"
    ungated = tuple(one.model_copy(update={"gates": ()}) for one in assessed.comparisons)
    edited = told.model_copy(update={"assessment": assessed.model_copy(update={"comparisons": ungated})})
    assert reasons(edited, known)[1] == "whether it is good enough is not what was recorded"
    first = assessed.assumptions[1].model_copy(update={"band": None})
    old = assessed.model_copy(update={"assumptions": (assessed.assumptions[0], first)})
    (whole,) = worksheet([told.model_copy(update={"assessment": old})], known).not_redone
    assert (whole.task, whole.api) == (None, None)
    assert whole.because.startswith("the record holds no bounds of its")
    assert worksheet([run], known).records == ()


def test_equal_parts_are_written_once() -> None:
    runs = []
    for i in range(5):
        run = record([task(items(i % 4, 10))]).model_copy(update={"id": f"{i:016x}"})
        runs.append(run.model_copy(update={"assessment": assess(run, SOLD, scenario(), n_draws=1)}))
    sheet = worksheet(runs, {one.name: one for one in SOLD})
    assert (len(sheet.scenarios), len(sheet.apis), len(sheet.bills)) == (1, len(SOLD), 4)
    assert len(sheet.found) <= 4 * len(SOLD)
