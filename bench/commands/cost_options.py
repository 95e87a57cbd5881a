"""What the user may say of a conclusion; apart from what measures, which a conclusion need not import."""

from dataclasses import dataclass, field
from pathlib import Path

from bench.economics.assumptions.currency import RATE_FLAG
from bench.economics.assumptions.flags import (
    AT_FLAG,
    BATCH_FLAG,
    COUNTRY_FLAG,
    DEVICE_FLAG,
    FLAGS,
    OWNERSHIP_FLAG,
    YES,
)
from bench.economics.assumptions.scenario import Words
from bench.economics.assumptions.tax import TAX_BASIS_FLAG

__all__ = [  # what options are made of, for the command line
    "ARRIVALS_FLAG",
    "AT_FLAG",
    "BATCH_FLAG",
    "COUNTRY_FLAG",
    "DEVICE_FLAG",
    "FLAGS",
    "ONLY_NAMED_FLAG",
    "OWNERSHIP_FLAG",
    "RATE_FLAG",
    "TAX_BASIS_FLAG",
    "YES",
    "CostOptions",
    "Words",
]

ONLY_NAMED_FLAG = "only-named"
ARRIVALS_FLAG = "arrivals"


@dataclass(frozen=True, slots=True)
class CostOptions:
    """What is concluded anew from which records, under which circumstances."""

    records: tuple[Path, ...] = ()
    workload: Path | None = None  # token counts of requests, to be priced instead
    tasks: tuple[str, ...] = ()
    apis: tuple[str, ...] = ()
    is_only_named: bool = False  # and no API that is chosen for a task
    scenario: Words = field(default_factory=dict)
    scenario_file: Path | None = None
    arrivals: Path | None = None  # when requests came; else by chance
    is_explained: bool = False  # each computation line by line
    most_in_full: int | None = None  # records; of more, and of a sweep, verdicts alone are told. None: all
    has_load_curves: bool = False  # more and less of each task's requests, too
    transcripts: tuple[str, ...] = ()  # [TASK=]FILE
    may_run_code: bool = False  # of answers in transcripts, in the sandbox
    of_one_scenario: str | None = None  # the option that shows one scenario alone, so that none is swept
