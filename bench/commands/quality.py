"""The quality of one model: groups of items, each a unit of the journal, batched in workers of their own."""

from collections.abc import Callable, Sequence
from functools import partial

from bench.commands.convert import settings_record, task_record
from bench.commands.plan import ModelJob, TaskJob, answer_settings
from bench.commands.stand import Live, Stand
from bench.commands.units import Units
from bench.engines.protocol import EngineSettings, Prompt
from bench.errors import EngineError, WorkerError
from bench.measure.calls import Caller, ask
from bench.records.types import ItemResult
from bench.records.units import TaskUnit
from bench.tasks.evaluate import choices_for, prompts_for, score_choices, score_completions, seeds_for
from bench.tasks.prompting import choice_context
from bench.tasks.types import Item
from bench.tasks.witnesses import witnesses
from bench.worker.protocol import Counted, CountTokens, Generate, Generated, ScoreChoices, Scored

GROUP_TIMEOUT_S = 3600.0

AskGroup = Callable[[Sequence[Item], Live], list[ItemResult]]


def measure_quality(units: Units, job: ModelJob, load: Callable[[Stand], bool] | None = None) -> None:
    """Every group of every task that the journal does not hold yet, in a worker for each way of holding.

    ``load``, where there is one, is called with the first worker; without its consent nothing is asked.
    """
    for kind, settings in (("choice", job.choice_settings), ("generate", job.quality_settings)):
        tasks = [task for task in job.tasks if task.task.kind == kind]
        if not tasks:
            continue
        with Stand(job.acquired.path, settings) as stand:
            if load is not None and not load(stand):
                return
            load = None
            for task in tasks:
                if kind == "generate" and not all(map(units.result, _unit_names(task))):
                    _hold_for_answers(units, stand, job, task)
                _measure_task(units, stand, task)


def _hold_for_answers(units: Units, stand: Stand, job: ModelJob, task: TaskJob) -> None:
    """As before if the run goes on with the task; else by the longest of its prompts."""
    for name in _unit_names(task):
        done = units.result(name)
        if isinstance(done, TaskUnit) and done.part.held is not None:
            stand.hold(EngineSettings(**done.part.held.model_dump()))
            return
    try:
        longest = longest_prompt(stand.ready().worker, task)
    except (EngineError, WorkerError):
        stand.discard()  # its groups will find out, too, and note it
        longest = job.quality_settings.n_ctx
    stand.hold(answer_settings(job, task, longest))


def longest_prompt(worker: Caller, job: TaskJob) -> int:
    """Tokens of the longest prompt of all groups."""

    def of(group: Sequence[Item]) -> int:
        prompts = prompts_for(job.task, group, prompting=job.prompting)
        return ask(worker, CountTokens(prompts, job.thinking), Counted, timeout_s=GROUP_TIMEOUT_S).n_tokens

    return max(map(of, job.plan.groups))


def _unit_names(job: TaskJob) -> list[str]:
    """Of each group of the task."""
    return [f"task/{job.task.name}/{number}" for number in range(len(job.plan.groups))]


def _measure_task(units: Units, stand: Stand, job: TaskJob) -> None:
    ask_group = _asking(job)
    for number, (name, group) in enumerate(zip(_unit_names(job), job.plan.groups, strict=True)):
        units.stage(job.task.name)
        units.update(number, len(job.plan.groups))
        units.run(
            name,
            stand,
            partial(_unit, job, number, group, ask_group),
            is_repeatable=True,
        )


def _asking(job: TaskJob) -> AskGroup:
    """How a group is asked; what all planned items begin with is found here, once for all groups."""
    if job.task.kind == "choice":
        contexts = (choice_context(job.task, item) for item in job.plan.items)
        return partial(_score, job, witnesses(contexts))
    return partial(_generate, job, witnesses(prompts_for(job.task, job.plan.items, prompting=job.prompting)))


def _unit(job: TaskJob, number: int, group: Sequence[Item], ask_group: AskGroup, live: Live) -> TaskUnit:
    part = task_record(job, ask_group(group, live))
    if part.kind == "generate":
        part = part.model_copy(update={"held": settings_record(live.settings)})
    return TaskUnit(group=number, part=part)


def _score(job: TaskJob, head_of: tuple[str, ...], group: Sequence[Item], live: Live) -> list[ItemResult]:
    command = ScoreChoices(choices_for(job.task, group), head_of)
    scored = ask(live.worker, command, Scored, timeout_s=GROUP_TIMEOUT_S)
    return score_choices(job.task, group, scored.scores)


def generation_of(job: TaskJob, group: Sequence[Item], head_of: tuple[Prompt, ...] = ()) -> Generate:
    """What the worker is asked for the answers of one group."""
    return Generate(
        prompts_for(job.task, group, prompting=job.prompting),
        job.task.max_tokens,
        job.task.stop,
        thinking=job.thinking,
        sampling=job.sampling,
        seeds=() if job.sampling is None else seeds_for(group, job.plan.seed, job.n_samples),
        head_of=head_of,
    )


def _generate(
    job: TaskJob, head_of: tuple[Prompt, ...], group: Sequence[Item], live: Live
) -> list[ItemResult]:
    command = generation_of(job, group, head_of)
    generated = ask(live.worker, command, Generated, timeout_s=GROUP_TIMEOUT_S)
    return score_completions(
        job.task, group, generated.completions, prompting=job.prompting, sandbox=job.sandbox
    )
