"""Carbon beside the money: grams of CO2-equivalent of an attempt here and there; no part of any verdict."""

from typing import Literal

from pydantic import Field

from bench.records.base import Band, Frozen, OpenBand


class CarbonHere(Frozen):
    """Of an attempt on the device. Bounds: each figure that enters at the end that makes it least or most."""

    kwh: Band = Field(
        description="at the wall: above idle, and its part of idle hours where the device is charged to it"
    )
    electricity_g: Band | None = Field(description="None: the grid is not known")
    is_making_charged: bool = Field(description="False: the device is already owned")
    making_g: Band | None = Field(
        description="its part of making the device; None: not charged, or not known"
    )
    attempt_g: Band | None = Field(description="all that is charged; None: a part of it is not known")
    per_correct_g: OpenBand | None = Field(description="None: not known, or nothing was right")


class CarbonThere(Frozen):
    """Of a request to the API: always an estimate, the user's or a published one."""

    scope: Literal["declared", "model", "provider"] = Field(
        description="what it is an estimate of; provider: of all that it serves, of no stated length"
    )
    wh: Band | None
    attempt_g: Band | None = Field(description="None: neither a grid nor grams are known")
    per_correct_g: OpenBand | None
    detail: str
    source: str
    date: str | None


class CarbonBeside(Frozen):
    """What is known of either side, and where they are equal."""

    here: CarbonHere | None = Field(description="None: the device's energy is not known")
    there: CarbonThere | None = Field(description="None: not known")
    same_at_g_per_kwh: OpenBand | None = Field(
        description="of the grid here where both emit the same: below it the device emits less; 0: never"
    )
