"""Records as files: how they are named, written, found and read."""

import hashlib
import heapq
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from bench.errors import RecordError
from bench.records.content_hash import check_content, with_content_sha256
from bench.records.documents import (
    LARGEST_RECORD_BYTES,
    TEXT_KEY,
    Document,
    document_of,
    read_document,
    record_text,
    text_as_written,
    without_conclusions,
)
from bench.records.files import (
    OTHER_FOLDER,
    explain,
    read_bytes,
    refuse_crowd,
    refuse_no_file,
    unreadable,
    unusable,
    write_text,
)
from bench.records.left_out import LeftOut
from bench.records.privacy import Identity, redact
from bench.records.side_files import may_refer, set_apart, write_series
from bench.records.types import Record
from bench.records.upgrade import upgrade

T = TypeVar("T", bound=Record | tuple[Record, Document])

LONGEST_ID = 64  # of what is shown of an id that another wrote


@dataclass(frozen=True, slots=True)
class Found:
    """What files and folders held; ``broken`` are the files of folders that could not be read."""

    records: tuple[Record, ...]
    broken: tuple[RecordError, ...]
    n_older: int = 0  # records beside those, where the newest were asked for


def file_name(record: Record) -> str:
    """``<UTC time>--<short id>--<machine class>--<model>.json``, safe on every file system."""
    parts = (
        record.created_utc.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
        file_name_part(record.id)[:8],
        file_name_part(record.machine.machine_class)[:40],
        file_name_part(record.model.name)[:80].removesuffix(".script"),  # `….script.json` is a scripted model
    )
    return "--".join(parts) + ".json"


def write_record(record: Record, folder: Path, *, identity: Identity | None = None) -> Path:
    """Write ``record`` into ``folder`` under ``file_name`` and return the path; all of it or nothing.

    What names the person or the machine (``identity``; default: of this process) is taken out. Of the same
    run and model an unfinished record (``is_complete`` false) is replaced, as this one continues it, and a
    finished one is left as it is. Raises RecordError, also when the file holds another record.
    """
    document = with_content_sha256(redact(record.model_dump(mode="json"), identity or Identity.here()))
    target = folder / file_name(record)
    there = already_written(record, folder)
    if there is None or not there.is_complete:
        document, series = set_apart(document)
        text = record_text(document)
        write_series(series, folder, remedy=OTHER_FOLDER)  # first: a record never lacks its series
        write_text(text, target, remedy=OTHER_FOLDER)
    return target


def already_written(record: Record, folder: Path) -> Record | None:
    """What an earlier try to record the same model of the same run left under ``file_name``.

    Raises RecordError when the file holds another record or cannot be read.
    """
    target = folder / file_name(record)
    if not target.exists():
        return None
    there = read_record(target)
    if there.id != record.id:
        raise RecordError(
            "another record has this name and is not overwritten",
            where=str(target),
            remedy=f"move it away, or {OTHER_FOLDER}",
        )
    return there


def read_record(path: Path) -> Record:
    """Read one record of this or an older schema; RecordError names the line or the field that is wrong.

    Its series are joined and its hash is compared. Its strings may be a stranger's: who shows them, cleans.
    """
    return _read(path)


def read_to_conclude(path: Path) -> Record:
    """As ``read_record``, for who concludes anew: what was concluded may be left out, but for assumptions."""
    return _read(path, reduced=without_conclusions)


def read_with_document(path: Path) -> tuple[Record, Document]:
    """As ``read_record``, with the document that the record was read from."""
    written = read_document(path)
    return _checked(written, path), written


def _checked(written: Document, path: Path) -> Record:
    where = str(path)
    try:
        record = validate(written)
        check_content(written.content)
    except ValidationError as error:
        raise unusable(explain(error), where) from None
    except RecursionError:
        raise unusable("is nested too deeply", where) from None
    except RecordError as error:
        raise RecordError(error.what, where=where, remedy=error.remedy) from None
    return record


def validate(written: Document) -> Record:
    """The record that a document says; raises pydantic's ValidationError, and RecordError as ``upgrade``."""
    current = upgrade(written.content)
    is_as_it_stands = current is written.content and not written.series and TEXT_KEY not in written.text
    text = written.text if is_as_it_stands else json.dumps(current)
    if written.series:
        refuse_crowd(text, where="its series")
    return Record.model_validate_json(text, strict=True)


def find_records(paths: Sequence[Path]) -> Iterator[Path]:
    """Files as given, and what is called ``*.json`` in folders (not in subfolders) by name; each once.

    Of a folder only the names are held. Raises RecordError for a path that is not there.
    """
    named = set(paths)
    for path in dict.fromkeys(paths):
        try:
            if path.is_dir():
                with os.scandir(path) as entries:
                    names = [entry.name for entry in entries if _is_record_name(entry.name)]
            elif path.exists():
                yield path
                continue
            else:
                raise RecordError(
                    "no such file or folder",
                    where=str(path),
                    remedy="give a record or a folder of records; `breakeven run` makes them",
                )
        except OSError as error:
            raise unreadable(error, str(path)) from error
        names.sort()
        yield from (file for name in names if (file := path / name) not in named)


def read_each(paths: Sequence[Path]) -> Iterator[tuple[Path, Record | RecordError]]:
    """Each file of ``find_records`` with its record or what is wrong with it, one at a time.

    A second record with an id that was already read is wrong, too: nothing is shown twice. Memory is bounded
    by the largest record, 16 bytes of each id, and the names of a folder.
    """
    return _each(paths, read_record)


def read_each_with_document(
    paths: Sequence[Path],
) -> Iterator[tuple[Path, tuple[Record, Document] | RecordError]]:
    """As ``read_each``, with the document that each record was read from."""
    return _each(paths, read_with_document)


def iter_records(paths: Sequence[Path]) -> Iterator[Record | RecordError]:
    """As ``read_each``, for those who need no file's name; a RecordError names its file."""
    return (record for _, record in read_each(paths))


def read_records(
    paths: Sequence[Path], *, newest: int | None = None, read: Callable[[Path], Record] = read_record
) -> Found:
    """Read files and folders. A broken file that was named is an error; one met in a folder is only reported.

    Of many broken files a few are told, as LeftOut has it. ``newest``: so many records at most are kept, in
    the order of their files; memory holds no more at any time.
    """
    records: dict[int, Record] = {}
    by_age: list[tuple[datetime, str, int]] = []
    n_read = 0
    broken = LeftOut()
    named = set(paths)
    for path, record in _each(paths, read):
        if isinstance(record, Record):
            records[n_read] = record
            heapq.heappush(by_age, (record.created_utc, record.id, n_read))
            n_read += 1
            if newest is not None and len(records) > newest:
                del records[heapq.heappop(by_age)[-1]]
            continue
        if path in named:
            raise record
        broken.add(record)
    return Found(tuple(records.values()), tuple(broken), n_read - len(records))


def id_key(record: Record) -> bytes:
    """What stands for a record's id where many are held: 16 bytes, however long the id is."""
    return hashlib.sha256(record.id.encode()).digest()[:16]


def _each(paths: Sequence[Path], read: Callable[[Path], T]) -> Iterator[tuple[Path, T | RecordError]]:
    named = set(paths)
    ids: set[bytes] = set()
    for path in find_records(paths):
        found = _tried(partial(read, path), None if path in named else path)
        if not isinstance(found, RecordError):
            record = found[0] if isinstance(found, tuple) else found
            key = id_key(record)
            if key in ids:
                found = unusable(f"repeats the record {record.id[:LONGEST_ID]!r}", str(path))
            ids.add(key)
        yield path, found


def _tried(read: Callable[[], T], must_be_file: Path | None) -> T | RecordError:
    try:
        if must_be_file is not None:
            refuse_no_file(must_be_file)
        return read()
    except RecordError as error:
        told = error
    # Without what it was raised from and where: that holds the whole document.
    return RecordError(told.what, where=told.where, remedy=told.remedy)


def _read(path: Path, *, reduced: Callable[[str], str] = str) -> Record:
    """``reduced``: what of the text as it was written is read, where the file still has that."""
    file = read_bytes(path, LARGEST_RECORD_BYTES)  # once: it may be a pipe
    return _as_written(file, path, reduced) or _checked(document_of(file, path), path)


def _as_written(file: bytes, path: Path, reduced: Callable[[str], str]) -> Record | None:
    """In a quarter of the time; None of a file that another laid out, or that a full reading refuses."""
    try:
        text = text_as_written(file)
        if text is None or may_refer(text):
            return None
        refuse_crowd(text, where=str(path))
        return Record.model_validate_json(reduced(text), strict=True)
    except ValueError:
        return None


def _is_record_name(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")


def file_name_part(text: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-.") or "unnamed"
