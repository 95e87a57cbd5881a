"""What an API really answered and billed, read from files: no network, the same scorers."""

from collections.abc import Sequence
from pathlib import Path

from bench.catalog.apis import ApiCatalog
from bench.commands.plan import ModelJob
from bench.economics.api_cost import HostedAnswer
from bench.economics.assess import Transcripts
from bench.errors import InputError, nearest
from bench.tasks import resolve
from bench.tasks.transcripts import TranscriptItem, read_transcript
from bench.tasks.types import Task


def read_transcripts(words: Sequence[str], jobs: Sequence[ModelJob], apis: ApiCatalog) -> Transcripts:
    """``[TASK=]FILE`` each; the API is the model that the file names, or ``TASK@API=FILE`` says which."""
    tasks = {job.task.name: job.task for job in jobs[0].tasks if job.task.kind == "generate"}
    read: dict[tuple[str, str], Sequence[HostedAnswer]] = {}
    for said in words:
        prefix, separator, file = said.partition("=")
        task_name, _, api_name = (prefix if separator else "").partition("@")
        task = _task(task_name, tasks)
        transcript = read_transcript(Path(file if separator else said), task)
        name = api_name or transcript.model
        if name is None:
            raise InputError(
                "the transcript does not say which model answered",
                where=said,
                remedy="say it: --transcript TASK@API=FILE",
            )
        key = (task.name, apis.find(name).name)
        if key in read:
            raise InputError(f"a second transcript of {key[1]} on {key[0]}", where=said)
        read[key] = [_answer(item) for item in transcript.items]
    return read


def _answer(item: TranscriptItem) -> HostedAnswer:
    """The same answer in the words of the economics; what was not billed stays unknown."""
    usage = item.usage
    return HostedAnswer(
        item_id=item.item_id,
        outcome=item.verdict.outcome,
        is_answered=item.is_answered,
        input_tokens=None if usage is None else usage.input_tokens,
        output_tokens=None if usage is None else usage.output_tokens,
        cached_tokens=0 if usage is None else usage.cached_tokens or 0,  # not told: no discount
        reasoning_tokens=None if usage is None else usage.reasoning_tokens,
    )


def _task(name: str, tasks: dict[str, Task]) -> Task:
    found = resolve(name, tasks) if name else next(iter(tasks)) if len(tasks) == 1 else None
    if found is not None:
        return tasks[found]
    if not tasks:
        what = "no task with generated answers is run"
    elif name:
        what = f"no task {name!r} with generated answers is run; {nearest(name, tasks)}"
    else:
        what = f"several tasks are run: {', '.join(tasks)}"
    raise InputError(what, where="--transcript", remedy="name a task that is run: --transcript TASK=FILE")
