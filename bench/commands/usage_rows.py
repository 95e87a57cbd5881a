"""Token counts of requests, out of rows of usage exports and logs: each token once, or none."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

from bench.commands import usage_names as names
from bench.commands.usage_names import What
from bench.economics.assumptions.moment import read_moment
from bench.economics.workload.usage import BATCH, Usage
from bench.errors import InputError, nearest
from bench.units import within_calendar

Fields = dict[str, object]

LARGEST = 10**15  # of a count; more is a slip of the pen
_DIGITS = re.compile(r"[0-9]{1,20}")
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,12})?")
_NUMBER = re.compile(r"[0-9][0-9,]{0,30}(?:\.[0-9]{0,12})?")
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kKmM]?)")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
_INPUT_NAMES, _OUTPUT_NAMES = ("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_NO_ANSWER = frozenset({"errored", "canceled", "expired"})  # how a batched request may end
_FIRST_REFUSED = 400  # of HTTP's status codes
_KEPT: tuple[What, ...] = ("read", "written", "written_minutes", "written_hour")
_TOKENS: tuple[What, ...] = ("input", "input_or_fresh", "fresh", "output", "visible")
_INPUT: tuple[What, ...] = ("input", "input_or_fresh", "tool_input", "fresh", *_KEPT)
_NOT_ANSWERS = frozenset[What]({"requests", "searches", "unpriced"})


def read_usage(fields: Fields, where: str, *, is_sum: bool = False) -> Usage:
    """One row. InputError with ``where`` and field; fields that mean nothing here are left alone.

    ``is_sum``: it stands where an export has sums, so that it is no single request if it does not say so.
    """
    row = Row(fields, where)
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
        answer=row.answer(),
        n_searches=row.count("searches") or 0,
        tier=row.tier(),
        model=row.model(),
        at=row.moment(),
    )


class Row:
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
        for name, what in names.WHAT.items():
            if name in self._said:
                self._counts.setdefault(what, {}).update(self._found(name))

    @property
    def _is_counted(self) -> bool:
        return bool(self._counts.keys() - _NOT_ANSWERS or self._unknown)

    @property
    def is_request(self) -> bool:
        """It says what only a request or a sum of them says: counts, or who answered, and how."""
        return self._is_counted or not self._said.keys() <= {*names.WHAT, *names.MOMENT, *names.ANSWER}

    @property
    def has_failed(self) -> bool:
        """Nothing was counted, and the row says why."""
        if self._is_counted:
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

    def answer(self) -> str | None:
        """The id that a provider gave its answer; None where it has none, or one that may be anything's."""
        for name, is_id in names.ANSWER.items():
            for value in self._found(name).values():
                if isinstance(value, str) and is_id.fullmatch(value):
                    return value
        return None

    def between(self) -> tuple[int, int] | None:
        """What the input of each request is more than, and at most; None where that is not told."""
        for name in names.BOUNDS:
            for value in self._found(name).values():
                sizes = [int(Decimal(n) * _TIMES[unit.lower()]) for n, unit in _SIZE.findall(str(value)[:40])]
                if len(sizes) == 1:
                    is_least = not {">", "≥", "+"}.isdisjoint(str(value)[:40])
                    return (sizes[0], LARGEST) if is_least else (0, sizes[0])
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
            raise self.missing(_OUTPUT_NAMES)
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
                if not 0 < len(model) <= names.LONGEST_NAME:
                    raise InputError(
                        f"{_short(value)} is no name",
                        where=f"{self._where}: {path}",
                        remedy=f"write 1 to {names.LONGEST_NAME:,} characters, or leave it out",
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
        """What was meant may stand under a misspelt name, but not under that of another count."""
        known = [name for name, value in self._fields.items() if value is not None]
        misspelt = [name for name in known if names.folded(name) not in names.TOLD]
        what = f"has no {wanted[0]}" + (f"; {nearest(wanted[0], misspelt)}" if misspelt else "")
        return InputError(what, where=self._where, remedy="call it " + " or ".join(wanted[:2]))

    def error(self, complaint: str, *whats: What, remedy: str | None = None) -> InputError:
        paths = [path for what in whats for path in self._counts.get(what, ())]
        return InputError(complaint, where=f"{self._where}: {', '.join(paths)}", remedy=remedy)

    def _look_into(self, scope: Fields, path: str) -> None:
        """Note what has a name that means something, in an object and in those that hold more of the same."""
        for key, value in scope.items():
            name, at = names.folded(key), f"{path}{key}"
            if not isinstance(value, dict):
                self._note(name, at, value)
            if name in names.HOLDERS and isinstance(value, dict):
                self._look_into(value, f"{at}.")
            elif isinstance(value, dict | list):
                for inner, count in _details(value):
                    self._note(f"{name}.{names.folded(inner)}", f"{at}.{inner}", count)

    def _note(self, name: str, at: str, value: object) -> None:
        if value is None or (name in names.ZERO_SAYS_NOTHING and str(value) == "0"):
            return
        if name in names.TOLD:
            self._said.setdefault(name, {})[at] = value
        elif names.may_be_billed(name) and _is_some(value):
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
            is_claude = "claude" in (self.model() or "").lower()
            if kept and not told and is_claude and "cached_input_tokens" in self._said:
                raise self.error(
                    "cached tokens of Claude, part of the input or not as the version of the AI SDK has it",
                    "read",
                    remedy="give Anthropic's own counts, cache_read_input_tokens among them",
                )
            kept_names = {name for name in self._said if names.WHAT.get(name) in _KEPT}
            is_fresh = kept_names <= names.BESIDE and not told
            is_all = kept_names.isdisjoint(names.BESIDE) and not told
            told.append({n + kept} if is_fresh and kept else {n} if is_all else {n, n + kept})
        if not told:
            raise self.missing(_INPUT_NAMES)
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


def _is_some(value: object) -> bool:
    """1 or more, however it is written: tables write counts with a fraction or commas. Less is a share."""
    if isinstance(value, str):
        value = float(value.replace(",", "")) if _NUMBER.fullmatch(value) else 0
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1


def _details(value: Mapping[str, object] | list[object]) -> Iterator[tuple[str, object]]:
    """Counts by name, or where they are listed by the kind of what was counted: the sum of each kind."""
    if isinstance(value, Mapping):
        yield from value.items()
        return
    found: dict[str, list[object]] = {}
    for one in value:
        kind = next((one[key] for key in names.KINDS if key in one), None) if isinstance(one, dict) else None
        if isinstance(one, dict) and isinstance(kind, str):
            counts = [n for key, n in one.items() if names.folded(key) in names.LISTED and n is not None]
            found.setdefault(f"{kind}_tokens".lower(), []).extend(counts)
    for name, counts in found.items():
        whole = [n for n in counts if isinstance(n, int) and not isinstance(n, bool)]
        other = [n for n in counts if n not in whole]
        yield name, other[0] if other else sum(whole)


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
