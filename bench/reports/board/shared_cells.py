"""What the tables of speed and of answers share: groups, headings, cells that lead elsewhere."""

from collections.abc import Iterable, Mapping

from bench.reports.board.names import record_path
from bench.reports.board.sheets import Cell, Plain
from bench.reports.board.shown import Place, Row
from bench.reports.words import figures as f
from bench.stats import Estimate

MOST_LINKS = 3  # to records in one cell; all of them are in the page's data
WITHIN = "Ranks and sorting stay within each shaded group: one machine, engine and settings."

Pages = Mapping[str, str]  # key of a model or machine -> path of its page


def by_place(rows: Iterable[Row]) -> list[tuple[Place, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.place.key, []).append(row)
    found = [(members[0].place, sorted(members, key=lambda one: one.key)) for members in groups.values()]
    return sorted(found, key=lambda one: (one[0].machine.title, one[0].machine.key, one[0].held, one[0].key))


def heading_of(place: Place) -> str:
    """The key tells apart what the words do not: they are not all of the settings."""
    kind = " · base models, by completion" if place.is_base else ""
    return f"{place.held} · {place.engine} · group {place.key[:6]}{kind}"


def identity(row: Row) -> dict[str, Plain]:
    return {
        "model": row.model.name,
        "quantization": row.model.quantization,
        "model_sha256": row.model.sha256,
        "machine": row.place.machine.title,
        "machine_class": row.place.machine.machine_class,
        "engine": row.place.engine,
        "settings": row.place.held,
        "group_key": row.place.key,
    }


def origin(row: Row, why_not: str) -> dict[str, Plain]:
    return {
        "why_not_ranked": why_not or None,
        "n_records": len(row.entries),
        "newest": max(entry.day for entry in row.entries),
        "records": " ".join(sorted(entry.id for entry in row.entries)),
    }


def banded(name: str, estimate: Estimate | None) -> dict[str, Plain]:
    value, low, high = estimate or (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def linked(text: str, to: str, small: str = "") -> Cell:
    return Cell("", text, ((text, to),), small=small)


def why_no_rank(row: Row, rank: int | None, lacking: str, n_alike: int) -> str:
    """Empty where there is one. ``lacking``: the figure that it has not; ``n_alike``: rows of its group."""
    if rank is not None:
        return ""
    alone = "alone in its group: nothing to rank against"
    return row.why_not or lacking or (alone if n_alike == 1 else "nothing else in its group can be ranked")


def standing_words(why: str) -> str:
    return f"not ranked: {why}" if why else ""


def rank_cell(rank: int | None) -> Cell:
    return Cell(f.ABSENT if rank is None else str(rank), rank)


def records_cell(row: Row) -> Cell:
    ids = sorted(row.entries, key=lambda one: (one.day, one.id), reverse=True)
    links = tuple((one.id[:8], record_path(one.id)) for one in ids[:MOST_LINKS])
    more = len(ids) - len(links)
    return Cell(f"and {more:,} more" if more else "", len(ids), links, small=f"n = {len(ids):,}")
