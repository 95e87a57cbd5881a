"""Older records become current ones, one version at a time.

History of the schema:
  1  first light, before the first release.
  2  content_sha256: whether a record is still the one that was written. Assumptions may hold their figure
     with its bounds (band) and the task that they are of. Long series may lie in side files. is_judged tells
     of an unscored attempt whether the answer or what judges it was at fault.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bench.errors import RecordError
from bench.records.types import SCHEMA_VERSION

Document = dict[str, Any]
Step = Callable[[Document], Document]

# Reasons of version 1 that say nothing of an answer which came.
_NOT_JUDGED = (
    "the sandbox failed",
    "its code was not run",
    "needs ",
    "its tests cannot be read",
    "its targets",
)


def _from_1(document: Document) -> Document:
    """What has another shape than a record is left as it is, for the strict reading to name."""
    tasks = document.get("tasks")
    for task in tasks if isinstance(tasks, list) else ():
        items = task.get("items") if isinstance(task, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("outcome") == "unscored":
                came = item.get("n_output_tokens") is not None
                item["is_judged"] = came and not str(item.get("reason")).startswith(_NOT_JUDGED)
    return {**document, "content_sha256": None}


# A step takes a document of the version it is filed under and returns one of the next version.
STEPS: Mapping[int, Step] = {1: _from_1}


def upgrade(
    document: Document, *, steps: Mapping[int, Step] = STEPS, current: int = SCHEMA_VERSION
) -> Document:
    """Return ``document`` in the ``current`` schema; RecordError when it is newer or states no version."""
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecordError(
            "states no schema_version, so it is no record of breakeven",
            remedy="give a file that `breakeven run` wrote",
        )
    if version > current:
        raise RecordError(
            "was written by a newer breakeven: "
            f"it has schema {str(version)[:20]}, this one reads up to {current}",
            remedy="upgrade breakeven (pip install --upgrade breakeven)",
        )
    while version < current:
        document = {**steps[version](document), "schema_version": version + 1}
        version += 1
    return document
