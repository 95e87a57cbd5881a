"""The tables of conclusions as words: verdicts, costs, prices and the assumptions behind them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bench.errors import first_few
from bench.records.types import Assumption, Comparison, Record
from bench.reports.rows.summary import quality_rows
from bench.reports.tables.table import ACCURACY_NOTE, DISTURBED_COST_NOTE, MODELLED_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.rivals import few_words, rival_notes, with_reasons
from bench.reports.words.verdicts import closest_calls, verdict_groups

_UsdBand = tuple[Decimal, Decimal, Decimal | None]
_MOST_NAMES = 6
THIS_DEVICE = "this device"
_RESULTS = {"pass": "passed", "fail": "failed", "open": "open", "not-asked": "not asked"}
_KNOWN_BY = {
    "transcript": "transcript",
    "published": "published score",
    "declared-bar": "your bar",
    "declared-accuracy": "declared",
    "none": "nothing",
}
_BREAK_EVEN = {
    "any": "any volume",
    "never": "never",
    "beyond-capacity": "beyond capacity",
    "at": "from some volume",
    "unknown": f.ABSENT,
}
_BENEFITS = (
    "in no figure and no verdict: on the device no prompt leaves it, no network is needed, none is waited for"
)


def overview_table(records: Sequence[Record]) -> Table:
    """One line per model, task and verdict: where to look first among several records."""
    names = labels(records)
    rows = []
    for record in records:
        if record.kind != "run":
            continue
        groups = verdict_groups(record.assessment)
        if not groups:
            rows.append((names[record.id], f.ABSENT, "none", "nothing was compared", f.ABSENT))
        accuracies = {row.task: row.accuracy for row in quality_rows(record)}
        for group in groups:
            accuracy = f.percent_interval(*(accuracies.get(group.task) or (None, None, None)))
            rows.append((names[record.id], group.task, group.verdict, group.rivals, accuracy))
    columns = ("model", "task", "verdict", "against", ">accuracy here")
    return make_table("Verdicts", columns, rows, [ACCURACY_NOTE])


def brief_table(records: Sequence[Record]) -> Table:
    """For many records one line per model, task and verdict: its closest call, with both costs."""
    names = labels(records)
    rows: list[tuple[str, ...]] = []
    notes = [
        "+3: the same verdict for the same reason against three more APIs; this one is the closest call",
        "accuracy: right / attempted, 95 % interval",
        _BENEFITS,
    ]
    for name, group in closest_calls(records):
        closest, n_more = group.closest, len(group.comparisons) - 1
        right = closest.local_accuracy
        rows.append(
            (
                name,
                group.task,
                group.verdict,
                f"{closest.api} +{n_more}" if n_more else closest.api,
                group.marked(_per_thousand(closest.local_cost_per_attempt_usd)),
                _per_thousand(closest.api_cost_per_attempt_usd),
                f.ABSENT if right is None else f.percent_interval(right.value, right.low, right.high),
            )
        )
        notes += _mark_notes(closest, is_disturbed=group.is_disturbed)
    concluded = {row[0] for row in rows}
    unlike = {
        "not finished, so as far as measured": [names[one.id] for one in records if not one.is_complete],
        "nothing was compared": [names[one.id] for one in records if names[one.id] not in concluded],
    }
    notes += [f"{what}: {first_few(of, _MOST_NAMES)}" for what, of in unlike.items() if of]
    columns = ("model", "task", "verdict", "against", ">here", ">there", ">accuracy here")
    return make_table("Verdicts, and what 1,000 attempts cost in USD", columns, rows, notes)


def gate_table(records: Sequence[Record]) -> Table:
    """Each gate of the closest calls, in order, with what it found."""
    rows = [
        (name, group.closest_call, gate.name, _RESULTS[gate.result], gate.why)
        for name, group in closest_calls(records)
        for gate in group.closest.gates
    ]
    columns = ("model", "comparison", "gate", "result", "what it found")
    return make_table("Gates of the closest calls", columns, rows)


def flip_table(records: Sequence[Record]) -> Table:
    """What would change each verdict, largest effect first, for the closest call of each."""
    rows = [
        (name, f"{group.task}, {group.verdict} against {group.closest.api}", flip)
        for name, group in closest_calls(records)
        for flip in group.closest.flips
    ]
    return make_table(
        "What would flip a verdict, smallest change first", ("model", "verdict", "flips with"), rows
    )


def cost_table(records: Sequence[Record]) -> Table:
    """Per task the device's line, then one line per API; intervals in brackets."""
    names = labels(records)
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    has_passes = any(one.local_cost_of_pass_usd is not None for one in _comparisons(records))
    for record in records:
        by_task: dict[str, list[Comparison]] = {}
        for comparison in record.assessment.comparisons if record.assessment else ():
            by_task.setdefault(comparison.task, []).append(comparison)
        for task, comparisons in by_task.items():
            is_disturbed = record.assessment is not None and task in record.assessment.disturbed_tasks
            device = _device_cells(comparisons[0], has_passes, is_disturbed=is_disturbed)
            rows.append((names[record.id], task, *device))
            rows.extend((names[record.id], task, *_api_cells(one, has_passes)) for one in comparisons)
            notes.extend(_unknown_costs(comparisons))
            notes.extend(_pass_notes(comparisons))
            notes.extend(_mark_notes(comparisons[0], is_disturbed=is_disturbed))
    if has_passes:
        notes.append("passes there: not known, since no sampled attempts of an API's are")
    notes.append(
        "pays off: tasks a month from which the device is cheaper, as it is held and if it were bought"
    )
    notes.append(_BENEFITS)
    columns = (
        "model",
        "task",
        "answered by",
        ">1,000 attempts",
        ">1,000 correct answers",
        *([">1,000 passes"] if has_passes else []),
        ">pays off",
        ">if bought, from",
    )
    return make_table("Cost, in USD", columns, rows, notes)


def price_table(records: Sequence[Record]) -> Table:
    """What each API charges, as matched. The last column is the source."""
    priced = {(one.api, one.price): one for one in _comparisons(records)}  # mostly the same few, many times
    rows = dict.fromkeys(map(_price_cells, priced.values()))
    columns = ("API", "priced as", "at", ">in", ">out", "source")
    return make_table("API prices, in USD per million tokens", columns, rows)


def evidence_table(records: Sequence[Record]) -> Table:
    """How the API's side of each task is known: tokens that it would bill, accuracy, and its source."""
    rows = dict.fromkeys(
        (
            one.task,
            one.api,
            _tokens(one),
            _accuracy(one),
            _KNOWN_BY[one.evidence.kind],
            one.evidence.detail,
        )
        for one in _comparisons(records)
    )
    notes = dict.fromkeys(
        note for record in records if record.assessment for note in rival_notes(record.assessment)
    )
    columns = ("task", "API", ">tokens in + out", ">accuracy", "known by", "source")
    return make_table("What is known of the APIs", columns, rows, list(notes))


def assumption_tables(records: Sequence[Record]) -> list[Table]:
    """One table when all verdicts rest on the same assumptions, else one for each record that has some."""
    names = labels(records)
    held = {record.id: record.assessment.assumptions for record in records if record.assessment}
    if len(set(held.values())) == 1:
        return [_assumption_table(next(iter(held.values())), "the verdicts")]
    return [
        _assumption_table(assumptions, f"the verdicts on {names[key]}") for key, assumptions in held.items()
    ]


def _assumption_table(assumptions: Sequence[Assumption], what: str) -> Table:
    rows = [
        (
            one.name,
            f"{one.value} {one.unit}",
            one.kind,
            f.ABSENT if one.flag is None else one.flag,
            one.source + (f" ({one.date})" if one.date else ""),
        )
        for one in assumptions
    ]
    columns = ("assumption", "value", "origin", "change with", "source")
    return make_table(f"Assumptions behind {what}, largest effect first", columns, rows)


def _comparisons(records: Sequence[Record]) -> list[Comparison]:
    return [one for record in records if record.assessment for one in record.assessment.comparisons]


def _mark_notes(one: Comparison, *, is_disturbed: bool) -> Iterator[str]:
    """What the marks beside the device's cost mean, of those that it has."""
    if one.local_energy_provenance == "modelled":
        yield MODELLED_NOTE
    if is_disturbed and one.local_cost_per_attempt_usd is not None:
        yield DISTURBED_COST_NOTE


def _per_thousand(usd: _UsdBand | None) -> str:
    return f.money_band(f.per_thousand(usd))


def _device_cells(one: Comparison, has_passes: bool, *, is_disturbed: bool) -> tuple[str, ...]:
    costs = [one.local_cost_per_attempt_usd, one.local_usd_per_correct]
    if has_passes:
        costs.append(one.local_cost_of_pass_usd)
    marked = (
        f.marked(_per_thousand(usd), one.local_energy_provenance, is_disturbed=is_disturbed) for usd in costs
    )
    return (THIS_DEVICE, *marked, "", "")


def _api_cells(one: Comparison, has_passes: bool) -> tuple[str, ...]:
    word, volume = one.break_even_tasks_per_month
    return (
        with_reasons(one.api, *few_words(one)),
        _per_thousand(one.api_cost_per_attempt_usd),
        _per_thousand(one.api_usd_per_correct),
        *([f.ABSENT] if has_passes else []),
        _BREAK_EVEN.get(word, word),
        _if_bought(one, volume),
    )


def _if_bought(one: Comparison, volume: Decimal | None) -> str:
    """As the equality has it by which the money gate decides: that of attempts where a loss is stated."""
    losses = [point for point in one.break_evens if point.figure == "loss-per-error"]
    per = "attempt" if any(point.now is not None for point in losses) else "right-answer"
    points = {point.figure: point for point in one.break_evens if point.per == per}
    price = points.get("device-price")
    if price is None or price.now is None:
        return f.significant(volume)
    found = points.get("volume-if-bought", points["volume"])
    return f.significant(volume) if found.kind == "at" else _BREAK_EVEN[found.kind]


def _price_cells(one: Comparison) -> tuple[str, ...]:
    if one.price is None:
        return one.api, "no price", f.ABSENT, f.ABSENT, f.ABSENT, f.ABSENT
    return (
        one.api,
        f"{one.price.provider}/{one.price.matched_id}",
        f.day(one.price.at),
        f.money(one.price.input_usd_per_mtok),
        f.money(one.price.output_usd_per_mtok),
        one.price.source,
    )


def _tokens(one: Comparison) -> str:
    if one.tokens is None:
        return f.ABSENT
    counts = f"{f.whole(round(one.tokens.input_tokens))} + {f.whole(round(one.tokens.output_tokens))}"
    return f"about {counts}" if one.tokens.is_estimate else counts


def _accuracy(one: Comparison) -> str:
    known = one.evidence.accuracy
    if known is None:
        return f.ABSENT
    return f.percent(known[0]) if one.evidence.kind == "declared-bar" else f.percent_interval(*known)


def _unknown_costs(comparisons: Sequence[Comparison]) -> list[str]:
    """Why a cost is a dash: what the money gate found, with the APIs for which it found it."""
    apis: dict[str, list[str]] = {}
    for one in comparisons:
        if one.api_cost_per_attempt_usd is None or one.local_cost_per_attempt_usd is None:
            why = next((gate.why for gate in one.gates if gate.name == "cheaper"), "not known")
            apis.setdefault(why, []).append(one.api)
    return [f"no cost, {', '.join(names)}: {why}" for why, names in apis.items()]


def _pass_notes(comparisons: Sequence[Comparison]) -> list[str]:
    """What to know of the cost of pass, where attempts were sampled."""
    task = comparisons[0].task
    return [
        f"cost of pass, {task} (of attempts and checks until one is right): {one.cost_of_pass_note}"
        for one in comparisons
        if one.cost_of_pass_note is not None
    ]
