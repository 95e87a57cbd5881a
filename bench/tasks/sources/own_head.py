"""The optional head of a user's task file: TOML between two lines of ``+++``, before the items."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard, cast, get_args

from bench.errors import TaskError, nearest
from bench.tasks.json_lines import Line
from bench.tasks.scorers import SCORERS
from bench.tasks.types import ScoreBy

FENCE = "+++"
DEFAULT_MAX_TOKENS = 256
MAX_SHOTS = 100
MAX_CHARS = 10_000  # the time to read a dotted key grows with the square of its length


@dataclass(frozen=True, slots=True)
class Head:
    """What holds for every item of the file; each field is a key of the head."""

    title: str | None = None
    licence: str = "not stated"
    scorer: str | None = None
    max_tokens: int = DEFAULT_MAX_TOKENS
    stop: tuple[str, ...] = ()
    shots: int | None = None
    score_by: ScoreBy | None = None
    expected_output_tokens: float | None = None
    service_ttft_s: float | None = None
    service_latency_s: float | None = None
    loss_per_error_usd: str | None = None


def read_head(lines: Iterator[Line]) -> tuple[Head, Line | None]:
    """The head; without one, the default head and the first line, which was read to find that out."""
    first = next(lines, None)
    if first is None or first.text.strip() != FENCE:
        return Head(), first
    body: list[Line] = []
    n_chars = 0
    for line in lines:
        if line.text.strip() == FENCE:
            return _parse(first, body), None
        body.append(line)
        n_chars += len(line.text)
        if n_chars > MAX_CHARS:
            raise TaskError(f"the head is longer than {MAX_CHARS:,} characters", where=line.where)
    raise TaskError(f"the head that begins here is not closed by a line of {FENCE}", where=first.where)


def _parse(first: Line, body: list[Line]) -> Head:
    # Empty lines were left out in reading, so the text is padded to keep the numbers of the others right.
    text, at = "", first.number + 1
    for line in body:
        text += "\n" * (line.number - at) + line.text + "\n"
        at = line.number + 1
    try:
        table = tomllib.loads("\n" * first.number + text)
    except tomllib.TOMLDecodeError as error:
        raise TaskError(f"the head is no TOML: {error}", where=str(first.path)) from None
    except (ValueError, RecursionError):
        raise TaskError(
            "the head holds a number of too many digits or is nested too deeply",
            where=f"{first.where} (head)",
        ) from None
    return Head(**{key: _checked(first, key, value) for key, value in table.items()})


def _checked(first: Line, key: str, value: object) -> Any:
    where = f"{first.where} (head)"
    if key not in _CHECKS:
        raise TaskError(f"unknown key {key!r}; {nearest(key, _CHECKS)}", where=where)
    meaning, check = _CHECKS[key]
    checked = check(value)
    if checked is None:
        raise TaskError(f"{key!r} must be {meaning}, not {_shown(value)}", where=where)
    return checked


def _shown(value: object) -> str:
    try:
        return repr(value)[:80]
    except (ValueError, RecursionError):  # a long number in hexadecimal, a dotted key of very many parts
        return "what stands here"


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _scorer(value: object) -> str | None:
    return value if isinstance(value, str) and value in SCORERS else None


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, float) or _is_whole(value)


def _whole(value: object) -> int | None:
    return value if _is_whole(value) and 1 <= value <= 1_000_000 else None


def _shots(value: object) -> int | None:
    return value if _is_whole(value) and 0 <= value <= MAX_SHOTS else None


def _score_by(value: object) -> ScoreBy | None:
    return cast(ScoreBy, value) if value in get_args(ScoreBy) else None


def _positive(value: object) -> float | None:
    return float(value) if _is_number(value) and 0 < value < 1e9 else None


def _money(value: object) -> str | None:
    return str(value) if _is_number(value) and 0 <= value < 1e9 else None


def _stops(value: object) -> tuple[str, ...] | None:
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        return None
    return tuple(stops)


_CHECKS: dict[str, tuple[str, Callable[[object], object | None]]] = {
    "title": ("a string that is not empty", _text),
    "licence": ("a string that is not empty", _text),
    "scorer": (" or ".join(SCORERS), _scorer),
    "max_tokens": ("a whole number from 1 to 1,000,000", _whole),
    "stop": ("a string or an array of strings, none of them empty", _stops),
    "shots": (f"a whole number from 0 to {MAX_SHOTS}", _shots),
    "score_by": (" or ".join(get_args(ScoreBy)), _score_by),
    "expected_output_tokens": ("a number above 0", _positive),
    "service_ttft_s": ("a number of seconds above 0", _positive),
    "service_latency_s": ("a number of seconds above 0", _positive),
    "loss_per_error_usd": ("an amount in USD, 0 or more", _money),
}
