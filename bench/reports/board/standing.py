"""Several records as one figure, and ranks that claim no more than intervals allow."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from bench.reports.board.shown import Entry, Joules, Rate
from bench.stats import Estimate


def combined(estimates: Sequence[Estimate]) -> Estimate | None:
    """The median of several values between the lowest and the highest bound of any; one is as it is."""
    if not estimates:
        return None
    if len(estimates) == 1:
        return estimates[0]
    return Estimate(
        median(one.value for one in estimates),
        min(one.low for one in estimates),
        max(one.high for one in estimates),
    )


def combined_rate(rates: Iterable[Rate | None]) -> Rate | None:
    """Of the sound ones, if there are any."""
    told = [one for one in rates if one is not None]
    sound = [one.estimate for one in told if one.is_sound]
    whole = combined(sound or [one.estimate for one in told])
    return None if whole is None else Rate(whole, bool(sound))


def combined_joules(entries: Sequence[Entry]) -> Joules | None:
    """Of the meter that most records have; joules of different meters are never put together."""
    told = [one.joules for one in entries if one.joules is not None]
    if not told:
        return None
    counted = Counter(one.about for one in told)
    about = min(counted, key=lambda name: (-counted[name], name))
    chosen = [one for one in told if one.about == about]
    whole = combined([one.estimate for one in chosen])
    return None if whole is None else Joules(whole, about, chosen[0].is_modelled)


def combined_memory(entries: Sequence[Entry]) -> Estimate | None:
    return combined([Estimate(b, b, b) for b in (one.peak_rss_bytes for one in entries) if b is not None])


def ranks(estimates: Sequence[Estimate | None]) -> list[int | None]:
    """1 + how many are surely larger: their low is above one's high. None, or one alone, is not ranked."""
    lows = sorted(one.low for one in estimates if one is not None)
    if len(lows) < 2:
        return [None] * len(estimates)
    return [None if one is None else 1 + len(lows) - bisect_right(lows, one.high) for one in estimates]
