"""``--charts`` of ``breakeven report`` and ``cost``: each chart of the page as a file of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.errors import RecordError
from bench.records.files import OTHER_PLACE, refuse_folder, refuse_irregular, sync_folder
from bench.records.types import Record


def write_charts(records: Sequence[Record], folder: Path, *, with_png: bool) -> list[Path]:
    """An SVG of each chart that has something to draw, and a PNG beside it on demand; what was written.

    EnvironmentProblem without what draws, or without a font for PNG, RecordError where a file cannot be
    written; then nothing is.
    """
    from bench.catalog.apis import load_apis
    from bench.economics.worksheet import worksheet
    from bench.reports.charts import chart_specs, render_png, render_svg
    from bench.reports.page.data import page_data

    data = page_data(records, worksheet=worksheet(records, load_apis().at_efforts))
    drawn = {name: render_svg(spec) for name, spec in chart_specs(data).items()}
    if not drawn:
        raise RecordError(
            "no chart has anything to draw", remedy="give records of runs that measured something"
        )
    files = {f"{name}.svg": svg.encode() for name, svg in drawn.items()}
    if with_png:
        files |= {f"{name}.png": render_png(svg) for name, svg in drawn.items()}
    _write_all(files, folder)
    return [folder / name for name in files]


def _write_all(files: Mapping[str, bytes], folder: Path) -> None:
    """Written where nobody looks, then moved: charts of different records in a folder would mislead."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".charts-", dir=folder, ignore_cleanup_errors=True) as waiting:
            for name, content in files.items():
                refuse_irregular(folder / name, OTHER_PLACE)
                (Path(waiting) / name).write_bytes(content)
            for name in files:
                (Path(waiting) / name).replace(folder / name)
        sync_folder(folder)
    except OSError as error:
        refuse_folder(error, folder, OTHER_PLACE)
