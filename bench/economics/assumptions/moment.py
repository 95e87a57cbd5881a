"""The day or moment whose prices count, from the user's words."""

from datetime import UTC, date, datetime, time

from bench.economics.assumptions.flags import AT_FLAG
from bench.errors import InputError
from bench.units import within_calendar


def now_or(text: str | None) -> datetime:
    """The moment that the text says, else now."""
    return datetime.now(UTC) if text is None else read_moment(text)


def read_moment(text: str) -> datetime:
    """A date or moment in ISO form, in UTC unless it says otherwise. InputError when it is none.

    A date alone means its noon: at midnight some providers bill less.
    """
    try:
        return within_calendar(_in_iso_form(text.strip()))
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a date that a record can hold",
            where=f"--{AT_FLAG}",
            remedy="write it as 2026-11-21",
        ) from error


def _in_iso_form(words: str) -> datetime:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return datetime.fromisoformat(words)
    return datetime.combine(day, time(12))
