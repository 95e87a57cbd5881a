"""All ways to each task together: those of records, of APIs, and the published ways that name a task."""

from collections.abc import Sequence
from dataclasses import replace

from bench.economics.assumptions.scenario import Scenario
from bench.economics.ways.frontier import frontiers
from bench.economics.ways.published_ways import PublishedWay
from bench.errors import InputError, nearest
from bench.records.types import Frontier, Record
from bench.reports.words.labels import labels
from bench.tasks import resolve


def published_for(published: Sequence[PublishedWay], names: Sequence[str]) -> tuple[PublishedWay, ...]:
    """The same with their tasks among ``names``; InputError for one that names none of them."""
    return tuple(replace(way, task=_task(way, names)) for way in published)


def frontiers_of(
    records: Sequence[Record], scenario: Scenario, published: Sequence[PublishedWay]
) -> tuple[Frontier, ...]:
    """Of assessed records under the names that the tables give them."""
    return frontiers(records, scenario, published, labels(records))


def _task(way: PublishedWay, names: Sequence[str]) -> str:
    task = None if way.task is None else resolve(way.task, names)
    if task is not None:
        return task
    if way.task is None:
        raise InputError(
            f"{way.name!r} names no task, so published ways say nothing of records",
            where="[[published]]",
            remedy='add a line such as task = "gsm8k", or price them alone: breakeven cost --scenario FILE',
        )
    raise InputError(
        f"{way.name!r} is stated for a task {way.task!r}, which no record has; {nearest(way.task, names)}",
        where="[[published]]",
    )
