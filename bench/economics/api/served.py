"""At which price an API serves a task: at once at the list price, or in batches where nobody waits."""

from dataclasses import replace
from datetime import datetime

from bench.catalog.types import ApiProfile, BatchPrice
from bench.economics.api.pricing import Tariff, last_tariff_of
from bench.economics.assumptions.scenario import Scenario
from bench.records.types import TaskResult
from bench.units import SECONDS_PER_HOUR


def tariff_as_served(
    profile: ApiProfile, scenario: Scenario, *, at: datetime | None = None, task: TaskResult | None = None
) -> Tariff:
    """The prices at ``at`` (the scenario's moment unless given); of a retired model its last ones.

    In batches where the scenario allows it, the profile has a price of them, and ``task`` has no service
    level that a batch would miss. Where not, the price's source says why. Raises EconomicsError as the price
    does.
    """
    tariff = last_tariff_of(profile, at=at or scenario.at)
    if not scenario.is_batch:
        return tariff
    if profile.batch is None or tariff.rates is None:
        return _at_list_price(tariff, "no price of batches is known")
    missed = _missed_level(profile.batch, task)
    if missed is not None:
        return _at_list_price(tariff, missed)
    return tariff.in_batch(profile.batch)


def _at_list_price(tariff: Tariff, why: str) -> Tariff:
    served = f"list price, not in batches: {why}"
    told = {"source": f"{tariff.price.source}; {served}", "served": served}
    return replace(tariff, price=tariff.price.model_copy(update=told))


def _missed_level(batch: BatchPrice, task: TaskResult | None) -> str | None:
    if task is None:
        return None
    for what, level_s in (("TTFT", task.service_ttft_s), ("latency", task.service_latency_s)):
        if level_s is not None and level_s < batch.within_hours * SECONDS_PER_HOUR:
            within = f"a batch takes up to {batch.within_hours} h"
            return f"the task allows a {what} of {level_s:g} s, and {within}"
    return None
