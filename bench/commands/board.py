"""``breakeven board``: check submitted records, and make a static site of many machines' records."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import __version__
from bench.commands.results_data import WITHOUT_DOCUMENTS
from bench.errors import RecordError, first_few
from bench.records.dataset_folder import (
    PARQUET,
    partition_files,
    refuse_others,
    replaced_folder,
    write_marker,
)
from bench.records.documents import Document
from bench.records.leaks import find_leaks, may_leak
from bench.records.store import find_records, read_each_with_document
from bench.records.types import Record
from bench.records.verify import verify_file
from bench.records.warehouse import Counts, RowsByTable, is_duckdb_installed, write_parquet
from bench.reports.board.collect import Board
from bench.reports.board.findings import Finding, refused
from bench.reports.board.names import record_path
from bench.reports.board.plausibility import findings_of
from bench.reports.board.shown import Refused
from bench.reports.board.site import TITLE, site_pages
from bench.reports.dataset.rows import dataset_rows

MARKER = "breakeven-board.json"
FORMAT = 1  # of the site: what an older breakeven must not replace
_REMEDY = "give a folder that does not exist, or one that `breakeven board build` wrote"
_LARGEST_MARKER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A submitted file and all that was found; ``record_id`` is None where no record could be read."""

    file: Path
    record_id: str | None
    findings: tuple[Finding, ...]

    @property
    def is_refused(self) -> bool:
        return any(one.level == "refused" for one in self.findings)

    @property
    def ranks(self) -> bool:
        return all(one.level == "note" for one in self.findings)


@dataclass(frozen=True, slots=True)
class Built:
    site: Path
    n_records: int
    n_pages: int
    refused: tuple[Refused, ...]


def check(sources: Sequence[Path], *, now: datetime | None = None) -> Iterator[Checked]:
    """Each file of ``sources``: all that `results verify` finds, then whether it can be and can rank."""
    moment = now or datetime.now(UTC)
    for file in find_records(sources):
        verified = verify_file(file)
        problems = tuple(refused(one.place, one.what) for one in verified.problems)
        told = findings_of(verified.record, moment) if verified.record else ()
        yield Checked(file, verified.id, (*problems, *told))


def build(
    sources: Sequence[Path],
    site: Path,
    *,
    title: str | None = None,
    with_parquet: bool | None = None,
    now: datetime | None = None,
    watch: Callable[[int], None] = lambda _: None,
) -> Built:
    """Write the site of all records in ``sources`` (files, folders) in the place of ``site``.

    What is refused is named with its reason, and the rest is published. The same records and version give
    the same bytes. ``with_parquet`` None: where DuckDB is installed. Raises RecordError when no record can
    be published, when something that is no board is at ``site``, when it lies around a source, or nothing
    can be written there.
    """
    for source in sources:
        if source.resolve().is_relative_to(site.resolve()):
            what = "is within the site, which is replaced as a whole"
            raise RecordError(what, where=str(source), remedy=_REMEDY)
    board = Board()
    has_parquet = is_duckdb_installed() if with_parquet is None else with_parquet
    with replaced_folder(site, check_replaceable) as folder:
        moment = now or datetime.now(UTC)
        published = _publish(sources, folder, board, moment, watch, with_rows=has_parquet)
        parquet = _parquet(published, folder) if has_parquet else _none(published)
        if not board.n_records:  # an earlier site says more than an empty one
            first = f": {board.refused[0]}" if board.refused else ""
            raise RecordError(
                f"there is no record to publish{first}",
                where=", ".join(map(str, sources)),
                remedy="`breakeven board check` names all problems of a record; `breakeven run` makes one",
            )
        n_pages = 0
        for path, text in site_pages(board, title=title or TITLE, parquet=parquet):
            _write(folder, path, text)
            n_pages += path.endswith(".html")
        entries = sorted(path.name for path in folder.iterdir())
        _write(
            folder, MARKER, json.dumps({"format": FORMAT, "version": __version__, "entries": entries}) + "\n"
        )
    return Built(site, board.n_records, n_pages, tuple(sorted(board.refused)))


def check_replaceable(site: Path) -> None:
    """Raise RecordError unless ``site`` is absent, empty, or a board with nothing else in it."""
    refuse_others(site, lambda: {MARKER, *_written(site)}, remedy=_REMEDY)


def _written(site: Path) -> list[str]:
    """What the marker says was written; nothing where it is no marker."""
    try:
        with (site / MARKER).open("rb") as file:
            document = json.loads(file.read(_LARGEST_MARKER_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return []
    entries = document.get("entries")
    return [one for one in entries if isinstance(one, str)] if isinstance(entries, list) else []


def _publish(
    sources: Sequence[Path],
    folder: Path,
    board: Board,
    now: datetime,
    watch: Callable[[int], None],
    *,
    with_rows: bool,
) -> Iterator[RowsByTable]:
    """Take every record that can be published: its figures, its own JSON, and the rows of its tables."""
    for number, (file, read) in enumerate(read_each_with_document(sources), start=1):
        watch(number)
        try:
            if isinstance(read, RecordError):
                raise read
            record, document = read
            findings, text = findings_of(record, now), _own_text(document)
            _refuse(record, findings, text)
            rows = dataset_rows(record, WITHOUT_DOCUMENTS) if with_rows else {}
        except RecordError as error:
            board.refuse(file.name, error.what)
            continue
        board.add(record, findings)
        _write(folder, record_path(record.id), text)
        yield rows


def _refuse(record: Record, findings: Sequence[Finding], text: str) -> None:
    worst = [str(one) for one in findings if one.level == "refused"]
    if may_leak(text):
        worst += [f"{place}: {what}" for place, what in find_leaks(record.model_dump(mode="json"))]
    if worst:
        raise RecordError(first_few(worst, 1))


def _own_text(document: Document) -> str:
    """The record as it was submitted, so that its hash holds, with the series that lie beside it."""
    if not document.series:
        return document.text
    return json.dumps(document.content, ensure_ascii=False, allow_nan=False) + "\n"


def _none(published: Iterator[RowsByTable]) -> list[str]:
    for _ in published:
        pass
    return []


def _parquet(published: Iterator[RowsByTable], folder: Path) -> list[str]:
    """Every record's tables in the site; the documents are there as JSON. Returns the files' paths."""

    def finish(target: Path, counts: Counts) -> None:
        write_marker(target, PARQUET, counts, {"breakeven": __version__})

    data = folder / "data" / "parquet"
    write_parquet(published, WITHOUT_DOCUMENTS, data, finish)
    files = (file for table in WITHOUT_DOCUMENTS for file in partition_files(data, table))
    return [file.relative_to(folder).as_posix() for file in files]


def _write(folder: Path, path: str, text: str) -> None:
    """Text that comes for the same path again goes on."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    # Line ends as they are, so that the same records give the same bytes on every system.
    with target.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)
