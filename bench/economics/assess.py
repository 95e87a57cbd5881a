"""From a record's measurements to conclusions: each task against each API, under one scenario."""

from collections.abc import Collection, Mapping, Sequence

from bench.catalog.types import ApiProfile, Electricity, HostedEnergy
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.api.pricing import foreknown
from bench.economics.api.rivals import choose_rivals
from bench.economics.assumptions.from_catalogs import price_left_out
from bench.economics.assumptions.scenario import Scenario
from bench.economics.carbon import carbon_account
from bench.economics.device.capacity import service_of
from bench.economics.device.efficiency import Surroundings, carbon_assumption, efficiency_of
from bench.economics.device.operating_point import operating_point
from bench.economics.explain.explain_carbon import with_carbon
from bench.economics.load.arrivals import Arrivals
from bench.economics.load.task_load import load_curve, task_load
from bench.economics.verdict.accuracy import attempted
from bench.economics.verdict.compare import compare
from bench.economics.verdict.sensitivity import money_effects, power_model, quality_effects
from bench.economics.verdict.sides import (
    ApiSide,
    DeviceSide,
    answered_by_both,
    api_side,
    device_side,
    without_overlap,
)
from bench.economics.verdict.uncertainty import N_DRAWS, Randomness
from bench.economics.ways.mixtures import local_first, mixture
from bench.records.types import (
    Assessment,
    Assumption,
    Comparison,
    LoadCurve,
    Mixture,
    Record,
    TaskEfficiency,
    TaskLoad,
)

Transcripts = Mapping[tuple[str, str], Sequence[HostedAnswer]]  # by task and name of the API profile


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
    Where it ``is_explained``, each comparison has its computation line by line.
    """
    randomness = Randomness(scenario.seed, n_draws)
    around = Surroundings(record.idle_energy, record.machine.battery_wh, grid)
    comparisons: list[Comparison] = []
    notes: list[str] = []
    efficiency: list[TaskEfficiency] = []
    loads: list[TaskLoad] = []
    load_curves: list[LoadCurve] = []
    mixtures: list[Mixture] = []
    effects: dict[str, float] = {}
    power: dict[str, tuple[float, Assumption]] = {}
    for task in record.tasks:
        if task.kind == "choice":
            continue
        items = attempted(task)
        latency = next((one for one in record.latency if one.task == task.task), None)
        point = operating_point(latency)
        service = service_of(items, record.speed, point)
        capacity = None if service is None else service.capacity_per_month(scenario.working_hours)
        held = scenario.within(capacity)
        alone = device_side(task.task, items, point, held, randomness)
        first_alone = tuple(local_first(alone, held))
        readings = () if latency is None else latency.energy
        efficiency.extend(efficiency_of(task.task, alone, readings, scenario, around))
        load = task_load(task.task, service, point, scenario, randomness, arrivals)
        loads.extend(() if load is None else (load,))
        if has_load_curves:
            one = load_curve(task.task, service, alone, scenario, randomness, arrivals)
            load_curves.extend(() if one is None else (one,))
        if alone.costs is not None and point.energy is not None:
            modelled = power_model(alone.costs, point.energy)
            if modelled is not None:
                power[modelled[1].value] = modelled
        answered = {api: given for (of, api), given in (transcripts or {}).items() if of == task.task}
        rivals = choose_rivals(record.model, task, profiles, market, scenario, answered, defaults=defaults)
        notes.extend(rivals.notes)
        for rival in rivals.chosen:
            profile, given = rival.profile, answered.get(rival.profile.name, ())
            both, answers = answered_by_both(items, given)
            device = alone
            if answers:
                name = f"{task.task} with {profile.name}"
                device = device_side(name, both, point, held, randomness, answers)
            api = api_side(profile, task, device, answers, scenario, randomness)
            if given and not answers:
                api = without_overlap(api)
            account = carbon_account(profile, device, api, held, grid, hosted)
            compared = compare(
                record, task, profile, device, api, scenario, service, load, is_explained=is_explained
            ).model_copy(update={"chosen_because": rival.because})
            comparisons.append(with_carbon(compared, account, device, api, held, is_explained=is_explained))
            first = first_alone if device is alone else local_first(device, held)
            mixtures.extend(mixture(one, task, profile.name, device, api, held) for one in first)
            _merge(effects, device, api, held)
    carbon = [] if grid is None else [(0.0, carbon_assumption(grid))]  # decides no verdict
    untaken = None if grid is None else price_left_out(grid, scenario)
    unlike = arrivals.unlike_volume(scenario) if arrivals is not None and loads else None
    untold = foreknown(scenario.at) if comparisons else None
    notes.extend(one for one in (unlike, untold) if one is not None)
    came = () if arrivals is None else ((0.0, arrivals.assumption()),)
    return Assessment(
        at=scenario.at,
        assumptions=scenario.assumptions(
            effects, [*power.values(), *carbon, *([] if untaken is None else [(0.0, untaken)]), *came]
        ),
        comparisons=tuple(comparisons),
        efficiency=tuple(efficiency),
        loads=tuple(loads),
        load_curves=tuple(load_curves),
        mixtures=tuple(mixtures),
        notes=tuple(notes),
    )


def _merge(effects: dict[str, float], device: DeviceSide, api: ApiSide, scenario: Scenario) -> None:
    """Keep for each constant its largest effect on any comparison."""
    found = quality_effects(scenario, api.accuracy)
    if device.costs is not None and api.bill is not None:
        found |= money_effects(scenario, device.costs, api.bill)
    for field, effect in found.items():
        effects[field] = max(effect, effects.get(field, 0.0))
