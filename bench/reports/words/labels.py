"""What records are called beside each other, also where no table is drawn."""

from collections import Counter
from collections.abc import Sequence

from bench.records.types import SETTING_NAMES, Record
from bench.reports.words import figures as f


def labels(records: Sequence[Record]) -> dict[str, str]:
    """A short name for each record by its id: the model's, with what tells its records apart.

    First what was measured, where that differs, then the settings that do; the id where that is not enough.
    """
    of_model: dict[str, list[Record]] = {}
    for record in records:
        of_model.setdefault(f.clean(record.model.name), []).append(record)
    names: dict[str, str] = {}
    for name, of_one in of_model.items():
        kinds = dict.fromkeys(record.kind for record in of_one)
        for kind in kinds:
            alike = [record for record in of_one if record.kind == kind]
            told = [name] if kind == "run" or len(kinds) == 1 else [name, f"({kind})"]
            settings = _not_in_common(alike)
            names |= {record.id: " ".join([*told, *_held(record, settings)]) for record in alike}
    taken = Counter(names.values())
    return {key: name if taken[name] == 1 else f"{name} #{f.clean(key)[:8]}" for key, name in names.items()}


def named(records: Sequence[Record]) -> list[tuple[Record, str]]:
    names = labels(records)
    return [(record, names[record.id]) for record in records]


def _not_in_common(records: Sequence[Record]) -> list[str]:
    """The settings in which any of ``records`` differ."""
    return [name for name in SETTING_NAMES if len({getattr(record.settings, name) for record in records}) > 1]


def _held(record: Record, settings: Sequence[str]) -> list[str]:
    """These settings of the record, as ``t=2``."""
    held = {SETTING_NAMES[name]: f.clean(str(getattr(record.settings, name))) for name in settings}
    if held.get("tb") == held.get("t"):
        held.pop("tb", None)  # prefill's threads are decoding's, unless they are told apart
    return [f"{short}={value}" for short, value in held.items()]
