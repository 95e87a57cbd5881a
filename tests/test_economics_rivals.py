"""Which rivals a task gets: by price, by quality, by weights; every price can be worked out by hand.

A request is 80 tokens in and 10 out (``economics_cases``), so at 1 and 4 USD per million it bills 120 µUSD.
"""

from collections.abc import Sequence
from datetime import date

import pytest
from economics_cases import AT, CITED, exactly, items, profile, record, scenario, score, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.types import ApiProfile, OpenWeights
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.api.rivals import MOST_CHOSEN, Rivals, choose_rivals, on_sale
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Stated
from bench.economics.verdict.sides import ApiSides
from bench.economics.verdict.uncertainty import Randomness
from bench.records.types import Model

HALF_RIGHT = task(items(10, 20))
BAR = (Stated(None, exactly("0.8", "share")),)


def model(name: str = "some-model", n_params: int | None = 135_000_000, **changes: object) -> Model:
    fields = {"sha256": "0" * 64, "size_bytes": 1, "source": "file", "pinned_by": "local-file"}
    return Model(name=name, file_name=f"{name}.gguf", n_params=n_params, **fields | changes)


def host(name: str, serves: str, family: str, parameters_b: float, **changes: object) -> ApiProfile:
    return profile(name, weights=OpenWeights(serves, family, parameters_b, CITED), **changes)


def sides(**changes: object) -> ApiSides:
    return ApiSides(scenario(**changes), Randomness(0, 1))


def chosen(
    market: Sequence[ApiProfile],
    named: Sequence[ApiProfile] = (),
    *,
    local: Model | None = None,
    transcripts: dict[str, Sequence[HostedAnswer]] | None = None,
    **changes: object,
) -> Rivals:
    together = sides(**changes)
    asked = together.asked(HALF_RIGHT, HALF_RIGHT.items)
    return choose_rivals(local or model(), asked, named, market, together, transcripts or {})


def names(found: Rivals) -> list[str]:
    return [rival.profile.name for rival in found.chosen]


def test_the_cheapest_that_is_as_good() -> None:
    weak = profile("weak", input_price="0.01", output_price="0.04", scores=[score(0.49)])
    equal = profile("equal", input_price="0.5", output_price="4", scores=[score(0.5)])
    better = profile("better", scores=[score(0.9)])
    unknown = profile("unknown", input_price="0.1")
    found = chosen([better, weak, unknown, equal])
    assert names(found) == ["equal"]  # 80 µUSD against 120
    assert found.chosen[0].because == "cheapest at least as good: 0.500 (published) there, 0.500 here"


def test_cheapest_is_meant_of_the_tasks_own_requests() -> None:
    # 80 in and 10 out: 160 + 10 µUSD against 40 + 100. With twice the answers, 160 + 20 against 40 + 200.
    dear_to_read = profile("dear-to-read", input_price="2", output_price="1", scores=[score(0.9)])
    dear_to_write = profile("dear-to-write", input_price="0.5", output_price="10", scores=[score(0.9)])
    market = [dear_to_read, dear_to_write]
    assert names(chosen(market)) == ["dear-to-write"]
    assert names(chosen(market, answer_length=exactly("2"))) == ["dear-to-read"]


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(1, 50), st.sampled_from([0.3, 0.5, 0.7])),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=10, deadline=None)
def test_what_is_chosen_costs_least_by_the_bills_of_the_comparisons_themselves(
    market: list[tuple[int, int, float]],
) -> None:
    apis = [
        profile(
            f"api-{i}", input_price=str(read), output_price=str(write), scores=[score(accuracy, task="t")]
        )
        for i, (read, write, accuracy) in enumerate(market)
    ]
    circumstances = scenario(answer_length=exactly("3"), api_fee=exactly("0.00001"))
    run = record([task(items(10, 20), "t")])
    found = assess(run, apis, circumstances, market=apis, n_draws=10).comparisons
    as_good = [one for one in found if one.evidence.accuracy and one.evidence.accuracy[0] >= 0.5]
    cheapest = [one for one in found if "cheapest" in (one.chosen_because or "")]
    assert len(cheapest) == bool(as_good)
    for one in cheapest:
        bills = [other.api_cost_per_attempt_usd for other in as_good]
        assert one.api_cost_per_attempt_usd == min(bill for bill in bills if bill)
        assert one in as_good


def test_of_equal_bills_the_one_that_is_named_else_the_first_by_name() -> None:
    one, other = profile("b", scores=[score(0.9)]), profile("a", scores=[score(0.6)])
    assert names(chosen([one, other])) == ["a"]
    assert names(chosen([one, other], [one])) == ["b"]


def test_what_is_free_is_the_cheapest() -> None:
    market = [
        profile("cheap", scores=[score(0.9)]),
        profile("free", input_price="0", output_price="0", scores=[score(0.9)]),
    ]
    assert names(chosen(market)) == ["free"]


def test_an_api_that_is_named_and_chosen_has_both_reasons() -> None:
    one = profile("one", scores=[score(0.9)])
    (rival,) = chosen([one], [one]).chosen
    assert rival.because.startswith("named; cheapest at least as good: ")
    asked = sides().asked(HALF_RIGHT, HALF_RIGHT.items)
    (rival,) = choose_rivals(model(), asked, [one], [], sides(), {}, defaults={"one"}).chosen
    assert rival.because == "default"


def test_who_cannot_be_bought_is_not_on_sale() -> None:
    gone = profile("gone", retired=date(2026, 11, 21))
    to_come = profile("to-come", released=date(2026, 11, 22))
    last_day = profile("last-day", retired=date(2026, 11, 22))
    free_of_price = profile("free-of-price", prices=())
    assert [one.name for one in on_sale([gone, to_come, last_day, free_of_price], AT)] == ["last-day"]


def test_who_thinks_for_an_unknown_length_has_no_bill() -> None:
    thinks = profile(
        "thinks", is_reasoning=True, scores=[score(0.9)], input_price="0.01", output_price="0.01"
    )
    plain = profile("plain", scores=[score(0.9)])
    assert names(chosen([thinks, plain])) == ["plain"]
    alone = chosen([thinks])
    assert names(alone) == []
    assert "nothing tells the tokens" in alone.notes[0]


def test_a_bar_is_met_by_whoever_has_no_score() -> None:
    cheap = profile("cheap", input_price="0.1", output_price="0.4")
    found = chosen([profile("scored", scores=[score(0.9)]), cheap], need_accuracy=BAR)
    assert names(found) == ["cheap"]
    assert found.chosen[0].because == "cheapest at your bar: 0.8 is needed, and taken to be met"


@pytest.mark.parametrize(("declared", "expected"), [("0.5", ["one"]), ("0.45", [])])
def test_a_declared_accuracy_counts_as_said(declared: str, expected: list[str]) -> None:
    said = (Stated(None, exactly(declared, "share")),)
    assert names(chosen([profile("one")], api_accuracy=said)) == expected


def test_a_transcript_is_measured_on_the_items_that_both_answered() -> None:
    # The device is right on the first ten: on these two it has 2 of 2, and the API 1 of 2.
    answers = tuple(
        HostedAnswer(f"item-{i}", "right" if i else "wrong", input_tokens=5, output_tokens=50)
        for i in range(2)
    )
    one = profile("one", scores=[score(0.9)])
    assert names(chosen([one], transcripts={"one": answers})) == []
    right = tuple(HostedAnswer(f"item-{i}", "right", input_tokens=5, output_tokens=50) for i in range(2))
    cheaper_if_short = profile("two", input_price="1", output_price="5", scores=[score(0.9)])
    found = chosen([one, cheaper_if_short], transcripts={"one": right})
    assert names(found) == ["two"]  # 130 µUSD against 205 of those that were billed
    assert "transcript" in chosen([one], transcripts={"one": right}).chosen[0].because


def test_without_evidence_it_is_said_and_nothing_is_taken_instead() -> None:
    found = chosen([profile("one"), profile("two")])
    assert names(found) == []
    assert found.notes[0].startswith("some-task: of none of the 2 APIs on sale is the quality")
    assert "--need-accuracy" in found.notes[0]


def test_where_all_are_worse_the_best_of_them_is_told() -> None:
    found = chosen([profile("one", scores=[score(0.3)]), profile("two", scores=[score(0.4)])])
    assert "as good as 0.500; the best of 2 is two, 0.400" in found.notes[0]


SMALL = host("small", "Llama 3.2 1B Instruct", "llama", 1.23)
MIDDLE = host("middle", "Gemma 3 4B IT", "gemma", 4.3)
LARGE = host("large", "Llama 3.1 8B Instruct", "llama", 8)
HOSTS = [LARGE, MIDDLE, SMALL]


@pytest.mark.parametrize(
    ("name", "n_params", "expected", "because"),
    [
        ("smollm2-135m", 135_000_000, "small", "Llama 3.2 1B Instruct, another family, 9.1 × the parameters"),
        ("gemma-3-270m", 268_098_176, "middle", "Gemma 3 4B IT, 16 × the parameters"),
        ("llama-3-8b-instruct", 8_030_000_000, "large", "Llama 3.1 8B Instruct, 1 × the parameters"),
        ("llama-3.2-3b", 2_460_000_000, "small", "Llama 3.2 1B Instruct, 0.5 × the parameters"),
        ("ollama-made-9b", 9_000_000_000, "large", "another family, 0.89 × the parameters"),
    ],
)
def test_the_nearest_weights(name: str, n_params: int, expected: str, because: str) -> None:
    """The family goes before the size, and an architecture's name is no family."""
    found = chosen(HOSTS, local=model(name, n_params, type_name="llama 256M Q4_1"))
    assert names(found) == [expected]
    assert found.chosen[0].because.startswith("nearest open weights hosted: ")
    assert found.chosen[0].because.endswith(because)


def test_the_same_weights_go_before_all_and_need_no_size() -> None:
    newer = host("newer", "Llama 3 8B Instruct", "llama", 8)
    local = model("llama-3.1-8b-instruct-q4_k_m", None)
    found = chosen([newer, *HOSTS], local=local)
    assert names(found) == ["large"]
    assert found.chosen[0].because == "same open weights by name: Llama 3.1 8B Instruct"


def test_of_hosts_of_the_same_weights_the_cheaper() -> None:
    elsewhere = host("elsewhere", "Llama 3.2 1B Instruct", "llama", 1.23, input_price="0.9")
    assert names(chosen([*HOSTS, elsewhere])) == ["elsewhere"]


def test_a_model_of_unknown_size_and_no_weights_on_sale_are_said() -> None:
    assert any(
        "does not tell the model's size" in note for note in chosen(HOSTS, local=model(n_params=None)).notes
    )
    assert any("no open weights are hosted" in note for note in chosen([profile()]).notes)


def test_in_an_empty_market_there_are_those_that_are_named() -> None:
    found = chosen([], [profile("b"), profile("a")])
    assert (names(found), found.notes) == (["b", "a"], ())


def test_an_assessment_has_the_reasons_and_the_notes() -> None:
    run = record([HALF_RIGHT]).model_copy(update={"model": model("gemma-3-270m", 268_098_176)})
    scored = profile("scored", scores=[score(0.9)])
    found = assess(run, [profile("named")], scenario(), market=[scored, *HOSTS], n_draws=100)
    assert [(one.api, (one.chosen_because or "").partition(":")[0]) for one in found.comparisons] == [
        ("named", "named"),
        ("scored", "cheapest at least as good"),
        ("middle", "nearest open weights hosted"),
    ]
    assert len(found.comparisons) == 1 + MOST_CHOSEN
    assert found.notes == ()
    silent = assess(run, [profile("named")], scenario(), market=[profile("other")], n_draws=100)
    assert [one.api for one in silent.comparisons] == ["named"]
    assert len(silent.notes) == 2


def test_an_api_that_is_known_to_miss_what_is_needed_is_not_as_good() -> None:
    # The device has half right, so that 0.6 were at least as good.
    poor = profile("poor", input_price="0.1", output_price="0.4", scores=[score(0.6)])
    good = profile("good", scores=[score(0.9)])
    assert names(chosen([poor, good])) == ["poor"]
    assert names(chosen([poor, good], need_accuracy=BAR)) == ["good"]
    nobody = chosen([poor], need_accuracy=BAR)
    assert names(nobody) == []
    assert "as good as 0.800, the 0.8 that is needed; the best of 1 is poor, 0.600" in nobody.notes[0]
