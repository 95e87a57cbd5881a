"""Local first, API on doubt: what came of passing on the answers that a router doubts."""

from typing import Literal

from pydantic import Field

from bench.records.base import Band, Count, Frozen, Usd


class MixtureSide(Frozen):
    """One way of answering all items of a task. Money in USD for each item; 95 % bounds."""

    accuracy: Band
    usd_per_item: tuple[Usd, Usd, Usd]
    usd_per_correct: tuple[Usd, Usd, Usd | None] | None = Field(
        description="None: never right, so it is unbounded; a high of None is unbounded"
    )
    usd_with_errors: tuple[Usd, Usd, Usd] | None = Field(
        description="cost + (1 - accuracy) · loss per error; None: no loss is stated"
    )


class Mixture(Frozen):
    """The device answers first, and a router passes doubtful answers on to an API, which answers again.

    Thresholds are chosen on other items than those they decide on. Figures are None where ``unknown_because``
    says why. ``api_right_by``: whether the API was right on an item that was passed on is known from its
    ``transcript``, or its accuracy is taken as ``independent`` of the router; bounds then hold for any
    dependence between the two.
    """

    task: str
    api: str
    router: Literal["least-margin", "mean-margin", "self-consistency"]
    n_items: Count
    n_groups: Count = Field(description="of items that hang together")
    attempts_per_item: float = Field(description="on the device")
    unknown_because: str = ""
    api_right_by: Literal["transcript", "independent"] | None = None
    threshold: float | None = Field(
        default=None,
        description="the best on all items: signals below it, in nats or a share, are passed on; None: all",
    )
    fold_thresholds: tuple[float | None, ...] = Field(
        default=(), description="the best on all but each fifth of the items, which they decided on"
    )
    escalated: Band | None = Field(default=None, description="share of items passed on")
    accuracy_at_random: float | None = Field(
        default=None, description="of passing on as many by chance: what the signal adds is above it"
    )
    mixed: MixtureSide | None = None
    local: MixtureSide | None = Field(default=None, description="nothing passed on")
    hosted: MixtureSide | None = Field(default=None, description="the API alone, without asking the device")
    probability_cheapest: float | None = Field(
        default=None,
        description="that the mixture is cheaper than both ends: cost with errors, or without a loss spend "
        "per correct answer, where what falls short of the needed accuracy does not count",
    )
