"""API profiles: what a hosted model is called, billed as, known to score, and how much it thinks.

Prices themselves come from genai-prices; a profile carries only what that table lacks or has wrong.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar, cast

from bench.catalog.reading import (
    Reader,
    Table,
    day,
    decimal,
    exact_share,
    flag,
    list_of,
    matching,
    number,
    one_of,
    share,
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
from bench.errors import nearest

T = TypeVar("T")

Tokenizer = Literal["o200k_base", "cl100k_base", "estimate"]

_family = matching(re.compile(r"[a-z]+"), "llama")


class _Benchmark(NamedTuple):
    task: str
    n_items: int | None  # of its usual test split; None where nobody is cited for it


@dataclass(frozen=True, slots=True)
class _Shared:
    """What profiles name and several of them have in common."""

    sources: Sources
    benchmarks: Mapping[str, _Benchmark]
    ranges: Mapping[str, ReasoningRange]
    ratios: Mapping[str, TokenRatio]
    batches: Mapping[str, BatchPrice]
    searched: Cited | None


def read_profiles(top: Table) -> dict[str, ApiProfile]:
    """By name; CatalogError for what cannot be used."""
    sources = Sources(top)
    shared = _Shared(
        sources,
        _benchmarks(top, sources),
        _ranges(top, sources),
        _ratios(top, sources),
        _batches(top, sources),
        _searched(top, sources),
    )
    return {name: _profile(name, table, shared) for name, table in top.named("apis").items()}


def _benchmarks(top: Table, sources: Sources) -> dict[str, _Benchmark]:
    benchmarks: dict[str, _Benchmark] = {}
    for task, table in top.named("benchmarks").items():
        benchmarks[task] = _Benchmark(task, table.may("n_items", whole(at_least=1)))
        if benchmarks[task].n_items is not None:
            sources.cite(table)
        table.done()
    return benchmarks


def _ranges(top: Table, sources: Sources) -> dict[str, ReasoningRange]:
    """Of no effort yet: each profile says at which of its own they hold."""
    ranges: dict[str, ReasoningRange] = {}
    for name, table in top.named("ranges").items():
        task, (low, value, high) = table.may("task", text) or "*", _band(table, "range")
        ranges[name] = ReasoningRange(task, "", low, value, high, sources.cite(table))
        table.done()
    return ranges


def _ratios(top: Table, sources: Sources) -> dict[str, TokenRatio]:
    ratios: dict[str, TokenRatio] = {}
    for name, table in top.named("token_ratios").items():
        ratios[name] = TokenRatio(*_band(table, "ratio"), sources.cite(table))
        table.done()
    return ratios


def _band(table: Table, kind: str) -> tuple[float, float, float]:
    low, value, high = (table.need(key, number) for key in ("low", "value", "high"))
    if not 0 < low <= value <= high:
        raise table.error(f"a {kind} needs 0 < low <= value <= high")
    return low, value, high


def _batches(top: Table, sources: Sources) -> dict[str, BatchPrice]:
    batches: dict[str, BatchPrice] = {}
    for name, table in top.named("batches").items():
        batches[name] = BatchPrice(
            share=table.need("share", exact_share),
            cached_share=table.need("cached_share", exact_share),
            within_hours=table.need("within_hours", whole(at_least=1)),
            cited=sources.cite(table),
        )
        table.done()
    return batches


def _profile(name: str, table: Table, shared: _Shared) -> ApiProfile:
    reasoning = tuple(_reasoning(row, shared) for row in table.tables("reasoning"))
    efforts = tuple(dict.fromkeys(known.effort for known in reasoning))
    scores = tuple(_score(row, shared, efforts) for row in table.tables("scores"))
    profile = ApiProfile(
        name=name,
        title=table.need("title", text),
        provider=table.need("provider", text),
        price_model=table.may("price_model", text),
        matched_id=table.may("matched_id", text),
        tokenizer=cast(Tokenizer, table.need("tokenizer", one_of("o200k_base", "cl100k_base", "estimate"))),
        token_ratio=table.may("token_ratio", _entry_of(shared.ratios, "token ratio")),
        is_reasoning=table.may("is_reasoning", flag) or False,
        effort=efforts[0] if efforts else None,
        aliases=table.may("aliases", list_of(text)) or (),
        scores=scores,
        unknown_scores=tuple(
            task for task in shared.benchmarks if task not in {score.task for score in scores}
        ),
        scores_searched=_searched(table, shared.sources) or shared.searched,
        reasoning=reasoning,
        lengths=tuple(_length(row, shared, efforts) for row in table.tables("lengths")),
        prices=tuple(_price(row, shared.sources) for row in table.tables("prices")),
        batch=table.may("batch", _entry_of(shared.batches, "batch price")),
        service=tuple(_service(row, shared.sources) for row in table.tables("service")),
        released=table.may("released", day),
        retired=table.may("retired", day),
        note=_note(table, shared.sources),
        weights=_weights(table.table("weights"), shared.sources) if table.has("weights") else None,
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


def _score(table: Table, shared: _Shared, efforts: Sequence[str]) -> PublishedScore:
    benchmark = table.need("task", _entry_of(shared.benchmarks, "benchmark"))
    score = PublishedScore(
        task=benchmark.task,
        accuracy=table.need("accuracy", share),
        setting=table.need("setting", text),
        n_items=table.may("n_items", whole(at_least=1)) or benchmark.n_items,
        cited=shared.sources.cite(table),
        effort=_effort(table, efforts),
    )
    table.done()
    return score


def _length(table: Table, shared: _Shared, efforts: Sequence[str]) -> PublishedLength:
    length = PublishedLength(
        task=table.need("task", _entry_of(shared.benchmarks, "benchmark")).task,
        tokens=table.need("tokens", number),
        cited=shared.sources.cite(table),
        effort=_effort(table, efforts),
    )
    if not length.tokens:
        raise table.error("must be more than 0", "tokens")
    table.done()
    return length


def _effort(table: Table, efforts: Sequence[str]) -> str | None:
    """The default one unless it names another; None of a model that does not reason."""
    return table.may("effort", one_of(*efforts)) or (efforts[0] if efforts else None)


def _reasoning(table: Table, shared: _Shared) -> ReasoningRange:
    known = replace(
        table.need("range", _entry_of(shared.ranges, "range")),
        effort=table.need("effort", text),
        aliases=table.may("aliases", list_of(text)) or (),
    )
    table.done()
    return known


def _searched(table: Table, sources: Sources) -> Cited | None:
    """Where scores were looked for that are not there."""
    key = "scores_searched"
    return sources.cite(table, key, with_note=False) if table.has(key) else None


def _entry_of(entries: Mapping[str, T], kind: str) -> Reader[T]:
    """Reads a name as the entry that it is of."""

    def read(value: object) -> T:
        name = text(value)
        if name not in entries:
            raise ValueError(f"unknown {kind} {name!r}; {nearest(name, entries)}")
        return entries[name]

    return read


def _service(table: Table, sources: Sources) -> ServiceFigure:
    figure = ServiceFigure(
        what=table.need("what", text),
        value=table.need("value", decimal),
        unit=table.need("unit", text),
        cited=sources.cite(table),
    )
    table.done()
    return figure


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
