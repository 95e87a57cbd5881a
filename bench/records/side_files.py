"""Long series of a large record lie beside it, compressed, in files that are named by what they hold.

``series/<sha256>.json.gz`` holds one JSON array; the hash is of the array's canonical JSON, so that it does
not depend on who compressed it. In the record stands a reference in place of the array. Only reading and
writing knows of this: a ``Record`` has all its series.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.errors import RecordError
from bench.records.content_hash import canonical_json
from bench.records.files import RUN_WROTE, parse_json, read_bytes, unusable, write_bytes
from bench.units import MIB

FOLDER = "series"
LARGEST_INLINE_BYTES = 1_000_000  # of a record's file, about: its layout is not counted
LARGEST_SERIES_BYTES = 32 * MIB  # of all series of one record, as JSON: more is no measurement
_SHORTEST_BYTES = 4096  # what is shorter is not worth a file
# What grows with the items, repetitions, points and APIs of a run; all else of a record stays small.
_SERIES = frozenset({"items", "speed", "samples", "requests", "nll", "kl", "reference_nll", "comparisons"})
_HASH, _SIZE = "series_sha256", "n_bytes"
_REFERENCE = frozenset({_HASH, _SIZE})
_SHA256 = re.compile("[0-9a-f]{64}")

Document = dict[str, Any]


def set_apart(document: Document) -> tuple[Document, dict[str, bytes]]:
    """``document`` with references for its longest series, and those by their hash, until it is small enough.

    Raises RecordError when they are more than could be read again.
    """
    excess = len(canonical_json(document)) - LARGEST_INLINE_BYTES
    if excess <= 0:
        return document, {}
    references: dict[int, Document] = {}
    contents: dict[str, bytes] = {}
    total = 0
    for content, series in sorted(_sized(document), key=lambda one: len(one[0]), reverse=True):
        if excess <= 0 or len(content) < _SHORTEST_BYTES:
            break
        sha256 = hashlib.sha256(content).hexdigest()
        references[id(series)] = {_HASH: sha256, _SIZE: len(content)}
        contents[sha256] = content
        excess -= len(content)
        total += len(content)
    if total > LARGEST_SERIES_BYTES:
        raise RecordError(
            f"the series of this record take {total:,} bytes, and one can have {LARGEST_SERIES_BYTES:,}",
            remedy="measure fewer tasks or items at once",
        )
    return _with_references(document, references), contents


def write_series(contents: Mapping[str, bytes], folder: Path, *, remedy: str) -> None:
    """Write what ``set_apart`` took out beside the records of ``folder``; a file that is there is kept.

    Raises RecordError when they cannot be written.
    """
    for sha256, content in contents.items():
        write_bytes(gzip.compress(content, mtime=0), side_file(folder, sha256), remedy=remedy)


def side_file(folder: Path, sha256: str) -> Path:
    """Where the series of this hash lies for records in ``folder``."""
    return folder / FOLDER / f"{sha256}.json.gz"


def may_refer(text: str) -> bool:
    """Whether the JSON ``text`` may hold a reference; False spares looking at every part of it."""
    return f'"{_HASH}"' in text


def references(node: Any) -> Iterator[str]:
    """Hashes of all series that a document refers to."""
    if isinstance(node, dict):
        if node.keys() == _REFERENCE:
            yield _checked(node)[0]
        else:
            for value in node.values():
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def join(document: Document, folder: Path) -> Document:
    """``document`` of a file in ``folder`` with its series; RecordError where one is missing or damaged."""
    left_bytes = LARGEST_SERIES_BYTES

    def joined(node: Any) -> Any:
        nonlocal left_bytes
        if isinstance(node, list):
            return [joined(value) for value in node]
        if not isinstance(node, dict):
            return node
        if node.keys() != _REFERENCE:
            return {key: joined(value) for key, value in node.items()}
        sha256, n_bytes = _checked(node)
        left_bytes -= n_bytes
        if left_bytes < 0:
            raise RecordError(
                f"refers to series of more than {LARGEST_SERIES_BYTES:,} bytes", remedy=RUN_WROTE
            )
        return read_series(side_file(folder, sha256), sha256, n_bytes)

    return {key: joined(value) for key, value in document.items()}


def read_series(path: Path, sha256: str, n_bytes: int) -> list[Any]:
    """The array of a side file, of which at most ``n_bytes`` are unpacked; RecordError, with the file."""
    where = str(path)
    if not path.is_file():  # opening a pipe would wait for who writes into it
        raise RecordError(
            "the record's series is not here",
            where=where,
            remedy=f"copy the folder {FOLDER} with the records that lie beside it",
        )
    packed = read_bytes(path, LARGEST_SERIES_BYTES)
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(packed, n_bytes + 1)
    except zlib.error:
        raise unusable("is damaged: it cannot be unpacked", where) from None
    if len(content) > n_bytes:
        raise unusable(f"unpacks to more than the {n_bytes:,} bytes that its record states", where)
    if not unpacking.eof:
        raise unusable("is damaged: it ends too early", where)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise unusable("does not hold what its name says: its content has another hash", where)
    series = parse_json(content.decode(errors="replace"), where=where)
    if not isinstance(series, list):
        raise unusable("holds no series", where)
    return series


def _checked(reference: Mapping[str, Any]) -> tuple[str, int]:
    sha256, n_bytes = reference[_HASH], reference[_SIZE]
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise RecordError(f"refers to a series by a {_HASH} that is none", remedy=RUN_WROTE)
    if not isinstance(n_bytes, int) or isinstance(n_bytes, bool) or n_bytes < 0:
        raise RecordError(f"refers to the series {sha256} by {_SIZE} that are none", remedy=RUN_WROTE)
    return sha256, n_bytes


def _sized(document: Document) -> Iterator[tuple[bytes, list[Any]]]:
    for series in _series(document):
        yield canonical_json(series), series


def _series(node: Any) -> Iterator[list[Any]]:
    """The outermost series, in the order of the document."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _SERIES and isinstance(value, list):
                yield value
            else:
                yield from _series(value)
    elif isinstance(node, list):
        for value in node:
            yield from _series(value)


def _with_references(node: Any, references: Mapping[int, Document]) -> Any:
    if isinstance(node, list):
        found = references.get(id(node))
        return found if found is not None else [_with_references(value, references) for value in node]
    if isinstance(node, dict):
        return {key: _with_references(value, references) for key, value in node.items()}
    return node
