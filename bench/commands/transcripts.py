"""What an API really answered and billed, read from files: no network, the same scorers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.catalog.apis import ApiCatalog
from bench.catalog.types import ApiProfile
from bench.commands.acquire import Fetch
from bench.commands.convert import task_record
from bench.commands.plan import ModelJob, TaskJob
from bench.commands.reporter import Silent
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import Transcripts
from bench.errors import InputError, nearest
from bench.records.types import ItemResult, Record, TaskResult
from bench.tasks import open_task, resolve
from bench.tasks.canonical import prompt_sha256
from bench.tasks.plan import plan
from bench.tasks.prompting import chat_prompt
from bench.tasks.sandbox import sandbox_for
from bench.tasks.transcripts import Transcript, TranscriptItem, read_transcript

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hosted:
    """One transcript: whose answers, to which task, and where the user named it."""

    name: str
    job: TaskJob
    transcript: Transcript
    said: str


def read_hosted(words: Sequence[str], jobs: Sequence[ModelJob]) -> list[Hosted]:
    """``[TASK=]FILE`` each; whose answers is what the file names, or ``TASK@API=FILE`` says it."""
    tasks = {job.task.name: job for job in jobs[0].tasks if job.task.kind == "generate"}
    return [_read(said, tasks) for said in words]


def read_transcripts(words: Sequence[str], jobs: Sequence[ModelJob], apis: ApiCatalog) -> Transcripts:
    """The same as the economics take it, where each answers for an API of the catalog."""
    return _answers(read_hosted(words, jobs), apis)


def read_transcripts_of_records(
    words: Sequence[str], records: Sequence[Record], apis: ApiCatalog, *, may_run_code: bool
) -> Transcripts:
    """``[TASK=]FILE`` or ``TASK@API=FILE`` each, of a task that some record has; no model is run.

    A record holds neither prompts nor expected answers, so the task is opened where it comes from: by its
    name, or from the user's own file, which TASK may be the path of. Raises InputError where the items are no
    longer those of the records, and what opening and scoring raise.
    """
    told = [task for record in records for task in record.tasks if task.kind == "generate"]
    return _answers([_read_anew(said, told, may_run_code=may_run_code) for said in words], apis)


def transcript_record(hosted: Hosted) -> TaskResult:
    """The answers as a task's result: without tokens of the device, which did not give them."""
    answers = {item.item_id: item for item in hosted.transcript.items}
    items = [
        ItemResult(
            item_id=item.id,
            prompt_sha256=prompt_sha256(chat_prompt(hosted.job.task, item)),
            outcome=answers[item.id].verdict.outcome,
            reason=answers[item.id].verdict.reason,
            is_truncated=answers[item.id].is_truncated,
        )
        for item in hosted.job.task.items
        if item.id in answers
    ]
    is_shown = hosted.job.task.n_shots is not None  # examples that only a base model needs, no API saw
    result = task_record(hosted.job, items)
    told = {
        "prompting": "chat",
        "n_shots": result.n_shots if is_shown else 0,
        "shot_ids": result.shot_ids if is_shown else (),
        "n_planned": len(items),
        "planned_by": "what the transcript answers",
        "sampling": None,  # its own, which it does not tell
        "thinking": None,
    }
    return result.model_copy(update=told)


def _answers(read: Sequence[Hosted], apis: ApiCatalog) -> Transcripts:
    found: dict[tuple[str, str], Sequence[HostedAnswer]] = {}
    for hosted in read:
        profile = apis.find(hosted.name)
        _refuse_other(hosted, profile, apis)
        key = (hosted.job.task.name, profile.name)
        if key in found:
            raise InputError(f"a second transcript of {key[1]} on {key[0]}", where=hosted.said)
        found[key] = [_answer(item) for item in hosted.transcript.items]
    return found


def _refuse_other(hosted: Hosted, profile: ApiProfile, apis: ApiCatalog) -> None:
    """Raise InputError where another API of the catalog answered, as the file has it: it bills otherwise."""
    model = hosted.transcript.model
    if model is None:
        return
    try:
        other = apis.find(model)
    except InputError:
        return  # a name that only its provider knows
    if not _are_one_model(other, profile):
        raise InputError(
            f"{model!r} answered, as the file says, and not {profile.name}",
            where=hosted.said,
            remedy=f"name {other.name}, or a file of {profile.name}'s answers",
        )


def _are_one_model(one: ApiProfile, other: ApiProfile) -> bool:
    """Whoever hosts it."""
    if one.weights is not None and other.weights is not None:
        return one.weights.model == other.weights.model
    return one.name == other.name or (one.price_model is not None and one.price_model == other.price_model)


def _read(said: str, tasks: dict[str, TaskJob]) -> Hosted:
    task_name, api_name, file = _parts(said)
    return _scored(said, _task(task_name, tasks, "run"), api_name, file)


def _read_anew(said: str, told: Sequence[TaskResult], *, may_run_code: bool) -> Hosted:
    word, api_name, file = _parts(said)
    is_own = word.lower().endswith(".jsonl")
    measured = {result.task: result for result in told}
    name = _task(Path(word).name if is_own else word, {name: name for name in measured}, "in a record")
    task = open_task(word if is_own else name, Fetch(Silent(), offline=False))
    for result in told:
        if result.task == name and result.content_sha256 != task.content_sha256:
            here, there = task.content_sha256[:12], result.content_sha256[:12]
            raise InputError(
                f"the items of {name} are not those that were run: their sha256 is {here}…, in the record "
                f"{there}…",
                where=said,
                remedy="name the file of that day, or run the task anew",
            )
    sandbox = sandbox_for([task], is_allowed=may_run_code)
    whole = plan(task, budget_s=None, seed=0, group_size=len(task.items))
    return _scored(said, TaskJob(task, whole, "chat", sandbox), api_name, file)


def _parts(said: str) -> tuple[str, str, str]:
    """Task, API and file; what is not said is empty."""
    prefix, separator, file = said.partition("=")
    task_name, _, api_name = (prefix if separator else "").partition("@")
    return task_name, api_name, file if separator else said


def _scored(said: str, job: TaskJob, api_name: str, file: str) -> Hosted:
    transcript = read_transcript(Path(file), job.task, job.sandbox)
    name = api_name or transcript.model
    if name is None:
        raise InputError(
            "the transcript does not say which model answered",
            where=said,
            remedy="say it: --transcript TASK@API=FILE",
        )
    return Hosted(name, job, transcript, said)


def _answer(item: TranscriptItem) -> HostedAnswer:
    """The same answer in the words of the economics; what was not billed stays unknown."""
    usage = item.usage
    return HostedAnswer(
        item_id=item.item_id,
        outcome=item.verdict.outcome,
        is_judged=item.verdict.is_judged,
        input_tokens=None if usage is None else usage.input_tokens,
        output_tokens=None if usage is None else usage.output_tokens,
        cached_tokens=0 if usage is None else usage.cached_tokens or 0,  # not told: no discount
        written_tokens=0 if usage is None else usage.written_tokens,
        reasoning_tokens=None if usage is None else usage.reasoning_tokens,
    )


def _task(name: str, tasks: Mapping[str, T], where: str) -> T:
    found = resolve(name, tasks) if name else next(iter(tasks)) if len(tasks) == 1 else None
    if found is not None:
        return tasks[found]
    if not tasks:
        what = f"no task with generated answers is {where}"
    elif name:
        what = f"no task {name!r} with generated answers is {where}; {nearest(name, tasks)}"
    else:
        what = f"several tasks are {where}: {', '.join(tasks)}"
    remedy = f"name a task that is {where}: --transcript TASK=FILE"
    raise InputError(what, where="--transcript", remedy=remedy)
