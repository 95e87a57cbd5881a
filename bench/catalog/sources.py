"""Where the figures of a catalog are from: ``[sources.ID]`` tables, cited by id."""

from bench.catalog.reading import Table, list_of, text
from bench.catalog.types import Cited
from bench.errors import nearest


class Sources:
    """The sources of one file: title, date, and where there is one the url and a note."""

    def __init__(self, top: Table) -> None:
        self._cited: dict[str, Cited] = {}
        for source_id, table in top.named("sources").items():
            title, url = table.need("title", text), table.may("url", text)
            self._cited[source_id] = Cited(
                source=title if url is None else f"{title}, {url}",
                date=table.need("date", text),
                note=table.may("note", text),
            )
            table.done()

    def cite(self, table: Table, key: str = "source", *, with_note: bool = True) -> Cited:
        """The sources that ``key`` names (an id or several), the table's own ``note`` before theirs.

        Not ``with_note``: the table's note is about something else.
        """
        found = []
        for source_id in table.need(key, _ids):
            if source_id not in self._cited:
                raise table.error(f"unknown source {source_id!r}; {nearest(source_id, self._cited)}", key)
            found.append(self._cited[source_id])
        own = table.may("note", text) if with_note else None
        notes = [own, *(cited.note for cited in found)]
        return Cited(
            source="; ".join(cited.source for cited in found),
            date="; ".join(dict.fromkeys(cited.date for cited in found)),
            note="; ".join(note for note in notes if note) or None,
        )


def _ids(value: object) -> tuple[str, ...]:
    ids = (value,) if isinstance(value, str) else list_of(text)(value)
    if not ids:
        raise ValueError("must name a source")
    return ids
