"""The tables of evidence as words: the terminal, Markdown and the results page only draw them differently."""

from collections.abc import Sequence

from bench.records.types import LoadSample, Record
from bench.reports.rows.summary import (
    PERCENTS,
    QualityRow,
    backend,
    latency_rows,
    memory_row,
    quality_rows,
    speed_rows,
)
from bench.reports.tables.table import ACCURACY_NOTE, Table, about, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named

ACCURACY_COLUMNS = (">accuracy", ">chance", ">right", ">wrong", ">unscored", ">truncated")
QUALITY_COLUMNS = ("model", "task", *ACCURACY_COLUMNS, ">left out")


def speed_table(records: Sequence[Record]) -> Table:
    """Columns as llama-bench prints them."""
    rows: list[tuple[str, ...]] = []
    notes = ["t/s: tokens / time inside the engine's calls; ±: half the median's 95 % interval"]
    for record, name in named(records):
        settings = record.settings
        for row in speed_rows(record):
            half_width = (row.rate.high - row.rate.low) / 2 if row.rate and row.rate.n > 1 else None
            rate = f.plus_minus(row.rate.total_rate if row.rate else None, half_width)
            rows.append(
                (
                    name,
                    f.size(record.model.size_bytes),
                    f.parameters(record.model.n_params),
                    backend(record),
                    str(settings.n_threads_batch if row.test.startswith("pp") else settings.n_threads),
                    row.test,
                    (f.DISTURBED_MARK if row.is_disturbed else "") + rate,
                )
            )
            notes.extend(about(name, records, row.notes))
        late = [row.test for row in speed_rows(record) if row.stopped_because == "time-budget"]
        if late:
            ended = f"the time budget ended before the interval was narrow: {', '.join(late)}"
            notes.extend(about(name, records, [ended]))
    return make_table(
        "Speed", ("model", ">size", ">params", "backend", ">threads", ">test", ">t/s"), rows, notes
    )


def latency_table(records: Sequence[Record]) -> Table:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        for row in latency_rows(record):
            rows.append(
                (
                    name,
                    row.task,
                    f.ABSENT
                    if row.prompt_tokens is None
                    else "–".join(f.whole(n) for n in row.prompt_tokens),
                    (f.DISTURBED_MARK if row.is_disturbed else "") + row.metric,
                    f.whole(row.n),
                    *(f.milliseconds(row.percentiles_s.get(p)) for p in PERCENTS),
                    f.milliseconds(row.max_s),
                )
            )
            notes.extend(about(name, records, row.notes))
            if len(row.percentiles_s) < len(PERCENTS):
                notes.append("a dash: too few values for that percentile (p90 takes 10, p95 20, p99 100)")
    columns = ("model", "task", ">prompt", "ms", ">n", ">p50", ">p90", ">p95", ">p99", ">max")
    notes.append("prompt: its length in tokens; one request at a time, with an empty cache")
    return make_table("Latency", columns, rows, notes)


def memory_table(records: Sequence[Record]) -> Table:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        if record.kind == "quality":
            continue
        row = memory_row(record)
        compute = sum(size for kind, size in row.engine.items() if kind not in ("weights", "kv"))
        rows.append(
            (
                name,
                f.significant(record.load.load_s) if record.load else f.ABSENT,
                f.size(row.engine.get("weights")),
                f.size(row.engine.get("kv")),
                f.size(compute) if row.engine else f.ABSENT,
                f.size(row.predicted),
                f.size(row.grew),
                f.size(row.peak_rss),
                f.size(row.peak_pss),
                f.size(row.peak_uss),
            )
        )
        notes.extend(row.notes)
        if row.kv_per_token is not None:
            growth = f"each further token of context: {f.size(row.kv_per_token)} of KV"
            notes.extend(about(name, records, [growth]))
        on_gpus = [f"on GPU {gpu}: {f.size(held)}" for gpu, held in row.gpu.items()]
        notes.extend(about(name, records, on_gpus))
        if record.load and record.load.is_warm is not None:
            before = "in memory" if record.load.is_warm else "not in memory"
            notes.append(f"load: the file's pages were {before} before")
        notes.extend(about(name, records, _loads(record.loads)))
    columns = (
        "model",
        ">load s",
        ">weights",
        ">KV",
        ">compute",
        ">predicted",
        ">grew",
        ">RSS",
        ">PSS",
        ">USS",
    )
    notes.append("weights, KV, compute: as the engine reports them; RSS, PSS, USS: its peaks by the system")
    notes.append(
        "predicted: how much RSS would grow, from before the load to its peak; grew: how much it did"
    )
    return make_table("Load and memory", columns, rows, notes)


def _loads(loads: Sequence[LoadSample]) -> list[str]:
    """Loads in processes of their own, and how long each took until the first token was evaluated."""
    told = []
    for words, is_warm in (("cold", False), ("warm", True), ("cold or warm is not known", None)):
        found = [load for load in loads if load.is_warm is is_warm]
        if found:
            each = ", ".join(
                f"{f.significant(load.load_s)} + {f.significant(load.first_token_s)}" for load in found
            )
            told.append(f"loads, {words}, + first token, in s: {each}")
    return told


def quality_table(records: Sequence[Record]) -> Table:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        for row in quality_rows(record):
            rows.append(quality_cells(name, row))
            notes.extend(about(name, records, row.notes))
    by = "limit" if all(record.kind == "quality" for record in records) else "budget"
    notes += [ACCURACY_NOTE, f"left out: items that the {by} did not plan"]
    return make_table("Quality", QUALITY_COLUMNS, rows, notes)


def quality_cells(name: str, row: QualityRow) -> tuple[str, ...]:
    """One row under ``QUALITY_COLUMNS``."""
    return (
        name,
        row.task + (" (base model)" if row.is_base else ""),
        *accuracy_cells(row),
        f.whole(row.left_out),
    )


def accuracy_cells(row: QualityRow) -> tuple[str, ...]:
    """What stands under ``ACCURACY_COLUMNS``."""
    return (
        f.percent_interval(*(row.accuracy or (None, None, None))),
        f.percent(row.chance),
        f.whole(row.right),
        f.whole(row.wrong),
        f.whole(row.unscored),
        f.whole(row.truncated),
    )
