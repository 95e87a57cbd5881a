"""The tables of speed, memory and energy: of a machine, ranked, and of a model, not ranked."""

from collections.abc import Iterable, Sequence

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
from bench.reports.board.shown import Rate, Row
from bench.reports.board.standing import combined_joules, combined_memory, combined_rate, ranks
from bench.reports.words import figures as f
from bench.stats import Estimate

SPEED = "speed"
DISTURBED_MARK = "!"
SPEED_NOTES = (
    WITHIN,
    "Rank: 1 + how many decode surely faster (their intervals are higher); equal ranks are not told apart.",
    "Brackets: 95 % interval of the median; of several records, from their lowest to their highest bound.",
    f"{DISTURBED_MARK}: disturbed, or of a single repetition: no result, not ranked.",
    f"{f.ABSENT}: not known, which is not 0. {f.MODELLED_MARK}: modelled from CPU time, not measured.",
)
_FIGURES = (
    Column("prefill t/s", is_number=True),
    Column("decode t/s", is_number=True),
    Column("peak RSS", is_number=True),
    Column("decode J/token", is_number=True),
    Column("records", is_number=True),
    Column("newest", is_number=True),
)


def speed_by_place(rows: Sequence[Row], models: Pages) -> Sheet:
    """Of one machine: a section for each place, its rows ranked by decode rate."""
    columns = (
        Column("rank", is_number=True),
        Column("model", is_header=True),
        Column("quant."),
        Column("file", is_number=True),
        *_FIGURES,
    )
    sections = []
    for place, members in by_place(rows):
        told = [_Told(row) for row in members]
        placed = ranks([one.ranked_decode for one in told])
        ordered = sorted(
            zip(told, placed, strict=True),
            key=lambda pair: (pair[0].ranked_decode is None, pair[0].order, pair[0].row.model.key),
        )
        widest = _most(one.decode for one in told), _most(one.prefill for one in told)
        is_one_meter = len({one.joules.about for one in told if one.joules}) <= 1
        lines = []
        for one, rank in ordered:
            why = one.why_no_rank(rank, len(members))
            model = one.row.model
            cells = (
                rank_cell(rank),
                linked(model.name, models[model.key], standing_words(why)),
                Cell(model.quantization, model.quantization),
                Cell(f.size(model.size_bytes), model.size_bytes),
                _rate(one.prefill, widest[1], place.prefill_test),
                _rate(one.decode, widest[0], place.decode_test),
                _memory(one.memory),
                one.joules_cell(is_one_meter),
                records_cell(one.row),
                Cell(one.newest, int(one.newest.replace("-", ""))),
            )
            lines.append(_line(one, rank, why, cells))
        sections.append(Section(heading_of(place), tuple(lines)))
    return Sheet(SPEED, "Speed, memory and energy", columns, tuple(sections), SPEED_NOTES)


def speed_by_machine(rows: Sequence[Row], machines: Pages) -> Sheet:
    """Of one model: each place is a section of its own, since machines and settings are not ranked."""
    columns = (
        Column("machine", is_header=True),
        Column("settings"),
        *_FIGURES,
    )
    lines = []
    for place, members in by_place(rows):
        for row in members:
            one = _Told(row)
            lines.append(
                _line(
                    one,
                    None,
                    row.why_not,
                    (
                        linked(place.machine.title, machines[place.machine.key], standing_words(row.why_not)),
                        Cell(place.held, small=place.engine),
                        _rate(one.prefill, None, place.prefill_test),
                        _rate(one.decode, None, place.decode_test),
                        _memory(one.memory),
                        one.joules_cell(False),
                        records_cell(row),
                        Cell(one.newest),
                    ),
                )
            )
    note = "In order of the machines' names: what differs in machine, engine or settings is not ranked here."
    sections, notes = (Section("", tuple(lines)),), (note, *SPEED_NOTES[2:])
    return Sheet(SPEED, "Where it was measured", columns, sections, notes, is_sortable=False)


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

    def why_no_rank(self, rank: int | None, n_alike: int) -> str:
        lacking = "" if self.ranked_decode else "no decode rate of two undisturbed repetitions"
        return why_no_rank(self.row, rank, lacking, n_alike)

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


def _line(one: _Told, rank: int | None, why_not: str, cells: tuple[Cell, ...]) -> Line:
    row = one.row
    data: dict[str, Plain] = {
        **identity(row),
        "rank": rank,
        "n_params": row.model.n_params,
        "file_bytes": row.model.size_bytes,
        "prefill_test": row.place.prefill_test,
        **banded("prefill_tokens_per_s", one.prefill.estimate if one.prefill else None),
        "prefill_is_disturbed": None if one.prefill is None else not one.prefill.is_sound,
        "decode_test": row.place.decode_test,
        **banded("decode_tokens_per_s", one.decode.estimate if one.decode else None),
        "decode_is_disturbed": None if one.decode is None else not one.decode.is_sound,
        "peak_rss_bytes": None if one.memory is None else one.memory.value,
        **banded("decode_j_per_token", one.joules.estimate if one.joules else None),
        "energy_origin": one.joules.about if one.joules else None,
        **origin(row, why_not),
    }
    return Line(f"r-{row.key}", cells, data)


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


def _most(rates: Iterable[Rate | None]) -> float | None:
    return max((one.estimate.high for one in rates if one and one.is_sound), default=None)
