"""SQL over records: one SELECT, read-only, on tables that lie in a data set or a DuckDB file.

The database reads nothing but these files, writes nowhere, loads nothing and has bounded memory; a statement
that would change that is refused by DuckDB, since its configuration is locked.
"""

import glob
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import InputError, RecordError
from bench.records.dataset_folder import PARQUET, read_marker, tables_of
from bench.records.warehouse import (
    Schema,
    import_duckdb,
    is_duckdb_file,
    name_of,
    settings,
    stopped_by_user,
    text_of,
)

if TYPE_CHECKING:
    import duckdb

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """``rows`` come as they are computed; their values are Python's, as DuckDB gives them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def asked(sql: str, source: Path, schema: Schema) -> Iterator[Answer]:
    """The answer to one SELECT over the tables of ``source``, a data set's folder or a DuckDB file.

    Raises InputError for what is no single SELECT or fails, with the line, and RecordError for an unusable
    source.
    """
    duckdb = import_duckdb()
    _check_statement(duckdb, sql)
    with stopped_by_user(), _opened(duckdb, source, schema) as database:
        try:
            result = database.execute(sql)
            described = result.description or []
            yield Answer(
                columns=tuple(str(column[0]) for column in described),
                types=tuple(str(column[1]) for column in described),
                rows=_rows(duckdb, result),
            )
        except duckdb.Error as error:
            raise _explained(error) from error


def _rows(duckdb: Any, result: Any) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := result.fetchmany(ROWS_AT_ONCE):
            yield from rows
    except duckdb.Error as error:
        raise _explained(error) from error


def _check_statement(duckdb: Any, sql: str) -> None:
    try:
        sql.encode()
        statements = duckdb.extract_statements(sql)
    except UnicodeEncodeError:  # of a command line in another encoding
        raise InputError("the query is no text in UTF-8", remedy="type it again") from None
    except duckdb.Error as error:
        raise _explained(error) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(
            "only one SELECT is answered: nothing is changed or written by a query",
            remedy="SHOW TABLES lists the tables, DESCRIBE speed its columns; docs/data.md has examples",
        )


@contextmanager
def _opened(duckdb: Any, source: Path, schema: Schema) -> "Iterator[duckdb.DuckDBPyConnection]":
    try:
        if source.is_dir():
            database = duckdb.connect(config=settings(None))
        elif is_duckdb_file(source):
            database = duckdb.connect(str(source), read_only=True, config=settings(None))
        else:
            raise RecordError(
                "is neither a folder nor a DuckDB file",
                where=str(source),
                remedy="`breakeven results export` makes both",
            )
    except duckdb.Error as error:
        raise RecordError(f"cannot be opened: {_first_line(error)}", where=str(source)) from error
    with database:
        try:
            if source.is_dir():
                if (layout := read_marker(source).get("layout")) != PARQUET:
                    raise RecordError(
                        f"holds {layout} files",
                        where=str(source),
                        remedy="give records, a DuckDB file or what `results export --parquet` wrote",
                    )
                for statement in _views(source, schema):
                    database.execute(statement)
            database.execute("SET enable_external_access = false")
            database.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            raise RecordError(f"cannot be read: {_first_line(error)}", where=str(source)) from error
        yield database


def _views(folder: Path, schema: Schema) -> Iterator[str]:
    """A view of each table's files, the only ones that may be read from then on; without files, no rows."""
    whole = folder.absolute()
    # The place of a pattern is checked before it is resolved: of one that stands for this folder, too.
    allowed = {f"{whole}/", f"{glob.escape(str(whole))}/"}
    yield f"SET allowed_directories = [{', '.join(map(text_of, sorted(allowed)))}]"
    for table, files in tables_of(schema, whole).items():
        if files:
            paths = ", ".join(text_of(glob.escape(str(path))) for path in files)
            body = f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false)"
        else:
            body = f"SELECT {_nothing(schema[table])} WHERE false"
        yield f"CREATE VIEW {name_of(table)} AS {body}"


def _nothing(columns: Mapping[str, str]) -> str:
    types = {name: kind.removesuffix(" NOT NULL") for name, kind in columns.items()}
    return ", ".join(f"NULL::{kind} AS {name_of(name)}" for name, kind in types.items())


def _explained(error: Exception) -> InputError:
    """DuckDB's own words, which show the line and mark the place in it."""
    kind, _, rest = str(error).partition(": ")
    if kind.startswith("Out of Memory"):  # what follows advises settings that are locked
        return InputError(
            f"the query fails: {rest.partition(chr(10))[0]}",
            remedy="ask for less at once: group, or add a LIMIT",
        )
    if rest.startswith("Required module"):  # what follows is a traceback
        return InputError(
            "the query fails: a moment with its time zone can only be shown as text",
            remedy="cast it: now()::VARCHAR",
        )
    if kind.startswith("Permission"):
        remedy = "a query reads the tables of records and nothing else"
    else:
        remedy = "SHOW TABLES lists the tables, DESCRIBE speed its columns"
    return InputError(f"the query fails: {rest or kind}", remedy=remedy)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
