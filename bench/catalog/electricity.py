"""What a kilowatt-hour costs a household, and the carbon it carries, by country."""

import re
from dataclasses import dataclass
from pathlib import Path

from bench.catalog.reading import Table, decimal, flag, matching, number, packaged, pick, read_toml, text
from bench.catalog.sources import Sources
from bench.catalog.types import Electricity

CODE = re.compile(r"[A-Z0-9]{3,5}|[A-Z]{2}-[A-Z0-9]{1,3}")
_currency = matching(re.compile(r"[A-Z]{3}"), "EUR")


@dataclass(frozen=True, slots=True)
class ElectricityCatalog:
    """By ISO 3166 code: three letters for a country, as in US-CA for a part of one."""

    entries: dict[str, Electricity]
    read_from: Path
    sha256: str

    def find(self, name: str) -> Electricity:
        """The entry of a code or of a country's name; InputError with the nearest known ones."""
        by_title = {entry.title.lower(): entry for entry in self.entries.values()}
        found = self.entries.get(name.upper()) or by_title.get(name.lower())
        if found is not None:
            return found
        known = self.entries | {entry.title: entry for entry in self.entries.values()}
        return pick(
            known,
            name,
            kind="country",
            read_from=self.read_from,
            remedy="or give --kwh-price",
        )


def load_electricity(path: Path | None = None) -> ElectricityCatalog:
    """Read the packaged prices, or those of ``path``. Raises CatalogError."""
    path = packaged("electricity.toml") if path is None else path
    top, digest = read_toml(path)
    sources = Sources(top)
    entries = {code: _entry(code, table, sources) for code, table in top.named("countries", CODE).items()}
    top.done()
    return ElectricityCatalog(entries=entries, read_from=path, sha256=digest)


def _entry(code: str, table: Table, sources: Sources) -> Electricity:
    price = table.table("price")
    carbon = table.table("carbon") if table.has("carbon") else None
    entry = Electricity(
        country=code,
        title=table.need("title", text),
        price_per_kwh=price.need("per_kwh", decimal),
        currency=price.need("currency", _currency),
        period=price.need("period", text),
        carbon_g_per_kwh=None if carbon is None else carbon.need("g_per_kwh", number),
        cited=sources.cite(price),
        has_tax=price.may("has_tax", flag),
        carbon_cited=None if carbon is None else sources.cite(carbon),
    )
    for part in (price, carbon, table):
        if part is not None:
            part.done()
    return entry
