"""What records are called beside each other, also where no table is drawn."""

from collections.abc import Sequence

from bench.records.types import SETTING_NAMES, Record
from bench.reports import figures as f


def labels(records: Sequence[Record]) -> dict[str, str]:
    """A short name for each record by its id: the model's, with the settings in which its records differ.

    Made unique by the id where that is not enough.
    """
    of_model: dict[str, list[Record]] = {}
    for record in records:
        of_model.setdefault(f.clean(record.model.name), []).append(record)
    names = {
        record.id: " ".join([name, *_held_apart(record, alike)])
        for name, alike in of_model.items()
        for record in alike
    }
    taken = list(names.values())
    return {
        key: name if taken.count(name) == 1 else f"{name} #{f.clean(key)[:8]}" for key, name in names.items()
    }


def _held_apart(record: Record, others: Sequence[Record]) -> list[str]:
    """The settings in which ``record`` differs from any of ``others``, as ``t=2``."""
    held = {
        short: f.clean(str(getattr(record.settings, name)))
        for name, short in SETTING_NAMES.items()
        if len({getattr(other.settings, name) for other in (record, *others)}) > 1
    }
    if held.get("tb") == held.get("t"):
        held.pop("tb", None)  # prefill's threads are decoding's, unless they are told apart
    return [f"{short}={value}" for short, value in held.items()]
