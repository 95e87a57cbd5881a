"""The tables of requests that were counted elsewhere."""

import pytest
from economics_cases import BUSY, QUIET, items, latency, record, request, scenario, task

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
    as_all = "an API that is asked for bills all rows alike"
    assert table.notes[:6] == (
        "6 requests with 300 tokens in and 30 out",
        "1 of 4 rows sums up several requests, whose sizes nobody knows",
        "1 of 4 rows is a request that failed: billed by nobody",
        "counted, too: 3 searches of the web, whose fee is in no bill",
        f"1 of 4 rows was served in batches, billed so as used; {as_all}",
        f"1 of 4 rows was served as 'priority', of no known price as used; {as_all}",
    )


def test_one_is_no_plural() -> None:
    usages = [Usage(1, 1, written_tokens=1, n_searches=1, tier="priority")]
    one_token = [request(i, n_prompt_tokens=1) for i in range(2)]
    device = record([task(items(1, 1))], [latency().model_copy(update={"requests": tuple(one_token)})])
    longer = [work_here(device, [Usage(2, 1)], scenario())]
    cost = WorkloadCost(tokens=tokens_of(usages), here=tuple(longer))
    bills, here = workload_tables(cost, {})
    assert bills.notes[0] == "1 request with 1 token in and 1 out"
    assert bills.notes[1] == "counted, too: 1 search of the web, whose fee is in no bill"
    assert bills.notes[2].startswith("1 of 1 row was served as 'priority'")
    assert bills.notes[3].startswith("1 input token written to the provider's cache")
    assert any(
        "1 of 1 request is longer than any prompt that was timed, of up to 1 token, and" in note
        for note in here.notes
    )
