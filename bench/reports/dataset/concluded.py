"""Rows of what was concluded: verdicts against APIs, and the assumptions that they rest on."""

from collections.abc import Iterator

from bench.records.types import Record
from bench.reports.dataset.cells import Row, banded, number, utc


def comparisons(record: Record) -> Iterator[Row]:
    """As recorded; nothing is concluded anew."""
    if record.assessment is None:
        return
    for one in record.assessment.comparisons:
        gates = {gate.name: gate.result for gate in one.gates}
        price = one.price
        kind, volume = one.break_even_tasks_per_month
        yield {
            "assessed_utc": utc(record.assessment.at),
            "task": one.task,
            "api": one.api,
            "chosen_because": one.chosen_because,
            "verdict": one.verdict,
            "decided_by": one.decided_by,
            "probability": one.probability,
            "items_to_settle": one.items_to_settle,
            "fits": gates.get("fits"),
            "fast_enough": gates.get("fast-enough"),
            "good_enough": gates.get("good-enough"),
            "cheaper": gates.get("cheaper"),
            "sentence": one.sentence,
            "if_bought": one.if_bought,
            "price_model": price.matched_id if price else None,
            "price_provider": price.provider if price else None,
            "input_usd_per_mtok": number(price.input_usd_per_mtok) if price else None,
            "output_usd_per_mtok": number(price.output_usd_per_mtok) if price else None,
            "price_utc": utc(price.at) if price else None,
            "price_source": price.source if price else None,
            "is_last_price": one.is_last_price,
            **banded("device_accuracy", one.local_accuracy),
            **banded("api_accuracy", one.evidence.accuracy),
            "api_evidence": one.evidence.kind,
            "energy_provenance": one.local_energy_provenance,
            "device_attempt_s": one.local_seconds_per_attempt,
            **banded("device_attempt_j", one.local_energy_per_attempt_j),
            **banded("device_attempt_usd", one.local_cost_per_attempt_usd),
            **banded("api_attempt_usd", one.api_cost_per_attempt_usd),
            **banded("device_right_answer_usd", one.local_usd_per_correct),
            **banded("api_right_answer_usd", one.api_usd_per_correct),
            "device_less_api_usd": number(one.device_less_api_usd),
            "break_even_kind": kind,
            "break_even_attempts_per_month": number(volume),
            "affordable_device_usd": number(one.break_even_device_usd),
            "n_items": one.n_items,
        }


def assumptions(record: Record) -> Iterator[Row]:
    for one in record.assessment.assumptions if record.assessment else ():
        yield {
            "name": one.name,
            "value": one.value,
            **banded("figure", one.band),
            "unit": one.unit,
            "task": one.task,
            "kind": one.kind,
            "source": one.source,
            "date": one.date,
            "flag": one.flag,
        }
