"""Carbon beside the money: worked by hand, bounds carried through, and what is not known left unknown."""

from decimal import Decimal

import pytest
from economics_cases import AT, CITED, exactly, items, latency, profile, record, scenario, score, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.devices import load_devices
from bench.catalog.types import ApiProfile, Cited, Electricity, HostedEnergy, PublishedRequest
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario
from bench.economics.carbon.beside import carbon_account
from bench.economics.carbon.here import carbon_here
from bench.economics.carbon.hosted import Length, of_request
from bench.economics.device.device_cost import DEDICATED, Ownership
from bench.economics.device.operating_point import operating_point
from bench.economics.explain.explain_carbon import TITLE
from bench.economics.verdict.sides import api_side, device_side
from bench.economics.verdict.uncertainty import Randomness
from bench.errors import InputError
from bench.records.types import CarbonBeside, Comparison, ExplainedStep
from bench.stats import Estimate

# An attempt takes 36 J above idle at the wall, 1e-5 kWh; on a grid of 360 g/kWh that is 3.6 mg.
GRID = Electricity(
    "DEU", "Germany", Decimal("0.3"), "EUR", "2026", 360.0, CITED, Cited("a made-up mix", "2026", "year 2023")
)
# 1 Wh for 400 tokens and 2 Wh for 600: 3 mWh a token, between 2 ÷ 1,000 and 2.4 ÷ 600.
TWO = (
    PublishedRequest(400, 500, (1.0, 0.8, 1.2), None),
    PublishedRequest(600, 2000, (2.0, 1.2, 2.4), None),
)


def hosted(*requests: PublishedRequest, name: str = "study", **changes: object) -> HostedEnergy:
    facts: dict[str, object] = {
        "name": name,
        "title": name,
        "apis": ("some-api",),
        "provider": None,
        "requests": requests or TWO,
        "grid_g_per_kwh": 500.0,
        "cited": CITED,
    }
    return HostedEnergy(**(facts | changes))  # type: ignore[arg-type]


def exact_length(n_in: int, n_out: int) -> Length:
    return Length(Estimate(n_in, n_in, n_in), Estimate(n_out, n_out, n_out))


def ranged(value: str, low: str, high: str) -> Constant:
    return Constant(Decimal(value), Decimal(low), Decimal(high), "", "declared", "declared by the user")


def compared(
    *estimates: HostedEnergy,
    terms: Scenario | None = None,
    grid: Electricity | None = GRID,
    is_explained: bool = False,
) -> Comparison:
    api = profile(scores=[score(0.8)])
    done = assess(
        record([task(items(6, 10))]),
        [api],
        terms or scenario(),
        grid=grid,
        hosted=estimates,
        n_draws=100,
        is_explained=is_explained,
    )
    return next(each for each in done.comparisons if each.api == api.name)


def carbon(
    *estimates: HostedEnergy,
    terms: Scenario | None = None,
    api: ApiProfile | None = None,
    grid: Electricity | None = GRID,
    n_right: int = 6,
    spread: float = 0.0,
) -> CarbonBeside:
    one, terms, api = task(items(n_right, 10)), terms or scenario(), api or profile(scores=[score(0.8)])
    randomness = Randomness(0, 10)
    device = device_side(one.task, one.items, operating_point(latency(spread=spread)), terms, randomness)
    hosted_side = api_side(api, one, device, (), terms, randomness, estimates)
    account = carbon_account(carbon_here(device, terms, grid), hosted_side.carbon, grid)
    assert account is not None
    return account.told


def test_a_device_already_owned_by_hand() -> None:
    one = carbon()
    assert one.here is not None
    assert one.here.kwh == pytest.approx((1e-5,) * 3)
    assert one.here.electricity_g == pytest.approx((0.0036,) * 3)
    assert (one.here.is_making_charged, one.here.making_g) == (False, None)
    assert one.here.attempt_g == one.here.electricity_g
    assert one.here.per_correct_g is not None
    assert one.here.per_correct_g[0] == pytest.approx(0.006)  # 6 of 10 right
    assert (one.there, one.same_at_g_per_kwh) == (None, None)


def test_a_dedicated_device_bears_its_idle_hours_and_its_making() -> None:
    """10 W × 720 h ÷ 1000 tasks: 7.2 Wh; 30 kg over 36 months of 1000 tasks: 833 mg; 7.21 Wh × 360: 2.6 g."""
    terms = scenario(
        ownership=DEDICATED,
        device_price=exactly("600"),
        hours_per_month=exactly("720"),
        tasks_per_month=exactly("1000"),
        lifetime=exactly("36"),
        embodied=exactly("30"),
    )
    one = carbon(terms=terms).here
    assert one is not None
    assert one.kwh == pytest.approx((7.21e-3,) * 3)
    assert one.electricity_g == pytest.approx((2.5956,) * 3)
    assert one.making_g == pytest.approx((30_000 / 36_000,) * 3)
    assert one.attempt_g == pytest.approx((2.5956 + 30 / 36,) * 3)


def test_a_share_of_the_device_bears_that_share() -> None:
    facts = {"device_price": exactly("600"), "embodied": exactly("30")}
    whole = carbon(terms=scenario(ownership=DEDICATED, **facts)).here
    part = carbon(terms=scenario(ownership=Ownership("shared", Decimal("0.25")), **facts)).here
    assert whole is not None
    assert part is not None
    assert whole.making_g is not None
    assert part.making_g == pytest.approx([0.25 * g for g in whole.making_g])


def test_what_making_the_device_emitted_is_unknown_until_it_is_said() -> None:
    one = carbon(hosted(), terms=scenario(ownership=DEDICATED, device_price=exactly("600")))
    assert one.here is not None
    assert one.here.electricity_g is not None
    assert (one.here.is_making_charged, one.here.making_g) == (True, None)
    assert (one.here.attempt_g, one.here.per_correct_g, one.same_at_g_per_kwh) == (None, None, None)


def test_an_estimate_by_hand() -> None:
    """10 output tokens × 3 mWh: 30 mWh, at 500 g/kWh 15 mg, ÷ 0.8 right 18.75 mg; 15 mg ÷ 1e-5 kWh: 1,500."""
    one = carbon(hosted())
    assert one.there is not None
    assert one.there.scope == "model"
    assert one.there.wh == pytest.approx((0.03, 0.02, 1.2))
    assert one.there.attempt_g == pytest.approx((0.015, 0.01, 0.6))
    assert one.there.per_correct_g is not None
    assert one.there.per_correct_g[0] == pytest.approx(0.01875)
    assert one.same_at_g_per_kwh == pytest.approx((1500.0, 1000.0, 60_000.0))
    assert (one.there.source, one.there.date) == (CITED.source, CITED.date)


@pytest.mark.parametrize(
    ("n_in", "n_out", "expected"),
    [
        (80, 10, (0.03, 0.02, 1.2)),  # a shorter one takes at most what the shortest does
        (600, 10, (0.03, 0.02, 1.44)),  # 1.2 of the first hold it, and the second takes 2.4
        (1900, 10, (0.03, 0.02, 2.4)),  # the second holds it
        (4000, 10, (0.03, 0.02, 4.8)),  # two of the second hold it
        (80, 400, (1.2, 0.8, 1.6)),
        (80, 2000, (6.0, 4.0, 8.0)),
    ],
)
def test_a_request_is_scaled_by_its_length(
    n_in: int, n_out: int, expected: tuple[float, float, float]
) -> None:
    assert of_request(TWO, "wh", exact_length(n_in, n_out)) == pytest.approx(expected)


def test_a_request_of_no_stated_length_is_taken_as_it_is_and_needs_no_tokens() -> None:
    prompt = (PublishedRequest(None, None, (0.24, 0.24, 0.24), (0.03, 0.03, 0.09)),)
    assert of_request(prompt, "wh", None) == (0.24, 0.24, 0.24)
    assert of_request(prompt, "g", None) == (0.03, 0.03, 0.09)
    assert of_request(TWO, "wh", None) is None, "its tokens are not known"
    assert of_request(TWO, "g", exact_length(9, 9)) is None, "nobody told grams"


def test_several_estimates_give_the_value_of_the_first_and_the_range_of_all() -> None:
    other = hosted(PublishedRequest(500, None, (5.0, 5.0, 5.0), None), name="other", grid_g_per_kwh=900.0)
    both = carbon(hosted(), other).there
    assert both is not None
    assert both.wh == pytest.approx((0.03, 0.02, 5.0))
    assert both.attempt_g == pytest.approx((0.015, 0.01, 2.5)), "by the grid of the first"


def test_an_estimate_of_the_provider_serves_only_models_without_their_own_that_do_not_reason() -> None:
    prompt = PublishedRequest(None, None, (0.24,) * 3, (0.03, 0.03, 0.09))
    of_all = hosted(prompt, name="all", apis=(), provider="openai", grid_g_per_kwh=None)
    own, general = carbon(of_all, hosted()).there, carbon(of_all).there
    assert own is not None
    assert general is not None
    assert own.scope == "model"
    assert (general.scope, general.attempt_g) == ("provider", (0.03, 0.03, 0.09))
    assert carbon(of_all, api=profile(scores=[score(0.8)], is_reasoning=True)).there is None
    assert carbon(of_all, api=profile(scores=[score(0.8)], provider="mistral")).there is None


def test_the_user_knows_better_than_any_estimate() -> None:
    terms = scenario(hosted_wh=ranged("2", "1", "4"), hosted_grid=ranged("100", "50", "200"))
    one = carbon(hosted(), terms=terms).there
    assert one is not None
    assert (one.scope, one.source) == ("declared", "declared by the user")
    assert one.wh == pytest.approx((0.02, 0.01, 0.04))
    assert one.attempt_g == pytest.approx((0.002, 0.0005, 0.008))


def test_a_stated_grid_takes_the_place_of_the_estimates_own_and_of_its_grams() -> None:
    terms = scenario(hosted_grid=exactly("100"))
    prompt = hosted(PublishedRequest(None, None, (0.24,) * 3, (0.03, 0.03, 0.09)), grid_g_per_kwh=None)
    for estimate, grams in ((hosted(), 0.003), (prompt, 0.024)):
        one = carbon(estimate, terms=terms).there
        assert one is not None
        assert one.attempt_g is not None
        assert one.attempt_g[0] == pytest.approx(grams)


def test_energy_without_a_grid_is_no_gram_and_without_any_gram_nothing_is_told() -> None:
    estimate = hosted(grid_g_per_kwh=None)
    one = carbon(estimate)
    assert one.there is not None
    assert one.there.wh is not None
    assert (one.there.attempt_g, one.there.per_correct_g, one.same_at_g_per_kwh) == (None, None, None)
    assert compared(estimate, grid=None).carbon is None
    assert compared(grid=None).carbon is None


def test_without_a_country_both_sides_are_the_same_on_some_grid_all_the_same() -> None:
    one = carbon(hosted(), grid=None)
    assert one.here is not None
    assert (one.here.electricity_g, one.here.attempt_g) == (None, None)
    assert one.same_at_g_per_kwh is not None
    assert one.same_at_g_per_kwh[0] == pytest.approx(1500)


def test_a_device_whose_making_emits_more_than_the_api_is_never_the_better_one() -> None:
    terms = scenario(ownership=DEDICATED, device_price=exactly("600"), embodied=exactly("300"))
    one = carbon(hosted(PublishedRequest(10, None, (0.03,) * 3, None)), terms=terms)
    assert one.same_at_g_per_kwh == (0.0, 0.0, 0.0)


def test_nothing_right_has_no_grams_for_a_correct_answer() -> None:
    one = carbon(n_right=0).here
    assert one is not None
    assert one.attempt_g is not None
    assert one.per_correct_g is None


def test_carbon_changes_nothing_of_the_comparison() -> None:
    with_it, without = compared(hosted()), compared(grid=None)
    assert with_it.carbon is not None
    assert with_it.model_copy(update={"carbon": None}) == without


@settings(max_examples=25, deadline=None)
@given(spread=st.floats(0.01, 0.9), kg=st.integers(0, 400), share=st.sampled_from(["0.1", "1"]))
def test_bounds_hold_the_value_and_the_same_grid_gives_the_same_grams(
    spread: float, kg: int, share: str
) -> None:
    terms = scenario(
        ownership=Ownership("shared", Decimal(share)),
        device_price=exactly("600"),
        embodied=ranged(str(kg), "0", "400"),
        tasks_per_month=ranged("1000", "500", "100000"),
        psu_efficiency=ranged("0.8", "0.5", "0.9"),
    )
    one = carbon(
        hosted(PublishedRequest(None, None, (500.0, 400.0, 900.0), None)), terms=terms, spread=spread
    )
    assert one.here is not None
    assert one.there is not None
    for told in (one.here.kwh, one.here.electricity_g, one.here.making_g, one.here.attempt_g):
        assert told is not None
        value, low, high = told
        assert low < value or value == 0
        assert value < high or kg == 400
    assert one.same_at_g_per_kwh is not None
    assert one.here.making_g is not None
    assert one.there.attempt_g is not None
    same = one.same_at_g_per_kwh[0]
    if same > 0:
        assert same * one.here.kwh[0] + one.here.making_g[0] == pytest.approx(one.there.attempt_g[0])


def worked_out(step: ExplainedStep) -> float:
    """The numbers of a line put into a calculator."""
    assert step.numbers is not None
    words = step.numbers.replace("÷", "/").replace("×", "*").replace("−", "-")
    assert not set(words) - set("0123456789.+-*/() ")
    return float(eval(words))


def test_every_line_of_the_explanation_works_out() -> None:
    terms = scenario(
        ownership=DEDICATED, device_price=exactly("600"), embodied=ranged("30", "20", "40"), wage=exactly("0")
    )
    big = hosted(
        PublishedRequest(400, None, (90.0,) * 3, None), PublishedRequest(600, None, (110.0,) * 3, None)
    )
    one = compared(big, terms=terms, is_explained=True)
    part = one.explained[-1]
    assert part.title == TITLE
    assert one.carbon is not None
    by_name = {step.name: step for step in part.steps}
    for step in part.steps:
        assert worked_out(step) == pytest.approx(float(step.result.replace("−", "-")), rel=1e-5), step.name
    assert list(by_name) == [
        "kWh of an attempt",
        "idle kWh of an attempt",
        "carbon of electricity here",
        "carbon of making the device",
        "carbon of an attempt here",
        "carbon of a correct answer here",
        "Wh of an attempt there",
        "carbon of an attempt there",
        "carbon of a correct answer there",
        "grid on which both are the same",
    ]
    told = one.carbon
    assert told.here is not None
    assert told.here.attempt_g is not None
    assert float(by_name["carbon of an attempt here"].result) == pytest.approx(
        told.here.attempt_g[0], rel=1e-5
    )
    assert "a made-up mix" in by_name["carbon of electricity here"].origins[0]


def test_the_explanation_says_what_is_not_known_and_with_which_flag_it_would_be() -> None:
    def lines(one: Comparison) -> dict[str, ExplainedStep]:
        return {step.name: step for step in one.explained[-1].steps}

    alone = lines(compared(is_explained=True))
    assert alone["carbon of making the device"].result == "not charged"
    assert "--hosted-wh" in alone["carbon of an attempt there"].origins[0]
    there = lines(compared(hosted(), grid=None, is_explained=True))
    assert "--country" in there["carbon of electricity here"].origins[0]
    bought = scenario(ownership=DEDICATED, device_price=exactly("600"))
    assert lines(compared(terms=bought, is_explained=True))["carbon of making the device"].origins == (
        "--embodied",
    )
    assert TITLE not in [part.title for part in compared(grid=None, is_explained=True).explained]


def test_flags_are_read_in_their_units_and_a_device_brings_what_its_making_emitted() -> None:
    words = {"embodied": "0.08..0.2 t", "hosted-wh": "1.2 kWh/Mtok", "hosted-grid": "0.3 kg/kWh"}
    read = Scenario.read(words, at=AT)
    assert [str(one) for one in (read.embodied, read.hosted_wh, read.hosted_grid)] == [
        "140 (80 to 200)",
        "1.2",
        "300",
    ]
    mini = load_devices().find("mac-mini-m4")
    assert str(Scenario.read({}, at=AT, device=mini).embodied) == "32 (32 to 72)"
    assert str(Scenario.read({"embodied": "50"}, at=AT, device=mini).embodied) == "50"
    assert Scenario.read({}, at=AT, device=load_devices().find("jetson-orin-nano-super")).embodied is None
    with pytest.raises(InputError, match="unknown unit 'Wh'"):
        Scenario.read({"hosted-grid": "3 Wh"}, at=AT)


def test_beside_a_transcript_the_api_emits_as_beside_a_score() -> None:
    api = profile(scores=[score(0.8)])
    answers = [HostedAnswer(f"item-{number}", "right") for number in range(10)]
    run = record([task(items(6, 10))])
    given = {("some-task", "some-api"): answers}
    done = assess(run, [api], scenario(), grid=GRID, hosted=[hosted()], transcripts=given, n_draws=50)
    (one,) = (each for each in done.comparisons if each.api == api.name)
    assert one.evidence.kind == "transcript"
    assert one.carbon is not None
    assert one.carbon.there is not None
    scored = compared(hosted())
    assert scored.carbon is not None
    assert one.carbon.there.wh == (scored.carbon.there and scored.carbon.there.wh)
