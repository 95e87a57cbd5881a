"""What models wrote, taken out of a record that is to be published."""

from collections.abc import Callable

from bench.records.content_hash import content_sha256
from bench.records.types import ItemResult, Record, TaskResult


def without_outputs(record: Record, is_meant: Callable[[str], bool]) -> Record:
    """``record`` without outputs and answers of the tasks that are meant, and with the hash of what is left.

    What was not in its document is not added. A record of schema 1, which has no hash, gets none.
    """
    tasks = tuple(_without(task) if is_meant(task.task) else task for task in record.tasks)
    changed = {} if tasks == record.tasks else {"tasks": tasks}
    left = record.model_copy(update=changed)
    if left.content_sha256 is None:
        return left
    return left.model_copy(
        update={"content_sha256": content_sha256(left.model_dump(mode="json", exclude_unset=True))}
    )


def _without(task: TaskResult) -> TaskResult:
    items = tuple(
        item.model_copy(update={"output": None, "answer": None}) if _says_something(item) else item
        for item in task.items
    )
    return task.model_copy(update={"items": items})


def _says_something(item: ItemResult) -> bool:
    return item.output is not None or item.answer is not None
