"""Perplexity of a text and divergence from a reference model, as a table."""

from collections.abc import Sequence

from bench.records.types import Interval, Record
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named

COLUMNS = (
    "model",
    ">perplexity",
    ">/ reference's",
    ">mean KLD",
    ">99 % KLD",
    ">same top",
    ">tokens scored",
    "text",
)


def text_loss_table(records: Sequence[Record]) -> Table:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        loss = record.text_loss
        if loss is None:
            continue
        compared = loss.divergence
        cells = (f.ABSENT,) * 4
        if compared is not None:
            share = compared.same_top_share
            cells = (
                _interval(compared.perplexity_ratio, digits=4),
                _interval(compared.mean_kl),
                _interval(compared.kl_99),
                f.percent_interval(share.value, share.low, share.high),
            )
            notes.append(
                f"reference: {compared.reference}; KLD: nats a token of KL(reference || model), from 16 bits "
                "a probability, so what is below 0.0001 is rounding"
            )
        perplexity = _interval(loss.perplexity, digits=4)
        text = f"{loss.text_sha256[:8]} in chunks of {loss.n_ctx}"
        rows.append((name, perplexity, *cells, f.whole(loss.n_scored), text))
    notes.append("brackets: 95 %, over chunks; of the same top, over tokens")
    return make_table("Text loss", COLUMNS, rows, notes)


def _interval(found: Interval, digits: int = 3) -> str:
    value, low, high = (f.significant(one, digits) for one in (found.value, found.low, found.high))
    return f"{value} ({low}–{high})"
