"""Ways to a solved task that somebody published, and what a solved task costs by them."""

from dataclasses import dataclass
from typing import Literal

from bench.economics.ways.bounds import Bound
from bench.errors import EconomicsError
from bench.records.types import PublishedCost

PublishedKind = Literal["human", "published"]


@dataclass(frozen=True, slots=True)
class PublishedWay:
    """A way to a solved task that is known by a price per task and a share of tasks solved.

    ``task`` is one of the tool's own, whose items it does, each at that price, right or wrong.
    """

    name: str
    usd_per_task: Bound
    accuracy: Bound
    source: str
    date: str
    task: str | None = None
    kind: PublishedKind = "published"
    seconds: Bound | None = None  # of a task


def published_cost(way: PublishedWay) -> PublishedCost:
    """Spend per solved task from price and score; a bound stays one."""
    spend, why = None, None
    try:
        spend = way.usd_per_task / way.accuracy
    except EconomicsError as error:
        why = error.what
    return PublishedCost(
        name=way.name,
        usd_per_task=(way.usd_per_task.sign, way.usd_per_task.value),
        accuracy=(way.accuracy.sign, way.accuracy.value),
        usd_per_solved=None if spend is None else (spend.sign, spend.value),
        shown_usd_per_solved=None if spend is None else spend.rounded(),
        absent_because=why,
        source=way.source,
        date=way.date,
    )
