"""The page's economics in QuickJS, held against Python's: what a browser has to come to as well.

Tests in a browser compare by the same ``random_changes``, ``changed`` and ``differences``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from bench.catalog.types import ApiProfile
from bench.economics.assess import assess
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.device_cost import DEDICATED, SUNK, Ownership
from bench.economics.worksheet import worksheet
from bench.records.types import Assessment, Comparison, Record, Worksheet
from bench.reports.page import render

SCRIPTS = render.SCRIPTS[: render.SCRIPTS.index("economics.js") + 1]
SAME = 1e-9
Changes = dict[str, Any]


@cache
def script() -> str:
    return "\n".join(map(render.source, SCRIPTS))


class PageEconomics:
    """``conclude`` and ``breakEvenCurve`` of the page, in QuickJS."""

    def __init__(self, sheet: Worksheet, source: str | None = None) -> None:
        import quickjs

        self._context = quickjs.Context()
        self._context.eval(source or script())
        self._context.eval(f"const sheet = {json.dumps(sheet.model_dump(mode='json'))};")

    def conclude(self, record_id: str, changes: Changes | None = None) -> list[dict[str, Any]]:
        return self.ask(f"conclude(sheet, {json.dumps(record_id)}, {json.dumps(changes or {})})")

    def ask(self, expression: str) -> Any:
        return json.loads(self._context.eval(f"JSON.stringify({expression})"))


@dataclass(frozen=True)
class Case:
    """A record as it was assessed, what a reader changes, and what Python concludes of that."""

    record: Record
    sheet: Worksheet
    changes: Changes
    expected: Assessment


def case(
    record: Record,
    profiles: Sequence[ApiProfile],
    scenario: Scenario,
    changes: Changes,
    *,
    market: Sequence[ApiProfile] = (),
    n_draws: int = 200,
) -> Case:
    known: Mapping[str, ApiProfile] = {one.name: one for one in (*market, *profiles)}
    assessed = record.model_copy(
        update={"assessment": assess(record, profiles, scenario, market=market, n_draws=n_draws)}
    )
    expected = assess(record, profiles, changed(scenario, changes), market=market, n_draws=n_draws)
    return Case(assessed, worksheet([assessed], known, n_draws), changes, expected)


def changed(scenario: Scenario, changes: Changes) -> Scenario:
    """The scenario as the page's ``changes`` make it."""
    found: dict[str, Any] = {}
    for field, unit in (
        ("kwh_price", "USD/kWh"),
        ("device_price", "USD"),
        ("tasks_per_month", "tasks/month"),
    ):
        if field in changes:
            value, low, high = (Decimal(repr(part)) for part in changes[field])
            found[field] = Constant(value, low, high, unit, "declared", "changed in the page")
    if "ownership" in changes:
        kind, share = changes["ownership"]["kind"], changes["ownership"].get("share")
        held = {"sunk": SUNK, "dedicated": DEDICATED}
        found["ownership"] = held.get(kind) or Ownership("shared", Decimal(repr(share)))
    return replace(scenario, **found)


def random_changes(random: Random) -> Changes:
    """Any of the four, exact or with bounds, over several powers of ten."""

    def band(least: float, most: float) -> list[float]:
        value = math.exp(random.uniform(math.log(least), math.log(most)))
        if random.random() < 0.4:
            return [value] * 3
        return [value, value * random.uniform(0.3, 1), value * random.uniform(1, 3)]

    changes: Changes = {}
    if random.random() < 0.7:
        changes["kwh_price"] = band(0.01, 2)
    if random.random() < 0.7:
        changes["tasks_per_month"] = band(10, 1e8)
    if random.random() < 0.7:
        changes["device_price"] = band(20, 20_000)
        if random.random() < 0.8:
            kind = random.choice(["sunk", "dedicated", "shared"])
            changes["ownership"] = {"kind": kind} | ({"share": random.random()} if kind == "shared" else {})
    return changes


def differences(expected: Assessment, concluded: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the page's comparisons are not Python's; a gate that needs a simulation is left to its words."""
    found = []
    here = {(one["task"], one["api"]): one for one in concluded}
    there = {(one.task, one.api): one for one in expected.comparisons}
    if here.keys() != there.keys():
        found.append(f"comparisons {sorted(here)} instead of {sorted(there)}")
    for key in here.keys() & there.keys():
        is_open = any("has to be simulated" in gate["why"] for gate in here[key]["gates"])
        want, have = _told(there[key]), _shown(here[key])
        if is_open:
            for name in ("verdict", "decided_by", "sentence", "items_to_settle", "gate fast-enough"):
                want.pop(name)
        found += [
            f"{key}: {name}: {have[name]} instead of {want[name]}"
            for name in want
            if not _is_same(have[name], want[name])
        ]
    return found


def _told(one: Comparison) -> dict[str, Any]:
    kind, volume = one.break_even_tasks_per_month
    months = one.over_time is not None and one.over_time.price_usd > 0
    return {
        "verdict": one.verdict,
        "decided_by": one.decided_by,
        "probability": one.probability,
        "items_to_settle": one.items_to_settle,
        "local_attempt_usd": one.local_cost_per_attempt_usd,
        "api_attempt_usd": one.api_cost_per_attempt_usd,
        "local_right_usd": one.local_usd_per_correct,
        "api_right_usd": one.api_usd_per_correct,
        "local_seconds": one.local_seconds_per_attempt,
        "break-even kind": kind,
        "break-even if bought": volume,
        "affordable": one.break_even_device_usd,
        "sentence": _without_months(one.sentence) if months else one.sentence,
        "if_bought": one.if_bought,
        **{f"gate {gate.name}": (gate.result, gate.why) for gate in one.gates},
        **{f"probability of {gate.name}": gate.probability for gate in one.gates},
    }


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "break-even kind": one["break_even"]["kind"],
        "break-even if bought": one["break_even"]["if_bought"],
        "affordable": one["affordable_usd"],
        **{f"gate {gate['name']}": (gate["result"], gate["why"]) for gate in one["gates"]},
        **{f"probability of {gate['name']}": gate["probability"] for gate in one["gates"]},
    }


def _without_months(sentence: str) -> str:
    """The page leaves to the command line what the months make of a purchase."""
    start = sentence.index(" Over ")
    rest = sentence.find(" A base model", start)
    return sentence[:start] + (sentence[rest:] if rest >= 0 else "")


def _is_same(have: Any, want: Any) -> bool:
    if isinstance(want, tuple | list):
        return isinstance(have, tuple | list) and len(have) == len(want) and all(map(_is_same, have, want))
    if isinstance(want, float | int | Decimal) and not isinstance(want, bool):
        return isinstance(have, float | int) and math.isclose(have, want, rel_tol=SAME)
    return bool(have == want)
