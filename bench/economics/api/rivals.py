"""Whom the device is compared with: the APIs that the user names, and two that the user may not know of.

A dear API flatters the device. So each task also meets the cheapest API that answers it at least as well, and
a host of the weights that ran, or of those nearest to them.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial

from bench.catalog.types import ApiProfile, OpenWeights
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.api.pricing import tariff_of
from bench.economics.verdict.accuracy import ApiAccuracy, api_accuracy, needed_share
from bench.economics.verdict.sides import ApiSides, Asked, answered_by_both, mean_usd
from bench.errors import EconomicsError
from bench.records.types import DEFAULT_RIVAL, NAMED_RIVAL, ItemResult, Model

MOST_CHOSEN = 2  # for a task, besides those that are named


@dataclass(frozen=True, slots=True)
class Rival:
    """An API to compare with, and why, as ``Comparison.chosen_because`` has it."""

    profile: ApiProfile
    because: str


@dataclass(frozen=True, slots=True)
class Rivals:
    """The APIs that one task is compared with, and what was looked for and not found."""

    chosen: tuple[Rival, ...]
    notes: tuple[str, ...]


def on_sale(profiles: Iterable[ApiProfile], at: datetime) -> tuple[ApiProfile, ...]:
    """Those sold at ``at`` for a known price: what is retired or has none cannot be chosen."""
    sold = []
    for profile in profiles:
        try:
            tariff_of(profile, at=at)
        except EconomicsError:
            continue
        sold.append(profile)
    return tuple(sold)


def choose_rivals(
    model: Model,
    asked: Asked,
    named: Sequence[ApiProfile],
    market: Sequence[ApiProfile],
    sides: ApiSides,
    transcripts: Mapping[str, Sequence[HostedAnswer]],
    *,
    defaults: Collection[str] = (),
) -> Rivals:
    """The ``named`` in their order, then of ``market`` the cheapest that is as good and the nearest weights.

    Prices are those of what is ``asked``. ``transcripts`` are by name of the API, ``defaults`` names of
    those that stand in for a user who named none. In an empty market nothing is looked for.
    """
    because = {profile.name: DEFAULT_RIVAL if profile.name in defaults else NAMED_RIVAL for profile in named}
    profiles = {profile.name: profile for profile in named}
    notes = []
    if market and asked.items:
        task, of_equals = asked.task.task, frozenset(profiles)
        offers = tuple(_offers(market, asked, sides, transcripts))
        need = needed_share(sides.scenario, task) or 0.0
        for found in (
            _cheapest_as_good(offers, of_equals, need),
            _nearest_weights(offers, of_equals, model),
        ):
            if isinstance(found, str):
                notes.append(f"{task}: {found}")
                continue
            name = found.profile.name
            because[name] = f"{because[name]}; {found.because}" if name in because else found.because
            profiles[name] = found.profile
    return Rivals(tuple(Rival(one, because[name]) for name, one in profiles.items()), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Offer:
    """An API for one task: how good it is there, and ``here`` the device on the same items.

    ``usd`` is of a mean request, None where nothing tells it; worked out when it is asked for.
    """

    profile: ApiProfile
    accuracy: ApiAccuracy
    here: float
    usd: Callable[[], Decimal | None]


def _offers(
    market: Sequence[ApiProfile],
    asked: Asked,
    sides: ApiSides,
    transcripts: Mapping[str, Sequence[HostedAnswer]],
) -> Iterator[_Offer]:
    """On all that the device attempted, unless a transcript answers some of it."""
    task, scenario, here = asked.task, sides.scenario, _share_right(asked.items)
    for profile in market:
        items, answers = answered_by_both(asked.items, transcripts.get(profile.name, ()))
        if answers:
            known = api_accuracy(profile, task.task, answers, scenario, items)
            usd = partial(mean_usd, profile, task, items, answers, scenario)
            yield _Offer(profile, known, _share_right(items), usd)
        else:
            known = sides.accuracy(profile, task.task)
            yield _Offer(profile, known, here, partial(sides.usd, profile, asked))


def _share_right(items: Sequence[ItemResult]) -> float:
    return sum(item.outcome == "right" for item in items) / len(items)


def _cheapest(offers: Iterable[_Offer], of_equals: Collection[str]) -> _Offer | None:
    """Of equal bills one in ``of_equals``, which is compared with anyway, then the first by name."""
    priced = [(offer.usd(), offer) for offer in offers]
    known = [
        (usd, offer.profile.name not in of_equals, offer.profile.name, offer)
        for usd, offer in priced
        if usd is not None  # what is free has a price
    ]
    return min(known, key=lambda one: one[:3])[3] if known else None


def _cheapest_as_good(offers: Sequence[_Offer], of_equals: Collection[str], need: float) -> Rival | str:
    """Evidence of quality is what the quality gate would go by, taken at its value."""
    known = [(offer.accuracy.value, offer) for offer in offers if offer.accuracy.value is not None]
    if not known:
        return (
            f"of none of the {len(offers)} APIs on sale is the quality on this task known, so none is the "
            "cheapest that is as good; a transcript, --api-accuracy or --need-accuracy would tell"
        )
    as_good = [offer for value, offer in known if offer.accuracy.is_bar or value >= max(offer.here, need)]
    if not as_good:
        value, best = max(known, key=lambda one: one[0])
        needed = f", the {need:g} that is needed" if need > best.here else ""
        return (
            f"no API of known quality on this task is as good as {max(best.here, need):.3f}{needed}; "
            f"the best of {len(known)} is {best.profile.name}, {value:.3f}"
        )
    cheapest = _cheapest(as_good, of_equals)
    if cheapest is None:
        return "the cheapest API that is as good is not known: nothing tells the tokens of an answer"
    api = cheapest.accuracy
    if api.is_bar:
        return Rival(cheapest.profile, f"cheapest at your bar: {api.value:g} is needed, and taken to be met")
    known_by = api.evidence.kind.removeprefix("declared-")
    told = f"{api.value:.3f} ({known_by}) there, {cheapest.here:.3f} here"
    return Rival(cheapest.profile, f"cheapest at least as good: {told}")


def _nearest_weights(offers: Sequence[_Offer], of_equals: Collection[str], model: Model) -> Rival | str:
    """The same model by its name, else one of its family, else any; of these the nearest in parameters."""
    hosted = [(offer, offer.profile.weights) for offer in offers if offer.profile.weights is not None]
    if not hosted:
        return "no open weights are hosted for a known price"
    family = _family(model, {weights.family for _, weights in hosted})
    far = [
        (away, offer) for offer, weights in hosted if (away := _distance(model, family, weights)) is not None
    ]
    if not far:
        return "which hosted open weights are nearest is not known: the record does not tell the model's size"
    for away in sorted({away for away, _ in far}):
        found = _cheapest((offer for its, offer in far if its == away), of_equals)
        if found is not None and found.profile.weights is not None:
            return Rival(found.profile, _how_near(model, away, found.profile.weights))
    return "the nearest open weights on sale are not known: nothing tells the tokens of an answer"


_Distance = tuple[bool, bool, float]  # another name, another family, |log of the ratio of parameters|


def _distance(model: Model, family: str | None, weights: OpenWeights) -> _Distance | None:
    """None where neither name nor size tells it."""
    if _is_called(model, weights.model):
        return False, False, 0.0
    if not model.n_params:
        return None
    return True, weights.family != family, abs(math.log(_ratio(model.n_params, weights)))


def _ratio(n_params: int, weights: OpenWeights) -> float:
    return weights.parameters_b * 1e9 / n_params


def _how_near(model: Model, away: _Distance, weights: OpenWeights) -> str:
    is_other, is_stranger, _ = away
    if not is_other or not model.n_params:
        return f"same open weights by name: {weights.model}"
    ratio = _ratio(model.n_params, weights)
    times = f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
    kin = "another family, " if is_stranger else ""
    return f"nearest open weights hosted: {weights.model}, {kin}{times} × the parameters"


def _is_called(model: Model, name: str) -> bool:
    wanted = f"-{_plain(name)}-"
    return any(wanted in f"-{_plain(called)}-" for called in (model.name, model.file_name))


@lru_cache(maxsize=1024)  # the catalog's names meet every model's
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _family(model: Model, families: Collection[str]) -> str | None:
    """The family whose word the model's name has, else its file's, else its source's.

    What the engine calls it is no help: that is an architecture, and SmolLM2's is "llama".
    """
    words = (word for name in (model.name, model.file_name, model.source) for word in _words(name))
    return next((word for word in words if word in families), None)


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z]+", name.lower())
