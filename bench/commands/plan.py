"""Before anything runs: resolve every name, check every file, decide what will be measured.

Whatever is wrong with the user's words is found here, so that a run that starts is a run that can end.
"""

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import Literal

from bench.catalog.models import ModelCatalog
from bench.catalog.types import ModelEntry
from bench.commands.acquire import Acquired, Fetch, acquire
from bench.commands.options import RunOptions
from bench.commands.reporter import Reporter
from bench.economics.scenario import Scenario
from bench.engines.gguf import GgufHeader, predict_memory, read_header
from bench.engines.protocol import EngineSettings
from bench.errors import EnvironmentProblem, InputError, nearest
from bench.meters.host import available_memory_bytes, default_threads, usable_cpus
from bench.tasks import open_task, resolve
from bench.tasks.plan import Plan, for_completion, plan
from bench.tasks.types import Task
from bench.units import MIB

DEFAULT_TASKS = ("hellaswag", "gsm8k", "extract-json")
DEPLOYED_N_CTX = 4096
QUALITY_N_CTX = 8192
QUALITY_SEQUENCES = 16
GROUP_SIZE = {"choice": 20, "generate": 32}
# How a model's time budget is shared: one number a unit kind, and what is left goes to the tasks.
SPEED_SHARE, LATENCY_SHARE = 0.25, 0.20


@dataclass(frozen=True, slots=True)
class TaskJob:
    task: Task
    plan: Plan
    prompting: Literal["chat", "completion"]


@dataclass(frozen=True, slots=True)
class ModelJob:
    acquired: Acquired
    header: GgufHeader | None  # None: scripted
    settings: EngineSettings
    quality_settings: EngineSettings
    tasks: tuple[TaskJob, ...]
    predicted_bytes: int | None

    @property
    def name(self) -> str:
        return self.acquired.entry.name


def plan_jobs(options: RunOptions, catalog: ModelCatalog, reporter: Reporter) -> tuple[ModelJob, ...]:
    """One job per model. Raises the error of the first thing that cannot be done as asked."""
    _check_settings(options.settings)
    fetch = Fetch(reporter, options.is_offline)
    tasks = tuple(open_task(name, fetch) for name in dict.fromkeys(options.tasks or DEFAULT_TASKS))
    _refuse_repeated("task", [task.name for task in tasks])
    words = dict.fromkeys(options.models or (catalog.default,))
    acquired = [acquire(word, catalog, reporter, offline=options.is_offline) for word in words]
    _refuse_repeated("model", [one.entry.name for one in acquired])
    return tuple(_model_job(one, tasks, options) for one in acquired)


def check_tasks(scenario: Scenario, jobs: tuple[ModelJob, ...]) -> None:
    """Raise InputError for an accuracy that is stated for a task which is not run."""
    names = [job.task.name for job in jobs[0].tasks]
    for stated in (*scenario.need_accuracy, *scenario.api_accuracy):
        if stated.task is not None and resolve(stated.task, names) is None:
            raise InputError(
                f"an accuracy is stated for {stated.task!r}, which is not run; {nearest(stated.task, names)}"
            )


def _refuse_repeated(kind: str, names: list[str]) -> None:
    """Units and records are told apart by these names."""
    for name, times in Counter(names).items():
        if times > 1:
            raise InputError(
                f"{times} of the {kind}s are called {name!r}", remedy="run them apart, or rename a file"
            )


def _check_settings(settings: dict[str, object]) -> None:
    known = {field.name for field in fields(EngineSettings)}
    for name in settings:
        if name not in known:
            raise InputError(f"unknown engine setting {name!r}; {nearest(name, known)}")
    for name in ("n_threads", "n_threads_batch"):
        asked = settings.get(name)
        if isinstance(asked, int) and not 1 <= asked <= usable_cpus():
            raise InputError(
                f"{name} is {asked}, and this process may use 1 to {usable_cpus()} CPUs",
                remedy="more threads than CPUs wait for each other",
            )


def _model_job(acquired: Acquired, tasks: tuple[Task, ...], options: RunOptions) -> ModelJob:
    header = None if acquired.is_scripted else read_header(acquired.path)
    settings = _deployed_settings(acquired.entry, header, options)
    if acquired.is_scripted:
        settings = replace(settings, engine="scripted")
    quality = replace(
        settings,
        n_ctx=max(settings.n_ctx, min(QUALITY_N_CTX, _n_ctx_train(header) or QUALITY_N_CTX)),
        n_seq_max=QUALITY_SEQUENCES,
        kv_unified=True,
    )
    deployed_bytes = _predicted_bytes(header, settings)
    available = available_memory_bytes()
    for predicted in (deployed_bytes, _predicted_bytes(header, quality)):
        if predicted is None or predicted <= available:
            continue
        raise EnvironmentProblem(
            f"needs about {predicted / MIB:,.0f} MiB of memory, and {available / MIB:,.0f} MiB are free",
            where=acquired.entry.name,
            remedy="take a smaller model or quantization, or end other programs",
        )
    is_chat = not acquired.entry.is_base and (header is None or header.has_chat_template)
    jobs = tuple(_task_job(task, is_chat, len(tasks), options) for task in tasks)
    return ModelJob(acquired, header, settings, quality, jobs, deployed_bytes)


def _predicted_bytes(header: GgufHeader | None, settings: EngineSettings) -> int | None:
    return None if header is None else predict_memory(header, settings).total_bytes


def _deployed_settings(entry: ModelEntry, header: GgufHeader | None, options: RunOptions) -> EngineSettings:
    trained = _n_ctx_train(header)
    chosen = {**entry.settings, **options.settings}
    chosen.setdefault("n_ctx", min(DEPLOYED_N_CTX, trained or DEPLOYED_N_CTX))
    chosen.setdefault("n_threads", default_threads())
    chosen.setdefault("n_threads_batch", chosen["n_threads"])
    settings = EngineSettings(**chosen)  # type: ignore[arg-type]  # types were checked by catalog and options
    if trained is not None and settings.n_ctx > trained:
        raise InputError(
            f"a context of {settings.n_ctx} tokens is beyond the {trained} that the model was trained for",
            where=entry.name,
            remedy=f"use --ctx {trained} or less",
        )
    return settings


def _n_ctx_train(header: GgufHeader | None) -> int | None:
    return None if header is None else header.n_ctx_train


def _task_job(task: Task, is_chat: bool, n_tasks: int, options: RunOptions) -> TaskJob:
    share = (1 - SPEED_SHARE - LATENCY_SHARE) / n_tasks
    if not is_chat:
        task = for_completion(task, seed=options.seed)
    chosen = plan(
        task,
        budget_s=options.time_budget_s * share,
        seed=options.seed,
        limit=options.limit,
        group_size=GROUP_SIZE[task.kind],
    )
    # Endings are scored as running text, whatever the model.
    return TaskJob(task, chosen, "chat" if is_chat and task.kind == "generate" else "completion")
