"""All ways to a task as tables, and the worked example of the documentation."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bench.commands.cost_options import CostOptions
from bench.commands.workload import price_workload
from bench.economics.ways.bounds import read_bound
from bench.economics.ways.frontier import frontier
from bench.economics.ways.published_ways import PublishedWay
from bench.economics.ways.ways import KnownWay, published_way
from bench.records.types import LeftOut
from bench.reports.tables.frontier import frontier_tables
from bench.reports.tables.table import DISTURBED_COST_NOTE, Table
from bench.reports.terminal import render_tables
from tests.program import ROOT


def way(name: str, usd: str, accuracy: str) -> KnownWay:
    return published_way(PublishedWay(name, read_bound(usd), read_bound(accuracy), "a list", "2026-01-01"))


def by_name(table: Table, column: str) -> dict[str, str]:
    place = table.columns.index(column)
    return {row[1]: row[place] for row in table.rows}


def test_the_worked_example_of_the_documentation_is_what_is_printed(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "frontier.md").read_text("utf-8").partition("## By hand")[2]
    example = page.partition("```toml\n")[2].partition("```")[0]
    file = tmp_path / "example.toml"
    file.write_text(example)
    found = price_workload(CostOptions(scenario_file=file))
    assert found is not None
    printed = render_tables(frontier_tables(found.workloads[0].cost.frontiers), width=100)
    shown = page.partition("```text\n")[2].partition("```")[0]
    assert [line.rstrip() for line in printed.strip().splitlines()] == shown.rstrip().splitlines()


def test_shown_digits_of_a_bound_keep_it_true() -> None:
    # 1.2345 / 1 is below 1.24 and not below 1.23; 1.2355 is above 1.23 and not above 1.24
    ways = [way("below", "<1.2341", "1"), way("above", ">1.2369", "1"), way("between", "1.2341", ">0.5")]
    (table, *_) = frontier_tables([frontier("some-task", ways)])
    assert by_name(table, "1,000 correct answers") == {
        "below": "< $1,240", "above": "> $1,230", "between": "$1,230–$2,470"
    }  # fmt: skip


def test_what_is_never_right_not_good_enough_or_left_out_is_said() -> None:
    ways = [way("never", "1", "0"), way("good", "2", "0.9"), way("better", "~3", "1")]
    left_out = [LeftOut(kind="mixture", name=f"mixture {i}", why="too few items") for i in range(9)]
    (table, added, _) = frontier_tables([frontier("some-task", ways, left_out=left_out)])
    assert by_name(table, "place") == {"never": "never right", "good": "the cheapest", "better": "dearer"}
    assert by_name(table, "1,000 correct answers")["never"] == "unbounded"
    assert "left out, too few items: 9 ways, such as mixture 0" in table.notes
    assert [row[2] for row in added.rows] == ["good", "all other published ways"]
    (table, *_) = frontier_tables([frontier("some-task", ways, needed_accuracy=Decimal("0.95"))])
    assert by_name(table, "place") == {
        "never": "not good enough", "good": "not good enough", "better": "the cheapest"
    }  # fmt: skip


def test_joules_of_a_busy_machine_mark_what_rests_on_them() -> None:
    ways = [replace(way("here", "1", "0.5"), is_modelled=True, is_disturbed=True), way("there", "3", "1")]
    (table, *_) = frontier_tables([frontier("some-task", ways)])
    assert by_name(table, "1,000 attempts") == {"here": "!~$1,000", "there": "$3,000"}
    assert by_name(table, "1,000 correct answers") == {"here": "!~$2,000", "there": "$3,000"}
    assert DISTURBED_COST_NOTE in table.notes
    (quiet, *_) = frontier_tables([frontier("some-task", [way("here", "1", "0.5"), ways[1]])])
    assert DISTURBED_COST_NOTE not in quiet.notes


@pytest.mark.parametrize("is_met", [True, False])
def test_no_way_that_reaches_what_is_needed_is_said(is_met: bool) -> None:
    needed = Decimal("0.9" if is_met else "0.95")
    tables = frontier_tables(
        [frontier("t", [way("a", "1", "0.9"), way("b", "2", "0.8")], needed_accuracy=needed)]
    )
    assert any("and there is none" in note for note in tables[0].notes) is not is_met
    assert bool(tables[1].rows) is is_met


def test_without_ways_there_is_no_table() -> None:
    assert frontier_tables([]) == []
