"""Which tables a terminal shows: those of stated figures, all of them on demand, the rest by their names."""

import pytest

from bench.commands.cost import Concluded, cost
from bench.commands.cost_options import CostOptions
from bench.records.types import Assumption, Record
from bench.reports import markdown
from bench.reports.tables.asked import asked_tables
from bench.reports.terminal import render
from tests.program import RUN, in_process

HORIZON, DENSITY = "Over the months, as API prices fall", "If models become denser as they did"
EQUAL, TORNADO = "Where both cost the same", "What each uncertain figure alone does"
CARBON, WAYS = "Carbon, in g CO2-equivalent", "All ways to a correct answer, in USD"
LOSSES = "Which way is the cheapest for which loss per error, in USD"
ALL = {HORIZON, DENSITY, EQUAL, TORNADO, CARBON, WAYS, LOSSES}


@pytest.fixture(scope="module")
def concluded() -> Concluded:
    options = CostOptions(records=(RUN,), tasks=("gsm8k",), apis=("novita-llama-3.2-1b",), is_only_named=True)
    (one,) = cost(options).concluded
    return one


def stated(record: Record, flag: str) -> Record:
    """The record as if the figure of that flag had been stated."""
    assert record.assessment is not None
    figure = Assumption(
        name="figure", value="1", unit="", kind="declared", source="some", date=None, flag=flag
    )
    others = tuple(one for one in record.assessment.assumptions if one.flag != flag)
    assessment = record.assessment.model_copy(update={"assumptions": (*others, figure)})
    return record.model_copy(update={"assessment": assessment})


@pytest.mark.parametrize(
    ("flag", "shown"),
    [
        ("--kwh-price", set()),
        ("--horizon", {HORIZON}),
        ("--density-halving", {DENSITY}),
        ("--country", {CARBON}),
        ("--loss-per-error", {EQUAL, LOSSES}),
        ("--device-price", {HORIZON, EQUAL}),
    ],
)
def test_a_table_is_shown_if_a_figure_of_it_was_stated(
    concluded: Concluded, flag: str, shown: set[str]
) -> None:
    record = stated(concluded.records[0], flag)
    tables, left_out = asked_tables([record], concluded.frontiers, has_all=False)
    assert {table.title for table in tables} == shown
    assert shown.isdisjoint(left_out)
    assert shown | set(left_out) >= ALL


def test_several_models_are_ranked(concluded: Concluded) -> None:
    (record,) = concluded.records
    other = record.model_copy(update={"model": record.model.model_copy(update={"name": "other"})})
    tables, _ = asked_tables([record, other], concluded.frontiers, has_all=False)
    assert [table.title for table in tables] == [WAYS]


def test_a_human_that_is_stated_is_ranked(concluded: Concluded) -> None:
    (frontier,) = concluded.frontiers
    human = frontier.ways[0].model_copy(update={"name": "somebody", "kind": "human"})
    ranked = frontier.model_copy(update={"ways": (*frontier.ways, human)})
    tables, _ = asked_tables(concluded.records, [ranked], has_all=False)
    assert [table.title for table in tables] == [WAYS, "What each way adds, in USD"]


def test_what_is_left_out_is_named_and_shown_on_demand(concluded: Concluded) -> None:
    def shown(has_all: bool) -> str:
        one = concluded
        return render(one.records, frontiers=one.frontiers, has_evidence=False, has_all=has_all)

    short, whole = shown(has_all=False), shown(has_all=True)
    *_, named = " ".join(short.split()).partition("Not shown, `breakeven cost --all` does: ")
    for title in ALL:
        assert f"\n{title}\n" not in short
        assert title in named
        assert f"\n{title}\n" in whole
    assert "Not shown" not in whole


def test_markdown_has_every_table_and_a_paragraph_for_each_verdict(concluded: Concluded) -> None:
    text = markdown.render(concluded.records, concluded.frontiers)
    for title in ALL:
        assert f"## {title}\n" in text
    assert "  - Insufficient evidence: the device you already own instead of novita-llama-3.2-1b" in text
    assert "1,000 attempts cost \\~$" in text


def test_the_command_writes_markdown_and_tells_an_explained_call_in_words() -> None:
    api = ("--api", "gpt-4o-mini", "--only-named", "--at", "2026-11-22")  # one that is retired has no way
    words = ("cost", RUN, "--task", "gsm8k", *api)
    assert "## All ways to a correct answer" in in_process(*words, "--md", "-").out
    _, _, told, *_ = in_process(*words, "--explain").out.splitlines()
    assert told.startswith("Not viable: the device you already own instead of gpt-4o-mini for gsm8k.")
