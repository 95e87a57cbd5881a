"""The command of a simulation: print its tables and, when asked to, put them into a document."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from command_line import parser_of

DOCS = Path(__file__).resolve().parents[1] / "docs"

Tables = Callable[[int, Callable[[str], None]], Iterator[str]]  # of runs and progress: lines


def show(
    tables: Tables,
    arguments: Sequence[str] | None,
    *,
    about: str | None,
    n_runs: int,
    begin: str,
    end: str,
    document: str = "statistics.md",
) -> int:
    """``begin`` and ``end`` are around the tables' place in the document of docs/."""
    parser = parser_of(about)
    parser.add_argument("--runs", type=int, default=n_runs)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    lines = list(tables(options.runs, lambda name: print(f"… {name}", file=sys.stderr, flush=True)))
    print("\n".join(lines))
    if options.write:
        path = DOCS / document
        text = path.read_text(encoding="utf-8")
        before, rest = text.split(begin)
        after = rest.split(end, 1)[1]
        text = before + begin + "\n".join(lines) + "\n" + end + after
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0
