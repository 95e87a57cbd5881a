import copy
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.records.types import Ceilings, Comparison, Imported, Interval, KernelCeiling, Record, TextLoss
from bench.reports.board import site as site_module
from bench.reports.board.bounds import bounds_of, is_sparse, least_bytes_per_token
from bench.reports.board.collect import Board
from bench.reports.board.findings import refused
from bench.reports.board.names import record_path, slug, stems
from bench.reports.board.plausibility import findings_of
from bench.reports.board.shared_cells import identity
from bench.reports.board.sheets import Cell, Column, Line, Section, Sheet, paged, sheet_csv
from bench.reports.board.site import site_pages
from bench.reports.board.standing import combined, ranks
from bench.reports.dataset.rows import comparable_key
from bench.reports.dataset.tables import TABLES
from bench.stats import Estimate
from tests.factories import (
    AT,
    make_assessment,
    make_comparison,
    make_items,
    make_machine,
    make_model,
    make_record,
    make_settings,
    make_speed,
    make_task,
    make_tool,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e../../etc"


def make_submission(name: str = "smollm2-135m-instruct-q4_1", **changes: object) -> Record:
    """A record that nothing is wrong with."""
    fields = {
        "is_quick": False,
        "tasks": (make_task("gsm8k", make_items("gsm8k", 30, 20)),),
        "assessment": make_assessment([make_comparison("gsm8k", "gpt-4o-mini", local_accuracy=None)]),
        **changes,
    }
    return make_record(name, **fields)


def paths(record: Record, level: str = "refused") -> list[str]:
    return [one.path for one in findings_of(record, NOW) if one.level == level]


def corrupted(path: str, value: object) -> Record:
    """A plausible record with one value replaced, by its path in the JSON."""
    document = copy.deepcopy(PLAUSIBLE)
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    node = document
    for part in parents:
        node = node[part]
    node[last] = value
    return Record.model_validate_json(json.dumps(document))


CEILINGS = Ceilings(
    n_threads=2,
    read_bytes_per_s=36e9,
    kernels=tuple(
        KernelCeiling(tensor_type="Q4_1", n_tokens=n, flops_per_s=1.5e11, bytes_per_weight=0.625)
        for n in (1, 512)
    ),
    weight_bytes={"Q4_1": 96_000_000},
)
PLAUSIBLE = make_submission(ceilings=CEILINGS).model_dump(mode="json")
CORRUPTIONS: list[tuple[str, object, str]] = [  # what is changed, into what, where it is found
    ("id", "../../x", "id"),
    ("created_utc", "2027-11-20T09:30:00Z", "created_utc"),
    ("created_utc", "2020-11-20T09:30:00Z", "created_utc"),
    ("model.name", "x" * 300, "model.name"),
    ("model.n_params", 0, "model.n_params"),
    ("model.n_params", 10**12, "model.n_params"),
    ("model.n_params", 10**7, "model.n_params"),
    ("model.bits_per_weight", 4.5, "model.bits_per_weight"),
    ("model.tensor_bytes", 99_000_000, "model.tensor_bytes"),
    ("model.size_bytes", 4 << 30, "model.size_bytes"),
    ("model.quantization", "Q8_0", "model.quantization"),
    ("speed.0.test", "pp256", "speed.0.test"),
    ("speed.0.samples.3.n_tokens", 4096, "speed.0.samples.3.n_tokens"),
    ("speed.1.samples.2.calls_s", 0.0, "speed.1.samples.2.calls_s"),
    ("speed.1.samples.2.calls_s", 1e-6, "speed.1.samples.2.calls_s"),
    ("speed.1.samples.2.calls_s", 2.0, "speed.1.samples.2.calls_s"),
    ("ceilings.read_bytes_per_s", 9e13, "ceilings.read_bytes_per_s"),
    ("ceilings.kernels.1.flops_per_s", 9e15, "ceilings.kernels.1.flops_per_s"),
    ("ceilings.weight_bytes", {"Q4_1": 960_000_000}, "ceilings.weight_bytes"),
    ("latency.0.requests.2.ttft_s", 0.001, "latency.0.requests.2.ttft_s"),
    ("latency.0.requests.2.decode_s", 9.0, "latency.0.requests.2.decode_s"),
    ("latency.0.requests.2.n_output_tokens", 90, "latency.0.requests.2.itl_s"),
    ("latency.0.requests.2.prefill_s", 0.0, "latency.0.requests.2.prefill_s"),
    ("memory.points.2.peak_rss_bytes", 9 << 30, "memory.points.2.peak_rss_bytes"),
    ("memory.points.1.uss_bytes", 1 << 30, "memory.points.1.uss_bytes"),
    ("latency.0.energy.0.window_s", 0.0, "latency.0.energy.0.window_s"),
    ("latency.0.energy.1.above_idle_j", [9e6, 8e6, 9.5e6], "latency.0.energy.1.above_idle_j"),
    ("latency.0.energy.1.above_idle_j", [5, 6, 7], "latency.0.energy.1.above_idle_j"),
    ("latency.0.energy.1.gross_j", [-5, -6, 7], "latency.0.energy.1.gross_j"),
    ("latency.0.energy.1.gross_j", [0.001, 0.001, 0.001], "latency.0.energy.1.above_idle_j"),
    ("tasks.0.n_available", 3, "tasks.0.n_planned"),
    ("tasks.0.n_planned", 3, "tasks.0.items"),
    ("assessment.comparisons.0.task", "another", "assessment.comparisons.0.task"),
    (
        "assessment.comparisons.0.local_accuracy",
        {"value": 0.99, "low": 0.97, "high": 1.0, "level": 0.95, "method": "wilson"},
        "assessment.comparisons.0.local_accuracy.value",
    ),
    (
        "assessment.comparisons.0.local_accuracy",
        {"value": 0.6, "low": 0.7, "high": 1.0, "level": 0.95, "method": "wilson"},
        "assessment.comparisons.0.local_accuracy",
    ),
]


def test_a_plausible_record_is_neither_refused_nor_kept_from_ranks() -> None:
    assert findings_of(Record.model_validate(PLAUSIBLE), NOW) == ()


@pytest.mark.parametrize(("path", "value", "found_at"), CORRUPTIONS, ids=lambda one: str(one)[:30])
def test_each_corruption_is_refused_at_its_path(path: str, value: object, found_at: str) -> None:
    assert found_at in paths(corrupted(path, value))


@settings(max_examples=15)
@given(prefill=st.floats(50, 900), decode=st.floats(5, 250), name=st.text(min_size=1, max_size=30))
def test_whatever_such_a_machine_can_reach_passes(prefill: float, decode: float, name: str) -> None:
    speed = (make_speed("pp512", prefill), make_speed("tg128", decode))
    record = make_submission(speed=speed, model=make_model(f"m{name}"))
    assert paths(record) == []


@settings(max_examples=15)
@given(factor=st.floats(200, 1e6))
def test_a_rate_beyond_physics_is_refused_whatever_its_size(factor: float) -> None:
    found = paths(make_submission(speed=(make_speed("tg128", 150.0 * factor),)))
    assert "speed.0.samples.1.calls_s" in found


@pytest.mark.parametrize("time", [0.0, -0.0, -1.0])
def test_nothing_in_no_time_is_refused(time: float) -> None:
    point = make_speed("tg128", 150.0)
    nothing = point.samples[1].model_copy(update={"n_tokens": 0, "calls_s": time, "loop_s": time})
    samples = (point.samples[0], nothing, *point.samples[2:])
    found = findings_of(make_submission(speed=(point.model_copy(update={"samples": samples}),)), NOW)
    assert ("speed.0.samples.1.calls_s", "refused") in [(one.path, one.level) for one in found]


def test_a_loss_that_makes_no_perplexity_is_refused() -> None:
    loss = TextLoss(
        text_sha256="0" * 64,
        text_bytes=1000,
        n_text_tokens=512,
        n_ctx=512,
        n_scored_per_chunk=255,
        nll=(-1e9,),
        perplexity=Interval(value=9.0, low=8.0, high=10.0, level=0.95, method="t"),
    )
    assert "text_loss.perplexity.value" in paths(make_submission(text_loss=loss))


def test_a_rate_above_the_records_own_roofline_is_refused_unless_it_was_disturbed() -> None:
    fast = make_speed("tg128", 3000.0)
    assert paths(make_submission(ceilings=CEILINGS, speed=(fast,))) == ["speed.0"]
    lost = make_speed("tg128", 3000.0, n=8, disturbed=7)
    assert paths(make_submission(ceilings=CEILINGS, speed=(lost,))) == []


def test_repetitions_that_overlap_are_refused() -> None:
    point = make_speed("pp512", 400.0, n=3)
    times = (0.0, 1.9, 2.0, 4.5)
    samples = tuple(s.model_copy(update={"at_s": at}) for s, at in zip(point.samples, times, strict=True))
    found = paths(make_submission(speed=(point.model_copy(update={"samples": samples}),)))
    assert found == ["speed.0.samples.2.at_s"]


def test_memory_that_never_held_the_model_is_refused_but_not_on_a_gpu() -> None:
    large = make_model(size_bytes=2 << 30, tensor_bytes=2 << 30, n_params=3 << 30, bits_per_weight=None)
    assert "memory.points.2.peak_rss_bytes" in paths(make_submission(model=large))
    on_gpu = make_settings(n_gpu_layers=99)
    assert "memory.points.2.peak_rss_bytes" not in paths(make_submission(model=large, settings=on_gpu))


def test_a_mixture_of_experts_may_decode_faster_than_all_its_weights_can_be_read() -> None:
    dense, sparse = make_model("llama-3-70b"), make_model("qwen3-30b-a3b")
    assert (is_sparse(dense), is_sparse(sparse)) == (False, True)
    assert least_bytes_per_token(sparse) == least_bytes_per_token(dense) / 32


def test_bounds_count_threads_that_exist_and_gpus_that_are_used() -> None:
    few = bounds_of(make_submission(), 64)
    assert few == bounds_of(make_submission(), 2)
    gpu = make_submission(settings=make_settings(n_gpu_layers=99))
    assert bounds_of(gpu, 2).read_bytes_per_s > 20e12 + few.read_bytes_per_s


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"is_quick": True}, "is_quick"),
        ({"is_complete": False}, "is_complete"),
        ({"imported": Imported(tool="llama-bench 1")}, "imported"),
        ({"settings": make_settings(engine="scripted")}, "settings.engine"),
        ({"speed": (make_speed("tg128", 150.0, n=4, disturbed=3),)}, "speed.0"),
    ],
)
def test_what_may_be_shown_but_not_ranked_is_told(changes: dict[str, object], path: str) -> None:
    record = make_submission(**changes)
    assert paths(record) == []
    assert paths(record, "not-ranked") == [path]


def test_what_says_that_it_is_synthetic_is_shown_without_a_rank_whatever_it_claims() -> None:
    record = make_submission(tool=make_tool(version="0.1.0+synthetic"), speed=(make_speed("tg128", 1e7),))
    assert paths(record) == []
    assert paths(record, "not-ranked") == ["settings.engine"]
    told = texts_of(board_of(record, make_submission("real"), make_submission("other")))
    ranked = {row["model"] for row in map(json.loads, told["data/speed.jsonl"].splitlines()) if row["rank"]}
    assert ranked == {"real", "other"}
    assert "In all2 viable; 2 models" in words_of(told["index.html"])


def test_settings_that_are_not_the_default_are_noted_and_still_rank() -> None:
    record = make_submission(settings=make_settings(type_k="q8_0"))
    assert [(one.level, one.what) for one in findings_of(record, NOW)] == [
        ("note", "held otherwise than by default: ctk=q8_0")
    ]


# -- names ---------------------------------------------------------------------------------------


@given(st.text(max_size=80))
def test_a_slug_is_a_safe_file_name_of_any_text(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", slug(text))
    assert re.fullmatch(r"records/[0-9a-f]{2}/[a-z0-9-]+\.json", record_path(text))


def test_names_that_look_alike_or_clash_get_pages_of_their_own() -> None:
    assert len(set(stems({"1": "Model", "2": "model", "3": "mod\u00e9l"}).values())) == 3
    clashing = stems({str(number): "m" for number in range(30)}, digits=1)  # 30 keys on 16 hashes
    assert len(set(clashing.values())) == 30
    assert stems({"5": "m"})["5"] == stems({"5": "m", "6": "n"})["5"]


# -- figures -------------------------------------------------------------------------------------


def test_several_records_are_their_median_within_all_of_their_bounds() -> None:
    told = [Estimate(10, 9, 11), Estimate(30, 25, 50), Estimate(12, 8, 13)]
    assert combined(told) == Estimate(12, 8, 50)
    assert combined(told[:1]) == told[0]
    assert combined([]) is None


def test_ranks_are_shared_by_those_whose_intervals_overlap() -> None:
    told = [Estimate(10, 9, 11), Estimate(10.5, 10, 12), None, Estimate(20, 18, 22)]
    assert ranks(told) == [2, 2, None, 1]
    assert ranks(told[:1]) == [None]


def test_long_tables_are_cut_into_pages_and_lose_no_row() -> None:
    def section(name: str, n: int) -> Section:
        return Section(name, tuple(Line(f"{name}{i}", (Cell(str(i)),), {"i": i}) for i in range(n)))

    sheets = [
        Sheet(name, name, (Column("i"),), (section(f"{name}1", 7), section(f"{name}2", 6)))
        for name in ("a", "b")
    ]
    parts = paged(sheets, 10)
    counts = [sum(len(list(sheet.lines)) for sheet in part) for part in parts]
    assert counts == [10, 10, 6]
    anchors = [line.anchor for part in parts for sheet in part for line in sheet.lines]
    assert anchors == [line.anchor for sheet in sheets for line in sheet.lines]
    assert paged([]) == [[]]


def test_groups_of_the_board_are_not_called_what_the_data_set_calls_others() -> None:
    """A machine's system may change within a group of the board, and not within one of the data set."""
    updated = make_submission(machine=make_machine(system="Linux 7.0"))
    places = {row.place.key for row in board_of(make_submission(), updated).rows.values()}
    assert len(places) == 1
    assert comparable_key(make_submission()) != comparable_key(updated)
    (row, *_) = board_of(updated).rows.values()
    assert not {column for column in identity(row) if column.endswith("_key")} & set(TABLES["records"].schema)


def test_a_spreadsheet_runs_no_name_and_shows_no_zero_for_what_is_unknown() -> None:
    line = Line("", (), {"model": "=cmd|' /C calc'!A0", "rate": None})
    assert sheet_csv([line]) == "model,rate\n'=cmd|' /C calc'!A0,\n"


# -- the site ------------------------------------------------------------------------------------


class Links(HTMLParser):
    """Addresses, ids and tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.to: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("href", "src") and value is not None and value != "data:,":
                self.to.append(value)
            elif name == "id" and value is not None:
                self.ids.append(value)
            elif name.startswith("on") or name == "style":
                self.handlers.append(name)


def board_of(*records: Record) -> Board:
    board = Board()
    for record in records:
        board.add(record, findings_of(record, NOW))
    return board


def parsed(text: str) -> Links:
    page = Links()
    page.feed(text)
    return page


def texts_of(board: Board, **options: str) -> dict[str, str]:
    """Each file of the site with its whole text."""
    found: dict[str, str] = {}
    for path, text in site_pages(board, **options):
        found[path] = found.get(path, "") + text
    return found


def many() -> list[Record]:
    slow = make_machine(cpu_model="Another CPU", machine_class="linux-x86_64-4cpu-8gib")
    return [
        make_submission("alpha", speed=(make_speed("pp512", 400.0), make_speed("tg128", 150.0))),
        make_submission("beta", speed=(make_speed("pp512", 300.0), make_speed("tg128", 90.0))),
        make_submission("gamma", settings=make_settings(n_ctx=512)),
        make_submission("delta", machine=slow),
        make_submission("quick", is_quick=True),
    ]


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return texts_of(board_of(*many()))


def test_every_link_leads_to_a_page_of_the_site_or_to_a_record(site: dict[str, str]) -> None:
    records = {record_path(record.id) for record in many()}
    for path, text in site.items():
        if not path.endswith(".html"):
            continue
        page = parsed(text)
        assert len(page.ids) == len(set(page.ids)), path
        for to in page.to:
            name, _, anchor = to.partition("#")
            folder = path.split("/")[:-1]
            while name.startswith("../"):
                name, folder = name[3:], folder[:-1]
            target = "/".join([*folder, name]) if name else path
            assert target in site or target in records, (path, to)
            assert not anchor or anchor in parsed(site[target]).ids, (path, to)


def test_pages_run_nothing_but_the_sites_own_script(site: dict[str, str]) -> None:
    for path, text in site.items():
        if path.endswith(".html"):
            assert "default-src 'none'" in text
            assert parsed(text).handlers == []
            assert not re.search(r"<script(?! src=)", text)
    assert "eval" not in site["board.js"]
    assert "innerHTML" not in site["board.js"]


def test_every_colour_that_the_style_uses_is_defined(site: dict[str, str]) -> None:
    style = site["board.css"]
    assert set(re.findall(r"var\((--[a-z-]+)\)", style)) <= set(re.findall(r"(--[a-z0-9-]+):", style))


def test_the_order_of_reading_changes_no_byte(site: dict[str, str]) -> None:
    assert texts_of(board_of(*reversed(many()))) == site


def test_what_differs_in_machine_engine_or_settings_never_shares_a_group(site: dict[str, str]) -> None:
    groups: dict[str, set[str]] = {}
    for path, text in site.items():
        if path.startswith("machines/") and path.endswith(".html"):
            for body in re.findall(r'<tbody>\n<tr class="group">.*?</tbody>', text, re.DOTALL):
                names = frozenset(re.findall(r"models/[^>]*>([a-z]+)</a>", body))
                groups.setdefault(path, set()).add(names)
    told = {names for of_machine in groups.values() for names in of_machine}
    assert told == {
        frozenset({"alpha", "beta", "quick"}),
        frozenset({"gamma"}),
        frozenset({"delta"}),
    }


def test_only_what_can_be_ranked_is_and_by_what_was_surely_faster(site: dict[str, str]) -> None:
    rows = [json.loads(line) for line in site["data/speed.jsonl"].splitlines()]
    told = {row["model"]: (row["rank"], row["why_not_ranked"]) for row in rows}
    assert told["alpha"] == (1, None)
    assert told["beta"] == (2, None)
    assert told["gamma"] == (None, "alone in its group: nothing to rank against")
    assert told["quick"] == (None, "is a quick look with few repetitions and items")
    (machine,) = [
        text
        for path, text in site.items()
        if "models/gamma" in text and path.endswith(".html") and path.startswith("machines/")
    ]
    assert "not ranked: alone in its group: nothing to rank against" in machine


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ([make_submission("quick", is_quick=True)], "nothing else in its group can be ranked"),
        ([make_submission("beta")], None),
    ],
)
def test_a_row_without_a_rank_says_why(others: list[Record], why: str | None) -> None:
    lost = make_submission("lost", speed=(make_speed("tg128", 150.0, n=1),), tasks=(), assessment=None)
    pages = texts_of(board_of(make_submission("alpha"), lost, *others))
    told = {row["model"]: row for row in map(json.loads, pages["data/speed.jsonl"].splitlines())}
    assert told["alpha"]["why_not_ranked"] == why
    assert told["lost"]["why_not_ranked"] is not None


def test_the_data_of_all_machines_is_one_table_with_one_header(site: dict[str, str]) -> None:
    lines = site["data/speed.csv"].splitlines()
    assert len(lines) == 1 + len(many())
    assert sum(line.startswith("model,") for line in lines) == 1


def compared(name: str, *comparisons: Comparison, **changes: object) -> Record:
    return make_submission(name, assessment=make_assessment(comparisons), **changes)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", page.partition("<main")[2]).split())


def test_the_first_page_begins_with_what_the_records_conclude() -> None:
    against = [make_comparison("gsm8k", api, probability=0.98) for api in ("dear", "cheap")]
    lost = make_comparison("gsm8k", "cheap", "not viable", probability=0.01)
    surer = make_comparison("gsm8k", "cheap", probability=0.99, flips=("a price above 1 <now 2>", "more"))
    pages = texts_of(
        board_of(
            compared("alpha", *against),
            compared("beta", surer, make_comparison("gsm8k", "dear", "insufficient evidence")),
            compared("gamma", lost),
            compared("quick", make_comparison("gsm8k", "cheap", probability=1.0), is_quick=True),
        )
    )
    told = words_of(pages["index.html"])
    assert "Of 5 pairs of a local model and an API, on 1 task: 3 viable, 1 not viable, 1 insufficient" in told
    assert "Viable: beta instead of cheap, on" in told
    assert "Weakest pointit flips with a price above 1 &lt;now 2&gt;" in told
    assert "In all3 viable, 1 not viable, 1 insufficient evidence; 3 models" in told
    (row,) = json.loads(pages["tasks.json"])["list"]
    assert (row["n_viable"], row["n_not_viable"], row["n_insufficient_evidence"]) == (3, 1, 1)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (
            {"flips": ("--tasks-per-month below 18,000 (now 40,000 tasks/month)",)},
            "it flips with a volume below 18,000 (now 40,000 tasks/month)",
        ),
        (
            {"flips": ("a loss above $2 per wrong answer favours the API (--loss-per-error)",)},
            "it flips with a loss above $2 per wrong answer favours the API",
        ),
        ({"flips": ()}, "power model 7.5 (2.5 to 15) W, a default"),
    ],
)
def test_a_weakest_point_names_no_option_that_nobody_can_give_to_a_board(
    found: dict[str, object], told: str
) -> None:
    page = words_of(
        texts_of(board_of(compared("alpha", make_comparison("gsm8k", "cheap", **found))))["index.html"]
    )
    assert f"Weakest point{told}In all" in page


def test_verdicts_of_what_does_not_rank_are_told_as_such_where_there_are_no_others() -> None:
    quick = compared("quick", make_comparison("gsm8k", "cheap"), is_quick=True)
    told = words_of(texts_of(board_of(quick))["index.html"])
    assert "Viable: quick instead of cheap" in told
    assert "Standingnot ranked: is a quick look" in told
    silent = words_of(texts_of(board_of(make_submission(assessment=None)))["index.html"])
    assert "No record here compares its model with an API" in silent


def test_every_column_that_sorts_has_what_to_sort_by(site: dict[str, str]) -> None:
    for path, text in site.items():
        for table in re.findall(r"<table.*?</table>", text, re.DOTALL) if path.endswith(".html") else ():
            heads = re.findall(r"<th scope=.col.[^>]*>", table.partition("</thead>")[0])
            rows = re.findall(r"<tr[^>]*>(?!<th colspan)(.*?)</tr>", table.partition("</thead>")[2])
            for number, head in enumerate(heads if rows else ()):
                keyed = ["data-s=" in re.findall(r"<t[hd][^>]*>", row)[number] for row in rows]
                empty = all(re.findall(r"<t[hd][^>]*>([^<]*)", row)[number] == "–" for row in rows)
                assert any(keyed) == ("data-sort" in head) or empty, (path, head)


def test_records_of_one_model_machine_and_settings_are_one_row() -> None:
    first, second = (
        make_submission("alpha", id=name, speed=(make_speed("tg128", rate),))
        for name, rate in (("aaaa1111", 100.0), ("bbbb2222", 120.0))
    )
    pages = texts_of(board_of(first, second))
    (row,) = [json.loads(line) for line in pages["data/speed.jsonl"].splitlines()]
    assert (row["n_records"], row["records"]) == (2, "aaaa1111 bbbb2222")
    assert row["decode_tokens_per_s_low"] < 100 < row["decode_tokens_per_s"] < 120
    assert row["prefill_tokens_per_s"] is None


def test_hostile_names_are_text_and_name_no_file_outside() -> None:
    record = make_submission(
        "x",
        model=make_model(HOSTILE, quantization=HOSTILE, licence=HOSTILE, source=HOSTILE),
        machine=make_machine(cpu_model=HOSTILE, machine_class=HOSTILE, gpus=(HOSTILE,)),
        tasks=(make_task(HOSTILE, make_items("t", 3, 2)),),
        assessment=make_assessment([make_comparison(HOSTILE, HOSTILE, flips=(HOSTILE * 99,))]),
    )
    board = board_of(record)
    board.refuse(HOSTILE, HOSTILE)
    pages = texts_of(board, title=HOSTILE)
    for path, text in pages.items():
        assert re.fullmatch(r"[a-z0-9./-]+", path)
        assert ".." not in path
        if path.endswith(".html"):
            page = parsed(text)
            assert "img" not in page.tags
            assert page.handlers == []
            assert "\u202e" not in text
    assert json.loads(pages["names.js"].removeprefix("window.boardNames = ").rstrip(";\n"))


def test_an_empty_board_has_all_its_pages() -> None:
    board = Board()
    board.refuse("broken.json", "is broken JSON at line 1")
    pages = texts_of(board)
    assert "is broken JSON at line 1" in pages["refused.html"]
    assert {"index.html", "models.html", "machines.html", "tasks.html", "method.html", "data.html"} <= set(
        pages
    )


def test_a_finding_of_the_whole_record_is_told_without_a_place() -> None:
    assert str(refused("", "is empty")) == "is empty"
    assert str(refused("tasks.0", "is empty")) == "tasks.0: is empty"


def test_an_empty_board_links_to_no_data() -> None:
    assert not [to for to in parsed(texts_of(Board())["data.html"]).to if to.startswith("data/")]


def test_a_machines_tables_are_made_once_for_its_page_and_for_the_whole_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []
    real = site_module.speed_by_place
    monkeypatch.setattr(site_module, "speed_by_place", lambda *given: made.append(given) or real(*given))
    pages = texts_of(board_of(*many()))
    assert len(made) == len([path for path in pages if re.fullmatch(r"machines/[^.]+\.html", path)])


def test_a_clock_a_month_ahead_is_not_a_future_record() -> None:
    record = make_submission(created_utc=AT)
    assert "created_utc" in [one.path for one in findings_of(record, datetime(2026, 11, 1, tzinfo=UTC))]
    assert findings_of(record, AT) == ()
