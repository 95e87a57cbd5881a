"""Speed as llama-bench prints it: Markdown, JSON, JSON Lines, CSV and SQL.

JSON, JSON Lines and CSV are supersets: llama-bench's keys first, in its order, with its types. The SQL table
has exactly its columns, so that one database holds rows of both.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bench.records.types import Record
from bench.reports.csv import FORMULA_STARTS
from bench.reports.rows.llama_bench import DEFAULTS, FIELDS, Row, Value, rows_of
from bench.reports.words import figures as f
from bench.units import GIB, MIB

Format = Literal["md", "json", "jsonl", "csv", "sql"]
FORMATS: Final[tuple[Format, ...]] = ("md", "json", "jsonl", "csv", "sql")


@dataclass(frozen=True, slots=True)
class Rendered:
    """``left_out`` names each point that llama-bench's format has no word for, with the reason."""

    text: str
    left_out: tuple[str, ...]


def render(records: Sequence[Record], fmt: str) -> Rendered:
    """All points of ``records`` in one text; KeyError for a format that is not in ``FORMATS``."""
    write = _WRITERS[fmt]
    rows: list[Row] = []
    left_out: list[str] = []
    for record in records:
        found, unfit = rows_of(record)
        left_out += unfit
        # Plain tests first: what llama-bench has no name of its own for must not stand in for one of them.
        taken = {_tokens(row) for row in found if row.is_plain and not row.missing}
        for row in found:
            why = None if fmt == "md" else row.missing or _mistaken(row, fmt, taken)
            if why is None:
                rows.append(row)
                taken.add(_tokens(row))
            else:
                left_out.append(f"{record.model.name}: {row.test}: {why}")
    return Rendered(write(rows), tuple(left_out))


def _mistaken(row: Row, fmt: str, taken: set[tuple[Value, ...]]) -> str | None:
    """Why a reader that knows only llama-bench's keys would take ``row`` for another test."""
    if row.is_plain:
        return None
    if fmt == "sql" and row.beside["n_parallel"] is not None:
        return "llama-bench's table has no column for the number of sequences"
    if _tokens(row) in taken:
        return "llama-bench's keys would not tell it from another test of as many tokens"
    return None


def _tokens(row: Row) -> tuple[Value, ...]:
    return row.values["n_prompt"], row.values["n_gen"], row.values["n_depth"]


# -- JSON ----------------------------------------------------------------------------------------


def _json(rows: Sequence[Row]) -> str:
    objects = []
    for row in rows:
        lines = [f'    "{key}": {_json_value(value)}' for key, value in _document(row).items()]
        objects.append("  {\n" + ",\n".join(lines) + "\n  }")
    return "[\n" + ",\n".join(objects) + "\n]\n"


def _jsonl(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(_document(row), ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def _document(row: Row) -> dict[str, object]:
    return {
        **row.values,
        "samples_ns": row.samples_ns,
        "samples_ts": [float(f"{rate:.6g}") for rate in row.samples_ts],
        **row.beside,
    }


def _json_value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


# -- CSV and SQL ---------------------------------------------------------------------------------


def _csv(rows: Sequence[Row]) -> str:
    """llama-bench quotes every value and holds no samples; a value that is not known is an empty cell."""
    sink = io.StringIO()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n")
    beside = list(rows[0].beside) if rows else []
    sink.write(",".join([*FIELDS, *beside]) + "\n")
    for row in rows:
        own = [" ".join(value) if isinstance(value, list) else _plain(value) for value in row.beside.values()]
        writer.writerow([*map(_cell, row.values.values()), *own])
    return sink.getvalue()


def _cell(value: Value) -> str:
    # An apostrophe keeps spreadsheets from running a model's or file's name; numbers begin with a minus, too.
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else _plain(value)


def _sql(rows: Sequence[Row]) -> str:
    types = [f"  {name} {'INTEGER' if kind == 'BOOL' else kind}" for name, kind in FIELDS.items()]
    table = "CREATE TABLE IF NOT EXISTS llama_bench (\n" + ",\n".join(types) + "\n);\n\n"
    columns = ", ".join(FIELDS)
    return table + "".join(
        f"INSERT INTO llama_bench ({columns}) VALUES ({', '.join(map(_sql_text, row.values.values()))});\n"
        for row in rows
    )


def _sql_text(value: Value) -> str:
    return "'" + _plain(value).replace("\0", "").replace("'", "''") + "'"


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:f}" if isinstance(value, float) else str(value)


# -- Markdown ------------------------------------------------------------------------------------

# Name in llama-bench's table and width, negative for words that stand left, by its ``markdown_printer``.
_COLUMNS: Final = {
    "n_gpu_layers": ("ngl", 3),
    "n_cpu_moe": ("n_cpu_moe", 10),
    "n_threads": ("threads", 7),
    "cpu_mask": ("cpu_mask", -10),
    "cpu_strict": ("cpu_strict", 10),
    "poll": ("poll", 10),
    "n_batch": ("n_batch", 7),
    "n_ubatch": ("n_ubatch", 8),
    "type_k": ("type_k", 6),
    "type_v": ("type_v", 6),
    "main_gpu": ("main_gpu", 10),
    "split_mode": ("sm", 6),
    "no_kv_offload": ("nkvo", 13),
    "flash_attn": ("fa", 3),
    "devices": ("dev", -12),
    "tensor_split": ("ts", -12),
    "tensor_buft_overrides": ("ot", -21),
    "load_mode": ("lm", 10),
    "lazy_mode": ("lazy_mode", -10),
    "embeddings": ("embd", 10),
    "no_op_offload": ("nopo", 4),
    "no_host": ("noh", 4),
    "repack": ("rpk", 3),
    "fit_target": ("fitt", 10),
    "fit_min_ctx": ("fitc", 11),
}
_SHOWN_UNLESS: Final[dict[str, set[str | int | bool]]] = {
    **{name: {value} for name, value in DEFAULTS.items()},
    "n_batch": {2048},
    "n_ubatch": {512},
    "type_k": {"f16"},
    "type_v": {"f16"},
    "flash_attn": {-1},
    "load_mode": {"auto", "mmap"},  # llama-bench's default, auto, comes to mmap
}
_CPU_BACKENDS: Final = ("CPU", "BLAS", "ZenDNN")  # then llama-bench shows threads, and else layers


def _markdown(rows: Sequence[Row]) -> str:
    """llama-bench's table and a column more: the median's 95 % interval, which its ± does not give."""
    shown = [name for name in _COLUMNS if _is_shown(name, rows)]
    heads = [("model", -30), ("size", 10), ("params", 10), ("backend", -10)]
    heads += [_COLUMNS[name] for name in shown]
    heads += [("test", 15), ("t/s", 20), ("95 %", 20)]
    lines = [
        _line([_aligned(name, width) for name, width in heads]),
        _line(["-" * (abs(width) - 1) + (":" if width > 0 else "-") for _, width in heads]),
    ]
    for row in rows:
        values = row.values
        cells = [_word(values["model_type"]), _size(values["model_size"]), _params(values["model_n_params"])]
        cells += [_word(values["backends"]), *(_word(values[name]) for name in shown)]
        cells += [_word(row.test), _mean(row), _interval(row)]
        lines.append(_line([_aligned(cell, width) for cell, (_, width) in zip(cells, heads, strict=True)]))
    builds = dict.fromkeys(f"build: {r.values['build_commit']} ({r.values['build_number']})" for r in rows)
    return "\n".join([*lines, "", *map(f.clean, builds)]) + "\n"


def _is_shown(name: str, rows: Sequence[Row]) -> bool:
    values = {row.values[name] for row in rows}
    on_cpu = all(any(word in str(row.values["backends"]) for word in _CPU_BACKENDS) for row in rows)
    if len(values) > 1 or (name == "n_threads" and on_cpu) or (name == "n_gpu_layers" and not on_cpu):
        return True
    return name in _SHOWN_UNLESS and bool(values - _SHOWN_UNLESS[name])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _aligned(text: str, width: int) -> str:
    return text.rjust(width) if width > 0 else text.ljust(-width)


def _word(value: Value) -> str:
    return f.clean(_plain(value)).replace("|", "\\|")


def _size(n_bytes: Value) -> str:
    n = int(n_bytes or 0)
    return f"{n / MIB:.2f} MiB" if n < GIB else f"{n / GIB:.2f} GiB"


def _params(count: Value) -> str:
    n = int(count or 0)
    return f"{n / 1e6:.2f} M" if n < 10**9 else f"{n / 1e9:.2f} B"


def _mean(row: Row) -> str:
    if row.missing:
        return f.ABSENT
    return f"{row.values['avg_ts']:.2f} ± {row.values['stddev_ts']:.2f}"


def _interval(row: Row) -> str:
    low, high = row.beside["low_ts"], row.beside["high_ts"]
    if low is None or high is None:
        return f.ABSENT
    return f"{low:.2f}–{high:.2f}" + (" !" if row.beside["is_disturbed_figure"] else "")


_WRITERS: Final[dict[str, Callable[[Sequence[Row]], str]]] = {
    "md": _markdown,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "sql": _sql,
}
