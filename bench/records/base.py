"""What every part of a record is made of: strict frozen models, units in names, intervals."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
# Nobody measures a year, a terajoule or 10^12 tokens; what is finite and absurd overflows where it is summed.
MeasuredSeconds = Annotated[float, Field(ge=0, le=366 * 24 * 3600)]
MeasuredJoules = Annotated[float, Field(ge=-1e12, le=1e12)]
MeasuredTokens = Annotated[int, Field(ge=0, le=10**12)]
Bytes = Annotated[int, Field(ge=0)]
Usd = Decimal
Band = tuple[float, float, float]  # value, low, high
JouleBand = tuple[MeasuredJoules, MeasuredJoules, MeasuredJoules]  # value, low, high
OpenBand = tuple[float, float, float | None]  # a high of None is unbounded
Provenance = Literal["measured", "derived", "modelled", "absent"]
FailureKind = Literal["crash", "killed", "out_of_memory", "hang", "engine_error", "interrupted"]


class Interval(Frozen):
    """An estimate with its bounds; ``level`` is the two-sided confidence, ``method`` names how."""

    value: float
    low: float
    high: float
    level: float
    method: str
