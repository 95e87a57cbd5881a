"""What models wrote, taken out of a record that is to be published, or that could not hold it."""

from collections.abc import Callable, Sequence

from pydantic_core import to_json

from bench.records.content_hash import content_sha256
from bench.records.types import ItemResult, Record, TaskResult, Warned
from bench.units import MIB

MOST_ATTEMPTS = 40_000  # of a record: without what the model wrote, one takes up to 600 bytes
_MOST_BYTES = 24 * MIB  # of all attempts: the rest of what series may take is for comparisons and speed


def fitted(tasks: Sequence[TaskResult]) -> tuple[tuple[TaskResult, ...], tuple[Warned, ...]]:
    """``tasks`` such that a record can hold them, and a warning that tells what was left out for it.

    First outputs, which nothing is computed from, then answers, of the tasks that have most of them.
    """
    fitting = list(tasks)
    excess = sum(map(_n_bytes, tasks)) - _MOST_BYTES
    told = []
    for field in ("output", "answer"):
        left_out = []
        for place in sorted(range(len(tasks)), key=lambda place: -_n_bytes(fitting[place])):
            if excess <= 0:
                break
            bare = _without(fitting[place], field)
            if (saved := _n_bytes(fitting[place]) - _n_bytes(bare)) > 0:
                excess -= saved
                fitting[place] = bare
                left_out.append(bare.task)
        if left_out:
            told.append(f"{field}s of {', '.join(left_out)}")
    if not told:
        return tuple(tasks), ()
    what = f"a record has no room for all that was answered: it is without the {' and the '.join(told)}"
    remedy = (
        "no figure rests on outputs, votes rest on answers; to keep them, run fewer tasks or items at once"
    )
    return tuple(fitting), (Warned(code="outputs-left-out", what=what, remedy=remedy),)


def without_outputs(record: Record, is_meant: Callable[[str], bool]) -> Record:
    """``record`` without outputs and answers of the tasks that are meant, and with the hash of what is left.

    What was not in its document is not added. A record of schema 1, which has no hash, gets none.
    """
    tasks = tuple(
        _without(task, "output", "answer") if is_meant(task.task) else task for task in record.tasks
    )
    changed = {} if tasks == record.tasks else {"tasks": tasks}
    left = record.model_copy(update=changed)
    if left.content_sha256 is None:
        return left
    return left.model_copy(
        update={"content_sha256": content_sha256(left.model_dump(mode="json", exclude_unset=True))}
    )


def _without(task: TaskResult, *fields: str) -> TaskResult:
    def bare(item: ItemResult) -> ItemResult:
        said = [field for field in fields if getattr(item, field) is not None]
        return item.model_copy(update=dict.fromkeys(said)) if said else item

    return task.model_copy(update={"items": tuple(map(bare, task.items))})


def _n_bytes(task: TaskResult) -> int:
    return len(to_json(task.items))
