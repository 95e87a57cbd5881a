"""``breakeven results export`` and ``query``: many records as tables, in files and in SQL."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import __version__
from bench.errors import InputError, RecordError
from bench.records.dataset_folder import CSV, PARQUET, is_dataset, write_marker
from bench.records.files import OTHER_TEMPORARY, temporary_folder
from bench.records.left_out import LeftOut
from bench.records.query import Answer, asked
from bench.records.results_folder import given_or_default
from bench.records.store import read_each
from bench.records.types import Record
from bench.records.warehouse import (
    Counts,
    RowsByTable,
    is_duckdb_file,
    write_csv,
    write_duckdb,
    write_parquet,
)
from bench.reports.dataset.answers import csv_cell
from bench.reports.dataset.rows import dataset_rows
from bench.reports.dataset.tables import TABLES

SCHEMA = {name: table.schema for name, table in TABLES.items()}
WITHOUT_DOCUMENTS = {name: columns for name, columns in SCHEMA.items() if name != "documents"}

Watch = Callable[[int], None]  # records done so far


class Conversion:
    """The rows of all records that can be used, one record at a time, and what was wrong with the others.

    ``change`` may alter a record or refuse it with a RecordError. A named file that is wrong is an error; one
    met in a folder is in ``left_out``.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        watch: Watch,
        change: Callable[[Record], Record] = lambda record: record,
    ) -> None:
        self._paths = given_or_default(paths)
        self._named = set(paths)
        self._watch = watch
        self._change = change
        self.left_out = LeftOut()
        self.n_records = 0

    def rows(self, tables: Collection[str]) -> Iterator[RowsByTable]:
        """Those of ``tables``. Raises RecordError when a named file cannot be used, or nothing can."""
        for path, read in read_each(self._paths):
            try:
                if isinstance(read, RecordError):
                    raise read
                rows = dataset_rows(self._change(read), tables)
            except RecordError as error:
                told = RecordError(error.what, where=error.where or str(path), remedy=error.remedy)
                if path in self._named:
                    raise told from None
                self.left_out.add(told)
                continue
            self.n_records += 1
            yield rows
            self._watch(self.n_records)
        if self.n_records == 0:
            n = len(self.left_out)
            raise RecordError(
                "there is no record that can be used"
                + next((f"; the first of {n:,}: {one.reason}" for one in self.left_out), ""),
                where=", ".join(str(path) for path in self._paths),
                remedy="`breakeven results verify` tells what is wrong; `breakeven run --quick` makes one",
            )


def export_parquet(conversion: Conversion, folder: Path) -> Counts:
    """A data set of Parquet files; rows by table."""
    return write_parquet(conversion.rows(SCHEMA), SCHEMA, folder, mark(PARQUET, conversion))


def export_csv(conversion: Conversion, folder: Path) -> Counts:
    """A CSV file for each table but that of whole documents, which no spreadsheet can hold."""
    finish = mark(CSV, conversion)
    rows = conversion.rows(WITHOUT_DOCUMENTS)
    return write_csv(rows, WITHOUT_DOCUMENTS, folder, csv_cell, finish)


def export_duckdb(conversion: Conversion, file: Path) -> Counts:
    """One DuckDB file with all tables."""
    return write_duckdb(conversion.rows(SCHEMA), SCHEMA, file)


@contextmanager
def query(sql: str, sources: Sequence[Path], note: Callable[[str], None], watch: Watch) -> Iterator[Answer]:
    """The answer of ``sql`` over a data set's folder, a DuckDB file, or records, converted on the fly."""
    data = [path for path in sources if is_dataset(path) or is_duckdb_file(path)]
    if data and len(sources) > 1:
        raise InputError(
            "a data set or DuckDB file is asked alone",
            remedy=f"leave out all but {data[0]}, or export them together",
        )
    if data:
        with asked(sql, data[0], SCHEMA) as answer:
            yield answer
        return
    with temporary_folder() as folder:
        conversion = Conversion(sources, watch)
        file = folder / "records.duckdb"
        write_duckdb(conversion.rows(SCHEMA), SCHEMA, file, remedy=OTHER_TEMPORARY)
        for error in conversion.left_out:
            note(f"left out: {error}")
        with asked(sql, file, SCHEMA) as answer:
            yield answer


def mark(layout: str, conversion: Conversion) -> Callable[[Path, Counts], None]:
    """What makes a folder a data set: its marker, which names no file and no place."""

    def finish(folder: Path, counts: Counts) -> None:
        details = {
            "breakeven": __version__,
            "n_records": conversion.n_records,
            "n_left_out": len(conversion.left_out),
        }
        write_marker(folder, layout, counts, details)

    return finish
