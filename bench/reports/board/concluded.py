"""What one record and all of them conclude of a task: how many verdicts of each kind, and the best one."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.records.types import Record
from bench.reports.board.shown import Concluded, Entry, Row, Verdicts
from bench.reports.words import figures as f
from bench.reports.words.verdicts import ORDER, VerdictGroup, how_sure, verdict_groups

_WORTH = ("viable", "insufficient evidence", "not viable")  # the best news first


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Of a task: ``verdicts`` of all pairs of a model and an API; ``best`` is that of ``entry``."""

    task: str
    verdicts: Verdicts
    n_models: int
    row: Row
    entry: Entry
    best: Concluded


def concluded_by(record: Record) -> dict[str, Concluded]:
    """What the record concludes, by the task's name."""
    by_task: dict[str, list[VerdictGroup]] = {}
    for group in verdict_groups(record.assessment):
        by_task.setdefault(group.task, []).append(group)
    return {
        task: min((_told(group, _counted(groups)) for group in groups), key=news)
        for task, groups in by_task.items()
    }


def conclusion_of(task: str, rows: Sequence[Row]) -> Conclusion | None:
    """Of records that rank, if any does; None where nothing was compared with an API."""
    found = [
        (row, entry, one.concluded)
        for row in rows
        for entry in row.entries
        for one in entry.scored
        if one.task.name == task and one.concluded
    ]
    told = [one for one in found if not one[0].why_not] or found
    if not told:
        return None
    row, entry, best = min(told, key=lambda one: (news(one[2]), one[1].id))
    verdicts = summed(one.verdicts for _, _, one in told)
    return Conclusion(task, verdicts, len({row.model.key for row, *_ in told}), row, entry, best)


def news(one: Concluded) -> tuple[int, float, int]:
    """The best first: of two that are as good the surer one, then the one against more APIs."""
    sure = -1.0 if one.probability is None else one.probability
    return _WORTH.index(one.verdict), -sure, -one.n_others


def words(verdicts: Verdicts) -> str:
    """All that there are: ``7 viable, 2 insufficient evidence``."""
    return ", ".join(f"{n:,} {name}" for name, n in zip(ORDER, verdicts, strict=True) if n)


def summed(verdicts: Iterable[Verdicts]) -> Verdicts:
    return Verdicts(*map(sum, zip(Verdicts(0, 0, 0), *verdicts, strict=True)))


def _counted(groups: Sequence[VerdictGroup]) -> Verdicts:
    counts = (sum(len(one.comparisons) for one in groups if one.verdict == name) for name in ORDER)
    return Verdicts(*counts)


def _told(group: VerdictGroup, verdicts: Verdicts) -> Concluded:
    closest = group.closest
    sure = "no probability can be told" if closest.probability is None else how_sure(closest)
    return Concluded(
        verdicts=verdicts,
        verdict=group.verdict,
        api=sys.intern(f.clean(closest.api)),
        n_others=len(group.comparisons) - 1,
        probability=closest.probability,
        sure=sys.intern(sure),
        weakest=sys.intern(group.weakest_in_words),
    )
