"""How often either side is right, and on what evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bench.catalog.types import ApiProfile, PublishedScore
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.api.published import published_score, set_told
from bench.economics.assumptions.scenario import Scenario
from bench.records.types import ApiEvidence, Interval, ItemResult, TaskResult
from bench.stats import Estimate, Share, grouped, independent_share, share_of

ASSUMED_ITEMS = 30  # of a score that does not say: as few as the smallest benchmarks in use (AIME)


@dataclass(frozen=True)
class LocalAccuracy:
    """How often the device is right on the items it attempted, each of them once or several times."""

    items: tuple[ItemResult, ...]
    n_right: int
    share: Share

    @classmethod
    def of(cls, items: Sequence[ItemResult]) -> "LocalAccuracy":
        n_right = sum(item.outcome == "right" for item in items)
        share = share_of(grouped((item.group, item.outcome == "right") for item in items))
        return cls(tuple(items), n_right, share)

    @property
    def n(self) -> int:
        return len(self.items)

    @cached_property
    def n_items(self) -> int:
        return len({item.item_id for item in self.items})

    @property
    def told(self) -> str:
        """``57 of 60 right``."""
        return f"{self.n_right} of {self.of_how_many} right"

    @property
    def of_how_many(self) -> str:
        return f"{self.n}" if self.n == self.n_items else f"{self.n} attempts at {self.n_items} items"

    @property
    def items_per_independent_attempt(self) -> float:
        """1 where each item is one; more where items share something, less where each was tried often."""
        return self.n_items / self.share.n_effective

    @cached_property
    def interval(self) -> Interval | None:
        """Right among attempted with its 95 % interval; None without an attempt."""
        if self.n == 0:
            return None
        value, low, high = self.share.estimate(0.95)
        method = "Wilson score, right / attempted"
        if self.share.degrees is not None:
            clusters = len({item.cluster for item in self.items if item.cluster is not None})
            among = f" in {clusters} clusters" if clusters else ""
            method += f", {self.n} attempts at {self.n_items} items{among}, widened for what they share"
        return Interval(value=value, low=low, high=high, level=0.95, method=method)


@dataclass(frozen=True, slots=True)
class ApiAccuracy:
    """What is known of the API's accuracy: a sample, if there was one, and how far it may be off besides.

    ``band`` is how far either way, of which no more counts than leads to 0 or 1. ``answers`` are the
    transcript's, one for each of the device's attempts, when that is the evidence.
    """

    evidence: ApiEvidence
    value: float | None = None
    share: Share | None = None
    band: float = 0.0
    answers: tuple[bool, ...] = ()

    @property
    def below(self) -> float:
        return min(self.band, self.value or 0.0)

    @property
    def above(self) -> float:
        return min(self.band, 1 - (self.value or 0.0))

    def at(self, value: float) -> "ApiAccuracy":
        """The same kind of evidence, of as many items and with the same band, of another accuracy."""
        share = None if self.share is None else _in_whole_answers(value, self.share.n)
        return replace(self, value=value, share=share)

    def sampling(self, level: float) -> Estimate:
        """The sampling interval alone, two-sided at ``level``; without width when nothing was sampled."""
        value = self.value or 0.0
        if self.share is None:
            return Estimate(value, value, value)
        _, low, high = self.share.estimate(level)
        return Estimate(value, low, high)

    def interval(self, level: float) -> Estimate:
        """Sampling interval widened by the declared band, in full: a band is no random error."""
        value, low, high = self.sampling(level)
        return Estimate(value, max(0.0, low - self.below), min(1.0, high + self.above))

    @property
    def is_bar(self) -> bool:
        """Known only to be somewhere between ``value`` and always right, and nothing of where."""
        return self.evidence.kind == "declared-bar"

    @property
    def for_money(self) -> float:
        """Value in cost per correct answer. An API known only to meet a bar may be always right."""
        return 1.0 if self.is_bar else self.value or 0.0


def attempted(task: TaskResult) -> tuple[ItemResult, ...]:
    """Items that the model answered: what an attempt is paid for.

    An answer that the scorer could not read counts, as not right: the user gets nothing for it. One that
    never came, or that nothing could judge, is left out: a failure is not a finding.
    """
    return tuple(item for item in task.items if item.is_judged)


def api_accuracy(
    profile: ApiProfile,
    task: str,
    answers: Sequence[HostedAnswer],
    scenario: Scenario,
    items: Sequence[ItemResult] = (),
) -> ApiAccuracy:
    """The best evidence there is: transcript, published score, the user's word; or none, said so.

    ``answers`` has one for each of ``items``, the device's attempts: an item that was attempted several
    times has its answer as often.
    """
    if answers:
        return _from_transcript(answers, items)
    published = published_score(profile, task)
    if published is not None:
        return _from_score(published, profile, task, scenario)
    stated = scenario.declared_api_accuracy(task)
    if stated is not None:
        known = (float(stated.value), float(stated.low), float(stated.high))
        return ApiAccuracy(
            ApiEvidence(kind="declared-accuracy", accuracy=known, detail=f"declared: {stated}"),
            value=known[0],
            band=float(max(stated.value - stated.low, stated.high - stated.value)),
        )
    need = needed_share(scenario, task)
    if need is not None:
        return bar_of(need)
    detail = f"no transcript, no published score of {profile.name} on {task}, no bar declared"
    return ApiAccuracy(ApiEvidence(kind="none", accuracy=None, detail=detail))


def needed_share(scenario: Scenario, task: str) -> float | None:
    """Of a range, its upper end: what is needed must be met whatever the bar turns out to be."""
    needed = scenario.needed_accuracy(task)
    return None if needed is None else float(needed.high)


def bar_of(bar: float) -> ApiAccuracy:
    """Of an API that is known only to be as good as ``bar``."""
    detail = f"declared: {bar:g} is needed; the API is taken to be that good or better"
    return ApiAccuracy(ApiEvidence(kind="declared-bar", accuracy=(bar, bar, 1.0), detail=detail), value=bar)


def _in_whole_answers(accuracy: float, n: int) -> Share:
    return independent_share(round(accuracy * n), n)


def _from_transcript(answers: Sequence[HostedAnswer], items: Sequence[ItemResult]) -> ApiAccuracy:
    groups = {item.item_id: item.group for item in items}
    once = {answer.item_id: answer.outcome == "right" for answer in answers}
    share = share_of(grouped((groups.get(name, name), is_right) for name, is_right in once.items()))
    evidence = ApiEvidence(
        kind="transcript",
        accuracy=tuple(share.estimate(0.95)),
        detail=f"transcript of {share.n} of the same items",
    )
    right = tuple(answer.outcome == "right" for answer in answers)
    return ApiAccuracy(evidence, share.value, share, answers=right)


def _from_score(score: PublishedScore, profile: ApiProfile, task: str, scenario: Scenario) -> ApiAccuracy:
    band = float(scenario.setting_band.value)
    n = ASSUMED_ITEMS if score.n_items is None else score.n_items
    unknown = f"number of items unknown, taken as only {n}"
    sampled = unknown if score.n_items is None else f"{n} items"
    setting = ", ".join(filter(None, [score.setting, profile.effort_told]))
    detail = (
        f"published: {score.accuracy:g}{set_told(score, task)}, {setting}, {sampled}, "
        f"±{band:g} for the setting; {score.cited.source} ({score.cited.date})"
    )
    bare = ApiAccuracy(
        ApiEvidence(kind="published", accuracy=None, detail=detail),
        score.accuracy,
        _in_whole_answers(score.accuracy, n),
        band=band,
    )
    shown = ApiEvidence(kind="published", accuracy=tuple(bare.interval(0.95)), detail=detail)
    return replace(bare, evidence=shown)
