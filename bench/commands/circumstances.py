"""Under which circumstances a conclusion is drawn: scenario, rivals and grid, from words and files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from bench.catalog.apis import ApiCatalog, load_apis
from bench.catalog.carbon import load_carbon
from bench.catalog.devices import DeviceCatalog, load_devices
from bench.catalog.electricity import ElectricityCatalog, load_electricity
from bench.catalog.types import ApiProfile, Electricity, HostedEnergy
from bench.commands.billable import find_billable
from bench.commands.cost_options import ONLY_NAMED_FLAG, CostOptions
from bench.commands.scenario_file import ScenarioFile, read_scenario_file
from bench.economics.api.rivals import on_sale
from bench.economics.assumptions.currency import rate_wanted
from bench.economics.assumptions.flags import COUNTRY_FLAG, DEVICE_FLAG, FLAGS
from bench.economics.assumptions.scenario import Scenario, Stated, Words
from bench.economics.load.arrivals import Arrivals
from bench.economics.ways.published_ways import PublishedWay
from bench.economics.workload.usage import Usage
from bench.errors import InputError, nearest
from bench.tasks import resolve

if TYPE_CHECKING:
    from bench.commands.options import RunOptions

MOST_VARIATIONS = 1_000  # each is computed and kept whole


@dataclass(frozen=True, slots=True)
class Variation:
    """One scenario, and what makes it differ from the others: option name to the user's words.

    ``grid`` is the country whose electricity it is, for the carbon that this carries; ``market`` are the APIs
    on sale, of which rivals may be chosen.
    """

    scenario: Scenario
    differs_by: dict[str, str]
    grid: Electricity | None = None
    market: tuple[ApiProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``variations`` is one scenario, unless some option is swept; ``profiles`` are the rivals by name.

    Where nobody named any they are the catalog's, and ``defaults`` are their names.

    ``usages`` are requests to be priced, ``published`` ways known by a price per task and a score,
    ``hosted`` what requests to APIs are published to take, ``arrivals`` when requests came. ``stated`` are
    the names of all options of a scenario that somebody gave.
    """

    variations: tuple[Variation, ...]
    profiles: tuple[ApiProfile, ...]
    apis: ApiCatalog
    catalogs_sha256: dict[str, str]
    defaults: frozenset[str] = frozenset()
    usages: tuple[Usage, ...] = ()
    published: tuple[PublishedWay, ...] = ()
    hosted: tuple[HostedEnergy, ...] = ()
    arrivals: Arrivals | None = None
    stated: frozenset[str] = frozenset()

    @property
    def only(self) -> Variation:
        """A run's only one. InputError where an option is swept, or requests are stated."""
        if self.usages:
            raise InputError(
                "a run asks its own tasks, and the scenario file states a workload",
                remedy="price them: breakeven cost --scenario FILE",
            )
        if len(self.variations) > 1:
            raise InputError(
                "a run draws one conclusion, and the scenario file sweeps "
                + ", ".join(self.variations[0].differs_by),
                remedy="sweep the saved record: breakeven cost RECORD --scenario FILE",
            )
        return self.variations[0]


def check_tasks(scenario: Scenario, names: Sequence[str]) -> None:
    """Raise InputError for an accuracy that is stated for a task which is none of ``names``."""
    for field in ("need_accuracy", "api_accuracy"):
        stated: tuple[Stated, ...] = getattr(scenario, field)
        for task in (one.task for one in stated if one.task is not None):
            if resolve(task, names) is None:
                raise InputError(
                    f"an accuracy is stated for {task!r}, which is none of the tasks; {nearest(task, names)}",
                    where=f"--{FLAGS[field].name}",
                )


def read_circumstances(options: "RunOptions | CostOptions") -> Circumstances:
    """What the options say, else the scenario file, else defaults. Raises InputError and CatalogError."""
    said = ScenarioFile() if options.scenario_file is None else read_scenario_file(options.scenario_file)
    apis = load_apis()
    usages = said.usages
    if isinstance(options, CostOptions) and options.workload is not None:
        from bench.commands.usage_files import read_usages

        usages = tuple(read_usages(options.workload))
    named = options.apis or said.apis
    # To bill what was counted, a price is enough.
    find = partial(find_billable, apis) if usages else apis.find
    profiles = {profile.name: profile for profile in map(find, named or apis.defaults)}
    is_only_named = options.is_only_named or said.is_only_named
    choosable = () if is_only_named else tuple(apis.profiles.values())
    now = datetime.now(UTC)  # one moment for all variations
    swept = {name: values for name, values in said.sweep.items() if name not in options.scenario}
    stated = said.words.keys() | swept.keys() | options.scenario.keys()
    devices = load_devices() if DEVICE_FLAG in stated else None
    electricity = load_electricity() if COUNTRY_FLAG in stated else None
    n_variations = prod(map(len, swept.values()))
    if n_variations > MOST_VARIATIONS:
        raise InputError(
            f"{n_variations:,} combinations of {', '.join(swept)}",
            where=f"{options.scenario_file}: sweep",
            remedy=f"sweep at most {MOST_VARIATIONS:,} at once: fewer options, or fewer values of each",
        )
    variations = []
    for values in product(*swept.values()):
        differs_by = dict(zip(swept, values, strict=True))
        words: Words = {**said.words, **differs_by, **options.scenario}
        try:
            one = _variation(words, differs_by, now, devices, electricity)
        except InputError as error:
            error.where = _where_said(error.where, options, said, differs_by)
            raise
        variations.append(replace(one, market=on_sale(choosable, one.scenario.at)))
    carbon = load_carbon()
    digests = {"apis": apis.sha256, "carbon": carbon.sha256}
    digests |= {} if devices is None else {"devices": devices.sha256}
    digests |= {} if electricity is None else {"electricity": electricity.sha256}
    return Circumstances(
        variations=tuple(variations),
        profiles=tuple(profiles.values()),
        apis=apis,
        catalogs_sha256=digests,
        defaults=frozenset() if named else frozenset(profiles),
        usages=usages,
        published=said.published,
        hosted=carbon.hosted,
        arrivals=_arrivals(options.arrivals or said.arrivals),
        stated=frozenset({*stated, ONLY_NAMED_FLAG} if is_only_named else stated),
    )


def _arrivals(path: Path | None) -> Arrivals | None:
    if path is None:
        return None
    from bench.commands.arrivals import read_arrivals

    return read_arrivals(path)


def _where_said(
    flag: str | None, options: "RunOptions | CostOptions", said: ScenarioFile, differs_by: Mapping[str, str]
) -> str | None:
    """The key of the scenario file where the option's words are from it."""
    name = (flag or "").removeprefix("--")
    if name in options.scenario or name not in {**said.words, **differs_by}:
        return flag
    return f"{options.scenario_file}: {'sweep.' if name in differs_by else ''}{name}"


def _variation(
    words: Words,
    differs_by: dict[str, str],
    now: datetime,
    devices: DeviceCatalog | None,
    electricity: ElectricityCatalog | None,
) -> Variation:
    """With what the catalogs know of the device and the country that the words name, if they do."""
    device = None if devices is None else devices.find(str(words[DEVICE_FLAG]))
    country = None if electricity is None else electricity.find(str(words[COUNTRY_FLAG]))
    figures = {name: said for name, said in words.items() if name not in (DEVICE_FLAG, COUNTRY_FLAG)}
    scenario = Scenario.read(figures, at=now, device=device, country=country)
    if country is not None and COUNTRY_FLAG in differs_by and scenario.kwh_price.kind == "default":
        raise InputError(
            f"countries are compared, and {country.title}'s price of electricity is in {country.currency}",
            where=f"--{COUNTRY_FLAG}",
            remedy=rate_wanted(country.currency),
        )
    return Variation(scenario, differs_by, country)
