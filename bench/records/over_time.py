"""What a comparison becomes over the months: costs of both sides while the API's prices fall, and sizes."""

from pydantic import Field

from bench.records.base import Band, Count, Exact, Frozen, Usd, Whole


class AtDecline(Frozen):
    """Both sides over the horizon, at one yearly decline of the API's prices; months count from 1.

    Net present costs of the same attempts on both sides: with a loss per error they hold the errors, without
    one the API's is that of as many correct answers as the device gives.
    """

    decline_per_year: Exact
    device_usd: Usd = Field(description="less what the device is still worth in the end")
    api_usd: Usd
    payback_month: Whole | None = Field(
        description="first month by whose end the device has cost no more; None: none within the horizon, or "
        "nothing was bought"
    )
    overtaken_month: Whole | None = Field(
        description="first month in which the API bills less than the device costs to run; None: none yet"
    )


class Density(Frozen):
    """Parameters for equal skill halve every so many months: a scenario, and no measurement.

    Bands are value, low, high over the bounds of ``halving_months``; parameters in billions.
    """

    halving_months: Band
    api_parameters: float
    api_parameters_from: str
    local_parameters: float
    held_parameters: float | None = Field(
        description="most that the memory holds at this model's bits, weights alone; None: not known"
    )
    parameters_at_horizon: Band = Field(description="that have the skill which the API has now")
    months_to_local_size: Band = Field(description="until so many are no more than this model's")
    months_to_held: Band | None


class OverTime(Frozen):
    """``ownership``: as the device is held, or as it would be with its price declared: bought for this."""

    ownership: str
    price_usd: Usd = Field(description="the part of the device's price that is borne; 0: it is owned")
    tasks_per_month: Exact = Field(description="at most what the device can do")
    horizon_months: Count
    cases: tuple[AtDecline, ...] = Field(description="at the decline's value, low and high; one if exact")
    density: Density | None = Field(description="None: a size is not known")
