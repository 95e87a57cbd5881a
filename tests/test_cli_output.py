"""Tables on terminals of any width, and in pipes."""

import sys

import pytest
from click.testing import CliRunner

from bench.cli import output

HEADER, ROWS = ("id", "model", "verdict"), [("1", "a" * 10, ""), ("2", "b", "viable")]


def printed(monkeypatch: pytest.MonkeyPatch, width: int | None) -> list[str]:
    if width is not None:
        monkeypatch.setattr(output, "screen", lambda: (width, False))
    with CliRunner().isolation() as (out, *_):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: width is not None, raising=False)
        output.print_table(HEADER, iter(ROWS))
    return out.getvalue().decode().splitlines()


@pytest.mark.parametrize("width", [None, 23])
def test_a_row_is_a_line_where_it_fits(monkeypatch: pytest.MonkeyPatch, width: int | None) -> None:
    assert printed(monkeypatch, width) == [
        "id  model       verdict",
        "1   aaaaaaaaaa",
        "2   b           viable",
    ]


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (22, ["id  model", "    verdict", "1   aaaaaaaaaa", "2   b", "    viable"]),
        (1, ["id", "    model", "    verdict", "1", "    aaaaaaaaaa", "2", "    b", "    viable"]),
    ],
)
def test_on_a_narrow_terminal_columns_go_below(
    monkeypatch: pytest.MonkeyPatch, width: int, told: list[str]
) -> None:
    assert printed(monkeypatch, width) == told


def test_of_very_many_rows_only_the_first_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_FITTED", 2)
    assert printed(monkeypatch, None)[1:] == ["1   aaaaaaaaaa", "2   b           viable"]
