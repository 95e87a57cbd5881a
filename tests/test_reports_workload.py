"""The tables of requests that were counted elsewhere."""

import pytest
from economics_cases import BUSY, QUIET, items, latency, record, scenario, task

from bench.economics.workload.here import work_here
from bench.economics.workload.usage import BATCH, Usage, tokens_of
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


def test_what_the_bills_leave_out_is_said() -> None:
    usages = [
        Usage(100, 10, tier=BATCH),
        Usage(100, 10, tier="priority", n_searches=3),
        Usage(0, 0, n_requests=0),
        Usage(100, 10, n_requests=4),
    ]
    (table,) = workload_tables(WorkloadCost(tokens=tokens_of(usages)), {})
    as_all = "an API that is asked for bills them like all others"
    assert table.notes[:6] == (
        "6 requests with 300 tokens in and 30 out",
        "1 of 4 rows are sums of several requests, whose sizes nobody knows",
        "1 of 4 rows are requests that failed: billed by nobody",
        "3 searches of the web were counted, too: their fee is in no bill",
        f"1 of 4 rows were served in batches, and are billed so as used; {as_all}",
        f"1 of 4 rows were served as 'priority', and have no known price as used; {as_all}",
    )
