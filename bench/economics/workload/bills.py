"""What APIs bill for requests that were counted: each request priced on its own, a sum as its tokens tell."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bench.catalog.types import ApiProfile
from bench.economics.api.listed import ListedApi
from bench.economics.api.price_history import has_hours
from bench.economics.api.pricing import Tariff
from bench.economics.api.served import tariff_as_served
from bench.economics.assumptions.scenario import Scenario
from bench.economics.workload.usage import (
    BATCH,
    Sizes,
    Usage,
    n_requests_of,
    sizes_of,
    sum_if_known,
    uncounted_words,
)
from bench.errors import EconomicsError
from bench.records.types import WorkloadBill

Which = Literal["all", "as-used"]


@dataclass(frozen=True, slots=True)
class _Lot:
    """Requests that are billed at the same prices; of the sums, between which sizes their requests are."""

    sizes: Counter[Sizes]
    n_requests: int | None
    counted: tuple[tuple[int, int], ...]  # sums of so and so many requests
    uncounted: tuple[tuple[int, int], ...]  # sums of nobody knows how many


_Served = tuple[datetime, str | None]  # the moment of the prices, and how the requests were served
_Lots = Mapping[_Served, _Lot]


def bills_of_all(
    profiles: Sequence[ApiProfile], usages: Sequence[Usage], scenario: Scenario
) -> tuple[WorkloadBill, ...]:
    """What each API would bill for all requests on the scenario's day, each request priced on its own."""
    lots: _Lots = {(scenario.at, None): _lot(usages)}
    return tuple(_bill(profile, lots, "all", scenario) for profile in profiles)


def bills_as_used(
    profiles: Mapping[str, ApiProfile | str], usages: Sequence[Usage], scenario: Scenario
) -> tuple[WorkloadBill, ...]:
    """What each API bills for the requests that it answered, each as it was served, and at its moment where
    that was logged.

    ``profiles`` holds for each model's logged name whose it is, or why that is not known.
    """
    used: dict[str, list[Usage]] = {}
    whose: dict[str, ApiProfile | str] = {}
    for usage in usages:
        if usage.model is not None and usage.n_requests != 0:
            found = profiles[usage.model]
            name = usage.model if isinstance(found, str) else found.name
            whose[name] = found
            used.setdefault(name, []).append(usage)
    return tuple(_bill_as_used(name, found, used[name], scenario) for name, found in whose.items())


def _bill_as_used(
    name: str, found: ApiProfile | str, usages: Sequence[Usage], scenario: Scenario
) -> WorkloadBill:
    if isinstance(found, str):
        why = found
    elif any(usage.is_sum and usage.at is not None for usage in usages) and has_hours(found, at=scenario.at):
        why = "its price hangs on the hour, and what sums up a period's requests does not tell theirs"
    else:
        return _bill(found, _as_served(usages, scenario.at), "as-used", scenario)
    return _no_bill(name, "as-used", n_requests_of(usages), why)


def _bill(profile: ApiProfile, lots: _Lots, which: Which, scenario: Scenario) -> WorkloadBill:
    """A price that is not known, or that no sum tells, becomes the reason why there is no bill."""
    n_requests = sum_if_known(lot.n_requests for lot in lots.values())
    input_usd = output_usd = Decimal(0)
    n_mean = 0
    served: dict[str | None, list[_Lot]] = {}  # None: at the list price
    try:
        tariffs = {key: _tariff(profile, scenario, *key) for key in sorted(lots, key=lambda key: key[0])}
        for key, tariff in tariffs.items():
            lot = lots[key]
            n_mean += _n_undecided(lot.counted, tariff)
            _check_uncounted(lot, tariff, scenario)
            for sizes, n in lot.sizes.items():
                bill = tariff.bill(*sizes).charged(
                    fee_usd=scenario.api_fee.value, retries=scenario.api_retries.value, tax=scenario.api_tax
                )
                input_usd += n * bill.input_usd
                output_usd += n * bill.output_usd
            served.setdefault(tariff.price.served, []).append(lot)
    except EconomicsError as error:
        return _no_bill(profile.name, which, n_requests, error.what)
    at, tier = max(tariffs, key=lambda key: (key[1] is None, key[0]))
    return WorkloadBill(
        api=profile.name,
        which=which,
        n_requests=n_requests,
        price=tariffs[at, tier].price,
        n_days=len({at.date() for at, _ in tariffs}),
        is_last_price=any(tariff.retired is not None for tariff in tariffs.values()),
        input_usd=input_usd,
        output_usd=output_usd,
        n_mean_sized=n_mean,
        is_listed_only=isinstance(profile, ListedApi),
        served=tuple(_served_words(served)),
    )


def _served_words(lots: Mapping[str | None, Sequence[_Lot]]) -> Iterator[str]:
    """How they were served, where not all at the list price; of how many of them, where not of all."""
    for how, these in lots.items():
        if how is None:
            continue
        n = sum_if_known(lot.n_requests for lot in these)
        told = "some" if n is None else f"{n:,}"
        yield how if len(lots) == 1 else f"{told} of its requests {how}"


def _tariff(profile: ApiProfile, scenario: Scenario, at: datetime, tier: str | None) -> Tariff:
    if tier in (None, BATCH):
        return tariff_as_served(
            profile, replace(scenario, is_batch=scenario.is_batch or tier == BATCH), at=at
        )
    raise EconomicsError(
        f"the price of requests that are served as {tier!r} is not known", where=profile.name
    )


def _check_uncounted(lot: _Lot, tariff: Tariff, scenario: Scenario) -> None:
    """Raise EconomicsError where a bill hangs on how many requests a sum is of, and how large they are."""
    where, rows = tariff.price.model, uncounted_words(len(lot.uncounted))
    if lot.uncounted and (scenario.api_fee.value or tariff.rates is None or tariff.rates.usd_per_request):
        raise EconomicsError(f"each request has a fee, and {rows}", where=where)
    if _n_undecided(lot.uncounted, tariff):
        raise EconomicsError(f"larger requests have another price per token, and {rows}", where=where)


def _n_undecided(sums: Sequence[tuple[int, int]], tariff: Tariff) -> int:
    """Of how many sums the requests may have different prices per token."""
    if tariff.rates is None:
        return len(sums)
    starts = tariff.rates.tier_starts
    return sum(any(low < start < high for start in starts) for low, high in sums)


def _as_served(usages: Sequence[Usage], otherwise: datetime) -> _Lots:
    """By the begun quarter of an hour: no price changes within one, so each is looked up once."""
    found: dict[_Served, list[Usage]] = {}
    for usage in usages:
        at = usage.at or otherwise
        quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
        found.setdefault((quarter, usage.tier), []).append(usage)
    return {key: _lot(then) for key, then in found.items()}


def _lot(usages: Sequence[Usage]) -> _Lot:
    sums = [usage for usage in usages if usage.is_sum]
    return _Lot(
        sizes_of(usages),
        n_requests_of(usages),
        tuple(usage.each_between for usage in sums if usage.n_requests is not None),
        tuple(usage.each_between for usage in sums if usage.n_requests is None),
    )


def _no_bill(api: str, which: Which, n_requests: int | None, why: str) -> WorkloadBill:
    return WorkloadBill(
        api=api,
        which=which,
        n_requests=n_requests,
        price=None,
        input_usd=None,
        output_usd=None,
        absent_because=why,
    )
