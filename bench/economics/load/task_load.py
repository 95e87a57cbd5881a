"""The scenario's volume as a load on the device, task by task, and what more and less of it would be."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import Service
from bench.economics.device.device_cost import variable_cost_usd
from bench.economics.device.operating_point import OperatingPoint
from bench.economics.estimates import RECORDED
from bench.economics.load.arrivals import Arrivals
from bench.economics.load.load import FEWEST_REQUESTS, N_REQUESTS, Load, Times, curve, simulate
from bench.economics.verdict.sides import DeviceSide
from bench.economics.verdict.uncertainty import N_DRAWS, Randomness
from bench.records.types import LoadCurve, LoadPoint, LoadTimes, Provenance, TaskLoad, Usd
from bench.units import SECONDS_PER_HOUR

CURVE_SHARES: Final = tuple(tenths / 10 for tenths in range(1, 13))  # of capacity
CURVE_REQUESTS = N_REQUESTS // 5  # at each share


def task_load(
    task: str,
    service: Service | None,
    point: OperatingPoint,
    scenario: Scenario,
    randomness: Randomness,
    arrivals: Arrivals | None = None,
) -> TaskLoad | None:
    """As the arrivals were recorded, else of the tasks a month, come by chance within its allowed hours.

    None where neither counts or no rate is known. Where few draws are made, few requests are simulated.
    """
    if service is None or (arrivals is None and not scenario.counts_volume):
        return None
    hours = float(scenario.working_hours)
    per_s = float(scenario.tasks_per_month.value) / (hours * SECONDS_PER_HOUR)
    load = simulate(
        service.rates,
        service.lengths,
        per_s if arrivals is None else arrivals.seconds,
        seed=scenario.seed,
        n_requests=_fewer(N_REQUESTS, randomness),
    )
    return TaskLoad(
        task=task,
        n_parallel=len(service.rates.step_s),
        n_requests=load.n_counted,
        arrivals_per_s=load.arrivals_per_s,
        capacity_per_s=load.capacity_per_s,
        state=load.state,
        busy_share=load.busy_share,
        time_share_under_way=load.time_share_under_way,
        mean_requests=load.mean_requests,
        served_per_s=load.served_per_s,
        growth_per_s=load.growth_per_s,
        ttft=_times(load.ttft),
        latency=_times(load.latency),
        joules_per_request=load.joules_per_request,
        are_joules_at_most=load.are_joules_upper,
        joules_provenance=_provenance(point),
        notes=(*service.rates.notes, *(() if arrivals is None else arrivals.notes(scenario))),
        arrivals="poisson" if arrivals is None else "recorded",
    )


def load_curve(
    task: str,
    service: Service | None,
    device: DeviceSide,
    scenario: Scenario,
    randomness: Randomness,
    arrivals: Arrivals | None = None,
) -> LoadCurve | None:
    """At each tenth of capacity up to 120 %; recorded arrivals come closer together or farther apart.

    None where no rate is known. Each load is of 4,000 requests, or of the first 20,000 that were recorded.
    """
    if service is None:
        return None
    rates, capacity_per_s = service.rates, service.capacity_per_s
    loads = curve(
        rates,
        service.lengths,
        [share * capacity_per_s for share in CURVE_SHARES],
        seed=scenario.seed,
        n_requests=_fewer(CURVE_REQUESTS, randomness),
        recorded=None if arrivals is None else arrivals.first(N_REQUESTS),
    )
    notes = (*rates.notes, *(() if arrivals is None else arrivals.notes(scenario)))
    return LoadCurve(
        task=task,
        n_parallel=len(rates.step_s),
        n_requests=loads[0].n_counted,
        capacity_per_s=capacity_per_s,
        arrivals="poisson" if arrivals is None else "recorded",
        are_joules_at_most=loads[0].are_joules_upper,
        joules_provenance=_provenance(device.point),
        notes=notes,
        points=_points(loads, service, device, scenario),
    )


def _points(
    loads: Sequence[Load], service: Service, device: DeviceSide, scenario: Scenario
) -> tuple[LoadPoint, ...]:
    found = []
    for share, load in zip(CURVE_SHARES, loads, strict=True):
        served = Decimal(str(min(1.0, share))) * service.capacity_per_month(scenario.working_hours)
        usd = _usd_per_attempt(load, served, device, scenario)
        found.append(
            LoadPoint(
                load_share=share,
                arrivals_per_s=load.arrivals_per_s,
                served_per_month=RECORDED.plus(served),
                state=load.state,
                busy_share=load.busy_share,
                ttft=_times(load.ttft),
                latency=_times(load.latency),
                joules_per_request=load.joules_per_request,
                usd_per_attempt=None if usd is None else RECORDED.plus(usd),
                usd_per_correct=None
                if usd is None or not device.accuracy
                else RECORDED.divide(usd, device.accuracy),
            )
        )
    return tuple(found)


def _usd_per_attempt(load: Load, served: Decimal, device: DeviceSide, scenario: Scenario) -> Usd | None:
    if load.joules_per_request is None or device.costs is None:
        return None
    variable = variable_cost_usd(
        device.costs.wall.joules(Decimal(str(load.joules_per_request.value))),
        kwh_price=scenario.kwh_price.value,
        wage_per_hour=scenario.wage.value,
        labour_s=scenario.labour.value,
    )
    return variable + scenario.fixed_per_month() / served


def _fewer(n_requests: int, randomness: Randomness) -> int:
    return max(FEWEST_REQUESTS, n_requests * randomness.n_draws // N_DRAWS)


def _provenance(point: OperatingPoint) -> Provenance:
    return "absent" if point.energy is None else point.energy.provenance


def _times(told: Times | None) -> LoadTimes | None:
    if told is None:
        return None
    return LoadTimes(mean=told.mean, p50=told.p50, p90=told.p90, p95=told.p95, p99=told.p99)
