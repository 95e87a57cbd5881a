"""Which published figures of an API are about a task."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from bench.catalog.types import ApiProfile, PublishedLength, PublishedScore, ReasoningRange

T = TypeVar("T", PublishedScore, PublishedLength)

HUB = "hub:"  # before the name of a benchmark that is read whole from its data set
_BENCHMARKS = {"gpqa": ("gpqa-diamond", "gpqa")}  # of the diamond set, which not every score says


def published_score(profile: ApiProfile, task: str) -> PublishedScore | None:
    """The first score listed on the benchmark that the task's items are of, at the profile's effort."""
    return _first(profile, profile.scores, task)


def published_length(profile: ApiProfile, task: str) -> PublishedLength | None:
    """The same of the mean tokens of its output."""
    return _first(profile, profile.lengths, task)


def set_told(found: PublishedScore | PublishedLength, task: str) -> str:
    """Which benchmark it is, where that does not say that it was the set that the task's items are of."""
    return "" if found.task == _benchmarks(task)[0] else f" on {found.task}, which set is not stated"


def reasoning_range(profile: ApiProfile, task: str) -> ReasoningRange | None:
    """The first range listed for the task, its benchmark, its family, or any task, at the profile's effort.

    None where it does not reason, and so answers in what words it likes.
    """
    if not profile.is_reasoning:
        return None
    for name in _names(task):
        for known in profile.reasoning:
            if known.task == name and profile.effort in (None, known.effort):
                return known
    return None


def _first(profile: ApiProfile, published: Iterable[T], task: str) -> T | None:
    for benchmark in _benchmarks(task):
        for one in published:
            if one.task == benchmark and one.effort == profile.effort:
                return one
    return None


def _benchmarks(task: str) -> tuple[str, ...]:
    """The task's own benchmark first."""
    benchmark = task.removeprefix(HUB)
    return _BENCHMARKS.get(task, (benchmark,))


def _names(task: str) -> Iterator[str]:
    yield task
    yield from _benchmarks(task)
    yield task.partition(":")[0]
    yield "*"
