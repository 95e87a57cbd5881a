"""The hash that says whether a record is still the one that was written.

It is of what the document says, not of the bytes of a file: the order of keys and the layout do not count.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bench.errors import RecordError

KEY = "content_sha256"


def canonical_json(value: Any) -> bytes:
    """JSON in its one form: keys sorted by code point, no spaces, UTF-8, numbers as Python prints them.

    Raises ValueError for what JSON has no word for: NaN, infinities and lone surrogates.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def content_sha256(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the canonical JSON of ``document`` without its own entry for the hash."""
    content = {key: value for key, value in document.items() if key != KEY}
    return hashlib.sha256(canonical_json(content)).hexdigest()


def with_content_sha256(document: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` with the entry that holds its hash."""
    return {**document, KEY: content_sha256(document)}


def check_content(document: Mapping[str, Any]) -> None:
    """Raise RecordError where ``document`` states a hash that is not its own; it may state none."""
    stated = document.get(KEY)
    if stated is None:
        return
    try:
        is_same = stated == content_sha256(document)
    except ValueError:  # an infinity, or half of a character
        is_same = False
    if not is_same:
        raise RecordError(
            f"was changed after it was written, or is damaged: its content is not that of its {KEY}",
            remedy="take it again from where it was written",
        )
