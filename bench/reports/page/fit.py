"""Many records in one page that loads at once: what is told least often is left out first, and it says so."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bench.records.types import Record
from bench.reports.page.concluded import closest_places
from bench.reports.page.render import embedded

_One = TypeVar("_One")

MOST_RECORDS = 1_000  # more are not read closely enough to be worth their room
LARGEST_DATA_BYTES = 2_700_000  # with scripts and style, a page stays below 3 MB
_BESIDE_THE_CLOSEST = ("sentence", "if_bought", "tokens", "swings", "break_evens", "chosen_because")
_PROSE = ("sentence", "swings", "break_evens", "tokens", "chosen_because")


def newest(records: Sequence[Record], count: int = MOST_RECORDS) -> list[Record]:
    """At most so many, the newest, in their order."""
    return _last(records, count, lambda record: (record.created_utc, record.id))


def fitted(
    data: Mapping[str, Any], limit: int = LARGEST_DATA_BYTES, *, n_records: int | None = None
) -> dict[str, Any]:
    """``data`` itself while it takes at most ``limit`` bytes as embedded, else less; ``left_out`` says what.

    Verdicts, their reasons and weakest points and every measured figure stay; of records, the newest.
    ``n_records`` were there at first; None: those of ``data``.
    """
    found = dict(data)
    size = _size(found)
    for said, trim in _TRIMS:
        if size > limit:
            found = trim(found) | {"left_out": [*found["left_out"], said]}
            size = _size(found)
    while size > limit and found["records"]:
        count = min(len(found["records"]) - 1, int(len(found["records"]) * limit / size))
        found = _of_the_newest(found, count)
        size = _size(found)
    left = (len(data["records"]) if n_records is None else n_records) - len(found["records"])
    if left:
        said = f"{left:,} older records, for which `breakeven board build` makes a site"
        found["left_out"] = [*found["left_out"], said]
    return found


def _without_prose_beside_the_closest(data: dict[str, Any]) -> dict[str, Any]:
    def trim(record: dict[str, Any]) -> dict[str, Any]:
        closest = set(closest_places(record["comparisons"]))
        shown = [
            one if place in closest else _less(one, _BESIDE_THE_CLOSEST)
            for place, one in enumerate(record["comparisons"])
        ]
        return record | {"comparisons": shown}

    return _each(data, trim)


def _without_worksheet(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"worksheet": None, "worksheet_absent": "so many records take too much room for it"}


def _without_what_decides_nothing(data: dict[str, Any]) -> dict[str, Any]:
    def trim(record: dict[str, Any]) -> dict[str, Any]:
        shown = [one | {"gates": _deciding(one)} for one in record["comparisons"]]
        chosen = [row for row in record["energy"] if row["chosen"]]
        return record | {"comparisons": shown, "energy": chosen}

    return _each(data, trim)


def _without_prose(data: dict[str, Any]) -> dict[str, Any]:
    def trim(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"comparisons": [_less(one, _PROSE) for one in record["comparisons"]]}

    return _each(data, trim)


_TRIMS: tuple[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]], ...] = (
    ("details of comparisons that are no closest call", _without_prose_beside_the_closest),
    ("gates that do not decide, and meters that figures are not taken from", _without_what_decides_nothing),
    ("sensitivities and sentences", _without_prose),
    ("what is needed to recompute in this page", _without_worksheet),
)


def _deciding(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [gate for gate in one["gates"] if gate["name"] in (one["decided_by"], "good-enough")]


def _less(one: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Lists become empty, all else absent."""
    return {key: ([] if isinstance(v, list) else None) if key in names else v for key, v in one.items()}


def _each(data: dict[str, Any], trim: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    return data | {"records": [trim(record) for record in data["records"]]}


def _of_the_newest(data: dict[str, Any], count: int) -> dict[str, Any]:
    kept = _last(data["records"], count, lambda record: (record["created"], record["id"]))
    return data | {"records": kept}


def _last(records: Sequence[_One], count: int, age: Callable[[_One], Any]) -> list[_One]:
    """Those of the highest ``age``, at most so many, in their order."""
    kept = {id(record) for record in sorted(records, key=age, reverse=True)[:count]}
    return [record for record in records if id(record) in kept]


def _size(data: Mapping[str, Any]) -> int:
    return len(embedded(data).encode())
