"""Lists over the whole board: the best of each group, all models, machines and tasks."""

from collections.abc import Sequence

from bench.reports.board.answer_views import best_of
from bench.reports.board.contents import Contents
from bench.reports.board.shared_cells import linked
from bench.reports.board.sheets import Cell, Column, Line, Plain, Section, Sheet
from bench.reports.board.shown import Row, Verdicts
from bench.reports.words import figures as f
from bench.reports.words.verdicts import ORDER

MOST_TASKS, MOST_PLACES = 12, 3  # on the first page


def best_sheet(site: Contents) -> Sheet:
    columns = (
        Column("task", is_header=True),
        Column("machine and settings"),
        Column("most correct"),
        Column("accuracy", is_number=True),
        Column("models", is_number=True),
    )
    most = sorted(site.by_task, key=lambda name: (-sum(len(row.entries) for row in site.by_task[name]), name))
    lines = []
    for task in most[:MOST_TASKS]:
        for row, shown, accuracy, n_alike, n in best_of(site.by_task[task], task)[:MOST_PLACES]:
            place, others = row.place, f"not told from {n_alike:,} other(s)" if n_alike else ""
            cells = (
                linked(task, site.tasks[task], shown.asked),
                linked(place.machine.title, site.machines[place.machine.key], place.held),
                linked(row.model.name, site.models[row.model.key], others),
                Cell(f.percent_interval(*accuracy)),
                Cell(f"{n:,}"),
            )
            lines.append(Line("", cells, {}))
    notes = ("Of each task the places with most models; all are on the task's page.",)
    sections = (Section("", tuple(lines)),)
    return Sheet("best", "The best of each comparable group", columns, sections, notes, is_sortable=False)


def models_sheet(site: Contents, most: int | None = None) -> Sheet:
    columns = (
        Column("model", is_header=True),
        Column("quant."),
        Column("parameters", is_number=True),
        Column("file", is_number=True),
        Column("machines", is_number=True),
        Column("records", is_number=True),
    )
    lines = []
    for key, rows in site.by_model.items():
        model = rows[0].model
        n_machines, n_records = len({row.place.machine.key for row in rows}), n_records_of(rows)
        cells = (
            linked(model.name, site.models[key]),
            Cell(model.quantization, model.quantization),
            Cell(f.parameters(model.n_params), model.n_params),
            Cell(f.size(model.size_bytes), model.size_bytes),
            Cell(f"{n_machines:,}", n_machines),
            Cell(f"{n_records:,}", n_records),
        )
        data: dict[str, Plain] = {
            "model": model.name,
            "model_sha256": model.sha256,
            "quantization": model.quantization,
            "n_params": model.n_params,
            "file_bytes": model.size_bytes,
            "n_machines": n_machines,
            "n_records": n_records,
            "page": site.models[key],
        }
        lines.append((n_records, model.name, Line("", cells, data)))
    return Sheet("list", "Models", columns, (Section("", _ordered(lines, most)),))


def machines_sheet(site: Contents, most: int | None = None) -> Sheet:
    columns = (
        Column("machine", is_header=True),
        Column("class"),
        Column("memory", is_number=True),
        Column("GPUs"),
        Column("models", is_number=True),
        Column("records", is_number=True),
    )
    lines = []
    for key, rows in site.by_machine.items():
        machine = rows[0].place.machine
        n_models, n_records = len({row.model.key for row in rows}), n_records_of(rows)
        cells = (
            linked(machine.title, site.machines[key]),
            Cell(machine.machine_class, machine.machine_class),
            Cell(f.size(machine.memory_bytes), machine.memory_bytes),
            Cell(machine.gpus, machine.gpus),
            Cell(f"{n_models:,}", n_models),
            Cell(f"{n_records:,}", n_records),
        )
        data: dict[str, Plain] = {
            "machine": machine.title,
            "machine_class": machine.machine_class,
            "memory_bytes": machine.memory_bytes,
            "gpus": machine.gpus,
            "n_models": n_models,
            "n_records": n_records,
            "page": site.machines[key],
        }
        lines.append((n_records, machine.title, Line("", cells, data)))
    return Sheet("list", "Machines", columns, (Section("", _ordered(lines, most)),))


def tasks_sheet(site: Contents) -> Sheet:
    columns = (
        Column("task", is_header=True),
        *(Column(name, is_number=True) for name in ORDER),
        Column("models", is_number=True),
        Column("machines", is_number=True),
        Column("records", is_number=True),
    )
    lines = []
    for task, rows in site.by_task.items():
        n_models, n_machines = (
            len({row.model.key for row in rows}),
            len({row.place.machine.key for row in rows}),
        )
        n_records, page = n_records_of(rows), site.tasks[task]
        verdicts = site.concluded[task].verdicts if task in site.concluded else Verdicts(0, 0, 0)
        cells = (
            linked(task, page),
            *(Cell(f"{count:,}", count) for count in (*verdicts, n_models, n_machines, n_records)),
        )
        data: dict[str, Plain] = {
            "task": task,
            **{f"n_{name}": count for name, count in verdicts._asdict().items()},
            "n_models": n_models,
            "n_machines": n_machines,
            "n_records": n_records,
            "page": page,
        }
        lines.append((0, task, Line("", cells, data)))
    note = "Verdicts count pairs of a model and an API, each under the prices and assumptions of its record."
    return Sheet("list", "Tasks", columns, (Section("", _ordered(lines, None)),), (note,))


def _ordered(lines: Sequence[tuple[int, str, Line]], most: int | None) -> tuple[Line, ...]:
    """By name; the ``most`` with most records, where not all are wanted."""
    ordered = sorted(lines, key=lambda one: (0 if most is None else -one[0], one[1]))
    return tuple(line for _, _, line in ordered[:most])


def n_records_of(rows: Sequence[Row]) -> int:
    return sum(len(row.entries) for row in rows)
