"""What would flip the verdict: for each uncertain constant, the value at which the sides change places."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from bench.economics.api.api_cost import ApiCost
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.scenario import Scenario
from bench.economics.on_device import OnDevice
from bench.economics.verdict.accuracy import ApiAccuracy, LocalAccuracy
from bench.economics.verdict.break_even import BreakEven
from bench.economics.verdict.break_even_points import Terms
from bench.economics.verdict.costs import DeviceCosts
from bench.economics.verdict.judging import QualityFinding, fewest_right, turning_api_accuracy
from bench.economics.verdict.wording import dollars, figure

_FARTHEST = 1e3  # a constant a thousand times as large is no longer the same question


@dataclass(frozen=True, slots=True)
class Flip:
    """``factor``: how many times as large the constant would have to be; None: it has no value now."""

    factor: float | None
    is_within_bounds: bool
    text: str


def order(flips: Iterable[Flip]) -> tuple[str, ...]:
    """Largest effect first: what lies within a constant's own bounds, then by how little must change."""

    def distance(flip: Flip) -> tuple[bool, float]:
        return not flip.is_within_bounds, math.inf if flip.factor is None else abs(math.log(flip.factor))

    near = [flip for flip in flips if flip.factor is None or 1 / _FARTHEST < flip.factor < _FARTHEST]
    return tuple(
        flip.text + (" (within its bounds)" if flip.is_within_bounds else "")
        for flip in sorted(near, key=distance)
    )


def money_flips(terms: Terms, device: DeviceCosts, bill: ApiCost) -> Iterator[Flip]:
    """Values of each constant at which both sides cost the same, the others as they are.

    By the equality that decides. Nothing is said of a constant that cannot do it at any value.
    """
    scenario, per = terms.scenario, terms.per
    if terms.gain(per) is None:
        return
    yield from _constant_flip("kwh_price", scenario.kwh_price, terms.kwh_price(per))
    yield from _energy_flip(device, terms.solve(per, Decimal(1), device.energy_usd))
    prices = terms.api_price(per)
    if prices.at is not None:
        yield Flip(float(prices.at), False, f"API prices {figure(prices.at)} times as high")
    answer = terms.solve(per, Decimal(1), -terms.hosted(per, bill.mean_output_usd))
    if answer.at is not None and bill.answer.low < bill.answer.high:
        is_within = bill.answer.low <= answer.at <= bill.answer.high
        yield Flip(float(answer.at), is_within, f"API answers {figure(answer.at)} times as long")
    volume = terms.volume(per, scenario.fixed_per_month())
    if volume.kind == "at":  # beyond capacity no volume does it
        yield from _constant_flip("tasks_per_month", scenario.tasks_per_month, volume)
    if scenario.device_price is not None and scenario.ownership.share > 0:
        yield from _constant_flip("device_price", scenario.device_price, terms.device_price(per))
    yield from _loss_flip(terms)


def capacity_flips(here: OnDevice) -> Iterator[Flip]:
    """The volume that one device can just do, above which the gate of speed fails.

    Nothing beside a service level, since whether that is held at a volume takes a simulation, nor beside
    recorded arrivals, which no volume changes.
    """
    has_level = here.task.service_ttft_s is not None or here.task.service_latency_s is not None
    is_recorded = here.load is not None and here.load.arrivals == "recorded"
    if here.capacity is not None and here.scenario.counts_volume and not has_level and not is_recorded:
        at = BreakEven("at", here.capacity, "below")
        yield from _constant_flip("tasks_per_month", here.scenario.tasks_per_month, at)


def quality_flips(
    local: LocalAccuracy,
    api: ApiAccuracy,
    finding: QualityFinding,
    scenario: Scenario,
    need: float | None = None,
) -> Iterator[Flip]:
    """The count of correct answers, the API's accuracy, the need and the margin at which the gate changes.

    Where a need is asked beside the API, one of both alone flips only what the other does not hold back.
    """
    if finding.difference is None or api.value is None:
        return
    delta = float(scenario.delta.value)
    yield from _count_flip(local, api, delta, finding.result == "pass", need)
    if api.is_bar:
        yield from _need_flip(finding, api.value)
        return
    if finding.met is not None and need is not None:
        if finding.difference.low > -delta:
            yield from _need_flip(finding.met, need)
        if finding.met.result != "pass":
            return
    if not api.answers:
        yield from _api_flip(local, api, delta)
    margin = -finding.difference.low
    if 0 < margin < 1 and delta > 0:  # where the bound ends, at 1, it tells no distance
        side = "below" if finding.result == "pass" else "above"
        yield _moved("--delta", side, margin, delta, f"{delta:g}")


def _need_flip(met: QualityFinding, need: float) -> Iterator[Flip]:
    assert met.difference is not None
    limit = need + met.difference.low
    if need > 0 and 0 < limit < 1:
        side = "above" if met.result == "pass" else "below"
        yield _moved("a needed accuracy", side, limit, need, f"{need:.3f}")


def _api_flip(local: LocalAccuracy, api: ApiAccuracy, delta: float) -> Iterator[Flip]:
    limit = turning_api_accuracy(local.share, api, delta)
    if limit is not None and api.value:
        side = "above" if limit > api.value else "below"
        _, low, high = api.interval(0.95)
        text = f"an API accuracy {side} {limit:.3f} (now {api.value:.3f})"
        yield Flip(limit / api.value, low <= limit <= high, text)


def _moved(name: str, side: str, limit: float, now: float, shown: str) -> Flip:
    """Where three digits do not tell the limit from what it is now, the side is all that they tell."""
    where = f"just {side} what it is" if f"{limit:.3f}" == f"{now:.3f}" else f"{side} {limit:.3f}"
    return Flip(limit / now, False, f"{name} {where} (now {shown})")


def _count_flip(
    local: LocalAccuracy, api: ApiAccuracy, delta: float, passes: bool, need: float | None
) -> Iterator[Flip]:
    """The fewest correct answers of as many attempts that pass, when the evidence does not pair the items."""
    n, n_right = local.n, local.n_right
    if api.answers or (passes and n_right == 0):
        return
    fewest = fewest_right(local, api, delta, need)
    now = f"of {local.of_how_many} right here (now {n_right})"
    if passes and fewest > 0:
        yield Flip(fewest / n_right, False, f"fewer than {fewest} {now}")
    elif not passes and fewest <= n:
        yield Flip(fewest / max(n_right, 0.5), False, f"{fewest} or more {now}")


def _constant_flip(field: str, constant: Constant, found: BreakEven) -> Iterator[Flip]:
    if found.at is None or constant.value <= 0:
        return
    side = "above" if found.at > constant.value else "below"
    now = f"{figure(constant.value)} {constant.unit}"
    text = f"--{FLAGS[field].name} {side} {figure(found.at)} (now {now})"
    yield Flip(float(found.at / constant.value), constant.low <= found.at <= constant.high, text)


def _energy_flip(device: DeviceCosts, factor: BreakEven) -> Iterator[Flip]:
    if factor.at is None:
        return
    now, low, high = device.joules
    limit = now * float(factor.at)
    text = f"energy of {figure(limit)} J an attempt (now {figure(now)} J)"
    yield Flip(float(factor.at), low <= limit <= high, text)


def _loss_flip(terms: Terms) -> Iterator[Flip]:
    """L*: below or above it the other side is the cheaper one, accuracy priced in."""
    loss, limit = terms.loss, terms.loss_per_error().at
    if limit is None:
        return
    if loss is not None and loss > 0:
        yield Flip(float(limit / loss), False, f"--loss-per-error at {dollars(limit)} (now {dollars(loss)})")
    elif loss is None:
        better = "the device" if terms.local.accuracy > terms.api.accuracy else "the API"
        text = f"a loss above {dollars(limit)} per wrong answer favours {better} (--loss-per-error)"
        yield Flip(None, False, text)
