"""Lines of JSON for the protocol's dataclasses: strict both ways, since each side vouches for nothing."""

import functools
import json
import os
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bench.errors import BreakevenError
from bench.units import MIB
from bench.worker.protocol import Command, Reply

MAX_LINE_BYTES = 64 * MIB  # a group of long prompts is some MB
PIECE_BYTES = 1 << 16


class WireError(BreakevenError):
    """A line that is no word of the protocol."""


def read_lines(read: Callable[[], bytes]) -> Iterator[bytes]:
    """Lines out of whatever pieces ``read`` gives, until it gives none or a line is beyond the limit.

    Pipes are read by number, not through Python's buffers: a thread that waits inside a buffer holds its
    lock, and the interpreter could then not shut down.
    """
    parts: list[bytes] = []
    n_bytes = 0
    while n_bytes <= MAX_LINE_BYTES and (piece := read()):
        *lines, rest = piece.split(b"\n")
        for line in lines:
            yield b"".join([*parts, line])
            parts.clear()
            n_bytes = 0
        parts.append(rest)
        n_bytes += len(rest)


def write_all(pipe: int, line: bytes) -> None:
    """Write the whole line; OSError when nobody reads any more."""
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def encode(word: Command | Reply) -> bytes:
    """One line, newline included; WireError for a number that is not finite or a line beyond the limit."""
    try:
        text = json.dumps({"is": type(word).__name__, **_plain(word)}, allow_nan=False)
    except ValueError as error:
        raise WireError(f"{type(word).__name__} cannot be sent: {error}") from None
    line = text.encode("ascii") + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise WireError(f"{type(word).__name__} takes {len(line)} bytes, more than {MAX_LINE_BYTES}")
    return line


def decode_command(line: bytes) -> Command:
    """The command of one line; WireError for anything else."""
    word: Command = _decode(line, _named(Command))
    return word


def decode_reply(line: bytes) -> Reply:
    """The reply of one line; WireError for anything else."""
    word: Reply = _decode(line, _named(Reply))
    return word


@functools.cache
def _named(union: types.UnionType) -> Mapping[str, type]:
    return {kind.__name__: kind for kind in get_args(union)}


def _decode(line: bytes, kinds: Mapping[str, type]) -> Any:
    if len(line) > MAX_LINE_BYTES:
        raise WireError(f"a line of {len(line)} bytes")
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not a line of JSON: {error}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("is"), str):
        raise WireError("not an object that says what it is")
    name = raw.pop("is")
    if name not in kinds:
        raise WireError(f"{name[:40]!r} is no word of the protocol")
    return _build(kinds[name], raw, name)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, raw: Any, where: str) -> Any:
    """``raw`` as a value of type ``kind``: a dataclass, tuple, Literal, union or plain type."""
    if is_dataclass(kind):
        return _build_dataclass(kind, raw, where)  # type: ignore[arg-type]  # a class, not an instance
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal and raw in arguments:
        return raw
    if origin is tuple and isinstance(raw, list):
        return tuple(_build(arguments[0], one, f"{where}[{at}]") for at, one in enumerate(raw))
    if origin is dict and isinstance(raw, dict):
        return {name: _build(arguments[1], one, f"{where}.{name}") for name, one in raw.items()}
    if origin in (Union, types.UnionType):
        if raw is None and type(None) in arguments:
            return None
        (kept,) = (argument for argument in arguments if argument is not type(None))
        return _build(kept, raw, where)
    if kind is float and type(raw) is int:
        return float(raw)
    if isinstance(kind, type) and type(raw) is kind:
        return raw
    raise WireError(f"{where} is {str(raw)[:80]!r}, which is not of type {kind}")


def _build_dataclass(kind: type, raw: Any, where: str) -> Any:
    if not isinstance(raw, dict):
        raise WireError(f"{where} is {str(raw)[:80]!r}, which is no {kind.__name__}")
    hints = _hints(kind)
    if unknown := raw.keys() - hints.keys():
        raise WireError(f"{where} has the unknown field {min(unknown)[:40]!r}")
    try:
        return kind(**{name: _build(hints[name], one, f"{where}.{name}") for name, one in raw.items()})
    except TypeError as error:
        raise WireError(f"{where} lacks a field: {error}") from None
