"""What requests that were counted elsewhere cost: billed by an API, or done on a measured device."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from bench.catalog.types import ApiProfile
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
# Of a request: tokens of input and output, and of the input those read from the cache and written to it.
Sizes = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, or the sums of ``n_requests``, as a provider counted them.

    ``input_tokens`` includes those read from and written to the provider's cache, ``output_tokens`` the
    reasoning ones.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    written_tokens: int = 0
    reasoning_tokens: int | None = None  # None: not told
    n_requests: int = 1
    model: str | None = None  # that answered, as it was logged
    at: datetime | None = None  # when, with a time zone

    def alike(self) -> Iterator[tuple[int, Sizes]]:
        """How many requests of each size.

        One request is itself. Of a sum nobody knows the sizes: they are as equal as whole tokens can be, and
        add up to the sum.
        """
        if self.n_requests == 1:
            yield 1, (self.input_tokens, self.output_tokens, self.cached_tokens, self.written_tokens)
            return
        kept = self.cached_tokens + self.written_tokens  # together no more than the input, in each request
        sums = (self.input_tokens, self.output_tokens, self.cached_tokens, kept)
        sizes = [divmod(n, self.n_requests) for n in sums]
        cuts = sorted({0, self.n_requests, *(rest for _, rest in sizes)})
        for begin, end in pairwise(cuts):
            n_input, n_output, n_cached, n_kept = (size + (begin < rest) for size, rest in sizes)
            yield end - begin, (n_input, n_output, n_cached, n_kept - n_cached)


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


def tokens_of(usages: Sequence[Usage]) -> WorkloadTokens:
    reasoning = [usage.reasoning_tokens for usage in usages]
    known = [n for n in reasoning if n is not None]
    return WorkloadTokens(
        n_rows=len(usages),
        n_requests=sum(usage.n_requests for usage in usages),
        input_tokens=sum(usage.input_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        reasoning_tokens=sum(known) if len(known) == len(reasoning) else None,
        n_sums=sum(usage.n_requests > 1 for usage in usages),
        written_tokens=sum(usage.written_tokens for usage in usages),
    )


def bills_of_all(
    profiles: Sequence[ApiProfile], usages: Sequence[Usage], scenario: Scenario
) -> tuple[WorkloadBill, ...]:
    """What each API would bill for all requests on the scenario's day, each request priced on its own."""
    alike = {scenario.at: _sizes(usages)}
    return tuple(_bill(profile, alike, "all", scenario) for profile in profiles)


def bills_as_used(
    profiles: Mapping[str, ApiProfile | str], usages: Sequence[Usage], scenario: Scenario
) -> tuple[WorkloadBill, ...]:
    """What each API bills for the requests that it answered, at the moment of each where that was logged.

    ``profiles`` holds for each model's logged name whose it is, or why that is not known.
    """
    used: dict[str, list[Usage]] = {}
    whose: dict[str, ApiProfile | str] = {}
    for usage in usages:
        if usage.model is not None:
            found = profiles[usage.model]
            name = usage.model if isinstance(found, str) else found.name
            whose[name] = found
            used.setdefault(name, []).append(usage)
    return tuple(
        _no_bill(name, "as-used", sum(usage.n_requests for usage in used[name]), found)
        if isinstance(found, str)
        else _bill(found, _by_moment(used[name], scenario.at), "as-used", scenario)
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
    sizes = [(n, n_input, n_output) for (n_input, n_output, _, _), n in _sizes(usages).items()]
    n_steps = sum(n * max(0, n_output - 1) for n, _, n_output in sizes)
    n_beyond = sum(n for n, n_input, n_output in sizes if n_input + n_output > record.settings.n_ctx)
    longest = max((r.n_prompt_tokens for latency in timed for r in latency.requests), default=None)
    seconds = joules = usd = None
    reasons: list[str] = []
    if n_beyond:
        limit = f"context of {record.settings.n_ctx:,} tokens"
        reasons.append(f"{n_beyond:,} of {counts.n_requests:,} requests do not fit the {limit}")
    else:
        if point.speed is not None:  # a fit through 0, so the sum is that of one long request
            seconds = point.speed.latency_s(counts.input_tokens, n_steps + 1)
        if point.energy is not None:
            joules = point.energy.joules(counts.input_tokens, n_steps + 1)
            usd = None if joules is None else _usd(joules, point.energy, counts.n_requests, scenario)
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
        per_month=busy_s * counts.n_requests / seconds if seconds else None,
        n_beyond_context=n_beyond,
        longest_timed_tokens=longest,
        n_longer=0 if longest is None else sum(n for n, n_input, _ in sizes if n_input > longest),
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


def _bill(
    profile: ApiProfile, alike: Mapping[datetime, Counter[Sizes]], which: Which, scenario: Scenario
) -> WorkloadBill:
    """Requests by moment and size. A price that is not known becomes the reason why there is no bill."""
    n_requests = sum(counted.total() for counted in alike.values())
    try:
        tariffs = {at: tariff_as_served(profile, scenario, at=at) for at in sorted(alike)}
    except EconomicsError as error:
        return _no_bill(profile.name, which, n_requests, error.what)
    input_usd = output_usd = Decimal(0)
    for at, tariff in tariffs.items():
        for sizes, n in alike[at].items():
            bill = tariff.bill(*sizes).charged(
                fee_usd=scenario.api_fee.value, retries=scenario.api_retries.value, tax=scenario.api_tax
            )
            input_usd += n * bill.input_usd
            output_usd += n * bill.output_usd
    return WorkloadBill(
        api=profile.name,
        which=which,
        n_requests=n_requests,
        price=tariffs[max(tariffs)].price,
        n_days=len({at.date() for at in tariffs}),
        is_last_price=any(tariff.retired is not None for tariff in tariffs.values()),
        input_usd=input_usd,
        output_usd=output_usd,
    )


def _by_moment(usages: Sequence[Usage], otherwise: datetime) -> dict[datetime, Counter[Sizes]]:
    """By the begun quarter of an hour: no price changes within one, so each is looked up once."""
    found: dict[datetime, list[Usage]] = {}
    for usage in usages:
        at = usage.at or otherwise
        quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
        found.setdefault(quarter, []).append(usage)
    return {at: _sizes(then) for at, then in found.items()}


def _sizes(usages: Sequence[Usage]) -> Counter[Sizes]:
    counted: Counter[Sizes] = Counter()
    for usage in usages:
        for n, sizes in usage.alike():
            counted[sizes] += n
    return counted


def _no_bill(api: str, which: Which, n_requests: int, why: str) -> WorkloadBill:
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
