"""What a hosted model answered to a task's items, scored as the device's answers are. No network.

Read from JSON Lines: ``{"id", "output", "usage"}``, or a provider's batch output as it was downloaded
(OpenAI's chat completions and responses, Anthropic's message batches, Gemini's). An answer that the provider
failed to give is unscored, with the provider's reason; a line that fits no format is an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import TaskError, nearest
from bench.tasks.json_lines import Line, read_lines, read_objects
from bench.tasks.scorers import find_scorer
from bench.tasks.transcript_formats import Answer, FormatError, Usage, read_answer
from bench.tasks.types import Item, Task, Verdict, not_judged

if TYPE_CHECKING:
    from bench.tasks.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class TranscriptItem:
    """One answer. ``usage`` is None where the provider reported none; its counts are as billed."""

    item_id: str
    verdict: Verdict
    is_truncated: bool
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Transcript:
    """``model`` is the provider's name of it, None where no line tells; items in the order of the file."""

    task: str
    model: str | None
    items: tuple[TranscriptItem, ...]


def read_transcript(path: Path, task: Task, sandbox: "Sandbox | None" = None) -> Transcript:
    """The answers in that file to items of ``task``, each at most once; not every item need be answered.

    Code in them is run in ``sandbox``, and unscored without one.

    Raises TaskError, naming the line, for a line of no known format, an unknown or repeated item, two models
    in one file, and a task that is scored by log-likelihood.
    """
    if task.kind == "choice":
        raise TaskError(
            f"{task.name} is scored by log-likelihood, which no transcript holds",
            where=str(path),
            remedy="use a task with generated answers",
        )
    known = {item.id: item for item in task.items + task.shots}
    scorer = find_scorer(task.scorer_name, sandbox)
    found: dict[str, TranscriptItem] = {}
    model: str | None = None
    for line, answer in _answers(path):
        item = _item(line, answer, known, found)
        if answer.model is not None and model not in (None, answer.model):
            raise TaskError(
                f"an answer of {answer.model!r} among those of {model!r}",
                where=line.where,
                remedy="one model a file",
            )
        model = answer.model or model
        if answer.output is None:
            verdict = not_judged(answer.error or "no answer")
        else:
            verdict = scorer(answer.output, item.expected, truncated=answer.is_truncated)
        found[item.id] = TranscriptItem(item.id, verdict, answer.is_truncated, answer.usage)
    if not found:
        raise TaskError("holds no answers", where=str(path))
    return Transcript(task.name, model, tuple(found.values()))


def _answers(path: Path) -> Iterable[tuple[Line, Answer]]:
    for line, values in read_objects(read_lines(path)):
        try:
            yield line, read_answer(values)
        except FormatError as error:
            raise TaskError(
                str(error), where=line.where, remedy="docs/tasks.md describes the formats"
            ) from None


def _item(line: Line, answer: Answer, known: dict[str, Item], found: dict[str, TranscriptItem]) -> Item:
    if answer.item_id not in known:
        raise TaskError(
            f"no item {answer.item_id!r} in the task; {nearest(answer.item_id, list(known)[:1000])}",
            where=line.where,
        )
    if answer.item_id in found:
        raise TaskError(f"a second answer to the item {answer.item_id!r}", where=line.where)
    return known[answer.item_id]
