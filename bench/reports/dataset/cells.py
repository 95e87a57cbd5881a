"""Single values as columns hold them."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bench.errors import RecordError
from bench.records.types import Interval

Row = dict[str, Any]
Number = float | int | Decimal


def number(value: Number | None) -> float | None:
    """A DOUBLE; RecordError for one beyond its range, which exact decimals can be."""
    if value is None:
        return None
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise RecordError(f"holds a number beyond the range of a DOUBLE: {str(value)[:20]}")
    return found


def banded(name: str, band: Sequence[Number | None] | Interval | None) -> Row:
    """The three columns of a figure with its bounds."""
    if isinstance(band, Interval):
        band = band.value, band.low, band.high
    value, low, high = band or (None, None, None)
    return {name: number(value), f"{name}_low": number(low), f"{name}_high": number(high)}


def utc(at: datetime) -> datetime:
    """The moment in UTC, without its zone.

    Raises RecordError for one that UTC moves out of the years 1 to 9999.
    """
    try:
        return at.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise RecordError(f"has a moment beyond the calendar: {at.isoformat()}") from None
