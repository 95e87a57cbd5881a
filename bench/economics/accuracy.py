"""How often either side is right, on what evidence, and whether the device is good enough beside the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.catalog.types import ApiProfile, PublishedScore
from bench.economics.api_cost import HostedAnswer
from bench.economics.scenario import Scenario
from bench.records.types import ApiEvidence, Interval, ItemResult, TaskResult
from bench.stats import (
    Estimate,
    independent_difference,
    items_to_settle,
    items_to_settle_paired,
    paired_difference,
    two_sided,
    wilson,
)

CONFIDENCE = 0.95  # of each one-sided bound
ASSUMED_ITEMS = 30  # of a score that does not say: as few as the smallest benchmarks in use (AIME)
ASSUMED_DISCORDANT = 0.2  # share of items that two models of equal accuracy answer differently
_ENDS = two_sided(CONFIDENCE)


@dataclass(frozen=True, slots=True)
class ApiAccuracy:
    """What is known of the API's accuracy: a sample, if there was one, and how far it may be off besides.

    ``answers`` are the transcript's, in the order of the items, when that is the evidence.
    """

    evidence: ApiEvidence
    value: float | None = None
    n_right: int | None = None
    n: int | None = None
    below: float = 0.0
    above: float = 0.0
    answers: tuple[bool, ...] = ()

    def sampling(self, level: float) -> Estimate:
        """The sampling interval alone, two-sided at ``level``; without width when nothing was sampled."""
        value = self.value or 0.0
        if self.n_right is None or self.n is None:
            return Estimate(value, value, value)
        return Estimate(value, *wilson(self.n_right, self.n, level))

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
    """The answer to "good enough?", with the difference (device - API) between its one-sided bounds."""

    result: Literal["pass", "fail", "open"]
    why: str
    difference: Estimate | None
    items_to_settle: int | None


def attempted(task: TaskResult) -> tuple[ItemResult, ...]:
    """Items that the model answered: what an attempt is paid for.

    An answer that the scorer could not read counts, as not right: the user gets nothing for it. An item
    that the harness failed on has no output tokens and is left out: a failure is not a finding.
    """
    return tuple(
        item for item in task.items if item.outcome != "unscored" or item.n_output_tokens is not None
    )


def local_interval(n_right: int, n: int) -> Interval | None:
    """Right among attempted with its 95 % interval; None without an attempt."""
    if n == 0:
        return None
    low, high = wilson(n_right, n, 0.95)
    return Interval(
        value=n_right / n, low=low, high=high, level=0.95, method="Wilson score, right / attempted"
    )


def api_accuracy(
    profile: ApiProfile, task: str, answers: Sequence[HostedAnswer], scenario: Scenario
) -> ApiAccuracy:
    """The best evidence there is: transcript, published score, the user's word; or none, said so."""
    if answers:
        return _from_transcript(answers)
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
    needed = scenario.needed_accuracy(task)
    if needed is not None:
        # Of a range, its upper end: what is needed must be met whatever the bar turns out to be.
        bar = float(needed.high)
        detail = f"declared: {bar:g} is needed; the API is taken to be that good or better"
        return ApiAccuracy(
            ApiEvidence(kind="declared-bar", accuracy=(bar, bar, 1.0), detail=detail), value=bar
        )
    detail = f"no transcript, no published score of {profile.name} on {task}, no bar declared"
    return ApiAccuracy(ApiEvidence(kind="none", accuracy=None, detail=detail))


def judge(right: Sequence[bool], api: ApiAccuracy, delta: float) -> QualityFinding:
    """Pass when the lower one-sided 95 % bound of device - API is above -delta, fail when the upper is below.

    ``right`` holds each attempt of the device, in the transcript's order if there is one: then the test is
    paired (Tango). Otherwise intervals of both sides are joined (Newcombe's way), and the declared band of
    a score is added in full. Against a declared bar no margin is granted: what is needed is needed.
    """
    n, n_right = len(right), sum(right)
    if api.value is None:
        items = _pairs_to_settle(ASSUMED_DISCORDANT, 0.0, delta) if delta > 0 else None
        return QualityFinding("open", _what_is_missing(items), None, items)
    if n == 0:
        return QualityFinding("open", "no item was attempted", None, None)
    margin = 0.0 if api.evidence.kind == "declared-bar" else delta
    difference = _difference(right, api)
    if difference.low > -margin:
        return QualityFinding("pass", _compared(n_right, n, api, difference, margin), difference, None)
    if difference.high < -margin:
        return QualityFinding("fail", _compared(n_right, n, api, difference, margin), difference, None)
    items, how = _to_settle(right, api, margin)
    why = f"{_compared(n_right, n, api, difference, margin)}; {how}"
    return QualityFinding("open", why, difference, items)


def _from_transcript(answers: Sequence[HostedAnswer]) -> ApiAccuracy:
    right = tuple(answer.outcome == "right" for answer in answers)
    n, n_right = len(right), sum(right)
    low, high = wilson(n_right, n, 0.95)
    evidence = ApiEvidence(
        kind="transcript", accuracy=(n_right / n, low, high), detail=f"transcript of {n} of the same items"
    )
    return ApiAccuracy(evidence, n_right / n, n_right, n, answers=right)


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
        round(score.accuracy * n),
        n,
        below=min(band, score.accuracy),
        above=min(band, 1 - score.accuracy),
    )
    shown = ApiEvidence(kind="published", accuracy=tuple(bare.interval(0.95)), detail=detail)
    return ApiAccuracy(shown, bare.value, bare.n_right, bare.n, bare.below, bare.above)


def _difference(right: Sequence[bool], api: ApiAccuracy) -> Estimate:
    n, n_right = len(right), sum(right)
    if api.answers:
        return paired_difference(*_discordant(right, api.answers), n, _ENDS)
    local = Estimate(n_right / n, *wilson(n_right, n, _ENDS))
    value, low, high = independent_difference(local, api.sampling(_ENDS))
    return Estimate(value, low - api.above, high + api.below)


def _discordant(right: Sequence[bool], answers: Sequence[bool]) -> tuple[int, int]:
    pairs = list(zip(right, answers, strict=True))
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)


def _to_settle(right: Sequence[bool], api: ApiAccuracy, margin: float) -> tuple[int | None, str]:
    """Items in all that would settle it if the accuracies are as they look, with power 0.8, and in words."""
    n, rate, value = len(right), sum(right) / len(right), api.value or 0.0
    if api.answers:
        only_local, only_api = _discordant(right, api.answers)
        share = max((only_local + only_api + 0.5) / (n + 1), abs(rate - value))
        return _more_than(n, _pairs_to_settle(share, rate - value, margin), "on both sides")
    ends = api.interval(_ENDS)
    bar_to_pass, bar_to_fail = min(1.0, ends.high - margin), max(0.0, ends.low - margin)
    if rate > bar_to_pass:
        return _more_than(n, items_to_settle(rate, max(0.0, bar_to_pass)), "on the device")
    if rate < bar_to_fail:
        return _more_than(n, items_to_settle(rate, bar_to_fail), "on the device")
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


def _compared(n_right: int, n: int, api: ApiAccuracy, difference: Estimate, margin: float) -> str:
    value = api.value or 0.0
    if api.evidence.kind == "declared-bar":
        low, high = difference.low + value, difference.high + value
        return f"{n_right} of {n} right, so between {low:.3f} and {high:.3f}, where {value:g} is needed"
    return (
        f"{n_right} of {n} right against {value:.3f} ({api.evidence.kind}): a difference of "
        f"{difference.value:+.3f}, between {difference.low:+.3f} and {difference.high:+.3f}, "
        f"where {-margin:+.3f} is allowed"
    )
