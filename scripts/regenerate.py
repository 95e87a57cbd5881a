"""Rewrite what is generated from committed records and code; a test checks that nothing is out of step.

    python scripts/regenerate.py          rewrite
    python scripts/regenerate.py --check  say what is out of step, exit 1 if anything is

Generated: results/README.md, results/index.html, results/charts/, the output blocks and picture of README.md,
docs/record.schema.json, the tables of docs/data.md.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.catalog.apis import load_apis
from bench.economics.worksheet import worksheet
from bench.records.schema import json_schema_text
from bench.records.store import file_name, read_records
from bench.records.types import Record
from bench.reports import picture, results_readme, terminal
from bench.reports.charts import chart_specs, render_svg
from bench.reports.dataset.card import tables_markdown
from bench.reports.page.data import page_data
from bench.reports.page.fit import fitted
from bench.reports.page.render import render

ROOT = Path(__file__).resolve().parents[1]
# <!-- output: NAME --> … <!-- end -->, with the block in between
BLOCK = re.compile(r"(<!-- output: (?P<name>[\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
COMMAND = "python scripts/regenerate.py"
CHARTS = ROOT / "results" / "charts"
README_WIDTH = 100
README_MODEL = "smollm2-135m-instruct-q4_1"
# What the README shows of a report: from one headline, None being the first, to before another.
README_PARTS = {
    "run": ("What would flip a verdict", "API prices, in USD"),  # the verdicts are the picture
    "speed": (None, f"What limits {README_MODEL}"),
}


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with the text that it should hold."""
    found = read_records(committed())
    records = sorted(found.records, key=lambda record: record.created_utc)
    shown = shown_in_readme(records)
    names = {record.id: file_name(record) for record in records}
    data = page_data(records, worksheet=worksheet(records, load_apis().at_efforts), files=names)
    specs = chart_specs(data)
    titles = {name: spec["title"] for name, spec in specs.items()}
    results = ROOT / "results"
    yield results / "index.html", render(fitted(data))
    yield from ((CHARTS / f"{name}.svg", render_svg(spec)) for name, spec in specs.items())
    yield results / "README.md", results_readme.render(records, command=COMMAND, files=names, charts=titles)
    yield ROOT / "README.md", _readme((ROOT / "README.md").read_text(encoding="utf-8"), shown)
    yield ROOT / "docs" / "verdict.svg", picture.render([shown["run"]], width=README_WIDTH)
    yield ROOT / "docs" / "record.schema.json", json_schema_text()
    yield ROOT / "docs" / "data.md", _with_tables((ROOT / "docs" / "data.md").read_text(encoding="utf-8"))


def stale() -> dict[Path, str | None]:
    """Files that are not what they should be, with what they should be; None: not there."""
    expected = dict(generated())
    found: dict[Path, str | None] = {
        path: text
        for path, text in expected.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    return found | dict.fromkeys(set(CHARTS.glob("*.svg")) - expected.keys())


def committed() -> list[Path]:
    """Records that git knows: one's own runs lie in the same folder, and are nobody else's business."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "results/*.json"], capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in done.stdout.splitlines()]


def shown_in_readme(records: Sequence[Record]) -> dict[str, Record]:
    """The newest run and the newest grid of its model, by the name of their blocks."""
    of_model = [record for record in records if record.model.name == README_MODEL]
    return {
        kind: max((r for r in of_model if r.kind == kind), key=lambda r: r.created_utc)
        for kind in ("run", "speed")
    }


def _readme(text: str, shown: Mapping[str, Record]) -> str:
    blocks = {}
    for name, record in shown.items():
        first, end = README_PARTS[name]
        whole = terminal.render([record], width=README_WIDTH)
        part = whole[whole.index(f"\n{first}") + 1 :] if first else whole
        blocks[name] = part[: part.index(f"\n{end}")] + "\n…\n"
    return BLOCK.sub(lambda found: f"{found[1]}```text\n{blocks[found['name']]}```\n{found[3]}", text)


def _with_tables(text: str) -> str:
    tables = "\n".join(tables_markdown())
    return BLOCK.sub(lambda found: f"{found[1]}\n{tables}{found[3]}", text)


def main() -> int:
    check = "--check" in sys.argv[1:]
    out_of_step = stale()
    for path, text in out_of_step.items():
        done = "removed" if text is None else "rewritten"
        print(f"{path.relative_to(ROOT)} {'is out of step' if check else done}")
        if check:
            continue
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and out_of_step else 0


if __name__ == "__main__":
    sys.exit(main())
