"""Power of the idle machine from the joules of its pauses."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.stats.proportions import Estimate
from bench.units import CLOCK_S

if TYPE_CHECKING:
    from bench.records.types import EnergyReading


def idle_power_w(readings: "Sequence[EnergyReading]") -> Estimate | None:
    """Mean idle power of one meter before and after, bounded by the lowest and highest; in watts."""
    known = [
        (reading.gross_j, reading.window_s)
        for reading in readings
        if reading.phase == "idle" and reading.gross_j is not None and reading.window_s > CLOCK_S
    ]
    if not known:
        return None
    return Estimate(
        sum(gross[0] / window_s for gross, window_s in known) / len(known),
        min(gross[1] / window_s for gross, window_s in known),
        max(gross[2] / window_s for gross, window_s in known),
    )
