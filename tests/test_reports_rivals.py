"""What is said of the reason for which an API is compared with."""

import pytest
from factories import make_assessment, make_comparison, make_record

from bench.reports.tables.economy import cost_table, evidence_table, price_table
from bench.reports.words.figures import money
from bench.reports.words.rivals import few_words
from bench.reports.words.verdicts import verdict_groups

BOTH = "cheapest at least as good: 0.900 (published) there, 0.500 here; nearest open weights hosted: X 1B"


@pytest.mark.parametrize(
    ("because", "expected"),
    [
        (None, ()),
        ("named", ()),
        ("default", ()),
        (BOTH, ("cheapest at least as good", "nearest open weights hosted")),
        (f"named; {BOTH}", ("named", "cheapest at least as good", "nearest open weights hosted")),
        ("default; same open weights by name: X 1B", ("same open weights by name",)),
    ],
)
def test_few_words_are_of_those_that_were_chosen(because: str | None, expected: tuple[str, ...]) -> None:
    assert few_words(make_comparison("t", "a", chosen_because=because)) == expected


def test_the_words_stand_beside_the_name_and_the_whole_below_what_is_known() -> None:
    others = (
        make_comparison("t", "a", chosen_because="default"),
        make_comparison("t", "b", chosen_because=BOTH),
    )
    assessment = make_assessment(comparisons=others).model_copy(update={"notes": ("a note",)})
    (group,) = verdict_groups(assessment)
    assert group.rivals == "a (closest call), b (cheapest at least as good, nearest open weights hosted)"
    record = make_record(assessment=assessment)
    assert "b (cheapest at least as good, nearest open weights hosted)" in {
        row[2] for row in cost_table([record]).rows
    }
    assert evidence_table([record]).notes == (f"{others[1].task}, b: {BOTH}", "a note")


def test_an_api_that_was_priced_twice_has_both_prices_once() -> None:
    price = make_comparison("t", "a").price
    assert price is not None
    dearer = price.model_copy(update={"input_usd_per_mtok": 2 * price.input_usd_per_mtok})
    told = [make_comparison("t", "a", price=one) for one in (price, dearer, price)]
    record = make_record(assessment=make_assessment(comparisons=told))
    assert [row[3] for row in price_table([record]).rows] == [
        money(price.input_usd_per_mtok),
        money(dearer.input_usd_per_mtok),
    ]
