"""What was concluded, as the page has it: each comparison with its reason and its weakest point."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.records.types import Comparison, Record
from bench.reports.page.plain import Table, number, numbers, told, words
from bench.reports.words.verdicts import distance, weakest_point


def comparisons(record: Record, tasks: Table, apis: Table, prices: Table) -> list[dict[str, Any]]:
    """In their order in the record; ``task``, ``api`` and ``price`` are places in the tables."""
    if record.assessment is None:
        return []
    return [
        {
            "task": _task(tasks, one.task),
            "api": apis.index(words(one.api), words(one.api)),
            "chosen_because": words(one.chosen_because),
            "price": _price(prices, one),
            "verdict": one.verdict,
            "decided_by": words(one.decided_by),
            "probability": number(one.probability),
            "items_to_settle": one.items_to_settle,
            "n_items": one.n_items,
            "sentence": told(one.sentence),
            "if_bought": told(one.if_bought),
            "weakest": weakest_point(record.assessment, one),
            "gates": [
                {
                    "name": gate.name,
                    "result": gate.result,
                    "why": told(gate.why),
                    "probability": number(gate.probability),
                }
                for gate in one.gates
            ],
            "evidence": {
                "kind": one.evidence.kind,
                "accuracy": numbers(one.evidence.accuracy),
                "detail": told(one.evidence.detail),
            },
            "tokens": _tokens(one),
            "energy_provenance": one.local_energy_provenance,
            "local_accuracy": _accuracy(one),
            "local_attempt_usd": numbers(one.local_cost_per_attempt_usd),
            "api_attempt_usd": numbers(one.api_cost_per_attempt_usd),
            "local_right_usd": numbers(one.local_usd_per_correct),
            "api_right_usd": numbers(one.api_usd_per_correct),
            "local_seconds": number(one.local_seconds_per_attempt),
            "local_j": numbers(one.local_energy_per_attempt_j),
            "device_less_api_usd": number(one.device_less_api_usd),
            "break_even": {
                "kind": words(one.break_even_tasks_per_month[0]),
                "if_bought": number(one.break_even_tasks_per_month[1]),
            },
            "affordable_usd": number(one.break_even_device_usd),
            "break_evens": _break_evens(one),
            "swings": _swings(one),
            "flips": [words(flip) for flip in one.flips],
        }
        for one in record.assessment.comparisons
    ]


def closest_places(shown: Sequence[Mapping[str, Any]]) -> list[int]:
    """Of ``comparisons``, those that stand for the others of their task, verdict and deciding gate."""
    best: dict[tuple[int, str, str], tuple[float, float, int]] = {}
    for place, one in enumerate(shown):
        found = (*distance(one["probability"], (one["api_attempt_usd"] or (None,))[0]), place)
        key = one["task"], one["verdict"], one["decided_by"]
        best[key] = min(best.get(key, found), found)
    return [place for _, _, place in best.values()]


def efficiency(record: Record, tasks: Table) -> list[dict[str, Any]]:
    """What an attempt of each task takes, by the meter whose joules the costs rest on."""
    found = record.assessment.efficiency if record.assessment else ()
    return [
        {
            "task": _task(tasks, one.task),
            "meter": words(one.meter),
            "covers": words(one.covers),
            "provenance": one.provenance,
            "detail": words(one.detail),
            "disturbed": one.is_disturbed,
            "n": one.n_items,
            "basis": one.basis,
            "attempt_j": numbers(energy.attempt_j),
            "per_correct_j": numbers(energy.per_correct_j),
            "ipj_per_j": numbers(one.ipj_per_j),
            "carbon_g": numbers(one.carbon_g),
        }
        for one in found
        if one.is_chosen and (energy := one.gross if one.basis == "gross" else one.above_idle) is not None
    ]


def _task(tasks: Table, name: str) -> int:
    shown = words(name)
    return tasks.index(shown, {"name": shown, "title": shown, "kind": "generate", "chance": None})


def _price(prices: Table, one: Comparison) -> int | None:
    price = one.price
    if price is None:
        return None
    row = {
        "model": words(price.model),
        "matched_id": words(price.matched_id),
        "provider": words(price.provider),
        "input_usd_per_mtok": number(price.input_usd_per_mtok),
        "output_usd_per_mtok": number(price.output_usd_per_mtok),
        "at": price.at.strftime("%Y-%m-%d"),
        "source": told(price.source),
        "served": words(price.served),
        "is_last": one.is_last_price,
    }
    return prices.index(tuple(row.values()), row)


def _tokens(one: Comparison) -> dict[str, Any] | None:
    tokens = one.tokens
    if tokens is None:
        return None
    return {
        "input": number(tokens.input_tokens),
        "output": number(tokens.output_tokens),
        "input_source": told(tokens.input_source),
        "output_source": told(tokens.output_source),
        "is_estimate": tokens.is_estimate,
    }


def _accuracy(one: Comparison) -> dict[str, Any] | None:
    share = one.local_accuracy
    if share is None:
        return None
    return {"share": numbers((share.value, share.low, share.high)), "method": words(share.method)}


def _break_evens(one: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "figure": point.figure,
            "per": point.per,
            "unit": words(point.unit),
            "flag": words(point.flag),
            "now": number(point.now),
            "kind": point.kind,
            "at": number(point.at),
            "cheaper_here": point.cheaper_here,
        }
        for point in one.break_evens
    ]


def _swings(one: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "name": words(swing.name),
            "flag": words(swing.flag),
            "low": number(swing.low),
            "high": number(swing.high),
            "unit": words(swing.unit),
            "usd_at_low": number(swing.usd_at_low),
            "usd_at_high": number(swing.usd_at_high),
            "probability_if_low": number(swing.probability_if_low),
            "probability_if_high": number(swing.probability_if_high),
            "flips": swing.flips,
        }
        for swing in one.swings
    ]
