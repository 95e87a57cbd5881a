"""The verdict as a terminal shows it, as an SVG for pages and papers."""

import io
import re
from collections.abc import Sequence

from rich.console import Console
from rich.terminal_theme import MONOKAI

from bench.records.types import Record
from bench.reports.terminal import conclusion
from bench.reports.words.labels import labels


def render(records: Sequence[Record], *, width: int = 100) -> str:
    """SVG of the conclusions alone; it names no font file, so nothing is fetched to show it."""
    console = Console(
        file=io.StringIO(), record=True, width=width, force_terminal=True, highlight=False, markup=False
    )
    names = labels(tuple(records))
    for record in records:
        for part in conclusion(record, names[record.id]):
            console.print(part)
    # A fixed id keeps the file the same for the same records.
    svg = console.export_svg(title="breakeven run", theme=MONOKAI, unique_id="breakeven")
    return re.sub(r"@font-face\s*\{[^}]*\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
