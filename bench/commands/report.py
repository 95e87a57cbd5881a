"""``breakeven report``: read records, write them as Markdown, CSV or a page."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bench.errors import RecordError
from bench.records.files import write_text
from bench.records.left_out import VERIFY_TELLS
from bench.records.results_folder import given_or_default
from bench.records.store import Found, file_name, read_record, read_records
from bench.records.types import Frontier, Record


def read(
    paths: Sequence[Path],
    *,
    newest: int | None = None,
    read_one: Callable[[Path], Record] = read_record,
) -> Found:
    """Records of files and folders, or of the default folder.

    Raises RecordError where there is none at all, with what the first file lacks where all are broken.
    """
    chosen = given_or_default(paths)
    found = read_records(chosen, newest=newest, read=read_one)
    if not found.records and found.broken:
        first = found.broken[0]
        raise RecordError(
            f"no record can be read; the first that is there: {first.what}",
            where=first.where,
            remedy=first.remedy or VERIFY_TELLS,
        )
    if not found.records:
        raise RecordError(
            "there is no record to show",
            where=", ".join(str(path) for path in chosen),
            remedy="`breakeven run --quick` makes one",
        )
    return found


def write_markdown(records: Sequence[Record], file: Path, frontiers: Sequence[Frontier] = ()) -> str | None:
    """Write to ``file``; return the text instead for ``-``."""
    from bench.reports.markdown import render

    return _write(render(records, frontiers), file)


def write_csv(records: Sequence[Record], file: Path) -> str | None:
    """Write to ``file``; return the text instead for ``-``."""
    from bench.reports.csv import render

    return _write(render(records), file)


def write_html(records: Sequence[Record], file: Path, *, n_older: int = 0) -> str | None:
    """Write a page that can conclude anew to ``file``; return the text instead for ``-``.

    ``n_older`` records beside these are not shown, and counted there.
    """
    from bench.catalog.apis import load_apis
    from bench.economics.worksheet import worksheet
    from bench.reports.page.data import page_data
    from bench.reports.page.fit import fitted, newest
    from bench.reports.page.render import render

    shown = newest(records)
    sheet = worksheet(shown, load_apis().at_efforts)
    names = {record.id: file_name(record) for record in shown}
    data = page_data(shown, worksheet=sheet, files=names)
    return _write(render(fitted(data, n_records=len(records) + n_older)), file)


def _write(text: str, file: Path) -> str | None:
    if str(file) == "-":
        return text
    write_text(text, file)
    return None
