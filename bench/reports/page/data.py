"""What the page knows, as one JSON-able document: figures at the precision that is shown, strings cleaned.

Absent is None (null), never 0; nothing is NaN or infinite. No clock: the same records give the same bytes.
What several records share (machines, settings, prices, assumptions) is in a table and referred to by index.
"""

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from bench import __version__
from bench.records.types import Assumption, Machine, Record, Worksheet
from bench.reports.page.concluded import comparisons, efficiency
from bench.reports.page.measured import energy, latency, memory, quality, speed
from bench.reports.page.plain import Table, cleaned, number, numbers, told, words
from bench.reports.results_readme import held, where
from bench.reports.rows.comparable import comparable, machine_by, rung
from bench.reports.rows.summary import is_base_model
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.verdicts import premise


def page_data(
    records: Sequence[Record],
    *,
    worksheet: Worksheet | None = None,
    files: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that the page shows of ``records``; bytes, seconds, USD and shares, as field names say.

    ``worksheet`` is what the page needs to conclude anew; ``files`` has file names by record id.
    """
    chosen = sorted(records, key=rung)
    names = labels(chosen)
    machines, groups, apis = Table(), Table(), Table()
    tasks, prices, assumptions = Table(), Table(), Table()
    group_of = {id(one): group for group in comparable(chosen) for one in group}
    shown = []
    for record in chosen:
        group = group_of[id(record)]
        machine = machine_by(record.machine, within="machine")
        for task in record.tasks:
            title = {"name": words(task.task), "title": words(task.title), "kind": task.kind}
            tasks.index(words(task.task), title | {"chance": number(task.chance)})
        shown.append(
            {
                "id": words(record.id),
                "label": names[record.id],
                "file": words((files or {}).get(record.id)),
                "created": record.created_utc.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "machine": machines.index(machine, _machine(record.machine)),
                "group": groups.index(group[0].id, _group(group[0])),
                "is_quick": record.is_quick,
                "is_complete": record.is_complete,
                "is_base": is_base_model(record),
                "imported": words(record.imported.tool) if record.imported else None,
                "kind": record.kind,
                "model": _model(record),
                "engine": _engine(record),
                "settings": cleaned(record.settings.model_dump(mode="json")),
                "tool": {"version": words(record.tool.version), "commit": words(record.tool.commit)},
                "command": shlex.join(f.clean(word) for word in ("breakeven", *record.tool.arguments)),
                "load_s": number(record.load.load_s) if record.load else None,
                "speed": speed(record),
                "latency": latency(record),
                "memory": memory(record),
                "energy": energy(record),
                "efficiency": efficiency(record, tasks),
                "tasks": quality(record, tasks),
                "premise": premise(record.assessment) if record.assessment else None,
                "assessed": f.day(record.assessment.at) if record.assessment else None,
                "comparisons": comparisons(record, tasks, apis, prices),
                "assumptions": [
                    assumptions.index(one.model_dump_json(), _assumption(one))
                    for one in (record.assessment.assumptions if record.assessment else ())
                ],
                "notes": [words(note) for note in record.assessment.notes] if record.assessment else [],
                "warnings": [
                    {"code": words(one.code), "what": words(one.what), "remedy": words(one.remedy)}
                    for one in record.warnings
                ],
                "failures": [
                    {"unit": words(one.unit), "kind": one.kind, "what": words(one.what)}
                    for one in record.failures
                ],
            }
        )
    return {
        "version": __version__,
        "made": max((f.day(record.created_utc) for record in chosen), default=None),
        "machines": machines.rows,
        "groups": groups.rows,
        "apis": apis.rows,
        "tasks": tasks.rows,
        "prices": prices.rows,
        "assumptions": assumptions.rows,
        "records": shown,
        "worksheet": cleaned(worksheet.model_dump(mode="json")) if worksheet and worksheet.records else None,
        "worksheet_absent": _why_not_redone(worksheet),
        "left_out": [],
    }


def _why_not_redone(worksheet: Worksheet | None) -> str | None:
    """Where nothing can be concluded anew, the first reason."""
    if worksheet is None or worksheet.records:
        return None
    return next((words(one.because) for one in worksheet.not_redone), "nothing was compared with an API")


def _machine(machine: Machine) -> dict[str, Any]:
    return {
        "key": _key(machine.model_dump_json(exclude={"python"})),
        "machine_class": words(machine.machine_class),
        "cpu_model": words(machine.cpu_model),
        "memory_bytes": machine.memory_bytes,
        "gpus": [words(gpu) for gpu in machine.gpus],
        "system": words(machine.system),
        "architecture": words(machine.architecture),
        "usable_cpus": machine.usable_cpus,
    }


def _group(first: Record) -> dict[str, Any]:
    title, told = words(where(first)), words(held(first))
    return {"key": _key(f"{title} {told}"), "title": title, "held": told}


def _model(record: Record) -> dict[str, Any]:
    model = record.model
    return {
        "name": words(model.name),
        "quantization": words(model.quantization),
        "size_bytes": model.size_bytes,
        "n_params": model.n_params,
        "bits_per_weight": number(model.bits_per_weight),
        "sha256": words(model.sha256),
        "licence": words(model.licence),
        "source": words(model.source),
        "requantized_from": words(model.requantized_from),
    }


def _engine(record: Record) -> dict[str, Any] | None:
    engine = record.engine
    if engine is None:
        return None
    return {"name": words(engine.name), "version": words(engine.version), "build": words(engine.build)}


def _assumption(one: Assumption) -> dict[str, Any]:
    return {
        "name": words(one.name),
        "value": words(one.value),
        "unit": words(one.unit),
        "kind": one.kind,
        "source": told(one.source),
        "date": words(one.date),
        "flag": words(one.flag),
        "band": numbers(one.band),
        "task": words(one.task),
    }


def _key(text: str) -> str:
    """Short and stable, for links."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
