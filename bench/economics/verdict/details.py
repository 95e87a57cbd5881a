"""What is told of a comparison beside its verdict: words, what would flip it, the months, carbon."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench.catalog.types import ApiProfile
from bench.economics.carbon.beside import CarbonAccount, carbon_account
from bench.economics.months.over_time import over_time
from bench.economics.on_device import OnDevice
from bench.economics.verdict.break_even_points import break_even_points
from bench.economics.verdict.flips import Flip, capacity_flips, money_flips, order, quality_flips
from bench.economics.verdict.tornado import tornado
from bench.economics.verdict.wording import headline, purchase_line
from bench.economics.verdict.workings import Money, Workings
from bench.records.types import (
    BreakEvenPoint,
    CarbonBeside,
    DevicesNeeded,
    ExplainedPart,
    OverTime,
    Swing,
    Usd,
)


@dataclass(frozen=True, slots=True)
class Details:
    """As the fields of ``Comparison`` of these names; empty where the verdict alone is asked for."""

    sentence: str = ""
    if_bought: str = ""
    flips: tuple[str, ...] = ()
    device_less_api_usd: Usd | None = None
    swings: tuple[Swing, ...] = ()
    break_evens: tuple[BreakEvenPoint, ...] = ()
    devices_needed: DevicesNeeded | None = None
    over_time: OverTime | None = None
    carbon: CarbonBeside | None = None
    explained: tuple[ExplainedPart, ...] = ()


NO_DETAILS = Details()


def details(w: Workings, here: OnDevice, profile: ApiProfile, *, is_explained: bool) -> Details:
    """All of them; the computation line by line where it is to be explained."""
    difference, swings = tornado(w)
    over = over_time(w, profile)
    carbon = carbon_account(here.carbon, w.api.carbon, here.grid)
    counted = w.terms if w.money_counts else None
    return Details(
        sentence=_sentence(w, over),
        if_bought=_if_bought(w),
        flips=order(_flips(w, here)),
        device_less_api_usd=difference,
        swings=swings,
        break_evens=() if counted is None else break_even_points(counted),
        devices_needed=None if counted is None else counted.devices_needed(),
        over_time=over,
        carbon=None if carbon is None else carbon.told,
        explained=_explained(w, over, carbon) if is_explained else (),
    )


def _sentence(w: Workings, over: OverTime | None) -> str:
    device, api, decisive = w.device, w.api, w.decisive
    energy, costs = device.point.energy, None
    if device.costs is not None and api.costs is not None:
        costs = device.costs.total.usd, api.costs.usd
    return headline(
        f"{w.api_name} for {w.task.task}",
        verdict=w.conclusion.verdict,
        why=f"{w.finding.why}; {decisive.why}" if decisive.result == "pass" else decisive.why,
        scenario=w.scenario,
        costs=costs,
        per_correct=(device.per_correct and device.per_correct[0], api.per_correct and api.per_correct[0]),
        is_modelled=energy is not None and energy.provenance == "modelled",
        is_disturbed=energy is not None and energy.is_disturbed,
        is_api_bounded_below=api.accuracy.is_bar,
        over=over,
        counts_errors=w.loss is not None,
        is_completion=w.task.prompting == "completion",
    )


def _if_bought(w: Workings) -> str:
    return purchase_line(
        w.scenario,
        is_good_enough=not w.is_hopeless,
        unknown_because=_unknown_if_bought(w.money, w.unknown_because),
        gain_usd=None if w.money is None else w.money.gain,
        affordable=w.affordable,
        capacity=w.capacity,
        bought=w.bought,
        is_api_always_right=w.api.accuracy.is_bar,
    )


def _unknown_if_bought(money: Money | None, unknown: str) -> str:
    if money is None:
        return unknown
    is_either_right = money.gain is not None or money.local.accuracy > 0
    return "" if is_either_right else "neither side gave a correct answer"


def _flips(w: Workings, here: OnDevice) -> Iterable[Flip]:
    """Of the gate that decides; of both when the verdict is viable, since either could undo it."""
    device, api, decisive = w.device, w.api, w.decisive
    if decisive.name == "fast-enough" and all(one.result != "fail" for one in w.gates if one != decisive):
        yield from capacity_flips(here)
    if decisive.name == "good-enough" or decisive.result == "pass":
        yield from quality_flips(device.quality, api.accuracy, w.finding, w.scenario, w.need)
    if decisive.name == "cheaper" and w.terms and device.costs and api.bill:
        yield from money_flips(w.terms, device.costs, api.bill)


def _explained(w: Workings, over: OverTime | None, carbon: CarbonAccount | None) -> tuple[ExplainedPart, ...]:
    from bench.economics.explain.explain import explain
    from bench.economics.explain.explain_carbon import explain_carbon

    parts = explain(w, over)
    return parts if carbon is None else (*parts, explain_carbon(carbon, w))
