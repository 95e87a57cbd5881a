"""The carbon of a comparison, line by line: grams here and there, and the grid on which both are the same."""

from collections.abc import Iterator, Sequence

from bench.economics.assumptions.scenario import Scenario
from bench.economics.carbon.beside import CarbonAccount
from bench.economics.carbon.here import G_PER_KG, WATTS_PER_KW, HereAccount
from bench.economics.carbon.hosted import TOKENS_OF_HOSTED_WH, WH_PER_KWH, ThereAccount
from bench.economics.device.efficiency import carbon_assumption
from bench.economics.explain.explain_words import (
    accuracy_there,
    of_flag,
    of_wall,
    put,
    shared_by,
    step,
    taken,
)
from bench.economics.verdict.sides import ApiSide
from bench.economics.verdict.workings import Workings
from bench.records.types import ExplainedPart, ExplainedStep
from bench.units import J_PER_KWH

TITLE = "Carbon beside the money"


def explain_carbon(account: CarbonAccount, w: Workings) -> ExplainedPart:
    """What is known of either side; it decides no verdict."""
    return ExplainedPart(title=TITLE, steps=tuple(_steps(account, w)))


def _steps(account: CarbonAccount, w: Workings) -> Iterator[ExplainedStep]:
    here, there, told = account.here, account.there, account.told
    if here is None:
        yield taken("carbon of an attempt here", "not known", "", w.device.no_cost_because)
    else:
        yield from _here(account, here, w)
    if there is None:
        nothing = "no estimate is published for this API; --hosted-wh and --hosted-grid"
        yield taken("carbon of an attempt there", "not known", "", nothing)
    else:
        yield from _there(there, w.api, w.held)
    same, grams = told.same_at_g_per_kwh, None if there is None else there.told.attempt_g
    if same is None or here is None or grams is None:
        return
    if same[0] == 0:
        yield taken("grid on which both are the same", "none", "", "making the device alone emits more")
        return
    making, (kwh, spent) = here.told.making_g, _kwh(here)
    yield step(
        "grid on which both are the same",
        f"(carbon there − making) ÷ {kwh}",
        f"({put(grams[0])} − {put(0 if making is None else making[0])}) ÷ {spent}",
        same[0],
        "g/kWh",
        "the device emits less on a grid below it",
        _between(same[1], same[2], "g/kWh"),
    )


def _kwh(here: HereAccount) -> tuple[str, str]:
    """Of an attempt, in words and numbers: with its part of idle hours where these are charged."""
    if not here.told.is_making_charged:
        return "kWh of an attempt", put(here.attempt_kwh.value)
    numbers = f"({put(here.attempt_kwh.value)} + {put(here.idle_kwh.value)})"
    return "(kWh of an attempt + idle kWh of an attempt)", numbers


def _here(account: CarbonAccount, here: HereAccount, w: Workings) -> Iterator[ExplainedStep]:
    scenario, costs = w.held, w.device.costs
    assert costs is not None  # without it there is no account
    rest, supply = costs.wall.unmetered.value, costs.wall.psu_efficiency.value
    yield step(
        "kWh of an attempt",
        "joules of an attempt × (1 + unmetered) ÷ 3600000 ÷ efficiency of the power supply",
        f"{put(costs.joules.value)} × (1 + {put(rest)}) ÷ {put(J_PER_KWH)} ÷ {put(supply)}",
        here.attempt_kwh.value,
        "kWh",
        *of_wall(scenario, costs.wall),
    )
    is_charged = here.told.is_making_charged
    share, volume = scenario.ownership.share, scenario.tasks_per_month.value
    attempts, stated = shared_by(w)
    if is_charged:
        watts, hours = scenario.idle_watts.value, scenario.hours_per_month.value
        yield step(
            "idle kWh of an attempt",
            f"share of the device × idle watts × hours ÷ {WATTS_PER_KW} ÷ {attempts}",
            f"{put(share)} × {put(watts)} × {put(hours)} ÷ {WATTS_PER_KW} ÷ {put(volume)}",
            here.idle_kwh.value,
            "kWh",
            of_flag(scenario, "idle_watts"),
            of_flag(scenario, "hours_per_month"),
            stated,
        )
    yield from _electricity_here(account, here)
    making = here.told.making_g
    if not is_charged:
        yield taken(
            "carbon of making the device", "not charged", "", "the device is already owned, as in the money"
        )
    elif making is None or scenario.embodied is None:
        yield taken("carbon of making the device", "not known", "", "--embodied")
    else:
        months = scenario.purchase().lifetime_months
        yield step(
            "carbon of making the device",
            f"kg × {G_PER_KG} × share of the device ÷ (months × {attempts})",
            f"{put(scenario.embodied.value)} × {G_PER_KG} × {put(share)} ÷ ({months} × {put(volume)})",
            making[0],
            "g",
            of_flag(scenario, "embodied"),
            of_flag(scenario, "lifetime"),
        )
    yield from _whole_here(here, w)


def _electricity_here(account: CarbonAccount, here: HereAccount) -> Iterator[ExplainedStep]:
    electricity = here.told.electricity_g
    if electricity is None or here.grid_g_per_kwh is None or account.grid is None:
        why = "--country says whose it is" if account.grid is None else carbon_assumption(account.grid).source
        yield taken("carbon of electricity here", "not known", "", why)
    else:
        grid, (kwh, spent) = carbon_assumption(account.grid), _kwh(here)
        yield step(
            "carbon of electricity here",
            f"{kwh} × g/kWh of the grid",
            f"{spent} × {put(here.grid_g_per_kwh)}",
            electricity[0],
            "g",
            f"{grid.name} {grid.value} {grid.unit}, {grid.flag}; {grid.kind}: {grid.source} ({grid.date})",
        )


def _whole_here(here: HereAccount, w: Workings) -> Iterator[ExplainedStep]:
    making = here.told.making_g
    total, right = here.told.attempt_g, here.told.per_correct_g
    if total is None:
        return
    charged = 0 if making is None else making[0]
    yield step(
        "carbon of an attempt here",
        "electricity + making",
        f"{put(total[0] - charged)} + {put(charged)}",
        total[0],
        "g",
        _between(total[1], total[2], "g"),
    )
    if right is not None:
        yield step(
            "carbon of a correct answer here",
            "carbon of an attempt ÷ accuracy here",
            f"{put(total[0])} ÷ {put(w.device.accuracy)}",
            right[0],
            "g",
        )


def _there(there: ThereAccount, api: ApiSide, scenario: Scenario) -> Iterator[ExplainedStep]:
    told = there.told
    if told.wh is not None:
        yield from _energy_there(there, told.wh[0], scenario)
    origin = f"an estimate: {told.detail}; {told.source}" + (f" ({told.date})" if told.date else "")
    if told.attempt_g is None:
        yield taken("carbon of an attempt there", "not known", "", "--hosted-grid", origin)
        return
    if told.wh is None or there.grid is None:
        yield taken("carbon of an attempt there", told.attempt_g[0], "g", f"{origin}; its own grams")
    else:
        grid = f"grid of the estimate, {there.grid.value:g} g/kWh; --hosted-grid"
        yield step(
            "carbon of an attempt there",
            f"Wh × g/kWh of the grid there ÷ {WH_PER_KWH}",
            f"{put(told.wh[0])} × {put(there.grid.value)} ÷ {WH_PER_KWH}",
            told.attempt_g[0],
            "g",
            grid if scenario.hosted_grid is None else of_flag(scenario, "hosted_grid"),
            _between(told.attempt_g[1], told.attempt_g[2], "g"),
        )
    if told.per_correct_g is not None:
        yield step(
            "carbon of a correct answer there",
            f"carbon of an attempt ÷ {accuracy_there(api)}",
            f"{put(told.attempt_g[0])} ÷ {put(api.accuracy.for_money)}",
            told.per_correct_g[0],
            "g",
        )


def _energy_there(there: ThereAccount, wh: float, scenario: Scenario) -> Iterator[ExplainedStep]:
    name = "Wh of an attempt there"
    tokens = None if there.length is None else there.length.output_tokens
    if scenario.hosted_wh is not None and tokens is not None:
        yield step(
            name,
            f"output tokens of a request × Wh of {TOKENS_OF_HOSTED_WH} ÷ {TOKENS_OF_HOSTED_WH}",
            f"{put(tokens.value)} × {put(scenario.hosted_wh.value)} ÷ {TOKENS_OF_HOSTED_WH}",
            wh,
            "Wh",
            of_flag(scenario, "hosted_wh"),
        )
        return
    first = next(one for one in there.used if any(request.wh is not None for request in one.requests))
    told = [(one.output_tokens, one.wh[0]) for one in first.requests if one.wh is not None]
    origin = f"an estimate: {first.title}; {first.cited.source} ({first.cited.date})"
    note = () if first.cited.note is None else (first.cited.note,)
    if told[0][0] is None or tokens is None:
        whose = "of all that the provider serves, not of this model" if there.told.scope == "provider" else ""
        yield taken(name, wh, "Wh", origin, *note, *filter(None, (whose, "of no stated length")))
        return
    yield step(
        name,
        "output tokens of a request × Σ Wh published ÷ Σ their output tokens",
        f"{put(tokens.value)} × {_summed([figure for _, figure in told])} ÷ {_summed([n for n, _ in told])}",
        wh,
        "Wh",
        origin,
        *note,
    )


def _summed(numbers: Sequence[float | int | None]) -> str:
    told = " + ".join(put(number) for number in numbers if number is not None)
    return f"({told})" if len(numbers) > 1 else told


def _between(low: float, high: float | None, unit: str) -> str:
    if high is None:
        return f"at least {put(low)} {unit}"
    return "without bounds" if low == high else f"between {put(low)} and {put(high)} {unit}"
