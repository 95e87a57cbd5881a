"""Token counts of requests, out of providers' usage exports and logs of requests: JSON Lines, CSV or TOML."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from bench.economics.assumptions.moment import read_moment
from bench.economics.workload import Usage
from bench.errors import InputError, nearest
from bench.tasks.json_lines import Line, read_lines, read_objects, repeated

Fields = dict[str, object]
Names = tuple[str, ...]

# What fields are called; a dot leads into an object, or is part of a column's name.
INPUT: Names = ("input_tokens", "prompt_tokens", "n_context_tokens_total")
OUTPUT: Names = ("output_tokens", "completion_tokens", "n_generated_tokens_total")
CACHED: Names = (
    "cached_tokens",
    "input_cached_tokens",
    "prompt_tokens_details.cached_tokens",
    "input_tokens_details.cached_tokens",
)
REASONING: Names = (
    "reasoning_tokens",
    "completion_tokens_details.reasoning_tokens",
    "output_tokens_details.reasoning_tokens",
)
READ_BESIDE: Names = ("cache_read_input_tokens",)  # from the cache, and left out of input_tokens
WRITTEN_BESIDE: Names = ("cache_creation_input_tokens",)  # to the cache, and left out of input_tokens
REQUESTS: Names = ("count", "requests", "n_requests", "num_requests", "num_model_requests")
MODEL: Names = ("model",)
MOMENT: Names = ("timestamp", "created", "created_at", "date", "start_time")
# Where they may stand: in the row itself, or as deep as the answer to a batched request.
_INSIDE: tuple[Names, ...] = (
    (),
    ("usage",),
    ("response",),
    ("response", "usage"),
    ("response", "body"),
    ("response", "body", "usage"),
)

LARGEST = 10**15  # of a count; more is a slip of the pen
LONGEST_NAME = 1_000  # characters; a path of a model may have some hundred
_DIGITS = re.compile(r"[0-9]{1,20}")
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,12})?")


def read_usages(path: Path) -> list[Usage]:
    """The requests of a ``.jsonl`` or ``.csv`` file, gzipped or not.

    Raises TaskError for a file that cannot be read as what its name says, InputError with file, line and
    field for a row that cannot be used, and for a file without rows.
    """
    usages = [read_usage(row, line.where) for line, row in _rows(path)]
    if not usages:
        raise InputError("no row at all", where=str(path))
    return usages


def read_moments(path: Path) -> Iterator[tuple[str, float]]:
    """Where each row stands, and the seconds since 1970 at which its request came; errors as above.

    InputError for a row without a moment, and for one that sums up several requests.
    """
    for line, fields in _rows(path):
        row = _Row(fields, line.where)
        moment, n_requests = row.moment(MOMENT), row.count(REQUESTS)
        if moment is None:
            raise row.missing(MOMENT)
        if n_requests is not None and n_requests != 1:
            raise row.error(f"a row of {n_requests:,} requests has no moment of each", REQUESTS)
        yield line.where, moment.timestamp()


def _rows(path: Path) -> Iterator[tuple[Line, Fields]]:
    name = path.name.lower().removesuffix(".gz")
    if not name.endswith((".jsonl", ".ndjson", ".csv")):
        raise InputError(
            "a workload is a .jsonl or .csv file", where=str(path), remedy="name it after what it holds"
        )
    return _csv_rows(path) if name.endswith(".csv") else read_objects(read_lines(path))


def read_usage(fields: Fields, where: str) -> Usage:
    """One row. InputError with ``where`` and field; fields that mean nothing here are left alone."""
    row = _Row(fields, where)
    n_input, n_output = row.need(INPUT), row.need(OUTPUT)
    cached, reasoning, n_requests = row.count(CACHED), row.count(REASONING), row.count(REQUESTS)
    read, written = row.count(READ_BESIDE), row.count(WRITTEN_BESIDE)
    if cached is not None and (read or written):
        raise row.error(
            f"has cached tokens beside the input and {cached:,} of the input", CACHED, "give one of them"
        )
    if cached is not None and cached > n_input:
        raise row.error(f"{cached:,} cached tokens in an input of {n_input:,}", CACHED)
    if reasoning is not None and reasoning > n_output:
        raise row.error(
            f"{reasoning:,} reasoning tokens in an output of {n_output:,}",
            REASONING,
            "an output's tokens include its reasoning",
        )
    if n_requests == 0:
        raise row.error("a row that stands for no request", REQUESTS, "leave it out")
    return Usage(
        input_tokens=n_input + (read or 0) + (written or 0),
        output_tokens=n_output,
        cached_tokens=cached or read or 0,
        written_tokens=written or 0,
        reasoning_tokens=reasoning,
        n_requests=n_requests or 1,
        model=row.name(MODEL),
        at=row.moment(MOMENT),
    )


class _Row:
    """The fields of one row under any of their names; null is as good as absent."""

    def __init__(self, fields: Fields, where: str) -> None:
        self._fields, self._where = fields, where
        scopes = {path: _at(fields, path) for path in _INSIDE}
        self._scopes = {path: scope for path, scope in scopes.items() if isinstance(scope, dict)}

    def count(self, names: Names) -> int | None:
        """Names for the same thing must say the same."""
        counts = {path: self._whole(value, path) for path, value in self._found(names).items()}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{path} {count:,}" for path, count in counts.items())
            raise InputError(f"two counts of the same: {told}", where=self._where)
        return next(iter(counts.values()), None)

    def need(self, names: Names) -> int:
        count = self.count(names)
        if count is None:
            raise self.missing(names)
        return count

    def name(self, names: Names) -> str | None:
        for path, value in self._found(names).items():
            name = value.strip() if isinstance(value, str) else ""
            if not 0 < len(name) <= LONGEST_NAME:
                raise InputError(
                    f"{_short(value)} is no name",
                    where=f"{self._where}: {path}",
                    remedy=f"write 1 to {LONGEST_NAME:,} characters, or leave it out",
                )
            return name
        return None

    def moment(self, names: Names) -> datetime | None:
        """In ISO form, or in seconds since 1970."""
        for path, value in self._found(names).items():
            try:
                return _moment(value)
            except (InputError, ArithmeticError, ValueError, OSError):
                raise InputError(
                    f"{_short(value)} is no moment",
                    where=f"{self._where}: {path}",
                    remedy="write it as 2026-11-21T09:30Z, or in seconds since 1970",
                ) from None
        return None

    def missing(self, names: Names) -> InputError:
        known = [name for name, value in self._fields.items() if value is not None]
        what = f"has no {names[0]}; {nearest(names[0], known)}"
        return InputError(what, where=self._where, remedy="call it " + " or ".join(names[:2]))

    def error(self, what: str, names: Names, remedy: str | None = None) -> InputError:
        return InputError(what, where=f"{self._where}: {', '.join(self._found(names))}", remedy=remedy)

    def _found(self, names: Names) -> dict[str, object]:
        found = {
            (path, name): _at(scope, name.split(".")) if "." in name else scope.get(name)
            for path, scope in self._scopes.items()
            for name in names
        }
        return {".".join((*path, name)): value for (path, name), value in found.items() if value is not None}

    def _whole(self, value: object, path: str) -> int:
        count = -1
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            count = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            count = value
        if not 0 <= count <= LARGEST:
            raise InputError(
                f"{_short(value)} is no count",
                where=f"{self._where}: {path}",
                remedy="write a whole number of at least 0",
            )
        return count


def _csv_rows(path: Path) -> Iterator[tuple[Line, Fields]]:
    """An empty cell says nothing."""
    line = Line(path, 1, "")

    def texts() -> Iterator[str]:
        nonlocal line
        for line in read_lines(path):
            yield line.text

    header: list[str] = []
    try:
        for cells in csv.reader(texts(), strict=True):
            if not header:
                header = [cell.strip() for cell in cells]
                if (twice := repeated(header)) is not None:
                    raise InputError(f"the column {twice!r} stands twice", where=line.where)
            elif len(cells) != len(header):
                raise InputError(f"{len(cells)} cells under {len(header)} columns", where=line.where)
            else:
                said = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                yield line, _nested({name: cell for name, cell in said.items() if cell})
    except csv.Error as error:
        raise InputError(f"is no CSV: {error}", where=line.where) from error


def _nested(cells: Mapping[str, str]) -> Fields:
    """A column ``usage.input_tokens`` as the field of an object."""
    top: dict[str, object] = {}
    for name, cell in cells.items():
        *outer, last = name.split(".")
        inner = top
        for key in outer:
            found = inner.setdefault(key, {})
            if not isinstance(found, dict):
                break
            inner = found
        else:
            inner.setdefault(last, cell)
    return top


def _at(fields: object, path: Sequence[str]) -> object:
    for key in path:
        if not isinstance(fields, dict):
            return None
        fields = fields.get(key)
    return fields


def _moment(value: object) -> datetime:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return datetime.fromtimestamp(float(value), UTC)
    if isinstance(value, str | date):
        return read_moment(str(value))
    raise ValueError("neither text nor a number")


def _short(value: object) -> str:
    return repr(str(value)[:40])
