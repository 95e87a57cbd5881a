"""What requests to hosted models are published to take: energy, and grams of CO2 where these are told."""

from dataclasses import dataclass
from pathlib import Path

from bench.catalog.reading import Table, bounded, list_of, number, packaged, read_toml, text, whole
from bench.catalog.sources import Sources
from bench.catalog.types import HostedEnergy, PublishedRequest


@dataclass(frozen=True, slots=True)
class CarbonCatalog:
    hosted: tuple[HostedEnergy, ...]
    read_from: Path
    sha256: str


def load_carbon(path: Path | None = None) -> CarbonCatalog:
    """Read the packaged estimates, or those of ``path``. Raises CatalogError."""
    path = packaged("carbon.toml") if path is None else path
    top, digest = read_toml(path)
    sources = Sources(top)
    hosted = tuple(_hosted(name, table, sources) for name, table in top.named("hosted").items())
    top.done()
    return CarbonCatalog(hosted=hosted, read_from=path, sha256=digest)


def _hosted(name: str, table: Table, sources: Sources) -> HostedEnergy:
    apis, provider = table.may("apis", list_of(text)), table.may("provider", text)
    if (apis is None) == (provider is None):
        raise table.error("needs either 'apis' or 'provider': whose requests are these?")
    requests = tuple(map(_request, table.tables("requests")))
    if not requests:
        raise table.error("tells of no request", "requests")
    if len(requests) > 1 and any(one.output_tokens is None for one in requests):
        raise table.error("a request among several needs its length, output_tokens", "requests")
    hosted = HostedEnergy(
        name=name,
        title=table.need("title", text),
        apis=apis or (),
        provider=provider,
        requests=requests,
        grid_g_per_kwh=table.may("grid_g_per_kwh", number),
        cited=sources.cite(table),
    )
    table.done()
    return hosted


def _request(table: Table) -> PublishedRequest:
    request = PublishedRequest(
        output_tokens=table.may("output_tokens", whole(at_least=1)),
        input_tokens=table.may("input_tokens", whole(at_least=1)),
        wh=bounded(table, "wh"),
        g=bounded(table, "g"),
    )
    if request.wh is None and request.g is None:
        raise table.error("tells neither energy, wh, nor carbon, g")
    table.done()
    return request
