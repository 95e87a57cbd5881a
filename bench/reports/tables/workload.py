"""What a workload of one's own costs, as words: bills, devices and published ways."""

from collections.abc import Mapping
from decimal import Decimal

from bench.records.types import PublishedCost, Usd, WorkloadBill, WorkloadCost, WorkloadHere, WorkloadTokens
from bench.reports.tables.frontier import frontier_tables
from bench.reports.tables.table import DISTURBED_COST_NOTE, MODELLED_NOTE, Table, make_table
from bench.reports.words import figures as f


def workload_tables(cost: WorkloadCost, differs_by: Mapping[str, str]) -> list[Table]:
    """One table for each of them that there is; ``differs_by`` is the scenario in the user's words."""
    under = "".join(f" --{name} {words}" for name, words in differs_by.items())
    tables = []
    if cost.tokens is not None:
        tables.append(_bill_table(cost.tokens, cost.bills, under))
        if cost.here:
            tables.append(_here_table(cost.tokens, cost.here, under))
    if cost.published:
        tables.append(_published_table(cost.published))
    return [*tables, *frontier_tables(cost.frontiers)]


def _bill_table(tokens: WorkloadTokens, bills: tuple[WorkloadBill, ...], under: str) -> Table:
    dearest = max((bill.usd for bill in bills if bill.which == "all" and bill.usd), default=None)
    notes = [_counted(tokens)]
    notes += _left_notes(tokens)
    if tokens.written_tokens:
        notes.append(
            f"{_several(tokens.written_tokens, 'input token')} written to the provider's cache, billed at "
            "the price of that where an API has one, else as any other input"
        )
    if tokens.hour_tokens:
        notes.append(
            f"{tokens.hour_tokens:,} of them for an hour: where an API has no price of that, as for minutes"
        )
    notes.append("the tokens are as they were counted: another model may need more or fewer for the same")
    if listed := dict.fromkeys(bill.api for bill in bills if bill.is_listed_only):
        notes.append(
            f"{', '.join(listed)}: no profile, and so priced from the price table alone: of accuracy, "
            "reasoning, release and retirement nothing is known here"
        )
    notes += [note for bill in bills for note in _bill_notes(bill)]
    rows = [_bill_cells(bill, dearest) for bill in sorted(bills, key=_order)]
    columns = (
        "API", "requests", "priced as", "at", ">in", ">out", ">together", ">1,000 requests", ">of the dearest"
    )  # fmt: skip
    return make_table(f"What the requests cost at APIs, in USD{under}", columns, rows, notes)


def _left_notes(tokens: WorkloadTokens) -> list[str]:
    """What the rows tell of requests that is not, or not wholly, in the bills."""
    notes = []
    if tokens.n_uncounted:
        notes.append(
            f"{_rows_that(tokens.n_uncounted, tokens, 'sums up', 'sum up')} requests whose number is not "
            "told: they are priced by their tokens, and nothing is said of a request"
        )
    if n_sums := tokens.n_sums - tokens.n_uncounted:
        notes.append(
            f"{_rows_that(n_sums, tokens, 'sums up', 'sum up')} several requests, whose sizes nobody knows"
        )
    if tokens.n_failed:
        failed = _rows_that(tokens.n_failed, tokens, "is a request", "are requests")
        notes.append(f"{failed} that failed: billed by nobody")
    if tokens.n_searches:
        searches = f"{tokens.n_searches:,} search{'' if tokens.n_searches == 1 else 'es'} of the web"
        notes.append(f"counted, too: {searches}, whose fee is in no bill")
    for tier, n_rows in tokens.tiers.items():
        how = "in batches, billed so" if tier == "batch" else f"as {tier!r}, of no known price"
        notes.append(
            f"{_rows_that(n_rows, tokens, 'was', 'were')} served {how} as used; an API that is asked for "
            "bills all rows alike"
        )
    return notes


def _order(bill: WorkloadBill) -> tuple[bool, bool, Usd]:
    """As used, then the cheapest first; what is not known comes last."""
    return bill.which == "all", bill.usd is None, bill.usd or Decimal(0)


def _bill_cells(bill: WorkloadBill, dearest: Usd | None) -> tuple[str, ...]:
    which = _count(bill.n_requests) + (" as used" if bill.which == "as-used" else "")
    share = float(bill.usd / dearest) if bill.usd is not None and dearest and bill.which == "all" else None
    return (
        bill.api,
        which,
        f.ABSENT if bill.price is None else f"{bill.price.provider}/{bill.price.matched_id}",
        f.ABSENT if bill.price is None else f.day(bill.price.at),
        f.money(bill.input_usd),
        f.money(bill.output_usd),
        f.money(bill.usd),
        f.money(_per_thousand(bill.usd, bill.n_requests)),
        f.percent(share),
    )


def _bill_notes(bill: WorkloadBill) -> list[str]:
    notes = [] if bill.absent_because is None else [f"no bill, {bill.api}: {bill.absent_because}"]
    if bill.n_days > 1:
        notes.append(f"{bill.api}: each request at the price of its day, of which there are {bill.n_days:,}")
    if bill.is_last_price:
        notes.append(f"{bill.api}: it is no longer served; these are its last prices")
    if bill.n_mean_sized:
        notes.append(
            f"{bill.api}: larger requests have another price per token, which "
            f"{_several(bill.n_mean_sized, 'sum')} cannot tell: those of a sum are taken to be equally large"
        )
    return notes + [f"{bill.api}: {how}" for how in bill.served]


def _counted(tokens: WorkloadTokens) -> str:
    told = f"{_several(tokens.n_requests, 'request')} with {_several(tokens.input_tokens, 'token')} in"
    told += f" ({tokens.cached_tokens:,} of them cached)" if tokens.cached_tokens else ""
    told += f" and {tokens.output_tokens:,} out"
    return told + (f" ({tokens.reasoning_tokens:,} of them reasoning)" if tokens.reasoning_tokens else "")


def _here_table(tokens: WorkloadTokens, here: tuple[WorkloadHere, ...], under: str) -> Table:
    n = tokens.n_requests
    rows = [
        (
            one.model,
            *(
                f.marked(told, one.provenance, is_disturbed=one.is_disturbed)
                for told in (
                    f.money_band(one.usd),
                    f.money(_per_thousand(None if one.usd is None else one.usd[0], n)),
                    f.band(one.joules),
                )
            ),
            f.significant(one.seconds),
            f.significant(None if one.seconds is None or not n else one.seconds / n),
            f.significant(one.per_month),
        )
        for one in here
    ]
    notes = [
        "without quality: whether its answers would do is not known from token counts",
        "one request after another, each prompt evaluated in full, as many tokens as the API counted",
    ]
    for one in here:
        notes += [f"{one.model}: {why}" for why in one.absent_because]
        if one.tasks:
            notes.append(f"{one.model}: rates of the timed requests of {', '.join(one.tasks)}")
        if one.n_longer and not one.n_beyond_context:
            notes.append(
                f"{one.model}: {one.n_longer:,} of {_several(n, 'request')} "
                f"{'is' if one.n_longer == 1 else 'are'} longer than any prompt that was timed, of up to "
                f"{_several(one.longest_timed_tokens, 'token')}, and so only extrapolated"
            )
        if one.provenance == "modelled":
            notes.append(MODELLED_NOTE)
        if one.is_disturbed:
            notes.append(DISTURBED_COST_NOTE)
    columns = (
        "model", ">USD", ">USD of 1,000", ">J above idle", ">s", ">s a request", ">requests a month, at most"
    )  # fmt: skip
    return make_table(f"The same requests on this device{under}", columns, rows, notes)


def _published_table(published: tuple[PublishedCost, ...]) -> Table:
    rows = [
        (
            one.name,
            _signed(one.usd_per_task[0], f.money(one.usd_per_task[1])),
            _signed(one.accuracy[0], f.percent(float(one.accuracy[1]))),
            f.ABSENT
            if one.usd_per_solved is None
            else _signed(one.usd_per_solved[0], f.money(one.shown_usd_per_solved)),
        )
        for one in published
    ]
    notes = [
        f"no spend per solved task, {one.name}: {one.absent_because}"
        for one in published
        if one.absent_because
    ]
    notes.append("~: about; <, >: only known to be below or above, and so is what follows")
    notes += [f"{one.name}: {one.source} ({one.date})" for one in published]
    columns = ("published way", ">a task", ">solved", ">a solved task")
    return make_table("Spend per solved task of published ways, in USD", columns, rows, notes)


def _signed(sign: str, words: str) -> str:
    return words if sign == "=" else f"{sign}{words}"


def _per_thousand(usd: Usd | None, n_requests: int | None) -> Usd | None:
    """Of a single one, which may be the sum of who knows how many, nothing is said."""
    return None if usd is None or n_requests is None or n_requests < 2 else 1000 * usd / n_requests


def _count(n_requests: int | None) -> str:
    return "?" if n_requests is None else f"{n_requests:,}"


def _several(n: int | None, what: str) -> str:
    return f"{_count(n)} {what}{'' if n == 1 else 's'}"


def _rows_that(n: int, tokens: WorkloadTokens, does: str, do: str) -> str:
    return f"{n:,} of {_several(tokens.n_rows, 'row')} {does if n == 1 else do}"
