"""Joules of a window from the readings of one domain, and how wrong they can be: pure functions."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from bench.meters.protocol import MeterInfo
from bench.stats import LEVEL, student
from bench.units import NS_PER_S

# Beside a reading the counter is known better than by the two that surround a border: what flows in a few
# milliseconds is bounded by this many times the highest mean power between two readings of the window.
PEAK_FACTOR = 4.0
NEAR_NS = 5_000_000
SHORTEST_FOR_PEAK_S = 0.02  # two marks in quick succession say little about power
# A power meter that gave no reading for so long tells nothing of the time in between.
LONGEST_GAP_S = 1.0
LONGEST_GAP_PERIODS = 3.0
TOLERANCE_NS = 1_000_000  # a border this little outside the readings is at their end: marks surround a call
N_LAGS_ALIKE = 2  # means over one delay only are still alike: simulated, 9 of 10 bounds hold, not 19 of 20
N_SHIFTS = 5  # how finely the unknown delay of a power meter is tried


class Joules(NamedTuple):
    """``error`` bounds the difference from the truth on either side, the meter's own accuracy apart."""

    value: float
    error: float


class NotTold(Exception):
    """Why the readings do not tell the joules of a window."""


def joules_between(
    times_ns: Sequence[int], values: Sequence[float], start_ns: int, end_ns: int, info: MeterInfo
) -> Joules:
    """Joules of a window by one domain's readings, which are in the order of their times.

    Raises NotTold when the window is not within the readings, or when power was not read for too long in it.
    """
    late_ns = round(info.late_s * NS_PER_S)
    is_power = info.quantity == "power"
    last_ns = end_ns + late_ns if is_power else end_ns
    if not times_ns or times_ns[0] > start_ns + TOLERANCE_NS or times_ns[-1] < last_ns - TOLERANCE_NS:
        raise NotTold("the window lies outside the meter's readings")
    if is_power:
        return _integrated(times_ns, values, start_ns, end_ns, late_ns, info)
    return _counted(times_ns, values, start_ns, end_ns, late_ns, info)


def _counted(
    times_ns: Sequence[int],
    joules: Sequence[float],
    start_ns: int,
    end_ns: int,
    late_ns: int,
    info: MeterInfo,
) -> Joules:
    """A counter only grows: its last reading before a border and its first after it bound the truth.

    Right beside a reading the truth is known better than that, since power is bounded.
    """
    first, last = max(0, bisect_right(times_ns, start_ns) - 1), bisect_left(times_ns, end_ns)
    peak_w = _peak_w(times_ns[first : last + 1], joules[first : last + 1])
    error = 2 * info.resolution
    borders = []
    for border_ns in (start_ns, end_ns):
        at = min(max(border_ns, times_ns[0]), times_ns[-1])
        before = bisect_right(times_ns, at) - 1
        after = min(before + 1, len(times_ns) - 1)
        borders.append(_interpolated(times_ns, joules, before, after, at))
        surely_after = bisect_left(times_ns, at + late_ns)
        distance_ns = late_ns + min(at - times_ns[before], abs(times_ns[after] - at))
        bounds = []
        if surely_after < len(times_ns):  # else nothing was read late enough to show all that had flowed
            bounds.append(joules[surely_after] - joules[before])
        if distance_ns <= NEAR_NS or not bounds:
            bounds.append(PEAK_FACTOR * peak_w * distance_ns / NS_PER_S)
        error += min(bounds)
    return Joules(borders[1] - borders[0], error)


def _peak_w(times_ns: Sequence[int], joules: Sequence[float]) -> float:
    """The highest mean power between two readings that are not too near each other."""
    peak_w, since = 0.0, 0
    for place in range(1, len(times_ns)):
        elapsed_s = (times_ns[place] - times_ns[since]) / NS_PER_S
        if elapsed_s >= SHORTEST_FOR_PEAK_S or (since == 0 and place == len(times_ns) - 1 and elapsed_s > 0):
            peak_w = max(peak_w, (joules[place] - joules[since]) / elapsed_s)
            since = place
    return peak_w


def _integrated(
    times_ns: Sequence[int],
    watts: Sequence[float],
    start_ns: int,
    end_ns: int,
    late_ns: int,
    info: MeterInfo,
) -> Joules:
    """Power along straight lines between readings, for every delay that the meter may have.

    What the delay leaves open is what power changes at the borders; what readings miss in between is the
    standard error of their mean, by the differences of neighbours; steps of the meter may all err one way.
    """
    first = max(0, bisect_right(times_ns, start_ns) - 1)
    last = min(bisect_left(times_ns, end_ns + late_ns), len(times_ns) - 1)
    _refuse_gaps(times_ns[first : last + 1], info)
    shifts = [round(late_ns * step / (N_SHIFTS - 1)) for step in range(N_SHIFTS)]
    found = [
        _area(times_ns, watts, min(start_ns + shift, times_ns[-1]), min(end_ns + shift, times_ns[-1]))
        for shift in shifts
    ]
    value, error = (max(found) + min(found)) / 2, (max(found) - min(found)) / 2
    window_s = (end_ns - start_ns) / NS_PER_S
    error += _scatter_w(times_ns[first : last + 1], watts[first : last + 1], info) * window_s
    return Joules(value, error + info.resolution / 2 * window_s)


def _scatter_w(times_ns: Sequence[int], watts: Sequence[float], info: MeterInfo) -> float:
    """The 95 % error of mean power by the scatter of readings about their neighbours, in watts.

    A late meter may average over its delay, and what comes faster than the meter's own readings is the same
    reading again: such neighbours are too alike to tell the scatter. So the means of blocks that are longer
    than that are compared, too; for a prompt meter these are its readings. The larger scatter counts.
    """
    if len(watts) < 2:
        raise NotTold("the window holds a single reading of power")
    spacing_s = (times_ns[-1] - times_ns[0]) / NS_PER_S / (len(times_ns) - 1)
    found = []
    for block_s in (info.period_s, info.period_s + N_LAGS_ALIKE * info.lag_s):
        in_block = min(max(1, round(block_s / spacing_s)), len(watts) // 2)  # two halves of a short window
        means = [fmean(watts[at : at + in_block]) for at in range(0, len(watts) - in_block + 1, in_block)]
        moved = [later - earlier for earlier, later in pairwise(means)]
        noise_w = math.sqrt(sum(step * step for step in moved) / (2 * len(moved)))
        found.append(student(LEVEL, len(moved)) * noise_w / math.sqrt(len(means)))
    return max(found)


def longest_gap_s(info: MeterInfo) -> float:
    """Without a reading for longer, nothing is known of a power meter's time in between."""
    return max(LONGEST_GAP_S, LONGEST_GAP_PERIODS * info.period_s)


def _refuse_gaps(times_ns: Sequence[int], info: MeterInfo) -> None:
    longest_s = max((later - earlier for earlier, later in pairwise(times_ns)), default=0) / NS_PER_S
    if longest_s > longest_gap_s(info):
        raise NotTold(f"the meter gave no reading for {longest_s:.2g} s")


def _area(times_ns: Sequence[int], watts: Sequence[float], start_ns: int, end_ns: int) -> float:
    """The integral of the lines through the readings, flat before the first."""
    inside = range(bisect_right(times_ns, start_ns), bisect_left(times_ns, end_ns))
    points = [
        (start_ns, _at(times_ns, watts, start_ns)),
        *((times_ns[place], watts[place]) for place in inside),
        (end_ns, _at(times_ns, watts, end_ns)),
    ]
    return sum((b_ns - a_ns) * (a_w + b_w) / 2 for (a_ns, a_w), (b_ns, b_w) in pairwise(points)) / NS_PER_S


def _at(times_ns: Sequence[int], values: Sequence[float], at_ns: int) -> float:
    before = max(0, bisect_right(times_ns, at_ns) - 1)
    return _interpolated(times_ns, values, before, min(before + 1, len(times_ns) - 1), at_ns)


def _interpolated(
    times_ns: Sequence[int], values: Sequence[float], before: int, after: int, at_ns: int
) -> float:
    gap_ns = times_ns[after] - times_ns[before]
    share = (at_ns - times_ns[before]) / gap_ns if gap_ns > 0 else 0.0
    return values[before] + max(0.0, share) * (values[after] - values[before])
