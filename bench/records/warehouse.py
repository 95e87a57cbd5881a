"""Rows of many records into Parquet, a DuckDB file or CSV: in batches, so that memory stays bounded.

Rows go to JSON Lines first, and DuckDB turns each full file of them into columns. One file at a time: read
together by name, thousands of JSON files take 32 MiB each.
"""

import csv
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from pydantic_core import to_json

from bench.errors import EnvironmentProblem, RecordError
from bench.records.dataset_folder import OURS_OR_NEW, replaced_folder
from bench.records.files import OTHER_PLACE, refuse_folder, refuse_irregular, remove_quietly, sync_folder
from bench.units import MIB

Row = Mapping[str, Any]
RowsByTable = Mapping[str, Sequence[Row]]  # of one record
Schema = Mapping[str, Mapping[str, str]]  # table -> column -> SQL type, with NOT NULL where it is so
Counts = dict[str, int]  # table -> rows

MEMORY_LIMIT = "384MiB"  # of DuckDB; what is beyond goes to disk
MOST_THREADS = 4
BATCH_BYTES = 48 * MIB  # of JSON Lines; a batch becomes a file in each month that it is of
PARTITION = "month"
REMEDY_INSTALL = "pip install 'breakeven[data]'"


def import_duckdb() -> Any:
    """The module; EnvironmentProblem where it is not installed."""
    try:
        import duckdb
    except ImportError:
        raise EnvironmentProblem(
            "tables at scale need DuckDB, which is not installed", remedy=REMEDY_INSTALL
        ) from None
    return duckdb


def is_duckdb_installed() -> bool:
    return find_spec("duckdb") is not None


def settings(temporary: Path | None) -> dict[str, Any]:
    """How DuckDB is held: bounded, without extensions from elsewhere; spills go to ``temporary``, or fail."""
    return {
        "memory_limit": MEMORY_LIMIT,
        "threads": max(1, min(MOST_THREADS, os.cpu_count() or 1)),
        "temp_directory": "" if temporary is None else str(temporary),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }


def write_parquet(
    records: Iterable[RowsByTable],
    schema: Schema,
    target: Path,
    finish: Callable[[Path, Counts], None],
    *,
    remedy: str = OURS_OR_NEW,
) -> Counts:
    """Fill the folder ``target``: a folder a table, in it one a month, in these Parquet files (zstd).

    ``finish`` adds what else belongs into the folder before it takes the place of an earlier data set there.
    Raises RecordError when it cannot be written, ``remedy`` says how it can be, or something else is there.
    """
    import_duckdb()  # before anything is made
    with (
        replaced_folder(target, remedy=remedy) as folder,
        _scratch(folder.parent) as scratch,
        _database(":memory:", scratch, target, remedy) as database,
    ):

        def load(table: str, lines: Path, options: str, number: int) -> None:
            database.execute(
                f"COPY (SELECT * FROM read_json({text_of(lines)}, {options})) TO {text_of(folder / table)}"
                f" (FORMAT parquet, COMPRESSION zstd, PARTITION_BY ({PARTITION}),"
                " WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE,"
                f" FILENAME_PATTERN 'part-{number:05}-{{i}}')"
            )

        counts = _fill(records, schema, scratch, load)
        finish(folder, counts)
    return counts


def write_duckdb(
    records: Iterable[RowsByTable], schema: Schema, target: Path, *, remedy: str = OTHER_PLACE
) -> Counts:
    """Replace ``target`` by a DuckDB file with a table for each of ``schema``; all of it or nothing.

    Raises RecordError when it cannot be written, or another kind of file is there.
    """
    import_duckdb()
    temporary = target.absolute().parent / f".{target.name}.{secrets.token_hex(4)}.tmp"
    try:
        refuse_irregular(target, OTHER_PLACE)
        if target.exists() and not is_duckdb_file(target):
            raise RecordError("is no DuckDB file: not replaced", where=str(target), remedy=OTHER_PLACE)
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with (
            _scratch(temporary.parent) as scratch,
            _database(str(temporary), scratch, target, remedy) as database,
        ):

            def load(table: str, lines: Path, options: str, number: int) -> None:  # noqa: ARG001
                source = f"read_json({text_of(lines)}, {options})"
                database.execute(f"INSERT INTO {name_of(table)} SELECT * FROM {source}")

            for table, columns in schema.items():
                declared = ", ".join(f"{name_of(name)} {kind}" for name, kind in columns.items())
                database.execute(f"CREATE TABLE {name_of(table)} ({declared})")
            counts = _fill(records, schema, scratch, load)
            # Closing does this, too, but says nothing when the disk is full: the file would have no tables.
            database.execute("CHECKPOINT")
        temporary.replace(target)
        sync_folder(temporary.parent)
    except OSError as error:
        refuse_folder(error, target.parent, remedy)
    finally:
        remove_quietly(temporary)
        remove_quietly(temporary.with_name(f"{temporary.name}.wal"))
    return counts


def write_csv(
    records: Iterable[RowsByTable],
    schema: Schema,
    target: Path,
    cell: Callable[[Any], str],
    finish: Callable[[Path, Counts], None],
) -> Counts:
    """Fill the folder ``target`` with a CSV file for each table of ``schema``; ``cell`` spells a value."""
    counts = dict.fromkeys(schema, 0)
    with replaced_folder(target) as folder, ExitStack() as stack:
        writers = {}
        for table, columns in schema.items():
            file = (folder / f"{table}.csv").open("x", encoding="utf-8", newline="")
            writers[table] = csv.writer(stack.enter_context(file), lineterminator="\n")
            writers[table].writerow(columns)
        for rows in records:
            for table, columns in schema.items():
                writers[table].writerows([cell(row[name]) for name in columns] for row in rows[table])
                counts[table] += len(rows[table])
        stack.close()
        finish(folder, counts)
    return counts


def is_duckdb_file(path: Path) -> bool:
    """By its magic bytes; an empty file is none."""
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except OSError:
        return False


@contextmanager
def stopped_by_user() -> Iterator[None]:
    """Ctrl-C as it is everywhere: in the middle of a statement, DuckDB makes a RuntimeError of it."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" not in str(error):
            raise
        raise KeyboardInterrupt from error


def name_of(identifier: str) -> str:
    """As SQL quotes a name."""
    return '"' + identifier.replace('"', '""') + '"'


def text_of(word: object) -> str:
    """As SQL quotes a text."""
    return "'" + str(word).replace("'", "''") + "'"


# -- inside --------------------------------------------------------------------------------------


class _Lines:
    """The rows of one table that wait in a file of JSON Lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: IO[bytes] = path.open("wb")
        self.n_bytes = 0
        self.longest = 0

    def add(self, row: Row) -> None:
        line = to_json(row) + b"\n"
        self.file.write(line)
        self.n_bytes += len(line)
        self.longest = max(self.longest, len(line))


@contextmanager
def _database(place: str, scratch: Path, target: Path, remedy: str) -> Iterator[Any]:
    """A database, closed at the end; a RecordError with DuckDB's words when it cannot do what it should."""
    duckdb = import_duckdb()
    try:
        with stopped_by_user(), duckdb.connect(place, config=settings(scratch)) as database:
            yield database
    except duckdb.Error as error:
        raise RecordError(
            f"cannot be written: {str(error).partition(chr(10))[0]}",
            where=str(target),
            remedy=f"see that there is space, or {remedy}",
        ) from error


def _fill(
    records: Iterable[RowsByTable],
    schema: Schema,
    scratch: Path,
    load: Callable[[str, Path, str, int], None],
) -> Counts:
    """Let ``load`` take the rows of all records, table by table, whenever enough of them wait."""
    counts = dict.fromkeys(schema, 0)
    batches = dict.fromkeys(schema, 0)
    waiting: dict[str, _Lines] = {}

    def flush(table: str) -> None:
        lines = waiting.pop(table)
        lines.file.close()
        load(table, lines.path, _options(schema[table], lines.longest), batches[table])
        lines.path.unlink()
        batches[table] += 1

    try:
        for rows in records:
            for table in schema:
                if not rows[table]:
                    continue
                lines = waiting.get(table) or waiting.setdefault(table, _Lines(scratch / f"{table}.jsonl"))
                for row in rows[table]:
                    lines.add(row)
                counts[table] += len(rows[table])
                if lines.n_bytes >= BATCH_BYTES:
                    flush(table)
        for table in list(waiting):
            flush(table)
    finally:  # what still waits does so since another error is on its way
        for lines in waiting.values():
            with suppress(OSError):
                lines.file.close()
    return counts


def _options(columns: Mapping[str, str], longest_line: int) -> str:
    """Of read_json: nothing is guessed. Its buffers are as large as the longest line needs, not larger."""
    types = ", ".join(
        f"{text_of(name)}: {text_of(kind.removesuffix(' NOT NULL'))}" for name, kind in columns.items()
    )
    return (
        f"format = 'newline_delimited', compression = 'none', columns = {{{types}}},"
        f" maximum_object_size = {max(MIB, longest_line + 1)}"
    )


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A folder for what waits and spills, on the disk that the result goes to."""
    with tempfile.TemporaryDirectory(prefix=".breakeven-", dir=beside, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
