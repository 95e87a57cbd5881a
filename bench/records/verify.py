"""All that can be wrong with a record's file, told with the exact place; nothing is changed."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bench.errors import RecordError
from bench.records.content_hash import KEY, check_content
from bench.records.documents import Document, read_document
from bench.records.files import faults, refuse_no_file
from bench.records.leaks import find_leaks, may_leak
from bench.records.store import LONGEST_ID, file_name, validate
from bench.records.types import Record

MOST_PROBLEMS = 20  # of one file; the others are counted


@dataclass(frozen=True, slots=True)
class Problem:
    """``place`` is a path within the document, or the file that it is about; empty: the whole."""

    place: str
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A record's file with all that is wrong with it. ``record`` is None where none could be read."""

    file: Path
    record: Record | None
    problems: tuple[Problem, ...]

    @property
    def id(self) -> str | None:
        return self.record.id[:LONGEST_ID] if self.record else None


def verify_file(path: Path) -> Verified:
    """Schema, hash, series, the file's name and whether anything names a person, a host or a place."""
    try:
        refuse_no_file(path)
        written = read_document(path)
    except RecordError as error:
        place = "" if error.where in (None, str(path)) else str(error.where)
        return Verified(path, None, (Problem(place, error.what),))
    try:
        found, record = _of_schema(written, path)
        found += _of_hash(written)
        if written.series or may_leak(written.text):
            found += [Problem(*leak) for leak in find_leaks(written.content)]
    except RecursionError:
        return Verified(path, None, (Problem("", "is nested too deeply"),))
    if len(found) > MOST_PROBLEMS:
        found[MOST_PROBLEMS:] = [Problem("", f"has {len(found) - MOST_PROBLEMS:,} more problems")]
    return Verified(path, record, tuple(found))


def _of_schema(written: Document, path: Path) -> tuple[list[Problem], Record | None]:
    try:
        record = validate(written)
    except ValidationError as error:
        return [Problem(*fault) for fault in faults(error)], None
    except RecordError as error:
        return [Problem("schema_version", error.what)], None
    should = file_name(record)
    misnamed = [] if path.name == should else [Problem("", f"is called otherwise than its record: {should}")]
    return misnamed, record


def _of_hash(written: Document) -> list[Problem]:
    try:
        check_content(written.content)
    except RecordError as error:
        return [Problem(KEY, error.what)]
    if written.content.get("schema_version") != 1 and written.content.get(KEY) is None:
        return [Problem(KEY, "is not there, so nothing tells whether the record was changed")]
    return []
