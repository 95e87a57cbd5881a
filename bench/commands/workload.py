"""What a workload of one's own costs: at the APIs asked for, as it was used, and on measured devices."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bench.catalog.apis import load_apis
from bench.catalog.types import ApiProfile
from bench.commands.billable import find_billable
from bench.commands.circumstances import Circumstances, check_tasks, read_circumstances
from bench.commands.cost_options import (
    COUNTRY_FLAG,
    DEVICE_FLAG,
    FLAGS,
    ONLY_NAMED_FLAG,
    OWNERSHIP_FLAG,
    CostOptions,
)
from bench.commands.report import read
from bench.economics.api.price_table import price_table
from bench.economics.ways.frontier import frontiers
from bench.economics.ways.published_ways import published_cost
from bench.economics.workload.bills import bills_as_used, bills_of_all
from bench.economics.workload.here import work_here
from bench.economics.workload.usage import Usage, tokens_of
from bench.errors import BreakevenError, InputError, nearest
from bench.records.store import Found
from bench.records.types import Frontier, Record, WorkloadCost
from bench.tasks import resolve

_REMEDY = "leave it out, or give RECORDS without a workload"
_UNHEEDED = {  # by why bills alone do not heed these
    "have no answers that could be right or wrong": (
        "need-accuracy", "api-accuracy", "loss-per-error", "check-cost", "delta", "setting-band"
    ),
    "have counted tokens": ("answer-length", "cached-share"),
    "are billed at the prices of one day": (
        "horizon", "price-decline", "density-halving", "api-parameters"
    ),
    "are billed, and their carbon is not counted": ("embodied", "hosted-wh", "hosted-grid"),
    "are billed by the APIs that are named, and none is chosen for a task": (ONLY_NAMED_FLAG,),
}  # fmt: skip
_OF_A_DEVICE = (
    DEVICE_FLAG, COUNTRY_FLAG, OWNERSHIP_FLAG, "kwh-price", "psu-efficiency", "unmetered", "wage", "labour",
    "tasks-per-month", "device-price", "lifetime", "discount-rate", "resale", "maintenance", "idle-watts",
    "hours-per-month", "allowed-hours",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PricedWorkload:
    """Under one variation of the scenario: option name to the user's words."""

    differs_by: dict[str, str]
    cost: WorkloadCost


@dataclass(frozen=True, slots=True)
class Priced:
    """One for each variation; ``broken``: files that are no records."""

    workloads: tuple[PricedWorkload, ...]
    broken: tuple[BreakevenError, ...] = ()


def price_workload(options: CostOptions) -> Priced | None:
    """None where neither requests nor published ways are stated, or only ways and the records to hold them
    against. Devices are those of the named records.

    Raises RecordError where files are named and none is a record, InputError for words that cannot be used.
    """
    if options.workload is None and options.scenario_file is None:
        return None  # without the catalogs being read for it
    around = read_circumstances(options)
    if options.records and not around.usages:
        return None  # published ways join the others of the records' tasks
    published = tuple(map(published_cost, around.published))
    if not around.usages and not published:
        return None
    _refuse_what_needs_answers(options, around)
    if not around.usages:
        ranked = frontiers((), around.variations[0].scenario, around.published)
        _refuse_beside_published(options, around, ranked)
        cost = WorkloadCost(tokens=None, published=published, frontiers=ranked)
        return Priced((PricedWorkload({}, cost),))
    found = read(options.records) if options.records else Found((), ())
    tasks = _tasks(found.records, options.tasks)
    profiles = _profiles(around.usages)
    workloads = tuple(
        PricedWorkload(
            one.differs_by,
            WorkloadCost(
                tokens=tokens_of(around.usages),
                bills=(
                    *bills_as_used(profiles, around.usages, one.scenario),
                    *bills_of_all(around.profiles, around.usages, one.scenario),
                ),
                here=tuple(work_here(record, around.usages, one.scenario, tasks) for record in found.records),
                published=published,
            ),
        )
        for one in around.variations
    )
    if not around.defaults:
        _refuse_no_bill(workloads)
    return Priced(workloads, tuple(found.broken))


def _refuse_no_bill(workloads: Sequence[PricedWorkload]) -> None:
    """Raise InputError where none of the APIs that somebody named has a bill: that answers nothing."""
    asked = [bill for one in workloads for bill in one.cost.bills if bill.which == "all"]
    if any(bill.usd is not None for bill in asked):
        return
    why = dict.fromkeys(f"{bill.api}: {bill.absent_because}" for bill in asked)
    raise InputError(
        f"no bill of any API that is named; {'; '.join(why)}",
        where="--api",
        remedy="name another, or leave it out; see `breakeven prices`",
    )


def _refuse_what_needs_answers(options: CostOptions, around: Circumstances) -> None:
    """Raise InputError for options that bills alone would not heed."""
    if options.is_explained:
        raise InputError(
            "there is no verdict to explain: only bills, with their tokens and prices",
            where="--explain",
            remedy="--json has every figure",
        )
    remedy = _REMEDY
    if options.transcripts:
        why, flag = "requests that are priced have no answers to compare", "--transcript"
    elif around.arrivals is not None or options.has_load_curves:
        why = "requests that are priced are not simulated as a load"
        flag = "--load-curve" if around.arrivals is None else "--arrivals"
    elif around.usages and (unheeded := _unheeded(around.stated)):
        why, flag = unheeded
    elif around.usages and not options.records and (of_device := _first(_OF_A_DEVICE, around.stated)):
        why, flag = "requests that are priced at APIs alone are done on no device", f"--{of_device}"
        remedy = "leave it out, or name RECORDS of a device that does them, too"
    else:
        return
    raise InputError(why, where=flag, remedy=remedy)


def _unheeded(stated: Collection[str]) -> tuple[str, str] | None:
    """Why bills do not heed an option that is stated, and the option."""
    for why, names in _UNHEEDED.items():
        if (name := _first(names, stated)) is not None:
            return f"requests that are priced {why}", f"--{name}"
    return None


def _first(names: Sequence[str], stated: Collection[str]) -> str | None:
    return next((name for name in names if name in stated), None)


def _refuse_beside_published(options: CostOptions, around: Circumstances, ranked: Sequence[Frontier]) -> None:
    """Raise InputError for what published ways alone do not heed."""
    heeded = {"need-accuracy", "loss-per-error"} if ranked else set()
    flags = [f"--{flag.name}" for flag in FLAGS.values() if flag.name in around.stated - heeded]
    if options.tasks:
        flags.append("--task")
    if not around.defaults:
        flags.append("--api")
    if len(around.variations) > 1:
        flags.append(f"{options.scenario_file}: sweep")
    if flags:
        raise InputError(
            "published ways have their price and their score already",
            where=flags[0],
            remedy="leave it out, or give RECORDS whose tasks they do",
        )
    check_tasks(around.variations[0].scenario, [one.task for one in ranked])


def _tasks(records: Sequence[Record], names: Sequence[str]) -> tuple[str, ...]:
    """The timed tasks that are named; InputError for a name that no record has timed."""
    known = dict.fromkeys(latency.task for record in records for latency in record.latency)
    found = {name: resolve(name, known) for name in names}
    for name, task in found.items():
        if task is None:
            raise InputError(f"no record has timed a task {name!r}; {nearest(name, known)}", where="--task")
    return tuple(task for task in found.values() if task is not None)


def _profiles(usages: Sequence[Usage]) -> dict[str, ApiProfile | str]:
    """Whose each logged model is; why that is not known where neither catalog nor price table has it."""
    names = dict.fromkeys(usage.model for usage in usages if usage.model is not None)
    if not names:
        return {}
    apis = load_apis()
    found: dict[str, ApiProfile | str] = {}
    for name in names:
        try:
            found[name] = find_billable(apis, name)
        except InputError:
            found[name] = f"neither `breakeven prices` nor {price_table()} has an API of that name"
    return found
