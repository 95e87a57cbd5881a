import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bench.reports.console import printed
from bench.reports.grid import draw
from bench.reports.tables.table import Table, make_table

WORDS = st.text(alphabet="ab –漢0", max_size=30)


def drawn(table, width):
    sink = io.StringIO()
    console = Console(file=sink, width=width, highlight=False, markup=False)
    for part in draw(table, width, {}):
        console.print(part)
    return [line.rstrip() for line in sink.getvalue().splitlines()]


def test_a_table_that_fits_has_one_line_a_row():
    table = make_table("T", ("name", ">n"), [("one", "1"), ("two", "22")], ["a note"])
    assert drawn(table, 80) == ["T", "name   n", "────────", "one    1", "two   22", "  a note", ""]


def test_nothing_is_drawn_without_rows():
    assert drawn(make_table("T", ("name",), []), 80) == []


def test_what_repeats_becomes_a_heading_when_it_is_too_wide():
    rows = [("a long name", "x", "1"), ("a long name", "y", "2"), ("another name", "x", "3")]
    table = make_table("T", ("name", "what", ">n"), rows)
    assert drawn(table, 15) == [
        "T",
        "  what  n",
        "─────────",
        "a long name",
        "  x     1",
        "  y     2",
        "another name",
        "  x     3",
        "",
    ]


def test_headers_wrap_before_cells():
    table = make_table("T", ("a", ">two words"), [("abcdefgh", "1")])
    assert drawn(table, 15)[1:5] == [
        "a           two",
        "          words",
        "───────────────",
        "abcdefgh      1",
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5), st.integers(60, 120))
def test_no_line_is_too_wide_and_no_word_is_lost(rows, width):
    table = make_table("T", ("first", "second", ">third"), rows)
    lines = drawn(table, width)
    assert max(map(cell_len, lines)) <= width
    letters = sorted(c for row in rows for cell in row[1:] for c in cell if not c.isspace())
    shown = sorted(c for line in lines[3:] for c in line if not c.isspace())
    assert [c for c in letters if shown.count(c) < letters.count(c)] == []


@pytest.mark.parametrize("n_columns", [8, 12, 20])
def test_no_column_of_many_is_cut_off(n_columns: int) -> None:
    numbers = range(n_columns)
    columns = ("what", *(f">quant-{number:02}" for number in numbers))
    table = make_table("T", columns, [("file", *(f"{number:02}3.4 MB" for number in numbers))])
    lines = drawn(table, 60)
    assert max(map(cell_len, lines)) <= 60
    assert "".join(lines).count("B") == n_columns


def test_the_indent_that_tells_a_depth_is_kept_where_it_wraps() -> None:
    rows = (("  package-0 of the whole socket", "all that there is in it " * 2), ("    core", "x"))
    table = Table("T", ("meter", "covers"), (False, False), rows)
    assert [line for line in drawn(table, 40) if line.startswith("  package-0")]


def test_lines_without_words_of_a_cell_are_not_coloured() -> None:
    table = make_table("T", ("verdict", "why"), [("viable", "a reason of many words " * 6)])
    text = printed(lambda width: draw(table, width, {"viable": "bold"}), width=60, color=True)
    assert [line for line in text.splitlines() if "\x1b[1m" in line] == [
        "\x1b[1mT\x1b[0m",
        "\x1b[1mviable \x1b[0m  a reason of many words a reason of many words a",
    ]
