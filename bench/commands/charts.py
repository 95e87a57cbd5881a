"""``--charts`` of ``breakeven report`` and ``cost``: each chart of the page as a file of its own."""

from collections.abc import Sequence
from pathlib import Path

from bench.errors import RecordError
from bench.records.files import write_bytes, write_text
from bench.records.types import Record


def write_charts(records: Sequence[Record], folder: Path, *, with_png: bool) -> list[Path]:
    """An SVG of each chart that has something to draw, and a PNG beside it on demand; what was written.

    EnvironmentProblem without what draws, or without a font for PNG; then nothing is written.
    """
    from bench.catalog.apis import load_apis
    from bench.economics.worksheet import worksheet
    from bench.reports.charts import chart_specs, render_png, render_svg
    from bench.reports.page.data import page_data

    data = page_data(records, worksheet=worksheet(records, load_apis().profiles))
    drawn = {name: render_svg(spec) for name, spec in chart_specs(data).items()}
    if not drawn:
        raise RecordError(
            "no chart has anything to draw", remedy="give records of runs that measured something"
        )
    pictures = {name: render_png(svg) for name, svg in drawn.items()} if with_png else {}
    for name, svg in drawn.items():
        write_text(svg, folder / f"{name}.svg")
    for name, png in pictures.items():
        write_bytes(png, folder / f"{name}.png")
    return [folder / f"{name}.svg" for name in drawn] + [folder / f"{name}.png" for name in pictures]
