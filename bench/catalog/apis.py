"""API profiles: what a hosted model is called, billed as, known to score, and how much it thinks.

Prices themselves come from genai-prices; a profile carries only what that table lacks or has wrong.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar, cast

from bench.catalog.reading import (
    Table,
    day,
    decimal,
    flag,
    list_of,
    matching,
    number,
    one_of,
    packaged,
    pick,
    read_toml,
    share,
    spelt,
    text,
    whole,
)
from bench.catalog.sources import Sources
from bench.catalog.types import (
    ApiProfile,
    BatchPrice,
    Cited,
    LargerRequests,
    OpenWeights,
    PriceOverride,
    PublishedLength,
    PublishedScore,
    ReasoningRange,
    ServiceFigure,
    TokenRatio,
)
from bench.errors import InputError, folded, nearest

T = TypeVar("T")

Tokenizer = Literal["o200k_base", "cl100k_base", "estimate"]

_family = matching(re.compile(r"[a-z]+"), "llama")


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
        it. InputError with the nearest known name, or with the efforts that there are.
        """
        names = _names(self.profiles.values())
        model, _, effort = name.rpartition("@")
        whole, found = _called(names, name), _called(names, model)
        if whole is not None:
            return whole
        if found is None or found.name not in self.profiles:
            return pick(names, name, kind="API", read_from=self.read_from, remedy="see `breakeven prices`")
        if effort not in found.efforts:
            there_are = f"there are: {', '.join(found.efforts)}" if found.efforts else "it has none to choose"
            raise InputError(
                f"unknown effort {effort!r} of {found.name}; {there_are}",
                where=str(self.read_from),
                remedy=f"see `breakeven prices show {found.name}`",
            )
        return found.at_effort(effort)


def load_apis(path: Path | None = None) -> ApiCatalog:
    """Read the packaged profiles, or those of ``path``. Raises CatalogError."""
    path = packaged("apis.toml") if path is None else path
    top, digest = read_toml(path)
    sources = Sources(top)
    read = partial(
        _profile,
        sources=sources,
        sizes=_sizes(top, sources),
        ranges=_ranges(top, sources),
        ratios=_ratios(top, sources),
        batches=_batches(top, sources),
        searched=_searched(top, sources),
    )
    profiles = {name: read(name, table) for name, table in top.named("apis").items()}
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
    return found if found is not None and found.provider == folded(provider) else None


def _sizes(top: Table, sources: Sources) -> dict[str, int | None]:
    """Items of each benchmark's usual test split; None where nobody is cited for it."""
    sizes: dict[str, int | None] = {}
    for task, table in top.named("benchmarks").items():
        sizes[task] = table.may("n_items", whole(at_least=1))
        if sizes[task] is not None:
            sources.cite(table)
        table.done()
    return sizes


def _ranges(top: Table, sources: Sources) -> dict[str, ReasoningRange]:
    ranges: dict[str, ReasoningRange] = {}
    for name, table in top.named("ranges").items():
        found = ReasoningRange(
            task=table.may("task", text) or "*",
            effort="",
            low=table.need("low", number),
            value=table.need("value", number),
            high=table.need("high", number),
            cited=sources.cite(table),
        )
        if not 0 < found.low <= found.value <= found.high:
            raise table.error("a range needs 0 < low <= value <= high")
        table.done()
        ranges[name] = found
    return ranges


def _ratios(top: Table, sources: Sources) -> dict[str, TokenRatio]:
    ratios: dict[str, TokenRatio] = {}
    for name, table in top.named("token_ratios").items():
        low, value, high = (table.need(key, number) for key in ("low", "value", "high"))
        if not 0 < low <= value <= high:
            raise table.error("a ratio needs 0 < low <= value <= high")
        ratios[name] = TokenRatio(low, value, high, sources.cite(table))
        table.done()
    return ratios


def _batches(top: Table, sources: Sources) -> dict[str, BatchPrice]:
    batches: dict[str, BatchPrice] = {}
    for name, table in top.named("batches").items():
        batches[name] = BatchPrice(
            share=table.need("share", _exact_share),
            cached_share=table.need("cached_share", _exact_share),
            within_hours=table.need("within_hours", whole(at_least=1)),
            cited=sources.cite(table),
        )
        table.done()
    return batches


def _profile(
    name: str,
    table: Table,
    *,
    sources: Sources,
    sizes: dict[str, int | None],
    ranges: dict[str, ReasoningRange],
    ratios: dict[str, TokenRatio],
    batches: dict[str, BatchPrice],
    searched: Cited | None,
) -> ApiProfile:
    reasoning = tuple(_reasoning(row, ranges) for row in table.tables("reasoning"))
    efforts = tuple(dict.fromkeys(known.effort for known in reasoning))
    scores = tuple(_score(row, sources, sizes, efforts) for row in table.tables("scores"))
    profile = ApiProfile(
        name=name,
        title=table.need("title", text),
        provider=table.need("provider", text),
        price_model=table.may("price_model", text),
        matched_id=table.may("matched_id", text),
        tokenizer=cast(Tokenizer, table.need("tokenizer", one_of("o200k_base", "cl100k_base", "estimate"))),
        token_ratio=_one_of(ratios, table, "token_ratio", "token ratio"),
        is_reasoning=table.may("is_reasoning", flag) or False,
        effort=efforts[0] if efforts else None,
        aliases=table.may("aliases", list_of(text)) or (),
        scores=scores,
        unknown_scores=tuple(task for task in sizes if task not in {score.task for score in scores}),
        scores_searched=_searched(table, sources) or searched,
        reasoning=reasoning,
        lengths=tuple(_length(row, sources, sizes, efforts) for row in table.tables("lengths")),
        prices=tuple(_price(row, sources) for row in table.tables("prices")),
        batch=_one_of(batches, table, "batch", "batch price"),
        service=tuple(_service(row, sources) for row in table.tables("service")),
        released=table.may("released", day),
        retired=table.may("retired", day),
        note=_note(table, sources),
        weights=_weights(table.table("weights"), sources) if table.has("weights") else None,
    )
    if profile.is_reasoning != bool(profile.reasoning):
        raise table.error(
            "a reasoning model, and only such a one, needs a range of output tokens", "reasoning"
        )
    if profile.token_ratio is not None and profile.tokenizer != "estimate":
        raise table.error("a tokenizer that can be run needs no ratio", "token_ratio")
    table.done()
    return profile


def _note(table: Table, sources: Sources) -> str | None:
    """The profile's note, with the source of its note and dates."""
    if not table.has("source"):
        return table.may("note", text)
    cited = sources.cite(table)
    origin = f"{cited.source} ({cited.date})"
    return origin if cited.note is None else f"{cited.note}; {origin}"


def _weights(table: Table, sources: Sources) -> OpenWeights:
    weights = OpenWeights(
        model=table.need("model", text),
        family=table.need("family", _family),
        parameters_b=table.need("parameters_b", number),
        cited=sources.cite(table),
    )
    if not weights.parameters_b:
        raise table.error("must be more than 0", "parameters_b")
    table.done()
    return weights


def _score(
    table: Table, sources: Sources, sizes: dict[str, int | None], efforts: Sequence[str]
) -> PublishedScore:
    task = _benchmark(table, sizes)
    score = PublishedScore(
        task=task,
        accuracy=table.need("accuracy", share),
        setting=table.need("setting", text),
        n_items=table.may("n_items", whole(at_least=1)) or sizes[task],
        cited=sources.cite(table),
        effort=_effort(table, efforts),
    )
    table.done()
    return score


def _length(
    table: Table, sources: Sources, sizes: dict[str, int | None], efforts: Sequence[str]
) -> PublishedLength:
    length = PublishedLength(
        task=_benchmark(table, sizes),
        tokens=table.need("tokens", number),
        cited=sources.cite(table),
        effort=_effort(table, efforts),
    )
    if not length.tokens:
        raise table.error("must be more than 0", "tokens")
    table.done()
    return length


def _benchmark(table: Table, sizes: dict[str, int | None]) -> str:
    task = table.need("task", text)
    if task not in sizes:
        raise table.error(f"unknown benchmark {task!r}; {nearest(task, sizes)}", "task")
    return task


def _effort(table: Table, efforts: Sequence[str]) -> str | None:
    """The default one unless it names another; None of a model that does not reason."""
    return table.may("effort", one_of(*efforts)) or (efforts[0] if efforts else None)


def _reasoning(table: Table, ranges: dict[str, ReasoningRange]) -> ReasoningRange:
    name, effort = table.need("range", text), table.need("effort", text)
    if name not in ranges:
        raise table.error(f"unknown range {name!r}; {nearest(name, ranges)}", "range")
    aliases = table.may("aliases", list_of(text)) or ()
    table.done()
    return replace(ranges[name], effort=effort, aliases=aliases)


def _searched(table: Table, sources: Sources) -> Cited | None:
    """Where scores were looked for that are not there."""
    key = "scores_searched"
    return sources.cite(table, key, with_note=False) if table.has(key) else None


def _one_of(entries: Mapping[str, T], table: Table, key: str, kind: str) -> T | None:
    """Of the tables that several profiles share, the one that ``key`` names; None without the key."""
    name = table.may(key, text)
    if name is not None and name not in entries:
        raise table.error(f"unknown {kind} {name!r}; {nearest(name, entries)}", key)
    return None if name is None else entries[name]


def _service(table: Table, sources: Sources) -> ServiceFigure:
    figure = ServiceFigure(
        what=table.need("what", text),
        value=table.need("value", decimal),
        unit=table.need("unit", text),
        cited=sources.cite(table),
    )
    table.done()
    return figure


def _exact_share(value: object) -> Decimal:
    fraction = decimal(value)
    if fraction > 1:
        raise ValueError(f"must be a share between 0 and 1, not {value}")
    return fraction


def _price(table: Table, sources: Sources) -> PriceOverride:
    price = PriceOverride(
        input_usd_per_mtok=table.need("input_usd_per_mtok", decimal),
        output_usd_per_mtok=table.need("output_usd_per_mtok", decimal),
        cached_usd_per_mtok=table.may("cached_usd_per_mtok", decimal),
        written_usd_per_mtok=table.may("written_usd_per_mtok", decimal),
        valid_from=table.may("valid_from", day),
        valid_until=table.may("valid_until", day),
        cited=sources.cite(table),
        larger=_larger(table),
    )
    if price.valid_from and price.valid_until and price.valid_from > price.valid_until:
        raise table.error("is valid until a day before it is valid", "valid_until")
    table.done()
    return price


def _larger(table: Table) -> tuple[LargerRequests, ...]:
    found = []
    for size in table.tables("larger_requests"):
        found.append(
            LargerRequests(
                above_input_tokens=size.need("above_input_tokens", whole(at_least=1)),
                input_usd_per_mtok=size.need("input_usd_per_mtok", decimal),
                output_usd_per_mtok=size.need("output_usd_per_mtok", decimal),
            )
        )
        size.done()
    return tuple(sorted(found, key=lambda size: -size.above_input_tokens))


def _check_aliases(profiles: dict[str, ApiProfile], top: Table) -> None:
    owners = dict.fromkeys(profiles, "")
    for profile in profiles.values():
        for alias in (*profile.aliases, *(alias for known in profile.reasoning for alias in known.aliases)):
            if alias in owners:
                raise top.error(f"{alias!r} is taken, and cannot be an alias of {profile.name!r}", "apis")
            owners[alias] = profile.name
