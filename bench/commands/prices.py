"""``breakeven prices``: what can be asked for, as plain rows."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.catalog.apis import load_apis
from bench.catalog.types import (
    ApiProfile,
    BatchPrice,
    OpenWeights,
    PublishedLength,
    ReasoningRange,
    ServiceFigure,
)
from bench.economics.assumptions.moment import now_or
from bench.errors import EconomicsError

if TYPE_CHECKING:
    from bench.economics.api.billing import Rate, Rates
    from bench.economics.api.price_history import PricePeriod

Row = dict[str, object]


def list_price_rows(at: str | None) -> list[Row]:
    """One row per profile; a profile without a public price says so instead of showing a number."""
    from bench.economics.api.pricing import price_of

    when = now_or(at)
    rows: list[Row] = []
    for profile in load_apis().profiles.values():
        row: Row = {"api": profile.name, "provider": profile.provider, "at": when.isoformat()}
        try:
            price = price_of(profile, at=when)
        except EconomicsError as error:
            row |= {"matched": None, "input": None, "output": None, "source": error.what}
        else:
            row |= {
                "matched": price.matched_id,
                "input": price.input_usd_per_mtok,
                "output": price.output_usd_per_mtok,
                "source": price.source,
            }
        rows.append(row)
    return rows


def show_price(model: str, at: str | None) -> Row:
    """All that is known of one model; prices are USD per million tokens.

    Without a public price, ``price`` is None and ``no_price_because`` says what was searched; of a retired
    model the price is its last one. InputError with the nearest names where no profile is called ``model``.
    """
    profile, when = load_apis().find(model), now_or(at)
    price: Row | None = None
    reason = None
    try:
        price = _price(profile, when)
    except EconomicsError as error:
        reason = error.what
    return {
        "api": profile.name,
        "title": profile.title,
        "provider": profile.provider,
        "asked_as": profile.price_model,
        "effort": profile.effort,
        "effort_told": profile.effort_told,
        "efforts": list(profile.efforts),
        "aliases": list(profile.aliases),
        "at": when.isoformat(),
        "price": price,
        "no_price_because": reason,
        "history": [_period(period) for period in _history(profile, when)],
        "released": profile.released,
        "retired": profile.retired,
        "weights": None if profile.weights is None else _weights(profile.weights),
        "tokenizer": profile.tokenizer,
        "token_ratio": None if profile.token_ratio is None else asdict(profile.token_ratio),
        "reasoning": [_cited_row(known) | {"aliases": list(known.aliases)} for known in profile.reasoning],
        "lengths": list(map(_cited_row, profile.lengths)),
        "scores": [
            {
                "task": score.task,
                "accuracy": score.accuracy,
                "setting": score.setting,
                "effort": score.effort,
                "n_items": score.n_items,
                "source": score.cited.source,
                "date": score.cited.date,
            }
            for score in profile.scores
        ],
        "unknown_scores": list(profile.unknown_scores),
        "scores_searched": None if profile.scores_searched is None else asdict(profile.scores_searched),
        "batch": None if profile.batch is None else _cited_row(profile.batch),
        "service": list(map(_cited_row, profile.service)),
        "note": profile.note,
    }


def check_prices() -> Row:
    """How many profiles there are, and what is wrong with which."""
    from bench.economics.api.price_check import problems_of

    today = datetime.now(UTC).date()
    profiles = load_apis().profiles
    problems = [
        {"api": name, "problem": problem}
        for name, profile in profiles.items()
        for problem in problems_of(profile, today=today)
    ]
    return {"n_profiles": len(profiles), "problems": problems}


def _price(profile: ApiProfile, when: datetime) -> Row:
    """Raises EconomicsError where none is known."""
    from bench.economics.api.pricing import last_tariff_of

    tariff = last_tariff_of(profile, at=when)
    told = tariff.price
    price: Row = {"matched": told.matched_id, "source": told.source}
    if tariff.rates is None:  # billed by the table: its price of a small request is all there is to show
        known = {"input": told.input_usd_per_mtok, "output": told.output_usd_per_mtok}
        return price | known | {"cached": None, "written": None}
    price |= _sizes(tariff.rates)
    if profile.batch is not None:
        price["in_batches"] = _sizes(tariff.in_batch(profile.batch).rates or tariff.rates)
    return price


def _cited_row(known: ReasoningRange | PublishedLength | BatchPrice | ServiceFigure) -> Row:
    """Its figures, and beside them their source."""
    row: Row = asdict(known)
    del row["cited"]
    return row | asdict(known.cited)


def _weights(weights: OpenWeights) -> Row:
    return {
        "model": weights.model,
        "parameters_b": weights.parameters_b,
        "source": weights.cited.source,
        "date": weights.cited.date,
    }


def _history(profile: ApiProfile, when: datetime) -> "tuple[PricePeriod, ...]":
    from bench.economics.api.price_history import history_of

    try:
        return history_of(profile, at=when)
    except EconomicsError:  # the table does not know the model, which the price of the day says
        return ()


def _period(period: "PricePeriod") -> Row:
    row: Row = {
        "from": period.first_day,
        "until": period.last_day,
        "hours_utc": period.hours_utc,
        "source": period.source,
    }
    return row | ({} if period.rates is None else _sizes(period.rates))


def _sizes(rates: "Rates") -> Row:
    """Prices of a request of any size, then of those with more input than ``above_input_tokens``."""

    def row(input_tokens: int) -> Row:
        def of(rate: "Rate | None") -> object:
            return None if rate is None else rate.at(input_tokens)

        return {
            "input": of(rates.input),
            "cached": of(rates.cached),
            "written": of(rates.written),
            "output": of(rates.output),
        }

    larger = [{"above_input_tokens": start} | row(start + 1) for start in rates.tier_starts]
    return row(0) | {"larger_requests": larger, "per_request": rates.usd_per_request}
