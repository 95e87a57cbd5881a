"""Figures and words of records as JSON has them, and tables of what several records share."""

import math
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any, overload

from bench.reports.words.figures import LONGEST_TEXT, clean

DIGITS = 7  # of a figure in the page: more than are ever shown

Number = float | int | None


class Table:
    """Rows in the order in which they were first met, each once by its key."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._places: dict[Hashable, int] = {}

    def index(self, key: Hashable, row: Any) -> int:
        """Where the row of ``key`` is; ``row`` is taken if the key is new."""
        if key not in self._places:
            self._places[key] = len(self.rows)
            self.rows.append(row)
        return self._places[key]


def number(value: float | int | Decimal | None) -> Number:
    """At the page's precision; integers are exact, what is not finite is absent."""
    if value is None or isinstance(value, int):
        return value
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def numbers(values: Iterable[float | int | Decimal | None] | None) -> list[Number] | None:
    """A band, an interval: value, low, high; a high of None is no upper bound."""
    return None if values is None else [number(value) for value in values]


def cleaned(document: Any) -> Any:
    """The same JSON, each of its texts clean and whole."""
    if isinstance(document, str):
        return clean(document, longest=len(document))
    if isinstance(document, dict):
        return {name: cleaned(value) for name, value in document.items()}
    return [cleaned(value) for value in document] if isinstance(document, list) else document


@overload
def words(text: str) -> str: ...
@overload
def words(text: None) -> None: ...
def words(text: str | None) -> str | None:
    """One clean line, or absent."""
    return None if text is None else clean(text)


def told(text: str) -> str:
    """Sentences or a source, which are of use only in full."""
    return clean(text, LONGEST_TEXT)
