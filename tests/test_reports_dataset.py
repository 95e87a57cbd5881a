"""Rows of every table: as declared, absent as None, and nothing that a column cannot hold."""

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from bench.errors import RecordError
from bench.records.content_hash import content_sha256
from bench.records.types import Record
from bench.reports.dataset.answers import csv_cell, json_value, markdown, shown
from bench.reports.dataset.card import About, card
from bench.reports.dataset.cells import number
from bench.reports.dataset.rows import dataset_rows, is_synthetic, month
from bench.reports.dataset.tables import TABLES
from bench.reports.rows.summary import latency_rows, speed_rows
from tests.factories import AT, make_metered_record, make_record, make_speed, make_sustained, make_tool

TYPES: dict[str, type | tuple[type, ...]] = {
    "VARCHAR": str,
    "BIGINT": int,
    "DOUBLE": (int, float),
    "BOOLEAN": bool,
    "TIMESTAMP": datetime,
    "VARCHAR[]": list,
}
BARE = {"latency": (), "memory": None, "tasks": (), "assessment": None, "load": None, "engine": None}
RECORDS = {
    "run": make_record(),
    "metered": make_metered_record(),
    "sustained": make_record(speed=(make_sustained(),)),
    "bare": make_record(quality_settings=None, **BARE),
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=list(RECORDS))
def test_rows_hold_what_their_columns_declare(record: Record) -> None:
    rows = dataset_rows(record)
    assert list(rows) == list(TABLES)
    for name, table in TABLES.items():
        for row in rows[name]:
            assert sorted(row) == sorted(column.name for column in table.columns)
            for column in table.columns:
                value: Any = row[column.name]
                if value is None:
                    assert column.is_nullable, f"{name}.{column.name}"
                else:
                    assert isinstance(value, TYPES[column.type]), f"{name}.{column.name}"
                    assert column.type == "BOOLEAN" or not isinstance(value, bool)


def test_figures_are_those_of_the_other_reports() -> None:
    record = RECORDS["run"]
    rows = dataset_rows(record)
    rates = [row.rate.total_rate for row in speed_rows(record) if row.rate]
    assert [row["rate_tokens_per_s"] for row in rows["speed"]] == rates
    medians = [row.percentiles_s.get(50) for row in latency_rows(record)]
    assert [row["p50_s"] for row in rows["latency"]] == medians
    assert [row["n_right"] for row in rows["tasks"]] == [58, 2, 8]


def test_absent_is_null_and_never_zero() -> None:
    rows = dataset_rows(RECORDS["bare"])
    assert rows["memory"][0]["peak_rss_bytes"] is None
    assert rows["records"][0]["load_s"] is None
    assert rows["tasks"] == rows["comparisons"] == []
    untimed = make_speed("pp8", 10.0).model_copy(update={"samples": ()})
    (row,) = dataset_rows(make_record(speed=(untimed,)))["speed"]
    assert row["rate_tokens_per_s"] is row["loop_rate_tokens_per_s"] is None


def test_disturbed_and_modelled_figures_are_marked() -> None:
    rows = dataset_rows(make_record(speed=(make_speed("pp512", 400.0, n=4, disturbed=3),)))
    assert [row["is_disturbed"] for row in rows["speed"]] == [True]
    assert {row["provenance"] for row in rows["energy"]} == {"modelled"}


def test_a_document_is_the_whole_record_and_keeps_its_hash() -> None:
    (row,) = dataset_rows(RECORDS["run"])["documents"]
    assert Record.model_validate_json(row["document"]) == RECORDS["run"]
    document = RECORDS["run"].model_dump(mode="json", exclude_unset=True)
    assert content_sha256(json.loads(row["document"])) == content_sha256(document)


def test_only_the_tables_that_are_asked_for_are_filled() -> None:
    filled = dataset_rows(RECORDS["run"])
    assert dataset_rows(RECORDS["run"], ("tasks", "speed")) == {
        name: filled[name] for name in ("tasks", "speed")
    }


def test_what_no_column_can_hold_is_refused() -> None:
    vast = make_record()
    vast = vast.model_copy(update={"model": vast.model.model_copy(update={"n_params": 2**63})})
    with pytest.raises(RecordError, match="n_params of table records is beyond 63 bits"):
        dataset_rows(vast)
    with pytest.raises(RecordError, match="beyond the range of a DOUBLE"):
        number(Decimal("1e400"))


def test_month_is_that_of_utc() -> None:
    late = datetime.fromisoformat("2026-11-30T23:30:00-05:00")
    assert month(make_record(created_utc=late)) == "2026-12"
    assert month(make_record()) == "2026-11"


def test_a_synthetic_record_says_so() -> None:
    assert is_synthetic(make_record(tool=make_tool(version="0.1.0+synthetic")))
    assert not is_synthetic(make_record())


def test_answers_are_shown_without_markup_control_characters_or_formulas() -> None:
    assert shown("a\x1b[31mb\nc") == "a[31mb c"
    assert (shown(None), shown(float("nan")), shown(1 / 3), shown(True)) == ("–", "–", "0.333333", "true")
    assert markdown(["a|b"], [["<script>|*x*"]]).splitlines() == [
        "| a\\|b |",
        "| --- |",
        "| &lt;script&gt;\\|\\*x\\* |",
    ]
    assert (csv_cell("=1+1"), csv_cell(None), csv_cell([1, None])) == ("'=1+1", "", "[1, null]")
    assert json_value({"x": [float("inf"), Decimal("1.50"), AT]}) == {
        "x": [None, "1.50", "2026-11-20T09:30:00+00:00"]
    }


def test_the_card_declares_each_table_that_has_rows() -> None:
    import yaml

    rows = dict.fromkeys(TABLES, 5) | {"energy": 0}
    text = card(About("0.1.0", "cc-by-4.0", rows, 1, 1, ("2026-10", "2026-11"), 3, ("gpqa",)))
    _, front, body = text.split("---\n", 2)
    said = yaml.safe_load(front)
    assert [config["config_name"] for config in said["configs"]] == [
        name for name in TABLES if name != "energy"
    ]
    assert said["license"] == "cc-by-4.0"
    assert "did not pass the checks: 3" in body
    assert "`gpqa`" in body
    for table in TABLES.values():
        for column in table.columns:
            assert f"| `{column.name}` | {column.type} |" in body


def test_names_of_figures_tell_their_unit() -> None:
    units = r"_(s|j|usd|utc|bytes|bytes_per_s|tokens_per_s|nats|usd_per_mtok|per_month|per_weight|per_token)"
    plain = r"(device_|api_)?accuracy|chance|probability|perplexity|temperature|thinking_tokens_mean"
    named = re.compile(rf"({plain}|\w+{units})(_low|_high)?")
    for one in TABLES.values():
        if "unit" not in (column.name for column in one.columns):
            figures = [column.name for column in one.columns if column.type in ("DOUBLE", "TIMESTAMP")]
            assert [name for name in figures if not named.fullmatch(name)] == [], one.name
