"""What the pages are made of: the rows of each model, machine and task, and the names of their pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench import __version__
from bench.reports.board.collect import Board
from bench.reports.board.concluded import Conclusion, conclusion_of
from bench.reports.board.frame import Frame
from bench.reports.board.names import stems
from bench.reports.board.shown import Row
from bench.reports.words import figures as f


@dataclass(frozen=True, slots=True)
class Contents:
    """``models``, ``machines`` and ``tasks`` have the path of the page of each key; rows are in one order."""

    frame: Frame
    board: Board
    models: Mapping[str, str]
    machines: Mapping[str, str]
    tasks: Mapping[str, str]
    by_model: Mapping[str, list[Row]]
    by_machine: Mapping[str, list[Row]]
    by_task: Mapping[str, list[Row]]
    concluded: Mapping[str, Conclusion]  # of the tasks on which models were compared with APIs


def contents_of(board: Board, title: str) -> Contents:
    by_model: dict[str, list[Row]] = {}
    by_machine: dict[str, list[Row]] = {}
    by_task: dict[str, list[Row]] = {}
    for row in sorted(board.rows.values(), key=lambda one: one.key):
        row.entries.sort(key=lambda one: (one.day, one.id))
        by_model.setdefault(row.model.key, []).append(row)
        by_machine.setdefault(row.place.machine.key, []).append(row)
        for task in {one.task.name for entry in row.entries for one in entry.scored}:
            by_task.setdefault(task, []).append(row)
    return Contents(
        frame=Frame(f.clean(title), board.newest or "none", __version__),
        board=board,
        models=_pages("models", {key: rows[0].model.name for key, rows in by_model.items()}),
        machines=_pages("machines", {key: rows[0].place.machine.title for key, rows in by_machine.items()}),
        tasks=_pages("tasks", {name: name for name in by_task}),
        by_model=by_model,
        by_machine=by_machine,
        by_task=by_task,
        concluded={task: one for task, rows in by_task.items() if (one := conclusion_of(task, rows))},
    )


def _pages(folder: str, titles: Mapping[str, str]) -> dict[str, str]:
    return {key: f"{folder}/{stem}.html" for key, stem in stems(titles).items()}
