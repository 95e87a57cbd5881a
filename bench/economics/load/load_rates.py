"""What a load asks of the device: seconds and joules of a prompt, and of a step by answers under way.

Requests served alone say how long a prompt and a step take; the speed grid says how a step grows with the
sequences in it, and a prompt's token with the tokens before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from bench.economics.device.operating_point import OperatingPoint, told_joules
from bench.records.types import EnergyReading, ItemResult, SpeedPoint
from bench.stats import Estimate
from bench.units import CLOCK_S

Lengths = tuple[int, int]  # prompt and output tokens of a request


@dataclass(frozen=True, slots=True)
class LoadJoules:
    """Above idle. ``step_weight[n - 1]``: a step of n sequences, in steps of one.

    ``is_upper``: joules of several at once were not read, so each answer is taken to cost what it does alone.
    """

    j_per_prompt_token: Estimate
    j_per_decode_step: Estimate
    step_weight: tuple[float, ...]
    is_upper: bool


@dataclass(frozen=True, slots=True)
class LoadRates:
    """``step_s[n - 1]`` is a decode step of n sequences; so many as it has may be under way at once.

    ``growth_per_token``: by what share of itself a prompt's token takes longer for each token before it.
    """

    s_per_prompt_token: float  # of the first
    growth_per_token: float
    step_s: tuple[float, ...]
    joules: LoadJoules | None
    notes: tuple[str, ...] = ()

    def prefill_s(self, n_prompt: int) -> float:
        return self.s_per_prompt_token * _grown(n_prompt, self.growth_per_token)


def lengths_of(items: Sequence[ItemResult]) -> tuple[Lengths, ...]:
    """Of the items whose tokens were counted."""
    return tuple(
        (item.n_prompt_tokens, item.n_output_tokens)
        for item in items
        if item.n_prompt_tokens is not None and item.n_output_tokens is not None
    )


def load_rates(
    speed: Sequence[SpeedPoint], point: OperatingPoint, lengths: Sequence[Lengths]
) -> tuple[LoadRates | None, str]:
    """The rates at the requests' mean lengths, or why there are none.

    A step of n sequences is that of requests served alone times the grid's ratio of n sequences to one, at
    the depth nearest to the requests'; between measured concurrencies it is interpolated, and beyond the
    largest nothing is known, so no more are served at once. With one concurrency it is one request at a time.
    """
    rates = point.speed
    if rates is None:
        return None, point.no_speed_because
    if not lengths:
        return None, "no item has counted tokens"
    if rates.s_per_decode_step is None and any(n_output > 1 for _, n_output in lengths):
        return None, "no decode step was timed"
    growth = _growth_of_prompts(speed)
    n_prompt = fmean([n for n, _ in lengths])
    grown = fmean([_grown(n, growth) for n, _ in lengths])
    first = rates.to_first_s_per_token * n_prompt / max(1e-9, grown)
    notes = [] if growth else ["a prompt's token is taken to cost the same wherever it stands"]
    alone_s = rates.s_per_decode_step or 0.0
    measured = _steps_by_concurrency(speed, _depth(lengths))
    if measured is None:
        notes.append("no decoding of several sequences at once was measured: one request at a time")
        return LoadRates(first, growth, (alone_s,), _joules(point, {}, 1), tuple(notes)), ""
    points, test = measured
    notes.append(f"steps of several sequences grow as in {test}")
    seconds = {n: _step_s(one, n) for n, one in points.items()}
    step_s = tuple(alone_s * ratio for ratio in _interpolated(seconds))
    joules = _joules(point, points, len(step_s))
    if joules is not None and joules.is_upper:
        notes.append("joules of several sequences at once were not read: an upper figure")
    return LoadRates(first, growth, step_s, joules, tuple(notes)), ""


def _grown(n_prompt: int, growth: float) -> float:
    """Tokens, each by what it takes beside the first."""
    return n_prompt * (1 + growth * max(0, n_prompt - 1) / 2)


def _growth_of_prompts(speed: Sequence[SpeedPoint]) -> float:
    """From prompts of one length after different depths: a straight line, its slope over its begin."""
    by_length: dict[int, dict[int, float]] = {}
    for point in speed:
        s_per_token = _s_per_token(point)
        is_prompt = point.n_prompt and not point.n_gen and not point.n_cached and point.n_parallel is None
        if is_prompt and s_per_token is not None:
            by_length.setdefault(point.n_prompt, {})[point.n_depth] = s_per_token
    if not by_length:
        return 0.0
    n_prompt, by_depth = max(by_length.items(), key=lambda entry: (len(entry[1]), entry[0]))
    if len(by_depth) < 2:
        return 0.0
    slope, begin = np.polyfit([depth + (n_prompt - 1) / 2 for depth in by_depth], [*by_depth.values()], 1)
    return max(0.0, float(slope / begin)) if begin > 0 else 0.0


def _depth(lengths: Sequence[Lengths]) -> float:
    """Tokens in the cache before a mean decode step."""
    steps = [max(0, n_output - 1) for _, n_output in lengths]
    total = sum(steps)
    return sum(s * (n + s / 2) for (n, _), s in zip(lengths, steps, strict=True)) / total if total else 0.0


def _steps_by_concurrency(
    speed: Sequence[SpeedPoint], depth: float
) -> tuple[dict[int, SpeedPoint], str] | None:
    """Decode points of one kind by sequences at once, from one on, nearest to the depth; and their name."""
    kinds: dict[tuple[int, int], dict[int, SpeedPoint]] = {}
    deployed: dict[tuple[int, int], SpeedPoint] = {}
    for point in speed:
        if not point.n_gen or point.n_prompt or _s_per_token(point) is None:
            continue
        kind = (point.n_gen, point.n_depth)
        if point.n_parallel is None:
            deployed.setdefault(kind, point)
        else:
            kinds.setdefault(kind, {}).setdefault(point.n_parallel, point)
    for kind, points in kinds.items():
        if 1 not in points and kind in deployed:  # held otherwise, but all there is
            points[1] = deployed[kind]
    fit = {kind: points for kind, points in kinds.items() if 1 in points and len(points) > 1}
    if not fit:
        return None
    kind = min(fit, key=lambda kind: (abs(kind[1] + kind[0] / 2 - depth), -len(fit[kind])))
    found = dict(sorted(fit[kind].items()))
    return found, ", ".join(point.test for point in found.values())


def _step_s(point: SpeedPoint, n_parallel: int) -> float:
    s_per_token = _s_per_token(point)
    assert s_per_token is not None
    return s_per_token * n_parallel


def _s_per_token(point: SpeedPoint) -> float | None:
    """Of all sequences together; repetitions that others disturbed count only where there are no others."""
    timed = [one for one in point.samples if not one.is_warm_up and one.n_tokens and one.calls_s >= CLOCK_S]
    chosen = [one for one in timed if not one.contention.is_disturbed] or timed
    if not chosen:
        return None
    return sum(one.calls_s for one in chosen) / sum(one.n_tokens for one in chosen)


def _interpolated(by_concurrency: Mapping[int, float]) -> tuple[float, ...]:
    """Of 1 to the largest concurrency, over that of one."""
    known = sorted(by_concurrency)
    figures = np.interp(range(1, known[-1] + 1), known, [by_concurrency[n] for n in known])
    return tuple((figures / by_concurrency[1]).tolist())


def _joules(point: OperatingPoint, points: Mapping[int, SpeedPoint], n_most: int) -> LoadJoules | None:
    energy = point.energy
    if energy is None:
        return None
    decode = energy.j_per_decode_step or Estimate(0.0, 0.0, 0.0)
    told = {n: _j_per_step(one.energy, energy.meter, n) for n, one in points.items()}
    known = {n: joules for n, joules in told.items() if joules is not None}
    is_known = 1 in known and n_most in known
    weights = _interpolated(known) if is_known else tuple(float(n) for n in range(1, n_most + 1))
    return LoadJoules(energy.j_per_prompt_token, decode, weights, is_upper=n_most > 1 and not is_known)


def _j_per_step(readings: Sequence[EnergyReading], meter: str, n_parallel: int) -> float | None:
    """Above idle, of a step of so many sequences; None where the meter does not tell."""
    told = [
        (band.value, reading.n_tokens)
        for reading in readings
        if reading.phase == "decode"
        and reading.meter == meter
        and reading.n_tokens
        and (band := told_joules(reading, "above-idle")) is not None
    ]
    joules, tokens = sum(j for j, _ in told), sum(n for _, n in told)
    return n_parallel * joules / tokens if tokens else None
