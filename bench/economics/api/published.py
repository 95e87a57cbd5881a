"""Which published figures of an API are about a task."""

from collections.abc import Iterator

from bench.catalog.types import ApiProfile, PublishedScore, ReasoningRange

HUB = "hub:"  # before the name of a benchmark that is read whole from its data set
_BENCHMARKS = {"gpqa": ("gpqa-diamond", "gpqa")}  # of the diamond set, which not every score says


def published_score(profile: ApiProfile, task: str) -> PublishedScore | None:
    """The first score listed on the benchmark that the task's items are of, at the profile's effort."""
    for benchmark in _benchmarks(task):
        for score in profile.scores:
            if score.task == benchmark and score.effort == profile.effort:
                return score
    return None


def is_of_another_set(score: PublishedScore, task: str) -> bool:
    """Whether the score does not say that it was reached on the set that the task's items are of."""
    return score.task != _benchmarks(task)[0]


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


def _benchmarks(task: str) -> tuple[str, ...]:
    """The task's own benchmark first."""
    benchmark = task.removeprefix(HUB)
    return _BENCHMARKS.get(task, (benchmark,))


def _names(task: str) -> Iterator[str]:
    yield task
    yield from _benchmarks(task)
    yield task.partition(":")[0]
    yield "*"
