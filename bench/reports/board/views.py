"""The rows of the board as tables: of a machine, of a model, of a task."""

from collections.abc import Iterable, Mapping, Sequence

from bench.reports import figures as f
from bench.reports.board.collect import Place, Rate, Row, Scored, TaskShown
from bench.reports.board.names import record_path
from bench.reports.board.sheets import Bar, Cell, Column, Line, Plain, Section, Sheet
from bench.reports.board.standing import (
    combined,
    combined_joules,
    combined_memory,
    combined_rate,
    ranks,
)
from bench.stats import Estimate

DISTURBED_MARK = "!"
MOST_LINKS = 3  # to records in one cell; all of them are in the page's data
SPEED, ANSWERS = "speed", "answers"
SPEED_NOTES = (
    "Rank: 1 + how many decode surely faster (their intervals are higher); equal ranks are not told apart.",
    "Brackets: 95 % interval of the median; of several records, from their lowest to their highest bound.",
    f"{DISTURBED_MARK}: disturbed, or of a single repetition: no result, not ranked.",
    f"{f.ABSENT}: not known, which is not 0. {f.MODELLED_MARK}: modelled from CPU time, not measured.",
)
ANSWER_NOTES = (
    "Accuracy: right / (right + wrong), 95 % interval; of several records the median. Dashed tick: chance.",
    "Verdicts count the APIs compared with, under the prices and assumptions of the record itself.",
)

Stems = Mapping[str, str]  # key of a model or machine -> stem of its page


def speed_by_place(rows: Sequence[Row], models: Stems) -> Sheet:
    """Of one machine: a section for each place, its rows ranked by decode rate."""
    columns = (
        Column("rank", is_number=True),
        Column("model", is_header=True),
        Column("quant."),
        Column("file", is_number=True),
        Column("prefill t/s", is_number=True),
        Column("decode t/s", is_number=True),
        Column("peak RSS", is_number=True),
        Column("decode J/token", is_number=True),
        Column("records", is_number=True),
        Column("newest"),
    )
    sections = []
    for place, members in _by_place(rows):
        told = [_Told(row) for row in members]
        placed = ranks([one.ranked_decode for one in told])
        ordered = sorted(
            zip(told, placed, strict=True),
            key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].order, pair[0].row.model.key),
        )
        widest = _most(one.decode for one in told), _most(one.prefill for one in told)
        is_one_meter = len({one.joules.about for one in told if one.joules}) <= 1
        lines = tuple(
            _line(
                one,
                rank,
                (
                    Cell(f.ABSENT if rank is None else str(rank), rank),
                    _linked(one.row.model.name, f"models/{models[one.row.model.key]}.html", one.row.why_not),
                    Cell(one.row.model.quantization, one.row.model.quantization),
                    Cell(f.size(one.row.model.size_bytes), one.row.model.size_bytes),
                    _rate(one.prefill, widest[1]),
                    _rate(one.decode, widest[0]),
                    _memory(one.memory),
                    one.joules_cell(is_one_meter),
                    _records(one.row),
                    Cell(one.newest, one.newest),
                ),
            )
            for one, rank in ordered
        )
        sections.append(Section(_heading(place), lines))
    return Sheet(SPEED, "Speed, memory and energy", columns, tuple(sections), SPEED_NOTES)


def speed_by_machine(rows: Sequence[Row], machines: Stems) -> Sheet:
    """Of one model: each place is a section of its own, since machines and settings are not ranked."""
    columns = (
        Column("machine", is_header=True, is_sortable=False),
        Column("settings", is_sortable=False),
        Column("prefill t/s", is_number=True, is_sortable=False),
        Column("decode t/s", is_number=True, is_sortable=False),
        Column("peak RSS", is_number=True, is_sortable=False),
        Column("decode J/token", is_number=True, is_sortable=False),
        Column("records", is_number=True, is_sortable=False),
        Column("newest", is_sortable=False),
    )
    lines = []
    for place, members in _by_place(rows):
        for row in members:
            one = _Told(row)
            lines.append(
                _line(
                    one,
                    None,
                    (
                        _linked(
                            place.machine.title, f"machines/{machines[place.machine.key]}.html", row.why_not
                        ),
                        Cell(place.held, small=place.engine),
                        _rate(one.prefill, None, place.prefill_test),
                        _rate(one.decode, None, place.decode_test),
                        _memory(one.memory),
                        one.joules_cell(False),
                        _records(row),
                        Cell(one.newest),
                    ),
                )
            )
    note = "In order of the machines' names: what differs in machine, engine or settings is not ranked here."
    return Sheet(
        SPEED, "Where it was measured", columns, (Section("", tuple(lines)),), (note, *SPEED_NOTES[1:])
    )


def answers(
    rows: Sequence[Row],
    models: Stems,
    machines: Stems,
    task: str | None = None,
    *,
    is_of_model: bool = False,
) -> Sheet:
    """A section for each task and place, its rows ranked by accuracy; ``task`` names the only one.

    ``is_of_model``: they are all of one model, which is ranked on the pages of machines and tasks.
    """
    columns = (
        Column("rank", is_number=True),
        Column("model", is_header=True),
        Column("accuracy", is_number=True),
        Column("right", is_number=True),
        Column("wrong", is_number=True),
        Column("unscored", is_number=True),
        Column("verdicts", is_sortable=False),
        Column("records", is_number=True),
        Column("machine", is_sortable=False),
    )
    sections = []
    for place, members in _by_place(rows):
        for shown, told in _by_task(members, task):
            best = [combined([one.accuracy for one in scored if one.accuracy]) for _, scored in told]
            ranked = [
                None if row.why_not or is_of_model else one for (row, _), one in zip(told, best, strict=True)
            ]
            placed = ranks(ranked)
            ordered = sorted(
                zip(told, best, placed, strict=True),
                key=lambda one: (
                    one[2] is None,
                    one[2] or 0,
                    -(one[1].value if one[1] else -1),
                    one[0][0].model.key,
                ),
            )
            lines = tuple(
                _answer_line(row, scored, accuracy, rank, shown, models, machines)
                for (row, scored), accuracy, rank in ordered
            )
            heading = f"{shown.name} ({shown.asked}) · {_heading(place, with_machine=True)}"
            sections.append(Section(heading, lines))
    return Sheet(ANSWERS, "Answers", columns, tuple(sections), ANSWER_NOTES)


def best_of(rows: Sequence[Row], task: str) -> list[tuple[Row, TaskShown, Estimate, int, int]]:
    """The most accurate ranked row in each place and way of asking, the places with most models first.

    With it how many it is not told apart from, of how many.
    """
    found = []
    for _, members in _by_place([row for row in rows if not row.why_not]):
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
    return sorted(found, key=lambda one: (-one[4], one[0].place.machine.title, one[0].key))


class _Told:
    """What is shown of a row."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.prefill = combined_rate(entry.prefill for entry in row.entries)
        self.decode = combined_rate(entry.decode for entry in row.entries)
        self.memory = combined_memory(row.entries)
        self.joules = combined_joules(row.entries)
        self.newest = max(entry.day for entry in row.entries)

    @property
    def ranked_decode(self) -> Estimate | None:
        if self.row.why_not or self.decode is None or not self.decode.is_sound:
            return None
        return self.decode.estimate

    @property
    def order(self) -> float:
        return -self.decode.estimate.value if self.decode else 0.0

    def joules_cell(self, is_sortable: bool) -> Cell:
        if self.joules is None:
            return Cell(f.ABSENT)
        told = f.band(self.joules.estimate)
        mark = f.MODELLED_MARK if self.joules.is_modelled else ""
        sort = self.joules.estimate.value if is_sortable else None
        return Cell(f"{mark}{told}", sort, small=self.joules.about)


def _line(one: _Told, rank: int | None, cells: tuple[Cell, ...]) -> Line:
    row = one.row
    data: dict[str, Plain] = {
        **_identity(row),
        "rank": rank,
        "n_params": row.model.n_params,
        "file_bytes": row.model.size_bytes,
        "prefill_test": row.place.prefill_test,
        **_banded("prefill_tokens_per_s", one.prefill.estimate if one.prefill else None),
        "prefill_is_disturbed": None if one.prefill is None else not one.prefill.is_sound,
        "decode_test": row.place.decode_test,
        **_banded("decode_tokens_per_s", one.decode.estimate if one.decode else None),
        "decode_is_disturbed": None if one.decode is None else not one.decode.is_sound,
        "peak_rss_bytes": None if one.memory is None else one.memory.value,
        **_banded("decode_j_per_token", one.joules.estimate if one.joules else None),
        "energy_origin": one.joules.about if one.joules else None,
        **_origin(row),
    }
    return Line(f"r-{row.key}", cells, data)


def _answer_line(
    row: Row,
    scored: Sequence[Scored],
    accuracy: Estimate | None,
    rank: int | None,
    shown: TaskShown,
    models: Stems,
    machines: Stems,
) -> Line:
    bar = accuracy and Bar(accuracy.value, accuracy.low, accuracy.high, shown.chance)
    counts = [_median(one.right for one in scored), _median(one.wrong for one in scored)]
    counts.append(_median(one.unscored for one in scored))
    verdicts = scored[0].verdicts if len({one.verdicts for one in scored}) == 1 else "they differ"
    anchor = f"a-{row.key}-{shown.key[:8]}"
    machine = f"machines/{machines[row.place.machine.key]}.html"
    cells = (
        Cell(f.ABSENT if rank is None else str(rank), rank),
        _linked(row.model.name, f"models/{models[row.model.key]}.html", row.why_not),
        Cell(f.percent_interval(*(accuracy or (None, None, None))), accuracy and accuracy.value, bar=bar),
        *(Cell(f"{count:,}", count) for count in counts),
        Cell(verdicts),
        _records(row),
        Cell("", links=((row.place.machine.machine_class, machine),)),
    )
    data: dict[str, Plain] = {
        **_identity(row),
        "task": shown.name,
        "asked": shown.asked,
        "rank": rank,
        **_banded("accuracy", accuracy),
        "chance": shown.chance,
        "n_right": counts[0],
        "n_wrong": counts[1],
        "n_unscored": counts[2],
        "verdicts": verdicts,
        **_origin(row),
    }
    return Line(anchor, cells, data)


def _by_place(rows: Iterable[Row]) -> list[tuple[Place, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.place.key, []).append(row)
    found = [(members[0].place, sorted(members, key=lambda one: one.key)) for members in groups.values()]
    return sorted(found, key=lambda one: (one[0].machine.title, one[0].machine.key, one[0].held, one[0].key))


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


def _heading(place: Place, *, with_machine: bool = False) -> str:
    kind = " · base models, by completion" if place.is_base else ""
    where = f"{place.machine.title} · " if with_machine else ""
    tests = f"{place.prefill_test} and {place.decode_test}"
    return f"{where}{place.engine} · {place.held} · {tests}{kind}"


def _identity(row: Row) -> dict[str, Plain]:
    return {
        "model": row.model.name,
        "quantization": row.model.quantization,
        "model_sha256": row.model.sha256,
        "machine": row.place.machine.title,
        "machine_class": row.place.machine.machine_class,
        "engine": row.place.engine,
        "settings": row.place.held,
        "comparable_key": row.place.key,
    }


def _origin(row: Row) -> dict[str, Plain]:
    return {
        "why_not_ranked": row.why_not or None,
        "n_records": len(row.entries),
        "newest": max(entry.day for entry in row.entries),
        "records": " ".join(sorted(entry.id for entry in row.entries)),
    }


def _banded(name: str, estimate: Estimate | None) -> dict[str, Plain]:
    value, low, high = estimate or (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _linked(text: str, to: str, why_not: str) -> Cell:
    return Cell("", text, ((text, to),), small=f"not ranked: {why_not}" if why_not else "")


def _rate(rate: Rate | None, widest: float | None, test: str = "") -> Cell:
    if rate is None:
        return Cell(f.ABSENT, small=test)
    value, low, high = rate.estimate
    text = f"{f.significant(value, 4)} ({f.significant(low)}–{f.significant(high)})"
    if not rate.is_sound:
        return Cell(f"{DISTURBED_MARK} {text}", small=test)
    bar = Bar(value / widest, low / widest, high / widest) if widest else None
    return Cell(text, value, bar=bar, small=test)


def _memory(memory: Estimate | None) -> Cell:
    return Cell(f.ABSENT) if memory is None else Cell(f.size(int(memory.value)), memory.value)


def _records(row: Row) -> Cell:
    ids = sorted(row.entries, key=lambda one: (one.day, one.id), reverse=True)
    links = tuple((one.id[:8], record_path(one.id)) for one in ids[:MOST_LINKS])
    more = len(ids) - len(links)
    return Cell(f"and {more:,} more" if more else "", len(ids), links, small=f"n = {len(ids):,}")


def _most(rates: Iterable[Rate | None]) -> float | None:
    return max((one.estimate.high for one in rates if one and one.is_sound), default=None)


def _median(counts: Iterable[int]) -> int:
    ordered = sorted(counts)
    return ordered[len(ordered) // 2]
