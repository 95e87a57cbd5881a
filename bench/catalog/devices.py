"""Devices that one could buy: price, power at the wall, and the carbon of making them."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bench.catalog.reading import Table, bounded, decimal, number, packaged, pick, read_toml, text
from bench.catalog.sources import Sources
from bench.catalog.types import DeviceProfile


@dataclass(frozen=True, slots=True)
class DeviceCatalog:
    profiles: dict[str, DeviceProfile]
    read_from: Path
    sha256: str

    def find(self, name: str) -> DeviceProfile:
        """The device of that name; InputError with the nearest known one."""
        return pick(
            self.profiles,
            name,
            kind="device",
            read_from=self.read_from,
            remedy="or give --device-price and --idle-watts",
        )


def load_devices(path: Path | None = None) -> DeviceCatalog:
    """Read the packaged devices, or those of ``path``. Raises CatalogError."""
    path = packaged("devices.toml") if path is None else path
    top, digest = read_toml(path)
    sources = Sources(top)
    profiles = {name: _device(name, table, sources) for name, table in top.named("devices").items()}
    top.done()
    return DeviceCatalog(profiles=profiles, read_from=path, sha256=digest)


def _device(name: str, table: Table, sources: Sources) -> DeviceProfile:
    price = table.table("price")
    power = table.table("power") if table.has("power") else None
    embodied = table.table("embodied") if table.has("embodied") else None
    device = DeviceProfile(
        name=name,
        title=table.need("title", text),
        price_usd=price.may("usd", decimal),
        idle_w=None if power is None else power.may("idle_w", number),
        load_w=None if power is None else power.may("load_w", number),
        lifetime_years=table.need("lifetime_years", number),
        cited=sources.cite(price),
        power_cited=None if power is None else sources.cite(power),
        embodied_kg=None if embodied is None else bounded(embodied, "kg"),
        embodied_cited=None if embodied is None else sources.cite(embodied),
    )
    if device.lifetime_years <= 0:
        raise table.error("must be more than 0", "lifetime_years")
    if Decimal(str(device.lifetime_years)) * 12 % 1:
        raise table.error("must be whole months, as 4.5 years are", "lifetime_years")
    if device.idle_w is not None and device.load_w is not None and device.idle_w > device.load_w:
        raise table.error("idles at more power than it works with", "power")
    if embodied is not None and device.embodied_kg is None:
        raise embodied.error("tells no kg")
    for part in (price, power, embodied, table):
        if part is not None:
            part.done()
    return device
