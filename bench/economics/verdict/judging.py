"""Whether the device is good enough beside the API, and what would settle it."""

import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bench.economics.verdict.accuracy import ApiAccuracy, LocalAccuracy, bar_of
from bench.records.types import ItemResult
from bench.stats import (
    Attempts,
    Estimate,
    Pair,
    PairedDifference,
    Share,
    difference_of,
    independent_difference,
    items_to_settle,
    items_to_settle_paired,
    two_sided,
)

CONFIDENCE = 0.95  # of each one-sided bound
ASSUMED_DISCORDANT = 0.2  # share of items that two models of equal accuracy answer differently
_ENDS = two_sided(CONFIDENCE)
_EACH = f" (each bound {100 * CONFIDENCE:.0f} % sure)"


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
    met = _judged(local, bar_of(need), delta)
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
        return _nothing_known(delta)
    if local.n == 0:
        return QualityFinding("open", "no item was attempted", None, None)
    margin = _margin(api, delta)
    paired = _paired(local, api) if api.answers else None
    difference = _independent(local.share, api) if paired is None else paired.difference
    compared = _compared(local, api, difference, margin)
    if difference.low > -margin:
        return QualityFinding("pass", compared, difference, None)
    if difference.high < -margin:
        return QualityFinding("fail", compared, difference, None)
    items, how = _to_settle(local, api, margin) if paired is None else _pairs_more(paired, margin)
    why = f"{compared}; {how}"
    return QualityFinding("open", why, difference, items)


def fewest_right(local: LocalAccuracy, api: ApiAccuracy, delta: float, need: float | None = None) -> int:
    """The fewest right of as many attempts with which ``judge`` would pass; n + 1 where not even all would.

    The API's accuracy is known, and its answers pair with none of these: which are right is not said.
    """
    bars = (api,) if need is None or api.is_bar else (api, bar_of(need))

    def passes(n_right: int) -> bool:
        share = local.share.at(n_right / local.n)
        return all(_independent(share, bar).low > -_margin(bar, delta) for bar in bars)

    return bisect_left(range(local.n + 1), True, key=passes)


@lru_cache(maxsize=1024)  # it takes hundreds of bounds, and models that answer the same items ask it again
def turning_api_accuracy(local: Share, api: ApiAccuracy, delta: float) -> float | None:
    """The API's accuracy, in thousandths, that turns the gate; None where none between 0 and 1 does.

    A lower one where the device does not pass beside the API, else a higher one. Its bounds are formed anew
    at each, and may jump where a score is no whole number of answers: so no bisection, but steps of a
    hundredth outward, and thousandths within the first at whose end the gate has turned.
    """
    passes_now = _independent(local, api).low > -delta
    own, step = round(1000 * (api.value or 0.0)), 1 if passes_now else -1

    def is_turned(thousandths: int) -> bool:
        return (_independent(local, api.at(thousandths / 1000)).low > -delta) != passes_now

    outward = range(own + step, 1000 if passes_now else 0, step)
    for start in range(0, len(outward), 10):
        hundredth = outward[start : start + 10]
        if is_turned(hundredth[-1]):
            return next(filter(is_turned, hundredth)) / 1000
    return None


def _margin(api: ApiAccuracy, delta: float) -> float:
    return 0.0 if api.is_bar else delta


@lru_cache(maxsize=16)
def _nothing_known(delta: float) -> QualityFinding:
    items = _pairs_to_settle(ASSUMED_DISCORDANT, 0.0, delta) if delta > 0 else None
    return QualityFinding("open", _what_is_missing(items), None, items)


def _independent(local: Share, api: ApiAccuracy) -> Estimate:
    """A declared band can carry the bounds beyond what a difference of shares can be; there they end."""
    value, low, high = independent_difference(local.estimate(_ENDS), api.sampling(_ENDS))
    return Estimate(value, max(-1.0, low - api.above), min(1.0, high + api.below))


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
    return _more_than(n, _pairs_to_settle(share, value, margin), "on both sides", margin)


def _to_settle(local: LocalAccuracy, api: ApiAccuracy, margin: float) -> tuple[int | None, str]:
    """Items in all that would settle it if the accuracies are as they look, with power 0.8, and in words."""
    n, rate, value = local.n_items, local.share.value, api.value or 0.0
    _, low, high = api.sampling(_ENDS)
    bar_to_pass, bar_to_fail = high + api.above - margin, low - api.below - margin
    if rate > bar_to_pass:
        return _more_than(n, _local_items(local, max(0.0, bar_to_pass)), "on the device", margin)
    if rate < bar_to_fail:
        return _more_than(n, _local_items(local, bar_to_fail), "on the device", margin)
    if api.evidence.kind == "declared-bar":
        return None, "the accuracy is at the bar itself: no number of items settles that"
    share = max(ASSUMED_DISCORDANT, abs(rate - value))
    items = _pairs_to_settle(share, rate - value, margin)
    if items is None:
        return None, _no_number(margin)
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


def _more_than(n: int, items: int | None, where: str, margin: float) -> tuple[int | None, str]:
    if items is None:
        return None, _no_number(margin)
    needed = max(items, n + 1)
    return needed, f"about {needed:,} items {where} would settle it, where there are {n}"


def _no_number(margin: float) -> str:
    if margin >= 1:
        return "any difference is within that margin: there is nothing that items could settle"
    return "the difference is at the margin itself: no number of items settles that"


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
        return f"{local.told}, so between {low:.3f} and {high:.3f}{_EACH}, where {value:g} is needed"
    return (
        f"{local.told} against {value:.3f} ({api.evidence.kind.removesuffix('-accuracy')}): a difference of "
        f"{difference.value:+.3f}, between {difference.low:+.3f} and {difference.high:+.3f}{_EACH}, "
        f"where {_allowed(margin)} is allowed"
    )


def _allowed(margin: float) -> str:
    """In thousandths, as the difference; what is less than half of one, in full."""
    if margin == 0:
        return "no loss"
    return f"{-margin:+.3f}" if margin >= 0.0005 else f"{-margin:+g}"
