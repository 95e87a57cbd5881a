"""Moments of arrival, one a line, or out of a log of requests."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bench.commands.usage_files import read_moments
from bench.economics.assumptions.moment import read_moment
from bench.economics.load.arrivals import MOST_ARRIVALS, Arrivals, arrivals_of
from bench.errors import InputError
from bench.tasks.json_lines import Line, read_lines

_LATEST_S = Decimal(10) ** 11  # the year 5138; more is milliseconds, or a slip of the pen


def read_arrivals(path: Path) -> Arrivals:
    """A log as ``--workload`` has them, by its name, else a moment a line; gzipped or not.

    A line is a moment in ISO form, or seconds from any begin: all as the first. Raises TaskError for a file
    that cannot be read, InputError with file and line for what is no moment, and for too few or too many.
    """
    name = path.name.lower().removesuffix(".gz")
    is_log = name.endswith((".jsonl", ".ndjson", ".json", ".csv"))
    moments: list[float] = []
    for where, moment_s in read_moments(path) if is_log else _lines(path):
        if len(moments) == MOST_ARRIVALS:
            raise InputError(
                f"more than {MOST_ARRIVALS:,} arrivals", where=where, remedy="give a part of the record"
            )
        moments.append(moment_s)
    return arrivals_of(moments, path.name)


def _lines(path: Path) -> Iterator[tuple[str, float]]:
    are_seconds: bool | None = None
    for line in read_lines(path):
        seconds = _seconds(line)
        if are_seconds is None:
            are_seconds = seconds is not None
        if are_seconds != (seconds is not None):
            kind = "seconds" if are_seconds else "a moment in ISO form"
            raise InputError(
                f"{line.text.strip()[:40]!r} is not {kind}, as the first line is", where=line.where
            )
        yield line.where, float(seconds) if seconds is not None else _moment_s(line)


def _seconds(line: Line) -> Decimal | None:
    try:
        seconds = Decimal(line.text.strip())
    except InvalidOperation:
        return None
    if not seconds.is_finite() or abs(seconds) > _LATEST_S:
        raise InputError(
            f"{line.text.strip()[:40]!r} is no second of a record", where=line.where, remedy="write seconds"
        )
    return seconds


def _moment_s(line: Line) -> float:
    try:
        return read_moment(line.text).timestamp()
    except InputError:
        raise InputError(
            f"{line.text.strip()[:40]!r} is no moment",
            where=line.where,
            remedy="write it as 2026-11-21T09:30:15Z, or in seconds from any begin",
        ) from None
