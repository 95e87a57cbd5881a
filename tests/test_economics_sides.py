"""Records that ask the same of an API share its side there, and conclude as each would alone."""

from decimal import Decimal
from unittest.mock import Mock, patch

import pytest
from economics_cases import CITED, exactly, items, latency, profile, record, scenario, score, task

from bench.catalog.types import BatchPrice
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess
from bench.economics.verdict import sides
from bench.economics.verdict.sides import ApiSides
from bench.economics.verdict.uncertainty import Randomness
from bench.records.types import Record

N_DRAWS = 40
SOME_APIS = [
    profile("scored", scores=[score(0.9, 50)]),
    profile("estimated", tokenizer="estimate"),
    profile("waits", batch=BatchPrice(Decimal("0.5"), Decimal("0.5"), 24, CITED)),
    profile("older", tokenizer="cl100k_base"),
]
CIRCUMSTANCES = scenario(is_batch=True)


def shared() -> ApiSides:
    return ApiSides(CIRCUMSTANCES, Randomness(CIRCUMSTANCES.seed, N_DRAWS))


def run(
    name: str = "some-task", n_right: int = 2, of_task: dict[str, object] | None = None, **of_items: object
) -> Record:
    alike = items(n_right, 3, **of_items)
    longer = {key: n + 40 for key, n in alike[0].hosted_input_tokens.items()}
    attempts = (alike[0].model_copy(update={"hosted_input_tokens": longer}), *alike[1:])
    return record([task(attempts, name, **of_task or {})], [latency(name)])


UNTOLD: dict[str, object] = {"hosted_output_tokens": {}}
STATED: dict[str, object] = {"expected_output_tokens": 25.0}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (run(), run("other-task")),
        (run(), run(of_task={"service_latency_s": 5.0})),
        (run(), run(of_task={"service_ttft_s": 5.0})),
        (run(**UNTOLD), run(**UNTOLD, of_task=STATED)),
        (run(**UNTOLD, of_task={"expected_output_tokens": 30.0}), run(**UNTOLD, of_task=STATED)),
        (run(**UNTOLD), run(**UNTOLD, n_output_tokens=20)),
        (run(**UNTOLD), run(**UNTOLD, n_right=0)),
        (run(hosted_output_tokens={"o200k_base": 10}), run(hosted_output_tokens={"cl100k_base": 10})),
        (run(), run(hosted_input_tokens={"o200k_base": 81, "cl100k_base": 82})),
        (run(), run(hosted_input_tokens={"o200k_base": 80})),
        (
            run(**UNTOLD),
            run(hosted_input_tokens={"o200k_base": 80}, hosted_output_tokens={"cl100k_base": 82}),
        ),
        (run(), run(hosted_output_tokens={"o200k_base": 11, "cl100k_base": 10})),
        (run(cluster="a text"), run()),
        (run(), record([task(items(2, 4))], [latency()])),
        (run(), run(n_right=1, n_output_tokens=20)),
    ],
)
def test_a_shared_side_is_that_of_the_record_alone(first: Record, second: Record) -> None:
    together = shared()
    for one in (first, second, first):
        alone = assess(one, SOME_APIS, CIRCUMSTANCES, market=SOME_APIS, n_draws=N_DRAWS)
        assert assess(one, SOME_APIS, CIRCUMSTANCES, market=SOME_APIS, sides=together) == alone


def test_the_same_requests_are_priced_once() -> None:
    together, counted = shared(), []

    def count(*given: object) -> object:
        counted.append(given)
        return counted_of(*given)  # type: ignore[arg-type]

    counted_of = sides.count_tokens
    with patch.object(sides, "count_tokens", count):
        for n_right in (1, 2, 3):  # whatever was right here: lengths are those of reference answers
            assess(record([task(items(n_right, 3))], [latency()]), SOME_APIS, CIRCUMSTANCES, sides=together)
    assert len(counted) == len(SOME_APIS)


def test_what_a_task_asks_is_told_once_for_all_apis() -> None:
    with patch.object(sides, "_digest", Mock(wraps=sides._digest)) as told:
        assess(run(), SOME_APIS, CIRCUMSTANCES, market=SOME_APIS, sides=shared())
    assert told.call_count == 1


def test_how_good_an_api_is_known_to_be_is_told_once_for_all_records() -> None:
    together = shared()
    with patch.object(sides, "api_accuracy", Mock(wraps=sides.api_accuracy)) as told:
        for n_right in (1, 2, 3):
            assess(run(n_right=n_right), [], CIRCUMSTANCES, market=SOME_APIS[:1], sides=together)
    assert told.call_count == 2  # of the offer, and of the side of what is chosen


def test_a_transcript_is_answered_anew() -> None:
    run = record([task(items(2, 3))], [latency()])
    together = shared()
    for outcomes in (("right", "right", "wrong"), ("wrong", "wrong", "wrong")):
        answers = [HostedAnswer(f"item-{i}", outcome) for i, outcome in enumerate(outcomes)]  # type: ignore[arg-type]
        given = {("some-task", "scored"): answers}
        (one, *_) = assess(run, SOME_APIS, CIRCUMSTANCES, transcripts=given, sides=together).comparisons
        assert one.evidence.accuracy is not None
        assert one.evidence.accuracy[0] == outcomes.count("right") / 3


def test_only_so_many_sides_are_kept() -> None:
    with patch.object(sides, "_MOST_DRAWS_KEPT", 2 * N_DRAWS):
        together = shared()
    run = record([task(items(2, 3))], [latency()])
    for api in SOME_APIS:
        assess(run, [api], CIRCUMSTANCES, sides=together)
    assert together.n_kept == 2


def test_what_matters_to_an_apis_quality_and_bill_leads_the_assumptions() -> None:
    held = scenario(setting_band=exactly("0.5"), api_retries=exactly("3"))
    told = assess(run("some-task"), SOME_APIS[:1], held, n_draws=N_DRAWS).assumptions
    ranks = {one.flag: rank for rank, one in enumerate(told)}
    least = [ranks[flag] for flag in ("--check-cost", "--resale", "--maintenance")]  # of no effect here
    assert ranks["--setting-band"] < ranks["--api-retries"] < min(least)
