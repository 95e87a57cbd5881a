"""A comparison as a terminal, a Markdown reader and a program read it: differences first, then effects."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial

from rich.console import RenderableType
from rich.text import Text

from bench.records.types import Record
from bench.reports.console import printed
from bench.reports.grid import draw
from bench.reports.markdown import escape, grid_lines
from bench.reports.rows.comparison import Accuracy, Compared, Plain, Ratio
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f

COLOURS = {
    "faster": "bold green",
    "better": "bold green",
    "slower": "bold red",
    "worse": "bold red",
    "no result": "bold yellow",
}
DETECTABLE = "detectable: a slow-down that such samples show nine times in ten"
OTHER_TIMES = (
    "A and B were measured at different times: what the machine did in between shows as a difference, too. "
    "--interleave leaves it out."
)
EACH_ALONE = "each line stands alone at 95 %: of twenty without a difference, one shows one by chance"


def render_terminal(compared: Compared, *, width: int = 80, color: bool = False) -> str:
    """Text of at most ``width`` columns (at least 60), with ANSI colours when ``color``."""
    return printed(partial(_parts, compared), width=width, color=color)


def _parts(compared: Compared, width: int) -> Iterator[RenderableType]:
    for name, record in (("A", compared.a), ("B", compared.b)):
        yield Text.assemble((name, "bold"), f"  {side_line(record)}")
    yield Text()
    told = notices(compared)
    yield from (Text(line, "bold yellow") for line in told)
    if told:
        yield Text()
    for table in tables(compared):
        yield from draw(table, width, COLOURS)
    yield from map(Text, sentences(compared))


def render_markdown(compared: Compared) -> str:
    return "\n".join(_markdown_lines(compared)) + "\n"


def _markdown_lines(compared: Compared) -> Iterator[str]:
    yield "# breakeven compare"
    yield ""
    for name, record in (("A", compared.a), ("B", compared.b)):
        yield f"- **{name}**: {escape(side_line(record))}"
    yield ""
    told = notices(compared)
    yield from (f"> **{escape(line)}**  " for line in told)
    if told:
        yield ""
    for table in tables(compared):
        yield f"## {table.title}"
        yield ""
        yield from grid_lines(table)
        yield ""
    yield from (f"- {escape(line)}" for line in sentences(compared))


def side_line(record: Record) -> str:
    """Which model, held how, when and where."""
    held = record.settings
    cache = held.type_k if held.type_k == held.type_v else f"{held.type_k}/{held.type_v}"
    parts = (
        record.model.name,
        f"t={held.n_threads}",
        f"c={held.n_ctx}",
        f"kv {cache}",
        f"fa {held.flash_attn}",
        f"ngl {held.n_gpu_layers}",
        f"{f.day(record.created_utc)}, record {record.id[:8]}",
    )
    return f.clean(" · ".join(parts))


def notices(compared: Compared) -> list[str]:
    """What a reader must know before any figure: first what makes the figures incomparable."""
    lines = []
    if compared.is_same_record:
        lines.append("A and B are the same record: every ratio is 1, and nothing is learnt from it.")
    for one in compared.differences:
        mark = "NOT COMPARABLE" if one.is_refused else "not known" if one.is_unknown else "DIFFERS"
        lines.append(f"{mark}: {f.clean(str(one))}")
    for side, record in (("A", compared.a), ("B", compared.b)):
        if record.imported is not None:
            tool = f.clean(record.imported.tool)
            lines.append(f"{side} was measured by {tool}: nothing is known of what else ran meanwhile.")
        if not record.is_complete:
            lines.append(f"{side} was not finished: what it lacks is not compared.")
    effects = [row.effect for row in compared.speed if row.effect is not None]
    if effects and not compared.is_same_record and not all(effect.is_paired for effect in effects):
        lines.append(OTHER_TIMES)
    return lines


def tables(compared: Compared) -> list[Table]:
    """Those with rows."""
    notes = [DETECTABLE]
    if len(compared.speed) + len(compared.latency) > 1:
        notes.append(EACH_ALONE)
    made = (
        _ratio_table("Speed", "token/s", compared.speed, notes),
        _ratio_table("Latency", "ms", compared.latency, ["B/A of times: above 1, B takes longer"]),
        make_table(
            "Accuracy",
            ("task", ">A", ">B", ">B - A (95 %)", ">items", "verdict"),
            [_accuracy_row(row) for row in compared.accuracy],
            ["items that both sides scored, paired"],
        ),
        make_table(
            "Memory and loading",
            ("", ">A", ">B", ">B - A"),
            [_plain_row(row) for row in compared.plain],
            ["read once: a plain difference, without an interval"],
        ),
        make_table(
            "In one record only",
            ("figure", "in"),
            [
                *((name, "A") for name in compared.only_a),
                *((name, "B") for name in compared.only_b),
            ],
        ),
    )
    return [table for table in made if table.rows]


def sentences(compared: Compared) -> list[str]:
    """One for each figure that was compared."""
    told = [sentence(row) for row in (*compared.speed, *compared.latency)]
    return [*told, *map(_accuracy_sentence, compared.accuracy)]


def sentence(row: Ratio) -> str:
    """``B is 4.8 % slower than A in tg128 (95 %: 3.9–5.7 %); 9 pairs``."""
    if row.effect is None:
        return f"{row.name}: no result: {row.why}"
    if row.verdict == "no difference seen":
        power = (
            f"; a change of {100 * row.detectable:.1f} % or more would have been"
            if row.detectable is not None
            else ""
        )
        return f"{row.name}: no difference seen{power}; {_counted(row)}"
    bounds = sorted((abs(row.effect.low - 1), abs(row.effect.high - 1)))
    change = f"{100 * abs(row.effect.ratio - 1):.1f} %"
    if row.unit == "s":
        told = f"B takes {change} {'more' if row.effect.ratio > 1 else 'less'} time than A in {row.name}"
    else:
        told = f"B is {change} {row.verdict} than A in {row.name}"
    return f"{told} (95 %: {100 * bounds[0]:.1f}–{100 * bounds[1]:.1f} %); {_counted(row)}"


def document(compared: Compared) -> dict[str, object]:
    """All of it as JSON."""
    return {
        "a": _side_document(compared.a),
        "b": _side_document(compared.b),
        "is_same_record": compared.is_same_record,
        "differences": [asdict(one) for one in compared.differences],
        "speed": [_ratio_document(row, "test") for row in compared.speed],
        "latency": [_ratio_document(row, "metric") for row in compared.latency],
        "accuracy": [asdict(row) for row in compared.accuracy],
        "plain": [asdict(row) for row in compared.plain],
        "only_a": compared.only_a,
        "only_b": compared.only_b,
    }


def _side_document(record: Record) -> dict[str, object]:
    return {
        "record": record.id,
        "created_utc": record.created_utc.isoformat(),
        "model": record.model.name,
        "sha256": record.model.sha256,
        "settings": record.settings.model_dump(mode="json"),
        "is_complete": record.is_complete,
    }


def _ratio_document(row: Ratio, key: str) -> dict[str, object]:
    effect = row.effect
    return {
        key: row.name,
        "unit": row.unit,
        "a": row.a,
        "b": row.b,
        "ratio": effect and effect.ratio,
        "low": effect and effect.low,
        "high": effect and effect.high,
        "n": min(row.n_a, row.n_b),
        "n_a": row.n_a,
        "n_b": row.n_b,
        "is_paired": effect and effect.is_paired,
        "detectable": row.detectable,
        "verdict": row.verdict,
        "why": row.why,
        "sentence": sentence(row),
    }


def _counted(row: Ratio) -> str:
    if row.effect is not None and row.effect.is_paired:
        return f"{row.n_a} pairs"
    return f"{row.n_a} and {row.n_b} samples"


def _ratio_table(title: str, unit: str, rows: Sequence[Ratio], notes: Sequence[str]) -> Table:
    factor = 1000 if unit == "ms" else 1
    cells = []
    for row in rows:
        effect = row.effect
        cells.append(
            (
                row.name,
                *(f.significant(None if one is None else factor * one, 4) for one in (row.a, row.b)),
                f"{effect.ratio:.3f} ({effect.low:.3f}–{effect.high:.3f})" if effect else f.ABSENT,
                str(row.n_a) if row.n_a == row.n_b else f"{row.n_a}/{row.n_b}",
                f.percent(row.detectable),
                row.verdict,
            )
        )
    columns = ("test", f">A {unit}", f">B {unit}", ">B/A (95 %)", ">n", ">detectable", "verdict")
    return make_table(title, columns, cells, notes)


def _accuracy_row(row: Accuracy) -> tuple[str, ...]:
    difference = f.ABSENT
    if row.difference is not None:
        value, low, high = (100 * one for one in row.difference)
        difference = f"{value:+.1f} ({low:+.1f} to {high:+.1f}) points"
    return (row.task, f.percent(row.a), f.percent(row.b), difference, f.whole(row.n), row.verdict)


def _accuracy_sentence(row: Accuracy) -> str:
    left_out = f"; {row.n_left_out} items that not both scored are left out" if row.n_left_out else ""
    if row.difference is None:
        return f"{row.task}: no result: the records share no scored item"
    value, low, high = (100 * abs(one) for one in row.difference)
    if row.verdict == "no difference seen":
        _, low, high = row.difference
        return (
            f"{row.task}: no difference seen in accuracy "
            f"(95 %: {100 * low:+.1f} to {100 * high:+.1f} points); {row.n} items{left_out}"
        )
    low, high = sorted((low, high))
    return (
        f"B is {value:.1f} points {row.verdict} than A on {row.task} "
        f"(95 %: {low:.1f}–{high:.1f} points); {row.n} items{left_out}"
    )


def _plain_row(row: Plain) -> tuple[str, ...]:
    if row.unit == "byte":
        told = [f.size(int(row.a)), f.size(int(row.b))]
        difference = f.size(int(abs(row.b - row.a)))
    else:
        told = [f"{f.significant(one)} s" for one in (row.a, row.b)]
        difference = f"{f.significant(abs(row.b - row.a))} s"
    sign = "" if row.a == row.b else "+" if row.b > row.a else "-"
    return (row.name, *told, sign + difference)
