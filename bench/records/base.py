"""What every part of a record is made of: strict frozen models, units in names, intervals."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from bench.units import within_calendar

LONGEST_TEXT = 65_536  # characters; the longest that a run writes are the last words of a failure
LONGEST_OUTPUT = 2**24  # of what a model said, which may be as long as a context
_LARGEST_EXPONENT = 100  # of ten; of a break-even, differences of next to nothing make large figures


def _within_reach(figure: Decimal) -> Decimal:
    """Written out, a figure of few characters such as 1e999999 would fill the memory."""
    if figure and not -_LARGEST_EXPONENT <= figure.adjusted() <= _LARGEST_EXPONENT:
        raise ValueError("is beyond what can be measured or paid")
    return figure


def _stop_at_first_fault(schema: Any) -> None:
    if isinstance(schema, dict):
        if schema.get("type") in ("tuple", "list"):
            schema["fail_fast"] = True
        for part in schema.values():
            _stop_at_first_fault(part)
    elif isinstance(schema, list):
        for part in schema:
            _stop_at_first_fault(part)


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        str_max_length=LONGEST_TEXT,
        defer_build=True,  # no command needs them all, and each would take its part of every start
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Of a series the first wrong element is told: of a million wrong ones, each would cost memory."""
        schema = handler(source)
        _stop_at_first_fault(schema)
        return schema


Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]  # as tables hold it
Count = Annotated[int, Field(ge=0, lt=2**63)]
Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]  # of a whole, and a probability
# Nobody measures a year, a terajoule or 10^12 tokens; what is finite and absurd overflows where it is summed.
MeasuredSeconds = Annotated[float, Field(ge=0, le=366 * 24 * 3600)]
MeasuredJoules = Annotated[float, Field(ge=-1e12, le=1e12)]
MeasuredTokens = Annotated[int, Field(ge=0, le=10**12)]
Bytes = Annotated[int, Field(ge=0, lt=2**63)]
Output = Annotated[str, Field(max_length=LONGEST_OUTPUT)]
Exact = Annotated[Decimal, AfterValidator(_within_reach)]
Moment = Annotated[datetime, AfterValidator(within_calendar)]
Usd = Exact
# As a task or an option states it; more is a slip of the pen.
StatedUsd = Annotated[Decimal, Field(ge=0, le=10**12), AfterValidator(_within_reach)]
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
    level: Share
    method: str
