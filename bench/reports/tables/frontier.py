"""All ways to each task as words: who is on the front, who is the cheapest, and what each adds."""

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from bench.records.types import Added, Figure, Frontier, LeftOut, Provenance, Ranking, Way
from bench.reports.tables.table import DISTURBED_COST_NOTE, MODELLED_NOTE, Table, make_table
from bench.reports.words import figures as f

_KINDS = {
    "local": "local", "api": "API", "mixture": "mixture", "human": "human", "published": "published"
}  # fmt: skip
_MEASURES = {"usd-per-correct": "a correct answer", "cost-with-errors": "an attempt with its errors"}
_MOST_NAMES = 6
_MIXED = ("without a model or an API there are no mixtures of it either",)
_DIGITS = 3
_UP, _DOWN = Context(prec=_DIGITS, rounding=ROUND_CEILING), Context(prec=_DIGITS, rounding=ROUND_FLOOR)


def frontier_tables(frontiers: Sequence[Frontier]) -> list[Table]:
    """The ways, what each adds, and for which loss per error each is the cheapest; none without ways."""
    if not frontiers:
        return []
    return [_way_table(frontiers), _added_table(frontiers), _loss_table(frontiers)]


def _way_table(frontiers: Sequence[Frontier]) -> Table:
    """Mixtures that are behind another way are only counted: there is one for each router and API."""
    notes = [
        "on the front: no other way is as cheap and as often right; perhaps: one is, but bounds overlap",
        "not told apart: its bounds overlap those of the cheapest; bounds are of each way alone",
    ]
    rows: list[tuple[str, ...]] = []
    for frontier in frontiers:
        notes += _notes(frontier)
        task, ranking = _task(frontier, frontiers), frontier.rankings[-1] if frontier.rankings else None
        shown = [way for way in frontier.ways if way.kind != "mixture" or not _is_behind(way)]
        rows += [_way_cells(task, way, ranking) for way in sorted(shown, key=_by_cost)]
        if hidden := len(frontier.ways) - len(shown):
            notes.append(f"{task}: {hidden} more mixtures, each behind another way; --json has them")
        notes += _grouped((way.items_of, way) for way in shown if way.kind == "api")
        notes += [f"{way.name}: {way.source}" for way in shown if way.items_of is None]
        notes += _grouped((f"left out, {one.why}", one) for one in frontier.left_out)
        if any(way.is_modelled for way in shown):
            notes.append(MODELLED_NOTE)
        if any(way.is_disturbed for way in shown):
            notes.append(DISTURBED_COST_NOTE)
        if any("~" in way.cost_usd.sign + way.accuracy.sign for way in shown):
            notes.append("about: as it was published, and nobody knows by how much it was rounded")
    columns = (
        "task", "way", "kind", ">1,000 attempts", ">accuracy", ">1,000 correct answers", "front", "place"
    )  # fmt: skip
    return make_table("All ways to a correct answer, in USD", columns, rows, notes)


def _grouped(told: Iterable[tuple[str | None, Way | LeftOut]]) -> list[str]:
    """Each thing that is told once, with the ways that it is told of."""
    ways: dict[str, list[Way | LeftOut]] = {}
    for what, way in told:
        ways.setdefault(what or "", []).append(way)
    return [f"{what}: {_counted(of)}" for what, of in ways.items()]


def _counted(ways: Sequence[Way | LeftOut]) -> str:
    if len(ways) <= _MOST_NAMES:
        return ", ".join(way.name for way in ways)
    return f"{len(ways)} ways, such as {ways[0].name}"


def _way_cells(task: str, way: Way, ranking: Ranking | None) -> tuple[str, ...]:
    return (
        task,
        way.name,
        _KINDS[way.kind],
        _spent(way.cost_usd, way),
        _share(way.accuracy),
        f.UNBOUNDED if way.usd_per_correct is None else _spent(way.usd_per_correct, way),
        _front(way),
        _place(way, ranking),
    )


def _added_table(frontiers: Sequence[Frontier]) -> Table:
    rows = [
        (_task(frontier, frontiers), _MEASURES[ranking.measure], *_added_cells(added))
        for frontier in frontiers
        for ranking in frontier.rankings
        for added in ranking.added
        if added.is_group or added.times is None or added.times.value != 1
    ]
    notes = [
        "times: the least cost without it ÷ with it; unbounded: there is no other way, or it costs nothing",
        "what is not listed adds nothing by its values: without it the least cost is the same",
        *_MIXED * any(way.kind == "mixture" for frontier in frontiers for way in frontier.ways),
    ]
    columns = ("task", "1,000 of", "way", ">without it", ">with it", ">times")
    return make_table("What each way adds, in USD", columns, rows, notes)


def _loss_table(frontiers: Sequence[Frontier]) -> Table:
    held = [
        (frontier, way, way.cheapest_for)
        for frontier in frontiers
        for way in sorted(frontier.ways, key=_by_loss)
        if way.cheapest_for is not None
    ]
    rows = [
        (
            _task(frontier, frontiers),
            way.name if losses.is_sure else f"{way.name}, perhaps",
            f.money(losses.low_usd),
            "any more" if losses.high_usd is None else f.money(losses.high_usd),
        )
        for frontier, way, losses in held
    ]
    notes = ["by cost + (1 − accuracy) · loss at the values; of accuracies that are needed nothing is asked"]
    if any(not losses.is_sure for _, _, losses in held):
        notes.append("perhaps: a figure is known as a bound only, so that another may be cheaper there")
    columns = ("task", "the cheapest way", ">from a loss per error of", ">to")
    return make_table("Which way is the cheapest for which loss per error, in USD", columns, rows, notes)


def _task(frontier: Frontier, frontiers: Sequence[Frontier]) -> str:
    """With the items' hash where the same name stands for several sets of them."""
    alike = [one for one in frontiers if one.task == frontier.task]
    if len(alike) < 2 or frontier.content_sha256 is None:
        return frontier.task
    return f"{frontier.task} #{frontier.content_sha256[:8]}"


def _notes(frontier: Frontier) -> list[str]:
    if frontier.needed_accuracy is not None:
        need = f.percent(float(frontier.needed_accuracy))
        told = f"{frontier.task}: only ways that surely reach the needed {need} have a place"
        return [told if frontier.rankings else f"{told}, and there is none"]
    if frontier.loss_per_error_usd is None:
        return ["the cheapest by spend per correct answer is an accounting figure: it asks for no accuracy"]
    loss = f.money(frontier.loss_per_error_usd)
    return [f"{frontier.task}: place by the cost of an attempt with that of its errors, {loss} each"]


def _is_behind(way: Way) -> bool:
    return bool(way.dominated_by or way.beaten_by)


def _front(way: Way) -> str:
    if not _is_behind(way):
        return "on it"
    return "behind" if way.dominated_by else "perhaps"


def _place(way: Way, ranking: Ranking | None) -> str:
    if way.meets_need in ("fail", "open"):
        return "not good enough" if way.meets_need == "fail" else "good enough is open"
    if ranking is None:
        return f.ABSENT
    if way.usd_per_correct is None and ranking.measure == "usd-per-correct":
        return "never right"
    if way.name == ranking.cheapest:
        return "the cheapest"
    return "not told apart" if way.name in ranking.not_told_apart else "dearer"


def _added_cells(added: Added) -> tuple[str, ...]:
    return (
        added.of,
        f.UNBOUNDED if added.without_usd is None else _dollars(added.without_usd),
        _dollars(added.with_usd),
        f.UNBOUNDED if added.times is None else _told(added.times, f.significant, f.band),
    )


def _spent(figure: Figure, way: Way) -> str:
    """With the marks of the joules that it rests on."""
    provenance: Provenance = "modelled" if way.is_modelled else "measured"
    return f.marked(_dollars(figure), provenance, is_disturbed=way.is_disturbed)


def _dollars(figure: Figure) -> str:
    """Of a thousand."""
    thousand = Figure(
        value=None if figure.value is None else 1000 * figure.value,
        sign=figure.sign,
        low=1000 * figure.low,
        high=None if figure.high is None else 1000 * figure.high,
    )
    return _told(thousand, f.money, f.money_band)


def _share(figure: Figure) -> str:
    def one(share: Decimal) -> str:
        return f.percent(float(share))

    def interval(band: f.Band) -> str:
        value, low, high = band
        if high is None or low == high:
            return f.percent(float(value))
        return f.percent_interval(float(value), float(low), float(high))

    return _told(figure, one, interval)


def _told(figure: Figure, one: Callable[[Decimal], str], interval: Callable[[f.Band], str]) -> str:
    """``about 5``, ``< 4``, ``3–5`` where only bounds are known, ``5 (4–6)`` with an interval.

    Digits of a bound are rounded away from the figure, so that it stays true.
    """
    about = "about " if "~" in figure.sign else ""
    if figure.value is None:
        high = f.UNBOUNDED if figure.high is None else one(_UP.plus(figure.high))
        return f"{about}{one(_DOWN.plus(figure.low))}–{high}"
    if figure.sign.startswith("<"):
        return f"< {about}{one(_UP.plus(figure.value))}"
    if figure.sign.startswith(">"):
        return f"> {about}{one(_DOWN.plus(figure.value))}"
    return about + interval((figure.value, figure.low, figure.high))


def _by_cost(way: Way) -> tuple[bool, Decimal]:
    """Cheapest correct answer first."""
    spend = way.usd_per_correct
    return spend is None, Decimal(0) if spend is None else spend.value or spend.low


def _by_loss(way: Way) -> tuple[Decimal, Decimal]:
    losses = way.cheapest_for
    if losses is None:
        return Decimal(0), Decimal(0)
    return losses.low_usd, Decimal("Infinity") if losses.high_usd is None else losses.high_usd
