"""What must hold of every comparison, whatever the figures: of whole assessments, not of single functions."""

import json
import math
from decimal import Decimal

import pytest
from economics_cases import AT, exactly, items, latency, profile, reading, record, scenario, score, task
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.economics.api.pricing import tariff_of
from bench.economics.assess import assess
from bench.economics.assumptions.constants import (
    HOURS_A_MONTH,
    MONTHS,
    SECONDS,
    SHARE,
    USD,
    USD_PER_KWH,
    WATT,
    read_constant,
)
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED
from bench.records.types import Comparison, Latency

few = settings(max_examples=7)
RANK = {"fail": 0, "not-asked": 1, "open": 1, "pass": 2}
prices = st.decimals("0.01", "20", places=2)
tokens = st.integers(0, 2_000)


def metered(idle_w: float = 0.0) -> Latency:
    """36 J above idle an attempt of 2 s; gross it is what idles besides."""
    energy = tuple(
        reading(
            phase, (joules,) * 3, n, provenance="measured", gross_j=(joules + 4 * idle_w,) * 3, window_s=4.0
        )
        for phase, joules, n in (("prefill", 80.0, 400), ("decode", 64.0, 40))
    )
    return latency().model_copy(update={"energy": energy})


def concluded(
    n_right: int = 57,
    n: int = 60,
    prices: tuple[Decimal, Decimal] = (Decimal(1), Decimal(4)),
    **changes: object,
) -> Comparison:
    of_items = changes.pop("items", {})
    run = record([task(items(n_right, n, **of_items))], [metered()])  # type: ignore[arg-type]
    api = profile(
        input_price=str(prices[0]),
        output_price=str(prices[1]),
        scores=changes.pop("scores", ()),  # type: ignore[arg-type]
    )
    (one,) = assess(run, [api], scenario(**changes), n_draws=200).comparisons
    return one


def sure(text: str) -> tuple[Stated, ...]:
    return (Stated(None, read_constant(text, SHARE, "--api-accuracy")),)


def gate(one: Comparison, name: str) -> tuple[int, float]:
    found = next(gate for gate in one.gates if gate.name == name)
    return RANK[found.result], found.probability or 0.0


def usd(band: tuple[Decimal, Decimal, Decimal | None] | None) -> Decimal:
    assert band is not None
    return band[0]


@few
@given(tokens, tokens, tokens, tokens, st.integers(0, 500), st.integers(0, 500), prices, prices)
def test_more_tokens_never_cost_less(
    n_in: int, more_in: int, n_out: int, more_out: int, hosted: int, more: int, p_in: Decimal, p_out: Decimal
) -> None:
    def with_lengths(prompt: int, output: int, request: int) -> Comparison:
        counts = {"o200k_base": request}
        lengths = {"n_prompt_tokens": prompt, "n_output_tokens": output}
        of_items = {**lengths, "hosted_input_tokens": counts, "hosted_output_tokens": counts}
        return concluded(4, 5, (p_in, p_out), items=of_items)

    less = with_lengths(n_in, n_out, hosted)
    longer = with_lengths(n_in + more_in, n_out + more_out, hosted + more)
    assert usd(less.local_cost_per_attempt_usd) <= usd(longer.local_cost_per_attempt_usd)
    assert usd(less.api_cost_per_attempt_usd) <= usd(longer.api_cost_per_attempt_usd)


@few
@given(st.integers(0, 400_000), st.integers(0, 400_000), tokens, tokens)
def test_a_request_beyond_a_tier_never_costs_less(n_in: int, more_in: int, n_out: int, more_out: int) -> None:
    """Beyond 200,000 tokens this model's requests are billed by another tier."""
    tariff = tariff_of(
        profile("gemini-2.5-pro", price_model="gemini-2.5-pro", provider="google", prices=()), at=AT
    )
    assert sum(tariff.bill(n_in, n_out)) <= sum(tariff.bill(n_in + more_in, n_out + more_out))
    assert tariff.bill(200_001, 0).input_usd > tariff.bill(200_000, 0).input_usd * Decimal("1.5")


@few
@given(st.decimals("50", "2000", places=2), st.integers(10, 60), st.decimals("0.3", "1", places=2), prices)
def test_break_even_solves_back_to_equality(
    price: Decimal, n_right: int, there: Decimal, p_out: Decimal
) -> None:
    terms = {"ownership": DEDICATED, "device_price": exactly(str(price)), "api_accuracy": sure(str(there))}
    one = concluded(n_right, prices=(Decimal(1), p_out), **terms)
    kind, volume = one.break_even_tasks_per_month
    assume(kind in ("at", "beyond-capacity"))
    assert volume is not None
    again = concluded(n_right, prices=(Decimal(1), p_out), **terms, tasks_per_month=exactly(str(volume)))
    assert again.device_less_api_usd == pytest.approx(0, abs=usd(again.api_usd_per_correct) * Decimal("1e-8"))


@few
@given(st.integers(1_000, 10**6), st.decimals("0.3", "1", places=2))
def test_the_price_a_device_may_have_breaks_even(volume: int, there: Decimal) -> None:
    held = {"api_accuracy": sure(str(there)), "tasks_per_month": exactly(str(volume))}
    affordable = concluded(**held).break_even_device_usd
    assume(affordable is not None)
    bought = {"ownership": DEDICATED, "device_price": exactly(str(affordable)), **held}
    again = concluded(**bought)
    assert again.device_less_api_usd == pytest.approx(0, abs=usd(again.api_usd_per_correct) * Decimal("1e-7"))


@few
@given(
    st.sampled_from(["kwh-price", "loss-per-error", "api-price"]),
    st.integers(10, 60),
    st.decimals("0.3", "1", places=2),
    st.booleans(),
)
def test_every_other_break_even_solves_back_to_equality(
    figure: str, n_right: int, there: Decimal, is_bought: bool
) -> None:
    terms: dict[str, object] = {"api_accuracy": sure(str(there)), "tasks_per_month": exactly("200000")}
    if is_bought:
        terms |= {"ownership": DEDICATED, "device_price": exactly("360")}
    per = "attempt" if figure == "loss-per-error" else "right-answer"
    found = concluded(n_right, **terms).break_evens
    at = next((point.at for point in found if (point.figure, point.per) == (figure, per)), None)
    assume(at is not None)
    assert at is not None
    if figure == "api-price":
        again = concluded(n_right, prices=(at, 4 * at), **terms)
    else:
        again = concluded(n_right, **terms, **{figure.replace("-", "_"): exactly(str(at))})
    assert again.device_less_api_usd == pytest.approx(0, abs=usd(again.api_usd_per_correct) * Decimal("1e-8"))


@few
@given(st.integers(1, 1_000_000), st.integers(0, 314_900), st.integers(30, 60), st.booleans())
def test_more_of_what_one_device_can_do_never_undoes_viable(
    volume: int, more: int, n_right: int, is_bought: bool
) -> None:
    terms: dict[str, object] = {"api_accuracy": sure("0.8")}
    if is_bought:
        terms |= {"ownership": DEDICATED, "device_price": exactly("360")}
    few_, many = (
        concluded(n_right, **terms, tasks_per_month=exactly(str(n))) for n in (volume, volume + more)
    )
    assert gate(few_, "cheaper") <= gate(many, "cheaper")
    assert few_.verdict != "viable" or many.verdict == "viable"


@few
@given(st.integers(0, 100), st.integers(1, 744), st.integers(1, 1_000))
def test_identity_of_idle_energy(idle_w: int, hours: int, attempts: int) -> None:
    """P (H - Q t) + Q E_gross = P H + Q (E_gross - P t): what a month of an owned, free device is charged."""
    assume(attempts * 2 <= hours * 3600)
    run = record([task(items(4, 5))], [metered(float(idle_w))])
    circumstances = scenario(
        ownership=DEDICATED,
        device_price=exactly("0"),
        idle_watts=exactly(str(idle_w)),
        hours_per_month=exactly(str(hours)),
        tasks_per_month=exactly(str(attempts)),
    )
    drawn = assess(run, [profile()], circumstances, n_draws=20)
    gross = drawn.efficiency[0].gross
    assert gross is not None
    joules = idle_w * (hours * 3600 - attempts * 2) + attempts * gross.attempt_j[0]
    charged = usd(drawn.comparisons[0].local_cost_per_attempt_usd) * attempts
    assert float(charged) == pytest.approx(0.36 * joules / 3.6e6, rel=1e-9)


UNITS = [
    (USD_PER_KWH, "cents/kWh", "0.01"),
    (USD, "cents", "0.01"),
    (SHARE, "%", "0.01"),
    (WATT, "kW", "1000"),
    (MONTHS, "years", "12"),
    (SECONDS, "min", "60"),
    (HOURS_A_MONTH, "h", "1"),
]


@given(st.sampled_from(UNITS), st.decimals(1, 90, places=3), st.decimals(0, 1, places=3))
def test_units_there_and_back(unit: tuple[str, str, str], value: Decimal, spread: Decimal) -> None:
    name, other, factor = unit
    low, high = value - spread, value + spread
    written = read_constant(f"{low}..{high} {other}", name, "--flag")
    plain = read_constant(f"{low * Decimal(factor)}..{high * Decimal(factor)}", name, "--flag")
    assert written == plain
    back = (plain.value / Decimal(factor), plain.low / Decimal(factor), plain.high / Decimal(factor))
    assert back == (value, low, high)


@given(st.sampled_from([name for name, *_ in UNITS]), st.decimals("0.0001", "1", places=4))
def test_a_constant_reads_back_from_its_own_words(unit: str, value: Decimal) -> None:
    once = read_constant(str(value), unit, "--flag")
    assert read_constant(str(once), unit, "--flag") == once


@few
@given(prices, st.decimals("1", "5", places=2), st.integers(1, 60), st.decimals("0.2", "1", places=2))
def test_a_dearer_api_never_makes_cheaper_less_likely(
    price: Decimal, factor: Decimal, n_right: int, there: Decimal
) -> None:
    terms = {
        "api_accuracy": sure(f"{there}±0.1"),
        "kwh_price": read_constant("2..40", USD_PER_KWH, "--kwh-price"),
    }
    cheap = concluded(n_right, prices=(price, price), **terms)
    dear = concluded(n_right, prices=(price * factor, price * factor), **terms)
    assert gate(cheap, "cheaper") <= gate(dear, "cheaper")
    assert gate(cheap, "good-enough") == gate(dear, "good-enough")
    assert (cheap.probability or 0) <= (dear.probability or 0)


@few
@given(
    st.integers(0, 59), st.integers(1, 60), st.floats(0.2, 1), st.sampled_from(["score", "declared", "bar"])
)
def test_a_better_device_never_does_worse_at_the_gates(
    n_right: int, more: int, there: float, kind: str
) -> None:
    evidence = {
        "score": {"scores": (score(there, 200),)},
        "declared": {"api_accuracy": sure(f"{there:.3f}")},
        "bar": {"need_accuracy": sure(f"{there:.3f}")},
    }[kind]
    prices = {"kwh_price": read_constant("2..40", USD_PER_KWH, "--kwh-price")}
    worse = concluded(n_right, **evidence, **prices)
    better = concluded(min(60, n_right + more), **evidence, **prices)
    assert gate(worse, "good-enough")[0] <= gate(better, "good-enough")[0]
    assert gate(worse, "good-enough")[1] <= gate(better, "good-enough")[1]
    assert gate(worse, "cheaper")[1] <= gate(better, "cheaper")[1]


@few
@given(st.integers(1, 200), prices, st.decimals("0", "1", places=2), st.booleans())
def test_no_correct_answer_is_unbounded_and_never_a_number(
    n: int, price: Decimal, there: Decimal, has_loss: bool
) -> None:
    loss = {"loss_per_error": exactly("0.01")} if has_loss else {}
    one = concluded(0, n, (price, price), api_accuracy=sure(str(there)), **loss)
    assert one.local_usd_per_correct is None
    assert usd(one.local_cost_per_attempt_usd) > 0
    assert one.break_even_device_usd is None or one.break_even_device_usd.is_finite()
    assert one.device_less_api_usd is not None if has_loss else one.device_less_api_usd is None
    assert next(found.result for found in one.gates if found.name == "cheaper") != "pass" or has_loss
    assert "no answer was right here" in one.sentence
    for number in _numbers(json.loads(one.model_dump_json())):
        assert math.isfinite(number)


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in _numbers(part)]
    if isinstance(value, (int, float)):
        return [float(value)]
    try:
        return [float(value)] if isinstance(value, str) else []
    except ValueError:
        return []
