"""Requests and published ways that a scenario file states itself."""

from datetime import date
from pathlib import Path
from typing import cast, get_args

from bench.catalog.reading import Table, one_of, text
from bench.commands.usage_files import read_usages
from bench.commands.usage_rows import read_usage
from bench.economics.ways.bounds import Bound, read_bound
from bench.economics.ways.published_ways import PublishedKind, PublishedWay
from bench.economics.workload.usage import Usage
from bench.errors import InputError

_FIELDS = (
    "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "count", "model", "timestamp"
)  # fmt: skip
_LONGEST = 1_000  # characters; it stands in tables and sentences


def read_workload(top: Table, path: Path) -> tuple[Usage, ...]:
    """``workload = "usage.jsonl"``, beside the scenario file, or tables ``[[workload]]``; none where absent.

    A table holds one row's fields and, if wanted, a ``source``. Raises CatalogError for a key that is none of
    them, and what ``read_usage`` raises.
    """
    told = top.may("workload", _file_or_tables)
    if isinstance(told, str):
        return tuple(read_usages(path.parent / told))
    return tuple(_usage(table, f"{path}: workload[{i}]") for i, table in enumerate(top.tables("workload")))


def read_published(top: Table) -> tuple[PublishedWay, ...]:
    """The tables ``[[published]]``: name, usd_per_task and accuracy as published, source and date.

    If wanted also the task that it does, seconds of one, and a kind where a human does it.
    """
    found = []
    for table in top.tables("published"):
        found.append(
            PublishedWay(
                name=table.need("name", _short),
                usd_per_task=table.need("usd_per_task", _bound),
                accuracy=table.need("accuracy", _share),
                source=table.need("source", _short),
                date=table.need("date", _day),
                task=table.may("task", _short),
                kind=table.may("kind", _kind) or "published",
                seconds=table.may("seconds", _bound),
            )
        )
        table.done()
    return tuple(found)


def _usage(table: Table, where: str) -> Usage:
    told = {name: table.may(name, _anything) for name in _FIELDS}
    table.may("source", text)
    table.done()
    return read_usage({name: value for name, value in told.items() if value is not None}, where)


def _file_or_tables(value: object) -> object:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, list):
        return value
    raise ValueError("must be the path of a file, or tables [[workload]]")


def _anything(value: object) -> object:
    return value


def _bound(value: object) -> Bound:
    try:
        return read_bound(value)
    except InputError as error:
        raise ValueError(f"{error.what}: {error.remedy}") from error


def _share(value: object) -> Bound:
    bound = _bound(value)
    if bound.value > 1 or (bound.value == 1 and bound.side == ">"):
        raise ValueError(f"must be a share between 0 and 1, not {bound}")
    return bound


def _short(value: object) -> str:
    if len(words := text(value)) > _LONGEST:
        raise ValueError(f"must be text of at most {_LONGEST:,} characters, not {len(words):,}")
    return words


def _kind(value: object) -> PublishedKind:
    return cast(PublishedKind, one_of(*get_args(PublishedKind))(value))


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return _short(value)
