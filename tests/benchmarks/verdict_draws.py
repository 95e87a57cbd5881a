"""What a verdict takes with all of its draws: a task of 60 items against one API, by default constants.

Measures and asserts nothing, so it is no test and is run by name:
``pytest -o addopts= tests/benchmarks/verdict_draws.py --benchmark-only``. *First*: nothing is drawn yet, as
in a new process. *Next*: the next record's, where draws of the same names are kept.
"""

from functools import partial

import pytest
from economics_cases import AT, items, profile, record, task

from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Scenario
from bench.economics.verdict import uncertainty
from bench.economics.verdict.uncertainty import N_DRAWS

ASSESSED = partial(
    assess, record([task(items(57, 60))]), [profile()], Scenario.read({"need-accuracy": "0.8"}, at=AT)
)


def forget() -> None:
    for kept in (uncertainty._luck, uncertainty._tenths_of_luck, uncertainty._item_weights):
        kept.cache_clear()


@pytest.mark.parametrize("before", [forget, None], ids=["first", "next"])
def test_verdict(benchmark, before):
    benchmark.extra_info["draws"] = N_DRAWS
    benchmark.pedantic(ASSESSED, setup=before, rounds=20, warmup_rounds=0 if before else 1)
