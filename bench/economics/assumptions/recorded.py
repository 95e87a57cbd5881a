"""The way back: from the assumptions that a record lists to the scenario that they were."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.flags import BATCH_FLAG, FLAGS, OWNERSHIP_FLAG, YES
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.assumptions.tax import TAX_BASIS_FLAG, read_tax_basis
from bench.economics.device.device_cost import read_ownership
from bench.errors import EconomicsError
from bench.records.types import Assumption

_REMEDY = "conclude anew: `breakeven cost`"


def scenario_of(assumptions: Iterable[Assumption], *, at: datetime) -> Scenario:
    """The scenario that listed these ``assumptions``, figure by figure; its seed is 0, as of every command.

    Raises EconomicsError where they do not tell it: a record of schema 1 has no bounds of its figures.
    """
    by_flag = {f"--{flag.name}": field for field, flag in FLAGS.items()}
    found: dict[str, Any] = {}
    for said in assumptions:
        if said.flag == f"--{OWNERSHIP_FLAG}":
            found["ownership"] = read_ownership(said.value)
        elif said.flag == f"--{TAX_BASIS_FLAG}":
            found["tax_basis"] = read_tax_basis(said.value)
        elif said.flag == f"--{BATCH_FLAG}":
            found["is_batch"] = said.value == YES
        elif said.flag in by_flag:
            field = by_flag[said.flag]
            if said.band is None:
                raise EconomicsError(f"the record holds no bounds of its {said.name}", remedy=_REMEDY)
            figure = Constant(*said.band, said.unit, said.kind, said.source, said.date)
            if FLAGS[field].is_per_task:
                found[field] = (*found.get(field, ()), Stated(said.task, figure))
            else:
                found[field] = figure
    for one in fields(Scenario):
        if isinstance(one.default, Constant) and one.name not in found:
            raise EconomicsError(f"the record does not tell its {one.name.replace('_', ' ')}", remedy=_REMEDY)
    return Scenario(at=at, **found)
