"""Conclusions in the order a reader needs them: one group per task and verdict, told by its closest call."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.records.types import Assessment, Assumption, Comparison, Record, Warned
from bench.reports.words import figures as f
from bench.reports.words.labels import named
from bench.reports.words.rivals import few_words, with_reasons

_OWNERSHIP, _DEVICE_PRICE = "--ownership", "--device-price"
ORDER = ("viable", "not viable", "insufficient evidence")
# Between the model and the API, where a verdict is told in one line.
RELATION = {
    "viable": "instead of",
    "not viable": "is no replacement for",
    "insufficient evidence": "against",
}
FLAG_WORDS = {  # of what a flip can begin with
    "--delta": "an allowed loss of accuracy",
    "--device-price": "a price of the device",
    "--kwh-price": "a price of electricity",
    "--loss-per-error": "a loss per wrong answer",
    "--tasks-per-month": "a volume",
}
_BEFORE_QUALITY = {"fits": "memory or context", "fast-enough": "speed or capacity"}  # nothing is drawn


@dataclass(frozen=True, slots=True)
class VerdictGroup:
    """The APIs against which one task has one verdict for one reason."""

    task: str
    verdict: str
    decided_by: str
    comparisons: tuple[Comparison, ...]
    largest_default: Assumption | None
    is_disturbed: bool  # the joules behind the device's cost were taken while others worked

    @property
    def closest(self) -> Comparison:
        """The comparison nearest to another verdict: the least certain one, then the cheapest API."""
        return min(self.comparisons, key=_distance)

    @property
    def closest_call(self) -> str:
        """The name of that comparison in tables."""
        return f"{self.task} against {self.closest.api}"

    @property
    def rivals(self) -> str:
        """Whom the verdict is against, the closest call first."""
        closest = self.closest
        others = [one for one in self.comparisons if one.api != closest.api]
        mark = ("closest call",) if others else ()
        told = [with_reasons(closest.api, *mark, *few_words(closest))]
        told += [with_reasons(one.api, *few_words(one)) for one in others]
        return f.clean(", ".join(told))

    @property
    def in_words(self) -> str:
        """The closest call as one paragraph for a reader who knows no gates."""
        return f.clean(self.closest.sentence, f.LONGEST_TEXT)

    @property
    def reason(self) -> str:
        """What the gate that decides found in the closest call, and how sure the whole is.

        A verdict of viable rests on two gates: quality and money.
        """
        closest = self.closest
        deciding = (self.decided_by, "good-enough") if self.verdict == "viable" else (self.decided_by,)
        said = [f"{gate.name}: {gate.why}" for gate in closest.gates if gate.name in deciding]
        if closest.probability is not None:
            said.append(how_sure(closest))
        return f.clean("; ".join(said), f.LONGEST_TEXT)

    @property
    def costs(self) -> str | None:
        """Both costs of the closest call, with their intervals; None unless both are known."""
        closest = self.closest
        if closest.local_cost_per_attempt_usd is None or closest.api_cost_per_attempt_usd is None:
            return None
        here = self.marked(f.money_band(f.per_thousand(closest.local_cost_per_attempt_usd)))
        there = f.money_band(f.per_thousand(closest.api_cost_per_attempt_usd))
        return f.clean(f"1,000 attempts: {here} here, {there} at {closest.api}")

    def marked(self, cost: str) -> str:
        """A cost of the device in the closest call, with the marks of the joules that it rests on."""
        return f.marked(cost, self.closest.local_energy_provenance, is_disturbed=self.is_disturbed)

    @property
    def if_bought(self) -> str | None:
        """What changes if the device had to be bought; None where that is unknown for the reason told."""
        if self.closest.break_even_tasks_per_month[0] == "unknown":
            return None
        return f.clean(self.closest.if_bought, f.LONGEST_TEXT)

    @property
    def weakest_point(self) -> str:
        """What would flip the closest call with the least change; else what is missing, or weighs most."""
        if self.closest.flips:
            return f.clean(f"it flips with {self.closest.flips[0]}")
        if self.decided_by in _BEFORE_QUALITY:
            return f"what was measured of {_BEFORE_QUALITY[self.decided_by]}"
        if self.verdict == "insufficient evidence" and self.closest.evidence.kind == "none":
            return "the API's accuracy is unknown: give --need-accuracy, --api-accuracy or --transcript"
        if self.verdict == "insufficient evidence":
            return "the evidence that is missing"
        if self.largest_default is None:
            return "nothing that was varied would flip it"
        default = self.largest_default
        value = default.value.partition("; ")[0]  # of a rule in words without what it was derived from
        told = " ".join(filter(None, (default.name, value, default.unit)))
        return f.clean(f"{told}, a default ({default.flag})")

    @property
    def weakest_in_words(self) -> str:
        """The weakest point for a reader who has no command line to give an option to."""
        told = re.sub(r" \(--[a-z-]+\)|: give --.*", "", self.weakest_point)
        return re.sub(r"--[a-z-]+", lambda flag: FLAG_WORDS.get(flag[0], flag[0]), told)


def verdict_groups(assessment: Assessment | None) -> tuple[VerdictGroup, ...]:
    """Groups by task in their first order, what is settled before what is open."""
    if assessment is None:
        return ()
    places: dict[str, int] = {}
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for one in assessment.comparisons:
        places.setdefault(one.task, len(places))
        groups.setdefault((one.task, one.verdict, one.decided_by), []).append(one)
    default, disturbed = _largest_default(assessment), assessment.disturbed_tasks
    told = [
        VerdictGroup(*key, tuple(members), default, key[0] in disturbed) for key, members in groups.items()
    ]
    return tuple(sorted(told, key=lambda group: (places[group.task], ORDER.index(group.verdict))))


def nothing_compared(record: Record) -> str:
    """Why no verdict was drawn, as far as that is known."""
    said = "nothing was compared with an API"
    if not record.tasks:
        return f"{said}: no task was run"
    if all(task.kind == "choice" for task in record.tasks):
        return f"{said}: tasks that choose an answer by its likelihood compare models alone"
    return said


def weakest_point(assessment: Assessment, one: Comparison) -> str:
    """Of this comparison, as a group of its own."""
    is_disturbed = one.task in assessment.disturbed_tasks
    default = _largest_default(assessment)
    return VerdictGroup(one.task, one.verdict, one.decided_by, (one,), default, is_disturbed).weakest_point


def how_sure(one: Comparison) -> str:
    """Of what the probability is, beside the gate that decides: it is that of quality and money alone."""
    told = f"probability of good enough and cheaper: {f.probability(one.probability)}"
    gate = _BEFORE_QUALITY.get(one.decided_by)
    return told if gate is None else f"decided by {gate}; but for that, {told}"


def closest_calls(records: Sequence[Record]) -> Iterator[tuple[str, VerdictGroup]]:
    """Every group of every record, with the record's name."""
    for record, name in named(records):
        for group in verdict_groups(record.assessment):
            yield name, group


def premise(assessment: Assessment) -> str:
    """The device that every verdict is about, as the assumption behind ``--ownership`` states it.

    Of a price that no verdict rests on, since the device is owned, it says what rests on it.
    """
    said = {one.flag: one for one in reversed(assessment.assumptions)}
    stated = said[_OWNERSHIP].value if _OWNERSHIP in said else "not stated"
    kind, _, share = stated.partition(":")
    owned = "the device you already own"
    if (price := said.get(_DEVICE_PRICE)) is not None:
        owned += (
            f"; its price ({price.value} {price.unit}) enters no cost and no verdict, only what is said of "
            f"buying it: {_OWNERSHIP} dedicated or shared:SHARE charges it to the tasks"
        )
    told = {
        "sunk": owned,
        "dedicated": "a device bought for the task",
        "shared": f"a device of which the task bears {share}",
    }
    return f.clean(told.get(kind, stated))


@dataclass(frozen=True, slots=True)
class WarningGroup:
    """Everything that one remedy helps against; ``told`` says what was seen and in which models."""

    told: tuple[str, ...]
    remedy: str


def warning_groups(records: Sequence[Record], names: Mapping[str, str]) -> list[WarningGroup]:
    """Each warning once, with the models that it is about where there are several, by remedy."""
    models_of: dict[Warned, list[str]] = {}
    for record in records:
        for warned in record.warnings:
            models_of.setdefault(warned, []).append(names[record.id])
    told: dict[str, list[str]] = {}
    for warned, models in models_of.items():
        about = f" ({', '.join(models)})" if len(records) > 1 else ""
        told.setdefault(f.clean(warned.remedy), []).append(f.clean(warned.what) + about)
    return [WarningGroup(tuple(lines), remedy) for remedy, lines in told.items()]


def _largest_default(assessment: Assessment) -> Assumption | None:
    return next((a for a in assessment.assumptions if a.kind == "default" and a.flag != _OWNERSHIP), None)


def _distance(comparison: Comparison) -> tuple[float, float]:
    cost = comparison.api_cost_per_attempt_usd
    return distance(comparison.probability, None if cost is None else float(cost[0]))


def distance(probability: float | None, api_attempt_usd: float | None) -> tuple[float, float]:
    """From another verdict: the least certain is the nearest, among such the one with the cheapest API."""
    # Where no probability could be told, something is missing altogether: not a close call.
    certainty = 1.0 if probability is None else abs(probability - 0.5)
    return certainty, math.inf if api_attempt_usd is None else api_attempt_usd
