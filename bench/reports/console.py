"""Whatever is drawn for a terminal, as text."""

import io
from collections.abc import Callable, Iterable

from rich.console import Console, Group, RenderableType

NARROWEST = 60


def printed(parts: Callable[[int], Iterable[RenderableType]], *, width: int, color: bool = False) -> str:
    """What ``parts`` makes of the width, as text of at most ``width`` columns (at least ``NARROWEST``).

    With ANSI colours when ``color``.
    """
    sink = io.StringIO()
    console = Console(
        file=sink,
        width=max(width, NARROWEST),
        height=1,  # of no effect, but each part would have the terminal asked for it
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(Group(*parts(console.width)))
    # Lines end in blanks, of columns and of rich; nobody wants them in a pipe or a file.
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) + "\n"
