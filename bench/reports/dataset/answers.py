"""The values of a query's answer as text: in an aligned table, in Markdown, in CSV and in JSON."""

import json
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bench.reports.csv import guarded
from bench.reports.markdown import escape
from bench.reports.words.figures import ABSENT, clean

DIGITS = 6  # significant, of a float that is shown to a person; CSV and JSON have all


def shown(value: Any) -> str:
    """One line without control characters; what is absent is a dash."""
    if _is_absent(value):
        return ABSENT
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    return clean(_word(value))


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of words that GitHub renders; nothing in them is markup."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(map(escape, line)) + " |\n" for line in lines)


def csv_cell(value: Any) -> str:
    """Full precision; absent is empty, a list is JSON. What a spreadsheet would run gets an apostrophe."""
    if _is_absent(value):
        return ""
    return guarded(value) if isinstance(value, str) else _word(value)


def json_value(value: Any) -> Any:
    """For JSON: decimals and moments are texts."""
    if _is_absent(value):
        return None
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [json_value(one) for one in value]
    if isinstance(value, dict):
        return {str(key): json_value(one) for key, one in value.items()}
    return _word(value)


def _is_absent(value: Any) -> bool:
    """NULL, and what is no number (NaN, infinite), as a division by zero gives it."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta | int | float | str):
        return str(value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(json_value(value), ensure_ascii=False)
    return str(value)
