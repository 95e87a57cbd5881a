"""Both sides' carbon, and the grid on which they are the same."""

from dataclasses import dataclass

from bench.catalog.types import Bounded, Electricity
from bench.economics.carbon.here import HereAccount
from bench.economics.carbon.hosted import ThereAccount
from bench.economics.estimates import NOTHING
from bench.records.types import CarbonBeside, OpenBand
from bench.stats import Estimate


@dataclass(frozen=True)
class CarbonAccount:
    """Both sides with what they were computed from."""

    here: HereAccount | None
    there: ThereAccount | None
    grid: Electricity | None
    told: CarbonBeside


def carbon_account(
    here: HereAccount | None, there: ThereAccount | None, grid: Electricity | None
) -> CarbonAccount | None:
    """Both sides as far as they are known; None where no gram is: nothing to set beside the money."""
    emits_here = None if here is None else here.told.electricity_g
    emits_there = None if there is None else there.told.attempt_g
    if emits_here is None and emits_there is None:
        return None
    told = CarbonBeside(
        here=here and here.told,
        there=there and there.told,
        same_at_g_per_kwh=_same_at(here, emits_there),
    )
    return CarbonAccount(here, there, grid, told)


def _same_at(here: HereAccount | None, there_g: Bounded | None) -> OpenBand | None:
    """(grams there − making) ÷ kWh here, at least 0."""
    if here is None or there_g is None or here.kwh.value <= 0:
        return None
    making = here.told.making_g
    if here.told.is_making_charged and making is None:
        return None
    value, low, high = Estimate(*(making or NOTHING))
    kwh = here.kwh
    most = None if kwh.low <= 0 else max(0.0, (there_g[2] - low) / kwh.low)
    return max(0.0, (there_g[0] - value) / kwh.value), max(0.0, (there_g[1] - high) / kwh.high), most
