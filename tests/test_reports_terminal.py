import re

import pytest
from factories import (
    make_accuracy,
    make_assessment,
    make_assumptions,
    make_comparison,
    make_items,
    make_machine,
    make_metered_record,
    make_model,
    make_record,
    make_speed,
    make_task,
    usd,
)
from golden_files import check_golden
from rich.cells import cell_len

from bench.records.types import ApiEvidence, Failure
from bench.reports.tables.asked import MOST_IN_FULL
from bench.reports.tables.economy import overview_table
from bench.reports.tables.measurements import quality_table
from bench.reports.tables.table import ACCURACY_NOTE
from bench.reports.terminal import render
from bench.reports.words.verdicts import premise, verdict_groups

HOSTILE = "[bold]x[/] \x1b[31m| <b>\n`$(rm)`\u202e" + "w" * 300


def ladder():
    small = make_record()
    large = make_record(
        "smollm2-135m-instruct-q8_0",
        model=make_model(
            "smollm2-135m-instruct-q8_0",
            quantization="Q8_0",
            size_bytes=144_811_200,
            bits_per_weight=8.51,
            source="requantized",
            requantized_from="smollm2-135m-instruct-q4_1",
        ),
        speed=(make_speed("pp512", 880.0), make_speed("tg128", 150.0, n=6, disturbed=5)),
    )
    return [small, large]


@pytest.mark.parametrize("width", [80, 160])
def test_one_record(width):
    check_golden(f"terminal-{width}.txt", render([make_record()], width=width))


@pytest.mark.parametrize("width", [80, 160])
def test_two_records(width):
    check_golden(f"terminal-two-{width}.txt", render(ladder(), width=width))


@pytest.mark.parametrize("width", [80, 160])
def test_a_record_of_several_meters(width):
    check_golden(f"terminal-energy-{width}.txt", render([make_metered_record()], width=width))


def many(**changes):
    """One record more than is told in full."""
    numbers = range(MOST_IN_FULL + 1)
    return [make_record(f"model-{n:02}", id=f"{n:016x}", **(changes if n == 3 else {})) for n in numbers]


def test_many_records_are_told_in_brief():
    text = render(many(), width=200)
    titles = re.findall(r"^(?:Verdicts|Cost|What would|All ways).*", text, re.MULTILINE)
    assert titles[0] == "Verdicts, and what 1,000 attempts cost in USD"
    assert not [title for title in titles if title.startswith(("Cost, in USD", "What would flip"))]
    assert "Weakest point" not in text
    assert "no prompt leaves it, no network is needed" in text
    lines = text.splitlines()
    for record in many():
        told = [line for line in lines if line.startswith(f"{record.model.name} ")]
        groups = verdict_groups(record.assessment)
        assert [line.split("  ")[0] for line in told[: len(groups)]] == [record.model.name] * len(groups)
        for line, group in zip(told, groups, strict=False):
            n_more = len(group.comparisons) - 1
            assert group.task in line
            assert group.verdict in line
            assert f"{group.closest.api} +{n_more}" in line if n_more else group.closest.api in line
    (left_out,) = re.findall(r"Not shown, `breakeven cost --all` does, as far as it is known: (.*)", text)
    assert "Why each verdict is what it is" in left_out
    assert "Cost, in USD" in left_out


def test_many_records_without_a_verdict_are_not_said_to_have_reasons():
    text = render([make_record(f"model-{n:02}", assessment=None) for n in range(MOST_IN_FULL + 1)], width=200)
    assert "Not shown" not in text
    assert text.count("No verdict: nothing was compared with an API.") == MOST_IN_FULL + 1


def test_of_many_records_all_is_told_on_demand():
    text = render(many(), width=200, has_all=True)
    assert text.count("Weakest point:") == len(many()) * len(verdict_groups(make_record().assessment))
    assert "\nCost, in USD\n" in text
    assert "Not shown" not in text


def test_in_brief_it_is_told_what_was_not_finished_or_not_compared():
    assert "not finished, so as far as measured: model-03\n" in render(many(is_complete=False), width=200)
    assert "nothing was compared: model-03\n" in render(many(assessment=None), width=200)


def test_the_first_screen_holds_verdicts_reasons_and_weakest_points():
    first_screen = render([make_record()], width=80).splitlines()[:24]
    text = "\n".join(first_screen)
    for verdict in (
        "VIABLE  extract-json:easy",
        "NOT VIABLE  gsm8k",
        "INSUFFICIENT EVIDENCE  extract-json:hard",
    ):
        assert verdict in text
    assert text.count("Weakest point:") >= 2
    assert "good-enough: 2 of 50 right" in text
    assert "the device you already own" in text


@pytest.mark.parametrize("width", [1, 80, 250])
def test_no_line_is_wider_than_the_terminal(width):
    records = [*ladder(), make_metered_record(), make_record("m" * 90, assessment=None)]
    widest = max(cell_len(line) for line in render(records, width=width).splitlines())
    assert widest <= max(width, 60)


def test_colour_only_when_asked_for():
    assert "\x1b[" not in render([make_record()], width=80)
    coloured = render([make_record()], width=80, color=True)
    assert "\x1b[1;32mVIABLE" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render([make_record()], width=80).splitlines()


def test_colour_does_not_depend_on_the_environment(monkeypatch):
    expected = render([make_record()], width=80, color=True)
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "40"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    assert render([make_record()], width=80, color=True) == expected
    assert "\x1b[" not in render([make_record()], width=80)


def test_words_from_outside_cannot_draw():
    record = make_record(
        model=make_model(HOSTILE),
        machine=make_machine(machine_class=HOSTILE, cpu_model=HOSTILE),
        tasks=(make_task(HOSTILE, ()),),
        assessment=make_assessment(
            [make_comparison(HOSTILE, HOSTILE, sentence=HOSTILE, if_bought=HOSTILE, flips=(HOSTILE,))]
        ),
        failures=(Failure(unit=HOSTILE, kind="crash", what=HOSTILE),),
    )
    text = render([record], width=80)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]x[/]" in text


def test_a_report_has_one_accuracy_of_a_task():
    comparison = make_comparison("gsm8k", "gpt-4o-mini", local_accuracy=make_accuracy(2, 53))
    task = make_task("gsm8k", make_items("gsm8k", 2, 48, unscored=3))
    record = make_record(tasks=(task,), assessment=make_assessment([comparison]))
    overview, quality = overview_table([record]), quality_table([record])
    told = overview.rows[0][overview.columns.index("accuracy here")]
    assert told == quality.rows[0][quality.columns.index("accuracy")]
    assert told.startswith("4.0 %")
    assert set(overview.notes) & set(quality.notes) == {ACCURACY_NOTE}


def test_a_record_without_conclusions_says_so():
    text = render([make_record(assessment=None, is_complete=False)], width=80)
    assert "No verdict: nothing was compared with an API." in text
    assert "This run was not finished" in text


def test_an_unknown_cost_is_told_and_not_zero():
    unknown = make_comparison(
        "gsm8k",
        "o1",
        "insufficient evidence",
        price=None,
        tokens=None,
        api_cost_per_attempt_usd=None,
        api_usd_per_correct=None,
        probability=None,
        flips=(),
        break_even_tasks_per_month=("unknown", None),
    )
    text = render([make_record(assessment=make_assessment([unknown]))], width=160)
    assert "no cost, o1: spend per correct answer" in text
    assert "no price" in text
    assert "Weakest point: the evidence that is missing" in text
    assert "$0 " not in text


def test_an_accuracy_of_which_nothing_is_known_names_the_flags_that_tell_it():
    nothing = ApiEvidence(kind="none", accuracy=None, detail="no transcript")
    open_one = make_comparison("t", "a", "insufficient evidence", evidence=nothing, flips=())
    text = render([make_record(assessment=make_assessment([open_one]))], width=160)
    said = "the API's accuracy is unknown: give --need-accuracy, --api-accuracy or --transcript"
    assert f"Weakest point: {said}" in text
    (group,) = verdict_groups(make_assessment([open_one]))
    assert group.weakest_in_words == "the API's accuracy is unknown"
    settled = make_comparison("t", "a", "not viable", evidence=nothing, flips=())
    assert said not in render([make_record(assessment=make_assessment([settled]))], width=160)


def test_the_closest_call_is_told_first():
    sure = make_comparison("t", "sure", probability=0.999)
    close = make_comparison("t", "close", probability=0.96, sentence="close indeed")
    unknown = make_comparison("t", "unknown", probability=None)
    text = render([make_record(assessment=make_assessment([sure, unknown, close]))], width=80)
    assert "against close (closest call), sure, unknown" in text


def test_what_is_settled_comes_before_what_is_open():
    mixed = [make_comparison("t", "a", "insufficient evidence"), make_comparison("t", "b", "viable")]
    text = render([make_record(assessment=make_assessment(mixed))], width=80)
    assert text.index("VIABLE  t") < text.index("INSUFFICIENT EVIDENCE  t")


def test_a_cost_without_upper_bound_is_said_to_have_none():
    never_right = make_comparison(
        "gsm8k", "o1", "not viable", local_usd_per_correct=(usd("0.5"), usd("0.1"), None)
    )
    assert "~$500 (100 or more)" in render(
        [make_record(assessment=make_assessment([never_right]))], width=160
    )


def test_failures_name_unit_and_kind():
    failed = make_record(failures=(Failure(unit="task/gsm8k/1", kind="hang", what="no answer for 60 s"),))
    assert "task/gsm8k/1: hang: no answer for 60 s" in render([failed], width=80)


@pytest.mark.parametrize(
    ("ownership", "told"),
    [
        ("sunk", "the device you already own"),
        ("dedicated", "a device bought for the task"),
        ("shared:0.3", "a device of which the task bears 0.3"),
    ],
)
def test_the_premise_is_told_in_words(ownership, told):
    figure, *others = make_assumptions()
    assumptions = (figure.model_copy(update={"value": ownership}), *others)
    assert premise(make_assessment().model_copy(update={"assumptions": assumptions})) == told


def test_of_a_price_that_enters_no_verdict_the_premise_says_what_it_enters():
    figure, *others = make_assumptions()
    price = figure.model_copy(
        update={"name": "device price", "value": "400", "unit": "USD", "flag": "--device-price"}
    )
    owned, bought = (
        premise(make_assessment().model_copy(update={"assumptions": (held, *others, price)}))
        for held in (figure, figure.model_copy(update={"value": "dedicated"}))
    )
    assert "its price (400 USD) enters no cost and no verdict, only what is said of buying it" in owned
    assert "--ownership dedicated" in owned
    assert bought == "a device bought for the task"
