"""Break-even in every figure: worked by hand, put back, and told on which side the device is cheaper."""

from dataclasses import replace
from decimal import Decimal

import pytest
from economics_cases import AT, exactly, items, profile, record, scenario, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED, SUNK, Ownership, variable_cost_usd
from bench.economics.verdict.break_even import Side
from bench.economics.verdict.break_even_points import Per, Terms, break_even_points
from bench.records.types import ApiPrice, BreakEvenPoint
from bench.reports.tables.economy import cost_table

# 36 J at 0.36 USD/kWh: 0.0000036 USD an attempt. 360 USD over 36 months without interest, 10 W idle in
# 730.5 h: 10 + 2.6298 = 12.6298 USD a month. The API takes 0.00012 USD an attempt.
HELD = {
    "ownership": DEDICATED,
    "device_price": exactly("360"),
    "discount_rate": exactly("0"),
    "tasks_per_month": exactly("200000"),
}


def terms(**changes: object) -> Terms:
    held = {**HELD, **{name: changes.pop(name) for name in tuple(changes) if hasattr(scenario(), name)}}
    chosen: dict[str, object] = {
        "local": Side(Decimal("0.0000036"), Decimal("0.9")),
        "api": Side(Decimal("0.00012"), Decimal("0.96")),
        "loss": None,
        "joules": Decimal(36),
        "capacity": Decimal(1_314_900),
        "tokens": 90.0,
        **changes,
    }
    return Terms(scenario=scenario(**held), **chosen)  # type: ignore[arg-type]


def points(of: Terms, per: Per = "right-answer") -> dict[str, BreakEvenPoint]:
    return {point.figure: point for point in break_even_points(of) if point.per == per}


@pytest.mark.parametrize(
    ("figure", "at", "cheaper", "now"),
    [
        # 0.00012 · 0.9 ÷ 0.96 = 0.0001125 to beat; − 0.0000036 = 0.0001089 gained an attempt
        # 12.6298 ÷ 0.0001089 = 115,976.125 attempts, · 0.9 correct answers
        ("volume", 104_378.512, "above", 180_000),
        ("busy-share", 115_976.125 / 1_314_900, "above", 200_000 / 1_314_900),
        # 0.0001089 · 200,000 = 21.78; − 2.6298 = 19.1502; · 36
        ("device-price", 689.4072, "below", 360),
        # fixed without energy 10 ÷ 200,000 = 0.00005; left 0.0000625 for 0.00001 + 7.305 ÷ 200,000 kWh
        ("kwh-price", 0.0000625 / (0.00001 + 0.000036525), "below", 0.36),
        # here 0.0000036 + 12.6298 ÷ 200,000 = 0.000066749; ÷ 0.0001125
        ("api-price", 0.000066749 / 0.0001125, "above", 1),
        # 0.00012 ÷ 90 · 10^6 = 1.3333 a million of its tokens
        ("api-blended-price", 0.000066749 / 0.0001125 * 4 / 3, "above", 4 / 3),
    ],
)
def test_equal_spend_per_right_answer_by_hand(figure: str, at: float, cheaper: str, now: float) -> None:
    point = points(terms())[figure]
    assert (point.kind, point.cheaper_here) == ("at", cheaper)
    assert float(point.at or 0) == pytest.approx(at, rel=1e-7)
    assert float(point.now or 0) == pytest.approx(now)


@pytest.mark.parametrize(
    ("figure", "at", "cheaper"),
    [
        # an error costs 0.001: 0.00012 − 0.0000036 − 0.06 · 0.001 = 0.0000564 gained an attempt
        ("volume", 12.6298 / 0.0000564, "above"),
        ("device-price", (0.0000564 * 200_000 - 2.6298) * 36, "below"),
        # 0.00012 − 0.00006 − 0.00005 = 0.00001 left
        ("kwh-price", 0.00001 / (0.00001 + 0.000036525), "below"),
        # 0.000066749 + 0.06 · 0.001 ÷ 0.00012
        ("api-price", 0.000126749 / 0.00012, "above"),
        # (0.00012 − 0.000066749) ÷ (0.96 − 0.9)
        ("loss-per-error", 0.000053251 / 0.06, "below"),
    ],
)
def test_equal_cost_of_an_attempt_and_its_errors_by_hand(figure: str, at: float, cheaper: str) -> None:
    point = points(terms(loss=Decimal("0.001")), "attempt")[figure]
    assert (point.kind, point.cheaper_here) == ("at", cheaper)
    assert float(point.at or 0) == pytest.approx(at, rel=1e-7)


def test_an_owned_device_pays_at_any_volume_and_for_a_price_if_it_were_bought() -> None:
    found = points(terms(ownership=SUNK), "attempt")
    assert (found["volume"].kind, found["volume"].at) == ("any", None)
    # 12.6298 ÷ 0.0001164
    assert float(found["volume-if-bought"].at or 0) == pytest.approx(108_503.4364, rel=1e-9)
    assert float(found["device-price"].at or 0) == pytest.approx((0.0001164 * 200_000 - 2.6298) * 36)
    half = points(terms(ownership=Ownership("shared", Decimal("0.5"))), "attempt")
    assert float(half["volume"].at or 0) == pytest.approx(108_503.4364 / 2, rel=1e-9)
    assert "volume-if-bought" not in points(terms())


def test_beyond_capacity_it_says_how_many_devices_and_that_they_do_no_better() -> None:
    small = points(terms(capacity=Decimal(18_000)), "attempt")
    assert (small["volume"].kind, small["volume"].n_devices) == ("beyond-capacity", 7)  # 108,503 ÷ 18,000
    assert small["busy-share"].kind == "beyond-capacity"
    assert float(small["busy-share"].at or 0) == pytest.approx(108_503.4364 / 18_000)
    assert points(terms(capacity=None))["busy-share"].kind == "unknown"


def test_a_stated_volume_beyond_capacity_takes_more_devices() -> None:
    assert terms().devices_needed() is None
    many = terms(capacity=Decimal(90_000), loss=Decimal(0)).devices_needed()
    assert many is not None
    # 200,000 ÷ 90,000: 3 devices, 37.8894 USD; 0.0001164 · 200,000 = 23.28 saved
    assert (many.n_devices, many.pays) == (3, False)
    assert (float(many.fixed_usd_per_month or 0), float(many.saved_usd_per_month)) == pytest.approx(
        (37.8894, 23.28)
    )
    # The one that is owned is free: 2 · 12.6298 = 25.2596; at 110,000 a device 1 · 12.6298.
    for capacity, n, pays in ((90_000, 3, False), (110_000, 2, True)):
        owned = terms(capacity=Decimal(capacity), loss=Decimal(0), ownership=SUNK).devices_needed()
        assert owned is not None
        assert (owned.n_devices, owned.pays) == (n, pays)
    unpriced = terms(capacity=Decimal(90_000), ownership=SUNK, device_price=None).devices_needed()
    assert unpriced is not None
    assert (unpriced.fixed_usd_per_month, unpriced.pays) == (None, None)


def test_a_side_that_is_never_right() -> None:
    useless = points(terms(local=Side(Decimal("0.0000036"), Decimal(0))))
    assert {point.kind for point in useless.values()} == {"never"}
    there = points(terms(api=Side(Decimal("0.00012"), Decimal(0))))
    assert {point.kind for point in there.values()} == {"any"}
    neither = terms(local=Side(Decimal(0), Decimal(0)), api=Side(Decimal(1), Decimal(0)))
    assert {point.kind for point in points(neither).values()} == {"unknown"}


def difference(of: Terms, per: Per) -> tuple[Decimal, Decimal]:
    """USD an attempt here, and what it is to equal there: from the parts, by no formula of break-even."""
    held = of.scenario
    here = of.local.cost_usd + held.fixed_per_month() / held.tasks_per_month.value
    if per == "right-answer":
        return here / of.local.accuracy, of.api.cost_usd / of.api.accuracy
    loss = of.loss or Decimal(0)
    return here + (1 - of.local.accuracy) * loss, of.api.cost_usd + (1 - of.api.accuracy) * loss


def put_back(of: Terms, point: BreakEvenPoint, factor: Decimal = Decimal(1)) -> Terms:
    """The terms with one figure at a multiple of its solution."""
    assert point.at is not None
    value, held = point.at * factor, of.scenario
    if point.figure == "loss-per-error":
        return replace(of, loss=value)
    if point.figure == "api-price":
        return replace(of, api=replace(of.api, cost_usd=of.api.cost_usd * value))
    if point.figure == "device-price":
        return replace(of, scenario=replace(held, device_price=exactly(str(value))))
    if point.figure == "kwh-price":
        before, after = (
            variable_cost_usd(of.joules, kwh_price=price) for price in (held.kwh_price.value, value)
        )
        local = replace(of.local, cost_usd=of.local.cost_usd - before + after)
        return replace(of, local=local, scenario=replace(held, kwh_price=exactly(str(value))))
    attempts = value / (1 if point.per == "attempt" else of.local.accuracy)
    return replace(of, scenario=replace(held, tasks_per_month=exactly(str(attempts))))


shares = st.decimals("0.05", "1", places=2)


@settings(max_examples=25, deadline=None)
@given(
    st.decimals("0.000001", "0.001", places=6),
    shares,
    st.decimals("0.00001", "0.01", places=5),
    shares,
    st.none() | st.decimals("0.0001", "0.1", places=4),
    st.integers(1_000, 1_000_000),
    st.sampled_from([DEDICATED, Ownership("shared", Decimal("0.3"))]),
)
def test_what_is_solved_gives_equality_and_its_side(
    labour: Decimal,
    r_local: Decimal,
    c_api: Decimal,
    r_api: Decimal,
    loss: Decimal | None,
    volume: int,
    ownership: Ownership,
) -> None:
    local, api = Side(Decimal("0.0000036") + labour, r_local), Side(c_api, r_api)
    of = terms(
        local=local,
        api=api,
        loss=loss,
        ownership=ownership,
        tasks_per_month=exactly(str(volume)),
        capacity=None,
    )
    for point in break_even_points(of):
        if point.at is None or point.figure in ("api-blended-price", "volume-if-bought"):
            continue
        here, there = difference(put_back(of, point), point.per)
        assert here == pytest.approx(there, rel=Decimal("1e-9")), point
        here, there = difference(put_back(of, point, Decimal("1.1")), point.per)
        assert (here < there) == (point.cheaper_here == "above"), point


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 10**6), st.integers(0, 10**6), shares, shares, st.sampled_from([SUNK, DEDICATED]))
def test_more_volume_never_turns_cheaper_into_dearer(
    volume: int, more: int, r_local: Decimal, r_api: Decimal, ownership: Ownership
) -> None:
    def is_cheaper(attempts: int) -> bool:
        of = terms(
            local=Side(Decimal("0.0000036"), r_local),
            api=Side(Decimal("0.00012"), r_api),
            ownership=ownership,
            tasks_per_month=exactly(str(attempts)),
        )
        here, there = difference(of, "right-answer")
        point = points(of)["volume"]
        is_beyond = point.at is not None and point.now is not None and point.now > point.at
        assert (here < there) == (point.kind == "any" or is_beyond)
        return here < there

    assert is_cheaper(volume) <= is_cheaper(volume + more)


@pytest.mark.parametrize("price", ["0.217", "0.23", "0.3331", "1.7"])
def test_digits_that_a_division_leaves_are_no_price(price: str) -> None:
    """Of a device that is never right a correct answer costs without bound: no kWh price makes it cheaper."""
    joules = Decimal("98.7")
    never_right = Side(variable_cost_usd(joules, kwh_price=Decimal(price)), Decimal(0))
    found = points(terms(local=never_right, ownership=SUNK, kwh_price=exactly(price), joules=joules))
    assert (found["kwh-price"].kind, found["kwh-price"].at) == ("never", None)


def test_of_no_share_of_a_device_every_price_is_the_same() -> None:
    found = points(terms(ownership=Ownership("shared", Decimal(0))))
    assert (found["device-price"].kind, found["volume"].kind) == ("any", "any")


def test_no_factor_moves_a_price_of_nothing() -> None:
    price = ApiPrice(
        provider="own",
        matched_id="own",
        model="own",
        at=AT,
        input_usd_per_mtok=Decimal(0),
        output_usd_per_mtok=Decimal(4),
        source="a test",
    )
    found = points(terms(price=price))
    assert found["api-input-price"].kind == "unknown"
    assert found["api-output-price"].kind == "at"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # (100 ÷ 36 + 2.6298) ÷ (0.00012 · 0.95 ÷ 0.96 − 0.0000036) = 46,961
        ({"device_price": exactly("100")}, "47,000"),
        ({"device_price": exactly("100000")}, "beyond capacity"),
        ({"device_price": exactly("0"), "idle_watts": exactly("0")}, "any volume"),
        ({"device_price": exactly("100"), "api_accuracy": (), "need_accuracy": ()}, "–"),
        ({}, "–"),
        ({"device_price": exactly("100"), "ownership": DEDICATED, "loss_per_error": exactly("1")}, "never"),
    ],
)
def test_the_table_of_costs_says_of_a_purchase_what_the_equality_does(
    changes: dict[str, object], told: str
) -> None:
    said = {"api_accuracy": (Stated(None, exactly("0.96")),), "discount_rate": exactly("0"), **changes}
    run = record([task(items(57, 60))])
    found = assess(run, [profile()], scenario(**said), n_draws=50)
    table = cost_table([run.model_copy(update={"assessment": found})])
    assert table.columns[-1] == "if bought, from"
    assert table.rows[1][-1] == told
