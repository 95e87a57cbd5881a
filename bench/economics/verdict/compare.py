"""One comparison: this task on this device against this API, the gates in order and the verdict."""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from bench.economics.api.rivals import Rival
from bench.economics.assumptions.scenario import Scenario
from bench.economics.estimates import RECORDED
from bench.economics.on_device import OnDevice
from bench.economics.verdict.accuracy import needed_share
from bench.economics.verdict.break_even import UNKNOWN, BreakEven, Side, gain_per_attempt
from bench.economics.verdict.break_even_points import Terms
from bench.economics.verdict.details import NO_DETAILS, details
from bench.economics.verdict.judging import judge
from bench.economics.verdict.sides import ApiSide, DeviceSide
from bench.economics.verdict.uncertainty import Draws, probability
from bench.economics.verdict.verdict import cheaper, conclude, good_enough
from bench.economics.verdict.workings import Money, Workings
from bench.records.types import Comparison, Usd


def compare(
    here: OnDevice, rival: Rival, api: ApiSide, *, has_details: bool, is_explained: bool
) -> Comparison:
    """Both sides, the gates and the verdict; what is told beside it where it ``has_details``."""
    task, device, scenario, capacity = here.task, here.device, here.scenario, here.capacity
    need = needed_share(scenario, task.task)
    finding = judge(device.quality, api.accuracy, float(scenario.delta.value), need)
    loss = task.loss_per_error_usd if scenario.loss_per_error is None else scenario.loss_per_error.value
    money = _money(device, api, loss, scenario)
    is_good = _is_good_enough(device, api, scenario, need)
    unknown = "; ".join(filter(None, (device.no_cost_because, api.no_cost_because)))
    if not unknown and money is None:
        unknown = "nothing is known of the API's accuracy on this task"
    energy = device.point.energy
    gates = (
        here.fits,
        here.fast_enough,
        good_enough(finding, None if is_good is None else probability(is_good)),
        cheaper(
            None if money is None else (probability(money.is_cheaper), probability(money.is_cheaper_at_most)),
            unknown,
            finding.result,
            loss,
            None if api.tariff is None else api.tariff.retired,
            is_disturbed=energy is not None and energy.is_disturbed,
            is_ever_right=money is None or money.local.accuracy > 0,
        ),
    )
    conclusion = conclude(gates)
    is_hopeless = finding.result == "fail" and loss is None
    terms = _terms(money, device, api, loss, scenario, capacity)
    owned, bought, affordable = _break_evens(terms, is_hopeless=is_hopeless)
    joint = _joint(is_good, money)
    passing = here.cost_of_pass
    workings = Workings(
        record=here.record,
        task=task,
        api_name=rival.profile.name,
        device=device,
        api=api,
        scenario=scenario,
        held=here.held,
        need=need,
        finding=finding,
        loss=loss,
        cost_of_pass=passing,
        unknown_because=unknown,
        money=money,
        is_hopeless=is_hopeless,
        terms=terms,
        service=here.service,
        capacity=capacity,
        owned=owned,
        bought=bought,
        affordable=affordable,
        gates=gates,
        conclusion=conclusion,
        probability=joint,
    )
    told = details(workings, here, rival.profile, is_explained=is_explained) if has_details else NO_DETAILS
    return Comparison(
        task=task.task,
        api=rival.profile.name,
        chosen_because=rival.because,
        price=None if api.tariff is None else api.tariff.price,
        tokens=None if api.account is None else api.account.summary,
        evidence=api.accuracy.evidence,
        local_accuracy=device.quality.interval,
        local_cost_per_attempt_usd=None if device.costs is None else device.costs.total.band,
        local_energy_provenance="absent" if energy is None or device.costs is None else energy.provenance,
        local_seconds_per_attempt=device.seconds,
        local_energy_per_attempt_j=None if device.costs is None else tuple(device.costs.joules),
        api_cost_per_attempt_usd=None if api.costs is None else api.costs.band,
        local_usd_per_correct=device.per_correct,
        api_usd_per_correct=api.per_correct,
        local_cost_of_pass_usd=passing and passing.usd,
        cost_of_pass_note=passing and passing.note,
        break_even_tasks_per_month=(owned.kind, _recorded(bought)),
        break_even_device_usd=_recorded(affordable),
        gates=gates,
        verdict=conclusion.verdict,
        decided_by=conclusion.decided_by,
        probability=joint,
        items_to_settle=finding.items_to_settle if conclusion.decided_by == "good-enough" else None,
        sentence=told.sentence,
        if_bought=told.if_bought,
        flips=told.flips,
        device_less_api_usd=told.device_less_api_usd,
        n_items=device.quality.n_items,
        is_last_price=api.tariff is not None and api.tariff.retired is not None,
        swings=told.swings,
        break_evens=told.break_evens,
        devices_needed=told.devices_needed,
        over_time=told.over_time,
        carbon=told.carbon,
        explained=told.explained,
    )


def _money(device: DeviceSide, api: ApiSide, loss: Usd | None, scenario: Scenario) -> Money | None:
    if device.draws is None or device.costs is None or api.costs is None or api.drawn_accuracy is None:
        return None
    local_right, local_usd, api_usd = device.draws.accuracy(0), device.costs.total.draws, api.costs.draws
    stated = scenario.loss_per_error
    drawn: Draws | float = 0.0 if loss is None else float(loss)
    if stated is not None:
        drawn = device.draws.randomness.band("loss_per_error", stated.band)

    def is_cheaper(api_right: Draws) -> NDArray[np.bool_]:
        if loss is None:
            return local_usd * api_right < api_usd * local_right  # spend per correct, without dividing by 0
        return local_usd + (1 - local_right) * drawn < api_usd + (1 - api_right) * drawn

    local = Side(device.costs.variable.usd, device.accuracy)
    hosted = Side(api.costs.usd, Decimal(str(api.accuracy.for_money)))
    gain = gain_per_attempt(local, hosted, loss)
    return Money(local, hosted, gain, is_cheaper(api.drawn_accuracy), is_cheaper(api.drawn_at_worst))


def _is_good_enough(
    device: DeviceSide, api: ApiSide, scenario: Scenario, need: float | None
) -> NDArray[np.bool_] | None:
    if device.draws is None or api.drawn_accuracy is None:
        return None
    right = device.draws.accuracy(0)
    if api.accuracy.is_bar:
        return right > (api.accuracy.value or 0.0)
    is_near = right - api.drawn_accuracy > -float(scenario.delta.value)
    return is_near if need is None else is_near & (right > need)


def _joint(is_good: NDArray[np.bool_] | None, money: Money | None) -> float | None:
    """Probability that it is good enough and cheaper."""
    if is_good is None or money is None:
        return None
    return probability(is_good & money.is_cheaper)


def _break_evens(
    terms: Terms | None, *, is_hopeless: bool
) -> tuple[BreakEven, BreakEven | None, BreakEven | None]:
    """As the device is held, as if it were bought at the declared price, and the price it may have.

    ``is_hopeless``: not good enough, and no loss per error counts that. Else missing ``terms`` tell nothing.
    """
    if is_hopeless or terms is None:
        return (BreakEven("never") if is_hopeless else UNKNOWN), None, None
    scenario, per = terms.scenario, terms.per
    owned = terms.volume(per, scenario.fixed_per_month())
    bought = None
    if scenario.device_price is not None:
        bought = terms.volume(per, scenario.purchase().fixed_per_month(scenario.device_price.value))
    return owned, bought, terms.affordable(per)


def _terms(
    money: Money | None,
    device: DeviceSide,
    api: ApiSide,
    loss: Usd | None,
    scenario: Scenario,
    capacity: Decimal | None,
) -> Terms | None:
    if money is None or device.costs is None:
        return None
    told = None if api.account is None else api.account.summary
    return Terms(
        scenario,
        money.local,
        money.api,
        loss,
        device.costs.wall.joules(Decimal(str(device.costs.joules.value))),
        capacity,
        None if api.tariff is None else api.tariff.price,
        None if told is None else told.input_tokens + told.output_tokens,
    )


def _recorded(found: BreakEven | None) -> Decimal | None:
    return None if found is None or found.at is None else RECORDED.plus(found.at)
