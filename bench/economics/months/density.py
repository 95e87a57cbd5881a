"""The density law as a scenario: parameters that give equal skill halve every so many months.

Floats: the law is a trend over published models, known to a factor of two and more. Parameters in billions.
"""

import math

from bench.economics.assumptions.constants import Constant
from bench.records.types import Band, Density, Record


def parameters_for_equal_skill(parameters: float, months: float, halving_months: float) -> float:
    """How many have in so many months the skill that ``parameters`` have now: P · 2^(−m/h)."""
    return parameters * math.exp2(-months / halving_months)


def months_until_equal(parameters: float, held: float, halving_months: float) -> float:
    """In how many months ``held`` have the skill that ``parameters`` have now: h · log2(P/N), at least 0."""
    return max(0.0, halving_months * math.log2(parameters / held))


def held_parameters(record: Record) -> float | None:
    """Billions that this machine's memory holds at this model's bits: weights alone, so at most so many."""
    model, memory_bytes = record.model, record.machine.memory_bytes
    if not model.n_params or not model.size_bytes or not memory_bytes:
        return None
    return memory_bytes / model.size_bytes * model.n_params / 1e9


def density(
    record: Record, api_parameters: float, known_from: str, halving: Constant, horizon_months: int
) -> Density | None:
    """The scenario for one API whose size is known; None where this model's own is not."""
    if not record.model.n_params or api_parameters <= 0:
        return None
    local, held = record.model.n_params / 1e9, held_parameters(record)
    band = halving.band

    def over(months_to: float) -> Band:
        value, low, high = (months_until_equal(api_parameters, months_to, end) for end in band)
        return value, low, high

    sizes = [parameters_for_equal_skill(api_parameters, horizon_months, end) for end in band]
    return Density(
        halving_months=(band.value, band.low, band.high),
        api_parameters=api_parameters,
        api_parameters_from=known_from,
        local_parameters=local,
        held_parameters=held,
        parameters_at_horizon=(sizes[0], sizes[1], sizes[2]),
        months_to_local_size=over(local),
        months_to_held=None if held is None else over(held),
    )
