"""The cheapest way to a correct answer over all ways that are known, and what each of them adds."""

from typing import Literal

from pydantic import Field

from bench.records.base import Count, Exact, Frozen, Usd

WayKind = Literal["local", "api", "mixture", "human", "published"]
Measure = Literal["usd-per-correct", "cost-with-errors"]
Met = Literal["pass", "fail", "open"]
Sign = Literal["=", "~", "<", ">", "<~", ">~"]


class Figure(Frozen):
    """A figure as far as it is known: the value, about it (``~``), or below or above it.

    ``low`` and ``high`` hold what luck may do to it too, where that is known (95 %).
    """

    value: Exact | None = Field(description="None: all that is known is that it is between low and high")
    sign: Sign
    low: Exact
    high: Exact | None = Field(description="None: nothing bounds it")


class LossRange(Frozen):
    """Losses per error for which a way is the cheapest; of a way known by bounds, for which it may be."""

    low_usd: Usd
    high_usd: Usd | None = Field(description="None: for any higher loss too")
    is_sure: bool = Field(description="its cost and accuracy, and those of its neighbours, are no bounds")


class Way(Frozen):
    """One way to an answer, with what an attempt costs, how often it is right, and what follows."""

    kind: WayKind
    name: str
    cost_usd: Figure = Field(description="of an attempt")
    accuracy: Figure
    usd_per_correct: Figure | None = Field(description="None: it was never right, so it is unbounded")
    cost_with_errors_usd: Figure | None = Field(
        description="of an attempt: cost + (1 - accuracy) * loss per error; None: no loss is stated"
    )
    seconds: Figure | None = Field(description="of an attempt; None: not known")
    is_modelled: bool = Field(description="rests on modelled energy")
    is_disturbed: bool = Field(default=False, description="others worked while its joules were taken")
    source: str = Field(description="of a published way also its date")
    items_of: str | None = Field(description="whose items its figures are of; None: published")
    meets_need: Met | None = Field(description="None: no accuracy is needed")
    dominated_by: tuple[str, ...] = Field(description="ways surely as cheap and as often right, or better")
    beaten_by: tuple[str, ...] = Field(description="those that are so by their values, but not surely")
    cheapest_for: LossRange | None = Field(description="None: for no loss per error")


class LeftOut(Frozen):
    """A way that cannot be compared, since something of it is not known."""

    kind: WayKind
    name: str
    why: str


class Added(Frozen):
    """What a way, or all ways of a kind, does to the frontier: ``times`` is without_usd / with_usd, >= 1.

    Without a model or an API there are no mixtures of it either; ``n_ways`` counts all that are gone.
    """

    of: str
    is_group: bool
    n_ways: Count
    without_usd: Figure | None = Field(description="None: nothing else gives a correct answer")
    with_usd: Figure
    times: Figure | None = Field(description="None: unbounded, as without_usd, or beside what costs nothing")


class Ranking(Frozen):
    """Who is the cheapest by one measure among the ways that meet what is needed, and what each adds."""

    measure: Measure
    cheapest: str
    usd: Figure = Field(description="the frontier: the least of all")
    not_told_apart: tuple[str, ...] = Field(description="ways whose bounds overlap those of the cheapest")
    added: tuple[Added, ...] = Field(description="of each way, then of each kind; most first")


class Frontier(Frozen):
    """All ways to one task, under one scenario. Bounds are of each way alone, not drawn jointly."""

    task: str
    content_sha256: str | None = Field(description="of the items; None: no record asked them")
    needed_accuracy: Exact | None
    loss_per_error_usd: Usd | None
    ways: tuple[Way, ...]
    rankings: tuple[Ranking, ...] = Field(description="empty: no way is known to meet what is needed")
    left_out: tuple[LeftOut, ...]
