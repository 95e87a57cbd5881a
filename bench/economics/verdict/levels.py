"""Whether a task's service levels are held: requests one at a time, and under the load that was simulated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.economics.device.operating_point import SpeedRates
from bench.economics.verdict.wording import figure
from bench.records.types import ItemResult, TaskLoad, TaskResult
from bench.units import SECONDS_PER_HOUR

SLOWEST_PERCENT = 95
FEWEST_REQUESTS = 5  # below it the slow ones may well not have been met


@dataclass(frozen=True, slots=True)
class LevelFound:
    """Whether a service level is held, and the words for it."""

    result: Literal["pass", "fail", "open"]
    said: str


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """A level that the task states: where requests come one at a time, and under a load, if there is one."""

    alone: LevelFound
    loaded: LevelFound | None


def service_levels(
    task: TaskResult,
    rates: SpeedRates,
    latencies: Sequence[float],
    items: Sequence[ItemResult],
    load: TaskLoad | None = None,
) -> Iterator[ServiceLevel]:
    """Of TTFT, then of latency, as far as the task states them; ``latencies`` are those of the items."""
    first_token = [rates.ttft_s(item.n_prompt_tokens or 0) for item in items]
    at_load = (None, None) if load is None else (load.ttft, load.latency)
    for name, times, ratios, level, loaded in (
        ("TTFT", first_token, rates.ttft_ratios, task.service_ttft_s, at_load[0]),
        ("latency", latencies, rates.latency_ratios, task.service_latency_s, at_load[1]),
    ):
        if level is not None:
            is_near_capacity = load is not None and load.state == "near-capacity"
            under_load = None if loaded is None else _under_load(loaded.p95, level, is_near_capacity)
            yield ServiceLevel(_alone(name, times, ratios, level), under_load)


def _alone(name: str, times: Sequence[float], ratios: Sequence[float], level: float) -> LevelFound:
    if len(ratios) < FEWEST_REQUESTS:
        why = f"the slowest {name} takes {FEWEST_REQUESTS} timed requests to tell, here are {len(ratios)}"
        return LevelFound("open", why)
    slowest = float(np.percentile(np.outer(times, ratios), SLOWEST_PERCENT))
    said = f"{name} p{SLOWEST_PERCENT} {slowest:.3g} s of {level:g} s allowed"
    return LevelFound("fail" if slowest > level else "pass", said)


def _under_load(p95: tuple[float, float, float], level: float, is_near_capacity: bool) -> LevelFound:
    value, low, high = p95
    said = f"{value:.3g} s at this volume{', close to capacity' if is_near_capacity else ''}"
    if is_near_capacity or low <= level < high:
        return LevelFound("open", said)
    return LevelFound("fail" if low > level else "pass", said)


def recorded_arrivals(load: TaskLoad) -> LevelFound | None:
    """Whether the device keeps up with arrivals as they were recorded; None where none were."""
    if load.arrivals != "recorded":
        return None
    came, served = load.arrivals_per_s * SECONDS_PER_HOUR, load.capacity_per_s * SECONDS_PER_HOUR
    said = f"{figure(came)} arrivals an hour as recorded, capacity {figure(served)}"
    return LevelFound("fail" if load.state == "overloaded" else "pass", said)
