"""A record's file as JSON: read whole with its series, in the version it was written in, and laid out."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import RecordError
from bench.records.files import as_text, parse_json, read_bytes, unusable
from bench.records.side_files import join, may_refer, references
from bench.units import MIB

LARGEST_RECORD_BYTES = 16 * MIB  # of a file without its series: far above what a run writes
TEXT_KEY = "text_sha256"
_HEAD = f'{{\n "{TEXT_KEY}": "%s",\n'  # the first two lines of a file; the hash is of the others
_HEAD_BYTES = len(_HEAD % "") + 64


@dataclass(frozen=True, slots=True)
class Document:
    """``text`` is the file's own; ``content`` is what it says, with the ``series`` (hashes) it refers to.

    The content lacks ``text_sha256``, which is of the text and not of the record.
    """

    content: dict[str, Any]
    text: str
    series: tuple[str, ...] = ()


def read_document(path: Path) -> Document:
    """The document of a record's file; RecordError, with the file, for what is none."""
    return document_of(read_bytes(path, LARGEST_RECORD_BYTES), path)


def document_of(file: bytes, path: Path) -> Document:
    """As ``read_document``, of the bytes of the file at ``path``."""
    where = str(path)
    text = as_text(file, where=where)
    content = parse_json(text, where=where)
    if not isinstance(content, dict):
        raise unusable("holds no JSON object, so it is no record", where)
    content.pop(TEXT_KEY, None)
    if not may_refer(text):
        return Document(content, text)
    try:
        series = tuple(dict.fromkeys(references(content)))
        return Document(join(content, path.parent), text, series)
    except RecursionError:
        raise unusable("is nested too deeply", where) from None
    except RecordError as error:
        raise RecordError(error.what, where=error.where or where, remedy=error.remedy) from None


def text_as_written(file: bytes) -> str | None:
    """The JSON, without its ``text_sha256``, of a file that is still what ``record_text`` made; else None.

    Its content is then the one that was written, without hashing that.
    """
    rest = memoryview(file)[_HEAD_BYTES:]
    if not file.startswith((_HEAD % hashlib.sha256(rest).hexdigest()).encode()):
        return None
    return "{" + str(rest, "utf-8")


def without_conclusions(text: str) -> str:
    """``text_as_written`` without what takes half of it: the comparisons and mixtures of its assessment."""
    for key in ("comparisons", "mixtures"):
        head, found, rest = text.partition(f'\n  "{key}": [\n')
        if found:
            text = head + found.rstrip() + rest[rest.index("\n  ]") :]
    return text


def record_text(content: dict[str, Any]) -> str:
    """JSON text of a record: one field a line, a series of numbers on one line, the hash of the rest first.

    Raises RecordError where ``read_document`` would refuse it: what is written can be read.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    # A string of JSON holds no raw line break, so this can only meet arrays of numbers.
    text = re.sub(r"\[\n([-+0-9.eE,\s]+)\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"
    rest = text.removeprefix("{\n")
    encoded = rest.encode()
    if (n_bytes := _HEAD_BYTES + len(encoded)) > LARGEST_RECORD_BYTES:
        raise RecordError(
            f"takes {n_bytes:,} bytes without its series, and a record can have {LARGEST_RECORD_BYTES:,}",
            remedy="measure fewer tasks at once, or against fewer APIs",
        )
    return _HEAD % hashlib.sha256(encoded).hexdigest() + rest
