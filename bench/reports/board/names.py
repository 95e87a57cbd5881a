"""File names of pages and records: safe on every file system, stable, and never two things under one."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping

LONGEST_SLUG = 60
SHORT = 12  # hex digits of a page's hash, as long as no two pages clash


def slug(text: str) -> str:
    """Letters a to z, digits and hyphens of ``text``; "unnamed" where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "unnamed"


def digest(key: str) -> str:
    """64 hex digits."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def stems(titles: Mapping[str, str], digits: int = SHORT) -> dict[str, str]:
    """The stem of a page's name for each key with its title: ``smollm2-135m-q4-1-0123456789ab``.

    The hash at the end makes names of Windows' devices (``nul``) plain ones, and equal titles different
    pages. Should two stems be equal nevertheless, each of the two gets its whole hash.
    """
    short = {key: f"{slug(title)}-{digest(key)[:digits]}" for key, title in titles.items()}
    taken: dict[str, int] = {}
    for stem in short.values():
        taken[stem] = taken.get(stem, 0) + 1
    return {
        key: stem if taken[stem] == 1 else f"{slug(titles[key])}-{digest(key)}" for key, stem in short.items()
    }


def record_path(record_id: str) -> str:
    """Where the site holds the record's own JSON; 256 folders keep each of them small."""
    name = digest(record_id)[:32]
    return f"records/{name[:2]}/{slug(record_id)[:24]}-{name}.json"
