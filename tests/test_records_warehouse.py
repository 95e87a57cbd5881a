"""Tables in files: whole or not at all, bounded batches, read by DuckDB and by ``datasets``."""

import csv
import errno
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from bench.errors import BreakevenError, EnvironmentProblem, InputError, RecordError
from bench.records import warehouse
from bench.records.dataset_folder import PARQUET, is_dataset, read_marker, write_marker
from bench.records.files import WITHIN
from bench.records.query import asked
from bench.records.warehouse import Counts, import_duckdb, write_csv, write_duckdb, write_parquet

SCHEMA = {
    "speed": {
        "record_id": "VARCHAR NOT NULL",
        "month": "VARCHAR NOT NULL",
        "rate": "DOUBLE",
        "at": "TIMESTAMP",
    },
    "empty": {"record_id": "VARCHAR NOT NULL", "month": "VARCHAR NOT NULL", "gpus": "VARCHAR[]"},
}
HOSTILE = "a\x00b\x1b[31m'\"<script>\u202e" + "x" * 100


def rows(n: int = 6) -> Iterator[dict[str, list[dict[str, Any]]]]:
    for number in range(n):
        yield {
            "speed": [
                {
                    "record_id": HOSTILE if number == 0 else f"r{number}",
                    "month": f"2026-{10 + number % 2}",
                    "rate": None if number == 1 else number / 7,
                    "at": "2026-11-20T09:30:00",
                }
            ],
            "empty": [],
        }


def finish(folder: Path, counts: Counts) -> None:
    write_marker(folder, PARQUET, counts, {})


def answer(sql: str, source: Path) -> list[tuple[Any, ...]]:
    with asked(sql, source, SCHEMA) as found:
        return list(found.rows)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("o'd [d]*") / "data set"
    write_parquet(rows(), SCHEMA, folder, finish)
    return folder


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("file") / "r.duckdb"
    write_duckdb(rows(), SCHEMA, file)
    return file


def test_parquet_is_partitioned_by_month_and_keeps_the_month(dataset: Path) -> None:
    files = sorted(path.relative_to(dataset) for path in dataset.rglob("*.parquet"))
    assert [path.parts[:2] for path in files] == [("speed", "month=2026-10"), ("speed", "month=2026-11")]
    found = duckdb.sql(f"SELECT * FROM read_parquet('{_sql(dataset / files[0])}', hive_partitioning = false)")
    assert found.columns == list(SCHEMA["speed"])
    assert found.fetchall()[0][0] == HOSTILE
    codecs = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{_sql(dataset / files[0])}')")
    assert codecs.fetchall() == [("ZSTD",)]
    assert read_marker(dataset)["tables"] == {"speed": 6, "empty": 0}


def _sql(path: Path) -> str:
    import glob

    return glob.escape(str(path)).replace("'", "''")


@pytest.mark.parametrize("kind", ["dataset", "file"])
def test_every_way_answers_alike(kind: str, request: pytest.FixtureRequest) -> None:
    source = request.getfixturevalue(kind)
    assert answer("SELECT count(*), count(rate), max(month) FROM speed", source) == [(6, 5, "2026-11")]
    assert answer("SELECT * FROM empty", source) == []
    assert {name for (name,) in answer("SHOW TABLES", source)} == set(SCHEMA)


def test_batches_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "BATCH_BYTES", 1)
    write_parquet(rows(), SCHEMA, tmp_path / "d", finish)
    assert len(list((tmp_path / "d").rglob("*.parquet"))) == 6
    assert answer("SELECT count(DISTINCT record_id) FROM speed", tmp_path / "d") == [(6,)]


def test_csv_has_a_file_a_table(tmp_path: Path) -> None:
    write_csv(rows(), SCHEMA, tmp_path / "c", str, finish)
    with (tmp_path / "c" / "speed.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == list(SCHEMA["speed"])
    assert found[1][0] == HOSTILE
    assert (tmp_path / "c" / "empty.csv").read_text() == "record_id,month,gpus\n"


@pytest.mark.parametrize("write", [write_parquet, write_duckdb])
def test_a_failure_in_the_middle_leaves_what_was_there(write: Any, tmp_path: Path) -> None:
    def broken() -> Iterator[Any]:
        yield from rows(2)
        raise RecordError("is broken")

    more = (finish,) if write is write_parquet else ()
    target = tmp_path / "t"
    write(rows(3), SCHEMA, target, *more)
    with pytest.raises(RecordError, match="is broken"):
        write(broken(), SCHEMA, target, *more)
    assert answer("SELECT count(*) FROM speed", target) == [(3,)]
    write(rows(1), SCHEMA, target, *more)
    assert answer("SELECT count(*) FROM speed", target) == [(1,)]
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


def test_what_is_no_data_set_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RecordError, match="holds no data set of breakeven"):
        write_parquet(rows(), SCHEMA, tmp_path, finish)
    write_marker(tmp_path, PARQUET, {"speed": 1}, {})
    with pytest.raises(RecordError, match=r"holds what breakeven did not write \(notes.txt\)"):
        write_parquet(rows(), SCHEMA, tmp_path, finish)
    with pytest.raises(RecordError, match="is no folder"):
        write_parquet(rows(), SCHEMA, tmp_path / "notes.txt", finish)
    with pytest.raises(RecordError, match="is no DuckDB file"):
        write_duckdb(rows(), SCHEMA, tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_folder_one_is_in_and_one_where_a_disk_begins_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match="is the folder you are in") as caught:
        write_csv(rows(), SCHEMA, Path(), str, finish)
    assert caught.value.remedy == WITHIN
    mount = tmp_path / "volume"
    mount.mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: path == mount)
    with pytest.raises(RecordError, match="is where a disk begins") as caught:
        write_csv(rows(), SCHEMA, mount, str, finish)
    assert caught.value.remedy == WITHIN
    write_csv(rows(), SCHEMA, mount / "data", str, finish)
    busy = OSError(errno.EBUSY, "Device or resource busy")  # a folder of the same disk, mounted there
    with mock.patch.object(Path, "rename", side_effect=busy), pytest.raises(RecordError) as caught:
        write_csv(rows(), SCHEMA, mount / "data", str, finish)
    assert caught.value.remedy == WITHIN
    assert [path.name for path in mount.iterdir()] == ["data"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of a process there")
@pytest.mark.parametrize("limit_kib", [8, 200])  # the file cannot be begun, and cannot be finished
def test_a_full_disk_leaves_no_file_without_its_tables(limit_kib: int, tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_kib * 1024, before[1]))
    try:
        with pytest.raises(RecordError, match="cannot be written") as caught:
            write_duckdb(rows(), SCHEMA, tmp_path / "r.duckdb")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "space" in str(caught.value.remedy)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_a_statement_is_no_fault(file: Path, tmp_path: Path) -> None:
    def stopped(said: str = "Query interrupted") -> Iterator[Any]:
        yield from rows(1)
        raise RuntimeError(said)  # as DuckDB does

    with pytest.raises(KeyboardInterrupt):
        write_duckdb(stopped(), SCHEMA, tmp_path / "r.duckdb")
    with pytest.raises(KeyboardInterrupt):
        write_parquet(stopped(), SCHEMA, tmp_path / "data", finish)
    with pytest.raises(KeyboardInterrupt), asked("SELECT 1", file, SCHEMA):
        next(itertools.islice(stopped(), 1, None))
    with pytest.raises(RuntimeError, match="another"):
        write_duckdb(stopped("another"), SCHEMA, tmp_path / "r.duckdb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", ["parquet", "duckdb"])
def test_a_name_too_long_is_refused(write: str, tmp_path: Path) -> None:
    target = tmp_path / ("a" * 300)
    with pytest.raises(RecordError, match="nothing can be written here"):
        write_duckdb(rows(), SCHEMA, target) if write == "duckdb" else write_parquet(
            rows(), SCHEMA, target, finish
        )
    assert not is_dataset(target)
    assert list(tmp_path.iterdir()) == []


def test_null_where_a_value_is_needed_is_refused(tmp_path: Path) -> None:
    nameless = [{"speed": [{"record_id": None, "month": "2026-11", "rate": 1, "at": None}], "empty": []}]
    with pytest.raises(RecordError, match="NOT NULL"):
        write_duckdb(nameless, SCHEMA, tmp_path / "x.duckdb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM read_text('/etc/hostname')", "Cannot access file"),
        ("SELECT * FROM read_csv('/etc/passwd')", "Cannot access file"),
        ("FROM glob('/etc/*')", "Cannot access file"),
        ("SELECT * FROM '/etc/passwd'", "Table with name|Cannot access"),
        ("COPY speed TO 'stolen.csv'", "only one SELECT"),
        ("ATTACH 'other.duckdb'", "only one SELECT"),
        ("SET memory_limit = '99GB'", "only one SELECT"),
        ("INSTALL httpfs", "only one SELECT"),
        ("DROP TABLE speed", "only one SELECT"),
        ("SELECT 1; DROP TABLE speed", "only one SELECT"),
        ("EXPLAIN ANALYZE COPY speed TO 'stolen.csv'", "only one SELECT"),
        ("SELECT * FROM query('COPY speed TO ''stolen.csv''')", "single SELECT"),
        ("", "only one SELECT"),
        ("SELECT\n  nothing FROM speed", r"(?s)nothing.*LINE 2"),
        ("SELEC 1", "(?s)syntax error.*LINE 1"),
        ("SELECT CAST('x' AS INT)", "Could not convert"),
        ("SELECT '\udcff'", "no text in UTF-8"),
    ],
)
def test_a_query_reads_its_tables_and_nothing_else(
    sql: str, told: str, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        answer(sql, dataset)
    assert list(tmp_path.iterdir()) == []


def test_a_query_that_needs_too_much_memory_is_told_so(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "MEMORY_LIMIT", "32MiB")
    with pytest.raises(InputError, match="allocate") as told:
        answer("SELECT list(a.range) FROM range(100000000) a", dataset)
    assert told.value.remedy == "ask for less at once: group, or add a LIMIT"
    assert "SET" not in told.value.what


def test_what_needs_another_package_is_said_without_its_traceback(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pytz", None)
    with pytest.raises(InputError, match="time zone") as told:
        answer("SELECT now()", dataset)
    assert "::VARCHAR" in str(told.value)
    assert "Traceback" not in str(told.value)


def test_views_of_a_strangers_file_reach_nothing(tmp_path: Path) -> None:
    file = tmp_path / "evil.duckdb"
    (tmp_path / "secret.txt").write_text("secret")
    with duckdb.connect(str(file)) as database:
        database.execute(f"CREATE VIEW speed AS SELECT * FROM read_text('{tmp_path}/secret.txt')")
    with pytest.raises(InputError, match="Cannot access file"):
        answer("SELECT * FROM speed", file)


@pytest.mark.parametrize("content", [b"", b"12345678DUCKbroken", b'{"format": 1}'])
def test_a_source_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(RecordError):
        answer("SELECT 1", tmp_path / "x")
    with pytest.raises(RecordError):
        answer("SELECT 1", tmp_path)


def test_without_duckdb_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(EnvironmentProblem) as told:
        import_duckdb()
    assert told.value.remedy == "pip install 'breakeven[data]'"
    assert isinstance(told.value, BreakevenError)
