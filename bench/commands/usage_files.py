"""Files of usage exports and logs of requests, row by row: JSON, JSON Lines or CSV, gzipped or not."""

import csv
from collections.abc import Iterator
from pathlib import Path

from bench.commands import usage_names as names
from bench.commands.usage_rows import Fields, Row, read_usage
from bench.economics.workload.usage import Usage
from bench.errors import InputError
from bench.tasks.json_lines import Line, describe, read_lines, read_objects, repeated


def read_usages(path: Path) -> list[Usage]:
    """The requests of a ``.jsonl``, ``.json`` or ``.csv`` file, gzipped or not.

    Raises TaskError for a file that cannot be read as what its name says, InputError with file, line and
    field for a row that cannot be used, and for a file without rows.
    """
    usages = []
    counted: dict[str, str] = {}  # by answer, or by sum: where it stands
    for where, row, is_sum in _rows(path):
        usage = read_usage(row, where, is_sum=is_sum)
        usages.append(usage)
        which = repr(sorted(row.items(), key=str)) if is_sum else usage.answer
        if which is not None and (before := counted.setdefault(which, where)) != where:
            what = "a sum" if is_sum else f"the answer {which[:40]!r}"
            raise InputError(
                f"{what} that {before} has counted already",
                where=where,
                remedy="give each once, the last of it",
            )
    if not any(usage.n_requests != 0 for usage in usages):
        raise InputError("no request that was answered" if usages else "no row at all", where=str(path))
    return usages


def read_moments(path: Path) -> Iterator[tuple[str, float]]:
    """Where each row stands, and the seconds since 1970 at which its request came; errors as above.

    Seconds may as well begin at any other moment: what counts is when one request came after another.
    InputError for a row without a moment, and for one that sums up several requests.
    """
    for where, fields, is_sum in _rows(path):
        row = Row(fields, where)
        moment, n_requests = row.moment(has_any_begin=True), row.n_requests(is_sum=is_sum)
        if moment is None:
            raise row.missing(names.MOMENT)
        if n_requests is None:
            raise InputError("a sum of requests has no moment of each", where=where)
        if n_requests != 1:
            raise row.error(f"a row of {n_requests:,} requests has no moment of each", "requests")
        yield where, moment.timestamp()


def _rows(path: Path) -> Iterator[tuple[str, Fields, bool]]:
    """Where each row stands, its fields, and whether it is a sum of requests."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".csv"):
        rows = _csv_rows(path)
    elif name.endswith(".json"):
        rows = read_objects([_whole_file(path)])
    elif name.endswith((".jsonl", ".ndjson")):
        rows = read_objects(read_lines(path))
    else:
        raise InputError(
            "a workload is a .jsonl, .json or .csv file",
            where=str(path),
            remedy="name it after what it holds",
        )
    has_more, where = False, str(path)
    for line, fields in rows:
        has_more, where = _has_more(fields), line.where
        yield from _unwrapped(fields, where)
    if has_more:
        raise InputError(
            "there are more pages than stand here", where=where, remedy="give all of them, one a line"
        )


def _whole_file(path: Path) -> Line:
    """One object, or an array of them, as if it were a page."""
    text = "\n".join(line.text for line in read_lines(path))
    return Line(path, 1, f'{{"data": {text}}}' if text.lstrip().startswith("[") else text)


def _unwrapped(fields: Fields, where: str) -> Iterator[tuple[str, Fields, bool]]:
    """The rows of a page of them, and of the periods that a page of sums has; what is neither is a row."""
    data, results = fields.get("data"), fields.get("results")
    may_be_page = isinstance(data, list) or isinstance(results, list)
    if not may_be_page or Row({**fields, "data": None, "results": None}, where).is_request:
        yield where, fields, False
    elif "usage" not in fields and isinstance(data, list):
        for i, row in enumerate(data):
            place = f"{where}: data[{i}]"
            yield from _unwrapped(_object(row, place), place)
    elif isinstance(results, list) and any(names.folded(key) in names.MOMENT for key in fields):
        period = {key: value for key, value in fields.items() if names.folded(key) in names.MOMENT}
        for i, row in enumerate(results):
            place = f"{where}: results[{i}]"
            yield place, period | _object(row, place), True
    else:
        yield where, fields, False


def _has_more(fields: Fields) -> bool:
    """A page says so, or the last of several pages in one object."""
    data = fields.get("data")
    last = data[-1] if isinstance(data, list) and data else None
    return fields.get("has_more") is True or (isinstance(last, dict) and _has_more(last))


def _object(value: object, where: str) -> Fields:
    if not isinstance(value, dict):
        raise InputError(f"must be a JSON object, not {describe(value)}", where=where)
    return value


def _csv_rows(path: Path) -> Iterator[tuple[Line, Fields]]:
    """An empty cell says nothing, and a period in which nothing was asked is no row."""
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
                row: Fields = {name: cell for name, cell in said.items() if cell}
                if not _is_idle(row):
                    yield line, row
    except csv.Error as error:
        raise InputError(f"is no CSV: {error}", where=line.where) from error


def _is_idle(row: Fields) -> bool:
    """A period of an export without a count, and without whom it would be of."""
    keys = set(map(names.folded, row))
    return bool(keys & names.PERIOD_ENDS) and keys.isdisjoint(names.TOLD - {*names.MOMENT})
