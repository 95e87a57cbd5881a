"""A scenario as a file: the options of the command line by name, the rivals, and what is varied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from bench.catalog.reading import Table, flag, list_of, read_toml, text
from bench.commands.cost_options import ARRIVALS_FLAG, ONLY_NAMED_FLAG
from bench.commands.workload_tables import read_published, read_workload
from bench.economics.assumptions.currency import RATE_FLAG
from bench.economics.assumptions.flags import (
    BATCH_FLAG,
    COUNTRY_FLAG,
    DEVICE_FLAG,
    FLAGS,
    NO,
    WORD_FLAGS,
    YES,
)
from bench.economics.assumptions.scenario import Words
from bench.economics.ways.published_ways import PublishedWay
from bench.economics.workload.usage import Usage
from bench.errors import nearest

_PER_TASK = {one.name for one in FLAGS.values() if one.is_per_task}
_NAMES = (*(one.name for one in FLAGS.values()), *WORD_FLAGS, DEVICE_FLAG, COUNTRY_FLAG)
_BY_NAME = {*_PER_TASK, RATE_FLAG}  # a table: a figure by task, a rate by currency


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """What a file says. ``sweep``: the values that each of these options takes in turn.

    ``usages``: requests to be priced, and ``published``: ways known by a price per task and a score.
    """

    words: Words = field(default_factory=dict)
    apis: tuple[str, ...] = ()
    is_only_named: bool = False
    sweep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    usages: tuple[Usage, ...] = ()
    published: tuple[PublishedWay, ...] = ()
    arrivals: Path | None = None


def read_scenario_file(path: Path) -> ScenarioFile:
    """Keys are options without their dashes; an option by task is a table of tasks, or one figure for all,
    and exchange rates are a table of currencies.

    Raises CatalogError with file and key for a key that is no option, a value that is no figure or word, and
    an option that is both said and swept. What the words mean is checked where the scenario is made.
    """
    top, _ = read_toml(path)
    words: dict[str, str | list[str]] = {}
    for name in _NAMES:
        if name in _BY_NAME and top.has(name):
            words[name] = top.need(name, _by_name)
        elif (said := top.may(name, _reader(name))) is not None:
            words[name] = said
    apis, is_only_named = top.may("apis", list_of(text)) or (), top.may(ONLY_NAMED_FLAG, flag) or False
    sweep = _sweep(top.table("sweep"), words) if top.has("sweep") else {}
    usages, published = read_workload(top, path), read_published(top)
    arrivals = top.may(ARRIVALS_FLAG, text)
    top.done()
    came = None if arrivals is None else path.parent / arrivals
    return ScenarioFile(words, apis, is_only_named, sweep, usages, published, came)


def _sweep(table: Table, words: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in table.names():
        if name not in _NAMES or name in _PER_TASK:
            swept = [other for other in _NAMES if other not in _PER_TASK]
            raise table.error(f"{name!r} cannot be swept; {nearest(name, swept)}", name)
        if name in words:
            raise table.error(f"{name!r} has a value of its own above", name)
        found[name] = table.need(name, list_of(_reader(name)))
        if not found[name]:
            raise table.error("takes no value at all", name)
    table.done()
    return found


def _reader(name: str) -> Callable[[object], str]:
    return _yes_or_no if name == BATCH_FLAG else _word


def _yes_or_no(value: object) -> str:
    return (YES if value else NO) if isinstance(value, bool) else _word(value)


def _word(value: object) -> str:
    """Numbers and dates may be written without quotes."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | date):
        raise ValueError("must be a figure or a word")
    return str(value)


def _by_name(value: object) -> list[str]:
    if not isinstance(value, dict):
        return [_word(value)]
    read: Callable[[object], str] = _word
    return [f"{name}={read(figure)}" for name, figure in value.items()]
