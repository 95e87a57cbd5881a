"""Records from somebody who means harm: valid, yet with markup and script wherever text is free."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from bench.records.types import Record

# Ends whatever it is put into, then runs script; a page that it harmed has something in ``window.harmed``.
ATTACK = (
    "'\"`></script></style></title></textarea>--><script>window.harmed=1</script>"
    "<img src=x onerror=window.harmed=2><svg onload=window.harmed=3>${harmed=4}{{harmed=5}}\\"
)
REVERSED = "\u202egnp.exe\u2066"
ENDLESS = "A" * 2_000


def attacked(record: Record, *, tail: str = REVERSED + ENDLESS) -> Record:
    """The same record with the attack, and ``tail``, behind every text that may say anything."""
    document = json.loads(record.model_dump_json())
    free = [place for place in sorted(set(_places(document))) if _is_free(document, place)]
    for place in free:
        _attack(document, place, tail)
    return Record.model_validate_json(json.dumps(document))


def _is_free(document: Any, place: tuple[str, ...]) -> bool:
    changed = json.loads(json.dumps(document))
    _attack(changed, place, "")
    try:
        Record.model_validate_json(json.dumps(changed))
    except ValidationError:
        return False
    return True


def _places(part: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where strings are; places in a list count as one."""
    if isinstance(part, str):
        yield place
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from _places(value, (*place, name))
    elif isinstance(part, list):
        for value in part:
            yield from _places(value, (*place, "*"))


def _attack(part: Any, place: tuple[str, ...], tail: str) -> Any:
    """What stands alike at several places is changed alike, so that names still refer to each other."""
    if not place:
        return f"{part[:20]}{ATTACK}{tail}" if isinstance(part, str) else part
    name, rest = place[0], place[1:]
    if name == "*" and isinstance(part, list):
        part[:] = [_attack(value, rest, tail) for value in part]
    elif isinstance(part, dict) and name in part:
        part[name] = _attack(part[name], rest, tail)
    return part
