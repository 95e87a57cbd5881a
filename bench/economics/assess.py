"""From a record's measurements to conclusions: each task against each API, under one scenario."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bench.catalog.types import ApiProfile, Electricity, HostedEnergy
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.api.pricing import foreknown
from bench.economics.api.rivals import Rival, choose_rivals
from bench.economics.assumptions.from_catalogs import price_left_out
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import service_of
from bench.economics.device.efficiency import Surroundings, carbon_assumption, efficiency_of
from bench.economics.device.operating_point import operating_point
from bench.economics.load.arrivals import Arrivals
from bench.economics.load.task_load import load_curve, task_load
from bench.economics.on_device import OnDevice
from bench.economics.verdict.accuracy import attempted
from bench.economics.verdict.compare import compare
from bench.economics.verdict.sensitivity import power_model
from bench.economics.verdict.sides import (
    ApiSide,
    ApiSides,
    Asked,
    answered_by_both,
    api_side,
    device_side,
    without_overlap,
)
from bench.economics.verdict.uncertainty import N_DRAWS, Randomness
from bench.economics.ways.mixtures import mixture
from bench.records.types import (
    Assessment,
    Assumption,
    Comparison,
    LoadCurve,
    Mixture,
    Record,
    TaskEfficiency,
    TaskLoad,
    TaskResult,
)

Transcripts = Mapping[tuple[str, str], Sequence[HostedAnswer]]  # by task and name of the API profile


@dataclass(frozen=True, slots=True)
class _Given:
    """Beside the record, all that ``assess`` is given."""

    profiles: Sequence[ApiProfile]
    scenario: Scenario
    market: Sequence[ApiProfile]
    defaults: Collection[str]
    transcripts: Transcripts
    grid: Electricity | None
    arrivals: Arrivals | None
    sides: ApiSides
    has_details: bool
    has_load_curves: bool
    is_explained: bool


@dataclass(frozen=True, slots=True)
class _Beside:
    """A task against one API; ``effects`` of the scenario's constants on it, by field name."""

    comparison: Comparison
    mixtures: tuple[Mixture, ...]
    effects: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True)
class _OfTask:
    """A task against all APIs; ``power``: what modelled its joules, and its effect, if none was metered."""

    beside: tuple[_Beside, ...]
    efficiency: tuple[TaskEfficiency, ...]
    load: TaskLoad | None
    load_curve: LoadCurve | None
    power: tuple[float, Assumption] | None
    notes: tuple[str, ...]


def assess(
    record: Record,
    profiles: Sequence[ApiProfile],
    scenario: Scenario,
    *,
    market: Sequence[ApiProfile] = (),
    defaults: Collection[str] = (),
    transcripts: Transcripts | None = None,
    grid: Electricity | None = None,
    hosted: Sequence[HostedEnergy] = (),
    arrivals: Arrivals | None = None,
    n_draws: int = N_DRAWS,
    sides: ApiSides | None = None,
    has_details: bool = True,
    has_load_curves: bool = False,
    is_explained: bool = False,
) -> Assessment:
    """Compare every task with generated answers with every API; same input, same output.

    Tasks scored by log-likelihood compare models with each other, not with APIs: they are left out. What is
    not known (a price, tokens, energy, the API's accuracy) leaves its gate open and says so; nothing unknown
    is taken as 0. Beside ``profiles``, of which ``defaults`` names those that no user did, each task meets
    rivals that are chosen from ``market``, APIs on sale (``on_sale``). ``grid`` is the country's whose carbon
    an attempt carries, and ``hosted`` what requests are published to take. Loads are simulated at recorded
    ``arrivals``, else at chance ones; curves of them only where asked for, a fifth of a second each.
    ``sides`` keeps what earlier records asked of APIs under the same scenario, with draws and ``hosted`` of
    its own. Unless it ``has_details``, what is told of a comparison beside its verdict and its costs is left
    out; where it ``is_explained``, its computation is told line by line, too.
    """
    given = _Given(
        profiles,
        scenario,
        market,
        defaults,
        transcripts or {},
        grid,
        arrivals,
        sides or ApiSides(scenario, Randomness(scenario.seed, n_draws), hosted),
        has_details,
        has_load_curves,
        is_explained,
    )
    # Tasks scored by log-likelihood compare models with each other, not with APIs.
    found = [_of_task(record, task, given) for task in record.tasks if task.kind != "choice"]
    comparisons = [beside.comparison for one in found for beside in one.beside]
    loads = [one.load for one in found if one.load is not None]
    carbon = [] if grid is None else [(0.0, carbon_assumption(grid))]  # decides no verdict
    untaken = None if grid is None else price_left_out(grid, scenario)
    unlike = arrivals.unlike_volume(scenario) if arrivals is not None and loads else None
    untold = foreknown(scenario.at) if comparisons else None
    power = {one.power[1].value: one.power for one in found if one.power is not None}
    came = () if arrivals is None else ((0.0, arrivals.assumption()),)
    others = [*power.values(), *carbon, *([] if untaken is None else [(0.0, untaken)]), *came]
    return Assessment(
        at=scenario.at,
        assumptions=scenario.assumptions(_largest(found), others),
        comparisons=tuple(comparisons),
        efficiency=tuple(each for one in found for each in one.efficiency),
        loads=tuple(loads),
        load_curves=tuple(one.load_curve for one in found if one.load_curve is not None),
        mixtures=tuple(mixed for one in found for beside in one.beside for mixed in beside.mixtures),
        notes=tuple(
            note
            for notes in (*(one.notes for one in found), (unlike, untold))
            for note in notes
            if note is not None
        ),
    )


def _of_task(record: Record, task: TaskResult, given: _Given) -> _OfTask:
    """One task against every API."""
    scenario, randomness = given.scenario, given.sides.randomness
    items = attempted(task)
    latency = next((one for one in record.latency if one.task == task.task), None)
    point = operating_point(latency)
    service = service_of(items, record.speed, point)
    capacity = None if service is None else service.capacity_per_month(scenario.working_hours)
    device = device_side(task.task, items, point, scenario.within(capacity), randomness)
    load = task_load(task.task, service, point, scenario, randomness, given.arrivals)
    alone = OnDevice(record, task, device, scenario, service, load, given.grid)
    power = None
    if device.costs is not None and point.energy is not None:
        power = power_model(device.costs, point.energy)
    answered = {api: answers for (of, api), answers in given.transcripts.items() if of == task.task}
    asked = given.sides.asked(task, items)
    rivals = choose_rivals(
        record.model, asked, given.profiles, given.market, given.sides, answered, defaults=given.defaults
    )
    readings = () if latency is None else latency.energy
    around = Surroundings(record.idle_energy, record.machine.battery_wh, given.grid)
    return _OfTask(
        tuple(
            _beside(alone, asked, rival, answered.get(rival.profile.name, ()), given)
            for rival in rivals.chosen
        ),
        efficiency_of(task.task, device, readings, scenario, around)
        if given.has_details or any(one.is_disturbed for one in readings)  # a mark on costs tells that
        else (),
        load,
        load_curve(task.task, service, device, scenario, randomness, given.arrivals)
        if given.has_load_curves
        else None,
        power,
        rivals.notes,
    )


def _beside(
    alone: OnDevice, asked: Asked, rival: Rival, transcript: Sequence[HostedAnswer], given: _Given
) -> _Beside:
    """The device beside one API; on the items that both answered, where it ``transcript`` has any."""
    profile, task, held = rival.profile, alone.task, alone.held
    both, answers = answered_by_both(asked.items, transcript)
    if answers:
        name, randomness = f"{task.task} with {profile.name}", given.sides.randomness
        device = device_side(name, both, alone.device.point, held, randomness, answers)
        here = replace(alone, device=device)
        api = api_side(profile, task, device, answers, given.scenario, randomness, given.sides.hosted)
    else:
        here, api = alone, given.sides.side(profile, asked, alone.device)
        api = without_overlap(api) if transcript else api
    return _Beside(
        compare(here, rival, api, has_details=given.has_details, is_explained=given.is_explained),
        tuple(mixture(one, task, profile.name, here.device, api, held) for one in here.local_first),
        _effects(here, api),
    )


def _effects(here: OnDevice, api: ApiSide) -> tuple[Mapping[str, float], ...]:
    """On the costs where both sides' are known."""
    are_costs_known = here.effects and api.bill is not None
    on_costs = (here.effects, api.effects_on_cost) if are_costs_known else ()
    return api.effects_on_quality, *on_costs


def _largest(found: Sequence[_OfTask]) -> dict[str, float]:
    """The largest effect of each constant on any comparison."""
    largest: dict[str, float] = {}
    of_each = (effects for one in found for beside in one.beside for effects in beside.effects)
    for field, effect in chain.from_iterable(effects.items() for effects in of_each):
        largest[field] = max(effect, largest.get(field, 0.0))
    return largest
