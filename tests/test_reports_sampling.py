"""Samples and thinking as figures: what a vote of k and one right of k come to, and what they take."""

from decimal import Decimal

import pytest

from bench.records.types import ItemResult, Record, Sampling, Thinking
from bench.reports.tables.sampling import sampling_points, sampling_table
from bench.reports.tables.table import DISTURBED_COST_NOTE
from tests.factories import make_assessment, make_comparison, make_efficiency, make_record, make_task


def attempts(
    item_id: str, *answers: str | None, gold: str = "7", thinking: int | None = None
) -> list[ItemResult]:
    return [
        ItemResult(
            item_id=item_id,
            sample=sample,
            prompt_sha256="0" * 64,
            outcome="unscored" if answer is None else "right" if answer == gold else "wrong",
            n_prompt_tokens=50,
            n_output_tokens=100,
            n_thinking_tokens=thinking,
            answer=answer,
        )
        for sample, answer in enumerate(answers)
    ]


def sampled(*of_items: list[ItemResult], n_samples: int, **changes: object) -> Record:
    task = make_task(
        "sums",
        tuple(one for of_item in of_items for one in of_item),
        sampling=Sampling(temperature=0.7, n_samples=n_samples),
        **changes,
    )
    comparison = make_comparison(
        "sums", "some-api", local_cost_per_attempt_usd=(Decimal("0.001"), Decimal("0.0005"), Decimal("0.002"))
    )
    return make_record(tasks=(task,), assessment=make_assessment([comparison]))


def test_votes_and_chances_of_k_attempts() -> None:
    record = sampled(attempts("a", "7", "7", "3", "3"), attempts("b", "7", "7", "7", None), n_samples=4)
    found = {point.how: point for point in sampling_points(record)}
    assert list(found) == [
        "one attempt", "vote of 2", "one right of 2", "vote of 4", "one right of 4"
    ]  # fmt: skip
    assert found["one attempt"].right.estimate.value == pytest.approx((2 + 3) / 8)
    assert found["one right of 4"].right.estimate.value == 1
    assert found["one right of 2"].right.estimate.value == pytest.approx((5 / 6 + 1) / 2)
    assert found["vote of 4"].right.estimate.value == pytest.approx((0.5 + 1) / 2)
    assert found["vote of 4"].output_tokens == 400
    assert found["vote of 4"].usd == Decimal("0.004")


@pytest.mark.parametrize(("is_disturbed", "shown"), [(True, "!~$1.00"), (False, "~$1.00")])
def test_joules_of_a_busy_machine_mark_what_attempts_cost(is_disturbed: bool, shown: str) -> None:
    record = sampled(attempts("a", "7", "3"), n_samples=2)
    assert record.assessment is not None
    busy = (make_efficiency("sums", is_disturbed=is_disturbed),)
    told = record.assessment.model_copy(update={"efficiency": busy})
    table = sampling_table([record.model_copy(update={"assessment": told})])
    assert table.rows[0][-1] == shown
    assert (DISTURBED_COST_NOTE in table.notes) == is_disturbed


def test_an_answer_that_no_scorer_reads_casts_no_vote() -> None:
    record = sampled(attempts("a", None, None), attempts("b", None, None), n_samples=2)
    assert [point.how for point in sampling_points(record)] == ["one attempt", "one right of 2"]


def test_thinking_is_a_share_of_the_tokens_and_has_a_row_without_sampling() -> None:
    task = make_task(
        "sums",
        tuple(attempts("a", "7", thinking=75)),
        sampling=None,
        thinking=Thinking(is_on=True, max_tokens=512),
    )
    (row,) = sampling_table([make_record(tasks=(task,))]).rows
    assert row[2:4] == ("thinking up to 512, greedy", "one attempt")
    assert row[5:7] == ("100", "75.0 %")


def test_greedy_runs_have_no_such_table() -> None:
    assert not sampling_table([make_record()]).rows
