import csv
import io
import re

from factories import make_metered_record, make_model, make_record
from test_reports_pareto import quant, without_prefill

from bench.reports import csv as csv_report
from bench.reports.markdown import render
from bench.reports.tables.ladder import ladder_table, ladder_tables
from bench.reports.words.labels import labels


def cells(table, figure):
    [row] = [row for row in table.rows if row[0] == figure]
    return row[1:]


def pair():
    """The larger file is the slower one."""
    return [
        without_prefill(quant(name, size, decode, model=model(name, size)))
        for name, size, decode in (("Q8_0", 2000, 100.0), ("Q4_0", 1000, 200.0))
    ]


def model(name, size):
    return make_model(name, quantization=name, size_bytes=size, requantized_from="full")


def alike():
    return [make_record(name, model=make_model(name)) for name in ("a", "b")]


def test_the_columns_are_the_quantizations_and_the_dominated_one_is_told():
    [table] = ladder_tables(pair())
    assert table.columns == ("figure", "Q8_0", "Q4_0")
    assert cells(table, "Pareto") == ("no", "yes")
    assert "Q8_0, Pareto: dominated by Q4_0" in table.notes


def test_alike_quantizations_are_named_by_their_models():
    [table] = ladder_tables(alike())
    assert set(table.columns) == {"figure", "a", "b"}
    assert cells(table, "quant") == ("Q4_1", "Q4_1")


def test_each_task_has_its_accuracy_with_an_interval_and_its_cost():
    [table] = ladder_tables(alike())
    interval = re.compile(r"[\d.]+ % \([\d.]+–[\d.]+\)")
    for task in ("gsm8k", "extract-json:easy"):
        assert all(map(interval.fullmatch, cells(table, f"{task} accuracy")))
        assert all(cell.startswith("~$") for cell in cells(table, f"{task} USD/1,000 correct"))


def test_measured_and_modelled_joules_never_share_a_line():
    metered = make_metered_record()
    [table] = ladder_tables([make_record("a", model=make_model("a", size_bytes=10**9)), metered])
    modelled, measured = cells(table, "modelled decode J/token"), cells(table, "measured decode J/token")
    assert modelled[0].startswith("~")
    assert measured[0] == modelled[1] == "–"
    assert measured[1][0].isdigit()


def test_one_record_is_no_ladder_and_has_no_mark():
    one = make_record()
    assert ladder_tables([one]) == []
    table = ladder_table([one], labels([one]))
    assert (table.columns[-1], table.rows[0][-1]) == ("Pareto", "–")
    assert "Quantizations beside" not in render([one])


def test_the_csv_says_who_is_dominated_by_whom():
    records = pair()
    rows = list(csv.DictReader(io.StringIO(csv_report.render(records))))
    told = {(row["model"], row["metric"]): row["value"] for row in rows}
    assert told["Q8_0", "is_not_dominated"] == "false"
    assert told["Q4_0", "is_not_dominated"] == "true"
    assert told["Q8_0", "dominated_by"] == records[1].id
    assert ("Q4_0", "dominated_by") not in told
    assert told["Q8_0", "bits_per_weight"] == "5.74"
    assert "is_not_dominated" not in csv_report.render(records[:1])
