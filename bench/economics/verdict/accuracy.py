"""How often either side is right, on what evidence, and whether the device is good enough beside the API."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.catalog.types import ApiProfile, PublishedScore
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assumptions.scenario import Scenario
from bench.records.types import ApiEvidence, Interval, ItemResult, TaskResult
from bench.stats import (
    Attempts,
    Estimate,
    Pair,
    PairedDifference,
    Share,
    difference_of,
    grouped,
    independent_difference,
    independent_share,
    items_to_settle,
    items_to_settle_paired,
    share_of,
    two_sided,
)

CONFIDENCE = 0.95  # of each one-sided bound
ASSUMED_ITEMS = 30  # of a score that does not say: as few as the smallest benchmarks in use (AIME)
ASSUMED_DISCORDANT = 0.2  # share of items that two models of equal accuracy answer differently
_ENDS = two_sided(CONFIDENCE)


@dataclass(frozen=True, slots=True)
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

    def with_right(self, n_right: int) -> "LocalAccuracy":
        """Had so many attempts been right; which ones is not said, so that they pair with nothing."""
        return replace(self, n_right=n_right, share=self.share.at(n_right / self.n))

    @property
    def n(self) -> int:
        return len(self.items)

    @property
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

    @property
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

    ``answers`` are the transcript's, one for each of the device's attempts, when that is the evidence.
    """

    evidence: ApiEvidence
    value: float | None = None
    share: Share | None = None
    below: float = 0.0
    above: float = 0.0
    answers: tuple[bool, ...] = ()

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


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """The answer to "good enough?", with the difference (device - API) between its one-sided bounds.

    ``met``: whether the device meets what is needed, of device - need, where that is asked beside the API.
    """

    result: Literal["pass", "fail", "open"]
    why: str
    difference: Estimate | None
    items_to_settle: int | None
    met: "QualityFinding | None" = None


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
    published = next((score for score in profile.scores if score.task == task), None)
    if published is not None:
        return _from_score(published, scenario)
    stated = scenario.declared_api_accuracy(task)
    if stated is not None:
        known = (float(stated.value), float(stated.low), float(stated.high))
        return ApiAccuracy(
            ApiEvidence(kind="declared-accuracy", accuracy=known, detail=f"declared: {stated}"),
            value=known[0],
            below=known[0] - known[1],
            above=known[2] - known[0],
        )
    need = needed_share(scenario, task)
    if need is not None:
        return _from_bar(need)
    detail = f"no transcript, no published score of {profile.name} on {task}, no bar declared"
    return ApiAccuracy(ApiEvidence(kind="none", accuracy=None, detail=detail))


def needed_share(scenario: Scenario, task: str) -> float | None:
    """Of a range, its upper end: what is needed must be met whatever the bar turns out to be."""
    needed = scenario.needed_accuracy(task)
    return None if needed is None else float(needed.high)


def judge(local: LocalAccuracy, api: ApiAccuracy, delta: float, need: float | None = None) -> QualityFinding:
    """Pass when the lower one-sided 95 % bound of device - API is above -delta, fail when the upper is below.

    Where a transcript answers the device's items, the test is paired (``difference_of``). Otherwise intervals
    of both sides are joined (Newcombe's way), and the declared band of a score is added in full. Against a
    declared bar no margin is granted: what is needed is needed. A ``need`` is a bar for the device beside the
    API: the worse of both findings holds, and of two open ones that which takes more items to settle.
    """
    beside = _judged(local, api, delta)
    if need is None or api.value is None or api.is_bar:
        return beside
    met = _judged(local, _from_bar(need), delta)
    decisive = max(beside, met, key=_hindrance)
    both_pass = decisive.result == "pass"
    return QualityFinding(
        decisive.result,
        f"{beside.why}; {met.why}" if both_pass else decisive.why,
        beside.difference,
        decisive.items_to_settle,
        met,
    )


def _hindrance(finding: QualityFinding) -> tuple[int, float]:
    """The larger, the more it stands in the way; what no number of items settles is the farthest off."""
    items = math.inf if finding.items_to_settle is None else finding.items_to_settle
    return ("pass", "open", "fail").index(finding.result), items


def _judged(local: LocalAccuracy, api: ApiAccuracy, delta: float) -> QualityFinding:
    if api.value is None:
        items = _pairs_to_settle(ASSUMED_DISCORDANT, 0.0, delta) if delta > 0 else None
        return QualityFinding("open", _what_is_missing(items), None, items)
    if local.n == 0:
        return QualityFinding("open", "no item was attempted", None, None)
    margin = 0.0 if api.evidence.kind == "declared-bar" else delta
    paired = _paired(local, api) if api.answers else None
    difference = _independent(local, api) if paired is None else paired.difference
    compared = _compared(local, api, difference, margin)
    if difference.low > -margin:
        return QualityFinding("pass", compared, difference, None)
    if difference.high < -margin:
        return QualityFinding("fail", compared, difference, None)
    items, how = _to_settle(local, api, margin) if paired is None else _pairs_more(paired, margin)
    why = f"{compared}; {how}"
    return QualityFinding("open", why, difference, items)


def _from_bar(bar: float) -> ApiAccuracy:
    detail = f"declared: {bar:g} is needed; the API is taken to be that good or better"
    return ApiAccuracy(ApiEvidence(kind="declared-bar", accuracy=(bar, bar, 1.0), detail=detail), value=bar)


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


def _from_score(score: PublishedScore, scenario: Scenario) -> ApiAccuracy:
    band = float(scenario.setting_band.value)
    n = ASSUMED_ITEMS if score.n_items is None else score.n_items
    unknown = f"number of items unknown, taken as only {n}"
    sampled = unknown if score.n_items is None else f"{n} items"
    detail = (
        f"published: {score.accuracy:g}, {score.setting}, {sampled}, ±{band:g} for the setting; "
        f"{score.cited.source} ({score.cited.date})"
    )
    bare = ApiAccuracy(
        ApiEvidence(kind="published", accuracy=None, detail=detail),
        score.accuracy,
        independent_share(round(score.accuracy * n), n),
        below=min(band, score.accuracy),
        above=min(band, 1 - score.accuracy),
    )
    shown = ApiEvidence(kind="published", accuracy=tuple(bare.interval(0.95)), detail=detail)
    return replace(bare, evidence=shown)


def _independent(local: LocalAccuracy, api: ApiAccuracy) -> Estimate:
    value, low, high = independent_difference(local.share.estimate(_ENDS), api.sampling(_ENDS))
    return Estimate(value, low - api.above, high + api.below)


def _paired(local: LocalAccuracy, api: ApiAccuracy) -> PairedDifference:
    """Each item's share right on the device against the API's answer to it."""
    tried: dict[str, list[tuple[ItemResult, bool]]] = {}
    for item, answer in zip(local.items, api.answers, strict=True):
        tried.setdefault(item.item_id, []).append((item, answer))
    pairs = [
        Pair(
            attempts[0][0].group,
            Attempts(sum(item.outcome == "right" for item, _ in attempts), len(attempts)),
            Attempts(int(attempts[0][1]), 1),
        )
        for attempts in tried.values()
    ]
    return difference_of(pairs, _ENDS)


def _pairs_more(paired: PairedDifference, margin: float) -> tuple[int | None, str]:
    """As ``_to_settle``, from pairs."""
    value, n = paired.difference.value, paired.n
    share = min(1.0, max((paired.discordant * n + 0.5) / (n + 1), abs(value)))
    return _more_than(n, _pairs_to_settle(share, value, margin), "on both sides")


def _to_settle(local: LocalAccuracy, api: ApiAccuracy, margin: float) -> tuple[int | None, str]:
    """Items in all that would settle it if the accuracies are as they look, with power 0.8, and in words."""
    n, rate, value = local.n_items, local.share.value, api.value or 0.0
    ends = api.interval(_ENDS)
    bar_to_pass, bar_to_fail = min(1.0, ends.high - margin), max(0.0, ends.low - margin)
    if rate > bar_to_pass:
        return _more_than(n, _local_items(local, max(0.0, bar_to_pass)), "on the device")
    if rate < bar_to_fail:
        return _more_than(n, _local_items(local, bar_to_fail), "on the device")
    if api.evidence.kind == "declared-bar":
        return None, "the accuracy is at the bar itself: no number of items settles that"
    share = max(ASSUMED_DISCORDANT, abs(rate - value))
    items = _pairs_to_settle(share, rate - value, margin)
    if items is None:
        return None, "the difference is at the margin itself: no number of items settles that"
    return items, (
        "the API's own accuracy is too uncertain for more items here to settle it: "
        f"a transcript of about {items:,} items would"
    )


def _local_items(local: LocalAccuracy, bar: float) -> int | None:
    """Items like these, each tried as often."""
    attempts = items_to_settle(local.share.value, bar)
    return None if attempts is None else math.ceil(attempts * local.items_per_independent_attempt)


def _pairs_to_settle(discordant: float, difference: float, margin: float) -> int | None:
    """None too where any difference is within the margin, so that there is nothing to settle."""
    return None if margin >= 1 else items_to_settle_paired(discordant, difference, margin)


def _more_than(n: int, items: int | None, where: str) -> tuple[int | None, str]:
    if items is None:
        return None, "the difference is at the margin itself: no number of items settles that"
    needed = max(items, n + 1)
    return needed, f"about {needed:,} items {where} would settle it, where there are {n}"


def _what_is_missing(items: int | None) -> str:
    number = "" if items is None else f" of about {items:,} items (equal accuracy, 20 % answered differently)"
    return (
        "nothing is known of the API's accuracy on this task: "
        f"a transcript{number}, --api-accuracy or --need-accuracy would settle it"
    )


def _compared(local: LocalAccuracy, api: ApiAccuracy, difference: Estimate, margin: float) -> str:
    value = api.value or 0.0
    if api.evidence.kind == "declared-bar":
        low, high = difference.low + value, difference.high + value
        return f"{local.told}, so between {low:.3f} and {high:.3f}, where {value:g} is needed"
    return (
        f"{local.told} against {value:.3f} ({api.evidence.kind}): a difference of "
        f"{difference.value:+.3f}, between {difference.low:+.3f} and {difference.high:+.3f}, "
        f"where {-margin:+.3f} is allowed"
    )
