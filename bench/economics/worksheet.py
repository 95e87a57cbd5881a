"""What a page needs to conclude anew: the worksheet of records that hold an assessment.

Their scenario is told from their assumptions, and every comparison is priced again. One that cannot be, or
that comes out otherwise than it was recorded, is left out with the reason: a page must not show figures that
an edit of nothing would change.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from bench.catalog.types import ApiProfile
from bench.economics.assumptions.recorded import scenario_of
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import service_of
from bench.economics.device.operating_point import operating_point, seconds_of_items
from bench.economics.verdict.accuracy import attempted, needed_share
from bench.economics.verdict.costs import Costed
from bench.economics.verdict.judging import QualityFinding, judge
from bench.economics.verdict.levels import LevelFound, recorded_arrivals, service_levels
from bench.economics.verdict.sides import ApiSide, DeviceSide, api_side, device_side
from bench.economics.verdict.uncertainty import Randomness
from bench.economics.verdict.verdict import fits
from bench.errors import BreakevenError
from bench.records.types import (
    Comparison,
    Gate,
    NotRedone,
    Record,
    SheetApi,
    SheetBill,
    SheetComparison,
    SheetEnergy,
    SheetFound,
    SheetLevel,
    SheetRecord,
    SheetScenario,
    SheetSpeed,
    SheetTask,
    TaskLoad,
    TaskResult,
    Usd,
    Worksheet,
)

PAGE_DRAWS = 2_000  # a browser makes them for hundreds of records at once
SAME = 1e-9  # relative: a figure is as it was recorded
Row = TypeVar("Row", bound=Hashable)


def worksheet(
    records: Sequence[Record], profiles_by_name: Mapping[str, ApiProfile], n_draws: int = PAGE_DRAWS
) -> Worksheet:
    """Of those ``records`` that hold an assessment; the profiles are the APIs as they are known now."""
    filling = _Filling(profiles_by_name)
    sheets = [filling.record(record) for record in records]
    return Worksheet(
        n_draws=n_draws,
        lists=tuple(filling.lists),
        scenarios=tuple(filling.scenarios),
        apis=tuple(filling.apis),
        bills=tuple(filling.bills),
        found=tuple(filling.found),
        records=tuple(sheet for sheet in sheets if sheet is not None),
        not_redone=tuple(filling.not_redone),
    )


def _place(row: Row, rows: dict[Row, int]) -> int:
    """Of ``row`` among the distinct ``rows`` in the order in which they came."""
    return rows.setdefault(row, len(rows))


class _Filling:
    """A worksheet in the making: each distinct row with its place."""

    def __init__(self, profiles: Mapping[str, ApiProfile]) -> None:
        self._profiles = profiles
        self.lists: dict[tuple[int | float, ...], int] = {}
        self.scenarios: dict[SheetScenario, int] = {}
        self.apis: dict[SheetApi, int] = {}
        self.bills: dict[SheetBill, int] = {}
        self.found: dict[SheetFound, int] = {}
        self.not_redone: list[NotRedone] = []

    def record(self, record: Record) -> SheetRecord | None:
        if record.assessment is None:
            return None
        try:
            scenario = scenario_of(record.assessment.assumptions, at=record.assessment.at)
        except BreakevenError as error:
            self.not_redone.append(NotRedone(record=record.id, task=None, api=None, because=error.what))
            return None
        place = _place(_scenario(scenario), self.scenarios)
        compared = {one.task for one in record.assessment.comparisons}
        tasks = [self._task(record, task, scenario) for task in record.tasks if task.task in compared]
        return SheetRecord(id=record.id, scenario=place, tasks=tuple(tasks))

    def _task(self, record: Record, task: TaskResult, scenario: Scenario) -> SheetTask:
        assert record.assessment is not None
        items = attempted(task)
        point = operating_point(next((one for one in record.latency if one.task == task.task), None))
        service = service_of(items, record.speed, point)
        capacity = None if service is None else service.capacity_per_month(scenario.working_hours)
        randomness = Randomness(scenario.seed, 1)  # the page draws; here only exact figures are asked for
        device = device_side(task.task, items, point, scenario.within(capacity), randomness)
        comparisons = []
        for recorded in record.assessment.comparisons:
            if recorded.task == task.task:
                done = self._comparison(recorded, task, device, scenario, randomness)
                if isinstance(done, SheetComparison):
                    comparisons.append(done)
                else:
                    said = NotRedone(record=record.id, task=task.task, api=recorded.api, because=done)
                    self.not_redone.append(said)
        load = next((one for one in record.assessment.loads if one.task == task.task), None)
        stated = scenario.loss_per_error
        loss = task.loss_per_error_usd if stated is None else stated.value
        groups = () if device.draws is None else tuple(device.draws.group_of.tolist())
        energy = _energy(device)
        prompts = [item.n_prompt_tokens or 0 for item in items]
        steps = [max(0, (item.n_output_tokens or 0) - 1) for item in items]
        return SheetTask(
            task=task.task,
            right="".join("1" if item.outcome == "right" else "0" for item in items),
            groups=None if len(set(groups)) == len(groups) else _place(groups, self.lists),
            widening=None if device.draws is None else device.draws.widening,
            prompts=None if energy is None else self._figures(prompts),
            steps=None if energy is None else self._figures(steps),
            energy=energy,
            unknown_because=device.no_cost_because,
            seconds=device.seconds,
            fits=_gate(fits(record, task, items)),
            speed=_speed(task, device, capacity, load, scenario),
            loss_per_error=None if task.loss_per_error_usd is None else float(task.loss_per_error_usd),
            loss_words=None if loss is None else str(loss),
            need=needed_share(scenario, task.task),
            is_completion=task.prompting == "completion",
            comparisons=tuple(comparisons),
        )

    def _comparison(
        self,
        recorded: Comparison,
        task: TaskResult,
        device: DeviceSide,
        scenario: Scenario,
        randomness: Randomness,
    ) -> SheetComparison | str:
        """Or why it cannot be redone."""
        if recorded.evidence.kind == "transcript":
            return "the API's answers are in a transcript, and not in the record"
        if device.draws is None:
            return "no item was attempted"
        profile = self._profiles.get(recorded.api)
        if profile is None:
            return "the catalog of this tool does not know the API any more"
        api = api_side(profile, task, device, (), scenario, randomness)
        need = needed_share(scenario, task.task)
        finding = judge(device.quality, api.accuracy, float(scenario.delta.value), need)
        differs = _differs(recorded, device, api, finding)
        if differs:
            return f"{differs} is not what was recorded"
        known = api.accuracy
        retired = None if api.tariff is None else api.tariff.retired
        told = SheetApi(
            name=recorded.api,
            evidence=known.evidence.kind,
            accuracy=known.value,
            n=None if known.share is None else known.share.n,
            below=known.below,
            above=known.above,
            retired=None if retired is None else retired.isoformat(),
        )
        found = SheetFound(result=finding.result, why=finding.why, items_to_settle=finding.items_to_settle)
        return SheetComparison(
            api=_place(told, self.apis),
            found=_place(found, self.found),
            bill=self._bill(api),
            unknown_because=api.no_cost_because or None,
        )

    def _bill(self, api: ApiSide) -> int | None:
        if api.bill is None:
            return None
        bill = SheetBill(
            input_usd=self._figures(api.bill.input_usd),
            output_usd=self._figures(api.bill.output_usd),
            fees_usd=self._figures(api.bill.fees_usd),
            tokens=api.bill.all_tokens,
            answer=api.bill.answer,
        )
        return _place(bill, self.bills)

    def _figures(self, figures: Sequence[Decimal] | Sequence[int]) -> int:
        numbers = tuple(one if isinstance(one, int) else float(one) for one in figures)
        return _place(numbers[:1] if len(set(numbers)) == 1 else numbers, self.lists)


def _differs(recorded: Comparison, device: DeviceSide, api: ApiSide, finding: QualityFinding) -> str:
    """What comes out otherwise today; empty where nothing does."""
    judged = next((gate.result for gate in recorded.gates if gate.name == "good-enough"), None)
    evidence, known = recorded.evidence, api.accuracy.evidence
    if evidence.kind != known.kind or (evidence.accuracy or ())[:1] != (known.accuracy or ())[:1]:
        return "what is known of the API's accuracy"
    if finding.result != judged:
        return "whether it is good enough"
    if not _is_same(recorded.api_cost_per_attempt_usd, api.costs):
        return "the API's price, or how it is billed,"
    if not _is_same(
        recorded.local_cost_per_attempt_usd, None if device.costs is None else device.costs.total
    ):
        return "the cost of an attempt on the device"
    return ""


def _is_same(recorded: tuple[Usd, Usd, Usd] | None, now: Costed | None) -> bool:
    if recorded is None or now is None:
        return recorded is None and now is None
    return math.isclose(recorded[0], now.usd, rel_tol=SAME)


def _scenario(scenario: Scenario) -> SheetScenario:
    price, loss, terms = scenario.device_price, scenario.loss_per_error, scenario.purchase()
    return SheetScenario(
        seed=scenario.seed,
        kwh_price=scenario.kwh_price.band,
        device_price=None if price is None else price.band,
        ownership=scenario.ownership.kind,
        share=float(scenario.ownership.share),
        tasks_per_month=scenario.tasks_per_month.band,
        is_volume_stated=scenario.tasks_per_month.kind != "default",
        idle_watts=scenario.idle_watts.band,
        hours_per_month=float(terms.powered_hours_per_month),
        capital_factor=float(terms.capital_factor()),
        maintenance_per_month=float(terms.maintenance_per_month),
        wage_per_hour=scenario.wage.band,
        labour_s=scenario.labour.band,
        loss_per_error=None if loss is None else loss.band,
        delta=float(scenario.delta.value),
    )


def _energy(device: DeviceSide) -> SheetEnergy | None:
    rates, costs = device.point.energy, device.costs
    if rates is None or costs is None:
        return None
    return SheetEnergy(
        j_per_prompt_token=rates.j_per_prompt_token,
        j_per_decode_step=rates.j_per_decode_step,
        unmetered=costs.wall.unmetered.band,
        psu_efficiency=costs.wall.psu_efficiency.band,
        is_modelled=rates.provenance == "modelled",
        is_disturbed=rates.is_disturbed,
    )


def _speed(
    task: TaskResult,
    device: DeviceSide,
    capacity: Decimal | None,
    load: TaskLoad | None,
    scenario: Scenario,
) -> SheetSpeed:
    rates = device.point.speed
    latencies = None if rates is None else seconds_of_items(rates, device.items)
    arrivals = None if load is None else recorded_arrivals(load)
    levels = (
        () if rates is None or not latencies else service_levels(task, rates, latencies, device.items, load)
    )
    unknown = device.point.no_speed_because or "no latency can be told for the items"
    return SheetSpeed(
        unknown_because=unknown if rates is None or not latencies else None,
        is_disturbed=rates is not None and rates.is_disturbed,
        is_level_stated=task.service_ttft_s is not None or task.service_latency_s is not None,
        capacity_per_month=None if capacity is None else float(capacity),
        levels=tuple(
            SheetLevel(alone=_level(one.alone), loaded=one.loaded and _level(one.loaded)) for one in levels
        ),
        load_tasks_per_month=None if load is None else float(scenario.tasks_per_month.value),
        arrivals=arrivals and _level(arrivals),
    )


def _level(found: LevelFound) -> SheetFound:
    return SheetFound(result=found.result, why=found.said)


def _gate(gate: Gate) -> SheetFound:
    return SheetFound(result=gate.result, why=gate.why)
