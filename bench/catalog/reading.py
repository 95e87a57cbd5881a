"""Strict reading of TOML: every key is asked for by name and type, and a key nobody asked for is an error.

Errors are ``CatalogError`` and name the file and the key's path, as in ``models.toml: models."a".licence``.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from bench.catalog.types import Bounded
from bench.errors import CatalogError, InputError, folded, nearest
from bench.units import MIB

T = TypeVar("T")
Fraction = TypeVar("Fraction", float, Decimal)
Reader = Callable[[object], T]  # raises ValueError saying what the value must be

MAX_TOML_BYTES = 4 * MIB
LOWER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Table:
    """One table being read. ``done`` must follow the last question: it refuses what was not asked for."""

    def __init__(self, values: Mapping[str, object], *, file: str, path: str = "") -> None:
        self._values = values
        self._file = file
        self._path = path
        self._asked: set[str] = set()

    def need(self, key: str, read: Reader[T]) -> T:
        value = self.may(key, read)
        if value is None:
            raise self.error(f"missing key {key!r}", remedy=self._misspelt(key))
        return value

    def may(self, key: str, read: Reader[T]) -> T | None:
        self._asked.add(key)
        if key not in self._values:
            return None
        try:
            return read(self._values[key])
        except ValueError as problem:
            raise self.error(str(problem), key) from problem

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._values

    def table(self, key: str) -> "Table":
        return Table(self.need(key, _mapping), file=self._file, path=self._key_path(key))

    def tables(self, key: str) -> list["Table"]:
        """The tables of an array, none where the key is absent."""
        values = self.may(key, list_of(_mapping)) or ()
        path = self._key_path(key)
        return [Table(value, file=self._file, path=f"{path}[{i}]") for i, value in enumerate(values)]

    def named(self, key: str, pattern: re.Pattern[str] = LOWER_NAME) -> dict[str, "Table"]:
        """The sub-tables by name, in the file's order; a name that does not match ``pattern`` is an error."""
        parent = Table(self.may(key, _mapping) or {}, file=self._file, path=self._key_path(key))
        for name in parent.names():
            if not pattern.fullmatch(name):
                raise parent.error(f"{name!r} cannot be a name; it must look like {pattern.pattern}", name)
        return {name: parent.table(name) for name in parent.names()}

    def names(self) -> Iterable[str]:
        return self._values.keys()

    def done(self) -> None:
        """Refuse keys that were never asked for."""
        for key in self._values:
            if key not in self._asked:
                raise self.error(f"unknown key {key!r}; {nearest(key, self._asked)}", key)

    def error(self, what: str, key: str | None = None, *, remedy: str | None = None) -> CatalogError:
        path = self._path if key is None else self._key_path(key)
        return CatalogError(what, where=f"{self._file}: {path}" if path else self._file, remedy=remedy)

    def _key_path(self, key: str) -> str:
        quoted = key if _BARE_KEY.fullmatch(key) else '"' + key.replace('"', '\\"') + '"'
        return f"{self._path}.{quoted}" if self._path else quoted

    def _misspelt(self, key: str) -> str | None:
        import difflib

        unread = [name for name in self._values if name not in self._asked]
        close = difflib.get_close_matches(key, unread, n=1, cutoff=0.5)
        return f"the table has {close[0]!r}: is {key!r} meant?" if close else None


def read_toml(path: Path) -> tuple[Table, str]:
    """The file's top table and the sha256 of its bytes."""
    import hashlib

    try:
        with path.open("rb") as file:
            content = file.read(MAX_TOML_BYTES + 1)
    except OSError as problem:
        raise CatalogError(f"cannot be read: {problem.strerror}", where=str(path)) from problem
    if len(content) > MAX_TOML_BYTES:
        raise CatalogError(f"is larger than {MAX_TOML_BYTES // MIB} MiB", where=str(path))
    return parse_toml(content, file=str(path)), hashlib.sha256(content).hexdigest()


def parse_toml(content: bytes, *, file: str) -> Table:
    """Parse UTF-8 TOML; numbers with a point become exact decimals. CatalogError gives line and column."""
    try:
        values = _parsed(content)
    except UnicodeDecodeError as problem:
        raise CatalogError(f"is not UTF-8 text (byte {problem.start})", where=file) from problem
    except tomllib.TOMLDecodeError as problem:
        raise CatalogError(f"is not valid TOML: {problem}", where=file) from problem
    except RecursionError as problem:
        raise CatalogError("is nested too deeply", where=file) from problem
    except (ValueError, ArithmeticError) as problem:  # beyond the interpreter's limits, not the parser's
        raise CatalogError(
            "holds a number with too many digits or too large an exponent", where=file
        ) from problem
    return Table(values, file=file)


@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Mapping[str, object]:
    """Parsed once where a command asks for a catalog at several places; no Table changes what it holds."""
    return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)


def spelt(entries: Mapping[str, T], name: str) -> T | None:
    """The entry of that very name, else the only one of a name that differs in its spelling alone."""
    if name in entries:
        return entries[name]
    wanted = folded(name)
    found = [entry for known, entry in entries.items() if folded(known) == wanted]
    return found[0] if found and all(entry is found[0] for entry in found) else None


def pick(entries: Mapping[str, T], name: str, *, kind: str, read_from: Path, remedy: str) -> T:
    """The entry of that name, however it is spelt; InputError with the nearest known one."""
    found = spelt(entries, name)
    if found is not None:
        return found
    raise InputError(
        f"unknown {kind} {name!r}; {nearest(name, entries)}", where=str(read_from), remedy=remedy
    )


def bounded(table: Table, key: str) -> Bounded | None:
    """``key``, with its bounds ``key_low`` and ``key_high``: the value itself where one is not given."""
    value, low, high = (table.may(name, number) for name in (key, f"{key}_low", f"{key}_high"))
    if value is None:
        if low is not None or high is not None:
            raise table.error(f"has a bound of {key!r} and no value")
        return None
    band = value, value if low is None else low, value if high is None else high
    if not band[1] <= value <= band[2]:
        raise table.error(f"{value:g} is not between its bounds {band[1]:g} and {band[2]:g}", key)
    return band


def packaged(file_name: str) -> Path:
    """A catalog that comes with the program."""
    return Path(__file__).parent / "data" / file_name


# -- readers of single values --------------------------------------------------------------------


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be text, not {_kind(value)}")
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_kind(value)}")
    return value


def whole(*, at_least: int = 0) -> Reader[int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, not {_kind(value)}")
        if value < at_least:
            raise ValueError(f"must be at least {at_least}, not {value}")
        return value

    return read


def decimal(value: object) -> Decimal:
    """An exact, finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, not {_kind(value)}")
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        raise ValueError(f"must be a finite number of at least 0, not {value}")
    return number


def number(value: object) -> float:
    converted = float(decimal(value))
    if converted == float("inf"):
        raise ValueError("must be a number that fits 64 bits")
    return converted


def share(value: object) -> float:
    return _at_most_one(number(value), value)


def exact_share(value: object) -> Decimal:
    return _at_most_one(decimal(value), value)


def _at_most_one(fraction: Fraction, value: object) -> Fraction:
    if fraction > 1:
        raise ValueError(f"must be a share between 0 and 1, not {value}")
    return fraction


def day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError(f"must be a date such as 2026-11-21, not {_kind(value)}")
    return value


def matching(pattern: re.Pattern[str], example: str) -> Reader[str]:
    def read(value: object) -> str:
        if not pattern.fullmatch(text(value)):
            raise ValueError(f"must look like {example}, not {value!r}")
        return text(value)

    return read


sha256 = matching(re.compile(r"[0-9a-f]{64}"), "64 lowercase hexadecimal digits")


def one_of(*choices: str) -> Reader[str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}; {nearest(str(value), choices)}")
        return str(value)

    return read


def list_of(read: Reader[T]) -> Reader[tuple[T, ...]]:
    def read_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError(f"must be a list, not {_kind(value)}")
        return tuple(read(item) for item in value)

    return read_all


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    match value:
        case "":
            return "empty text"
        case str():
            return f"the text {value[:40]!r}"
        case bool() | int() | Decimal():
            return f"{str(value).lower()[:40]}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"{value}"
