"""Tokens of requests as a provider counted them: of each, and of sums of who knows how many."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bench.records.types import WorkloadTokens

# Of a request: tokens of input and output, of the input those read from the cache and written to it, and of
# the written ones those kept for an hour.
Sizes = tuple[int, int, int, int, int]
BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, or the sums of ``n_requests``, as a provider counted them. None: nobody told of
    how many, as in an export with a row for each day.

    ``input_tokens`` includes those read from and written to the provider's cache, ``output_tokens`` the
    reasoning ones. ``tier`` is how it was served: None at once, at the list price; in batches; or at a price
    that nothing here knows. No request: one that failed, which nobody bills.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    written_tokens: int = 0
    reasoning_tokens: int | None = None  # None: not told
    n_requests: int | None = 1
    model: str | None = None  # that answered, as it was logged
    at: datetime | None = None  # when, with a time zone
    hour_tokens: int = 0  # of the written ones: to be kept for an hour
    tier: str | None = None
    n_searches: int = 0  # of the web, at a fee for each
    between: tuple[int, int] | None = None  # the input of each request is more than this, at most that
    answer: str | None = None  # the provider's id of it

    @property
    def is_sum(self) -> bool:
        return self.n_requests is None or self.n_requests > 1

    @property
    def each_between(self) -> tuple[int, int]:
        """The input of each request of a sum is more than this, and at most that."""
        low, high = self.between or (0, self.input_tokens)
        return low, min(high, self.input_tokens)

    def alike(self) -> Iterator[tuple[int, Sizes]]:
        """How many requests of each size.

        One request is itself. Of a sum nobody knows the sizes: they are as equal as whole tokens can be, and
        add up to the sum. Where not even their number is known, they are as few as can be.
        """
        n_requests = self.n_requests
        if n_requests is None:
            n_requests = max(1, -(-self.input_tokens // max(1, self.each_between[1])))
        if n_requests == 0:
            return
        # Each a part of what comes after it, in each request, too.
        kept = self.cached_tokens + self.written_tokens
        sums = (self.output_tokens, self.cached_tokens, self.cached_tokens + self.hour_tokens, kept)
        sizes = [divmod(n, n_requests) for n in (*sums, self.input_tokens)]
        cuts = sorted({0, n_requests, *(rest for _, rest in sizes)})
        for begin, end in pairwise(cuts):
            n_output, n_cached, n_hour, n_kept, n_input = (size + (begin < rest) for size, rest in sizes)
            yield end - begin, (n_input, n_output, n_cached, n_kept - n_cached, n_hour - n_cached)


def tokens_of(usages: Sequence[Usage]) -> WorkloadTokens:
    reasoning = [usage.reasoning_tokens for usage in usages if usage.n_requests != 0]
    known = [n for n in reasoning if n is not None]
    return WorkloadTokens(
        n_rows=len(usages),
        n_requests=n_requests_of(usages),
        input_tokens=sum(usage.input_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        reasoning_tokens=sum(known) if len(known) == len(reasoning) else None,
        n_sums=sum(usage.is_sum for usage in usages),
        n_uncounted=sum(usage.n_requests is None for usage in usages),
        n_failed=sum(usage.n_requests == 0 for usage in usages),
        written_tokens=sum(usage.written_tokens for usage in usages),
        hour_tokens=sum(usage.hour_tokens for usage in usages),
        n_searches=sum(usage.n_searches for usage in usages),
        tiers=dict(Counter(usage.tier for usage in usages if usage.tier is not None)),
    )


def sizes_of(usages: Sequence[Usage]) -> Counter[Sizes]:
    """How many requests of each size, as ``alike`` has them."""
    sizes: Counter[Sizes] = Counter()
    for usage in usages:
        for n, size in usage.alike():
            sizes[size] += n
    return sizes


def n_requests_of(usages: Sequence[Usage]) -> int | None:
    return sum_if_known(usage.n_requests for usage in usages)


def sum_if_known(counts: Iterable[int | None]) -> int | None:
    """None: some count is not known, and so their sum is not."""
    total = 0
    for n in counts:
        if n is None:
            return None
        total += n
    return total


def uncounted_words(n: int) -> str:
    return f"{n:,} row{'s' * (n > 1)} sum{'s' * (n == 1)} up requests whose number is not told"
