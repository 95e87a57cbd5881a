"""The tables of correct answers: of a machine or a task, ranked, and of a model, not ranked."""

from collections.abc import Iterable, Sequence

from bench.reports.board.concluded import summed, words
from bench.reports.board.shared_cells import (
    WITHIN,
    Pages,
    banded,
    by_place,
    heading_of,
    identity,
    linked,
    origin,
    rank_cell,
    records_cell,
    standing_words,
    why_no_rank,
)
from bench.reports.board.sheets import Bar, Cell, Column, Line, Plain, Section, Sheet
from bench.reports.board.shown import Row, Scored, TaskShown
from bench.reports.board.standing import combined, ranks
from bench.reports.words import figures as f
from bench.stats import Estimate

ANSWERS = "answers"
_COUNTS = (
    Column("accuracy", is_number=True),
    Column("right", is_number=True),
    Column("wrong", is_number=True),
    Column("unscored", is_number=True),
    Column("verdicts", is_sortable=False),
)
ANSWER_NOTES = (
    WITHIN,
    "Accuracy: right / (right + wrong), 95 % interval; of several records the median. Dashed tick: chance.",
    "Verdicts count the APIs that each record compares with, under its own prices and assumptions.",
)


def answers(rows: Sequence[Row], models: Pages, machines: Pages, task: str | None = None) -> Sheet:
    """A section for each task and place, its rows ranked by accuracy; ``task`` names the only one."""
    columns = (
        Column("rank", is_number=True),
        Column("model", is_header=True),
        *_COUNTS,
        Column("records", is_number=True),
    )
    sections = []
    for place, members in by_place(rows):
        for shown, told in _by_task(members, task):
            best = [combined([one.accuracy for one in scored if one.accuracy]) for _, scored in told]
            placed = ranks([None if row.why_not else one for (row, _), one in zip(told, best, strict=True)])
            ordered = sorted(
                zip(told, best, placed, strict=True),
                key=lambda one: (
                    bool(one[0][0].why_not),
                    -(one[1].value if one[1] else -1),
                    one[0][0].model.key,
                ),
            )
            lines = []
            for (row, scored), accuracy, rank in ordered:
                why = why_no_rank(row, rank, "" if accuracy else "no answer could be scored", len(told))
                first = rank_cell(rank), linked(row.model.name, models[row.model.key], standing_words(why))
                lines.append(_answer_line(row, scored, accuracy, rank, why, first))
            where = "" if task is None else machines[place.machine.key]
            machine = "" if task is None else place.machine.title
            name = "" if task is not None else f"{shown.name}: "
            heading = f"{name}{shown.asked} · {heading_of(place)}"
            sections.append(Section(heading, tuple(lines), link=(machine, where) if where else None))
    return Sheet(ANSWERS, "Answers", columns, tuple(sections), ANSWER_NOTES)


def answers_by_machine(rows: Sequence[Row], machines: Pages) -> Sheet:
    """Of one model: a section for each task; it is ranked on the pages of machines and tasks."""
    columns = (
        Column("machine", is_header=True),
        *_COUNTS,
        Column("records", is_number=True),
    )
    sections = []
    ordered = [row for _, members in by_place(rows) for row in members]
    for shown, told in _by_task(ordered, None):
        lines = []
        for row, scored in told:
            accuracy = combined([one.accuracy for one in scored if one.accuracy])
            machine = row.place.machine
            where = linked(machine.title, machines[machine.key], standing_words(row.why_not))
            lines.append(_answer_line(row, scored, accuracy, None, row.why_not, (where,)))
        sections.append(Section(f"{shown.name}: {shown.asked}", tuple(lines)))
    return Sheet(ANSWERS, "Answers", columns, tuple(sections), ANSWER_NOTES[1:], is_sortable=False)


def best_of(rows: Sequence[Row], task: str) -> list[tuple[Row, TaskShown, Estimate, int, int]]:
    """The most accurate ranked row in each place and way of asking, the places with most models first.

    With it how many it is not told apart from, of how many. Groups of one only where there are no others.
    """
    found = []
    for _, members in by_place([row for row in rows if not row.why_not]):
        for shown, scored in _by_task(members, task):
            told = [
                (accuracy, row)
                for row, attempts in scored
                if (accuracy := combined([one.accuracy for one in attempts if one.accuracy]))
            ]
            if told:
                first, row = max(told, key=lambda one: (one[0].value, one[1].model.key))
                n_alike = sum(one.high >= first.low for one, _ in told) - 1
                found.append((row, shown, first, n_alike, len(told)))
    ordered = sorted(found, key=lambda one: (-one[4], one[0].place.machine.title, one[0].key))
    return [one for one in ordered if one[4] > 1] or ordered


def _answer_line(
    row: Row,
    scored: Sequence[Scored],
    accuracy: Estimate | None,
    rank: int | None,
    why_not: str,
    first: tuple[Cell, ...],
) -> Line:
    shown = scored[0].task
    bar = accuracy and Bar(accuracy.value, accuracy.low, accuracy.high, shown.chance)
    counts = [_median(one.right for one in scored), _median(one.wrong for one in scored)]
    counts.append(_median(one.unscored for one in scored))
    verdicts = words(summed(one.concluded.verdicts for one in scored if one.concluded)) or f.ABSENT
    cells = (
        *first,
        Cell(f.percent_interval(*(accuracy or (None, None, None))), accuracy and accuracy.value, bar=bar),
        *(Cell(f"{count:,}", count) for count in counts),
        Cell(verdicts),
        records_cell(row),
    )
    data: dict[str, Plain] = {
        **identity(row),
        "task": shown.name,
        "asked": shown.asked,
        "rank": rank,
        **banded("accuracy", accuracy),
        "chance": shown.chance,
        "n_right": counts[0],
        "n_wrong": counts[1],
        "n_unscored": counts[2],
        "verdicts": verdicts,
        **origin(row, why_not),
    }
    return Line(f"a-{row.key}-{shown.key[:8]}", cells, data)


def _by_task(rows: Iterable[Row], name: str | None) -> list[tuple[TaskShown, list[tuple[Row, list[Scored]]]]]:
    """Each task, or the ones called ``name``, with the rows that have it."""
    tasks: dict[str, TaskShown] = {}
    found: dict[str, dict[str, tuple[Row, list[Scored]]]] = {}
    for row in rows:
        for entry in row.entries:
            for one in entry.scored:
                if name is None or one.task.name == name:
                    tasks[one.task.key] = one.task
                    of_row = found.setdefault(one.task.key, {}).setdefault(row.key, (row, []))
                    of_row[1].append(one)
    ordered = sorted(tasks.values(), key=lambda one: (one.name, one.key))
    return [(one, list(found[one.key].values())) for one in ordered]


def _median(counts: Iterable[int]) -> int:
    ordered = sorted(counts)
    return ordered[len(ordered) // 2]
