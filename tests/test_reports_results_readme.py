from factories import (
    make_machine,
    make_metered_record,
    make_model,
    make_record,
    make_settings,
    make_tool,
)
from golden_files import check_golden
from test_reports_markdown import HOSTILE
from test_reports_terminal import ladder

from bench.reports.results_readme import render


def base_model():
    return make_record(
        "gemma-3-270m-q4_k_m",
        model=make_model("gemma-3-270m-q4_k_m", has_chat_template=False, quantization="Q4_K_M"),
        assessment=None,
    )


def section(text, start, end):
    return text[text.index(start) : text.index(end)]


def test_the_page():
    records = [base_model(), *ladder(), make_metered_record()]
    files = {record.id: f"{record.id}.json" for record in records}
    check_golden("results-README.md", render(records, command="make results", files=files))


def test_it_does_not_depend_on_the_order_of_the_records():
    records = [base_model(), *ladder()]
    assert render(records) == render(records[::-1])


def test_a_grid_shows_its_joules_and_what_it_keeps_up():
    grid = make_metered_record(quality_settings=None, assessment=None, tasks=())
    text = render([grid])
    grids = text[text.index("## Speed grids") :]
    for title in ("## Burst and sustained", "## Energy", "## Energy, modelled"):
        assert f"{title}\n" in grids
    assert "| tg128 x8 |" in grids.replace("!", "")


def test_base_models_are_never_in_a_table_with_chat_models():
    text = render([base_model(), *ladder()])
    assert "gemma" not in section(text, "### Chat models", "### Base models")
    assert "smollm2" not in section(text, "### Base models", "## API prices")
    assert "not to be ranked with the chat models" in text


def test_a_requantized_model_says_what_it_inherits():
    assert "made here from smollm2-135m-instruct-q4_1, and keeps the loss of that file" in render(ladder())


def test_other_machines_and_settings_have_tables_of_their_own():
    records = [
        make_record("a"),
        make_record("b", machine=make_machine(cpu_model="Another CPU")),
        make_record("c", settings=make_settings(n_threads=1)),
    ]
    assert render(records).count("### Chat models") == 3


def test_another_python_is_no_other_machine():
    records = [make_record("a"), make_record("b", machine=make_machine(python="3.12.1"))]
    assert render(records).count("### Chat models") == 1


def test_disturbed_speed_is_marked_and_explained():
    text = render(ladder())
    assert "| !" in text
    assert "this is no result" in text


def test_the_commands_can_be_pasted_into_a_shell():
    hostile = make_tool(arguments=("run", "--task", "my task.jsonl; rm -rf ~", "```"))
    text = render([make_record(tool=hostile)])
    assert "breakeven run --task 'my task.jsonl; rm -rf ~'" in text
    assert text.count("```") == 2


def test_hostile_names_stay_in_their_cells():
    text = render([make_record(model=make_model(HOSTILE))])
    assert "<b>" not in text
    assert "\x1b" not in text


def test_charts_of_what_both_sides_cost_are_shown_and_the_others_listed():
    text = render([make_record()], charts={"spend-gsm8k": "Spend", "memory": "Memory"})
    assert "![Spend](charts/spend-gsm8k.svg)" in text
    assert "\n- [Memory](charts/memory.svg)\n" in text
