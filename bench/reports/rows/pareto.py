"""Which quantizations are dominated by another: smaller, faster, thriftier and as accurate, beyond doubt."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.records.types import Record
from bench.reports.rows.comparable import answered_alike
from bench.reports.rows.energy import EnergyRow, energy_rows
from bench.reports.rows.summary import memory_row, quality_rows, speed_rows
from bench.stats import Estimate, Span, dominators

PREFILL, DECODE = "pp512", "tg128"
OF_ALL = ""  # a figure that every record should have; of others, what must be alike to compare it


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one record among comparable ones. ``lacks`` names what others have and it has not.

    ``dominated_by`` has the ids of records that are surely better: nowhere do intervals overlap;
    ``overlaps`` of those that would be by their values alone.
    """

    judged_by: tuple[str, ...]
    lacks: tuple[str, ...]
    dominated_by: tuple[str, ...]
    overlaps: tuple[str, ...]

    @property
    def is_on_front(self) -> bool | None:
        """Is it not dominated? None where something is lacking: not judged."""
        return None if self.lacks or not self.judged_by else not self.dominated_by


def standings(records: Sequence[Record]) -> dict[str, Standing]:
    """By record id, among ``records`` that are comparable.

    Judged by bytes and rates that any of them has, and by joules and accuracies that two or more have: a
    task that only one was given compares nothing. A figure that is modelled, disturbed, or a rate of a
    single repetition is none; an exact one (bytes) is its own interval.
    """
    tests = shown_tests(records)
    found = {record.id: _figures(record, tests) for record in records}
    counted = Counter(figure for figures in found.values() for figure in figures)
    judged_by = [
        figure for figure, n in counted.items() if len(records) > 1 and (n > 1 or figure[1] == OF_ALL)
    ]
    given = {key: [figures.get(one) for one in judged_by] for key, figures in found.items()}
    surely = dominators({key: [one and Span(one.low, one.high) for one in of] for key, of in given.items()})
    by_value = dominators(
        {key: [one and Span(one.value, one.value) for one in of] for key, of in given.items()}
    )
    return {
        key: Standing(
            judged_by=tuple(dict.fromkeys(name for name, _ in judged_by)),
            lacks=tuple(dict.fromkeys(name for name, about in judged_by if (name, about) not in figures)),
            dominated_by=surely[key],
            overlaps=tuple(other for other in by_value[key] if other not in surely[key]),
        )
        for key, figures in found.items()
    }


def decode_joules(record: Record, task: str | None) -> EnergyRow | None:
    """Of the task's requests, by the meter that figures are taken from, if by any."""
    return next((row for row in energy_rows(record) if row.task == task and row.phase == "decode"), None)


def shown_tests(records: Sequence[Record]) -> tuple[str, str]:
    """The prefill and the decode test to compare: the usual ones, else the first that all have."""
    tests = [[row.test for row in speed_rows(record)] for record in records]
    shared = [test for test in tests[0] if all(test in others for others in tests)]

    def pick(preferred: str) -> str:
        alike = (test for test in shared if test.startswith(preferred[:2]) and test[2:].isdigit())
        return preferred if preferred in shared else next(alike, preferred)

    return pick(PREFILL), pick(DECODE)


def _figures(record: Record, tests: tuple[str, str]) -> dict[tuple[str, str], Estimate]:
    """What can be compared: by its name and what must be alike; more is better, so bytes are negative."""
    found: dict[tuple[str, str], Estimate] = {}
    for name, size in (("file", record.model.size_bytes), ("peak RSS", memory_row(record).peak_rss)):
        if size is not None:
            found[name, OF_ALL] = Estimate(-size, -size, -size)
    for row in speed_rows(record):
        if row.test in tests and row.rate is not None and row.rate.n > 1 and not row.is_disturbed:
            found[row.test, OF_ALL] = Estimate(row.rate.median_rate, row.rate.low, row.rate.high)
    for latency in record.latency:
        joules = decode_joules(record, latency.task)
        if joules is None or joules.is_modelled or joules.is_disturbed:
            continue
        basis = "gross" if joules.above_idle is None else "above idle"
        if band := joules.above_idle or joules.gross:
            about = f"{basis} by {joules.meter}"
            found[f"decode J/token of {latency.task}", about] = Estimate(-band[0], -band[2], -band[1])
    for task, quality in zip(record.tasks, quality_rows(record), strict=True):
        if quality.accuracy is not None:
            about = repr(answered_alike(task, record))
            found[f"accuracy of {task.task}", about] = Estimate(*quality.accuracy)
    return found
