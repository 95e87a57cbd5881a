"""Token counts of requests, out of providers' usage exports and logs of requests: JSON, CSV or TOML."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import product
from pathlib import Path

from bench.commands import usage_names as names
from bench.commands.usage_names import What
from bench.economics.assumptions.moment import read_moment
from bench.economics.workload import BATCH, Usage
from bench.errors import InputError, nearest
from bench.tasks.json_lines import Line, describe, read_lines, read_objects, repeated
from bench.units import within_calendar

Fields = dict[str, object]

NAMES = names.WHAT
INPUT, OUTPUT = ("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")

LARGEST = 10**15  # of a count; more is a slip of the pen
LONGEST_NAME = 1_000  # characters; a path of a model may have some hundred
_DIGITS = re.compile(r"[0-9]{1,20}")
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,12})?")
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kKmM]?)")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KIND = re.compile("cach|reason|thought|think|audio|image|video|citation")
_ORDER = {name: i for i, name in enumerate(NAMES)}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_NO_ANSWER = frozenset({"errored", "canceled", "expired"})  # how a batched request may end
_FIRST_REFUSED = 400  # of HTTP's status codes


def read_usages(path: Path) -> list[Usage]:
    """The requests of a ``.jsonl``, ``.json`` or ``.csv`` file, gzipped or not.

    Raises TaskError for a file that cannot be read as what its name says, InputError with file, line and
    field for a row that cannot be used, and for a file without rows.
    """
    usages = [read_usage(row, where, is_sum=is_sum) for where, row, is_sum in _rows(path)]
    if not any(usage.n_requests != 0 for usage in usages):
        raise InputError("no request that was answered" if usages else "no row at all", where=str(path))
    return usages


def read_moments(path: Path) -> Iterator[tuple[str, float]]:
    """Where each row stands, and the seconds since 1970 at which its request came; errors as above.

    Seconds may as well begin at any other moment: what counts is when one request came after another.
    InputError for a row without a moment, and for one that sums up several requests.
    """
    for where, fields, is_sum in _rows(path):
        row = _Row(fields, where)
        moment, n_requests = row.moment(has_any_begin=True), row.n_requests(is_sum=is_sum)
        if moment is None:
            raise row.missing(names.MOMENT)
        if n_requests is None:
            raise InputError("a sum of requests has no moment of each", where=where)
        if n_requests != 1:
            raise row.error(f"a row of {n_requests:,} requests has no moment of each", "requests")
        yield where, moment.timestamp()


def read_usage(fields: Fields, where: str, *, is_sum: bool = False) -> Usage:
    """One row. InputError with ``where`` and field; fields that mean nothing here are left alone.

    ``is_sum``: it stands where an export has sums, so that it is no single request if it does not say so.
    """
    row = _Row(fields, where)
    if row.has_failed:
        return Usage(0, 0, n_requests=0, model=row.model(), at=row.moment())
    row.refuse_what_is_not_billed()
    n_requests = row.n_requests(is_sum=is_sum)
    if n_requests == 0:
        raise row.error("a row that stands for no request", "requests", remedy="leave it out")
    read, written, hour = row.kept()
    n_input, n_output = row.sums(read + written)
    reasoning = row.count("reasoning")
    if n_requests is not None and not n_input and not n_output:
        raise row.error(
            "a request without a token, which no provider bills",
            *_TOKENS,
            remedy="leave out a row that failed",
        )
    if read + written > n_input:
        kept = f"{read:,} cached tokens" + (f" and {written:,} written to the cache" if written else "")
        raise row.error(f"{kept} in an input of {n_input:,}", *_KEPT)
    if reasoning is not None and reasoning > n_output:
        raise row.error(
            f"{reasoning:,} reasoning tokens in an output of {n_output:,}",
            "reasoning",
            remedy="an output's tokens include its reasoning; give total_tokens where they do not",
        )
    return Usage(
        input_tokens=n_input,
        output_tokens=n_output,
        cached_tokens=read,
        written_tokens=written,
        hour_tokens=hour,
        reasoning_tokens=reasoning,
        n_requests=n_requests,
        between=row.between(),
        n_searches=row.count("searches") or 0,
        tier=row.tier(),
        model=row.model(),
        at=row.moment(),
    )


class _Row:
    """The fields of one row under any of their names; null is as good as absent."""

    def __init__(self, fields: Fields, where: str) -> None:
        self._fields, self._where = fields, where
        self._said: dict[str, dict[str, object]] = {}  # by name: where it stands, and what it says
        self._unknown: list[str] = []  # where counts stand of which nobody knows what they are
        self._look_into(fields, "")
        for name, instead in names.BILLED_INSTEAD.items():
            if instead in self._said:
                self._said.pop(name, None)
        self._counts: dict[What, dict[str, object]] = {}
        for name in sorted(self._said.keys() & NAMES.keys(), key=_ORDER.__getitem__):
            self._counts.setdefault(NAMES[name], {}).update(self._found(name))

    @property
    def has_failed(self) -> bool:
        """Nothing was counted, and the row says why."""
        if self._counts.keys() - _NOT_ANSWERS or self._unknown:
            return False
        result, response = self._fields.get("result"), self._fields.get("response")
        status = response.get("status_code") if isinstance(response, dict) else None
        return (
            bool(self._fields.get("error"))
            or (isinstance(result, dict) and result.get("type") in _NO_ANSWER)
            or (isinstance(status, int) and status >= _FIRST_REFUSED)
        )

    def count(self, what: What) -> int | None:
        """Names for the same thing must say the same."""
        if what not in self._counts:
            return None
        counts = {path: self._whole(value, path) for path, value in self._counts[what].items()}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{path} {count:,}" for path, count in counts.items())
            raise InputError(f"two counts of the same: {told}", where=self._where)
        return next(iter(counts.values()))

    def refuse_what_is_not_billed(self) -> None:
        """Raise InputError for tokens of which nothing here knows the price, or what they are."""
        for path, value in self._counts.get("unpriced", {}).items():
            if self._whole(value, path):
                raise InputError(
                    "tokens that have a price of their own, which is not known here",
                    where=f"{self._where}: {path}",
                    remedy="leave the row out, and count its cost apart",
                )
        if self._unknown:
            raise InputError(
                "a count of tokens whose name is not known, so that it may be part of another or not",
                where=f"{self._where}: {', '.join(sorted(self._unknown))}",
                remedy="call it by a name of docs/workloads.md, or leave it out where it is counted already",
            )

    def n_requests(self, *, is_sum: bool) -> int | None:
        """None: it sums up who knows how many."""
        told = self.count("requests")
        return 1 if told is None and not is_sum and self._said.keys().isdisjoint(names.SUMS) else told

    def between(self) -> tuple[int, int] | None:
        """What the input of each request is more than, and at most; None where that is not told."""
        for name in names.BOUNDS:
            for value in self._found(name).values():
                sizes = [int(Decimal(n) * _TIMES[unit.lower()]) for n, unit in _SIZE.findall(str(value)[:40])]
                if len(sizes) == 1:
                    return (sizes[0], LARGEST) if ">" in str(value) else (0, sizes[0])
                if len(sizes) == 2 and sizes[0] < sizes[1]:
                    return sizes[0], sizes[1]
        return None

    def kept(self) -> tuple[int, int, int]:
        """Of the input: read from the cache, written to it, and of the latter what is kept for an hour."""
        written, minutes = self.count("written"), self.count("written_minutes")
        hour = self.count("written_hour")
        parts = (minutes or 0) + (hour or 0)
        if written is None:
            written = parts
        elif parts > written or (parts != written and None not in (minutes, hour)):
            raise self.error(
                f"{parts:,} written to the cache for minutes and for an hour, of {written:,}", *_KEPT[1:]
            )
        return self.count("read") or 0, written, hour or 0

    def sums(self, kept: int) -> tuple[int, int]:
        """All input and all output, each token once, whichever of their parts the row tells.

        ``kept`` of the input came from the cache or went there. A total decides where the names leave it
        open, and must fit where they do not.
        """
        inputs, outputs, total = self._inputs(kept), self._outputs(), self.count("total")
        if total is not None and not outputs and "input" in self._counts:
            outputs = {total - n for n in inputs if n <= total}
        if not outputs:
            raise self.missing(OUTPUT)
        if total is not None:
            fits = {(n, out) for n, out in product(inputs, outputs) if n + out == total}
            if len(fits) == 1:
                return fits.pop()
            raise self.error(f"its input and output do not add up to {total:,} in one way", "total")
        if len(inputs) > 1:
            raise self.error(
                f"has {kept:,} cached tokens beside the input and of the input",
                *_KEPT,
                remedy="give one of them",
            )
        return inputs.pop(), outputs.pop()

    def model(self) -> str | None:
        for name in names.MODEL:
            for path, value in self._found(name).items():
                model = value.strip() if isinstance(value, str) else ""
                if not 0 < len(model) <= LONGEST_NAME:
                    raise InputError(
                        f"{_short(value)} is no name",
                        where=f"{self._where}: {path}",
                        remedy=f"write 1 to {LONGEST_NAME:,} characters, or leave it out",
                    )
                return model
        return None

    def moment(self, *, has_any_begin: bool = False) -> datetime | None:
        """In ISO form, or in seconds since 1970 or, for all that it matters, since any begin."""
        for name in names.MOMENT:
            for path, value in self._found(name).items():
                try:
                    moment = _moment(value)
                    return moment if has_any_begin else within_calendar(moment)
                except (InputError, ArithmeticError, ValueError, OSError):
                    raise InputError(
                        f"{_short(value)} is no moment",
                        where=f"{self._where}: {path}",
                        remedy="write it as 2026-11-21T09:30Z, or in seconds since 1970",
                    ) from None
        return None

    def tier(self) -> str | None:
        """At which it was served, if not at once for the list price."""
        tiers = {
            str(value).strip().lower() for name in names.TIER for value in self._found(name).values()
        } - names.LIST_PRICE_TIERS
        if tiers & names.BATCH_TIERS or self._is_batch():
            return BATCH
        dear = {
            f"{name} {word}"
            for name, word in names.DEARER.items()
            for value in self._found(name).values()
            if str(value).strip().lower() == word
        }
        return ", ".join(sorted(tiers | dear)) or None

    def missing(self, wanted: tuple[str, ...]) -> InputError:
        known = [name for name, value in self._fields.items() if value is not None]
        what = f"has no {wanted[0]}; {nearest(wanted[0], known)}"
        return InputError(what, where=self._where, remedy="call it " + " or ".join(wanted[:2]))

    def error(self, complaint: str, *whats: What, remedy: str | None = None) -> InputError:
        paths = [path for what in whats for path in self._counts.get(what, ())]
        return InputError(complaint, where=f"{self._where}: {', '.join(paths)}", remedy=remedy)

    def _look_into(self, scope: Fields, path: str) -> None:
        """Note what has a name that means something, in an object and in those that hold more of the same."""
        for key, value in scope.items():
            name, at = _folded(key), f"{path}{key}"
            if not isinstance(value, dict):
                self._note(name, at, value)
            if name in names.HOLDERS and isinstance(value, dict):
                self._look_into(value, f"{at}.")
            elif isinstance(value, dict | list):
                for inner, count in _details(value):
                    self._note(f"{name}.{_folded(inner)}", f"{at}.{inner}", count)

    def _note(self, name: str, at: str, value: object) -> None:
        if value is None:
            return
        if name in names.TOLD:
            self._said.setdefault(name, {})[at] = value
        elif _may_be_billed(name) and _is_some(value):
            self._unknown.append(at)

    def _found(self, name: str) -> dict[str, object]:
        """The outermost first, whatever the order of the fields."""
        found = self._said.get(name, {})
        return found if len(found) < 2 else dict(sorted(found.items(), key=lambda at: (at[0].count("."), at)))

    def _inputs(self, kept: int) -> set[int]:
        """What all input may be."""
        told: list[set[int]] = []
        if (n := self.count("input")) is not None:
            told.append({n + (self.count("tool_input") or 0)})
        if (n := self.count("fresh")) is not None:
            told.append({n + kept})
        if (n := self.count("input_or_fresh")) is not None:
            kept_names = {name for name in self._said if NAMES.get(name) in _KEPT}
            is_fresh = kept_names <= names.BESIDE and not told
            is_all = kept_names.isdisjoint(names.BESIDE) and not told
            told.append({n + kept} if is_fresh and kept else {n} if is_all else {n, n + kept})
        if not told:
            raise self.missing(INPUT)
        fits = set.intersection(*told)
        if not fits:
            said = ", ".join(
                f"{path} {value}" for what in _INPUT for path, value in self._counts.get(what, {}).items()
            )
            raise InputError(f"two counts of the same: {said}", where=self._where)
        return fits

    def _outputs(self) -> set[int]:
        """What all output may be; nothing where the row does not tell any."""
        told, output, visible = self.count("reasoning"), self.count("output"), self.count("visible")
        reasoning = told or 0
        if visible is not None and output is None:
            return {visible + reasoning}
        if output is None:
            return set()
        if visible is not None:
            least = visible + reasoning
            if output not in (visible, least) and (told is not None or output < least):
                raise self.error(f"{least:,} tokens of an output of {output:,}", "visible")
            return {max(least, output)}
        # A total tells whether reasoning stands beside the output, if nothing of the input is left to guess.
        return {output, output + reasoning} if {"total", "input"} <= self._counts.keys() else {output}

    def _is_batch(self) -> bool:
        """A flag says so, or the row is one of a batch's results: named by the user, and wrapped."""
        for name in names.BATCH:
            for path, value in self._found(name).items():
                if (flag := _FLAGS.get(str(value).strip().lower())) is None:
                    raise InputError(
                        f"{_short(value)} is neither true nor false", where=f"{self._where}: {path}"
                    )
                return flag
        response, result = self._fields.get("response"), self._fields.get("result")
        if "custom_id" in self._fields:  # OpenAI and Anthropic
            return isinstance(response or result, dict)
        return "key" in self._fields and isinstance(response, dict) and "usageMetadata" in response  # Gemini

    def _whole(self, value: object, path: str) -> int:
        count = -1
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            count = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            count = value
        if not 0 <= count <= LARGEST:
            raise InputError(
                f"{_short(value)} is no count",
                where=f"{self._where}: {path}",
                remedy=f"write a whole number from 0 to {LARGEST:,}",
            )
        return count


_KEPT: tuple[What, ...] = ("read", "written", "written_minutes", "written_hour")
_TOKENS: tuple[What, ...] = ("input", "input_or_fresh", "fresh", "output", "visible")
_INPUT: tuple[What, ...] = ("input", "input_or_fresh", "tool_input", "fresh", *_KEPT)
_NOT_ANSWERS = frozenset[What]({"requests", "searches", "unpriced"})


def _rows(path: Path) -> Iterator[tuple[str, Fields, bool]]:
    """Where each row stands, its fields, and whether it is a sum of requests."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".csv"):
        rows = _csv_rows(path)
    elif name.endswith(".json"):
        rows = read_objects([_whole_file(path)])
    elif name.endswith((".jsonl", ".ndjson")):
        rows = read_objects(read_lines(path))
    else:
        raise InputError(
            "a workload is a .jsonl, .json or .csv file",
            where=str(path),
            remedy="name it after what it holds",
        )
    has_more, where = False, str(path)
    for line, fields in rows:
        has_more, where = fields.get("has_more") is True, line.where
        yield from _unwrapped(fields, where)
    if has_more:
        raise InputError(
            "there are more pages than stand here", where=where, remedy="give all of them, one a line"
        )


def _whole_file(path: Path) -> Line:
    """One object, or an array of them, as if it were a page."""
    text = "\n".join(line.text for line in read_lines(path))
    return Line(path, 1, f'{{"data": {text}}}' if text.lstrip().startswith("[") else text)


def _unwrapped(fields: Fields, where: str) -> Iterator[tuple[str, Fields, bool]]:
    """The rows of a page of them, and of the periods that a page of sums has; what is neither is a row."""
    data, results = fields.get("data"), fields.get("results")
    if "usage" not in fields and isinstance(data, list):
        for i, row in enumerate(data):
            yield from _unwrapped(_object(row, f"{where}: data[{i}]"), f"{where}: data[{i}]")
    elif isinstance(results, list) and any(_folded(key) in names.MOMENT for key in fields):
        period = {key: value for key, value in fields.items() if _folded(key) in names.MOMENT}
        for i, row in enumerate(results):
            yield f"{where}: results[{i}]", period | _object(row, f"{where}: results[{i}]"), True
    else:
        yield where, fields, False


def _object(value: object, where: str) -> Fields:
    if not isinstance(value, dict):
        raise InputError(f"must be a JSON object, not {describe(value)}", where=where)
    return value


def _csv_rows(path: Path) -> Iterator[tuple[Line, Fields]]:
    """An empty cell says nothing, and a period in which nothing was asked is no row."""
    line = Line(path, 1, "")

    def texts() -> Iterator[str]:
        nonlocal line
        for line in read_lines(path):
            yield line.text

    header: list[str] = []
    try:
        for cells in csv.reader(texts(), strict=True):
            if not header:
                header = [cell.strip() for cell in cells]
                if (twice := repeated(header)) is not None:
                    raise InputError(f"the column {twice!r} stands twice", where=line.where)
            elif len(cells) != len(header):
                raise InputError(f"{len(cells)} cells under {len(header)} columns", where=line.where)
            else:
                said = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                row: Fields = {name: cell for name, cell in said.items() if cell}
                if not _is_idle(row):
                    yield line, row
    except csv.Error as error:
        raise InputError(f"is no CSV: {error}", where=line.where) from error


def _is_idle(row: Fields) -> bool:
    """A period of an export without a count, and without whom it would be of."""
    keys = set(map(_folded, row))
    return bool(keys & names.PERIOD_ENDS) and keys.isdisjoint(names.TOLD - {*names.MOMENT})


@lru_cache(maxsize=4096)
def _may_be_billed(name: str) -> bool:
    """It looks like a kind of tokens, and is none that the table knows."""
    return "token" in name and _KIND.search(name) is not None and name not in names.ALSO_COUNTED


def _is_some(value: object) -> bool:
    if isinstance(value, str):
        return bool(_DIGITS.fullmatch(value)) and int(value) > 0
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


@lru_cache(maxsize=4096)
def _folded(key: str) -> str:
    """As the table spells it, without the objects around it: ``usage.promptTokens`` is ``prompt_tokens``."""
    *outer, last = _HUMP.sub("_", key[:LONGEST_NAME].strip()).lower().replace(" ", "_").split(".")
    while outer and outer[0] in names.HOLDERS:
        outer.pop(0)
    return ".".join((*outer, last))


def _details(value: Mapping[str, object] | list[object]) -> Iterator[tuple[str, object]]:
    """Counts by name, or as Gemini lists them: by the kind of what was counted."""
    if isinstance(value, Mapping):
        yield from value.items()
        return
    for one in value:
        if isinstance(one, dict) and isinstance(kind := one.get("modality"), str):
            yield f"{kind}_tokens".lower(), one.get("tokenCount", one.get("token_count"))


def _moment(value: object) -> datetime:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return datetime.fromtimestamp(float(value), UTC)
    if isinstance(value, str | date):
        return read_moment(str(value))
    raise ValueError("neither text nor a number")


def _short(value: object) -> str:
    return repr(str(value)[:40])
