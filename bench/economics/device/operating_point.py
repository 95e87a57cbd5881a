"""Seconds and joules of an attempt on the device, from requests served one at a time.

Quality runs are batched, so their seconds mean nothing: an item brings its token counts only, and the
rates come from ``records.types.Latency`` of the same task.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from bench.records.types import EnergyReading, ItemResult, Latency, Provenance, RequestSample
from bench.stats import Estimate
from bench.units import CLOCK_S

T = TypeVar("T")
Basis = Literal["gross", "above-idle"]
_LEAST_J = 1e-9  # of a window; nothing runs on less, and rates overflow


@dataclass(frozen=True, slots=True)
class SpeedRates:
    """``to_first_s_per_token`` spreads TTFT over the prompt; the first output token is part of it."""

    to_first_s_per_token: float
    s_per_decode_step: float | None  # None: every answer had one token, so no step was measured
    is_disturbed: bool  # no undisturbed request was left: real times are at most these
    ttft_ratios: tuple[float, ...]  # observed over fitted, one a request
    latency_ratios: tuple[float, ...]

    def ttft_s(self, n_prompt: int) -> float:
        return self.to_first_s_per_token * n_prompt

    def latency_s(self, n_prompt: int, n_output: int) -> float | None:
        """Request in to last token out; None when decode steps are needed and none was measured."""
        if n_output <= 1:
            return self.ttft_s(n_prompt)
        if self.s_per_decode_step is None:
            return None
        return self.ttft_s(n_prompt) + self.s_per_decode_step * (n_output - 1)


@dataclass(frozen=True, slots=True)
class EnergyRates:
    """Joules for each prompt token and decode step, with bounds, of one meter: gross or above idle.

    The seconds are those in which they were drawn, which need not be as fast as the requests were.
    """

    j_per_prompt_token: Estimate
    j_per_decode_step: Estimate | None
    s_per_prompt_token: float
    s_per_decode_step: float | None
    meter: str
    covers: str
    provenance: Provenance
    detail: str
    is_disturbed: bool  # others worked during a window: real joules are at most about these

    def joules(self, n_prompt: int, n_output: int) -> Estimate | None:
        """Of one attempt; None when decode steps are needed and none was measured."""
        prefill = self.j_per_prompt_token
        if n_output <= 1:
            return Estimate(*(part * n_prompt for part in prefill))
        decode = self.j_per_decode_step
        if decode is None:
            return None
        steps = n_output - 1
        return Estimate(*(a * n_prompt + b * steps for a, b in zip(prefill, decode, strict=True)))

    def watts(self, n_prompt: int, n_output: int) -> Estimate | None:
        """Mean power of one attempt; None as for its joules."""
        joules = self.joules(n_prompt, n_output)
        steps = max(0, n_output - 1)
        duration_s = self.s_per_prompt_token * n_prompt + (self.s_per_decode_step or 0.0) * steps
        return (
            None if joules is None or duration_s <= 0 else Estimate(*(part / duration_s for part in joules))
        )


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Either rate may be missing; then the reason says why."""

    speed: SpeedRates | None
    no_speed_because: str
    energy: EnergyRates | None
    no_energy_because: str


def operating_point(latency: Latency | None) -> OperatingPoint:
    """Rates of a task at concurrency 1. Requests disturbed by others count only when there are no others."""
    if latency is None:
        why = "no request of this task was timed alone"
        return OperatingPoint(None, why, None, why)
    speed, no_speed = _speed(latency.requests)
    energy, no_energy = _energy(latency.energy)
    return OperatingPoint(speed, no_speed, energy, no_energy)


def seconds_of_items(rates: SpeedRates, items: Sequence[ItemResult]) -> list[float] | None:
    """Latency of each item by its own lengths; None when one cannot be told."""
    return _by_lengths(rates.latency_s, items)


def joules_of_items(rates: EnergyRates, items: Sequence[ItemResult]) -> list[Estimate] | None:
    """Joules of each item by its own lengths; None when one cannot be told."""
    return _by_lengths(rates.joules, items)


def watts_of_items(rates: EnergyRates, items: Sequence[ItemResult]) -> list[Estimate] | None:
    """Mean power of each item by its own lengths; None when one cannot be told."""
    return _by_lengths(rates.watts, items)


def _by_lengths(figure: Callable[[int, int], T | None], items: Sequence[ItemResult]) -> list[T] | None:
    found: list[T] = []
    for item in items:
        if item.n_prompt_tokens is None or item.n_output_tokens is None:
            return None
        known = figure(item.n_prompt_tokens, item.n_output_tokens)
        if known is None:
            return None
        found.append(known)
    return found


def timed_requests(requests: Sequence[RequestSample]) -> tuple[list[RequestSample], bool]:
    """The requests that the rates rest on, and whether they were disturbed: then there were no others."""
    timed = [request for request in requests if not request.is_warm_up and request.n_prompt_tokens]
    quiet = [request for request in timed if not request.contention.is_disturbed]
    return quiet or timed, not quiet


def _speed(requests: Sequence[RequestSample]) -> tuple[SpeedRates | None, str]:
    chosen, is_disturbed = timed_requests(requests)
    if not chosen:
        return None, "no request was timed after the warm-up"
    decoded = [request for request in chosen if request.n_output_tokens > 1]
    steps = sum(request.n_output_tokens - 1 for request in decoded)
    ttft_s, decode_s = sum(r.ttft_s for r in chosen), sum(r.decode_s for r in decoded)
    if ttft_s < CLOCK_S or (decoded and decode_s < CLOCK_S):
        return None, "the timed requests took no time"
    fitted = SpeedRates(
        ttft_s / sum(r.n_prompt_tokens for r in chosen),
        decode_s / steps if steps else None,
        is_disturbed,
        (),
        (),
    )
    ttft = [(r.ttft_s, fitted.ttft_s(r.n_prompt_tokens)) for r in chosen]
    latency = [
        (r.ttft_s + r.decode_s, fitted.latency_s(r.n_prompt_tokens, r.n_output_tokens)) for r in chosen
    ]
    return replace(fitted, ttft_ratios=_ratios(ttft), latency_ratios=_ratios(latency)), ""


def _ratios(pairs: Sequence[tuple[float, float | None]]) -> tuple[float, ...]:
    return tuple(observed / fit for observed, fit in pairs if fit)


def _energy(readings: Sequence[EnergyReading]) -> tuple[EnergyRates | None, str]:
    """Above idle, of the best meter that tells every phase that was read; else of the best that tells one."""
    known = [energy_rates(readings, meter, "above-idle") for meter in meters_of(readings)]
    told = [rates for rates in known if rates is not None]
    whole = [rates for rates in told if rates.j_per_decode_step is not None]
    for rates in (*whole, *told):
        return rates, ""
    reasons = [r.absent_because for r in readings if r.absent_because]
    if not reasons and any(r.gross_j for r in readings):
        reasons = ["energy over idle is not known: idle power was not measured, or was not exceeded"]
    return None, reasons[0] if reasons else "no energy was read"


def meters_of(readings: Sequence[EnergyReading]) -> tuple[str, ...]:
    """The names of the meters, best first: modelled ones last, else in the order of their readings."""
    modelled = {reading.meter for reading in readings if reading.provenance == "modelled"}
    return tuple(sorted(dict.fromkeys(reading.meter for reading in readings), key=modelled.__contains__))


def energy_rates(readings: Sequence[EnergyReading], meter: str, basis: Basis) -> EnergyRates | None:
    """Of one meter, at concurrency 1; None when it tells no joules of a prompt."""
    prefill = _per_token(told_readings(readings, meter, "prefill", basis))
    if prefill is None:
        return None
    first = next(r for r in _alone(readings, meter) if r.phase == "prefill")
    decode = _per_token(told_readings(readings, meter, "decode", basis))
    j_per_prompt_token, s_per_prompt_token = prefill
    j_per_decode_step, s_per_decode_step = decode or (None, None)
    return EnergyRates(
        j_per_prompt_token,
        j_per_decode_step,
        s_per_prompt_token,
        s_per_decode_step,
        meter,
        first.covers,
        first.provenance,
        first.detail,
        any(r.is_disturbed for r in _alone(readings, meter) if r.phase in ("prefill", "decode")),
    )


def told_readings(
    readings: Sequence[EnergyReading], meter: str, phase: Literal["prefill", "decode"], basis: Basis
) -> list[tuple[Estimate, float, int]]:
    """Joules, seconds and tokens of each window of a phase whose joules the meter tells."""
    return [
        (joules, r.window_s, r.n_tokens)
        for r in _alone(readings, meter)
        if r.phase == phase and r.n_tokens and (joules := told_joules(r, basis)) is not None
    ]


def told_joules(reading: EnergyReading, basis: Basis) -> Estimate | None:
    """None where there are none, or such as no meter reads: nothing at all, or beyond their own bounds."""
    band = reading.gross_j if basis == "gross" else reading.above_idle_j
    if band is None:
        return None
    value, low, high = band
    return Estimate(value, low, high) if value >= _LEAST_J and 0 <= low <= value <= high else None


def _alone(readings: Sequence[EnergyReading], meter: str) -> list[EnergyReading]:
    return [r for r in readings if r.meter == meter and r.n_parallel == 1 and r.provenance != "absent"]


def _per_token(told: Sequence[tuple[Estimate, float, int]]) -> tuple[Estimate, float] | None:
    """Joules and seconds."""
    if not told:
        return None
    bands, windows_s, counts = zip(*told, strict=True)
    value, low, high = (sum(part) / sum(counts) for part in zip(*bands, strict=True))
    return Estimate(value, low, high), sum(windows_s) / sum(counts)
