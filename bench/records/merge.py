"""Records of several folders in one: each once, none changed, none written over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.errors import RecordError
from bench.records.content_hash import content_sha256
from bench.records.documents import Document
from bench.records.files import OTHER_FOLDER, read_bytes, refuse_no_file, write_bytes, write_text
from bench.records.results_folder import prepare_folder
from bench.records.side_files import LARGEST_SERIES_BYTES, side_file
from bench.records.store import (
    LONGEST_ID,
    file_name,
    find_records,
    id_key,
    read_with_document,
)
from bench.records.types import Record


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of one file. ``refused``: broken, or another record has its id or its name."""

    file: Path
    outcome: Literal["copied", "already there", "refused"]
    refused_because: RecordError | None = None


def merge(sources: Sequence[Path], target: Path) -> Iterator[Merged]:
    """Copy the records of ``sources`` (files and folders) with their series into ``target``, one at a time.

    Files are copied as they are, in the schema they were written in. Each is whole at any moment, so what an
    interruption leaves is a folder of whole records. The first of several records with one id is kept.
    Yields for each file of ``sources`` what became of it, and for broken ones of ``target``. Raises
    RecordError when a source is not there or ``target`` cannot be written.
    """
    for source in sources:
        if not source.exists():
            raise RecordError("no such file or folder", where=str(source))
    prepare_folder(target)
    taken: dict[bytes, bytes] = {}  # hash of the content by id
    for path in find_records([target]):
        try:
            record, written = _read(path)
            taken.setdefault(id_key(record), _content(written))
        except RecordError as error:
            yield _refused(path, error)
    for path in find_records(sources):
        try:
            yield Merged(path, _take(path, target, taken))
        except RecordError as error:
            yield _refused(path, error)


def _take(path: Path, target: Path, taken: dict[bytes, bytes]) -> Literal["copied", "already there"]:
    record, written = _read(path)
    key, content = id_key(record), _content(written)
    place = target / file_name(record)
    if key in taken:
        if taken[key] != content:
            raise RecordError(
                f"is not the record {record.id[:LONGEST_ID]!r} that is already there: it has other content",
                where=str(path),
                remedy=f"compare it with {place}, and leave one of them out",
            )
        return "already there"
    if place.exists():
        raise RecordError(
            "has the name of another record, which is not overwritten",
            where=str(path),
            remedy=f"move {place} away",
        )
    for series in written.series:
        packed = read_bytes(side_file(path.parent, series), LARGEST_SERIES_BYTES)
        write_bytes(packed, side_file(target, series), remedy=OTHER_FOLDER)
    write_text(written.text, place, remedy=OTHER_FOLDER)
    taken[key] = content
    return "copied"


def _content(written: Document) -> bytes:
    return bytes.fromhex(content_sha256(written.content))


def _read(path: Path) -> tuple[Record, Document]:
    refuse_no_file(path)
    return read_with_document(path)


def _refused(path: Path, error: RecordError) -> Merged:
    # Without what it was raised from and where: that holds the whole document.
    told = RecordError(error.what, where=error.where or str(path), remedy=error.remedy)
    return Merged(path, "refused", told)
