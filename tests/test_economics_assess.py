"""Whole assessments with round figures, each checked against a computation by hand.

The case: 36 J an attempt at 0.36 USD/kWh are 3.6 µUSD here; 80 tokens in and 10 out at 1 and 4 USD per
million are 120 µUSD there.
"""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from economics_cases import (
    AT,
    BUSY,
    QUIET,
    exactly,
    items,
    latency,
    profile,
    reading,
    record,
    request,
    scenario,
    score,
    task,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.types import ApiProfile
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess as assess_fully
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.device.device_cost import DEDICATED
from bench.economics.load.arrivals import Arrivals
from bench.records.types import Assessment, Comparison, Latency

assess = partial(assess_fully, n_draws=500)  # enough for all that is said here
RANK = {"not viable": 0, "insufficient evidence": 1, "viable": 2}


def bar(value: str) -> tuple[Stated, ...]:
    return (Stated(None, exactly(value, "share")),)


def one(assessment: Assessment) -> Comparison:
    (comparison,) = assessment.comparisons
    return comparison


def concluded(n_right: int, n: int, api: ApiProfile | None = None, **changes: object) -> Comparison:
    run = record([task(items(n_right, n))])
    return one(assess(run, [api or profile()], scenario(**changes)))


def result_of(comparison: Comparison, gate: str) -> str:
    return next(one.result for one in comparison.gates if one.name == gate)


def test_viable_worked_by_hand() -> None:
    found = concluded(57, 60, need_accuracy=bar("0.8"))
    assert (found.verdict, found.decided_by) == ("viable", "cheaper")
    assert found.local_cost_per_attempt_usd is not None
    assert found.local_cost_per_attempt_usd[0] == Decimal("0.0000036")
    assert found.api_cost_per_attempt_usd == (Decimal("0.00012"),) * 3
    assert found.local_usd_per_correct is not None
    assert found.local_usd_per_correct[0] * Decimal("0.95") == pytest.approx(Decimal("0.0000036"))
    assert (found.local_seconds_per_attempt, found.local_energy_per_attempt_j) == (2.0, (36.0, 36.0, 36.0))
    assert found.break_even_tasks_per_month == ("any", None)
    assert found.probability is not None
    assert found.probability > 0.99
    assert found.sentence.startswith("Viable: the device you already own instead of some-api for some-task.")
    assert "1,000 attempts cost ~$0.00360 here and $0.120 there" in found.sentence


def test_bought_worked_by_hand() -> None:
    # 360 USD over 36 months without interest and 10 W idle: 10 + 2.6298 USD a month.
    # R 0.95 on both sides: 0.00012 - 0.0000036 saved an attempt, so 12.6298 / 0.0001164 = 108,503 a month.
    terms = {"device_price": exactly("360"), "discount_rate": exactly("0"), "api_accuracy": bar("0.95")}
    owned = concluded(190, 200, **terms)
    assert owned.verdict == "viable"
    assert owned.break_even_tasks_per_month[0] == "any"
    assert owned.break_even_tasks_per_month[1] == pytest.approx(Decimal("108503.4"), abs=Decimal("0.1"))
    assert "pays off from 109,000 tasks a month" in owned.if_bought
    few = concluded(190, 200, **terms, ownership=DEDICATED, tasks_per_month=exactly("100000"))
    assert (few.verdict, few.decided_by) == ("not viable", "cheaper")
    assert few.break_even_tasks_per_month[0] == "at"
    many = concluded(190, 200, **terms, ownership=DEDICATED, tasks_per_month=exactly("120000"))
    assert many.verdict == "viable"
    # At 120,000 a month it saves 13.968 USD; less 2.6298 for idling that repays 36 · 11.3382 = 408.18 USD.
    assert many.break_even_device_usd == pytest.approx(Decimal("408.1752"), abs=Decimal("0.0001"))
    beyond = concluded(190, 200, **{**terms, "hours_per_month": exactly("10")}, ownership=DEDICATED)
    # 10 hours hold 18,000 attempts, and idle for 0.036 USD: 10.036 / 0.0001164 = 86,220.
    assert beyond.break_even_tasks_per_month[0] == "beyond-capacity"
    # 18,000 · 0.0001164 = 2.0952 USD of 10.036.
    assert "one device saves $2.10 of the $10.0 that it costs a month" in beyond.if_bought


def test_not_viable_against_a_published_score() -> None:
    found = concluded(2, 100, profile(scores=[score(0.93, 1319)]))
    assert (found.verdict, found.decided_by) == ("not viable", "good-enough")
    assert result_of(found, "cheaper") == "not-asked"
    assert found.break_even_tasks_per_month == ("never", None)
    assert "not good enough at any price" in found.if_bought
    assert found.probability is not None
    assert found.probability < 0.01


def test_ten_items_are_insufficient_and_it_says_how_many_are_not() -> None:
    found = concluded(9, 10, need_accuracy=bar("0.8"))
    assert (found.verdict, found.decided_by, found.items_to_settle) == (
        "insufficient evidence",
        "good-enough",
        83,
    )
    assert "about 83 items" in found.sentence


def test_value_form_worked_by_hand() -> None:
    # L = 0.01 USD: 0.00012 - 0.0000036 + (0.90 - 0.95) · 0.01 = -0.0003836 an attempt.
    found = concluded(
        900, 1000, api_accuracy=bar("0.95"), delta=exactly("0.2"), loss_per_error=exactly("0.01")
    )
    assert (found.verdict, found.decided_by) == ("not viable", "cheaper")
    # The choice flips at 0.002328 USD an error.
    assert any("--loss-per-error at $0.00233" in flip for flip in found.flips)
    small = concluded(
        900, 1000, api_accuracy=bar("0.95"), delta=exactly("0.2"), loss_per_error=exactly("0.001")
    )
    assert small.verdict == "viable"


def test_a_loss_stated_by_the_task_counts_unless_the_user_says_otherwise() -> None:
    costly = record([task(items(900, 1000), loss_per_error_usd=Decimal("0.01"))])
    terms = {"api_accuracy": bar("0.95"), "delta": exactly("0.2")}
    assert one(assess(costly, [profile()], scenario(**terms))).verdict == "not viable"
    waived = scenario(**terms, loss_per_error=exactly("0"))
    assert one(assess(costly, [profile()], waived)).verdict == "viable"


def test_a_transcript_is_paired_and_billed_by_its_usage() -> None:
    run = record([task(items(190, 200))])
    answers = [HostedAnswer(f"item-{i}", "right" if i < 188 else "wrong", 100, 50) for i in range(200)]
    found = one(assess(run, [profile()], scenario(), transcripts={("some-task", "some-api"): answers}))
    assert (found.verdict, found.evidence.kind) == ("viable", "transcript")
    # 100 + 4 · 50 per million, 188 of 200 right.
    assert found.api_cost_per_attempt_usd is not None
    assert found.api_cost_per_attempt_usd[0] == Decimal("0.0003")
    assert found.api_usd_per_correct is not None
    assert found.api_usd_per_correct[0] == Decimal("0.0003") / Decimal("0.94")


def test_pairs_that_would_settle_it_worked_by_hand() -> None:
    # 10 of 20 right here; there 8 of these and 7 others: 2 and 7 items on which one side alone is right.
    # ψ = 9.5 ÷ 21, d = −0.25, δ = 0.2: (1.645 √(ψ − 0.04) + 0.842 √(ψ − 0.0625))² ÷ 0.05² = 1,001
    there = [HostedAnswer(f"item-{i}", "right" if 2 <= i < 17 else "wrong", 80, 10) for i in range(20)]
    run = record([task(items(10, 20))])
    said = scenario(delta=exactly("0.2"))
    found = one(assess(run, [profile()], said, transcripts={("some-task", "some-api"): there}))
    assert (found.decided_by, found.items_to_settle) == ("good-enough", 1001)


def test_only_items_answered_on_both_sides_are_compared() -> None:
    run = record([task(items(10, 20))])
    answers = [HostedAnswer(f"item-{i}", "right", 100, 50) for i in range(10)]
    transcripts = {("some-task", "some-api"): answers}
    found = one(assess(run, [profile()], scenario(), transcripts=transcripts))
    assert found.local_accuracy is not None
    assert found.local_accuracy.value == 1.0
    stray = {("some-task", "some-api"): [HostedAnswer("another", "right", 1, 1)]}
    alone = one(assess(run, [profile()], scenario(), transcripts=stray))
    assert alone.evidence.kind == "none"
    assert "answers no item that ran" in alone.evidence.detail


def test_a_failure_of_the_provider_is_not_a_wrong_answer() -> None:
    run = record([task(items(20, 20))])
    answers = [
        HostedAnswer(f"item-{i}", "right" if i < 10 else "unscored", 100, 50, is_judged=i < 10)
        for i in range(20)
    ]
    found = one(assess(run, [profile()], scenario(), transcripts={("some-task", "some-api"): answers}))
    assert found.evidence.accuracy is not None
    assert found.evidence.accuracy[0] == 1.0
    assert "transcript of 10 of the same items" in found.evidence.detail


def test_the_supplys_loss_is_charged_to_metered_parts_only() -> None:
    # 36 J at 0.36 USD/kWh are 3.6 µUSD at the wall. A model from watts at the wall holds the loss already.
    half = scenario(psu_efficiency=exactly("0.5"))

    def usd(*, is_metered: bool) -> Decimal:
        one_latency = latency()
        if is_metered:
            readings = [r.model_copy(update={"provenance": "measured"}) for r in one_latency.energy]
            one_latency = one_latency.model_copy(update={"energy": tuple(readings)})
        found = one(assess(record([task(items(57, 60))], [one_latency]), [profile()], half, n_draws=1000))
        assert found.local_cost_per_attempt_usd is not None
        return found.local_cost_per_attempt_usd[0]

    assert usd(is_metered=False) == Decimal("0.0000036")
    assert usd(is_metered=True) == Decimal("0.0000072")


@pytest.mark.parametrize("loss", [None, exactly("0.001")])
def test_of_a_bar_money_is_decided_at_both_ends(loss: object) -> None:
    def gate(kwh: str) -> str:
        terms = {"need_accuracy": bar("0.5"), "kwh_price": exactly(kwh, "USD/kWh"), "loss_per_error": loss}
        return result_of(concluded(190, 200, **terms), "cheaper")

    # 0.01 USD/kWh are 0.1 µUSD an attempt. By spend per correct the device breaks even with an API that is
    # always right at about 11.4 USD/kWh, with one at the bar at 22.8; with the loss at about 7 and 57.
    assert gate("1") == "pass"
    assert gate("17") == "open"
    assert gate("70") == "fail"


def test_no_evidence_is_no_verdict() -> None:
    found = concluded(20, 20)
    assert (found.verdict, found.decided_by, found.items_to_settle) == (
        "insufficient evidence",
        "good-enough",
        491,
    )
    assert found.probability is None
    assert found.break_even_tasks_per_month == ("unknown", None)
    assert found.api_usd_per_correct is None


@pytest.mark.parametrize(
    ("latencies", "reason"),
    [
        ((), "no request of this task was timed alone"),
        (
            (Latency(task="some-task", requests=(request(0),), energy=(reading("prefill", None, 9),)),),
            "no meter",
        ),
    ],
)
def test_no_energy_is_no_verdict_and_not_0(latencies: tuple[Latency, ...], reason: str) -> None:
    run = record([task(items(60, 60))], latencies)
    found = one(assess(run, [profile()], scenario(need_accuracy=bar("0.8"))))
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "cheaper")
    assert reason in found.sentence
    assert (found.local_cost_per_attempt_usd, found.local_usd_per_correct) == (None, None)
    assert found.local_energy_provenance == "absent"
    assert reason in found.if_bought


def test_no_price_is_no_verdict_and_not_0() -> None:
    found = concluded(60, 60, profile(prices=()), need_accuracy=bar("0.8"))
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "cheaper")
    assert "no public price on 2026-11-21" in found.sentence
    assert (found.price, found.api_cost_per_attempt_usd) == (None, None)


def test_a_retired_api_is_priced_but_decides_nothing() -> None:
    gone = profile(retired=date(2026, 10, 23))
    found = concluded(60, 60, gone, need_accuracy=bar("0.8"))
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "cheaper")
    assert found.api_cost_per_attempt_usd is not None
    assert found.api_cost_per_attempt_usd[0] == Decimal("0.00012")
    assert "retired on 2026-10-23; at its last price" in found.sentence
    assert concluded(2, 100, gone, need_accuracy=bar("0.8")).verdict == "not viable"


def test_unknown_reasoning_is_no_verdict() -> None:
    found = concluded(60, 60, profile(is_reasoning=True), need_accuracy=bar("0.8"))
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "cheaper")
    assert found.tokens is None
    assert "how many reasoning tokens" in found.sentence


def test_nothing_right_has_no_cost_per_correct_answer() -> None:
    found = concluded(0, 20, api_accuracy=bar("0.05"))
    assert found.local_usd_per_correct is None
    assert "no answer was right here" in found.sentence


@pytest.mark.parametrize(("loss", "kind"), [({"loss_per_error": exactly("0.01")}, "unknown"), ({}, "never")])
def test_a_device_of_unknown_cost_that_is_not_good_enough(loss: dict[str, object], kind: str) -> None:
    """With a loss per error its errors could still be worth their price, if that were known."""
    untimed = record([task(items(2, 100))], [])
    found = one(assess(untimed, [profile()], scenario(api_accuracy=bar("0.95"), **loss)))
    assert result_of(found, "good-enough") == "fail"
    assert found.break_even_tasks_per_month == (kind, None)
    assert ("unknown, since" if loss else "not good enough at any price") in found.if_bought


@pytest.mark.parametrize(
    ("tasks", "said"),
    [("30000", "any price pays off, since all of it comes back"), ("20000", "so no price pays off")],
)
def test_a_device_that_keeps_its_worth_at_no_interest(tasks: str, said: str) -> None:
    """Its price is then nothing; 2.6298 USD of idling a month are saved from 22,594 tasks on."""
    free = {"resale": exactly("1"), "discount_rate": exactly("0"), "device_price": exactly("360")}
    found = concluded(190, 200, api_accuracy=bar("0.95"), tasks_per_month=exactly(tasks), **free)
    assert f"{said}; at $360 it pays off from 22,600 tasks a month" in found.if_bought
    kind = next(point.kind for point in found.break_evens if point.figure == "device-price")
    assert kind == ("any" if tasks == "30000" else "never")
    assert found.break_even_device_usd is None


def test_an_api_that_is_never_right_is_dearer_at_any_volume() -> None:
    found = concluded(19, 20, api_accuracy=bar("0"), device_price=exactly("360"), ownership=DEDICATED)
    assert (found.verdict, found.break_even_tasks_per_month) == ("viable", ("any", None))
    points = {point.figure: point.kind for point in found.break_evens if point.per == "right-answer"}
    assert points["volume"] == points["device-price"] == "any"
    assert "no price is too high by spend per correct answer" in found.if_bought


@pytest.mark.parametrize("there", ["0", "0.02"])
def test_a_device_that_is_never_right_is_not_viable(there: str) -> None:
    """Draws hold more than no answer right, and would have it cheaper."""
    found = concluded(0, 200, api_accuracy=bar(there))
    assert result_of(found, "good-enough") == "pass"
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "cheaper")
    assert "no answer was right here, so what a correct one costs is not known" in found.sentence
    assert found.break_even_tasks_per_month == ("unknown" if there == "0" else "never", None)
    is_told = "unknown, since neither side gave a correct answer" in found.if_bought
    assert is_told == (there == "0")


def test_costs_of_joules_that_may_be_too_many_say_so() -> None:
    for contention, says_so in ((QUIET, False), (BUSY, True)):
        run = record([task(items(60, 60))], [latency(contention=contention)])
        found = one(assess(run, [profile()], scenario(need_accuracy=bar("0.8"))))
        assert ("; its joules were taken while other programs were busy" in found.sentence) is says_so


def test_a_task_without_attempts() -> None:
    found = one(assess(record([task(())]), [profile()], scenario(need_accuracy=bar("0.8"))))
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "fits")
    assert found.local_accuracy is None


def test_log_likelihood_gets_no_verdict_and_a_base_model_is_marked() -> None:
    run = record(
        [task(items(9, 10), "choice", kind="choice"), task(items(9, 10), "base", prompting="completion")]
    )
    found = one(assess(run, [profile()], scenario()))
    assert found.task == "base"
    assert "not to be ranked with chat runs" in found.sentence


def test_flips_are_where_the_costs_meet() -> None:
    found = concluded(190, 200, api_accuracy=bar("0.95"))
    # Spend is equal when electricity costs 0.36 · 0.00012 / 0.0000036 = 12, or the API 0.03 times as much.
    assert any(flip.startswith("--kwh-price above 12.0") for flip in found.flips)
    assert "API prices 0.0300 times as high" in found.flips
    assert any(flip.startswith("energy of 1,200 J an attempt") for flip in found.flips)
    dearer = concluded(190, 200, api_accuracy=bar("0.95"), kwh_price=exactly("12.5", "USD/kWh"))
    assert dearer.verdict == "not viable"


def test_what_one_device_can_do_flips_what_fails_for_its_volume() -> None:
    # 10 hours hold 18,000 attempts of 2 s.
    def wanted(volume: str, **changes: object) -> Comparison:
        held: dict[str, object] = {"hours_per_month": exactly("10"), "need_accuracy": bar("0.8"), **changes}
        return concluded(190, 200, tasks_per_month=exactly(volume, "tasks/month"), **held)

    beyond, most, above = wanted("40000"), wanted("18000"), wanted("18000.1")
    assert (beyond.verdict, beyond.decided_by) == ("not viable", "fast-enough")
    assert beyond.flips == ("--tasks-per-month below 18,000 (now 40,000 tasks/month)",)
    assert [result_of(one, "fast-enough") for one in (most, above)] == ["pass", "fail"]
    assert most.verdict == "viable"
    dear = wanted("40000", kwh_price=exactly("100"))
    assert (dear.decided_by, result_of(dear, "cheaper"), dear.flips) == ("fast-enough", "fail", ())
    assert not wanted("40000", need_accuracy=bar("0.99")).flips, "too often wrong at any volume"


def test_no_volume_is_said_to_flip_what_a_level_or_recorded_arrivals_decide() -> None:
    wanted = {"hours_per_month": exactly("10"), "tasks_per_month": exactly("40000")}
    terms = scenario(**wanted, need_accuracy=bar("0.8"))
    strict = record([task(items(190, 200), service_latency_s=5.0)])
    often = Arrivals(tuple(float(second) for second in range(400)), "a log")
    for run, arrivals in ((strict, None), (record([task(items(190, 200))]), often)):
        found = one(assess(run, [profile()], terms, arrivals=arrivals))
        assert (found.decided_by, found.flips) == ("fast-enough", ())


def test_what_flips_within_its_bounds_comes_first() -> None:
    close = Scenario.read({"api-accuracy": "0.95", "kwh-price": "8..16", "psu-efficiency": "1"}, at=AT)
    found = one(assess(record([task(items(190, 200))]), [profile()], close))
    assert (found.verdict, found.decided_by) == ("insufficient evidence", "cheaper")
    assert "within its bounds" in found.flips[0]


def test_assumptions_come_in_the_order_of_their_effect() -> None:
    run = record([task(items(57, 60))], [latency(spread=0.3)])
    listed = assess(run, [profile()], Scenario.read({"need-accuracy": "0.8"}, at=AT)).assumptions
    flags = [one.flag for one in listed]
    assert flags[0] == "--ownership"
    for used, unused in (("--kwh-price", "--lifetime"), ("--watts-per-core", "--resale")):
        assert flags.index(used) < flags.index(unused)


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        ("8 W per busy core; declared with --watts-per-core", "declared"),
        ("8 W per busy core; a list of machines", "default"),
    ],
)
def test_watts_that_the_user_declared_are_no_default(detail: str, kind: str) -> None:
    bare = latency()
    told = tuple(r.model_copy(update={"detail": detail}) for r in bare.energy)
    run = record([task(items(57, 60))], [bare.model_copy(update={"energy": told})])
    listed = assess(run, [profile()], scenario(), n_draws=1000).assumptions
    assert [one.kind for one in listed if one.flag == "--watts-per-core"] == [kind]


def test_same_input_same_output() -> None:
    run = record([task(items(57, 60))], [latency(spread=0.3)])
    words = {"need-accuracy": "0.8"}
    apis = [profile(), profile("other", tokenizer="estimate")]
    first = assess(run, apis, Scenario.read(words, at=AT))
    assert first == assess(run, apis, Scenario.read(words, at=AT))
    # An API beside it changes nothing, nor does the order.
    turned = assess(run, apis[::-1], Scenario.read(words, at=AT))
    assert turned.comparisons == first.comparisons[::-1]


@settings(max_examples=8, deadline=None)
@given(st.floats(0.001, 100), st.floats(1, 100), st.integers(1, 20))
def test_a_dearer_device_or_a_cheaper_api_never_helps(price: float, factor: float, n_right: int) -> None:
    def verdict(kwh: float, api: float) -> int:
        prices = profile(input_price=f"{api:.6f}", output_price=f"{4 * api:.6f}")
        terms = {"api_accuracy": bar("0.7"), "kwh_price": exactly(f"{kwh:.6f}")}
        return RANK[concluded(n_right, 20, prices, **terms).verdict]

    assert verdict(price * factor, 1.0) <= verdict(price, 1.0)
    assert verdict(1.0, price) <= verdict(1.0, price * factor)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.1, 30))
def test_more_right_answers_never_hurt(one_count: int, other_count: int, kwh: float) -> None:
    fewer, more = sorted((one_count, other_count))
    terms = {"api_accuracy": bar("0.7"), "kwh_price": exactly(f"{kwh:.6f}")}
    assert RANK[concluded(fewer, 40, **terms).verdict] <= RANK[concluded(more, 40, **terms).verdict]


def test_what_is_needed_is_needed_beside_a_published_score() -> None:
    api = profile(scores=[score(0.6, 1319)])
    without = concluded(600, 1000, api, setting_band=exactly("0"))
    assert result_of(without, "good-enough") == "pass"
    found = concluded(600, 1000, api, setting_band=exactly("0"), need_accuracy=bar("0.8"))
    assert (found.verdict, found.decided_by) == ("not viable", "good-enough")
    assert "where 0.8 is needed" in found.sentence
    assert found.evidence == without.evidence
    assert found.api_usd_per_correct == without.api_usd_per_correct
    assert found.probability is not None
    assert found.probability < 0.01
    # One-sided Wilson of 600/1000 begins at 0.574; a lower need than that passes, another API does not help.
    assert any(flip.startswith("a needed accuracy below 0.574 (now 0.800)") for flip in found.flips)
    assert any(" or more of 1000 right here (now 600)" in flip for flip in found.flips)
    assert not any("an API accuracy" in flip or "--delta" in flip for flip in found.flips)


def test_what_is_needed_can_flip_what_passes_it() -> None:
    api = profile(scores=[score(0.6, 1319)])
    found = concluded(600, 1000, api, setting_band=exactly("0"), need_accuracy=bar("0.5"))
    assert found.verdict == "viable"
    assert any(flip.startswith("a needed accuracy above 0.574 (now 0.500)") for flip in found.flips)
    assert any(flip.startswith("an API accuracy above ") for flip in found.flips)
    assert "where 0.5 is needed" in next(one.why for one in found.gates if one.name == "good-enough")


def test_a_verdict_is_drawn_a_hundred_thousand_times() -> None:
    found = one(
        assess_fully(
            record([task(items(57, 60))]), [profile()], scenario(need_accuracy=bar("0.8")), is_explained=True
        )
    )
    shares = [step for part in found.explained or () for step in part.steps if "÷ draws" in step.formula]
    assert shares
    assert {(step.numbers or "").rpartition(" ÷ ")[2] for step in shares} == {"100000"}
