"""What the API would bill for the task: tokens of each request by the best source there is, then prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from bench.catalog.types import ApiProfile
from bench.economics.api.billing import Bill, Tokens
from bench.economics.api.pricing import Tariff
from bench.economics.api.published import published_length, reasoning_range, set_told
from bench.economics.assumptions.constants import Constant
from bench.economics.estimates import EXACT
from bench.errors import EconomicsError
from bench.records.types import ItemResult, TaskResult, TokensPerRequest
from bench.stats import Estimate

ESTIMATE_TOKENIZER = "o200k_base"  # stands in for tokenizers that nobody can run offline
TOKENIZER_BAND = 0.2  # how far that count may be off, either way: an assumption
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class HostedAnswer:
    """What an API answered to one item, scored as the device's answer was. Counts are None when not reported.

    ``input_tokens`` includes those read from the provider's cache and written to it, ``output_tokens`` the
    reasoning ones. ``is_judged`` is False where no answer came, or nothing could judge it.
    """

    item_id: str
    outcome: Literal["right", "wrong", "unscored"]
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    reasoning_tokens: int | None = None
    written_tokens: int = 0
    is_judged: bool = True

    @property
    def has_usage(self) -> bool:
        return self.input_tokens is not None and self.output_tokens is not None


@dataclass(frozen=True, slots=True)
class RequestTokens:
    input_tokens: Tokens
    output_tokens: Tokens
    cached_tokens: Tokens = 0
    written_tokens: Tokens = 0


@dataclass(frozen=True, slots=True)
class TokenAccount:
    """Tokens of each request, and how far all of them together may be off, as multiples of the value."""

    requests: tuple[RequestTokens, ...]
    all_tokens: Estimate  # of input and output alike: the tokenizer's doubt
    answer: Estimate  # of output: the doubt about its length
    summary: TokensPerRequest


@dataclass(frozen=True)
class ApiCost:
    """USD of each request in the order of the items, split into output and the rest; doubts as multiples.

    ``fees_usd`` is the part of ``input_usd`` that is due whatever its tokens, so that no doubt is about it.
    """

    input_usd: tuple[Decimal, ...]
    output_usd: tuple[Decimal, ...]
    fees_usd: tuple[Decimal, ...]
    all_tokens: Estimate
    answer: Estimate

    @cached_property
    def mean_fee_usd(self) -> Decimal:
        return sum(self.fees_usd, Decimal(0)) / len(self.fees_usd)

    @cached_property
    def mean_input_usd(self) -> Decimal:
        return sum(self.input_usd, Decimal(0)) / len(self.input_usd)

    @cached_property
    def mean_output_usd(self) -> Decimal:
        return sum(self.output_usd, Decimal(0)) / len(self.output_usd)


def bill(
    account: TokenAccount,
    tariff: Tariff,
    tax: Decimal,
    *,
    fee_usd: Decimal = NOTHING,
    retries: Decimal = NOTHING,
) -> ApiCost:
    """Price each request on its own, since tiers depend on a request's size.

    On top come tax, a share of what is listed, a fee for every request, and the share that is sent again.
    """
    bills = [
        tariff.bill(one.input_tokens, one.output_tokens, one.cached_tokens, one.written_tokens).charged(
            fee_usd=fee_usd, retries=retries, tax=tax
        )
        for one in account.requests
    ]
    listed = NOTHING if tariff.rates is None else tariff.rates.usd_per_request
    fee = Bill(listed, NOTHING).charged(fee_usd=fee_usd, retries=retries, tax=tax).input_usd
    return ApiCost(
        tuple(one.input_usd for one in bills),
        tuple(one.output_usd for one in bills),
        (fee,) * len(bills),
        account.all_tokens,
        account.answer,
    )


def count_tokens(
    profile: ApiProfile,
    task: TaskResult,
    items: Sequence[ItemResult],
    answers: Sequence[HostedAnswer],
    answer_length: Constant,
    cached_share: Decimal = NOTHING,
) -> TokenAccount:
    """Tokens of ``items`` as this API would bill them; raises EconomicsError when nothing tells them.

    Sources in this order: the usage in a transcript (``answers``, one for each item, or none); the mean
    output that is published of this model on the task, spread over the items as their expected answers are;
    the expected answer's length times the sourced range of the model's reasoning tokens; the length of the
    device's own answers that are right and complete. ``cached_share`` of the input is read from the
    provider's cache, where no usage tells how much was.
    """
    if not items:
        raise EconomicsError("no item was attempted", where=task.task)
    if any(answer.has_usage for answer in answers):
        return _from_usage(answers)
    tokenizer = ESTIMATE_TOKENIZER if profile.tokenizer == "estimate" else profile.tokenizer
    counted = _counted(profile)
    per_token = Decimal(str(counted.value))
    inputs = [_input_tokens(item, tokenizer, task.task) * per_token for item in items]
    lengths, length_source = _expected_lengths(task, items, tokenizer)
    mean_length = sum(lengths, Decimal(0)) / len(lengths) * per_token
    multiple, multiple_source = _multiple(profile, task.task, answer_length, mean_length)
    scale = Decimal(str(multiple.value))
    outputs = [length * per_token * scale for length in lengths]
    doubt = _tokenizer_doubt(profile)
    kept = f", {cached_share:%} of it read from the cache" if cached_share else ""
    return TokenAccount(
        tuple(RequestTokens(n, out, n * cached_share) for n, out in zip(inputs, outputs, strict=True)),
        Estimate(1.0, counted.low / counted.value, counted.high / counted.value),
        Estimate(1.0, multiple.low / multiple.value, multiple.high / multiple.value),
        TokensPerRequest(
            input_tokens=float(sum(inputs, NOTHING) / len(inputs)),
            output_tokens=float(mean_length * scale),
            reasoning_tokens=max(0.0, float(mean_length * (scale - 1))) if profile.is_reasoning else 0.0,
            input_source=f"the request counted with {tokenizer}{doubt}{kept}",
            output_source=f"{length_source}{multiple_source}{doubt}",
            is_estimate=True,
        ),
    )


def _counted(profile: ApiProfile) -> Estimate:
    """Tokens that the model counts for each of the tokenizer that stands in for its own."""
    if profile.tokenizer != "estimate":
        return EXACT
    known = profile.token_ratio
    if known is None:
        return Estimate(1.0, 1.0 - TOKENIZER_BAND, 1.0 + TOKENIZER_BAND)
    return Estimate(known.value, known.low, known.high)


def _tokenizer_doubt(profile: ApiProfile) -> str:
    if profile.tokenizer != "estimate":
        return ""
    known = profile.token_ratio
    if known is None:
        return f", ±{TOKENIZER_BAND:.0%}: no tokenizer of this model is public"
    ratio = f"{known.value:g} ({known.low:g} to {known.high:g}) tokens of this model for one"
    return f", {ratio}, {known.cited.source} ({known.cited.date})"


def _from_usage(answers: Sequence[HostedAnswer]) -> TokenAccount:
    """Tokens as billed; an answer that came without usage is taken at the mean of those that have it."""
    known = [answer for answer in answers if answer.has_usage]
    n, n_unknown = len(known), len(answers) - len(known)
    means = RequestTokens(
        Decimal(sum(answer.input_tokens or 0 for answer in known)) / n,
        Decimal(sum(answer.output_tokens or 0 for answer in known)) / n,
        Decimal(sum(answer.cached_tokens for answer in known)) / n,
        Decimal(sum(answer.written_tokens for answer in known)) / n,
    )
    requests = tuple(
        RequestTokens(
            answer.input_tokens or 0, answer.output_tokens or 0, answer.cached_tokens, answer.written_tokens
        )
        if answer.has_usage
        else means
        for answer in answers
    )
    source = "usage in the transcript"
    if n_unknown:
        source += (
            f"; {n_unknown:,} of {len(answers):,} answers came without it and are taken at the others' mean"
        )
    return TokenAccount(
        requests,
        EXACT,
        EXACT,
        TokensPerRequest(
            input_tokens=float(means.input_tokens),
            output_tokens=float(means.output_tokens),
            reasoning_tokens=sum(answer.reasoning_tokens or 0 for answer in known) / n,
            input_source=source,
            output_source=source,
            is_estimate=n_unknown > 0,
        ),
    )


def _input_tokens(item: ItemResult, tokenizer: str, task: str) -> int:
    if tokenizer not in item.hosted_input_tokens:
        raise EconomicsError(
            f"the request of item {item.item_id} was not counted with {tokenizer}", where=f"task {task}"
        )
    return item.hosted_input_tokens[tokenizer]


def _expected_lengths(
    task: TaskResult, items: Sequence[ItemResult], tokenizer: str
) -> tuple[list[Decimal], str]:
    """Expected answer tokens of each item, and where they come from."""
    references = [item.hosted_output_tokens.get(tokenizer) for item in items]
    if all(length is not None for length in references):
        return [Decimal(length or 0) for length in references], f"reference answer counted with {tokenizer}"
    if task.expected_output_tokens is not None:
        length = Decimal(str(task.expected_output_tokens))
        return [length] * len(items), "length stated by the task"
    own = own_lengths(items)
    if not own:
        raise EconomicsError(
            "the length of an API's answer is not known: the task states none, and the device has no "
            "right and complete answer to go by",
            where=f"task {task.task}",
            remedy="give a transcript, or state the expected length in the task",
        )
    mean = Decimal(sum(own)) / len(own)
    return [mean] * len(items), f"mean of the device's {len(own)} correct answers, in its own tokens"


def own_lengths(items: Sequence[ItemResult]) -> tuple[int, ...]:
    """Tokens of the device's own answers that are right and complete."""
    return tuple(
        item.n_output_tokens
        for item in items
        if item.outcome == "right" and not item.is_truncated and item.n_output_tokens is not None
    )


def _multiple(
    profile: ApiProfile, task: str, answer_length: Constant, mean_length: Decimal
) -> tuple[Estimate, str]:
    """Output tokens, reasoning included, over the expected answer's, of which there are ``mean_length``."""
    published = published_length(profile, task)
    if published is not None and mean_length:
        value, band = published.tokens / float(mean_length), answer_length.band
        told = (
            f" × {value:.3g}: {published.tokens:,g} tokens are published of its mean output"
            f"{set_told(published, task)}, {published.cited.source} ({published.cited.date}), "
            f"taken as {band.low:g} to {band.high:g} times as many"
        )
        return Estimate(value, value * band.low / band.value, value * band.high / band.value), told
    known = reasoning_range(profile, task)
    if known is not None:
        cited = f"{known.cited.source} ({known.cited.date})"
        return (
            Estimate(known.value, known.low, known.high),
            f" × {known.value:g} ({known.low:g} to {known.high:g}), {known.effort} effort, {cited}",
        )
    if profile.is_reasoning:
        raise EconomicsError(
            "how many reasoning tokens it bills on this task is not known",
            where=profile.name,
            remedy="give a transcript with its usage",
        )
    band = answer_length.band
    return band, f" × {band.value:g} ({band.low:g} to {band.high:g}), {answer_length.kind}"
