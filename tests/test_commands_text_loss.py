"""From sums by chunk to figures with intervals, and what a report shows of them."""

from math import exp

import pytest

from bench.commands.text_loss import Reference, Text, text_divergence, text_loss
from bench.reports.tables.text_loss import text_loss_table
from bench.worker.protocol import TextCompared, TextScored
from tests.factories import make_record

TEXT = Text("words", "ab" * 32, 5)
SCORED = TextScored(n_text_tokens=13, n_scored=2, nll=(2.0, 4.0, 6.0))
COMPARED = TextCompared(SCORED, ((0.0, 0.1), (0.1, 0.2), (0.2, 0.6)), (2, 2, 1))
REFERENCE = Reference("base", "cd" * 32, "Q8_0", 1000, TextScored(13, 2, (1.0, 3.0, 5.0)))


def test_the_perplexity_is_that_of_the_mean_token_with_a_positive_interval():
    loss = text_loss(TEXT, SCORED, n_ctx=4)
    assert loss.perplexity.value == pytest.approx(exp(2.0))
    assert 0 < loss.perplexity.low < loss.perplexity.value < loss.perplexity.high
    assert loss.n_scored == 6


def test_the_divergence_is_paired_with_the_reference_by_chunk():
    found = text_divergence(COMPARED, REFERENCE)
    assert found.mean_kl.value == pytest.approx(0.2)
    assert found.mean_kl.low >= 0
    assert found.kl_max == 0.6
    assert found.n_same_top == 5
    assert found.same_top_share.value == pytest.approx(5 / 6)
    # Chunks differ much from each other, but the two models differ by the same everywhere.
    ratio = found.perplexity_ratio
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((exp(0.5),) * 3)
    assert found.reference_nll == (1.0, 3.0, 5.0)


def test_the_table_names_the_reference_and_leaves_out_what_was_not_compared():
    loss = text_loss(TEXT, SCORED, n_ctx=4)
    compared = loss.model_copy(update={"divergence": text_divergence(COMPARED, REFERENCE)})
    alone, both = (text_loss_table([make_record(text_loss=one)]) for one in (loss, compared))
    assert alone.rows[0][2:6] == ("–",) * 4
    assert both.rows[0][2].startswith("1.649 (")
    assert any("reference: base" in note for note in both.notes)
    assert text_loss_table([make_record()]).rows == ()
