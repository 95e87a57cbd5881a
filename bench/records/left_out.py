"""Files that were left out: of a million broken ones, the first are named and the others counted."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from bench.errors import RecordError

MOST_TOLD = 20
VERIFY_TELLS = "`breakeven results verify` tells each"

T = TypeVar("T")


class LeftOut:
    """What is wrong with files, in the order in which it was added; iterated, as a person is told.

    Memory holds the first ``MOST_TOLD``; one more error counts the others and has ``remedy``. ``len`` is of
    all.
    """

    def __init__(self, remedy: str = VERIFY_TELLS) -> None:
        self._remedy = remedy
        self._first: list[RecordError] = []
        self._n = 0

    def add(self, error: RecordError) -> None:
        self._n += 1
        if self._n <= MOST_TOLD:
            self._first.append(error)

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[RecordError]:
        return first_told(self._first, self._n, self._remedy)


def first_told(found: Sequence[T], n: int, remedy: str) -> Iterator[T | RecordError]:
    """Of ``n`` files, of which ``found`` holds the first: those that a person is told, and a count."""
    yield from found[:MOST_TOLD]
    if (n_others := n - MOST_TOLD) > 0:
        yield RecordError(f"{n_others:,} more files" if n_others > 1 else "1 more file", remedy=remedy)
