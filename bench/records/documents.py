"""A record's file as JSON: read whole with its series, in the version it was written in, and laid out."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import RecordError
from bench.records.files import parse_json, read_text, unusable
from bench.records.side_files import join, may_refer
from bench.units import MIB

LARGEST_RECORD_BYTES = 16 * MIB  # of a file without its series: far above what a run writes

# What moves a cursor, rings a bell or turns the direction of writing; a tab and a new line do not.
_UNPRINTABLE = {
    code: "\N{REPLACEMENT CHARACTER}"
    for codes in (range(9), range(11, 32), range(127, 160), range(0x202A, 0x202F), range(0x2066, 0x206A))
    for code in codes
}
_MAY_BE_UNPRINTABLE = re.compile(
    r"\\u(?:00[0189]|007f|202[a-e]|206[6-9])|\\[bfr]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Document:
    """``content`` as it was written, its series joined; ``text``: the same as JSON, where it is known."""

    content: dict[str, Any]
    text: str | None


def read_document(path: Path) -> Document:
    """The document of a record's file; RecordError, with the file, for what is none."""
    where = str(path)
    text = read_text(path, LARGEST_RECORD_BYTES)
    content = parse_json(text, where=where)
    if not isinstance(content, dict):
        raise unusable("holds no JSON object, so it is no record", where)
    if not may_refer(text):
        return Document(content, text)
    try:
        return Document(join(content, path.parent), None)
    except RecursionError:
        raise unusable("is nested too deeply", where) from None
    except RecordError as error:
        raise RecordError(error.what, where=error.where or where, remedy=error.remedy) from None


def printable(document: Document) -> Document:
    """``document`` with U+FFFD for each character that could trick a terminal: it may be a stranger's."""
    text = document.text or json.dumps(document.content)
    if not _MAY_BE_UNPRINTABLE.search(text):
        return Document(document.content, text)
    return Document(_printable(document.content), None)


def record_text(content: dict[str, Any]) -> str:
    """JSON text of a record: one field a line, a series of numbers on one line."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    # A string of JSON holds no raw line break, so this can only meet arrays of numbers.
    return re.sub(r"\[\n([-+0-9.eE,\s]+)\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def _printable(node: Any) -> Any:
    if isinstance(node, str):
        return node.translate(_UNPRINTABLE)
    if isinstance(node, dict):
        return {_printable(key): _printable(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_printable(value) for value in node]
    return node
