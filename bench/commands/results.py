"""``breakeven results list``, ``show``, ``verify`` and ``merge``: records as files, one at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.errors import RecordError
from bench.records.merge import Merged, merge
from bench.records.results_folder import default_results_folder, given_or_default
from bench.records.store import (
    file_name_part,
    find_records,
    iter_records,
    read_each,
    read_record,
)
from bench.records.types import Record
from bench.records.verify import Verified, verify_file
from bench.reports.listing import ListingRow, listing_row

_MOST_NAMED = 5


def list_records(paths: Sequence[Path]) -> Iterator[ListingRow | RecordError]:
    """A row for each record of files and folders, or of the default folder; an error for what is none."""
    for path, record in read_each(given_or_default(paths)):
        yield record if isinstance(record, RecordError) else listing_row(record, str(path))


def verify(paths: Sequence[Path]) -> Iterator[Verified]:
    """Each file of ``paths`` (default: the default folder) with all that is wrong with it."""
    return (verify_file(path) for path in find_records(given_or_default(paths)))


def merge_into(sources: Sequence[Path], target: Path) -> Iterator[Merged]:
    """As ``bench.records.merge.merge``."""
    return merge(sources, target)


def find_record(word: str, folder: Path | None = None) -> Record:
    """The record of a file, or the one of ``folder`` (default: the default folder) by the begin of its id.

    Raises RecordError when there is none, or more than one.
    """
    path = Path(word)
    if path.suffix == ".json" or _exists(path):
        return read_record(path)
    folder = folder or default_results_folder()
    # A file's name tells the beginning of the id; the files are read only where none has the right name.
    hint = f"--{file_name_part(word)[:8]}"
    likely = [file for file in find_records([folder]) if hint in file.name] if folder.is_dir() else []
    found = _with_id(word, likely) or (_with_id(word, [folder]) if folder.is_dir() else {})
    if not found:
        raise RecordError(
            "is no record file, and no record's id begins with it",
            where=f"{word} in {folder}",
            remedy="`breakeven results list` tells which there are",
        )
    if len(found) > 1:
        ids = ", ".join(list(found)[:_MOST_NAMED])
        raise RecordError(
            f"begins the ids of {len(found)} records: {ids}", where=word, remedy="give more of the id"
        )
    return next(iter(found.values()))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have
        return False


def _with_id(word: str, paths: Sequence[Path]) -> dict[str, Record]:
    records = (record for record in iter_records(paths) if isinstance(record, Record))
    return {record.id: record for record in records if record.id.startswith(word)}
