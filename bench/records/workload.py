"""What requests that were counted elsewhere cost: at APIs, and on a device that was measured."""

from typing import Literal

from pydantic import Field, computed_field

from bench.records.base import Band, Count, Frozen, Provenance, Seconds, Usd
from bench.records.conclusions import ApiPrice
from bench.records.frontier import Frontier


class WorkloadTokens(Frozen):
    """All requests together. Input includes the cached tokens, output the reasoning ones."""

    n_rows: Count
    n_requests: Count | None = Field(description="None: some row does not tell how many it sums up")
    input_tokens: Count
    cached_tokens: Count
    output_tokens: Count
    reasoning_tokens: Count | None = Field(description="None: some row does not tell them")
    n_sums: Count = Field(description="rows that stand for several requests")
    n_uncounted: Count = Field(default=0, description="of these: rows that do not tell for how many")
    n_failed: Count = Field(default=0, description="rows of requests that failed, which nobody bills")
    written_tokens: Count = Field(description="of the input: written to the provider's cache")
    hour_tokens: Count = Field(default=0, description="of the written ones: to be kept for an hour")
    n_searches: Count = Field(default=0, description="searches of the web, whose fee is in no bill")
    tiers: dict[str, Count] = Field(
        default_factory=dict, description="rows that were not served at once for the list price, by how"
    )


class WorkloadBill(Frozen):
    """What one API bills for ``n_requests`` of the requests: all, or those that it answered (``as-used``)."""

    api: str
    which: Literal["all", "as-used"]
    n_requests: Count | None = Field(description="None: some row does not tell how many it sums up")
    price: ApiPrice | None = Field(description="of the last of the days, where there are several")
    n_days: Count = Field(default=1, description="days whose prices hold for some request")
    is_last_price: bool = Field(default=False, description="it was retired; these are its last prices")
    input_usd: Usd | None
    output_usd: Usd | None
    n_mean_sized: Count = Field(
        default=0, description="sums whose requests may have different prices, and are taken as equally large"
    )
    is_listed_only: bool = Field(
        default=False,
        description="it has no profile: the price is the price table's, and all that is known of it",
    )
    served: tuple[str, ...] = Field(default=(), description="how, if not at once for the list price")
    absent_because: str | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy has no decorated property
    @property
    def usd(self) -> Usd | None:
        """None: not known."""
        if self.input_usd is None or self.output_usd is None:
            return None
        return self.input_usd + self.output_usd


class WorkloadHere(Frozen):
    """The same requests on one measured device, one after another, at the rates of its record.

    ``usd`` and ``joules`` are of all requests, above idle; ``usd`` is bounded by all constants' bounds.
    """

    record_id: str
    model: str
    tasks: tuple[str, ...] = Field(description="whose timed requests gave the rates")
    provenance: Provenance = Field(description="of the joules")
    is_disturbed: bool = Field(default=False, description="others worked while the joules were taken")
    seconds: Seconds | None
    joules: Band | None
    usd: tuple[Usd, Usd, Usd] | None
    per_month: float | None = Field(description="requests like these in the hours of a month")
    n_beyond_context: Count
    longest_timed_tokens: Count | None = Field(description="of a prompt")
    n_longer: Count = Field(description="requests with longer prompts than any that was timed")
    absent_because: tuple[str, ...] = ()


class PublishedCost(Frozen):
    """A way known only by a price per task and a score. Figures are (sign, value): ``(">", 1000)``."""

    name: str
    usd_per_task: tuple[str, Usd]
    accuracy: tuple[str, Usd]
    usd_per_solved: tuple[str, Usd] | None
    shown_usd_per_solved: Usd | None = Field(description="with three digits, rounded so that its sign holds")
    absent_because: str | None
    source: str
    date: str


class WorkloadCost(Frozen):
    """What requests cost at each API and on each device, and published ways beside them."""

    tokens: WorkloadTokens | None = Field(description="None: no requests were stated, only published ways")
    bills: tuple[WorkloadBill, ...] = ()
    here: tuple[WorkloadHere, ...] = ()
    published: tuple[PublishedCost, ...] = ()
    frontiers: tuple[Frontier, ...] = Field(default=(), description="of published ways to the same task")
