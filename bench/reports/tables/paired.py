"""Transcripts beside the models, and every two sides of a task in pairs, as tables."""

from collections.abc import Iterator, Sequence

from bench.reports.rows.paired import POWER, Answers, Pair
from bench.reports.rows.summary import quality_row
from bench.reports.tables.measurements import QUALITY_COLUMNS, quality_cells
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.stats import Estimate


def hosted_table(hosted: Sequence[Answers]) -> Table:
    """As the table of quality, for transcripts."""
    found = [(one.name, quality_row(one.result, is_base=False)) for one in hosted]
    rows = [quality_cells(name, row) for name, row in found]
    notes = [f"{name}, {note}" for name, row in found for note in row.notes]
    notes.append("from transcripts, scored as the answers above; left out: items that a transcript lacks")
    return make_table("Hosted models", QUALITY_COLUMNS, rows, notes)


def pair_table(pairs: Sequence[Pair]) -> Table:
    rows = [
        (
            pair.task,
            pair.a,
            pair.b,
            f.percent(pair.both.share_a),
            f.percent(pair.both.share_b),
            _points(pair.difference),
            f.ABSENT if pair.detectable is None else f"{100 * pair.detectable:.1f}",
            f.whole(pair.both.n),
        )
        for pair in pairs
        if pair.difference is not None
    ]
    columns = ("task", "A", "B", ">A right", ">B right", ">A - B, points", ">detectable", ">items")
    return make_table("Paired differences", columns, rows, [*_pair_notes(pairs), *_not_compared(pairs)])


def _pair_notes(pairs: Sequence[Pair]) -> Iterator[str]:
    compared = [pair for pair in pairs if pair.difference is not None]
    if not compared:
        return
    if any(not pair.both.is_clustered for pair in compared):
        yield "on the items that both scored; A - B: with its 95 % interval for pairs (Tango 1998)"
    if any(pair.both.is_clustered for pair in compared):
        yield (
            "of items that were tried several times, or share something: A - B of their shares right, with "
            "Student's 95 % interval over what is drawn together"
        )
    yield from (f"{pair.task}: {pair.settings}" for pair in compared if pair.settings is not None)
    if len(compared) > 1:
        yield "each interval by itself: of twenty pairs that do not differ, one shows a difference by chance"
    yield (
        "detectable: the smallest true difference, in points, that so many items would tell from none with "
        f"probability {POWER}, where as many answers differ as here"
    )


def _not_compared(pairs: Sequence[Pair]) -> Iterator[str]:
    return (f"{pair.task} is not compared: {pair.why_not}" for pair in pairs if pair.why_not is not None)


def _points(difference: Estimate) -> str:
    value, low, high = (100 * share for share in difference)
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})"
