"""How fast the price of an equally good answer fell: the least dated price at each published score.

A benchmark in one setting and a score in it make a staircase: the least price at which a model with at least
that score had been sold by each day. What counts is the whole window, from its first day to the last on which
a model or a price in that benchmark and setting was new: scores that nobody undercut count as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby

from bench.catalog.types import ApiProfile, PublishedScore
from bench.economics.api.price_history import history_of
from bench.economics.api.pricing import price_of
from bench.economics.api.published import reasoning_range
from bench.errors import EconomicsError

INPUT_PER_ANSWER = 3  # tokens of a request for each token of the expected answer: a convention
LEAST_WINDOW = timedelta(days=365)  # a yearly rate from less would be an extrapolation
_UNSTATED = "not stated"  # scores whose setting nobody tells are comparable with none
_DAYS_PER_YEAR = Decimal("365.25")


@dataclass(frozen=True, slots=True)
class Step:
    """From ``day`` on ``api`` was the cheapest; USD per million tokens, ``INPUT_PER_ANSWER`` to one.

    The answer's tokens are those expected of it, times what the model reasons for each of them.
    """

    day: date
    api: str
    usd_per_mtok: Decimal


Scored = tuple[PublishedScore, Sequence[Step]]  # what a model reached, and its prices by day


@dataclass(frozen=True, slots=True)
class Staircase:
    """The least price for a score; ``scores``: lowest and highest with these same steps."""

    task: str
    setting: str
    scores: tuple[float, float]
    steps: tuple[Step, ...]
    watched_until: date

    @property
    def years(self) -> Decimal:
        return Decimal((self.watched_until - self.steps[0].day).days) / _DAYS_PER_YEAR

    @property
    def decline(self) -> Decimal:
        """Share by which the price fell a year: 1 − (last ÷ first)^(1 ÷ years)."""
        return 1 - (self.steps[-1].usd_per_mtok / self.steps[0].usd_per_mtok) ** (1 / self.years)


@dataclass(frozen=True, slots=True)
class Decline:
    """Share a year: of all staircases the mean of the logarithms, the slowest and the fastest."""

    value: Decimal
    low: Decimal
    high: Decimal


def staircases(profiles: Sequence[ApiProfile], *, at: datetime) -> tuple[Staircase, ...]:
    """Those that were watched for a year, by task and setting, from what was known at ``at`` (with a zone).

    Models without a day of release or without a price are left out.
    """
    scored = [
        (score, _steps(score.task, profile.at_effort(score.effort), prices))
        for profile in profiles
        if (prices := tuple(_prices(profile, at)))
        for score in profile.scores
        if not score.setting.startswith(_UNSTATED)
    ]
    scored.sort(key=_benchmark)
    return tuple(one for _, group in groupby(scored, key=_benchmark) for one in _of_benchmark([*group]))


def fit(found: Sequence[Staircase]) -> Decline:
    """One rate for all, log-linear, each staircase with one weight. EconomicsError where there is none."""
    if not found:
        raise EconomicsError(
            "no price at equal published score was watched for a year",
            where="price decline",
            remedy="give --price-decline",
        )
    declines = [one.decline for one in found]
    logs = [(1 - decline).ln() for decline in declines]
    return Decline(1 - (sum(logs, Decimal(0)) / len(logs)).exp(), min(declines), max(declines))


def _of_benchmark(scored: Sequence[Scored]) -> Iterator[Staircase]:
    until = max(step.day for _, steps in scored for step in steps)
    by_steps: dict[tuple[Step, ...], list[PublishedScore]] = {}
    for bar, _ in scored:
        reached = (step for score, steps in scored if score.accuracy >= bar.accuracy for step in steps)
        by_steps.setdefault(_descending(reached), []).append(bar)
    for steps, bars in sorted(by_steps.items(), key=lambda entry: entry[1][0].accuracy):
        if until - steps[0].day >= LEAST_WINDOW:
            accuracies = [bar.accuracy for bar in bars]
            yield Staircase(bars[0].task, bars[0].setting, (min(accuracies), max(accuracies)), steps, until)


def _descending(offers: Iterator[Step]) -> tuple[Step, ...]:
    """The offers that were cheaper than all before them; of one day the cheapest alone."""
    kept: list[Step] = []
    for offer in sorted(offers, key=lambda step: (step.day, step.usd_per_mtok, step.api)):
        if not kept or offer.usd_per_mtok < kept[-1].usd_per_mtok:
            kept.append(offer)
    return tuple(kept)


def _prices(profile: ApiProfile, at: datetime) -> Iterator[tuple[date, Decimal, Decimal]]:
    """Day on which a price began, input and output; nothing where there is no price or no day of release."""
    if profile.released is None:
        return
    end = min(at.astimezone(UTC).date(), (profile.retired or date.max) - timedelta(days=1))
    days = {profile.released}
    try:
        for period in history_of(profile, at=at):
            days |= {period.first_day} if period.first_day else set()
            days |= {period.last_day + timedelta(days=1)} if period.last_day else set()
        for day in sorted(day for day in days if profile.released <= day <= end):
            price = price_of(profile, at=datetime.combine(day, time(12), UTC))
            yield day, price.input_usd_per_mtok, price.output_usd_per_mtok
    except EconomicsError:  # no public price: nothing that could have been bought
        return


def _steps(task: str, profile: ApiProfile, prices: Sequence[tuple[date, Decimal, Decimal]]) -> list[Step]:
    known = reasoning_range(profile, task)
    reasoning = Decimal(1) if known is None else Decimal(str(known.value))
    return [
        Step(day, profile.name, (INPUT_PER_ANSWER * request + answer * reasoning) / (INPUT_PER_ANSWER + 1))
        for day, request, answer in prices
    ]


def _benchmark(scored: Scored) -> tuple[str, str]:
    return scored[0].task, scored[0].setting
