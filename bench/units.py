"""Units and the conversions between them; the only place where a factor of 1000 is written."""

from datetime import UTC, datetime

J_PER_KWH = 3.6e6
NS_PER_S = 1_000_000_000
CLOCK_S = 1e-9  # no clock tells a shorter time, in which rates and powers may be beyond all numbers
SECONDS_PER_HOUR = 3600.0
HOURS_PER_MONTH = 730.5  # 365.25 days x 24 h / 12
TOKENS_PER_PRICE_UNIT = 1_000_000  # API prices are per million tokens
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def seconds(duration_ns: int) -> float:
    """Nanoseconds to seconds."""
    return duration_ns / NS_PER_S


def within_calendar(moment: datetime) -> datetime:
    """In every time zone; one that names none is in UTC, so that any two can be compared. Else ValueError."""
    there = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if not 1970 < moment.year < 9999 or not 1970 < there.astimezone(UTC).year < 9999:
        raise ValueError("is no time at which anything was measured")
    return there
