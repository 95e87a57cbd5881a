"""What follows from the measurements under stated assumptions."""

from typing import Literal

from pydantic import Field

from bench.records.base import (
    Band,
    Count,
    Exact,
    Frozen,
    Interval,
    Moment,
    OpenBand,
    Provenance,
    Seconds,
    Share,
    Usd,
)
from bench.records.break_even import BreakEvenPoint, DevicesNeeded
from bench.records.carbon import CarbonBeside
from bench.records.loads import LoadCurve, TaskLoad
from bench.records.mixtures import Mixture
from bench.records.over_time import OverTime


class Assumption(Frozen):
    """A constant that entered a conclusion, with its origin and the flag that changes it."""

    name: str
    value: str
    unit: str
    kind: Literal["declared", "default", "catalog", "measured"]
    source: str
    date: str | None
    flag: str | None
    band: tuple[Exact, Exact, Exact] | None = Field(
        default=None, description="the figure with its bounds, exact; None: no figure, or of schema 1"
    )
    task: str | None = Field(default=None, description="for which alone it holds; None: all")


class ApiPrice(Frozen):
    """Prices as matched, per million tokens; ``matched_id`` is what the price table really priced."""

    model: str
    matched_id: str
    provider: str
    input_usd_per_mtok: Usd
    output_usd_per_mtok: Usd
    at: Moment
    source: str
    served: str | None = Field(
        default=None, description="where requests may wait: in batches, or why not; None: they may not"
    )


class TokensPerRequest(Frozen):
    """Mean tokens of one request as the API would bill it; output includes reasoning, once."""

    input_tokens: float
    output_tokens: float
    reasoning_tokens: float
    input_source: str
    output_source: str
    is_estimate: bool


class ApiEvidence(Frozen):
    """What is known of the API's accuracy on this task, and how."""

    kind: Literal["transcript", "published", "declared-bar", "declared-accuracy", "none"]
    accuracy: Band | None = Field(description="value, low, high; None: unknown")
    detail: str


class Gate(Frozen):
    name: Literal["fits", "fast-enough", "good-enough", "cheaper"]
    result: Literal["pass", "fail", "open", "not-asked"]
    why: str
    probability: Share | None = None


class ExplainedStep(Frozen):
    """One line of a computation: a figure, how it is formed, the numbers put in, and where they are from."""

    name: str
    formula: str = Field(description="in words; empty: the figure is taken as it is")
    numbers: str | None = Field(description="the formula with its numbers; None: nothing to work out by hand")
    result: str
    unit: str
    origins: tuple[str, ...]


class ExplainedPart(Frozen):
    """Steps that belong together, in the order in which they rest on each other."""

    title: str
    steps: tuple[ExplainedStep, ...]


class Swing(Frozen):
    """What an uncertain figure does to a comparison alone, all others at their values.

    ``usd_at_low`` and ``usd_at_high`` are ``device_less_api_usd`` with the figure at that bound.
    """

    name: str
    flag: str | None = Field(description="None: measured")
    low: Exact
    high: Exact
    unit: str
    usd_at_low: Usd | None = Field(description="None: unbounded, since a side is never right there")
    usd_at_high: Usd | None
    probability_if_low: Share | None = Field(
        description="of cheaper, in the tenth of the draws where it is lowest; None: nothing of it is drawn"
    )
    probability_if_high: Share | None
    flips: bool = Field(description="another side is the cheaper one at a bound than at the value")


NAMED_RIVAL, DEFAULT_RIVAL = "named", "default"  # why an API is compared with that was not chosen for a task


class Comparison(Frozen):
    """One task, this model, one API: both costs, both qualities, the gates in order and the verdict."""

    task: str
    api: str
    chosen_because: str | None = Field(
        default=None, description="reasons joined by '; ', each in few words, after a colon more"
    )
    price: ApiPrice | None
    tokens: TokensPerRequest | None
    evidence: ApiEvidence
    local_accuracy: Interval | None
    local_cost_per_attempt_usd: tuple[Usd, Usd, Usd] | None
    local_energy_provenance: Provenance
    local_seconds_per_attempt: float | None
    local_energy_per_attempt_j: Band | None
    api_cost_per_attempt_usd: tuple[Usd, Usd, Usd] | None
    local_usd_per_correct: tuple[Usd, Usd, Usd | None] | None = Field(
        description="value, low, high; a high of None is unbounded"
    )
    api_usd_per_correct: tuple[Usd, Usd, Usd | None] | None
    local_cost_of_pass_usd: tuple[Usd, Usd, Usd | None] | None = Field(
        default=None,
        description="cost of an attempt and its check / accuracy, of sampled attempts; None: see its note",
    )
    cost_of_pass_note: str | None = Field(
        default=None, description="how it is meant, or why there is none; None: not of sampled attempts"
    )
    break_even_tasks_per_month: tuple[str, Usd | None] = Field(
        description="'any', 'never', 'beyond-capacity', 'at' or 'unknown', and the volume if bought"
    )
    break_even_device_usd: Usd | None = Field(
        description="what a dedicated device may cost at the stated volume"
    )
    gates: tuple[Gate, ...]
    verdict: Literal["viable", "not viable", "insufficient evidence"]
    decided_by: str
    probability: Share | None
    items_to_settle: Count | None
    sentence: str
    if_bought: str
    flips: tuple[str, ...] = Field(default=(), description="what would flip it, largest effect first")
    device_less_api_usd: Usd | None = Field(
        default=None,
        description="spend per correct answer here less there; with a loss per error, cost with its errors",
    )
    n_items: Count | None = Field(default=None, description="items that both sides' figures are of")
    is_last_price: bool = Field(default=False, description="the API was retired; these are its last prices")
    swings: tuple[Swing, ...] = Field(default=(), description="of each uncertain figure, widest first")
    break_evens: tuple[BreakEvenPoint, ...] = Field(
        default=(), description="of each figure; none where the money is not known, or does not count"
    )
    devices_needed: DevicesNeeded | None = Field(
        default=None, description="for a stated volume beyond what one device can do"
    )
    carbon: CarbonBeside | None = Field(default=None, description="decides nothing; None: no gram is known")
    over_time: OverTime | None = Field(default=None, description="None: the money is not known")
    explained: tuple[ExplainedPart, ...] = Field(default=(), description="the computation, where asked for")


class TaskEnergy(Frozen):
    """Joules of a mean attempt and what follows, all of it gross or all of it above idle.

    Bounds are those of the joules; of what an accuracy entered, 95 % bounds of both.
    """

    attempt_j: Band
    attempt_w: Band | None = Field(description="mean over the attempts of joules / seconds of each")
    per_correct_j: OpenBand | None = Field(description="None: none was right, so it is unbounded")
    output_tokens_per_j: OpenBand | None = Field(description="of decoding alone")


class ChargeLife(Frozen):
    """What a full battery is good for, by the joules that the meter sees.

    ``is_at_most``: it sees a part of the machine only, or only what the work adds to the idle machine.
    """

    battery_wh: float
    attempts: OpenBand
    busy_h: OpenBand | None = Field(description="hours to empty, one attempt after the other")
    idle_h: OpenBand | None
    is_at_most: bool


class TaskEfficiency(Frozen):
    """What an attempt of a task takes by one meter, at the lengths of the task's own items.

    ``basis`` says whose joules IPJ, IPW, carbon and the battery's attempts rest on: gross where the meter
    tells them. IPJ is accuracy / mean joules, IPW accuracy / mean watts of an attempt.
    """

    task: str
    meter: str
    covers: str
    provenance: Provenance
    detail: str
    is_chosen: bool = Field(description="the meter whose joules the costs rest on")
    is_disturbed: bool = Field(default=False, description="others worked while its joules were taken")
    n_parallel: Count = 1
    n_items: Count
    accuracy: Share = Field(description="right / attempted")
    seconds_per_attempt: Seconds | None
    gross: TaskEnergy | None
    above_idle: TaskEnergy | None
    basis: Literal["gross", "above-idle"]
    ipj_per_j: OpenBand
    ipw_per_w: OpenBand | None
    carbon_g: Band | None = Field(default=None, description="g CO2-equivalent of the grid; None: not known")
    charge: ChargeLife | None = Field(default=None, description="None: no battery is known")


class Assessment(Frozen):
    """Conclusions under stated assumptions; recomputed from the measurements without running a model."""

    at: Moment
    assumptions: tuple[Assumption, ...]
    comparisons: tuple[Comparison, ...]
    efficiency: tuple[TaskEfficiency, ...] = Field(
        default=(), description="of each task with generated answers by each meter, the chosen one first"
    )
    loads: tuple[TaskLoad, ...] = Field(
        default=(),
        description="of each such task, where a volume or arrivals are stated, or a device is borne",
    )
    load_curves: tuple[LoadCurve, ...] = Field(default=(), description="of each such task, where asked for")
    mixtures: tuple[Mixture, ...] = Field(
        default=(), description="of each task, API and router, where answers carry margins or were sampled"
    )
    notes: tuple[str, ...] = Field(default=(), description="of what was looked for and is not known")

    @property
    def disturbed_tasks(self) -> frozenset[str]:
        """The tasks whose costs rest on joules that were taken while others worked."""
        return frozenset(one.task for one in self.efficiency if one.is_chosen and one.is_disturbed)
