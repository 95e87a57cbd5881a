"""What a check of a submitted record says: where, what, how grave, and what to do."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["refused", "not-ranked", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``refused``: the record is not published; ``not-ranked``: it is shown apart from rankings.

    ``path`` leads to the value in the record: ``speed.0.samples.3.calls_s``; empty for the whole record.
    """

    level: Level
    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """Where and what, in one line."""
        return ": ".join(filter(None, (self.path, self.what)))

    @property
    def is_of_all(self) -> bool:
        """Is it about the whole record, and not one of its points, requests or answers?"""
        return not any(part.isdigit() for part in self.path.split("."))


MEASURE_AGAIN = "measure again with `breakeven run`, and submit the file as it was written"


def refused(path: str, what: str, remedy: str = MEASURE_AGAIN) -> Finding:
    return Finding("refused", path, what, remedy)


def not_ranked(path: str, what: str, remedy: str) -> Finding:
    return Finding("not-ranked", path, what, remedy)


def note(path: str, what: str, remedy: str) -> Finding:
    return Finding("note", path, what, remedy)
