"""``results/README.md`` from the committed records: what ran where, the quant ladders, the verdicts."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from bench.records.types import Record
from bench.reports.markdown import escape, grid_lines, table_lines
from bench.reports.rows.comparable import comparable, rung
from bench.reports.rows.summary import (
    is_base_model,
    quality_rows,
)
from bench.reports.tables.economy import assumption_tables, price_table
from bench.reports.tables.evidence import energy_tables, task_energy_tables
from bench.reports.tables.ladder import device_costs, ladder_table
from bench.reports.tables.limits import limit_table
from bench.reports.tables.measurements import (
    ACCURACY_COLUMNS,
    accuracy_cells,
    latency_table,
    memory_table,
    quality_table,
    speed_table,
)
from bench.reports.tables.sustained import sustained_table
from bench.reports.tables.table import ACCURACY_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.verdicts import premise, verdict_groups

HOW_TO_READ = f"""\
- Rates, accuracies, energies and costs have their uncertainty beside them: ± is half of the median's 95 %
  interval; brackets hold a 95 % interval, or the bounds of what is assumed.
- `{f.MODELLED_MARK}` marks energy that was modelled from CPU time, and costs that rest on it: not measured.
- `{f.DISTURBED_MARK}` marks a figure that other processes disturbed, and costs that rest on it: no result.
- `{f.ABSENT}` is a figure that could not be had. It is not zero.
- Records share a table only when machine, engine and settings are the same. Where a model's name alone would
  not tell two records apart, `c=4096` is its context in tokens, and `#…` the beginning of the record's id.
- `pp512` and `tg128`: tokens per second of reading a prompt of 512 tokens, and of writing 128. TTFT: time to
  the first token. An attempt is one answer to one item of a task.
"""


def render(
    records: Sequence[Record],
    *,
    command: str = "breakeven report",
    files: Mapping[str, str] | None = None,
    charts: Mapping[str, str] | None = None,
) -> str:
    """The page about all ``records``: made anew by ``command``.

    ``files`` has file names by record id, ``charts`` what lies in ``charts/``: titles by name without ending.
    """
    return "\n".join(_lines(sorted(records, key=rung), command, files or {}, charts or {})) + "\n"


def _lines(
    records: Sequence[Record], command: str, files: Mapping[str, str], charts: Mapping[str, str]
) -> Iterator[str]:
    names = labels(records)
    yield "# Results"
    yield ""
    yield f"Made from the records in this folder by `{command}`; edit nothing here by hand."
    yield ""
    yield HOW_TO_READ
    yield from _pictures(charts)
    runs = [record for record in records if record.kind == "run"]
    for group in comparable(runs):
        yield f"## {escape(where(group[0]))}"
        yield ""
        yield escape(held(group[0]))
        yield ""
        chat = [record for record in group if not is_base_model(record)]
        base = [record for record in group if is_base_model(record)]
        yield from _section("Chat models", "", chat, names)
        note = "Prompted by completion with examples: not to be ranked with the chat models."
        yield from _section("Base models", note, base, names)
    grids = [record for record in records if record.kind == "speed"]
    if grids:
        yield "## Speed grids"
        yield ""
        yield "By `breakeven speed`; docs/speed.md says what the points are."
        yield ""
        for build in (speed_table, sustained_table, latency_table, limit_table, memory_table):
            yield from table_lines(build(grids))
        for table in energy_tables(grids):
            yield from table_lines(table)
    evals = [record for record in records if record.kind == "quality"]
    if evals:
        yield "## Quality alone"
        yield ""
        yield "By `breakeven eval`; docs/tasks.md says what the tasks and the counts are."
        yield ""
        yield from grid_lines(quality_table(evals))
        yield ""
    for table in (price_table(records), *assumption_tables(records)):
        yield from table_lines(table)
    yield from _provenance(records, names, files)


def _pictures(charts: Mapping[str, str]) -> Iterator[str]:
    """What both sides cost; the others as links."""
    if not charts:
        return
    yield "[index.html](index.html) is the same as a page: open it from disk, edit its assumptions."
    yield ""
    costs = [name for name in charts if name.startswith("spend")]
    for name in costs:
        yield f"![{escape(charts[name])}](charts/{name}.svg)"
        yield ""
    others = [
        f"- [{escape(title)}](charts/{name}.svg)" for name, title in charts.items() if name not in costs
    ]
    if others:
        yield from ("More charts:", "", *others, "")


def _section(title: str, note: str, records: Sequence[Record], names: Mapping[str, str]) -> Iterator[str]:
    if not records:
        return
    yield f"### {title}"
    yield ""
    if note:
        yield note
        yield ""
    for heading, table in (
        ("Verdicts", _verdict_table(records, names)),
        ("Speed, memory and energy", ladder_table(records, names)),
        ("Quality and cost", _quality_table(records, names)),
        *((table.title, table) for table in task_energy_tables(records, names)),
    ):
        if table.rows:
            yield f"#### {heading}"
            yield ""
            yield from grid_lines(table)
            yield ""


def _verdict_table(records: Sequence[Record], names: Mapping[str, str]) -> Table:
    rows = [
        (
            group.task,
            names[record.id],
            group.verdict,
            group.rivals,
            group.reason,
            group.weakest_point,
        )
        for record in records
        for group in verdict_groups(record.assessment)
    ]
    premises = {premise(record.assessment) for record in records if record.assessment}
    notes = [f"premise: {told}" for told in sorted(premises)]
    notes.append("why and weakest point: of the closest call")
    columns = ("task", "model", "verdict", "against", "why", "weakest point")
    return make_table("", columns, sorted(rows, key=lambda row: row[0]), notes)


def _quality_table(records: Sequence[Record], names: Mapping[str, str]) -> Table:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record in records:
        costs = device_costs(record)
        for row in quality_rows(record):
            cost = costs.get(row.task, f.ABSENT)
            rows.append((row.task, names[record.id], *accuracy_cells(row), cost))
            notes.extend(f"{names[record.id]}, {note}" for note in row.notes)
    columns = ("task", "model", *ACCURACY_COLUMNS, ">USD per 1,000 correct")
    notes.append(ACCURACY_NOTE)
    notes.append("a task scored by log-likelihood compares models with each other: no cost, no verdict")
    return make_table("", columns, sorted(rows, key=lambda row: row[0]), notes)


def _provenance(
    records: Sequence[Record], names: Mapping[str, str], files: Mapping[str, str]
) -> Iterator[str]:
    yield "## The records"
    yield ""
    rows = [
        (
            names[record.id],
            f.day(record.created_utc) + (" (quick)" if record.is_quick else ""),
            f"{record.tool.version} {record.tool.commit or ''}",
            record.model.source,
            record.model.sha256[:12],
            "complete" if record.is_complete else "not finished",
            files.get(record.id, record.id),
        )
        for record in records
    ]
    columns = ("model", "date", "breakeven", "model from", "sha256", "run", "record")
    yield from grid_lines(make_table("", columns, rows))
    yield ""
    yield "To measure them again, on a machine of your own:"
    yield ""
    yield "```sh"
    commands = dict.fromkeys(shlex.join(("breakeven", *record.tool.arguments)) for record in records)
    yield from (f.clean(line).replace("```", "") for line in commands)
    yield "```"


def where(record: Record) -> str:
    """The machine in a line."""
    machine = record.machine
    gpus = f", {', '.join(machine.gpus)}" if machine.gpus else ""
    return f"{machine.machine_class}: {machine.cpu_model}, {f.machine_size(machine)}{gpus}"


def held(record: Record) -> str:
    """What comparable records share besides the machine, as sentences."""
    settings, engine = record.settings, record.engine
    build = "unknown" if engine is None else f"{engine.name} {engine.version}, {engine.build}"
    return (
        f"System: {record.machine.system}, {record.machine.architecture}. Engine: {build}. "
        f"Context {settings.n_ctx:,} tokens, {settings.n_threads} threads for decode, "
        f"{settings.n_threads_batch} for prefill, {settings.n_gpu_layers} layers on a GPU, "
        f"KV cache {settings.type_k}/{settings.type_v}, flash attention {settings.flash_attn}, "
        f"mmap {'on' if settings.use_mmap else 'off'}."
    )
