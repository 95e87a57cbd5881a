"""Strict JSON Lines with bounded memory: every complaint names file, line and, where it is known, column."""

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bench.errors import TaskError
from bench.units import MIB

MAX_LINE_BYTES = MIB
MAX_FILE_BYTES = 256 * MIB
MAX_ITEMS = 100_000
MAX_LINES = 10 * MAX_ITEMS  # with the empty ones
MAX_DIGITS = 1000  # of a whole number; Python itself refuses to write more than 4300
MAX_DEPTH = 100  # of JSON; what reads it later recurses more than the parser does


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, without its line break; ``where`` is ``file:number``."""

    path: Path
    number: int
    text: str

    @property
    def where(self) -> str:
        return f"{self.path}:{self.number}"


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a UTF-8 file one by one, empty ones left out; a name that ends in ``.gz`` says gzipped.

    Raises TaskError for what cannot be read, is no regular file, is not UTF-8, or exceeds the limits.
    """
    try:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "does not exist"
            raise TaskError(what, where=str(path), remedy="give the path of a file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _too_large(str(path))
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            yield from _decoded(path, file)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise TaskError("is no whole gzip file", where=str(path)) from None
    except OSError as error:
        raise TaskError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _too_large(where: str) -> TaskError:
    return TaskError(
        f"the file is larger than {MAX_FILE_BYTES // MIB} MiB", where=where, remedy="split the file"
    )


def _decoded(path: Path, file: BinaryIO | gzip.GzipFile) -> Iterator[Line]:
    number, n_bytes = 0, 0
    while raw := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        n_bytes += len(raw)
        where = f"{path}:{number}"
        if number > MAX_LINES:
            raise TaskError(
                f"more than {MAX_LINES:,} lines", where=where, remedy="split the file, or remove empty lines"
            )
        if len(raw) > MAX_LINE_BYTES:
            raise TaskError(
                f"the line is longer than {MAX_LINE_BYTES // MIB} MiB", where=where, remedy="one item a line"
            )
        if n_bytes > MAX_FILE_BYTES:
            raise _too_large(where)
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise TaskError(
                f"not UTF-8 at byte {error.start + 1} of the line",
                where=where,
                remedy="save the file as UTF-8",
            ) from None
        if text.strip():
            yield Line(path, number, text.rstrip("\r\n"))


def read_objects(lines: Iterable[Line]) -> Iterator[tuple[Line, dict[str, object]]]:
    """Each line as the JSON object that it must be; raises TaskError for anything else."""
    for n_items, line in enumerate(lines):
        if n_items == MAX_ITEMS:
            raise TaskError(f"more than {MAX_ITEMS:,} items", where=line.where, remedy="split the file")
        yield line, _parse(line)


def _parse(line: Line) -> dict[str, object]:
    try:
        value = json.loads(
            line.text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite, parse_int=_whole
        )
        line.text.encode()
        json.dumps(value, ensure_ascii=False).encode()  # an escaped half of a character pair is no text
    except json.JSONDecodeError as error:
        where = f"{line.path}:{line.number + error.lineno - 1}:{error.colno}"
        raise TaskError(f"no JSON: {error.msg}", where=where) from None
    except UnicodeEncodeError:
        raise TaskError("holds an escape that is no character (a lone surrogate)", where=line.where) from None
    except RecursionError:
        raise TaskError("the JSON is nested too deeply", where=line.where) from None
    except ValueError as error:
        raise TaskError(str(error), where=line.where) from None
    if is_deeper(value, MAX_DEPTH):
        raise TaskError("the JSON is nested too deeply", where=line.where)
    if not isinstance(value, dict):
        raise TaskError(f"must be a JSON object, not {describe(value)}", where=line.where)
    return value


def repeated(names: Iterable[str]) -> str | None:
    """The first name that was there before; None where each is there once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = repeated(name for name, _ in pairs)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits is too large")
    return int(digits)


def is_deeper(value: object, depth: int) -> bool:
    """Is anything nested in more than ``depth`` objects and arrays?"""
    level = [value]
    for _ in range(depth + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def describe(value: object) -> str:
    """What a JSON value is, in the words of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds: dict[type, str] = {
        dict: "an object",
        list: "an array",
        str: "a string",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), "something else")
