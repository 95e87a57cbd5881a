"""All tables of what was measured, in the order of a report."""

from collections.abc import Mapping, Sequence

from bench.records.types import Record
from bench.reports.tables.energy import (
    efficiency_table,
    energy_table,
    modelled_energy_table,
    task_energy_table,
)
from bench.reports.tables.ladder import ladder_tables
from bench.reports.tables.measurements import latency_table, memory_table, quality_table, speed_table
from bench.reports.tables.sampling import sampling_table
from bench.reports.tables.sustained import sustained_table
from bench.reports.tables.table import Table
from bench.reports.tables.text_loss import text_loss_table


def measured_tables(records: Sequence[Record]) -> list[Table]:
    """A table without rows is left out."""
    tables = [
        *ladder_tables(records),
        quality_table(records),
        sampling_table(records),
        text_loss_table(records),
        speed_table(records),
        sustained_table(records),
        latency_table(records),
        memory_table(records),
        *energy_tables(records),
    ]
    return [table for table in tables if table.rows]


def energy_tables(records: Sequence[Record]) -> list[Table]:
    """What meters told before what was modelled; a table without rows is left out."""
    tables = [
        energy_table(records),
        task_energy_table(records),
        efficiency_table(records),
        modelled_energy_table(records),
        task_energy_table(records, is_modelled=True),
        efficiency_table(records, is_modelled=True),
    ]
    return [table for table in tables if table.rows]


def task_energy_tables(records: Sequence[Record], names: Mapping[str, str]) -> list[Table]:
    """Joules of tasks and what they buy, by meters and then by the model; ``names`` are the records'."""
    return [
        table(records, names, is_modelled=is_modelled)
        for is_modelled in (False, True)
        for table in (task_energy_table, efficiency_table)
    ]
