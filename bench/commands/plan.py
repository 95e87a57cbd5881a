"""Before anything runs: resolve every name, check every file, decide what will be measured.

Whatever is wrong with the user's words is found here, so that a run that starts is a run that can end.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bench.catalog.models import ModelCatalog
from bench.commands.acquire import Acquired, Fetch, acquire, find_entry
from bench.commands.deployed import (
    QUALITY_N_CTX,
    SEQUENCES,
    check_settings_words,
    choice_settings,
    deployed_settings,
    header_of,
    n_ctx_train,
    quality_settings,
)
from bench.commands.memory_fit import check_memory, predicted_memory, would_fit
from bench.commands.options import EvalOptions
from bench.commands.reporter import Reporter
from bench.engines.cache_prediction import padded
from bench.engines.gguf import GgufHeader
from bench.engines.protocol import EngineSettings, Sampling, Thinking
from bench.engines.script import read_script
from bench.engines.thinking import switch_of
from bench.errors import InputError
from bench.records.outputs import MOST_ATTEMPTS
from bench.records.types import MemoryParts
from bench.tasks import open_tasks
from bench.tasks.plan import Plan, for_completion, plan, with_own_shots
from bench.tasks.sandbox import Sandbox, sandbox_for
from bench.tasks.scorers import CODE_SCORERS
from bench.tasks.types import Prompting, Task

DEFAULT_TASKS = ("hellaswag", "gsm8k", "extract-json")
FEWEST_SEQUENCES = 8  # with a cache of its own for each; below, more of them share one
CELLS_APART = 2 * QUALITY_N_CTX  # tokens that all those caches hold at most
NOMINAL_THINKING_TOKENS = 2048  # where no budget bounds it: a declared constant, as the items' nominal times
GROUP_SIZE = {"choice": 20, "generate": 64}
# How a model's time budget is shared: one number a unit kind, and what is left goes to the tasks.
SPEED_SHARE, LATENCY_SHARE = 0.25, 0.20


@dataclass(frozen=True, slots=True)
class TaskJob:
    task: Task
    plan: Plan
    prompting: Prompting
    sandbox: Sandbox | None = None  # for tasks that run code
    thinking: Thinking | None = None  # None: as the model's template has it
    sampling: Sampling | None = None  # None: greedy
    n_samples: int = 1


@dataclass(frozen=True, slots=True)
class ModelJob:
    acquired: Acquired
    header: GgufHeader | None  # None: scripted
    settings: EngineSettings
    quality_settings: EngineSettings  # for answers, where one cache holds all sequences
    choice_settings: EngineSettings  # for multiple choice by log-likelihood
    tasks: tuple[TaskJob, ...]
    predicted: MemoryParts | None

    @property
    def name(self) -> str:
        return self.acquired.entry.name


def plan_jobs(
    options: EvalOptions, catalog: ModelCatalog, reporter: Reporter, *, budget_s: float | None
) -> tuple[ModelJob, ...]:
    """One job per model, whose tasks share ``budget_s``; None: all items, unless there is a limit.

    Raises the error of the first thing that cannot be done as asked.
    """
    check_settings_words(options.settings)
    words = dict.fromkeys(options.models or (catalog.default,))
    for word in words:
        find_entry(word, catalog)  # a slip is told before anything is fetched
    fetch = Fetch(reporter, options.is_offline)
    tasks = open_tasks(dict.fromkeys(options.tasks or DEFAULT_TASKS), fetch)
    refuse_repeated("task", [task.name for task in tasks])
    if (options.sampling or options.thinking) and all(task.kind == "choice" for task in tasks):
        raise InputError(
            "multiple choice by log-likelihood says nothing, so it neither thinks nor draws tokens",
            remedy="leave out --thinking, --samples and --temperature, or add a task with generated answers",
        )
    sandbox = sandbox_for(tasks, is_allowed=options.may_run_code)
    acquired = [acquire(word, catalog, reporter, offline=options.is_offline) for word in words]
    refuse_repeated("model", [one.entry.name for one in acquired])
    return tuple(_model_job(one, tasks, options, budget_s, sandbox) for one in acquired)


def asked_of(jobs: Sequence[ModelJob]) -> dict[str, object]:
    """What decides which quality units there are and what they hold: a run is resumed only under the same."""
    return {
        job.name: {
            "sha256": job.acquired.obtained.sha256,
            "settings": asdict(job.settings),
            "tasks": {
                task.task.name: [
                    task.task.content_sha256,
                    task.plan.n_planned,
                    task.plan.group_size,
                    [shot.id for shot in task.task.shots],
                    None if task.thinking is None else asdict(task.thinking),
                    None if task.sampling is None else [asdict(task.sampling), task.n_samples],
                ]
                for task in job.tasks
            },
        }
        for job in jobs
    }


def refuse_repeated(kind: str, names: list[str]) -> None:
    """Units and records are told apart by these names."""
    for name, times in Counter(names).items():
        if times > 1:
            raise InputError(
                f"{times} of the {kind}s are called {name!r}", remedy="run them apart, or rename a file"
            )


def _model_job(
    acquired: Acquired,
    tasks: tuple[Task, ...],
    options: EvalOptions,
    budget_s: float | None,
    sandbox: Sandbox | None,
) -> ModelJob:
    header = header_of(acquired)
    settings = deployed_settings(acquired.entry, header, options.settings)
    quality, choice = quality_settings(settings, header), choice_settings(settings, header)
    for held in (settings, quality, choice):
        check_memory(acquired.entry.name, header, held)
    jobs = tuple(
        prompted_task(
            task,
            acquired,
            header,
            seed=options.seed,
            limit=options.limit,
            budget_s=None if budget_s is None else budget_s / len(tasks),
            n_shots=options.n_shots,
            sandbox=sandbox if task.scorer_name in CODE_SCORERS else None,
            asked=options,
        )
        for task in tasks
    )
    n_attempts = sum(job.plan.n_planned * job.n_samples for job in jobs)
    if n_attempts > MOST_ATTEMPTS:
        raise InputError(
            f"{n_attempts:,} attempts are planned, and a record holds {MOST_ATTEMPTS:,}",
            where=acquired.entry.name,
            remedy="run fewer tasks at once, or give a --limit, a --budget or fewer --samples",
        )
    return ModelJob(acquired, header, settings, quality, choice, jobs, predicted_memory(header, settings))


def answer_settings(job: ModelJob, task: TaskJob, longest_prompt: int) -> EngineSettings:
    """How the answers to a task are batched whose longest prompt has so many tokens.

    In a cache for each sequence, since a token then faces the cells of its own sequence alone; in one for all
    where prompts or answers are long, or these caches would not fit.
    """
    shared = job.quality_settings
    thinking = 0
    if task.thinking is not None and task.thinking.is_on:
        if task.thinking.max_tokens is None:
            return shared
        thinking = task.thinking.max_tokens
    n_cells = padded(longest_prompt + thinking + task.task.max_tokens)
    n_sequences = min(SEQUENCES, CELLS_APART // n_cells)
    if n_sequences < FEWEST_SEQUENCES or n_cells > (n_ctx_train(job.header) or n_cells):
        return shared
    apart = replace(shared, n_ctx=n_sequences * n_cells, n_seq_max=n_sequences, kv_unified=False)
    return apart if would_fit(job.header, apart) else shared


def prompted_task(
    task: Task,
    acquired: Acquired,
    header: GgufHeader | None,
    *,
    seed: int,
    limit: int | None,
    budget_s: float | None = None,
    n_shots: int | None = None,
    sandbox: Sandbox | None = None,
    asked: EvalOptions | None = None,
) -> TaskJob:
    """The task as this model is asked it, with ``limit`` items, or those that fit the budget.

    ``n_shots`` worked examples go before each item, else those that the task itself says. Whether the model
    thinks and is sampled is ``asked``; multiple choice by log-likelihood knows neither.
    """
    is_chat = not acquired.entry.is_base and (header is None or header.has_chat_template)
    task = with_own_shots(task, seed=seed, n_shots=n_shots)
    if not is_chat:
        task = for_completion(task, seed=seed)
    generated = asked if task.kind == "generate" else None
    if generated is not None:
        task = replace(task, nominal_item_s=task.nominal_item_s * _costlier(task, generated))
    chosen = plan(task, budget_s=budget_s, seed=seed, limit=limit, group_size=GROUP_SIZE[task.kind])
    # Endings are scored as running text, whatever the model.
    prompting: Prompting = "chat" if is_chat and task.kind == "generate" else "completion"
    if generated is None:
        return TaskJob(task, chosen, prompting, sandbox)
    if generated.thinking is not None:
        _check_thinking(generated.thinking, acquired, header, is_chat=is_chat)
    return TaskJob(
        task, chosen, prompting, sandbox, generated.thinking, generated.sampling, generated.n_samples
    )


def _check_thinking(
    thinking: Thinking, acquired: Acquired, header: GgufHeader | None, *, is_chat: bool
) -> None:
    """Raise InputError for a model that cannot be told so."""
    if not is_chat:
        refusal: str | None = "a model without a chat template has no thinking to switch"
    elif header is None:
        refusal = switch_of(read_script(str(acquired.path)).chat_template).refusal(thinking.is_on)
    else:
        refusal = switch_of(header.chat_template).refusal(thinking.is_on)
    if refusal is not None:
        raise InputError(refusal, where=acquired.entry.name, remedy="leave --thinking out")


def _costlier(task: Task, asked: EvalOptions) -> float:
    """How many times the nominal time an item takes: for every attempt, and for the thinking before it."""
    thinking = asked.thinking
    if thinking is None or not thinking.is_on:
        return asked.n_samples
    n_thinking = NOMINAL_THINKING_TOKENS if thinking.max_tokens is None else thinking.max_tokens
    return asked.n_samples * (1 + n_thinking / task.max_tokens)
