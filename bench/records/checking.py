"""Files of records checked in a process beside the one that reads them, so that this is not waited for.

What is told of a file is the hash of its bytes if nothing is wrong with them: whoever reads the same bytes
need not look again. Of any other file nothing is told, and reading it in full says what is wrong.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pydantic_core import from_json

from bench.beside import beside
from bench.errors import RecordError
from bench.records.content_hash import KEY, canonical_json
from bench.records.documents import LARGEST_RECORD_BYTES
from bench.records.files import MOST_KEYS, read_bytes, refuse_crowd, refuse_no_file
from bench.records.side_files import may_refer
from bench.records.store import find_records
from bench.records.upgrade import upgrade

_FEWEST = 16  # files; fewer are read before a process has begun
_DIGEST_BYTES = hashlib.sha256().digest_size
_NOTHING = bytes(_DIGEST_BYTES)
_HIDDEN_MARK = r"\u0022"  # a quotation mark that is written as none; records are never written so
_MARKS_OF_HASH = 4  # quotation marks about the key of the hash and about the hash


@contextmanager
def checked_beside(paths: Sequence[Path]) -> Iterator[Iterator[bytes]]:
    """For each file of ``find_records`` what ``sound_sha256`` tells, as far as it comes."""
    if not _are_many(paths):
        yield iter(())
        return
    with beside(partial(_check_all, paths)) as stream:
        yield iter(lambda: stream.read(_DIGEST_BYTES), b"")


def sound_sha256(path: Path) -> bytes:
    """SHA-256 of a file that has a whole record of today's schema as it was written; else zeros.

    Whether all its fields are what they should be is left open. Zeros are also told of a sound file that
    would take a closer look: one with series beside it, or of very many parts.
    """
    try:
        refuse_no_file(path)
        content = read_bytes(path, LARGEST_RECORD_BYTES)
        is_sound = _is_as_written(content.decode())
    except (RecordError, ValueError, RecursionError):
        return _NOTHING
    return hashlib.sha256(content).digest() if is_sound else _NOTHING


def _is_as_written(text: str) -> bool:
    """Raises ValueError for text that is no JSON, and RecordError as ``upgrade`` does.

    What ``parse_json`` refuses is refused in a third of its time: a key that is repeated, and lost when it is
    parsed, is told by its quotation marks, which the same content written anew lacks.
    """
    refuse_crowd(text, where="the file")
    n_marks = text.count('"')
    if n_marks > 2 * MOST_KEYS or _HIDDEN_MARK in text or may_refer(text):
        return False
    document = from_json(text)
    if not isinstance(document, dict) or upgrade(document) is not document:
        return False
    stated = document.pop(KEY, None)
    canonical = canonical_json(document)
    return (
        canonical.count(b'"') + _MARKS_OF_HASH == n_marks and hashlib.sha256(canonical).hexdigest() == stated
    )


def _are_many(paths: Sequence[Path]) -> bool:
    try:
        return len(list(islice(find_records(paths), _FEWEST))) == _FEWEST
    except RecordError:  # for who reads them to tell
        return False


def _check_all(paths: Sequence[Path], out: BinaryIO) -> None:
    for path in find_records(paths):
        out.write(sound_sha256(path))
        out.flush()
