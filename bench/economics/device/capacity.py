"""What one device can do of a task: the one source of capacity for gates, break-even and loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from statistics import fmean

from bench.economics.device.operating_point import OperatingPoint
from bench.economics.load.load_rates import Lengths, LoadRates, lengths_of, load_rates
from bench.records.types import ItemResult, SpeedPoint
from bench.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Service:
    """How the device serves the requests of a task: their lengths, and the seconds of prompts and steps."""

    rates: LoadRates
    lengths: tuple[Lengths, ...]

    @cached_property
    def prompt_s(self) -> float:
        """Of a mean request."""
        return fmean([self.rates.prefill_s(n_prompt) for n_prompt, _ in self.lengths])

    @cached_property
    def steps(self) -> float:
        """Decode steps of a mean request."""
        return fmean([max(0, n_output - 1) for _, n_output in self.lengths])

    @cached_property
    def seconds(self) -> float:
        """Between two requests that are done when somebody always waits."""
        return self.prompt_s + self.steps * self.rates.step_s[-1] / len(self.rates.step_s)

    @property
    def capacity_per_s(self) -> float:
        """Requests a second when somebody always waits: every step is then one of as many as there may be.

        A load below it is stable and one above it is not, however requests arrive: the saturation rule
        (Baccelli and Foss 1995), since whoever waits is taken up as soon as there is room.
        """
        return 1 / self.seconds

    def capacity_per_month(self, hours: Decimal) -> Decimal:
        """Attempts in so many hours."""
        return hours * Decimal(SECONDS_PER_HOUR) / Decimal(str(self.seconds))


def service_of(
    items: Sequence[ItemResult], speed: Sequence[SpeedPoint], point: OperatingPoint
) -> Service | None:
    """None where no rate is known, or a request takes no measurable time."""
    lengths = lengths_of(items)
    rates, _ = load_rates(speed, point, lengths)
    if rates is None:
        return None
    service = Service(rates, lengths)
    return service if service.seconds > 0 else None


def done_per_month(volume: Decimal, capacity: Decimal | None) -> Decimal:
    """Attempts that one device does of ``volume``: all of them where its capacity is not known."""
    return volume if capacity is None else min(volume, capacity)
