"""What an attempt emits at the API, by published estimates or by the user's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.catalog.types import ApiProfile, Bounded, HostedEnergy, PublishedRequest
from bench.economics.api.api_cost import TokenAccount
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario
from bench.economics.estimates import amount_per_correct, joined, product, times
from bench.economics.verdict.accuracy import ApiAccuracy
from bench.records.types import CarbonThere, OpenBand
from bench.stats import Estimate

WH_PER_KWH = 1000
TOKENS_OF_HOSTED_WH = 1000


@dataclass(frozen=True)
class Length:
    """Tokens of a mean request, with the doubts about them."""

    input_tokens: Estimate
    output_tokens: Estimate


@dataclass(frozen=True)
class ThereAccount:
    """What the API emits; ``used`` are the published estimates, none where the user states one."""

    length: Length | None
    used: tuple[HostedEnergy, ...]
    grid: Estimate | None  # g/kWh
    told: CarbonThere


def carbon_there(
    profile: ApiProfile,
    account: TokenAccount | None,
    accuracy: ApiAccuracy,
    scenario: Scenario,
    hosted: Sequence[HostedEnergy] = (),
) -> ThereAccount | None:
    """The API's side, whatever it is compared with; None where nothing tells what its requests take."""
    stated = scenario.hosted_wh
    scope, used = _estimates(profile, hosted, stated)
    if stated is None and not used:
        return None
    length = _length(account)
    wh = joined([of_request(one.requests, "wh", length) for one in used])
    published_g = joined([of_request(one.requests, "g", length) for one in used])
    if stated is not None and length is not None:
        wh = product(length.output_tokens, times(stated.band, 1 / TOKENS_OF_HOSTED_WH))
    if wh is None and published_g is None:
        return None
    grid = _hosted_grid(scenario.hosted_grid, used)
    grams = published_g
    if wh is not None and grid is not None:
        grams = times(product(wh, grid), 1 / WH_PER_KWH)
    told = CarbonThere(
        scope=scope,
        wh=wh,
        attempt_g=grams,
        per_correct_g=_there_per_correct(accuracy, grams),
        detail="; ".join(dict.fromkeys(filter(None, (_detail(one) for one in used))))
        or "stated by --hosted-wh",
        source="; ".join(dict.fromkeys(one.cited.source for one in used)) or "declared by the user",
        date="; ".join(dict.fromkeys(one.cited.date for one in used)) or None,
    )
    return ThereAccount(length, used, grid, told)


def of_request(
    requests: Sequence[PublishedRequest], what: Literal["wh", "g"], length: Length | None
) -> Estimate | None:
    """Wh or g of a request of this length, from published ones; None where they do not tell it.

    A single request without a length is taken as it is. Else the value is the output tokens times Σ figures ÷
    Σ output tokens, and the bounds are by the least and the largest figure per token of any of them. At most
    it takes as much as published requests that hold it: what is fixed of them does not shrink with it.
    """
    told: list[tuple[PublishedRequest, Bounded]] = []
    for request in requests:
        figure = request.wh if what == "wh" else request.g
        if figure is not None:
            told.append((request, figure))
    if told and told[0][0].output_tokens is None:
        return Estimate(*told[0][1])
    if not told or length is None:
        return None
    per_token = rate([(request.output_tokens or 1, figure) for request, figure in told])
    tokens = length.output_tokens
    return Estimate(
        tokens.value * per_token.value,
        tokens.low * per_token.low,
        max(
            tokens.high * per_token.high,
            min(figure[2] * _times_as_long(length, request) for request, figure in told),
        ),
    )


def _times_as_long(length: Length, request: PublishedRequest) -> float:
    """How many of the published request hold the longest that this one may be; at least one."""
    ratios = [1.0]
    if request.output_tokens is not None:
        ratios.append(length.output_tokens.high / request.output_tokens)
    if request.input_tokens is not None:
        ratios.append(length.input_tokens.high / request.input_tokens)
    return max(ratios)


def rate(sized: Sequence[tuple[int, Bounded]]) -> Estimate:
    """Of one token, from figures of requests with so many each."""
    return Estimate(
        sum(figure[0] for _, figure in sized) / sum(tokens for tokens, _ in sized),
        min(figure[1] / tokens for tokens, figure in sized),
        max(figure[2] / tokens for tokens, figure in sized),
    )


def _estimates(
    profile: ApiProfile, hosted: Sequence[HostedEnergy], stated: Constant | None
) -> tuple[Literal["declared", "model", "provider"], tuple[HostedEnergy, ...]]:
    """Those of the model; else those of its provider's usual request, which no reasoning model's is.

    None where the user states one.
    """
    if stated is not None:
        return "declared", ()
    of_model = tuple(one for one in hosted if profile.name in one.apis)
    if of_model or profile.is_reasoning:
        return "model", of_model
    return "provider", tuple(one for one in hosted if one.provider == profile.provider)


def _detail(one: HostedEnergy) -> str:
    return f"{one.title}: {one.cited.note}" if one.cited.note else one.title


def _length(account: TokenAccount | None) -> Length | None:
    """Of a mean request, with the doubts about its answer and its tokenizer."""
    if account is None:
        return None
    told = account.summary
    return Length(
        times(account.all_tokens, told.input_tokens),
        times(product(account.all_tokens, account.answer), told.output_tokens),
    )


def _hosted_grid(stated: Constant | None, used: Sequence[HostedEnergy]) -> Estimate | None:
    """The user's; else the one that the first estimate with one reckons with."""
    if stated is not None:
        return stated.band
    known = next((one.grid_g_per_kwh for one in used if one.grid_g_per_kwh is not None), None)
    return None if known is None else Estimate(known, known, known)


def _there_per_correct(accuracy: ApiAccuracy, grams: Estimate | None) -> OpenBand | None:
    """As in the money: of a bar the value is that of always being right, the upper bound that of the bar."""
    if accuracy.value is None:
        return None
    _, low, high = accuracy.interval(0.95)
    if accuracy.is_bar:
        return amount_per_correct(grams, Estimate(accuracy.for_money, accuracy.value, accuracy.for_money))
    return amount_per_correct(grams, Estimate(accuracy.value, low, high))
