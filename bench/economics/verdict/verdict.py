"""The four gates in their order, and what follows from them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import Service
from bench.economics.device.operating_point import OperatingPoint, seconds_of_items
from bench.economics.verdict.judging import QualityFinding
from bench.economics.verdict.levels import recorded_arrivals, service_levels
from bench.records.types import Gate, ItemResult, Record, TaskLoad, TaskResult
from bench.units import MIB

SURE = 0.95  # probability from which on the money gate is decided
Result = Literal["pass", "fail", "open", "not-asked"]
Verdict = Literal["viable", "not viable", "insufficient evidence"]


@dataclass(frozen=True, slots=True)
class Conclusion:
    verdict: Verdict
    decided_by: str


def conclude(gates: Sequence[Gate]) -> Conclusion:
    """One failed gate makes it not viable, else one open gate leaves it open; the first such gate decides.

    A gate that was not asked never stands in the way and never helps.
    """
    for gate in gates:
        if gate.result == "fail":
            return Conclusion("not viable", gate.name)
    for gate in gates:
        if gate.result == "open":
            return Conclusion("insufficient evidence", gate.name)
    return Conclusion("viable", gates[-1].name)


def fits(record: Record, task: TaskResult, items: Sequence[ItemResult]) -> Gate:
    """Peak memory against the machine's, and the longest request against the context.

    Only the worker that runs as deployed can fail it for want of memory; what did not run leaves it open.
    """
    exhausted = [f.unit for f in record.failures if f.kind == "out_of_memory"]
    deployed = next((unit for unit in exhausted if _is_deployed(unit, task.task)), None)
    if deployed is not None:
        return _gate("fits", "fail", f"ran out of memory in {deployed}")
    memory, limit = record.memory, record.machine.memory_bytes or None  # no machine has none
    peaks = (
        [] if memory is None else [p.peak_rss_bytes for p in memory.points if p.peak_rss_bytes is not None]
    )
    if peaks and limit is not None and max(peaks) > limit:
        return _gate("fits", "fail", f"peak memory of {_mib(max(peaks))} exceeds the machine's {_mib(limit)}")
    n_ctx = record.settings.n_ctx
    if n_ctx < 1:
        return _gate("fits", "open", f"the record's context has {n_ctx:,} tokens, in which nothing can run")
    refused = {item.item_id for item in task.items if _is_refused_for_length(item)}
    if refused:
        n_items = len({item.item_id for item in task.items})
        why = f"{len(refused):,} of {n_items:,} items do not fit the context they were given"
        return _gate("fits", "fail" if _context_of(task, record) >= n_ctx else "open", why)
    if not items:
        return _gate("fits", "open", _why_nothing_is_judged(task))
    needed = max(item.n_prompt_tokens or 0 for item in items) + _output_budget(task)
    if needed > n_ctx:
        return _gate(
            "fits", "fail", f"the longest request takes {needed:,} tokens, the context has {n_ctx:,}"
        )
    batched = next((unit for unit in exhausted if unit.startswith(f"task/{task.task}/")), None)
    if batched is not None:
        return _gate("fits", "open", f"ran out of memory in {batched}, where requests run side by side")
    if len(task.items) < task.n_planned_attempts:
        what = "items" if task.n_samples == 1 else "attempts"
        why = f"{len(task.items):,} of the {task.n_planned_attempts:,} planned {what} ran"
        return _gate("fits", "open", why)
    held = "peak memory was not recorded"
    if peaks:
        held = f"peak memory {_mib(max(peaks))} of {'unknown' if limit is None else _mib(limit)}"
    return _gate("fits", "pass", f"ran here, {held}; longest request {needed:,} of {n_ctx:,} tokens")


def fast_enough(
    task: TaskResult,
    point: OperatingPoint,
    items: Sequence[ItemResult],
    scenario: Scenario,
    service: Service | None = None,
    load: TaskLoad | None = None,
) -> Gate:
    """95th percentiles of TTFT and latency over the task's items against its service levels; then capacity.

    A fitted time is a mean, so each item's is taken times every observed ÷ fitted ratio of the requests: the
    percentile is over all of these. Too few requests tell nothing of slow ones. Capacity counts when the
    volume was declared or the cost depends on it, of a range all of it; the levels then hold under its
    ``load``, too, that of its value, as far as the simulation's interval tells. Times of a disturbed run are
    upper bounds, so they can pass a service level but not fail it.
    """
    asked = task.service_ttft_s is not None or task.service_latency_s is not None
    if not asked and not scenario.counts_volume and load is None:
        return _gate("fast-enough", "not-asked", "the task states no service level, the user no volume")
    rates = point.speed
    latencies = None if rates is None else seconds_of_items(rates, items)
    if rates is None or not latencies:
        return _gate("fast-enough", "open", point.no_speed_because or "no latency can be told for the items")
    said: list[str] = []
    too_slow = is_unknown = False
    for level in service_levels(task, rates, latencies, items, load):
        for found in (level.alone, level.loaded):
            if found is not None:
                too_slow = too_slow or found.result == "fail"
                is_unknown = is_unknown or found.result == "open"
                said.append(found.said)
    if scenario.counts_volume:
        volume = scenario.tasks_per_month
        if service is None:
            is_unknown = True
            said.append("capacity not known")
        else:
            capacity = service.capacity_per_month(scenario.working_hours)
            too_slow = too_slow or volume.low > capacity
            is_unknown = is_unknown or volume.high > capacity
            asked_for = f"{volume.value:,.0f}"
            if not volume.is_exact:
                asked_for = f"{volume.low:,.0f} to {volume.high:,.0f}"
            said.append(f"one device does {capacity:,.0f} attempts a month, {asked_for} are wanted")
    came = None if load is None else recorded_arrivals(load)
    if came is not None:
        too_slow = too_slow or came.result == "fail"
        said.append(came.said)
    if too_slow and rates.is_disturbed:
        said.append("measured while other programs were busy, so it may be faster")
        return _gate("fast-enough", "open", "; ".join(said))
    result: Result = "fail" if too_slow else "open" if is_unknown else "pass"
    return _gate("fast-enough", result, "; ".join(said))


def good_enough(finding: QualityFinding, probability: float | None) -> Gate:
    return Gate(name="good-enough", result=finding.result, why=finding.why, probability=probability)


def cheaper(
    probability: tuple[float, float] | None,
    unknown: str,
    quality: Result,
    loss_per_error: Decimal | None,
    retired: date | None = None,
    *,
    is_disturbed: bool = False,
    is_ever_right: bool = True,
) -> Gate:
    """Decided from 95 % on; ``probability`` is the least and the most that the evidence allows.

    Without a loss per error it can only pass once quality has passed, since spend per correct answer would
    reward a cheap model that is wrong too often. It can fail before: what costs more per correct answer is
    not saved by settling the accuracy that was part of the draws. With joules of a disturbed run, maybe too
    many, it does not fail. Without a loss per error it does not pass where no answer was right here, since
    then draws alone bound what a correct one costs. The last price of a ``retired`` API decides nothing,
    since nobody can buy it.
    """
    if probability is None:
        return _gate("cheaper", "open", unknown)
    basis = "spend per correct answer" if loss_per_error is None else f"cost with ${loss_per_error} per error"
    least, most = probability
    why = f"{basis} is lower on the device with probability {_share(least)}"
    if most > least:
        why += f" against an API that is always right, {_share(most)} against one just as good as needed"
    result: Result = "pass" if least >= SURE else "fail" if most <= 1 - SURE else "open"
    if result == "fail" and is_disturbed:
        result, why = (
            "open",
            f"{why}; its joules were taken while other programs were busy, so it may cost less",
        )
    elif loss_per_error is None and quality != "pass" and result != "fail":
        result, why = "not-asked", f"{why}; counts once it is good enough"
    elif loss_per_error is None and not is_ever_right and result != "fail":
        result, why = "open", f"{why}; no answer was right here, so what a correct one costs is not known"
    if retired is not None:
        result, why = "open", f"the API was retired on {retired}; at its last price {why}"
    return Gate(name="cheaper", result=result, why=why, probability=least)


def _share(of_draws: float) -> str:
    """With three decimals; what rounds to 0 or 1 is a bound, since draws make nothing certain."""
    told = f"{of_draws:.3f}"
    return {"0.000": "< 0.001", "1.000": "> 0.999"}.get(told, told)


def _gate(name: Literal["fits", "fast-enough", "good-enough", "cheaper"], result: Result, why: str) -> Gate:
    return Gate(name=name, result=result, why=why)


def _is_deployed(unit: str, task: str) -> bool:
    """Does the worker of this unit run as the task would be served: one request at a time?"""
    return unit == "load" or unit.startswith("speed/") or unit == f"latency/{task}"


def _why_nothing_is_judged(task: TaskResult) -> str:
    if not task.items:
        return "no item was attempted"
    return (
        f"no answer was judged: {Counter(one.reason or 'unknown' for one in task.items).most_common(1)[0][0]}"
    )


def _is_refused_for_length(item: ItemResult) -> bool:
    return item.outcome == "unscored" and item.n_output_tokens is None and "context" in (item.reason or "")


def _output_budget(task: TaskResult) -> int:
    """Of the answer, and of the thinking where it has one of its own."""
    thinking = 0 if task.thinking is None or not task.thinking.is_on else task.thinking.max_tokens or 0
    return (task.max_tokens or 0) + thinking


def _context_of(task: TaskResult, record: Record) -> int:
    """Tokens that a sequence had in the worker that ran the items."""
    settings = task.held or record.quality_settings or record.settings
    return settings.n_ctx if settings.kv_unified else settings.n_ctx // max(1, settings.n_seq_max)


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / MIB:,.0f} MiB"
