"""Two records compared, figure by figure: the effect with its interval, or why there is none.

Pure functions of records. Only undisturbed repetitions and requests count, and a point that has too few of
them is no result. Repetitions of one interleaved run are paired by their round, latencies by item, answers
by item; the rest is compared as independent samples.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench.records.types import RateSample, Record, RequestSample, SpeedPoint, TaskResult
from bench.reports.rows.differences import Difference, find_differences, shared_tasks
from bench.reports.rows.paired import both_scored
from bench.reports.rows.summary import memory_row
from bench.stats import FEWEST_QUIET, Effect, Estimate, detectable_change, rate_ratio
from bench.units import CLOCK_S

Sample = RateSample | RequestSample
Verdict = Literal["faster", "slower", "better", "worse", "no difference seen", "no result"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure on both sides; ``effect`` is B / A, None where ``why`` says that it is no result.

    ``a`` and ``b`` are medians of what was compared, in ``unit``. ``detectable`` is the smallest change,
    as a share, that such samples would have shown.
    """

    name: str
    unit: Literal["token/s", "s"]
    a: float | None
    b: float | None
    effect: Effect | None
    detectable: float | None
    verdict: Verdict
    n_a: int
    n_b: int
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """One figure on both sides that was read once: a difference, without an interval."""

    name: str
    unit: Literal["byte", "s"]
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Mean shares right of the ``n`` items that both sides scored; ``difference`` is B - A."""

    task: str
    a: float | None
    b: float | None
    difference: Estimate | None
    n: int
    n_left_out: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Compared:
    """All of it. ``only_a`` and ``only_b`` name what the other record lacks."""

    a: Record
    b: Record
    differences: tuple[Difference, ...]
    speed: tuple[Ratio, ...]
    latency: tuple[Ratio, ...]
    plain: tuple[Plain, ...]
    accuracy: tuple[Accuracy, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def is_same_record(self) -> bool:
        return self.a == self.b

    @property
    def has_common_test(self) -> bool:
        return bool(self.speed or self.latency or self.accuracy)

    @property
    def failed_in_b(self) -> tuple[str, ...]:
        """Speed tests that A has, and that failed in B: no result, whatever the others say."""
        failed = {failure.unit for failure in self.b.failures}
        return tuple(
            name
            for name, point in _points(self.a).items()
            if name in self.only_a
            and f"{'speed' if point.duration_s is None else 'sustained'}/{point.test}" in failed
        )


def compare(a: Record, b: Record) -> Compared:
    """Everything that the two records have in common, and what differs between them."""
    names_a, names_b = _names(a), _names(b)
    return Compared(
        a=a,
        b=b,
        differences=find_differences(a, b),
        speed=tuple(_speed(a, b)),
        latency=tuple(_latency(a, b)),
        plain=tuple(_plain(a, b)),
        accuracy=tuple(_accuracy(one, other) for one, other in shared_tasks(a, b)),
        only_a=tuple(name for name in names_a if name not in names_b),
        only_b=tuple(name for name in names_b if name not in names_a),
    )


def _names(record: Record) -> dict[str, None]:
    return dict.fromkeys(
        (
            *_points(record),
            *(f"latency of {latency.task}" for latency in record.latency),
            *(f"accuracy on {task.task}" for task in record.tasks),
        )
    )


# -- rates ---------------------------------------------------------------------------------------


def _speed(a: Record, b: Record) -> Iterator[Ratio]:
    of_b = _points(b)
    is_one_run = a.created_utc == b.created_utc and a.tool == b.tool
    for name, point in _points(a).items():
        if name in of_b:
            yield _compare_points(name, point, of_b[name], is_one_run)


def _points(record: Record) -> dict[str, SpeedPoint]:
    """By test; how long a sustained one went on is part of its name, since heat takes time."""
    return {
        point.test if point.duration_s is None else f"{point.test} for {point.duration_s:g} s": point
        for point in record.speed
    }


def _compare_points(name: str, a: SpeedPoint, b: SpeedPoint, is_one_run: bool) -> Ratio:
    clean_a, clean_b = _clean(a.samples), _clean(b.samples)
    rounds_a, rounds_b = _by_round(clean_a), _by_round(clean_b)
    is_paired = is_one_run and rounds_a is not None and rounds_b is not None
    if is_one_run and rounds_a is not None and rounds_b is not None:
        shared = sorted(rounds_a.keys() & rounds_b.keys())
        clean_a, clean_b = [rounds_a[one] for one in shared], [rounds_b[one] for one in shared]
    why = _disturbed(((clean_a, a.samples), (clean_b, b.samples)))
    return _ratio(name, "token/s", _rates(clean_a), _rates(clean_b), is_paired=is_paired, why=why)


def _disturbed(sides: Iterable[tuple[Sequence[Sample], Sequence[Sample]]]) -> str | None:
    """Why there is no result, where disturbance left too few (quiet, all) samples of a side."""
    disturbed = [
        name
        for name, (quiet, samples) in zip("AB", sides, strict=True)
        if len(quiet) < FEWEST_QUIET and any(sample.contention.is_disturbed for sample in samples)
    ]
    return f"disturbed in {' and '.join(disturbed)}: measure it again" if disturbed else None


def _clean(samples: Iterable[RateSample]) -> list[RateSample]:
    return [
        sample
        for sample in samples
        if not sample.is_warm_up and not sample.contention.is_disturbed and sample.calls_s >= CLOCK_S
    ]


def _by_round(samples: Sequence[RateSample]) -> dict[int, RateSample] | None:
    """None when not all of them were taken in rounds."""
    numbered = {sample.round: sample for sample in samples if sample.round is not None}
    return numbered if len(numbered) == len(samples) else None


def _rates(samples: Iterable[RateSample]) -> list[float]:
    return [sample.n_tokens / sample.calls_s for sample in samples]


def _ratio(
    name: str,
    unit: Literal["token/s", "s"],
    a: Sequence[float],
    b: Sequence[float],
    *,
    is_paired: bool,
    why: str | None,
) -> Ratio:
    medians = (median(a) if a else None, median(b) if b else None)
    if why is None and min(len(a), len(b)) < FEWEST_QUIET:
        why = f"fewer than {FEWEST_QUIET} {'pairs' if is_paired else 'samples on one side'}"
    effect = rate_ratio(a, b, is_paired=is_paired) if why is None else None
    if effect is not None and math.isinf(effect.high):
        effect, why = None, "too few samples for an interval"
    if effect is None:
        return Ratio(name, unit, *medians, None, None, "no result", len(a), len(b), why)
    grows: Verdict = "faster" if unit == "token/s" else "slower"
    shrinks: Verdict = "slower" if unit == "token/s" else "faster"
    verdict: Verdict = "no difference seen"
    if effect.is_told_apart:
        verdict = grows if effect.ratio > 1 else shrinks
    detectable = detectable_change(a, b, is_paired=is_paired)
    return Ratio(name, unit, *medians, effect, detectable, verdict, len(a), len(b))


# -- requests ------------------------------------------------------------------------------------


def _latency(a: Record, b: Record) -> Iterator[Ratio]:
    """TTFT and TPOT of each task: the ratio of the times, paired by item."""
    of_b = {latency.task: latency for latency in b.latency}
    for latency in a.latency:
        if latency.task not in of_b:
            continue
        requests = latency.requests, of_b[latency.task].requests
        of_a, other = map(_by_item, requests)
        shared = [item for item in of_a if item in other]
        why = _disturbed(zip(([*of_a.values()], [*other.values()]), requests, strict=True))
        for metric, of in (("TTFT", _ttft), ("TPOT", _tpot)):
            pairs = [(of(of_a[item]), of(other[item])) for item in shared]
            known = [(x, y) for x, y in pairs if x is not None and y is not None]
            yield _ratio(
                f"{latency.task} {metric}",
                "s",
                [x for x, _ in known],
                [y for _, y in known],
                is_paired=True,
                why=why,
            )


def _by_item(requests: Iterable[RequestSample]) -> dict[str, RequestSample]:
    """The last undisturbed request of each item: the earlier ones were tried again."""
    return {
        request.item_id: request
        for request in requests
        if not request.is_warm_up and not request.contention.is_disturbed
    }


def _ttft(request: RequestSample) -> float | None:
    return request.ttft_s or None


def _tpot(request: RequestSample) -> float | None:
    return request.decode_s / (request.n_output_tokens - 1) or None if request.n_output_tokens > 1 else None


# -- once-read figures ---------------------------------------------------------------------------


def _plain(a: Record, b: Record) -> Iterator[Plain]:
    rows = memory_row(a), memory_row(b)
    read = (
        ("peak RSS", rows[0].peak_rss, rows[1].peak_rss),
        ("KV cache", rows[0].engine.get("kv"), rows[1].engine.get("kv")),
    )
    for name, in_a, in_b in read:
        if in_a is not None and in_b is not None:
            yield Plain(name, "byte", in_a, in_b)
    warm_a, warm_b = _warm_load_s(a), _warm_load_s(b)
    if warm_a is not None and warm_b is not None:
        yield Plain("warm load", "s", warm_a, warm_b)


def _warm_load_s(record: Record) -> float | None:
    loads = (*((record.load,) if record.load else ()), *record.loads)
    warm = [load.load_s for load in loads if load.is_warm]
    return median(warm) if warm else None


# -- answers -------------------------------------------------------------------------------------


def _accuracy(a: TaskResult, b: TaskResult) -> Accuracy:
    """On the items that both sides scored; what either could not score is neither right nor wrong."""
    both, found = both_scored(a, b)
    n_left_out = len({item.item_id for task in (a, b) for item in task.items}) - both.n
    if found is None:
        return Accuracy(a.task, None, None, None, 0, n_left_out, "no result")
    value, low, high = found
    difference = Estimate(-value, -high, -low)
    verdict: Verdict = "no difference seen"
    if difference.low > 0:
        verdict = "better"
    elif difference.high < 0:
        verdict = "worse"
    return Accuracy(
        a.task,
        both.share_a,
        both.share_b,
        difference,
        both.n,
        n_left_out,
        verdict,
    )
