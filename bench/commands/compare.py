"""``breakeven compare``: two records beside each other, what is refused, and what counts as a regression."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.errors import InputError, first_few
from bench.records.files import write_text
from bench.records.store import read_record
from bench.records.types import Record
from bench.reports.rows.comparison import Compared, compare
from bench.reports.rows.differences import Difference

_SHARE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%?\s*")
MOST_TOLD = 4  # differences named in an error; the notice above a comparison names all


@dataclass(frozen=True, slots=True)
class Gate:
    """What ``--fail-on-regression`` says: names of speed tests."""

    limit: float
    regressed: tuple[str, ...]
    no_result: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """A regression is a finding, whatever else is unknown; without one, an unknown is no pass."""
        return 1 if self.regressed else 2 if self.no_result else 0

    def document(self) -> dict[str, object]:
        return asdict(self) | {"exit_code": self.exit_code}

    def sentences(self) -> list[str]:
        """What was found, one line each."""
        lines = []
        if self.regressed:
            lines.append(f"slower by more than {100 * self.limit:g} %: {', '.join(self.regressed)}")
        if self.no_result:
            lines.append(f"no result, so neither passed nor failed: {', '.join(self.no_result)}")
        return lines or [f"no speed test is slower by more than {100 * self.limit:g} %"]


def parse_percent(text: str) -> float:
    """``3%`` and ``3`` as the share 0.03; InputError for anything else, 0 and 100 per cent."""
    found = _SHARE.fullmatch(text)
    share = float(found[1]) / 100 if found else 0.0
    if not 0 < share < 1:
        raise InputError(
            f"{text!r} is no percentage between 0 and 100",
            where="--fail-on-regression",
            remedy="say by how many per cent B may be slower: --fail-on-regression 3%",
        )
    return share


def read_side(word: str) -> Record:
    """One record file. Raises InputError for a folder, RecordError for what is no record."""
    path = Path(word)
    if path.is_dir():
        raise InputError(
            "is a folder, and two records are compared",
            where=word,
            remedy=f"name one of its files; `breakeven report {word}` shows what it holds",
        )
    if not path.exists() and not word.endswith(".json"):
        raise InputError(
            "is no record file",
            where=word,
            remedy="give two record files; to run two models or settings against each other: --interleave",
        )
    return read_record(path)


def compare_records(a: Record, b: Record, *, is_gated: bool, anyway: bool) -> Compared:
    """The comparison; InputError for records that do not belong beside each other, unless ``anyway``.

    That is so for another machine or other questions, and before a gate also for another model or settings.
    """
    compared = compare(a, b)
    if not anyway:
        _refuse(compared, is_gated=is_gated)
    if not compared.has_common_test:
        raise InputError(
            "the records have no test in common",
            where=f"A has {_listed(compared.only_a)}; B has {_listed(compared.only_b)}",
            remedy="measure both with the same tests",
        )
    if is_gated and not compared.speed and not compared.failed_in_b:
        raise InputError(
            "the records have no speed test in common, so no regression can be found",
            remedy="measure both with the same tests, or leave out --fail-on-regression",
        )
    return compared


def gate(compared: Compared, limit: float) -> Gate:
    """Regressed: slower by more than ``limit`` by the estimate, and the interval excludes no change.

    The estimate alone would alarm on noise; demanding the whole interval beyond the limit would let a
    slow-down of just over the limit pass nearly always.
    """
    return Gate(
        limit,
        regressed=tuple(
            row.name
            for row in compared.speed
            if row.effect is not None and row.verdict == "slower" and row.effect.ratio < 1 - limit
        ),
        no_result=(
            *(row.name for row in compared.speed if row.verdict == "no result"),
            *compared.failed_in_b,
        ),
    )


def write_markdown(compared: Compared, file: Path) -> str | None:
    """Write to ``file``; return the text instead for ``-``."""
    from bench.reports.comparison import render_markdown

    text = render_markdown(compared)
    if str(file) == "-":
        return text
    write_text(text, file)
    return None


def _refuse(compared: Compared, *, is_gated: bool) -> None:
    refused = [one for one in compared.differences if one.is_refused]
    if refused:
        raise InputError(
            f"these records do not belong beside each other: {_told(refused)}",
            remedy="measure both on one machine with the same tasks; --anyway compares them all the same",
        )
    changed = [
        one for one in compared.differences if one.part in ("model", "settings") and not one.is_unknown
    ]
    if is_gated and changed:
        raise InputError(
            f"a regression of what? The records differ in more than time: {_told(changed)}",
            remedy="compare the same model with the same settings; --anyway compares them all the same",
        )


def _told(differences: list[Difference]) -> str:
    return first_few([*map(str, differences)], MOST_TOLD, "; ")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"
