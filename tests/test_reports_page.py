"""The page as a document: what it embeds, that nothing from outside runs in it, and that it stays small."""

import base64
import hashlib
import html
import json
import re
from datetime import timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

import bench
from bench.cli.report import report
from bench.records.store import write_record
from bench.reports.page.concluded import closest_places
from bench.reports.page.data import page_data
from bench.reports.page.fit import LARGEST_DATA_BYTES, fitted, newest
from bench.reports.page.plain import cleaned
from bench.reports.page.render import SCRIPTS, WITHOUT_DOCUMENT, embedded, render, source
from bench.reports.page.unscripted import MOST_LINES
from bench.reports.page.wire import pack
from bench.reports.words.verdicts import FLAG_WORDS, distance, how_sure, verdict_groups
from tests.factories import (
    AT,
    band,
    make_assessment,
    make_assumptions,
    make_comparison,
    make_efficiency,
    make_machine,
    make_model,
    make_record,
    make_settings,
)

quickjs = pytest.importorskip("quickjs")

HOSTILE = "</script><script>alert(1)</script><!-- \"'` & \u2028 {{script}} ~0 #1 =x"


@pytest.fixture(scope="module")
def record():
    return make_record()


def some_comparisons(random):
    """Of few figures, so that many are equally close to another verdict."""
    prices = (None, band("0.00002", "0.00001", "0.00003"), band("0.00003", "0.00001", "0.00003"))
    return [
        make_comparison(
            random.choice("tu"),
            f"api-{api}",
            random.choice(["viable", "not viable", "insufficient evidence"]),
            decided_by=random.choice(["fits", "fast-enough", "good-enough", "cheaper"]),
            probability=random.choice([None, 0.0, 0.3, 0.7, 0.995, 0.9951, 1.0]),
            api_cost_per_attempt_usd=random.choice(prices),
            flips=random.choice([(), ("--delta above 0.5 (now 0.05)",)]),
        )
        for api in range(random.randint(1, 12))
    ]


@pytest.fixture(scope="module")
def varied():
    """Records of made-up verdicts, in the order of the page."""
    random = Random(5)
    return [
        make_record(id=f"{number:016x}", assessment=make_assessment(some_comparisons(random)))
        for number in range(20)
    ]


def scaled(factor, found):
    return f"{float(found[0]) * factor:.6g}"


@pytest.fixture(scope="module")
def page():
    """The scripts without the one that needs a document."""
    context = quickjs.Context()
    for name in WITHOUT_DOCUMENT:
        context.eval(source(name))
    return context


def run(page, expression, **given):
    for name, value in given.items():
        page.set(f"{name}_text", json.dumps(value))
        page.eval(f"var {name} = JSON.parse({name}_text)")
    return json.loads(page.eval(f"JSON.stringify({expression})"))


def the_data(text):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return found[1]


class TestData:
    def test_it_is_json_without_nan_and_holds_no_sample(self, record):
        data = page_data([record])
        text = json.dumps(data, allow_nan=False)
        assert json.loads(text) == data
        assert "itl_s" not in text
        assert "samples" not in text

    def test_the_same_records_give_the_same_bytes_in_whatever_order_they_come(self, record):
        other = make_record(id="b" * 16, model=make_model("another"))
        assert render(page_data([record, other])) == render(page_data([other, record]))

    def test_what_is_absent_is_null_and_never_zero(self):
        bare = make_record(
            memory=None,
            load=None,
            latency=(),
            speed=(),
            assessment=make_assessment(
                [
                    make_comparison(
                        "gsm8k",
                        "o1",
                        probability=None,
                        price=None,
                        local_usd_per_correct=None,
                        api_usd_per_correct=None,
                        local_energy_per_attempt_j=None,
                    )
                ]
            ),
        )
        (shown,) = page_data([bare])["records"]
        (one,) = shown["comparisons"]
        assert {
            name: one[name] for name in ("probability", "price", "local_right_usd", "local_j")
        } == dict.fromkeys(("probability", "price", "local_right_usd", "local_j"))
        assert shown["memory"]["peak_rss"] is None
        assert shown["load_s"] is None

    def test_an_unbounded_high_stays_one(self):
        endless = make_comparison("gsm8k", "o1", local_usd_per_correct=("0.1", "0.05", None))
        data = page_data([make_record(assessment=make_assessment([endless]))])
        assert data["records"][0]["comparisons"][0]["local_right_usd"] == [0.1, 0.05, None]

    def test_places_lead_to_what_they_name(self, record):
        data = page_data([record])
        (shown,) = data["records"]
        first = record.assessment.comparisons[0]
        one = shown["comparisons"][0]
        assert data["tasks"][one["task"]]["name"] == first.task
        assert data["apis"][one["api"]] == first.api
        assert data["prices"][one["price"]]["matched_id"] == first.price.matched_id
        assert data["machines"][shown["machine"]]["cpu_model"] == record.machine.cpu_model
        names = [data["assumptions"][place]["name"] for place in shown["assumptions"]]
        assert names == [one.name for one in record.assessment.assumptions]

    def test_only_comparable_records_share_a_group(self, record):
        alike = make_record(id="b" * 16)
        apart = make_record(id="c" * 16, machine=make_machine(cpu_model="Another CPU"))
        groups = {one["id"]: one["group"] for one in page_data([record, alike, apart])["records"]}
        assert groups[record.id] == groups[alike.id] != groups[apart.id]


class TestWire:
    @pytest.mark.parametrize(
        "document",
        [
            {},
            [],
            None,
            {"a": [1, 1.0, True, False, None, "", "~0", "#0", "=1", "#0"]},
            [{"long": "a text that is shared", "n": None}, {"long": "a text that is shared", "n": None}],
            [["#0", 1], ["#0", 1], [[]], [[]]],
            {"deep": [{"a": 1, "b": {"c": [1.5, -2e-9, 10**15]}}] * 3},
        ],
    )
    def test_it_comes_back_as_it_was(self, page, document):
        assert run(page, "unpackData(wire)", wire=pack(document)) == document

    def test_a_record_comes_back_as_it_was(self, page, record):
        data = page_data([record, make_record(id="b" * 16)])
        assert run(page, "unpackData(wire)", wire=pack(data)) == data

    def test_what_is_absent_takes_no_room_where_others_have_it(self, page):
        rows = [{"a": None, "b": 1, "c": None}, {"a": 2, "b": None, "c": 3}]
        assert "null" not in json.dumps(pack(rows))
        assert run(page, "unpackData(wire)", wire=pack(rows)) == rows

    def test_what_occurs_twice_is_written_once(self):
        text = "a sentence that is long enough to be shared"
        assert json.dumps(pack([[text], [text], text])).count(text) == 1


class TestSafety:
    def test_hostile_words_end_no_element_and_no_policy(self):
        hostile = make_record(
            id=HOSTILE,
            model=make_model(HOSTILE, quantization=HOSTILE, source=HOSTILE),
            machine=make_machine(machine_class=HOSTILE, cpu_model=HOSTILE),
            assessment=make_assessment([make_comparison(HOSTILE, HOSTILE, sentence=HOSTILE)]),
        )
        text = render(page_data([hostile]))
        assert text.count("</script>") == 2  # the page's own
        assert text.count("<script") == 2
        assert text.count("<!--") == 0
        assert not set("<>&\u2028\u2029") & set(the_data(text))
        assert render(page_data([make_record()])).partition("<body>")[0] == text.partition("<body>")[0]

    def test_hostile_words_come_back_as_they_were(self, page):
        data = page_data([make_record(model=make_model(HOSTILE))])
        name = run(page, "unpackData(wire).records[0].model.name", wire=json.loads(embedded(data)))
        assert name == HOSTILE.replace(" \u2028 ", " ")

    def test_no_word_turns_around_what_stands_beside_it(self):
        turned = "a\u202eb\u2066c"
        told = render(page_data([make_record(settings=make_settings(type_v=turned))]))
        assert not set(turned) & set("\u202e\u2066") & set(told)
        long = "1" * 1000  # what a worksheet holds may be longer than anybody reads
        assert cleaned({"why": [turned, long, 1, None]}) == {"why": ["abc", long, 1, None]}

    def test_the_policy_lets_this_script_and_this_style_run_and_nothing_else(self, record):
        text = render(page_data([record]))
        policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
        script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        for kind, (body,) in (("script-src", script), ("style-src", style)):
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert f"{kind} 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy

    def test_nothing_is_loaded_from_anywhere(self):
        for name in (*SCRIPTS, "page.css", "page.html"):
            text = source(name).replace("http://www.w3.org/2000/svg", "")
            assert not re.search(
                r"https?:|//cdn|@import|url\((?!#)|\beval\(|new Function|fetch\(|style=\"", text
            ), name

    def test_no_script_can_end_its_element(self):
        assert not [name for name in SCRIPTS if "</script" in source(name) or "<!--" in source(name)]

    def test_no_script_is_longer_than_one_reads_at_once(self):
        assert [name for name in SCRIPTS if source(name).count("\n") > 300] == []

    def test_every_script_is_part_of_the_page_and_no_name_is_taken_twice(self):
        folder = files("bench.reports.page")
        assert sorted(SCRIPTS) == sorted(one.name for one in folder.iterdir() if one.name.endswith(".js"))
        names = [
            name
            for script in SCRIPTS
            for name in re.findall(r"^(?:function|const|let|class) (\w+)", source(script), re.MULTILINE)
        ]
        assert len(names) == len(set(names)) > 50


@pytest.fixture(scope="module")
def many(record):
    """Data of 40 records that differ in what they measured and concluded, made cheaply from one."""
    (one,) = page_data([record])["records"]
    data = page_data([record])
    rows = []
    for number in range(40):
        shown = json.loads(re.sub(r"\d+\.\d{3,}", partial(scaled, 1 + number / 997), json.dumps(one)))
        created = (AT + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows.append(shown | {"id": f"{number:016x}", "label": f"model {number}", "created": created})
    return data | {"records": rows}


class TestWithoutScripts:
    def test_the_verdicts_stand_in_the_page_what_is_viable_first_then_by_task(self, varied):
        text = render(page_data(varied))
        (shown,) = re.findall(r"<noscript>(.*?)</noscript>", text, re.DOTALL)
        lines = re.findall(r"<li><strong>(.*?)</strong> on (\w): .*? Weakest point: .*?</li>", shown)
        order = ["Viable", "Not viable", "Insufficient evidence"]
        tasks = [one["name"] for one in page_data(varied)["tasks"]]
        places = [(order.index(verdict), tasks.index(task)) for verdict, task in lines]
        assert len(places) == MOST_LINES
        assert places == sorted(places)
        assert "further verdicts</li>" in shown

    def test_endless_hostile_words_stay_words_and_short(self):
        words = HOSTILE * 500
        hostile = make_record(assessment=make_assessment([make_comparison(words, words)]))
        text = render(page_data([hostile]))
        (shown,) = re.findall(r"<noscript>(.*?)</noscript>", text, re.DOTALL)
        assert "<script" not in shown
        assert len(shown) < 5_000


class TestSize:
    def test_500_records_that_share_nothing_of_what_they_measured_fit_in_3_mb(self, many):
        beside_data = len(render(many).encode()) - len(embedded(many).encode())
        assert beside_data + LARGEST_DATA_BYTES < 3_000_000
        share = LARGEST_DATA_BYTES * len(many["records"]) // 500
        less = fitted(many, share)
        assert len(less["records"]) == len(many["records"])
        assert len(embedded(less).encode()) <= share

    def test_what_does_not_fit_is_left_out_in_the_order_of_its_worth_and_told(self, many):
        some = many | {"worksheet": {"n_draws": 1}}
        whole = len(embedded(some).encode())
        less = fitted(some, whole - 1)
        assert len(less["records"]) == 40
        assert less["worksheet"]
        assert len(less["left_out"]) == 1
        for full, trimmed in zip(some["records"], less["records"], strict=True):
            for before, after in zip(full["comparisons"], trimmed["comparisons"], strict=True):
                kept = ("verdict", "probability", "weakest", "gates", "local_right_usd", "api_right_usd")
                assert [before[name] for name in kept] == [after[name] for name in kept]
        least = fitted(some, whole // 8)
        assert least["worksheet"] is None
        assert least["worksheet_absent"]
        assert 0 < len(least["records"]) < 40
        assert {one["id"] for one in least["records"]} < {one["id"] for one in some["records"]}
        assert max(one["created"] for one in least["records"]) == max(
            one["created"] for one in some["records"]
        )
        assert "older records" in least["left_out"][-1]

    def test_markup_in_what_was_submitted_counts_as_it_is_written(self, many):
        noted = [one | {"notes": [f"<{one['id']}>" * 100]} for one in many["records"]]
        hostile = many | {"records": noted}
        limit = len(json.dumps(pack(hostile), separators=(",", ":")))
        assert len(embedded(hostile).encode()) > limit
        assert len(embedded(fitted(hostile, limit)).encode()) <= limit

    def test_of_more_records_than_anybody_reads_the_newest_are_taken(self, record):
        dated = [record.model_copy(update={"created_utc": AT + timedelta(days=day)}) for day in (3, 1, 2)]
        assert newest(dated, 2) == [dated[0], dated[2]]
        assert newest(dated, 3) == dated
        assert "2 older records" in fitted(page_data([record]), n_records=3)["left_out"][0]

    def test_what_fits_is_left_as_it_is(self, record):
        data = page_data([record])
        assert fitted(data) == data


def test_what_is_paid_for_has_one_name_wherever_it_is_shown():
    folders = [Path(bench.__file__).parent / room for room in ("reports", "economics")]
    shown = [one for folder in folders for one in folder.rglob("*") if one.suffix in (".py", ".js", ".html")]
    assert len(shown) > 100
    assert [one.name for one in shown if "right answer" in one.read_text(encoding="utf-8").lower()] == []


class TestOrder:
    def test_the_best_news_of_a_task_comes_first_and_base_models_never_before_others(self, page):
        records = [
            make_record(id="1" * 16, assessment=make_assessment([make_comparison("t", "a", "not viable")])),
            make_record(
                id="2" * 16, assessment=make_assessment([make_comparison("t", "a", "insufficient evidence")])
            ),
            make_record(id="3" * 16, assessment=make_assessment([make_comparison("t", "a")])),
            make_record(
                id="4" * 16,
                model=make_model(has_chat_template=False),
                assessment=make_assessment([make_comparison("t", "a", probability=1.0)]),
            ),
        ]
        data = page_data(records)
        (found,) = run(
            page, "verdictSummaries(verdictCards(data.records, (one) => one.comparisons))", data=data
        )
        assert found["best"]["record"]["id"] == "3" * 16
        assert (found["nCards"], found["nViable"], found["nMachines"]) == (4, 2, 1)

    def test_of_what_is_not_viable_the_least_hopeless_stands_for_it(self, page):
        near, far = (
            make_record(
                id=key * 16,
                assessment=make_assessment(
                    [make_comparison("t", api, "not viable", probability=p) for api in apis]
                ),
            )
            for key, apis, p in (("1", "a", 0.04), ("2", "ab", 0.0))
        )
        data = page_data([far, near])
        (found,) = run(
            page, "verdictSummaries(verdictCards(data.records, (one) => one.comparisons))", data=data
        )
        assert found["best"]["record"]["id"] == near.id

    def test_where_nothing_is_viable_the_one_that_fails_against_the_fewest_stands_for_it(self, page):
        verdicts = {"1": ("not viable", "insufficient evidence"), "2": ("not viable", "not viable")}
        records = [
            make_record(
                id=key * 16,
                assessment=make_assessment(
                    [
                        make_comparison("t", api, verdict, probability=0.0 if key == "1" else 0.04)
                        for api, verdict in zip("ab", each, strict=True)
                    ]
                ),
            )
            for key, each in verdicts.items()
        ]
        data = page_data(records)
        (found,) = run(
            page, "verdictSummaries(verdictCards(data.records, (one) => one.comparisons))", data=data
        )
        assert found["best"]["record"]["id"] == "1" * 16

    def test_a_weakest_point_is_said_in_words_before_its_flag(self, page):
        told = run(page, "weakestOf(one)", one={"weakest": "it flips with --delta above 0.517 (now 0.05)"})
        assert told == "it flips with an allowed loss of accuracy above 0.517 (now 0.05; --delta)"
        at = run(
            page, "weakestOf(one)", one={"weakest": "it flips with --loss-per-error at $0.01 (now $0.1)"}
        )
        assert at == "it flips with a loss per wrong answer at $0.01 (now $0.1; --loss-per-error)"
        assert run(page, "flagWords") == FLAG_WORDS
        other = "it flips with --unheard-of above 1 (now 2)"
        assert run(page, "weakestOf(one)", one={"weakest": other}) == other

    def test_a_cost_by_the_joules_of_a_disturbed_window_is_marked(self, page):
        for is_disturbed, shown in ((True, "!~$1"), (False, "~$1")):
            efficiency = (make_efficiency("gsm8k", is_disturbed=is_disturbed),)
            assessment = make_assessment([make_comparison("gsm8k", "api")])
            assessment = assessment.model_copy(update={"efficiency": efficiency})
            data = page_data([make_record(assessment=assessment)])
            told = "hereText(data.records[0], data.records[0].comparisons[0], '$1')"
            assert run(page, told, data=data) == shown

    def test_of_any_verdicts_the_page_tells_the_closest_calls_that_the_terminal_tells(self, page, varied):
        by_terminal = [
            [
                [record.id, group.task, group.verdict, group.decided_by],
                [one.api for one in group.comparisons],
                group.closest.api,
                None if group.closest.probability is None else how_sure(group.closest),
                group.weakest_point,
            ]
            for record in varied
            for group in verdict_groups(record.assessment)
        ]
        told = """verdictCards(data.records, (one) => one.comparisons).flatMap(({ record, task, groups }) =>
            groups.map(({ verdict, members, closest }) => [
                [record.id, data.tasks[task].name, verdict, closest.decided_by],
                members.map((one) => data.apis[one.api]),
                data.apis[closest.api],
                closest.probability === null ? null : sureWords(closest),
                closest.weakest,
            ]))"""
        assert run(page, told, data=page_data(varied)) == by_terminal
        assert len(by_terminal) > 60

    def test_of_any_verdicts_the_closest_calls_are_the_last_to_lose_their_prose(self, varied):
        data = page_data(varied)
        kept = [
            (record["id"], data["tasks"][one["task"]]["name"], one["verdict"], data["apis"][one["api"]])
            for record in data["records"]
            for one in (record["comparisons"][place] for place in closest_places(record["comparisons"]))
        ]
        assert sorted(kept) == sorted(
            (record.id, group.task, group.verdict, group.closest.api)
            for record in varied
            for group in verdict_groups(record.assessment)
        )

    def test_of_any_verdicts_a_chart_of_one_shows_the_closest_call_of_all(self, page, varied):
        data = page_data(varied)
        nearest = "data.records.map(({ id }) => rankedComparisons(data, { record: id })[0].one)"
        for record, shown in zip(data["records"], run(page, nearest, data=data), strict=True):
            of_each = [
                (one["probability"], (one["api_attempt_usd"] or [None])[0]) for one in record["comparisons"]
            ]
            least = min(range(len(of_each)), key=lambda place: distance(*of_each[place]))
            assert shown == record["comparisons"][least]

    @pytest.mark.parametrize(
        ("gate", "thing"), [("fits", "memory or context"), ("fast-enough", "speed or capacity")]
    )
    def test_a_probability_that_decides_nothing_says_so(self, gate, thing):
        refused = make_comparison("t", "a", "not viable", decided_by=gate, probability=0.999, flips=())
        (group,) = verdict_groups(make_assessment([refused]))
        but_for = "probability of good enough and cheaper: > 0.99"
        assert group.reason.endswith(f"; decided by {thing}; but for that, {but_for}")
        assert group.weakest_point == f"what was measured of {thing}"

    def test_a_default_that_weighs_most_is_told_without_what_it_was_derived_from(self):
        rule = make_assumptions()[1].model_copy(
            update={"value": "CPU seconds × 5.7 W; of six machines", "unit": ""}
        )
        settled = make_comparison("t", "a", flips=())
        (group,) = verdict_groups(make_assessment([settled]).model_copy(update={"assumptions": (rule,)}))
        assert group.weakest_point.startswith("power model CPU seconds × 5.7 W, a default (")

    @pytest.mark.parametrize("descending", [False, True])
    def test_absent_cells_are_last_however_a_column_is_sorted(self, page, descending):
        page.eval("var Intl = { Collator: class { compare(a, b) { return a < b ? -1 : 1; } } }")
        rows = [{"cells": {"x": {"sort": value}}} for value in (None, 2, 10, None, 1)]
        found = run(page, f"sortedRows(rows, 'x', {str(descending).lower()})", rows=rows)
        values = [row["cells"]["x"]["sort"] for row in found]
        assert values == ([10, 2, 1] if descending else [1, 2, 10]) + [None, None]

    def test_filters_choose_by_machine_model_task_api_and_verdict(self, page, record):
        other = make_record(
            id="b" * 16, model=make_model("another"), machine=make_machine(cpu_model="Another")
        )
        data = page_data([record, other])
        key = next(one["key"] for one in data["machines"] if one["cpu_model"] == "Another")

        def chosen(**filters):
            call = "filteredRecords(data, {...emptyFilters, ...filters}, (one) => one.comparisons)"
            return {one["id"] for one in run(page, call, data=data, filters=filters)}

        assert chosen() == {record.id, other.id}
        assert chosen(machine=key) == chosen(model="another") == {other.id}
        assert chosen(task="gsm8k", verdict="viable") == set()
        assert chosen(task="gsm8k", verdict="not viable", api="o3-mini") == {record.id, other.id}
        assert chosen(api="nobody") == set()


class TestEntries:
    @pytest.mark.parametrize(
        ("text", "band"),
        [
            ("0.3", [0.3, 0.3, 0.3]),
            (" 0.25..0.35 ", [0.3, 0.25, 0.35]),
            ("$1,500", [1500, 1500, 1500]),
            ("1,500..12,000", [6750, 1500, 12000]),
            (".5", [0.5, 0.5, 0.5]),
            ("0", [0, 0, 0]),
        ],
    )
    def test_figures_and_ranges_are_read_as_the_command_line_reads_them(self, page, text, band):
        found = run(page, f"readRange({json.dumps(text)}, {{ least: 0, unit: 'USD' }})")
        assert found["band"] == pytest.approx(band)

    @pytest.mark.parametrize(
        "text",
        ["", "x", "0.3..", "0.35..0.25", "-1", "1e999", "1..2..3", "NaN", "Infinity", "0,25", "1,0000"],
    )
    def test_a_wrong_entry_is_told_and_counts_for_nothing(self, page, text):
        found = run(page, f"readRange({json.dumps(text)}, {{ least: 0, unit: 'USD' }})")
        assert found.keys() == {"problem"}
        assert found["problem"].endswith(".")

    def test_a_link_keeps_what_is_chosen(self, page):
        state = {"task": "a&b=c #d", "kwh": "0.25..0.35", "empty": ""}
        kept = {key: value for key, value in state.items() if value}
        assert run(page, "readState('#' + writeState(state))", state=state) == kept
        assert run(page, "readState('#charts')") == {}
        assert run(page, "readState('#a=%E0%A4%A&b=1')") == {"b": "1"}


def test_report_writes_the_page_to_a_file_and_to_stdout(tmp_path, record):
    write_record(record, tmp_path)
    file = tmp_path / "page.html"
    done = CliRunner().invoke(report, [str(tmp_path), "--html", str(file)])
    assert done.exit_code == 0, done.output
    told = CliRunner().invoke(report, [str(tmp_path), "--html", "-"])
    text = file.read_text(encoding="utf-8")
    assert told.stdout == text
    assert text.startswith("<!doctype html>")
    assert "breakeven report --md" in text
