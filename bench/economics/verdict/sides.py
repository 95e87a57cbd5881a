"""The two sides of a comparison, as far as they are known; what is missing has its reason."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, partial

import numpy as np

from bench.catalog.types import ApiProfile, HostedEnergy
from bench.economics.api.api_cost import (
    ApiCost,
    HostedAnswer,
    TokenAccount,
    bill,
    count_tokens,
    own_lengths,
)
from bench.economics.api.pricing import Tariff
from bench.economics.api.served import tariff_as_served
from bench.economics.assumptions.scenario import Scenario
from bench.economics.carbon.hosted import ThereAccount, carbon_there
from bench.economics.device.operating_point import OperatingPoint, joules_of_items, seconds_of_items
from bench.economics.verdict.accuracy import ApiAccuracy, LocalAccuracy, api_accuracy
from bench.economics.verdict.costs import (
    Costed,
    DeviceCosts,
    OpenBand,
    api_costs,
    device_costs,
    drawn_api_accuracy,
    per_correct,
)
from bench.economics.verdict.sensitivity import bill_effects, quality_effects
from bench.economics.verdict.uncertainty import Draws, ItemDraws, Randomness, Tenths, tenths_of
from bench.errors import EconomicsError
from bench.records.types import ApiEvidence, ItemResult, TaskResult

_MOST_DRAWS_KEPT = 2_000_000  # of each figure of the APIs' sides that are kept, of which there are three


@dataclass(frozen=True)
class DeviceSide:
    """What the device did on the attempted items, and what it costs; a missing cost has its reason.

    ``items`` has each attempt, several of an item where answers are sampled.
    """

    items: tuple[ItemResult, ...]
    quality: LocalAccuracy
    point: OperatingPoint
    seconds: float | None
    draws: ItemDraws | None  # None: no item was attempted
    costs: DeviceCosts | None
    no_cost_because: str

    @property
    def accuracy(self) -> Decimal:
        return Decimal(self.quality.n_right) / len(self.items)

    @cached_property
    def per_correct(self) -> OpenBand | None:
        if self.costs is None or self.draws is None:
            return None
        return per_correct(self.costs.total, self.accuracy, self.draws.accuracy(0))


@dataclass(frozen=True)
class ApiSide:
    """What the API would bill and emit for the same items, and how good it is, as far as that is known."""

    accuracy: ApiAccuracy
    drawn_accuracy: Draws | None
    tariff: Tariff | None
    account: TokenAccount | None
    bill: ApiCost | None
    costs: Costed | None
    no_cost_because: str
    carbon: ThereAccount | None
    effects_on_quality: dict[str, float]  # of constants, by field name
    effects_on_cost: dict[str, float]

    @cached_property
    def per_correct(self) -> OpenBand | None:
        if self.costs is None or self.drawn_accuracy is None:
            return None
        accuracy = Decimal(str(self.accuracy.for_money))
        best = per_correct(self.costs, accuracy, self.drawn_accuracy)
        if best is None or self.drawn_at_worst is self.drawn_accuracy:
            return best
        worst = per_correct(self.costs, Decimal(str(self.accuracy.value)), self.drawn_at_worst)
        return best[0], best[1], worst and worst[2]

    @cached_property
    def drawn_at_worst(self) -> Draws:
        """``drawn_accuracy``, but of a bar the bar itself: all that is known is that it is met."""
        assert self.drawn_accuracy is not None
        if self.accuracy.is_bar:
            return np.full_like(self.drawn_accuracy, self.accuracy.value)
        return self.drawn_accuracy

    @cached_property
    def tenths(self) -> Tenths | None:
        """Of its drawn accuracy."""
        return None if self.drawn_accuracy is None else tenths_of(self.drawn_accuracy)


def device_side(
    name: str,
    items: Sequence[ItemResult],
    point: OperatingPoint,
    scenario: Scenario,
    randomness: Randomness,
    answers: Sequence[HostedAnswer] = (),
) -> DeviceSide:
    """Cost the attempted ``items``; ``answers``, the API's to the same items, are resampled with them."""
    right = tuple(item.outcome == "right" for item in items)
    quality = LocalAccuracy.of(items)
    latencies = None if point.speed is None else seconds_of_items(point.speed, items)
    seconds = sum(latencies) / len(latencies) if latencies else None
    if not items:
        return DeviceSide((), quality, point, None, None, None, "no item was attempted")
    sides = (right, tuple(answer.outcome == "right" for answer in answers)) if answers else (right,)
    draws = ItemDraws(randomness, name, sides, tuple(item.group for item in items))
    joules = None if point.energy is None else joules_of_items(point.energy, items)
    if point.energy is None or joules is None:
        why = point.no_energy_because or "the items' token counts or the joules of a decode step are missing"
        return DeviceSide(
            tuple(items), quality, point, seconds, draws, None, f"the device's energy is not known: {why}"
        )
    costs = device_costs(joules, point.energy, scenario, draws, randomness)
    return DeviceSide(tuple(items), quality, point, seconds, draws, costs, "")


def api_side(
    profile: ApiProfile,
    task: TaskResult,
    device: DeviceSide,
    answers: Sequence[HostedAnswer],
    scenario: Scenario,
    randomness: Randomness,
    hosted: Sequence[HostedEnergy] = (),
) -> ApiSide:
    """Price the same items at the API; an unknown price or length is a reason, not a number.

    ``hosted`` is what requests are published to take.
    """
    accuracy = api_accuracy(profile, task.task, answers, scenario, device.items)
    drawn = None
    if device.draws is not None and accuracy.value is not None:
        drawn = drawn_api_accuracy(accuracy, profile.name, device.draws, randomness)
    tariff, account, reasons = priced(profile, task, device.items, answers, scenario)
    known = partial(
        ApiSide,
        accuracy=accuracy,
        drawn_accuracy=drawn,
        tariff=tariff,
        account=account,
        carbon=carbon_there(profile, account, accuracy, scenario, hosted),
        effects_on_quality=quality_effects(scenario, accuracy),
    )
    if tariff is None or account is None or device.draws is None:
        return known(bill=None, costs=None, no_cost_because="; ".join(reasons), effects_on_cost={})
    cost = billed(account, tariff, scenario)
    return known(
        bill=cost,
        costs=api_costs(cost, profile.name, device.draws, randomness),
        no_cost_because="",
        effects_on_cost=bill_effects(scenario, cost),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The attempted items of a task; of the same ``number`` as all that ask APIs the same."""

    task: TaskResult
    items: tuple[ItemResult, ...]
    number: int


class ApiSides:
    """APIs' sides of many records under one scenario: those that ask the same of an API share its side.

    None of them with a transcript, whose answers are to the items of one record.
    """

    def __init__(
        self, scenario: Scenario, randomness: Randomness, hosted: Sequence[HostedEnergy] = ()
    ) -> None:
        self.scenario = scenario
        self.randomness = randomness
        self.hosted = hosted
        self._most = max(1, _MOST_DRAWS_KEPT // randomness.n_draws)
        self._numbers: dict[bytes, int] = {}
        self._sides: OrderedDict[tuple[str, int], ApiSide] = OrderedDict()
        self._usd: dict[tuple[str, int], Decimal | None] = {}
        self._accuracies: dict[tuple[str, str], ApiAccuracy] = {}

    @property
    def n_kept(self) -> int:
        return len(self._sides)

    def asked(self, task: TaskResult, items: tuple[ItemResult, ...]) -> Asked:
        return Asked(task, items, self._numbers.setdefault(_digest(task, items), len(self._numbers)))

    def side(self, profile: ApiProfile, asked: Asked, device: DeviceSide) -> ApiSide:
        """As ``api_side``; ``device`` attempted what was asked."""
        key = profile.name, asked.number
        side = self._sides.get(key)
        if side is None:
            side = api_side(profile, asked.task, device, (), self.scenario, self.randomness, self.hosted)
            self._sides[key] = side
            if len(self._sides) > self._most:
                self._sides.popitem(last=False)
        self._sides.move_to_end(key)
        return side

    def usd(self, profile: ApiProfile, asked: Asked) -> Decimal | None:
        """As ``mean_usd``."""
        key = profile.name, asked.number
        if key not in self._usd:
            self._usd[key] = mean_usd(profile, asked.task, asked.items, (), self.scenario)
        return self._usd[key]

    def accuracy(self, profile: ApiProfile, task: str) -> ApiAccuracy:
        """As ``api_accuracy``."""
        key = profile.name, task
        if key not in self._accuracies:
            self._accuracies[key] = api_accuracy(profile, task, (), self.scenario)
        return self._accuracies[key]


def mean_usd(
    profile: ApiProfile,
    task: TaskResult,
    items: Sequence[ItemResult],
    answers: Sequence[HostedAnswer],
    scenario: Scenario,
) -> Decimal | None:
    """Of a mean request; None where nothing tells its price or its tokens."""
    tariff, account, _ = priced(profile, task, items, answers, scenario)
    if tariff is None or account is None:
        return None
    cost = billed(account, tariff, scenario)
    return cost.mean_input_usd + cost.mean_output_usd


def _digest(task: TaskResult, items: Sequence[ItemResult]) -> bytes:
    """Of all that an API's side reads of a record where no transcript answers; itself it fills memory."""
    is_told = task.expected_output_tokens is not None or all(
        item.hosted_output_tokens.keys() >= item.hosted_input_tokens.keys() for item in items
    )
    read = (
        task.task,
        task.service_ttft_s,
        task.service_latency_s,
        task.expected_output_tokens,
        [(one.item_id, one.group, one.hosted_input_tokens, one.hosted_output_tokens) for one in items],
        None if is_told else own_lengths(items),
    )
    return hashlib.sha256(repr(read).encode()).digest()


def priced(
    profile: ApiProfile,
    task: TaskResult,
    items: Sequence[ItemResult],
    answers: Sequence[HostedAnswer],
    scenario: Scenario,
) -> tuple[Tariff | None, TokenAccount | None, list[str]]:
    """Its prices and the tokens of ``items`` there; with the reason for each that is not known."""
    tariff, account = None, None
    reasons = []
    try:
        tariff = tariff_as_served(profile, scenario, task=task)
    except EconomicsError as error:
        reasons.append(f"the API's price is not known: {error.what}")
    try:
        account = count_tokens(
            profile, task, items, answers, scenario.answer_length, scenario.cached_share.value
        )
    except EconomicsError as error:
        reasons.append(f"the API's tokens are not known: {error.what}")
    return tariff, account, reasons


def billed(account: TokenAccount, tariff: Tariff, scenario: Scenario) -> ApiCost:
    """What the API charges for them, with all that comes on top."""
    return bill(
        account,
        tariff,
        scenario.api_tax,
        fee_usd=scenario.api_fee.value,
        retries=scenario.api_retries.value,
    )


def answered_by_both(
    items: Sequence[ItemResult], given: Sequence[HostedAnswer]
) -> tuple[tuple[ItemResult, ...], tuple[HostedAnswer, ...]]:
    """Items answered on both sides, in the order of the task. One that nobody could judge is none."""
    if not given:
        return (), ()
    by_id = {answer.item_id: answer for answer in given if answer.is_judged}
    both = tuple(item for item in items if item.item_id in by_id)
    return both, tuple(by_id[item.item_id] for item in both)


def without_overlap(api: ApiSide) -> ApiSide:
    """The same side, its evidence saying that a transcript was given and answers no item that ran."""
    evidence = api.accuracy.evidence
    said = ApiEvidence(
        kind=evidence.kind,
        accuracy=evidence.accuracy,
        detail=f"the transcript answers no item that ran; {evidence.detail}",
    )
    return replace(api, accuracy=replace(api.accuracy, evidence=said))
