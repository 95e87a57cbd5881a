"""Where both sides cost the same, figure by figure."""

from typing import Literal

from pydantic import Field

from bench.records.base import Count, Exact, Frozen, Usd

BreakEvenFigure = Literal[
    "volume",
    "volume-if-bought",
    "busy-share",
    "device-price",
    "kwh-price",
    "api-price",
    "api-input-price",
    "api-output-price",
    "api-blended-price",
    "loss-per-error",
]


class BreakEvenPoint(Frozen):
    """The value of one figure at which both sides cost the same, all others at theirs.

    ``per``: equal cost of an attempt, its errors counted where a loss per error is stated, or equal spend per
    correct answer. A volume is of what it is per; a busy share is a volume over capacity. The API's prices
    move together, by one factor. Without a price that is borne, the device's is that of one bought for this.
    """

    figure: BreakEvenFigure
    per: Literal["attempt", "right-answer"]
    unit: str
    flag: str | None
    now: Exact | None = Field(description="today's value; None: none is stated, or known")
    kind: Literal["any", "never", "beyond-capacity", "at", "unknown"] = Field(
        description="any, never: the device is cheaper at every value above 0, or at none"
    )
    at: Exact | None = None
    cheaper_here: Literal["above", "below"] | None = Field(
        default=None, description="on which side of the value the device is the cheaper one"
    )
    n_devices: Count | None = Field(
        default=None,
        description="for a volume beyond capacity; each brings its own fixed costs, so it never pays",
    )


class DevicesNeeded(Frozen):
    """What the stated volume takes where one device cannot do it; all but the first would be bought."""

    attempts_per_month: Exact
    n_devices: Count
    saved_usd_per_month: Usd = Field(description="gain of an attempt × attempts, before fixed costs")
    fixed_usd_per_month: Usd | None = Field(description="of all; None: the price of one is not stated")
    pays: bool | None = Field(description="None: not known for want of a price")
