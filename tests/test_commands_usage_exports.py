"""Exports as providers give them: a row for each day is no request, and what a sum does not tell is said.

All figures are made up; the shapes are those of the providers' public documentation.
"""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from economics_cases import exactly, items, record, scenario, task

from bench.catalog.apis import load_apis
from bench.catalog.types import ApiProfile
from bench.commands.usage_files import read_moments, read_usages
from bench.economics.assumptions.moment import read_moment
from bench.economics.workload.bills import bills_of_all
from bench.economics.workload.here import work_here
from bench.economics.workload.usage import BATCH, Usage, tokens_of
from bench.errors import InputError, TaskError
from bench.records.types import WorkloadCost
from bench.reports.tables.workload import workload_tables

DAY = read_moment("2025-11-03T00:00:00Z")
AT = read_moment("2025-11-21")
TIERED = ApiProfile("gemini-2.5-pro", "", "google", "gemini-2.5-pro", "estimate")  # dearer above 200,000
OPENAI_RESULT = {
    "object": "organization.usage.completions.result",
    "input_tokens": 5_000,
    "output_tokens": 600,
    "input_cached_tokens": 1_000,
    "input_audio_tokens": 0,
    "num_model_requests": 12,
    "model": "gpt-4o-mini-2024-07-18",
    "batch": True,
}
OPENAI_BUCKET = {
    "object": "bucket",
    "start_time": 1762128000,
    "end_time": 1762214400,
    "results": [OPENAI_RESULT],
}
OPENAI_PAGE = {"object": "page", "data": [OPENAI_BUCKET, {**OPENAI_BUCKET, "results": []}], "has_more": False}
OPENAI = Usage(
    5_000, 600, cached_tokens=1_000, n_requests=12, model="gpt-4o-mini-2024-07-18", at=DAY, tier=BATCH
)
OPENAI_CSV = (
    "start_time,end_time,start_time_iso,project_id,num_model_requests,model,batch,input_tokens,output_tokens,"
    "input_cached_tokens,input_audio_tokens\n"
    "1762128000,1762214400,2025-11-03,p,12,gpt-4o-mini-2024-07-18,True,5000,600,1000,0\n"
    "1762214400,1762300800,2025-11-04,,,,,,,,\n"
)
ANTHROPIC_RESULT = {
    "uncached_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 100},
    "cache_read_input_tokens": 550,
    "output_tokens": 70,
    "server_tool_use": {"web_search_requests": 2},
    "context_window": "0-200k",
    "service_tier": "standard",
    "model": "claude-haiku-4-5-20251001",
}
ANTHROPIC_REPORT = {
    "data": [
        {
            "starting_at": "2025-11-03T00:00:00Z",
            "ending_at": "2025-11-04T00:00:00Z",
            "results": [ANTHROPIC_RESULT],
        }
    ],
    "has_more": False,
    "next_page": None,
}
ANTHROPIC = Usage(
    1_000,
    70,
    cached_tokens=550,
    written_tokens=150,
    hour_tokens=100,
    n_requests=None,
    n_searches=2,
    between=(0, 200_000),
    model="claude-haiku-4-5-20251001",
    at=DAY,
)
ANTHROPIC_CSV = (
    "usage_date_utc,model_version,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
    "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
    "usage_output_tokens,web_search_count,inference_geo,speed\n"
    "2025-11-03T00:00:00Z,claude-haiku-4-5-20251001,Default,standard,≤ 200k,300,50,100,550,70,2,global,\n"
)
ANTHROPIC_BATCH = {
    "custom_id": "a",
    "result": {
        "type": "succeeded",
        "message": {
            "model": "claude-haiku-4-5-20251001",
            "usage": {"input_tokens": 40, "cache_read_input_tokens": 10, "output_tokens": 7},
        },
    },
}
OPENROUTER_CSV = (
    "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,"
    "model_permaslug,variant,time_to_first_token_ms\n"
    "gen-1,2025-11-03 00:00:00.000,0.0001,120,35,5,20,openai/gpt-4o-mini,standard,300\n"
)
OPENROUTER = Usage(120, 35, cached_tokens=20, reasoning_tokens=5, model="openai/gpt-4o-mini", at=DAY)
OPENROUTER_ACTIVITY = {
    "date": "2025-11-03T00:00:00Z",
    "model": "openai/gpt-4o-mini",
    "model_permaslug": "openai/gpt-4o-mini-2024-07-18",
    "requests": 5,
    "prompt_tokens": 500,
    "completion_tokens": 60,
    "reasoning_tokens": 0,
    "usage": 0.01,
}


@pytest.mark.parametrize(
    ("name", "content", "usage"),
    [
        ("u.jsonl", OPENAI_PAGE, OPENAI),
        ("u.jsonl", OPENAI_BUCKET, OPENAI),
        ("u.json", OPENAI_PAGE, OPENAI),
        ("u.json", [OPENAI_PAGE], OPENAI),
        ("u.csv", OPENAI_CSV, OPENAI),
        ("u.json", ANTHROPIC_REPORT, ANTHROPIC),
        ("u.csv", ANTHROPIC_CSV, ANTHROPIC),
        (
            "u.jsonl",
            ANTHROPIC_BATCH,
            Usage(50, 7, cached_tokens=10, model="claude-haiku-4-5-20251001", tier=BATCH),
        ),
        ("u.csv", OPENROUTER_CSV, OPENROUTER),
        (
            "u.json",
            {"data": [OPENROUTER_ACTIVITY]},
            Usage(500, 60, reasoning_tokens=0, n_requests=5, model="openai/gpt-4o-mini", at=DAY),
        ),
        (
            "u.json",
            {"data": [{"embedding": [0.5]}], "usage": {"prompt_tokens": 8, "total_tokens": 8}},
            Usage(8, 0),
        ),
        ("u.json", [{"prompt_tokens": 1, "completion_tokens": 2}], Usage(1, 2)),
    ],
)
def test_an_export_is_taken_as_it_is(tmp_path: Path, name: str, content: object, usage: Usage) -> None:
    file = tmp_path / name
    whole = json.dumps(content, indent=2 if name.endswith(".json") else None)
    file.write_text(content if isinstance(content, str) else whole)
    assert read_usages(file) == [usage]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("u.json", '{"data": [1]}', r"u.json:1: data\[0\]: must be a JSON object, not a number"),
        ("u.json", '{\n"data": [\n}', r"u.json:3:1: no JSON"),
        ("u.json", '{"data": []}', "no row at all"),
        ("u.json", json.dumps({**OPENAI_PAGE, "has_more": True}), "more pages than stand here"),
        (
            "u.json",
            json.dumps({"data": [{**OPENAI_BUCKET, "results": [{}]}]}),
            r"data\[0\]: results\[0\]: has no",
        ),
        ("u.csv", "end_time,input_tokens,output_tokens\n7,,\n", "no row at all"),
        ("u.csv", "end_time,model,input_tokens,output_tokens\n7,o1,,\n", "u.csv:2: has no input_tokens"),
        ("u.jsonl", '{"custom_id": "a", "error": {"code": "x"}}', "no request that was answered"),
    ],
)
def test_what_is_wrong_with_an_export_has_its_place(
    tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises((InputError, TaskError), match=complaint):
        read_usages(tmp_path / name)


def test_pages_one_a_line_are_one_export(tmp_path: Path) -> None:
    file = tmp_path / "u.jsonl"
    next_day = {**OPENAI_BUCKET, "start_time": OPENAI_BUCKET["end_time"]}
    pages = [{**OPENAI_PAGE, "has_more": True}, {**OPENAI_PAGE, "data": [next_day]}]
    file.write_text("\n".join(map(json.dumps, pages)))
    assert read_usages(file) == [OPENAI, replace(OPENAI, at=DAY + timedelta(days=1))]
    file.write_text("\n".join(map(json.dumps, [pages[0], *pages])))
    with pytest.raises(InputError, match=r"u.jsonl:2: .* a sum that \S*u.jsonl:1: .* has counted already"):
        read_usages(file)


@pytest.mark.parametrize("is_array", [True, False])
def test_a_page_that_is_missing_is_missed_within_other_pages_too(tmp_path: Path, is_array: bool) -> None:
    file = tmp_path / "u.json"
    pages = [{**OPENAI_PAGE, "has_more": True}]
    file.write_text(json.dumps(pages if is_array else {"data": pages}))
    with pytest.raises(InputError, match="more pages than stand here"):
        read_usages(file)


@pytest.mark.parametrize(
    "lists", [{"results": []}, {"results": [{"prompt_tokens": 7, "completion_tokens": 7}]}, {"data": []}]
)
def test_a_request_with_lists_of_its_own_is_no_page(tmp_path: Path, lists: dict[str, object]) -> None:
    row = {"timestamp": "2025-11-03T00:00Z", "prompt_tokens": 1, "completion_tokens": 2}
    file = tmp_path / "u.jsonl"
    file.write_text(json.dumps({**row, **lists}))
    assert read_usages(file) == [Usage(1, 2, at=DAY)]
    file.write_text(json.dumps({"model": "m", "timestamp": 1, "tokens_in": 5, **lists}))
    with pytest.raises(InputError, match="has no input_tokens"):
        read_usages(file)


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "chatcmpl-AbcdefgHijklmnopQrst", "usage": {"prompt_tokens": 4, "completion_tokens": 1}},
        {"message": {"id": "msg_01AbcdefgHijklmnopQrst", "usage": {"input_tokens": 4, "output_tokens": 1}}},
        {"responseId": "AbcdefgHijklmnopQ", "usage": {"prompt_tokens": 4, "completion_tokens": 1}},
    ],
)
def test_an_answer_that_is_told_as_it_grows_is_counted_once_or_not(
    tmp_path: Path, answer: dict[str, object]
) -> None:
    file = tmp_path / "u.jsonl"
    file.write_text("\n".join([json.dumps(answer)] * 2))
    with pytest.raises(InputError, match=r"u.jsonl:2: the answer '.*' that \S*u.jsonl:1 has counted already"):
        read_usages(file)
    other = json.dumps(answer).replace("Abcdefg", "Gfedcba")
    file.write_text(f"{json.dumps(answer)}\n{other}")
    assert len(read_usages(file)) == 2


def test_ids_that_may_be_anything_are_no_answers(tmp_path: Path) -> None:
    file = tmp_path / "u.jsonl"
    rows = [
        {"id": name, "prompt_tokens": 4, "completion_tokens": 1} for name in ("chatcmpl-123", "user-7", 7)
    ]
    file.write_text("\n".join(map(json.dumps, rows * 2)))
    assert len(read_usages(file)) == 6


def test_a_sum_has_no_moment_of_each_request(tmp_path: Path) -> None:
    file = tmp_path / "u.json"
    file.write_text(json.dumps(ANTHROPIC_REPORT))
    with pytest.raises(InputError, match="a sum of requests has no moment of each"):
        list(read_moments(file))


def uncounted(n_input: int, between: tuple[int, int] | None = None) -> Usage:
    return Usage(n_input, 1_000, n_requests=None, between=between)


def test_a_sum_of_nobody_knows_how_many_is_priced_by_its_tokens() -> None:
    haiku = load_apis().find("claude-haiku-4-5")
    # 300 · 1 + 550 · 0.10 + 50 · 1.25 + 100 · 2 = 617.5, and 70 · 5 = 350
    (bill,) = bills_of_all([haiku], [ANTHROPIC], scenario(at=AT))
    assert (bill.usd, bill.n_requests, bill.price is not None) == (Decimal("0.0009675"), None, True)
    told = tokens_of([ANTHROPIC, OPENROUTER])
    assert (told.n_requests, told.n_uncounted, told.n_sums, told.n_searches) == (None, 1, 1, 2)
    (fee,) = bills_of_all([haiku], [ANTHROPIC], scenario(at=AT, api_fee=exactly("0.01")))
    assert fee.usd is None
    assert fee.absent_because == "each request has a fee, and 1 row sums up requests whose number is not told"


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (uncounted(200_000), "0.26"),  # no request can be larger than all: 0.2 · 1.25 + 0.001 · 10
        (uncounted(200_001), None),
        (uncounted(1_000_000, (0, 200_000)), "1.26"),
        (uncounted(1_000_000, (200_000, 1_000_000)), "2.515"),  # 1 · 2.50 + 0.001 · 15
        (uncounted(1_000_000, (100_000, 1_000_000)), None),
    ],
)
def test_a_sum_does_not_tell_a_price_that_hangs_on_the_size_of_a_request(
    usage: Usage, usd: str | None
) -> None:
    (bill,) = bills_of_all([TIERED], [usage], scenario(at=AT))
    assert bill.usd == (None if usd is None else Decimal(usd))
    if usd is None:
        assert "larger requests have another price per token, and 1 row sums up" in str(bill.absent_because)


def test_a_sum_of_so_many_is_of_equal_ones_where_that_matters_and_says_so() -> None:
    known = [Usage(300_000, 10, n_requests=2), Usage(200_000, 10, n_requests=2)]
    (bill,) = bills_of_all([TIERED], known, scenario(at=AT))
    assert bill.usd is not None
    assert bill.n_mean_sized == 1
    (table,) = workload_tables(WorkloadCost(tokens=tokens_of(known), bills=(bill,)), {})
    assert any("which 1 sum cannot tell" in one for one in table.notes)


def test_nothing_is_said_of_a_request_that_nobody_counted() -> None:
    here = work_here(record([task(items(1, 1))]), [ANTHROPIC], scenario())
    assert (here.seconds, here.joules, here.usd, here.per_month) == (None, None, None, None)
    assert here.absent_because[0].startswith("no seconds, no joules, and no cost: 1 row sums up requests")
    bills = bills_of_all([load_apis().find("claude-haiku-4-5")], [ANTHROPIC], scenario(at=AT))
    cost = WorkloadCost(tokens=tokens_of([ANTHROPIC]), bills=bills, here=(here,))
    of_apis, of_device = workload_tables(cost, {})
    assert of_apis.notes[0].startswith("? requests with 1,000 tokens in")
    assert (of_apis.rows[0][1], of_apis.rows[0][7]) == ("?", "–")
    assert set(of_device.rows[0][1:]) == {"–"}
    notes = " ".join(of_apis.notes)
    assert "1 of 1 row sums up requests whose number is not told" in notes
    assert "100 of them for an hour" in notes
    assert "counted, too: 2 searches of the web" in notes
