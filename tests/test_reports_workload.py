"""The tables of requests that were counted elsewhere."""

import pytest
from economics_cases import BUSY, QUIET, items, latency, record, scenario, task

from bench.economics.workload import Usage, tokens_of, work_here
from bench.records.types import Contention, WorkloadCost
from bench.reports.tables.table import DISTURBED_COST_NOTE
from bench.reports.tables.workload import workload_tables


@pytest.mark.parametrize(("contention", "mark"), [(QUIET, "~"), (BUSY, "!~")])
def test_joules_of_a_busy_machine_mark_what_rests_on_them(contention: Contention, mark: str) -> None:
    device = record([task(items(1, 1))], [latency(contention=contention)])
    usages = [Usage(100, 11)] * 2
    cost = WorkloadCost(tokens=tokens_of(usages), here=(work_here(device, usages, scenario()),))
    _, here = workload_tables(cost, {})
    assert here.rows[0][1:4] == (f"{mark}$0.00000720", f"{mark}$0.00360", f"{mark}72.0")
    assert (DISTURBED_COST_NOTE in here.notes) == (contention is BUSY)
