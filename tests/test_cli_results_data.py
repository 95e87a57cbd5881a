"""The words of ``results export`` and ``query``: what is printed, and how it ends."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.cli import results_data
from bench.cli.results import results
from bench.errors import InputError, RecordError
from bench.records.privacy import Identity
from bench.records.store import write_record
from tests.factories import make_items, make_metered_record, make_record, make_task
from tests.program import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for name in ("a", "b"):
        write_record(make_record(name), folder, identity=Identity("", "", ""))
    (folder / "broken.json").write_text("{")
    return folder


@pytest.fixture(scope="module")
def file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "r.duckdb"
    done = said("export", str(folder), "--duckdb", str(file))
    assert "broken.json" in done.output
    assert "2 records" in done.output
    return file


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, of which one errs where the other does not, on a machine that nobody disturbed."""
    folder, file = tmp_path_factory.mktemp("many"), tmp_path_factory.mktemp("data") / "many.duckdb"
    for name, n_right in (("good", 19), ("bad", 5)):
        task = make_task("gsm8k", make_items("gsm8k", n_right, 20 - n_right))
        record = make_metered_record(name, id=name, is_quick=False)
        write_record(record.model_copy(update={"tasks": (task,)}), folder, identity=Identity("", "", ""))
    said("export", str(folder), "--duckdb", str(file))
    return file


def said(*words: str) -> Result:
    return CliRunner().invoke(results, words, catch_exceptions=False)


def test_records_are_queried_on_the_fly_and_broken_ones_named(folder: Path) -> None:
    done = said("query", "SELECT model, count(*) AS n FROM speed GROUP BY ALL ORDER BY ALL", str(folder))
    assert done.stdout == "model  n\na      2\nb      2\n"
    assert "broken.json" in done.stderr


def test_csv_draws_nothing_on_a_terminal_and_is_whole_in_a_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = "query", "SELECT 'a' || chr(8238) || 'b' AS x", str(file), "--csv"
    assert said(*ask).stdout == "x\na\u202eb\n"
    monkeypatch.setattr(results_data, "is_terminal", lambda: True)
    assert said(*ask).stdout == "x\na\N{REPLACEMENT CHARACTER}b\n"


def test_every_output_says_the_same(file: Path) -> None:
    sql = "SELECT model, NULL AS x, '=1' AS y, 0.1 + 0.2e0 AS z FROM records ORDER BY model LIMIT 1"
    assert said("query", sql, str(file), "--json").stdout == (
        '[\n{"model":"a","x":null,"y":"=1","z":0.30000000000000004}\n]\n'
    )
    assert said("query", sql, str(file), "--csv").stdout == "model,x,y,z\na,,'=1,0.30000000000000004\n"
    assert said("query", sql, str(file), "-o", "md").stdout.splitlines()[-1] == "| a | – | =1 | 0.3 |"
    assert said("query", sql, str(file)).stdout == "model  x  y   z\na      –  =1  0.3\n"
    assert json.loads(said("query", "SELECT 1 AS a WHERE false", str(file), "--json").stdout) == []


EXAMPLES = re.findall(r'results query "\n([^"]+)"', (ROOT / "docs" / "data.md").read_text("utf-8"))


@pytest.mark.parametrize("sql", EXAMPLES, ids=[" ".join(sql.split())[:40] for sql in EXAMPLES])
def test_the_queries_of_the_docs_are_answered(sql: str, many: Path) -> None:
    rows = json.loads(said("query", sql, str(many), "--json").stdout)
    assert rows
    assert all(value is not None for value in rows[0].values())


def test_the_docs_have_queries() -> None:
    assert len(EXAMPLES) == 7


def test_a_person_sees_the_first_rows_and_is_told_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_data, "MOST_SHOWN", 3)
    done = said("query", "SELECT range AS n FROM range(5)", str(file))
    assert done.stdout.split() == ["n", "0", "1", "2"]
    assert "the first 3 rows" in done.stderr
    assert "first" not in said("query", "SELECT range AS n FROM range(3)", str(file)).stderr


def test_an_export_replaces_the_one_before_and_csv_needs_no_documents(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        said("export", str(folder), "--csv", str(tmp_path / "c"), "--parquet", str(tmp_path / "p"))
    assert sorted(path.name for path in (tmp_path / "p").iterdir())[:2] == [
        "assumptions",
        "breakeven-dataset.json",
    ]
    assert not (tmp_path / "c" / "documents.csv").exists()
    with pytest.raises(RecordError, match="holds CSV files"):
        said("query", "SELECT 1", str(tmp_path / "c"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("query", "SELECT 1", "--json", "--csv"), "csv and json at once"),
        (("query", "SELECT 1", "-o", "md", "--csv"), "csv and md at once"),
        (("export",), "nothing says what to write"),
    ],
)
def test_words_that_contradict_are_refused(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError, match=told):
        said(*words)


def test_columns_of_one_name_are_no_json(file: Path) -> None:
    with pytest.raises(InputError, match="two columns are called a"):
        said("query", "SELECT 1 AS a, 2 AS a", str(file), "--json")


def test_data_and_records_are_not_mixed(file: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="is asked alone"):
        said("query", "SELECT 1", str(file), str(folder))


def test_a_named_file_that_is_broken_is_an_error_and_writes_nothing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="broken"):
        said("export", str(folder / "broken.json"), "--duckdb", str(tmp_path / "x.duckdb"))
    with pytest.raises(RecordError, match="no record that can be used\n"):
        said("export", str(tmp_path), "--parquet", str(tmp_path / "d"))
    assert list(tmp_path.iterdir()) == []
