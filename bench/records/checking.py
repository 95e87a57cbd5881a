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

from bench.beside import beside
from bench.errors import RecordError
from bench.records.content_hash import check_content
from bench.records.documents import read_document
from bench.records.files import refuse_no_file
from bench.records.store import find_records
from bench.records.upgrade import upgrade

_FEWEST = 16  # files; fewer are read before a process has begun
_DIGEST_BYTES = hashlib.sha256().digest_size
_NOTHING = bytes(_DIGEST_BYTES)


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

    Whether all its fields are what they should be is left open.
    """
    try:
        refuse_no_file(path)
        written = read_document(path)
        check_content(written.content)
        is_as_it_stands = upgrade(written.content) is written.content and not written.series
    except (RecordError, RecursionError):
        return _NOTHING
    if not is_as_it_stands:
        return _NOTHING
    return hashlib.sha256(written.text.encode()).digest()


def _are_many(paths: Sequence[Path]) -> bool:
    try:
        return len(list(islice(find_records(paths), _FEWEST))) == _FEWEST
    except RecordError:  # for who reads them to tell
        return False


def _check_all(paths: Sequence[Path], out: BinaryIO) -> None:
    for path in find_records(paths):
        out.write(sound_sha256(path))
        out.flush()
