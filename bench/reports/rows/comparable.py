"""Which records may be compared: the one answer of tables, files, page, data set and board."""

from collections.abc import Sequence
from typing import Literal

from bench.records.types import Machine, Record, TaskResult
from bench.reports.rows.summary import is_base_model
from bench.reports.words.asking import how_asked
from bench.units import GIB

Within = Literal["machine", "hardware"]
"""How alike machines must be. "machine": one machine as it was set up, so that a small difference is the
model's. "hardware": anybody's machine of the same parts. Many owners' kernels, batteries and bytes kept back
by firmware differ, so that by "machine" each of their records would be alone; in exchange what a kernel
changes is within a group."""


def comparable(records: Sequence[Record]) -> list[list[Record]]:
    """Records of one machine, engine and settings together, each in its first order."""
    groups: dict[object, list[Record]] = {}
    for record in records:
        groups.setdefault(comparable_by(record, within="machine"), []).append(record)
    return list(groups.values())


def comparable_by(record: Record, *, within: Within) -> tuple[str | None, ...]:
    """What is alike in comparable records: JSON of machine, engine and the three settings.

    Base models answer by completion: whoever ranks by more than speed keeps them apart (``is_base_model``).
    """
    engine = record.engine
    # Free memory of a GPU is of the moment, and its total what the owner's driver leaves.
    passing = {"gpus"} if within == "hardware" else {"gpus": {"__all__": {"free_bytes"}}}
    return (
        machine_by(record.machine, within=within),
        engine.model_dump_json(exclude=passing) if engine else None,
        *(
            one.model_dump_json() if one else None
            for one in (record.settings, record.quality_settings, record.choice_settings)
        ),
    )


def machine_by(machine: Machine, *, within: Within) -> str:
    """JSON of what is alike in machines that count as one; of hardware, memory is in whole GiB."""
    if within == "machine":
        return machine.model_dump_json(exclude={"python"})
    n_bytes = machine.memory_bytes and round(machine.memory_bytes / GIB) * GIB
    rounded = machine.model_copy(update={"memory_bytes": n_bytes})
    return rounded.model_dump_json(exclude={"python", "system", "battery_wh"})


def answered_alike(task: TaskResult, record: Record) -> tuple[object, ...]:
    """What is alike in answers whose shares may be compared: the items, how they were asked, and scored.

    The same name may be other items, or be asked in another way: then it is another thing.
    """
    held = task.held or (record.choice_settings if task.kind == "choice" else None)
    return (
        task.task,
        task.content_sha256,
        task.n_planned,
        task.prompting,
        task.n_shots,
        task.scorer,
        how_asked(task),
        task.max_tokens,
        held.model_dump_json() if held else None,
    )


def ladders(records: Sequence[Record]) -> list[list[Record]]:
    """Comparable records, base models apart from chat models; larger files first; two or more of each."""
    split = [
        [record for record in group if is_base_model(record) is is_base]
        for group in comparable(records)
        for is_base in (False, True)
    ]
    return [sorted(group, key=rung) for group in split if len(group) > 1]


def rung(record: Record) -> tuple[str, int, str]:
    """Models of one family beside each other, the larger file first."""
    return record.model.requantized_from or record.model.name, -(record.model.size_bytes or 0), record.id
