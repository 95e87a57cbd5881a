"""One model through all its units; each is in the journal before the next begins."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from bench.commands.convert import engine_record, model_record, settings_record, task_record
from bench.commands.plan import LATENCY_SHARE, SPEED_SHARE, ModelJob, TaskJob
from bench.commands.reporter import Reporter
from bench.commands.stand import Live, Stand
from bench.errors import EngineError, WorkerError
from bench.measure.calls import ask
from bench.measure.idle import measure_idle
from bench.measure.latency import measure_latency
from bench.measure.speed import measure_speed
from bench.measure.speed_test import SpeedTest
from bench.meters.protocol import Band
from bench.records.journal import Journal
from bench.records.types import Failure, ItemResult, Latency, SpeedPoint
from bench.records.units import (
    FailedUnit,
    IdleUnit,
    LatencyUnit,
    LoadUnit,
    MemoryUnit,
    ModelUnit,
    SpeedUnit,
    TaskUnit,
    UnitResult,
)
from bench.tasks.evaluate import choices_for, prompts_for, score_choices, score_completions
from bench.tasks.types import Item
from bench.units import seconds
from bench.worker.protocol import Generate, Generated, ScoreChoices, Scored

SPEED_TESTS = (SpeedTest(n_prompt=512), SpeedTest(n_gen=128))
IDLE_S = 3.0
GROUP_TIMEOUT_S = 3600.0

Action = Callable[[Live], UnitResult]


class ModelRun:
    """The units of one model that a journal does not hold yet."""

    def __init__(
        self,
        job: ModelJob,
        journal: Journal,
        budget_s: float,
        watts_per_core: Band | None,
        reporter: Reporter,
    ) -> None:
        self._job = job
        self._journal = journal
        self._budget_s = budget_s
        self._watts = watts_per_core
        self._reporter = reporter
        self._done = {
            unit for unit, result in journal.finished(job.name).items() if not isinstance(result, FailedUnit)
        }

    def measure(self) -> None:
        """Speed, latency, energy and memory as deployed; then quality, batched, in a worker of its own."""
        job = self._job
        self._keep(
            "model",
            ModelUnit(
                model=model_record(job, None),
                settings=settings_record(job.settings),
                quality_settings=settings_record(job.quality_settings),
            ),
        )
        with Stand(job.acquired.path, job.settings, self._watts) as stand:
            if not self._instrument(stand):
                return
        with Stand(job.acquired.path, job.quality_settings, self._watts) as stand:
            self._quality(stand)

    def _instrument(self, stand: Stand) -> bool:
        """Everything that is timed; False when the model cannot even be loaded."""
        generating = [task for task in self._job.tasks if task.task.kind == "generate"]
        if not self._unit("load", stand, self._load):
            return False
        self._unit("idle/before", stand, self._idle)
        for test in SPEED_TESTS:
            share_s = self._budget_s * SPEED_SHARE / len(SPEED_TESTS)
            self._unit(f"speed/{test.name}", stand, partial(self._speed, test, share_s))
        for task in generating:
            share_s = self._budget_s * LATENCY_SHARE / len(generating)
            self._unit(f"latency/{task.task.name}", stand, partial(self._latency, task, share_s))
        self._unit("idle/after", stand, self._idle)
        self._unit("memory", stand, self._memory)
        return True

    def _quality(self, stand: Stand) -> None:
        for task in self._job.tasks:
            for number, group in enumerate(task.plan.groups):
                self._reporter.stage(f"{self._job.name}: {task.task.name}")
                self._reporter.update(number, len(task.plan.groups))
                self._unit(
                    f"task/{task.task.name}/{number}", stand, partial(self._group, task, number, group)
                )

    def _unit(self, name: str, stand: Stand, action: Action) -> bool:
        """Run one unit unless the journal holds it; a failure is recorded and the run goes on."""
        if name in self._done:
            return True
        started_ns, engine_s = time.perf_counter_ns(), stand.engine_s
        result: UnitResult
        try:
            result = action(stand.ready())
        except WorkerError as error:
            stand.discard()
            result = FailedUnit(
                failure=Failure(unit=name, kind=error.kind, what=error.what, last_words=error.last_words)
            )
        except EngineError as error:
            result = FailedUnit(failure=Failure(unit=name, kind="engine_error", what=str(error)))
        wall_s = seconds(time.perf_counter_ns() - started_ns)
        self._keep(name, result, wall_s=wall_s, engine_s=stand.engine_s - engine_s)
        if isinstance(result, FailedUnit):
            self._reporter.say(f"{self._job.name}: {name} failed: {result.failure.what}")
            return False
        return True

    def _keep(self, name: str, result: UnitResult, *, wall_s: float = 0.0, engine_s: float = 0.0) -> None:
        if name not in self._done:
            self._journal.append(self._job.name, name, result, wall_s=wall_s, engine_s=engine_s)

    # -- the units -------------------------------------------------------------------------------

    def _load(self, live: Live) -> LoadUnit:
        return LoadUnit(
            load=live.load,
            model=model_record(self._job, live.info),
            engine=engine_record(self._job, live.info),
        )

    def _idle(self, live: Live) -> IdleUnit:
        reading = measure_idle(live.sampler, IDLE_S, contention=live.contention)
        return IdleUnit(energy=() if reading is None else (reading,))

    def _speed(self, test: SpeedTest, budget_s: float, live: Live) -> SpeedUnit:
        self._reporter.stage(f"{self._job.name}: {test.name}")
        point: SpeedPoint = measure_speed(live.worker, test, contention=live.contention, budget_s=budget_s)
        live.memory.note(f"after {test.name}")
        return SpeedUnit(point=point)

    def _latency(self, job: TaskJob, budget_s: float, live: Live) -> LatencyUnit:
        self._reporter.stage(f"{self._job.name}: requests of {job.task.name}")
        items = job.plan.items
        prompts = prompts_for(job.task, items, prompting=job.prompting)
        latency: Latency = measure_latency(
            live.worker,
            job.task.name,
            list(zip((item.id for item in items), prompts, strict=True)),
            max_tokens=job.task.max_tokens,
            stop=job.task.stop,
            contention=live.contention,
            sampler=live.sampler,
            budget_s=budget_s,
        )
        live.memory.note(f"after {job.task.name}")
        return LatencyUnit(latency=latency)

    def _memory(self, live: Live) -> MemoryUnit:
        return MemoryUnit(memory=live.memory.record(live.info, self._job.predicted_bytes))

    def _group(self, job: TaskJob, number: int, group: Sequence[Item], live: Live) -> TaskUnit:
        return TaskUnit(group=number, part=task_record(job, self._score(job, group, live)))

    def _score(self, job: TaskJob, group: Sequence[Item], live: Live) -> Sequence[ItemResult]:
        if job.task.kind == "choice":
            command = ScoreChoices(choices_for(job.task, group))
            scored = ask(live.worker, command, Scored, timeout_s=GROUP_TIMEOUT_S)
            return score_choices(job.task, group, scored.scores)
        prompts = prompts_for(job.task, group, prompting=job.prompting)
        request = Generate(tuple(prompts), job.task.max_tokens, job.task.stop)
        generated = ask(live.worker, request, Generated, timeout_s=GROUP_TIMEOUT_S)
        return score_completions(job.task, group, generated.completions, prompting=job.prompting)
