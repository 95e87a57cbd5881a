"""Files of usage exports and logs of requests, row by row: JSON, JSON Lines or CSV, gzipped or not."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.commands import usage_names as names
from bench.commands.usage_rows import Fields, Row, read_usage
from bench.economics.workload.usage import Usage, n_requests_of
from bench.errors import InputError
from bench.tasks.json_lines import Line, describe, read_lines, read_objects, repeated

_TOTALS = frozenset({"total", "totals", "grand total", "sum", "summe", "gesamt"})  # as tables name that row
_OTHER_MARKS = {";": "semicolons", "\t": "tabs", "|": "bars"}  # that part the fields of what is called CSV


def read_usages(path: Path) -> list[Usage]:
    """The requests of a ``.jsonl``, ``.json`` or ``.csv`` file, gzipped or not.

    Raises TaskError for a file that cannot be read as what its name says, InputError with file, line and
    field for a row that cannot be used, and for a file without rows.
    """
    usages: list[Usage] = []
    where = str(path)
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
    if _ending(path) == ".csv" and _sums_up(usages[-1], usages[:-1]):
        raise InputError(
            "the last row is the sum of all before it, whose tokens would be counted twice",
            where=where,
            remedy="leave it out; if it is a request, put another row behind it",
        )
    return usages


def _sums_up(last: Usage, before: Sequence[Usage]) -> bool:
    """Is it a total without that word? A request may be as large as two others by chance: one that has a
    moment, an answer's id, or the model of a row before it is taken as the request that it says it is.
    """
    parts = [usage for usage in before if usage.input_tokens or usage.output_tokens]
    names_itself = last.at or last.answer or last.model in {usage.model for usage in parts if usage.model}
    return (
        len(parts) > 1
        and not names_itself
        and 0 < last.input_tokens == sum(usage.input_tokens for usage in parts)
        and 0 < last.output_tokens == sum(usage.output_tokens for usage in parts)
        and last.n_requests in (1, n_requests_of(parts))  # 1: or not counted
    )


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
    ending = _ending(path)
    if ending == ".csv":
        rows = _csv_rows(path)
    elif ending == ".json":
        rows = read_objects([_whole_file(path)])
    elif ending in (".jsonl", ".ndjson"):
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


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


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
    begin: Line | None = None  # of the row that is being read, which quotes may lead over several lines

    def texts() -> Iterator[str]:
        nonlocal line, begin
        for line in read_lines(path):
            begin = begin or line
            yield line.text

    header: list[str] = []
    try:
        for cells in csv.reader(texts(), strict=True):
            begin = None
            if not header:
                header = _header(cells, line.where)
            elif len(cells) != len(header):
                told = f"{len(cells)} cell{'s' * (len(cells) != 1)} under {len(header)} columns"
                raise InputError(told, where=line.where)
            else:
                said = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                row: Fields = {name: cell for name, cell in said.items() if cell}
                _check_cells(row, line.where)
                if not _is_idle(row):
                    yield line, row
    except csv.Error as error:
        raise _no_csv(error, begin or line) from error


def _header(cells: Sequence[str], where: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if (twice := repeated(header)) is not None:
        raise InputError(f"the column {twice!r} stands twice", where=where)
    for mark, name in _OTHER_MARKS.items():
        if len(header) == 1 and mark in header[0]:
            raise InputError(
                f"the columns are parted by {name}", where=where, remedy="part columns and cells by commas"
            )
    return header


def _check_cells(row: Fields, where: str) -> None:
    """Raise InputError for a row that says nothing, and for one that is called the sum of others."""
    if not row:
        raise InputError("every cell of the row is empty", where=where, remedy="leave the row out")
    for name, cell in row.items():
        if str(cell).rstrip(": ").casefold() in _TOTALS:
            raise InputError(
                f"the row is called {cell!r}: the tokens of the rows that it sums up would be counted twice",
                where=f"{where}: {name}".removesuffix(": "),
                remedy="leave it out; if those rows do not stand in the file, leave its name out",
            )


def _no_csv(error: csv.Error, begin: Line) -> InputError:
    """Python's words are of use for quotes, of which one may be open until the end of the file."""
    if "\r" in begin.text:
        what, remedy = "lines that end in carriage returns alone", "end them in line feeds"
    else:
        what = str(error)
        remedy = "close the quotes of the row that begins here, and write one within a cell twice"
    return InputError(f"is no CSV: {what}", where=begin.where, remedy=remedy)


def _is_idle(row: Fields) -> bool:
    """A period of an export without a count, and without whom it would be of."""
    keys = set(map(names.folded, row))
    return bool(keys & names.PERIOD_ENDS) and keys.isdisjoint(names.TOLD - {*names.MOMENT})
