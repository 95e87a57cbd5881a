import re

from factories import (
    make_assessment,
    make_comparison,
    make_metered_record,
    make_model,
    make_record,
    make_settings,
    make_task,
)
from golden_files import check_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from test_reports_terminal import HOSTILE, ladder

from bench.reports.markdown import escape, render
from bench.reports.tables.measurements import speed_table
from bench.reports.tables.table import make_table
from bench.reports.words.labels import labels


def test_one_record():
    check_golden("report.md", render([make_record()]))


def test_two_records():
    check_golden("report-two.md", render(ladder()))


def test_a_record_of_several_meters():
    check_golden("report-energy.md", render([make_metered_record()]))


def test_the_speed_table_has_the_columns_of_llama_bench():
    assert speed_table([make_record()]).columns == (
        "model",
        "size",
        "params",
        "backend",
        "threads",
        "test",
        "t/s",
    )


def test_every_row_has_the_cells_of_its_header():
    record = make_record(
        model=make_model(HOSTILE),
        tasks=(make_task(HOSTILE, ()),),
        assessment=make_assessment([make_comparison(HOSTILE, HOSTILE, sentence=HOSTILE, flips=(HOSTILE,))]),
    )
    tables = re.findall(r"(?m)(?:^\|.*\n)+", render([record]))
    assert len(tables) >= 8
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_escaped_text_is_shown_as_it_is(text):
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    page = f"| a |\n| --- |\n| {escape('x' + text + 'x')} |\n"
    tokens = [token for token in parser.parse(page) if token.type == "inline"]
    assert len(tokens) == 2
    assert {child.type for child in tokens[1].children} == {"text"}
    shown = "".join(child.content for child in tokens[1].children)
    from bench.reports.words.figures import clean

    assert shown == clean("x" + text + "x")


def test_records_of_one_model_are_told_apart():
    twice = [make_record(), make_record(id="0123456789abcdef")]
    assert set(labels(twice).values()) == {f"smollm2-135m-instruct-q4_1 #{record.id[:8]}" for record in twice}


def test_records_of_one_model_are_told_apart_by_what_was_measured_before_settings_are():
    run, longer = make_record(), make_settings(n_ctx=8192)
    speed = make_record(id="1" * 16, assessment=None, quality_settings=None, settings=longer)
    quality = make_record(id="2" * 16, assessment=None, load=None, settings=longer)
    name = "smollm2-135m-instruct-q4_1"
    assert labels([quality, run, speed]) == {
        quality.id: f"{name} (quality)",
        run.id: name,
        speed.id: f"{name} (speed)",
    }


def test_different_assumptions_are_listed_for_each():
    one = make_record()
    few = one.assessment.model_copy(update={"assumptions": one.assessment.assumptions[:1]})
    other = make_record("other", assessment=few)
    assert render([one, other]).count("Assumptions behind the verdicts") == 2
    assert render([one, make_record("other")]).count("Assumptions behind the verdicts") == 1


def test_a_note_is_printed_once():
    assert make_table("t", ("a", ">b"), [("1", "2")], ("x", "x")).notes == ("x",)
