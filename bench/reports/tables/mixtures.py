"""Local first, API on doubt as words: what each router achieves, between the device and the API alone."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from bench.records.types import Assessment, Mixture, MixtureSide, Record
from bench.reports.tables.economy import THIS_DEVICE
from bench.reports.tables.table import DISTURBED_COST_NOTE, Table, about, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named
from bench.reports.words.verdicts import verdict_groups

_BY = {"least-margin": "least margin", "mean-margin": "mean margin", "self-consistency": "votes that agree"}


def mixture_table(records: Sequence[Record]) -> Table:
    """For the closest call of each verdict both ends, and between them a row for each router."""
    rows: list[tuple[str, ...]] = []
    notes = [
        "passed on: of items, where the signal was below a threshold that other items chose; 95 % intervals",
        "by chance: accuracy of passing on as many whatever the signal; what the signal adds is above it",
        "with errors: 1,000 items and what their errors cost; p: probability of the cheapest of the three",
    ]
    for record, name in named(records):
        if record.assessment is None:
            continue
        for group in verdict_groups(record.assessment):
            closest = group.closest
            of_call = [
                one for one in record.assessment.mixtures if (one.task, one.api) == (group.task, closest.api)
            ]
            against = group.closest_call
            rows += [(name, against, *row) for row in _rows(of_call, group.marked)]
            if group.is_disturbed and of_call:
                notes.append(DISTURBED_COST_NOTE)
            notes += about(name, records, _notes(against, of_call, record.assessment))
    columns = (
        "model", "comparison", "answered by", ">passed on", ">right", ">by chance", ">1,000 items",
        ">1,000 correct answers", ">with errors", ">p",
    )  # fmt: skip
    return make_table("Local first, API on doubt, in USD", columns, rows, notes if rows else ())


def _rows(mixtures: Sequence[Mixture], marked: Callable[[str], str]) -> Iterator[tuple[str, ...]]:
    """Routers of the same first answers stand between the same ends."""
    known = [one for one in mixtures if one.mixed is not None]
    for k, alike in groupby(known, key=lambda one: one.attempts_per_item):
        routed = list(alike)
        here = THIS_DEVICE if k == 1 else f"{THIS_DEVICE}, vote of {f.significant(k)}"
        yield here, f.percent(0.0), *_side(routed[0].local, None, marked), f.ABSENT
        for one in routed:
            yield (
                _BY[one.router],
                f.percent_interval(*(one.escalated or (None, None, None))),
                *_side(one.mixed, one.accuracy_at_random, marked),
                f.probability(one.probability_cheapest),
            )
        yield mixtures[0].api, f.ABSENT, *_side(routed[0].hosted, None, str), f.ABSENT
    unknown = [one for one in mixtures if one.mixed is None]
    yield from ((_BY[one.router], *[f.ABSENT] * 7) for one in unknown)


def _side(side: MixtureSide | None, by_chance: float | None, marked: Callable[[str], str]) -> tuple[str, ...]:
    assert side is not None
    per_correct = f.money_band(f.per_thousand(side.usd_per_correct))
    money = (
        f.money_band(f.per_thousand(side.usd_per_item)),
        f.UNBOUNDED if side.usd_per_correct is None else per_correct,
        f.money_band(f.per_thousand(side.usd_with_errors)),
    )
    return (
        f.percent_interval(*side.accuracy),
        f.percent(by_chance),
        *map(marked, money),
    )


def _notes(against: str, mixtures: Sequence[Mixture], assessment: Assessment) -> Iterator[str]:
    for one in mixtures:
        router = f"{against}, {_BY[one.router]}"
        yield f"{router}: {_rule(one)}"
        if one.api_right_by == "independent":
            yield (
                f"{against}: the API's accuracy is taken as the same on items that are passed on; intervals "
                "hold if it is not, and a transcript would tell"
            )
    if any(one.mixed is not None for one in mixtures):
        check = next((one for one in assessment.assumptions if one.flag == "--check-cost"), None)
        if check is not None:
            yield f"telling whether to ask the API: {check.value} {check.unit} an item ({check.flag})"


def _rule(one: Mixture) -> str:
    """What to do with the signal, by all items; or why nothing is known."""
    if one.mixed is None:
        return f"no figures, {one.unknown_because}"
    if one.threshold is None:
        return "best is to pass everything on"
    if one.threshold == 0:
        return "best is to pass nothing on"
    unit = "" if one.router == "self-consistency" else " nats"
    told = f"to be passed on below {f.significant(one.threshold)}{unit}"
    of_folds = sorted({"all" if t is None else f.significant(t) for t in one.fold_thresholds})
    return told if len(of_folds) == 1 else f"{told}, without each fifth of the items {', '.join(of_folds)}"
