"""Hosted models by what they are called: a profile of each, at each of its efforts of reasoning."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.catalog.api_profiles import read_profiles
from bench.catalog.reading import Table, list_of, packaged, pick, read_toml, spelt, text
from bench.catalog.types import ApiProfile
from bench.errors import InputError, folded, nearest

_SNAPSHOT = re.compile(r"@(?=[0-9]{8}$)")  # before the day of a model's version, as Vertex writes it
_PATHS = {"models": "google"}  # what stands before ids in place of their provider


class UnknownEffort(InputError):
    """The model is known, and does not reason at the effort that was asked for."""


@dataclass(frozen=True, slots=True)
class ApiCatalog:
    profiles: dict[str, ApiProfile]
    defaults: tuple[str, ...]
    read_from: Path
    sha256: str

    @property
    def at_efforts(self) -> dict[str, ApiProfile]:
        """All profiles by name, and each at its other efforts as ``NAME@EFFORT``."""
        each = (one.at_effort(effort) for one in self.profiles.values() for effort in (None, *one.efforts))
        return {one.name: one for one in each}

    def find(self, name: str) -> ApiProfile:
        """The profile of that name, alias or id at its provider, ``@EFFORT`` behind it or at its default one.

        Of several profiles with one id (thinking or not) it means the first; ``PROVIDER/`` may stand before
        it, and ``@`` before the day of a version. InputError with the nearest known name, UnknownEffort with
        the efforts that there are.
        """
        names = _names(self.profiles.values())
        model, _, effort = name.rpartition("@")
        whole, found = _called(names, _SNAPSHOT.sub("-", name)), _called(names, model)
        if whole is not None:
            return whole
        if found is None or found.name not in self.profiles or _SNAPSHOT.search(name):
            return pick(names, name, kind="API", read_from=self.read_from, remedy="see `breakeven prices`")
        if (effort := effort.strip().casefold()) not in found.efforts:
            there_are = f"there are: {', '.join(found.efforts)}" if found.efforts else "it has none to choose"
            raise UnknownEffort(
                f"unknown effort {effort!r} of {found.name}; {there_are}",
                where=str(self.read_from),
                remedy=f"see `breakeven prices show {found.name}`",
            )
        return found.at_effort(effort)


def load_apis(path: Path | None = None) -> ApiCatalog:
    """Read the packaged profiles, or those of ``path``. Raises CatalogError."""
    path = packaged("apis.toml") if path is None else path
    top, digest = read_toml(path)
    profiles = read_profiles(top)
    defaults = top.may("defaults", list_of(text)) or tuple(profiles)
    for name in defaults:
        if name not in profiles:
            raise top.error(f"{name!r} is none of the APIs; {nearest(name, profiles)}", "defaults")
    top.done()
    _check_aliases(profiles, top)
    return ApiCatalog(profiles=profiles, defaults=defaults, read_from=path, sha256=digest)


def _names(profiles: Collection[ApiProfile]) -> dict[str, ApiProfile]:
    """What each may be called: a name goes before an alias, and that before an id at the provider."""
    ids = {one.price_model: one for one in reversed([*profiles]) if one.price_model is not None}
    aliases = {alias: one for one in profiles for alias in one.aliases}
    at_efforts = {
        alias: one.at_effort(known.effort)
        for one in profiles
        for known in one.reasoning
        for alias in known.aliases
    }
    return ids | at_efforts | aliases | {one.name: one for one in profiles}


def _called(names: Mapping[str, ApiProfile], name: str) -> ApiProfile | None:
    """Routers and logs name the provider, too (``openai/gpt-4o-mini``); of another one it is another API."""
    whole = spelt(names, name)
    if whole is not None:
        return whole
    provider, _, model = name.partition("/")
    found = spelt(names, model)
    return found if found is not None and found.provider == _PATHS.get(provider, folded(provider)) else None


def _check_aliases(profiles: dict[str, ApiProfile], top: Table) -> None:
    owners = dict.fromkeys(profiles, "")
    for profile in profiles.values():
        for alias in (*profile.aliases, *(alias for known in profile.reasoning for alias in known.aliases)):
            if alias in owners:
                raise top.error(f"{alias!r} is taken, and cannot be an alias of {profile.name!r}", "apis")
            owners[alias] = profile.name
