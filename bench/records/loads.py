"""What a load makes of the device."""

from typing import Literal

from pydantic import Field

from bench.records.base import Band, Count, Exact, Frozen, Provenance, Usd


class LoadTimes(Frozen):
    """Seconds of requests under a load, each with the simulation's own 95 % interval."""

    mean: Band
    p50: Band
    p90: Band
    p95: Band
    p99: Band


ArrivalKind = Literal["poisson", "recorded"]
State = Literal["sustained", "near-capacity", "overloaded"]


class TaskLoad(Frozen):
    """What the volume makes of the device: requests of a task, by chance within its hours, or as recorded.

    Simulated over measured step times. ``capacity_per_s``: served when somebody always waits. An overload has
    no times, since they grow for as long as it lasts; near capacity, intervals are too narrow.
    """

    task: str
    n_parallel: Count = Field(description="requests under way at once, at most: as many as were measured")
    n_requests: Count = Field(description="that count: simulated, less the warm-up")
    arrivals_per_s: float
    capacity_per_s: float
    state: State
    busy_share: Band
    time_share_under_way: tuple[float, ...] = Field(description="of 0, 1, … requests")
    mean_requests: Band = Field(description="waiting or under way")
    served_per_s: Band
    growth_per_s: Band = Field(description="of the requests that wait or are under way")
    ttft: LoadTimes | None
    latency: LoadTimes | None
    joules_per_request: Band | None = Field(description="above idle; bounds are those of the joules")
    are_joules_at_most: bool = Field(description="joules of several at once were not read")
    joules_provenance: Provenance
    notes: tuple[str, ...] = Field(description="what step times and arrivals rest on")
    arrivals: ArrivalKind = "poisson"


class LoadPoint(Frozen):
    """A task's requests at one share of what the device can do; ``TaskLoad`` has the meaning of each figure.

    Costs are at the constants' values: electricity by the joules at this load, labour, and the part of the
    fixed costs, shared by as many requests as are served.
    """

    load_share: float = Field(description="arrivals over capacity")
    arrivals_per_s: float
    served_per_month: Exact = Field(description="within the hours of the month; capacity at most")
    state: State
    busy_share: Band
    ttft: LoadTimes | None
    latency: LoadTimes | None
    joules_per_request: Band | None
    usd_per_attempt: Usd | None = Field(description="None: joules are not known")
    usd_per_correct: Usd | None = Field(description="None: joules are not known, or nothing was right")


class LoadCurve(Frozen):
    """One device under more and more of a task's requests; every load meets the same requests."""

    task: str
    n_parallel: Count
    n_requests: Count = Field(description="that count at each load")
    capacity_per_s: float
    arrivals: ArrivalKind
    are_joules_at_most: bool
    joules_provenance: Provenance
    notes: tuple[str, ...]
    points: tuple[LoadPoint, ...] = Field(description="by their load, the lowest first")
