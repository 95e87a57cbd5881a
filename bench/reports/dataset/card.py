"""The data set card: what a stranger who finds the tables must know. Markdown, the hub's YAML in front."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.reports.dataset.tables import TABLES
from bench.reports.markdown import escape

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True, slots=True)
class About:
    """What is in a data set. ``dropped``: tasks whose outputs are not in it."""

    version: str
    licence: str
    rows: Mapping[str, int]
    models: int
    machines: int
    months: tuple[str, str]
    n_left_out: int
    dropped: tuple[str, ...]


def card(about: About) -> str:
    """The text of README.md; only tables that have rows can be loaded, so only these are declared."""
    return "\n".join([*_front(about), *_text(about)]) + "\n"


def tables_markdown() -> Iterator[str]:
    """Every table with every column, as lines of Markdown."""
    for table in TABLES.values():
        yield f"### {table.name}"
        yield ""
        yield f"One row: {table.row}."
        yield ""
        yield "| column | type | NULL | what it is |"
        yield "| --- | --- | --- | --- |"
        for column in table.columns:
            null = "may be" if column.is_nullable else "never"
            yield f"| `{column.name}` | {column.type} | {null} | {escape(column.description)} |"
        yield ""


def _front(about: About) -> Iterator[str]:
    n_rows = max(about.rows.values())
    yield "---"
    yield f"license: {about.licence}"
    yield 'pretty_name: "Local models measured by breakeven"'
    yield "tags:"
    for tag in ("benchmark", "llm", "gguf", "llama.cpp", "quantization", "energy", "cost", "breakeven"):
        yield f"- {tag}"
    yield "size_categories:"
    yield f"- {next((size for limit, size in SIZES if n_rows < limit), 'n>1M')}"
    yield "configs:"
    for number, table in enumerate(name for name in TABLES if about.rows.get(name)):
        yield f"- config_name: {table}"
        if number == 0:
            yield "  default: true"
        yield "  data_files:"
        yield "  - split: train"
        yield f'    path: "{table}/*/*.parquet"'
    yield "---"


def _text(about: About) -> Iterator[str]:
    first, last = about.months
    when = first if first == last else f"{first} to {last}"
    yield "# Local models measured by breakeven"
    yield ""
    yield (
        "Speed, memory, energy and quality of quantized language models on the machines of those who "
        "measured them, the same tasks priced as hosted APIs bill them, and the verdicts."
    )
    yield ""
    yield (
        f"Records: {about.rows['records']:,}; models: {about.models:,}; machine classes: {about.machines:,}; "
        f"months: {when}. Written by breakeven {about.version}."
    )
    yield ""
    yield "```python"
    yield "from datasets import load_dataset"
    yield ""
    yield 'speed = load_dataset("ORG/NAME or a folder", "speed", split="train")'
    yield "```"
    yield ""
    yield 'or `breakeven results query "SELECT test, max(rate_tokens_per_s) FROM speed GROUP BY 1" FOLDER`.'
    yield ""
    yield "| table | rows | one row is |"
    yield "| --- | ---: | --- |"
    for name, table in TABLES.items():
        yield f"| {name} | {about.rows.get(name, 0):,} | {escape(table.row)} |"
    yield ""
    yield "## How it was measured"
    yield ""
    yield from _measured()
    yield "## What was left out"
    yield ""
    yield "- Prompts and expected answers: records hold hashes and ids of items, never their text."
    yield "- Names of persons, hosts and places: taken out before a record is written, and checked again."
    if about.dropped:
        told = ", ".join(f"`{escape(task)}`" for task in about.dropped)
        yield f"- What models wrote on {told}: gated sets, tasks of somebody's own, or on request."
    if about.n_left_out:
        yield (
            f"- Records that did not pass the checks: {about.n_left_out:,}. Each must be readable, unchanged "
            "since it was written, name nobody, be physically possible, and be measured, not made up."
        )
    yield ""
    yield "## Licence and citation"
    yield ""
    yield (
        f"The data are under `{about.licence}`. What models wrote may be subject to the licences of the "
        "models and of the task sets."
    )
    yield ""
    yield "```bibtex"
    yield "@misc{breakeven,"
    yield "  title = {breakeven: should this job run on my device, or behind a hosted API?},"
    yield f"  note = {{data set written by breakeven {about.version}, records of {when}}},"
    yield f"  year = {{{last[:4]}}}"
    yield "}"
    yield "```"
    yield ""
    yield "## Columns"
    yield ""
    yield "NULL says that a figure is not known; it is never 0 for that."
    yield ""
    yield from tables_markdown()


def _measured() -> Iterator[str]:
    yield (
        "- Speed: repetitions until the 95 % interval of the median is narrow, warm-up left out. Repetitions "
        "that others disturbed are left out while enough quiet ones remain; else `is_disturbed` is true, and "
        "the figure is no result."
    )
    yield "- Latency: requests on the tasks' own prompts, one at a time, with an empty cache."
    yield (
        "- Energy: windows of their own, each meter apart. `provenance` says whether joules were measured, "
        "derived or modelled from CPU seconds; modelled ones are no measurement."
    )
    yield "- Quality: batched runs; wrong and unscored are different things, and only scored attempts count."
    yield (
        "- Verdicts: as recorded, under the assumptions of table `assumptions`; prices are of one date, in "
        "`price_utc`."
    )
    yield "- Only rows with the same `comparable_key` in table `records` should be ranked against each other."
    yield ""
