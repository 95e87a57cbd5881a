"""What requests that were counted elsewhere cost: billed by an API, or done on a measured device."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from bench.catalog.types import ApiProfile
from bench.economics.api.listed import ListedApi
from bench.economics.api.pricing import Tariff
from bench.economics.api.served import tariff_as_served
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.device_cost import variable_cost_usd
from bench.economics.device.operating_point import EnergyRates, operating_point
from bench.economics.device.wall import wall_of
from bench.economics.ways.bounds import Bound
from bench.errors import EconomicsError
from bench.records.types import (
    Latency,
    PublishedCost,
    Record,
    Usd,
    WorkloadBill,
    WorkloadHere,
    WorkloadTokens,
)
from bench.stats import Estimate
from bench.units import SECONDS_PER_HOUR

Which = Literal["all", "as-used"]
PublishedKind = Literal["human", "published"]
# Of a request: tokens of input and output, of the input those read from the cache and written to it, and of
# the written ones those kept for an hour.
Sizes = tuple[int, int, int, int, int]
BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, or the sums of ``n_requests``, as a provider counted them. None: nobody told of
    how many, as in an export with a row for each day.

    ``input_tokens`` includes those read from and written to the provider's cache, ``output_tokens`` the
    reasoning ones. ``tier`` is how it was served: None at once, at the list price; in batches; or at a price
    that nothing here knows. No request: one that failed, which nobody bills.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    written_tokens: int = 0
    reasoning_tokens: int | None = None  # None: not told
    n_requests: int | None = 1
    model: str | None = None  # that answered, as it was logged
    at: datetime | None = None  # when, with a time zone
    hour_tokens: int = 0  # of the written ones: to be kept for an hour
    tier: str | None = None
    n_searches: int = 0  # of the web, at a fee for each
    between: tuple[int, int] | None = None  # the input of each request is more than this, at most that

    @property
    def is_sum(self) -> bool:
        return self.n_requests is None or self.n_requests > 1

    @property
    def each_between(self) -> tuple[int, int]:
        """The input of each request of a sum is more than this, and at most that."""
        low, high = self.between or (0, self.input_tokens)
        return low, min(high, self.input_tokens)

    def alike(self) -> Iterator[tuple[int, Sizes]]:
        """How many requests of each size.

        One request is itself. Of a sum nobody knows the sizes: they are as equal as whole tokens can be, and
        add up to the sum. Where not even their number is known, they are as few as can be.
        """
        n_requests = self.n_requests
        if n_requests is None:
            n_requests = max(1, -(-self.input_tokens // max(1, self.each_between[1])))
        if n_requests == 0:
            return
        # Each a part of what comes after it, in each request, too.
        kept = self.cached_tokens + self.written_tokens
        sums = (self.output_tokens, self.cached_tokens, self.cached_tokens + self.hour_tokens, kept)
        sizes = [divmod(n, n_requests) for n in (*sums, self.input_tokens)]
        cuts = sorted({0, n_requests, *(rest for _, rest in sizes)})
        for begin, end in pairwise(cuts):
            n_output, n_cached, n_hour, n_kept, n_input = (size + (begin < rest) for size, rest in sizes)
            yield end - begin, (n_input, n_output, n_cached, n_kept - n_cached, n_hour - n_cached)


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


@dataclass(frozen=True, slots=True)
class _Lot:
    """Requests that are billed at the same prices; of the sums, between which sizes their requests are."""

    sizes: Counter[Sizes]
    n_requests: int | None
    counted: tuple[tuple[int, int], ...]  # sums of so and so many requests
    uncounted: tuple[tuple[int, int], ...]  # sums of nobody knows how many


# By the moment of the prices, and how the requests were served.
Lots = Mapping[tuple[datetime, str | None], _Lot]


def tokens_of(usages: Sequence[Usage]) -> WorkloadTokens:
    reasoning = [usage.reasoning_tokens for usage in usages if usage.n_requests != 0]
    tiers: Counter[str] = Counter()
    for usage in usages:
        if usage.tier is not None:
            tiers[usage.tier] += 1
    known = [n for n in reasoning if n is not None]
    return WorkloadTokens(
        n_rows=len(usages),
        n_requests=_n_requests(usages),
        input_tokens=sum(usage.input_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        reasoning_tokens=sum(known) if len(known) == len(reasoning) else None,
        n_sums=sum(usage.is_sum for usage in usages),
        n_uncounted=sum(usage.n_requests is None for usage in usages),
        n_failed=sum(usage.n_requests == 0 for usage in usages),
        written_tokens=sum(usage.written_tokens for usage in usages),
        hour_tokens=sum(usage.hour_tokens for usage in usages),
        n_searches=sum(usage.n_searches for usage in usages),
        tiers=dict(tiers),
    )


def bills_of_all(
    profiles: Sequence[ApiProfile], usages: Sequence[Usage], scenario: Scenario
) -> tuple[WorkloadBill, ...]:
    """What each API would bill for all requests on the scenario's day, each request priced on its own."""
    lots: Lots = {(scenario.at, None): _lot(usages)}
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
    return tuple(
        _no_bill(name, "as-used", _n_requests(used[name]), found)
        if isinstance(found, str)
        else _bill(found, _as_served(used[name], scenario.at), "as-used", scenario)
        for name, found in whose.items()
    )


def work_here(
    record: Record, usages: Sequence[Usage], scenario: Scenario, tasks: Sequence[str] = ()
) -> WorkloadHere:
    """The same tokens on the record's device, one request after another, every prompt token evaluated.

    Rates are those of all timed requests of ``tasks`` (empty: of every task) together. Nothing is said about
    the quality of answers. Figures are None, with the reason, where a rate was not measured or a request does
    not fit the context.
    """
    timed = [latency for latency in record.latency if not tasks or latency.task in tasks]
    point = operating_point(_together(timed))
    counts = tokens_of(usages)
    sizes = [(n, n_input, n_output) for (n_input, n_output, *_), n in _lot(usages).sizes.items()]
    n_steps = sum(n * max(0, n_output - 1) for n, _, n_output in sizes)
    n_beyond = sum(n for n, n_input, n_output in sizes if n_input + n_output > record.settings.n_ctx)
    longest = max((r.n_prompt_tokens for latency in timed for r in latency.requests), default=None)
    seconds = joules = usd = None
    reasons: list[str] = []
    n_requests = counts.n_requests
    if n_requests is None:
        sums = f"{_uncounted(counts.n_uncounted)}; add it in a field `requests`"
        reasons.append(f"no seconds, no joules, and no cost: {sums}")
    elif n_beyond:
        limit = f"context of {record.settings.n_ctx:,} tokens"
        reasons.append(f"{n_beyond:,} of {n_requests:,} requests do not fit the {limit}")
    else:
        if point.speed is not None:  # a fit through 0, so the sum is that of one long request
            seconds = point.speed.latency_s(counts.input_tokens, n_steps + 1)
        if point.energy is not None:
            joules = point.energy.joules(counts.input_tokens, n_steps + 1)
            usd = None if joules is None else _usd(joules, point.energy, n_requests, scenario)
        reasons += [] if point.speed is not None else [f"no seconds: {point.no_speed_because}"]
        reasons += [] if point.energy is not None else [f"no joules, and no cost: {point.no_energy_because}"]
        if point.speed is not None and seconds is None:
            reasons.append("no seconds: every timed answer had one token, so no decode step was measured")
        if point.energy is not None and joules is None:
            reasons.append("no joules, and no cost: those of a decode step were not measured")
    busy_s = float(scenario.working_hours) * SECONDS_PER_HOUR
    return WorkloadHere(
        record_id=record.id,
        model=record.model.name,
        tasks=tuple(latency.task for latency in timed),
        provenance="absent" if joules is None or point.energy is None else point.energy.provenance,
        is_disturbed=joules is not None and point.energy is not None and point.energy.is_disturbed,
        seconds=seconds,
        joules=None if joules is None else tuple(joules),
        usd=usd,
        per_month=busy_s * n_requests / seconds if seconds and n_requests else None,
        n_beyond_context=0 if n_requests is None else n_beyond,
        longest_timed_tokens=longest,
        n_longer=0
        if longest is None or n_requests is None
        else sum(n for n, n_input, _ in sizes if n_input > longest),
        absent_because=tuple(reasons),
    )


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


def _bill(profile: ApiProfile, lots: Lots, which: Which, scenario: Scenario) -> WorkloadBill:
    """A price that is not known, or that no sum tells, becomes the reason why there is no bill."""
    n_requests = _sum(lot.n_requests for lot in lots.values())
    input_usd = output_usd = Decimal(0)
    n_mean = 0
    served: dict[str | None, list[_Lot]] = {}
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
        served=tuple(
            how
            if len(served) == 1
            else f"{_some(_sum(lot.n_requests for lot in these))} of its requests {how}"
            for how, these in served.items()
            if how is not None
        ),
    )


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
    where, rows = tariff.price.model, _uncounted(len(lot.uncounted))
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


def _as_served(usages: Sequence[Usage], otherwise: datetime) -> Lots:
    """By the begun quarter of an hour: no price changes within one, so each is looked up once."""
    found: dict[tuple[datetime, str | None], list[Usage]] = {}
    for usage in usages:
        at = usage.at or otherwise
        quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
        found.setdefault((quarter, usage.tier), []).append(usage)
    return {key: _lot(then) for key, then in found.items()}


def _lot(usages: Sequence[Usage]) -> _Lot:
    sizes: Counter[Sizes] = Counter()
    for usage in usages:
        for n, size in usage.alike():
            sizes[size] += n
    sums = [usage for usage in usages if usage.is_sum]
    return _Lot(
        sizes,
        _n_requests(usages),
        tuple(usage.each_between for usage in sums if usage.n_requests is not None),
        tuple(usage.each_between for usage in sums if usage.n_requests is None),
    )


def _n_requests(usages: Sequence[Usage]) -> int | None:
    return _sum(usage.n_requests for usage in usages)


def _sum(counts: Iterable[int | None]) -> int | None:
    """None: some count is not known, and so their sum is not."""
    total = 0
    for n in counts:
        if n is None:
            return None
        total += n
    return total


def _uncounted(n: int) -> str:
    return f"{n:,} row{'s' * (n > 1)} sum{'s' * (n == 1)} up requests whose number is not told"


def _some(n: int | None) -> str:
    return "some" if n is None else f"{n:,}"


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


def _together(timed: Sequence[Latency]) -> Latency | None:
    """As one task: its rates are weighted by tokens, like those of each."""
    if not timed:
        return None
    return Latency(
        task=", ".join(latency.task for latency in timed),
        requests=tuple(request for latency in timed for request in latency.requests),
        energy=tuple(reading for latency in timed for reading in latency.energy),
    )


def _usd(joules: Estimate, rates: EnergyRates, n_requests: int, scenario: Scenario) -> tuple[Usd, Usd, Usd]:
    """Electricity, labour and the part of the fixed costs; the bounds are those of all constants at once."""
    kwh, wage, labour = scenario.kwh_price, scenario.wage, scenario.labour
    wall_j = wall_of(rates, scenario).band(joules)
    fixed = scenario.fixed_per_task()

    def spent(end: str) -> Decimal:
        return n_requests * fixed + variable_cost_usd(
            Decimal(str(getattr(wall_j, end))),
            kwh_price=getattr(kwh, end),
            wage_per_hour=getattr(wage, end),
            labour_s=n_requests * getattr(labour, end),
        )

    return spent("value"), spent("low"), spent("high")
