"""What requests that were counted take on a measured device: seconds, joules and money."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.device_cost import variable_cost_usd
from bench.economics.device.operating_point import EnergyRates, OperatingPoint, operating_point
from bench.economics.device.wall import wall_of
from bench.economics.workload.usage import Usage, sizes_of, tokens_of, uncounted_words
from bench.records.types import Latency, Record, Usd, WorkloadHere
from bench.stats import Estimate
from bench.units import SECONDS_PER_HOUR


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
    counts, n_ctx = tokens_of(usages), record.settings.n_ctx
    n_requests = counts.n_requests
    sizes = [(n, n_input, n_output) for (n_input, n_output, *_), n in sizes_of(usages).items()]
    n_beyond = sum(n for n, n_input, n_output in sizes if n_input + n_output > n_ctx)
    longest = max((r.n_prompt_tokens for latency in timed for r in latency.requests), default=None)
    seconds, joules = None, None
    if n_requests is None:
        sums = f"{uncounted_words(counts.n_uncounted)}; add it in a field `requests`"
        reasons = [f"no seconds, no joules, and no cost: {sums}"]
    elif n_beyond:
        limit = f"context of {n_ctx:,} tokens"
        told = f"{n_beyond:,} of {n_requests:,} request{'s' * (n_requests > 1)}"
        reasons = [f"{told} {'does' if n_beyond == 1 else 'do'} not fit the {limit}"]
    else:
        n_steps = sum(n * max(0, n_output - 1) for n, _, n_output in sizes)
        seconds, joules, reasons = _work(point, counts.input_tokens, n_steps)
    busy_s = float(scenario.working_hours) * SECONDS_PER_HOUR
    per_month = busy_s * n_requests / seconds if seconds and n_requests else None
    energy = None if joules is None else point.energy
    usd = None
    if joules is not None and energy is not None and n_requests is not None:
        shared = scenario.within(None if per_month is None else Decimal(str(per_month)))
        usd = _usd(joules, energy, n_requests, shared)
    return WorkloadHere(
        record_id=record.id,
        model=record.model.name,
        tasks=tuple(latency.task for latency in timed),
        provenance="absent" if energy is None else energy.provenance,
        is_disturbed=energy is not None and energy.is_disturbed,
        seconds=seconds,
        joules=None if joules is None else tuple(joules),
        usd=usd,
        per_month=per_month,
        n_beyond_context=0 if n_requests is None else n_beyond,
        longest_timed_tokens=longest,
        n_longer=0
        if longest is None or n_requests is None
        else sum(n for n, n_input, _ in sizes if n_input > longest),
        absent_because=tuple(reasons),
    )


def _work(
    point: OperatingPoint, n_prompt: int, n_steps: int
) -> tuple[float | None, Estimate | None, list[str]]:
    """Seconds, joules, and why one is not known. Fits go through 0, so sums are as of one long request."""
    seconds = None if point.speed is None else point.speed.latency_s(n_prompt, n_steps + 1)
    joules = None if point.energy is None else point.energy.joules(n_prompt, n_steps + 1)
    reasons = []
    if point.speed is None:
        reasons.append(f"no seconds: {point.no_speed_because}")
    elif seconds is None:
        reasons.append("no seconds: every timed answer had one token, so no decode step was measured")
    if point.energy is None:
        reasons.append(f"no joules, and no cost: {point.no_energy_because}")
    elif joules is None:
        reasons.append("no joules, and no cost: those of a decode step were not measured")
    return seconds, joules, reasons


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

    def spent(end: str, of_volume: str) -> Decimal:
        return n_requests * _fixed_per_task(scenario, end, of_volume) + variable_cost_usd(
            Decimal(str(getattr(wall_j, end))),
            kwh_price=getattr(kwh, end),
            wage_per_hour=getattr(wage, end),
            labour_s=n_requests * getattr(labour, end),
        )

    return spent("value", "value"), spent("low", "high"), spent("high", "low")


def _fixed_per_task(scenario: Scenario, end: str, of_volume: str) -> Decimal:
    """What each task bears of the fixed costs: the least of them is shared among the most tasks."""
    price: Decimal = Decimal(0) if scenario.device_price is None else getattr(scenario.device_price, end)
    n_tasks: Decimal = getattr(scenario.tasks_per_month, of_volume)
    terms = replace(
        scenario.purchase(),
        idle_w=getattr(scenario.idle_watts, end),
        kwh_price=getattr(scenario.kwh_price, end),
    )
    return terms.fixed_per_month(price, scenario.ownership) / n_tasks
