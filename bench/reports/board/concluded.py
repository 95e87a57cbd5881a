"""What one record concludes of each task: how many verdicts of each kind, and its best one."""

import sys
from collections.abc import Iterable, Sequence

from bench.records.types import Record
from bench.reports.board.shown import Concluded, Verdicts
from bench.reports.words import figures as f
from bench.reports.words.verdicts import VerdictGroup, how_sure, verdict_groups

NAMES = ("viable", "not viable", "insufficient evidence")  # in the order of Verdicts
_WORTH = ("viable", "insufficient evidence", "not viable")  # the best news first


def concluded_by(record: Record) -> dict[str, Concluded]:
    """By the task's name."""
    by_task: dict[str, list[VerdictGroup]] = {}
    for group in verdict_groups(record.assessment):
        by_task.setdefault(group.task, []).append(group)
    return {
        task: min((_told(group, _counted(groups)) for group in groups), key=news)
        for task, groups in by_task.items()
    }


def news(one: Concluded) -> tuple[int, float, int]:
    """The best first: of two that are as good the surer one, then the one against more APIs."""
    sure = -1.0 if one.probability is None else one.probability
    return _WORTH.index(one.verdict), -sure, -one.n_others


def words(verdicts: Verdicts) -> str:
    """All that there are: ``7 viable, 2 insufficient evidence``."""
    return ", ".join(f"{n:,} {name}" for name, n in zip(NAMES, verdicts, strict=True) if n)


def summed(verdicts: Iterable[Verdicts]) -> Verdicts:
    return Verdicts(*map(sum, zip(Verdicts(0, 0, 0), *verdicts, strict=True)))


def _counted(groups: Sequence[VerdictGroup]) -> Verdicts:
    counts = (sum(len(one.comparisons) for one in groups if one.verdict == name) for name in NAMES)
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
        weakest=sys.intern(group.weakest_point),
    )
