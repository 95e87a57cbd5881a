"""Requests counted elsewhere: each priced on its own, sums as their mean, a device by its measured rates."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from economics_cases import AT, BUSY, exactly, items, latency, profile, record, scenario, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.types import ApiProfile
from bench.economics.assumptions.constants import Constant, declared
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.device_cost import DEDICATED
from bench.economics.ways.bounds import read_bound
from bench.economics.ways.published_ways import PublishedWay, published_cost
from bench.economics.workload.bills import bills_as_used, bills_of_all
from bench.economics.workload.here import work_here
from bench.economics.workload.usage import Usage, tokens_of
from bench.records.types import Latency, WorkloadBill

TIERED = ApiProfile("gemini-2.5-pro", "", "google", "gemini-2.5-pro", "estimate")
MEASURED = record([task(items(1, 1))])  # 0.01 s and 0.2 J a prompt token, 0.1 s and 1.6 J a step


def bill_of_all(api: ApiProfile, usages: list[Usage], around: Scenario) -> WorkloadBill:
    (bill,) = bills_of_all([api], usages, around)
    return bill


counts = st.integers(0, 400_000)


@settings(max_examples=50, deadline=None)
@given(counts, counts, st.floats(0, 1), st.integers(1, 50))
def test_a_sum_is_taken_apart_without_losing_a_token(
    n_input: int, n_output: int, cached: float, n_requests: int
) -> None:
    n_cached = int(cached * n_input)
    n_written = n_input - n_cached
    one = Usage(
        n_input,
        n_output,
        cached_tokens=n_cached,
        written_tokens=n_written,
        hour_tokens=n_written // 3,
        n_requests=n_requests,
    )
    parts = list(one.alike())
    assert sum(n for n, _ in parts) == n_requests
    totals = (one.input_tokens, one.output_tokens, one.cached_tokens, one.written_tokens, one.hour_tokens)
    for i, total in enumerate(totals):
        assert sum(n * sizes[i] for n, sizes in parts) == total
        assert max(sizes[i] for _, sizes in parts) - min(sizes[i] for _, sizes in parts) <= 1
    for _, (n_in, _, n_read, n_kept, n_hour) in parts:
        assert 0 <= n_hour <= n_kept <= n_in - n_read


def test_each_request_has_its_own_tier() -> None:
    """250,000 tokens at once cost more than 200,000 and 50,000; as a sum of two they are two small ones."""
    apart = bill_of_all(TIERED, [Usage(200_000, 0), Usage(50_000, 0)], scenario())
    at_once = bill_of_all(TIERED, [Usage(250_000, 0)], scenario())
    as_sum = bill_of_all(TIERED, [Usage(250_000, 0, n_requests=2)], scenario())
    assert apart.usd is not None
    assert at_once.usd is not None
    assert as_sum.usd == apart.usd
    assert at_once.usd > apart.usd * Decimal("1.5")
    assert (apart.n_requests, at_once.n_requests, as_sum.n_requests) == (2, 1, 2)


def test_bills_worked_by_hand() -> None:
    # 1 and 4 USD per million: 3 · 100 in and 3 · 7 out are 0.0003 + 0.000084, and 10 % tax on top.
    bill = bill_of_all(
        profile(),
        [Usage(100, 7), Usage(200, 14, n_requests=2)],
        scenario(tax_basis="gross", vat=exactly("0.1")),
    )
    assert (bill.input_usd, bill.output_usd) == (Decimal("0.00033"), Decimal("0.0000924"))
    assert bill.usd == Decimal("0.0004224")


def test_a_price_that_is_not_known_is_no_bill() -> None:
    bill = bill_of_all(profile(prices=()), [Usage(1, 1)], scenario())
    assert (bill.usd, bill.price) == (None, None)
    assert bill.absent_because is not None
    assert "no public price" in bill.absent_because


def test_as_used_is_by_model_and_day() -> None:
    mini = ApiProfile("gpt-4o-mini", "", "openai", "gpt-4o-mini", "o200k_base", released=AT.date())
    early = datetime(2026, 1, 1, tzinfo=UTC)
    usages = [
        Usage(10, 1, model="mini"),
        Usage(10, 1, model="4o-mini", at=AT),
        Usage(10, 1, model="x"),
        Usage(1, 1),
    ]
    whose: dict[str, ApiProfile | str] = {"mini": mini, "4o-mini": mini, "x": "nobody's"}
    known, unknown = bills_as_used(whose, usages, scenario())
    assert (known.api, known.n_requests, known.which, known.n_days) == ("gpt-4o-mini", 2, "as-used", 1)
    assert known.usd == 2 * (10 * Decimal("0.15") + Decimal("0.6")) / 1_000_000
    assert (unknown.api, unknown.usd, unknown.absent_because) == ("x", None, "nobody's")
    (before,) = bills_as_used(whose, [Usage(10, 1, model="mini", at=early)], scenario())
    assert before.absent_because is not None
    assert "released on" in before.absent_because


def test_reasoning_of_all_is_known_only_if_it_is_of_each() -> None:
    told = [Usage(1, 5, reasoning_tokens=3), Usage(1, 5, reasoning_tokens=0)]
    assert tokens_of(told).reasoning_tokens == 3
    assert tokens_of([*told, Usage(1, 5)]).reasoning_tokens is None


def test_a_device_worked_by_hand() -> None:
    """Of 100 + 11 tokens: 2 s and 36 J each; here are three, two of them in one row."""
    usages = [Usage(100, 11), Usage(200, 22, n_requests=2)]
    here = work_here(MEASURED, usages, scenario())
    assert here.seconds == pytest.approx(6.0)
    assert here.joules is not None
    assert here.joules[0] == pytest.approx(108.0)
    assert here.usd is not None
    assert float(here.usd[0]) == pytest.approx(0.36 * 108 / 3.6e6)
    assert here.per_month == pytest.approx(730.5 * 3600 / 2)
    few_hours = work_here(MEASURED, usages, scenario(allowed_hours=exactly("10")))
    assert few_hours.per_month == pytest.approx(18_000)
    assert (here.n_longer, here.longest_timed_tokens, here.absent_because) == (0, 100, ())
    assert work_here(MEASURED, [Usage(101, 1)], scenario()).n_longer == 1


def test_joules_of_a_busy_machine_are_said_to_be_disturbed_where_there_are_any() -> None:
    busy = record([task(items(1, 1))], [latency(contention=BUSY)])
    assert work_here(busy, [Usage(100, 11)], scenario()).is_disturbed
    assert not work_here(busy, [Usage(4000, 97)], scenario()).is_disturbed, "beyond the context"
    assert not work_here(MEASURED, [Usage(100, 11)], scenario()).is_disturbed


def test_a_device_that_was_bought_bears_its_price() -> None:
    sunk, bought = scenario(), scenario(ownership=DEDICATED, device_price=exactly("360"))
    once = [Usage(100, 11, n_requests=1)] * 5
    of_sunk, of_bought = (work_here(MEASURED, once, one).usd for one in (sunk, bought))
    assert of_sunk is not None
    assert of_bought is not None
    fixed = 5 * bought.fixed_per_month() / bought.tasks_per_month.value
    assert of_bought[0] - of_sunk[0] == pytest.approx(fixed)


def test_no_more_tasks_share_a_price_than_one_device_can_do() -> None:
    """Of 2 s each it does 1,314,900 in 730.5 h; tasks that it cannot do bear nothing of its price."""
    bought = scenario(ownership=DEDICATED, device_price=exactly("360"), tasks_per_month=exactly("1000000000"))
    here = work_here(MEASURED, [Usage(100, 11)], bought)
    most = replace(bought, tasks_per_month=exactly("1314900"))
    assert here.per_month == pytest.approx(1_314_900)
    assert here.usd == pytest.approx(work_here(MEASURED, [Usage(100, 11)], most).usd)


def test_ranges_of_what_a_device_costs_are_in_the_bounds() -> None:
    """Of 0.36 USD/kWh, 10 W in 730.5 h are 7.305 kWh a month, and 36 J an attempt."""
    exact = {
        "ownership": DEDICATED,
        "device_price": exactly("360"),
        "tasks_per_month": exactly("1000"),
        "lifetime": exactly("36"),
        "discount_rate": exactly("0"),
        "resale": exactly("0"),
        "maintenance": exactly("0"),
    }

    def bounds(**ranges: Constant) -> list[float]:
        usd = work_here(MEASURED, [Usage(100, 11)], scenario(**exact | ranges)).usd
        assert usd is not None
        return [float(end) for end in usd]

    def between(value: str, low: str, high: str) -> Constant:
        return declared(value, "", low=low, high=high)

    idle, metered = 7.305 * 0.36, 3.6e-6
    assert bounds(device_price=between("360", "36", "720")) == pytest.approx(
        [(fixed + idle) / 1000 + metered for fixed in (10, 1, 20)]
    )
    assert bounds(tasks_per_month=between("1000", "100", "2000")) == pytest.approx(
        [(10 + idle) / n + metered for n in (1000, 2000, 100)]
    )
    assert bounds(idle_watts=between("10", "0", "20")) == pytest.approx(
        [(10 + times * idle) / 1000 + metered for times in (1, 0, 2)]
    )
    assert bounds(kwh_price=between("0.36", "0.18", "0.72")) == pytest.approx(
        [(10 + times * idle) / 1000 + times * metered for times in (1, 0.5, 2)]
    )


def test_bounds_of_money_are_those_of_all_constants() -> None:
    spread = record([task(items(1, 1))], [latency(spread=0.25)])
    here = work_here(spread, [Usage(100, 11)], scenario())
    assert here.joules == pytest.approx((36.0, 27.0, 45.0))
    assert here.usd is not None
    assert [float(part) for part in here.usd] == pytest.approx([3.6e-6, 2.7e-6, 4.5e-6])


@pytest.mark.parametrize(
    ("latencies", "usage", "reason"),
    [
        ([], Usage(10, 1), "no request of this task was timed alone"),
        (None, Usage(4000, 97), "1 of 1 request does not fit the context of 4,096 tokens"),
        (
            [Latency(task="t", requests=(), energy=latency().energy)],
            Usage(1, 1),
            "no seconds: no request was timed",
        ),
        ([Latency(task="t", requests=latency().requests, energy=())], Usage(1, 1), "no energy was read"),
    ],
)
def test_what_was_not_measured_has_a_reason(
    latencies: list[Latency] | None, usage: Usage, reason: str
) -> None:
    here = work_here(record([task(items(1, 1))], latencies), [usage], scenario())
    assert reason in " ".join(here.absent_because)
    assert here.seconds is None or here.usd is None


def test_rates_of_a_task_alone() -> None:
    slow = Latency(
        task="slow",
        requests=tuple(r.model_copy(update={"ttft_s": 3.0}) for r in latency().requests),
        energy=(),
    )
    both = record([task(items(1, 1))], [latency(), slow])
    usages = [Usage(100, 1)]
    alone, together = (work_here(both, usages, scenario(), tasks) for tasks in (("slow",), ()))
    assert alone.seconds == pytest.approx(3.0)
    assert together.seconds == pytest.approx(2.0)
    assert (alone.tasks, together.tasks) == (("slow",), ("some-task", "slow"))


def test_published_ways_keep_their_bounds() -> None:
    def way(price: str, accuracy: str) -> PublishedWay:
        return PublishedWay("w", read_bound(price), read_bound(accuracy), "s", "2024")

    assert published_cost(way("<4", "0.32")).usd_per_solved == ("<", Decimal("12.5"))
    nobody = published_cost(way("~5", "0"))
    assert (nobody.usd_per_solved, nobody.shown_usd_per_solved) == (None, None)
    assert nobody.absent_because is not None
    either = published_cost(way("<4", "<0.5"))
    assert either.usd_per_solved is None
    assert either.absent_because == "nothing bounds <4 ÷ <0.5: it may be more or less"
