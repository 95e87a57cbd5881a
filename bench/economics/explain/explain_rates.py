"""Seconds and joules of a mean attempt, line by line, from the rates of requests served alone."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bench.economics.device.operating_point import timed_requests, told_readings
from bench.economics.explain.explain_words import counted, of_flag, put, step, taken
from bench.economics.verdict.workings import Workings
from bench.records.types import ExplainedStep, ItemResult, Latency
from bench.stats import Estimate

_NO_STEP = "no decode step was timed"


def explain_rates(w: Workings) -> Iterator[ExplainedStep]:
    """Seconds and joules of a mean attempt, from the rates of requests served alone."""
    lengths = _lengths(w.device.items)
    if lengths is None:
        yield taken("tokens of an attempt here", "not known", "", "an item came without its token counts")
        return
    n_prompt, n_steps, n = lengths
    measured = f"measured: token counts of {counted(n, 'attempt')} at {w.task.task}"
    prompt, steps = Decimal(n_prompt) / n, Decimal(n_steps) / n
    yield step(
        "prompt tokens of an attempt",
        "Σ prompt tokens ÷ attempts",
        f"{n_prompt} ÷ {n}",
        prompt,
        "tokens",
        measured,
    )
    yield step(
        "decode steps of an attempt",
        "Σ (output tokens − 1) ÷ attempts",
        f"{n_steps} ÷ {n}",
        steps,
        "steps",
        f"{measured}; the first output token comes with the prompt",
    )
    latency = next((one for one in w.record.latency if one.task == w.task.task), None)
    if latency is None:
        yield taken("seconds and joules", "not known", "", w.device.point.no_speed_because)
        return
    yield from _seconds(w, latency, prompt, steps)
    yield from _joules(w, latency, prompt, steps)


def _lengths(items: Sequence[ItemResult]) -> tuple[int, int, int] | None:
    """Prompt tokens and decode steps of all attempts, and attempts; None when one is not known."""
    counts = [
        (item.n_prompt_tokens, max(0, item.n_output_tokens - 1))
        for item in items
        if item.n_prompt_tokens is not None and item.n_output_tokens is not None
    ]
    if not counts or len(counts) < len(items):
        return None
    return sum(prompt for prompt, _ in counts), sum(steps for _, steps in counts), len(counts)


def _seconds(w: Workings, latency: Latency, prompt: Decimal, steps: Decimal) -> Iterator[ExplainedStep]:
    rates = w.device.point.speed
    if rates is None or w.device.seconds is None:
        yield taken("seconds of an attempt", "not known", "", w.device.point.no_speed_because or _NO_STEP)
        return
    chosen, _ = timed_requests(latency.requests)
    where = f"measured: {counted(len(chosen), 'request')} of {latency.task} served alone"
    if rates.is_disturbed:
        where += ", while other programs were busy: real times are at most these"
    tokens = sum(request.n_prompt_tokens for request in chosen)
    first_s = sum(request.ttft_s for request in chosen)
    yield step(
        "seconds per prompt token",
        "Σ TTFT ÷ Σ prompt tokens",
        f"{put(first_s)} ÷ {tokens}",
        rates.to_first_s_per_token,
        "s",
        where,
    )
    numbers = f"{put(prompt)} × {put(rates.to_first_s_per_token)}"
    if rates.s_per_decode_step is not None:
        decoded = [request for request in chosen if request.n_output_tokens > 1]
        decode_s = sum(request.decode_s for request in decoded)
        n_steps = sum(request.n_output_tokens - 1 for request in decoded)
        yield step(
            "seconds per decode step",
            "Σ decode seconds ÷ Σ steps",
            f"{put(decode_s)} ÷ {n_steps}",
            rates.s_per_decode_step,
            "s",
            where,
        )
        numbers += f" + {put(steps)} × {put(rates.s_per_decode_step)}"
    yield step(
        "seconds of an attempt",
        "prompt tokens × seconds per prompt token + decode steps × seconds per decode step",
        numbers,
        w.device.seconds,
        "s",
    )


def _joules(w: Workings, latency: Latency, prompt: Decimal, steps: Decimal) -> Iterator[ExplainedStep]:
    rates, costs = w.device.point.energy, w.device.costs
    if rates is None or costs is None:
        yield taken("joules of an attempt", "not known", "", w.device.no_cost_because)
        return
    where = f"{rates.provenance}: {rates.meter}, covers {rates.covers}"
    where += f"; {rates.detail}" if rates.detail else ""
    prefill = told_readings(latency.energy, rates.meter, "prefill", "above-idle")
    per_token, per_step = rates.j_per_prompt_token, rates.j_per_decode_step or Estimate(0, 0, 0)
    yield step(
        "joules per prompt token",
        "Σ joules above idle of prompts ÷ Σ prompt tokens",
        _summed([(joules.value, n) for joules, _, n in prefill]),
        per_token.value,
        "J",
        where,
        _windows(prefill, per_token),
    )
    if rates.j_per_decode_step is not None:
        decode = told_readings(latency.energy, rates.meter, "decode", "above-idle")
        yield step(
            "joules per decode step",
            "Σ joules above idle of decoding ÷ Σ steps",
            _summed([(joules.value, n) for joules, _, n in decode]),
            per_step.value,
            "J",
            where,
            _windows(decode, per_step),
        )
    formula = "prompt tokens × joules per prompt token + decode steps × joules per decode step"
    least, most = f"{formula}, each at its least", f"{formula}, each at its most"
    for name, how, end in (("", formula, 0), (", at least", least, 1), (", at most", most, 2)):
        if end and costs.joules.low == costs.joules.high:
            return
        numbers = f"{put(prompt)} × {put(per_token[end])}"
        if rates.j_per_decode_step is not None:
            numbers += f" + {put(steps)} × {put(per_step[end])}"
        yield step(f"joules of an attempt{name}", how, numbers, costs.joules[end], "J", "above idle")


def _windows(told: Sequence[tuple[Estimate, float, int]], rate: Estimate) -> str:
    """When they were drawn, and what is known of them."""
    seconds = sum(window_s for _, window_s, _ in told)
    said = f"read over {counted(len(told), 'window')}, {put(seconds)} s, apart from the timed requests; "
    if rate.low == rate.high:
        return f"{said}without bounds"
    return f"{said}by the bounds of the record between {put(rate.low)} and {put(rate.high)} J"


def explain_capacity(w: Workings) -> Iterator[ExplainedStep]:
    """What one device can do in a month, which the fixed costs are shared by at most."""
    if w.service is None or w.capacity is None or w.device.point.speed is None:
        return
    rates, lengths = w.service.rates, w.service.lengths
    prompt, n = Decimal(sum(tokens for tokens, _ in lengths)) / len(lengths), len(rates.step_s)
    alone, last = rates.step_s[0], rates.step_s[-1]
    if n > 1 and alone > 0:
        yield step(
            f"seconds of a step of {n} answers at once",
            "seconds per decode step × how many times as long it takes",
            f"{put(alone)} × {put(last / alone)}",
            last,
            "s",
            "measured: the speed grid",
        )
    attempts = () if len(lengths) == len(w.device.items) else (f"of all {counted(len(lengths), 'attempt')}",)
    yield step(
        "seconds between two answers at capacity",
        "prompt tokens × seconds per prompt token + decode steps × seconds of a step of n ÷ n, "
        "n answers at once",
        f"{put(prompt)} × {put(w.device.point.speed.to_first_s_per_token)} + "
        f"{put(w.service.steps)} × {put(last)} ÷ {n}",
        w.service.seconds,
        "s",
        *attempts,
        *rates.notes,
    )
    yield step(
        "capacity of one device",
        "allowed hours × 3600 ÷ seconds between two answers at capacity",
        f"{put(w.scenario.working_hours)} × 3600 ÷ {put(w.service.seconds)}",
        w.capacity,
        "tasks/month",
        of_flag(w.scenario, "hours_per_month" if w.scenario.allowed_hours is None else "allowed_hours"),
    )


def _summed(told: Sequence[tuple[float, int]]) -> str:
    return f"{put(sum(joules for joules, _ in told))} ÷ {sum(n for _, n in told)}"
