"""Task files for tests, written by the tests: no row of a data set is kept here."""

import json
from collections.abc import Iterable
from pathlib import Path

from bench.engines.protocol import Message, Prompt
from bench.tasks.types import Item, Task


def write_lines(path: Path, *lines: object) -> Path:
    """One line each: text as it is, anything else as JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def make_item(item_id: str, expected: object = "yes", **changes: object) -> Item:
    fields: dict[str, object] = {
        "prompt": Prompt(messages=(Message("user", f"Is {item_id} right?"),)),
        "reference_output": str(expected),
        "plain": f"Question: Is {item_id} right?\nAnswer:",
    }
    return Item(item_id, expected=expected, **(fields | changes))  # type: ignore[arg-type]  # fields by name


def make_task(items: Iterable[Item], **changes: object) -> Task:
    fields: dict[str, object] = {
        "name": "made-up",
        "title": "made up for a test",
        "kind": "generate",
        "items": tuple(items),
        "scorer_name": "exact",
        "content_sha256": "0" * 64,
        "licence": "none",
        "source": "test",
        "max_tokens": 8,
    }
    return Task(**(fields | changes))  # type: ignore[arg-type]  # fields by name
