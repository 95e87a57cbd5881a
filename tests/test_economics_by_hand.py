"""Ten scenarios recomputed by hand: numbers and arithmetic are in the comments, apart from the tool's code.

All share one device and task. An attempt has 100 prompt tokens at 0.2 J and 0.01 s each, and 11 output
tokens, so 10 decode steps at 1.6 J and 0.1 s each: 20 + 16 = 36 J above idle and 1 + 1 = 2 s. There it is a
request of 80 tokens in and 10 out. Metered inside the machine, so the supply's loss is still to be added.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from economics_cases import exactly, items, latency, profile, reading, record, scenario, task

from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess
from bench.economics.assumptions.constants import read_constant
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED, Ownership
from bench.records.types import Comparison

FREE_LOAN = {"device_price": exactly("360"), "discount_rate": exactly("0")}


def concluded(
    n_right: int,
    n: int,
    prices: tuple[str, str] = ("1", "4"),
    transcript: Mapping[tuple[str, str], Sequence[HostedAnswer]] | None = None,
    **changes: object,
) -> Comparison:
    energy = tuple(
        reading(phase, (joules, joules, joules), n_tokens, provenance="measured", covers="package")
        for phase, joules, n_tokens in (("prefill", 80.0, 400), ("decode", 64.0, 40))
    )
    run = record([task(items(n_right, n))], [latency().model_copy(update={"energy": energy})])
    api = profile(input_price=prices[0], output_price=prices[1])
    (one,) = assess(run, [api], scenario(**changes), transcripts=transcript, n_draws=50).comparisons
    return one


def accuracy(text: str) -> tuple[Stated, ...]:
    return (Stated(None, read_constant(text, "share", "--api-accuracy")),)


def here(one: Comparison) -> tuple[float, float]:
    """USD of an attempt and of a correct answer."""
    assert one.local_cost_per_attempt_usd is not None
    assert one.local_usd_per_correct is not None
    return float(one.local_cost_per_attempt_usd[0]), float(one.local_usd_per_correct[0])


def there(one: Comparison) -> tuple[float, float]:
    assert one.api_cost_per_attempt_usd is not None
    assert one.api_usd_per_correct is not None
    return float(one.api_cost_per_attempt_usd[0]), float(one.api_usd_per_correct[0])


def near(*figures: float) -> object:
    return pytest.approx(figures, rel=2e-6)


def test_1_household_electricity_behind_an_ordinary_supply() -> None:
    # 0.182 USD/kWh · 36 J = 6.552; ÷ 3,600,000 = 0.00000182; ÷ 0.85 = 0.00000214117647
    # 45 of 50 right: ÷ 0.9 = 0.00000237908497
    one = concluded(45, 50, kwh_price=exactly("0.182"), psu_efficiency=exactly("0.85"))
    assert here(one) == near(0.00000214117647, 0.00000237908497)


def test_2_somebody_attends_it() -> None:
    # 21 USD/h · 6 s ÷ 3,600 = 0.035; electricity 0.36 · 36 ÷ 3,600,000 = 0.0000036; together 0.0350036
    # 30 of 40 right: ÷ 0.75 = 0.0466714667
    one = concluded(30, 40, wage=exactly("21"), labour=exactly("6"))
    assert here(one) == near(0.0350036, 0.0466714667)


def test_3_bought_for_this_alone() -> None:
    # 360 ÷ 36 months = 10; idle 10 W · 730.5 h = 7.305 kWh · 0.36 = 2.6298; a month 12.6298
    # ÷ 20,000 attempts = 0.00063149; + 0.0000036 = 0.00063509; 57 of 60 right: ÷ 0.95 = 0.000668515789
    one = concluded(57, 60, ownership=DEDICATED, tasks_per_month=exactly("20000"), **FREE_LOAN)
    assert here(one) == near(0.00063509, 0.000668515789)


def test_4_a_share_of_a_device_on_credit() -> None:
    # interest of 5 % a year; 1.05^3 = 1.157625 over 36 months, and 1.05^(1/12) − 1 = 0.00407412378 a month
    # annuity 0.00407412378 ÷ (1 − 1 ÷ 1.157625) = 0.00407412378 ÷ 0.136162401 = 0.0299210629
    # resale of 20 %: 1 − 0.2 ÷ 1.157625 = 0.82723252; 600 · 0.0299210629 · 0.82723252 = 14.8510052
    # + upkeep 1.5 + idle 2.6298 = 18.9808052; · 0.3 = 5.69424156; ÷ 10,000 = 0.000569424156
    # + electricity 0.0000036 = 0.000573024156
    one = concluded(
        50,
        50,
        ownership=Ownership("shared", Decimal("0.3")),
        device_price=exactly("600"),
        discount_rate=exactly("0.05"),
        resale=exactly("0.2"),
        maintenance=exactly("1.5"),
    )
    assert here(one) == near(0.000573024156, 0.000573024156)


def test_5_a_cheap_api_with_tax() -> None:
    # 80 · 0.15 ÷ 10^6 = 0.000012; 10 · 0.6 ÷ 10^6 = 0.000006; together 0.000018 · 1.19 = 0.00002142
    # right in 85 %: ÷ 0.85 = 0.0000252
    one = concluded(
        40, 50, ("0.15", "0.6"), tax_basis="gross", vat=exactly("0.19"), api_accuracy=accuracy("0.85")
    )
    assert there(one) == near(0.00002142, 0.0000252)


def test_6_errors_that_cost() -> None:
    # here 0.0000036 + 0.05 · 0.01 = 0.0005036; there 0.00012 + 0.02 · 0.01 = 0.00032: 0.0001836 dearer
    # An attempt gains 0.00012 − 0.0000036 − 0.03 · 0.01 = −0.0001836: no volume pays off.
    one = concluded(19, 20, api_accuracy=accuracy("0.98"), loss_per_error=exactly("0.01"), **FREE_LOAN)
    assert one.device_less_api_usd == Decimal("0.0001836")
    assert one.break_even_tasks_per_month == ("never", None)
    assert one.break_even_device_usd is None


def test_7_from_how_many_tasks_a_purchase_pays_off() -> None:
    # 0.00012 · 0.95 ÷ 0.9 = 0.000126666667; − 0.0000036 = 0.000123066667 gained an attempt
    # 12.6298 a month ÷ 0.000123066667 = 102,625.68
    one = concluded(190, 200, api_accuracy=accuracy("0.9"), **FREE_LOAN)
    assert one.break_even_tasks_per_month[0] == "any"  # it is owned
    assert float(one.break_even_tasks_per_month[1] or 0) == pytest.approx(102_625.68, rel=1e-7)


def test_8_what_a_device_may_cost() -> None:
    # 0.0001164 · 200,000 = 23.28 saved a month; − 2.6298 of idling = 20.6502; · 36 months = 743.4072
    one = concluded(
        190, 200, api_accuracy=accuracy("0.95"), tasks_per_month=exactly("200000"), discount_rate=exactly("0")
    )
    assert float(one.break_even_device_usd or 0) == pytest.approx(743.4072, rel=1e-7)


def test_9_a_bill_by_the_usage_of_a_transcript() -> None:
    # in 100 + 200 + 300 + 400 = 1,000, ÷ 4 = 250; out 20 + 40 + 60 + 80 = 200, ÷ 4 = 50
    # 250 · 1 ÷ 10^6 + 50 · 4 ÷ 10^6 = 0.00045; 3 of 4 right: ÷ 0.75 = 0.0006
    answers = [
        HostedAnswer(f"item-{i}", "right" if i < 3 else "wrong", 100 * (i + 1), 20 * (i + 1))
        for i in range(4)
    ]
    one = concluded(4, 4, transcript={("some-task", "some-api"): answers})
    assert there(one) == near(0.00045, 0.0006)


def test_10_more_than_a_device_can_do() -> None:
    # on for 1 h a month, at 2 s an attempt: 1,800 attempts. 360 ÷ 36 + 0.36 · 10 · 1 ÷ 1000 = 10.0036 a month
    # ÷ 0.0001164 = 85,941.58 attempts: beyond what it can do.
    # At capacity it saves 0.0001164 · 1,800 = 0.20952; − 0.0036 = 0.20592; · 36 = 7.41312: what it may cost.
    one = concluded(
        190,
        200,
        ownership=DEDICATED,
        api_accuracy=accuracy("0.95"),
        hours_per_month=exactly("1"),
        **FREE_LOAN,
    )
    kind, volume = one.break_even_tasks_per_month
    assert kind == "beyond-capacity"
    assert float(volume or 0) == pytest.approx(85_941.58, rel=1e-7)
    assert float(one.break_even_device_usd or 0) == pytest.approx(7.41312, rel=1e-7)
    assert next(gate.result for gate in one.gates if gate.name == "fast-enough") == "fail"


def test_on_all_month_and_allowed_to_work_for_few_hours() -> None:
    # idle all month: 360 ÷ 36 + 0.36 · 10 · 730.5 ÷ 1000 = 12.6298 a month; ÷ 0.0001164 = 108,503.44 attempts
    # 10 h for tasks, at 2 s an attempt: 18,000, which save 0.0001164 · 18,000 = 2.0952
    one = concluded(
        190,
        200,
        ownership=DEDICATED,
        api_accuracy=accuracy("0.95"),
        allowed_hours=exactly("10"),
        tasks_per_month=exactly("9000"),
        **FREE_LOAN,
    )
    kind, volume = one.break_even_tasks_per_month
    assert kind == "beyond-capacity"
    assert float(volume or 0) == pytest.approx(108_503.44, rel=1e-7)
    assert "saves $2.10 of the $12.6 that it costs a month" in one.if_bought
    share = next(p for p in one.break_evens if (p.figure, p.per) == ("busy-share", "right-answer"))
    assert (share.now, share.n_devices) == (Decimal("0.5"), 7)
    # 12.6298 ÷ 9,000 + 0.0000036
    assert here(one)[0] == pytest.approx(0.00140691, rel=1e-5)


def test_and_the_bound_of_an_accuracy() -> None:
    # 57 of 60 at z = 1.644854, z² = 2.705543: (0.95 + 2.705543 ÷ 120) ÷ (1 + 2.705543 ÷ 60)
    # = 0.972546 ÷ 1.045092 = 0.930584; √(0.95 · 0.05 ÷ 60 + 2.705543 ÷ 14,400) = √0.000979552 = 0.0312978;
    # · 1.644854 ÷ 1.045092 = 0.0492591; 0.930584 − 0.0492591 = 0.881325
    gates = {gate.name: gate for gate in concluded(57, 60, need_accuracy=accuracy("0.8")).gates}
    assert "between 0.881 and" in gates["good-enough"].why
    assert gates["good-enough"].result == "pass"
    assert {g.name: g for g in concluded(57, 60, need_accuracy=accuracy("0.882")).gates}[
        "good-enough"
    ].result == "open"
