"""What a page needs to conclude anew from records, under other prices, volumes and ownership.

Numbers are those that the economics go by, unrounded; money in USD. What several comparisons share is in a
table and referred to by its place. ``bench.economics.worksheet`` fills it in and ``economics.js`` of the page
works with it.
"""

from typing import Literal

from bench.records.base import Band, Count, Frozen, Seconds

Result = Literal["pass", "fail", "open", "not-asked"]


class SheetScenario(Frozen):
    """The assumptions of an assessment, as far as they enter money, capacity or the margin of quality."""

    seed: int
    kwh_price: Band
    device_price: Band | None
    ownership: Literal["sunk", "dedicated", "shared"]
    share: float
    tasks_per_month: Band
    is_volume_stated: bool
    idle_watts: Band
    hours_per_month: float
    capital_factor: float  # monthly USD for each USD of the device's price
    maintenance_per_month: float
    wage_per_hour: Band
    labour_s: Band
    loss_per_error: Band | None  # None: the task's, if it states one
    delta: float


class SheetFound(Frozen):
    """A gate that no price, volume or ownership changes."""

    result: Result
    why: str
    items_to_settle: Count | None = None


class SheetLevel(Frozen):
    """A service level: requests one at a time, and under the load that was simulated, if one was."""

    alone: SheetFound
    loaded: SheetFound | None


class SheetSpeed(Frozen):
    """``unknown_because`` None: latencies are known. ``load_tasks_per_month``: of the simulated load."""

    unknown_because: str | None
    is_disturbed: bool
    is_level_stated: bool
    capacity_per_month: float | None
    levels: tuple[SheetLevel, ...]
    load_tasks_per_month: float | None
    arrivals: SheetFound | None  # recorded ones, of which the load then is, whatever the volume


class SheetEnergy(Frozen):
    """Joules above idle of a prompt token and a decode step by the meter, and from there to the wall."""

    j_per_prompt_token: Band
    j_per_decode_step: Band | None
    unmetered: Band
    psu_efficiency: Band
    is_modelled: bool
    is_disturbed: bool


class SheetBill(Frozen):
    """Of one API for the items of a task: places of lists of USD, and doubts as multiples of the value."""

    input_usd: int
    output_usd: int
    fees_usd: int
    tokens: Band
    answer: Band


class SheetApi(Frozen):
    """What is known of an API's accuracy on a task. ``n`` is None where nothing was sampled."""

    name: str
    evidence: Literal["published", "declared-bar", "declared-accuracy", "none"]
    accuracy: float | None
    n: Count | None
    below: float
    above: float
    retired: str | None


class SheetComparison(Frozen):
    """Places in the tables; ``bill`` None: the API's costs are not known, for a reason."""

    api: int
    found: int
    bill: int | None
    unknown_because: str | None = None


class SheetTask(Frozen):
    """``prompts``, ``steps`` and ``groups`` are places of lists with an entry for each attempt.

    ``steps`` are decode steps; ``groups`` says by number which attempts hang together, None: none do.
    ``widening`` is what the distance of a drawn mean from its value is multiplied by.
    """

    task: str
    right: str  # "1" right, "0" not, for each attempt
    groups: int | None
    widening: float | None
    prompts: int | None
    steps: int | None
    energy: SheetEnergy | None
    unknown_because: str  # of the device's costs; empty: they are known
    seconds: Seconds | None
    fits: SheetFound
    speed: SheetSpeed
    loss_per_error: float | None
    loss_words: str | None  # the loss that counts as its decimal was written, of the scenario or the task
    need: float | None
    is_completion: bool
    comparisons: tuple[SheetComparison, ...]


class SheetRecord(Frozen):
    id: str
    scenario: int
    tasks: tuple[SheetTask, ...]


class NotRedone(Frozen):
    """A comparison of a record (of any task or API where that is None) that cannot be concluded anew."""

    record: str
    task: str | None
    api: str | None
    because: str


class Worksheet(Frozen):
    """``n_draws`` are those that a page makes. A list of one number stands for any number of it."""

    n_draws: Count
    lists: tuple[tuple[int | float, ...], ...]
    scenarios: tuple[SheetScenario, ...]
    apis: tuple[SheetApi, ...]
    bills: tuple[SheetBill, ...]
    found: tuple[SheetFound, ...]
    records: tuple[SheetRecord, ...]
    not_redone: tuple[NotRedone, ...]
