"""An explained computation is redone from what is printed alone, as a reader with a calculator would."""

import re
from dataclasses import replace
from decimal import Decimal, localcontext
from math import isclose
from typing import NamedTuple

import pytest
from economics_cases import exactly, items, latency, profile, record, scenario, score, task

from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess
from bench.economics.assumptions.constants import read_constant
from bench.economics.assumptions.currency import read_rates
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED, Ownership
from bench.records.types import (
    Comparison,
    Contention,
    ItemResult,
    RateSample,
    Record,
    Sampling,
    SpeedPoint,
)
from bench.reports.explain import explained_text
from bench.reports.markdown import render as render_markdown
from bench.reports.page.data import page_data
from tests.program import RUN, in_process

DEAR = {
    "ownership": Ownership("shared", Decimal("0.3")),
    "device_price": exactly("599"),
    "resale": exactly("0.2"),
    "maintenance": exactly("1.5"),
    "wage": exactly("21"),
    "labour": exactly("0.7"),
    "tax_basis": "gross",
    "vat": exactly("0.19"),
}


class Line(NamedTuple):
    name: str
    numbers: str | None
    result: str
    unit: str


def lines_of(text: str) -> list[Line]:
    """Name, numbers if there are any, and result of each figure that is printed."""
    found: list[Line] = []
    name, told = "", []
    for line in [*text.splitlines(), "  end"]:
        if re.match(r"  \S", line):
            if told:
                result, _, unit = told[-1].partition(" ")
                found.append(Line(name, told[0] if len(told) > 1 else None, result, unit))
            name, told = line.strip().partition(" = ")[0], []
        elif line.startswith("    = "):
            told.append(line.removeprefix("    = "))
    return found


def told_of(run: Record) -> dict[str, Line]:
    return {line.name: line for line in lines_of(explained_text([run]))}


def worked_out(numbers: str) -> Decimal:
    """What a calculator shows for it; nothing of the tool is used."""
    assert re.fullmatch(r"(?:[0-9.,+−×÷^√() ]|ln\()+", numbers), numbers
    written = re.sub(r"\d+(?:\.\d+)?", lambda number: f"D('{number[0]}')", numbers)
    for sign, meaning in (("√(", "root("), ("ln(", "log("), ("×", "*"), ("÷", "/"), ("−", "-"), ("^", "**")):
        written = written.replace(sign, meaning)
    with localcontext(prec=40):
        return Decimal(
            eval(written, {"__builtins__": {}, "D": Decimal, "root": Decimal.sqrt, "log": Decimal.ln})
        )


def last_digit(result: str) -> Decimal:
    return Decimal(1).scaleb(-len(result.partition(".")[2]))


def explained(
    run: Record, transcript: dict[tuple[str, str], tuple[HostedAnswer, ...]], **changes: object
) -> Record:
    of_api = {name: changes.pop(name) for name in ("scores", "price_model", "prices") if name in changes}
    api = profile(**of_api)  # type: ignore[arg-type]
    drawn = assess(run, [api], scenario(**changes), transcripts=transcript, n_draws=500, is_explained=True)
    return run.model_copy(update={"assessment": drawn})


def run_of(n_right: int, n: int, **changes: object) -> Record:
    return record([task(items(n_right, n), **changes)], [latency(spread=0.2)])


def answers(n_right: int, n: int) -> dict[tuple[str, str], tuple[HostedAnswer, ...]]:
    told = (
        HostedAnswer(f"item-{i}", "right" if i < n_right else "wrong", 90 + i, 7 + i, 20) for i in range(n)
    )
    return {("some-task", "some-api"): tuple(told)}


def stated(value: str) -> tuple[Stated, ...]:
    return (Stated(None, read_constant(value, "share", "--api-accuracy")),)


def decoding(n_parallel: int, s_per_token: float) -> SpeedPoint:
    """Of so many sequences at once, in one repetition."""
    quiet = Contention(others_cpu_s=0, stalled_s=0, is_disturbed=False)
    n = 10 * n_parallel
    sample = RateSample(
        n_tokens=n, calls_s=n * s_per_token, loop_s=n * s_per_token, is_warm_up=False, contention=quiet
    )
    return SpeedPoint(
        test=f"tg10 x{n_parallel}",
        n_prompt=0,
        n_gen=10,
        n_depth=0,
        samples=(sample,),
        stopped_because="narrow",
        n_parallel=n_parallel,
    )


def tried_often(n_right: int, n: int) -> list[ItemResult]:
    """Of four attempts at each item the first are right, but none at the first item."""
    return [
        one.model_copy(update={"item_id": f"item-{i}", "sample": sample})
        for i in range(n)
        for sample, one in enumerate(items(n_right if i else 0, 4))
    ]


OF_REQUESTS = {"api_fee": exactly("0.0007"), "api_retries": exactly("0.03")}
CASES = {
    "owned, bar": lambda: explained(run_of(57, 60), {}, need_accuracy=stated("0.8")),
    "owned, nothing known": lambda: explained(run_of(57, 60), {}),
    "owned, declared": lambda: explained(run_of(37, 41), {}, api_accuracy=stated("0.92±0.02")),
    "bought, published": lambda: explained(
        run_of(571, 600), {}, scores=[score(0.931, 1319)], device_price=exactly("360"), ownership=DEDICATED
    ),
    "shared, taxed, attended, published": lambda: explained(run_of(33, 37), {}, scores=[score(0.5)], **DEAR),
    "without interest": lambda: explained(
        run_of(19, 20),
        {},
        api_accuracy=stated("0.7"),
        discount_rate=exactly("0"),
        device_price=exactly("360"),
    ),
    "loss per error": lambda: explained(
        run_of(19, 23), {}, api_accuracy=stated("0.7..0.9"), loss_per_error=exactly("0.013"), **DEAR
    ),
    "a fee, and requests sent again": lambda: explained(
        run_of(19, 20), {}, api_accuracy=stated("0.7"), **OF_REQUESTS
    ),
    "a fee, and a loss per error": lambda: explained(
        run_of(19, 23), {}, api_accuracy=stated("0.9"), loss_per_error=exactly("0.013"), **OF_REQUESTS
    ),
    "bought, bar": lambda: explained(
        run_of(57, 60), {}, need_accuracy=stated("0.8"), device_price=exactly("360"), **OF_REQUESTS
    ),
    "bought, bar, loss per error": lambda: explained(
        run_of(57, 60), {}, need_accuracy=stated("0.8"), loss_per_error=exactly("0.013"), **DEAR
    ),
    "beyond capacity": lambda: explained(
        run_of(20, 20), {}, api_accuracy=stated("0.9"), tasks_per_month=exactly("1e9"), **DEAR
    ),
    "several at once": lambda: explained(
        run_of(19, 20).model_copy(update={"speed": tuple(decoding(n, 0.05 / n**0.5) for n in (1, 3))}),
        {},
        api_accuracy=stated("0.7"),
    ),
    "the task's own loss": lambda: explained(
        run_of(19, 23, loss_per_error_usd=Decimal("0.02")), {}, api_accuracy=stated("0.7")
    ),
    "published, and a need": lambda: explained(
        run_of(571, 600), {}, scores=[score(0.931, 1319)], need_accuracy=stated("0.9")
    ),
    "transcript, and a need": lambda: explained(run_of(24, 30), answers(27, 28), need_accuracy=stated("0.9")),
    "sampled, and a check": lambda: explained(
        record([task(tried_often(3, 40), sampling=Sampling(temperature=0.8, n_samples=4))]),
        {},
        api_accuracy=stated("0.7"),
        check_cost=exactly("0.000013"),
    ),
    "transcript": lambda: explained(run_of(24, 30), answers(27, 28)),
    "transcript, cached tokens at a discount": lambda: explained(
        run_of(24, 30), answers(27, 28), price_model="gpt-4o-mini", prices=()
    ),
    "items about few texts": lambda: explained(
        record([task([one.model_copy(update={"cluster": one.item_id[-1]}) for one in items(31, 40)])]),
        {},
        api_accuracy=stated("0.7"),
    ),
    "none right": lambda: explained(run_of(0, 30), {}, api_accuracy=stated("0.7")),
    "an API that is never right": lambda: explained(run_of(20, 30), {}, api_accuracy=stated("0")),
    "neither is ever right": lambda: explained(run_of(0, 30), {}, api_accuracy=stated("0")),
    "a device that keeps its worth": lambda: explained(
        run_of(20, 30),
        {},
        api_accuracy=stated("0.5"),
        resale=exactly("1"),
        discount_rate=exactly("0"),
        tasks_per_month=exactly("50000"),
    ),
    "no energy": lambda: explained(
        record([task(items(5, 9))], [latency().model_copy(update={"energy": ()})]),
        {},
        need_accuracy=stated("0.1"),
    ),
    "nothing attempted": lambda: explained(
        record([task(items(0, 3, outcome="unscored", is_judged=False, n_output_tokens=None))]),
        {},
        need_accuracy=stated("0.1"),
    ),
}  # fmt: skip


def only(run: Record) -> Comparison:
    assert run.assessment is not None
    (one,) = run.assessment.comparisons
    return one


@pytest.mark.parametrize("case", CASES)
def test_every_line_can_be_worked_out_from_the_printed_numbers(case: str) -> None:
    told = lines_of(explained_text([CASES[case]()], width=80))
    assert {"verdict", "fits", "cheaper"} <= {line.name for line in told}
    for line in told:
        if line.numbers is not None:
            printed = Decimal(line.result.replace("−", "-"))
            off = abs(worked_out(line.numbers) - printed)
            assert off <= last_digit(line.result) * Decimal("0.501"), (line, off)


FIRST_HAND = ("Σ", "right ÷", "draws", "USD per million tokens", "how many times as long")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
IN_FORMULAS = {1.0, 2.0, 4.0, 12.0, 1000.0, 3600.0, 3_600_000.0, 1_000_000.0}


def numbers_in(text: str) -> set[float]:
    return set(map(float, NUMBER.findall(text.replace(",", ""))))


@pytest.mark.parametrize("case", CASES)
def test_every_number_put_in_stands_above_or_is_first_hand(case: str) -> None:
    seen = set(IN_FORMULAS)
    for step in (step for part in only(CASES[case]()).explained for step in part.steps):
        seen |= numbers_in(f"{step.name} {' '.join(step.origins)}")
        if step.numbers is not None and not any(word in step.formula for word in FIRST_HAND):
            for number in numbers_in(step.numbers):
                assert any(isclose(number, one, rel_tol=6e-6, abs_tol=1e-15) for one in seen), (step, number)
        seen |= numbers_in(f"{step.numbers or ''} {step.result}")


def formulas(run: Record) -> dict[str, str]:
    return {step.name: step.formula for part in only(run).explained for step in part.steps}


def origins(run: Record) -> dict[str, str]:
    return {step.name: "; ".join(step.origins) for part in only(run).explained for step in part.steps}


@pytest.mark.parametrize("case", ["owned, bar", "bought, bar", "bought, bar, loss per error"])
def test_what_is_known_by_a_bar_alone_has_one_accuracy_for_each_use(case: str) -> None:
    """0.8 decides whether the device is good enough; money takes the API to be always right."""
    told = formulas(CASES[case]())
    divided = [formula for formula in told.values() if re.search(r"[÷−] \(?accuracy there", formula)]
    always = [formula for formula in divided if "(accuracy there, taken to be always right)" in formula]
    assert [formula for formula in divided if formula not in always] == [told["difference of accuracy"]]
    assert told["gain of an attempt"] in always


def test_the_variable_cost_with_its_errors_is_told_beside_the_whole() -> None:
    told = told_of(CASES["loss per error"]())
    whole, own = (
        told["cost of an attempt with its errors, here"],
        told["variable cost of an attempt with its errors"],
    )
    assert Decimal(own.result) < Decimal(whole.result)
    month = told["a month here"].numbers or ""
    assert Decimal(month.rpartition(" × ")[2]) == pytest.approx(Decimal(own.result), rel=Decimal("1e-5"))


def test_what_is_borne_is_told_in_its_parts() -> None:
    told = told_of(CASES["shared, taxed, attended, published"]())
    assert told["price that is borne"].numbers == "0.3 × 599"
    assert (told["a month here"].numbers or "").startswith("0.3 × 4.1298 + ")
    assert re.match(r"\(179\.7 × [\d.]+ \+ ", told["net present cost here"].numbers or "")


def test_capacity_stands_before_what_it_limits() -> None:
    run = CASES["beyond capacity"]()
    told = list(formulas(run))
    assert told.index("capacity of one device") < told.index("fixed costs of an attempt")
    assert formulas(run)["fixed costs of an attempt"] == "F ÷ capacity of one device"
    told_of = origins(run)["fixed costs of an attempt"]
    assert told_of == "tasks per month 1000000000 , --tasks-per-month; declared by the user; at most capacity"


def test_a_step_of_several_is_told_where_they_are_served_at_once() -> None:
    told = told_of(CASES["several at once"]())
    step = told["seconds of a step of 3 answers at once"]  # 0.1 s alone, √3 times as long
    assert (step.numbers, step.result) == ("0.1 × 1.732050808", "0.173205")
    assert told["seconds between two answers at capacity"].numbers == "100 × 0.01 + 10 × 0.1732050808 ÷ 3"


def test_a_payback_has_both_sums_of_its_month() -> None:
    terms = {"device_price": exactly("36"), "price_decline": exactly("0.5")}
    run = explained(run_of(20, 20), {}, api_accuracy=stated("0.9"), tasks_per_month=exactly("1e5"), **terms)
    (case,) = only(run).over_time.cases  # type: ignore[union-attr]
    told = origins(run)[f"payback at a decline of {case.decline_per_year} a year"]
    here, there = (
        worked_out(numbers) - Decimal(usd)
        for numbers, usd in re.findall(rf"by month {case.payback_month} [a-z]+: (.*?) = ([\d.]+) USD", told)
    )
    assert max(abs(here), abs(there)) < Decimal("0.001")
    sums = [Decimal(usd) for usd in re.findall(r"= ([\d.]+) USD", told)]
    assert sums[0] <= sums[1]


def test_a_transcript_is_counted() -> None:
    told = told_of(CASES["transcript"]())
    assert told["accuracy there"].numbers == "27 ÷ 28"
    assert told["difference of accuracy"].numbers == "0.8571428571 − 0.9642857143"
    assert list(told).index("accuracy there") < list(told).index("cost of a correct answer there")
    told = told_of(CASES["transcript, cached tokens at a discount"]())
    assert told["cached tokens of a request"].numbers == "560 ÷ 28"
    assert told["other input tokens of a request"].numbers == "103.5 − 20"


def test_what_cannot_be_worked_out_says_so() -> None:
    run = CASES["transcript"]()
    assert origins(run)["difference, lower bound"].startswith("taken as it is: ")
    assert only(run).items_to_settle is not None
    assert f"{only(run).items_to_settle}" == told_of(run)["items that would settle it"].result
    assert origins(run)["items that would settle it"].startswith("taken as it is: ")


def test_bounds_of_joules_are_worked_out() -> None:
    run = CASES["owned, bar"]()
    told = told_of(run)
    assert only(run).local_energy_per_attempt_j is not None
    _, low, high = only(run).local_energy_per_attempt_j or (0, 0, 0)
    assert float(told["joules of an attempt, at least"].result) == pytest.approx(low, rel=1e-5)
    assert float(told["joules of an attempt, at most"].result) == pytest.approx(high, rel=1e-5)
    assert "read over 1 window, 1 s, apart from the timed requests" in origins(run)["joules per prompt token"]


def test_a_bound_ends_where_no_difference_goes_beyond() -> None:
    run = explained(run_of(0, 20), {}, scores=[score(0.97, 30)], delta=exactly("0.2"))
    difference = told_of(run)["difference, lower bound"]
    assert (difference.numbers, difference.result) == (None, "−1")
    assert formulas(run)["difference, lower bound"].endswith("− band above, at least −1")
    assert "between -1.000 and " in only(run).gates[2].why
    assert not [flip for flip in only(run).flips if "--delta" in flip]


def test_no_band_is_told_where_there_is_none() -> None:
    run = CASES["owned, bar"]()
    assert "band" not in formulas(run)["difference, lower bound"] + origins(run)["difference, lower bound"]
    run = CASES["owned, declared"]()
    assert origins(run)["difference, lower bound"].endswith("−0.02, +0.02")


def test_a_device_that_is_owned_is_told_as_if_it_were_bought() -> None:
    run = CASES["without interest"]()
    assert "the device, if bought at $360, costs $" in only(run).sentence
    assert "(declared)" in only(run).sentence
    assert origins(run)["a month here"].startswith("as if it were bought for this: it is owned")
    assert "the device costs $" in only(CASES["bought, published"]()).sentence


def test_counts_and_results_are_words() -> None:
    run = run_of(57, 60)
    alone = run.model_copy(
        update={
            "latency": tuple(one.model_copy(update={"requests": one.requests[:1]}) for one in run.latency)
        }
    )
    assert origins(explained(alone, {}))["seconds per prompt token"].startswith("measured: 1 request of ")
    text = explained_text([CASES["owned, bar"]()])
    assert "= not asked\n" in text
    assert "not-asked" not in text


def test_a_converted_figure_has_its_day_once() -> None:
    rates = read_rates(["EUR=1.16@2026-11-20"])
    price = read_constant("360 EUR", "USD", "--device-price", rates=rates)
    run = explained(run_of(57, 60), {}, api_accuracy=stated("0.7"), device_price=price)
    assert origins(run)["a month of the device, bought"].count("2026-11-20") == 1


def test_carbon_has_units_and_the_parts_of_its_kwh() -> None:
    done = in_process(
        *("cost", RUN, "--task", "extract-json:easy", "--api", "gpt-4o-mini", "--only-named", "--explain"),
        *("--country", "USA", "--ownership", "shared:0.5", "--device-price", "100", "--embodied", "10"),
        *("--tasks-per-month", "1000000", "--need-accuracy", "0.1"),
    )
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    grid = told.partition("grid on which both are the same = ")[2]
    assert grid.startswith("(carbon there − making) ÷ (kWh of an attempt + idle kWh of an attempt)")
    assert re.search(r"the device emits less on a grid below it · between [\d.]+ and [\d.]+ g/kWh", grid)
    assert re.search(r"carbon of an attempt here = .*? g · between [\d.]+ and [\d.]+ g ", told)
    assert "--country; catalog: United States" in told
    assert "known: " not in told


def test_the_size_of_a_model_has_its_origin() -> None:
    done = in_process(
        *("cost", RUN, "--task", "gsm8k", "--api", "o1", "--only-named", "--explain"),
        *("--api-parameters", "70B", "--device-price", "300", "--loss-per-error", "0.01"),
    )
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    assert re.search(r"= 3\.5 × ln\(70 ÷ [\d.]+\) ÷ ln\(2\) = [\d.]+ months", told)
    assert "billion parameters, counted in its file" in told


def test_a_fee_stays_apart_from_what_falls() -> None:
    run = CASES["a fee, and a loss per error"]()
    told = told_of(run)
    assert {"a month there, today", "fees of a month there", "errors of a month there"} <= told.keys()
    over = only(run).over_time
    assert over is not None
    there = [float(line.result) for name, line in told.items() if name.startswith("net present cost there")]
    assert there == pytest.approx([float(case.api_usd) for case in over.cases], rel=1e-4)


def test_the_results_are_those_of_the_comparison() -> None:
    run = CASES["shared, taxed, attended, published"]()
    one = only(run)
    told = {
        line.name: Decimal(line.result.replace("−", "-"))
        for line in lines_of(explained_text([run]))
        if line.numbers
    }
    for name, figure in (
        ("accuracy here", one.local_accuracy and one.local_accuracy.value),
        ("seconds of an attempt", one.local_seconds_per_attempt),
        ("joules of an attempt", one.local_energy_per_attempt_j and one.local_energy_per_attempt_j[0]),
        ("cost of an attempt here", one.local_cost_per_attempt_usd and one.local_cost_per_attempt_usd[0]),
        ("cost of a correct answer here", one.local_usd_per_correct and one.local_usd_per_correct[0]),
        ("cost of an attempt there", one.api_cost_per_attempt_usd and one.api_cost_per_attempt_usd[0]),
        ("cost of a correct answer there", one.api_usd_per_correct and one.api_usd_per_correct[0]),
        ("probability of good enough and cheaper", one.probability),
    ):
        assert figure is not None
        assert float(told[name]) == pytest.approx(float(figure), rel=1e-5), name


def test_a_chain_of_lines_hangs_together() -> None:
    """Worked by hand: 36 J at 0.36 USD/kWh; 360 USD over 36 months without interest, idling at 10 W."""
    told = told_of(CASES["without interest"]())
    assert told["joules of an attempt"].numbers == "100 × 0.2 + 10 × 1.6"
    assert told["electricity of an attempt"].numbers == "0.36 × 36 × (1 + 0) ÷ 3600000 ÷ 1"
    assert told["electricity of an attempt"].result == "0.00000360000"
    assert told["a month of the device, bought"].numbers == "360 × 0.02777777778 + 2.6298"
    assert told["a month of the device, bought"].result == "12.6298"
    # 0.00012 · 0.95 / 0.7 - 0.0000036 = 0.00015925714; 12.6298 / 0.00015925714 = 79,304
    assert told["break-even, bought"].result == "79304.4"
    assert told["break-even, as it is held"] == ("break-even, as it is held", None, "any", "volume")


def test_both_probabilities_against_a_bar_are_told() -> None:
    """The gate passes by the one and fails by the other, so a reader needs both."""
    run = explained(run_of(19, 20), {}, need_accuracy=stated("0.1"), loss_per_error=exactly("0.01"))
    gate = only(run).gates[-1]
    told = told_of(run)
    least, most = (told[f"probability of cheaper, at {end}"] for end in ("least", "most"))
    assert float(least.result) == pytest.approx(gate.probability)
    assert float(least.result) < float(most.result)
    assert (float(most.result), "> 0.999 against one just as good as needed" in gate.why) == (1.0, True)
    assert "probability of cheaper" not in told


def test_fixed_costs_are_shared_by_no_more_than_one_device_can_do() -> None:
    # 730.5 hours of attempts of 2 s hold 1,314,900; 10 USD + 0.36 · 10 · 730.5 ÷ 1000 = 12.6298 a month.
    terms = {"ownership": DEDICATED, "device_price": exactly("360"), "discount_rate": exactly("0")}
    volume = exactly("1e9", "tasks/month")
    run = explained(run_of(20, 20), {}, api_accuracy=stated("0.9"), tasks_per_month=volume, **terms)
    one, told = only(run), told_of(run)
    assert told["fixed costs of an attempt"].numbers == "12.6298 ÷ 1314900"
    assert one.local_cost_per_attempt_usd is not None
    assert float(one.local_cost_per_attempt_usd[0]) == pytest.approx(12.6298 / 1_314_900 + 3.6e-6)
    assert one.device_less_api_usd is not None
    spend = 12.6298 / 1_314_900 + 3.6e-6 - 0.00012 / 0.9
    assert float(one.device_less_api_usd) == pytest.approx(spend, rel=1e-4)
    (found,) = (p for p in one.break_evens if (p.figure, p.per) == ("api-price", "attempt"))
    assert float(found.at or 0) == pytest.approx((12.6298 / 1_314_900 + 3.6e-6) / 0.00012)
    assert (one.verdict, one.decided_by) == ("not viable", "fast-enough")


@pytest.mark.parametrize(("lifetime", "is_told"), [("12", True), ("36", False)])
def test_payback_says_whether_the_device_is_bought_again(lifetime: str, is_told: bool) -> None:
    terms = {"ownership": DEDICATED, "device_price": exactly("360"), "lifetime": exactly(lifetime)}
    text = explained_text([explained(run_of(20, 20), {}, api_accuracy=stated("0.9"), **terms)], width=10_000)
    assert ("less its resale, after each 12 months" in text) is is_told


def test_what_is_read_from_the_cache_has_its_price() -> None:
    run = CASES["transcript, cached tokens at a discount"]()
    told = told_of(run)
    # 28 requests of 90 to 117 tokens, mean 103.5, 20 of each cached at half price:
    # (83.5 · 0.15 + 20 · 0.075) ÷ 10⁶ = 0.000014025, 28 times which is 0.0003927
    assert told["input of a request, billed"].numbers == "(83.5 × 0.15 + 20 × 0.075) ÷ 1000000"
    assert told["input of a request, billed"].result == "0.0000140250"
    # 7 to 34 tokens out at 0.6: mean 20.5
    assert told["output of a request, billed"].numbers == "20.5 × 0.6 ÷ 1000000"


def test_what_has_no_bounded_cost_is_a_word() -> None:
    told = told_of(CASES["none right"]())
    assert told["cost of a correct answer here"].result == "unbounded"
    told = told_of(CASES["an API that is never right"]())
    assert told["cost of a correct answer there"].result == "unbounded"
    assert told["gain of an attempt"].result == "unbounded"
    assert (told["break-even"].result, told["break-even"].unit) == ("any", "volume")
    told = told_of(CASES["neither is ever right"]())
    assert (told["gain of an attempt"].result, told["gain of an attempt"].unit) == ("not", "known")
    assert told["break-even"].result == "unknown"


def test_a_device_that_keeps_its_worth_may_have_any_price() -> None:
    told = told_of(CASES["a device that keeps its worth"]())
    assert told["price the device may have"].result == "any"


def test_every_number_put_in_names_its_origin() -> None:
    text = " ".join(explained_text([CASES["shared, taxed, attended, published"]()], width=10_000).split())
    for origin in (
        "measured: items of some-task",
        "kwh price 0.36 , --kwh-price; declared by the user",
        "--labour; declared by the user",
        "lifetime 36 months, --lifetime; default: convention: three years",
        "price: openai/some-api at 2026-11-21 12:00 UTC, a made-up list (2026-01-01)",
        "reference answer counted with o200k_base",
        "published: 0.5",
    ):
        assert origin in text


def test_the_command_explains_what_is_asked_for() -> None:
    done = in_process("cost", RUN, "--task", "gsm8k", "--api", "o1", "--device-price", "300", "--explain")
    assert done.code == 0, done.err
    told = lines_of(done.out)
    assert len(told) > 40
    for line in told:
        if line.numbers is not None:
            printed = Decimal(line.result.replace("−", "-"))
            assert abs(worked_out(line.numbers) - printed) <= last_digit(line.result) * Decimal("0.501"), line


LONG = {
    "ownership": DEDICATED,
    "device_price": exactly("599"),
    "allowed_hours": exactly("160"),
    "tasks_per_month": exactly("200000"),
    "discount_rate": replace(exactly("0.05"), source=f"a list, https://example.org/{'a' * 500}/end"),
}


def test_sentences_and_sources_are_told_to_their_end() -> None:
    run = explained(run_of(13, 21), {}, api_accuracy=stated("0.6..0.63"), **LONG)
    sentence = only(run).sentence
    assert len(sentence) > 400
    text = explained_text([run], width=10_000)
    markdown = render_markdown([run]).replace("\\~", "~")
    page = page_data([run])
    assert sentence in text
    assert sentence in markdown
    assert [one["sentence"] for one in page["records"][0]["comparisons"]] == [sentence]
    for told in (text, markdown, *(one["source"] for one in page["assumptions"] if "/end" in one["source"])):
        assert f"{'a' * 100}/end" in told
        assert "…" not in told


def test_names_stay_whole_and_headings_keep_to_the_width() -> None:
    text = explained_text([CASES["owned, bar"]()], width=30)
    assert not re.search(r"[a-z]-$", text, re.MULTILINE)
    assert max(len(line) for line in text.splitlines()[:6]) <= 30


def test_what_is_compared_with_no_api_says_why_and_under_which_scenario() -> None:
    run = run_of(57, 60)
    choices = run.model_copy(
        update={"tasks": tuple(one.model_copy(update={"kind": "choice"}) for one in run.tasks)}
    )
    nothing = run.model_copy(update={"tasks": ()})
    for record_, why in ((choices, "tasks that choose an answer"), (nothing, "no task was run")):
        told = explained_text([record_], {"kwh-price": "0.3"})
        assert f"nothing was compared with an API: {why}" in " ".join(told.split())
        assert told.rstrip().endswith("--kwh-price 0.3")


def test_nothing_is_explained_unless_it_is_asked_for() -> None:
    run = run_of(57, 60)
    found = assess(run, [profile()], scenario(), n_draws=100)
    assert found.comparisons[0].explained == ()
    assert "nothing was compared" in explained_text([run])
