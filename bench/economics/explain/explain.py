"""The computation behind a comparison, line by line: every figure with its formula, numbers and origins.

The figures are those of the comparison; only the words and the numbers put in are made here. A number that is
put in has ten digits and a result six, so that working out the first gives the second.
"""

import math
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from bench.economics.assumptions.flags import FLAGS
from bench.economics.device.capacity import done_per_month
from bench.economics.explain.explain_cost import explain_api, explain_device, explain_month
from bench.economics.explain.explain_rates import explain_capacity, explain_rates
from bench.economics.explain.explain_time import explain_time
from bench.economics.explain.explain_words import (
    accuracy_there,
    of_constant,
    of_flag,
    put,
    step,
    taken,
)
from bench.economics.verdict.break_even import BreakEven, Side
from bench.economics.verdict.judging import CONFIDENCE
from bench.economics.verdict.verdict import SURE
from bench.economics.verdict.workings import Money, Workings
from bench.records.types import ExplainedPart, ExplainedStep, OverTime, Usd
from bench.stats import Estimate, Share, student, two_sided
from bench.stats.quantiles import z_of

_ENDS = two_sided(CONFIDENCE)
_RULES = {
    "fits": "peak memory ≤ the machine's, and longest request ≤ context",
    "fast-enough": "95th percentiles ≤ service levels, and tasks a month ≤ capacity",
    "good-enough": "lower bound of the difference > −margin passes, upper bound < −margin fails; "
    "what is needed likewise",
    "cheaper": f"probability ≥ {SURE:g} passes, ≤ {1 - SURE:.2g} fails",
}


def explain(w: Workings, over: OverTime | None) -> tuple[ExplainedPart, ...]:
    """All parts in the order in which they rest on each other."""
    parts = (
        ("How often the device is right", _right(w)),
        ("Seconds and joules of an attempt here", (*explain_rates(w), *explain_capacity(w))),
        ("A month of the device", explain_month(w)),
        ("Cost here", explain_device(w)),
        ("Cost there", explain_api(w)),
        ("Is it good enough?", _quality(w)),
        ("Who is cheaper, and from where on", _money(w)),
        ("Over the months", explain_time(w, over)),
        ("The gates and the verdict", _gates(w)),
    )
    return tuple(ExplainedPart(title=title, steps=tuple(steps)) for title, steps in parts)


def _right(w: Workings) -> Iterator[ExplainedStep]:
    quality = w.device.quality
    if quality.n == 0:
        yield taken("accuracy here", "not known", "", "no item was attempted")
        return
    left_out = len(w.task.items) - quality.n
    where = f"measured: items of {w.task.task} in the record; an answer that cannot be read is not right"
    if left_out > 0:
        where += (
            f"; {left_out:,} of {len(w.task.items):,} left out: not attempted, or not answered on both sides"
        )
    yield step(
        "accuracy here",
        "right ÷ attempted",
        f"{quality.n_right} ÷ {quality.n}",
        w.device.accuracy,
        "share",
        where,
    )
    yield from _wilson("accuracy here, 95 % interval", quality.share, 0.95)


def _wilson(name: str, share: Share, level: float, also: str = "") -> Iterator[ExplainedStep]:
    """Both ends of Wilson's interval; an end that is 0 or 1 by what was seen is taken as it is."""
    _, low, high = share.estimate(level)
    if share.n == 0 or share.degrees == 0:
        yield taken(f"{name}, from", low, "share", "nothing tells the spread of what is drawn together")
        yield taken(f"{name}, to", high, "share")
        return
    quantile = z_of(level) if share.degrees is None else student(level, share.degrees)
    p, n, z = put(share.value), put(share.n_effective), put(quantile)
    origin = f"Wilson's score interval: p {p}, n {n}, z {z}"
    if share.degrees is not None:
        origin += f" (Student's, {share.degrees} degrees); n: as many independent attempts as tell as much"
    origin += f"; {also}" if also else ""
    for end, bound, sign in (("from", low, "−"), ("to", high, "+")):
        if bound in (0.0, 1.0):
            yield taken(f"{name}, {end}", bound, "share", origin)
            continue
        yield step(
            f"{name}, {end}",
            f"(p + z^2 ÷ (2 × n) {sign} z × √(p × (1 − p) ÷ n + z^2 ÷ (4 × n^2))) ÷ (1 + z^2 ÷ n)",
            f"({p} + {z}^2 ÷ (2 × {n}) {sign} {z} × √({p} × (1 − {p}) ÷ {n} + {z}^2 ÷ (4 × {n}^2)))"
            f" ÷ (1 + {z}^2 ÷ {n})",
            bound,
            "share",
            origin,
        )


def _quality(w: Workings) -> Iterator[ExplainedStep]:
    yield from _difference(w)
    if w.finding.items_to_settle is not None:
        yield taken(
            "items that would settle it",
            w.finding.items_to_settle,
            "items",
            "taken as it is: as many as tell it with power 0.8 if the accuracies are as they look",
        )


def _difference(w: Workings) -> Iterator[ExplainedStep]:
    api, difference = w.api.accuracy, w.finding.difference
    if api.value is None or difference is None:
        yield taken("difference of accuracy", "not known", "", w.finding.why)
        return
    less = step(
        "difference of accuracy",
        "accuracy here − accuracy there",
        f"{put(w.device.quality.share.value)} − {put(api.value)}",
        difference.value,
        "share",
    )
    yield from (_paired if api.answers else _independent)(w, difference, api.value, less)
    if api.is_bar:
        yield taken("margin", 0, "share", "none against a declared bar: what is needed is needed")
    else:
        yield taken("margin", w.scenario.delta.value, "share", of_flag(w.scenario, "delta"))
        yield from _need(w)


def _paired(w: Workings, difference: Estimate, there: float, less: ExplainedStep) -> Iterator[ExplainedStep]:
    """``less``, where the difference is no more than one accuracy less the other, and its bounds."""
    here = w.device.quality.share
    how = "score interval of the paired difference over the same items, solved by bisection (Tango 1998)"
    if here.degrees is not None:
        how = "paired over what is drawn together, with Student's quantile"
    how = f"taken as it is: {how}"
    is_plain = math.isclose(difference.value, here.value - there, abs_tol=1e-9)
    uneven = "taken as it is: each item counts once, however often it was tried"
    yield less if is_plain else taken("difference of accuracy", difference.value, "share", uneven)
    yield taken("difference, lower bound", difference.low, "share", how)
    yield taken("difference, upper bound", difference.high, "share", how)


def _independent(
    w: Workings, difference: Estimate, there: float, less: ExplainedStep
) -> Iterator[ExplainedStep]:
    """``less`` between the bounds of both accuracies and its own."""
    api, here = w.api.accuracy, w.device.quality.share
    yield from _wilson("accuracy here, one-sided 95 % bounds", here, _ENDS)
    if api.share is not None:
        whole = "" if abs(api.share.value - there) < 1e-9 else "p: the score as whole answers of n"
        yield from _wilson("accuracy there, one-sided 95 % bounds", api.share, _ENDS, whole)
    yield less
    _, low, high = here.estimate(_ENDS)
    _, low_there, high_there = api.sampling(_ENDS)
    d, p, q = put(difference.value), put(here.value), put(there)
    how = "Newcombe's interval (1998, method 10)"
    if api.below or api.above:
        how += "; band of the API's accuracy, declared or for the setting: "
        how += f"−{put(api.below)}, +{put(api.above)}"
    yield _bound(
        "difference, lower bound",
        ("difference − √((here − its lowest)^2 + (highest there − there)^2)", "− band above, at least −1"),
        (f"{d} − √(({p} − {put(low)})^2 + ({put(high_there)} − {q})^2)", f"− {put(api.above)}"),
        difference.low,
        api.above,
        how,
    )
    yield _bound(
        "difference, upper bound",
        ("difference + √((highest here − here)^2 + (there − its lowest)^2)", "+ band below, at most 1"),
        (f"{d} + √(({put(high)} − {p})^2 + ({q} − {put(low_there)})^2)", f"+ {put(api.below)}"),
        difference.high,
        api.below,
        how,
    )


def _bound(
    name: str, formula: tuple[str, str], numbers: tuple[str, str], bound: float, band: float, how: str
) -> ExplainedStep:
    """With its band, where there is one; taken as it is where no difference of shares goes beyond."""
    formed = " ".join(formula if band else formula[:1])
    if abs(bound) == 1:
        return taken(name, bound, "share", how, "no difference of shares goes beyond", formula=formed)
    return step(name, formed, " ".join(numbers if band else numbers[:1]), bound, "share", how)


def _need(w: Workings) -> Iterator[ExplainedStep]:
    """What is needed whatever the API reaches, where both are asked."""
    met, need = w.finding.met, w.scenario.needed_accuracy(w.task.task)
    if met is None or met.difference is None or need is None:
        return
    here = w.device.quality.share
    yield taken(
        "accuracy needed", need.high, "share", of_constant("need accuracy", need, FLAGS["need_accuracy"].name)
    )
    if w.api.accuracy.answers:
        yield from _wilson("accuracy here, one-sided 95 % bounds", here, _ENDS)
    _, low, high = here.estimate(_ENDS)
    for name, bound, result in (("lower", low, met.difference.low), ("upper", high, met.difference.high)):
        end = "from" if name == "lower" else "to"
        yield step(
            f"accuracy here less what is needed, {name} bound",
            f"accuracy here, one-sided 95 % bounds, {end} − accuracy needed",
            f"{put(bound)} − {put(need.high)}",
            result,
            "share",
            "no margin is granted: what is needed is needed",
        )
    yield taken(
        "meets what is needed",
        met.result,
        "",
        met.why,
        formula="lower bound > 0 passes, upper bound < 0 fails",
    )


def _money(w: Workings) -> Iterator[ExplainedStep]:
    money, device, api = w.money, w.device.costs, w.api.costs
    if money is None or device is None or api is None:
        yield taken(
            "gain of an attempt", "not known", "", next(g.why for g in w.gates if g.name == "cheaper")
        )
        return
    here, there = put(money.local.accuracy), put(money.api.accuracy)
    var, hosted = put(money.local.cost_usd), put(money.api.cost_usd)
    if w.loss is not None:
        yield from _with_errors(w, w.loss, Side(device.total.usd, money.local.accuracy), money)
    if money.gain is None:
        found, why = "unbounded", "the API is never right, so its correct answer has no cost"
        if money.local.accuracy == 0:
            found, why = "not known", "neither side gave a correct answer"
        yield taken("gain of an attempt", found, "", why)
    elif w.loss is not None:
        yield step(
            "gain of an attempt",
            f"cost there − variable cost here + (accuracy here − {accuracy_there(w.api)}) × loss per error",
            f"{hosted} − {var} + ({here} − {there}) × {put(w.loss)}",
            money.gain,
            "USD",
        )
    else:
        yield step(
            "gain of an attempt",
            f"cost there × accuracy here ÷ {accuracy_there(w.api)} − variable cost here",
            f"{hosted} × {here} ÷ {there} − {var}",
            money.gain,
            "USD",
            "for equal spend per correct answer",
        )
    if not w.money_counts:
        yield taken("break-even", "never", "", "it is not good enough, and no loss per error counts that")
    elif money.gain is None:
        yield taken("break-even", _volume_words(w.owned), "", "by the gain of an attempt")
    else:
        yield from _break_evens(w, money.gain)
    drawn = f"items resampled and constants drawn within their bounds, seed {w.scenario.seed}"
    if w.api.accuracy.is_bar:
        always = "against an API that is always right, which is what can pass"
        just = "the same draws, against an API just as good as needed, which is what can fail"
        yield _cheaper("probability of cheaper, at least", money.is_cheaper, drawn, always)
        yield _cheaper("probability of cheaper, at most", money.is_cheaper_at_most, just)
    else:
        yield _cheaper("probability of cheaper", money.is_cheaper, drawn)
    if w.probability is not None:
        yield step(
            "probability of good enough and cheaper",
            "draws in which it is both ÷ draws",
            f"{round(w.probability * len(money.is_cheaper))} ÷ {len(money.is_cheaper)}",
            w.probability,
            "share",
            "the same draws",
        )


def _cheaper(name: str, is_cheaper: NDArray[np.bool_], *origins: str) -> ExplainedStep:
    how = "draws in which the device is cheaper ÷ draws"
    count = f"{int(is_cheaper.sum())} ÷ {len(is_cheaper)}"
    return step(name, how, count, float(is_cheaper.mean()), "share", *origins)


def _with_errors(w: Workings, loss: Usd, here: Side, money: Money) -> Iterator[ExplainedStep]:
    own, there = money.local, money.api
    origin = f"loss {put(loss)} USD per error: the task's own"
    if w.scenario.loss_per_error is not None:
        origin = of_flag(w.scenario, "loss_per_error")
    hosted = accuracy_there(w.api)
    for name, cost, accuracy, side in (
        ("cost of an attempt with its errors, here", "cost of an attempt here", "accuracy here", here),
        ("cost of an attempt with its errors, there", "cost of an attempt there", hosted, there),
        ("variable cost of an attempt with its errors", "variable cost of an attempt", "accuracy here", own),
    ):
        yield step(
            name,
            f"{cost} + (1 − {accuracy}) × loss per error",
            f"{put(side.cost_usd)} + (1 − {put(side.accuracy)}) × {put(loss)}",
            side.usd_with_errors(loss),
            "USD",
            origin,
        )


def _break_evens(w: Workings, gain: Decimal) -> Iterator[ExplainedStep]:
    terms = w.scenario.purchase()
    yield _break_even("break-even, as it is held", "F", w.owned, w.scenario.fixed_per_month(), gain)
    if w.bought is not None and w.scenario.device_price is not None:
        month = terms.fixed_per_month(w.scenario.device_price.value)
        yield _break_even("break-even, bought", "a month of the device, bought", w.bought, month, gain)
    done = done_per_month(w.scenario.tasks_per_month.value, w.capacity)
    running = terms.running_per_month()
    how = "(gain of an attempt × attempts a month − upkeep and idle energy) ÷ capital factor"
    within = "attempts a month: tasks a month, at most capacity"
    if w.affordable is None or w.affordable.at is None:
        found, why = "none", "what it saves does not pay for its upkeep"
        if w.affordable is not None and w.affordable.kind == "any":
            found, why = "any", "all of it comes back, and what it saves pays for its upkeep"
        yield taken("price the device may have", found, "", why, formula=how)
        return
    yield step(
        "price the device may have",
        how,
        f"({put(gain)} × {put(done)} − {put(running)}) ÷ {put(terms.capital_factor())}",
        w.affordable.at,
        "USD",
        f"bought for this alone; {within}",
        of_flag(w.scenario, "tasks_per_month"),
    )


def _break_even(name: str, month: str, found: BreakEven, fixed: Decimal, gain: Decimal) -> ExplainedStep:
    how = f"{month} ÷ gain of an attempt"
    if found.at is None:
        why = "there is no gain" if found.kind == "never" else "there are no fixed costs"
        return taken(name, _volume_words(found), "", why, formula=how)
    beyond = ("more than one device can do, so never",) if found.kind == "beyond-capacity" else ()
    return step(name, how, f"{put(fixed)} ÷ {put(gain)}", found.at, "tasks/month", *beyond)


def _volume_words(found: BreakEven) -> str:
    return "any volume" if found.kind == "any" else found.kind


def _gates(w: Workings) -> Iterator[ExplainedStep]:
    for gate in w.gates:
        yield taken(gate.name, gate.result.replace("-", " "), "", gate.why, formula=_RULES[gate.name])
    yield taken("verdict", w.conclusion.verdict, "", f"decided by {w.conclusion.decided_by}")
