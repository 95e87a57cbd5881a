"""The scenario's volume as a load on the device, task by task."""

from bench.economics.capacity import Service
from bench.economics.load import FEWEST_REQUESTS, N_REQUESTS, Times, simulate
from bench.economics.operating_point import OperatingPoint
from bench.economics.scenario import Scenario
from bench.economics.uncertainty import N_DRAWS, Randomness
from bench.records.types import LoadTimes, TaskLoad
from bench.units import SECONDS_PER_HOUR


def task_load(
    task: str,
    service: Service | None,
    point: OperatingPoint,
    scenario: Scenario,
    randomness: Randomness,
) -> TaskLoad | None:
    """Of the tasks a month, come by chance within its hours; None where no volume counts or no rate is known.

    Where few draws are made, few requests are simulated.
    """
    if not scenario.counts_volume or service is None:
        return None
    rates, lengths = service.rates, service.lengths
    hours = float(scenario.hours_per_month.value)
    load = simulate(
        rates,
        lengths,
        float(scenario.tasks_per_month.value) / (hours * SECONDS_PER_HOUR),
        seed=scenario.seed,
        n_requests=max(FEWEST_REQUESTS, N_REQUESTS * randomness.n_draws // N_DRAWS),
    )
    return TaskLoad(
        task=task,
        n_parallel=len(rates.step_s),
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
        joules_provenance="absent" if point.energy is None else point.energy.provenance,
        notes=rates.notes,
    )


def _times(told: Times | None) -> LoadTimes | None:
    if told is None:
        return None
    return LoadTimes(mean=told.mean, p50=told.p50, p90=told.p90, p95=told.p95, p99=told.p99)
