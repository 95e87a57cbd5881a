"""A scenario comes back from the assumptions that a record lists, through the record's JSON, as it was."""

from decimal import Decimal
from typing import Any, get_args

import pytest
from economics_cases import AT
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.assumptions.constants import Constant, Kind
from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.recorded import scenario_of
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.device.device_cost import DEDICATED, SUNK, Ownership
from bench.errors import EconomicsError
from bench.records.types import Assumption

SHARES = st.decimals(Decimal("0.1"), Decimal(1), places=20)
WHOLE = ("lifetime", "horizon")
ALWAYS_ON = ("hours_per_month", "allowed_hours")  # the one bounds the other


@st.composite
def constants(draw: st.DrawFn, unit: str, *, is_whole: bool = False) -> Constant:
    figures = st.integers(1, 600).map(Decimal) if is_whole else SHARES
    low, value, high = sorted(draw(st.tuples(figures, figures, figures)))
    kind: Kind = draw(st.sampled_from(get_args(Kind)))
    date = draw(st.none() | st.just("2026"))
    return Constant(value, low, high, unit, kind, draw(st.text(max_size=5)), date)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    found: dict[str, Any] = {}
    for field, flag in FLAGS.items():
        if flag.is_per_task or field in ALWAYS_ON or draw(st.booleans()):
            continue
        found[field] = draw(constants(flag.unit, is_whole=field in WHOLE))
    names = draw(st.lists(st.sampled_from([None, "a", "b:easy"]), unique=True, max_size=3))
    which = draw(st.sampled_from(["need_accuracy", "api_accuracy"]))
    found[which] = tuple(Stated(name, draw(constants("share"))) for name in names)
    owned = st.sampled_from([SUNK, DEDICATED, Ownership("shared", Decimal("0.123456789"))])
    found["ownership"] = draw(owned) if "device_price" in found else SUNK
    found["tax_basis"] = draw(st.sampled_from(["mixed", "net", "gross"])) if "vat" in found else "mixed"
    return Scenario(at=AT, is_batch=draw(st.booleans()), **found)


@settings(max_examples=10, deadline=None)
@given(scenarios(), st.dictionaries(st.sampled_from(list(FLAGS)), st.floats(0, 2)))
def test_a_scenario_comes_back_exactly(scenario: Scenario, effects: dict[str, float]) -> None:
    listed = [Assumption.model_validate_json(one.model_dump_json()) for one in scenario.assumptions(effects)]
    assert scenario_of(listed, at=AT) == scenario


def test_what_came_with_the_measurements_is_no_part_of_it() -> None:
    other = Assumption(
        name="arrivals", value="7", unit="", kind="declared", source="a log", date=None, flag="--arrivals"
    )
    assert scenario_of(Scenario(at=AT).assumptions({}, [(1.0, other)]), at=AT) == Scenario(at=AT)


def test_a_record_of_before_says_what_it_does_not_hold() -> None:
    listed = Scenario(at=AT).assumptions()
    with pytest.raises(EconomicsError, match="holds no bounds of its kwh price"):
        scenario_of([one.model_copy(update={"band": None}) for one in listed], at=AT)
    with pytest.raises(EconomicsError, match="does not tell its lifetime"):
        scenario_of([one for one in listed if one.flag != "--lifetime"], at=AT)
