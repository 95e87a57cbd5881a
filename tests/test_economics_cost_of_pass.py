"""Cost of pass of sampled attempts, by hand: 36 J at 0.36 USD/kWh are 3.6 µUSD an attempt."""

from decimal import Decimal

import pytest
from economics_cases import exactly, items, profile, record, scenario, task

from bench.economics.assess import assess
from bench.economics.assumptions.constants import Constant
from bench.records.types import Comparison, Record, Sampling
from bench.reports import csv
from bench.reports.tables.economy import cost_table

D = Decimal
SAMPLED = Sampling(temperature=0.8, n_samples=4)


def run(*n_right: int, sampling: Sampling | None = SAMPLED) -> Record:
    """Items of which each was right so often in four attempts."""
    each = [
        one.model_copy(update={"item_id": f"item-{i}", "sample": sample})
        for i, right in enumerate(n_right)
        for sample, one in enumerate(items(right, 4))
    ]
    return record([task(each, sampling=sampling, n_planned=len(n_right))])


def concluded(ran: Record, **changes: object) -> tuple[Comparison, Record]:
    found = assess(ran, [profile()], scenario(**changes), n_draws=500, is_explained=True)
    (one,) = found.comparisons
    return one, ran.model_copy(update={"assessment": found})


def steps(one: Comparison) -> dict[str, str]:
    return {step.name: step.result for part in one.explained for step in part.steps}


def test_three_items_of_four_samples() -> None:
    # 6 of 12 right: (3.6 + 1.4) µUSD / 0.5 = 10 µUSD. The second item was never right.
    one, told = concluded(run(4, 0, 2), check_cost=exactly("0.0000014"))
    assert one.local_cost_of_pass_usd is not None
    value, low, high = one.local_cost_of_pass_usd
    assert value == D("0.00001")
    assert high is not None
    assert D("0.000005") < low < value < high
    assert one.cost_of_pass_note is not None
    assert "1 of 3 items were never solved" in one.cost_of_pass_note
    assert one.local_usd_per_correct is not None
    assert one.local_usd_per_correct[0] == D("0.0000072")
    assert steps(one)["cost of an attempt and its check here"] == "0.00000500000"
    assert steps(one)["cost of pass here"] == "0.0000100000"
    assert steps(one)["cost of pass there"] == "not known"
    table = cost_table([told])
    at = table.columns.index("1,000 passes")
    here, there = table.rows
    assert "0.0100" in here[at]
    assert there[at] == "–"
    assert any("1 of 3 items were never solved" in note for note in table.notes)
    assert "device_pass_usd" in csv.render([told])


def test_a_check_that_is_said_to_be_free_costs_nothing() -> None:
    one, _ = concluded(run(4, 1, 1), check_cost=exactly("0"))
    assert one.local_cost_of_pass_usd == one.local_usd_per_correct
    assert one.cost_of_pass_note == "over all attempts together; each of 3 items was solved"


def test_bounds_of_the_check_widen_those_of_the_pass() -> None:
    check = Constant(D("0.00001"), D("0"), D("0.00002"), "USD", "declared", "declared by the user")
    exact, _ = concluded(run(*[2] * 60), check_cost=exactly("0.00001"))
    wide, _ = concluded(run(*[2] * 60), check_cost=check)
    ends = [one.local_cost_of_pass_usd for one in (exact, wide)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0][0] == ends[1][0] == D("0.0000272")
    assert ends[1][1] < D("0.000014") < D("0.000022") < ends[0][1]


def test_what_was_never_right_has_no_bound() -> None:
    one, told = concluded(run(0, 0, 0), check_cost=exactly("0"))
    assert one.local_cost_of_pass_usd is None
    assert one.cost_of_pass_note == "unbounded: none of 3 items was ever solved"
    assert steps(one)["cost of pass here"] == "unbounded"
    assert any("unbounded: none of 3" in note for note in cost_table([told]).notes)


@pytest.mark.parametrize("sampling", [None, Sampling(temperature=0.8)])
def test_one_attempt_at_an_item_tells_nothing_of_a_second(sampling: Sampling | None) -> None:
    one, told = concluded(run(4, 0, 2, sampling=sampling), check_cost=exactly("0"))
    assert (one.local_cost_of_pass_usd, one.cost_of_pass_note) == (None, None)
    assert "cost of pass here" not in steps(one)
    assert "1,000 passes" not in cost_table([told]).columns


def test_a_checker_whose_cost_was_not_stated_is_not_free() -> None:
    one, told = concluded(run(4, 0, 2))
    assert one.local_cost_of_pass_usd is None
    assert one.cost_of_pass_note is not None
    assert "--check-cost" in one.cost_of_pass_note
    assert steps(one)["cost of pass here"] == "not known"
    assert any("--check-cost" in note for note in cost_table([told]).notes)


def test_without_joules_it_is_not_known() -> None:
    ran = run(4, 0, 2)
    bare = ran.model_copy(
        update={"latency": tuple(one.model_copy(update={"energy": ()}) for one in ran.latency)}
    )
    one, _ = concluded(bare, check_cost=exactly("0"))
    assert one.local_cost_of_pass_usd is None
    assert one.cost_of_pass_note is not None
    assert one.cost_of_pass_note.startswith("not known: the device's energy")
