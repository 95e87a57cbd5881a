"""A record with one absurd figure: refused with its field, or shown without an infinity anywhere."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.errors import RecordError
from bench.records.files import explain, place
from bench.records.store import read_record
from bench.records.types import Record
from bench.reports import csv, llama_bench, markdown, terminal
from bench.reports.dataset.rows import dataset_rows
from bench.reports.page.data import page_data
from tests.factories import make_metered_record
from tests.program import RUN

Place = tuple[str | int, ...]
ABSURD: tuple[float, ...] = (1e308, -1e308, 1e-308, 0.0, 1.5, -1, 0, 2**63 - 1, -(2**63))
_NO_NUMBER = re.compile(r"(?<![a-z])(inf|nan|infinity)(?![a-z])", re.I)
FORMS: dict[str, Callable[[Record], str]] = {
    "csv": lambda record: csv.render([record]),
    "Markdown": lambda record: markdown.render([record]),
    "page": lambda record: json.dumps(page_data([record], worksheet=None), allow_nan=False),
    "tables": lambda record: _tables(record),
    "llama-bench": lambda record: llama_bench.render([record], "json").text,
}
_TABLES = ("records", "speed", "latency", "energy", "memory", "tasks", "items", "comparisons")
DOCUMENTS = [
    json.loads(record.model_dump_json(exclude={"content_sha256"}))
    for record in (read_record(RUN), make_metered_record())
]


def numbers(part: Any, at: Place = ()) -> Iterator[Place]:
    """Of a series the first three places: the others are alike."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from numbers(value, (*at, name))
    elif isinstance(part, list):
        for index, value in enumerate(part[:3]):
            yield from numbers(value, (*at, index))
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield at


def changed(part: Any, at: Place, value: float) -> Any:
    if not at:
        return value
    first, rest = at[0], at[1:]
    if isinstance(part, dict):
        return part | {first: changed(part[first], rest, value)}
    return [changed(one, rest, value) if index == first else one for index, one in enumerate(part)]


PLACES = [(number, at) for number, document in enumerate(DOCUMENTS) for at in numbers(document)]


def refused_or_shown(
    where: tuple[int, Place], value: float, forms: dict[str, Callable[[Record], str]]
) -> bool:
    """True where it was refused. Fails where the refusal names another field, or a form shows no number."""
    number, at = where
    told = None
    try:
        record = Record.model_validate_json(json.dumps(changed(DOCUMENTS[number], at, value)), strict=True)
    except ValidationError as error:
        told = explain(error)
    if told is not None:
        assert place(at) in told or place(at[:-1]) in told
        return True
    for name, form in forms.items():
        assert not _NO_NUMBER.search(form(record)), (name, place(at), value)
    return False


def _tables(record: Record) -> str:
    try:
        return json.dumps(dataset_rows(record, _TABLES), default=str, allow_nan=False)
    except RecordError as error:  # a column holds 63 bits
        return str(error)


@given(where=st.sampled_from(PLACES), value=st.sampled_from(ABSURD))
@example(where=(0, ("latency", 0, "energy", 0, "above_idle_j", 0)), value=1e-308)
@example(where=(0, ("latency", 0, "energy", 0, "above_idle_j", 1)), value=1e-308)
@example(where=(0, ("latency", 0, "energy", 0, "above_idle_j", 2)), value=0.0)
@example(where=(1, ("idle_energy", 0, "window_s")), value=1e-308)
@example(where=(0, ("speed", 0, "samples", 2, "calls_s")), value=1e-308)
@settings(max_examples=25, deadline=None)
def test_no_figure_of_a_record_makes_an_infinity(where: tuple[int, Place], value: float) -> None:
    refused_or_shown(where, value, FORMS)


@pytest.mark.parametrize("value", [1e308, 1.5, -0.1])
def test_a_chance_that_is_no_share_is_refused(value: float) -> None:
    at: Place = ("tasks", 0, "chance")
    assert refused_or_shown((0, at), value, {"terminal": lambda record: terminal.render([record])})
