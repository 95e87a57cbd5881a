"""How much each constant matters to a comparison: orders the list of assumptions under a verdict."""

import math

from bench.economics.api.api_cost import ApiCost
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.operating_point import EnergyRates
from bench.economics.verdict.accuracy import ApiAccuracy
from bench.economics.verdict.costs import DeviceCosts
from bench.records.types import Assumption

_NOMINAL_WIDTH = math.log(1.1 / 0.9)  # what an exact constant is moved by, to rank it beside the others


def device_effects(scenario: Scenario, device: DeviceCosts) -> dict[str, float]:
    """By field name: how far ln(device cost) moves over a constant's bounds."""
    total = float(device.total.usd) or 1.0
    energy = float(device.energy_usd) / total
    fixed = float(device.total.usd - device.variable.usd) / total
    purchase = scenario.purchase()
    idle_usd = float(scenario.ownership.share) * float(
        purchase.running_per_month() - purchase.maintenance_per_month
    )
    idle = idle_usd / float(scenario.tasks_per_month.value) / total
    shares = {
        "kwh_price": energy + idle,
        "psu_efficiency": energy if device.wall.psu_efficiency is scenario.psu_efficiency else 0.0,
        "tasks_per_month": fixed,
        "device_price": fixed - idle,
        "lifetime": fixed - idle,
        "idle_watts": idle,
        "hours_per_month": idle,
        "wage": max(0.0, 1.0 - energy - fixed),
        "labour": max(0.0, 1.0 - energy - fixed),
    }
    return _moved(scenario, shares) | {"unmetered": energy * _width_beside_one(device.wall.unmetered)}


def bill_effects(scenario: Scenario, bill: ApiCost) -> dict[str, float]:
    """By field name: how far ln(API cost) moves over a constant's bounds."""
    hosted = float(bill.mean_input_usd + bill.mean_output_usd) or 1.0
    answer = float(bill.mean_output_usd) / hosted
    retries = float(scenario.api_retries.value)
    shares = {
        "answer_length": answer if bill.answer.low < bill.answer.high else 0.0,
        "api_retries": retries / (1 + retries),
        "api_fee": float(scenario.api_fee_per_attempt()) / hosted,
    }
    return _moved(scenario, shares)


def _moved(scenario: Scenario, shares: dict[str, float]) -> dict[str, float]:
    """Of constants that make up these shares of a cost; none of what has no value."""
    constants = {field: getattr(scenario, field) for field in shares}
    return {
        field: shares[field] * _width(constant)
        for field, constant in constants.items()
        if constant is not None
    }


def power_model(device: DeviceCosts, rates: EnergyRates) -> tuple[float, Assumption] | None:
    """The declared watts behind modelled joules, with their effect; None when the joules were metered."""
    if rates.provenance != "modelled":
        return None
    value, low, high = device.joules
    width = math.log(high / low) if low > 0 else _NOMINAL_WIDTH
    energy = float(device.energy_usd) / (float(device.total.usd) or 1.0)
    assumption = Assumption(
        name="power model",
        value=rates.detail,
        unit="",
        kind="declared" if "declared" in rates.detail else "default",
        source=f"no meter told the joules used here: they are modelled by {rates.meter}, "
        f"which covers {rates.covers}",
        date=None,
        flag="--watts-per-core",
    )
    return energy * width if value > 0 else 0.0, assumption


def quality_effects(scenario: Scenario, api: ApiAccuracy) -> dict[str, float]:
    """By field name: width of what a constant leaves open about accuracy, relative to the API's."""
    if api.value is None or api.value <= 0:
        return {}
    if api.evidence.kind == "declared-bar":
        return {"need_accuracy": 1.0}
    delta = {"delta": float(scenario.delta.value) / api.value}
    if scenario.need_accuracy:
        delta["need_accuracy"] = 1.0
    if api.evidence.kind == "declared-accuracy":
        return {"api_accuracy": 1.0, **delta}
    if api.evidence.kind == "published":
        return {"setting_band": (api.below + api.above) / api.value, **delta}
    return delta


def _width_beside_one(constant: Constant) -> float:
    """Of what counts as 1 + the constant."""
    value, low, high = constant.band
    if constant.is_exact:
        return value / (1 + value) * _NOMINAL_WIDTH
    return math.log((1 + high) / (1 + low))


def _width(constant: Constant) -> float:
    if constant.value == 0:
        return 0.0
    if constant.low > 0 and not constant.is_exact:
        return math.log(constant.high / constant.low)
    return _NOMINAL_WIDTH
